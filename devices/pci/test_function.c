/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI test function; test_function.h and docs/hardware/pci.md are its data sheet.
 *
 * Modelled: everything there. It is our own invention, so nothing is left out.
 * Chosen: BAR 0 memory, BAR 2 64-bit with the MSI-X table, BAR 4 I/O; PM, MSI (8, maskable), PCI
 * Express with FLR, MSI-X (8), AER: one of each kind that a real function has. A second start while
 * a copy runs is ignored and a guest error.
 */
#include "devices/pci/test_function.h"

#include "devices/pci/host.h"
#include "devices/pci/pci.h"
#include "emu/base/bits.h"

#define TEST_LEVEL_BITS UINT32_C(0xff)
#define TEST_BANK_BYTES 0x1000u
#define TEST_IO_BYTES   0x10u
#define SCRATCH_BYTES   8u
#define WIDTHS          4u
#define STATUS_EVENTS   (PCI_TEST_STATUS_DMA_DONE | PCI_TEST_STATUS_DMA_ERROR)
#define TEST_CLASS      0xff0000u
#define MSIX_PBA_OFFSET 0x800u

struct pci_test {
    struct pci_fn fn;
    struct event dma_done;
    struct event timer;
    uint32_t level;
    uint32_t status;
    uint64_t scratch;
    uint32_t counts[2 * WIDTHS];
    uint64_t dma_source;
    uint64_t dma_target;
    uint32_t dma_bytes;
    uint32_t timer_ns;
    uint32_t timer_count;
    uint32_t io_scratch;
    /* the copy under way: software may change the registers meanwhile */
    uint64_t copy_source;
    uint64_t copy_target;
    uint32_t copy_bytes;
    uint8_t buffer[PCI_TEST_DMA_MAX]; /* within one copy only */
};

static struct pci_test *test_of(struct device *device)
{
    return (struct pci_test *)(void *)device;
}

static void update_irq(struct pci_test *test)
{
    for (unsigned i = 0; i < PCI_TEST_VECTORS; i++) {
        pci_irq(&test->fn, i, (test->level >> i & 1) != 0);
    }
}

static void dma_fire(void *owner, vtime when)
{
    struct pci_test *test = owner;
    bool is_ok =
        pci_dma_read(&test->fn, test->copy_source, test->buffer, test->copy_bytes) == DMA_OK;

    (void)when;
    is_ok = is_ok &&
            pci_dma_write(&test->fn, test->copy_target, test->buffer, test->copy_bytes) == DMA_OK;
    test->status &= ~(uint32_t)PCI_TEST_STATUS_DMA_BUSY;
    test->status |= PCI_TEST_STATUS_DMA_DONE | (is_ok ? 0 : PCI_TEST_STATUS_DMA_ERROR);
    test->level |= BIT32(PCI_TEST_VECTOR_DMA);
    update_irq(test);
}

static void timer_fire(void *owner, vtime when)
{
    struct pci_test *test = owner;

    (void)when;
    test->timer_count++;
    test->level |= BIT32(PCI_TEST_VECTOR_TIMER);
    update_irq(test);
}

/* ---- Registers ---- */

static uint64_t get_id(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return PCI_TEST_ID_VALUE;
}

