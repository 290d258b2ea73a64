/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a client of the control socket is told without having asked (docs/control.md): one line of JSON
 * for each event. Errors of memory are seen in the trace, which a sink cannot change, so a run is the
 * same with and without anybody who listens.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/base/error.h"
#include "emu/core/clock.h"

struct device;
struct machine;
struct trace_desc;

/* In each CONTROL_EVENTS_PERIOD of virtual time, counted from power-on, so many are told at most. */
#define CONTROL_EVENTS_PERIOD      VTIME_MS(100)
#define CONTROL_EVENTS_CORRECTED   4u
#define CONTROL_EVENTS_UNCORRECTED 32u

/* One kind of error. */
struct control_event_budget {
    const struct trace_desc *desc; /* of the dram class; NULL: it has none such */
    unsigned limit;
    uint64_t period; /* the number of the period that `told` is of */
    unsigned told;
    uint64_t left_out; /* since one was told */
};

struct control_events {
    struct machine *machine;
    const struct device *dram; /* NULL: flat memory, which has no errors */
    void (*tell)(void *ctx, const char *text);
    void *ctx;
    struct control_event_budget corrected;
    struct control_event_budget uncorrected;
    struct control_event_budget parity;
};

/* Begins to call `tell` (on the machine's thread) with each event of memory. -1 with `err`: too many look
 * at the trace. */
int control_events_start(struct control_events *events, struct machine *machine,
                         void (*tell)(void *ctx, const char *text), void *ctx,
                         struct error *err) MUST_CHECK;
/* The run has ended; `reason` as docs/control.md lists them. */
void control_events_shutdown(struct control_events *events, const char *reason);
/* Before the machine goes. Harmless when it did not start. */
void control_events_stop(struct control_events *events);
