# SPDX-License-Identifier: GPL-2.0-only
#
# Defines the imported target unicorn::static: the one version of Unicorn that emu/cpu knows.
#
# The engine is linked as a static archive because emu/cpu stands in front of some of its internal
# functions (--wrap). Those are no interface, so a version counts as known only after the seam was
# checked against it; today that is 2.1.1. The system's own libunicorn-dev is used where it is that
# version; elsewhere the package of Debian 13 is fetched once into the cache (fetch-unicorn).

include_guard(GLOBAL)

set(UNICORN_KNOWN_VERSION 2.1.1)
set(UNICORN_DIR "" CACHE PATH "A folder with include/unicorn and lib/**/libunicorn.a to use instead")

# Sets <version> to the version an unpacked Unicorn's header claims, or to nothing.
function(_unicorn_version header version)
    set(text "")
    if(EXISTS "${header}")
        file(STRINGS "${header}" lines REGEX "#define UC_API_(MAJOR|MINOR|PATCH) ")
        list(TRANSFORM lines REPLACE "[^0-9]" "")
        list(JOIN lines "." text)
    endif()
    set(${version} "${text}" PARENT_SCOPE)
endfunction()

# Sets unicorn_header and unicorn_archive when the prefix holds a Unicorn of the known version.
function(_unicorn_try prefix)
    _unicorn_version("${prefix}/include/unicorn/unicorn.h" version)
    file(GLOB archives "${prefix}/lib/libunicorn.a" "${prefix}/lib/*/libunicorn.a")
    if(version STREQUAL UNICORN_KNOWN_VERSION AND archives)
        list(GET archives 0 archive)
        set(unicorn_include "${prefix}/include" PARENT_SCOPE)
        set(unicorn_archive "${archive}" PARENT_SCOPE)
    endif()
endfunction()

set(unicorn_archive "")
if(UNICORN_DIR)
    _unicorn_try("${UNICORN_DIR}")
    if(NOT unicorn_archive)
        message(FATAL_ERROR "UNICORN_DIR=${UNICORN_DIR} holds no static Unicorn ${UNICORN_KNOWN_VERSION}.")
    endif()
else()
    _unicorn_try(/usr)
    if(NOT unicorn_archive)
        _unicorn_try("${SPACEGRAY_CACHE}/unicorn/usr")
    endif()
endif()
if(NOT unicorn_archive)
    message(STATUS "Fetching Unicorn ${UNICORN_KNOWN_VERSION} (once, about 3 MB)")
    execute_process(
        COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/fetch-unicorn" "${SPACEGRAY_CACHE}/unicorn"
        RESULT_VARIABLE status ERROR_VARIABLE text ERROR_STRIP_TRAILING_WHITESPACE)
    _unicorn_try("${SPACEGRAY_CACHE}/unicorn/usr")
    if(NOT status EQUAL 0 OR NOT unicorn_archive)
        message(FATAL_ERROR "${text}")
    endif()
endif()
message(STATUS "Unicorn ${UNICORN_KNOWN_VERSION}: ${unicorn_archive}")

add_library(unicorn::static STATIC IMPORTED GLOBAL)
set_target_properties(unicorn::static PROPERTIES
    IMPORTED_LOCATION "${unicorn_archive}"
    INTERFACE_LINK_LIBRARIES "-lm;-lpthread")
target_include_directories(unicorn::static SYSTEM INTERFACE "${unicorn_include}")
