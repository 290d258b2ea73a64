/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that the library's translator would not treat as the processor does. `code` is what
 * could be read of the instruction, at most 15 bytes; `flags` are those of its block. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To be left to helper_rsm(): #UD, but for INT1. */
bool decode_is_undefined(const uint8_t *code, size_t bytes, uint32_t flags);
/* Its operand of 16 bytes in memory must be aligned. */
bool decode_is_aligned(const uint8_t *code, size_t bytes, uint32_t flags);

/* IRET of any size. */
bool decode_is_iret(const uint8_t *code, size_t bytes, uint32_t flags);

enum decode_float {
    DECODE_FLOAT_NONE,
    DECODE_FLOAT_X87,
    DECODE_FLOAT_SSE,   /* arithmetic that can raise an exception */
    DECODE_FLOAT_STORE, /* stores MXCSR or the x87 state */
    DECODE_FLOAT_LOAD,  /* loads both */
    DECODE_FLOAT_MXCSR, /* loads MXCSR: LDMXCSR */
};
enum decode_float decode_float_kind(const uint8_t *code, size_t bytes, uint32_t flags);
