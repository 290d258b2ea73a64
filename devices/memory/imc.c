/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two integrated memory controllers of Skylake-SP, as a whole: the registers that decide where in
 * the modules an address is are spread over many PCI functions; here they come together.
 *
 * Modelled: decoding by all of them, from the value of the moment: there is no point at which memory
 * is switched on but an enabled SAD rule below TOLM or TOHM that leads to a module.
 * Not modelled: training, timings and commands (MCDDRTCFG and the like are storage), refresh,
 * throttling, mirroring, sparing, 2LM; the lock bits that firmware sets before it starts a system.
 * All state is in the functions' configuration space. docs/hardware/imc.md.
 */
#include <string.h>

#include "devices/memory/imc_internal.h"

static const struct trace_desc desc_layout = {
    .name = "imc_layout",
    .fields = {"zones", "end", "hash"},
};

static struct imc *imc_of(struct device *device)
{
    return (struct imc *)(void *)device;
}

/* ---- Registers ---- */

static uint32_t reg(const struct pci_fn *fn, unsigned offset)
{
    return pci_config_get(fn, offset, 4);
}

static void gather_channel(const struct pci_fn *fn, struct imc_channel_registers *channel)
{
    for (unsigned i = 0; i < IMC_DIMMS; i++) {
        channel->dimmmtr[i] = reg(fn, IMC_REG_DIMMMTR + 4 * i);
    }
    channel->amap = reg(fn, IMC_REG_AMAP);
    for (unsigned i = 0; i < IMC_TAD_RULES; i++) {
        channel->tadchnilvoffset[i] = reg(fn, IMC_REG_TADCHNILVOFFSET + 4 * i);
    }
    for (unsigned i = 0; i < IMC_RIR_RULES; i++) {
        channel->rirwayness[i] = reg(fn, IMC_REG_RIRWAYNESS + 4 * i);
        for (unsigned way = 0; way < IMC_RIR_WAYS; way++) {
            channel->ririlv[way][i] = reg(fn, IMC_REG_RIRILV + IMC_RIRILV_WAY_STRIDE * way + 4 * i);
        }
    }
}

static void gather_controller(const struct imc *imc, unsigned number,
                              struct imc_controller_registers *controller)
{
    const struct pci_fn *first = imc->channel[number][0];

    for (unsigned channel = 0; channel < IMC_CHANNELS; channel++) {
        if (imc->channel[number][channel] != NULL) {
            gather_channel(imc->channel[number][channel], &controller->channel[channel]);
        }
    }
    if (first == NULL) return;
    for (unsigned i = 0; i < IMC_TAD_RULES; i++) {
        controller->tadbase[i] = reg(first, IMC_REG_TADBASE + 4 * i);
        controller->tadwayness[i] = reg(first, IMC_REG_TADWAYNESS + 4 * i);
    }
    controller->mcmtr = reg(first, IMC_REG_MCMTR);
}

static void gather(const struct imc *imc, struct imc_registers *registers)
{
    memset(registers, 0, sizeof(*registers));
    if (imc->limits != NULL) {
        registers->tolm = reg(imc->limits, IMC_REG_TOLM);
        registers->tohm = reg(imc->limits, IMC_REG_TOHM_LOW) |
                          (uint64_t)reg(imc->limits, IMC_REG_TOHM_HIGH) << 32;
    }
    if (imc->sad != NULL) {
        for (unsigned i = 0; i < IMC_SAD_RULES; i++) {
            registers->sad[i] = reg(imc->sad, IMC_REG_SAD + IMC_SAD_STRIDE * i);
            registers->interleave_list[i] =
                reg(imc->sad, IMC_REG_INTERLEAVE_LIST + IMC_SAD_STRIDE * i);
        }
    }
    for (unsigned i = 0; i < imc->route_count && registers->mcroute == 0; i++) {
        registers->mcroute = reg(imc->route[i], IMC_REG_MCROUTE);
    }
    for (unsigned i = 0; i < IMC_COUNT; i++) {
        gather_controller(imc, i, &registers->imc[i]);
    }
}

/* ---- The layout ---- */

