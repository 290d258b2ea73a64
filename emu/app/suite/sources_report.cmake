# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_report suite_result.c)
