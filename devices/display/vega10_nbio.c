/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NBIO: what the Vega 10 shows of itself before any engine runs. Identity and memory size, scratch
 * registers that firmware and drivers share, the two indirect windows (MM_INDEX: registers and video
 * memory; PCIE_INDEX2: the system management network), doorbell apertures, HDP flush; and the
 * window to the video BIOS, of which there is none.
 *
 * Not modelled: the system management network (reads 0, traced), virtual functions, ring of BIF
 * errors, HDP caches: writes of cores to video memory are there at once, so a flush is done when it
 * is asked for.
 * Chosen: MM_DATA that leads to MM_INDEX, MM_DATA or MM_INDEX_HI themselves reads 0 and is a guest
 * error. BIF_FB_EN, BUS_CNTL and INTERRUPT_CNTL are storage.
 * Sources: register names and offsets of nbio_6_1 (hardware.md 5.1).
 */
#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define BIF_AT(offset)  ((offset)-VEGA10_BIF_BASE)
#define NBIO_AT(offset) ((offset)-VEGA10_NBIO_BASE)
#define ROM_AT(offset)  ((offset)-VEGA10_ROM_BASE)

#define MM_INDEX_APER   BIT32(31) /* video memory, not registers */
#define MM_WINDOW_BYTES 0x1cu     /* MM_INDEX .. MM_INDEX_HI */
#define DATA_BYTES      4u

#define BIOS_SCRATCH_7           7
#define BIOS_SCRATCH_7_ASIC_INIT BIT32(9)

#define STRAP0_VALUE   (UINT32_C(0x6867) | BIT32(28)) /* device id, function enabled; revision 0 */
#define CONFIG_MEMSIZE ((uint32_t)(VEGA10_VRAM_BYTES >> 20))

#define DOORBELL_APER_EN  BIT32(0)
#define HDP_FLUSH_CLIENTS UINT32_C(0xfff)
#define FB_EN_BITS        UINT32_C(0x3)
#define SELFRING_BITS     UINT32_C(0xfff03)
#define ROM_INDEX_BITS    UINT32_C(0x00fffffc)
#define DOORBELL_BITS     UINT32_C(0x1f0ffc) /* OFFSET 11:2, SIZE 20:16 */

/* ---- MM_INDEX: an indirect way to registers beyond the I/O window, and to video memory ---- */

static bool is_vram_index(const struct vega10 *gpu)
{
    return (gpu->nbio.mm_index & MM_INDEX_APER) != 0;
}

/* Address bits above 30 come from MM_INDEX_HI. */
static uint64_t vram_index(const struct vega10 *gpu)
{
    return (uint64_t)gpu->nbio.mm_index_hi << 31 | (gpu->nbio.mm_index & ~MM_INDEX_APER & ~3u);
}

/* Offset in BAR 5, or VEGA10_MMIO_BYTES when the index leads nowhere. */
static uint32_t register_index(const struct vega10 *gpu)
{
    uint32_t offset = gpu->nbio.mm_index & ~3u;

    return offset < MM_WINDOW_BYTES || offset >= VEGA10_MMIO_BYTES ? VEGA10_MMIO_BYTES : offset;
}

static uint64_t mm_data_get(struct device *device, unsigned index, uint64_t stored)
{
    struct vega10 *gpu = vega10_of(device);
    const uint8_t *memory;

    (void)index, (void)stored;
    if (!is_vram_index(gpu)) {
        return register_index(gpu) < VEGA10_MMIO_BYTES
                   ? vega10_mmio_peek(gpu, register_index(gpu), DATA_BYTES)
                   : 0;
    }
    memory = vega10_vram_at(gpu, vram_index(gpu), DATA_BYTES);
    return memory != NULL ? le_get(memory, DATA_BYTES) : UINT32_MAX;
}

/* mm_data_get() gave the value; this is what a read does besides. */
static void mm_data_read(struct device *device, unsigned index, uint64_t value)
{
    struct vega10 *gpu = vega10_of(device);

    (void)index, (void)value;
    if (is_vram_index(gpu)) {
        if (vega10_vram_at(gpu, vram_index(gpu), DATA_BYTES) == NULL) {
            device_guest_error(device, "MM_DATA beyond video memory", vram_index(gpu), 0);
        }
    } else if (register_index(gpu) < VEGA10_MMIO_BYTES) {
        (void)vega10_mmio_read(gpu, register_index(gpu), DATA_BYTES);
    } else {
        device_guest_error(device, "MM_INDEX leads nowhere", gpu->nbio.mm_index, 0);
    }
}

