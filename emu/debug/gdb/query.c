/* SPDX-License-Identifier: GPL-2.0-only */
/* q and Q: what both sides can do, which threads there are. */
#include <stdio.h>
#include <string.h>

#include "emu/cpu/cpu.h"
#include "emu/debug/gdb/gdb_internal.h"
#include "emu/machine/machine.h"

bool gdb_take_thread(const struct gdb_server *server, struct gdb_reader *in, int *thread)
{
    uint64_t number;

    if (gdb_take(in, "-1")) {
        *thread = -1;
        return true;
    }
    if (!gdb_take_hex(in, &number) || number > server->cores) return false;
    *thread = (int)number;
    return true;
}

/* ---- qSupported ---- */

static bool has_word(const struct gdb_reader *in, const char *word)
{
    const size_t bytes = strlen(word);

    for (const char *at = in->at; (size_t)(in->end - at) >= bytes; at++) {
        const char *behind = at + bytes;
        const bool begins = at == in->at || at[-1] == ';' || at[-1] == ':';

        if (begins && memcmp(at, word, bytes) == 0 && (behind == in->end || *behind == ';')) {
            return true;
        }
    }
    return false;
}

static void answer_supported(struct gdb_server *server, const struct gdb_reader *in)
{
    server->knows_swbreak = has_word(in, "swbreak+");
    server->knows_hwbreak = has_word(in, "hwbreak+");
    gdb_begin(server);
    gdb_format(&server->out, "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;",
               GDB_PACKET_BYTES);
    gdb_put(&server->out, "qXfer:memory-map:read+;qXfer:threads:read+;vContSupported+;swbreak+;"
                          "hwbreak+;ReverseStep+;ReverseContinue+");
    gdb_send(server);
}

/* ---- Threads ---- */

/* At most 16 a packet. */
static void answer_threads(struct gdb_server *server)
{
    unsigned next = server->thread_next;

    gdb_begin(server);
    gdb_put_char(&server->out, next < server->cores ? 'm' : 'l');
    for (unsigned i = 0; i < 16 && next < server->cores; i++, next++) {
        gdb_format(&server->out, "%s%x", i == 0 ? "" : ",", next + 1);
    }
    server->thread_next = (uint8_t)next;
    gdb_send(server);
}

static void answer_extra(struct gdb_server *server, struct gdb_reader *in)
{
    char text[64];
    int thread;

    if (!gdb_take_thread(server, in, &thread) || thread <= 0) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    const unsigned core = (unsigned)thread - 1;
    const bool is_halted = cpu_is_halted(machine_cpu(server->config.machine, core));

    (void)snprintf(text, sizeof(text), "core %u [%s]", core, is_halted ? "halted" : "running");
    gdb_begin(server);
    gdb_put_bytes(&server->out, text, strlen(text));
    gdb_send(server);
}

/* ---- All of them ---- */

static bool query_thread(struct gdb_server *server, struct gdb_reader *in)
{
    if (gdb_take(in, "fThreadInfo")) {
        server->thread_next = 0;
        answer_threads(server);
    } else if (gdb_take(in, "sThreadInfo")) {
        answer_threads(server);
    } else if (gdb_take(in, "ThreadExtraInfo,")) {
        answer_extra(server, in);
    } else if (gdb_left(in) == 1 && gdb_take(in, "C")) {
        gdb_begin(server);
        gdb_format(&server->out, "QC%x", server->general + 1);
        gdb_send(server);
    } else {
        return false;
    }
    return true;
}

bool gdb_query(struct gdb_server *server, struct gdb_reader *in)
{
    if (gdb_take(in, "Supported")) {
        answer_supported(server, in);
    } else if (gdb_take(in, "Xfer:")) {
        return gdb_document(server, in);
    } else if (gdb_take(in, "Rcmd,")) {
        gdb_monitor(server, in);
    } else if (gdb_take(in, "Attached")) {
        gdb_answer(server, "1"); /* so `quit` detaches */
    } else if (gdb_take(in, "Symbol:")) {
        gdb_answer(server, "OK"); /* no symbols are asked for */
    } else {
        return query_thread(server, in);
    }
    return true;
}

bool gdb_set(struct gdb_server *server, struct gdb_reader *in)
{
    if (!gdb_take(in, "StartNoAckMode") || gdb_left(in) != 0) return false;
    gdb_answer(server, "OK");
    server->has_acks = false;
    return true;
}
