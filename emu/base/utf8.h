/* SPDX-License-Identifier: GPL-2.0-only */
/* UTF-8 (RFC 3629), one character at a time. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffdu /* stands for what is no UTF-8 */

/* The character at `text`, which has `bytes` (at least one) left; returns the bytes it takes. What is no valid
 * UTF-8 is one byte long and gives U+FFFD. */
size_t utf8_decode(const char *text, size_t bytes, uint32_t *letter);
/* Returns the bytes written. */
size_t utf8_encode(uint32_t letter, char text[4]);
