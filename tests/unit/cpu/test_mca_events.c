/* SPDX-License-Identifier: GPL-2.0-only */
/* Poison that the core itself meets: in descriptor tables and stacks while it delivers an event, in
 * page tables, anywhere. */
#include "emu/cpu/msr.h"
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

SNIPPET(mca_events);
SNIPPET(mca_from_user);
SNIPPET(mca_enable);
SNIPPET(endless);

#define PAGE_MASK  (~UINT64_C(0xfff))
#define MCG_STATUS 0x17au
#define MC1_STATUS 0x405u
#define MC1_ADDR   0x406u
#define RIPV       1u
#define EIPV       2u
#define MCIP       4u
#define SRAR_LOAD  UINT64_C(0xbd80000000000134)
#define VECTOR_MC  18u

#define PROGRAMS   40
#define CODE_BYTES 2048
#define ROUNDS     12

struct poison {
    uint64_t word[2]; /* 8 bytes each; 0: none */
    uint64_t seed;    /* of random poison; 0: none */
    unsigned rate;    /* an access in so many meets it */
};

static bool is_guarded(struct guest *guest, uint64_t page)
{
    const struct poison *poison = guest->test;

    return poison->seed
               ? page < 0x60000
               : page == (poison->word[0] & PAGE_MASK) || page == (poison->word[1] & PAGE_MASK);
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *seed >> 33;
}

static bool guard(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                  unsigned bytes)
{
    struct poison *poison = guest->test;

    (void)core;
    if (kind == CPU_ACCESS_WRITE) {
        return true;
    }
    if (poison->seed) {
        return next(&poison->seed) % poison->rate != 0;
    }
    for (size_t i = 0; i < 2; i++) {
        if (poison->word[i] && addr < poison->word[i] + 8 && poison->word[i] < addr + bytes) {
            guest->poison = poison->word[i];
            return false;
        }
    }
    return true;
}

static struct guest *create(uint8_t mode, const uint8_t *begin, const uint8_t *end,
                            struct poison *poison)
{
    const struct guest_options options = {.has_guards = true};
    struct guest *guest = guest_create(mode, begin, end, &options);

    guest->is_guarded = is_guarded;
    guest->guard = guard;
    guest->test = poison;
    return guest;
}

static uint64_t get(struct guest *guest, uint32_t index)
{
    uint64_t value = 0;

    assert_true(msr_read(guest_core(guest, 0), index, &value));
    return value;
}

/* The gate is poisoned: the event is lost, #MC comes in its place, and says that there is no way
 * back. */
static void test_gate(void **state)
{
    static const uint8_t opcode[] = {0x90, 0x0f, 0xcd}; /* behind STI: NOP; UD2; INT */

    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        struct poison poison = {.word = {GUEST_IDT + 16 * (way == 1 ? 6 : 0x41)}};
        struct guest *guest = create(MODE_LONG, CODE(mca_events), &poison);

        guest_put_u64(guest, GUEST_ARG, way);
        assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
        assert_int_equal(guest_record_count(guest), 1);
        assert_int_equal(guest_record(guest, 0).vector, VECTOR_MC);
        assert_int_equal(guest->ram[guest_record(guest, 0).rip], opcode[way]);
        assert_int_equal(guest->acks, way == 0);
        assert_int_equal(get(guest, MCG_STATUS), EIPV | MCIP);
        assert_int_equal(get(guest, MC1_STATUS), SRAR_LOAD);
        assert_int_equal(get(guest, MC1_ADDR), poison.word[0] & ~UINT64_C(0x3f));
        guest_destroy(guest);
    }
}

/* So is the gate of #MC: shutdown. After a reset, with good memory, the same program runs. */
static void test_own_gate(void **state)
{
    struct poison poison = {.word = {GUEST_IDT + 16 * 6, GUEST_IDT + 16 * VECTOR_MC}};
    struct guest *guest = create(MODE_LONG, CODE(mca_events), &poison);

    (void)state;
    guest_put_u64(guest, GUEST_ARG, 1);
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_TRIPLE_FAULT);
    assert_int_equal(guest_record_count(guest), 0);
    assert_true(get(guest, MC1_STATUS) >> 62 & 1); /* OVER: two of them */
    poison = (struct poison){0};
    cpu_set_guards_changed(guest->set);
    guest->ram[GUEST_GDT + SEL_TSS + 5] = 0x89;
    cpu_reset(guest_core(guest, 0), VTIME_MS(1));
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 1);
    assert_int_equal(guest_record(guest, 0).vector, 6);
    guest_destroy(guest);
}

/* RSP0 of the TSS: without IST, #MC has no stack either; with IST1 it comes, and again, into
 * shutdown, when its handler goes back to the INT. */
static void test_stack_pointer(void **state)
{
    (void)state;
    for (uint8_t ist = 0; ist < 2; ist++) {
        struct poison poison = {.word = {GUEST_TSS + 8}}; /* the upper half of RSP0 */
        struct guest *guest = create(MODE_LONG, CODE(mca_from_user), &poison);

        guest->ram[GUEST_IDT + 16 * VECTOR_MC + 4] = ist;
        assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_TRIPLE_FAULT);
        assert_int_equal(guest_record_count(guest), ist);
        if (ist) {
            assert_int_equal(guest_record(guest, 0).vector, VECTOR_MC);
            assert_int_equal(guest_record(guest, 0).cs, SEL_USER_CODE64);
            assert_int_equal(guest->ram[guest_record(guest, 0).rip], 0xcd);
        }
        guest_destroy(guest);
    }
}

static struct guest *run_program(uint64_t seed, struct poison *poison)
{
    struct guest *guest = create((uint8_t)(seed % 3), CODE(endless), poison);
    size_t first = (size_t)(mca_enable_end - mca_enable_begin);

    *poison = (struct poison){.seed = seed + 1, .rate = (unsigned)(20 + seed * 40)};
    memcpy(guest->ram + GUEST_CODE, mca_enable_begin, first);
    for (size_t i = seed % 3 == MODE_LONG ? first : 0; i < CODE_BYTES; i++) {
        guest->ram[GUEST_CODE + i] = (uint8_t)next(&seed);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct cpu *core = guest_core(guest, 0);

        if (guest_run(guest, VTIME_US(10)) == CPU_STOP_TRIPLE_FAULT) {
            guest->ram[GUEST_GDT + SEL_TSS + 5] = 0x89;
            cpu_reset(core, cpu_now(core));
        }
        if (round % 3 == 0) {
            guest_raise(guest, 0, (int)(next(&seed) & 0xff));
        } else if (round % 3 == 1) {
            assert_true(msr_write(core, MCG_STATUS, 0));
            cpu_step(core);
        }
    }
    return guest;
}

/* Random programs, poison at random: the host survives, and a second run goes the same way. */
static void test_random(void **state)
{
    unsigned checks = 0;

    (void)state;
    for (uint64_t i = 0; i < PROGRAMS; i++) {
        struct poison poison[2];
        struct guest *a = run_program(i, &poison[0]);
        struct guest *b = run_program(i, &poison[1]);

        assert_int_equal(cpu_cycles(guest_core(a, 0)), cpu_cycles(guest_core(b, 0)));
        assert_int_equal(poison[0].seed, poison[1].seed);
        assert_memory_equal(a->ram, b->ram, GUEST_RAM_BYTES);
        for (size_t n = 0; n < guest_record_count(a); n++) {
            checks += guest_record(a, n).vector == VECTOR_MC;
        }
        guest_destroy(a);
        guest_destroy(b);
    }
    assert_true(checks > PROGRAMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_own_gate),
        cmocka_unit_test(test_stack_pointer),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
