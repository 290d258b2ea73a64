/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text as somebody types it on a US keyboard: characters, escapes and names of keys in angle
 * brackets become presses in a list of actions. docs/formats/input-script.md says what is in a
 * text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "emu/app/action.h"
#include "emu/app/input_keys.h"

/* How fast people type who do not tire. */
#define TYPIST_DOWN VTIME_MS(10)
#define TYPIST_UP   VTIME_MS(10)

/* Where the presses go and when the next one is. */
struct typist {
    struct action_list *list;
    vtime when; /* of the next press; moves on */
    vtime down; /* how long a key is held */
    vtime up;   /* from its release to the next press */
    unsigned line;
};

/* One press: modifiers down, key down, `down` later all of it up. */
int typist_press(struct typist *typist, const struct key_press *press,
                 struct error *err) MUST_CHECK;
/* One side of it. */
int typist_hold(struct typist *typist, const struct key_press *press, bool is_down,
                struct error *err) MUST_CHECK;
/* All of `text`. On failure *where is the offset of what is wrong, and `err` (ERROR_USAGE) says
 * what it is and what to write instead, without saying where. */
int typist_type(struct typist *typist, const char *text, size_t bytes, size_t *where,
                struct error *err) MUST_CHECK;
