/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of packets: see text.h. */
#include "emu/debug/gdb/text.h"

#include <stdio.h>
#include <string.h>

#include "emu/base/hex.h"

#define NUMBER_DIGITS 16

size_t gdb_left(const struct gdb_reader *in)
{
    return (size_t)(in->end - in->at);
}

bool gdb_take(struct gdb_reader *in, const char *word)
{
    const size_t bytes = strlen(word);

    if (gdb_left(in) < bytes || memcmp(in->at, word, bytes) != 0) return false;
    in->at += bytes;
    return true;
}

bool gdb_take_hex(struct gdb_reader *in, uint64_t *value)
{
    unsigned count = 0;

    *value = 0;
    while (in->at < in->end && hex_value(*in->at, HEX_ANY) >= 0) {
        if (count == NUMBER_DIGITS) return false;
        *value = *value << 4 | (uint64_t)hex_value(*in->at, HEX_ANY);
        in->at++;
        count++;
    }
    return count > 0;
}

bool gdb_take_byte(struct gdb_reader *in, uint8_t *byte)
{
    if (gdb_left(in) < 2) return false;

    const int high = hex_value(in->at[0], HEX_ANY);
    const int low = hex_value(in->at[1], HEX_ANY);

    if (high < 0 || low < 0) return false;
    *byte = (uint8_t)(high << 4 | low);
    in->at += 2;
    return true;
}

bool gdb_take_range(struct gdb_reader *in, uint64_t *addr, uint64_t *bytes)
{
    return gdb_take_hex(in, addr) && gdb_take(in, ",") && gdb_take_hex(in, bytes);
}

bool gdb_take_binary(struct gdb_reader *in, uint8_t *byte)
{
    if (in->at == in->end) return false;
    *byte = (uint8_t)*in->at++;
    if (*byte != '}') return true;
    if (in->at == in->end) return false;
    *byte = (uint8_t)*in->at++ ^ 0x20;
    return true;
}

void gdb_put_char(struct gdb_maker *out, char c)
{
    if (out->bytes == out->size) {
        out->is_full = true;
        return;
    }
    out->data[out->bytes] = c;
    out->bytes++;
}

void gdb_put(struct gdb_maker *out, const char *text)
{
    for (; *text != '\0'; text++)
        gdb_put_char(out, *text);
}

void gdb_put_made(struct gdb_maker *out, const char *text, int length)
{
    if (length < 0 || length >= GDB_FORMAT_BYTES) out->is_full = true;
    gdb_put(out, text);
}

void gdb_put_bytes(struct gdb_maker *out, const void *data, size_t bytes)
{
    const uint8_t *byte = data;
    char text[3];

    for (size_t i = 0; i < bytes; i++) {
        hex_put(&byte[i], 1, text);
        gdb_put(out, text);
    }
}

void gdb_put_binary(struct gdb_maker *out, const void *data, size_t bytes)
{
    const char *byte = data;

    for (size_t i = 0; i < bytes; i++) {
        if (byte[i] != '\0' && strchr("#$}*", byte[i]) != NULL) {
            gdb_put_char(out, '}');
            gdb_put_char(out, (char)(byte[i] ^ 0x20));
        } else {
            gdb_put_char(out, byte[i]);
        }
    }
}
