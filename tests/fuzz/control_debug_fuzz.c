/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of the control socket with a recorded run behind it. Each that is not blank gets one line that is JSON and
 * either a return or an error, small enough for the socket, with the id that was sent; the run repeats as it was
 * recorded; nothing is put into the machine's inbox. What control_fuzz.c finds about lines as such is its own.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "emu/app/control_command.h"
#include "emu/app/control_debug.h"
#include "emu/base/bug.h"
#include "emu/host/control_socket.h"
#include "tests/fuzz/debugger_bench.h"
#include "tests/fuzz/input.h"

#define LINES_MAX 12

struct bench {
    struct debugger_bench base;
    struct control_motion motion;
    struct control_debug *debug;
};

static struct bench bench;

static void discard(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
}

static void make_bench(void)
{
    const struct debugger_output nowhere = {.write = discard};
    struct error err = ERROR_INIT;

    debugger_bench_open(&bench.base, &nowhere);
    bench.motion.history = bench.base.world.history;
    bench.debug = control_debug_create(bench.base.debugger, bench.base.world.machine, &bench.motion,
                                       true, &err);
    BUG_ON(bench.debug == NULL);
}

static bool is_slow(const json_t *command)
{
    json_t *arguments = json_object_get(command, "arguments");
    const char *line = json_string_value(json_object_get(arguments, "command"));

    return line != NULL && debugger_bench_is_long(line);
}

static void check_answer(const char *text, const json_t *command)
{
    json_t *answer = json_loads(text, 0, NULL);
    json_t *result = json_object_get(answer, "return");
    json_t *error = json_object_get(answer, "error");

    BUG_ON(strpbrk(text, "\r\n") != NULL || strlen(text) >= CONTROL_HELD_BYTES);
    BUG_ON((result == NULL) == (error == NULL));
    BUG_ON(error != NULL && json_string_length(json_object_get(error, "desc")) == 0);
    BUG_ON(json_object_get(command, "id") != NULL &&
           !json_equal(json_object_get(command, "id"), json_object_get(answer, "id")));
    json_decref(answer);
}

static void fuzz_line(struct control_command *control, const char *line, size_t bytes)
{
    json_t *command = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, NULL);
    char *answer;

    if (!is_slow(command)) {
        (void)control_motion_is_urgent(line, bytes);
        answer = control_command_answer(control, line, bytes);
        if (answer != NULL) check_answer(answer, command);
        free(answer);
        BUG_ON(control->has_posted);
        debugger_bench_check(&bench.base);
    }
    json_decref(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_command control = {.is_recorded = true};
    struct fuzz_input input = {.data = data, .bytes = size};
    size_t bytes;

    if (bench.debug == NULL) make_bench();
    control.machine = bench.base.world.machine;
    control.debug = bench.debug;
    for (unsigned lines = 0; lines < LINES_MAX; lines++) {
        char *line = fuzz_take_line(&input, &bytes);

        if (line == NULL) break;
        if (bytes <= CONTROL_LINE_BYTES) fuzz_line(&control, line, bytes);
        free(line);
    }
    debugger_bench_rewind(&bench.base);
    return 0;
}
