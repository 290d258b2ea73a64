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
SNIPPET(guard_poison);
SNIPPET(guard_calls);
SNIPPET(guard_counter);
SNIPPET(guard_walk);
SNIPPET(guard_reads);
SNIPPET(guard_later);
SNIPPET(guard_breakpoints);
SNIPPET(guard_top);
SNIPPET(guard_reads_real);

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

/* ---- Poison ---- */

struct poisoned {
    struct log log;
    uint64_t word[4]; /* addresses of words of 8 bytes; 0: none */
    unsigned skip;    /* the first so many accesses to one are good */
};

static bool note_poison(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                        unsigned bytes)
{
    struct poisoned *poisoned = guest->test;

    (void)note(guest, core, kind, addr, bytes);
    for (size_t i = 0; i < 4 && kind != CPU_ACCESS_WRITE; i++) {
        uint64_t word = poisoned->word[i];

        if (word && addr < word + 8 && word < addr + bytes) {
            guest->poison = word;
            return poisoned->skip > 0 && poisoned->skip--;
        }
    }
    return true;
}

static struct guest *create_poisoned(const uint8_t *begin, const uint8_t *end,
                                     struct poisoned *poisoned)
{
    struct guest *guest = create(begin, end, &poisoned->log);

    guest->guard = note_poison;
    memset(poisoned->word, 0, sizeof(poisoned->word));
    poisoned->skip = 0;
    return guest;
}

static void assert_machine_check(const struct guest *guest, size_t index)
{
    assert_int_equal(guest_record(guest, index).vector, 18);
}

static void test_poison_is_not_loaded(void **state)
{
    static struct poisoned poisoned;
    struct guest *guest = create_poisoned(CODE(guard_poison), &poisoned);

    (void)state;
    poisoned.word[0] = GUARD_BASE + 0x100;
    poisoned.word[1] = GUARD_BASE + 0x2008;
    poisoned.word[2] = GUARD_BASE + 0x3000;
    guest_put_u64(guest, GUARD_BASE + 0x100, 0x4444444455555555);
    guest_put_u64(guest, GUARD_BASE + 0x2000, 0x77);
    guest_put_u64(guest, GUEST_ARG + 8, 0x99);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 4);
    for (size_t i = 0; i < 4; i++) {
        struct guest_record record = guest_record(guest, i);
        uint8_t code[4];

        assert_machine_check(guest, i);
        assert_true(cpu_peek_linear(guest_core(guest, 0), record.rip, code, 4));
        assert_int_equal(code[0], i == 0 ? 0x48 : i == 1 ? 0xf0 : i == 2 ? 0xf3 : 0xff);
    }
    assert_int_equal(guest->report[0], 0x1234);
    assert_int_equal(guest_u64(guest, GUARD_BASE + 0x100), 0x0010203055555555);
    assert_int_equal(guest->report[1], 3); /* one of four words was moved */
    assert_int_equal(guest->report[2], GUARD_BASE + 0x2008);
    assert_int_equal(guest_u64(guest, GUEST_ARG), 0x77);
    assert_int_equal(guest_u64(guest, GUEST_ARG + 8), 0x99);
    assert_int_equal(guest->report[3], GUEST_STACK);
    guest_destroy(guest);
}

/* ---- Code ---- */

static size_t put_code(struct guest *guest, uint64_t addr, const uint8_t *begin, const uint8_t *end)
{
    memcpy(guest->ram + addr, begin, (size_t)(end - begin));
    return (size_t)(end - begin);
}

static struct guest *create_calls(uint64_t addr, uint64_t times, struct poisoned *poisoned)
{
    struct guest *guest = create_poisoned(CODE(guard_calls), poisoned);

    put_code(guest, addr, CODE(guard_counter));
    guest_put_u64(guest, GUEST_ARG, addr);
    guest_put_u64(guest, GUEST_ARG + 8, times);
    return guest;
}

