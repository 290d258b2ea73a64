/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine sees of the outside: small structures of functions that emu/host implements and
 * tests replace. Every input enters through the inbox (inbox.h) with the virtual time at which it
 * takes effect; output goes out at once.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* A byte stream out of the machine (serial port, debug console). `write` must not block the machine
 * for long and must not fail: host trouble is kept by the back end and reported by emu/app at the
 * end. `ctx` outlives the machine. */
struct host_sink {
    void *ctx;
    void (*write)(void *ctx, const uint8_t *data, size_t bytes);
};

/* The host's wall clock at start, recorded with the run: seconds since 1970-01-01 UTC. The machine
 * never reads it again. */
struct host_clock {
    int64_t start_seconds;
};

/* Keeps virtual time from running ahead of the host when a person is at the terminal. Asked when
 * every core is halted: `now` is the present time, `next` the next event. Waits on the host as long
 * as it likes, or until the inbox has something, and returns how far virtual time may go: a value
 * in now..next. The machine never learns of host time in another way. */
struct host_pacer {
    void *ctx;
    uint64_t (*idle)(void *ctx, uint64_t now, uint64_t next);
};

/* How much went through, for lights that somebody looks at. Whoever moves the bytes adds; any
 * thread may read. Nothing in the machine does. */
struct host_activity {
    atomic_uint_least64_t serial; /* bytes */
    atomic_uint_least64_t disk;
    atomic_uint_least64_t network;
};
