/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that fails: between the modules' contents (dram.h), the controllers (imc.h), the cores'
 * machine-check banks and those who access memory. docs/hardware/ecc.md, docs/faults.md.
 */
#include "devices/chipset/lapic.h"
#include "devices/memory/dram.h"
#include "devices/memory/imc.h"
#include "emu/base/lazy_memory.h"
#include "emu/machine/machine_internal.h"

#define PAGE_BYTES 4096u

/* ---- From accesses to the modules ---- */

static uint64_t page_of(uint64_t addr)
{
    return addr & ~(uint64_t)(PAGE_BYTES - 1);
}

static bool may_fail(const struct machine *machine, uint64_t page)
{
    const struct device *dram = machine->parts.dram;

    return dram != NULL && dram_has_faults(dram) && dram_is_guarded(dram, page);
}

bool machine_is_guarded(void *ctx, uint64_t page)
{
    const struct machine *machine = ctx;

    return may_fail(machine, page) || machine_is_watched(machine, page);
}

static enum dram_access_kind access_kind(enum cpu_access kind)
{
    switch (kind) {
    case CPU_ACCESS_READ: break;
    case CPU_ACCESS_WRITE: return DRAM_ACCESS_WRITE;
    case CPU_ACCESS_FETCH: return DRAM_ACCESS_FETCH;
    case CPU_ACCESS_WALK: return DRAM_ACCESS_WALK;
    }
    return DRAM_ACCESS_READ;
}

bool machine_guard(void *ctx, unsigned core, enum cpu_access kind, uint64_t addr, unsigned bytes,
                   uint64_t *poison)
{
    struct machine *machine = ctx;

    if (kind != CPU_ACCESS_FETCH) {
        machine_tell_memory(machine, core, kind == CPU_ACCESS_WRITE, addr, bytes);
    }
    if (!may_fail(machine, page_of(addr))) return true;
    return dram_access(machine->parts.dram, access_kind(kind), addr, bytes, poison) == DRAM_GOOD;
}

bool machine_guard_dma(void *ctx, bool is_write, uint64_t addr, unsigned bytes)
{
    struct machine *machine = ctx;
    uint64_t poison;

    machine_tell_memory(machine, MACHINE_DMA, is_write, addr, bytes);
    if (!may_fail(machine, page_of(addr))) return true;
    return dram_access(machine->parts.dram, is_write ? DRAM_ACCESS_DMA_WRITE : DRAM_ACCESS_DMA_READ,
                       addr, bytes, &poison) == DRAM_GOOD;
}

/* ---- From the modules to everything else ---- */

static uint8_t *page_memory(void *ctx, uint64_t page)
{
    return machine_memory_page(ctx, page);
}

static void report(void *ctx, const struct dram_error *error)
{
    struct machine *machine = ctx;
    const struct imc_mca mca = imc_mca_encode(error);
    const struct cpu_mca_error logged = {
        .bank = mca.bank, .status = mca.status, .addr = mca.addr, .misc = mca.misc};

    imc_count_error(machine->parts.imc, error);
    cpu_set_mca_log(machine->cpus, &logged);
}

static void changed(void *ctx, uint64_t addr, uint64_t bytes)
{
    struct machine *machine = ctx;

    cpu_set_code_written(machine->cpus, addr, bytes);
}

static void guards_changed(void *ctx)
{
    struct machine *machine = ctx;

    dma_set_guarded(machine->dma, true);
    machine->has_odd_code = true;
    cpu_set_guards_changed(machine->cpus);
}

static const struct imc_layout *layout(void *ctx)
{
    const struct machine *machine = ctx;

    return imc_layout(machine->parts.imc);
}

struct dram_env machine_dram_env(struct machine *machine)
{
    return (struct dram_env){
        .ctx = machine,
        .memory = page_memory,
        .report = report,
        .changed = changed,
        .guards_changed = guards_changed,
        .layout = layout,
    };
}

void machine_cmci(void *ctx, unsigned core)
{
    struct machine *machine = ctx;

    lapic_interrupt(machine->parts.lapic[core], LAPIC_SOURCE_CMCI);
}

