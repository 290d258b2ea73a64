/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An address space: guest-physical memory, or the I/O ports. A space is a flat sorted list of
 * regions without overlap.
 *
 * RAM and ROM regions are host memory (the cores access them directly, not through this file); all
 * other regions are answered by their owner's callbacks. A callback never sees an access size that
 * its region did not declare: the bus merges and splits. Reads of nothing give all ones, writes to
 * nothing vanish; both are counted and traced (DESIGN.md 3).
 *
 * RAM that a guest moves (a frame buffer behind a BAR) is mapped and unmapped while the cores run:
 * bus_set_ram_hooks() tells the machine, which hands the new list to the cores before the next
 * block of any of them; accesses in between come through this file and mean the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus;
struct error;
struct trace;

enum region_kind {
    REGION_MMIO, /* callbacks */
    REGION_RAM,  /* host memory, read and write */
    REGION_ROM,  /* host memory, writes vanish */
};

/* Offsets are from the region's base. Sizes are powers of two within the region's declared limits;
 * an access never crosses the end of the region. `peek` is a read without any side effect, for
 * debugger and trace. All three are required for REGION_MMIO. */
struct region_ops {
    uint64_t (*read)(void *owner, uint64_t offset, unsigned size);
    void (*write)(void *owner, uint64_t offset, unsigned size, uint64_t value);
    uint64_t (*peek)(void *owner, uint64_t offset, unsigned size);
};

/* Embedded in its owner; must stay in place while mapped. */
struct region {
    const char *name;
    uint64_t base;  /* set by bus_map() */
    uint64_t bytes; /* > 0; base + bytes must not wrap */
    enum region_kind kind;
    const struct region_ops *ops;
    void *owner;
    void *host;         /* REGION_RAM, REGION_ROM: borrowed host memory of `bytes` bytes */
    uint8_t min_access; /* MMIO: 1, 2, 4 or 8; narrower accesses are widened (reads) or merged with
                           peek (writes) */
    uint8_t max_access; /* MMIO: wider accesses are split, low half first */
    /* REGION_RAM, may be NULL: called before the first write to a page of 4096 bytes at `offset`,
     * by a core, by DMA or through this file, since the region was mapped or bus_watch() last
     * covered that page. It may be called more often than that (for every write of a device), so
     * it has to be cheap and must not mind; it must not watch the same page again from inside.
     * Neither it nor bus_watch() can be noticed by the guest. */
    void (*before_write)(void *owner, uint64_t offset);
    bool is_mapped;
};

struct bus *bus_create(const char *name, struct trace *trace);
void bus_destroy(struct bus *bus);

/* Maps `region` at `base`. Fails (-1, `err`) when it would overlap another mapped region or wrap:
 * overlap is an error here; who lets a guest choose addresses (PCI) treats the failure as a guest
 * error. May be called from inside a callback. */
int bus_map(struct bus *bus, struct region *region, uint64_t base, struct error *err);
/* Unmaps; harmless when not mapped. */
void bus_unmap(struct bus *bus, struct region *region);

/* Where the bus tells of RAM and ROM that comes and goes; any may be NULL. */
struct bus_ram_hooks {
    void *ctx;
    void (*changed)(void *ctx); /* a RAM or ROM region was mapped or unmapped */
    void (*watch)(void *ctx, const struct region *region, uint64_t offset, uint64_t bytes);
};
void bus_set_ram_hooks(struct bus *bus, const struct bus_ram_hooks *hooks);
/* `before_write` of a mapped RAM region is wanted again for each page of [offset, offset + bytes).
 * Harmless when it is not mapped. */
void bus_watch(struct bus *bus, struct region *region, uint64_t offset, uint64_t bytes);

/* Before [offset, offset + bytes) of a region of kind REGION_RAM is written by something other than
 * a core: tells its before_write. For who writes to `host` itself (dma.c). The range lies inside
 * the region. */
void bus_before_write(const struct region *region, uint64_t offset, uint64_t bytes);

/* One access of `size` bytes (1, 2, 4, 8; any alignment: it is split at region borders and natural
 * boundaries). An aligned 64-bit access of a core arrives as one of 8 bytes (cpu.h), so that a
 * doorbell or BAR is written once. */
uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned size);
void bus_write(struct bus *bus, uint64_t addr, unsigned size, uint64_t value);
/* Like bus_read but without side effects, trace or counting. */
uint64_t bus_peek(struct bus *bus, uint64_t addr, unsigned size);

/* The region at `addr`, or NULL. */
struct region *bus_find(const struct bus *bus, uint64_t addr);
/* Host address of [addr, addr + bytes) when all of it lies in one RAM region (or ROM, when
 * !for_write); else NULL. For tests and debuggers: devices go through dma.h. The pointer is
 * not kept beyond the call that asked. */
void *bus_host(const struct bus *bus, uint64_t addr, uint64_t bytes, bool for_write);
/* Regions in address order, for `machine show` and tests. */
size_t bus_region_count(const struct bus *bus);
const struct region *bus_region(const struct bus *bus, size_t index);

/* The core that is accessing the bus now (0 outside of cpu_run): the local APIC page answers per
 * core. */
void bus_set_initiator(struct bus *bus, unsigned core);
unsigned bus_initiator(const struct bus *bus);
/* Accesses so far that hit nothing. */
uint64_t bus_unmapped_count(const struct bus *bus);
