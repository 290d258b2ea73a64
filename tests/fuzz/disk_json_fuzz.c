/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The readers of sep.json and volume.json on hostile text. Most texts fail at the checksum, so each
 * object is tried again with what opens a file put right. Beyond not crashing: a refusal is one line;
 * what is accepted is in its ranges and is written so that it reads the same.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/disk/disk_json.h"
#include "emu/disk/disk_sep.h"
#include "tests/fuzz/input.h"

/* Stretching a passphrase harder than this takes longer than a fuzzer has. */
#define CHEAP "\"log2_n\": 10,"

static void check_refusal(const struct error *err)
{
    BUG_ON(err->kind != ERROR_HOST);
    BUG_ON(strncmp(err->text, "f: ", 3) != 0);
    for (const char *c = err->text; *c != '\0'; c++) {
        BUG_ON(*c < ' ' || *c > '~');
    }
}

static void check_record(const struct sep_record *record)
{
    BUG_ON(record->iterations > SEP_ITERATIONS_MAX || record->failures > SEP_FAILURES_MAX);
    BUG_ON(record->has_volume && record->iterations == 0);
    BUG_ON(record->boot_policy > SEP_BOOT_FULL);
    BUG_ON(record->counter > DISK_NUMBER_MAX);
}

static void check_same_text(const struct disk_text *a, const struct disk_text *b)
{
    BUG_ON(a->bytes != b->bytes || memcmp(a->data, b->data, a->bytes) != 0);
}

static void try_sep(const struct disk_text *text)
{
    const bool is_cheap = strstr(text->data, CHEAP) != NULL;
    const struct disk_secret passphrase = {.data = is_cheap ? "p" : NULL, .bytes = is_cheap};
    struct error err = ERROR_INIT;
    struct disk_text again = {.data = NULL};
    struct disk_text third = {.data = NULL};
    struct disk_sep_file sep;
    struct disk_sep_file same;

    if (disk_sep_parse(text, &passphrase, "f", &sep, &err) < 0) {
        check_refusal(&err);
        return;
    }
    check_record(&sep.record);
    BUG_ON(disk_sep_format(&sep, &again, &err) < 0);
    BUG_ON(disk_sep_parse(&again, &passphrase, "f", &same, &err) < 0);
    disk_text_release(&again);
    /* Sealed texts differ each time. */
    sep.is_sealed = false;
    same.is_sealed = false;
    BUG_ON(disk_sep_format(&sep, &again, &err) < 0 || disk_sep_format(&same, &third, &err) < 0);
    check_same_text(&again, &third);
    disk_text_release(&again);
    disk_text_release(&third);
}

static void try_volume(const struct disk_text *text)
{
    struct error err = ERROR_INIT;
    struct disk_text again = {.data = NULL};
    struct disk_text third = {.data = NULL};
    struct disk_volume_file volume;
    struct disk_volume_file same;

    if (disk_volume_parse(text, "f", &volume, &err) < 0) {
        check_refusal(&err);
        return;
    }
    BUG_ON(volume.blocks < DISK_BYTES_MIN / MEDIA_BLOCK_BYTES);
    BUG_ON(volume.blocks > DISK_BYTES_MAX / MEDIA_BLOCK_BYTES);
    BUG_ON(volume.stripe != RAID0_STRIPE);
    BUG_ON(disk_volume_format(&volume, &again, &err) < 0);
    BUG_ON(disk_volume_parse(&again, "f", &same, &err) < 0);
    BUG_ON(disk_volume_format(&same, &third, &err) < 0);
    check_same_text(&again, &third);
    disk_text_release(&again);
    disk_text_release(&third);
}

static void try_both(const struct disk_text *text)
{
    try_sep(text);
    try_volume(text);
}

/* With format, version and checksum as they should be. */
static void try_mended(const struct disk_text *text, const char *format)
{
    static const char *const frame[] = {"format", "version", "checksum"};
    struct error err = ERROR_INIT;
    struct disk_text mended;
    json_t *root = disk_json_parse(text, "f", &err);

    if (root == NULL) {
        check_refusal(&err);
        return;
    }
    for (size_t i = 0; i < sizeof(frame) / sizeof(frame[0]); i++) {
        (void)json_object_del(root, frame[i]);
    }
    if (disk_json_finish(root, format, &mended) == 0) {
        try_both(&mended);
    }
    disk_text_release(&mended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct disk_text text = {.data = calloc(1, size + 1), .bytes = size};

    if (text.data == NULL || size == 0 || size > DISK_TEXT_MAX) {
        free(text.data);
        return 0;
    }
    memcpy(text.data, data, size);
    try_both(&text);
    try_mended(&text, "spacegray-sep");
    try_mended(&text, "spacegray-volume");
    disk_text_release(&text);
    return 0;
}
