/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: screen_fuzz_seeds FOLDER
 *
 * Adds to the corpora what fuzzing of fonts and pictures starts from: PSF files of both versions, packed and not; PNG
 * files. */
#define _GNU_SOURCE /* mkstemp */
#define ZLIB_CONST

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zlib.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/host/file.h"
#include "emu/host/png.h"
#include "tests/fuzz/seed_file.h"
#include "tests/unit/suite-screen/made_font.h"

#define PACKED_MAX 65536u
#define SIDE       24u

static void write_packed(const char *folder, const char *name, const uint8_t *data, size_t bytes)
{
    z_stream stream = {.next_in = data, .avail_in = (uInt)bytes};
    uint8_t out[PACKED_MAX];

    BUG_ON(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK);
    stream.next_out = out;
    stream.avail_out = sizeof(out);
    BUG_ON(deflate(&stream, Z_FINISH) != Z_STREAM_END);
    seed_file_write(folder, "psf_fuzz", name, out, sizeof(out) - stream.avail_out);
    (void)deflateEnd(&stream);
}

static void write_fonts(const char *folder)
{
    static const struct made_font fonts[] = {
        {.version = 1, .width = 8, .height = 8, .glyph_count = 256},
        {.version = 1, .width = 8, .height = 4, .glyph_count = 512, .has_table = true},
        {.version = 2, .width = 12, .height = 7, .glyph_count = 20, .has_table = true},
        {.version = 2, .width = 64, .height = 5, .glyph_count = 3},
    };

    for (size_t i = 0; i < ARRAY_LEN(fonts); i++) {
        char name[16];
        size_t bytes;
        uint8_t *data = made_psf(&fonts[i], &bytes);

        (void)snprintf(name, sizeof(name), "%zu", i);
        seed_file_write(folder, "psf_fuzz", name, data, bytes);
        (void)snprintf(name, sizeof(name), "%zu-packed", i);
        write_packed(folder, name, data, bytes);
        free(data);
    }
}

static void write_picture(const char *folder)
{
    char path[] = "/tmp/spacegray-seed-XXXXXX";
    const int fd = mkstemp(path);
    struct error err = ERROR_INIT;
    uint32_t pixels[SIDE * SIDE];
    struct host_file file;

    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        pixels[i] = i * 0x010203u & 0xffffff;
    }
    BUG_ON(fd < 0 || save_png(path, pixels, SIDE, SIDE, &err) != 0);
    BUG_ON(host_file_read(path, PACKED_MAX, &file, &err) != 0);
    seed_file_write(folder, "png_fuzz", "0", file.data, file.bytes);
    host_file_release(&file);
    (void)close(fd);
    (void)unlink(path);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    write_fonts(argv[1]);
    write_picture(argv[1]);
    return 0;
}
