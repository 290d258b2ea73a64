/* SPDX-License-Identifier: GPL-2.0-only */
/* Guarded pages: what is announced, and what poison does. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

SNIPPET(guard_paths);
SNIPPET(guard_state);

#define PAGE       0x1000u
#define EVENTS_MAX 4096u

struct event {
    enum cpu_access kind;
    uint64_t addr;
    unsigned bytes;
};

/* What was announced, in order. */
struct log {
    struct event event[EVENTS_MAX];
    size_t count;
};

static bool is_in_window(struct guest *guest, uint64_t page)
{
    (void)guest;
    return page - GUARD_BASE < GUARD_PAGES * PAGE;
}

static bool note(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                 unsigned bytes)
{
    struct log *log = guest->test;

    (void)core;
    assert_true(bytes > 0 && addr % PAGE + bytes <= PAGE);
    assert_true(log->count < EVENTS_MAX);
    log->event[log->count++] = (struct event){.kind = kind, .addr = addr, .bytes = bytes};
    return true;
}

static struct guest *create(const uint8_t *begin, const uint8_t *end, struct log *log)
{
    const struct guest_options options = {.has_guards = true};
    struct guest *guest = guest_create(MODE_LONG, begin, end, &options);

    log->count = 0;
    guest->test = log;
    guest->is_guarded = is_in_window;
    guest->guard = note;
    return guest;
}

/* "R1008:8 ": kind, address in the window, bytes. */
static void assert_log(const struct log *log, const char *expected)
{
    static char text[0x4000];
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < log->count && used < sizeof(text) - 32; i++) {
        const struct event *event = &log->event[i];

        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%c%llx:%u ", "RWFP"[event->kind],
                             (unsigned long long)(event->addr - GUARD_BASE), event -> bytes);
    }
    assert_string_equal(text, expected);
}

static void test_every_access_is_announced(void **state)
{
    static struct log log;
    struct guest *guest = create(CODE(guard_paths), &log);

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 1); /* the breakpoint */
    assert_log(&log, "R0:8 W1008:8 R2001:1 W3002:2 R4000:8 R4008:8 "
                     "W5004:8 R6ff8:8 R7000:8 W8ffe:2 W9000:2 Ra000:4 "
                     "Wa000:4 Rb010:8 Wb010:8 Rc000:8 Rc008:8 Wc000:8 "
                     "Wc008:8 Rd000:8 Wd000:8 Re000:8 Re008:8 Wf010:8 "
                     "Wf018:8 R10ff8:8 R11000:8 R12000:1 W13001:1 R12001:1 "
                     "W13002:1 W14000:8 W14008:8 R16000:4 R15000:4 R16004:4 "
                     "R15004:4 W17008:8 R17008:8 W18008:8 R18008:8 R19000:4 "
                     "W19000:4 R1a000:8 W1a000:8 R1b000:4 R1c000:8 R1c008:2 "
                     "W1d000:8 W1d008:2 "
                     /* the interrupt, what its handler pushes and pops, and IRETQ */
                     "W1e7f8:8 W1e7f0:8 W1e7e8:8 W1e7e0:8 W1e7d8:8 W1e7d0:8 W1e7c8:8 "
                     "W1e7c0:8 W1e7b8:8 W1e7b0:8 R1e7c8:8 R1e7d0:8 R1e7d8:8 R1e7e0:8 "
                     "R1e7e8:8 R1e7f0:8 R1e7f8:8 R1e7b0:8 R1e7b8:8 R1e7c0:8 R1e7d8:8 "
                     "R1e7e0:8 R1e7e8:8 R1e7f0:8 R1e7f8:8 "
                     "W1f000:2 W1f002:8 R20000:8 W21000:8 ");
    guest_destroy(guest);
}

/* How often each byte of a page was announced. */
static void count_bytes(const struct log *log, enum cpu_access kind, unsigned page,
                        uint8_t counts[PAGE])
{
    memset(counts, 0, PAGE);
    for (size_t i = 0; i < log->count; i++) {
        const struct event *event = &log->event[i];
        uint64_t offset = event->addr - GUARD_BASE - (uint64_t)page * PAGE;

        for (unsigned n = 0; event->kind == kind && n < event->bytes; n++) {
            if (offset + n < PAGE) {
                counts[offset + n]++;
            }
        }
    }
}

/* FXSAVE, FXRSTOR, XSAVE, FNSAVE and FRSTOR: no byte that they store is announced twice, and none
 * that they load is left out. */
static void test_saved_states_are_announced(void **state)
{
    static struct log log;
    struct guest *guest = create(CODE(guard_state), &log);
    uint8_t counts[PAGE];

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    count_bytes(&log, CPU_ACCESS_WRITE, 0, counts);
    for (size_t i = 0; i < PAGE; i++) {
        bool is_register = i >= 0xa0 && i < 0x1a0;
        bool is_x87 = i >= 0x20 && i < 0xa0 && i % 16 < 10;

        if (is_register || is_x87 || i >= 0x1a0) {
            assert_int_equal(counts[i], i < 0x1a0);
        }
        assert_true(counts[i] <= 1);
    }
    count_bytes(&log, CPU_ACCESS_READ, 1, counts);
    for (size_t i = 0xa0; i < 0x1a0; i++) {
        assert_int_equal(counts[i], 1);
    }
    count_bytes(&log, CPU_ACCESS_WRITE, 2, counts);
    assert_int_equal(counts[0x20], 1);
    assert_int_equal(counts[0x200], 1);
    count_bytes(&log, CPU_ACCESS_WRITE, 4, counts);
    for (size_t i = 0; i < PAGE; i++) {
        assert_int_equal(counts[i], i < 108);
    }
    count_bytes(&log, CPU_ACCESS_READ, 5, counts);
    for (size_t i = 28; i < 108; i++) {
        assert_true(counts[i] >= 1);
    }
    guest_destroy(guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_access_is_announced),
        cmocka_unit_test(test_saved_states_are_announced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
