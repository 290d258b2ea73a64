/* SPDX-License-Identifier: GPL-2.0-only */
/* One run on a machine that is only told: when faults are planted, how each end is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/faults_run.h"

#define NOTHING UINT64_MAX

/* A machine to which one thing happens at `when`. */
struct fake {
    vtime now;
    vtime when;
    const char *says;
    enum machine_stop stop;
    bool resets;
    bool dies;
    uint64_t reset_count;
    bool is_dead;
    struct faults_errors errors;
    struct faults_errors fault_makes; /* each fault */
    vtime planted[FAULTS_PLAN_MAX];
    size_t planted_count;
    bool refuses;
    uint64_t drawn;
    struct faults_output output;
};

static vtime fake_now(void *ctx)
{
    struct fake *fake = ctx;

    return fake->now;
}

static enum machine_stop fake_run(void *ctx, vtime until)
{
    struct fake *fake = ctx;
    const struct host_sink sink = faults_output_sink(&fake->output);

    if (fake->when > until) {
        fake->now = until;
        return MACHINE_TIME_LIMIT;
    }
    fake->now = fake->when;
    fake->when = NOTHING;
    if (fake->says != NULL) {
        sink.write(sink.ctx, (const uint8_t *)fake->says, strlen(fake->says));
    }
    fake->reset_count += fake->resets;
    fake->is_dead = fake->dies;
    return fake->stop;
}

static bool fake_is_dead(void *ctx)
{
    struct fake *fake = ctx;

    return fake->is_dead;
}

static int fake_exit_status(void *ctx)
{
    (void)ctx;
    return 85;
}

static uint64_t fake_reset_count(void *ctx)
{
    struct fake *fake = ctx;

    return fake->reset_count;
}

static struct faults_errors fake_errors(void *ctx)
{
    struct fake *fake = ctx;

    return fake->errors;
}

static void fake_draw(void *ctx, struct fault_random *random, struct dram_fault *fault)
{
    struct fake *fake = ctx;

    fake->drawn++;
    *fault = (struct dram_fault){.kind = DRAM_FAULT_FLIP, .mask = {.data = 1}};
    fault->where.row = (uint32_t)fault_random_below(random, 4096);
}

static int fake_plant(void *ctx, const struct fault_spec *spec, struct error *err)
{
    struct fake *fake = ctx;

    if (fake->refuses) return error_usage(err, "there is no such place");
    assert_int_equal(spec->when <= fake->now, true);
    fake->planted[fake->planted_count++] = fake->now;
    fake->errors.corrected += fake->fault_makes.corrected;
    fake->errors.uncorrected += fake->fault_makes.uncorrected;
    return 0;
}

static struct faults_target target_of(struct fake *fake)
{
    return (struct faults_target){
        .ctx = fake,
        .now = fake_now,
        .run = fake_run,
        .is_dead = fake_is_dead,
        .exit_status = fake_exit_status,
        .reset_count = fake_reset_count,
        .errors = fake_errors,
        .draw = fake_draw,
        .plant = fake_plant,
    };
}

static void prepare(struct faults_suite *suite)
{
    *suite = (struct faults_suite){
        .name = "s",
        .start_text = "go",
        .start_within = VTIME_MS(50),
        .finish = FAULTS_END_TEXT,
        .finish_text = "done",
        .timeout = VTIME_MS(100),
        .has_panic = true,
    };
    assert_int_equal(regcomp(&suite->panic, "^panic", REG_EXTENDED | REG_NOSUB), 0);
}

