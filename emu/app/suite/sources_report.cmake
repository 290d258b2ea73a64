# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_report cmd_test.c report_json.c report_junit.c report_tap.c report_text.c suite_report.c suite_result.c
    test_coverage.c test_executor.c test_golden.c test_list.c test_options.c)