/* Words when a block is made, whole blocks each time that they run: the second call makes none. */
static void test_code_is_announced(void **state)
{
    static struct poisoned poisoned;
    struct guest *guest = create_calls(GUARD_BASE + 0x100, 2, &poisoned);

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest->report_count, 4);
    assert_int_equal(guest->report[0], 5);
    assert_int_equal(guest->report[2], 5);
    assert_log(&poisoned.log, "F100:8 F108:8 F100:13 F107:1 F108:8 F107:6 F107:6 F107:6 F107:6 "
                              "F10d:3 F10d:1 "
                              "F100:13 F107:6 F107:6 F107:6 F107:6 F10d:1 ");
    guest_destroy(guest);
}

/* An instruction that begins or ends in a guarded page, the rest of it in a healthy one. */
static void test_code_across_pages_is_announced(void **state)
{
    static struct poisoned poisoned;
    const uint64_t end = GUARD_BASE + GUARD_PAGES * PAGE;
    struct guest *guest = create_calls(GUARD_BASE - 2, 1, &poisoned);

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest->report[0], 5);
    assert_log(&poisoned.log, "F0:8 F8:8 F0:11 F5:3 F8:8 F5:6 F5:6 F5:6 F5:6 Fb:5 Fb:1 ");
    guest_destroy(guest);
    guest = create_calls(end - 2, 1, &poisoned);
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest->report[0], 5);
    assert_log(&poisoned.log, "F3fffe:2 F3fffe:2 ");
    guest_destroy(guest);
}

/* Met while a block is made: what lies in front of it has run. */
static void test_poison_in_code_is_not_executed(void **state)
{
    static struct poisoned poisoned;
    struct guest *guest = create_calls(GUARD_BASE + 0x100, 1, &poisoned);

    (void)state;
    poisoned.word[0] = GUARD_BASE + 0x108;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 1);
    assert_machine_check(guest, 0);
    assert_int_equal(guest_record(guest, 0).rip, GUARD_BASE + 0x107);
    assert_int_equal(guest->report_count, 1);
    assert_int_equal(guest->report[0], 5);
    guest_destroy(guest);
    guest = create_calls(GUARD_BASE - 2, 1, &poisoned);
    poisoned.word[0] = GUARD_BASE;
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest_record(guest, 0).rip, GUARD_BASE - 2);
    guest_destroy(guest);
}

