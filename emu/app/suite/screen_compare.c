/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures against pictures: see suite_screen.h. */
#define _GNU_SOURCE /* asprintf */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/suite/screen_region.h"
#include "emu/base/bits.h"
#include "emu/base/hash.h"
#include "emu/host/picture.h"
#include "emu/host/png.h"

/* Differences for people. */
#define GAP          16u
#define COLOUR_GAP   0x808080u
#define COLOUR_WRONG 0xff0000u

/* ---- Hashes ---- */

uint64_t screen_hash(const struct screen_picture *picture, const struct suite_region *region)
{
    struct suite_region cut;
    uint64_t hash;

    (void)screen_cut(picture, region, &cut);
    hash = hash_u64(hash_u64(HASH_SEED, cut.width), cut.height);
    for (uint32_t y = cut.y; y - cut.y < cut.height; y++) {
        const uint32_t *row = &picture->pixels[(size_t)y * picture->width + cut.x];

        hash = hash_u64(hash, picture_hash_row(row, cut.width));
    }
    return hash;
}

/* ---- Files ---- */

/* The region as a picture of its own, packed; free() pixels. */
static int cut_out(const struct screen_picture *picture, const struct suite_region *region,
                   struct screen_picture *part, struct error *err)
{
    struct suite_region cut;

    if (!screen_cut(picture, region, &cut)) {
        return error_usage(err, "the region lies outside of the picture, which has %ux%u pixels",
                           picture->width, picture->height);
    }
    *part = (struct screen_picture){
        .pixels = malloc((size_t)cut.width * cut.height * sizeof(*part->pixels)),
        .width = cut.width,
        .height = cut.height,
    };
    if (part->pixels == NULL) return error_host(err, "no memory for a picture");
    for (uint32_t y = 0; y < cut.height; y++) {
        memcpy(&part->pixels[(size_t)y * cut.width],
               &picture->pixels[(size_t)(cut.y + y) * picture->width + cut.x],
               cut.width * sizeof(*part->pixels));
    }
    return 0;
}

/* Beside it, and then in its place. */
static int save_whole(const char *path, const struct screen_picture *picture, struct error *err)
{
    char *part = NULL;
    int result;

    if (asprintf(&part, "%s.%ld.part", path, (long)getpid()) < 0) {
        return error_host(err, "no memory for a name");
    }
    result = save_png(part, picture->pixels, picture->width, picture->height, err);
    if (result == 0 && rename(part, path) != 0) {
        result = error_host(err, "cannot write %s: %s", path, strerror(errno));
        (void)unlink(part);
    }
    free(part);
    return result;
}

int screen_write(const char *path, const struct screen_picture *picture,
                 const struct suite_region *region, struct error *err)
{
    struct screen_picture part;
    int result;

    if (cut_out(picture, region, &part, err) != 0) return -1;
    result = save_whole(path, &part, err);
    free(part.pixels);
    return result;
}

/* ---- Comparison ---- */

/* By how much the colour differs that differs most. */
static unsigned distance(uint32_t a, uint32_t b)
{
    unsigned most = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        const int part = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);
        const unsigned size = (unsigned)abs(part);

        most = size > most ? size : most;
    }
    return most;
}

struct difference {
    uint64_t count;
    uint32_t x, y; /* of the first, on the part */
    uint32_t wanted, came;
    unsigned most;
};

static void compare_row(const uint32_t *wanted, const struct screen_picture *came, uint32_t y,
                        unsigned tolerance, struct difference *difference)
{
    const uint32_t *row = &came->pixels[(size_t)y * came->width];

    for (uint32_t x = 0; x < came->width; x++) {
        const unsigned size = distance(wanted[x], row[x]);

        if (size <= tolerance) continue;
        if (difference->count++ == 0) {
            difference->x = x;
            difference->y = y;
            difference->wanted = wanted[x];
            difference->came = row[x];
        }
        difference->most = size > difference->most ? size : difference->most;
    }
}

static struct difference compare(const struct screen_picture *wanted,
                                 const struct screen_picture *came, unsigned tolerance)
{
    struct difference difference = {.count = 0};

    for (uint32_t y = 0; y < came->height; y++) {
        const uint32_t *row = &wanted->pixels[(size_t)y * wanted->width];

        if (memcmp(row, &came->pixels[(size_t)y * came->width], came->width * sizeof(*row)) == 0) {
            continue;
        }
        compare_row(row, came, y, tolerance, &difference);
    }
    return difference;
}

