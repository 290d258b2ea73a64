/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: items_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of events starts from: saved logs, lives of logs, filters and
 * conditions. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/debug/trace/item.h"

#define LIVES      16u
#define LIFE_BYTES 400u

static void write_seed(const char *folder, unsigned number, uint8_t first, const void *data,
                       size_t bytes)
{
    char path[512];
    FILE *file;

    (void)mkdir(folder, 0777);
    (void)snprintf(path, sizeof(path), "%s/seed-%03u", folder, number);
    file = fopen(path, "wb");
    if (file == NULL || fputc(first, file) == EOF || fwrite(data, 1, bytes, file) != bytes ||
        fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void append(struct trace_log *log, uint64_t seq)
{
    static const struct trace_desc reg = {.name = "reg_write",
                                          .fields = {"reg:s", "index", "written", "now"}};
    static const struct trace_desc line = {.name = "irq_line", .fields = {"line:s", "level"}};
    struct trace_record record = {
        .seq = seq,
        .cause = seq > 1 && seq % 3 != 0 ? seq - 1 : 0,
        .when = seq * 1000,
        .pc = 0xffffffff81000000u + seq % 5,
        .desc = seq % 4 == 0 ? &line : &reg,
        .args = {(uintptr_t)(seq % 2 == 0 ? "CC" : "SQTDBL"), seq % 3, seq, seq},
    };

    BUG_ON(!trace_log_append(log, &record));
}

static void write_logs(const char *folder)
{
    static const uint64_t counts[] = {1, 5, 40, 300};
    unsigned number = 0;

    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct trace_log *log = trace_log_create();
        uint64_t cursor = 0;
        const void *data;
        size_t bytes;

        BUG_ON(log == NULL);
        for (uint64_t seq = 1; seq <= counts[i]; seq++) {
            append(log, seq);
            if (seq == counts[i] / 2) (void)trace_log_save(log, true, &cursor, &bytes);
        }
        cursor = 0;
        data = trace_log_save(log, true, &cursor, &bytes);
        BUG_ON(data == NULL);
        write_seed(folder, number++, 0, data, bytes);
        trace_log_destroy(log);
    }
}

static void write_lives(const char *folder)
{
    uint64_t state = 1;

    for (unsigned life = 0; life < LIVES; life++) {
        uint8_t data[LIFE_BYTES];

        for (size_t i = 0; i < sizeof(data); i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
            data[i] = (uint8_t)(state >> 56);
        }
        write_seed(folder, 100 + life, 1, data, sizeof(data) / LIVES * (life + 1));
    }
}

static void write_texts(const char *folder)
{
    static const char *const filters[] = {
        "nvme.*",
        "*.irq_line,!rtc.*",
        "/pci/00/1c.0/00.0.reg_* if reg == \"C*\" and written & 0xff",
        "!*.vblank, gpu.* if when >= 2.5ms or not (core == 3)",
        "x if",
        "a.b if ((1",
    };
    static const char *const conditions[] = {
        "reg == CC",      "written & 1 == 1 and index < 3", "!(when > 5us) || pc",
        "device == nvme", "index >= 18446744073709551615",  "1.5s > when",
    };

    for (unsigned i = 0; i < ARRAY_LEN(filters); i++) {
        write_seed(folder, i, 0, filters[i], strlen(filters[i]));
    }
    for (unsigned i = 0; i < ARRAY_LEN(conditions); i++) {
        write_seed(folder, 100 + i, 1, conditions[i], strlen(conditions[i]));
    }
}

int main(int argc, char **argv)
{
    char folder[400];

    if (argc != 2) {
        (void)fprintf(stderr, "usage: items_fuzz_seeds FOLDER\n");
        return 2;
    }
    (void)snprintf(folder, sizeof(folder), "%s/trace_log_fuzz", argv[1]);
    write_logs(folder);
    write_lives(folder);
    (void)snprintf(folder, sizeof(folder), "%s/trace_filter_fuzz", argv[1]);
    write_texts(folder);
    return 0;
}
