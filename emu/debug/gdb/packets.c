/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Framing (GDB manual E.1): `$` body `#` and the sum of the body's bytes as two digits. While acknowledgement is
 * on, each packet is answered with `+`, or with `-` when its sum is wrong; the other side does the same.
 */
#include <string.h>

#include "emu/base/hex.h"
#include "emu/debug/gdb/gdb_internal.h"

static void send_bytes(struct gdb_server *server, const char *data, size_t bytes)
{
    if (atomic_load(&server->has_hung_up)) return;
    server->config.send(server->config.ctx, data, bytes);
}

void gdb_begin(struct gdb_server *server)
{
    server->out = (struct gdb_maker){.data = server->out_data, .size = GDB_PACKET_BYTES + 1};
    gdb_put_char(&server->out, '$');
}

void gdb_send(struct gdb_server *server)
{
    struct gdb_maker *out = &server->out;
    uint8_t sum = 0;

    if (out->is_full) {
        gdb_begin(server);
        gdb_put(out, "E.The answer is too long for a packet");
    }
    for (size_t i = 1; i < out->bytes; i++)
        sum = (uint8_t)(sum + (uint8_t)out->data[i]);
    out->size = sizeof(server->out_data);
    gdb_put_char(out, '#');
    gdb_put_bytes(out, &sum, 1);
    server->resends = 0;
    send_bytes(server, out->data, out->bytes);
}

void gdb_answer(struct gdb_server *server, const char *text)
{
    gdb_begin(server);
    gdb_put(&server->out, text);
    gdb_send(server);
}

void gdb_refuse(struct gdb_server *server, const char *why)
{
    gdb_begin(server);
    gdb_put(&server->out, "E.");
    gdb_put(&server->out, why);
    gdb_send(server);
}

/* Sockets lose nothing: a client that asks again and again does not get it for ever. */
void gdb_resend(struct gdb_server *server)
{
    if (!server->has_acks || server->out.bytes == 0 || server->resends == GDB_RESENDS_MAX) return;
    server->resends++;
    send_bytes(server, server->out.data, server->out.bytes);
}

/* ---- What comes in ---- */

static void begin_body(struct gdb_server *server)
{
    server->frame = GDB_FRAME_BODY;
    server->sum = 0;
    server->in_bytes = 0;
    server->is_too_long = false;
}

static void body_byte(struct gdb_server *server, char c)
{
    if (c == '$') { /* the end of the packet before got lost */
        begin_body(server);
        return;
    }
    if (c == '#') {
        server->frame = GDB_FRAME_SUM;
        return;
    }
    server->sum = (uint8_t)(server->sum + (uint8_t)c);
    if (server->in_bytes == sizeof(server->in)) {
        server->is_too_long = true;
        return;
    }
    server->in[server->in_bytes] = c;
    server->in_bytes++;
}

/* A packet has ended. */
static bool is_taken(struct gdb_server *server, bool is_sound)
{
    if (server->has_acks) send_bytes(server, is_sound ? "+" : "-", 1);
    if (!is_sound) return false;
    if (server->is_too_long) gdb_refuse(server, "The packet is longer than PacketSize");
    return !server->is_too_long;
}

bool gdb_frame_byte(struct gdb_server *server, char c)
{
    const int digit = hex_value(c, HEX_ANY);

    switch (server->frame) {
    case GDB_FRAME_NONE:
        if (c == '$') begin_body(server);
        if (c == '-') gdb_resend(server);
        return false;
    case GDB_FRAME_BODY: body_byte(server, c); return false;
    case GDB_FRAME_SUM:
        server->frame = digit < 0 ? GDB_FRAME_NONE : GDB_FRAME_LAST;
        server->told_sum = (uint8_t)((unsigned)digit << 4);
        return digit < 0 ? is_taken(server, false) : false;
    case GDB_FRAME_LAST:
        server->frame = GDB_FRAME_NONE;
        return is_taken(server,
                        digit >= 0 && (uint8_t)(server->told_sum | (uint8_t)digit) == server->sum);
    }
    return false;
}
