/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Video memory of the Vega 10: 8 GiB of HBM2 behind BAR 0, host memory that exists as far as it was
 * touched. Everything that changes it says so to the frame store first: cores and other devices
 * through the region's before_write, the engines of the GPU through vega10_vram_touch(), which also
 * drops code that cores translated from there and tells whoever watches memory.
 *
 * Not modelled: the legacy VGA window at a0000h; timing of HBM2; ECC.
 * Chosen: video memory is all zero after power-on (real memory holds anything); a bus reset and a
 * function reset leave it alone. A BAR 0 of 16 GiB has nothing in its upper half.
 */
#include <string.h>

#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"
#include "emu/base/lazy_memory.h"
#include "emu/core/frame.h"

#define WATCH_PAGE 4096u

/* A core or another device writes through BAR 0. */
static void before_write(void *owner, uint64_t offset)
{
    const struct vega10 *gpu = owner;

    frame_touch(gpu->frames, offset, WATCH_PAGE);
}

int vega10_vram_init(struct vega10 *gpu, struct error *err)
{
    gpu->vram = lazy_memory_create(VEGA10_VRAM_BYTES);
    if (gpu->vram == NULL) {
        return error_host(err, "cannot reserve address space for %llu MiB of video memory",
                          (unsigned long long)(VEGA10_VRAM_BYTES >> 20));
    }
    gpu->vram_region = (struct region){
        .name = "vega10.vram",
        .bytes = VEGA10_VRAM_BYTES,
        .kind = REGION_RAM,
        .owner = gpu,
        .host = gpu->vram,
        .before_write = gpu->frames != NULL ? before_write : NULL,
    };
    if (gpu->frames != NULL) {
        frame_store_attach(gpu->frames, gpu->vram, VEGA10_VRAM_BYTES);
    }
    return 0;
}

void vega10_vram_fini(struct vega10 *gpu)
{
    if (gpu->frames != NULL) {
        frame_store_attach(gpu->frames, NULL, 0);
    }
    lazy_memory_destroy(gpu->vram, VEGA10_VRAM_BYTES);
    gpu->vram = NULL;
}

static bool is_inside(uint64_t offset, uint64_t bytes)
{
    return offset < VEGA10_VRAM_BYTES && bytes <= VEGA10_VRAM_BYTES - offset;
}

uint8_t *vega10_vram_at(struct vega10 *gpu, uint64_t offset, uint64_t bytes)
{
    return is_inside(offset, bytes) ? gpu->vram + offset : NULL;
}

/* How much of it cores and other devices see. */
static uint64_t seen_bytes(const struct vega10 *gpu, uint64_t offset, uint64_t bytes)
{
    const struct region *region = &gpu->vram_region;

    return region->is_mapped && offset < region->bytes ? min_u64(bytes, region->bytes - offset) : 0;
}

static void changes(struct vega10 *gpu, uint64_t offset, uint64_t bytes)
{
    const uint64_t seen = seen_bytes(gpu, offset, bytes);

    if (gpu->frames != NULL) {
        frame_touch(gpu->frames, offset, bytes);
    }
    if (seen > 0) {
        dma_own_write(gpu->fn.device.env.dma, gpu->vram_region.base + offset, seen);
    }
}

void vega10_vram_touch(struct vega10 *gpu, uint64_t offset, uint64_t bytes)
{
    if (bytes == 0 || !is_inside(offset, bytes)) return;
    dma_announce_own(gpu->fn.device.env.dma, gpu->vram_region.base + offset,
                     seen_bytes(gpu, offset, bytes));
    changes(gpu, offset, bytes);
}

bool vega10_vram_read(struct vega10 *gpu, uint64_t offset, void *buf, size_t bytes)
{
    if (!is_inside(offset, bytes)) {
        device_guest_error(&gpu->fn.device, "read beyond video memory", offset, bytes);
        memset(buf, 0xff, bytes);
        return false;
    }
    memcpy(buf, gpu->vram + offset, bytes);
    return true;
}

bool vega10_vram_write(struct vega10 *gpu, uint64_t offset, const void *buf, size_t bytes)
{
    if (!is_inside(offset, bytes)) {
        device_guest_error(&gpu->fn.device, "write beyond video memory", offset, bytes);
        return false;
    }
    vega10_vram_touch(gpu, offset, bytes);
    memcpy(gpu->vram + offset, buf, bytes);
    return true;
}

/* ---- For the machine: video memory in snapshots ---- */

static const struct vega10 *gpu_of(const struct device *device)
{
    return (const struct vega10 *)(const void *)device;
}

int vega10_vram_visit(const struct device *device,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx)
{
    return lazy_memory_visit(gpu_of(device)->vram, VEGA10_VRAM_BYTES, visit, ctx);
}

void vega10_vram_clear(struct device *device)
{
    struct vega10 *gpu = vega10_of(device);

    changes(gpu, 0, VEGA10_VRAM_BYTES);
    lazy_memory_clear(gpu->vram, VEGA10_VRAM_BYTES);
}

void vega10_vram_load(struct device *device, uint64_t offset, const uint8_t *block)
{
    vega10_vram_put(device, offset, block, LAZY_MEMORY_BLOCK);
}

void vega10_vram_put(struct device *device, uint64_t offset, const uint8_t *data, size_t bytes)
{
    struct vega10 *gpu = vega10_of(device);

    if (bytes == 0 || !is_inside(offset, bytes)) return;
    changes(gpu, offset, bytes);
    memcpy(gpu->vram + offset, data, bytes);
}

void vega10_vram_get(struct device *device, uint64_t offset, uint8_t *data, size_t bytes)
{
    (void)vega10_vram_read(vega10_of(device), offset, data, bytes);
}
