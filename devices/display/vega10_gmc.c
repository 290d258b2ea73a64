/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GPU addresses: what an address means to an engine behind the MMHUB (docs/hardware/vega10.md,
 * "GPU addresses").
 *
 * Modelled: the frame buffer location, the AGP aperture, sixteen VM contexts with up to three levels
 * of page directories, block size, directory entries that are large pages, permissions; fault status
 * and address, fault interrupts; invalidation requests, acknowledged at once.
 * Not modelled: caches of translations (every access walks, so nothing is stale and an
 * invalidation has nothing to do), retry faults, partially resident pages, translate-further
 * entries, ATS (addresses of the IOMMU), the GFXHUB's own walks, default pages: an access that
 * faults is dropped, and reads ones.
 * Chosen: in context 0 the frame buffer and AGP apertures are decoded whatever the system aperture
 * says; a fault whose interrupt is on is reported each time, not only when the status was empty.
 */
#include "devices/display/vega10_gmc.h"

#include <string.h>

#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"

#define PAGE_SHIFT      12
#define ADDRESS_BITS    48
#define DIRECTORY_BITS  9u
#define CLIENT_VMC      0x12u /* interrupts of the MMHUB */
#define SOURCE_VM_FAULT 0u
#define IH_WRITE_FAULT  0x20u /* in the second data word */

/* Why a translation failed: the walker's error code, the permissions, and which bit of
 * VM_CONTEXTn_CNTL turns its interrupt on. */
struct fault {
    uint32_t status;
    uint32_t interrupt_enable;
};

#define WALKER(code)       ((uint32_t)(code) << 1)
#define PERMISSION(lacked) ((uint32_t)(lacked) << 4)
#define LACKS_VALID        1u
#define LACKS_READ         2u
#define LACKS_WRITE        4u

static const struct fault fault_range = {.status = WALKER(1), .interrupt_enable = 1u << 9};
static const struct fault fault_further = {.status = WALKER(5), .interrupt_enable = 1u << 13};
static const struct fault fault_nack = {.status = WALKER(6) | VM_FAULT_MAPPING_ERROR,
                                        .interrupt_enable = 1u << 13};
/* By level of the directory that the bad entry stands in, 1..3. */
static const struct fault fault_directory[] = {
    {.status = 0, .interrupt_enable = 0},
    {.status = WALKER(2), .interrupt_enable = 1u << 13},
    {.status = WALKER(3), .interrupt_enable = 1u << 13},
    {.status = WALKER(4), .interrupt_enable = 1u << 13},
};
static const struct fault fault_valid_read = {.status = PERMISSION(LACKS_VALID | LACKS_READ),
                                              .interrupt_enable = 1u << 15};
static const struct fault fault_valid_write = {.status = PERMISSION(LACKS_VALID | LACKS_WRITE),
                                               .interrupt_enable = 1u << 15};
static const struct fault fault_read = {.status = PERMISSION(LACKS_READ),
                                        .interrupt_enable = 1u << 17};
static const struct fault fault_write = {.status = PERMISSION(LACKS_WRITE),
                                         .interrupt_enable = 1u << 19};

/* One access on its way. */
struct access {
    unsigned vmid;
    uint64_t address;
    uint64_t bytes;
    bool is_write;
};

static uint64_t pair(uint32_t hi, uint32_t lo)
{
    return (uint64_t)hi << 32 | lo;
}

/* ---- Faults ---- */

void vega10_gmc_clear_fault(struct vega10_hub *hub)
{
    hub->fault_status = 0;
    hub->fault_addr_lo = 0;
    hub->fault_addr_hi = 0;
}

static void record_fault(struct vega10 *gpu, const struct access *access, uint32_t why)
{
    struct vega10_hub *hub = &gpu->gmc.hub[VEGA10_MMHUB];
    uint32_t client = access->is_write ? gpu->gmc.write_client : gpu->gmc.read_client;
    uint64_t page = access->address >> PAGE_SHIFT;

    if (hub->fault_status != 0 && (hub->fault_cntl & VM_FAULT_CNTL_UPDATE) == 0) {
        hub->fault_status |= VM_FAULT_MORE_FAULTS;
        return;
    }
    hub->fault_status = why | client << VM_FAULT_CID_SHIFT | (access->is_write ? VM_FAULT_RW : 0) |
                        (uint32_t)access->vmid << VM_FAULT_VMID_SHIFT;
    hub->fault_addr_lo = (uint32_t)page;
    hub->fault_addr_hi = (uint32_t)(page >> 32) & 0xfu;
}

