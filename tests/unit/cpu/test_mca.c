/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine check: what a bank keeps, when CMCI and #MC come, shutdown, snapshots (SDM 3B chapter 15).
 */
#include "emu/cpu/internal.h"
#include "tests/unit/cpu/harness.h"
#include "tests/unit/cpu/mca_guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/error.h"
#include "emu/core/snap.h"
#include "emu/cpu/events.h"

SNIPPET(mca_halt);
SNIPPET(mca_closed);
SNIPPET(mca_spin);
SNIPPET(mca_shadow);
SNIPPET(mca_consume);
SNIPPET(mca_consume_user);
SNIPPET(mca_msr);
SNIPPET(mca_two);
SNIPPET(mca_start);
SNIPPET(endless);

#define BIT(n)   (UINT64_C(1) << (n))
#define VAL      BIT(63)
#define OVER     BIT(62)
#define UC       BIT(61)
#define EN       BIT(60)
#define MISCV    BIT(59)
#define ADDRV    BIT(58)
#define PCC      BIT(57)
#define S        BIT(56)
#define AR       BIT(55)
#define YELLOW   BIT(54)
#define GREEN    BIT(53)
#define COUNT(n) ((uint64_t)(n) << 38)

#define CE   (EN | MISCV | ADDRV | 0x90)
#define UCNA (UC | EN | MISCV | ADDRV | 0x90)
#define SRAO (UC | EN | MISCV | ADDRV | S | 0xc0)
#define SRAR (UC | EN | MISCV | ADDRV | S | AR | 0x134)
#define DEAD (UC | EN | MISCV | ADDRV | PCC | 0x90)

#define RIPV 1u
#define EIPV 2u
#define MCIP 4u

#define CTL(bank)    (0x400u + 4 * (bank))
#define STATUS(bank) (0x401u + 4 * (bank))
#define ADDR(bank)   (0x402u + 4 * (bank))
#define MISC(bank)   (0x403u + 4 * (bank))
#define CTL2(bank)   (0x280u + (bank))
#define MCG_STATUS   0x17au
#define CMCI_EN      BIT(30)

#define IMC    13u
#define PCU    4u
#define POISON UINT64_C(0x234567a8)

struct rig {
    struct guest *guest;
    struct cpu_mca_error error; /* of PORT_MCA */
    unsigned cmci[8];
    unsigned checks[8]; /* cores that a machine check was announced for */
    struct trace_record seen[16];
    size_t seen_count;
    unsigned no_evict_calls;
    bool is_no_evict;
    void (*io_write)(void *ctx, unsigned core, uint16_t port, unsigned size, uint64_t value);
};

static void on_io_write(void *ctx, unsigned core, uint16_t port, unsigned size, uint64_t value)
{
    struct guest *guest = ctx;
    struct rig *rig = guest->test;
    struct cpu *cpu = guest_core(guest, core);

    if (port == PORT_POISON) {
        cpu_mca_poison_consumed(cpu, (enum cpu_access)value, POISON, cpu->host_pc);
    }
    if (port == PORT_MCA) {
        cpu_set_mca_log(guest->set, &rig->error);
        return;
    }
    rig->io_write(ctx, core, port, size, value);
}

static void on_cmci(void *ctx, unsigned core)
{
    struct rig *rig = ((struct guest *)ctx)->test;

    rig->cmci[core]++;
}

static void on_machine_check(void *ctx, unsigned core)
{
    struct rig *rig = ((struct guest *)ctx)->test;

    rig->checks[core]++;
}

static void on_no_evict(void *ctx, bool is_on)
{
    struct rig *rig = ((struct guest *)ctx)->test;

    rig->no_evict_calls++;
    rig->is_no_evict = is_on;
}

static void rig_begin(struct rig *rig, const uint8_t *begin, const uint8_t *end, unsigned cores)
{
    const struct guest_options options = {.cores = cores};
    struct cpu_env *env;

    *rig = (struct rig){.guest = guest_create(MODE_LONG, begin, end, &options)};
    env = &rig->guest->set->env;
    rig->io_write = env->io_write;
    env->io_write = on_io_write;
    env->cmci = on_cmci;
    env->machine_check = on_machine_check;
    env->no_evict = on_no_evict;
    rig->guest->test = rig;
    for (unsigned bank = 0; bank < CPU_MCA_BANKS; bank++) {
        assert_true(msr_write(guest_core(rig->guest, 0), CTL(bank), UINT64_MAX));
    }
}