static void begin(struct fake *fake, const struct faults_suite *suite)
{
    struct error err = ERROR_INIT;

    assert_int_equal(faults_output_init(&fake->output, suite, &err), 0);
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

/* ---- Ends ---- */

static void check_end(const struct fake *like, enum faults_end end, vtime duration)
{
    static const struct faults_plan plan = {.count = 0};
    struct faults_record *record = calloc(1, sizeof(*record));
    struct faults_suite suite;
    struct fake fake = *like;
    const struct faults_target target = target_of(&fake);

    assert_non_null(record);
    prepare(&suite);
    begin(&fake, &suite);
    faults_output_begin(&fake.output);
    fake.now = VTIME_MS(7);
    faults_run(&suite, &target, &fake.output, &plan, record);
    assert_int_equal(record->facts.end, end);
    assert_int_equal(record->start, VTIME_MS(7));
    assert_int_equal(record->duration, duration);
    assert_int_equal(record->error.kind, ERROR_NONE);
    assert_int_equal(record->facts.status, end == FAULTS_END_EXIT ? 85 : 0);
    faults_output_release(&fake.output);
    regfree(&suite.panic);
    free(record);
}

static void ends(void **state)
{
    const vtime when = VTIME_MS(27);
    const vtime after = VTIME_MS(20);

    (void)state;
    check_end(&(struct fake){.when = when, .stop = MACHINE_EXIT}, FAULTS_END_EXIT, after);
    check_end(&(struct fake){.when = when, .stop = MACHINE_POWER_OFF}, FAULTS_END_POWER_OFF, after);
    check_end(&(struct fake){.when = when, .stop = MACHINE_PANIC}, FAULTS_END_T2_PANIC, after);
    check_end(&(struct fake){.when = when, .stop = MACHINE_DEAD}, FAULTS_END_DEAD, after);
    check_end(&(struct fake){.when = when, .dies = true}, FAULTS_END_DEAD, after);
    check_end(&(struct fake){.when = when, .resets = true}, FAULTS_END_RESET, after);
    check_end(&(struct fake){.when = when, .says = "done"}, FAULTS_END_TEXT, after);
    check_end(&(struct fake){.when = when, .says = "panic: no\n"}, FAULTS_END_PANIC, after);
    check_end(&(struct fake){.when = when, .says = "no panic\n"}, FAULTS_END_TIMEOUT,
              VTIME_MS(100));
    check_end(&(struct fake){.when = NOTHING}, FAULTS_END_TIMEOUT, VTIME_MS(100));
}

/* ---- To the start ---- */

static bool start(const struct fake *like, struct faults_suite *suite, bool (*interrupted)(void *),
                  struct error *err)
{
    struct fake fake = *like;
    const struct faults_target target = target_of(&fake);
    bool is_there;

    begin(&fake, suite);
    is_there = faults_run_to_start(suite, &target, &fake.output, interrupted, err);
    assert_true(fake.output.has_started == is_there);
    faults_output_release(&fake.output);
    return is_there;
}

static void starts(void **state)
{
    struct error err = ERROR_INIT;
    struct faults_suite suite;

    (void)state;
    prepare(&suite);
    assert_true(start(&(struct fake){.when = VTIME_MS(3), .says = "1\ngo"}, &suite, never, &err));
    assert_false(
        start(&(struct fake){.when = VTIME_MS(3), .says = "1\nno\n"}, &suite, never, &err));
    assert_string_equal(err.text, "s: the start's text 'go' never came: not within 50 ms; the "
                                  "last line was 'no'");
    err = (struct error)ERROR_INIT;
    assert_false(
        start(&(struct fake){.when = VTIME_MS(3), .stop = MACHINE_EXIT}, &suite, never, &err));
    assert_string_equal(err.text, "s: the start's text 'go' never came: the machine stopped "
                                  "before; the last line was ''");
    err = (struct error)ERROR_INIT;
    assert_false(start(&(struct fake){.when = VTIME_MS(3), .dies = true}, &suite, never, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    err = (struct error)ERROR_INIT;
    assert_false(start(&(struct fake){.when = NOTHING}, &suite, always, &err));
    assert_int_equal(err.kind, ERROR_NONE);
    suite.start_text = NULL;
    suite.start_at = VTIME_US(4500);
    assert_true(start(&(struct fake){.when = NOTHING}, &suite, never, &err));
    regfree(&suite.panic);
}

/* ---- Faults ---- */

static void faults_come_at_their_times(void **state)
{
    struct faults_record *record = calloc(1, sizeof(*record));
    struct fake fake = {.when = VTIME_MS(12),
                        .says = "done",
                        .fault_makes = {.corrected = 2},
                        .errors = {9, 9, 9, 9}};
    const struct faults_target target = target_of(&fake);
    struct faults_plan *plan = calloc(1, sizeof(*plan));
    struct faults_suite suite;

    (void)state;
    prepare(&suite);
    begin(&fake, &suite);
    suite.entry_count = 2;
    suite.entries[0] = (struct faults_entry){.count = 1, .spec = {.when = VTIME_MS(5)}};
    suite.entries[1] = (struct faults_entry){.count = 1, .spec = {.when = 0}};
    suite.entries[2] = (struct faults_entry){.count = 1, .spec = {.when = VTIME_US(2500)}};
    suite.entries[3] = (struct faults_entry){.count = 1, .spec = {.when = VTIME_MS(50)}};
    suite.entry_count = 4;
    fake.now = VTIME_MS(1);
    faults_plan_make(&suite, 1, 1, 0, &target, plan);
    faults_output_begin(&fake.output);
    faults_run(&suite, &target, &fake.output, plan, record);
    assert_int_equal(plan->random, 0);
    assert_int_equal(fake.planted_count, 3);
    assert_int_equal(fake.planted[0], VTIME_MS(1));
    assert_int_equal(fake.planted[1], VTIME_US(3500));
    assert_int_equal(fake.planted[2], VTIME_MS(6));
    assert_int_equal(record->fault_count, 4);
    assert_int_equal(record->planted, 7);
    assert_int_equal(record->facts.errors.corrected, 6);
    assert_int_equal(record->facts.errors.uncorrected, 0);
    fake.refuses = true;
    fake.when = NOTHING;
    faults_run(&suite, &target, &fake.output, plan, record);
    assert_int_equal(record->error.kind, ERROR_USAGE);
    /* Nobody asked for those. */
    record->error.kind = ERROR_NONE;
    plan->random = 15;
    faults_run(&suite, &target, &fake.output, plan, record);
    assert_int_equal(record->error.kind, ERROR_NONE);
    assert_int_equal(record->planted, 0);
    faults_output_release(&fake.output);
    regfree(&suite.panic);
    free(plan);
    free(record);
}

static void chance_is_the_seed_s(void **state)
{
    struct faults_plan *plans = calloc(4, sizeof(*plans));
    struct fake fake = {.now = VTIME_S(1)};
    const struct faults_target target = target_of(&fake);
    struct faults_suite suite;

    (void)state;
    prepare(&suite);
    suite.entry_count = 2;
    suite.entries[0] = (struct faults_entry){.is_random = true, .count = 8};
    suite.entries[1] = (struct faults_entry){
        .is_random = true,
        .count = 4,
        .has_window = true,
        .window_begin = VTIME_MS(40),
        .window_end = VTIME_MS(50),
    };
    suite.entries[2] = (struct faults_entry){.count = 1, .spec = {.when = VTIME_MS(30)}};
    suite.entry_count = 3;
    faults_plan_make(&suite, 3, 1, VTIME_MS(20), &target, &plans[0]);
    faults_plan_make(&suite, 3, 1, VTIME_MS(20), &target, &plans[1]);
    faults_plan_make(&suite, 3, 2, VTIME_MS(20), &target, &plans[2]);
    faults_plan_make(&suite, 4, 1, VTIME_MS(20), &target, &plans[3]);
    assert_int_equal(fake.drawn, 4 * 12);
    assert_memory_equal(&plans[0], &plans[1], sizeof(plans[0]));
    assert_memory_not_equal(&plans[0], &plans[2], sizeof(plans[0]));
    assert_memory_not_equal(&plans[0], &plans[3], sizeof(plans[0]));
    assert_int_equal(plans[0].count, 13);
    assert_int_equal(plans[0].random, 0x1eff);
    for (size_t i = 0; i < plans[0].count; i++) {
        const vtime after = plans[0].faults[i].when - VTIME_S(1);

        assert_true(i == 0 || plans[0].faults[i].when >= plans[0].faults[i - 1].when);
        if (i == 8) {
            assert_int_equal(after, VTIME_MS(30));
        } else {
            assert_true(i < 8 ? after < VTIME_MS(20) : after >= VTIME_MS(40));
        }
        assert_true(after < VTIME_MS(50));
    }
    regfree(&suite.panic);
    free(plans);
}

static void comparing(void **state)
{
    static const struct faults_suite suite = {.name = "s"};
    const struct faults_record golden = {.facts = {.end = FAULTS_END_TEXT}, .result_lines = 2};
    struct faults_record record = {.facts = {.end = FAULTS_END_TEXT}, .result_lines = 2};
    struct faults_output *output = calloc(1, sizeof(*output));
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(faults_output_init(output, &suite, &err), 0);
    (void)snprintf(output->result, FAULTS_RESULT_BYTES, "a\nc\n");
    output->result_bytes = 4;
    faults_run_compare(&record, output, &golden, "a\nc\n", 4);
    assert_int_equal(record.class, FAULTS_MASKED);
    assert_int_equal(record.difference, 0);
    record.result_hash = 1;
    faults_run_compare(&record, output, &golden, "a\nb\n", 4);
    assert_int_equal(record.class, FAULTS_SILENT);
    assert_int_equal(record.difference, 2);
    assert_string_equal(record.wanted, "b");
    assert_string_equal(record.got, "c");
    faults_output_release(output);
    free(output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends),
        cmocka_unit_test(starts),
        cmocka_unit_test(faults_come_at_their_times),
        cmocka_unit_test(chance_is_the_seed_s),
        cmocka_unit_test(comparing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