static void mm_data_write(struct device *device, const struct reg_write *write)
{
    struct vega10 *gpu = vega10_of(device);
    uint8_t bytes[DATA_BYTES];

    if (is_vram_index(gpu)) {
        le_put(bytes, DATA_BYTES, write->written);
        (void)vega10_vram_write(gpu, vram_index(gpu), bytes, DATA_BYTES);
    } else if (register_index(gpu) < VEGA10_MMIO_BYTES) {
        vega10_mmio_write(gpu, register_index(gpu), DATA_BYTES, write->written);
    } else {
        device_guest_error(device, "MM_INDEX leads nowhere", gpu->nbio.mm_index, write->written);
    }
}

/* ---- PCIE_INDEX2: the system management network, of which nothing is there ---- */

static uint64_t smn_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

static void smn_read(struct device *device, unsigned index, uint64_t value)
{
    (void)index, (void)value;
    device_unimplemented(device, "read of the management network",
                         vega10_of(device)->nbio.pcie_index2, 0);
}

static void smn_write(struct device *device, const struct reg_write *write)
{
    device_unimplemented(device, "write to the management network",
                         vega10_of(device)->nbio.pcie_index2, write->written);
}

/* ---- Doorbells ---- */

static bool in_range(const struct vega10 *gpu, enum vega10_doorbell_range range, unsigned index)
{
    unsigned first = (unsigned)bits_get(gpu->nbio.doorbell_range[range], 11, 2);
    unsigned count = (unsigned)bits_get(gpu->nbio.doorbell_range[range], 20, 16);

    return index >= first && index - first < count;
}

void vega10_nbio_doorbell(struct vega10 *gpu, uint64_t offset, unsigned bytes, uint64_t value)
{
    unsigned index = (unsigned)(offset / DATA_BYTES);

    if ((gpu->nbio.doorbell_aper_en & DOORBELL_APER_EN) == 0) {
        device_guest_error(&gpu->fn.device, "doorbell with its aperture off", offset, value);
    } else if (in_range(gpu, VEGA10_DOORBELL_IH, index)) {
        vega10_ih_doorbell(gpu, index, value);
    } else if (in_range(gpu, VEGA10_DOORBELL_SDMA0, index) ||
               in_range(gpu, VEGA10_DOORBELL_SDMA1, index)) {
        vega10_sdma_doorbell(gpu, index, value);
    } else {
        device_unimplemented(&gpu->fn.device, "doorbell of no modelled block", offset, bytes);
    }
}

/* ---- Constants and small things ---- */

static uint64_t strap0_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return STRAP0_VALUE;
}

static uint64_t memsize_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return CONFIG_MEMSIZE;
}

/* No virtual function, and no hypervisor above this one. */
static uint64_t iov_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

static uint64_t aper_size_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index, (void)stored;
    return (uint32_t)vega10_of(device)->fn.bars[0].bytes;
}

static uint64_t reg_aper_size_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return VEGA10_MMIO_BYTES;
}

static uint64_t f0_base_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index, (void)stored;
    return (uint32_t)vega10_of(device)->fn.bars[0].address;
}

/* Whoever asked is answered at once. */
static uint64_t hdp_done_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index, (void)stored;
    return vega10_of(device)->nbio.hdp_flush_req;
}

static uint64_t zero_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

/* ---- SMUIO: the other way to the video BIOS, whose flash is as empty as the expansion ROM ---- */

static uint64_t rom_data_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return UINT32_MAX;
}

static void rom_data_read(struct device *device, unsigned index, uint64_t value)
{
    struct vega10 *gpu = vega10_of(device);

    (void)index, (void)value;
    gpu->nbio.rom_index = (gpu->nbio.rom_index + DATA_BYTES) & ROM_INDEX_BITS;
}

/* ---- Tables ---- */

#define STORED(text, at, member, bits)                                                     \
    {                                                                                      \
        .name = (text), .offset = (at), .size = 4, REG_BACKED(struct vega10, nbio.member), \
        .rw = (bits)                                                                       \
    }
#define STORED_EACH(text, at, member, bits)                        \
    {                                                              \
        .name = (text), .offset = (at), .size = 4, .stride = 4,    \
        REG_BACKED_ARRAY(struct vega10, nbio.member), .rw = (bits) \
    }
#define COMPUTED(text, at, function)                                               \
    {                                                                              \
        .name = (text), .offset = (at), .size = 4, REG_UNBACKED, .get = (function) \
    }

