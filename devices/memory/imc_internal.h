/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the memory controllers, shared by imc*.c:
 *
 *     imc.c            class of what the functions share: gathers registers, keeps the layout
 *     imc_function.c   class of the PCI functions: which registers each has
 *     imc_errors.c     error counters and logs
 *     imc_mca.c        what goes into machine-check banks
 */
#pragma once

#include "devices/memory/imc.h"

#define IMC_ROUTES_MAX 32u /* CHAs that a Skylake-SP can have: 28 */

/* Registers by offset in configuration space: reference/hardware.md 3.3, 3.4. */
#define IMC_REG_TOLM            0x0d0u
#define IMC_REG_TOHM_LOW        0x0d4u
#define IMC_REG_TOHM_HIGH       0x0d8u
#define IMC_REG_SAD             0x060u
#define IMC_REG_INTERLEAVE_LIST 0x064u
#define IMC_SAD_STRIDE          8u
#define IMC_REG_MCROUTE         0x0b4u
#define IMC_REG_DIMMMTR         0x080u
#define IMC_REG_AMAP            0x08cu
#define IMC_REG_TADCHNILVOFFSET 0x090u
#define IMC_REG_RIRWAYNESS      0x108u
#define IMC_REG_RIRILV          0x120u
#define IMC_RIRILV_WAY_STRIDE   16u
#define IMC_REG_TADBASE         0x850u
#define IMC_REG_MCMTR           0x87cu
#define IMC_REG_TADWAYNESS      0x880u
/* Error functions: imc_errors.c. */
#define IMC_REG_CORRERRCNT       0x104u
#define IMC_REG_RETRY_ADDRESS2   0x114u
#define IMC_REG_CORRERRTHRSHLD   0x11cu
#define IMC_REG_CORRERRORSTATUS  0x134u
#define IMC_REG_RETRY_MISC       0x148u
#define IMC_REG_RETRY_PARITY     0x150u
#define IMC_REG_RETRY_RD_ERR_LOG 0x154u
#define IMC_REG_RETRY_ADDRESS1   0x15cu
#define IMC_COUNTER_REGS         4u /* two ranks in each */

/* RETRY_RD_ERR_LOG */
#define IMC_RETRY_V      0x0001u
#define IMC_RETRY_UC     0x0002u
#define IMC_RETRY_OVER   0x0004u
#define IMC_RETRY_MODE   0x0078u
#define IMC_RETRY_NOOVER 0x4000u
#define IMC_RETRY_EN     0x8000u

enum imc_role {
    IMC_ROLE_NONE, /* nothing that the model looks at */
    IMC_ROLE_LIMITS,
    IMC_ROLE_SAD,
    IMC_ROLE_ROUTE,
    IMC_ROLE_CHANNEL,
    IMC_ROLE_ERRORS,
};

struct imc {
    struct device device;
    struct imc_config config;
    struct imc_layout layout;
    /* Functions that have been created, NULL before; borrowed. Where several are alike (limits), the
     * first one counts, as for Linux. */
    struct pci_fn *limits;
    struct pci_fn *sad;
    struct pci_fn *channel[IMC_COUNT][IMC_CHANNELS];
    struct pci_fn *errors[IMC_COUNT][IMC_CHANNELS];
    struct pci_fn *route[IMC_ROUTES_MAX];
    unsigned route_count;
    unsigned function_count;
    unsigned
        loading; /* functions whose loaded state is still to come: until then it is a mixture */
};

/* A function of the controllers comes, goes, changed what addresses mean, or was loaded. `imc` is
 * created before and destroyed after them. */
void imc_attach(struct imc *imc, struct pci_fn *fn, enum imc_role role, unsigned controller,
                unsigned channel);
void imc_detach(struct imc *imc, const struct pci_fn *fn);
void imc_changed(struct imc *imc);
void imc_function_loaded(struct imc *imc);
