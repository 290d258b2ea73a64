/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI functions of the memory controllers: configuration space as devices/pci/inert_uncore.c
 * describes it, and the registers of reference/hardware.md 3.3 on top.
 *
 * Modelled: storage for all of them, with the bits that exist; each write that changes a register of
 * address decoding takes effect at once. Source and node id (2055) read 0: one socket.
 * Not modelled: everything else that these functions have on the real machine reads 0 and takes no
 * writes.
 * Chosen: TOLM and TOHM have 64 MiB granularity (bits 31:26, as in the data sheets of the processors
 * before this one), and of the three copies the first one counts, as Linux takes it.
 */
#include "devices/memory/imc_internal.h"
#include "devices/pci/inert_parts.h"
#include "emu/base/bits.h"

#define ALL           UINT32_C(0xffffffff)
#define LIMIT_BITS    UINT32_C(0xfc000000)
#define FIRST_SLOT    0x0au /* of the controllers; two slots each */
#define COUNTER_BITS  UINT32_C(0x7fff7fff)
#define OVERFLOW_BITS UINT32_C(0x80008000)
#define RETRY_BITS    UINT32_C(0x0000c07f)

struct imc_function {
    struct pci_fn fn;
    struct pci_desc desc; /* the row's, with the registers */
    struct imc *imc;      /* NULL: alone */
    bool is_decoder;
};

static struct imc_function *function_of(struct device *device)
{
    return (struct imc_function *)(void *)device;
}

static void decoder_written(struct pci_fn *fn, unsigned index, uint32_t old, uint32_t now)
{
    const struct imc_function *function = (const struct imc_function *)(const void *)fn;

    (void)index;
    if (old != now && function->imc != NULL) {
        imc_changed(function->imc);
    }
}

/* ---- Registers ---- */

/* A register of address decoding, and an array of them. */
#define DECODER(text, at, bits)                                                           \
    {                                                                                     \
        .name = (text), .offset = (at), .size = 4, .rw = (bits), .write = decoder_written \
    }
#define DECODERS(text, at, number, step)                                                           \
    {                                                                                              \
        .name = (text), .offset = (at), .size = 4, .count = (number), .stride = (step), .rw = ALL, \
        .write = decoder_written                                                                   \
    }

static const struct pci_reg regs_limits[] = {
    DECODER("TOLM", IMC_REG_TOLM, LIMIT_BITS),
    DECODER("TOHM_LOW", IMC_REG_TOHM_LOW, LIMIT_BITS),
    DECODER("TOHM_HIGH", IMC_REG_TOHM_HIGH, ALL),
    /* boot interrupts; Linux sets it */
    {.name = "CIPINTRC", .offset = 0x14c, .size = 4, .rw = ALL},
    {.name = NULL},
};
static const struct pci_reg regs_sad[] = {
    DECODERS("SAD", IMC_REG_SAD, IMC_SAD_RULES, IMC_SAD_STRIDE),
    DECODERS("INTERLEAVE_LIST", IMC_REG_INTERLEAVE_LIST, IMC_SAD_RULES, IMC_SAD_STRIDE),
    {.name = NULL},
};
static const struct pci_reg regs_node[] = {
    {.name = "UTIL_SRC_ID", .offset = 0xf0, .size = 4},
    {.name = "UTIL_NODE_ID", .offset = 0xf4, .size = 4},
    {.name = NULL},
};
static const struct pci_reg regs_route[] = {
    DECODER("MCROUTE", IMC_REG_MCROUTE, ALL),
    {.name = NULL},
};

#define CHANNEL_REGS                                                                        \
    DECODERS("DIMMMTR", IMC_REG_DIMMMTR, IMC_DIMMS, 4), DECODER("AMAP", IMC_REG_AMAP, ALL), \
        DECODERS("TADCHNILVOFFSET", IMC_REG_TADCHNILVOFFSET, IMC_TAD_RULES, 4),             \
        DECODERS("RIRWAYNESS", IMC_REG_RIRWAYNESS, IMC_RIR_RULES, 4),                       \
        DECODERS("RIRILV", IMC_REG_RIRILV, IMC_RIR_WAYS *IMC_RIR_RULES, 4),                 \
    {                                                                                       \
        .name = "MCDDRTCFG", .offset = 0x400, .size = 4, .rw = ALL                          \
    }

static const struct pci_reg regs_channel[] = {CHANNEL_REGS, {.name = NULL}};
static const struct pci_reg regs_channel0[] = {
    CHANNEL_REGS,
    DECODERS("TADBASE", IMC_REG_TADBASE, IMC_TAD_RULES, 4),
    DECODER("MCMTR", IMC_REG_MCMTR, ALL),
    DECODERS("TADWAYNESS", IMC_REG_TADWAYNESS, IMC_TAD_RULES, 4),
    {.name = NULL},
};

/* What an error leaves behind is there after a reset, for whoever looks for its cause. */
#define LOG(text, at, bits)                                                                       \
    {                                                                                             \
        .name = (text), .offset = (at), .size = 4, .rw = (bits), .is_sticky = true, .is_hw = true \
    }

