/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine check: registers, logging, CMCI, #MC (mca.h).
 *
 * Sources: SDM 3B 15.3 (registers), 15.3.2.2.1 and 15.6.4 (what overwrites what), 15.5 (CMCI), 15.6
 * and 15.9.3 (recoverable errors, RIPV and EIPV), 16.8 and 16.9 (which bank is whose);
 * hardware.md 3.5 and 3.6.
 *
 * Chosen where the manuals are silent or leave it to the model:
 * - bank 4 (PCU) cannot signal CMCI; thresholds have all 15 bits everywhere;
 * - a bank whose CTL is not zero has all its errors enabled: no public document says which bit is
 *   which error;
 * - corrected errors are of structures without status tracking (bits 54:53 are what the reporter
 *   says, 00 from memory), and the count stays at its maximum;
 * - an UCNA error signals CMCI at once, threshold or not: it is not counted;
 * - use of poison is signalled whatever the CTL of the core's own bank says;
 * - a page walk over poison is a TLB error of bank 2, MCACOD 0x0014, with PCC;
 * - a fatal error clears RIPV on every core;
 * - a core that waits for SIPI has CR4.MCE clear, so a broadcast shuts it down.
 *
 * Not modelled: LMCE, MCG_CTL, extended state (MCG_CAP says so); errors of the core's own
 * structures other than use of poison; SMI instead of CMCI (MCG_CAP's EMC is clear).
 */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/base/error.h"
#include "emu/core/snap.h"
#include "emu/cpu/events.h"

#define VECTOR_MC 18
#define CR4_MCE   (1u << 6)

#define MCG_RIPV (1u << 0)
#define MCG_EIPV (1u << 1)
#define MCG_MCIP (1u << 2)
#define MCG_ALL  (MCG_RIPV | MCG_EIPV | MCG_MCIP)

#define BIT(n)       (UINT64_C(1) << (n))
#define STATUS_VAL   BIT(63)
#define STATUS_OVER  BIT(62)
#define STATUS_UC    BIT(61)
#define STATUS_EN    BIT(60)
#define STATUS_MISCV BIT(59)
#define STATUS_ADDRV BIT(58)
#define STATUS_PCC   BIT(57)
#define STATUS_S     BIT(56)
#define STATUS_AR    BIT(55)
#define STATUS_COLOR (UINT64_C(3) << 53)
#define COLOR_YELLOW (UINT64_C(2) << 53)
#define COUNT_SHIFT  38
#define COUNT_MAX    UINT64_C(0x7fff)
#define STATUS_COUNT (COUNT_MAX << COUNT_SHIFT)

#define CTL2_CMCI_EN   BIT(30)
#define CTL2_THRESHOLD UINT64_C(0x7fff)
#define CTL2_ALL       (CTL2_CMCI_EN | CTL2_THRESHOLD)

#define MSR_MCG_STATUS    0x17au
#define MSR_MC0_CTL2      0x280u
#define MSR_NO_EVICT_MODE 0x2e0u
#define MSR_MC0_CTL       0x400u

#define NO_EVICT_SETUP UINT64_C(1)
#define NO_EVICT_ALL   UINT64_C(3)

#define BANK_IFU  0u
#define BANK_DCU  1u
#define BANK_DTLB 2u
#define BANK_PCU  4u

#define MCACOD_DATA_LOAD 0x0134u
#define MCACOD_FETCH     0x0150u
#define MCACOD_WALK      0x0014u
/* The address is physical (2 in bits 8:6) and good from bit 6 up: a cache line. */
#define MISC_LINE     0x86u
#define LINE_MASK     (~UINT64_C(0x3f))
#define EVENT_PACKAGE UINT64_C(0xff)
#define STATUS_SRAR \
    (STATUS_VAL | STATUS_UC | STATUS_EN | STATUS_MISCV | STATUS_ADDRV | STATUS_S | STATUS_AR)
#define STATUS_FATAL (STATUS_VAL | STATUS_UC | STATUS_EN | STATUS_MISCV | STATUS_ADDRV | STATUS_PCC)

/* How bad an error is: what is worse replaces what is in the bank. */
enum rank {
    RANK_CORRECTED,
    RANK_YELLOW,
    RANK_RECOVERABLE,
    RANK_FATAL,
};

static struct mca_bank *bank_of(struct cpu *cpu, unsigned bank)
{
    BUG_ON(bank >= CPU_MCA_BANKS);
    return bank < MCA_OWN_BANKS ? &cpu->mca.bank[bank] : &cpu->set->mca.bank[bank - MCA_OWN_BANKS];
}

static bool has_cmci(unsigned bank)
{
    return bank != BANK_PCU;
}

static enum rank rank_of(uint64_t status)
{
    if (!(status & STATUS_UC)) {
        return (status & STATUS_COLOR) == COLOR_YELLOW ? RANK_YELLOW : RANK_CORRECTED;
    }
    return status & STATUS_PCC ? RANK_FATAL : RANK_RECOVERABLE;
}

/* SDM 3B tables 15-2 and 15-7. */
static bool replaces(uint64_t second, uint64_t first)
{
    enum rank old = rank_of(first);
    enum rank new = rank_of(second);

    if (!(first & STATUS_VAL)) {
        return true;
    }
    if (old >= RANK_RECOVERABLE && new >= RANK_RECOVERABLE && ((first ^ second) & STATUS_EN)) {
        return second & STATUS_EN; /* enabled errors are written over those that are not */
    }
    return new > old || (new == old &&old < RANK_RECOVERABLE);
}

/* STATUS once `error` has been seen; `count` corrected ones altogether. S and AR stick. */
static uint64_t merged(uint64_t first, uint64_t second, uint64_t count)
{
    uint64_t status = replaces(second, first) ? second : first;

    if (first & STATUS_VAL) {
        status |= STATUS_OVER | (first & (STATUS_S | STATUS_AR));
        if ((first & STATUS_UC) && (second & STATUS_UC)) {
            status |= second & (STATUS_S | STATUS_AR);
        }
    }
    return (status & ~STATUS_COUNT) | count << COUNT_SHIFT;
}

static uint64_t count_of(uint64_t status)
{
    return status & STATUS_VAL ? (status & STATUS_COUNT) >> COUNT_SHIFT : 0;
}

/* Only an enabled error is signalled by #MC, and only such a one says that it was. */
static uint64_t incoming(const struct mca_bank *bank, const struct cpu_mca_error *error)
{
    uint64_t status = (error->status | STATUS_VAL) & ~STATUS_OVER;

    if (bank->ctl == 0) {
        status &= ~STATUS_EN;
    }
    if (!(status & STATUS_EN) || !(status & STATUS_UC)) {
        status &= ~(STATUS_S | STATUS_AR);
    }
    return status & STATUS_UC ? status : status & ~STATUS_PCC;
}

/* Puts an error into a bank. True: this is to be signalled by CMCI. */
static bool record(struct mca_bank *bank, uint64_t status, const struct cpu_mca_error *error)
{
    uint64_t before = count_of(bank->status);
    uint64_t threshold = bank->ctl2 & CTL2_THRESHOLD;
    uint64_t count = before;
    bool is_new = replaces(status, bank->status);

    if (!(status & STATUS_UC)) {
        uint64_t more = (status & STATUS_COUNT) >> COUNT_SHIFT;

        count += more ? more : 1;
        count = count > COUNT_MAX ? COUNT_MAX : count;
    }
    bank->status = merged(bank->status, status, count);
    if (is_new) {
        bank->addr = status & STATUS_ADDRV ? error->addr : 0;
        bank->misc = status & STATUS_MISCV ? error->misc : 0;
    }
    if (!(bank->ctl2 & CTL2_CMCI_EN)) {
        return false;
    }
    if (status & STATUS_UC) {
        return (status & STATUS_EN) && !(status & (STATUS_S | STATUS_PCC));
    }
    return threshold != 0 && before < threshold && count >= threshold;
}

static void trace_error(const struct cpu_set *set, uint64_t owner, unsigned index,
                        const struct mca_bank *bank)
{
    TRACE(set->trace, NULL, &cpu_event_mca_error, index, owner, bank->status, bank->addr);
}

static void signal_cmci(const struct cpu_set *set, unsigned bank)
{
    TRACE(set->trace, NULL, &cpu_event_cmci, bank);
    for (unsigned i = 0; set->env.cmci && i < set->count; i++) {
        set->env.cmci(set->env.ctx, i);
    }
}

static void pend(struct cpu *cpu, bool is_fatal)
{
    const struct cpu_env *env = &cpu->set->env;

    cpu->mca.is_pending = true;
    cpu->mca.is_fatal |= is_fatal;
    if (cpu->is_running) {
        cpu_kick(cpu);
    }
    if (env->machine_check) {
        env->machine_check(env->ctx, cpu->index);
    }
}

void cpu_set_mca_log(struct cpu_set *set, const struct cpu_mca_error *error)
{
    struct mca_bank *bank;
    uint64_t status;
    bool is_cmci;

    BUG_ON(error->bank < MCA_OWN_BANKS || error->bank >= CPU_MCA_BANKS);
    bank = &set->mca.bank[error->bank - MCA_OWN_BANKS];
    status = incoming(bank, error);
    is_cmci = record(bank, status, error);
    trace_error(set, EVENT_PACKAGE, error->bank, bank);
    if (is_cmci) {
        signal_cmci(set, error->bank);
    }
    if ((status & STATUS_EN) && (status & (STATUS_S | STATUS_PCC))) {
        for (unsigned i = 0; i < set->count; i++) {
            pend(set->core[i], status & STATUS_PCC);
        }
    }
}

/* Errors that come together are one event (SDM 3B 15.9.4). */
static bool begin(struct cpu *cpu, uint64_t mcg_status)
{
    bool is_possible =
        (cpu->env->cr[4] & CR4_MCE) && !(cpu->mca.mcg_status & MCG_MCIP) && !cpu->waits_for_sipi;

    if (cpu->mca.is_fatal) {
        mcg_status &= ~(uint64_t)MCG_RIPV;
    }
    cpu->mca.is_pending = false;
    cpu->mca.is_fatal = false;
    cpu->mca.mcg_status = mcg_status | MCG_MCIP;
    TRACE(cpu->set->trace, NULL, &cpu_event_machine_check, cpu->index, cpu->mca.mcg_status,
          cpu->env->eip);
    if (!is_possible) {
        TRACE(cpu->set->trace, NULL, &cpu_event_shutdown, cpu->env->eip, cpu->env->cr[2]);
    }
    return is_possible;
}

bool mca_begin(struct cpu *cpu)
{
    return begin(cpu, MCG_RIPV);
}

static struct cpu_mca_error consumed(enum cpu_access kind, uint64_t addr)
{
    struct cpu_mca_error error = {.addr = addr & LINE_MASK, .misc = MISC_LINE};

    switch (kind) {
    case CPU_ACCESS_FETCH:
        error.bank = BANK_IFU;
        error.status = STATUS_SRAR | MCACOD_FETCH;
        break;
    case CPU_ACCESS_WALK:
        error.bank = BANK_DTLB;
        error.status = STATUS_FATAL | MCACOD_WALK;
        break;
    case CPU_ACCESS_READ:
    case CPU_ACCESS_WRITE:
        error.bank = BANK_DCU;
        error.status = STATUS_SRAR | MCACOD_DATA_LOAD;
        break;
    }
    return error;
}

_Noreturn void cpu_mca_poison_consumed(struct cpu *cpu, enum cpu_access kind,
                                       uint64_t poison_physical, uintptr_t host_pc)
{
    const struct cpu_mca_error error = consumed(kind, poison_physical);
    struct mca_bank *bank = bank_of(cpu, error.bank);
    bool is_walk = kind == CPU_ACCESS_WALK;
    bool is_lost = is_walk || cpu->is_delivering;

    BUG_ON(!cpu->is_running);
    if (host_pc) {
        SEAM(cpu_restore_state)(cpu->cs, host_pc, true);
    }
    record(bank, error.status, &error);
    trace_error(cpu->set, cpu->index, error.bank, bank);
    for (unsigned i = 0; i < cpu->set->count; i++) {
        if (i != cpu->index) {
            pend(cpu->set->core[i], is_walk);
        }
    }
    if (begin(cpu, MCG_EIPV | (is_lost ? 0 : MCG_RIPV))) {
        SEAM(raise_exception_ra)(cpu->env, VECTOR_MC, 0);
    }
    cpu_shut_down(cpu);
    SEAM(cpu_loop_exit_noexc)(cpu->cs);
}

/* ---- Registers ---- */

static void clear_controls(struct mca_bank *banks, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        banks[i].ctl = 0;
        banks[i].ctl2 = 0;
    }
}

