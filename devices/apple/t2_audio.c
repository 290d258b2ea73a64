/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * T2 function 3, 106b:1803: sound (docs/hardware/t2.md).
 *
 * Modelled: configuration space; the three registers by which a driver knows the function.
 * Not modelled: sound. Its commands go through function 1, which does not answer; BAR 0, where
 * the sound devices would be described, BAR 2 and the rest of BAR 4 read 0 and are traced.
 */
#include "devices/apple/t2_functions.h"
#include "devices/apple/t2_inert.h"
#include "devices/pci/inert_parts.h"

static uint64_t identity_get(struct device *device, unsigned index, uint64_t stored)
{
    static const uint32_t identity[] = {T2_AUDIO_VERSION_VALUE, T2_AUDIO_SIGNATURE_VALUE, 0};

    (void)device, (void)stored;
    return identity[index];
}

static const struct reg regs[] = {
    {.name = "IDENTITY",
     .offset = T2_AUDIO_VERSION,
     .size = 4,
     .count = 3,
     .stride = 4,
     REG_UNBACKED,
     .get = identity_get},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "t2_audio",
     .regs = regs,
     .bytes = T2_AUDIO_BANK_BYTES,
     .min_access = 4,
     .max_access = 8},
    {.name = NULL},
};

static int t2_audio_init(struct device *device, const void *config, struct error *err)
{
    return t2_inert_init(device, &pci_part_t2_audio, &banks[0], config, err);
}

static const struct snap_field state[] = {PCI_FN_STATE, SNAP_END};
static const struct trace_desc *const events[] = {PCI_FN_EVENTS, NULL};

const struct device_class t2_audio_class = {
    .name = "t2_audio",
    .size = sizeof(struct t2_inert),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .init = t2_audio_init,
    .reset = t2_inert_reset,
    .loaded = t2_inert_loaded,
    .fini = t2_inert_fini,
};