static struct vega10_span fault(struct vega10 *gpu, const struct access *access,
                                const struct fault *why)
{
    const struct vega10_hub *hub = &gpu->gmc.hub[VEGA10_MMHUB];
    uint64_t page = access->address >> PAGE_SHIFT;
    uint64_t left = (UINT64_C(1) << PAGE_SHIFT) - (access->address & ((1u << PAGE_SHIFT) - 1));

    device_guest_error(&gpu->fn.device, "GPU address fault", access->address,
                       pair(access->vmid, why->status));
    record_fault(gpu, access, why->status);
    if ((hub->context_cntl[access->vmid] & why->interrupt_enable) != 0 && !gpu->gmc.is_reporting) {
        gpu->gmc.is_reporting = true;
        vega10_interrupt(gpu,
                         &(struct vega10_interrupt){
                             .client = CLIENT_VMC,
                             .source = SOURCE_VM_FAULT,
                             .vmid = (uint8_t)access->vmid,
                             .data = {(uint32_t)page, ((uint32_t)(page >> 32) & 0xfu) |
                                                          (access->is_write ? IH_WRITE_FAULT : 0)},
                         });
        gpu->gmc.is_reporting = false;
    }
    return (struct vega10_span){.target = VEGA10_TARGET_FAULT,
                                .address = access->address,
                                .bytes = min_u64(access->bytes, left)};
}

/* ---- Apertures ---- */

/* Units of 16 MiB, both ends inclusive. */
static bool is_within(uint64_t address, uint32_t first, uint32_t last)
{
    uint64_t unit = address >> 24;

    return unit >= first && unit <= last;
}

static uint64_t aperture_left(const struct access *access, uint32_t last)
{
    return min_u64(access->bytes, ((uint64_t)last + 1) * (UINT64_C(1) << 24) - access->address);
}

static struct vega10_span video_span(struct vega10 *gpu, const struct access *access,
                                     uint64_t offset, uint64_t bytes)
{
    if (offset >= VEGA10_VRAM_BYTES) return fault(gpu, access, &fault_nack);
    return (struct vega10_span){.target = VEGA10_TARGET_VRAM,
                                .address = offset,
                                .bytes = min_u64(bytes, VEGA10_VRAM_BYTES - offset)};
}

/* ---- Page tables ---- */

static bool read_entry(struct vega10 *gpu, uint64_t table, uint64_t index, uint64_t *entry)
{
    uint64_t address = (table & VEGA10_PDE_ADDRESS) + index * sizeof(*entry);

    if ((table & VEGA10_PTE_SYSTEM) != 0) {
        return pci_dma_read(&gpu->fn, address, entry, sizeof(*entry)) == DMA_OK;
    }
    return vega10_vram_read(gpu, address, entry, sizeof(*entry));
}

/* A page of 1 << bits bytes was found; `relative` is the address from the context's start on. */
static struct vega10_span page_span(struct vega10 *gpu, const struct access *access, uint64_t entry,
                                    unsigned bits, uint64_t relative)
{
    uint64_t size = UINT64_C(1) << bits;
    uint64_t offset = relative & (size - 1);
    uint64_t physical = ((entry & VEGA10_PTE_ADDRESS) & ~(size - 1)) + offset;
    uint64_t bytes = min_u64(access->bytes, size - offset);

    if ((entry & VEGA10_PTE_VALID) == 0) {
        return fault(gpu, access, access->is_write ? &fault_valid_write : &fault_valid_read);
    }
    if (!access->is_write && (entry & VEGA10_PTE_READABLE) == 0) {
        return fault(gpu, access, &fault_read);
    }
    if (access->is_write && (entry & VEGA10_PTE_WRITABLE) == 0) {
        return fault(gpu, access, &fault_write);
    }
    if ((entry & VEGA10_PTE_SYSTEM) != 0) {
        return (struct vega10_span){
            .target = VEGA10_TARGET_SYSTEM, .address = physical, .bytes = bytes};
    }
    return video_span(gpu, access, physical, bytes);
}

/* Down from the root: at most three directories and a table, one read each. */
static struct vega10_span walk(struct vega10 *gpu, const struct access *access, uint64_t relative)
{
    const struct vega10_hub *hub = &gpu->gmc.hub[VEGA10_MMHUB];
    uint32_t cntl = hub->context_cntl[access->vmid];
    unsigned depth = cntl >> 1 & 3;
    unsigned block = DIRECTORY_BITS + (cntl >> 3 & 0xf);
    uint64_t page = relative >> PAGE_SHIFT;
    uint64_t entry = pair(hub->base_hi[access->vmid], hub->base_lo[access->vmid]);
    unsigned level;

    for (level = depth;; level--) {
        unsigned shift = level == 0 ? 0 : block + DIRECTORY_BITS * (level - 1);
        unsigned width = level == 0 ? block : DIRECTORY_BITS;
        uint64_t index = page >> shift;

        if (level != depth) index &= (UINT64_C(1) << width) - 1;
        if (!read_entry(gpu, entry, index, &entry)) return fault(gpu, access, &fault_nack);
        if (level == 0 || (entry & VEGA10_PDE_PTE) != 0) {
            return page_span(gpu, access, entry, PAGE_SHIFT + shift, relative);
        }
        if ((entry & VEGA10_PTE_VALID) == 0) return fault(gpu, access, &fault_directory[level]);
        if ((entry & VEGA10_PTE_FURTHER) != 0) {
            device_unimplemented(&gpu->fn.device, "translate-further page directory entry", entry,
                                 access->address);
            return fault(gpu, access, &fault_further);
        }
    }
}