const struct reg vega10_bif_regs[] = {
    STORED("MM_INDEX", BIF_AT(0x00), mm_index, UINT32_MAX),
    {.name = "MM_DATA",
     .offset = BIF_AT(0x04),
     .size = 4,
     REG_UNBACKED,
     .get = mm_data_get,
     .read = mm_data_read,
     .write = mm_data_write},
    STORED("MM_INDEX_HI", BIF_AT(0x18), mm_index_hi, UINT32_MAX),
    STORED("PCIE_INDEX2", BIF_AT(0x38), pcie_index2, UINT32_MAX),
    {.name = "PCIE_DATA2",
     .offset = BIF_AT(0x3c),
     .size = 4,
     REG_UNBACKED,
     .get = smn_get,
     .read = smn_read,
     .write = smn_write},
    STORED_EACH("SBIOS_SCRATCH", BIF_AT(0x120), sbios_scratch, UINT32_MAX),
    STORED_EACH("BIOS_SCRATCH", BIF_AT(0x130), bios_scratch, UINT32_MAX),
    {.name = NULL},
};

const struct reg vega10_rom_regs[] = {
    STORED("ROM_INDEX", ROM_AT(0x5a0a0), rom_index, ROM_INDEX_BITS),
    {.name = "ROM_DATA",
     .offset = ROM_AT(0x5a0a4),
     .size = 4,
     REG_UNBACKED,
     .get = rom_data_get,
     .read = rom_data_read},
    {.name = NULL},
};

const struct reg vega10_nbio_regs[] = {
    COMPUTED("RCC_DEV0_EPF0_STRAP0", NBIO_AT(0x34bc), strap0_get),
    STORED("RCC_DOORBELL_APER_EN", NBIO_AT(0x3780), doorbell_aper_en, DOORBELL_APER_EN),
    COMPUTED("RCC_CONFIG_MEMSIZE", NBIO_AT(0x378c), memsize_get),
    COMPUTED("RCC_IOV_FUNC_IDENTIFIER", NBIO_AT(0x3794), iov_get),
    COMPUTED("RCC_CONFIG_F0_BASE", NBIO_AT(0x3798), f0_base_get),
    COMPUTED("RCC_CONFIG_APER_SIZE", NBIO_AT(0x379c), aper_size_get),
    COMPUTED("RCC_CONFIG_REG_APER_SIZE", NBIO_AT(0x37a0), reg_aper_size_get),
    STORED("BUS_CNTL", NBIO_AT(0x381c), bus_cntl, UINT32_MAX),
    STORED_EACH("BIF_SCRATCH", NBIO_AT(0x3820), bif_scratch, UINT32_MAX),
    STORED("INTERRUPT_CNTL", NBIO_AT(0x3844), interrupt_cntl, UINT32_MAX),
    STORED("INTERRUPT_CNTL2", NBIO_AT(0x3848), interrupt_cntl2, UINT32_MAX),
    STORED("DOORBELL_SELFRING_GPA_APER_BASE_HIGH", NBIO_AT(0x384c), selfring_base_high, UINT32_MAX),
    STORED("DOORBELL_SELFRING_GPA_APER_BASE_LOW", NBIO_AT(0x3850), selfring_base_low, UINT32_MAX),
    STORED("DOORBELL_SELFRING_GPA_APER_CNTL", NBIO_AT(0x3854), selfring_cntl, SELFRING_BITS),
    COMPUTED("HDP_REG_COHERENCY_FLUSH_CNTL", NBIO_AT(0x3858), zero_get),
    COMPUTED("HDP_MEM_COHERENCY_FLUSH_CNTL", NBIO_AT(0x385c), zero_get),
    STORED("BIF_DOORBELL_INT_CNTL", NBIO_AT(0x3874), doorbell_int_cntl, 0),
    STORED("BIF_FB_EN", NBIO_AT(0x387c), fb_en, FB_EN_BITS),
    STORED("GPU_HDP_FLUSH_REQ", NBIO_AT(0x3898), hdp_flush_req, HDP_FLUSH_CLIENTS),
    COMPUTED("GPU_HDP_FLUSH_DONE", NBIO_AT(0x389c), hdp_done_get),
    STORED_EACH("REMAP_HDP_FLUSH_CNTL", NBIO_AT(0x3934), remap_hdp, UINT32_MAX),
    STORED_EACH("BIF_DOORBELL_RANGE", NBIO_AT(0x3bc0), doorbell_range, DOORBELL_BITS),
    {.name = NULL},
};
