# SPDX-License-Identifier: GPL-2.0-only
spacegray_test(suite-screen TIMEOUT 120
    COMMAND $<TARGET_FILE:spacegray> test "${CMAKE_CURRENT_SOURCE_DIR}/screen.yaml" --no-capsules
        --set "guest=${PROJECT_BINARY_DIR}/tests/guest" --set "demo=${PROJECT_BINARY_DIR}/roms/demo/demo.elf")
spacegray_test(suite-debian-screen DEBIAN LABEL slow TIMEOUT 900
    COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/debian_screen" $<TARGET_FILE:spacegray> "${SPACEGRAY_CACHE}" --no-capsules)
spacegray_test(suite-golden TIMEOUT 120
    COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/golden" $<TARGET_FILE:spacegray>)
