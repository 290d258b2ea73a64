/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What functions 1 and 3 of the T2 have in common: a PCI function whose BAR 4 has a register table,
 * with nobody who answers behind it.
 */
#pragma once

#include "devices/pci/pci.h"

/* ---- Function 1, BAR 4 (hardware.md 2.5) ---- */
#define T2_BCE_STATUS     0x108u /* bits 23:20: replies that wait */
#define T2_BCE_REPLY      0x810u /* 16 bytes */
#define T2_BCE_SEND       0x820u /* 16 bytes; writing the last dword sends */
#define T2_BCE_TIMESTAMP  0xc000u
#define T2_BCE_WORDS      4
#define T2_BCE_BANK_BYTES 0xc010u

/* ---- Function 3, BAR 4 (as its Linux driver outside the kernel reads it) ---- */
#define T2_AUDIO_VERSION         0xc000u
#define T2_AUDIO_SIGNATURE       0xc004u
#define T2_AUDIO_BUFFERS         0xc008u /* offset in BAR 0 of what describes the sound devices */
#define T2_AUDIO_VERSION_VALUE   3u
#define T2_AUDIO_SIGNATURE_VALUE 0x19870423u
#define T2_AUDIO_BANK_BYTES      0xc00cu

#define T2_INERT_BAR 4

struct t2_inert {
    struct pci_fn fn;
    struct pci_desc desc;
    uint32_t send[T2_BCE_WORDS];
    uint32_t timestamp[T2_BCE_WORDS];
};

static inline struct t2_inert *t2_inert_of(struct device *device)
{
    return (struct t2_inert *)(void *)device;
}

/* The functions of the classes; init with the description and the bank of BAR 4. */
int t2_inert_init(struct device *device, const struct pci_described *described,
                  const struct reg_bank *bank, const void *config, struct error *err);
void t2_inert_reset(struct device *device, enum reset_kind kind);
int t2_inert_loaded(struct device *device, struct error *err);
void t2_inert_fini(struct device *device);
