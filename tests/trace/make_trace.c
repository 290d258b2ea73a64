/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: make_trace FOLDER
 *
 * Traces of runs that never were, for command_test: `good` (CTF) and good.sgr (a recording) have the same 240
 * events; in `bad` event 200 is another one; `short` ends with event 150; `late` begins with event 101;
 * `some` has every third event, `none` has none; `moved` has other times and places in the program. good.log is
 * what docs/formats/trace-log.md describes, in two packets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/core/device.h"
#include "emu/debug/replay/recording.h"
#include "emu/debug/trace/ctf.h"

#define EVENTS  240u
#define MACHINE "imacpro1,1 of a test"

static const struct trace_desc desc_write = {.name = "reg_write",
                                             .fields = {"reg:s", "index", "written", "now"}};
static const struct trace_desc desc_line = {.name = "irq_line", .fields = {"line:s", "level"}};
static const struct trace_desc desc_accept = {.name = "accept", .fields = {"vector"}};
static const struct trace_desc desc_byte = {.name = "transmit", .fields = {"byte"}};
static const struct trace_desc desc_error = {
    .name = "guest_error", .level = TRACE_LEVEL_GUEST_ERROR, .fields = {"what:s", "value"}};
static const struct trace_desc desc_gap = {
    .name = "unimplemented", .level = TRACE_LEVEL_UNIMPL, .fields = {"what:s", "value"}};

static const struct device nvme = {.path = "/pci/00/1c.0/00.0"};
static const struct device lapic = {.path = "/cpu0/lapic"};
static const struct device uart = {.path = "/pch/uart0"};

/* A doorbell, the interrupt that it leads to, its acceptance, and a byte on the serial port. */
static struct trace_record make_record(uint64_t seq, bool is_bad)
{
    struct trace_record record = {.seq = seq, .when = seq * VTIME_US(1), .pc = 0x401000 + seq % 8};

    if (seq > 120) {
        record.when += VTIME_MS(1);
    }
    record.cause = seq % 4 == 1 || seq % 4 == 2 ? seq - 1 : 0;
    switch (seq % 4) {
    case 0:
        record.device = &nvme;
        record.desc = &desc_write;
        record.args[0] = (uintptr_t)(seq % 8 == 0 ? "SQ0TDBL" : "CC");
        record.args[2] = is_bad && seq == 200 ? 0xbad : seq;
        record.args[3] = seq;
        break;
    case 1:
        record.device = &nvme;
        record.desc = &desc_line;
        record.args[0] = (uintptr_t) "INTA";
        record.args[1] = 1;
        break;
    case 2:
        record.device = &lapic;
        record.desc = &desc_accept;
        record.args[0] = 0x31;
        break;
    default:
        record.device = &uart;
        record.desc = &desc_byte;
        record.args[0] = 0x40 + seq % 32;
        record.pc = 0;
        break;
    }
    if (seq == 52 || seq == 72) {
        record.desc = seq == 52 ? &desc_error : &desc_gap;
        record.args[0] =
            (uintptr_t)(seq == 52 ? "a doorbell of no queue" : "the feature of the moon");
        record.args[1] = 7;
    }
    return record;
}

static void check(bool is_good, const struct error *err)
{
    if (is_good) return;
    (void)fprintf(stderr, "make_trace: %s\n", err->text);
    exit(1);
}

/* Every `step`th event of a run. */
struct extent {
    const char *name;
    uint64_t first;
    uint64_t last;
    uint64_t step;
    bool is_bad;
    uint64_t moved;
};

/* Types live as long as their log. */
static struct trace_log *make_log(uint64_t last, bool is_bad)
{
    struct error err = {.text = "the log takes no events"};
    struct trace_log *log = trace_log_create();

    check(log != NULL, &err);
    for (uint64_t seq = 1; seq <= last; seq++) {
        const struct trace_record record = make_record(seq, is_bad);

        check(trace_log_append(log, &record), &err);
    }
    return log;
}

static void make_trace(const char *folder, const struct extent *extent)
{
    struct error err = ERROR_INIT;
    struct trace_log *log = make_log(extent->last, extent->is_bad);
    const struct trace_items items = trace_log_items(log);
    struct ctf_writer *writer;
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, extent->name);
    writer = ctf_writer_open(path, MACHINE, &err);
    check(writer != NULL, &err);
    for (uint64_t seq = extent->first; seq <= extent->last; seq += extent->step) {
        struct trace_item item;

        check(items.get(items.ctx, seq, &item), &err);
        item.when += extent->moved;
        item.pc += extent->moved;
        ctf_writer_put(writer, &item);
    }
    check(ctf_writer_close(writer, &err) == 0, &err);
    trace_log_destroy(log);
}

static void make_recording(const char *folder, const char *name)
{
    struct recording_head head = {.machine = MACHINE, .setup = "{}"};
    const struct recording_end end = {.last = {.when = VTIME_MS(2), .seq = EVENTS}};
    struct error err = ERROR_INIT;
    struct recording *recording;
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    recording = recording_create(path, &head, &err);
    check(recording != NULL, &err);
    for (uint64_t seq = 1; seq <= EVENTS; seq++) {
        const struct trace_record record = make_record(seq, false);

        check(trace_log_append(recording_events(recording), &record), &err);
    }
    check(recording_add_beat(recording, &end.last), &err);
    recording_set_end(recording, &end);
    check(recording_close(recording, &err) == 0, &err);
}

static void write_log(const char *folder, const char *name)
{
    struct error err = {.text = "the log cannot be written"};
    struct trace_log *log = make_log(EVENTS / 2, false);
    uint64_t cursor = 0;
    const void *data;
    FILE *file;
    size_t bytes;
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "wb");
    check(file != NULL, &err);
    for (uint64_t seq = EVENTS / 2; seq <= EVENTS; seq++) {
        const struct trace_record record = make_record(seq, false);

        if (seq > EVENTS / 2) check(trace_log_append(log, &record), &err);
        if (seq > EVENTS / 2 && seq < EVENTS) continue;
        data = trace_log_save(log, true, &cursor, &bytes);
        check(data != NULL && fwrite(data, 1, bytes, file) == bytes, &err);
    }
    check(fclose(file) == 0, &err);
    trace_log_destroy(log);
}

int main(int argc, char **argv)
{
    static const struct extent extents[] = {
        {"good", 1, EVENTS, 1, false, 0},   {"bad", 1, EVENTS, 1, true, 0},
        {"short", 1, 150, 1, false, 0},     {"late", 101, EVENTS, 1, false, 0},
        {"some", 1, EVENTS, 3, false, 0},   {"none", 1, 0, 1, false, 0},
        {"moved", 1, EVENTS, 1, false, 16},
    };

    if (argc != 2) {
        (void)fprintf(stderr, "usage: make_trace FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < ARRAY_LEN(extents); i++) {
        make_trace(argv[1], &extents[i]);
    }
    make_recording(argv[1], "good.sgr");
    write_log(argv[1], "good.log");
    return 0;
}
