/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session with Debian's kernel: to its shell, a command at the serial port, power-off; and the same trace hash as of the
 * machine without anybody who looks. SPACEGRAY_CACHE is where the kernel lies.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/machine/machine.h"
#include "tests/unit/suite-session/rig.h"

#define OPTION_BYTES 512

struct debian {
    char kernel[OPTION_BYTES];
    char initrd[OPTION_BYTES];
};

static int find_debian(void **state)
{
    static const char *const wanted[] = {"kernel/vmlinuz", "initramfs.cpio.gz"};
    struct debian *debian = calloc(1, sizeof(*debian));
    const char *cache = getenv("SPACEGRAY_CACHE");

    if (debian == NULL || cache == NULL) return -1;
    (void)snprintf(debian->kernel, OPTION_BYTES, "--kernel=%s/%s", cache, wanted[0]);
    (void)snprintf(debian->initrd, OPTION_BYTES, "--initrd=%s/%s", cache, wanted[1]);
    *state = debian;
    return 0;
}

static int forget_debian(void **state)
{
    free(*state);
    return 0;
}

static void test_shell(void **state)
{
    const struct debian *debian = *state;
    const char *const options[] = {debian->kernel, debian->initrd, "--append=console=ttyS0", NULL};
    struct suite_step steps[] = {
        STEP_EXPECT("Linux version"),
        STEP_MARK("kernel"),
        STEP_EXPECT("/ # "),
        STEP_MEASURE("boot", "kernel", VTIME_MS(100), VTIME_S(30)),
        STEP_SEND("echo $((6 * 7)) answers\n"),
        STEP_EXPECT("42 answers"),
        STEP_SEND("poweroff -f\n"),
        STEP_END(SUITE_END_POWER_OFF),
    };
    struct suite_result result;
    struct rig rig;

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (steps[i].within > 0) steps[i].within = VTIME_S(60);
    }
    rig_init(&rig, NULL, options);
    (void)rig_test(&rig, steps, ARRAY_LEN(steps));
    rig.tests[0].timeout = VTIME_S(120);
    rig_open(&rig);
    rig_run(&rig, &rig.tests[0], &result);
    rig_close(&rig);
    rig_assert_passed(&result);
    print_message("boot: %" PRIu64 " us\n", result.measures[0].value / VTIME_US(1));
    rig_release(&rig);
}

static double used_seconds(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* By slices as long as a session's. */
static void run_alone(struct machine *machine, vtime end)
{
    while (machine_now(machine) < end / VTIME_MS(1) * VTIME_MS(1)) {
        const vtime next = (machine_now(machine) / VTIME_MS(1) + 1) * VTIME_MS(1);

        assert_int_equal(machine_run(machine, next), MACHINE_TIME_LIMIT);
    }
}

/* The machine alone, moved as far, and in a session that listens, counts and forbids: the same run. What the session costs is
 * told; SPACEGRAY_ROUNDS says how often both are tried (on a host that is at rest, five times tell). */
static void test_cost(void **state)
{
    const struct debian *debian = *state;
    const char *const options[] = {debian->kernel, debian->initrd, "--append=console=ttyS0", NULL};
    struct suite_step steps[] = {
        STEP_FORBID("Kernel panic"),
        {.kind = SUITE_COUNT_EVENTS, .filter = "lapic0.accept", .name = "interrupts"},
        STEP_EXPECT("/ # "),
    };
    const char *rounds = getenv("SPACEGRAY_ROUNDS");
    const unsigned runs = 2 * (rounds != NULL ? (unsigned)strtoul(rounds, NULL, 10) : 1);
    double best[2] = {1e9, 1e9};
    struct suite_result result;
    struct rig rig;

    steps[2].within = VTIME_S(60);
    rig_init(&rig, NULL, options);
    (void)rig_test(&rig, steps, ARRAY_LEN(steps));
    rig.tests[0].timeout = VTIME_S(60);
    for (unsigned i = 0; i < runs; i++) {
        double begin;

        rig_open(&rig);
        begin = used_seconds();
        if (i % 2 == 0) {
            rig_run(&rig, &rig.tests[0], &result);
            rig_assert_passed(&result);
        } else {
            run_alone(suite_session_machine(rig.session), result.end);
        }
        begin = used_seconds() - begin;
        if (begin < best[i % 2]) best[i % 2] = begin;
        assert_int_equal(machine_trace_hash(suite_session_machine(rig.session)), result.trace_hash);
        rig_close(&rig);
    }
    print_message("session: %.3f s, alone: %.3f s, %+.1f %%\n", best[0], best[1],
                  100 * (best[0] / best[1] - 1));
    rig_release(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shell),
        cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, find_debian, forget_debian);
}
