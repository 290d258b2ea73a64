/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine, its history and its debugger as far as GDB's server asks, made of nothing: everything is a function of the
 * number of steps. Cores take turns of FAKE_TURN steps; each walks through FAKE_CODE_BYTES one-byte instructions
 * and starts over; the one at FAKE_STORE writes the core's count of instructions to FAKE_WORD. Core 3 is halted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_CORES        4u
#define FAKE_TURN         10u
#define FAKE_CODE         UINT64_C(0x1000)
#define FAKE_CODE_BYTES   16u
#define FAKE_STORE        (FAKE_CODE + 5)
#define FAKE_WORD         UINT64_C(0x8000)
#define FAKE_MEMORY_BYTES UINT64_C(0x10000)
#define FAKE_END          100000u
#define FAKE_DIVERGED     90000u /* the run is another one from here on, when has_divergence */

struct debugger;
struct history;
struct machine;

struct fake;
struct fake *fake_create(unsigned cores);
void fake_destroy(struct fake *fake);
struct debugger *fake_debugger(struct fake *fake);
struct history *fake_history(struct fake *fake);
struct machine *fake_machine(struct fake *fake);

uint64_t fake_at(const struct fake *fake);
void fake_goto(struct fake *fake, uint64_t at);
/* Breakpoints that were ever set; those that are set. */
unsigned fake_sets(const struct fake *fake);
unsigned fake_points(const struct fake *fake);
/* Whether history_cut() was called. */
bool fake_is_cut(const struct fake *fake);
void fake_set_bits(struct fake *fake, unsigned bits);
/* The run ends there. */
void fake_set_end(struct fake *fake, uint64_t end);
void fake_set_divergence(struct fake *fake);
/* Lines of the debugger: "help", "print N" (N times a line), "goto N", "fail". */
