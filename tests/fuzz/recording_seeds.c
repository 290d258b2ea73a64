/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: recording_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of recordings and of their disks starts from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/seed_file.h"
#include "tests/unit/replay/recording_bench.h"

#define LIVES      12u
#define LIFE_BYTES 1200u

static void write_recording(const char *folder, const char *name, unsigned scale, bool has_end)
{
    const struct recording_end end = {.last = bench_beat(scale + 1), .stop = MACHINE_POWER_OFF};
    struct recording *recording;
    struct error err = ERROR_INIT;
    uint8_t *data;
    size_t bytes;
    char path[256];

    bench_path(path);
    recording = bench_create(path);
    for (unsigned i = 0; i < scale; i++) {
        bench_populate(recording, 1);
        assert_int_equal(recording_flush(recording, &err), 0);
    }
    if (has_end) {
        recording_set_end(recording, &end);
    }
    bench_close(recording);
    if (bench_exists(path)) {
        data = bench_read(path, &bytes);
        seed_file_write(folder, "recording_fuzz", name, data, bytes);
        free(data);
    }
    bench_clean(path);
}

int main(int argc, char **argv)
{
    uint8_t life[LIFE_BYTES];

    if (argc != 2) {
        (void)fprintf(stderr, "usage: recording_fuzz_seeds FOLDER\n");
        return 2;
    }
    write_recording(argv[1], "end", 0, true);
    write_recording(argv[1], "one", 1, true);
    write_recording(argv[1], "three", 3, false);
    for (unsigned i = 0; i < LIVES; i++) {
        char name[16];

        bench_fill(life, sizeof(life), i);
        (void)snprintf(name, sizeof(name), "%02u", i);
        seed_file_write(argv[1], "replay_disk_fuzz", name, life, LIFE_BYTES / LIVES * (i + 1));
    }
    return 0;
}
