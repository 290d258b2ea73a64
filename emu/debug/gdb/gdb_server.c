/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GDB's remote serial protocol: see gdb_server.h. By the GDB manual's appendix E, as of GDB 13.
 *
 * Not modelled: several processes, non-stop mode, tracepoints, file transfer, agent expressions (conditions of
 * breakpoints are evaluated by GDB, or by the debugger's own language), `run` and `attach`.
 */
#include "emu/debug/gdb/gdb_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/cpu/cpu.h"
#include "emu/debug/gdb/gdb_internal.h"
#include "emu/machine/instant.h"
#include "emu/machine/machine.h"

#define INTERRUPT_BYTE '\x03'

/* ---- Packets ---- */

static void select_thread(struct gdb_server *server, struct gdb_reader *in)
{
    const bool is_general = gdb_take(in, "g");
    int thread;

    if ((!is_general && !gdb_take(in, "c")) || !gdb_take_thread(server, in, &thread)) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    if (is_general && thread > 0) server->general = (unsigned)thread - 1;
    if (!is_general) {
        server->is_any_core = thread <= 0;
        if (thread > 0) server->run_core = (unsigned)thread - 1;
    }
    gdb_answer(server, "OK");
}

static void is_alive(struct gdb_server *server, struct gdb_reader *in)
{
    int thread;

    gdb_answer(server, gdb_take_thread(server, in, &thread) && thread > 0 ? "OK" : GDB_EINVAL);
}

static void detach(struct gdb_server *server, struct gdb_reader *in)
{
    (void)in;
    gdb_points_drop(server);
    server->is_detached = true;
    gdb_answer(server, "OK");
}

/* `k` has no answer; vKill has. */
static void kill_machine(struct gdb_server *server, bool has_answer)
{
    gdb_points_drop(server);
    server->is_killed = true;
    if (has_answer) gdb_answer(server, "OK");
}

/* vAttach, vRun: there is one machine, and it is there already. */
static void verb(struct gdb_server *server, struct gdb_reader *in)
{
    if (gdb_take(in, "Cont?")) {
        gdb_answer(server, "vCont;c;C;s;S;t;r");
    } else if (gdb_take(in, "Cont;")) {
        gdb_vcont(server, in);
    } else if (gdb_take(in, "Kill;")) {
        kill_machine(server, true);
    } else if (gdb_take(in, "Attach;")) {
        gdb_refuse(server,
                   "The machine is attached already; there are no processes to choose from");
    } else if (gdb_take(in, "Run;")) {
        gdb_refuse(server, "The machine cannot be started anew from here; `monitor goto begin`");
    } else {
        gdb_answer(server, "");
    }
}

static void packet_memory(struct gdb_server *server, char letter, struct gdb_reader *in)
{
    if (letter == 'm') {
        gdb_read_memory(server, in);
    } else {
        gdb_write_memory(server, in, letter == 'X');
    }
}

static void packet_registers(struct gdb_server *server, char letter, struct gdb_reader *in)
{
    if (letter == 'g') gdb_read_registers(server);
    if (letter == 'p') gdb_read_register(server, in);
    if (letter == 'G') gdb_write_registers(server, in);
    if (letter == 'P') gdb_write_register(server, in);
}

/* C and S say a signal that the machine is to be given: it has none. */
static void packet_run(struct gdb_server *server, char letter, struct gdb_reader *in)
{
    uint64_t value;

    if (letter == 'C' || letter == 'S') {
        (void)gdb_take_hex(in, &value);
        (void)gdb_take(in, ";");
    }
    gdb_resume(server, letter == 's' || letter == 'S', in);
}

static void packet(struct gdb_server *server)
{
    struct gdb_reader in = {.at = server->in, .end = server->in + server->in_bytes};
    char letter = '\0';

    if (gdb_left(&in) > 0) letter = *in.at++;
    if (letter == 'q' && gdb_query(server, &in)) return;
    if (letter == 'Q' && gdb_set(server, &in)) return;
    if (letter == '?') {
        gdb_last_stop(server);
    } else if (letter != '\0' && strchr("gGpP", letter) != NULL) {
        packet_registers(server, letter, &in);
    } else if (letter != '\0' && strchr("mMX", letter) != NULL) {
        packet_memory(server, letter, &in);
    } else if (letter != '\0' && strchr("cCsS", letter) != NULL) {
        packet_run(server, letter, &in);
    } else if (letter == 'Z' || letter == 'z') {
        gdb_point(server, &in, letter == 'Z');
    } else if (letter == 'b' && gdb_left(&in) == 1 && (*in.at == 's' || *in.at == 'c')) {
        gdb_back(server, *in.at == 's');
    } else if (letter == 'H') {
        select_thread(server, &in);
    } else if (letter == 'T') {
        is_alive(server, &in);
    } else if (letter == 'v') {
        verb(server, &in);
    } else if (letter == 'D') {
        detach(server, &in);
    } else if (letter == 'k') {
        kill_machine(server, false);
    } else {
        gdb_answer(server, "");
    }
}

/* ---- What comes in ---- */

static void pass_interrupt(struct gdb_server *server)
{
    if (server->interrupts_passed != atomic_load(&server->interrupts_seen)) {
        server->interrupts_passed++;
    }
}

void gdb_server_receive(struct gdb_server *server, const void *data, size_t bytes)
{
    const char *byte = data;

    for (size_t i = 0; i < bytes && !server->is_detached && !server->is_killed; i++) {
        if (byte[i] == INTERRUPT_BYTE && server->frame == GDB_FRAME_NONE) {
            pass_interrupt(server);
        } else if (gdb_frame_byte(server, byte[i])) {
            packet(server);
        }
    }
}

void gdb_server_interrupt(struct gdb_server *server)
{
    (void)atomic_fetch_add(&server->interrupts_seen, 1);
    history_interrupt(server->config.history);
}

void gdb_server_hang_up(struct gdb_server *server)
{
    atomic_store(&server->has_hung_up, true);
    history_interrupt(server->config.history);
}

bool gdb_server_is_detached(const struct gdb_server *server)
{
    return server->is_detached;
}

bool gdb_server_is_killed(const struct gdb_server *server)
{
    return server->is_killed;
}

/* ---- Life ---- */

struct gdb_server *gdb_server_create(const struct gdb_server_config *config, struct error *err)
{
    struct gdb_server *server = calloc(1, sizeof(*server));
    const struct debugger_output output = {.ctx = server, .write = gdb_console_write};

    if (server == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    server->config = *config;
    server->has_acks = true;
    server->is_any_core = true;
    server->document =
        (struct gdb_maker){.data = server->document_data, .size = sizeof(server->document_data)};
    server->cores = cpu_set_count(machine_cpus(config->machine));
    debugger_set_output(config->debugger, &output);
    gdb_arrive(server);
    (void)snprintf(server->last_stop, sizeof(server->last_stop), "T05thread:%x;",
                   server->general + 1);
    return server;
}

static void discard(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)text;
    (void)bytes;
}

void gdb_server_destroy(struct gdb_server *server)
{
    const struct debugger_output output = {.write = discard};

    if (server == NULL) return;
    gdb_points_drop(server);
    debugger_set_output(server->config.debugger, &output);
    history_set_progress(server->config.history, NULL, NULL);
    free(server);
}
