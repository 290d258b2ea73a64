/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each chunk of video memory has a state, the only thing that both threads write:
 *
 *   DIRTY   written since it was last frozen; the machine writes it freely
 *   CLEAN   not written since; the next write makes it DIRTY
 *   FROZEN  part of the frame under way: its bytes stay until somebody has copied them
 *   READING the consumer copies it; the machine waits (some microseconds)
 *
 * At a vertical blank the machine freezes chunks and publishes the frame (mutex). The consumer turns
 * FROZEN into READING, copies, and leaves CLEAN. A machine that must write a FROZEN chunk copies it
 * to its place in `saved` and then turns FROZEN into DIRTY; both copying at once does no harm, and
 * whoever changes the state is the one whose copy counts. A chunk of the frame that the consumer
 * finds DIRTY was therefore saved. Until frame_done() no chunk becomes FROZEN again.
 *
 * One of two files in emu/core that know host threads; the other is inbox.c.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS, pthread_cond_clockwait */

#include "emu/core/frame.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"

/* Zero is what untouched memory holds: a state table costs nothing where nobody looks. */
enum chunk_state {
    CHUNK_DIRTY,
    CHUNK_CLEAN,
    CHUNK_FROZEN,
    CHUNK_READING,
};

enum phase {
    PHASE_IDLE,  /* no frame is under way */
    PHASE_READY, /* one waits for the consumer */
    PHASE_TAKEN, /* the consumer works on it */
};

#define CHUNKS_MAX      (FRAME_VRAM_MAX / FRAME_CHUNK_BYTES)
#define FRAME_CHUNKS    (FRAME_SURFACE_MAX / FRAME_CHUNK_BYTES + 1) /* an odd offset adds one */
#define SAVED_BYTES     (FRAME_CHUNKS * FRAME_CHUNK_BYTES)
#define SPINS_PER_YIELD 200
/* What the machine may copy for one frame on average: some 6 % of a core at 60 frames a second. */
#define SAVES_PER_FRAME 100

/* A set of chunks of one surface, by their distance from its first one. */
struct chunk_set {
    uint64_t words[(FRAME_CHUNKS + 63) / 64];
};

struct frame_store {
    bool is_lossless;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* of phase and is_woken */
    enum phase phase;
    bool is_woken;
    _Atomic vtime time;
    _Atomic uint8_t *states; /* one for each chunk of video memory */
    uint8_t *saved;          /* place of the frame's chunk i: i * FRAME_CHUNK_BYTES */

    /* The frame taken last. Written by the machine while no frame is under way. */
    struct frame frame;
    struct frame_cursor cursor;
    uint64_t first;          /* its first chunk */
    uint64_t count;          /* its chunks; 0 when it is blank */
    struct chunk_set wanted; /* those that the consumer must see */
    bool is_read;            /* written by the consumer while the frame is its own */
    uint8_t bounce[FRAME_CHUNK_BYTES];

    /* Of the machine thread alone. */
    const uint8_t *vram;
    uint64_t vram_bytes;
    uint64_t dirty_count; /* DIRTY chunks of the frame taken last */
    bool has_frame;
    uint64_t save_count;        /* chunks saved for the frame taken last */
    uint64_t skip_count;        /* frames that are dropped to make up for that */
    uint64_t saved_high;        /* chunks of `saved` that may take memory */
    struct chunk_set unwatched; /* those of the frame that are to be watched again */
    uint64_t watch_next;
};

/* ---- Life ---- */

struct frame_store *frame_store_create(bool is_lossless)
{
    struct frame_store *store = calloc(1, sizeof(*store));

