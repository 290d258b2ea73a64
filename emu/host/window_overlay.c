/* SPDX-License-Identifier: GPL-2.0-only */
/* The window's own words: the strip with the lights, messages, the help. */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/host/window_internal.h"

#define COLOR_STRIP  0xff1b1d21u
#define COLOR_EDGE   0xff2c2f35u
#define COLOR_PANEL  0xf0202329u
#define COLOR_KEY    0xff3a3f49u
#define COLOR_TEXT   0xffe4e6eau
#define COLOR_QUIET  0xff9aa0aau
#define COLOR_ACCENT 0xfff0b35au
#define COLOR_LIT    0xff62d475u
#define COLOR_DARK   0xff383c43u
#define COLOR_CLEAR  0x00000000u

/* In dots of our own letters. */
#define PAD        12
#define LINE       24
#define KEY_WIDTH  72
#define KEY_HEIGHT 20
#define HELP_WIDTH 488
#define LIGHT      8

void window_layer_free(struct window_layer *layer)
{
    if (layer->texture) SDL_DestroyTexture(layer->texture);
    free(layer->canvas.pixels);
    *layer = (struct window_layer){.texture = NULL};
}

int window_layer_size(struct window_layer *layer, SDL_Renderer *renderer, int32_t width,
                      int32_t height)
{
    if (layer->texture && layer->canvas.width == width && layer->canvas.height == height) return 0;
    window_layer_free(layer);
    if (width <= 0 || height <= 0) return -1;
    layer->canvas.pixels = calloc((size_t)width * (size_t)height, sizeof(uint32_t));
    layer->texture = SDL_CreateTexture(renderer, SDL_PIXELFORMAT_ARGB8888,
                                       SDL_TEXTUREACCESS_STREAMING, width, height);
    if (!layer->canvas.pixels || !layer->texture) {
        window_layer_free(layer);
        return -1;
    }
    layer->canvas.width = width;
    layer->canvas.height = height;
    (void)SDL_SetTextureBlendMode(layer->texture, SDL_BLENDMODE_BLEND);
    (void)SDL_SetTextureScaleMode(layer->texture, SDL_ScaleModeLinear);
    return 0;
}

void window_layer_upload(struct window_layer *layer)
{
    (void)SDL_UpdateTexture(layer->texture, NULL, layer->canvas.pixels,
                            layer->canvas.width * (int)sizeof(uint32_t));
}

/* ---- The strip ---- */

static int32_t draw_light(struct canvas *canvas, int32_t x, const char *name, bool is_lit,
                          int32_t unit)
{
    const struct canvas_pen pen = {.scale = unit, .argb = is_lit ? COLOR_TEXT : COLOR_QUIET};
    const struct canvas_box box = {
        .x = x,
        .y = (canvas->height - LIGHT * unit) / 2,
        .width = LIGHT * unit,
        .height = LIGHT * unit,
        .radius = LIGHT * unit / 2,
    };

    canvas_round(canvas, &box, is_lit ? COLOR_LIT : COLOR_DARK);
    x += (LIGHT + PAD / 2) * unit;
    int32_t y = (canvas->height - CANVAS_GLYPH_HEIGHT * unit) / 2;
    return canvas_text(canvas, x, y, &pen, name) + PAD * unit;
}

void window_overlay_strip(struct window *window)
{
    static const char *const names[] = {"serial", "disk", "net"};
    struct window_painter *painter = &window->painter;
    struct window_layer *layer = &painter->strip;
    const int32_t unit = painter->unit;
    const struct canvas_pen quiet = {.scale = unit, .argb = COLOR_QUIET};
    const struct canvas_pen loud = {.scale = unit, .argb = COLOR_ACCENT, .is_bold = true};
    int32_t x = PAD * unit;

    if (window_layer_size(layer, painter->renderer, painter->output_width,
                          window_strip_height(window)) != 0) {
        return;
    }
    struct canvas *canvas = &layer->canvas;
    int32_t y = (canvas->height - CANVAS_GLYPH_HEIGHT * unit) / 2;
    canvas_clear(canvas, COLOR_STRIP);
    canvas_fill(canvas, 0, 0, canvas->width, unit, COLOR_EDGE);
    for (size_t i = 0; window->config.activity && i < ARRAY_LEN(names); i++) {
        x = draw_light(canvas, x, names[i], window->strip.is_lit[i], unit);
    }
    x = canvas_text(canvas, x + PAD * unit, y, &loud, window->strip.state) + PAD * unit;
    const char *figures = window->strip.figures;
    int32_t right = canvas->width - PAD * unit - canvas_text_width(&quiet, figures);
    if (right >= x) (void)canvas_text(canvas, right, y, &quiet, figures);
    window_layer_upload(layer);
}