static void set_no_evict(struct cpu *cpu, uint64_t value)
{
    const struct cpu_env *env = &cpu->set->env;
    uint64_t changed = cpu->mca.no_evict ^ value;

    cpu->mca.no_evict = value;
    if (cpu->index == 0 && (changed & NO_EVICT_SETUP) && env->no_evict) {
        env->no_evict(env->ctx, value & NO_EVICT_SETUP);
    }
}

void mca_reset(struct cpu *cpu)
{
    clear_controls(cpu->mca.bank, MCA_OWN_BANKS);
    cpu->mca.mcg_status = 0;
    mca_init(cpu);
    set_no_evict(cpu, 0);
    if (cpu->index == 0) {
        clear_controls(cpu->set->mca.bank, MCA_SHARED_BANKS);
    }
}

void mca_power_on(struct cpu *cpu)
{
    mca_reset(cpu);
    for (unsigned i = 0; i < MCA_OWN_BANKS; i++) {
        cpu->mca.bank[i] = (struct mca_bank){0};
    }
    for (unsigned i = 0; cpu->index == 0 && i < MCA_SHARED_BANKS; i++) {
        cpu->set->mca.bank[i] = (struct mca_bank){0};
    }
}

void mca_init(struct cpu *cpu)
{
    cpu->mca.is_pending = false;
    cpu->mca.is_fatal = false;
}

