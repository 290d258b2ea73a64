/* SPDX-License-Identifier: GPL-2.0-only */
/* Chunks of a recording as bytes (docs/formats/recording.md). */
#include "emu/debug/replay/recording_out.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "emu/base/bits.h"
#include "emu/debug/replay/recording_format.h"

/* Items of a list in one chunk. */
#define ITEMS_MAX 65536u

/* A segment that is gathered. */
struct gathered {
    size_t number;
    size_t at; /* of its payload in the gathered bytes */
};

struct recording_out recording_out_make(void)
{
    return (struct recording_out){.segments = steady_of(sizeof(struct gathered))};
}

void recording_out_release(struct recording_out *out)
{
    free(out->data);
    steady_release(&out->segments);
}

/* ---- Bytes and chunks ---- */

/* Zeroed room at the end; NULL when memory is short. */
static uint8_t *extend(struct recording_out *out, size_t bytes)
{
    if (bytes > out->room - out->bytes) {
        const size_t room = max_u64(out->room * 2, out->bytes + bytes);
        uint8_t *data = realloc(out->data, room);

        if (data == NULL) {
            out->is_short = true;
            return NULL;
        }
        out->data = data;
        out->room = room;
    }
    memset(out->data + out->bytes, 0, bytes);
    out->bytes += bytes;
    return out->data + out->bytes - bytes;
}

/* The payload of a chunk, to be filled; NULL when memory is short. finish() is due then, too. */
static uint8_t *begin(struct recording_out *out, const char *type, size_t bytes)
{
    uint8_t *head = extend(out, CHUNK_HEAD_BYTES + bytes);

    if (head == NULL) return NULL;
    memcpy(head + CHUNK_TYPE, type, 4);
    le64_put(head + CHUNK_BYTES, bytes);
    return head + CHUNK_HEAD_BYTES;
}

static void finish(uint8_t *payload)
{
    uint8_t *head = payload - CHUNK_HEAD_BYTES;
    const size_t bytes = le64_get(head + CHUNK_BYTES);

    le32_put(head + CHUNK_PAYLOAD_CRC, (uint32_t)crc32_z(0, payload, bytes));
    le32_put(head + CHUNK_HEAD_CRC, (uint32_t)crc32_z(0, head, CHUNK_HEAD_CRC));
}

/* ---- The front ---- */

void recording_out_front(struct recording_out *out, const struct recording *recording)
{
    const size_t setup_bytes = strlen(recording->setup);
    uint8_t *front = extend(out, RECORDING_FRONT_BYTES);
    uint8_t *head;

    if (front == NULL) return;
    memcpy(front, RECORDING_MAGIC, RECORDING_MAGIC_BYTES);
    le32_put(front + RECORDING_MAGIC_BYTES, RECORDING_VERSION);
    head = begin(out, CHUNK_HEAD, MACHINE_NAME_BYTES + setup_bytes);
    if (head == NULL) return;
    memcpy(head, recording->head.machine, MACHINE_NAME_BYTES);
    memcpy(head + MACHINE_NAME_BYTES, recording->setup, setup_bytes);
    finish(head);
}

/* ---- Blobs ---- */

void recording_out_segment(struct recording_out *out, const struct blobs *blobs,
                           const struct blobs_segment *segment)
{
    const size_t entries_bytes = (size_t)segment->blob_count * BLOBS_ENTRY_BYTES;
    const size_t head_bytes = BLOBS_COUNTS_BYTES + entries_bytes;
    uint8_t *payload = begin(out, CHUNK_BLOBS, head_bytes + segment->packed_bytes);
    struct gathered gathered;

    if (payload == NULL) return;
    le32_put(payload, segment->blob_count);
    le32_put(payload + 4, segment->raw_bytes);
    blobs_put_entries(blobs, segment->number, payload + BLOBS_COUNTS_BYTES);
    memcpy(payload + head_bytes, segment->packed, segment->packed_bytes);
    finish(payload);
    gathered = (struct gathered){
        .number = segment->number,
        .at = (size_t)(payload - out->data) + head_bytes,
    };
    out->is_short |= steady_add(&out->segments, &gathered) == NULL;
}

void recording_out_segments_saved(struct recording_out *out, struct blobs *blobs, uint64_t offset)
{
    for (size_t i = 0; i < out->segments.count; i++) {
        const struct gathered *gathered = steady_get(&out->segments, i);

        blobs_saved(blobs, gathered->number, offset + gathered->at);
    }
    steady_cut(&out->segments, 0);
}

