/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The window's life and its thread. The thread sleeps in SDL until something happens: input, a wake
 * event of the viewer, or the next look at lights and title. It paints at most once in PAINT_NS.
 */
#include "emu/host/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/host/clock.h"
#include "emu/host/window_internal.h"

#define NS_PER_MS UINT64_C(1000000)
#define PAINT_NS  (15 * NS_PER_MS)
#define TICK_NS   (125 * NS_PER_MS)
#define RETRY_NS  (10 * NS_PER_MS) /* a full inbox */

/* ---- The viewer's side ---- */

void window_picture_lock(struct window *window)
{
    (void)pthread_mutex_lock(&window->shared.mutex);
}

void window_picture_set(struct window *window, const struct window_picture *picture)
{
    struct window_shared *shared = &window->shared;

    shared->picture = *picture;
    if (picture->width > FRAME_SIDE_MAX || picture->height > FRAME_SIDE_MAX) {
        shared->picture = (struct window_picture){.pixels = NULL};
    }
    shared->is_new = true;
    shared->has_changed = shared->picture.pixels != NULL;
}

void window_picture_changed(struct window *window, uint32_t first_row, uint32_t rows)
{
    struct window_shared *shared = &window->shared;

    if (first_row >= FRAME_SIDE_MAX || rows == 0) return;
    uint64_t last = min_u64((uint64_t)first_row + rows, FRAME_SIDE_MAX) - 1;
    for (uint64_t band = first_row / WINDOW_BAND_ROWS; band <= last / WINDOW_BAND_ROWS; band++) {
        shared->bands[band] = true;
    }
    shared->has_changed = true;
}

static void wake(struct window *window)
{
    SDL_Event event;

    if (atomic_exchange(&window->shared.is_woken, true)) return;
    SDL_zero(event);
    event.type = window->shared.wake_event;
    /* SDL's queue is full: the thread is busy and looks before it sleeps again. */
    (void)SDL_PushEvent(&event);
}

void window_picture_unlock(struct window *window)
{
    bool has_changed = window->shared.has_changed;

    (void)pthread_mutex_unlock(&window->shared.mutex);
    if (has_changed) wake(window);
}

void window_set_debug(struct window *window, enum window_debug debug)
{
    if (atomic_exchange(&window->shared.debug, (int)debug) == (int)debug) return;
    (void)pthread_mutex_lock(&window->shared.mutex);
    wake(window);
    (void)pthread_mutex_unlock(&window->shared.mutex);
}

/* ---- The window's thread ---- */

static bool has_changes(struct window *window)
{
    (void)pthread_mutex_lock(&window->shared.mutex);
    bool has_changed = window->shared.has_changed;
    (void)pthread_mutex_unlock(&window->shared.mutex);
    return has_changed;
}

static void handle(struct window *window, const SDL_Event *event)
{
    if (event->type != window->shared.wake_event) {
        window_input(window, event);
        return;
    }
    atomic_store(&window->shared.is_woken, false);
    if (has_changes(window)) window->needs_paint = true;
}

static bool is_visible(const struct window *window)
{
    uint32_t flags = SDL_GetWindowFlags(window->painter.handle);

    return (flags & SDL_WINDOW_SHOWN) && !(flags & SDL_WINDOW_MINIMIZED);
}

/* What is due; returns when the thread has to look again. */
static uint64_t do_due(struct window *window, uint64_t now)
{
    uint64_t next;

    if (window->message_until_ns != 0 && now >= window->message_until_ns) {
        window->message_until_ns = 0;
        window->needs_paint = true;
    }
    window_shot_finish(window, false);
    window_follow_debug(window);
    if (now - window->ticked_ns >= TICK_NS) {
        window->ticked_ns = now;
        window_status(window, now);
    }
    next = window->ticked_ns + TICK_NS;
    if (window_pan_by_mouse(window, now)) next = min_u64(next, now + PAINT_NS);
    if (outbox_flush(&window->outbox)) next = min_u64(next, now + RETRY_NS);
    if (!window->needs_paint || !is_visible(window)) return next;
    if (now - window->painted_ns < PAINT_NS) return min_u64(next, window->painted_ns + PAINT_NS);
    window->needs_paint = false;
    window_paint(window);
    window->painted_ns = host_monotonic_ns();
    return next;
}

