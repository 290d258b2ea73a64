/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt handler of the Vega 10 (OSSSYS 4.0): one ring in memory of 32-byte entries, a write
 * pointer that is also written to memory, a read pointer that software returns by register or
 * doorbell, and one interrupt.
 *
 * The interrupt condition is "the read pointer is behind the write pointer". With an MSI a message
 * is sent when it becomes true; with RPTR_REARM, also when software returns a read pointer that is
 * still behind; without it, with every entry.
 *
 * Not modelled: rings 1 and 2, storm and flood control, the VMID to PASID look-up (PASID is 0).
 * Chosen: timestamps count at the 27 MHz of the reference clock from power-on. A ring that does not
 * fit its size field (below 32 bytes or above 256 KiB) is a guest error, and entries are dropped.
 * An entry that finds the ring full sets RB_OVERFLOW, as long as WPTR_OVERFLOW_ENABLE is set, and is
 * lost.
 * Sources: hardware.md 5.2; register fields of osssys_4_0.
 */
#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define IH_AT(offset) ((offset)-VEGA10_IH_BASE)

#define RB_ENABLE                BIT32(0)
#define RB_WPTR_WRITEBACK_ENABLE BIT32(8)
#define RB_WPTR_OVERFLOW_ENABLE  BIT32(16)
#define RB_ENABLE_INTR           BIT32(17)
#define RB_RPTR_REARM            BIT32(21)
#define RB_WPTR_OVERFLOW_CLEAR   BIT32(31)
#define RB_CNTL_BITS             UINT32_C(0x7f7ff3bf)
#define MC_SPACE_BUS             1u /* the ring is addressed as the system bus sees it */

#define PTR_OFFSET    UINT32_C(0x3fffc)
#define PTR_OVERFLOW  BIT32(0)
#define DOORBELL_BITS (BIT32(28) | UINT32_C(0x3ffffff))
#define DOORBELL_ON   BIT32(28)

#define ENTRY_BYTES    32u
#define RING_BYTES_MAX UINT64_C(0x40000)
#define TIMESTAMP_HZ   27000000u
#define TIMESTAMP_BITS 48
#define INTERRUPT      0u  /* the only vector */
#define CLIENT_OSS     14u /* the name of this block in fault statuses of the MMHUB */

#define STATUS_IDLE UINT32_C(0x40047) /* idle, input, buffer, memory writes, self-generated */

static bool is_on(const struct vega10 *gpu)
{
    return (gpu->ih.rb_cntl & RB_ENABLE) != 0;
}

/* 0: no usable ring. RB_SIZE counts dwords as a power of two. */
static uint32_t ring_bytes(const struct vega10 *gpu)
{
    uint64_t bytes = UINT64_C(4) << bits_get(gpu->ih.rb_cntl, 5, 1);

    return bytes >= ENTRY_BYTES && bytes <= RING_BYTES_MAX ? (uint32_t)bytes : 0;
}

static uint32_t pointer(uint32_t stored)
{
    return stored & PTR_OFFSET;
}

static bool is_behind(const struct vega10 *gpu)
{
    return pointer(gpu->ih.rb_rptr) != pointer(gpu->ih.rb_wptr);
}

static void update_irq(struct vega10 *gpu)
{
    bool is_wanted = is_on(gpu) && (gpu->ih.rb_cntl & RB_ENABLE_INTR) != 0 && is_behind(gpu);

    pci_irq(&gpu->fn, INTERRUPT, is_wanted);
}

/* Software has returned a read pointer: the condition goes away and, when there is more, comes
 * back, which is a message. */
static void rearm(struct vega10 *gpu)
{
    if ((gpu->ih.rb_cntl & RB_RPTR_REARM) != 0) {
        pci_irq(&gpu->fn, INTERRUPT, false);
    }
    update_irq(gpu);
}

