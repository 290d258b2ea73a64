/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A debugger without a machine, behind the functions of debugger.h, history.h and those of the cores that
 * the text UI asks: 200 events of four devices, ten steps from one to the next. Everything follows from the
 * place, so that what the UI shows can be known beforehand.
 *
 *   place p: event p / 10, time p * 100 us, RIP 0x1000 + 4 * (p % 100), RSP 0x8000 - 8 * (p % 4)
 *   memory:  0..0xffff, byte = low byte of the address; at 0x8000 the place, eight bytes
 *   events:  every 10th a guest error, every 25th not modelled, every 40th with a hostile text
 *
 * Commands: goto ev N|begin|end, next, reverse-next, run-until pc ADDR, break pc ADDR, break ev NAME, disable
 * and delete NUMBER, say TEXT, many N, slow, quit; anything else is not understood.
 */
#pragma once

#include "emu/debug/tui/tui.h"

#define FAKE_EVENTS 200u
#define FAKE_PLACES (FAKE_EVENTS * 10u)
/* What a guest could put into a text, to see what the terminal makes of it. */
#define FAKE_HOSTILE      "\033]0;owned\007\033[2J\x9b"
#define FAKE_HOSTILE_SEEN ".]0;owned..[2J"

#define FAKE_STOPS 8u

struct fake {
    uint64_t place;
    unsigned core;
    uint64_t generation;
    char last_command[256];
    bool has_quit;
    bool is_interrupted;
    bool has_picture;
    enum history_stop trouble; /* HISTORY_DIVERGED, HISTORY_TROUBLE: what continuing leads to */
    struct debugger_output output;
    void (*progress)(void *ctx, int permille);
    void *progress_ctx;
    /* Called between two steps of what is slow; NULL: nothing. */
    void (*wait)(void);
    char where[128];
    struct debugger_breakpoint stops[FAKE_STOPS]; /* in use: has a number */
    char stop_events[FAKE_STOPS][32];             /* of `break ev` */
    unsigned stop_count;                          /* numbers given */
};

/* The functions above work on this one. */
struct fake *fake(void);
void fake_reset(void);
/* Borrowed; valid until the next call. */
struct tui_config fake_config(void);
