/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How pictures leave the machine without being copied by it.
 *
 * A frame store stands between video memory and one consumer (emu/host: window, PNG, hashes). At
 * each vertical blank the display engine, on the machine thread, offers a `struct frame`: where the
 * picture lies in video memory and how it is to be read. When something changed, the store freezes
 * what changed: from then on each chunk of FRAME_CHUNK_BYTES of it is either read by the consumer
 * thread, or, when the guest is about to overwrite it first, saved by the machine thread
 * (frame_touch()). So every frame is exactly what video memory held at its vertical blank, whoever
 * copied it, and a machine whose picture stands still does nothing. Saved chunks take at most
 * FRAME_SURFACE_MAX of host memory, and only as much as was ever saved.
 *
 * Nothing that a consumer does can be noticed by the guest. Frames are dropped when the consumer is
 * slower than the machine, or so slow that the machine has to save much, unless the store was made
 * lossless: then the machine waits for it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/clock.h"

#define FRAME_CHUNK_BYTES 65536u
#define FRAME_SIDE_MAX    16384u                /* pixels */
#define FRAME_PIXELS_MAX  (UINT64_C(64) << 20)  /* of a picture: bounds what a consumer needs */
#define FRAME_SURFACE_MAX (UINT64_C(256) << 20) /* bytes of video memory that one frame may span */
#define FRAME_VRAM_MAX    (UINT64_C(16) << 30) /* bytes of video memory in which surfaces may lie */
#define FRAME_CURSOR_SIDE 128u

/* Memory layout of a pixel, little-endian; the 32-bit ones name bits from 31 down. */
enum frame_format {
    FRAME_XRGB8888,
    FRAME_XRGB2101010,
    FRAME_RGB565,
};

struct frame_cursor {
    bool is_visible;
    int32_t x; /* of the image's left edge on the picture; may be negative */
    int32_t y;
    uint16_t width; /* 1..FRAME_CURSOR_SIDE */
    uint16_t height;
    bool is_premultiplied;
    uint32_t pixels[FRAME_CURSOR_SIDE * FRAME_CURSOR_SIDE]; /* ARGB8888, width pixels a row */
};

/* One picture. width and height are those of the CRTC's active area. */
struct frame {
    uint64_t number; /* vertical blanks since power-on */
    vtime at;        /* of this vertical blank */
    uint32_t width;
    uint32_t height;
    bool is_blank; /* nothing is scanned out: `blank_color`, surface and cursor are ignored */
    uint32_t blank_color; /* XRGB8888 */
    enum frame_format format;
    uint64_t offset; /* of the first visible pixel in video memory */
    uint32_t pitch;  /* bytes from row to row */
    /* The part of the picture that the surface covers; blank_color outside. */
    uint32_t surface_width;
    uint32_t surface_height;
    uint32_t surface_x; /* where it starts on the picture */
    uint32_t surface_y;
};

struct frame_store;

/* ---- Life. Created before the machine, destroyed after both sides are done with it. ---- */
/* NULL when host memory is short. */
struct frame_store *frame_store_create(bool is_lossless);
void frame_store_destroy(struct frame_store *store);

/* ---- Machine thread ---- */
/* Video memory, for as long as the device lives; NULL ends it (a frame that is under way is saved).
 * Everything counts as changed then. */
void frame_store_attach(struct frame_store *store, const uint8_t *vram, uint64_t bytes);
/* Before anything in [offset, offset + bytes) of video memory changes; what lies outside of it is
 * ignored. Cheap when nothing is frozen. */
void frame_touch(struct frame_store *store, uint64_t offset, uint64_t bytes);
/* At a vertical blank. `cursor` may be NULL. True when the frame was taken as a new picture: the
 * caller has `before_write` called again (bus_watch()) for what frame_watch_next() tells, or for the
 * whole surface. False when it is the same as the last one, or the consumer is busy and the
 * store may drop it. A surface that does not lie in video memory, is larger than FRAME_SURFACE_MAX
 * or whose offset or pitch is no multiple of a pixel is shown as blank; one that is larger than the
 * picture is cut. A picture without a width or height of 1..FRAME_SIDE_MAX, or of more than
 * FRAME_PIXELS_MAX, is none: false. */
bool frame_offer(struct frame_store *store, const struct frame *frame,
                 const struct frame_cursor *cursor);
/* After a frame was taken: the next stretch of video memory that was written since it was last
 * watched and is to be watched again. False when there is none left. */
bool frame_watch_next(struct frame_store *store, uint64_t *offset, uint64_t *bytes);
/* Virtual time goes on without a new picture: for the window's title. Any time. */
void frame_store_set_time(struct frame_store *store, vtime now);

/* ---- Consumer thread ---- */
/* Waits until a new frame is there, `max_ms` passed (-1: for ever) or frame_store_wake(). False
 * when there is none. The frame stays the consumer's until frame_done(). Its surface lies within
 * its picture. */
bool frame_wait(struct frame_store *store, int max_ms, struct frame *frame,
                struct frame_cursor *cursor);
/* Calls `show` for the stretches of the taken frame's surface that may differ from the last frame
 * that was read: all of it when anything in `struct frame` but number and time is different, and
 * the chunks that were written otherwise. Stretches come in ascending order, do not overlap, begin
 * and end between pixels. `start` counts from the first visible pixel; `data` is good until `show`
 * returns. Once for a frame. */
void frame_read(struct frame_store *store,
                void (*show)(void *ctx, uint64_t start, const uint8_t *data, size_t bytes),
                void *ctx);
/* The consumer has done all its work with this frame. Without frame_read() before it, the next
 * frame that is taken is given as a whole. */
void frame_done(struct frame_store *store);

/* ---- Any thread ---- */
void frame_store_wake(struct frame_store *store);
vtime frame_store_time(const struct frame_store *store);
/* Waits until no frame is under way: what was taken last has been shown. */
void frame_store_sync(struct frame_store *store);
/* Bytes of a pixel in video memory. */
unsigned frame_pixel_bytes(enum frame_format format);
