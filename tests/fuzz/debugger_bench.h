/* SPDX-License-Identifier: GPL-2.0-only */
/* What fuzzers of the debugger stand on: a tiny machine with a recorded run of 30 ms, at its begin. */
#pragma once

#include <stdbool.h>

#include "emu/debug/debugger.h"
#include "tests/unit/replay/history_world.h"

struct debugger_bench {
    struct world world;
    struct debugger *debugger; /* NULL: not opened yet */
};

void debugger_bench_open(struct debugger_bench *bench, const struct debugger_output *output);
/* For the next input: no breakpoints, at the begin. */
void debugger_bench_rewind(struct debugger_bench *bench);
/* What moved went as it was recorded. */
void debugger_bench_check(const struct debugger_bench *bench);
/* Thousands of steps, which are only slow. */
bool debugger_bench_is_long(const char *line);
