/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/run_gdb.h"

#include "emu/app/gdb_socket.h"
#include "emu/debug/debugger.h"
#include "emu/host/png.h"

static void discard(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
}

/* Whoever detaches in the past wants the run that was, not another one: it goes on from its end. */
static int go_to_end(struct history *history, struct error *err)
{
    struct history_place last;

    history_last(history, &last);
    switch (history_goto(history, &last.at, err)) {
    case HISTORY_TROUBLE:
    case HISTORY_DIVERGED: return -1;
    case HISTORY_THERE:
    case HISTORY_HIT:
    case HISTORY_BEGIN:
    case HISTORY_END:
    case HISTORY_INTERRUPTED: break;
    }
    return 0;
}

int run_gdb(const char *where, struct history *history, struct machine *machine, struct error *err)
{
    const struct debugger_config config = {.history = history,
                                           .machine = machine,
                                           .output = {.write = discard},
                                           .save_picture = save_png};
    struct debugger *debugger = debugger_create(&config, err);
    int result;

    if (debugger == NULL) return -1;
    result = gdb_serve(where, debugger, history, machine, true, err);
    debugger_destroy(debugger);
    return result == 0 ? go_to_end(history, err) : -1;
}