static uint64_t get(const struct rig *rig, unsigned core, uint32_t index)
{
    uint64_t value = 0;

    assert_true(msr_read(guest_core(rig->guest, core), index, &value));
    return value;
}

static bool put(const struct rig *rig, unsigned core, uint32_t index, uint64_t value)
{
    return msr_write(guest_core(rig->guest, core), index, value);
}

static void happen(struct rig *rig, unsigned bank, uint64_t status, uint64_t addr)
{
    const struct cpu_mca_error error = {
        .bank = bank, .status = status, .addr = addr, .misc = addr ^ 0x86};

    cpu_set_mca_log(rig->guest->set, &error);
}

static enum cpu_stop run_core(struct rig *rig, unsigned core)
{
    struct cpu *cpu = guest_core(rig->guest, core);

    return cpu_run(cpu, cpu_now(cpu) + VTIME_US(20));
}

static void test_registers(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(endless), 2);
    assert_int_equal(get(&rig, 0, 0x179), 0x01000c14);
    assert_false(put(&rig, 0, 0x179, 0));
    for (unsigned bank = 0; bank < CPU_MCA_BANKS; bank++) {
        bool is_own = bank < MCA_OWN_BANKS;

        assert_int_equal(get(&rig, 1, CTL(bank)), is_own ? 0 : UINT64_MAX);
        for (uint32_t index = STATUS(bank); index <= MISC(bank); index++) {
            assert_int_equal(get(&rig, 0, index), 0);
            assert_true(put(&rig, 0, index, 0));
            assert_false(put(&rig, 0, index, 1));
            assert_false(put(&rig, 0, index, UINT64_MAX));
        }
        assert_true(put(&rig, 0, CTL2(bank), CMCI_EN | 0x7fff));
        assert_int_equal(get(&rig, 0, CTL2(bank)), bank == PCU ? 0 : CMCI_EN | 0x7fff);
        assert_int_equal(get(&rig, 1, CTL2(bank)), is_own || bank == PCU ? 0 : CMCI_EN | 0x7fff);
        assert_false(put(&rig, 0, CTL2(bank), 0x8000));
        assert_false(put(&rig, 0, CTL2(bank), BIT(31)));
        assert_false(put(&rig, 0, CTL2(bank), BIT(32)));
    }
    assert_true(put(&rig, 0, MCG_STATUS, 7));
    assert_int_equal(get(&rig, 0, MCG_STATUS), 7);
    assert_int_equal(get(&rig, 1, MCG_STATUS), 0);
    assert_false(put(&rig, 0, MCG_STATUS, 8));
    assert_false(msr_exists(STATUS(CPU_MCA_BANKS)));
    assert_false(msr_exists(CTL2(CPU_MCA_BANKS)));
    guest_destroy(rig.guest);
}

static void test_instructions(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(mca_msr), 1);
    assert_int_equal(guest_run(rig.guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(guest_record(rig.guest, i).vector, 13);
    }
    assert_int_equal(rig.guest->report[0], 1);
    assert_int_equal(rig.no_evict_calls, 2);
    assert_false(rig.is_no_evict);
    guest_destroy(rig.guest);
}

/* NO_EVICT_MODE: only bit 0 of core 0 tells the machine; a reset clears it. */
static void test_no_evict(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(endless), 2);
    assert_true(put(&rig, 1, 0x2e0, 1));
    assert_int_equal(rig.no_evict_calls, 0);
    assert_true(put(&rig, 0, 0x2e0, 1));
    assert_true(put(&rig, 0, 0x2e0, 3));
    assert_int_equal(rig.no_evict_calls, 1);
    assert_true(rig.is_no_evict);
    assert_false(put(&rig, 0, 0x2e0, 4));
    cpu_reset(guest_core(rig.guest, 0), VTIME_US(1));
    assert_int_equal(rig.no_evict_calls, 2);
    assert_false(rig.is_no_evict);
    assert_int_equal(get(&rig, 0, 0x2e0), 0);
    guest_destroy(rig.guest);
}

