/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory and port accesses and DMA of a PCI function (--test-device): each width arrives as one
 * access of that width, BARs move, enable bits of the command register, DMA copies, code written by
 * DMA runs, DMA to nowhere is an error. PCI 3.0, 6.2.
 */
#include "devices/pci/test_function.h"
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

static uintptr_t fn, bar;

static uint32_t seen(unsigned index)
{
    return mmio_read32(bar + PCI_TEST_COUNTS + 4 * index);
}

static void clear(void)
{
    mmio_write32(bar + PCI_TEST_CLEAR, 0);
}

static void widths(void)
{
    const uintptr_t at = bar + PCI_TEST_SCRATCH;
    clear();
    mmio_write64(at, 0x1122334455667788ull);
    report(seen(7) == 1 && seen(6) == 0, "an 8-byte store is one access of 8");
    report_eq(mmio_read64(at), 0x1122334455667788ull, "8-byte load");
    report(seen(3) == 1 && seen(2) == 0, "is one access of 8");
    report_eq(mmio_read32(at + 4), 0x11223344, "4-byte load");
    report_eq(mmio_read16(at + 2), 0x5566, "2-byte load");
    report_eq(mmio_read8(at + 7), 0x11, "1-byte load");
    report(seen(2) == 1 && seen(1) == 1 && seen(0) == 1, "one access of each width");
    clear();
    mmio_write8(at + 1, 0xaa);
    mmio_write16(at + 2, 0xbbbb);
    mmio_write32(at + 4, 0xcccccccc);
    report(seen(4) == 1 && seen(5) == 1 && seen(6) == 1, "stores of 1, 2 and 4 bytes");
    report_eq(mmio_read64(at), 0xccccccccbbbbaa88ull, "and their effect");
    clear();
    __asm__ volatile("addq $1, (%0)" : : "r"(at) : "memory", "cc");
    report(seen(3) == 1 && seen(7) == 1, "read-modify-write: one load, one store");
    report_eq(mmio_read64(at), 0xccccccccbbbbaa89ull, "and its effect");
    clear();
    uint64_t eax = 0xccccccccbbbbaa89ull;
    __asm__ volatile("lock cmpxchgq %2, (%1)" : "+a"(eax) : "r"(at), "r"(5ull) : "memory", "cc");
    report_eq(mmio_read64(at), 5, "LOCK CMPXCHG on a device register");
    static uint64_t block[2];
    clear();
    __asm__ volatile("movl $1, %%ecx\n rep movsq" : : "S"(at), "D"(block) : "ecx", "memory");
    report(block[0] == 5 && seen(3) == 1, "REP MOVSQ from a register is one access of 8");
}

STUB(store64_loop, "movl $1000, %ecx\n 1:",
     "movq %rcx, (%rdi)\n movq (%rdi), %rax\n cmpq %rcx, %rax\n jne 2f\n decl %ecx\n jnz 1b\n 2: "
     "movl %ecx, %eax");

static void many(void)
{
    clear();
    struct fault f = attempt(store64_loop, bar + PCI_TEST_SCRATCH, 0);
    report_eq(f.value, 0, "1000 8-byte stores and loads in one loop");
    print("  %u stores and %u loads of 8 bytes\n", seen(7), seen(3));
    report(seen(7) == 1000 && seen(3) == 1000, "each arrived exactly once");
}

static uint16_t io_base(void)
{
    return (uint16_t)(mmio_read32(fn + 0x20) & ~3u);
}

static void io_ports(void)
{
    report_eq(mmio_read32(fn + 0x20) & 1, 1, "BAR 4 is I/O");
    uint16_t io = io_base();
    out32(io, 0x12345678);
    report_eq(in32(io), 0x12345678, "4-byte port");
    report_eq(in16((uint16_t)(io + 2)), 0x1234, "2 of its bytes");
    out8((uint16_t)(io + 1), 0xab);
    report_eq(in32(io), 0x1234ab78, "1 byte written");
}

static void moving(void)
{
    uint32_t old = mmio_read32(fn + 0x10), old_io = mmio_read32(fn + 0x20);
    uint16_t io = io_base();
    mmio_write64(bar + PCI_TEST_SCRATCH, 0x77);
    mmio_write16(fn + 4, 4);
    report_eq(mmio_read32(bar + PCI_TEST_ID), 0xffffffff, "memory decoding off: nobody there");
    report_eq(in32(io), 0xffffffff, "I/O decoding off: nobody there");
    uintptr_t moved = (uintptr_t)(MAP_MMIO32_END - 0x200000);
    mmio_write32(fn + 0x10, (uint32_t)moved);
    mmio_write32(fn + 0x20, 0xfe00);
    mmio_write16(fn + 4, 7);
    report_eq(mmio_read32(moved + PCI_TEST_ID), PCI_TEST_ID_VALUE,
              "BAR moved: it answers at the new address");
    report_eq(mmio_read32(moved + PCI_TEST_SCRATCH), 0x77, "with its state");
    report_eq(mmio_read32(bar + PCI_TEST_ID), 0xffffffff, "and not at the old one");
    report_eq(in32(0xfe00), 0x1234ab78, "I/O BAR moved");
    report_eq(in32(io), 0xffffffff, "and gone from the old ports");
    mmio_write16(fn + 4, 4);
    mmio_write32(fn + 0x10, old);
    mmio_write32(fn + 0x20, old_io);
    mmio_write16(fn + 4, 7);
    report_eq(mmio_read32(bar + PCI_TEST_ID), PCI_TEST_ID_VALUE, "moved back");
}

