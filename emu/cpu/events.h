/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cores put into the trace. The record itself names core, time and block. */
#pragma once

#include "emu/core/trace.h"

extern const struct trace_desc cpu_event_interrupt;    /* vector; 2 is NMI */
extern const struct trace_desc cpu_event_double_fault; /* the fault that was being delivered */
/* A third fault, or a machine check that cannot be taken: the machine resets. */
extern const struct trace_desc cpu_event_shutdown;
extern const struct trace_desc cpu_event_reset;       /* 0 power-on, 1 INIT */
extern const struct trace_desc cpu_event_start;       /* start-up IPI: vector */
extern const struct trace_desc cpu_event_msr_unknown; /* index, is_write, value: no such register */
extern const struct trace_desc cpu_event_msr_refused; /* index, value: not a value of this one */
/* A machine-check bank as it is after an error: bank, core whose own it is (255: everybody's),
 * IA32_MCi_STATUS, IA32_MCi_ADDR. */
extern const struct trace_desc cpu_event_mca_error;
extern const struct trace_desc cpu_event_cmci;          /* bank: goes to every core */
extern const struct trace_desc cpu_event_machine_check; /* core, IA32_MCG_STATUS, RIP */
