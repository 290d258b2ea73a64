/* SPDX-License-Identifier: GPL-2.0-only */
/* The file in which the text UI keeps the commands that were typed. */
#pragma once

#define COMMANDS_FILE_BYTES 4096

/* Where the XDG base directory specification keeps what a program remembers: in $XDG_STATE_HOME, or in the home
 * directory. NULL: nowhere. */
const char *commands_file(char path[COMMANDS_FILE_BYTES]);
