/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies between devices and guest memory, region by region. */
#include "emu/core/dma.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/core/bus.h"

/* SDM 3A 11.11.1: bits 31:20 of a message address are 0xfee. */
#define MESSAGE_BASE UINT64_C(0xfee00000)
#define MESSAGE_END  UINT64_C(0xfef00000)
#define PAGE_BYTES   4096u

struct dma {
    struct bus *memory;
    struct dma_hooks hooks;
    bool is_guarded;
};

struct dma *dma_create(struct bus *memory)
{
    struct dma *dma = calloc(1, sizeof(*dma));

    if (dma != NULL) {
        dma->memory = memory;
    }
    return dma;
}

void dma_destroy(struct dma *dma)
{
    free(dma);
}

void dma_set_hooks(struct dma *dma, const struct dma_hooks *hooks)
{
    dma->hooks = *hooks;
}

void dma_set_guarded(struct dma *dma, bool on)
{
    dma->is_guarded = on;
}

/* Host memory at `addr` and how many of `bytes` bytes it covers; NULL and the length of the gap (at
 * least 1) otherwise. */
static void *span_at(const struct dma *dma, uint64_t addr, size_t bytes, bool for_write,
                     size_t *span)
{
    const struct region *region = bus_find(dma->memory, addr);
    size_t left;

    if (region == NULL || region->kind == REGION_MMIO ||
        (for_write && region->kind != REGION_RAM)) {
        *span = (size_t)min_u64(bytes, PAGE_BYTES - addr % PAGE_BYTES);
        return NULL;
    }
    left = (size_t)min_u64(bytes, region->bytes - (addr - region->base));
    if (dma->is_guarded) {
        left = (size_t)min_u64(left, PAGE_BYTES - addr % PAGE_BYTES);
    }
    *span = left;
    if (for_write) {
        bus_before_write(region, addr - region->base, left);
    }
    return (uint8_t *)region->host + (addr - region->base);
}

/* Before a span is copied: is what it holds good? */
static bool pass_guard(const struct dma *dma, bool is_write, uint64_t addr, size_t bytes)
{
    return !dma->is_guarded || !dma->hooks.guard ||
           dma->hooks.guard(dma->hooks.ctx, is_write, addr, (unsigned)bytes);
}

enum dma_result dma_read(struct dma *dma, uint64_t addr, void *buf, size_t bytes)
{
    enum dma_result result = DMA_OK;
    uint8_t *out = buf;

    while (bytes > 0) {
        size_t span;
        const void *host = span_at(dma, addr, bytes, false, &span);

        if (host == NULL) {
            memset(out, 0xff, span);
            result = DMA_ABORT;
        } else if (pass_guard(dma, false, addr, span)) {
            memcpy(out, host, span);
        } else {
            memset(out, 0xff, span);
            result = result == DMA_ABORT ? result : DMA_POISONED;
        }
        addr += span;
        out += span;
        bytes -= span;
    }
    return result;
}

enum dma_result dma_write(struct dma *dma, uint64_t addr, const void *buf, size_t bytes)
{
    enum dma_result result = DMA_OK;
    const uint8_t *in = buf;

    if (bytes == 4 && addr >= MESSAGE_BASE && addr < MESSAGE_END) {
        uint32_t data;

        data = le32_get(buf);
        dma_send_message(dma, addr, data);
        return DMA_OK;
    }
    while (bytes > 0) {
        size_t span;
        void *host = span_at(dma, addr, bytes, true, &span);

        if (host != NULL) {
            (void)pass_guard(dma, true, addr, span);
            memcpy(host, in, span);
            if (dma->hooks.code_written != NULL) {
                dma->hooks.code_written(dma->hooks.ctx, addr, span);
            }
        } else {
            result = DMA_ABORT;
        }
        addr += span;
        in += span;
        bytes -= span;
    }
    return result;
}

void dma_announce_own(struct dma *dma, uint64_t addr, uint64_t bytes)
{
    while (dma->is_guarded && bytes > 0) {
        const uint64_t part = min_u64(bytes, PAGE_BYTES - addr % PAGE_BYTES);

        (void)pass_guard(dma, true, addr, (size_t)part);
        addr += part;
        bytes -= part;
    }
}

void dma_own_write(struct dma *dma, uint64_t addr, uint64_t bytes)
{
    if (dma->hooks.code_written != NULL) {
        dma->hooks.code_written(dma->hooks.ctx, addr, bytes);
    }
}

void dma_send_message(struct dma *dma, uint64_t addr, uint32_t data)
{
    if (dma->hooks.message != NULL) {
        dma->hooks.message(dma->hooks.ctx, addr, data);
    }
}