/* Met when a block runs that leads to itself: in front of that round. */
static void test_poison_that_comes_later_is_not_executed(void **state)
{
    static struct poisoned poisoned;
    struct guest *guest = create_calls(GUARD_BASE + 0x100, 1, &poisoned);

    (void)state;
    poisoned.word[0] = GUARD_BASE + 0x108;
    poisoned.skip = 5; /* making two blocks takes two, and they run three times */
    assert_int_equal(guest_run(guest, VTIME_MS(10)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 1);
    assert_machine_check(guest, 0);
    assert_int_equal(guest_record(guest, 0).rip, GUARD_BASE + 0x107);
    assert_int_equal(guest->report[0], 2); /* left in ECX after three rounds */
    guest_destroy(guest);
}

#define RETURNED (GUARD_BASE + 0x41) /* of the function below */

static const uint8_t returns[] = {0xb8, 0x00, 0x00, 0x00, 0x00, 0xc3}; /* mov $0, %eax; ret */

static bool change_code(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                        unsigned bytes)
{
    struct poisoned *poisoned = guest->test;

    (void)core;
    (void)addr;
    (void)bytes;
    assert_int_equal(kind, CPU_ACCESS_FETCH);
    if (poisoned->skip > 0) {
        poisoned->skip--;
        guest->ram[RETURNED]++;
    }
    return true;
}

/* What is executed is what the guard has left in memory. */
static void test_code_that_the_guard_changes(void **state)
{
    static struct poisoned poisoned;

    (void)state;
    for (unsigned changes = 0; changes < 12; changes++) {
        struct guest *guest = create_calls(GUARD_BASE + 0x40, 1, &poisoned);

        guest->guard = change_code;
        put_code(guest, GUARD_BASE + 0x40, returns, returns + sizeof(returns));
        poisoned.skip = changes;
        assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
        assert_int_equal(guest->report[0], changes);
        assert_int_equal(poisoned.skip, 0);
        guest_destroy(guest);
    }
}

/* Code that never stays the same is never executed: time passes, and that is all. */
static void test_code_that_the_guard_never_leaves_alone(void **state)
{
    static struct poisoned poisoned;
    struct guest *guest = create_calls(GUARD_BASE + 0x40, 1, &poisoned);

    (void)state;
    guest->guard = change_code;
    poisoned.skip = UINT32_MAX;
    put_code(guest, GUARD_BASE + 0x40, returns, returns + sizeof(returns));
    assert_int_equal(guest_run(guest, VTIME_US(10)), CPU_STOP_DEADLINE);
    assert_int_equal(guest->report_count, 0);
    guest_destroy(guest);
}

/* ---- Page walks ---- */

/* GUARD_WALK is translated by the last table of the window, to two pages in front of it. */
static struct guest *create_walk(struct poisoned *poisoned)
{
    struct guest *guest = create_poisoned(CODE(guard_walk), poisoned);
    const uint64_t table = GUARD_BASE + (GUARD_PAGES - 1) * PAGE;

    guest_put_u64(guest, GUEST_PD + 8 * (GUARD_WALK >> 21), table | 7);
    guest_put_u64(guest, table, (GUARD_BASE - 2 * PAGE) | 7);
    guest_put_u64(guest, table + 8, (GUARD_BASE - PAGE) | 7);
    guest_put_u64(guest, GUARD_BASE - 2 * PAGE, 0x5a);
    return guest;
}

static void test_walks_are_announced(void **state)
{
    static struct poisoned poisoned;
    struct guest *guest = create_walk(&poisoned);
    uint32_t value;

    (void)state;
    assert_true(cpu_peek_linear(guest_core(guest, 0), GUARD_BASE, &value, sizeof(value)));
    assert_int_equal(poisoned.log.count, 0);
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest->report[0], 0x5a);
    assert_log(&poisoned.log, "P3f000:8 W3f000:4 P3f008:8 W3f008:4 ");
    assert_true(cpu_peek_linear(guest_core(guest, 0), GUARD_WALK + PAGE, &value, sizeof(value)));
    assert_int_equal(value, 0x600d);
    assert_int_equal(poisoned.log.count, 4);
    guest_destroy(guest);
}

static void test_poison_in_a_walk(void **state)
{
    static struct poisoned poisoned;
    struct guest *guest = create_walk(&poisoned);
    uint8_t code[2];

    (void)state;
    poisoned.word[0] = GUARD_BASE + (GUARD_PAGES - 1) * PAGE + 8;
    poisoned.skip = 0;
    assert_int_equal(guest_run(guest, VTIME_US(100)), CPU_STOP_TRIPLE_FAULT);
    assert_int_equal(guest_record_count(guest), 1);
    assert_machine_check(guest, 0);
    assert_true(cpu_peek_linear(guest_core(guest, 0), guest_record(guest, 0).rip, code, 2));
    assert_int_equal(code[0], 0xc7); /* the store */
    assert_int_equal(guest->report[0], 0x5a);
    guest_destroy(guest);
}

/* ---- Pages that become guarded, and are no more ---- */

struct changing {
    struct log log;
    bool is_on;
    unsigned reads; /* of the page, while it is on */
};

static bool is_changing(struct guest *guest, uint64_t page)
{
    const struct changing *changing = guest->test;

    return changing->is_on && page == GUARD_BASE;
}

static bool count_reads(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                        unsigned bytes)
{
    struct changing *changing = guest->test;

    (void)core;
    (void)bytes;
    assert_int_equal(kind, CPU_ACCESS_READ);
    assert_int_equal(addr, GUARD_BASE + 0x10);
    changing->reads++;
    return true;
}

