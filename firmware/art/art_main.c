/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: art FOLDER
 *
 * Runs when the firmware image is built, on the host: draws what the firmware shows on the screen and writes it to FOLDER as
 * masks of 4 bits a pixel (how much of the pixel is covered):
 *
 *   glyphs.bin                     the typeface of strokes.h, 16 by 32 pixels a character, two pixels a byte, the left
 *                                  one in the low half
 *   planet.bin ring.bin word.bin   the logo, in run-length code: firmware/core/picture.h
 *
 * All in integers, so every compiler gives the same bytes. A pixel is 16 units wide; it is sampled at 4 by 4 points.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/art/strokes.h"

#define UNIT      16 /* to a pixel */
#define SAMPLES   4  /* a pixel, each way */
#define STEPS     16 /* straight pieces of a curve */
#define SEGMENTS  2048
#define LEVEL_MAX 15
#define RUN_MAX   255
#define RUN_SHORT 15

struct point {
    int64_t x, y;
};

struct segment {
    struct point from, to;
    int64_t radius;
};

struct pen {
    struct segment segment[SEGMENTS];
    unsigned count;
    int64_t scale;  /* units of the drawing to a unit of the typeface */
    int64_t radius; /* in units of the drawing */
    struct point origin;
};

/* A picture is a question: is this point covered? */
struct shape {
    bool (*covers)(const void *ctx, struct point at);
    const void *ctx;
    unsigned width, height; /* pixels */
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "art: %s\n", what);
    exit(1);
}

static void add_segment(struct pen *pen, struct point from, struct point to, int64_t radius)
{
    if (pen->count == SEGMENTS) {
        fail("too many segments");
    }
    pen->segment[pen->count++] = (struct segment){.from = from, .to = to, .radius = radius};
}

static void add_curve(struct pen *pen, struct point from, struct point pull, struct point to)
{
    struct point last = from;

    for (int64_t t = 1; t <= STEPS; t++) {
        int64_t a = (STEPS - t) * (STEPS - t), b = 2 * t * (STEPS - t), c = t * t;
        struct point next = {
            .x = (a * from.x + b * pull.x + c * to.x) / (STEPS * STEPS),
            .y = (a * from.y + b * pull.y + c * to.y) / (STEPS * STEPS),
        };

        add_segment(pen, last, next, pen->radius);
        last = next;
    }
}

static int64_t digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    fail("a stroke has something that is no digit");
}

static struct point point_at(const struct pen *pen, const char *p)
{
    return (struct point){
        .x = pen->origin.x + digit(p[0]) * pen->scale,
        .y = pen->origin.y + digit(p[1]) * pen->scale,
    };
}

/* One stroke; returns where it ends in the text. */
static const char *add_stroke(struct pen *pen, const char *p)
{
    struct point last = point_at(pen, p);

    p += 2;
    if (*p == ' ' || *p == '\0') {
        add_segment(pen, last, last, pen->radius * 3 / 2);
    }
    while (*p != ' ' && *p != '\0') {
        struct point next;

        if (*p == '~') {
            next = point_at(pen, p + 3);
            add_curve(pen, last, point_at(pen, p + 1), next);
            p += 5;
        } else {
            next = point_at(pen, p);
            add_segment(pen, last, next, pen->radius);
            p += 2;
        }
        last = next;
    }
    return p;
}

static void add_character(struct pen *pen, char c)
{
    const char *p = strokes[c - STROKES_FIRST];

    while (*p != '\0') {
        p = *p == ' ' ? p + 1 : add_stroke(pen, p);
    }
}

static bool is_near(const struct segment *segment, struct point at)
{
    struct point along = {segment->to.x - segment->from.x, segment->to.y - segment->from.y};
    struct point off = {at.x - segment->from.x, at.y - segment->from.y};
    int64_t length2 = along.x * along.x + along.y * along.y;
    int64_t dot = off.x * along.x + off.y * along.y;
    int64_t radius2 = segment->radius * segment->radius;
    int64_t cross = off.x * along.y - off.y * along.x;

    if (dot > 0 && dot < length2) {
        return cross * cross <= radius2 * length2;
    }
    if (dot > 0) {
        off.x = at.x - segment->to.x;
        off.y = at.y - segment->to.y;
    }
    return off.x * off.x + off.y * off.y <= radius2;
}

static bool pen_covers(const void *ctx, struct point at)
{
    const struct pen *pen = ctx;

    for (unsigned i = 0; i < pen->count; i++) {
        if (is_near(&pen->segment[i], at)) return true;
    }
    return false;
}

/* The logo: a planet with a ring, both around the origin of their own. */
struct planet {
    struct point centre;
    int64_t radius;
    int64_t outer_x, outer_y, inner_x, inner_y; /* half axes of the ring */
    int64_t gap;                                /* dark seam where ring and planet meet */
};

#define TURN     1024 /* sine and cosine of the ring's tilt are in 1/1024: 22 degrees */
#define TILT_COS 949
#define TILT_SIN 384

static bool is_in_ellipse(struct point at, int64_t a, int64_t b)
{
    return at.x * at.x * b * b + at.y * at.y * a * a <= a * a * b * b;
}

static struct point tilt(const struct planet *planet, struct point at)
{
    int64_t x = at.x - planet->centre.x, y = at.y - planet->centre.y;

    return (struct point){(x * TILT_COS - y * TILT_SIN) / TURN,
                          (x * TILT_SIN + y * TILT_COS) / TURN};
}