/* Tables 15-2 and 15-7: what is in the bank after a second error. */
static void test_overwrite(void **state)
{
    static const struct {
        uint64_t first, second, status;
        bool is_second;
    } rules[] = {
        {CE, CE | 1, CE | 1 | COUNT(2), true},
        {CE | GREEN, CE | 1, CE | 1 | COUNT(2), true},
        {CE, CE | YELLOW, CE | YELLOW | COUNT(2), true},
        {CE | YELLOW, CE, CE | YELLOW | COUNT(2), false},
        {CE | YELLOW, CE | GREEN, CE | YELLOW | COUNT(2), false},
        {CE | YELLOW, CE | YELLOW | 1, CE | YELLOW | 1 | COUNT(2), true},
        {CE, UCNA, UCNA | COUNT(1), true},
        {CE, SRAO, SRAO | COUNT(1), true},
        {CE | YELLOW, SRAR, SRAR | COUNT(1), true},
        {CE, DEAD, DEAD | COUNT(1), true},
        {UCNA, CE, UCNA | COUNT(1), false},
        {SRAO, CE, SRAO | COUNT(1), false},
        {DEAD, CE, DEAD | COUNT(1), false},
        {UCNA, UCNA | 1, UCNA, false},
        {UCNA, SRAO, UCNA | S, false},
        {UCNA, SRAR, UCNA | S | AR, false},
        {SRAO, UCNA, SRAO, false},
        {SRAO, SRAO | 1, SRAO, false},
        {SRAO, SRAR, SRAO | AR, false},
        {SRAR, UCNA, SRAR, false},
        {SRAR, SRAO, SRAR, false},
        {SRAR, SRAR | 1, SRAR, false},
        {UCNA, DEAD, DEAD, true},
        {SRAO, DEAD, DEAD | S, true},
        {DEAD, DEAD | 1, DEAD, false},
        {UCNA & ~EN, UCNA | 1, UCNA | 1, true},
        {UCNA, (UCNA & ~EN) | 1, UCNA, false},
        {UCNA, DEAD & ~EN, UCNA, false},
    };
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(endless), 1);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        happen(&rig, IMC, rules[i].first, 0x1000);
        assert_int_equal(get(&rig, 0, STATUS(IMC)) & ~COUNT(1), VAL | rules[i].first);
        assert_int_equal(get(&rig, 0, ADDR(IMC)), 0x1000);
        happen(&rig, IMC, rules[i].second, 0x2000);
        assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | OVER | rules[i].status);
        assert_int_equal(get(&rig, 0, ADDR(IMC)), rules[i].is_second ? 0x2000 : 0x1000);
        assert_int_equal(get(&rig, 0, MISC(IMC)), rules[i].is_second ? 0x2086 : 0x1086);
        assert_true(put(&rig, 0, STATUS(IMC), 0));
        assert_int_equal(get(&rig, 0, STATUS(IMC)), 0);
    }
    guest_destroy(rig.guest);
}

/* What the flags do not vouch for is not there. */
static void test_valid_flags(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(endless), 1);
    happen(&rig, IMC, CE & ~(ADDRV | MISCV), 0x1234);
    assert_int_equal(get(&rig, 0, ADDR(IMC)), 0);
    assert_int_equal(get(&rig, 0, MISC(IMC)), 0);
    happen(&rig, IMC, CE | OVER | PCC | S | AR, 0x1234); /* PCC, S, AR: not of a corrected error */
    assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | OVER | CE | COUNT(2));
    assert_int_equal(get(&rig, 0, ADDR(IMC)), 0x1234);
    assert_true(put(&rig, 0, ADDR(IMC), 0));
    assert_int_equal(get(&rig, 0, ADDR(IMC)), 0);
    guest_destroy(rig.guest);
}

