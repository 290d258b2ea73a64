/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lights, title and speed: a look at the counters eight times a second. Only what is shown in other
 * words than before is drawn again, so a machine that stands still costs the looks alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/core/host.h"
#include "emu/host/window_internal.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define PS_PER_NS     1000u
#define PS_PER_SECOND UINT64_C(1000000000000)

/* Hours, minutes and seconds; with microseconds while it stands still. */
static void write_time(char *text, size_t bytes, vtime time, bool is_exact)
{
    uint64_t seconds = time / PS_PER_SECOND;
    uint64_t us = time % PS_PER_SECOND / 1000000;
    int length = snprintf(text, bytes, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600,
                          seconds / 60 % 60, seconds % 60);

    if (is_exact && length > 0 && (size_t)length < bytes) {
        (void)snprintf(text + length, bytes - (size_t)length, ".%06" PRIu64, us);
    }
}

/* Over the last second. */
static void measure_speed(struct window_speed *speed, vtime time, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - speed->host_ns;

    if (speed->host_ns != 0 && passed_ns < NS_PER_SECOND) return;
    speed->is_known = speed->host_ns != 0 && time >= speed->time;
    if (speed->is_known) {
        speed->percent = (unsigned)((time - speed->time) / (passed_ns * PS_PER_NS / 100));
    }
    speed->host_ns = now_ns;
    speed->time = time;
}

/* Whether one of the lights changes. */
static bool look_at_lights(struct window *window)
{
    const struct host_activity *activity = window->config.activity;
    bool has_changed = false;

    if (!activity) return false;
    const uint64_t counts[] = {
        atomic_load_explicit(&activity->serial, memory_order_relaxed),
        atomic_load_explicit(&activity->disk, memory_order_relaxed),
        atomic_load_explicit(&activity->network, memory_order_relaxed),
    };
    for (size_t i = 0; i < SDL_arraysize(counts); i++) {
        bool is_lit = counts[i] != window->counted[i];

        window->counted[i] = counts[i];
        has_changed |= is_lit != window->strip.is_lit[i];
        window->strip.is_lit[i] = is_lit;
    }
    return has_changed;
}

static const char *state_of(const struct window *window)
{
    if (window->debug == WINDOW_DEBUGGER_STANDS) return "stopped in the debugger";
    if (window->debug == WINDOW_DEBUGGER_RUNS) return "runs in the debugger";
    if (window->is_paused) return "paused";
    if (window->is_grabbed) return "grabbed: Right Ctrl releases";
    return "";
}

/* True when the text is another one than before. */
static bool set_text(char *text, const char *now)
{
    if (strcmp(text, now) == 0) return false;
    (void)SDL_strlcpy(text, now, WINDOW_TEXT_BYTES);
    return true;
}

static void write_figures(struct window *window, uint64_t now_ns, char *text, size_t bytes)
{
    vtime time = frame_store_time(window->config.frames);
    const bool stands = window->is_paused || window->debug == WINDOW_DEBUGGER_STANDS;
    char clock[32];

    measure_speed(&window->speed, time, now_ns);
    write_time(clock, sizeof(clock), time, stands);
    if (window->speed.is_known && !stands) {
        (void)snprintf(text, bytes, "%s  %u.%02ux", clock, window->speed.percent / 100,
                       window->speed.percent % 100);
    } else {
        (void)snprintf(text, bytes, "%s", clock);
    }
}

static void add_part(char *text, const char *between, const char *part)
{
    if (!*part) return;
    if (*text) (void)SDL_strlcat(text, between, WINDOW_TEXT_BYTES);
    (void)SDL_strlcat(text, part, WINDOW_TEXT_BYTES);
}

void window_status(struct window *window, uint64_t now_ns)
{
    char figures[WINDOW_TEXT_BYTES] = "";
    char text[WINDOW_TEXT_BYTES] = "";
    char scale[16];
    const char *state = state_of(window);
    bool has_changed = look_at_lights(window);

    if (window->config.frames) write_figures(window, now_ns, figures, sizeof(figures));
    add_part(text, " - ", window->name);
    add_part(text, " - ", figures);
    add_part(text, " - ", state);
    if (set_text(window->title, text)) SDL_SetWindowTitle(window->painter.handle, window->title);
    has_changed |= set_text(window->strip.state, state);
    (void)snprintf(scale, sizeof(scale), "%u %%", window_view_percent(&window->painter.view));
    add_part(figures, "  ", scale);
    has_changed |= set_text(window->strip.figures, figures);
    if (has_changed && window_strip_height(window) > 0) window->needs_paint = true;
}
