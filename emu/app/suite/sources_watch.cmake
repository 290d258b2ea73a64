# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_watch suite_watch.c)