/* ---- Messages ---- */

void window_overlay_message(struct window *window, const char *text)
{
    struct window_painter *painter = &window->painter;
    const int32_t unit = painter->unit;
    const struct canvas_pen pen = {.scale = unit, .argb = COLOR_TEXT};
    const int32_t width = canvas_text_width(&pen, text) + 4 * PAD * unit;
    const int32_t height = (CANVAS_GLYPH_HEIGHT + 2 * PAD) * unit;

    if (window_layer_size(&painter->message, painter->renderer, width, height) != 0) return;
    struct canvas *canvas = &painter->message.canvas;
    canvas_clear(canvas, COLOR_CLEAR);
    canvas_round(canvas, &(struct canvas_box){0, 0, width, height, 10 * unit}, COLOR_PANEL);
    (void)canvas_text(canvas, 2 * PAD * unit, PAD * unit, &pen, text);
    window_layer_upload(&painter->message);
}

/* ---- Help ---- */

static const char *const help_head = "Right Ctrl and a key, or the key alone while this is open:";
static const char *const help_foot[] = {
    "Without a right Ctrl: Ctrl+Alt with H, G or F.",
    "The mouse needs no grab; grabbed, it is a plain mouse.",
    "Closing the window presses the power button, twice stops.",
};

static void draw_help(struct canvas *canvas, int32_t unit, const struct keymap_line *lines,
                      size_t count)
{
    const struct canvas_pen title = {.scale = unit * 2, .argb = COLOR_TEXT, .is_bold = true};
    const struct canvas_pen text = {.scale = unit, .argb = COLOR_TEXT};
    const struct canvas_pen quiet = {.scale = unit, .argb = COLOR_QUIET};
    const int32_t x = 2 * PAD * unit;
    int32_t y = 2 * PAD * unit;

    (void)canvas_text(canvas, x, y, &title, "Keys of this window");
    y += (2 * CANVAS_GLYPH_HEIGHT + PAD) * unit;
    (void)canvas_text(canvas, x, y, &quiet, help_head);
    y += (LINE + PAD / 2) * unit;
    for (size_t i = 0; i < count; i++, y += LINE * unit) {
        const struct canvas_box key = {x, y, KEY_WIDTH * unit, KEY_HEIGHT * unit, 4 * unit};
        int32_t inside = (key.width - canvas_text_width(&text, lines[i].keys)) / 2;
        int32_t text_y = y + (KEY_HEIGHT - CANVAS_GLYPH_HEIGHT) / 2 * unit;

        canvas_round(canvas, &key, COLOR_KEY);
        (void)canvas_text(canvas, x + inside, text_y, &text, lines[i].keys);
        (void)canvas_text(canvas, x + key.width + PAD * unit, text_y, &text, lines[i].what);
    }
    y += PAD * unit;
    for (size_t i = 0; i < ARRAY_LEN(help_foot); i++, y += LINE * unit) {
        (void)canvas_text(canvas, x, y, &quiet, help_foot[i]);
    }
}

void window_overlay_help(struct window *window)
{
    struct window_painter *painter = &window->painter;
    const int32_t unit = painter->unit;
    size_t count;
    const struct keymap_line *lines = keymap_help(&count);
    const int32_t rows = (int32_t)(count + ARRAY_LEN(help_foot));
    const int32_t width = (HELP_WIDTH + 2 * PAD) * unit;
    const int32_t height =
        (2 * CANVAS_GLYPH_HEIGHT + (rows + 1) * LINE + PAD * 2 + PAD / 2 + 4 * PAD) * unit;

    if (painter->help.texture && painter->help.canvas.width == width) return;
    if (window_layer_size(&painter->help, painter->renderer, width, height) != 0) return;
    canvas_clear(&painter->help.canvas, COLOR_CLEAR);
    canvas_round(&painter->help.canvas, &(struct canvas_box){0, 0, width, height, 12 * unit},
                 COLOR_PANEL);
    draw_help(&painter->help.canvas, unit, lines, count);
    window_layer_upload(&painter->help);
}