static void ring_write(struct vega10 *gpu, uint64_t address, const void *data, size_t bytes)
{
    uint16_t client = gpu->gmc.write_client;

    /* A DMA engine may be in the middle of its work. */
    gpu->gmc.write_client = CLIENT_OSS;
    if (bits_get(gpu->ih.rb_cntl, 30, 28) == MC_SPACE_BUS) {
        (void)pci_dma_write(&gpu->fn, address, data, bytes);
    } else {
        (void)vega10_memory_write(gpu, (unsigned)bits_get(gpu->ih.rb_cntl, 27, 24), address, data,
                                  bytes);
    }
    gpu->gmc.write_client = client;
}

static void put_entry(struct vega10 *gpu, const struct vega10_interrupt *interrupt)
{
    const struct clock clock = {.hz_num = TIMESTAMP_HZ, .hz_den = 1};
    uint64_t timestamp =
        clock_ticks(&clock, device_now(&gpu->fn.device)) & bits_mask(TIMESTAMP_BITS);
    uint64_t base = (uint64_t)gpu->ih.rb_base << 8 | (uint64_t)gpu->ih.rb_base_hi << 40;
    uint8_t entry[ENTRY_BYTES] = {0};

    le_put(entry, 4,
           interrupt->client | (uint32_t)interrupt->source << 8 | (uint32_t)interrupt->ring << 16 |
               (uint32_t)(interrupt->vmid & 0xf) << 24);
    le_put(entry + 4, 8, timestamp);
    for (size_t i = 0; i < ARRAY_LEN(interrupt->data); i++) {
        le_put(entry + 16 + 4 * i, 4, interrupt->data[i]);
    }
    ring_write(gpu, base + pointer(gpu->ih.rb_wptr), entry, sizeof(entry));
}

static void write_back(struct vega10 *gpu)
{
    uint64_t address = (uint64_t)gpu->ih.wptr_addr_hi << 32 | gpu->ih.wptr_addr_lo;
    uint8_t bytes[4];

    if ((gpu->ih.rb_cntl & RB_WPTR_WRITEBACK_ENABLE) == 0) return;
    le_put(bytes, sizeof(bytes), gpu->ih.rb_wptr);
    ring_write(gpu, address, bytes, sizeof(bytes));
}

void vega10_interrupt(struct vega10 *gpu, const struct vega10_interrupt *interrupt)
{
    struct vega10_ih *ih = &gpu->ih;
    uint32_t next;

    if (!is_on(gpu)) return;
    if (ring_bytes(gpu) == 0) {
        device_guest_error(&gpu->fn.device, "interrupt ring of no usable size", ih->rb_cntl, 0);
        return;
    }
    next = (pointer(ih->rb_wptr) + ENTRY_BYTES) & (ring_bytes(gpu) - 1);
    if (next == pointer(ih->rb_rptr)) {
        device_guest_error(&gpu->fn.device, "interrupt ring overflow", interrupt->client,
                           interrupt->source);
        if ((ih->rb_cntl & RB_WPTR_OVERFLOW_ENABLE) != 0) {
            ih->rb_wptr |= PTR_OVERFLOW;
            write_back(gpu);
        }
        return;
    }
    put_entry(gpu, interrupt);
    ih->rb_wptr = (ih->rb_wptr & PTR_OVERFLOW) | next;
    write_back(gpu);
    if ((ih->rb_cntl & RB_RPTR_REARM) == 0) {
        pci_irq(&gpu->fn, INTERRUPT, false);
    }
    update_irq(gpu);
}

void vega10_ih_doorbell(struct vega10 *gpu, unsigned index, uint64_t value)
{
    uint32_t offset = gpu->ih.doorbell_rptr & ~DOORBELL_ON;

    if ((gpu->ih.doorbell_rptr & DOORBELL_ON) == 0 || offset != index) {
        device_guest_error(&gpu->fn.device, "doorbell that the interrupt ring does not listen to",
                           index, value);
        return;
    }
    gpu->ih.rb_rptr = (uint32_t)value & PTR_OFFSET;
    rearm(gpu);
}

/* ---- Registers ---- */

