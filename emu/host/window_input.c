/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What SDL reports, to the guest or to the window's own commands.
 *
 * Key repeat of the host is left out: the guest repeats itself. What the guest believes to be down
 * is released when the window loses the keyboard, when it pauses and when a command was meant.
 */
#include "emu/base/bits.h"
#include "emu/host/window_internal.h"

#define POINTS_ONE     1000
#define PAN_EDGE_DOTS  28   /* how near to an edge the mouse moves the picture */
#define PAN_PER_SECOND 1200 /* widths of what is shown, in 1/1000, at the very edge */
#define NS_PER_SECOND  1000000000u
#define PAN_STEP_MAX   100000000u /* ns: after a pause of the host it does not jump */

/* Nothing new reaches the guest: it stands still, or the keys are the help's. */
static bool is_deaf(const struct window *window)
{
    return window->is_paused || window->shows_help || window->debug == WINDOW_DEBUGGER_STANDS;
}

/* ---- Keyboard ---- */

static void host_key(struct window *window, bool is_down)
{
    if (is_down) {
        window->is_host_key_down = true;
        window->is_host_key_used = false;
        return;
    }
    bool is_tap = window->is_host_key_down && !window->is_host_key_used;
    window->is_host_key_down = false;
    if (!is_tap) return;
    if (window->is_grabbed) {
        window_grab(window, false);
    } else if (!window->shows_help) {
        window_say(window, 3, "Right Ctrl + H shows the keys of this window");
    }
}

static bool is_ctrl_alt(const struct window *window)
{
    return outbox_is_down(&window->outbox, SDL_SCANCODE_LCTRL) &&
           outbox_is_down(&window->outbox, SDL_SCANCODE_LALT);
}

/* The command that a pressed key is; COMMAND_NONE: it is the guest's. */
static enum window_command command_of(struct window *window, const SDL_Keysym *key)
{
    enum window_command command = keymap_command(key);

    if (window->is_host_key_down || window->shows_help) return command;
    if (is_ctrl_alt(window) && keymap_is_for_ctrl_alt(command)) return command;
    return COMMAND_NONE;
}

static bool repeats(enum window_command command)
{
    return command == COMMAND_LEFT || command == COMMAND_RIGHT || command == COMMAND_UP ||
           command == COMMAND_DOWN;
}

static void key_pressed(struct window *window, const SDL_KeyboardEvent *event)
{
    enum window_command command;

    if (event->keysym.scancode == KEYMAP_HOST_KEY) {
        if (!event->repeat) host_key(window, true);
        return;
    }
    command = command_of(window, &event->keysym);
    if (event->repeat && !repeats(command)) return;
    if (window->shows_help && event->keysym.scancode == SDL_SCANCODE_ESCAPE) {
        command = COMMAND_HELP;
    }
    if (command != COMMAND_NONE) {
        window->is_host_key_used = true;
        outbox_release_keys(&window->outbox);
        window_command(window, command);
        return;
    }
    if (window->is_host_key_down || is_deaf(window)) return;
    uint16_t usage = keymap_usage(event->keysym.scancode);
    if (usage != 0) outbox_key(&window->outbox, usage, true);
}

static void key_released(struct window *window, const SDL_KeyboardEvent *event)
{
    if (event->keysym.scancode == KEYMAP_HOST_KEY) {
        host_key(window, false);
        return;
    }
    outbox_key(&window->outbox, keymap_usage(event->keysym.scancode), false);
}

/* ---- Mouse ---- */

static uint16_t to_tablet(int32_t pixel, int32_t size)
{
    if (size <= 1) return 0;
    return (uint16_t)((int64_t)pixel * INPUT_TABLET_MAX / (size - 1));
}

void window_pointer_moved(struct window *window)
{
    const struct window_view *view = &window->painter.view;
    int32_t x;
    int32_t y;

    if (window->is_grabbed || is_deaf(window)) return;
    if (!window_view_point(view, window->pointer_x, window->pointer_y, &x, &y)) return;
    outbox_place(&window->outbox, to_tablet(x, view->picture_width),
                 to_tablet(y, view->picture_height));
}

static void mouse_moved(struct window *window, const SDL_MouseMotionEvent *event)
{
    const int32_t points = window->painter.points;

    window->is_pointer_inside = true;
    if (window->is_grabbed) {
        if (!is_deaf(window)) outbox_move(&window->outbox, event->xrel, event->yrel);
        return;
    }
    window->pointer_x = (int32_t)((int64_t)event->x * points / POINTS_ONE);
    window->pointer_y = (int32_t)((int64_t)event->y * points / POINTS_ONE);
    window_pointer_moved(window);
}