static uint64_t get_zero(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

static void write_level(struct device *device, const struct reg_write *write)
{
    (void)write;
    update_irq(test_of(device));
}

static void write_send(struct device *device, const struct reg_write *write)
{
    if (write->written >= PCI_TEST_VECTORS) {
        device_guest_error(device, "no such vector", write->written, PCI_TEST_VECTORS);
        return;
    }
    if (!pci_message(&test_of(device)->fn, (unsigned)write->written)) {
        device_guest_error(device, "message asked for, but MSI and MSI-X are off", write->written,
                           0);
    }
}

static void write_clear(struct device *device, const struct reg_write *write)
{
    (void)write;
    for (unsigned i = 0; i < ARRAY_LEN(test_of(device)->counts); i++) {
        test_of(device)->counts[i] = 0;
    }
}

static void write_dma_start(struct device *device, const struct reg_write *write)
{
    struct pci_test *test = test_of(device);

    (void)write;
    if (test->dma_bytes == 0 || test->dma_bytes > PCI_TEST_DMA_MAX) {
        device_guest_error(device, "DMA length", test->dma_bytes, PCI_TEST_DMA_MAX);
        return;
    }
    if (event_is_armed(&test->dma_done)) {
        device_guest_error(device, "DMA started while it runs", test->dma_source, test->dma_target);
        return;
    }
    test->copy_source = test->dma_source;
    test->copy_target = test->dma_target;
    test->copy_bytes = test->dma_bytes;
    test->status |= PCI_TEST_STATUS_DMA_BUSY;
    sched_at(device->env.sched, &test->dma_done, device_now(device) + VTIME_NS(PCI_TEST_DMA_NS));
}

static void write_timer(struct device *device, const struct reg_write *write)
{
    struct pci_test *test = test_of(device);

    if (write->now == 0) {
        sched_cancel(device->env.sched, &test->timer);
        return;
    }
    sched_at(device->env.sched, &test->timer, device_now(device) + VTIME_NS(write->now));
}

static const struct reg test_regs[] = {
    {.name = "ID", .offset = PCI_TEST_ID, .size = 4, REG_UNBACKED, .get = get_id},
    {.name = "LEVEL",
     .offset = PCI_TEST_LEVEL,
     .size = 4,
     REG_BACKED(struct pci_test, level),
     .rw = TEST_LEVEL_BITS,
     .write = write_level},
    {.name = "SEND",
     .offset = PCI_TEST_SEND,
     .size = 4,
     REG_UNBACKED,
     .get = get_zero,
     .write = write_send},
    {.name = "STATUS",
     .offset = PCI_TEST_STATUS,
     .size = 4,
     REG_BACKED(struct pci_test, status),
     .w1c = STATUS_EVENTS},
    {.name = "SCRATCH",
     .offset = PCI_TEST_SCRATCH,
     .size = 8,
     REG_BACKED(struct pci_test, scratch),
     .rw = UINT64_MAX},
    {.name = "COUNTS",
     .offset = PCI_TEST_COUNTS,
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct pci_test, counts)},
    {.name = "CLEAR",
     .offset = PCI_TEST_CLEAR,
     .size = 4,
     REG_UNBACKED,
     .get = get_zero,
     .write = write_clear},
    {.name = "DMA_SOURCE",
     .offset = PCI_TEST_DMA_SOURCE,
     .size = 8,
     REG_BACKED(struct pci_test, dma_source),
     .rw = UINT64_MAX},
    {.name = "DMA_TARGET",
     .offset = PCI_TEST_DMA_TARGET,
     .size = 8,
     REG_BACKED(struct pci_test, dma_target),
     .rw = UINT64_MAX},
    {.name = "DMA_BYTES",
     .offset = PCI_TEST_DMA_BYTES,
     .size = 4,
     REG_BACKED(struct pci_test, dma_bytes),
     .rw = UINT32_MAX},
    {.name = "DMA_START",
     .offset = PCI_TEST_DMA_START,
     .size = 4,
     REG_UNBACKED,
     .get = get_zero,
     .write = write_dma_start},
    {.name = "TIMER_NS",
     .offset = PCI_TEST_TIMER_NS,
     .size = 4,
     REG_BACKED(struct pci_test, timer_ns),
     .rw = UINT32_MAX,
     .write = write_timer},
    {.name = "TIMER_COUNT",
     .offset = PCI_TEST_TIMER_COUNT,
     .size = 4,
     REG_BACKED(struct pci_test, timer_count)},
    {.name = NULL},
};

static const struct reg test_io_regs[] = {
    {.name = "IO_SCRATCH",
     .offset = PCI_TEST_IO_SCRATCH,
     .size = 4,
     REG_BACKED(struct pci_test, io_scratch),
     .rw = UINT32_MAX},
    {.name = "IO_SEND",
     .offset = PCI_TEST_IO_SEND,
     .size = 4,
     REG_UNBACKED,
     .get = get_zero,
     .write = write_send},
    {.name = NULL},
};

static const struct reg_bank test_banks[] = {
    {.name = "pci_test",
     .regs = test_regs,
     .bytes = TEST_BANK_BYTES,
     .min_access = 1,
     .max_access = 8},
    {.name = "pci_test_io",
     .regs = test_io_regs,
     .bytes = TEST_IO_BYTES,
     .min_access = 1,
     .max_access = 4},
    {.name = NULL},
};

/* ---- BAR 0: the bank, with accesses to SCRATCH counted ---- */

static void count(struct pci_fn *fn, bool is_write, uint64_t offset, unsigned size)
{
    struct pci_test *test = test_of(&fn->device);
    unsigned width = (unsigned)__builtin_ctz(size);

    if (offset < PCI_TEST_SCRATCH || offset >= PCI_TEST_SCRATCH + SCRATCH_BYTES) return;
    test->counts[(is_write ? WIDTHS : 0) + width]++;
}

static uint64_t bar0_read(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size)
{
    (void)bar;
    count(fn, false, offset, size);
    return reg_bank_read(&fn->device, &test_banks[0], offset, size);
}

