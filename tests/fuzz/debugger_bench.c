/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/fuzz/debugger_bench.h"

#include <string.h>

#include "emu/base/bug.h"

#define RUN_END VTIME_MS(30)

/* The engine leaks a few small arrays at its end (tests/tools/lsan.supp); they are not ours to
 * find. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:g_array_new\n";
}

void debugger_bench_open(struct debugger_bench *bench, const struct debugger_output *output)
{
    struct machine *machine = world_machine(1);
    struct recording *recording = world_recording(machine);
    struct history_config config = {.machine = machine, .recording = recording, .is_live = true};
    struct error err = ERROR_INIT;
    struct history *live = history_create(&config, &err);
    struct debugger_config debugger = {.output = *output};

    BUG_ON(live == NULL);
    BUG_ON(machine_run(machine, VTIME_MS(17)) != MACHINE_TIME_LIMIT);
    world_type(machine, "word");
    BUG_ON(machine_run(machine, RUN_END) != MACHINE_TIME_LIMIT);
    history_set_end(live, MACHINE_TIME_LIMIT);
    history_destroy(live);
    machine_destroy(machine);
    world_open(&bench->world, 1, recording);
    debugger.history = bench->world.history;
    debugger.machine = bench->world.machine;
    bench->debugger = debugger_create(&debugger, &err);
    BUG_ON(bench->debugger == NULL);
}

void debugger_bench_rewind(struct debugger_bench *bench)
{
    struct error err = ERROR_INIT;

    BUG_ON(debugger_command(bench->debugger, "delete", &err) != 0);
    BUG_ON(debugger_command(bench->debugger, "goto begin", &err) != 0);
}

void debugger_bench_check(const struct debugger_bench *bench)
{
    struct debugger_reason reason;

    debugger_reason(bench->debugger, &reason);
    BUG_ON(reason.stop == HISTORY_DIVERGED || reason.stop == HISTORY_TROUBLE);
}

bool debugger_bench_is_long(const char *line)
{
    size_t letters;

    line += strspn(line, " \t\r\n");
    if (*line == '\0') return false;
    letters = strcspn(line, "0123456789");
    return strspn(line + letters, "0123456789xabcdef") > 2 && strchr("srnu", line[0]) != NULL &&
           strpbrk(line, ":.,") == NULL && strstr(line, "until") == NULL;
}