/* The register of a bank that an index names. */
static uint64_t *bank_register(struct cpu *cpu, uint32_t index, unsigned *bank)
{
    uint32_t distance = index - MSR_MC0_CTL;
    struct mca_bank *regs;

    if (index < MSR_MC0_CTL) {
        *bank = index - MSR_MC0_CTL2;
        return &bank_of(cpu, *bank)->ctl2;
    }
    *bank = distance / 4;
    regs = bank_of(cpu, *bank);
    switch (distance % 4) {
    case 0: return &regs->ctl;
    case 1: return &regs->status;
    case 2: return &regs->addr;
    default: return &regs->misc;
    }
}

uint64_t mca_read(struct cpu *cpu, uint32_t index)
{
    unsigned bank;

    switch (index) {
    case MSR_MCG_STATUS: return cpu->mca.mcg_status;
    case MSR_NO_EVICT_MODE: return cpu->mca.no_evict;
    default: return *bank_register(cpu, index, &bank);
    }
}

static bool write_bank(struct cpu *cpu, uint32_t index, uint64_t value)
{
    unsigned bank;
    uint64_t *reg = bank_register(cpu, index, &bank);

    if (index < MSR_MC0_CTL) {
        if (value & ~CTL2_ALL) {
            return false;
        }
        *reg = has_cmci(bank) ? value : 0;
        return true;
    }
    if ((index - MSR_MC0_CTL) % 4 != 0 && value != 0) {
        return false; /* software can only clear a log */
    }
    *reg = value;
    return true;
}

