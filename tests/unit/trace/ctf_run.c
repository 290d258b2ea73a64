/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE /* nftw, mkdtemp */

#include "tests/unit/trace/ctf_run.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct trace_desc desc_write = {.name = "reg_write",
                                             .fields = {"reg:s", "index", "written", "now"}};
static const struct trace_desc desc_line = {.name = "irq_line", .fields = {"line:s", "level"}};
static const struct trace_desc desc_bare = {.name = "power_button"};
static const struct trace_desc desc_frame = {.name = "vblank", .fields = {"pipe", "frame"}};
static const struct trace_desc desc_error = {
    .name = "guest_error", .level = TRACE_LEVEL_GUEST_ERROR, .fields = {"what:s", "value"}};
static const struct trace_desc desc_gap = {
    .name = "unimplemented", .level = TRACE_LEVEL_UNIMPL, .fields = {"what:s"}};

void ctf_run_init(struct ctf_run *run)
{
    static const char *const paths[] = {"/pch/rtc", "/pci/00/1c.0/00.0", "/cpu0/lapic"};

    *run = (struct ctf_run){.devices = {{.class = NULL}}};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(run->devices[i].path, DEVICE_PATH_BYTES, "%s", paths[i]);
    }
}

struct trace_record ctf_run_record(const struct ctf_run *run, uint64_t seq)
{
    static const struct trace_desc *const kinds[] = {&desc_write, &desc_line,  &desc_bare,
                                                     &desc_frame, &desc_error, &desc_gap};
    static const char *const words[] = {"CC", "AQA", "", "a \"text\" with \\ and \xc3\xa9"};
    const uint64_t chance = (seq ^ seq >> 7) * UINT64_C(0x9e3779b97f4a7c15) >> 16;
    struct trace_record record = {
        .seq = seq,
        .when = seq / 3 * 1234567 + 5,
        .cause = seq % 4 == 0 ? 0 : seq - 1 - chance % (seq < 9 ? seq : 9),
        .pc = seq % 5 == 0 ? 0 : UINT64_C(0xffffffff81000000) + chance % 4096,
        .core = (uint8_t)(chance >> 8 & 3u),
        .device = chance % 7 == 0 ? NULL : &run->devices[chance % 3],
        .desc = kinds[chance >> 20 & 7u ? (chance >> 20) % 6 : 0],
        .args = {chance, ~chance, chance << 13, seq},
    };

    if (record.desc != &desc_bare && record.desc != &desc_frame) {
        record.args[0] = (uintptr_t)words[chance >> 30 & 3u];
    }
    if (record.desc == &desc_line) {
        record.args[1] = seq & 1u;
    }
    return record;
}

struct trace_item ctf_run_item(const struct ctf_run *run, uint64_t seq,
                               struct trace_scratch *scratch)
{
    const struct trace_record record = ctf_run_record(run, seq);
    struct trace_item item;

    trace_item_view(&record, scratch, &item);
    return item;
}

void ctf_run_make_directory(char path[64])
{
    (void)snprintf(path, 64, "/tmp/spacegray-trace-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void ctf_run_remove_directory(const char *path)
{
    assert_int_equal(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}
