/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of the control socket, at a machine whose firmware has just set up memory. Each that is not blank
 * gets one line that is JSON and either a return or an error, with the id that was sent; a fault that
 * was planted reads back as it is told. The machine does not run in between: what commands put into its
 * inbox is counted and forgotten.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "emu/app/control_command.h"
#include "emu/app/fault_spec.h"
#include "emu/base/bug.h"
#include "emu/core/inbox.h"
#include "emu/host/control_socket.h"
#include "emu/machine/image/image.h"
#include "emu/machine/machine.h"
#include "roms/roms.h"
#include "tests/fuzz/input.h"

#define MEMORY_BYTES (UINT64_C(512) << 20)
#define SET_UP_BY    VTIME_S(1)

/* The engine leaks a few small arrays at its end (tests/tools/lsan.supp); they are not ours to
 * find. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:g_array_new\n";
}

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

static struct machine *make(struct boot_window *window)
{
    const struct image_request nothing = {.memory_bytes = MEMORY_BYTES, .cores = 1};
    struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = 1,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .serial = {.write = discard},
        .debug_console = {.write = discard},
        .code_buffer_bytes = (size_t)16 << 20,
    };
    struct error err = ERROR_INIT;
    struct machine *machine;

    BUG_ON(image_build(&nothing, window, &err) != 0);
    config.boot_window = window->data;
    config.boot_window_bytes = window->bytes;
    BUG_ON(dimm_set_make(&config.dimms, MEMORY_BYTES, true, &err) != 0);
    machine = machine_create(&config, &err);
    BUG_ON(machine == NULL);
    while (!machine_has_memory(machine)) {
        BUG_ON(machine_run(machine, machine_now(machine) + VTIME_MS(1)) != MACHINE_TIME_LIMIT);
        BUG_ON(machine_now(machine) > SET_UP_BY);
    }
    return machine;
}

/* Made once, because it takes long; each input finds it without a fault. */
static struct machine *fresh_machine(void)
{
    static struct machine *machine;
    static struct boot_window window;

    if (machine == NULL) machine = make(&window);
    while (machine_fault_count(machine) > 0) {
        machine_fault_repair(machine, 0);
    }
    return machine;
}

static void check_planted(struct machine *machine, const json_t *spec)
{
    const char *text = json_string_value(spec);
    struct fault_spec planted;
    struct error err = ERROR_INIT;

    if (text == NULL) return;
    BUG_ON(fault_spec_parse(text, &planted, &err) != 0);
    BUG_ON(!planted.has_when || planted.when != machine_now(machine));
    BUG_ON(fault_spec_check(&planted, machine_dimms(machine), &err) != 0);
}

static void check_answer(struct machine *machine, const char *text, const char *line, size_t bytes)
{
    json_t *answer = json_loads(text, 0, NULL);
    json_t *command = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, NULL);
    json_t *result = json_object_get(answer, "return");
    json_t *error = json_object_get(answer, "error");

    BUG_ON(strpbrk(text, "\r\n") != NULL || strlen(text) >= CONTROL_HELD_BYTES);
    BUG_ON((result == NULL) == (error == NULL));
    BUG_ON(error != NULL && json_string_length(json_object_get(error, "desc")) == 0);
    BUG_ON(command == NULL && error == NULL);
    BUG_ON(json_object_get(command, "id") != NULL &&
           !json_equal(json_object_get(command, "id"), json_object_get(answer, "id")));
    check_planted(machine, json_object_get(result, "spec"));
    json_decref(answer);
    json_decref(command);
}

static void fuzz_line(struct control_command *control, const char *line, size_t bytes)
{
    char *answer = control_command_answer(control, line, bytes);
    struct inbox_message message;
    unsigned posts = 0;

    if (answer != NULL) check_answer(control->machine, answer, line, bytes);
    free(answer);
    while (inbox_take(machine_inbox(control->machine), &message)) {
        posts++;
    }
    BUG_ON(posts != (control->has_posted ? 1u : 0u));
    control->has_posted = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_command control = {.machine = fresh_machine()};
    struct fuzz_input input = {.data = data, .bytes = size};
    size_t bytes;
    char *line;

    while ((line = fuzz_take_line(&input, &bytes)) != NULL) {
        if (bytes <= CONTROL_LINE_BYTES) fuzz_line(&control, line, bytes);
        free(line);
    }
    return 0;
}
