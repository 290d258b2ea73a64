/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * T2 function 1, 106b:1801: the "buffer copy engine" that carries USB and sound
 * (docs/hardware/t2.md).
 *
 * Modelled: configuration space; the registers of the mailbox. Messages are taken, traced as
 * unimplemented, and never answered: the status says that no reply waits, so a driver runs into its
 * time-out.
 * Not modelled: everything else. BAR 0, BAR 2 (doorbells) and the rest of BAR 4 read 0 and are
 * traced.
 */
#include "devices/apple/t2_functions.h"
#include "devices/apple/t2_inert.h"
#include "devices/pci/inert_parts.h"

static uint64_t nothing_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

static void send_write(struct device *device, const struct reg_write *write)
{
    const struct t2_inert *inert = t2_inert_of(device);

    if (write->index != T2_BCE_WORDS - 1) return;
    device_unimplemented(device, "BCE mailbox message",
                         inert->send[0] | (uint64_t)inert->send[1] << 32,
                         inert->send[2] | (uint64_t)inert->send[3] << 32);
}

static const struct reg regs[] = {
    {.name = "STATUS",
     .offset = T2_BCE_STATUS,
     .size = 4,
     REG_UNBACKED,
     .is_quiet = true,
     .get = nothing_get},
    {.name = "REPLY",
     .offset = T2_BCE_REPLY,
     .size = 4,
     .count = T2_BCE_WORDS,
     .stride = 4,
     REG_UNBACKED,
     .get = nothing_get},
    {.name = "SEND",
     .offset = T2_BCE_SEND,
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct t2_inert, send),
     .rw = UINT32_MAX,
     .write = send_write},
    {.name = "TIMESTAMP",
     .offset = T2_BCE_TIMESTAMP,
     .size = 4,
     .stride = 4,
     REG_BACKED_ARRAY(struct t2_inert, timestamp),
     .rw = UINT32_MAX},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "t2_bce", .regs = regs, .bytes = T2_BCE_BANK_BYTES, .min_access = 4, .max_access = 8},
    {.name = NULL},
};

static int t2_bce_init(struct device *device, const void *config, struct error *err)
{
    return t2_inert_init(device, &pci_part_t2_bce, &banks[0], config, err);
}

static const struct snap_field state[] = {PCI_FN_STATE, SNAP_END};
static const struct trace_desc *const events[] = {PCI_FN_EVENTS, NULL};

const struct device_class t2_bce_class = {
    .name = "t2_bce",
    .size = sizeof(struct t2_inert),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .init = t2_bce_init,
    .reset = t2_inert_reset,
    .loaded = t2_inert_loaded,
    .fini = t2_inert_fini,
};
