/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pipes fetch: surfaces, flips, cursors; and the one picture that they make together.
 *
 * Surface registers are double-buffered. A write makes an update pending; the next vertical blank
 * takes everything pending at once, unless GRPH_UPDATE_LOCK or CRTC_MASTER_UPDATE_LOCK is set. With
 * GRPH_FLIP_CONTROL H_RETRACE_EN or IMMEDIATE_EN a new address is taken when it is written, and
 * without a running CRTC everything is.
 *
 * The picture: that of the first running pipe, or, when the next running pipe has the same height,
 * pitch and format and its first pixel lies right of the first one's last, both side by side: the
 * two tiles of the 5K panel.
 *
 * Not modelled: tiled and compressed surfaces, other formats than ARGB8888, ARGB2101010 and RGB565,
 * byte swaps and crossbars (such a pipe shows black, traced), look-up tables, degamma, gamut and
 * colour conversion, magnified cursors above 64 pixels, scaling (pixels are shown one to one from
 * the upper left of the viewport), blending with the underlay pipes, rotation, stereo. The inverting
 * cursor colours are transparent.
 * Chosen: the desktop coordinates of GRPH_X_START.. and the viewport have their origin at the first
 * pixel of the surface plus GRPH_SURFACE_OFFSET. Rows of a cursor are 64 pixels apart when it is at
 * most 64 wide, otherwise 128. Immediate flips are taken at once rather than at the end of the line.
 */
#include <string.h>

#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/core/frame.h"

#define UPDATE_MODE_PENDING    BIT32(0)
#define UPDATE_MODE_TAKEN      BIT32(1)
#define UPDATE_SURFACE_PENDING BIT32(2)
#define UPDATE_SURFACE_TAKEN   BIT32(3)
#define UPDATE_LOCK            BIT32(16)
#define UPDATE_IGNORE_LOCK     BIT32(20)
#define FLIP_AT_ONCE           (BIT32(0) | BIT32(4)) /* H_RETRACE_EN, IMMEDIATE_EN */
#define MASTER_LOCK            BIT32(0)
#define CUR_UPDATE_LOCK        BIT32(16)

#define GRPH_ON       BIT32(0)
#define BLANK_DATA_EN BIT32(8)

#define CUR_ON        BIT32(0)
#define CUR_MAGNIFY   BIT32(16)
#define CUR_ROW_SMALL 64u
#define CUR_ROW_LARGE 128u
enum cursor_mode {
    CUR_MONO,
    CUR_AND,
    CUR_PREMULTIPLIED,
    CUR_ALPHA,
};

/* ---- One surface ---- */

struct picture {
    struct frame frame;
    uint32_t bytes_per_pixel;
};

static uint32_t low14(uint32_t value)
{
    return (uint32_t)bits_get(value, 13, 0);
}

static uint32_t high14(uint32_t value)
{
    return (uint32_t)bits_get(value, 29, 16);
}

/* Ten bits a component to eight. */
static uint32_t color_of(uint32_t value)
{
    return (uint32_t)(bits_get(value, 29, 22) << 16 | bits_get(value, 19, 12) << 8 |
                      bits_get(value, 9, 2));
}

/* False: a format that no consumer knows. */
static bool find_format(const struct vega10_plane *plane, struct picture *picture)
{
    uint32_t depth = (uint32_t)bits_get(plane->control, 1, 0);
    uint32_t format = (uint32_t)bits_get(plane->control, 10, 8);
    uint32_t swizzle = (uint32_t)bits_get(plane->control, 24, 20);

    if (swizzle != 0 || plane->swap_cntl != 0) return false;
    picture->bytes_per_pixel = depth == 2 ? 4 : 2;
    if (depth == 2 && format == 0) {
        picture->frame.format = FRAME_XRGB8888;
    } else if (depth == 2 && format == 1) {
        picture->frame.format = FRAME_XRGB2101010;
    } else if (depth == 1 && format == 1) {
        picture->frame.format = FRAME_RGB565;
    } else {
        return false;
    }
    return true;
}

