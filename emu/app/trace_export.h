/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray trace export`: events for other people's tools (emu/debug/trace/export.h). */
#pragma once

#include "emu/app/options.h"

/* For the table of actions of `spacegray trace`; argv[0] is the action's name. */
extern const struct command command_trace_export;
