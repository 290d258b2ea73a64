/* SPDX-License-Identifier: GPL-2.0-only */
/* What the demo draws with: everything is filled in once, by the DMA engine, from a few colours. */
#include "roms/demo/demo.h"
#include "roms/demo/font.h"

/* The sheet: a row of sprites for each size, then the letters. */
#define LETTERS_Y    (SPRITE * 9 / 4)
#define LETTERS_ROW  (SHEET_PITCH / LETTER)
#define LETTER_ROWS  2u
#define DOT          6u
#define LOGO_DOT     40u
#define LOGO         "SPACEGRAY"
#define LOGO_LETTERS 9u
#define COLOR_TOP    0x34363bu
#define COLOR_BOTTOM 0x0e0f11u
#define COLOR_LOGO   0x4a4c52u
#define COLOR_SHADOW 0x08090au
#define LOGO_RELIEF  8u
#define EDGE         3u

_Static_assert(TINTS *SPRITE <= SHEET_PITCH, "a row of the sheet has a sprite of each tint");
_Static_assert(FONT_LETTERS <= LETTER_ROWS * LETTERS_ROW, "all letters have a cell");

static const uint32_t tints[TINTS] = {0x8e9097, 0x5b7fa6, 0xa65b66, 0x6a9c78,
                                      0xb39257, 0x7b6aa8, 0x4f9b9b, 0xb7b9bf};

/* Between two colours: `at` of `of` parts on the way. */
static uint32_t mix(uint32_t from, uint32_t to, uint32_t at, uint32_t of)
{
    uint32_t color = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t a = from >> shift & 0xff;
        uint32_t b = to >> shift & 0xff;

        color |= (a * (of - at) + b * at) / of << shift;
    }
    return color;
}

static void gradient(struct gpu *gpu, const struct picture *to, const struct rect *rect,
                     const uint32_t colors[2])
{
    for (uint32_t row = 0; row < rect->height; row++) {
        struct rect line = {.x = rect->x, .y = rect->y + row, .width = rect->width, .height = 1};

        gpu_fill(gpu, to->at, to->pitch, &line, mix(colors[0], colors[1], row, rect->height));
    }
}

uint32_t art_side(unsigned size)
{
    return SPRITE - size * (SPRITE / 4);
}

struct rect art_sprite(unsigned tint, unsigned size)
{
    uint32_t side = art_side(size);
    uint32_t y = 0;

    for (unsigned i = 0; i < size; i++) {
        y += art_side(i);
    }
    return (struct rect){.x = tint * side, .y = y, .width = side, .height = side};
}

/* A lit block with a face that is sunk in. */
static void make_sprite(struct gpu *gpu, unsigned tint, unsigned size)
{
    struct picture sheet = {.at = VIDEO_SHEET, .pitch = SHEET_PITCH};
    struct rect rect = art_sprite(tint, size);
    uint32_t light = mix(tints[tint], 0xffffff, 1, 3);
    uint32_t dark = mix(tints[tint], 0x000000, 1, 2);
    struct rect edge = {.x = rect.x, .y = rect.y, .width = rect.width, .height = EDGE};
    uint32_t inset = rect.width / 8;

    gradient(gpu, &sheet, &rect, (const uint32_t[]){light, dark});
    gpu_fill(gpu, sheet.at, sheet.pitch, &edge, mix(light, 0xffffff, 1, 2));
    edge.y = rect.y + rect.height - EDGE;
    gpu_fill(gpu, sheet.at, sheet.pitch, &edge, mix(dark, 0x000000, 1, 2));
    rect = (struct rect){.x = rect.x + inset,
                         .y = rect.y + inset,
                         .width = rect.width - 2 * inset,
                         .height = rect.height - 2 * inset};
    gradient(gpu, &sheet, &rect, (const uint32_t[]){dark, tints[tint]});
}

static const struct font_letter *find_letter(char c)
{
    for (size_t i = 0; i < FONT_LETTERS; i++) {
        if (font[i].c == c) return &font[i];
    }
    return &font[0];
}

struct rect art_letter(char c)
{
    uint32_t index = (uint32_t)(find_letter(c) - font);

    return (struct rect){.x = index % LETTERS_ROW * LETTER,
                         .y = LETTERS_Y + index / LETTERS_ROW * LETTER,
                         .width = LETTER,
                         .height = LETTER};
}

/* Dots of one letter from (x, y) of the picture on. */
static void put_letter(struct gpu *gpu, const struct picture *to, const struct font_letter *letter,
                       const struct rect *dot, uint32_t color)
{
    for (uint32_t i = 0; i < FONT_ROWS * FONT_COLUMNS; i++) {
        uint32_t row = i / FONT_COLUMNS;
        uint32_t column = i % FONT_COLUMNS;
        struct rect rect = {.x = dot->x + column * dot->width,
                            .y = dot->y + row * dot->height,
                            .width = dot->width,
                            .height = dot->height};

        if ((letter->rows[row] >> (FONT_COLUMNS - 1 - column) & 1) != 0) {
            gpu_fill(gpu, to->at, to->pitch, &rect, color);
        }
    }
}

static void make_letters(struct gpu *gpu)
{
    struct picture sheet = {.at = VIDEO_SHEET, .pitch = SHEET_PITCH};
    struct rect area = {.y = LETTERS_Y, .width = SHEET_PITCH, .height = LETTER_ROWS * LETTER};

    gpu_fill(gpu, sheet.at, sheet.pitch, &area, COLOR_BAR);
    for (size_t i = 0; i < FONT_LETTERS; i++) {
        struct rect cell = art_letter(font[i].c);
        struct rect dot = {
            .x = cell.x + (LETTER - FONT_COLUMNS * DOT) / 2,
            .y = cell.y + (LETTER - FONT_ROWS * DOT) / 2,
            .width = DOT,
            .height = DOT,
        };

        put_letter(gpu, &sheet, &font[i], &dot, COLOR_TEXT);
    }
}

static void put_logo(struct gpu *gpu, int32_t relief, uint32_t color)
{
    struct picture ground = {.at = VIDEO_GROUND, .pitch = gpu->width};
    uint32_t step = (FONT_COLUMNS + 1) * LOGO_DOT;
    uint32_t left = (gpu->width - LOGO_LETTERS * step + LOGO_DOT) / 2;
    uint32_t top = (gpu->height - FONT_ROWS * LOGO_DOT) / 2;

    for (uint32_t i = 0; i < LOGO_LETTERS; i++) {
        struct rect dot = {.x = left + i * step + (uint32_t)relief,
                           .y = top + (uint32_t)relief,
                           .width = LOGO_DOT,
                           .height = LOGO_DOT};

        put_letter(gpu, &ground, find_letter(LOGO[i]), &dot, color);
    }
}

void art_make(struct gpu *gpu)
{
    struct picture ground = {.at = VIDEO_GROUND, .pitch = gpu->width};
    struct rect all = {.width = gpu->width, .height = gpu->height};

    for (unsigned i = 0; i < TINTS * SPRITES; i++) {
        make_sprite(gpu, i % TINTS, i / TINTS);
    }
    make_letters(gpu);
    gradient(gpu, &ground, &all, (const uint32_t[]){COLOR_TOP, COLOR_BOTTOM});
    put_logo(gpu, LOGO_RELIEF, COLOR_SHADOW);
    put_logo(gpu, 0, COLOR_LOGO);
    for (unsigned i = 0; i < 2; i++) {
        struct picture page = {.at = VIDEO_PAGE(i), .pitch = gpu->width};

        gpu_copy(gpu, &page, &all, &ground, &all);
    }
    gpu_finish(gpu);
}
