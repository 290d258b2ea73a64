/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading packets of GDB's protocol, and making them. A reader never goes past its end; a maker that is
 * full notes it and takes no more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What of a packet is still to be read. It may hold zero bytes (binary data). */
struct gdb_reader {
    const char *at;
    const char *end;
};

size_t gdb_left(const struct gdb_reader *in);
/* Takes `word` if it stands there. */
bool gdb_take(struct gdb_reader *in, const char *word);
/* One to 16 hexadecimal digits. */
bool gdb_take_hex(struct gdb_reader *in, uint64_t *value);
/* A byte as two digits. */
bool gdb_take_byte(struct gdb_reader *in, uint8_t *byte);
/* "ADDR,LENGTH" of hexadecimal numbers. */
bool gdb_take_range(struct gdb_reader *in, uint64_t *addr, uint64_t *bytes);
/* A byte of binary data: `}` announces one that is told with bit 5 turned over. */
bool gdb_take_binary(struct gdb_reader *in, uint8_t *byte);

struct gdb_maker {
    char *data;
    size_t bytes;
    size_t size;
    bool is_full; /* something had no room */
};

void gdb_put_char(struct gdb_maker *out, char c);
void gdb_put(struct gdb_maker *out, const char *text);
/* gdb_format(out, "...", ...): as printf(), less than GDB_FORMAT_BYTES characters. A macro: clang-tidy 14 takes the
 * va_list of a function here for uninitialised. */
#define GDB_FORMAT_BYTES 256
#define gdb_format(out, ...)                                             \
    do {                                                                 \
        char text_[GDB_FORMAT_BYTES];                                    \
        const int length_ = snprintf(text_, sizeof(text_), __VA_ARGS__); \
                                                                         \
        gdb_put_made((out), text_, length_);                             \
    } while (0)
void gdb_put_made(struct gdb_maker *out, const char *text, int length);
/* Bytes as pairs of digits. */
void gdb_put_bytes(struct gdb_maker *out, const void *data, size_t bytes);
/* As binary data; `*` is escaped, too, because answers may use it otherwise. */
void gdb_put_binary(struct gdb_maker *out, const void *data, size_t bytes);