/* MCi_CTL: an error that is not enabled is logged so, and not signalled. */
static void test_disabled(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(mca_halt), 1);
    run_core(&rig, 0);
    assert_true(put(&rig, 0, CTL(IMC), 0));
    assert_true(put(&rig, 0, CTL2(IMC), CMCI_EN | 1));
    happen(&rig, IMC, SRAR, 0x1000);
    assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | (SRAR & ~(EN | S | AR)));
    assert_true(put(&rig, 0, STATUS(IMC), 0));
    happen(&rig, IMC, DEAD, 0x1000);
    assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | (DEAD & ~EN));
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 0);
    assert_int_equal(rig.cmci[0], 0);
    assert_true(put(&rig, 0, STATUS(IMC), 0));
    happen(&rig, IMC, CE, 0x1000); /* CMCI does not ask MCi_CTL */
    assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | (CE & ~EN) | COUNT(1));
    assert_int_equal(rig.cmci[0], 1);
    guest_destroy(rig.guest);
}

static void test_cmci(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(endless), 3);
    happen(&rig, IMC, CE, 0x1000); /* not enabled */
    assert_true(put(&rig, 0, CTL2(IMC), CMCI_EN));
    happen(&rig, IMC, CE, 0x1000); /* no threshold */
    assert_int_equal(rig.cmci[0], 0);
    assert_true(put(&rig, 0, STATUS(IMC), 0));
    assert_true(put(&rig, 2, CTL2(IMC), CMCI_EN | 3));
    for (unsigned i = 1; i <= 6; i++) {
        happen(&rig, IMC, CE, 0x1000);
        assert_int_equal(rig.cmci[0], i < 3 ? 0 : 1);
    }
    assert_int_equal(rig.cmci[1], 1);
    assert_int_equal(rig.cmci[2], 1);
    /* Cleared: armed again. A report of several errors may pass the threshold. */
    assert_true(put(&rig, 1, STATUS(IMC), 0));
    happen(&rig, IMC, CE | COUNT(5), 0x1000);
    assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | CE | COUNT(5));
    assert_int_equal(rig.cmci[1], 2);
    /* Another threshold above the count: the next crossing signals. */
    assert_true(put(&rig, 0, CTL2(IMC), CMCI_EN | 7));
    happen(&rig, IMC, CE, 0x1000);
    assert_int_equal(rig.cmci[1], 2);
    happen(&rig, IMC, CE, 0x1000);
    assert_int_equal(rig.cmci[1], 3);
    /* An UCNA error signals at once, and no #MC. */
    assert_true(put(&rig, 0, STATUS(IMC), 0));
    happen(&rig, IMC, UCNA, 0x1000);
    assert_int_equal(rig.cmci[2], 4);
    assert_false(guest_core(rig.guest, 0)->mca.is_pending);
    /* Bank 4 has no such signal. */
    assert_true(put(&rig, 0, CTL2(PCU), CMCI_EN | 1));
    happen(&rig, PCU, CE, 0x1000);
    assert_int_equal(rig.cmci[0], 4);
    guest_destroy(rig.guest);
}

static void test_saturation(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(endless), 1);
    assert_true(put(&rig, 0, CTL2(IMC), CMCI_EN | 0x7fff));
    happen(&rig, IMC, CE | COUNT(0x7ffe), 0x1000);
    assert_int_equal(rig.cmci[0], 0);
    for (unsigned i = 0; i < 3; i++) {
        happen(&rig, IMC, CE, 0x1000);
        assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | OVER | CE | COUNT(0x7fff));
        assert_int_equal(rig.cmci[0], 1);
    }
    happen(&rig, IMC, CE | COUNT(0x7fff), 0x1000);
    assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | OVER | CE | COUNT(0x7fff));
    guest_destroy(rig.guest);
}

/* #MC wakes a core that is halted with interrupts off, and comes between chained blocks. */
static void test_exception(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(mca_halt), 1);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    happen(&rig, IMC, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 1);
    assert_int_equal(guest_record(rig.guest, 0).vector, 18);
    assert_int_equal(get(&rig, 0, MCG_STATUS), RIPV | MCIP);
    assert_int_equal(guest_u64(rig.guest, GUEST_ARG), 1);
    /* A fatal one: not to be restarted. Two at once are one exception. */
    assert_true(put(&rig, 0, MCG_STATUS, 0));
    happen(&rig, IMC, DEAD, 0x1000);
    happen(&rig, IMC + 1, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 2);
    assert_int_equal(get(&rig, 0, MCG_STATUS), MCIP);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    guest_destroy(rig.guest);

    rig_begin(&rig, CODE(mca_spin), 1);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_DEADLINE);
    happen(&rig, IMC, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_DEADLINE);
    assert_int_equal(guest_record_count(rig.guest), 1);
    assert_int_equal(guest_record(rig.guest, 0).cs, SEL_CODE64);
    guest_destroy(rig.guest);
}

