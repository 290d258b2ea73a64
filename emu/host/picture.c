/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A row is converted into `row`, which stays in the processor's cache, and compared with what the
 * picture shows there: reading the old pixels costs less than handing unchanged ones on.
 */
#include "emu/host/picture.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/base/hash.h"
#include "emu/core/frame_draw.h"

#define HASH_LANES 4

void picture_init(struct picture *picture)
{
    memset(picture, 0, sizeof(*picture));
}

void picture_release(struct picture *picture)
{
    free(picture->pixels);
    free(picture->row_hashes);
    picture_init(picture);
}

static void mark_rows(struct picture *picture, uint32_t first, uint32_t rows)
{
    for (uint32_t row = first; row - first < rows; row++) {
        picture->changed[row / 64] |= BIT(row % 64);
        picture->stale[row / 64] |= BIT(row % 64);
    }
}

/* ---- Size and border ---- */

static int resize(struct picture *picture, uint32_t width, uint32_t height, struct error *err)
{
    uint32_t *pixels = calloc((size_t)width * height, sizeof(*pixels));
    uint64_t *row_hashes = calloc(height, sizeof(*row_hashes));

    if (pixels == NULL || row_hashes == NULL) {
        free(pixels);
        free(row_hashes);
        (void)error_host(err, "no memory for a picture of %ux%u", width, height);
        return -1;
    }
    picture_release(picture);
    picture->pixels = pixels;
    picture->row_hashes = row_hashes;
    picture->width = width;
    picture->height = height;
    mark_rows(picture, 0, height);
    return 0;
}

static bool has_same_border(const struct frame *a, const struct frame *b)
{
    return a->is_blank == b->is_blank && a->blank_color == b->blank_color &&
           a->surface_x == b->surface_x && a->surface_y == b->surface_y &&
           a->surface_width == b->surface_width && a->surface_height == b->surface_height;
}

/* Everything, also what the surface covers: this is rare, and the surface is given as a whole. */
static void paint_border(struct picture *picture, uint32_t color)
{
    const size_t count = (size_t)picture->width * picture->height;

    for (size_t i = 0; i < count; i++) {
        picture->pixels[i] = color;
    }
    mark_rows(picture, 0, picture->height);
}

/* ---- Cursor ---- */

static void take_cursor_off(struct picture *picture)
{
    const uint32_t width = picture->under_width;

    for (uint32_t y = 0; y < picture->under_height; y++) {
        memcpy(&picture->pixels[(size_t)(picture->under_y + y) * picture->width + picture->under_x],
               &picture->under[(size_t)y * width], width * sizeof(picture->under[0]));
    }
    mark_rows(picture, picture->under_y, picture->under_height);
    picture->under_height = 0;
}

/* One side of the cursor, cut to 0..limit: where it starts on the picture and in the image. */
static uint32_t cut(int64_t start, uint32_t length, uint32_t limit, uint32_t *on, uint32_t *in)
{
    const int64_t from = start < 0 ? 0 : start;
    const int64_t to = start + length > limit ? limit : start + length;

    *on = (uint32_t)from;
    *in = (uint32_t)(from - start);
    return to > from ? (uint32_t)(to - from) : 0;
}

static void put_cursor_on(struct picture *picture, const struct frame_cursor *cursor)
{
    uint32_t in_x;
    uint32_t in_y;
    const uint32_t width = cut(cursor->x, cursor->width, picture->width, &picture->under_x, &in_x);
    const uint32_t height =
        cut(cursor->y, cursor->height, picture->height, &picture->under_y, &in_y);

    if (width == 0 || height == 0) return;
    for (uint32_t y = 0; y < height; y++) {
        uint32_t *below =
            &picture->pixels[(size_t)(picture->under_y + y) * picture->width + picture->under_x];
        const uint32_t *image = &cursor->pixels[(size_t)(in_y + y) * cursor->width + in_x];

        memcpy(&picture->under[(size_t)y * width], below, width * sizeof(*below));
        for (uint32_t x = 0; x < width; x++) {
            below[x] = frame_blend(image[x], below[x], cursor->is_premultiplied);
        }
    }
    picture->under_width = width;
    picture->under_height = height;
    mark_rows(picture, picture->under_y, height);
}

/* ---- Surface ---- */

