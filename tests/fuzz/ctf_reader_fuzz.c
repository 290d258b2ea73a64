/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of CTF traces, and the exports behind it, on hostile files. An input is the two files of a trace in one:
 *
 *     1 byte    bit 0: the head of the metadata, which is always the same, is put in front of them
 *     4 bytes   length of the metadata
 *               the metadata, then the stream
 */
#define _GNU_SOURCE /* memfd_create, open_memstream */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "emu/base/bug.h"
#include "emu/debug/trace/ctf.h"
#include "emu/debug/trace/ctf_internal.h"
#include "emu/debug/trace/export.h"
#include "tests/fuzz/input.h"

static char *make_metadata(bool has_head, const uint8_t *data, size_t bytes, size_t *length)
{
    char *text;
    FILE *file = open_memstream(&text, length);

    BUG_ON(file == NULL);
    if (has_head) ctf_metadata_put_head(file, "a machine");
    (void)fwrite(data, 1, bytes, file);
    BUG_ON(fclose(file) != 0);
    return text;
}

static int make_stream(const uint8_t *data, size_t bytes)
{
    const int fd = memfd_create("stream", MFD_CLOEXEC);

    BUG_ON(fd < 0 || write(fd, data, bytes) != (ssize_t)bytes);
    return fd;
}

static void check_item(const struct trace_item *item, uint64_t least, vtime since)
{
    char line[256];

    BUG_ON(item->seq < least || item->when < since || item->cause >= item->seq);
    BUG_ON(item->device == NULL || item->type == NULL || item->type->field_count > TRACE_ARGS);
    for (unsigned i = 0; i < item->type->field_count; i++) {
        BUG_ON(item->type->is_text[i] != (item->texts[i] != NULL));
    }
    BUG_ON(trace_item_format(item, line, sizeof(line)) >= sizeof(line));
}

/* Walks to the end; what was met first must still be the same then. */
static void walk(struct ctf_reader *reader)
{
    const struct trace_items items = ctf_reader_items(reader);
    struct trace_item first = {.seq = 0};
    struct trace_item item;
    uint64_t seq = 1;
    vtime when = 0;

    while (trace_items_from(&items, seq, &item)) {
        check_item(&item, seq, when);
        if (first.seq == 0) first = item;
        seq = item.seq + 1;
        when = item.when;
    }
    if (first.seq == 0) return;
    BUG_ON(!items.get(items.ctx, first.seq, &item) || !trace_item_is_equal(&first, &item));
    items.range(items.ctx, &seq, &when);
    BUG_ON(seq != first.seq);
}

static void export_everything(struct ctf_reader *reader)
{
    const struct trace_items items = ctf_reader_items(reader);
    struct error err = ERROR_INIT;
    FILE *file = fopen("/dev/null", "w");

    BUG_ON(file == NULL);
    (void)(export_json(&items, NULL, file, &err) == 0 &&
           export_perfetto(&items, NULL, file, &err) == 0 &&
           export_vcd(&items, NULL, file, &err) == 0);
    (void)fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    const bool has_head = (fuzz_take(&input, 1) & 1u) != 0;
    size_t bytes = (size_t)fuzz_take(&input, 4);
    struct error err = ERROR_INIT;
    struct ctf_reader *reader;
    char *text;

    if (bytes > input.bytes) bytes = input.bytes;
    text = make_metadata(has_head, input.data, bytes, &size);
    reader = ctf_reader_start("fuzz", text, size,
                              make_stream(input.data + bytes, input.bytes - bytes), &err);
    BUG_ON((reader == NULL) != (err.kind != ERROR_NONE));
    if (reader == NULL) return 0;
    walk(reader);
    export_everything(reader);
    ctf_reader_close(reader);
    return 0;
}