/* ---- Lists ---- */

static void put_instant(uint8_t *to, const struct machine_instant *at)
{
    le64_put(to + INSTANT_EDGE, at->edge);
    le64_put(to + INSTANT_QUANTUM, at->quantum);
    le64_put(to + INSTANT_TICKS, at->ticks);
    le32_put(to + INSTANT_CORE, at->core);
    le32_put(to + INSTANT_LOOKED, at->looked);
}

static void put_beat(uint8_t *to, const struct recording_beat *beat)
{
    put_instant(to + BEAT_AT, &beat->at);
    le64_put(to + BEAT_WHEN, beat->when);
    le64_put(to + BEAT_SEQ, beat->seq);
    le64_put(to + BEAT_HASH, beat->hash);
}

static void put_message(uint8_t *to, const struct inbox_message *message)
{
    le32_put(to + MESSAGE_KIND, (uint32_t)message->kind);
    to[MESSAGE_TARGET] = message->target;
    to[MESSAGE_BYTES] = message->bytes;
    memcpy(to + MESSAGE_PAYLOAD, message->payload, message->bytes);
}

static void put_fault(uint8_t *to, const struct dram_fault *fault)
{
    le32_put(to + FAULT_KIND, (uint32_t)fault->kind);
    to[FAULT_IMC] = fault->where.imc;
    to[FAULT_CHANNEL] = fault->where.channel;
    to[FAULT_DIMM] = fault->where.dimm;
    to[FAULT_RANK] = fault->where.rank;
    to[FAULT_BANK_GROUP] = fault->where.bank_group;
    to[FAULT_BANK] = fault->where.bank;
    le16_put(to + FAULT_COLUMN, fault->where.column);
    le32_put(to + FAULT_ROW, fault->where.row);
    le64_put(to + FAULT_MASK_DATA, fault->mask.data);
    to[FAULT_MASK_CHECK] = fault->mask.check;
    to[FAULT_VALUE] = fault->value ? 1 : 0;
    to[FAULT_LINE] = (uint8_t)fault->line;
    to[FAULT_LINE_BIT] = fault->line_bit;
    to[FAULT_HAS_PARITY] = fault->has_parity ? 1 : 0;
}

static void put_input(const struct recording *recording, size_t index, uint8_t *to)
{
    const struct recording_input *input = recording_input(recording, index);

    put_instant(to + INPUT_AT, &input->at);
    le64_put(to + INPUT_SEQ, input->seq);
    le32_put(to + INPUT_KIND, (uint32_t)input->kind);
    switch (input->kind) {
    case RECORDING_MESSAGE: put_message(to + INPUT_BODY, &input->message); break;
    case RECORDING_FAULT: put_fault(to + INPUT_BODY, &input->fault); break;
    case RECORDING_REPAIR: le64_put(to + INPUT_BODY, input->index); break;
    }
}

static void put_beat_of(const struct recording *recording, size_t index, uint8_t *to)
{
    put_beat(to, recording_beat(recording, index));
}

static void put_block(const struct recording *recording, size_t index, uint8_t *to)
{
    const struct block_entry *entry = steady_get(&recording->blocks, index);

    le64_put(to + BLOCK_NUMBER, recording_key_block(entry->key));
    le32_put(to + BLOCK_BLOB, (uint32_t)blobs_saved_number(recording->blobs, entry->blob));
    le32_put(to + BLOCK_MODULE, recording_key_module(entry->key));
}

struct list {
    const char *type;
    size_t item_bytes;
    void (*put)(const struct recording *recording, size_t index, uint8_t *to);
};

/* Items from `*saved` to before `count`. */
static void put_list(struct recording_out *out, const struct recording *recording,
                     const struct list *list, size_t *saved, size_t count)
{
    while (*saved < count) {
        const size_t part = min_u64(count - *saved, ITEMS_MAX);
        uint8_t *payload = begin(out, list->type, part * list->item_bytes);

        if (payload == NULL) return;
        for (size_t i = 0; i < part; i++) {
            list->put(recording, *saved + i, payload + i * list->item_bytes);
        }
        finish(payload);
        *saved += part;
    }
}

