/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DRAM between a stage that plays memory controllers and cores. Four modules of 512 MiB from
 * address 0 on, of which the rig's RAM is the first piece; the rest decodes, but no memory is there.
 */
#include "tests/generic/subject_dram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/memory/dram.h"
#include "emu/base/bits.h"

#define BYTES  (UINT64_C(2) << 30)
#define PERIOD VTIME_S(20)
#define BURST  12u

enum dram_parts {
    PART_DRAM,
    PART_STAGE,
};

struct stage {
    struct device device;
    struct rig *rig;
    struct imc_layout layout;
    uint8_t is_off;
};

static struct stage *stage_of(struct device *device)
{
    return CONTAINER_OF(device, struct stage, device);
}

/* ---- The stage ---- */

static uint8_t *stage_memory(void *ctx, uint64_t page)
{
    const struct stage *stage = ctx;

    return page < RIG_RAM_BYTES ? stage->rig->ram + page : NULL;
}

static void stage_report(void *ctx, const struct dram_error *error)
{
    (void)ctx;
    assert_true(error->kind <= DRAM_ERROR_COMMAND_PARITY && error->bit < DIMM_CODE_BITS);
}

static void stage_changed(void *ctx, uint64_t addr, uint64_t bytes)
{
    (void)ctx;
    assert_true(addr < RIG_RAM_BYTES && bytes <= RIG_RAM_BYTES - addr);
}

static void stage_guards(void *ctx)
{
    (void)ctx;
}

static const struct imc_layout *stage_layout(void *ctx)
{
    const struct stage *stage = ctx;

    return &stage->layout;
}

static void set_layout(struct stage *stage)
{
    struct imc_registers registers = {
        .sad[0] = stage->is_off ? 0 : 0xf81,
        .interleave_list[0] = 0xba98ba98,
        .mcroute = 0x01100240,
        .tolm = (uint32_t)BYTES,
        .tohm = UINT64_C(1) << 32,
    };

    for (unsigned i = 0; i < IMC_COUNT; i++) {
        registers.imc[i].tadwayness[0] = 0x0001f500;
        registers.imc[i].mcmtr = BIT32(2);
        for (unsigned j = 0; j < 2; j++) {
            registers.imc[i].channel[j].dimmmtr[0] = 0x8100;
            registers.imc[i].channel[j].rirwayness[0] = 0x80000000;
        }
    }
    imc_layout_build(&stage->layout, &registers);
    if (stage->rig != NULL) {
        dram_layout_changed(stage->rig->devices[PART_DRAM]);
    }
}

static int stage_init(struct device *device, const void *config, struct error *err)
{
    (void)config;
    (void)err;
    set_layout(stage_of(device));
    return 0;
}

static void stage_reset(struct device *device, enum reset_kind kind)
{
    (void)kind;
    stage_of(device)->is_off = 0;
    set_layout(stage_of(device));
}

static int stage_loaded(struct device *device, struct error *err)
{
    (void)err;
    set_layout(stage_of(device));
    return 0;
}

static void stage_fini(struct device *device)
{
    (void)device;
}

static const struct snap_field stage_state[] = {
    SNAP_U_MAX(struct stage, is_off, 1),
    SNAP_END,
};

static const struct device_class stage_class = {
    .name = "stage",
    .size = sizeof(struct stage),
    .version = 1,
    .state = stage_state,
    .init = stage_init,
    .reset = stage_reset,
    .loaded = stage_loaded,
    .fini = stage_fini,
};

