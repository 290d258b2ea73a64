/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cores put into the trace. The record itself names core, time and block. */
#pragma once

#include "emu/core/trace.h"

extern const struct trace_desc cpu_event_interrupt;    /* vector; 2 is NMI */
extern const struct trace_desc cpu_event_double_fault; /* the fault that was being delivered */
extern const struct trace_desc cpu_event_shutdown;     /* a third fault: the machine resets */
extern const struct trace_desc cpu_event_reset;        /* 0 power-on, 1 INIT */
extern const struct trace_desc cpu_event_start;        /* start-up IPI: vector */
extern const struct trace_desc cpu_event_msr_unknown; /* index, is_write, value: no such register */
extern const struct trace_desc cpu_event_msr_refused; /* index, value: not a value of this one */
