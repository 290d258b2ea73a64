# SPDX-License-Identifier: GPL-2.0-only
set(sources_trace cmd_trace.c short_options.c trace_diff.c trace_export.c trace_list.c trace_open.c trace_options.c trace_print.c trace_show.c
    trace_stats.c)
