/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debugger behind the control socket (docs/control.md): commands of a machine with a past. Each gives what is
 * returned (a new reference), or NULL with `err`, whose sentence is the debugger's own. Arguments are hostile.
 * Numbers that may need 64 bits are texts, 0x and hexadecimal digits, as in exported events.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "emu/base/error.h"

struct debugger;
struct history;
struct machine;

/* What one command prints; the rest is left out. As JSON that is twice as much at most. */
#define CONTROL_DEBUG_TEXT_BYTES     (1u << 20)
#define CONTROL_DEBUG_COUNT_MAX      1000u  /* instructions, events */
#define CONTROL_DEBUG_MEMORY_MAX     65536u /* bytes */
#define CONTROL_DEBUG_EVENTS_DEFAULT 20u
#define CONTROL_DEBUG_CODE_DEFAULT   12u

/* Whether something goes on that can be interrupted. Outlives whoever may want that. */
struct control_motion {
    struct history *history;
    atomic_bool is_moving;
};
/* From any thread; `motion` is a struct control_motion: for struct control_urgency. What moves comes to a stop. */
void control_motion_interrupt(void *motion);
/* From any thread. A line (not only of this file's commands) that ends what is carried out before it. */
bool control_motion_is_urgent(const char *line, size_t bytes);

struct control_debug;

/* All are borrowed; nobody else uses the debugger. `is_alone`: nobody else has anything to say to the machine,
 * so what is in its inbox is what interrupts have left there. NULL with `err`. */
struct control_debug *control_debug_create(struct debugger *debugger, struct machine *machine,
                                           struct control_motion *motion, bool is_alone,
                                           struct error *err);
/* NULL is harmless. */
void control_debug_destroy(struct control_debug *debug);
/* The debugger was told `quit`. */
bool control_debug_has_quit(const struct control_debug *debug);

/* To where replay_go() goes, or as far as it gets until somebody interrupts. -1 with `err`; `*has_diverged`: because the
 * run does not go as it was recorded. */
int control_debug_go(struct control_debug *debug, uint64_t seq, bool *has_diverged,
                     struct error *err) MUST_CHECK;

/* ---- Commands ---- */
json_t *control_debug_command(struct control_debug *debug, json_t *arguments, struct error *err);
json_t *control_debug_where(struct control_debug *debug, json_t *arguments, struct error *err);
json_t *control_debug_value(struct control_debug *debug, json_t *arguments, struct error *err);
json_t *control_debug_devices(struct control_debug *debug, json_t *arguments, struct error *err);
json_t *control_debug_registers(struct control_debug *debug, json_t *arguments, struct error *err);
json_t *control_debug_disassemble(struct control_debug *debug, json_t *arguments,
                                  struct error *err);
json_t *control_debug_memory(struct control_debug *debug, json_t *arguments, struct error *err);
json_t *control_debug_events(struct control_debug *debug, json_t *arguments, struct error *err);
json_t *control_debug_complete(struct control_debug *debug, json_t *arguments, struct error *err);