/* The part of [first, first + count) that lies in [start, end). */
static uint32_t clip(uint32_t first, uint32_t count, uint32_t start, uint32_t end, uint32_t *skip)
{
    uint32_t from = first > start ? first : start;
    uint32_t to = first + count < end ? first + count : end;

    *skip = from - first;
    return to > from ? to - from : 0;
}

/* Place and size of the visible part of the surface. False when nothing of it is visible. */
static bool place(const struct vega10_pipe *pipe, struct picture *picture, uint64_t *first)
{
    const struct vega10_plane *plane = &pipe->taken;
    struct frame *frame = &picture->frame;
    uint32_t x = high14(pipe->viewport_start);
    uint32_t y = low14(pipe->viewport_start);
    uint32_t skip_x;
    uint32_t skip_y;

    frame->surface_x = (uint32_t)bits_get(pipe->overscan_lr, 28, 16);
    frame->surface_y = (uint32_t)bits_get(pipe->overscan_tb, 28, 16);
    if (frame->surface_x >= frame->width || frame->surface_y >= frame->height) return false;
    frame->surface_width =
        clip(x, high14(pipe->viewport_size), plane->x_start, plane->x_end, &skip_x);
    frame->surface_height =
        clip(y, low14(pipe->viewport_size), plane->y_start, plane->y_end, &skip_y);
    if (frame->surface_width == 0 || frame->surface_height == 0) return false;
    frame->surface_x += skip_x;
    frame->surface_y += skip_y;
    if (frame->surface_x >= frame->width || frame->surface_y >= frame->height) return false;
    frame->surface_width = (uint32_t)min_u64(frame->surface_width, frame->width - frame->surface_x);
    frame->surface_height =
        (uint32_t)min_u64(frame->surface_height, frame->height - frame->surface_y);
    frame->pitch = plane->pitch * picture->bytes_per_pixel;
    *first = (uint64_t)(y + skip_y + plane->offset_y) * frame->pitch +
             (uint64_t)(x + skip_x + plane->offset_x) * picture->bytes_per_pixel;
    return true;
}

static uint64_t surface_bytes(const struct picture *picture)
{
    return (uint64_t)(picture->frame.surface_height - 1) * picture->frame.pitch +
           (uint64_t)picture->frame.surface_width * picture->bytes_per_pixel;
}

static bool is_blanked(const struct vega10_pipe *pipe)
{
    return (pipe->blank_control & BLANK_DATA_EN) != 0;
}

/* The pipes address memory physically: video memory from where MC_VM_FB_LOCATION_BASE puts it. */
static bool find_memory(const struct vega10 *gpu, uint64_t address, uint64_t bytes,
                        uint64_t *offset)
{
    *offset = address - vega10_gmc_fb_base(gpu);
    return *offset < VEGA10_VRAM_BYTES && bytes <= VEGA10_VRAM_BYTES - *offset;
}

static uint64_t plane_address(const struct vega10_plane *plane)
{
    return (uint64_t)plane->address_high << 32 | plane->address;
}

/* What one pipe shows. */
static struct picture picture_of(const struct vega10_pipe *pipe)
{
    struct picture picture = {
        .frame = {.width = vega10_crtc_width(pipe),
                  .height = vega10_crtc_height(pipe),
                  .is_blank = true,
                  .blank_color = color_of(pipe->blank_data_color)},
    };
    uint64_t first;

    if (is_blanked(pipe)) return picture;
    picture.frame.blank_color = color_of(pipe->overscan_color);
    if ((pipe->taken.enable & GRPH_ON) == 0) return picture;
    if (!find_format(&pipe->taken, &picture)) return picture;
    picture.frame.is_blank = !place(pipe, &picture, &first) ||
                             !find_memory(pipe->gpu, plane_address(&pipe->taken) + first,
                                          surface_bytes(&picture), &picture.frame.offset);
    return picture;
}