static void bar0_write(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size,
                       uint64_t value)
{
    (void)bar;
    count(fn, true, offset, size);
    reg_bank_write(&fn->device, &test_banks[0], offset, size, value);
}

static uint64_t bar0_peek(struct pci_fn *fn, unsigned bar, uint64_t offset, unsigned size)
{
    (void)bar;
    return reg_bank_peek(&fn->device, &test_banks[0], offset, size);
}

static const struct pci_bar_ops bar0_ops = {
    .read = bar0_read, .write = bar0_write, .peek = bar0_peek, .min_access = 1, .max_access = 8};

/* ---- Description and class ---- */

static const struct pci_cap test_caps[] = {
    {.kind = PCI_CAP_PM, .offset = 0x40, .pm = {.version = 3, .pmc = PCI_PM_CAP_D1}},
    {.kind = PCI_CAP_MSI,
     .offset = 0x50,
     .msi = {.log2_vectors = 3, .is_64 = true, .has_mask = true}},
    {.kind = PCI_CAP_EXPRESS,
     .offset = 0x70,
     .express = {.type = PCI_EXPRESS_INTEGRATED,
                 .version = 2,
                 .devcap = PCI_DEVCAP_RBE | PCI_EXP_DEVCAP_FLR,
                 .devctl = PCI_DEVCTL_ENDPOINT}},
    {.kind = PCI_CAP_MSIX,
     .offset = 0xb0,
     .msix = {.vectors = PCI_TEST_VECTORS, .table_bar = 2, .pba_bar = 2, .pba = MSIX_PBA_OFFSET}},
    {.kind = PCI_CAP_AER, .offset = 0x100, .aer = {.severity = 0x62030}},
    {.kind = PCI_CAP_END},
};
static const struct pci_desc test_desc = {
    .vendor = PCI_TEST_VENDOR,
    .device = PCI_TEST_DEVICE,
    .class_code = TEST_CLASS,
    .revision = 1,
    .subsystem_vendor = PCI_TEST_VENDOR,
    .subsystem = PCI_TEST_DEVICE,
    .interrupt_pin = 1,
    .bar = {[0] = {.kind = PCI_BAR_MEM32, .bytes = TEST_BANK_BYTES, .ops = &bar0_ops},
            [2] = {.kind = PCI_BAR_MEM64, .is_prefetchable = true, .bytes = 0x10000},
            [4] = {.kind = PCI_BAR_IO, .bytes = TEST_IO_BYTES, .bank = &test_banks[1]}},
    .caps = test_caps,
};

static int test_init(struct device *device, const void *config, struct error *err)
{
    struct pci_test *test = test_of(device);

    event_init(&test->dma_done, "dma_done", dma_fire, test);
    event_init(&test->timer, "timer", timer_fire, test);
    return pci_fn_init(&test->fn, &test_desc, config, err);
}

static void test_reset(struct device *device, enum reset_kind kind)
{
    struct pci_test *test = test_of(device);

    sched_cancel(device->env.sched, &test->dma_done);
    sched_cancel(device->env.sched, &test->timer);
    test->copy_source = 0;
    test->copy_target = 0;
    test->copy_bytes = 0;
    pci_fn_reset(&test->fn, kind);
}

static int test_loaded(struct device *device, struct error *err)
{
    return pci_fn_loaded(&test_of(device)->fn, err);
}

static void test_fini(struct device *device)
{
    struct pci_test *test = test_of(device);

    sched_cancel(device->env.sched, &test->dma_done);
    sched_cancel(device->env.sched, &test->timer);
    pci_fn_fini(&test->fn);
}

static const struct snap_field test_state[] = {
    PCI_FN_STATE,
    SNAP_E(struct pci_test, dma_done),
    SNAP_E(struct pci_test, timer),
    SNAP_U(struct pci_test, copy_source),
    SNAP_U(struct pci_test, copy_target),
    SNAP_U_MAX(struct pci_test, copy_bytes, PCI_TEST_DMA_MAX),
    SNAP_END};
static const struct trace_desc *const test_events[] = {PCI_FN_EVENTS, NULL};

const struct device_class pci_test_class = {
    .name = "pci_test",
    .size = sizeof(struct pci_test),
    .version = 1,
    .banks = test_banks,
    .state = test_state,
    .events = test_events,
    .init = test_init,
    .reset = test_reset,
    .loaded = test_loaded,
    .fini = test_fini,
};

struct device *pci_test_add(struct device *host, struct error *err)
{
    return pci_add(pci_host_root(host, 0), PCI_DEVFN(PCI_TEST_SLOT, 0), "/pci/00/1d.0",
                   &pci_test_class, NULL, err);
}