/* From inside an instruction, behind MOV SS: before the interrupt that waits, and not later than
 * the instruction's end. */
static void test_shadow(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(mca_shadow), 1);
    rig.error = (struct cpu_mca_error){.bank = IMC, .status = SRAO, .addr = 0x1000, .misc = 0x86};
    assert_int_equal(guest_run(rig.guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 2);
    assert_int_equal(guest_record(rig.guest, 0).vector, 18);
    assert_int_equal(rig.guest->ram[guest_record(rig.guest, 0).rip - 2], 0xe6); /* OUT */
    assert_int_equal(guest_record(rig.guest, 1).vector, 0x41);
    guest_destroy(rig.guest);
}

static void test_step(void **state)
{
    struct rig rig;
    struct cpu_regs regs;

    (void)state;
    rig_begin(&rig, CODE(mca_spin), 1);
    run_core(&rig, 0);
    happen(&rig, IMC, SRAO, 0x1000);
    assert_int_equal(cpu_step(guest_core(rig.guest, 0)), CPU_STOP_STEP);
    cpu_get_regs(guest_core(rig.guest, 0), &regs);
    assert_in_range(regs.rip, GUEST_STUBS + 18 * GUEST_STUB_BYTES + 1,
                    GUEST_STUBS + 19 * GUEST_STUB_BYTES - 1);
    guest_destroy(rig.guest);
}

/* Machine reset; the runtime wants a TSS that is not busy. */
static void reset(struct rig *rig)
{
    rig->guest->ram[GUEST_GDT + SEL_TSS + 5] = 0x89;
    cpu_reset(guest_core(rig->guest, 0), VTIME_MS(2));
}

static void test_shutdown(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(mca_closed), 1); /* CR4.MCE is clear */
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    happen(&rig, IMC, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_TRIPLE_FAULT);
    assert_int_equal(guest_record_count(rig.guest), 0);
    /* The log is there after the reset, what controls it is not. */
    assert_true(put(&rig, 0, CTL2(IMC), CMCI_EN | 1));
    reset(&rig);
    assert_int_equal(get(&rig, 0, STATUS(IMC)), VAL | SRAO);
    assert_int_equal(get(&rig, 0, ADDR(IMC)), 0x1000);
    assert_int_equal(get(&rig, 0, MISC(IMC)), 0x1086);
    assert_int_equal(get(&rig, 0, CTL(IMC)), 0);
    assert_int_equal(get(&rig, 0, CTL2(IMC)), 0);
    assert_int_equal(get(&rig, 0, MCG_STATUS), 0);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    guest_destroy(rig.guest);

    rig_begin(&rig, CODE(mca_halt), 1); /* one in progress */
    run_core(&rig, 0);
    happen(&rig, IMC, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    happen(&rig, IMC + 1, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_TRIPLE_FAULT);
    assert_int_equal(guest_record_count(rig.guest), 1);
    guest_destroy(rig.guest);
}

/* A core that waits for SIPI shuts the machine down; INIT forgets what waits and keeps the logs. */
static void test_waiting(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(mca_halt), 2);
    run_core(&rig, 0);
    assert_int_equal(run_core(&rig, 1), CPU_STOP_WAIT_SIPI);
    happen(&rig, IMC, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 1);
    assert_int_equal(run_core(&rig, 1), CPU_STOP_TRIPLE_FAULT);
    assert_true(put(&rig, 0, MCG_STATUS, 0));
    assert_true(put(&rig, 1, CTL(0), 1));
    happen(&rig, IMC, SRAO, 0x1000);
    cpu_init(guest_core(rig.guest, 1));
    assert_int_equal(run_core(&rig, 1), CPU_STOP_WAIT_SIPI);
    assert_int_equal(get(&rig, 1, CTL(0)), 1);
    assert_int_equal(get(&rig, 1, STATUS(IMC)), VAL | OVER | SRAO);
    guest_destroy(rig.guest);
}

