/* SPDX-License-Identifier: GPL-2.0-only */
/* What the window does when it is told to. */
#define _GNU_SOURCE

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "emu/host/clock.h"
#include "emu/host/window_internal.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define RESET_SECONDS 4
#define PAN_STEPS     8 /* key presses for what is shown */
#define DELETE_USAGE  0x4c

void window_say(struct window *window, unsigned seconds, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(window->message, sizeof(window->message), format, arguments);
    va_end(arguments);
    window->message_until_ns = host_monotonic_ns() + seconds * NS_PER_SECOND;
    window->needs_paint = true;
}

void window_grab(struct window *window, bool is_grabbed)
{
    SDL_Window *handle = window->painter.handle;

    if (is_grabbed && SDL_SetRelativeMouseMode(SDL_TRUE) != 0) {
        window_say(window, 4, "The mouse cannot be grabbed here");
        return;
    }
    if (!is_grabbed) (void)SDL_SetRelativeMouseMode(SDL_FALSE);
    SDL_SetWindowKeyboardGrab(handle, is_grabbed ? SDL_TRUE : SDL_FALSE);
    outbox_use_mouse(&window->outbox, is_grabbed);
    window->is_grabbed = is_grabbed;
    if (is_grabbed) {
        window_say(window, 4, "Keyboard and mouse are the machine's: Right Ctrl releases them");
    } else {
        window_say(window, 2, "Keyboard and mouse are released");
    }
}

static void set_full_screen(struct window *window, bool is_full_screen)
{
    uint32_t flags = is_full_screen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0;

    if (SDL_SetWindowFullscreen(window->painter.handle, flags) != 0) {
        window_say(window, 4, "There is no full screen here: %s", SDL_GetError());
        return;
    }
    window->is_full_screen = is_full_screen;
    if (is_full_screen) window_say(window, 3, "Right Ctrl + F leaves the full screen");
    window_layout(window);
}

/* What is under the mouse stays there; without one, what is in the middle. */
static void set_scale(struct window *window, unsigned percent)
{
    const struct window_view *view = &window->painter.view;
    const bool has_mouse = window->is_pointer_inside && !window->is_grabbed;
    int32_t x = has_mouse ? window->pointer_x : window->painter.output_width / 2;
    int32_t y = has_mouse ? window->pointer_y
                          : (window->painter.output_height - window_strip_height(window)) / 2;
    int32_t picture_x = 0;
    int32_t picture_y = 0;
    bool is_shown = window_view_point(view, x, y, &picture_x, &picture_y);

    window->scale_percent = percent;
    window_layout(window);
    if (is_shown && view->kind != VIEW_NOTHING) {
        x = (int32_t)((int64_t)(x - view->target.x) * view->source.width / view->target.width);
        y = (int32_t)((int64_t)(y - view->target.y) * view->source.height / view->target.height);
        window_pan_to(window, picture_x - x, picture_y - y);
    }
    if (percent == WINDOW_SCALE_FIT) {
        window_say(window, 2, "Fit: %u %%", window_view_percent(&window->painter.view));
    } else {
        window_say(window, 2, "%u %%", percent);
    }
    window_pointer_moved(window);
}

static void step_scale(struct window *window, bool is_larger)
{
    set_scale(window, window_scale_step(window_view_percent(&window->painter.view), is_larger));
}

void window_pan_to(struct window *window, int32_t x, int32_t y)
{
    if (x == window->pan_x && y == window->pan_y) return;
    window->pan_x = x;
    window->pan_y = y;
    window_layout(window);
    window_pointer_moved(window);
}

static void pan(struct window *window, int32_t right, int32_t down)
{
    const struct window_rect *source = &window->painter.view.source;

    window_pan_to(window, window->pan_x + right * SDL_max(1, source->width / PAN_STEPS),
                  window->pan_y + down * SDL_max(1, source->height / PAN_STEPS));
}

static void set_pause(struct window *window, bool is_paused)
{
    if (window->is_paused == is_paused) return;
    outbox_release_keys(&window->outbox);
    outbox_release_buttons(&window->outbox);
    window->is_paused = is_paused;
    outbox_control(&window->outbox, is_paused ? INBOX_PAUSE : INBOX_RESUME);
    window_say(window, 3, is_paused ? "Paused: Right Ctrl + P goes on" : "Going on");
}

/* ---- The debugger ---- */

void window_follow_debug(struct window *window)
{
    const enum window_debug debug = (enum window_debug)atomic_load(&window->shared.debug);

    if (debug == window->debug) return;
    if (debug == WINDOW_DEBUGGER_STANDS) {
        outbox_release_keys(&window->outbox);
        outbox_release_buttons(&window->outbox);
    }
    if (window->debug == WINDOW_NOT_DEBUGGED) {
        window->is_paused = false; /* the debugger has seen to it */
        window_say(window, 5, "The debugger is in the terminal: q there goes on");
    }
    window->debug = debug;
    window->ticked_ns = 0; /* the title, at once */
}

