/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packets of the DMA engines that move data, a piece of at most PIECE_BYTES at a time.
 *
 * Modelled: COPY linear and linear sub-window, CONSTANT_FILL of bytes, words and dwords, WRITE
 * linear, PTEPDE generation. Inside of video memory data moves at VIDEO bandwidth, with system memory
 * on one side at that of PCI Express 3.0 x16 with its protocol overhead (reference: timing.md).
 * Not modelled: byte swapping of data (traced, data moves as it is), encryption and TMZ.
 * Chosen: a packet that meets an address fault drops the rest of its data. A copy onto itself moves
 * each piece as memmove does. Each row of a sub-window costs ROW_TIME. The pattern of a fill begins
 * with its low byte at the first address, wherever that is.
 */
#include <string.h>

#include "devices/display/vega10_internal.h"
#include "devices/display/vega10_sdma.h"
#include "devices/display/vega10_sdma_regs.h"
#include "emu/base/bits.h"

#define PIECE_BYTES  65536u
#define BOUNCE_BYTES 4096u
#define FAULT_TIME   VTIME_US(1)
#define ROW_TIME     VTIME_NS(5)
#define ROW_LEAST    1024u /* bytes that a shorter row counts as: it is as much work */
/* Picoseconds for a number of bytes: 400 GB/s, and 111.7 Gb/s. */
#define VIDEO_NUM  5u
#define VIDEO_DEN  2u
#define SYSTEM_NUM 80000u
#define SYSTEM_DEN 1117u

/* Words of a rectangle: 14-bit x and y, 11-bit z, 19-bit pitch. */
#define WINDOW_XY    0x3fffu
#define WINDOW_Z     0x7ffu
#define WINDOW_PITCH 0x7ffffu
#define WINDOW_SLICE 0x0fffffffu
#define WRITE_DWORDS 0xfffffu
#define PTE_COUNT    0x7ffffu

static uint64_t wide(const struct sdma_engine *engine, unsigned low)
{
    return (uint64_t)engine->packet[low + 1] << 32 | engine->packet[low];
}

static void spend(struct sdma_engine *engine, uint64_t bytes, bool is_system)
{
    engine->debt += is_system ? muldiv_up_u64(bytes, SYSTEM_NUM, SYSTEM_DEN)
                              : muldiv_up_u64(bytes, VIDEO_NUM, VIDEO_DEN);
}

/* The packet is over: done, or given up after a fault. */
static enum sdma_outcome finish(struct sdma_engine *engine, bool is_ok)
{
    engine->has_packet = false;
    if (!is_ok) engine->debt += FAULT_TIME;
    return SDMA_WORKED;
}

/* ---- Stretches that are contiguous on both sides ---- */

static bool move_by_bounce(struct vega10 *gpu, const struct vega10_span *to,
                           const struct vega10_span *from, uint64_t bytes)
{
    uint8_t bounce[BOUNCE_BYTES];
    bool is_ok = true;

    for (uint64_t at = 0; at < bytes && is_ok; at += sizeof(bounce)) {
        size_t now = (size_t)min_u64(bytes - at, sizeof(bounce));

        if (from->target == VEGA10_TARGET_VRAM) {
            is_ok = vega10_vram_read(gpu, from->address + at, bounce, now);
        } else {
            enum dma_result result = pci_dma_read(&gpu->fn, from->address + at, bounce, now);

            if (result == DMA_POISONED) return false;
            is_ok = result == DMA_OK;
        }
        if (to->target == VEGA10_TARGET_VRAM) {
            is_ok = vega10_vram_write(gpu, to->address + at, bounce, now) && is_ok;
        } else {
            is_ok = pci_dma_write(&gpu->fn, to->address + at, bounce, now) == DMA_OK && is_ok;
        }
    }
    return is_ok;
}

static bool move_span(struct sdma_engine *engine, const struct vega10_span *to,
                      const struct vega10_span *from, uint64_t bytes)
{
    struct vega10 *gpu = engine->gpu;
    bool is_video = to->target == VEGA10_TARGET_VRAM && from->target == VEGA10_TARGET_VRAM;
    const uint8_t *source = is_video ? vega10_vram_at(gpu, from->address, bytes) : NULL;
    uint8_t *target = is_video ? vega10_vram_at(gpu, to->address, bytes) : NULL;

    spend(engine, bytes, !is_video);
    if (source == NULL || target == NULL) return move_by_bounce(gpu, to, from, bytes);
    vega10_vram_touch(gpu, to->address, bytes);
    memmove(target, source, bytes);
    return true;
}