static int judge(const struct screen_picture *wanted, const struct screen_picture *came,
                 unsigned tolerance, char sentence[SCREEN_SENTENCE_BYTES])
{
    struct difference found;

    if (wanted->width != came->width || wanted->height != came->height) {
        (void)snprintf(sentence, SCREEN_SENTENCE_BYTES, "%ux%u pixels were wanted, and %ux%u came",
                       wanted->width, wanted->height, came->width, came->height);
        return 1;
    }
    found = compare(wanted, came, tolerance);
    if (found.count == 0) return 0;
    (void)snprintf(sentence, SCREEN_SENTENCE_BYTES,
                   "%llu of %ux%u pixels differ, by up to %u of 255: the first at %u,%u is #%06x "
                   "instead of #%06x",
                   (unsigned long long)found.count, came->width, came->height, found.most, found.x,
                   found.y, found.came, found.wanted);
    return 1;
}

int screen_compare(const char *path, const struct screen_picture *picture,
                   const struct suite_region *region, unsigned tolerance,
                   char sentence[SCREEN_SENTENCE_BYTES], struct error *err)
{
    struct screen_picture wanted;
    struct screen_picture came;
    int result;

    wanted.pixels = load_png(path, &wanted.width, &wanted.height, err);
    if (wanted.pixels == NULL) return -1;
    if (cut_out(picture, region, &came, err) != 0) {
        free(wanted.pixels);
        return -1;
    }
    result = judge(&wanted, &came, tolerance, sentence);
    free(wanted.pixels);
    free(came.pixels);
    return result;
}

/* ---- For people ---- */

/* A third of the brightness, without colour. */
static uint32_t dimmed(uint32_t colour)
{
    const uint32_t sum = (colour >> 16 & 0xff) + (colour >> 8 & 0xff) + (colour & 0xff);

    return sum / 9 * 0x010101u;
}

static void paste(const struct screen_picture *from, struct screen_picture *to, uint32_t left)
{
    for (uint32_t y = 0; y < from->height; y++) {
        memcpy(&to->pixels[(size_t)y * to->width + left], &from->pixels[(size_t)y * from->width],
               from->width * sizeof(*from->pixels));
    }
}

/* What came, dim, and what is not as it was to be, bright; where only one of them is, all is wrong. */
static void mark(const struct screen_picture *wanted, const struct screen_picture *came,
                 struct screen_picture *to, uint32_t left)
{
    for (uint32_t y = 0; y < to->height; y++) {
        uint32_t *row = &to->pixels[(size_t)y * to->width + left];

        for (uint32_t x = 0; x < to->width - left; x++) {
            const bool is_wanted = x < wanted->width && y < wanted->height;
            const bool is_there = x < came->width && y < came->height;
            const uint32_t pixel = is_there ? came->pixels[(size_t)y * came->width + x] : 0;

            if (!is_wanted && !is_there) continue;
            row[x] = is_wanted && is_there && wanted->pixels[(size_t)y * wanted->width + x] == pixel
                         ? dimmed(pixel)
                         : COLOUR_WRONG;
        }
    }
}

static int write_three(const char *path, const struct screen_picture *wanted,
                       const struct screen_picture *came, struct error *err)
{
    const uint32_t third = (uint32_t)max_u64(wanted->width, came->width);
    struct screen_picture whole = {
        .width = wanted->width + came->width + third + 2 * GAP,
        .height = (uint32_t)max_u64(wanted->height, came->height),
    };
    const size_t count = (size_t)whole.width * whole.height;
    int result;

    whole.pixels = malloc(count * sizeof(*whole.pixels));
    if (whole.pixels == NULL) return error_host(err, "no memory for a picture");
    for (size_t i = 0; i < count; i++) {
        whole.pixels[i] = COLOUR_GAP;
    }
    paste(wanted, &whole, 0);
    paste(came, &whole, wanted->width + GAP);
    mark(wanted, came, &whole, wanted->width + came->width + 2 * GAP);
    result = save_whole(path, &whole, err);
    free(whole.pixels);
    return result;
}

int screen_write_difference(const char *path, const char *wanted,
                            const struct screen_picture *picture, const struct suite_region *region,
                            struct error *err)
{
    struct screen_picture before;
    struct screen_picture came;
    int result;

    before.pixels = load_png(wanted, &before.width, &before.height, err);
    if (before.pixels == NULL) return -1;
    if (cut_out(picture, region, &came, err) != 0) {
        free(before.pixels);
        return -1;
    }
    result = write_three(path, &before, &came, err);
    free(before.pixels);
    free(came.pixels);
    return result;
}
