# SPDX-License-Identifier: GPL-2.0-only
# The address sanitizer says among the sentences that it does not know swapcontext().
if(NOT SPACEGRAY_SANITIZE)
    spacegray_test(suite-capsules TIMEOUT 300
        COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/capsule_test" $<TARGET_FILE:spacegray> "${PROJECT_BINARY_DIR}/tests/guest")
    if(SPACEGRAY_SLOW_BUILDS)
        spacegray_test(suite-capsules-elsewhere LABEL slow TIMEOUT 1800 RESOURCE build-elsewhere
            COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/capsule_elsewhere" "${CMAKE_CURRENT_SOURCE_DIR}/capsule_test"
                "${PROJECT_SOURCE_DIR}" "${SPACEGRAY_CACHE}" $<TARGET_FILE:spacegray>)
    endif()
endif()