static void mouse_button(struct window *window, const SDL_MouseButtonEvent *event)
{
    static const uint8_t buttons[] = {
        [SDL_BUTTON_LEFT] = INPUT_BUTTON_LEFT,
        [SDL_BUTTON_MIDDLE] = INPUT_BUTTON_MIDDLE,
        [SDL_BUTTON_RIGHT] = INPUT_BUTTON_RIGHT,
    };
    const bool is_down = event->state == SDL_PRESSED;

    if (event->button >= ARRAY_LEN(buttons)) return;
    if (is_down && is_deaf(window)) return;
    outbox_button(&window->outbox, buttons[event->button], is_down);
}

static void mouse_wheel(struct window *window, const SDL_MouseWheelEvent *event)
{
    int32_t steps = event->direction == SDL_MOUSEWHEEL_FLIPPED ? -event->y : event->y;

    if (!is_deaf(window)) outbox_wheel(&window->outbox, steps);
}

/* How far inside the edge zone, 0..1000, with the sign of the direction. */
static int32_t edge_depth(int32_t at, int32_t size, int32_t zone)
{
    if (at < zone) return -(zone - SDL_max(at, 0)) * 1000 / zone;
    if (at >= size - zone) return (zone - SDL_max(size - 1 - at, 0)) * 1000 / zone;
    return 0;
}

bool window_pan_by_mouse(struct window *window, uint64_t now_ns)
{
    const struct window_view *view = &window->painter.view;
    const int32_t zone = PAN_EDGE_DOTS * window->painter.unit;
    const int32_t height = window->painter.output_height - window_strip_height(window);
    uint64_t step_ns = window->panned_ns ? now_ns - window->panned_ns : 0;
    int32_t dx = 0;
    int32_t dy = 0;

    window->panned_ns = 0;
    if (!window->is_pointer_inside || window->is_grabbed || window->shows_help) return false;
    if (view->kind == VIEW_NOTHING || window->pointer_y >= height) return false;
    if (view->source.width < view->picture_width) {
        dx = edge_depth(window->pointer_x, window->painter.output_width, zone);
    }
    if (view->source.height < view->picture_height) {
        dy = edge_depth(window->pointer_y, height, zone);
    }
    if (dx == 0 && dy == 0) return false;
    window->panned_ns = now_ns;
    step_ns = min_u64(step_ns, PAN_STEP_MAX);
    int64_t reach = (int64_t)view->source.width * PAN_PER_SECOND / 1000 * (int64_t)step_ns;
    int32_t x = window->pan_x;
    int32_t y = window->pan_y;
    window_pan_to(window, x + (int32_t)(reach / 1000 * dx / NS_PER_SECOND),
                  y + (int32_t)(reach / 1000 * dy / NS_PER_SECOND));
    return step_ns == 0 || window->pan_x != x || window->pan_y != y;
}

/* ---- The rest ---- */

static void let_go(struct window *window)
{
    window->is_host_key_down = false;
    outbox_release_keys(&window->outbox);
    outbox_release_buttons(&window->outbox);
    if (window->is_grabbed) window_grab(window, false);
}

static void window_event(struct window *window, const SDL_WindowEvent *event)
{
    switch (event->event) {
    case SDL_WINDOWEVENT_CLOSE: window_ask_to_close(window); break;
    case SDL_WINDOWEVENT_FOCUS_LOST: let_go(window); break;
    case SDL_WINDOWEVENT_LEAVE: window->is_pointer_inside = false; break;
    case SDL_WINDOWEVENT_SIZE_CHANGED:
    case SDL_WINDOWEVENT_DISPLAY_CHANGED:
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_RESTORED: window_layout(window); break;
    case SDL_WINDOWEVENT_EXPOSED: window->needs_paint = true; break;
    default: break;
    }
}

void window_input(struct window *window, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_QUIT: window_ask_to_close(window); break;
    case SDL_WINDOWEVENT: window_event(window, &event->window); break;
    case SDL_KEYDOWN: key_pressed(window, &event->key); break;
    case SDL_KEYUP: key_released(window, &event->key); break;
    case SDL_MOUSEMOTION: mouse_moved(window, &event->motion); break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: mouse_button(window, &event->button); break;
    case SDL_MOUSEWHEEL: mouse_wheel(window, &event->wheel); break;
    case SDL_RENDER_TARGETS_RESET:
    case SDL_RENDER_DEVICE_RESET:
        window->painter.is_lost = true;
        window_layout(window);
        break;
    default: break;
    }
}
