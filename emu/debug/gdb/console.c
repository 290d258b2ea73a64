/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for the user, as `O` packets; only while something is under way to which they may be an answer (qRcmd,
 * and everything that runs the machine), else GDB would take them for the answer to the next question. And
 * `monitor`: a line of the debugger's language.
 */
#include <stdio.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/debug/gdb/gdb_internal.h"

void gdb_console_flush(struct gdb_server *server)
{
    if (server->console_bytes == 0) return;
    if (server->takes_console) {
        gdb_begin(server);
        gdb_put_char(&server->out, 'O');
        gdb_put_bytes(&server->out, server->console, server->console_bytes);
        gdb_send(server);
    }
    server->console_bytes = 0;
}

void gdb_console_write(void *ctx, const char *text, size_t bytes)
{
    struct gdb_server *server = ctx;

    while (bytes > 0) {
        const size_t room = sizeof(server->console) - server->console_bytes;
        const size_t piece = (size_t)min_u64(bytes, room);

        memcpy(server->console + server->console_bytes, text, piece);
        server->console_bytes += piece;
        text += piece;
        bytes -= piece;
        if (server->console_bytes == sizeof(server->console)) gdb_console_flush(server);
    }
}

/* ---- monitor ---- */

static bool is_word(const char *line, const char *word)
{
    line += strspn(line, " \t");
    const size_t bytes = strlen(word);

    return strncmp(line, word, bytes) == 0 && line[bytes + strspn(line + bytes, " \t")] == '\0';
}

/* Stops that the client learns of by words only: it has not asked for a motion. */
static void carry_out(struct gdb_server *server, const char *line)
{
    struct error err = ERROR_INIT;
    struct history_place before;
    struct history_place after;

    if (server->is_broken) {
        gdb_console_say(server, "error: the machine was lost; it can only be left\n");
        return;
    }
    if (is_word(line, "quit") || is_word(line, "q") || is_word(line, "exit")) {
        gdb_console_say(server, "`detach` lets the machine go, `kill` ends it.\n");
        return;
    }
    (void)debugger_select_core(server->config.debugger, server->general);
    history_here(server->config.history, &before);
    if (debugger_command(server->config.debugger, line, &err) != 0) {
        gdb_console_say(server, "error: %s\n", err.text);
    }
    history_here(server->config.history, &after);
    if (memcmp(&before.at, &after.at, sizeof(before.at)) == 0) return;
    gdb_arrive(server);
    gdb_console_say(server, "(The machine stands elsewhere now; "
                            "`maintenance flush register-cache` shows GDB.)\n");
}

void gdb_monitor(struct gdb_server *server, struct gdb_reader *in)
{
    char line[GDB_PACKET_BYTES / 2 + 1];
    size_t bytes = 0;
    uint8_t byte;

    if (gdb_left(in) / 2 >= sizeof(line)) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    while (gdb_take_byte(in, &byte)) {
        line[bytes] = (char)byte;
        if (byte == '\0' || byte == '\n' || byte == '\r') line[bytes] = ' ';
        bytes++;
    }
    if (gdb_left(in) != 0) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    line[bytes] = '\0';
    /* `list` shows what GDB has set and not taken back. */
    if (!server->is_broken) gdb_points_settle(server);
    server->takes_console = true;
    /* `monitor` alone: an empty line would repeat the last step. */
    carry_out(server, line[strspn(line, " \t")] == '\0' ? "help" : line);
    gdb_console_flush(server);
    server->takes_console = false;
    gdb_answer(server, "OK");
}
