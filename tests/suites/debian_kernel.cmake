# SPDX-License-Identifier: GPL-2.0-only
spacegray_test(suite-debian-kernel DEBIAN LABEL slow TIMEOUT 600
    COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/debian_suite" $<TARGET_FILE:spacegray> "${SPACEGRAY_CACHE}"
        "${CMAKE_CURRENT_BINARY_DIR}" --no-capsules)
