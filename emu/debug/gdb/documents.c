/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What qXfer reads: a document is made whenever a piece of it is asked for, and the piece is cut out. So
 * nothing is kept that could grow old; it is some kilobytes.
 */
#include "emu/base/bits.h"
#include "emu/cpu/cpu.h"
#include "emu/debug/gdb/gdb_internal.h"
#include "emu/machine/machine.h"

/* Escapes may double a piece. */
#define PIECE_MAX (GDB_PACKET_BYTES / 2 - 1)

static void make_threads(struct gdb_server *server)
{
    gdb_put(&server->document, "<?xml version=\"1.0\"?>\n<threads>\n");
    for (unsigned i = 0; i < server->cores; i++) {
        gdb_format(&server->document,
                   "<thread id=\"%x\" core=\"%u\" name=\"core %u\">%s</thread>\n", i + 1, i, i,
                   cpu_is_halted(machine_cpu(server->config.machine, i)) ? "halted" : "running");
    }
    gdb_put(&server->document, "</threads>\n");
}

/* Addresses are linear: whatever the map left out GDB would not even ask for. A machine that can only be looked at
 * is all ROM to it. The second half ends at 2^64. */
static void make_memory_map(struct gdb_server *server)
{
    const char *type = server->config.is_writable ? "ram" : "rom";

    gdb_put(&server->document, "<?xml version=\"1.0\"?>\n<memory-map>\n");
    for (unsigned half = 0; half < 2; half++) {
        gdb_format(&server->document,
                   "<memory type=\"%s\" start=\"0x%c000000000000000\" "
                   "length=\"0x8000000000000000\"/>\n",
                   type, half == 0 ? '0' : '8');
    }
    gdb_put(&server->document, "</memory-map>\n");
}

/* "OFFSET,LENGTH" of the document that was made. */
static void answer_piece(struct gdb_server *server, struct gdb_reader *in)
{
    const struct gdb_maker *document = &server->document;
    uint64_t offset;
    uint64_t bytes;

    if (!gdb_take_range(in, &offset, &bytes) || gdb_left(in) != 0 || offset > document->bytes) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    bytes = min_u64(min_u64(bytes, PIECE_MAX), document->bytes - offset);
    gdb_begin(server);
    gdb_put_char(&server->out, offset + bytes == document->bytes ? 'l' : 'm');
    gdb_put_binary(&server->out, document->data + offset, (size_t)bytes);
    gdb_send(server);
}

bool gdb_document(struct gdb_server *server, struct gdb_reader *in)
{
    server->document.bytes = 0;
    server->document.is_full = false;
    if (gdb_take(in, "features:read:")) {
        if (!gdb_take(in, "target.xml:")) {
            gdb_answer(server, "E00"); /* there is no such annex */
            return true;
        }
        gdb_make_target_xml(&server->document);
    } else if (gdb_take(in, "threads:read::")) {
        make_threads(server);
    } else if (gdb_take(in, "memory-map:read::")) {
        make_memory_map(server);
    } else {
        return false;
    }
    answer_piece(server, in);
    return true;
}
