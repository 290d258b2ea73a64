/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: ctf_fuzz_seeds FOLDER
 *
 * Adds traces of several lengths to the corpus of ctf_reader_fuzz, with the metadata as a whole and without
 * their head. */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/base/endian.h"
#include "emu/debug/trace/ctf.h"
#include "emu/debug/trace/ctf_internal.h"
#include "tests/fuzz/seed_file.h"
#include "tests/unit/trace/ctf_run.h"

#define MACHINE "a machine"

static void write_trace(const char *path, uint64_t events)
{
    struct error err = ERROR_INIT;
    struct ctf_writer *writer = ctf_writer_open(path, MACHINE, &err);
    struct ctf_run run;
    struct trace_sink sink;

    BUG_ON(writer == NULL);
    ctf_run_init(&run);
    sink = ctf_writer_sink(writer, NULL);
    for (uint64_t seq = 1; seq <= events; seq++) {
        const struct trace_record record = ctf_run_record(&run, seq);

        sink.record(sink.ctx, &record);
    }
    BUG_ON(ctf_writer_close(writer, &err) < 0);
}

/* Adds what is in a file. */
static size_t copy(FILE *to, const char *directory, const char *name, size_t skip)
{
    char path[128];
    size_t bytes = 0;
    FILE *from;
    int c;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    from = fopen(path, "rb");
    BUG_ON(from == NULL || fseek(from, (long)skip, SEEK_SET) != 0);
    while ((c = getc(from)) != EOF) {
        (void)putc(c, to);
        bytes++;
    }
    (void)fclose(from);
    return bytes;
}

static void write_seed(const char *folder, const char *name, const char *trace, size_t skip)
{
    uint8_t *data;
    size_t bytes;
    size_t metadata;
    FILE *file = open_memstream((char **)(void *)&data, &bytes);
    const uint8_t start[5] = {skip != 0};

    BUG_ON(file == NULL);
    (void)fwrite(start, 1, sizeof(start), file);
    metadata = copy(file, trace, CTF_METADATA_FILE, skip);
    (void)copy(file, trace, CTF_STREAM_FILE, 0);
    BUG_ON(fclose(file) != 0);
    le32_put(data + 1, (uint32_t)metadata);
    seed_file_write(folder, "ctf_reader_fuzz", name, data, bytes);
    free(data);
}

int main(int argc, char **argv)
{
    static const uint64_t lengths[] = {0, 1, 2, 7, 40, 300, 2500};
    const size_t head = strlen(ctf_metadata_before) + strlen(MACHINE) + strlen(ctf_metadata_behind);
    char trace[64];
    char name[32];

    if (argc != 2) return 2;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        ctf_run_make_directory(trace);
        write_trace(trace, lengths[i]);
        (void)snprintf(name, sizeof(name), "%zu-whole", i);
        write_seed(argv[1], name, trace, 0);
        (void)snprintf(name, sizeof(name), "%zu", i);
        write_seed(argv[1], name, trace, head);
        ctf_run_remove_directory(trace);
    }
    return 0;
}
