/* SPDX-License-Identifier: GPL-2.0-only */
/* A fuzzer's bytes as a stream of small integers: 0 once they have run out, so every prefix of an
 * input is an input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fuzz_input {
    const uint8_t *data;
    size_t bytes;
};

static inline bool fuzz_has_more(const struct fuzz_input *input)
{
    return input->bytes > 0;
}

/* `size` bytes, little-endian; at most 8. */
static inline uint64_t fuzz_take(struct fuzz_input *input, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size && input->bytes > 0; i++) {
        value |= (uint64_t)*input->data << (8 * i);
        input->data++;
        input->bytes--;
    }
    return value;
}

/* Below `limit`, which is 1 or more. */
static inline size_t fuzz_below(struct fuzz_input *input, size_t limit)
{
    return (size_t)fuzz_take(input, limit > 256 ? 2 : 1) % limit;
}

/* The next line without its end: a copy with a zero behind it and no more, so that reading beyond it is found; free()
 * it. NULL: there is no more, or no memory. */
static inline char *fuzz_take_line(struct fuzz_input *input, size_t *bytes)
{
    const uint8_t *stop = input->bytes > 0 ? memchr(input->data, '\n', input->bytes) : NULL;
    const size_t length = stop != NULL ? (size_t)(stop - input->data) : input->bytes;
    const size_t taken = length + (stop != NULL ? 1 : 0);
    char *line = input->bytes > 0 ? malloc(length + 1) : NULL;

    if (line == NULL) return NULL;
    memcpy(line, input->data, length);
    line[length] = '\0';
    input->data += taken;
    input->bytes -= taken;
    *bytes = length;
    return line;
}

/* What libFuzzer and tests/tools/fuzz_replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