static struct guest_record consume(struct rig *rig, const uint8_t *begin, const uint8_t *end,
                                   enum cpu_access kind)
{
    rig_begin(rig, begin, end, 1);
    guest_put_u64(rig->guest, GUEST_ARG, kind);
    assert_int_equal(guest_run(rig->guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig->guest), 1);
    assert_int_equal(guest_record(rig->guest, 0).vector, 18);
    return guest_record(rig->guest, 0);
}

/* Action required, as Linux's table wants it: UC S AR EN ADDRV MISCV without OVER and PCC, the two
 * known codes, both of RIPV and EIPV, a physical address good to less than a page. */
static void test_consumed(void **state)
{
    static const struct {
        enum cpu_access kind;
        unsigned bank;
        unsigned code;
    } kinds[] = {{CPU_ACCESS_READ, 1, 0x134}, {CPU_ACCESS_FETCH, 0, 0x150}};
    struct rig rig;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct guest_record record = consume(&rig, CODE(mca_consume), kinds[i].kind);
        uint64_t status = get(&rig, 0, STATUS(kinds[i].bank));

        assert_int_equal(status, VAL | UC | EN | MISCV | ADDRV | S | AR | kinds[i].code);
        assert_int_equal(get(&rig, 0, ADDR(kinds[i].bank)), POISON & ~UINT64_C(0x3f));
        assert_int_equal(get(&rig, 0, MISC(kinds[i].bank)), 0x86);
        assert_int_equal(get(&rig, 0, MCG_STATUS), RIPV | EIPV | MCIP);
        assert_int_equal(rig.guest->ram[record.rip], 0xe6); /* at the OUT */
        assert_int_equal(rig.guest->report[0], 0x11223344);
        guest_destroy(rig.guest);
    }
    assert_int_equal(consume(&rig, CODE(mca_consume_user), CPU_ACCESS_READ).cs, SEL_USER_CODE64);
    guest_destroy(rig.guest);
}

static void test_walk(void **state)
{
    struct rig rig;

    (void)state;
    consume(&rig, CODE(mca_consume), CPU_ACCESS_WALK);
    assert_int_equal(get(&rig, 0, STATUS(2)), VAL | UC | EN | MISCV | ADDRV | PCC | 0x14);
    assert_int_equal(get(&rig, 0, MCG_STATUS), EIPV | MCIP);
    guest_destroy(rig.guest);
}

static void test_consumed_shutdown(void **state)
{
    struct rig rig;

    (void)state;
    rig_begin(&rig, CODE(mca_consume), 1);
    assert_true(put(&rig, 0, MCG_STATUS, MCIP));
    assert_int_equal(guest_run(rig.guest, VTIME_MS(1)), CPU_STOP_TRIPLE_FAULT);
    assert_int_equal(guest_record_count(rig.guest), 0);
    assert_int_equal(rig.guest->report_count, 0);
    assert_int_equal(get(&rig, 0, STATUS(1)) & (VAL | UC | S | AR), VAL | UC | S | AR);
    reset(&rig);
    assert_int_equal(get(&rig, 0, STATUS(1)) & VAL, VAL);
    assert_int_equal(guest_run(rig.guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 1);
    assert_true(get(&rig, 0, STATUS(1)) & OVER);
    guest_destroy(rig.guest);
}

static void start_two(struct rig *rig)
{
    rig_begin(rig, CODE(mca_two), 2);
    memcpy(rig->guest->ram + 0x60000, mca_start_begin, (size_t)(mca_start_end - mca_start_begin));
    for (unsigned i = 0; i < 100 && rig->guest->report_count == 0; i++) {
        run_core(rig, 0);
        run_core(rig, 1);
    }
    assert_int_equal(run_core(rig, 0), CPU_STOP_HALTED);
    assert_int_equal(run_core(rig, 1), CPU_STOP_HALTED);
    assert_int_equal(rig->guest->report_count, 1);
}

/* One error, every core; one core uses poison, the other only hears of it. */
static void test_broadcast(void **state)
{
    struct rig rig;

    (void)state;
    start_two(&rig);
    happen(&rig, IMC, SRAO, 0x1000);
    assert_int_equal(run_core(&rig, 1), CPU_STOP_HALTED);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(rig.guest), 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(guest_record(rig.guest, i).vector, 18);
        assert_int_equal(get(&rig, i, MCG_STATUS), RIPV | MCIP);
        assert_true(put(&rig, i, MCG_STATUS, 0));
    }
    assert_int_equal(guest_u64(rig.guest, GUEST_ARG), 1);
    assert_int_equal(guest_u64(rig.guest, GUEST_ARG + 8), 1);

    guest_put_u64(rig.guest, GUEST_ARG + 32, 1);
    cpu_nmi(guest_core(rig.guest, 0)); /* core 0 goes on to its OUT */
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    assert_int_equal(get(&rig, 0, MCG_STATUS), RIPV | EIPV | MCIP);
    assert_int_equal(get(&rig, 1, MCG_STATUS), 0);
    assert_int_equal(run_core(&rig, 1), CPU_STOP_HALTED);
    assert_int_equal(get(&rig, 1, MCG_STATUS), RIPV | MCIP);
    assert_int_equal(get(&rig, 1, STATUS(1)), 0);
    assert_int_equal(guest_record_count(rig.guest), 5);
    assert_int_equal(guest_u64(rig.guest, GUEST_ARG + 8), 2);
    guest_destroy(rig.guest);
}

