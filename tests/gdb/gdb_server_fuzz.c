/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hostile client of GDB's server, on the machine of tests/unit/gdb/fake.h. Each line of the input is the body of a
 * packet; one that begins with `~` is sent as it stands, `^` is an interrupt. The first byte chooses whether the
 * machine may be changed, how many cores it has, and in which pieces the bytes come.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/input.h"
#include "tests/unit/gdb/fake.h"

#include "emu/debug/gdb/gdb_server.h"

#define SENT_MAX  (UINT64_C(64) << 20)
#define LINES_MAX 256u
#define RUN_STEPS 300u

struct session {
    struct gdb_server *server;
    size_t piece;
    uint64_t sent;
};

static void count(void *ctx, const void *data, size_t bytes)
{
    struct session *session = ctx;
    const volatile uint8_t *byte = data;

    if (bytes > 0) (void)byte[bytes - 1];
    session->sent += bytes;
    if (session->sent > SENT_MAX)
        abort(); /* a small input must not make the server talk for ever */
}

static void put(struct session *session, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        const size_t piece = bytes < session->piece ? bytes : session->piece;

        gdb_server_receive(session->server, data, piece);
        data += piece;
        bytes -= piece;
    }
}

static void put_packet(struct session *session, const uint8_t *body, size_t bytes)
{
    uint8_t sum = 0;
    char tail[4];

    for (size_t i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + body[i]);
    (void)snprintf(tail, sizeof(tail), "#%02x", sum);
    put(session, (const uint8_t *)"$", 1);
    put(session, body, bytes);
    put(session, (const uint8_t *)tail, 3);
}

static void put_line(struct session *session, const uint8_t *line, size_t bytes)
{
    if (bytes > 0 && line[0] == '~') {
        put(session, line + 1, bytes - 1);
    } else if (bytes > 0 && line[0] == '^') {
        gdb_server_interrupt(session->server);
        put(session, (const uint8_t *)"\x03", 1);
    } else {
        put_packet(session, line, bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 1000, 5000, SIZE_MAX};
    struct session session = {.sent = 0};
    struct error err = ERROR_INIT;
    struct fake *fake;

    if (size < 1) return 0;
    fake = fake_create((data[0] >> 1 & 3u) + 1);
    fake_set_end(fake, RUN_STEPS);
    session.piece = pieces[data[0] >> 3 & 7u];
    const struct gdb_server_config config = {
        .debugger = fake_debugger(fake),
        .history = fake_history(fake),
        .machine = fake_machine(fake),
        .is_writable = data[0] & 1u,
        .ctx = &session,
        .send = count,
    };
    session.server = gdb_server_create(&config, &err);
    if (session.server == NULL) abort();
    data++;
    size--;
    for (unsigned i = 0; i < LINES_MAX && size > 0; i++) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t bytes = end != NULL ? (size_t)(end - data) : size;

        put_line(&session, data, bytes);
        data += end != NULL ? bytes + 1 : bytes;
        size -= end != NULL ? bytes + 1 : bytes;
    }
    gdb_server_destroy(session.server);
    fake_destroy(fake);
    return 0;
}
