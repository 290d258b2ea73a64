/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic checks find what was planted, each by the check that is meant for it, and find
 * nothing in a good device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "emu/core/device.h"
#include "tests/generic/checks.h"
#include "tests/generic/planted.h"

#define SEEDS 25
#define STEPS 20000

static bool tables(const struct subject *subject, struct finding *finding)
{
    return check_tables(subject->class, finding);
}

static bool reset(const struct subject *subject, struct finding *finding)
{
    return check_reset(subject, SEEDS, finding);
}

static bool snapshot(const struct subject *subject, struct finding *finding)
{
    return check_snapshot(subject, SEEDS, finding);
}

static bool hostile(const struct subject *subject, struct finding *finding)
{
    return check_hostile_snapshot(subject, SEEDS, finding);
}

static bool random_accesses(const struct subject *subject, struct finding *finding)
{
    return check_random(subject, STEPS, finding);
}

typedef bool (*check_fn)(const struct subject *subject, struct finding *finding);

static const struct {
    enum planted_fault fault;
    const char *name;
    check_fn check;
} cases[] = {
    {PLANTED_FIELD_NOT_SAVED, "field left out of the state table", snapshot},
    {PLANTED_LINE_NOT_SAVED, "line left out of the state table", snapshot},
    {PLANTED_EVENT_NOT_SAVED, "event left out of the state table", snapshot},
    {PLANTED_STALE_CACHE_AFTER_LOAD, "cache not rebuilt after loading", snapshot},
    {PLANTED_TIMER_SURVIVES_RESET, "timer not cancelled by reset", reset},
    {PLANTED_FIELD_SURVIVES_RESET, "field not reset", reset},
    {PLANTED_LINE_SURVIVES_RESET, "line not dropped by reset", reset},
    {PLANTED_HOST_ADDRESS_SEEN, "host address visible to the guest", reset},
    {PLANTED_ACCESS_CROSSES_REGISTER, "access that crosses a register", check_peek},
    {PLANTED_PEEK_HAS_EFFECT, "peek with a side effect", check_peek},
    {PLANTED_PEEK_LIES, "peek that says something else than a read", check_peek},
    {PLANTED_FINI_LEAVES_REGION, "region left mapped by fini", check_life},
    {PLANTED_FINI_LEAVES_EVENT, "event left armed by fini", check_life},
    {PLANTED_INIT_LEAVES_REGION, "region left mapped by a failed init", check_life},
    {PLANTED_REGISTERS_OVERLAP, "registers that overlap", tables},
    {PLANTED_MASK_TOO_WIDE, "mask wider than its register", tables},
    {PLANTED_STATE_OVERLAPS, "state fields that overlap", tables},
    {PLANTED_FIELD_OUTSIDE_REGISTER, "bit field outside of its register", tables},
};

static struct subject subject_with(enum planted_fault fault)
{
    return (struct subject){.name = "widget", .class = planted_class(fault)};
}

static void good_device_passes_everything(void **state)
{
    static const check_fn all[] = {tables,   check_life, check_peek,     reset,
                                   snapshot, hostile,    random_accesses};
    struct subject subject = subject_with(PLANTED_NONE);

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct finding finding = {{0}};

        if (!all[i](&subject, &finding)) {
            fail_msg("check %zu: %s", i, finding.text);
        }
    }
}

static void every_planted_fault_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct subject subject = subject_with(cases[i].fault);
        struct finding finding = {{0}};

        if (cases[i].check(&subject, &finding)) {
            fail_msg("not found: %s", cases[i].name);
        }
        print_message("%s: %s\n", cases[i].name, finding.text);
    }
}

static void no_fault_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(sizeof(cases) / sizeof(cases[0]), PLANTED_FAULTS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_device_passes_everything),
        cmocka_unit_test(every_planted_fault_is_found),
        cmocka_unit_test(no_fault_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