/* What is wrong with a surface is said when it is taken, whether or not somebody looks. */
static void report_plane(const struct vega10_pipe *pipe)
{
    struct device *device = &pipe->gpu->fn.device;
    struct picture picture = {.bytes_per_pixel = 0};
    uint64_t offset;

    if ((pipe->taken.enable & GRPH_ON) == 0) return;
    if (!find_format(&pipe->taken, &picture)) {
        device_unimplemented(device, "surface format", pipe->taken.control, pipe->taken.swap_cntl);
    }
    if (!find_memory(pipe->gpu, plane_address(&pipe->taken), 1, &offset)) {
        device_guest_error(device, "surface outside of video memory", plane_address(&pipe->taken),
                           pipe->index);
    }
}

/* ---- Updates ---- */

const struct trace_desc vega10_trace_flip = {.name = "flip", .fields = {"pipe", "address"}};

static bool is_locked(const struct vega10_pipe *pipe)
{
    return (pipe->grph_update & UPDATE_LOCK) != 0 || (pipe->master_update_lock & MASTER_LOCK) != 0;
}

static void take_surface(struct vega10_pipe *pipe)
{
    struct device *device = &pipe->gpu->fn.device;

    pipe->taken.address = pipe->plane.address;
    pipe->taken.address_high = pipe->plane.address_high;
    pipe->grph_update &= ~UPDATE_SURFACE_PENDING;
    pipe->grph_update |= UPDATE_SURFACE_TAKEN;
    TRACE(device->env.trace, device, &vega10_trace_flip, pipe->index,
          (uint64_t)pipe->taken.address_high << 32 | pipe->taken.address);
}

static void take_mode(struct vega10_pipe *pipe)
{
    uint32_t address = pipe->taken.address;
    uint32_t address_high = pipe->taken.address_high;

    pipe->taken = pipe->plane;
    pipe->taken.address = address;
    pipe->taken.address_high = address_high;
    pipe->grph_update &= ~UPDATE_MODE_PENDING;
    pipe->grph_update |= UPDATE_MODE_TAKEN;
}

bool vega10_plane_take(struct vega10_pipe *pipe)
{
    bool is_free = !is_locked(pipe);
    bool is_flip = (pipe->grph_update & UPDATE_SURFACE_PENDING) != 0 &&
                   (is_free || (pipe->grph_update & UPDATE_IGNORE_LOCK) != 0);
    bool is_mode = is_free && (pipe->grph_update & UPDATE_MODE_PENDING) != 0;

    if (is_mode) take_mode(pipe);
    if (is_flip) take_surface(pipe);
    /* What one unlock lets in is one plane: a new pitch goes with a new address. */
    if (is_mode || is_flip) report_plane(pipe);
    if (is_free && (pipe->cur_update & CUR_UPDATE_LOCK) == 0) {
        pipe->cursor_taken = pipe->cursor;
    }
    return is_flip;
}

bool vega10_plane_is_waiting(const struct vega10_pipe *pipe)
{
    bool is_free = !is_locked(pipe);
    bool is_flip = (pipe->grph_update & UPDATE_SURFACE_PENDING) != 0 &&
                   (is_free || (pipe->grph_update & UPDATE_IGNORE_LOCK) != 0);
    bool is_mode = (pipe->grph_update & UPDATE_MODE_PENDING) != 0 && is_free;
    bool is_cursor = is_free && (pipe->cur_update & CUR_UPDATE_LOCK) == 0 &&
                     memcmp(&pipe->cursor, &pipe->cursor_taken, sizeof(pipe->cursor)) != 0;

    return is_flip || is_mode || is_cursor;
}

/* Without a running CRTC there is no vertical blank to wait for. */
void vega10_plane_unlocked(struct vega10_pipe *pipe)
{
    bool is_flip = (pipe->flip_control & FLIP_AT_ONCE) != 0 &&
                   (pipe->grph_update & UPDATE_SURFACE_PENDING) != 0 && !is_locked(pipe);

    if (!pipe->timing.is_running) {
        is_flip = vega10_plane_take(pipe);
    } else if (is_flip) {
        take_surface(pipe);
        report_plane(pipe);
    }
    if (is_flip) {
        vega10_pflip(pipe);
    }
    vega10_pipe_judge(pipe);
}

