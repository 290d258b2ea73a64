# SPDX-License-Identifier: GPL-2.0-only
spacegray_test(suite-counts TIMEOUT 120
    COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/counts" $<TARGET_FILE:spacegray>
        "${PROJECT_BINARY_DIR}/tests/guest/lapic-timer.elf")
