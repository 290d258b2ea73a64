/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instants (emu/machine/instant.h): who stops a run, steps through it, or looks into its blocks leaves no trace.
 * Every guest program runs straight, and again with stops of all kinds at places that a seed chooses; both must
 * end alike, to the bit.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/hash.h"
#include "emu/core/trace.h"
#include "emu/machine/image/image.h"
#include "emu/machine/instant.h"
#include "roms/roms.h"

#define MEMORY_BYTES (UINT64_C(4) << 30)
#define GUEST_BYTES  ((size_t)1 << 20)
#define LIMIT        VTIME_MS(260)
#define STOPS_UNTIL  VTIME_MS(255) /* a turn that is under way may reach past a limit */
#define GUEST_BEGINS VTIME_MS(64)  /* the firmware is at work before */
#define STRETCHES    120u
#define STEPS_MAX    60u
#define PROGRAMS_MAX 128u
#define NAME_BYTES   300u
#define BREAK_EVERY  97u /* events */

struct ending {
    enum machine_stop stop;
    uint64_t trace_hash;
    uint64_t state_hash;
    vtime now;
};

struct chance {
    uint64_t state;
};

static uint64_t draw(struct chance *chance, uint64_t below)
{
    chance->state = hash_u64(chance->state, 1);
    return (chance->state >> 16) % below;
}

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

static bool build_window(const char *path, unsigned cores, struct boot_window *window)
{
    uint8_t *data = malloc(GUEST_BYTES);
    FILE *stream = fopen(path, "rb");
    struct image_file file = {.name = path, .data = data};
    const struct image_request request = {
        .image = &file, .command_line = "", .memory_bytes = MEMORY_BYTES, .cores = cores};
    struct error err = ERROR_INIT;
    bool is_good;

    assert_non_null(data);
    assert_non_null(stream);
    file.bytes = fread(data, 1, GUEST_BYTES, stream);
    (void)fclose(stream);
    is_good = image_build(&request, window, &err) == 0;
    free(data);
    return is_good;
}

static struct machine *create(const struct boot_window *window, unsigned cores)
{
    const struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = cores,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .boot_window = window->data,
        .boot_window_bytes = window->bytes,
        .serial = {.write = discard},
        .debug_console = {.write = discard},
        .code_buffer_bytes = (size_t)16 << 20,
        .has_test_device = true,
    };
    struct error err = ERROR_INIT;
    struct machine *machine = machine_create(&config, &err);

    if (machine == NULL) fail_msg("%s", err.text);
    return machine;
}

static struct ending end(struct machine *machine, enum machine_stop stop)
{
    struct ending ending = {.stop = stop, .now = machine_now(machine)};

    ending.trace_hash = machine_trace_hash(machine);
    ending.state_hash = machine_state_hash(machine);
    machine_destroy(machine);
    return ending;
}

static void break_now_and_then(void *ctx, const struct trace_record *record)
{
    if (record->seq % BREAK_EVERY == 0) machine_break(ctx);
}

/* One stretch of a run that somebody disturbs. */
static enum machine_stop disturb(struct machine *machine, struct chance *chance)
{
    const unsigned steps = (unsigned)draw(chance, STEPS_MAX);
    struct machine_instant to;
    enum machine_stop stop = MACHINE_BREAK;

    switch (draw(chance, 3)) {
    case 0:
        machine_get_instant(machine, &to);
        to.ticks += draw(chance, 1 << 20);
        to.edge += draw(chance, 4) * VTIME_US(10);
        to.quantum += draw(chance, 4);
        to.looked = 0;
        stop = machine_run_to(machine, &to);
        break;
    case 1:
        for (unsigned i = 0; i < steps && stop == MACHINE_BREAK; i++) {
            stop = machine_step_block(machine);
        }
        break;
    default:
        for (unsigned i = 0; i < steps && stop == MACHINE_BREAK; i++) {
            stop = machine_look(machine);
        }
        break;
    }
    return stop;
}

static enum machine_stop disturbed_run(struct machine *machine, uint64_t seed)
{
    struct chance chance = {.state = seed};
    const struct trace_sink sink = {.record = break_now_and_then, .ctx = machine};
    enum machine_stop stop = machine_run(machine, GUEST_BEGINS);

    assert_true(trace_add_sink(machine_trace(machine), &sink));
    for (unsigned i = 0; i < STRETCHES && (stop == MACHINE_BREAK || stop == MACHINE_TIME_LIMIT);
         i++) {
        if (machine_look_now(machine) >= STOPS_UNTIL) break;
        stop = disturb(machine, &chance);
    }
    trace_remove_sink(machine_trace(machine), machine);
    if (stop == MACHINE_BREAK || stop == MACHINE_TIME_LIMIT) stop = machine_run(machine, LIMIT);
    return stop;
}

static void compare(const char *name, unsigned cores)
{
    char path[NAME_BYTES];
    struct boot_window window;
    struct ending straight;
    struct machine *machine;

    (void)snprintf(path, sizeof(path), "%s/%s", GUESTS, name);
    if (!build_window(path, cores, &window)) return;
    machine = create(&window, cores);
    straight = end(machine, machine_run(machine, LIMIT));
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct ending disturbed;

        machine = create(&window, cores);
        disturbed = end(machine, disturbed_run(machine, seed));
        if (disturbed.stop != straight.stop || disturbed.now != straight.now ||
            disturbed.trace_hash != straight.trace_hash ||
            disturbed.state_hash != straight.state_hash) {
            fail_msg("%s, %u cores, seed %u: stop %d/%d, time %llu/%llu, trace %s, state %s", name,
                     cores, (unsigned)seed, (int)straight.stop, (int)disturbed.stop,
                     (unsigned long long)straight.now, (unsigned long long)disturbed.now,
                     disturbed.trace_hash == straight.trace_hash ? "equal" : "differs",
                     disturbed.state_hash == straight.state_hash ? "equal" : "differs");
        }
    }
    image_release(&window);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static size_t list_programs(char names[PROGRAMS_MAX][NAME_BYTES])
{
    DIR *folder = opendir(GUESTS);
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL && count < PROGRAMS_MAX) {
        const size_t length = strlen(entry->d_name);

        if (length < 5 || strcmp(entry->d_name + length - 4, ".elf") != 0) continue;
        (void)snprintf(names[count++], NAME_BYTES, "%s", entry->d_name);
    }
    (void)closedir(folder);
    qsort(names, count, NAME_BYTES, by_name);
    return count;
}

static void nobody_can_tell(void **state)
{
    static const unsigned cores[] = {1, 4};
    char(*names)[NAME_BYTES] = calloc(PROGRAMS_MAX, NAME_BYTES);
    size_t count;

    (void)state;
    assert_non_null(names);
    count = list_programs(names);
    assert_true(count > 30);
    for (size_t i = 0; i < count; i++) {
        compare(names[i], cores[i % 2]);
        compare(names[i], cores[(i + 1) % 2]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_can_tell)};

    if (argc > 1) {
        compare(argv[1], argc > 2 ? (unsigned)atoi(argv[2]) : 1);
        return 0;
    }
    return cmocka_run_group_tests_name("instants", tests, NULL, NULL);
}
