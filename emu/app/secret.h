/* SPDX-License-Identifier: GPL-2.0-only */
/* Passwords and passphrases: from files or, without echo, from the terminal; never from the command
 * line, which every user of the host can read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/base/error.h"

#define SECRET_BYTES_MAX 1024u

struct secret {
    char data[SECRET_BYTES_MAX + 1];
    size_t bytes;
    bool is_given;
};

/* The contents of `path` ("-": standard input) up to the end of the first line. -1 with `err` when it
 * cannot be read, is empty or too long. Says on standard error when others can read the file. */
int secret_read(const char *option, const char *path, struct secret *secret,
                struct error *err) MUST_CHECK;
/* Asks on the terminal; -1 with `err` (usage: name the option instead) when there is none. */
int secret_ask(const char *what, const char *option, struct secret *secret,
               struct error *err) MUST_CHECK;
/* Overwrites it. */
void secret_forget(struct secret *secret);
