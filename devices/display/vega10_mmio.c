/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BAR 5 of the Vega 10: 512 KiB of registers, cut into the windows of its blocks. Offsets between
 * the windows belong to blocks without a model: they read 0, and accesses are traced as
 * unimplemented.
 */
#include <assert.h>

#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"

/* Accesses are at most 4 bytes and aligned, and windows begin and end at multiples of 4: no access
 * crosses from one to the next. */
#define WINDOW(block, table)                                                                      \
    {                                                                                             \
        .name = "vega10_" #table, .regs = vega10_##table##_regs, .bytes = VEGA10_##block##_BYTES, \
        .min_access = 1, .max_access = 4                                                          \
    }

const struct reg_bank vega10_banks[VEGA10_BANKS] = {
    WINDOW(BIF, bif),   WINDOW(VGA, vga),       WINDOW(NBIO, nbio), WINDOW(IH, ih),
    WINDOW(SDMA, sdma), WINDOW(GFXHUB, gfxhub), WINDOW(DCE, dce),   WINDOW(LINK, link),
    WINDOW(ROM, rom),   WINDOW(GMC, gmc),       {.name = NULL},
};
/* In the order of the table above. */
static const uint32_t bases[] = {
    VEGA10_BIF_BASE,    VEGA10_VGA_BASE, VEGA10_NBIO_BASE, VEGA10_IH_BASE,  VEGA10_SDMA_BASE,
    VEGA10_GFXHUB_BASE, VEGA10_DCE_BASE, VEGA10_LINK_BASE, VEGA10_ROM_BASE, VEGA10_GMC_BASE,
};

static_assert(ARRAY_LEN(bases) + 1 == ARRAY_LEN(vega10_banks), "a base for each table");

uint32_t vega10_bank_base(size_t index)
{
    return bases[index];
}

/* The table that answers at `offset`, and where that is in its window; NULL: none. */
static const struct reg_bank *find_bank(uint64_t offset, uint64_t *inside)
{
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        *inside = offset - bases[i];
        if (offset >= bases[i] && *inside < vega10_banks[i].bytes) return &vega10_banks[i];
    }
    return NULL;
}

uint64_t vega10_mmio_read(struct vega10 *gpu, uint64_t offset, unsigned size)
{
    uint64_t inside;
    const struct reg_bank *bank = find_bank(offset, &inside);

    if (bank != NULL) return reg_bank_read(&gpu->fn.device, bank, inside, size);
    device_unimplemented(&gpu->fn.device, "read of a block without a model", offset, size);
    return 0;
}

void vega10_mmio_write(struct vega10 *gpu, uint64_t offset, unsigned size, uint64_t value)
{
    uint64_t inside;
    const struct reg_bank *bank = find_bank(offset, &inside);

    if (bank != NULL) {
        reg_bank_write(&gpu->fn.device, bank, inside, size, value);
    } else {
        device_unimplemented(&gpu->fn.device, "write to a block without a model", offset, value);
    }
}

uint64_t vega10_mmio_peek(struct vega10 *gpu, uint64_t offset, unsigned size)
{
    uint64_t inside;
    const struct reg_bank *bank = find_bank(offset, &inside);

    return bank != NULL ? reg_bank_peek(&gpu->fn.device, bank, inside, size) : 0;
}
