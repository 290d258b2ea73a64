/* SPDX-License-Identifier: GPL-2.0-only */
/* See wire.h. */
#include "tests/unit/gdb/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/debug/gdb/text.h"

static void keep(void *ctx, const void *data, size_t bytes)
{
    struct wire *wire = ctx;

    assert_true(bytes < sizeof(wire->got) - wire->bytes);
    memcpy(wire->got + wire->bytes, data, bytes);
    wire->bytes += bytes;
    wire->got[wire->bytes] = '\0';
}

struct wire *wire_open(unsigned cores, bool is_writable)
{
    struct wire *wire = calloc(1, sizeof(*wire));
    struct error err = ERROR_INIT;

    assert_non_null(wire);
    wire->fake = fake_create(cores);
    const struct gdb_server_config config = {
        .debugger = fake_debugger(wire->fake),
        .history = fake_history(wire->fake),
        .machine = fake_machine(wire->fake),
        .is_writable = is_writable,
        .ctx = wire,
        .send = keep,
    };
    wire->server = gdb_server_create(&config, &err);
    assert_non_null(wire->server);
    return wire;
}

void wire_close(struct wire *wire)
{
    gdb_server_destroy(wire->server);
    assert_int_equal(fake_points(wire->fake), 0);
    fake_destroy(wire->fake);
    free(wire);
}

void wire_put(struct wire *wire, const char *data, size_t bytes)
{
    gdb_server_receive(wire->server, data, bytes);
}

/* Text of an `O` packet. */
static void hear(struct wire *wire, const char *digits, size_t bytes)
{
    struct gdb_reader in = {.at = digits, .end = digits + bytes};
    size_t length = strlen(wire->console);
    uint8_t byte;

    while (gdb_take_byte(&in, &byte)) {
        assert_true(length + 1 < sizeof(wire->console));
        wire->console[length++] = (char)byte;
    }
    wire->console[length] = '\0';
}

/* Every packet that came must be whole, with the right sum. */
static void take_apart(struct wire *wire)
{
    const char *at = wire->got;

    wire->body[0] = '\0';
    while ((at = strchr(at, '$')) != NULL) {
        const char *end = strchr(at, '#');
        uint8_t sum = 0;
        char told[3];

        assert_non_null(end);
        for (const char *byte = at + 1; byte < end; byte++)
            sum = (uint8_t)(sum + (uint8_t)*byte);
        (void)snprintf(told, sizeof(told), "%02x", sum);
        assert_memory_equal(told, end + 1, 2);
        if (at[1] == 'O' && at[2] != 'K') {
            hear(wire, at + 2, (size_t)(end - at) - 2);
        } else {
            assert_true((size_t)(end - at) < sizeof(wire->body));
            memcpy(wire->body, at + 1, (size_t)(end - at) - 1);
            wire->body[end - at - 1] = '\0';
        }
        at = end + 3;
    }
}

const char *wire_ask_bytes(struct wire *wire, const char *body, size_t bytes)
{
    char sum[4];
    uint8_t total = 0;

    wire->bytes = 0;
    wire->got[0] = '\0';
    wire->console[0] = '\0';
    for (size_t i = 0; i < bytes; i++)
        total = (uint8_t)(total + (uint8_t)body[i]);
    (void)snprintf(sum, sizeof(sum), "#%02x", total);
    wire_put(wire, "$", 1);
    wire_put(wire, body, bytes);
    wire_put(wire, sum, 3);
    take_apart(wire);
    return wire->body;
}

const char *wire_ask(struct wire *wire, const char *body)
{
    return wire_ask_bytes(wire, body, strlen(body));
}
