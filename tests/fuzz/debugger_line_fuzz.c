/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines to the debugger, at a tiny machine with a recorded run of 30 ms. Whatever is said, each line is
 * carried out or refused with one sentence, all text is text, the run repeats as it was recorded, and the
 * machine comes back to its begin.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/debug/debugger.h"
#include "tests/unit/replay/history_world.h"

#define RUN_END   VTIME_MS(30)
#define LINES_MAX 12
#define LINE_MAX  1200
#define TEXT_MAX  (UINT64_C(8) << 20) /* that a line may print */

/* The engine leaks a few small arrays at its end (tests/tools/lsan.supp); they are not ours to
 * find. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:g_array_new\n";
}

struct bench {
    struct world world;
    struct debugger *debugger;
    uint64_t text_bytes;
};

static struct bench bench;

static void take(void *ctx, const char *text, size_t bytes)
{
    struct bench *self = ctx;

    for (size_t i = 0; i < bytes; i++) {
        BUG_ON((unsigned char)text[i] < ' ' && text[i] != '\n');
    }
    self->text_bytes += bytes;
    BUG_ON(self->text_bytes > TEXT_MAX);
}

static void make_bench(void)
{
    struct machine *machine = world_machine(1);
    struct recording *recording = world_recording(machine);
    struct history_config config = {.machine = machine, .recording = recording, .is_live = true};
    struct error err = ERROR_INIT;
    struct history *live = history_create(&config, &err);
    struct debugger_config debugger = {.output = {.ctx = &bench, .write = take}};

    BUG_ON(live == NULL);
    BUG_ON(machine_run(machine, VTIME_MS(17)) != MACHINE_TIME_LIMIT);
    world_type(machine, "word");
    BUG_ON(machine_run(machine, RUN_END) != MACHINE_TIME_LIMIT);
    history_set_end(live, MACHINE_TIME_LIMIT);
    history_destroy(live);
    machine_destroy(machine);
    world_open(&bench.world, 1, recording);
    debugger.history = bench.world.history;
    debugger.machine = bench.world.machine;
    bench.debugger = debugger_create(&debugger, &err);
    BUG_ON(bench.debugger == NULL);
}

/* Thousands of steps are only slow. */
static bool is_long(const char *line)
{
    const size_t letters = strcspn(line, "0123456789");

    return strspn(line + letters, "0123456789xabcdef") > 2 && strchr("srnu", line[0]) != NULL &&
           strpbrk(line, ":.,") == NULL && strstr(line, "until") == NULL;
}

static void ignore_word(void *ctx, const char *word)
{
    (void)ctx;
    BUG_ON(word[0] == '\0');
}

static void say(const char *line)
{
    struct error err = ERROR_INIT;
    struct debugger_reason reason;
    char where[400];

    if (is_long(line)) return;
    bench.text_bytes = 0;
    debugger_complete(bench.debugger, line, ignore_word, NULL);
    if (debugger_command(bench.debugger, line, &err) != 0) {
        BUG_ON(err.kind == ERROR_NONE || err.text[0] == '\0');
    }
    debugger_reason(bench.debugger, &reason);
    BUG_ON(reason.stop == HISTORY_DIVERGED || reason.stop == HISTORY_TROUBLE);
    debugger_where(bench.debugger, where, sizeof(where));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct error err = ERROR_INIT;
    size_t at = 0;

    if (bench.debugger == NULL) make_bench();
    for (unsigned lines = 0; lines < LINES_MAX && at < bytes; lines++) {
        char line[LINE_MAX + 1];
        size_t length = 0;

        while (at < bytes && data[at] != '\n' && length < LINE_MAX) {
            memcpy(line + length, data[at] != 0 ? (const void *)(data + at) : " ", 1);
            length++;
            at++;
        }
        at++;
        line[length] = '\0';
        say(line);
    }
    BUG_ON(debugger_command(bench.debugger, "delete", &err) != 0);
    BUG_ON(debugger_command(bench.debugger, "goto begin", &err) != 0);
    return 0;
}