/* At most PIECE_BYTES, except a row of a sub-window: that has at most four times as many. */
static bool move(struct sdma_engine *engine, uint64_t to, uint64_t from, uint64_t bytes)
{
    while (bytes > 0) {
        struct vega10_span source = vega10_translate(engine->gpu, engine->vmid, from, bytes, false);
        struct vega10_span target;

        if (source.target == VEGA10_TARGET_FAULT) return false;
        target = vega10_translate(engine->gpu, engine->vmid, to, source.bytes, true);
        if (target.target == VEGA10_TARGET_FAULT) return false;
        if (!move_span(engine, &target, &source, target.bytes)) return false;
        to += target.bytes;
        from += target.bytes;
        bytes -= target.bytes;
    }
    return true;
}

static void check_swap(struct sdma_engine *engine, uint32_t bits)
{
    if (bits == 0 || engine->done != 0) return;
    device_unimplemented(&engine->gpu->fn.device, "SDMA byte swap", engine->packet[0], bits);
}

/* ---- Copies ---- */

enum sdma_outcome sdma_copy_linear(struct sdma_engine *engine)
{
    uint64_t total = (uint64_t)(engine->packet[1] & SDMA_COUNT) + 1;
    uint64_t done = min_u64(engine->done, total);
    uint64_t now = min_u64(total - done, PIECE_BYTES);

    check_swap(engine, engine->packet[2] & SDMA_COPY_SWAPS);
    if (!move(engine, wide(engine, 5) + done, wide(engine, 3) + done, now)) {
        return finish(engine, false);
    }
    engine->done = done + now;
    return engine->done == total ? finish(engine, true) : SDMA_WORKED;
}

/* One of the two rectangles: its five dwords of the packet begin at `first`. */
struct window {
    uint64_t address;
    uint64_t pitch; /* all in bytes */
    uint64_t slice;
};

static struct window window_of(const struct sdma_engine *engine, unsigned first, unsigned element)
{
    const uint32_t *words = &engine->packet[first];
    uint64_t x = words[2] & WINDOW_XY;
    uint64_t y = words[2] >> 16 & WINDOW_XY;
    uint64_t z = words[3] & WINDOW_Z;
    struct window window = {
        .pitch = ((uint64_t)(words[3] >> 13 & WINDOW_PITCH) + 1) << element,
        .slice = ((uint64_t)(words[4] & WINDOW_SLICE) + 1) << element,
    };

    window.address = wide(engine, first) + z * window.slice + y * window.pitch + (x << element);
    return window;
}

/* Row by row; `done` counts rows of all slices. */
enum sdma_outcome sdma_copy_window(struct sdma_engine *engine)
{
    unsigned element = engine->packet[0] >> SDMA_ELEMENT_SHIFT;
    struct window from = window_of(engine, 1, element);
    struct window to = window_of(engine, 6, element);
    uint64_t width = ((uint64_t)(engine->packet[11] & WINDOW_XY) + 1) << element;
    uint64_t rows = (engine->packet[11] >> 16 & WINDOW_XY) + 1;
    uint64_t total = rows * ((engine->packet[12] & WINDOW_Z) + 1);

    check_swap(engine, engine->packet[12] & SDMA_COPY_SWAPS);
    for (uint64_t bytes = 0; bytes < PIECE_BYTES && engine->done < total;
         bytes += max_u64(width, ROW_LEAST)) {
        uint64_t row = engine->done % rows;
        uint64_t slice = engine->done / rows;

        engine->debt += ROW_TIME;
        if (!move(engine, to.address + slice * to.slice + row * to.pitch,
                  from.address + slice * from.slice + row * from.pitch, width)) {
            return finish(engine, false);
        }
        engine->done++;
    }
    return engine->done >= total ? finish(engine, true) : SDMA_WORKED;
}

/* ---- Fills ---- */

/* The pattern over and over, with enough behind it to start at any of its bytes. */
struct pattern {
    uint8_t bytes[BOUNCE_BYTES + 4];
};

static void make_pattern(const struct sdma_engine *engine, struct pattern *pattern)
{
    unsigned width = 1u << (engine->packet[0] >> 30);
    size_t have = 4;

    for (unsigned i = 0; i < have; i++) {
        pattern->bytes[i] = (uint8_t)(engine->packet[3] >> i % width * 8);
    }
    while (have < sizeof(pattern->bytes)) {
        size_t more = (size_t)min_u64(have, sizeof(pattern->bytes) - have);

        memcpy(pattern->bytes + have, pattern->bytes, more);
        have += more;
    }
}

