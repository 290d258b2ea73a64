/* SPDX-License-Identifier: GPL-2.0-only */
/* The window from inside: what its files share. All but `struct window_shared` is the window
 * thread's alone. */
#pragma once

#include <SDL2/SDL.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/core/frame.h"
#include "emu/host/canvas.h"
#include "emu/host/keymap.h"
#include "emu/host/outbox.h"
#include "emu/host/window.h"
#include "emu/host/window_scale.h"
#include "emu/host/window_view.h"

#define WINDOW_BAND_ROWS  16u /* changed rows are kept by bands of so many */
#define WINDOW_BANDS      (FRAME_SIDE_MAX / WINDOW_BAND_ROWS)
#define WINDOW_TEXT_BYTES 160

/* ---- Shared with the viewer and with whoever starts and stops the window ---- */
struct window_shared {
    pthread_mutex_t mutex;
    pthread_cond_t has_started;
    bool is_decided; /* the thread runs or has given up */
    bool is_open;
    struct error trouble; /* if it has given up */
    struct window_picture picture;
    bool is_new;              /* every row has changed */
    bool bands[WINDOW_BANDS]; /* has changed */
    bool has_changed;         /* any of them */
    atomic_bool is_woken;     /* a wake event is under way */
    atomic_bool is_ending;
    atomic_int debug;    /* enum window_debug */
    uint32_t wake_event; /* SDL's number of it; valid once open */
};

/* A picture of our own over the machine's. */
struct window_layer {
    SDL_Texture *texture;
    struct canvas canvas;
};

struct window_painter {
    SDL_Window *handle;
    SDL_Renderer *renderer;
    SDL_Texture *texture; /* of the picture */
    struct window_view view;
    struct window_scaler scaler;
    struct window_layer strip;
    struct window_layer message;
    struct window_layer help;
    int32_t output_width; /* pixels */
    int32_t output_height;
    int32_t points; /* pixels of a window coordinate, in 1/1000 */
    int32_t unit;   /* size of a dot of our own letters */
    bool has_card;  /* the renderer is a graphics card's */
    bool is_lost;   /* textures have to be made anew */
};

/* What the strip shows. */
struct window_strip {
    bool is_lit[3]; /* serial, disk, network */
    char state[WINDOW_TEXT_BYTES];
    char figures[WINDOW_TEXT_BYTES];
    int32_t width;
};

/* Virtual against host time. */
struct window_speed {
    uint64_t host_ns; /* of the last measurement */
    vtime time;
    unsigned percent;
    bool is_known;
};

struct window_shot {
    pthread_t thread;
    bool is_running;
    bool is_saved;
    atomic_bool is_written; /* or has failed */
    uint32_t wake_event;
    uint32_t *pixels;
    uint32_t width;
    uint32_t height;
    char path[WINDOW_TEXT_BYTES];
    struct error trouble;
};

struct window {
    struct window_config config;
    char name[WINDOW_TEXT_BYTES];
    pthread_t thread;
    struct window_shared shared;

    struct window_painter painter;
    struct outbox outbox;
    bool needs_paint;
    uint64_t painted_ns;

    unsigned scale_percent;
    int32_t pan_x; /* pixels of the picture */
    int32_t pan_y;
    uint64_t panned_ns; /* 0: the mouse does not pan */
    bool is_full_screen;
    bool has_strip[2]; /* in a window, in full screen */

    bool is_grabbed;
    bool is_paused;
    enum window_debug debug; /* as the guest's keys know it */
    bool shows_help;
    bool is_host_key_down;
    bool is_host_key_used;
    bool is_pointer_inside;
    int32_t pointer_x; /* pixels of the output */
    int32_t pointer_y;

    unsigned closes;
    uint64_t reset_until_ns; /* a second request does it */
    char message[WINDOW_TEXT_BYTES];
    uint64_t message_until_ns;

    uint64_t ticked_ns;
    uint64_t counted[3]; /* of the lights, at the last tick */
    struct window_speed speed;
    struct window_strip strip;
    char title[WINDOW_TEXT_BYTES];
    struct window_shot shot;
};

/* ---- window_open.c ---- */
int window_open(struct window *window, struct error *err) MUST_CHECK;
void window_close(struct window *window);

/* ---- window_paint.c ---- */
/* Looks at the window's size and position of the picture; call after either may have changed. */
void window_layout(struct window *window);
void window_paint(struct window *window);
void window_paint_forget(struct window_painter *painter); /* all textures */
int32_t window_strip_height(const struct window *window);

/* ---- window_overlay.c: NULL when there is nothing to show or no memory ---- */
void window_overlay_strip(struct window *window);
void window_overlay_message(struct window *window, const char *text);
void window_overlay_help(struct window *window);
int window_layer_size(struct window_layer *layer, SDL_Renderer *renderer, int32_t width,
                      int32_t height) MUST_CHECK;
void window_layer_upload(struct window_layer *layer);
void window_layer_free(struct window_layer *layer);

/* ---- window_input.c ---- */
void window_input(struct window *window, const SDL_Event *event);
/* Moves the picture while the mouse is at an edge; true while it does. */
bool window_pan_by_mouse(struct window *window, uint64_t now_ns);
void window_pointer_moved(struct window *window);

/* ---- window_command.c ---- */
void window_command(struct window *window, enum window_command command);
void window_grab(struct window *window, bool is_grabbed);
void window_ask_to_close(struct window *window);
void window_say(struct window *window, unsigned seconds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What the debugger has come to, if it is new. */
void window_follow_debug(struct window *window);
void window_pan_to(struct window *window, int32_t x, int32_t y);

/* ---- window_shot.c ---- */
void window_shot_start(struct window *window);
/* Tells how it went once the thread has ended; `waits`: for its end. */
void window_shot_finish(struct window *window, bool waits);

/* ---- window_status.c ---- */
/* Lights, title, speed. */
void window_status(struct window *window, uint64_t now_ns);
