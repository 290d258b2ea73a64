/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of GDB's server for tests: makes packets, keeps what came back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/debug/gdb/gdb_server.h"
#include "tests/unit/gdb/fake.h"

struct wire {
    struct fake *fake;
    struct gdb_server *server;
    char got[1 << 20]; /* all that came since the last question, with a zero behind it */
    size_t bytes;
    char body[1 << 16];    /* of the last packet that came */
    char console[1 << 19]; /* what `O` packets said */
};

struct wire *wire_open(unsigned cores, bool is_writable);
void wire_close(struct wire *wire);
/* Raw bytes. */
void wire_put(struct wire *wire, const char *data, size_t bytes);
/* A packet; what comes back is taken apart: the body of the last one that is no `O`, "" when none came. */
const char *wire_ask(struct wire *wire, const char *body);
const char *wire_ask_bytes(struct wire *wire, const char *body, size_t bytes);

/* What the other side answers to a packet, and how its answer begins. */
#define ASSERT_ANSWER(body, answer) assert_string_equal(wire_ask(wire, (body)), (answer))
#define ASSERT_BEGINS(body, answer) \
    assert_memory_equal(wire_ask(wire, (body)), (answer), strlen(answer))