static void put_pixels(struct picture *picture, uint32_t x, uint32_t y, const uint8_t *data,
                       size_t count)
{
    const uint32_t on_x = picture->frame.surface_x + x;
    const uint32_t on_y = picture->frame.surface_y + y;
    uint32_t *place = &picture->pixels[(size_t)on_y * picture->width + on_x];

    BUG_ON(on_y >= picture->height || on_x + count > picture->width);
    frame_convert(picture->frame.format, data, count, picture->row);
    if (memcmp(place, picture->row, count * sizeof(*place)) == 0) return;
    memcpy(place, picture->row, count * sizeof(*place));
    mark_rows(picture, on_y, 1);
}

void picture_surface(void *ctx, uint64_t start, const uint8_t *data, size_t bytes)
{
    struct picture *picture = ctx;
    const struct frame *frame = &picture->frame;
    const unsigned pixel = frame_pixel_bytes(frame->format);
    const uint64_t visible = (uint64_t)frame->surface_width * pixel;

    while (bytes > 0) {
        const uint64_t column = start % frame->pitch;
        const size_t part = (size_t)min_u64(bytes, frame->pitch - column);

        if (column < visible) {
            put_pixels(picture, (uint32_t)(column / pixel), (uint32_t)(start / frame->pitch), data,
                       (size_t)min_u64(part, visible - column) / pixel);
        }
        start += part;
        data += part;
        bytes -= part;
    }
}

/* ---- A frame ---- */

int picture_begin(struct picture *picture, const struct frame *frame, struct error *err)
{
    const bool is_new = picture->pixels == NULL || picture->width != frame->width ||
                        picture->height != frame->height;

    if (is_new && resize(picture, frame->width, frame->height, err) != 0) return -1;
    take_cursor_off(picture);
    if (is_new || !has_same_border(&picture->frame, frame)) {
        paint_border(picture, frame->blank_color);
    }
    picture->is_blank = frame->is_blank;
    picture->frame = *frame;
    return 0;
}

void picture_finish(struct picture *picture, const struct frame_cursor *cursor)
{
    if (cursor->is_visible && !picture->is_blank) {
        put_cursor_on(picture, cursor);
    }
}

bool picture_changed_next(struct picture *picture, uint32_t *first_row, uint32_t *rows)
{
    uint32_t first = 0;
    uint32_t end;

    while (first < picture->height && picture->changed[first / 64] >> (first % 64) == 0) {
        first = (first / 64 + 1) * 64;
    }
    if (first >= picture->height) return false;
    first += (uint32_t)__builtin_ctzll(picture->changed[first / 64] >> (first % 64));
    for (end = first; end < picture->height; end++) {
        if ((picture->changed[end / 64] & BIT(end % 64)) == 0) break;
        picture->changed[end / 64] &= ~BIT(end % 64);
    }
    *first_row = first;
    *rows = end - first;
    return true;
}

/* ---- Hash ---- */

/* Two pixels are a word, the first one in the lower half. */
static uint64_t hash_word(const uint32_t *row, size_t width, size_t index)
{
    const size_t first = index * 2;

    return row[first] | (first + 1 < width ? (uint64_t)row[first + 1] << 32 : 0);
}

/* Words go to the lanes in turn, which a processor works on at the same time. */
uint64_t picture_hash_row(const uint32_t *row, size_t width)
{
    const size_t words = (width + 1) / 2;
    const size_t whole = width / 2 / HASH_LANES * HASH_LANES;
    uint64_t lanes[HASH_LANES] = {HASH_SEED, HASH_SEED + 1, HASH_SEED + 2, HASH_SEED + 3};
    uint64_t hash = HASH_SEED;
    size_t i = 0;

    for (; i < whole; i += HASH_LANES) {
        for (size_t lane = 0; lane < HASH_LANES; lane++) {
            const uint32_t *pair = &row[(i + lane) * 2];

            lanes[lane] = hash_u64(lanes[lane], pair[0] | (uint64_t)pair[1] << 32);
        }
    }
    for (; i < words; i++) {
        lanes[i % HASH_LANES] = hash_u64(lanes[i % HASH_LANES], hash_word(row, width, i));
    }
    for (size_t lane = 0; lane < HASH_LANES; lane++) {
        hash = hash_u64(hash, lanes[lane]);
    }
    return hash;
}

uint64_t picture_hash(struct picture *picture)
{
    uint64_t hash = hash_u64(hash_u64(HASH_SEED, picture->width), picture->height);

    for (uint32_t y = 0; y < picture->height; y++) {
        if ((picture->stale[y / 64] & BIT(y % 64)) != 0) {
            picture->row_hashes[y] =
                picture_hash_row(&picture->pixels[(size_t)y * picture->width], picture->width);
        }
        hash = hash_u64(hash, picture->row_hashes[y]);
    }
    memset(picture->stale, 0, sizeof(picture->stale));
    return hash;
}
