/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libpng reads, with limits of its own for what a file may ask for; its way out of an error is a jump to read_picture().
 * Colours are taken as they stand in the file: nothing is done about gamma or profiles.
 */
#include "emu/host/png.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "emu/core/frame.h"
#include "emu/host/file.h"

#define FILE_MAX    (256u << 20)
#define CHUNK_MAX   (8u << 20)
#define CHUNKS_MAX  1000u
#define PIXEL_BYTES 4

struct source {
    const uint8_t *data;
    size_t bytes;
    char trouble[160];
};

/* What is owned while libpng may jump. */
struct target {
    uint32_t *pixels;
    png_bytepp rows;
    uint32_t width, height;
};

static _Noreturn void on_error(png_structp png, png_const_charp text)
{
    struct source *source = png_get_error_ptr(png);

    (void)snprintf(source->trouble, sizeof(source->trouble), "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep data, size_t bytes)
{
    struct source *source = png_get_io_ptr(png);

    if (bytes > source->bytes) {
        png_error(png, "it ends too early");
    }
    memcpy(data, source->data, bytes);
    source->data += bytes;
    source->bytes -= bytes;
}

/* Whatever it holds comes as blue, green, red and a byte that does not matter. */
static void set_format(png_structp png)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    png_set_bgr(png);
    png_set_filler(png, 0, PNG_FILLER_AFTER);
    (void)png_set_interlace_handling(png);
}

static void make_room(png_structp png, struct target *target)
{
    if ((uint64_t)target->width * target->height > FRAME_PIXELS_MAX) {
        png_error(png, "it has too many pixels");
    }
    target->pixels = calloc((size_t)target->width * target->height, PIXEL_BYTES);
    target->rows = calloc(target->height, sizeof(*target->rows));
    if (target->pixels == NULL || target->rows == NULL) {
        png_error(png, "there is no memory for it");
    }
    for (uint32_t y = 0; y < target->height; y++) {
        target->rows[y] = (png_bytep)&target->pixels[(size_t)y * target->width];
    }
}

/* False when libpng could not; `source` says why. */
static bool read_picture(png_structp png, png_infop info, struct target *target)
{
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_set_user_limits(png, FRAME_SIDE_MAX, FRAME_SIDE_MAX);
    png_set_chunk_malloc_max(png, CHUNK_MAX);
    png_set_chunk_cache_max(png, CHUNKS_MAX);
    png_read_info(png, info);
    target->width = png_get_image_width(png, info);
    target->height = png_get_image_height(png, info);
    set_format(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != (size_t)target->width * PIXEL_BYTES) {
        png_error(png, "its rows cannot be");
    }
    make_room(png, target);
    png_read_image(png, target->rows);
    png_read_end(png, NULL);
    return true;
}

/* Bytes of blue, green, red become numbers on every host. */
static void to_numbers(uint32_t *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[PIXEL_BYTES];

        memcpy(bytes, &pixels[i], sizeof(bytes));
        pixels[i] = (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
    }
}

uint32_t *parse_png(const uint8_t *data, size_t bytes, uint32_t *width, uint32_t *height,
                    struct error *err)
{
    struct source source = {.data = data, .bytes = bytes, .trouble = "there is no memory for it"};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    struct target target = {.pixels = NULL};
    bool is_read = false;

    if (info != NULL) {
        png_set_read_fn(png, &source, on_read);
        is_read = read_picture(png, info, &target);
    }
    png_destroy_read_struct(&png, &info, NULL);
    free(target.rows);
    if (is_read) {
        to_numbers(target.pixels, (size_t)target.width * target.height);
        *width = target.width;
        *height = target.height;
        return target.pixels;
    }
    free(target.pixels);
    (void)error_usage(err, "%s", source.trouble);
    return NULL;
}

uint32_t *load_png(const char *path, uint32_t *width, uint32_t *height, struct error *err)
{
    struct error reason = ERROR_INIT;
    struct host_file file;
    uint32_t *pixels;

    if (host_file_read(path, FILE_MAX, &file, err) != 0) return NULL;
    pixels = parse_png(file.data, file.bytes, width, height, &reason);
    host_file_release(&file);
    if (pixels == NULL) (void)error_usage(err, "%s is no PNG file: %s", path, reason.text);
    return pixels;
}