static bool is_in_disc(const struct planet *planet, struct point at, int64_t more)
{
    int64_t x = at.x - planet->centre.x, y = at.y - planet->centre.y;

    return x * x + y * y <= (planet->radius + more) * (planet->radius + more);
}

static bool is_in_ring(const struct planet *planet, struct point turned, int64_t more)
{
    return is_in_ellipse(turned, planet->outer_x + more, planet->outer_y + more) &&
           !is_in_ellipse(turned, planet->inner_x - more, planet->inner_y - more);
}

static bool ring_covers(const void *ctx, struct point at)
{
    const struct planet *planet = ctx;
    struct point turned = tilt(planet, at);

    /* The far half goes behind the planet. */
    return is_in_ring(planet, turned, 0) && (turned.y > 0 || !is_in_disc(planet, at, planet->gap));
}

static bool planet_covers(const void *ctx, struct point at)
{
    const struct planet *planet = ctx;
    struct point turned = tilt(planet, at);

    return is_in_disc(planet, at, 0) && (turned.y <= 0 || !is_in_ring(planet, turned, planet->gap));
}

static unsigned level_at(const struct shape *shape, unsigned x, unsigned y)
{
    unsigned covered = 0;

    for (unsigned i = 0; i < SAMPLES * SAMPLES; i++) {
        struct point at = {
            .x = x * UNIT + (i % SAMPLES * 2 + 1) * UNIT / (SAMPLES * 2),
            .y = y * UNIT + (i / SAMPLES * 2 + 1) * UNIT / (SAMPLES * 2),
        };

        covered += shape->covers(shape->ctx, at);
    }
    return covered * LEVEL_MAX / (SAMPLES * SAMPLES);
}

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    FILE *file;

    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        fail("the name of the folder is too long");
    }
    file = fopen(path, "wb");
    if (file == NULL) {
        fail("a file cannot be made");
    }
    return file;
}

static void finish(FILE *file)
{
    if (fclose(file) != 0) {
        fail("a file cannot be written");
    }
}

static void write_glyphs(const char *folder)
{
    static struct pen pen;
    const struct shape shape = {
        .covers = pen_covers,
        .ctx = &pen,
        .width = STROKES_CELL_WIDTH,
        .height = STROKES_CELL_HEIGHT,
    };
    FILE *file = create(folder, "glyphs.bin");

    for (int c = STROKES_FIRST; c < STROKES_FIRST + STROKES_COUNT; c++) {
        pen = (struct pen){.scale = UNIT, .radius = UNIT * 5 / 4};
        add_character(&pen, (char)c);
        for (unsigned i = 0; i < shape.width * shape.height; i += 2) {
            unsigned y = i / shape.width, x = i % shape.width;

            putc((int)(level_at(&shape, x, y) | level_at(&shape, x + 1, y) << 4), file);
        }
    }
    finish(file);
}

static void write_run(FILE *file, unsigned level, unsigned length)
{
    if (length <= RUN_SHORT) {
        putc((int)(level << 4 | length), file);
        return;
    }
    putc((int)(level << 4), file);
    putc((int)length, file);
}

static void write_row(FILE *file, const struct shape *shape, unsigned y)
{
    unsigned level = level_at(shape, 0, y), length = 1;

    for (unsigned x = 1; x < shape->width; x++) {
        unsigned next = level_at(shape, x, y);

        if (next == level && length < RUN_MAX) {
            length++;
            continue;
        }
        write_run(file, level, length);
        level = next;
        length = 1;
    }
    write_run(file, level, length);
}

static void write_picture(const char *folder, const char *name, const struct shape *shape)
{
    FILE *file = create(folder, name);

    putc((int)(shape->width & 0xff), file);
    putc((int)(shape->width >> 8), file);
    putc((int)(shape->height & 0xff), file);
    putc((int)(shape->height >> 8), file);
    for (unsigned y = 0; y < shape->height; y++) {
        write_row(file, shape, y);
    }
    finish(file);
}

static void write_planet(const char *folder)
{
    static const struct planet planet = {
        .centre = {320 * UNIT, 200 * UNIT},
        .radius = 178 * UNIT,
        .outer_x = 318 * UNIT,
        .outer_y = 92 * UNIT,
        .inner_x = 262 * UNIT,
        .inner_y = 58 * UNIT,
        .gap = 12 * UNIT,
    };
    struct shape shape = {.covers = planet_covers, .ctx = &planet, .width = 640, .height = 400};

    write_picture(folder, "planet.bin", &shape);
    shape.covers = ring_covers;
    write_picture(folder, "ring.bin", &shape);
}

static void write_word(const char *folder)
{
    static const char word[] = "Spacegray";
    static struct pen pen = {.scale = 5 * UNIT, .radius = 9 * UNIT / 2};
    const struct shape shape = {
        .covers = pen_covers,
        .ctx = &pen,
        .width = (sizeof(word) - 1) * 70,
        .height = 160,
    };

    for (unsigned i = 0; word[i] != '\0'; i++) {
        pen.origin.x = ((int64_t)i * 70 - 5) * UNIT;
        add_character(&pen, word[i]);
    }
    write_picture(folder, "word.bin", &shape);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: art FOLDER\n");
        return 2;
    }
    write_glyphs(argv[1]);
    write_planet(argv[1]);
    write_word(argv[1]);
    return 0;
}
