/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way that a device reaches guest memory (DESIGN.md, law 6). Copies descriptors in and
 * data out; never hands out pointers. A write that changes RAM drops translated code made from it;
 * a 4-byte write to the interrupt address range (0xfeexxxxx, SDM 3A 11.11) is an interrupt message.
 * Addresses that hit no RAM are aborted as on PCI Express: reads give all ones.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus;
struct dma;

/* Where DMA tells the rest of the machine; any may be NULL. */
struct dma_hooks {
    void *ctx;
    void (*code_written)(void *ctx, uint64_t addr, uint64_t bytes);
    void (*message)(void *ctx, uint64_t addr,
                    uint32_t data); /* MSI: address and data as SDM 3A 11.11 defines them */
    /* Before part of a page of 4096 bytes is copied, or changed by the device that it belongs to. False: its data is poisoned (an uncorrectable
     * memory error); never for writes. May change memory before it is read. Asked only while
     * dma_set_guarded() says so. */
    bool (*guard)(void *ctx, bool is_write, uint64_t addr, unsigned bytes);
};

enum dma_result {
    DMA_OK,
    DMA_ABORT, /* some of it is not memory (master abort / unsupported request) */
    /* Some of what was read is poisoned: completions with the EP bit set (PCI Express 3.0, 2.7.2).
     * The device uses none of it; the poisoned pages read as ones. DMA_ABORT wins when both are
     * true. */
    DMA_POISONED,
};

struct dma *dma_create(struct bus *memory);
void dma_destroy(struct dma *dma);
void dma_set_hooks(struct dma *dma, const struct dma_hooks *hooks);

/* From now on hooks.guard is asked, or not. */
void dma_set_guarded(struct dma *dma, bool on);

/* Copies `bytes` bytes. Reads what can be read and fills the rest with ones; writes what can be
 * written. */
enum dma_result dma_read(struct dma *dma, uint64_t addr, void *buf, size_t bytes);
enum dma_result dma_write(struct dma *dma, uint64_t addr, const void *buf, size_t bytes);
/* Memory that the device itself maps at [addr, addr + bytes) (video memory) was or is about to be
 * changed by the device, on this thread: drops translated code made from it. */
void dma_own_write(struct dma *dma, uint64_t addr, uint64_t bytes);
/* The same memory is about to be changed by what the device does in the run: hooks.guard is asked. */
void dma_announce_own(struct dma *dma, uint64_t addr, uint64_t bytes);
/* An interrupt message as a device sends it: the 32-bit write that MSI and MSI-X are. */
void dma_send_message(struct dma *dma, uint64_t addr, uint32_t data);