static void work(struct window *window)
{
    while (!atomic_load(&window->shared.is_ending)) {
        SDL_Event event;
        uint64_t now = host_monotonic_ns();
        uint64_t next = do_due(window, now);

        now = host_monotonic_ns();
        int wait_ms = next > now ? (int)((next - now) / NS_PER_MS) + 1 : 0;
        if (!SDL_WaitEventTimeout(&event, wait_ms)) continue;
        do {
            handle(window, &event);
        } while (SDL_PollEvent(&event));
    }
}

static void decide(struct window_shared *shared, bool is_open)
{
    (void)pthread_mutex_lock(&shared->mutex);
    shared->is_decided = true;
    shared->is_open = is_open;
    (void)pthread_cond_signal(&shared->has_started);
    (void)pthread_mutex_unlock(&shared->mutex);
}

/* SDL wakes its own thread with a message to the window, through the display server: the window
 * must not go before the message has come. Whoever wakes last holds the mutex meanwhile; and what a
 * server answers, it answers after everything that was sent to it before. */
static void outlive_wake(struct window *window)
{
    int left;

    (void)pthread_mutex_lock(&window->shared.mutex);
    (void)pthread_mutex_unlock(&window->shared.mutex);
    (void)SDL_GetWindowBordersSize(window->painter.handle, NULL, &left, NULL, NULL);
}

static void *thread_main(void *arg)
{
    struct window *window = arg;

    if (window_open(window, &window->shared.trouble) != 0) {
        decide(&window->shared, false);
        return NULL;
    }
    window_layout(window);
    decide(&window->shared, true);
    work(window);
    if (window->is_grabbed) window_grab(window, false);
    window_shot_finish(window, true);
    outlive_wake(window);
    window_close(window);
    return NULL;
}

/* ---- Life ---- */

static struct window *create(const struct window_config *config)
{
    struct window *window = calloc(1, sizeof(*window));

    if (!window) return NULL;
    window->config = *config;
    (void)snprintf(window->name, sizeof(window->name), "%s", config->title);
    window->config.title = window->name;
    window->scale_percent = config->scale_percent;
    window->is_full_screen = config->is_full_screen;
    window->has_strip[0] = true;
    outbox_init(&window->outbox, config->inbox);
    (void)pthread_mutex_init(&window->shared.mutex, NULL);
    (void)pthread_cond_init(&window->shared.has_started, NULL);
    return window;
}

static void destroy(struct window *window)
{
    (void)pthread_cond_destroy(&window->shared.has_started);
    (void)pthread_mutex_destroy(&window->shared.mutex);
    free(window);
}

struct window *window_start(const struct window_config *config, struct error *err)
{
    struct window *window = create(config);

    if (!window || pthread_create(&window->thread, NULL, thread_main, window) != 0) {
        (void)error_host(err, "memory is short");
        if (window) destroy(window);
        return NULL;
    }
    struct window_shared *shared = &window->shared;
    (void)pthread_mutex_lock(&shared->mutex);
    while (!shared->is_decided) {
        (void)pthread_cond_wait(&shared->has_started, &shared->mutex);
    }
    bool is_open = shared->is_open;
    (void)pthread_mutex_unlock(&shared->mutex);
    if (is_open) return window;
    (void)pthread_join(window->thread, NULL);
    (void)error_host(err, "%s", shared->trouble.text);
    destroy(window);
    return NULL;
}

void window_stop(struct window *window)
{
    if (!window) return;
    (void)pthread_mutex_lock(&window->shared.mutex);
    atomic_store(&window->shared.is_ending, true);
    wake(window);
    (void)pthread_mutex_unlock(&window->shared.mutex);
    (void)pthread_join(window->thread, NULL);
    destroy(window);
}