static void test_pages_become_guarded(void **state)
{
    struct changing changing = {0};
    struct guest *guest = create(CODE(guard_reads), &changing.log);

    (void)state;
    guest->test = &changing;
    guest->is_guarded = is_changing;
    guest->guard = count_reads;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_DEADLINE);
    }
    assert_int_equal(changing.reads, 0);
    changing.is_on = true;
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_DEADLINE);
    assert_int_equal(changing.reads, 0); /* nobody has said so */
    cpu_set_guards_changed(guest->set);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_DEADLINE);
    }
    assert_int_equal(changing.reads, 3);
    changing.is_on = false;
    cpu_set_guards_changed(guest->set);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_DEADLINE);
    }
    assert_int_equal(changing.reads, 3);
    guest_destroy(guest);
}

#define CORES 3u

static bool is_aliased(struct guest *guest, uint64_t page)
{
    return guest->guards && page == GUEST_ALIASED;
}

static bool count_core(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                       unsigned bytes)
{
    unsigned *reads = guest->test;

    (void)bytes;
    assert_int_equal(kind, CPU_ACCESS_READ);
    assert_int_equal(addr, GUEST_ALIASED + 0x10);
    reads[core]++;
    return true;
}

static void test_guards_change_for_every_core(void **state)
{
    const struct guest_options options = {.cores = CORES, .has_guards = true};
    struct guest *guest = guest_create(MODE_REAL, CODE(guard_reads_real), &options);
    unsigned reads[CORES] = {0};

    (void)state;
    guest->test = reads;
    guest->is_guarded = is_aliased;
    guest->guard = count_core;
    for (unsigned i = 0; i < CORES; i++) {
        struct cpu *cpu = guest_core(guest, i);

        cpu_init(cpu);
        cpu_sipi(cpu, GUEST_CODE >> 12);
    }
    for (unsigned round = 0; round < 9; round++) {
        if (round % 3 == 0) {
            guest->guards = round == 3;
            cpu_set_guards_changed(guest->set);
        }
        for (unsigned i = 0; i < CORES; i++) {
            struct cpu *cpu = guest_core(guest, i);

            assert_int_equal(cpu_run(cpu, cpu_now(cpu) + VTIME_MS(1)), CPU_STOP_DEADLINE);
        }
    }
    for (unsigned i = 0; i < CORES; i++) {
        assert_int_equal(reads[i], 3); /* one a round, in three rounds of nine */
    }
    guest_destroy(guest);
}

static bool is_in_window_when_told(struct guest *guest, uint64_t page)
{
    return guest->guards && is_in_window(guest, page);
}

static bool note_and_change(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                            unsigned bytes)
{
    if (kind != CPU_ACCESS_FETCH) {
        cpu_set_guards_changed(guest->set); /* again, from inside */
    }
    return note(guest, core, kind, addr, bytes);
}

static void test_guards_change_while_a_core_runs(void **state)
{
    static const uint8_t ret = 0xc3;
    static struct log log;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct guest *guest = create(CODE(guard_later), &log);

        guest->is_guarded = is_in_window_when_told;
        guest->guard = i ? note_and_change : note;
        guest->ram[GUARD_BASE + 0x8000] = ret;
        assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
        assert_log(&log, "R10:4 R5020:4 R6030:4 F8000:8 F8000:1 ");
        guest_destroy(guest);
    }
}

/* ---- With data breakpoints ---- */

static void test_breakpoints_in_a_guarded_page(void **state)
{
    static struct log log;
    struct guest *guest = create(CODE(guard_breakpoints), &log);

    (void)state;
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 2);
    assert_int_equal(guest_record(guest, 0).vector, 1);
    assert_log(&log, "W7fc:8 W7f9:8 W80c:8 W80d:8 R808:8 W805:8 W808:4 ");
    guest_destroy(guest);
    /* Without guards the same instructions hit. */
    guest = guest_create(MODE_LONG, CODE(guard_breakpoints), NULL);
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(guest_record_count(guest), 2);
    guest_destroy(guest);
}

/* ---- All bits of a physical address ---- */

#define TOP ((UINT64_C(1) << CPU_PHYS_BITS) - GUEST_VIDEO_BYTES)

