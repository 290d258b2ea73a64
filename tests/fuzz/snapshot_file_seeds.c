/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: snapshot_file_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of snapshot files and of setups starts from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "devices/apple/sep_keys.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/base/hex.h"
#include "emu/core/snap.h"
#include "tests/fuzz/seed_file.h"

#define FILE_HEADER_BYTES 32u /* docs/formats/snapshot.md */
#define FILE_CRC          12u
#define SHAPES            4u
#define LIVES             24u
#define LIFE_BYTES        120u

#define FRONT "{\"version\":1,\"rtc_base\":1513209600,\"options\":["
#define SHA   "\"sha256\":\"6923dd1bc0460082c5d55a831908c24a282860b7f1cd6c2b79cf1bc8857c639c\""

static const char *const setups[] = {
    FRONT "]}",
    FRONT "{\"option\":\"memory\",\"value\":\"512M\"},{\"option\":\"no-reboot\"},"
          "{\"option\":\"cores\",\"value\":\"4\"}]}",
    FRONT "{\"option\":\"dimms\",\"value\":\"A0=8G,B0=8G\"},{\"option\":\"ecc\",\"value\":\"off\"},"
          "{\"option\":\"scrub\",\"value\":\"demand\"},{\"option\":\"test-device\"}]}",
    FRONT "{\"option\":\"kernel\",\"value\":\"/boot/vmlinuz\"," SHA "},"
          "{\"option\":\"append\",\"value\":\"console=ttyS0\"}]}",
    FRONT "{\"option\":\"from\",\"value\":\"/tmp/a.sgs\"," SHA "},"
          "{\"option\":\"patrol-period\",\"value\":\"60s\"},{\"option\":\"t2-strict\","
          "\"value\":\"warn\"},{\"option\":\"fidelity\",\"value\":\"functional\"}]}",
    FRONT "],\"disk\":{\"blocks\":512,\"volume\":\"000102030405060708090a0b0c0d0e0f\","
          "\"sep\":\"00\",\"modules\":[{\"blocks\":256,\"notes\":8192},{\"blocks\":0,"
          "\"notes\":0}]}}",
};

/* With a T2 whose record is one. */
static void write_disk(const char *folder)
{
    static const uint8_t seed[KEY_BYTES] = {1};
    char hex[2 * sizeof(struct sep_record) + 1];
    struct sep_record record;
    char text[4096];

    memset(&record, 0, sizeof(record));
    if (sep_make(&record, seed) != SEP_OK) exit(1);
    hex_put(&record, sizeof(record), hex);
    (void)snprintf(text, sizeof(text),
                   FRONT "],\"disk\":{\"blocks\":512,\"volume\":"
                         "\"000102030405060708090a0b0c0d0e0f\",\"sep\":\"%s\",\"modules\":["
                         "{\"blocks\":256,\"notes\":8192},{\"blocks\":0,\"notes\":0}]}}",
                   hex);
    seed_file_write(folder, "record_setup_fuzz", "disk", text, strlen(text));
}

/* A file with a snapshot of nothing much. */
static void write_file(const char *folder, const char *name, const char *setup)
{
    struct snap_writer *writer = snap_writer_create();
    const size_t setup_bytes = strlen(setup);
    uint8_t file[8192] = {0};
    const void *snapshot;
    size_t bytes;
    uLong crc;

    if (writer == NULL) exit(1);
    snap_chunk_begin(writer, "/machine", "machine", 3);
    snap_put_u64(writer, 50000000);
    snap_chunk_end(writer);
    snapshot = snap_finish(writer, "imacpro1,1", &bytes);
    memcpy(file + 1, "SGSNFILE", 8);
    le32_put(file + 1 + 8, 1);
    le64_put(file + 1 + 16, setup_bytes);
    le64_put(file + 1 + 24, bytes);
    memcpy(file + 1 + FILE_HEADER_BYTES, setup, setup_bytes);
    memcpy(file + 1 + FILE_HEADER_BYTES + setup_bytes, snapshot, bytes);
    crc = crc32_z(0, file + 1, FILE_CRC);
    crc = crc32_z(crc, file + 1 + FILE_CRC + 4, FILE_HEADER_BYTES - FILE_CRC - 4 + setup_bytes);
    le32_put(file + 1 + FILE_CRC, (uint32_t)crc);
    seed_file_write(folder, "snapshot_file_fuzz", name, file,
                    1 + FILE_HEADER_BYTES + setup_bytes + bytes);
    snap_writer_destroy(writer);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: snapshot_file_fuzz_seeds FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < ARRAY_LEN(setups); i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "setup-%zu", i);
        seed_file_write(argv[1], "record_setup_fuzz", name, setups[i], strlen(setups[i]));
        write_file(argv[1], name, setups[i]);
    }
    write_disk(argv[1]);
    for (unsigned i = 0; i < LIVES; i++) {
        uint8_t life[LIFE_BYTES];
        char name[32];

        for (size_t k = 0; k < sizeof(life); k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            life[k] = (uint8_t)(seed >> 56);
        }
        life[0] = (uint8_t)(1 + i % SHAPES);
        (void)snprintf(name, sizeof(name), "life-%02u", i);
        seed_file_write(argv[1], "snapshot_file_fuzz", name, life, LIFE_BYTES / LIVES * (i + 1));
    }
    return 0;
}