void vega10_plane_written(struct vega10_pipe *pipe, bool is_address)
{
    pipe->grph_update |= is_address ? UPDATE_SURFACE_PENDING : UPDATE_MODE_PENDING;
    pipe->grph_update &= ~(is_address ? UPDATE_SURFACE_TAKEN : UPDATE_MODE_TAKEN);
    vega10_plane_unlocked(pipe);
}

/* ---- Two tiles ---- */

static void join(struct picture *left, const struct picture *right)
{
    struct frame *a = &left->frame;
    const struct frame *b = &right->frame;

    if (a->is_blank != b->is_blank || a->height != b->height) return;
    if (!a->is_blank) {
        if (a->format != b->format || a->pitch != b->pitch) return;
        if (a->surface_y != b->surface_y || a->surface_height != b->surface_height) return;
        if (a->surface_x + a->surface_width != a->width || b->surface_x != 0) return;
        if (b->offset != a->offset + (uint64_t)a->surface_width * left->bytes_per_pixel) return;
        a->surface_width += b->surface_width;
    }
    a->width += b->width;
}

/* ---- Cursor ---- */

/* One pixel of a cursor row as ARGB8888. */
static uint32_t cursor_pixel(const struct vega10_cursor *cursor, const uint8_t *row, uint32_t x)
{
    static const uint32_t opaque = UINT32_C(0xff000000);
    uint32_t pixel;

    if (bits_get(cursor->control, 9, 8) == CUR_MONO) {
        switch (row[x / 4] >> (6 - 2 * (x % 4)) & 3) {
        case 0: return opaque | cursor->color1;
        case 1: return opaque | cursor->color2;
        default: return 0;
        }
    }
    pixel = le32_get(row + 4 * (size_t)x);
    if (bits_get(cursor->control, 9, 8) == CUR_AND) {
        return (pixel & BIT32(24)) != 0 ? 0 : opaque | (pixel & ~opaque);
    }
    return pixel;
}

static void fill_cursor(const struct vega10_cursor *cursor, const uint8_t *image,
                        uint32_t row_bytes, struct frame_cursor *out)
{
    unsigned shift = (cursor->control & CUR_MAGNIFY) != 0 ? 1 : 0;

    for (uint32_t y = 0; y < out->height; y++) {
        const uint8_t *row = image + (size_t)(y >> shift) * row_bytes;

        for (uint32_t x = 0; x < out->width; x++) {
            out->pixels[y * out->width + x] = cursor_pixel(cursor, row, x >> shift);
        }
    }
}

/* `left` is where the pipe's picture starts on the whole one. */
static void show_cursor(const struct vega10_pipe *pipe, uint32_t left, struct frame_cursor *out)
{
    const struct vega10_cursor *cursor = &pipe->cursor_taken;
    uint32_t width = (uint32_t)bits_get(cursor->size, 22, 16) + 1;
    uint32_t height = (uint32_t)bits_get(cursor->size, 6, 0) + 1;
    uint32_t scale = (cursor->control & CUR_MAGNIFY) != 0 ? 2 : 1;
    uint32_t pitch = width <= CUR_ROW_SMALL ? CUR_ROW_SMALL : CUR_ROW_LARGE;
    uint32_t row_bytes = bits_get(cursor->control, 9, 8) == CUR_MONO ? pitch / 4 : pitch * 4;
    uint64_t address = (uint64_t)cursor->address_high << 32 | cursor->address;
    uint64_t offset;

    if (out->is_visible || (cursor->control & CUR_ON) == 0 || is_blanked(pipe)) return;
    if (width * scale > FRAME_CURSOR_SIDE || height * scale > FRAME_CURSOR_SIDE) return;
    if (!find_memory(pipe->gpu, address, (uint64_t)height * row_bytes, &offset)) return;
    out->is_visible = true;
    out->width = (uint16_t)(width * scale);
    out->height = (uint16_t)(height * scale);
    out->x = (int32_t)(left + high14(cursor->position)) -
             (int32_t)(bits_get(cursor->hot_spot, 22, 16) * scale);
    out->y = (int32_t)low14(cursor->position) - (int32_t)(bits_get(cursor->hot_spot, 6, 0) * scale);
    out->is_premultiplied = bits_get(cursor->control, 9, 8) == CUR_PREMULTIPLIED;
    fill_cursor(cursor, pipe->gpu->vram + offset, row_bytes, out);
}

