# SPDX-License-Identifier: GPL-2.0-only
# Events, their log, filters.
foreach(part IN ITEMS filter log)
    spacegray_unit_test(trace_${part}_test SOURCES ${part}_test.c DEPS sg_trace sg_core sg_base)
endforeach()