static void on_record(void *ctx, const struct trace_record *record)
{
    struct rig *rig = ctx;

    if (rig->seen_count < 16) {
        rig->seen[rig->seen_count++] = *record;
    }
}

/* In the trace: the error, CMCI, #MC, shutdown. The machine hears of cores to wake. */
static void test_trace(void **state)
{
    static const struct trace_desc *const expected[] = {
        &cpu_event_mca_error, &cpu_event_cmci, &cpu_event_mca_error, &cpu_event_machine_check,
        &cpu_event_shutdown};
    struct rig rig;
    struct trace *trace = trace_create();
    const struct trace_sink sink = {.record = on_record, .ctx = &rig};

    (void)state;
    rig_begin(&rig, CODE(mca_closed), 2);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_HALTED);
    assert_true(trace_add_sink(trace, &sink));
    rig.guest->set->trace = trace;
    assert_true(put(&rig, 0, CTL2(IMC), CMCI_EN | 1));
    happen(&rig, IMC, CE, 0x1000);
    assert_int_equal(rig.checks[1], 0);
    happen(&rig, IMC, SRAO, 0x2000);
    assert_int_equal(rig.checks[0], 1);
    assert_int_equal(rig.checks[1], 1);
    assert_int_equal(run_core(&rig, 0), CPU_STOP_TRIPLE_FAULT);
    assert_int_equal(rig.seen_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_ptr_equal(rig.seen[i].desc, expected[i]);
    }
    assert_int_equal(rig.seen[0].args[2], VAL | CE | COUNT(1));
    assert_int_equal(rig.seen[2].args[3], 0x2000);
    assert_int_equal(rig.seen[3].args[1], RIPV | MCIP);
    rig.guest->set->trace = NULL;
    guest_destroy(rig.guest);
    trace_destroy(trace);
}

static struct snap_writer *save(struct rig *rig, const void **data, size_t *bytes)
{
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;

    for (unsigned i = 0; i < cpu_set_count(rig->guest->set); i++) {
        assert_int_equal(cpu_save(guest_core(rig->guest, i), w, &err), 0);
    }
    *data = snap_finish(w, "test", bytes);
    return w;
}

static int load(struct rig *rig, const void *data, size_t bytes)
{
    struct error err = ERROR_INIT;
    struct snap_reader *r = snap_reader_create(data, bytes, "test", &err);
    int result = 0;

    assert_non_null(r);
    for (unsigned i = 0; result == 0 && i < cpu_set_count(rig->guest->set); i++) {
        result = cpu_load(guest_core(rig->guest, i), r, &err);
    }
    snap_reader_destroy(r);
    return result;
}