    if (store == NULL) return NULL;
    store->is_lossless = is_lossless;
    store->states = calloc(CHUNKS_MAX, sizeof(*store->states));
    store->saved = mmap(NULL, SAVED_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (store->states == NULL || store->saved == MAP_FAILED) {
        if (store->saved != MAP_FAILED) (void)munmap(store->saved, SAVED_BYTES);
        free(store->states);
        free(store);
        return NULL;
    }
    (void)pthread_mutex_init(&store->mutex, NULL);
    (void)pthread_cond_init(&store->changed, NULL);
    return store;
}

void frame_store_destroy(struct frame_store *store)
{
    if (store == NULL) return;
    (void)pthread_cond_destroy(&store->changed);
    (void)pthread_mutex_destroy(&store->mutex);
    (void)munmap(store->saved, SAVED_BYTES);
    free(store->states);
    free(store);
}

/* ---- Sets of chunks ---- */

static void set_add(struct chunk_set *set, uint64_t index)
{
    set->words[index / 64] |= UINT64_C(1) << (index % 64);
}

static bool set_has(const struct chunk_set *set, uint64_t index)
{
    return (set->words[index / 64] >> (index % 64) & 1) != 0;
}

/* ---- Machine thread ---- */

static void wait_for_idle(struct frame_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    while (store->phase != PHASE_IDLE) {
        (void)pthread_cond_wait(&store->changed, &store->mutex);
    }
    (void)pthread_mutex_unlock(&store->mutex);
}

static bool is_idle(struct frame_store *store)
{
    bool result;

    (void)pthread_mutex_lock(&store->mutex);
    result = store->phase == PHASE_IDLE;
    (void)pthread_mutex_unlock(&store->mutex);
    return result;
}

static bool is_of_frame(const struct frame_store *store, uint64_t chunk)
{
    return chunk - store->first < store->count;
}

static void wait_for_reader(const _Atomic uint8_t *state)
{
    unsigned spins = 0;

    while (atomic_load_explicit(state, memory_order_acquire) == CHUNK_READING) {
        if (++spins % SPINS_PER_YIELD == 0) {
            (void)sched_yield();
        }
    }
}

/* Before a chunk that was frozen and perhaps still is. */
static void save_chunk(struct frame_store *store, uint64_t chunk)
{
    _Atomic uint8_t *state = &store->states[chunk];
    const uint64_t start = chunk * FRAME_CHUNK_BYTES;
    const uint64_t slot = chunk - store->first;
    uint8_t expected = CHUNK_FROZEN;

    if (atomic_load_explicit(state, memory_order_acquire) == CHUNK_FROZEN) {
        BUG_ON(!is_of_frame(store, chunk));
        memcpy(&store->saved[slot * FRAME_CHUNK_BYTES], &store->vram[start],
               (size_t)min_u64(FRAME_CHUNK_BYTES, store->vram_bytes - start));
        store->save_count++;
        store->saved_high = max_u64(store->saved_high, slot + 1);
        if (atomic_compare_exchange_strong_explicit(state, &expected, CHUNK_DIRTY,
                                                    memory_order_release, memory_order_acquire)) {
            return;
        }
    }
    wait_for_reader(state);
    atomic_store_explicit(state, CHUNK_DIRTY, memory_order_relaxed);
}

void frame_touch(struct frame_store *store, uint64_t offset, uint64_t bytes)
{
    const uint64_t limit = min_u64(store->vram_bytes, FRAME_VRAM_MAX);
    uint64_t end;

    if (offset >= limit || bytes == 0) return;
    end = offset + min_u64(bytes, limit - offset);
    for (uint64_t chunk = offset / FRAME_CHUNK_BYTES; chunk * FRAME_CHUNK_BYTES < end; chunk++) {
        uint8_t state = atomic_load_explicit(&store->states[chunk], memory_order_acquire);

        if (state == CHUNK_DIRTY) continue;
        if (state == CHUNK_CLEAN) {
            atomic_store_explicit(&store->states[chunk], CHUNK_DIRTY, memory_order_relaxed);
        } else {
            save_chunk(store, chunk);
        }
        store->dirty_count += is_of_frame(store, chunk);
    }
}

void frame_store_attach(struct frame_store *store, const uint8_t *vram, uint64_t bytes)
{
    if (store->vram != NULL) {
        frame_touch(store, 0, store->vram_bytes);
    }
    if (vram != NULL) {
        (void)pthread_mutex_lock(&store->mutex);
        if (store->phase == PHASE_READY) {
            store->phase = PHASE_IDLE;
        }
        (void)pthread_mutex_unlock(&store->mutex);
        wait_for_idle(store);
        for (uint64_t i = 0; i < CHUNKS_MAX && i * FRAME_CHUNK_BYTES < bytes; i++) {
            atomic_store_explicit(&store->states[i], CHUNK_DIRTY, memory_order_relaxed);
        }
    }
    store->vram = vram;
    store->vram_bytes = vram == NULL ? 0 : bytes;
    store->has_frame = false;
}

unsigned frame_pixel_bytes(enum frame_format format)
{
    return format == FRAME_RGB565 ? 2 : 4;
}

/* Bytes from the first visible pixel to the end of the last one. Sides are checked. */
static uint64_t surface_span(const struct frame *frame)
{
    return (uint64_t)(frame->surface_height - 1) * frame->pitch +
           (uint64_t)frame->surface_width * frame_pixel_bytes(frame->format);
}

static bool is_surface_valid(const struct frame_store *store, const struct frame *frame)
{
    const uint64_t limit = min_u64(store->vram_bytes, FRAME_VRAM_MAX);
    const unsigned pixel = frame_pixel_bytes(frame->format);

    if (frame->surface_width == 0 || frame->surface_height == 0) return false;
    if (frame->offset % pixel != 0 || frame->pitch % pixel != 0) return false;
    if (frame->pitch < (uint64_t)frame->surface_width * pixel) return false;
    return frame->offset < limit && surface_span(frame) <= limit - frame->offset &&
           surface_span(frame) <= FRAME_SURFACE_MAX;
}

/* What the consumer may rely on. False when it is no picture. */
static bool make_valid(const struct frame_store *store, struct frame *frame)
{
    if (frame->width == 0 || frame->width > FRAME_SIDE_MAX) return false;
    if (frame->height == 0 || frame->height > FRAME_SIDE_MAX) return false;
    if ((uint64_t)frame->width * frame->height > FRAME_PIXELS_MAX) return false;
    if (!frame->is_blank) {
        frame->surface_x = (uint32_t)min_u64(frame->surface_x, frame->width);
        frame->surface_y = (uint32_t)min_u64(frame->surface_y, frame->height);
        frame->surface_width =
            (uint32_t)min_u64(frame->surface_width, frame->width - frame->surface_x);
        frame->surface_height =
            (uint32_t)min_u64(frame->surface_height, frame->height - frame->surface_y);
        frame->is_blank = !is_surface_valid(store, frame);
    }
    frame->blank_color &= 0xffffff;
    if (frame->is_blank) {
        *frame = (struct frame){
            .number = frame->number,
            .at = frame->at,
            .width = frame->width,
            .height = frame->height,
            .is_blank = true,
            .blank_color = frame->blank_color,
        };
    }
    return true;
}

/* All but the bytes of the surface. */
static bool is_same_place(const struct frame *a, const struct frame *b)
{
    return a->width == b->width && a->height == b->height && a->is_blank == b->is_blank &&
           a->blank_color == b->blank_color && a->format == b->format && a->offset == b->offset &&
           a->pitch == b->pitch && a->surface_width == b->surface_width &&
           a->surface_height == b->surface_height && a->surface_x == b->surface_x &&
           a->surface_y == b->surface_y;
}

static bool is_cursor_shown(const struct frame *frame, const struct frame_cursor *cursor)
{
    return cursor != NULL && cursor->is_visible && !frame->is_blank && cursor->width > 0 &&
           cursor->height > 0 && cursor->width <= FRAME_CURSOR_SIDE &&
           cursor->height <= FRAME_CURSOR_SIDE;
}

static size_t cursor_bytes(const struct frame_cursor *cursor)
{
    return (size_t)cursor->width * cursor->height * sizeof(cursor->pixels[0]);
}

/* `b` is NULL when no cursor is shown. */
static bool is_same_cursor(const struct frame_cursor *a, const struct frame_cursor *b)
{
    if (b == NULL) return !a->is_visible;
    return a->is_visible && a->x == b->x && a->y == b->y && a->width == b->width &&
           a->height == b->height && a->is_premultiplied == b->is_premultiplied &&
           memcmp(a->pixels, b->pixels, cursor_bytes(b)) == 0;
}

static void copy_cursor(struct frame_cursor *to, const struct frame_cursor *from)
{
    to->is_visible = from != NULL;
    if (from == NULL) return;
    to->x = from->x;
    to->y = from->y;
    to->width = from->width;
    to->height = from->height;
    to->is_premultiplied = from->is_premultiplied;
    memcpy(to->pixels, from->pixels, cursor_bytes(from));
}

/* Chunks of the new frame; memory of saved chunks that it cannot need goes back. */
static void place_frame(struct frame_store *store)
{
    const struct frame *frame = &store->frame;

    store->first = frame->offset / FRAME_CHUNK_BYTES;
    store->count = 0;
    if (!frame->is_blank) {
        uint64_t last = (frame->offset + surface_span(frame) - 1) / FRAME_CHUNK_BYTES;

        store->count = last - store->first + 1;
    }
    if (store->saved_high > store->count) {
        (void)madvise(&store->saved[store->count * FRAME_CHUNK_BYTES],
                      (store->saved_high - store->count) * FRAME_CHUNK_BYTES, MADV_DONTNEED);
        store->saved_high = store->count;
    }
}

/* No frame is under way: each chunk is DIRTY or CLEAN. */
static void freeze(struct frame_store *store, bool is_all)
{
    memset(&store->wanted, 0, sizeof(store->wanted));
    memset(&store->unwatched, 0, sizeof(store->unwatched));
    store->watch_next = 0;
    for (uint64_t i = 0; i < store->count; i++) {
        _Atomic uint8_t *state = &store->states[store->first + i];
        bool is_dirty = atomic_load_explicit(state, memory_order_relaxed) == CHUNK_DIRTY;

        if (is_dirty) set_add(&store->unwatched, i);
        if (!is_dirty && !is_all) continue;
        set_add(&store->wanted, i);
        atomic_store_explicit(state, CHUNK_FROZEN, memory_order_relaxed);
    }
    store->dirty_count = 0;
}

static void publish(struct frame_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    store->phase = PHASE_READY;
    (void)pthread_cond_broadcast(&store->changed);
    (void)pthread_mutex_unlock(&store->mutex);
}

/* A consumer that was so late that the machine had to do much of its work gets fewer frames. */
static bool is_skipped(struct frame_store *store)
{
    if (!is_idle(store)) return true;
    store->skip_count += store->save_count / SAVES_PER_FRAME;
    store->save_count = 0;
    if (store->skip_count == 0) return false;
    store->skip_count--;
    return true;
}

bool frame_offer(struct frame_store *store, const struct frame *offered,
                 const struct frame_cursor *cursor)
{
    struct frame frame = *offered;
    bool is_same;

    frame_store_set_time(store, frame.at);
    if (!make_valid(store, &frame)) return false;
    if (!is_cursor_shown(&frame, cursor)) {
        cursor = NULL;
    }
    is_same = store->has_frame && is_same_place(&store->frame, &frame);
    if (is_same && store->dirty_count == 0 && is_same_cursor(&store->cursor, cursor)) return false;
    if (store->is_lossless) {
        wait_for_idle(store);
    } else if (is_skipped(store)) {
        return false;
    }
    store->frame = frame;
    copy_cursor(&store->cursor, cursor);
    if (!is_same) {
        place_frame(store);
    }
    freeze(store, !is_same || !store->is_read);
    store->has_frame = true;
    store->is_read = false;
    publish(store);
    return true;
}

bool frame_watch_next(struct frame_store *store, uint64_t *offset, uint64_t *bytes)
{
    uint64_t start = store->watch_next;
    uint64_t end;

    while (start < store->count && !set_has(&store->unwatched, start)) {
        start++;
    }
    end = start;
    while (end < store->count && set_has(&store->unwatched, end)) {
        end++;
    }
    store->watch_next = end;
    if (start == end) return false;
    *offset = (store->first + start) * FRAME_CHUNK_BYTES;
    *bytes = min_u64((end - start) * FRAME_CHUNK_BYTES, store->vram_bytes - *offset);
    return true;
}

void frame_store_set_time(struct frame_store *store, vtime now)
{
    atomic_store_explicit(&store->time, now, memory_order_relaxed);
}

/* ---- Consumer thread ---- */

static struct timespec time_limit(int max_ms)
{
    struct timespec limit;

