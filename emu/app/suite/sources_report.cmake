# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_report report_json.c report_junit.c report_tap.c report_text.c suite_report.c suite_result.c)