void machine_faults_settle(struct machine *machine)
{
    struct device *dram = machine->parts.dram;

    if (dram != NULL && dram_has_faults(dram)) {
        dram_settle(dram);
    }
}

void machine_faults_loaded(struct machine *machine)
{
    const struct device *dram = machine->parts.dram;
    const bool is_guarded =
        (dram != NULL && dram_has_faults(dram)) || machine->watch.range_count > 0;

    dma_set_guarded(machine->dma, is_guarded);
    machine->has_odd_code |= is_guarded;
}

/* ---- For whoever plants faults ---- */

bool machine_has_memory(const struct machine *machine)
{
    return machine->config.has_flat_memory || imc_layout(machine->parts.imc)->zone_count > 0;
}

static int check_plantable(const struct machine *machine, struct error *err)
{
    if (machine->parts.dram == NULL) {
        return error_usage(err, "flat memory has no modules that could fail");
    }
    if (!machine_has_memory(machine)) {
        return error_usage(err, "firmware has not set up memory yet: no cell has an address");
    }
    return 0;
}

int machine_fault_plant(struct machine *machine, const struct dram_fault *fault, struct error *err)
{
    const struct machine_observer *observer = &machine->watch.observer;

    if (check_plantable(machine, err) != 0) return -1;
    if (dram_plant(machine->parts.dram, fault, err) != 0) return -1;
    if (observer->fault != NULL) observer->fault(observer->ctx, fault, 0);
    return 0;
}

bool machine_fault_place(struct machine *machine, uint64_t addr, struct dram_address *at)
{
    return imc_layout_decode(imc_layout(machine->parts.imc), addr, at);
}

bool machine_fault_address(struct machine *machine, const struct dram_address *at, uint64_t *addr)
{
    return imc_layout_encode(imc_layout(machine->parts.imc), at, addr);
}

size_t machine_fault_count(const struct machine *machine)
{
    return machine->parts.dram != NULL ? dram_fault_count(machine->parts.dram) : 0;
}

const struct dram_fault *machine_fault(const struct machine *machine, size_t index)
{
    return dram_fault(machine->parts.dram, index);
}

void machine_fault_repair(struct machine *machine, size_t index)
{
    const struct machine_observer *observer = &machine->watch.observer;

    if (observer->fault != NULL) observer->fault(observer->ctx, NULL, index);
    dram_repair(machine->parts.dram, index);
}

const struct dram_counts *machine_memory_errors(const struct machine *machine)
{
    static const struct dram_counts none = {0};

    return machine->parts.dram != NULL ? dram_counts(machine->parts.dram) : &none;
}

const struct dimm_set *machine_dimms(const struct machine *machine)
{
    return &machine->config.dimms;
}

/* ---- Pages in use ---- */

struct page_walk {
    uint64_t left; /* pages to pass before the one that is wanted */
    uint64_t count;
    uint64_t found; /* offset in RAM */
};

static bool is_page_used(const uint8_t *page)
{
    uint64_t word;

    for (size_t i = 0; i < PAGE_BYTES; i += sizeof(word)) {
        __builtin_memcpy(&word, page + i, sizeof(word));
        if (word != 0) return true;
    }
    return false;
}

static int count_pages(void *ctx, uint64_t offset, const uint8_t *block)
{
    struct page_walk *walk = ctx;

    for (uint64_t i = 0; i < MACHINE_RAM_BLOCK; i += PAGE_BYTES) {
        if (!is_page_used(block + i)) continue;
        if (walk->left == 0) {
            walk->found = offset + i;
            return 1;
        }
        walk->left--;
        walk->count++;
    }
    return 0;
}

bool machine_used_page(struct machine *machine, uint64_t random, uint64_t *addr)
{
    struct page_walk walk = {.left = UINT64_MAX};

    (void)machine_ram_visit(machine, count_pages, &walk);
    if (walk.count == 0) return false;
    walk.left = random % walk.count;
    if (machine_ram_visit(machine, count_pages, &walk) == 0) return false;
    *addr = walk.found < machine->ram.low_bytes
                ? walk.found
                : walk.found - machine->ram.low_bytes + MAP_HIGH_RAM_BASE;
    return true;
}