static bool is_top(struct guest *guest, uint64_t page)
{
    (void)guest;
    return page >= TOP;
}

static void test_the_highest_pages(void **state)
{
    static struct log log;
    struct guest *guest = create(CODE(guard_top), &log);
    const uint64_t page = (UINT64_C(1) << CPU_PHYS_BITS) - 0x200000;

    (void)state;
    guest->is_guarded = is_top;
    guest_move(guest, TOP, false);
    guest_put_u64(guest, GUEST_PD + 8 * (GUARD_WALK >> 21), page | 0x87);
    assert_int_equal(guest_run(guest, VTIME_MS(1)), CPU_STOP_HALTED);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.event[0].addr, page + 0x1238);
    assert_int_equal(log.event[1].addr, page + 0x1ff123);
    assert_int_equal(log.event[1].kind, CPU_ACCESS_WRITE);
    assert_int_equal(log.event[1].bytes, 2);
    guest_destroy(guest);
}

/* ---- Every run the same ---- */

/* FNV-1a over what was announced, and when. */
struct digest {
    uint64_t hash;
    uint64_t count;
};

static bool note_digest(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                        unsigned bytes)
{
    struct digest *digest = guest->test;
    const uint64_t words[] = {cpu_now(guest_core(guest, core)), kind, addr, bytes};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        digest->hash = (digest->hash ^ words[i]) * UINT64_C(0x100000001b3);
    }
    digest->count++;
    return true;
}

static bool is_any(struct guest *guest, uint64_t page)
{
    (void)guest;
    (void)page;
    return true;
}

static struct digest run_digest(const uint8_t *begin, const uint8_t *end, bool steps)
{
    const struct guest_options options = {.has_guards = true};
    struct guest *guest = guest_create(MODE_LONG, begin, end, &options);
    struct digest digest = {.hash = UINT64_C(0xcbf29ce484222325)};

    guest->test = &digest;
    guest->is_guarded = is_any;
    guest->guard = note_digest;
    while (steps && !cpu_is_halted(guest_core(guest, 0))) {
        (void)cpu_step(guest_core(guest, 0));
    }
    if (!steps) {
        assert_int_equal(guest_run(guest, VTIME_MS(100)), CPU_STOP_HALTED);
    }
    digest.hash ^= cpu_cycles(guest_core(guest, 0));
    guest_destroy(guest);
    return digest;
}

static void test_every_run_is_the_same(void **state)
{
    const struct digest first = run_digest(CODE(guard_paths), false);
    const struct digest second = run_digest(CODE(guard_paths), false);
    const struct digest steps = run_digest(CODE(guard_paths), true);
    const struct digest again = run_digest(CODE(guard_paths), true);

    (void)state;
    assert_true(first.count > 400);
    assert_int_equal(first.hash, second.hash);
    assert_int_equal(first.count, second.count);
    assert_true(steps.count >= first.count);
    assert_int_equal(steps.hash, again.hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_access_is_announced),
        cmocka_unit_test(test_saved_states_are_announced),
        cmocka_unit_test(test_poison_is_not_loaded),
        cmocka_unit_test(test_code_is_announced),
        cmocka_unit_test(test_code_across_pages_is_announced),
        cmocka_unit_test(test_poison_in_code_is_not_executed),
        cmocka_unit_test(test_poison_that_comes_later_is_not_executed),
        cmocka_unit_test(test_code_that_the_guard_changes),
        cmocka_unit_test(test_code_that_the_guard_never_leaves_alone),
        cmocka_unit_test(test_walks_are_announced),
        cmocka_unit_test(test_poison_in_a_walk),
        cmocka_unit_test(test_pages_become_guarded),
        cmocka_unit_test(test_guards_change_for_every_core),
        cmocka_unit_test(test_guards_change_while_a_core_runs),
        cmocka_unit_test(test_breakpoints_in_a_guarded_page),
        cmocka_unit_test(test_the_highest_pages),
        cmocka_unit_test(test_every_run_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
