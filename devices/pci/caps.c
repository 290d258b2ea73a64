/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What capabilities do: power states, function-level reset, link disable, resizable BARs; and the
 * names of their registers.
 * Sources: PCI Power Management 1.2, 3.2.4, 5.4; PCI Express Base 3.1, 6.6.2, 7.8, 7.22.
 * Chosen: a transition takes effect at once, also where the specification lets hardware take up to
 * 10 ms. A slot's presence and link state follow from the parts list and do not change while the
 * machine runs: no hot-plug events.
 */
#include "devices/pci/pci_internal.h"
#include "emu/base/bits.h"

/* The largest forms; what follows a shorter one has no bits that these functions look at. */
#define MSI_BYTES_MAX     0x18u
#define EXPRESS_BYTES_MAX 0x14u /* up to link control */
#define REBAR_BYTES_MAX   0x14u

unsigned pci_power_state(const struct pci_fn *fn)
{
    if (fn->cap_pm == 0) return PCI_PM_STATE_D0;
    return pci_config_get(fn, fn->cap_pm + PCI_PM_CTRL, 2) & PCI_PM_CTRL_STATE_MASK;
}

/* D1 and D2 are optional: a write of a state that is not there is dropped (3.2.4). */
static bool is_state_offered(const struct pci_fn *fn, unsigned state)
{
    uint32_t pmc = pci_config_get(fn, fn->cap_pm + PCI_PM_PMC, 2);

    if (state == PCI_PM_STATE_D1) return (pmc & PCI_PM_CAP_D1) != 0;
    return state != PCI_PM_STATE_D2 || (pmc & PCI_PM_CAP_D2) != 0;
}

/* True when the function must be reset: it left D3hot and does not keep its state there. */
static bool pm_written(struct pci_fn *fn, const struct pci_write *write)
{
    unsigned at = fn->cap_pm + PCI_PM_CTRL;
    uint32_t now = pci_config_get(fn, at, 2);
    unsigned old_state = pci_old(fn, write, at, 2) & PCI_PM_CTRL_STATE_MASK;
    unsigned state = now & PCI_PM_CTRL_STATE_MASK;

    if (state == old_state) return false;
    if (!is_state_offered(fn, state)) {
        pci_config_set(fn, at, 2, (now & ~PCI_PM_CTRL_STATE_MASK) | old_state);
        return false;
    }
    pci_intx_update(fn);
    pci_decode_changed(fn);
    return old_state == PCI_PM_STATE_D3HOT && state == PCI_PM_STATE_D0 &&
           (now & PCI_PM_CTRL_NO_SOFT_RESET) == 0;
}

void pci_port_update(struct pci_bridge *bridge)
{
    struct pci_fn *fn = &bridge->fn;
    const struct pci_masks *masks = fn->masks;
    bool is_present = bridge->secondary.fn_count > 0;
    unsigned status;
    uint32_t value;

    if (fn->cap_express == 0) return;
    status = fn->cap_express + PCI_EXP_LNKSTA;
    value = pci_config_get(fn, status, 2) & ~PCI_EXP_LNKSTA_DLLLA;
    if (is_present &&
        (pci_config_get(fn, fn->cap_express + PCI_EXP_LNKCTL, 2) & PCI_EXP_LNKCTL_LD) == 0 &&
        (masks->hw[status + 1] & (PCI_EXP_LNKSTA_DLLLA >> 8)) != 0) {
        value |= PCI_EXP_LNKSTA_DLLLA;
    }
    pci_config_set(fn, status, 2, value);
    status = fn->cap_express + PCI_EXP_SLTSTA;
    if ((masks->hw[status] & PCI_EXP_SLTSTA_PDS) != 0) {
        value = pci_config_get(fn, status, 2) & ~PCI_EXP_SLTSTA_PDS;
        pci_config_set(fn, status, 2, value | (is_present ? PCI_EXP_SLTSTA_PDS : 0));
    }
}

/* Link disable takes the link down; what is below is reset by that (4.2.5.8, 6.6.1). */
static void link_written(struct pci_fn *fn, const struct pci_write *write)
{
    unsigned at = fn->cap_express + PCI_EXP_LNKCTL;
    uint32_t old = pci_old(fn, write, at, 2);
    uint32_t now = pci_config_get(fn, at, 2);

    if (fn->as_bridge == NULL || ((old ^ now) & PCI_EXP_LNKCTL_LD) == 0) return;
    pci_port_update(fn->as_bridge);
    if ((now & PCI_EXP_LNKCTL_LD) != 0) {
        pci_bus_reset(&fn->as_bridge->secondary);
    }
    pci_decode_changed(fn);
}