static const struct pci_reg regs_errors[] = {
    {.name = "CORRERRCNT",
     .offset = IMC_REG_CORRERRCNT,
     .size = 4,
     .count = IMC_COUNTER_REGS,
     .stride = 4,
     .rw = COUNTER_BITS,
     .w1c = OVERFLOW_BITS,
     .is_sticky = true,
     .is_hw = true},
    LOG("RETRY_RD_ERR_LOG_ADDRESS2", IMC_REG_RETRY_ADDRESS2, ALL),
    {.name = "CORRERRTHRSHLD",
     .offset = IMC_REG_CORRERRTHRSHLD,
     .size = 4,
     .count = IMC_COUNTER_REGS,
     .stride = 4,
     .reset = COUNTER_BITS,
     .rw = COUNTER_BITS},
    {.name = "CORRERRORSTATUS",
     .offset = IMC_REG_CORRERRORSTATUS,
     .size = 4,
     .w1c = 0xff,
     .is_hw = true},
    LOG("RETRY_RD_ERR_LOG_MISC", IMC_REG_RETRY_MISC, ALL),
    LOG("RETRY_RD_ERR_LOG_PARITY", IMC_REG_RETRY_PARITY, ALL),
    {.name = "RETRY_RD_ERR_LOG",
     .offset = IMC_REG_RETRY_RD_ERR_LOG,
     .size = 4,
     .reset = IMC_RETRY_EN,
     .rw = RETRY_BITS,
     .is_sticky = true,
     .is_hw = true},
    LOG("RETRY_RD_ERR_LOG_ADDRESS1", IMC_REG_RETRY_ADDRESS1, ALL),
    {.name = NULL},
};

/* ---- Kinds of function ---- */

struct imc_kind {
    uint16_t device;
    uint8_t channel;
    enum imc_role role;
    const struct pci_reg *regs;
};

static const struct imc_kind kinds[] = {
    {.device = 0x2034, .role = IMC_ROLE_LIMITS, .regs = regs_limits},
    {.device = 0x2040, .channel = 0, .role = IMC_ROLE_CHANNEL, .regs = regs_channel0},
    {.device = 0x2041},
    {.device = 0x2042},
    {.device = 0x2043, .channel = 0, .role = IMC_ROLE_ERRORS, .regs = regs_errors},
    {.device = 0x2044, .channel = 1, .role = IMC_ROLE_CHANNEL, .regs = regs_channel},
    {.device = 0x2045},
    {.device = 0x2046},
    {.device = 0x2047, .channel = 1, .role = IMC_ROLE_ERRORS, .regs = regs_errors},
    {.device = 0x2048, .channel = 2, .role = IMC_ROLE_CHANNEL, .regs = regs_channel},
    {.device = 0x2049},
    {.device = 0x204a},
    {.device = 0x204b, .channel = 2, .role = IMC_ROLE_ERRORS, .regs = regs_errors},
    {.device = 0x2054, .role = IMC_ROLE_SAD, .regs = regs_sad},
    {.device = 0x2055, .regs = regs_node},
    {.device = 0x208e, .role = IMC_ROLE_ROUTE, .regs = regs_route},
};

static const struct imc_kind *kind_of(const struct pci_desc *desc)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (desc->vendor == 0x8086 && desc->device == kinds[i].device) {
            return &kinds[i];
        }
    }
    return NULL;
}

bool imc_is_function(const struct pci_desc *desc)
{
    return kind_of(desc) != NULL;
}

static bool is_decoder(enum imc_role role)
{
    return role != IMC_ROLE_NONE && role != IMC_ROLE_ERRORS;
}

/* ---- The class ---- */

static const struct imc_function_config default_config = {
    .part = &pci_part_2040, .root = 5, .slot = FIRST_SLOT};

static int imc_function_init(struct device *device, const void *config, struct error *err)
{
    struct imc_function *function = function_of(device);
    const struct imc_function_config *own = pci_part(config);
    const struct imc_kind *kind;
    unsigned controller;

    own = own != NULL ? own : &default_config;
    kind = kind_of(own->part->desc);
    if (kind == NULL) {
        return error_host(err, "%s is no function of the memory controllers", device->path);
    }
    function->desc = *own->part->desc;
    function->desc.regs = kind->regs;
    if (pci_fn_init(&function->fn, &function->desc, config, err) != 0) return -1;
    function->is_decoder = is_decoder(kind->role);
    if (own->imc == NULL) return 0;
    function->imc = (struct imc *)(void *)own->imc;
    controller = own->slot < FIRST_SLOT + 2 ? 0 : 1;
    imc_attach(function->imc, &function->fn, kind->role, controller, kind->channel);
    return 0;
}

static void imc_function_reset(struct device *device, enum reset_kind kind)
{
    struct imc_function *function = function_of(device);

    pci_fn_reset(&function->fn, kind);
    if (function->imc != NULL && function->is_decoder) {
        imc_changed(function->imc);
    }
}

static int imc_function_loaded_state(struct device *device, struct error *err)
{
    struct imc_function *function = function_of(device);

    if (pci_fn_loaded(&function->fn, err) != 0) return -1;
    if (function->imc != NULL) {
        imc_function_loaded(function->imc);
    }
    return 0;
}

static void imc_function_fini(struct device *device)
{
    struct imc_function *function = function_of(device);

    if (function->imc != NULL) {
        imc_detach(function->imc, &function->fn);
    }
    pci_fn_fini(&function->fn);
}

static const struct snap_field function_state[] = {PCI_FN_STATE, SNAP_END};
static const struct trace_desc *const function_events[] = {PCI_FN_EVENTS, NULL};

const struct device_class imc_function_class = {
    .name = "imc_function",
    .size = sizeof(struct imc_function),
    .version = 1,
    .state = function_state,
    .events = function_events,
    .init = imc_function_init,
    .reset = imc_function_reset,
    .loaded = imc_function_loaded_state,
    .fini = imc_function_fini,
};
