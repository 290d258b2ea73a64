/* SPDX-License-Identifier: GPL-2.0-only */
/* Stops, looks and probes change nothing: guest programs run straight and in pieces, watched and not, and
 * everything that can be told from outside is the same: callbacks with their time and place, memory, cores. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/error.h"
#include "emu/core/snap.h"
#include "emu/cpu/probe.h"

#define QUANTUM    VTIME_US(2)
#define EDGES      30u
#define CODE_BYTES 4096u
#define PROGRAMS   15u
#define MANNERS    2u /* of each program; the next one has the next two */

SNIPPET(aging);
SNIPPET(medley);
SNIPPET(two_events);
SNIPPET(long_row);
SNIPPET(mixed);
SNIPPET(breakpoints);
SNIPPET(single_step);
SNIPPET(long_faults);
SNIPPET(page_faults);
SNIPPET(page_end);
SNIPPET(user_faults);
SNIPPET(sti_shadow);
SNIPPET(mov_ss_shadow);
SNIPPET(nmi_blocking);
SNIPPET(halt_wake);
SNIPPET(popf_opens);
SNIPPET(cr8);
SNIPPET(syscall64);
SNIPPET(sysenter_pair);
SNIPPET(smc_direct);
SNIPPET(smc_alias);
SNIPPET(smc_data_first);
SNIPPET(smc_dma);
SNIPPET(smc_same_block);
SNIPPET(many_blocks);
SNIPPET(mmio);
SNIPPET(mmio_code);
SNIPPET(xsave);
SNIPPET(tsc);
SNIPPET(pauses);
SNIPPET(endless);
SNIPPET(stop_from_port);
SNIPPET(two_cores);
SNIPPET(real_basic);
SNIPPET(real_faults);
SNIPPET(protected_faults);
SNIPPET(protected_rings);
SNIPPET(guard_paths);
SNIPPET(guard_calls);
extern const uint8_t two_cores_second[];

struct program {
    const char *name;
    uint8_t mode;
    const uint8_t *begin;
    const uint8_t *end;
};

#define LONG(name)                                 \
    {                                              \
#name, MODE_LONG, name##_begin, name##_end \
    }
#define PROTECTED(name)                                 \
    {                                                   \
#name, MODE_PROTECTED, name##_begin, name##_end \
    }
#define REAL(name)                                 \
    {                                              \
#name, MODE_REAL, name##_begin, name##_end \
    }

static const struct program programs[] = {
    LONG(aging),
    LONG(medley),
    LONG(two_events),
    LONG(long_row),
    LONG(mixed),
    LONG(breakpoints),
    LONG(single_step),
    LONG(long_faults),
    LONG(page_faults),
    LONG(page_end),
    LONG(user_faults),
    LONG(sti_shadow),
    LONG(mov_ss_shadow),
    LONG(nmi_blocking),
    LONG(halt_wake),
    LONG(popf_opens),
    LONG(cr8),
    LONG(syscall64),
    LONG(sysenter_pair),
    LONG(smc_direct),
    LONG(smc_alias),
    LONG(smc_data_first),
    LONG(smc_dma),
    LONG(smc_same_block),
    LONG(many_blocks),
    LONG(mmio),
    LONG(mmio_code),
    LONG(xsave),
    LONG(tsc),
    LONG(pauses),
    LONG(endless),
    LONG(stop_from_port),
    LONG(guard_paths),
    LONG(guard_calls),
    PROTECTED(protected_faults),
    PROTECTED(protected_rings),
    REAL(real_basic),
    REAL(real_faults),
};
#define PROGRAM_COUNT (sizeof(programs) / sizeof(programs[0]))

/* How a run is cut and watched. */
struct manner {
    const char *name;
    unsigned
        stop_ticks; /* stops at random boundaries, on average so many ticks apart; 1: at each */
    unsigned looks; /* of 100 stops, how many look on for some instructions */
    bool has_code;
    bool has_data;
    bool has_breaks; /* probes stop the run now and then */
    bool changes;    /* probes change at stops */
};

