/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: disk_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of disk directories starts from: the files of a T2 in the clear and
 * sealed, of a volume, and the header of a module. */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/disk/disk_header.h"
#include "emu/disk/disk_sep.h"
#include "tests/fuzz/seed_file.h"

#define CHEAP_LOG2_N 10u

static void write_sep(const char *folder, const struct disk_sep_file *sep, const char *name)
{
    struct disk_text text;

    BUG_ON(disk_sep_format(sep, &text, NULL) < 0);
    seed_file_write(folder, "disk_json_fuzz", name, text.data, text.bytes);
    disk_text_release(&text);
}

static void write_seps(const char *folder)
{
    static const uint8_t seed[KEY_BYTES] = {1};
    struct disk_sep_file sep = {.update = 1};

    BUG_ON(sep_make(&sep.record, seed) != SEP_OK);
    write_sep(folder, &sep, "sep-new");
    BUG_ON(sep_make_volume(&sep.record, seed) != SEP_OK);
    write_sep(folder, &sep, "sep-volume");
    sep.is_sealed = true;
    sep.log2_n = CHEAP_LOG2_N;
    BUG_ON(key_stretch_file("p", 1, sep.seal_salt, sep.log2_n, sep.seal_key) < 0);
    write_sep(folder, &sep, "sep-sealed");
    disk_sep_wipe(&sep);
}

static void write_volume(const char *folder)
{
    const struct disk_volume_file volume = {.update = 1, .blocks = 4096, .stripe = RAID0_STRIPE};
    struct disk_text text;

    BUG_ON(disk_volume_format(&volume, &text, NULL) < 0);
    seed_file_write(folder, "disk_json_fuzz", "volume", text.data, text.bytes);
    disk_text_release(&text);
}

static void write_header(const char *folder)
{
    static const uint8_t key[KEY_BYTES] = {1, 2, 3};
    const struct disk_header header = {
        .slot = 1,
        .stripe = RAID0_STRIPE,
        .blocks = 2048,
        .notes_bytes = disk_notes_bytes(2048),
        .sequence = 3,
        .generation = 2,
        .is_clean = true,
    };
    uint8_t bytes[DISK_HEADER_BYTES];

    BUG_ON(disk_header_put(&header, key, bytes) < 0);
    seed_file_write(folder, "disk_header_fuzz", "module", bytes, sizeof(bytes));
    seed_file_write(folder, "disk_header_fuzz", "short", bytes, 128);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: disk_fuzz_seeds FOLDER\n");
        return 2;
    }
    write_seps(argv[1]);
    write_volume(argv[1]);
    write_header(argv[1]);
    return 0;
}