void subject_dram_build(struct rig *rig)
{
    const struct dimm module = {
        .bytes = BYTES / DIMM_SOCKETS,
        .ranks = 1,
        .width = 8,
        .row_bits = 12,
        .column_bits = 10,
        .has_ecc = true,
    };
    struct error err = ERROR_INIT;
    struct device *stage = device_create(&stage_class, "/stage", &rig->env, NULL, &err);
    const struct dram_config config = {
        .dimms.socket = {module, module, module, module},
        .has_demand_scrub = true,
        .patrol_period = PERIOD,
        .env = {.ctx = stage_of(stage),
                .memory = stage_memory,
                .report = stage_report,
                .changed = stage_changed,
                .guards_changed = stage_guards,
                .layout = stage_layout},
    };
    struct device *dram;

    assert_non_null(stage);
    dram = device_create(&dram_class, "/dram", &rig->env, &config, &err);
    assert_non_null(dram);
    /* In this order: a reset of the stage would arm the patrol for faults that the reset of the DRAM
     * then takes away, and order numbers of events would tell. */
    rig_own(rig, dram);
    rig_own(rig, stage);
    stage_of(stage)->rig = rig;
}

/* ---- What happens ---- */

static void plant(struct device *dram, const struct imc_layout *layout, uint64_t random)
{
    struct error err = ERROR_INIT;
    struct dram_fault fault = {
        .kind = (enum dram_fault_kind)((random >> 4) % (random % 4 == 0 ? DRAM_FAULT_KINDS : 2)),
        .mask = {.data = BIT(random >> 8 & 63), .check = (random >> 14 & 7) == 0},
        .value = (random >> 17 & 1) != 0,
        .line = (enum dram_line)(random >> 18 & 3),
        .line_bit = (random >> 20 & 1) != 0 ? 1 : 3,
        .has_parity = (random >> 21 & 1) != 0,
    };

    if ((random >> 22 & 3) == 0) {
        fault.mask.data |= BIT(random >> 24 & 63);
    }
    (void)imc_layout_decode(layout, (random >> 30) % RIG_RAM_BYTES, &fault.where);
    if (dram_plant(dram, &fault, &err) != 0) {
        assert_int_equal(err.kind, ERROR_USAGE);
    }
}

static void access_memory(struct rig *rig, struct device *dram, uint64_t random)
{
    enum dram_access_kind kind = (enum dram_access_kind)(random % (DRAM_ACCESS_DMA_WRITE + 1));
    bool is_write = kind == DRAM_ACCESS_WRITE || kind == DRAM_ACCESS_DMA_WRITE;
    unsigned bytes = 1u << (random >> 8) % 10;
    uint64_t addr = (random >> 16) % RIG_RAM_BYTES;
    const struct dram_fault *fault;
    uint64_t poison;

    /* Mostly where something is. */
    if (dram_fault_count(dram) > 0 && (random >> 12 & 7) != 0) {
        const struct stage *stage = stage_of(rig->devices[PART_STAGE]);

        fault = dram_fault(dram, (random >> 40) % dram_fault_count(dram));
        (void)imc_layout_encode(&stage->layout, &fault->where, &addr);
    }
    addr = addr % RIG_RAM_BYTES & ~(uint64_t)(bytes - 1);
    if (!dram_is_guarded(dram, addr)) return;
    (void)dram_access(dram, kind, addr, bytes, &poison);
    if (is_write) {
        memset(rig->ram + addr, (int)(random >> 56), bytes);
    }
}

void subject_dram_poke(struct rig *rig, uint64_t random)
{
    struct stage *stage = stage_of(rig->devices[PART_STAGE]);
    struct device *dram = rig->devices[PART_DRAM];

    random |= 1;
    for (unsigned i = 0; i < BURST; i++) {
        uint64_t dice = rig_random(&random);

        switch (dice % 32) {
        case 0:
            stage->is_off = (dice & 0x300) == 0;
            set_layout(stage);
            break;
        case 1:
        case 2:
        case 3:
            if (dram_has_faults(dram)) {
                dram_repair(dram, (dice >> 8) % dram_fault_count(dram));
            }
            break;
        case 4: dram_settle(dram); break;
        case 5:
        case 6:
        case 7:
        case 8:
        case 9:
        case 10: plant(dram, &stage->layout, dice >> 5); break;
        default: access_memory(rig, dram, dice >> 5); break;
        }
    }
}

void subject_dram_calm(struct rig *rig)
{
    dram_settle(rig->devices[PART_DRAM]);
}