static uint32_t dma(uint64_t source, uint64_t target, uint32_t bytes)
{
    mmio_write32(bar + PCI_TEST_STATUS, PCI_TEST_STATUS_DMA_DONE | PCI_TEST_STATUS_DMA_ERROR);
    mmio_write64(bar + PCI_TEST_DMA_SOURCE, source);
    mmio_write64(bar + PCI_TEST_DMA_TARGET, target);
    mmio_write32(bar + PCI_TEST_DMA_BYTES, bytes);
    mmio_write32(bar + PCI_TEST_DMA_START, 1);
    uint32_t start = pm_timer();
    while (!(mmio_read32(bar + PCI_TEST_STATUS) & PCI_TEST_STATUS_DMA_DONE) &&
           pm_before(start, 1)) {}
    return mmio_read32(bar + PCI_TEST_STATUS);
}

static void copies(void)
{
    uint8_t *from = pages_alloc(2), *to = pages_alloc(2);
    for (unsigned i = 0; i < 8192; i++) {
        from[i] = (uint8_t)(i * 7);
    }
    uint32_t status = dma((uintptr_t)from, (uintptr_t)to, 4096);
    report(status == PCI_TEST_STATUS_DMA_DONE && memcmp(from, to, 4096) == 0, "DMA of a page");
    status = dma((uintptr_t)from + 3, (uintptr_t)to + 4090, 100);
    report(status == PCI_TEST_STATUS_DMA_DONE && memcmp(from + 3, to + 4090, 100) == 0,
           "DMA across pages, misaligned");
    report_eq(to[4190], 0, "and not a byte more");
    report(dma((uintptr_t)from, MAP_MMIO32_END - 0x100000, 64) & PCI_TEST_STATUS_DMA_ERROR,
           "DMA to nowhere is an error");
    report(dma(MAP_MMIO32_END - 0x100000, (uintptr_t)to, 64) & PCI_TEST_STATUS_DMA_ERROR,
           "DMA from nowhere is an error");
    mmio_write16(fn + 4, 3);
    report(dma((uintptr_t)from, (uintptr_t)to, 64) & PCI_TEST_STATUS_DMA_ERROR,
           "no bus mastering, no DMA");
    mmio_write16(fn + 4, 7);
}

typedef uint32_t (*code_fn)(void);

static void code(void)
{
    uint8_t *page = pages_alloc(2), *source = pages_alloc(1);
    uint8_t *alias = page_map(TEST_VA, (uintptr_t)page, PTE_P | PTE_W | PTE_U, 1);
    static const uint8_t program[] = {0xb8, 0, 0, 0, 0, 0xc3}; /* mov $imm32, %eax; ret */
    memcpy(source, program, sizeof(program));
    memcpy(page, program, sizeof(program));
    unsigned stale = 0, stale_alias = 0, stale_part = 0;
    for (uint32_t i = 1; i <= 20; i++) {
        stale += ((code_fn)(uintptr_t)page)() != i - 1;
        memcpy(source + 1, &i, 4);
        dma((uintptr_t)source, (uintptr_t)page, sizeof(program));
        stale += ((code_fn)(uintptr_t)page)() != i;
        stale_alias += ((code_fn)(uintptr_t)alias)() != i;
    }
    report_eq(stale, 0, "code written by DMA is what runs: T4 of cores.md");
    report_eq(stale_alias, 0, "at another virtual address too");
    for (uint32_t i = 0; i < 20; i++) {
        uint8_t low = (uint8_t)(100 + i);
        source[0] = low;
        ((code_fn)(uintptr_t)page)();
        dma((uintptr_t)source, (uintptr_t)page + 1, 1);
        stale_part += (((code_fn)(uintptr_t)page)() & 0xff) != low;
    }
    report_eq(stale_part, 0, "one byte of an instruction written by DMA");
    memcpy(page + 4094, program, sizeof(program));
    unsigned stale_cross = 0;
    for (uint32_t i = 0; i < 20; i++) {
        source[0] = (uint8_t)i;
        ((code_fn)(uintptr_t)(page + 4094))();
        dma((uintptr_t)source, (uintptr_t)page + 4098, 1);
        stale_cross += (((code_fn)(uintptr_t)(page + 4094))() >> 24) != i;
    }
    report_eq(stale_cross, 0, "second page of an instruction that crosses pages");
}

void guest_main(void)
{
    fn = pci_find((uint32_t)PCI_TEST_DEVICE << 16 | PCI_TEST_VENDOR);
    report(fn != 0, "the test function is there (--test-device)");
    if (fn == 0) return;
    mmio_write16(fn + 4, 7);
    bar = mmio_read32(fn + 0x10) & ~15u;
    widths();
    many();
    io_ports();
    moving();
    copies();
    code();
}
