/* SPDX-License-Identifier: GPL-2.0-only */
/* Life of functions 1 and 3 of the T2: they are configuration space and registers, nothing else. */
#include "devices/apple/t2_inert.h"

int t2_inert_init(struct device *device, const struct pci_described *described,
                  const struct reg_bank *bank, const void *config, struct error *err)
{
    struct t2_inert *inert = t2_inert_of(device);

    inert->desc = *described->desc;
    inert->desc.bar[T2_INERT_BAR].bank = bank;
    return pci_fn_init(&inert->fn, &inert->desc, config, err);
}

void t2_inert_reset(struct device *device, enum reset_kind kind)
{
    pci_fn_reset(&t2_inert_of(device)->fn, kind);
}

int t2_inert_loaded(struct device *device, struct error *err)
{
    return pci_fn_loaded(&t2_inert_of(device)->fn, err);
}

void t2_inert_fini(struct device *device)
{
    pci_fn_fini(&t2_inert_of(device)->fn);
}
