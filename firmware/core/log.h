/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot log, on the first serial port and, once there is one, on the screen. */
#pragma once

#include <stdbool.h>

struct display;

/* Call once before the first line. */
void log_init(void);

/* Prints "firmware: ", the text (lib/fmt.h says which conversions there are) and CR LF. The screen shows the text alone. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on the log is on the screen, too, with what it said before. False when the display is too small for it. */
bool log_attach(const struct display *display);

/* From now on it is on the serial port only: the screen belongs to the payload. */
void log_detach(void);