static void open_debugger(struct window *window)
{
    const char *why_not = window->config.ask_debug
                              ? window->config.ask_debug(window->config.debug_ctx)
                              : "there is no debugger here";

    if (why_not) window_say(window, 6, "%c%s", SDL_toupper(why_not[0]), why_not + 1);
}

/* What a machine cannot be told while it is looked at. */
static bool is_refused(const struct window *window, enum window_command command)
{
    const bool is_for_guest =
        command == COMMAND_SECURE_KEYS || command == COMMAND_POWER_KEY || command == COMMAND_RESET;

    if (command == COMMAND_PAUSE) return window->debug != WINDOW_NOT_DEBUGGED;
    return is_for_guest && window->debug == WINDOW_DEBUGGER_STANDS;
}

static void reset(struct window *window)
{
    uint64_t now = host_monotonic_ns();

    if (now > window->reset_until_ns) {
        window->reset_until_ns = now + RESET_SECONDS * NS_PER_SECOND;
        window_say(window, RESET_SECONDS, "Once more resets the machine");
        return;
    }
    window->reset_until_ns = 0;
    set_pause(window, false);
    outbox_control(&window->outbox, INBOX_RESET);
    window_say(window, 3, "The machine is reset");
}

static void press_power(struct window *window)
{
    set_pause(window, false);
    outbox_control(&window->outbox, INBOX_POWER_KEY);
    window_say(window, 4, "The power button is pressed");
}

static void type_secure_keys(struct window *window)
{
    static const uint16_t usages[] = {SDL_SCANCODE_LCTRL, SDL_SCANCODE_LALT, DELETE_USAGE};

    for (size_t i = 0; i < SDL_arraysize(usages); i++) {
        outbox_key(&window->outbox, usages[i], true);
    }
    outbox_release_keys(&window->outbox);
}

/* The first time the guest is asked (unless a debugger has it), the second time the machine is; if it does not come to its
 * inbox any more, signals.h has the way that always ends. */
void window_ask_to_close(struct window *window)
{
    window->closes++;
    if (window->debug != WINDOW_NOT_DEBUGGED && window->closes == 1) {
        window->closes = 2;
    }
    if (window->closes == 1) {
        set_pause(window, false);
        outbox_control(&window->outbox, INBOX_POWER_KEY);
        window_say(window, 10, "The guest is asked to power off. Close again to stop it at once");
    } else if (window->closes == 2) {
        outbox_control(&window->outbox, INBOX_STOP);
        window_say(window, 10, "The machine stops");
    } else {
        (void)kill(getpid(), SIGTERM);
    }
}

static void toggle_help(struct window *window)
{
    window->shows_help = !window->shows_help;
    window->needs_paint = true;
    outbox_release_buttons(&window->outbox);
    if (window->shows_help) window->message_until_ns = 0;
}

/* The help closes when a letter was meant for one of its lines. */
static void close_help(struct window *window, enum window_command command)
{
    if (!window->shows_help || command == COMMAND_HELP) return;
    window->shows_help = false;
    window->needs_paint = true;
}

void window_command(struct window *window, enum window_command command)
{
    bool *has_strip = &window->has_strip[window->is_full_screen];

    close_help(window, command);
    if (is_refused(window, command)) {
        window_say(window, 4, "The machine is in the debugger: q there goes on");
        return;
    }
    switch (command) {
    case COMMAND_NONE: break;
    case COMMAND_HELP: toggle_help(window); break;
    case COMMAND_GRAB: window_grab(window, !window->is_grabbed); break;
    case COMMAND_FULL_SCREEN: set_full_screen(window, !window->is_full_screen); break;
    case COMMAND_FIT: set_scale(window, WINDOW_SCALE_FIT); break;
    case COMMAND_ONE_TO_ONE: set_scale(window, WINDOW_SCALE_ONE); break;
    case COMMAND_LARGER: step_scale(window, true); break;
    case COMMAND_SMALLER: step_scale(window, false); break;
    case COMMAND_LEFT: pan(window, -1, 0); break;
    case COMMAND_RIGHT: pan(window, 1, 0); break;
    case COMMAND_UP: pan(window, 0, -1); break;
    case COMMAND_DOWN: pan(window, 0, 1); break;
    case COMMAND_PAUSE: set_pause(window, !window->is_paused); break;
    case COMMAND_SCREENSHOT: window_shot_start(window); break;
    case COMMAND_ACTIVITY:
        *has_strip = !*has_strip;
        window_layout(window);
        break;
    case COMMAND_SECURE_KEYS: type_secure_keys(window); break;
    case COMMAND_POWER_KEY: press_power(window); break;
    case COMMAND_RESET: reset(window); break;
    case COMMAND_DEBUG: open_debugger(window); break;
    }
}