static const struct manner straight = {.name = "straight"};
static const struct manner manners[] = {
    {.name = "every boundary", .stop_ticks = 1},
    {.name = "some boundaries", .stop_ticks = 700},
    {.name = "random boundaries", .stop_ticks = 20000},
    {.name = "every instruction", .stop_ticks = 1, .looks = 100},
    {.name = "looks", .stop_ticks = 5000, .looks = 50},
    {.name = "code probes", .has_code = true},
    {.name = "data probes", .has_data = true},
    {.name = "probes and breaks", .has_code = true, .has_data = true, .has_breaks = true},
    {.name = "changing probes",
     .stop_ticks = 9000,
     .has_code = true,
     .has_data = true,
     .changes = true},
    {.name = "all",
     .stop_ticks = 9000,
     .looks = 40,
     .has_code = true,
     .has_data = true,
     .has_breaks = true,
     .changes = true},
};
#define MANNER_COUNT (sizeof(manners) / sizeof(manners[0]))

struct life {
    const struct manner *manner;
    struct guest *guest;
    uint64_t hash;
    uint64_t seed;
    unsigned cores;
    uint64_t told[4]; /* code, data, MSRs, vectors */
    uint64_t looks;
    uint64_t breaks;
};

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *seed >> 33;
}

static void mix(struct life *life, uint64_t value)
{
    life->hash = (life->hash ^ value) * UINT64_C(0x100000001b3);
    life->hash ^= life->hash >> 29;
}

static void on_watch(struct guest *guest, unsigned core, uint64_t where, uint64_t value)
{
    struct life *life = guest->test;
    struct cpu *cpu = guest_core(guest, core);

    mix(life, where + core);
    mix(life, value);
    mix(life, cpu_boundary(cpu));
    mix(life, cpu_now(cpu));
    mix(life, cpu_block_pc(cpu));
}

static bool on_is_guarded(struct guest *guest, uint64_t page)
{
    (void)guest;
    return page - GUARD_BASE < UINT64_C(0x1000) * GUARD_PAGES;
}

static bool on_guard(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                     unsigned bytes)
{
    on_watch(guest, core, addr, (uint64_t)kind * 256 + bytes);
    return true;
}

/* ---- Probes ---- */

static void maybe_break(struct life *life, unsigned core)
{
    if (life->manner->has_breaks && next(&life->seed) % 16 == 0) {
        cpu_break(guest_core(life->guest, core));
    }
}

static void on_code(void *ctx, unsigned core, uint64_t pc)
{
    struct life *life = ctx;
    struct cpu_regs regs;

    cpu_get_regs(guest_core(life->guest, core), &regs);
    assert_true(regs.segment[1].base + regs.rip == pc);
    life->told[0]++;
    maybe_break(life, core);
}

static void on_data(void *ctx, unsigned core, enum cpu_access kind, uint64_t linear, unsigned bytes)
{
    struct life *life = ctx;
    struct cpu_regs regs;

    assert_true(kind == CPU_ACCESS_READ || kind == CPU_ACCESS_WRITE);
    assert_true(bytes >= 1 && bytes <= 16 && linear < UINT64_C(1) << 48);
    cpu_get_regs(guest_core(life->guest, core), &regs);
    life->told[1]++;
    maybe_break(life, core);
}

static void on_msr(void *ctx, unsigned core, uint32_t msr, bool is_write, uint64_t value)
{
    struct life *life = ctx;

    (void)msr;
    (void)is_write;
    (void)value;
    life->told[2]++;
    maybe_break(life, core);
}

static void on_vector(void *ctx, unsigned core, uint8_t vector, bool is_external)
{
    struct life *life = ctx;

    (void)vector;
    (void)is_external;
    life->told[3]++;
    maybe_break(life, core);
}