/* ---- The whole ---- */

static const struct vega10_pipe *next_running(const struct vega10 *gpu, unsigned from)
{
    for (unsigned i = from; i < VEGA10_PIPES; i++) {
        if (gpu->dce.pipe[i].timing.is_running) return &gpu->dce.pipe[i];
    }
    return NULL;
}

static struct picture compose(const struct vega10 *gpu, struct frame_cursor *cursor)
{
    const struct vega10_pipe *first = next_running(gpu, 0);
    const struct vega10_pipe *second;
    struct picture whole;
    struct picture other;
    uint32_t width;

    whole = picture_of(first);
    width = whole.frame.width;
    show_cursor(first, 0, cursor);
    second = next_running(gpu, first->index + 1);
    if (second != NULL) {
        other = picture_of(second);
        join(&whole, &other);
    }
    if (whole.frame.width > width) {
        show_cursor(second, width, cursor);
    }
    return whole;
}

static void offer(struct vega10 *gpu, struct picture *picture, const struct frame_cursor *cursor)
{
    struct device *device = &gpu->fn.device;
    uint64_t offset;
    uint64_t bytes;

    picture->frame.at = device_now(device);
    frame_store_set_time(gpu->frames, device_now(device));
    if (!frame_offer(gpu->frames, &picture->frame, cursor)) return;
    while (frame_watch_next(gpu->frames, &offset, &bytes)) {
        bus_watch(device->env.memory, &gpu->vram_region, offset, bytes);
    }
}

static void offer_whole(struct vega10 *gpu, uint64_t number)
{
    struct frame_cursor cursor = {.is_visible = false};
    struct picture picture;

    if (gpu->frames == NULL || next_running(gpu, 0) == NULL) return;
    picture = compose(gpu, &cursor);
    picture.frame.number = number;
    offer(gpu, &picture, &cursor);
}

/* The number counts on whether or not somebody looks. */
void vega10_scanout_offer(struct vega10 *gpu)
{
    gpu->dce.frame_number++;
    offer_whole(gpu, gpu->dce.frame_number);
}

/* The next vertical blank has the same number: it may show the same. */
void vega10_show(struct device *device)
{
    offer_whole(vega10_of(device), vega10_of(device)->dce.frame_number + 1);
}

bool vega10_look(struct device *device, struct frame *frame, struct frame_cursor *cursor)
{
    const struct vega10 *gpu = vega10_of(device);

    if (next_running(gpu, 0) == NULL) return false;
    *cursor = (struct frame_cursor){.is_visible = false};
    *frame = compose(gpu, cursor).frame;
    frame->number = gpu->dce.frame_number;
    frame->at = device_now(device);
    return true;
}

const struct region *vega10_vram_region(const struct device *device)
{
    return &((const struct vega10 *)(const void *)device)->vram_region;
}

void vega10_scanout_stopped(const struct vega10_pipe *pipe)
{
    struct vega10 *gpu = pipe->gpu;
    struct picture dark = {
        .frame = {.number = gpu->dce.frame_number,
                  .width = vega10_crtc_width(pipe),
                  .height = vega10_crtc_height(pipe),
                  .is_blank = true},
    };

    if (gpu->frames != NULL && next_running(gpu, 0) == NULL) {
        offer(gpu, &dark, NULL);
    }
}
