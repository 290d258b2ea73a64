# SPDX-License-Identifier: GPL-2.0-only
spacegray_test(suite-disk DEBIAN LABEL slow TIMEOUT 300
    COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/debian_disk" $<TARGET_FILE:spacegray> "${SPACEGRAY_CACHE}"
        "${CMAKE_CURRENT_BINARY_DIR}" --no-capsules)
# nvme-cli (tests/conformance).
set_tests_properties(suite-disk PROPERTIES FIXTURES_REQUIRED "debian;disk-tools")