    (void)clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += max_ms / 1000;
    limit.tv_nsec += (long)(max_ms % 1000) * 1000000;
    if (limit.tv_nsec >= 1000000000) {
        limit.tv_nsec -= 1000000000;
        limit.tv_sec++;
    }
    return limit;
}

/* With the mutex held. */
static void wait_for_frame(struct frame_store *store, int max_ms)
{
    struct timespec limit = {.tv_sec = 0, .tv_nsec = 0};
    int result = 0;

    if (max_ms >= 0) {
        limit = time_limit(max_ms);
    }
    while (store->phase != PHASE_READY && !store->is_woken && result == 0) {
        result = max_ms < 0 ? pthread_cond_wait(&store->changed, &store->mutex)
                            : pthread_cond_clockwait(&store->changed, &store->mutex,
                                                     CLOCK_MONOTONIC, &limit);
    }
}

bool frame_wait(struct frame_store *store, int max_ms, struct frame *frame,
                struct frame_cursor *cursor)
{
    bool is_there;

    (void)pthread_mutex_lock(&store->mutex);
    wait_for_frame(store, max_ms);
    store->is_woken = false;
    is_there = store->phase == PHASE_READY;
    if (is_there) {
        store->phase = PHASE_TAKEN;
    }
    (void)pthread_mutex_unlock(&store->mutex);
    if (!is_there) return false;
    *frame = store->frame;
    copy_cursor(cursor, store->cursor.is_visible ? &store->cursor : NULL);
    return true;
}

/* A chunk of the frame, wherever its bytes are by now. */
static const uint8_t *read_chunk(struct frame_store *store, uint64_t index)
{
    const uint64_t chunk = store->first + index;
    _Atomic uint8_t *state = &store->states[chunk];
    const uint64_t start = chunk * FRAME_CHUNK_BYTES;
    uint8_t expected = CHUNK_FROZEN;

    if (!atomic_compare_exchange_strong_explicit(state, &expected, CHUNK_READING,
                                                 memory_order_acquire, memory_order_acquire)) {
        return &store->saved[index * FRAME_CHUNK_BYTES];
    }
    memcpy(store->bounce, &store->vram[start],
           (size_t)min_u64(FRAME_CHUNK_BYTES, store->vram_bytes - start));
    atomic_store_explicit(state, CHUNK_CLEAN, memory_order_release);
    return store->bounce;
}

void frame_read(struct frame_store *store,
                void (*show)(void *ctx, uint64_t start, const uint8_t *data, size_t bytes),
                void *ctx)
{
    const struct frame *frame = &store->frame;
    const uint64_t end = frame->is_blank ? 0 : frame->offset + surface_span(frame);

    for (uint64_t i = 0; i < store->count; i++) {
        const uint64_t chunk = (store->first + i) * FRAME_CHUNK_BYTES;
        const uint64_t from = max_u64(chunk, frame->offset);
        const uint64_t to = min_u64(chunk + FRAME_CHUNK_BYTES, end);

        if (!set_has(&store->wanted, i)) continue;
        show(ctx, from - frame->offset, read_chunk(store, i) + (from - chunk), (size_t)(to - from));
    }
    store->is_read = true;
}

static void thaw(struct frame_store *store)
{
    for (uint64_t i = 0; i < store->count; i++) {
        uint8_t expected = CHUNK_FROZEN;

        (void)atomic_compare_exchange_strong_explicit(&store->states[store->first + i], &expected,
                                                      CHUNK_CLEAN, memory_order_release,
                                                      memory_order_relaxed);
    }
}

void frame_done(struct frame_store *store)
{
    if (!store->is_read) {
        thaw(store);
    }
    (void)pthread_mutex_lock(&store->mutex);
    store->phase = PHASE_IDLE;
    (void)pthread_cond_broadcast(&store->changed);
    (void)pthread_mutex_unlock(&store->mutex);
}

/* ---- Any thread ---- */

void frame_store_wake(struct frame_store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    store->is_woken = true;
    (void)pthread_cond_broadcast(&store->changed);
    (void)pthread_mutex_unlock(&store->mutex);
}

vtime frame_store_time(const struct frame_store *store)
{
    return atomic_load_explicit(&store->time, memory_order_relaxed);
}

void frame_store_sync(struct frame_store *store)
{
    wait_for_idle(store);
}
