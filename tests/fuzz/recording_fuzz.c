/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recording_open() on hostile files, as they are and with checksums that are right. What is accepted is in
 * order, and everything in it can be asked for.
 */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "emu/base/bug.h"
#include "emu/debug/replay/recording_format.h"
#include "emu/debug/replay/recording_internal.h"
#include "tests/fuzz/input.h"

/* Blobs that are looked at: a few long ones could take all of the fuzzer's time. */
#define LOOKS_MAX 64u

struct looker {
    struct recording *recording;
    unsigned looks;
};

static void look_at_blob(struct looker *looker, uint64_t blob)
{
    const size_t bytes = recording_blob_bytes(looker->recording, blob);
    struct error err = ERROR_INIT;
    uint8_t *data;

    if (bytes == 0 || looker->looks++ > LOOKS_MAX) return;
    data = malloc(bytes);
    if (data == NULL) return;
    if (recording_get_blob(looker->recording, blob, data, &err) == 0) {
        const uint64_t again = recording_put_blob(looker->recording, data, bytes);

        BUG_ON(recording_blob_bytes(looker->recording, again) != bytes);
        recording_drop_blob(looker->recording, again);
    } else {
        BUG_ON(err.kind != ERROR_HOST);
    }
    free(data);
}

static void look_at_lists(struct recording *recording)
{
    for (size_t i = 0; i < recording_input_count(recording); i++) {
        const struct recording_input *input = recording_input(recording, i);

        BUG_ON(i > 0 && input->seq < recording_input(recording, i - 1)->seq);
        BUG_ON(input->kind > RECORDING_REPAIR || input->message.kind > INBOX_ATTENTION);
        BUG_ON(input->message.bytes > INBOX_PAYLOAD_BYTES);
        BUG_ON(input->fault.kind >= DRAM_FAULT_KINDS);
    }
    for (size_t i = 1; i < recording_beat_count(recording); i++) {
        BUG_ON(recording_beat(recording, i)->when <= recording_beat(recording, i - 1)->when);
    }
}

static void look_at_blocks(struct recording *recording)
{
    uint8_t data[MEDIA_BLOCK_BYTES];

    for (size_t i = 0; i < recording->blocks.count && i < LOOKS_MAX; i++) {
        const struct block_entry *entry = steady_get(&recording->blocks, i);

        (void)recording_get_block(recording, recording_key_module(entry->key),
                                  recording_key_block(entry->key), data);
    }
}

static void look_at_checkpoints(struct looker *looker)
{
    for (size_t i = 0; i < recording_checkpoint_count(looker->recording); i++) {
        const struct recording_checkpoint *checkpoint = recording_checkpoint(looker->recording, i);

        look_at_blob(looker, checkpoint->state);
        for (size_t k = 0; k < checkpoint->page_count; k++) {
            look_at_blob(looker, checkpoint->pages[k].blob);
        }
    }
}

static void look_at_events(struct recording *recording)
{
    const struct trace_items items = trace_log_items(recording_events(recording));
    struct trace_item item;
    uint64_t first;
    uint64_t last;
    char text[300];

    items.range(items.ctx, &first, &last);
    for (uint64_t seq = first; seq <= last && seq - first < LOOKS_MAX; seq++) {
        BUG_ON(!items.get(items.ctx, seq, &item));
        (void)trace_item_format(&item, text, sizeof(text));
    }
}

static void try_file(const uint8_t *data, size_t bytes)
{
    const int fd = memfd_create("recording", MFD_CLOEXEC);
    struct error err = ERROR_INIT;
    struct looker looker = {.looks = 0};
    char path[64];

    BUG_ON(fd < 0 || write(fd, data, bytes) != (ssize_t)bytes);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    looker.recording = recording_open(path, &err);
    if (looker.recording == NULL) {
        BUG_ON(err.kind != ERROR_HOST || strncmp(err.text, path, strlen(path)) != 0);
    } else {
        BUG_ON(strlen(recording_head(looker.recording)->machine) >= MACHINE_NAME_BYTES);
        look_at_lists(looker.recording);
        look_at_blocks(looker.recording);
        look_at_checkpoints(&looker);
        look_at_events(looker.recording);
        BUG_ON(recording_close(looker.recording, &err) != 0);
    }
    close(fd);
}

/* Lengths stay what they are; checksums become right. */
static void mend(uint8_t *data, size_t bytes)
{
    size_t at = RECORDING_FRONT_BYTES;

    memcpy(data, RECORDING_MAGIC, RECORDING_MAGIC_BYTES);
    le64_put(data + RECORDING_MAGIC_BYTES, RECORDING_VERSION);
    while (bytes - at >= CHUNK_HEAD_BYTES) {
        uint8_t *head = data + at;
        const uint64_t length = le64_get(head + CHUNK_BYTES);

        at += CHUNK_HEAD_BYTES;
        if (length <= bytes - at) {
            le32_put(head + CHUNK_PAYLOAD_CRC, (uint32_t)crc32_z(0, data + at, length));
        }
        le32_put(head + CHUNK_HEAD_CRC, (uint32_t)crc32_z(0, head, CHUNK_HEAD_CRC));
        le32_put(head + CHUNK_ZERO, 0);
        if (length > bytes - at) return;
        at += length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy;

    try_file(data, size);
    if (size < RECORDING_FRONT_BYTES) return 0;
    copy = malloc(size);
    BUG_ON(copy == NULL);
    memcpy(copy, data, size);
    mend(copy, size);
    try_file(copy, size);
    free(copy);
    return 0;
}
