# SPDX-License-Identifier: GPL-2.0-only
# Events of traces: their log, filters and conditions.
spacegray_program(items_fuzz_seeds SOURCES items_seeds.c DEPS sg_trace sg_core sg_base)
list(APPEND seed_makers items_fuzz_seeds)
add_fuzzer(trace_log_fuzz 15 DEPS sg_trace sg_core sg_base)
add_fuzzer(trace_filter_fuzz 15 DEPS sg_trace sg_core sg_base)
