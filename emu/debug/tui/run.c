/* SPDX-License-Identifier: GPL-2.0-only */
/* tui_run(): the UI on a terminal, until somebody has seen enough. */
#include "emu/debug/tui/terminal.h"
#include "emu/debug/tui/tui_internal.h"

int tui_run(const struct tui_config *config, struct error *err)
{
    struct tui_terminal *terminal = tui_terminal_open(err);
    struct tui_front front;
    struct tui *tui;
    int columns;
    int rows;

    if (terminal == NULL) return -1;
    front = tui_terminal_front(terminal);
    front.size(front.ctx, &columns, &rows);
    if (columns < LAYOUT_MIN_COLUMNS || rows < LAYOUT_MIN_ROWS) {
        tui_terminal_close(terminal);
        return error_host(err, "the terminal has %dx%d characters, the debugger needs %dx%d",
                          columns, rows, LAYOUT_MIN_COLUMNS, LAYOUT_MIN_ROWS);
    }
    tui = tui_create(config, &front, tui_terminal_is_ascii(terminal), tui_terminal_depth(terminal),
                     err);
    if (tui != NULL && config->first_command != NULL) {
        tui_draw(tui);
        tui_motion_command(tui, config->first_command, false);
    }
    if (tui != NULL && config->first_text != NULL) {
        output_log_line(&tui->log, SHEET_ERROR, config->first_text);
        tui_message(tui, SHEET_ERROR, "%s", config->first_text);
    }
    while (tui != NULL && !tui_is_over(tui)) {
        struct tui_event event;

        tui_draw(tui);
        event = tui_next(tui);
        tui_handle(tui, &event);
    }
    tui_terminal_close(terminal);
    if (tui == NULL) return -1;
    tui_destroy(tui);
    return 0;
}
