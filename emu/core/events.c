/* SPDX-License-Identifier: GPL-2.0-only */
/* See events.h. */
#include "emu/core/events.h"

const struct trace_desc core_event_reg_read = {.name = "reg_read",
                                               .fields = {"reg:s", "index", "value"}};
const struct trace_desc core_event_reg_write = {.name = "reg_write",
                                                .fields = {"reg:s", "index", "written", "now"}};
const struct trace_desc core_event_reserved_read = {
    .name = "reserved_read", .level = TRACE_LEVEL_UNIMPL, .fields = {"bank:s", "offset"}};
const struct trace_desc core_event_reserved_write = {
    .name = "reserved_write", .level = TRACE_LEVEL_UNIMPL, .fields = {"bank:s", "offset", "value"}};
const struct trace_desc core_event_irq_line = {.name = "irq_line", .fields = {"line:s", "level"}};
const struct trace_desc core_event_reset = {.name = "reset", .fields = {"kind"}};
const struct trace_desc core_event_guest_error = {.name = "guest_error",
                                                  .level = TRACE_LEVEL_GUEST_ERROR,
                                                  .fields = {"what:s", "value", "value2"}};
const struct trace_desc core_event_unimplemented = {
    .name = "unimplemented", .level = TRACE_LEVEL_UNIMPL, .fields = {"what:s", "value", "value2"}};
const struct trace_desc core_event_unmapped_read = {.name = "unmapped_read",
                                                    .fields = {"addr", "size", "space:s"}};
const struct trace_desc core_event_unmapped_write = {
    .name = "unmapped_write", .fields = {"addr", "size", "value", "space:s"}};