bool mca_write(struct cpu *cpu, uint32_t index, uint64_t value)
{
    switch (index) {
    case MSR_MCG_STATUS:
        if (value & ~(uint64_t)MCG_ALL) {
            return false;
        }
        cpu->mca.mcg_status = value;
        return true;
    case MSR_NO_EVICT_MODE:
        if (value & ~NO_EVICT_ALL) {
            return false;
        }
        set_no_evict(cpu, value);
        return true;
    default: return write_bank(cpu, index, value);
    }
}

/* ---- Snapshots ---- */

static void save_banks(const struct mca_bank *banks, unsigned count, struct snap_writer *w)
{
    for (unsigned i = 0; i < count; i++) {
        snap_put_u64(w, banks[i].ctl);
        snap_put_u64(w, banks[i].status);
        snap_put_u64(w, banks[i].addr);
        snap_put_u64(w, banks[i].misc);
        snap_put_u64(w, banks[i].ctl2);
    }
}

void mca_save(const struct cpu *cpu, struct snap_writer *w)
{
    save_banks(cpu->mca.bank, MCA_OWN_BANKS, w);
    snap_put_u64(w, cpu->mca.mcg_status);
    snap_put_u64(w, cpu->mca.no_evict);
    snap_put_u64(w, (cpu->mca.is_pending ? 1u : 0) | (cpu->mca.is_fatal ? 2u : 0));
    if (cpu->index == 0) {
        save_banks(cpu->set->mca.bank, MCA_SHARED_BANKS, w);
    }
}

static int load_banks(struct mca_bank *banks, unsigned first, unsigned count, struct snap_reader *r,
                      struct error *err)
{
    for (unsigned i = 0; i < count; i++) {
        struct mca_bank *bank = &banks[i];

        if (snap_get_u64(r, &bank->ctl, err) != 0 || snap_get_u64(r, &bank->status, err) != 0 ||
            snap_get_u64(r, &bank->addr, err) != 0 || snap_get_u64(r, &bank->misc, err) != 0 ||
            snap_get_u64(r, &bank->ctl2, err) != 0) {
            return -1;
        }
        if ((bank->status != 0 && !(bank->status & STATUS_VAL)) || (bank->ctl2 & ~CTL2_ALL) ||
            (bank->ctl2 && !has_cmci(first + i))) {
            return error_host(err, "a machine-check bank in the snapshot is not possible");
        }
    }
    return 0;
}

int mca_load(struct cpu *cpu, struct snap_reader *r, struct error *err)
{
    uint64_t no_evict;
    uint64_t flags;

    if (load_banks(cpu->mca.bank, 0, MCA_OWN_BANKS, r, err) != 0 ||
        snap_get_u64(r, &cpu->mca.mcg_status, err) != 0 || snap_get_u64(r, &no_evict, err) != 0 ||
        snap_get_u64(r, &flags, err) != 0) {
        return -1;
    }
    if ((cpu->mca.mcg_status & ~(uint64_t)MCG_ALL) || (no_evict & ~NO_EVICT_ALL) || flags > 3 ||
        flags == 2) {
        return error_host(err, "a core's machine-check state in the snapshot is out of range");
    }
    cpu->mca.is_pending = flags & 1;
    cpu->mca.is_fatal = flags & 2;
    set_no_evict(cpu, no_evict);
    return cpu->index == 0 ? load_banks(cpu->set->mca.bank, MCA_OWN_BANKS, MCA_SHARED_BANKS, r, err)
                           : 0;
}