static void set_probes(struct life *life)
{
    static const struct cpu_probe_range ranges[] = {
        {GUEST_STACK - 0x100, 0x100, true, true}, {GUEST_DATA, 0x200, false, true},
        {GUEST_RECORDS, 0x40, true, true},        {GUEST_ALIASED, 8, true, true},
        {PROBE_DATA, 0x20000, true, false},       {GUARD_BASE, 0x4000, true, true},
        {UINT64_MAX - 15, 16, true, true},        {MMIO_BASE, 0x1000, true, true},
    };
    const struct cpu_probe probe = {
        .ctx = life, .code = on_code, .data = on_data, .msr = on_msr, .vector = on_vector};
    uint64_t pcs[CPU_PROBE_CODE_MAX];
    size_t count = life->manner->changes ? next(&life->seed) % CPU_PROBE_CODE_MAX : 200;
    const size_t most = sizeof(ranges) / sizeof(ranges[0]);

    for (size_t i = 0; i < count; i++) {
        pcs[i] = GUEST_CODE + (count - i) * (life->manner->changes ? next(&life->seed) % 3 : 1);
    }
    cpu_set_probe(life->guest->set, &probe);
    if (life->manner->has_code) {
        assert_true(cpu_set_probe_code(life->guest->set, pcs, count));
    }
    if (life->manner->has_data) {
        assert_true(
            cpu_set_probe_data(life->guest->set, ranges,
                               life->manner->changes ? next(&life->seed) % (most + 1) : most));
    }
}

/* ---- Pieces ---- */

/* Instruction by instruction. True: `*stop` ends the core's turn. */
static bool look_on(struct life *life, struct cpu *cpu, vtime deadline, enum cpu_stop *stop)
{
    for (uint64_t n = 1 + next(&life->seed) % 30; n > 0; n--) {
        const uint64_t boundary = cpu_boundary(cpu);
        const uint64_t pc = cpu_block_pc(cpu);
        struct cpu_regs regs;

        if (cpu_is_due(cpu, deadline)) {
            return false;
        }
        *stop = cpu_look(cpu);
        if (*stop != CPU_STOP_STEP) {
            return true;
        }
        life->looks++;
        cpu_get_regs(cpu, &regs);
        if (cpu_look_count(cpu) > 0) {
            assert_true(cpu_boundary(cpu) == boundary && cpu_block_pc(cpu) == pc);
        } else {
            assert_true(cpu_boundary(cpu) >= boundary);
        }
    }
    return false;
}

static enum cpu_stop run_piece(struct life *life, struct cpu *cpu, vtime deadline)
{
    const unsigned ticks = life->manner->stop_ticks;
    uint64_t before = cpu_boundary(cpu);
    enum cpu_stop stop;

    cpu_set_stop_at(cpu, ticks ? before + 1 + next(&life->seed) % ticks * 2 : UINT64_MAX);
    stop = cpu_run(cpu, deadline);
    cpu_set_stop_at(cpu, UINT64_MAX);
    if (stop == CPU_STOP_BREAK) {
        assert_true(cpu_boundary(cpu) > before);
        life->breaks++;
    }
    return stop;
}

/* A core's turn up to `deadline`. */
static enum cpu_stop run_turn(struct life *life, struct cpu *cpu, vtime deadline)
{
    enum cpu_stop stop;

    for (;;) {
        if (life->manner->changes && next(&life->seed) % 8 == 0) {
            set_probes(life);
        }
        if (next(&life->seed) % 100 < life->manner->looks && look_on(life, cpu, deadline, &stop)) {
            break;
        }
        if (life->manner->looks == 100 && !cpu_is_due(cpu, deadline)) {
            continue;
        }
        stop = run_piece(life, cpu, deadline);
        if (stop != CPU_STOP_BREAK) {
            break;
        }
    }
    if (stop == CPU_STOP_HALTED && cpu_is_due(cpu, deadline)) {
        stop = CPU_STOP_DEADLINE;
    }
    return stop;
}

static bool run_edge(struct life *life, unsigned edge)
{
    const vtime deadline = QUANTUM * (edge + 1);

    for (unsigned i = 0; i < life->cores; i++) {
        struct cpu *cpu = guest_core(life->guest, i);
        enum cpu_stop stop = run_turn(life, cpu, deadline);

        mix(life, stop);
        mix(life, cpu_boundary(cpu));
        if (stop == CPU_STOP_TRIPLE_FAULT) {
            return false;
        }
        cpu_skip_to(cpu, deadline);
    }
    if (edge % 4 == 1) {
        guest_raise(life->guest, 0, 0x60);
    } else if (edge % 9 == 5) {
        cpu_nmi(guest_core(life->guest, 0));
    }
    return true;
}

/* ---- Whole lives ---- */