static struct vega10_span translate_paged(struct vega10 *gpu, const struct access *access)
{
    const struct vega10_hub *hub = &gpu->gmc.hub[VEGA10_MMHUB];
    unsigned vmid = access->vmid;
    uint64_t start = pair(hub->start_hi[vmid], hub->start_lo[vmid]);
    uint64_t end = pair(hub->end_hi[vmid], hub->end_lo[vmid]);
    uint64_t page = access->address >> PAGE_SHIFT;
    bool is_on = (hub->context_cntl[vmid] & VM_CONTEXT_ENABLE) != 0 &&
                 (hub->contexts_disable >> vmid & 1) == 0;

    if (!is_on || page < start || page > end) return fault(gpu, access, &fault_range);
    return walk(gpu, access, access->address - (start << PAGE_SHIFT));
}

uint64_t vega10_gmc_fb_base(const struct vega10 *gpu)
{
    return (uint64_t)gpu->gmc.hub[VEGA10_MMHUB].fb_location_base << 24;
}

struct vega10_span vega10_translate(struct vega10 *gpu, unsigned vmid, uint64_t address,
                                    uint64_t bytes, bool is_write)
{
    const struct vega10_hub *hub = &gpu->gmc.hub[VEGA10_MMHUB];
    struct access access = {.vmid = vmid % VEGA10_HUB_CONTEXTS,
                            .address = address,
                            .bytes = bytes == 0 ? 1 : bytes,
                            .is_write = is_write};

    if (address >> ADDRESS_BITS != 0) return fault(gpu, &access, &fault_range);
    if (access.vmid != 0) return translate_paged(gpu, &access);
    if (is_within(address, hub->fb_location_base, hub->fb_location_top)) {
        return video_span(gpu, &access, address - ((uint64_t)hub->fb_location_base << 24),
                          aperture_left(&access, hub->fb_location_top));
    }
    if (is_within(address, hub->agp_bot, hub->agp_top)) {
        return (struct vega10_span){.target = VEGA10_TARGET_SYSTEM,
                                    .address = address - ((uint64_t)hub->agp_bot << 24) +
                                               ((uint64_t)hub->agp_base << 24),
                                    .bytes = aperture_left(&access, hub->agp_top)};
    }
    return translate_paged(gpu, &access);
}

/* ---- Whole ranges ---- */

static bool read_span(struct vega10 *gpu, const struct vega10_span *span, uint8_t *buf)
{
    switch (span->target) {
    case VEGA10_TARGET_VRAM: return vega10_vram_read(gpu, span->address, buf, span->bytes);
    case VEGA10_TARGET_SYSTEM:
        return pci_dma_read(&gpu->fn, span->address, buf, span->bytes) == DMA_OK;
    case VEGA10_TARGET_FAULT: break;
    }
    memset(buf, 0xff, span->bytes);
    return false;
}

bool vega10_memory_read(struct vega10 *gpu, unsigned vmid, uint64_t address, void *buf,
                        size_t bytes)
{
    uint8_t *to = buf;
    bool is_ok = true;

    while (bytes > 0) {
        struct vega10_span span = vega10_translate(gpu, vmid, address, bytes, false);

        is_ok = read_span(gpu, &span, to) && is_ok;
        to += span.bytes;
        address += span.bytes;
        bytes -= span.bytes;
    }
    return is_ok;
}

static bool write_span(struct vega10 *gpu, const struct vega10_span *span, const uint8_t *buf)
{
    switch (span->target) {
    case VEGA10_TARGET_VRAM: return vega10_vram_write(gpu, span->address, buf, span->bytes);
    case VEGA10_TARGET_SYSTEM:
        return pci_dma_write(&gpu->fn, span->address, buf, span->bytes) == DMA_OK;
    case VEGA10_TARGET_FAULT: break;
    }
    return false;
}

bool vega10_memory_write(struct vega10 *gpu, unsigned vmid, uint64_t address, const void *buf,
                         size_t bytes)
{
    const uint8_t *from = buf;
    bool is_ok = true;

    while (bytes > 0) {
        struct vega10_span span = vega10_translate(gpu, vmid, address, bytes, true);

        is_ok = write_span(gpu, &span, from) && is_ok;
        from += span.bytes;
        address += span.bytes;
        bytes -= span.bytes;
    }
    return is_ok;
}

/* ---- Life: registers hold all there is; the rest is of the access under way ---- */

void vega10_gmc_reset(struct vega10 *gpu)
{
    gpu->gmc.read_client = 0;
    gpu->gmc.write_client = 0;
    gpu->gmc.is_reporting = false;
}