/* A #MC that waits, logs, thresholds half way, NO_EVICT_MODE. */
static void test_snapshot(void **state)
{
    struct rig a;
    struct rig b;
    const void *data;
    size_t bytes;

    (void)state;
    start_two(&a);
    rig_begin(&b, CODE(endless), 2);
    assert_true(put(&a, 0, CTL2(IMC), CMCI_EN | 2));
    assert_true(put(&a, 0, 0x2e0, 3));
    assert_true(put(&a, 1, CTL(2), 5));
    happen(&a, IMC, CE, 0x1000);
    happen(&a, IMC + 1, DEAD, 0x2000);
    struct snap_writer *w = save(&a, &data, &bytes);

    assert_int_equal(load(&b, data, bytes), 0);
    memcpy(b.guest->ram, a.guest->ram, GUEST_RAM_BYTES);
    for (unsigned bank = 0; bank < CPU_MCA_BANKS; bank++) {
        for (unsigned core = 0; core < 2; core++) {
            assert_int_equal(get(&b, core, CTL2(bank)), get(&a, core, CTL2(bank)));
            for (uint32_t index = CTL(bank); index <= MISC(bank); index++) {
                assert_int_equal(get(&b, core, index), get(&a, core, index));
            }
        }
    }
    assert_int_equal(b.no_evict_calls, 1);
    happen(&b, IMC, CE, 0x1000);
    assert_int_equal(b.cmci[1], 1);
    assert_int_equal(run_core(&b, 0), CPU_STOP_HALTED);
    assert_int_equal(run_core(&b, 1), CPU_STOP_HALTED);
    assert_int_equal(get(&b, 1, MCG_STATUS), MCIP);
    assert_int_equal(guest_record_count(b.guest), 2);
    snap_writer_destroy(w);
    guest_destroy(a.guest);
    guest_destroy(b.guest);
}

/* What no core could be in is refused, and the core is as after power-on. */
static void test_hostile(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct rig rig;
        const void *data;
        size_t bytes;
        struct snap_writer *w;

        rig_begin(&rig, CODE(endless), 2);
        happen(&rig, IMC, SRAO, 0x1000);
        struct cpu *cpu = guest_core(rig.guest, i == 7 ? 1 : 0);
        struct mca_package *package = &rig.guest->set->mca;
        switch (i) {
        case 0: cpu->mca.mcg_status = 8; break;
        case 1: cpu->mca.no_evict = 4; break;
        case 2: cpu->mca.is_pending = false, cpu->mca.is_fatal = true; break;
        case 3: cpu->mca.bank[0].status = 1; break;
        case 4: package->bank[3].ctl2 = 0x8000; break;
        case 5: package->bank[PCU - MCA_OWN_BANKS].ctl2 = 1; break;
        case 6: package->bank[15].status = UINT64_MAX >> 1; break;
        default: cpu->mca.bank[3].ctl2 = BIT(63); break;
        }
        w = save(&rig, &data, &bytes);
        assert_int_equal(load(&rig, data, bytes), -1);
        assert_false(cpu->mca.is_pending);
        assert_int_equal(cpu->mca.mcg_status, 0);
        assert_int_equal(cpu->mca.no_evict, 0);
        if (i != 7) {
            assert_int_equal(get(&rig, 0, STATUS(IMC)), 0);
        }
        snap_writer_destroy(w);
        guest_destroy(rig.guest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),   cmocka_unit_test(test_instructions),
        cmocka_unit_test(test_no_evict),    cmocka_unit_test(test_overwrite),
        cmocka_unit_test(test_valid_flags), cmocka_unit_test(test_disabled),
        cmocka_unit_test(test_cmci),        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_exception),   cmocka_unit_test(test_shadow),
        cmocka_unit_test(test_step),        cmocka_unit_test(test_shutdown),
        cmocka_unit_test(test_waiting),     cmocka_unit_test(test_consumed),
        cmocka_unit_test(test_walk),        cmocka_unit_test(test_consumed_shutdown),
        cmocka_unit_test(test_broadcast),   cmocka_unit_test(test_trace),
        cmocka_unit_test(test_snapshot),    cmocka_unit_test(test_hostile),

    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