static void rb_cntl_write(struct device *device, const struct reg_write *write)
{
    struct vega10 *gpu = vega10_of(device);

    if ((write->written & RB_WPTR_OVERFLOW_CLEAR) != 0) {
        gpu->ih.rb_wptr &= ~PTR_OVERFLOW;
    }
    update_irq(gpu);
}

static void rptr_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    rearm(vega10_of(device));
}

static void wptr_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    update_irq(vega10_of(device));
}

static uint64_t status_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return STATUS_IDLE;
}

#define STORED(text, at, member, bits)                                                   \
    {                                                                                    \
        .name = (text), .offset = (at), .size = 4, REG_BACKED(struct vega10, ih.member), \
        .rw = (bits)                                                                     \
    }
#define STORED_EACH(text, at, member, bits)                      \
    {                                                            \
        .name = (text), .offset = (at), .size = 4, .stride = 4,  \
        REG_BACKED_ARRAY(struct vega10, ih.member), .rw = (bits) \
    }

static const struct reg_field rb_cntl_fields[] = {
    {"MC_SPACE", 30, 28},
    {"MC_VMID", 27, 24},
    {"RPTR_REARM", 21, 21},
    {"MC_SNOOP", 20, 20},
    {"ENABLE_INTR", 17, 17},
    {"WPTR_OVERFLOW_ENABLE", 16, 16},
    {"WPTR_WRITEBACK_ENABLE", 8, 8},
    {"RB_SIZE", 5, 1},
    {"RB_ENABLE", 0, 0},
    {NULL, 0, 0},
};

const struct reg vega10_ih_regs[] = {
    STORED_EACH("IH_VMID_LUT", IH_AT(0x4280), vmid_lut, 0xffff),
    STORED_EACH("IH_VMID_LUT_MM", IH_AT(0x42c0), vmid_lut_mm, 0xffff),
    {.name = "IH_RB_CNTL",
     .offset = IH_AT(0x4480),
     .size = 4,
     REG_BACKED(struct vega10, ih.rb_cntl),
     .rw = RB_CNTL_BITS,
     .write = rb_cntl_write,
     .fields = rb_cntl_fields},
    STORED("IH_RB_BASE", IH_AT(0x4484), rb_base, UINT32_MAX),
    STORED("IH_RB_BASE_HI", IH_AT(0x4488), rb_base_hi, 0xff),
    {.name = "IH_RB_RPTR",
     .offset = IH_AT(0x448c),
     .size = 4,
     REG_BACKED(struct vega10, ih.rb_rptr),
     .rw = PTR_OFFSET,
     .write = rptr_write},
    {.name = "IH_RB_WPTR",
     .offset = IH_AT(0x4490),
     .size = 4,
     REG_BACKED(struct vega10, ih.rb_wptr),
     .rw = PTR_OFFSET | PTR_OVERFLOW,
     .write = wptr_write},
    STORED("IH_RB_WPTR_ADDR_HI", IH_AT(0x4494), wptr_addr_hi, 0xffff),
    STORED("IH_RB_WPTR_ADDR_LO", IH_AT(0x4498), wptr_addr_lo, 0xfffffffc),
    STORED("IH_DOORBELL_RPTR", IH_AT(0x449c), doorbell_rptr, DOORBELL_BITS),
    STORED("IH_CNTL", IH_AT(0x4580), cntl, UINT32_C(0x01f07fdf)),
    {.name = "IH_STATUS", .offset = IH_AT(0x4588), .size = 4, REG_UNBACKED, .get = status_get},
    STORED("IH_INT_FLOOD_CNTL", IH_AT(0x45d4), int_flood_cntl, 0xf),
    STORED("IH_STORM_CLIENT_LIST_CNTL", IH_AT(0x45e8), storm_client_list_cntl, 0xfffffffe),
    STORED("IH_CHICKEN", IH_AT(0x48b0), chicken, UINT32_MAX),
    {.name = NULL},
};

/* pci_fn_reset() has dropped the interrupt condition. */
/* A loaded snapshot needs no counterpart: every use masks or compares the pointers, and the
 * condition is saved with the function. */
void vega10_ih_reset(struct vega10 *gpu)
{
    update_irq(gpu);
}
