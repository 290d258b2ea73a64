/* SPDX-License-Identifier: GPL-2.0-only */
/* What must hold for every device: the checks of checks.h over all subjects. A failure names the
 * device and the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/device_list.h"
#include "tests/generic/checks.h"

#define RESET_SEEDS    25
#define SNAPSHOT_SEEDS 25
#define HOSTILE_SEEDS  150
#define RANDOM_STEPS   200000

typedef bool (*check_fn)(const struct subject *subject, struct finding *finding);

/* GENERIC_ONLY=<name> in the environment restricts the run to one subject. */
static void over_all(check_fn check)
{
    const char *only = getenv("GENERIC_ONLY");
    unsigned failed = 0;

    for (size_t i = 0; i < subject_count(); i++) {
        struct subject subject = subject_at(i);
        struct finding finding = {{0}};

        if (only != NULL && strcmp(only, subject.name) != 0) continue;
        if (!check(&subject, &finding)) {
            print_error("%s: %s\n", subject.name, finding.text);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static bool tables(const struct subject *subject, struct finding *finding)
{
    return subject->class == NULL || check_tables(subject->class, finding);
}

static bool reset_twins(const struct subject *subject, struct finding *finding)
{
    return check_reset(subject, RESET_SEEDS, finding);
}

static bool snapshot_twins(const struct subject *subject, struct finding *finding)
{
    return check_snapshot(subject, SNAPSHOT_SEEDS, finding);
}

static bool hostile_snapshots(const struct subject *subject, struct finding *finding)
{
    return check_hostile_snapshot(subject, HOSTILE_SEEDS, finding);
}

static bool random_accesses(const struct subject *subject, struct finding *finding)
{
    return check_random(subject, RANDOM_STEPS, finding);
}

static void tables_are_sane(void **state)
{
    (void)state;
    over_all(tables);
}

static void class_names_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < device_list_count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(device_list[i]->name, device_list[j]->name);
        }
    }
}

static void life_leaves_nothing_behind(void **state)
{
    (void)state;
    over_all(check_life);
}

static void peek_changes_nothing(void **state)
{
    (void)state;
    over_all(check_peek);
}

static void reset_equals_power_on(void **state)
{
    (void)state;
    over_all(reset_twins);
}

static void loaded_twin_lives_alike(void **state)
{
    (void)state;
    over_all(snapshot_twins);
}

static void hostile_snapshots_do_no_harm(void **state)
{
    (void)state;
    over_all(hostile_snapshots);
}

static void random_accesses_do_no_harm(void **state)
{
    (void)state;
    over_all(random_accesses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_sane),
        cmocka_unit_test(class_names_are_unique),
        cmocka_unit_test(life_leaves_nothing_behind),
        cmocka_unit_test(peek_changes_nothing),
        cmocka_unit_test(reset_equals_power_on),
        cmocka_unit_test(loaded_twin_lives_alike),
        cmocka_unit_test(hostile_snapshots_do_no_harm),
        cmocka_unit_test(random_accesses_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