static bool has_same_zones(const struct imc_layout *a, const struct imc_layout *b)
{
    return a->zone_count == b->zone_count && memcmp(a->zones, b->zones, sizeof(a->zones)) == 0;
}

void imc_changed(struct imc *imc)
{
    struct imc_registers registers;
    struct imc_layout layout;
    bool is_same;
    const struct imc_zone *last;

    gather(imc, &registers);
    imc_layout_build(&layout, &registers);
    is_same = has_same_zones(&layout, &imc->layout);
    imc->layout = layout;
    if (is_same) return;
    last = layout.zone_count > 0 ? &layout.zones[layout.zone_count - 1] : NULL;
    TRACE(imc->device.env.trace, &imc->device, &desc_layout, layout.zone_count,
          last != NULL ? last->end : 0, last != NULL ? last->map_hash : 0);
    if (imc->config.layout_changed != NULL) {
        imc->config.layout_changed(imc->config.ctx);
    }
}

const struct imc_layout *imc_layout(const struct device *imc)
{
    return &((const struct imc *)(const void *)imc)->layout;
}

/* ---- The functions ---- */

/* The first one that comes stays. */
static void attach_one(struct pci_fn **place, struct pci_fn *fn)
{
    if (*place == NULL) {
        *place = fn;
    }
}

void imc_attach(struct imc *imc, struct pci_fn *fn, enum imc_role role, unsigned controller,
                unsigned channel)
{
    imc->function_count++;
    switch (role) {
    case IMC_ROLE_NONE: break;
    case IMC_ROLE_LIMITS: attach_one(&imc->limits, fn); break;
    case IMC_ROLE_SAD: attach_one(&imc->sad, fn); break;
    case IMC_ROLE_CHANNEL: attach_one(&imc->channel[controller][channel], fn); break;
    case IMC_ROLE_ERRORS: attach_one(&imc->errors[controller][channel], fn); break;
    case IMC_ROLE_ROUTE:
        if (imc->route_count < IMC_ROUTES_MAX) {
            imc->route[imc->route_count++] = fn;
        }
        break;
    }
}

static void detach_one(struct pci_fn **place, const struct pci_fn *fn)
{
    if (*place == fn) {
        *place = NULL;
    }
}

void imc_detach(struct imc *imc, const struct pci_fn *fn)
{
    unsigned kept = 0;

    imc->function_count--;
    detach_one(&imc->limits, fn);
    detach_one(&imc->sad, fn);
    for (unsigned i = 0; i < IMC_COUNT * IMC_CHANNELS; i++) {
        detach_one(&imc->channel[i / IMC_CHANNELS][i % IMC_CHANNELS], fn);
        detach_one(&imc->errors[i / IMC_CHANNELS][i % IMC_CHANNELS], fn);
    }
    for (unsigned i = 0; i < imc->route_count; i++) {
        if (imc->route[i] != fn) {
            imc->route[kept++] = imc->route[i];
        }
    }
    imc->route_count = kept;
}

void imc_function_loaded(struct imc *imc)
{
    if (imc->loading > 0) {
        imc->loading--;
    }
    if (imc->loading == 0) {
        imc_changed(imc);
    }
}

/* ---- The class ---- */

static int imc_init(struct device *device, const void *config, struct error *err)
{
    struct imc *imc = imc_of(device);

    (void)err;
    if (config != NULL) {
        imc->config = *(const struct imc_config *)config;
    }
    return 0;
}

static void imc_reset(struct device *device, enum reset_kind kind)
{
    (void)kind;
    imc_of(device)->loading = 0;
    imc_changed(imc_of(device));
}

static int imc_loaded(struct device *device, struct error *err)
{
    struct imc *imc = imc_of(device);

    (void)err;
    imc->loading = imc->function_count;
    return 0;
}

static void imc_fini(struct device *device)
{
    (void)device;
}

static const struct snap_field imc_state[] = {SNAP_END};
static const struct trace_desc *const imc_events[] = {&desc_layout, NULL};

const struct device_class imc_class = {
    .name = "imc",
    .size = sizeof(struct imc),
    .version = 1,
    .state = imc_state,
    .events = imc_events,
    .init = imc_init,
    .reset = imc_reset,
    .loaded = imc_loaded,
    .fini = imc_fini,
};
