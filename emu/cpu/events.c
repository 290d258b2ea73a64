/* SPDX-License-Identifier: GPL-2.0-only */
/* See events.h. Page faults and system calls are not among them: there are millions. */
#include "emu/cpu/events.h"

const struct trace_desc cpu_event_interrupt = {.name = "cpu_interrupt", .fields = {"vector"}};
const struct trace_desc cpu_event_double_fault = {
    .name = "cpu_double_fault", .level = TRACE_LEVEL_GUEST_ERROR, .fields = {"rip", "cr2"}};
const struct trace_desc cpu_event_shutdown = {
    .name = "cpu_shutdown", .level = TRACE_LEVEL_GUEST_ERROR, .fields = {"rip", "cr2"}};
const struct trace_desc cpu_event_reset = {.name = "cpu_reset", .fields = {"core", "is_init"}};
const struct trace_desc cpu_event_start = {.name = "cpu_start", .fields = {"core", "vector"}};
const struct trace_desc cpu_event_msr_unknown = {.name = "cpu_msr_unknown",
                                                 .level = TRACE_LEVEL_UNIMPL,
                                                 .fields = {"index", "is_write", "value"}};
const struct trace_desc cpu_event_msr_refused = {
    .name = "cpu_msr_refused", .level = TRACE_LEVEL_GUEST_ERROR, .fields = {"index", "value"}};
const struct trace_desc cpu_event_mca_error = {.name = "cpu_mca_error",
                                               .fields = {"bank", "owner", "status", "addr"}};
const struct trace_desc cpu_event_cmci = {.name = "cpu_cmci", .fields = {"bank"}};
const struct trace_desc cpu_event_machine_check = {.name = "cpu_machine_check",
                                                   .fields = {"core", "mcg_status", "rip"}};
