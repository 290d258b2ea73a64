/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: tui_machine_driver CORES
 * The text UI on this terminal, over a real machine: a recorded run of the guest of the history's tests.
 * Prints `left` at its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "emu/debug/tui/tui.h"
#include "tests/unit/debug/session.h"

int main(int argc, char **argv)
{
    struct session *session = session_open(argc > 1 ? (unsigned)atoi(argv[1]) : 1, NULL);
    struct error err = ERROR_INIT;
    struct tui_config config = {
        .debugger = session->debugger,
        .history = session->world.history,
        .machine = session->world.machine,
        .title = "guest.sgr",
    };
    int failed = tui_run(&config, &err);

    session_close(session);
    (void)printf("%s\n", failed ? err.text : "left");
    return failed ? 3 : 0;
}
