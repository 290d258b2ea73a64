/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine check (SDM 3B chapters 15 and 16): the banks in which errors are logged, the interrupt
 * that tells of corrected ones (CMCI) and the exception that tells of the others (#MC). Banks 0 to
 * MCA_OWN_BANKS - 1 are each core's own, the rest belongs to the package: all cores see the same
 * registers. cpu_set_mca_log() of cpu.h is how the rest of the machine gets an error in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"

struct error;
struct snap_reader;
struct snap_writer;

/* IFU, DCU, DTLB, MLC (SDM 3B 16.8 for this family). */
#define MCA_OWN_BANKS    4u
#define MCA_SHARED_BANKS (CPU_MCA_BANKS - MCA_OWN_BANKS)

/* IA32_MCi_CTL, STATUS, ADDR, MISC, CTL2. */
struct mca_bank {
    uint64_t ctl;
    uint64_t status;
    uint64_t addr;
    uint64_t misc;
    uint64_t ctl2;
};

/* What a core has of its own. */
struct mca_core {
    struct mca_bank bank[MCA_OWN_BANKS];
    uint64_t mcg_status;
    uint64_t no_evict; /* NO_EVICT_MODE */
    bool is_pending;   /* #MC at the next instruction boundary */
    bool is_fatal;     /* and the program cannot go on: RIPV stays clear */
};

/* What all cores share: banks MCA_OWN_BANKS and up. */
struct mca_package {
    struct mca_bank bank[MCA_SHARED_BANKS];
};

/* Power-on, and machine reset: logs survive the latter, controls do not. The package goes with core
 * 0. INIT touches neither. */
void mca_power_on(struct cpu *cpu);
void mca_reset(struct cpu *cpu);
/* INIT: a #MC that waits is forgotten. */
void mca_init(struct cpu *cpu);

/* MSR 0x17a, 0x280-0x293, 0x400-0x44f and 0x2e0; `index` must be one of them. Write: false = #GP(0). */
uint64_t mca_read(struct cpu *cpu, uint32_t index);
bool mca_write(struct cpu *cpu, uint32_t index, uint64_t value);

/* The #MC that waits begins. False: it cannot be taken, the core shuts down. */
bool mca_begin(struct cpu *cpu);

/* Part of the core's chunk in a snapshot (state.c). Load refuses what cannot be. */
void mca_save(const struct cpu *cpu, struct snap_writer *w);
int mca_load(struct cpu *cpu, struct snap_reader *r, struct error *err);

/*
 * The core was about to use poisoned data at physical address `poison_physical`: logs it in a bank
 * of its own and raises #MC at the instruction, here and, as a broadcast, on every other core. The
 * instruction can be restarted (RIPV), unless an event was on its way through the IDT. A page walk
 * is fatal (PCC). `kind` is not CPU_ACCESS_WRITE: a store uses nothing. `host_pc`: where in
 * generated code the access is made, 0 when the core's registers are up to date (a fetch). Only
 * while the core runs; leaves through the engine's loop. SDM 3B 15.6.3, 15.9.3.2.
 */
_Noreturn void cpu_mca_poison_consumed(struct cpu *cpu, enum cpu_access kind,
                                       uint64_t poison_physical, uintptr_t host_pc);