static void live(struct life *life, const struct manner *manner, const struct program *program,
                 uint64_t seed)
{
    const bool is_double = program->begin == two_cores_begin;
    const struct guest_options options = {.cores = is_double ? 2 : 1, .has_guards = true};
    uint64_t bytes = seed;

    *life = (struct life){.manner = manner, .seed = seed + 1, .cores = options.cores};
    life->guest = guest_create(program->mode, program->begin, program->end, &options);
    life->guest->test = life;
    life->guest->watch = on_watch;
    life->guest->is_guarded = on_is_guarded;
    life->guest->guard = on_guard;
    if (is_double) {
        guest_plant_second(life->guest,
                           GUEST_CODE + (uint64_t)(two_cores_second - two_cores_begin));
    }
    for (size_t i = 0; !program->name && i < CODE_BYTES; i++) {
        static const uint8_t spice[] = {0x0f, 0x66, 0xf3, 0x48, 0xff, 0xcd, 0x9d, 0xfb, 0xd9,
                                        0x22, 0x30, 0x32, 0x23, 0xae, 0xee, 0xa4, 0xab, 0x17};

        life->guest->ram[GUEST_CODE + i] =
            next(&bytes) % 3 ? (uint8_t)next(&bytes) : spice[next(&bytes) % sizeof(spice)];
    }
    if (manner->has_code || manner->has_data) {
        set_probes(life);
    }
    for (unsigned edge = 0; edge < EDGES && run_edge(life, edge); edge++) {}
}

static struct snap_writer *save(struct life *life, const void **data, size_t *bytes)
{
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;

    for (unsigned i = 0; i < life->cores; i++) {
        assert_int_equal(cpu_save(guest_core(life->guest, i), w, &err), 0);
    }
    *data = snap_finish(w, "test", bytes);
    return w;
}

static bool is_same(struct life *a, struct life *b)
{
    const void *data[2];
    size_t bytes[2];
    struct snap_writer *wa = save(a, &data[0], &bytes[0]);
    struct snap_writer *wb = save(b, &data[1], &bytes[1]);
    bool is_same = a->hash == b->hash &&
                   memcmp(a->guest->ram, b->guest->ram, GUEST_RAM_BYTES) == 0 &&
                   bytes[0] == bytes[1] && memcmp(data[0], data[1], bytes[0]) == 0;

    snap_writer_destroy(wa);
    snap_writer_destroy(wb);
    return is_same;
}

static void assert_same(struct life *a, struct life *b, const char *program)
{
    if (is_same(a, b)) {
        return;
    }
    for (size_t i = 0; i < GUEST_RAM_BYTES; i++) {
        if (a->guest->ram[i] != b->guest->ram[i]) {
            print_error("first byte of memory: %zx\n", i);
            break;
        }
    }
    fail_msg("%s: %s is not %s; hashes %d, cycles %llu and %llu", program, b->manner->name,
             a->manner->name, a->hash == b->hash,
             (unsigned long long)cpu_cycles(guest_core(a->guest, 0)),
             (unsigned long long)cpu_cycles(guest_core(b->guest, 0)));
}

static void compare(const struct program *program, const struct manner *manner, uint64_t seed)
{
    struct life a;
    struct life b;

    live(&a, &straight, program, seed);
    live(&b, manner, program, seed);
    assert_same(&a, &b, program->name ? program->name : "random");
    guest_destroy(a.guest);
    guest_destroy(b.guest);
}

static void test_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROGRAM_COUNT; i++) {
        struct life a;

        live(&a, &straight, &programs[i], i);
        for (size_t m = 0; m < MANNERS; m++) {
            struct life b;

            live(&b, &manners[(i * MANNERS + m) % MANNER_COUNT], &programs[i], i);
            assert_same(&a, &b, programs[i].name);
            guest_destroy(b.guest);
        }
        guest_destroy(a.guest);
    }
}

static void test_two_cores(void **state)
{
    static const struct program program = LONG(two_cores);

    (void)state;
    for (size_t m = 0; m < MANNER_COUNT; m += 3) {
        compare(&program, &manners[m], m);
    }
}

static void test_random_programs(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < PROGRAMS; i++) {
        const struct program program = {NULL, (uint8_t)(i % 3), endless_begin, endless_end};

        compare(&program, &manners[i % MANNER_COUNT], i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_two_cores),
        cmocka_unit_test(test_random_programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