static bool express_written(struct pci_fn *fn, const struct pci_write *write)
{
    unsigned devctl = fn->cap_express + PCI_EXP_DEVCTL;
    uint32_t devcap = pci_config_get(fn, fn->cap_express + PCI_EXP_DEVCAP, 4);

    if (pci_touches(write, fn->cap_express + PCI_EXP_LNKCTL, 2)) {
        link_written(fn, write);
    }
    return (devcap & PCI_EXP_DEVCAP_FLR) != 0 &&
           (pci_written(write, devctl, 2) & PCI_EXP_DEVCTL_FLR) != 0;
}

/* An offered size takes effect at once; another one is dropped (7.22.3: software must not write
 * it). */
static void rebar_written(struct pci_fn *fn, const struct pci_write *write)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned control = fn->cap_rebar + 8 + 8 * i;

        if (!pci_touches(write, control, 4) || pci_rebar_apply(fn)) continue;
        device_guest_error(&fn->device, "BAR size that is not offered", i,
                           pci_config_get(fn, control, 4));
        pci_config_set(fn, control, 4, pci_old(fn, write, control, 4));
        (void)pci_rebar_apply(fn);
    }
    pci_decode_changed(fn);
}

bool pci_caps_written(struct pci_fn *fn, const struct pci_write *write)
{
    bool is_reset = false;

    if (write->offset < PCI_CONFIG_HEADER_BYTES) return false;
    if (fn->cap_msi != 0 && pci_touches(write, fn->cap_msi, MSI_BYTES_MAX)) {
        pci_msi_update(fn);
    }
    if (fn->cap_msix != 0 && pci_touches(write, fn->cap_msix, 4)) {
        pci_msi_update(fn);
    }
    if (fn->cap_rebar != 0 && pci_touches(write, fn->cap_rebar, REBAR_BYTES_MAX)) {
        rebar_written(fn, write);
    }
    if (fn->cap_pm != 0 && pci_touches(write, fn->cap_pm + PCI_PM_CTRL, 2)) {
        is_reset = pm_written(fn, write);
    }
    if (fn->cap_express != 0 && pci_touches(write, fn->cap_express, EXPRESS_BYTES_MAX)) {
        is_reset = express_written(fn, write) || is_reset;
    }
    return is_reset;
}

void pci_caps_reset(struct pci_fn *fn, enum reset_kind kind, const uint8_t *before)
{
    (void)pci_rebar_apply(fn);
    if (fn->as_bridge != NULL) {
        pci_port_update(fn->as_bridge);
    }
    if (kind != RESET_FUNCTION || fn->cap_express == 0) return;
    /* 6.6.2: payload size and link control belong to the link, not to the function. */
    for (unsigned i = 0; i < 2; i++) {
        unsigned devctl = fn->cap_express + PCI_EXP_DEVCTL + i;
        unsigned lnkctl = fn->cap_express + PCI_EXP_LNKCTL + i;
        uint8_t payload = (uint8_t)(PCI_EXP_DEVCTL_PAYLOAD >> (8 * i));

        fn->config[devctl] =
            (uint8_t)((fn->config[devctl] & ~payload) | (before[devctl] & payload));
        fn->config[lnkctl] = before[lnkctl];
    }
}

const char *pci_caps_name(const struct pci_fn *fn, unsigned offset)
{
    for (const struct pci_cap *cap = fn->desc->caps; cap != NULL && cap->kind != PCI_CAP_END;
         cap++) {
        const struct pci_cap_info *info = pci_cap_info(cap);
        unsigned inside = offset - cap->offset;

        if (offset < cap->offset || inside >= pci_cap_bytes(fn->desc, cap)) continue;
        if (inside < (info->is_extended ? 4u : 2u)) return "CAP_HEADER";
        for (const struct pci_cap_reg *reg = info->regs; reg->name != NULL; reg++) {
            if (inside >= reg->offset && inside < (unsigned)reg->offset + reg->size)
                return reg->name;
        }
        return "CAP_BODY";
    }
    return NULL;
}
