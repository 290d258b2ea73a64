# SPDX-License-Identifier: GPL-2.0-only
spacegray_test(suite-faults DEBIAN LABEL slow TIMEOUT 300
    COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/memory_faults" $<TARGET_FILE:spacegray> "${SPACEGRAY_CACHE}"
        "${PROJECT_BINARY_DIR}/tests/guest" "${CMAKE_CURRENT_BINARY_DIR}" --no-capsules)