static void put_disks(struct recording_out *out, struct recording *recording)
{
    for (unsigned i = 0; i < RECORDING_MODULES; i++) {
        uint8_t *payload;

        if (!recording->disks[i].is_known || recording->saved.has_disk[i]) continue;
        payload = begin(out, CHUNK_DISK, DISK_BYTES);
        if (payload == NULL) return;
        le32_put(payload + DISK_MODULE, i);
        le64_put(payload + DISK_SEAL, recording->disks[i].seal);
        finish(payload);
        recording->saved.has_disk[i] = true;
    }
}

void recording_out_lists(struct recording_out *out, struct recording *recording)
{
    static const struct list blocks = {CHUNK_BLOCKS, BLOCK_BYTES, put_block};
    static const struct list inputs = {CHUNK_INPUTS, INPUT_BYTES, put_input};
    static const struct list beats = {CHUNK_BEATS, BEAT_BYTES, put_beat_of};
    struct recording_saved *saved = &recording->saved;

    put_disks(out, recording);
    put_list(out, recording, &blocks, &saved->blocks, recording->blocks.count);
    put_list(out, recording, &inputs, &saved->inputs, recording->inputs.count);
    put_list(out, recording, &beats, &saved->beats, recording->beats.count);
}

void recording_out_events(struct recording_out *out, struct recording *recording, bool all)
{
    for (;;) {
        size_t bytes = 0;
        const void *data = trace_log_save(recording->events, all, &recording->saved.events, &bytes);
        uint8_t *payload;

        if (data == NULL || bytes == 0) return;
        payload = begin(out, CHUNK_EVENTS, bytes);
        if (payload == NULL) return;
        memcpy(payload, data, bytes);
        finish(payload);
    }
}

/* ---- Checkpoints ---- */

static void put_checkpoint(struct recording_out *out, const struct recording *recording,
                           const struct recording_checkpoint *checkpoint)
{
    const size_t count = checkpoint->page_count;
    uint8_t *payload = begin(out, CHUNK_CHECKPOINT, CHECKPOINT_HEAD_BYTES + count * PAGE_BYTES);
    uint8_t *to;

    if (payload == NULL) return;
    put_beat(payload + CHECKPOINT_AT, &checkpoint->at);
    le32_put(payload + CHECKPOINT_STATE,
             (uint32_t)blobs_saved_number(recording->blobs, checkpoint->state));
    le32_put(payload + CHECKPOINT_PAGES, (uint32_t)count);
    to = payload + CHECKPOINT_HEAD_BYTES;
    for (size_t i = 0; i < count; i++) {
        const struct recording_page *page = &checkpoint->pages[i];

        le64_put(to + PAGE_NUMBER, page->page);
        le32_put(to + PAGE_MEMORY, page->memory);
        le32_put(to + PAGE_BLOB, (uint32_t)blobs_saved_number(recording->blobs, page->blob));
        to += PAGE_BYTES;
    }
    finish(payload);
}

void recording_out_checkpoints(struct recording_out *out, struct recording *recording)
{
    while (recording->saved.checkpoints < recording->checkpoints.count) {
        put_checkpoint(out, recording,
                       steady_get(&recording->checkpoints, recording->saved.checkpoints));
        recording->saved.checkpoints++;
    }
}

/* ---- The end ---- */

void recording_out_end(struct recording_out *out, struct recording *recording)
{
    const struct trace_items items = trace_log_items(recording->events);
    uint8_t *payload = begin(out, CHUNK_END, END_BYTES);
    uint64_t first;
    uint64_t last;

    if (payload == NULL) return;
    items.range(items.ctx, &first, &last);
    le64_put(payload + END_INPUTS, recording->inputs.count);
    le64_put(payload + END_BEATS, recording->beats.count);
    le64_put(payload + END_EVENTS, first > last ? 0 : last);
    le64_put(payload + END_BLOBS, blobs_saved_count(recording->blobs));
    le64_put(payload + END_BLOCKS, recording->blocks.count);
    le64_put(payload + END_CHECKPOINTS, recording->checkpoints.count);
    if (recording->has_end) {
        le32_put(payload + END_IS_KNOWN, 1);
        le32_put(payload + END_STOP, (uint32_t)recording->end.stop);
        le32_put(payload + END_EXIT_STATUS, (uint32_t)recording->end.exit_status);
        put_beat(payload + END_LAST, &recording->end.last);
    }
    finish(payload);
}

uint64_t recording_out_reach(const struct recording *recording)
{
    const size_t count = recording->saved.beats;

    return count == 0 ? 0 : recording_beat(recording, count - 1)->when / VTIME_MS(1);
}
