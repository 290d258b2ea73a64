/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, sizes and times as a user writes them: exact integers, no rounding, no overflow.
 * `option` names the option in error sentences. All are pure. 0, or -1 with `err` (ERROR_USAGE). */
#pragma once

#include <stdint.h>

#include "emu/base/error.h"

/* Decimal, or hexadecimal after 0x; between `min` and `max`. */
int parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value,
                 struct error *err) MUST_CHECK;
/* As parse_number(), with a sign allowed. */
int parse_signed(const char *option, const char *text, int64_t *value,
                 struct error *err) MUST_CHECK;
/* Bytes; K, M, G, T (or k, m, g, t) multiply by powers of 1024. */
int parse_size(const char *option, const char *text, uint64_t *bytes, struct error *err) MUST_CHECK;
/* Virtual time in picoseconds; one of ps, ns, us, ms, s must follow the number. */
int parse_time(const char *option, const char *text, uint64_t *picoseconds,
               struct error *err) MUST_CHECK;

/* A time in its largest unit that needs no fraction, for example "20 ms". */
#define TIME_TEXT_BYTES 32
void format_time(uint64_t picoseconds, char text[TIME_TEXT_BYTES]);
/* A time in its largest unit that it has one of, with all its digits: "33.294810937 ms". */
void format_time_exact(uint64_t picoseconds, char text[TIME_TEXT_BYTES]);