static bool fill_span(struct sdma_engine *engine, const struct vega10_span *to,
                      const struct pattern *pattern, uint64_t done)
{
    struct vega10 *gpu = engine->gpu;
    uint8_t *target =
        to->target == VEGA10_TARGET_VRAM ? vega10_vram_at(gpu, to->address, to->bytes) : NULL;
    bool is_ok = true;

    spend(engine, to->bytes, target == NULL);
    if (target != NULL) vega10_vram_touch(gpu, to->address, to->bytes);
    for (uint64_t at = 0; at < to->bytes && is_ok; at += BOUNCE_BYTES) {
        size_t now = (size_t)min_u64(to->bytes - at, BOUNCE_BYTES);
        const uint8_t *from = pattern->bytes + (done & 3);

        if (target != NULL) {
            memcpy(target + at, from, now);
        } else {
            is_ok = pci_dma_write(&gpu->fn, to->address + at, from, now) == DMA_OK;
        }
    }
    return is_ok;
}

enum sdma_outcome sdma_fill(struct sdma_engine *engine)
{
    uint64_t total = (uint64_t)(engine->packet[4] & SDMA_COUNT) + 1;
    uint64_t done = min_u64(engine->done, total);
    uint64_t end = min_u64(total, done + PIECE_BYTES);
    struct pattern pattern;

    check_swap(engine, engine->packet[0] & SDMA_FILL_SWAP);
    make_pattern(engine, &pattern);
    while (done < end) {
        struct vega10_span to =
            vega10_translate(engine->gpu, engine->vmid, wide(engine, 1) + done, end - done, true);

        if (to.target == VEGA10_TARGET_FAULT) return finish(engine, false);
        if (!fill_span(engine, &to, &pattern, done)) return finish(engine, false);
        done += to.bytes;
    }
    engine->done = done;
    return done == total ? finish(engine, true) : SDMA_WORKED;
}

/* ---- Data out of the stream, and made up ---- */

/* `done` counts dwords. */
enum sdma_outcome sdma_write(struct sdma_engine *engine)
{
    uint64_t total = (uint64_t)(engine->packet[3] & WRITE_DWORDS) + 1;
    uint64_t left = total - min_u64(engine->done, total);
    uint64_t ready = min_u64(left, sdma_stream_left(engine, engine->current));
    uint32_t now = (uint32_t)min_u64(ready, BOUNCE_BYTES / 4);
    uint32_t data[BOUNCE_BYTES / 4];
    bool is_in_ib = engine->queue[engine->current].ib_size != 0;
    bool is_ok;

    if (left == 0) return finish(engine, true);
    if (now == 0 && is_in_ib) {
        sdma_exception(engine, "SDMA write beyond the end of its indirect buffer");
        return SDMA_WORKED;
    }
    if (now == 0) return SDMA_STUCK;
    is_ok = sdma_stream_read(engine, engine->current, data, now);
    sdma_stream_take(engine, engine->current, now);
    is_ok = is_ok && vega10_memory_write(engine->gpu, engine->vmid,
                                         wide(engine, 1) + engine->done * 4, data, now * 4u);
    spend(engine, now * 4u, true);
    if (!is_ok) engine->debt += FAULT_TIME;
    engine->done += now;
    return engine->done >= total ? finish(engine, true) : SDMA_WORKED;
}

/* Entries that count up: `done` counts them. */
enum sdma_outcome sdma_make_ptes(struct sdma_engine *engine)
{
    uint64_t total = (uint64_t)(engine->packet[9] & PTE_COUNT) + 1;
    uint64_t done = min_u64(engine->done, total);
    uint64_t now = min_u64(total - done, BOUNCE_BYTES / 8);
    uint64_t entries[BOUNCE_BYTES / 8];
    bool is_ok;

    for (uint64_t i = 0; i < now; i++) {
        entries[i] = (wide(engine, 5) + (done + i) * wide(engine, 7)) | wide(engine, 3);
    }
    is_ok = vega10_memory_write(engine->gpu, engine->vmid, wide(engine, 1) + done * 8, entries,
                                (size_t)now * 8);
    spend(engine, now * 8, false);
    engine->done = done + now;
    return !is_ok || engine->done == total ? finish(engine, is_ok) : SDMA_WORKED;
}
