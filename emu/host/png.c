/* SPDX-License-Identifier: GPL-2.0-only */
/* libpng writes; its way out of an error is a jump to write_picture(). */
#define _POSIX_C_SOURCE 200809L /* fileno */

#include "emu/host/png.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <png.h>

/* Screens are flat: most rows are like the one above, and harder work of zlib gains little. */
#define FILTER      PNG_FILTER_UP
#define LEVEL       3
#define PIXEL_BYTES 3

struct image {
    const uint32_t *pixels;
    uint32_t width;
    uint32_t height;
};

static _Noreturn void on_error(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_write(png_structp png, png_bytep data, size_t bytes)
{
    FILE *file = png_get_io_ptr(png);

    if (fwrite(data, 1, bytes, file) != bytes) {
        png_error(png, "");
    }
}

static void on_flush(png_structp png)
{
    (void)png;
}

static void convert_row(const uint32_t *pixels, uint32_t width, png_bytep row)
{
    for (uint32_t x = 0; x < width; x++) {
        row[PIXEL_BYTES * x] = (png_byte)(pixels[x] >> 16);
        row[PIXEL_BYTES * x + 1] = (png_byte)(pixels[x] >> 8);
        row[PIXEL_BYTES * x + 2] = (png_byte)pixels[x];
    }
}

/* False when libpng could not; errno says why. Nothing here is owned: the jump leaves no trace. */
static bool write_picture(png_structp png, png_infop info, const struct image *image, png_bytep row)
{
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_set_compression_level(png, LEVEL);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, FILTER);
    png_set_IHDR(png, info, image->width, image->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, info);
    for (uint32_t y = 0; y < image->height; y++) {
        convert_row(&image->pixels[(size_t)y * image->width], image->width, row);
        png_write_row(png, row);
    }
    png_write_end(png, NULL);
    return true;
}

static bool write_file(FILE *file, const struct image *image)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    png_bytep row = malloc((size_t)image->width * PIXEL_BYTES);
    bool is_written = false;

    errno = ENOMEM;
    if (info != NULL && row != NULL) {
        png_set_write_fn(png, file, on_write, on_flush);
        is_written = write_picture(png, info, image, row);
    }
    free(row);
    png_destroy_write_struct(&png, &info);
    return is_written;
}

static bool is_regular(FILE *file)
{
    struct stat status;

    return fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode);
}

int save_png(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height,
             struct error *err)
{
    const struct image image = {.pixels = pixels, .width = width, .height = height};
    FILE *file = fopen(path, "wbe");
    bool is_removable;
    int reason;

    if (file == NULL) return error_host(err, "cannot write %s: %s", path, strerror(errno));
    is_removable = is_regular(file);
    reason = write_file(file, &image) ? 0 : errno;
    if (fclose(file) != 0 && reason == 0) {
        reason = errno;
    }
    if (reason == 0) return 0;
    if (is_removable) (void)unlink(path);
    return error_host(err, "cannot write %s: %s", path, strerror(reason));
}
