/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot log on the first serial port. */
#pragma once

/* Call once before the first line. */
void log_init(void);

/* Prints "firmware: ", the text (lib/fmt.h says which conversions there are) and CR LF. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
