# SPDX-License-Identifier: GPL-2.0-only
set(sources_debug run_trace.c)
