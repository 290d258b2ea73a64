/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening SDL's window and renderer.
 *
 * A renderer of the graphics card is used if there is one. One that computes OpenGL on the
 * processor is not: SDL's own software renderer moves ready pixels several times faster, and the
 * window has only ready pixels to show.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/host/window_internal.h"

#define PICTURE_WIDTH  5120 /* of the panel: what the window is opened for */
#define PICTURE_HEIGHT 2880
#define SMALLEST       200
#define DOTS_PER_INCH  96
#define USUAL_HEIGHT   1080
#define UNIT_MAX       4
#define ICON_SIDE      64
#define GL_RENDERER    0x1f01u

static bool has_text(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

bool window_has_display(void)
{
    return has_text("DISPLAY") || has_text("WAYLAND_DISPLAY") || has_text("SDL_VIDEODRIVER");
}

static void set_hints(void)
{
    static const struct {
        const char *name;
        const char *value;
    } hints[] = {
        {SDL_HINT_NO_SIGNAL_HANDLERS, "1"}, /* signals.c has them */
        {SDL_HINT_QUIT_ON_LAST_WINDOW_CLOSE, "0"},
        {SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1"},
        {SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0"},
        {SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0"},
        {SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1"},
        {SDL_HINT_APP_NAME, "Spacegray"},
    };

    for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        (void)SDL_SetHint(hints[i].name, hints[i].value);
    }
    /* Not what SDL would try last: a picture in memory, or the whole text console. */
    if (has_text("SDL_VIDEODRIVER")) return;
    const char *drivers = !has_text("WAYLAND_DISPLAY") ? "x11"
                          : !has_text("DISPLAY")       ? "wayland"
                                                       : "x11,wayland";
    (void)SDL_SetHint(SDL_HINT_VIDEODRIVER, drivers);
}

/* Most of the screen, since a 5K picture has small letters; or what a fixed scale needs if there is
 * room for it. */
static void first_size(const struct window *window, int *width, int *height)
{
    const int percent = (int)window->config.scale_percent;
    SDL_Rect usable = {0, 0, 1024, 768};

    (void)SDL_GetDisplayUsableBounds(0, &usable);
    *width = usable.w * 9 / 10;
    *height = usable.h * 9 / 10;
    if (percent == 0) {
        if (*width * PICTURE_HEIGHT > *height * PICTURE_WIDTH) {
            *width = *height * PICTURE_WIDTH / PICTURE_HEIGHT;
        } else {
            *height = *width * PICTURE_HEIGHT / PICTURE_WIDTH;
        }
    } else {
        *width = SDL_min(*width, PICTURE_WIDTH * percent / 100);
        *height = SDL_min(*height, PICTURE_HEIGHT * percent / 100);
    }
    *width = SDL_max(*width, SMALLEST);
    *height = SDL_max(*height, SMALLEST) + window_strip_height(window);
}

/* On a screen with small pixels our own letters are drawn larger; one that does not tell its size is
 * taken for one of usual height. */
static int32_t first_unit(void)
{
    SDL_Rect bounds = {0, 0, 0, USUAL_HEIGHT};
    float dpi = 0;
    int32_t unit;

    if (SDL_GetDisplayDPI(0, NULL, NULL, &dpi) == 0 && dpi > 0) {
        unit = ((int32_t)dpi + DOTS_PER_INCH / 2) / DOTS_PER_INCH;
    } else {
        (void)SDL_GetDisplayBounds(0, &bounds);
        unit = (bounds.h + USUAL_HEIGHT / 3) / USUAL_HEIGHT;
    }
    return SDL_clamp(unit, 1, UNIT_MAX);
}

/* A renderer that the processor does the work of, under whatever name. */
static bool is_slow(SDL_Renderer *renderer)
{
    static const char *const slow[] = {"llvmpipe", "softpipe", "swrast", "Software"};
    const unsigned char *(*get_string)(unsigned name);
    SDL_RendererInfo info;
    void *found;

    if (SDL_GetRendererInfo(renderer, &info) != 0) return true;
    if (!(info.flags & SDL_RENDERER_ACCELERATED)) return true;
    /* The user's own choice. */
    if (SDL_GetHint(SDL_HINT_RENDER_DRIVER)) return false;
    if (strncmp(info.name, "opengl", strlen("opengl")) != 0) return false;
    found = SDL_GL_GetProcAddress("glGetString");
    if (!found) return false;
    memcpy(&get_string, &found, sizeof(get_string));
    const char *name = (const char *)get_string(GL_RENDERER);
    for (size_t i = 0; name && i < ARRAY_LEN(slow); i++) {
        if (strstr(name, slow[i])) return true;
    }
    return false;
}

static int make_renderer(struct window_painter *painter)
{
    SDL_Renderer *renderer = SDL_CreateRenderer(painter->handle, -1, SDL_RENDERER_ACCELERATED);

    painter->has_card = renderer && !is_slow(renderer);
    if (!painter->has_card) {
        if (renderer) SDL_DestroyRenderer(renderer);
        (void)SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
        renderer = SDL_CreateRenderer(painter->handle, -1, SDL_RENDERER_SOFTWARE);
    }
    painter->renderer = renderer;
    return renderer ? 0 : -1;
}

static void set_icon(SDL_Window *handle)
{
    uint32_t *pixels = calloc((size_t)ICON_SIDE * ICON_SIDE, sizeof(*pixels));
    struct canvas canvas = {.pixels = pixels, .width = ICON_SIDE, .height = ICON_SIDE};

    if (!pixels) return;
    canvas_round(&canvas, &(struct canvas_box){2, 6, 60, 42, 6}, 0xff5c6066);
    canvas_fill(&canvas, 6, 10, 52, 30, 0xff14171c);
    canvas_fill(&canvas, 27, 48, 10, 6, 0xff5c6066);
    canvas_round(&canvas, &(struct canvas_box){18, 54, 28, 4, 2}, 0xff5c6066);
    const struct canvas_pen pen = {.scale = 1, .argb = 0xff7fd48a, .is_bold = true};
    (void)canvas_text(&canvas, 10, 12, &pen, ">_");
    SDL_Surface *icon = SDL_CreateRGBSurfaceWithFormatFrom(pixels, ICON_SIDE, ICON_SIDE, 32,
                                                           ICON_SIDE * (int)sizeof(*pixels),
                                                           SDL_PIXELFORMAT_ARGB8888);
    if (icon) {
        SDL_SetWindowIcon(handle, icon);
        SDL_FreeSurface(icon);
    }
    free(pixels);
}

static int outlive_x_error(void *display, void *event)
{
    (void)display;
    (void)event;
    return 0;
}

/* Xlib's own handler ends the process, and with it the machine, for a request that came too late:
 * SDL wakes its thread over a second connection, which may name a window that has just gone. Before
 * SDL opens the display, because SDL puts the handler that it found back before it closes it. SDL
 * loads Xlib in the same way, so nothing is linked to it. */
static void survive_x_errors(void)
{
    void *(*set_handler)(int (*)(void *, void *));
    void *xlib;
    void *found;

    if (!has_text("DISPLAY")) return;
    xlib = SDL_LoadObject("libX11.so.6");
    found = xlib ? SDL_LoadFunction(xlib, "XSetErrorHandler") : NULL;
    if (!found) return;
    memcpy(&set_handler, &found, sizeof(set_handler));
    (void)set_handler(outlive_x_error);
}

int window_open(struct window *window, struct error *err)
{
    struct window_painter *painter = &window->painter;
    uint32_t flags = SDL_WINDOW_HIDDEN | SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI;
    int width;
    int height;

    if (!window_has_display()) return error_host(err, "there is no display for a window");
    SDL_SetMainReady();
    set_hints();
    survive_x_errors();
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) {
        (void)error_host(err, "SDL cannot use the display: %s", SDL_GetError());
        SDL_Quit();
        return -1;
    }
    window->shared.wake_event = SDL_RegisterEvents(1);
    painter->unit = first_unit();
    painter->points = 1000;
    first_size(window, &width, &height);
    if (window->is_full_screen) flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
    painter->handle = SDL_CreateWindow(window->name, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                       width, height, flags);
    if (!painter->handle || make_renderer(painter) != 0) {
        (void)error_host(err, "SDL cannot make one: %s", SDL_GetError());
        window_close(window);
        return -1;
    }
    SDL_SetWindowMinimumSize(painter->handle, SMALLEST, SMALLEST);
    set_icon(painter->handle);
    SDL_StopTextInput();
    SDL_ShowWindow(painter->handle);
    return 0;
}

void window_close(struct window *window)
{
    struct window_painter *painter = &window->painter;

    window_paint_forget(painter);
    window_scaler_free(&painter->scaler);
    if (painter->renderer) SDL_DestroyRenderer(painter->renderer);
    if (painter->handle) SDL_DestroyWindow(painter->handle);
    painter->renderer = NULL;
    painter->handle = NULL;
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    SDL_Quit();
}
