# SPDX-License-Identifier: GPL-2.0-only
# Traces on disk and their exports.
foreach(part IN ITEMS ctf export)
    spacegray_unit_test(trace_${part}_test SOURCES ${part}_test.c ctf_run.c DEPS sg_trace sg_core sg_base)
endforeach()
