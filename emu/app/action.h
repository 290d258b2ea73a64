/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What somebody does to a machine at a virtual time: press keys, move the mouse, press the power
 * button, take a picture. A list of actions comes from `--type`, `--screenshot` and input scripts
 * (docs/formats/input-script.md) and is carried out by timeline.c.
 *
 * Times. A list is carried out from first to last. `when` counts from the machine's power-on, until
 * the first ACTION_WAIT_...; after a wait it counts from the moment at which that wait was
 * over. Between two waits the actions are in order of `when`; those of the same time are carried
 * out in the order in which they stand.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/clock.h"
#include "emu/core/inbox.h"

struct fault_spec;

/* A list takes no more: about eight minutes of typing without a pause. */
#define ACTIONS_MAX 65536u

enum action_kind {
    ACTION_KEY,           /* `key` */
    ACTION_POINTER,       /* `pointer`, to the mouse */
    ACTION_TABLET,        /* `tablet` */
    ACTION_SCREENSHOT,    /* `path`: the PNG file to write */
    ACTION_SNAPSHOT,      /* `path`: the file to save the machine to */
    ACTION_POWER_KEY,     /* one press of the power button */
    ACTION_RESET,         /* one press of the reset button */
    ACTION_POWER_CUT,     /* the power goes: `path` and `seed` as run_disk_cut() has them */
    ACTION_FAULT,         /* `fault` is planted in memory */
    ACTION_WAIT_KEYBOARD, /* due at `when`: from then on until the guest listens to the keyboard
                             (machine_is_keyboard_listening()) nothing is carried out */
    ACTION_WAIT_REST,     /* the same, until somebody probably reads keys: the guest listens and was
                             at rest for a second, or listens for ten */
    ACTION_WAIT_MEMORY,   /* the same, until firmware has set up memory */
};

struct action {
    vtime when;
    enum action_kind kind;
    unsigned line;  /* of the script, 0 when it does not come from one */
    uint32_t order; /* set by action_list_add(): its place as it was added */
    uint64_t seed;  /* of ACTION_POWER_CUT */
    union {
        struct input_key key;
        struct input_pointer pointer;
        struct input_tablet tablet;
        char *path; /* of a picture, or a copy of the disk (NULL: none is made); belongs to the
                       list */
        const struct fault_spec *fault; /* belongs to somebody else */
    };
};

/* Starts as ACTION_LIST_INIT; everything in it belongs to it. */
struct action_list {
    struct action *items;
    size_t count;
    size_t capacity;
};

#define ACTION_LIST_INIT                          \
    {                                             \
        .items = NULL, .count = 0, .capacity = 0, \
    }

/* Whether an action is one of ACTION_WAIT_... */
bool action_is_wait(const struct action *action);
/* Frees what the list holds; it is empty then. */
void action_list_release(struct action_list *list);
/* Appends a copy of `action`, the text of its path included. -1 with `err` (ERROR_USAGE) when
 * ACTIONS_MAX are in it, (ERROR_HOST) when memory is short. */
int action_list_add(struct action_list *list, const struct action *action,
                    struct error *err) MUST_CHECK;
/* Puts the actions between each two waits into the order of `when`, those of the same time into the
 * order in which they were added. */
void action_list_sort(struct action_list *list);
