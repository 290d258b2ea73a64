# SPDX-License-Identifier: GPL-2.0-only
#
# The functions every folder's CMakeLists.txt is written with:
#
#   spacegray_library(<name> SOURCES a.c b.c [DEPS libs...])
#       One static library for one folder. DEPS are private: what a folder's own files include.
#       A folder that has only headers gives no SOURCES.
#   spacegray_program(<name> SOURCES a.c [DEPS libs...] [OUTPUT file])
#       A program of the project; OUTPUT is its name in the top of the build folder.
#   spacegray_unit_test(<name> SOURCES t.c [DEPS libs...] [LABEL fast|slow] [TIMEOUT seconds])
#       A cmocka program and the CTest entry of the same name.
#   spacegray_test(<name> COMMAND program args... [LABEL fast|slow] [TIMEOUT seconds]
#                  [RESOURCE name] [DEBIAN] [SKIP])
#       Any other command as a CTest entry. Tests with the same RESOURCE never run at once. DEBIAN:
#       the test needs build/cache/kernel/vmlinuz and build/cache/initramfs.cpio.gz; CTest fetches
#       them first. SKIP: status 77 means that this host cannot run the test.
#   spacegray_linux_program(<name>)
#       <name>.c as a static program for Debian guests; sets <name> to the file that is built.
#   spacegray_fuzzer(<name> SOURCES f.c [DEPS libs...] CORPUS folder [SECONDS n])
#       A libFuzzer target (int LLVMFuzzerTestOneInput(...)). In every preset the corpus is run
#       through it once (fast). With the preset `fuzz` it is a real fuzzer, and the slow test
#       <name>-run (SECONDS, 60 unless told, divided by SPACEGRAY_FUZZ_PART) builds and runs that one.

include_guard(GLOBAL)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug or RelWithDebInfo" FORCE)
endif()
# Checks stay in a release build: no NDEBUG. Presets that are only tested take what is sooner compiled.
set(SPACEGRAY_RELEASE_FLAGS "-O2 -g" CACHE STRING "How a release is compiled")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "${SPACEGRAY_RELEASE_FLAGS}")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g3")

set(SPACEGRAY_SANITIZE "" CACHE STRING "Sanitizers for every target, as in -fsanitize=")
option(SPACEGRAY_FUZZ "Build the fuzz targets with libFuzzer (clang)" OFF)
set(SPACEGRAY_FUZZ_PART 3 CACHE STRING "Each fuzzer runs for one part in so many of its time; 1: all of it")
option(SPACEGRAY_COVERAGE "Count which lines run" OFF)
option(SPACEGRAY_SLOW_BUILDS "Register the slow tests that build other presets" ON)

set(SPACEGRAY_ROOT "${PROJECT_SOURCE_DIR}")
# Downloads are shared by every build folder of one source tree.
set(SPACEGRAY_CACHE "${PROJECT_SOURCE_DIR}/build/cache" CACHE PATH "Where downloads are kept")

add_library(spacegray_flags INTERFACE)
target_include_directories(spacegray_flags INTERFACE "${SPACEGRAY_ROOT}")
target_compile_options(spacegray_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wmissing-prototypes;-Wvla;-Wswitch-enum;-Werror>
    -ffile-prefix-map=${SPACEGRAY_ROOT}/=
    -fno-common)
if(SPACEGRAY_SANITIZE)
    target_compile_options(spacegray_flags INTERFACE -fsanitize=${SPACEGRAY_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(spacegray_flags INTERFACE -fsanitize=${SPACEGRAY_SANITIZE})
endif()
if(SPACEGRAY_COVERAGE)
    target_compile_options(spacegray_flags INTERFACE --coverage)
    target_link_options(spacegray_flags INTERFACE --coverage)
endif()
if(SPACEGRAY_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "The preset `fuzz` needs clang (Debian: clang, libclang-rt-14-dev).")
    endif()
    target_compile_options(spacegray_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_path(CMOCKA_INCLUDE_DIR cmocka.h)
find_library(CMOCKA_LIBRARY cmocka)
if(NOT CMOCKA_INCLUDE_DIR OR NOT CMOCKA_LIBRARY)
    message(FATAL_ERROR "cmocka is missing: the tests are written with it (Debian: libcmocka-dev).")
endif()
add_library(cmocka::cmocka UNKNOWN IMPORTED)
set_target_properties(cmocka::cmocka PROPERTIES
    IMPORTED_LOCATION "${CMOCKA_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${CMOCKA_INCLUDE_DIR}")

function(spacegray_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
    _spacegray_no_rest(${name} "${arg_UNPARSED_ARGUMENTS}")
    if(NOT arg_SOURCES)
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${arg_DEPS})
        return()
    endif()
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE spacegray_flags ${arg_DEPS})
endfunction()

function(spacegray_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT" "SOURCES;DEPS")
    _spacegray_no_rest(${name} "${arg_UNPARSED_ARGUMENTS}")
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE spacegray_flags ${arg_DEPS})
    if(arg_OUTPUT)
        set_target_properties(${name} PROPERTIES OUTPUT_NAME "${arg_OUTPUT}"
            RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
    endif()
endfunction()

function(spacegray_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "DEBIAN;SKIP" "LABEL;TIMEOUT;RESOURCE" "COMMAND")
    _spacegray_no_rest(${name} "${arg_UNPARSED_ARGUMENTS}")
    if(NOT arg_LABEL)
        set(arg_LABEL fast)
    endif()
    if(NOT arg_LABEL MATCHES "^(fast|slow)$")
        message(FATAL_ERROR "${name}: LABEL is fast or slow, not ${arg_LABEL}")
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
        if(arg_LABEL STREQUAL slow)
            set(arg_TIMEOUT 900)
        endif()
    endif()
    add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${SPACEGRAY_ROOT}")
    # No window opens on the desktop of whoever runs the tests; those that want one bring a display.
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT_MODIFICATION "DISPLAY=unset:;WAYLAND_DISPLAY=unset:;SDL_VIDEODRIVER=unset:")
    if(SPACEGRAY_SANITIZE)
        set_tests_properties(${name} PROPERTIES ENVIRONMENT
            "LSAN_OPTIONS=suppressions=${SPACEGRAY_ROOT}/tests/tools/lsan.supp:print_suppressions=0;UBSAN_OPTIONS=print_stacktrace=1")
    endif()
    if(arg_RESOURCE)
        set_tests_properties(${name} PROPERTIES RESOURCE_LOCK "${arg_RESOURCE}")
    endif()
    if(arg_DEBIAN)
        set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED debian)
    endif()
    if(arg_SKIP)
        set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
    endif()
endfunction()

function(spacegray_unit_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES;DEPS")
    _spacegray_no_rest(${name} "${arg_UNPARSED_ARGUMENTS}")
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE spacegray_flags ${arg_DEPS} cmocka::cmocka)
    spacegray_test(${name} COMMAND ${name} LABEL "${arg_LABEL}" TIMEOUT "${arg_TIMEOUT}")
endfunction()

function(spacegray_linux_program name)
    find_program(GUEST_CC NAMES x86_64-linux-gnu-gcc gcc REQUIRED)
    set(output "${CMAKE_CURRENT_BINARY_DIR}/${name}")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${GUEST_CC}" -std=gnu17 -O2 -g0 -static -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror
            "-ffile-prefix-map=${SPACEGRAY_ROOT}/=" "${CMAKE_CURRENT_SOURCE_DIR}/${name}.c" -o "${output}"
        DEPENDS ${name}.c COMMENT "Guest program ${name}" VERBATIM)
    string(REPLACE _ - target ${name})
    add_custom_target(${target} ALL DEPENDS "${output}")
    set(${name} "${output}" PARENT_SCOPE)
endfunction()

function(spacegray_fuzzer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS;SECONDS" "SOURCES;DEPS")
    _spacegray_no_rest(${name} "${arg_UNPARSED_ARGUMENTS}")
    cmake_path(ABSOLUTE_PATH arg_CORPUS BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    if(NOT arg_SECONDS)
        set(arg_SECONDS 60)
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE spacegray_flags ${arg_DEPS})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
    if(SPACEGRAY_FUZZ)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        spacegray_test(${name}-corpus COMMAND ${name} -runs=0 "${arg_CORPUS}")
        return()
    endif()
    target_sources(${name} PRIVATE "${SPACEGRAY_ROOT}/tests/tools/fuzz_replay.c")
    spacegray_test(${name}-corpus COMMAND ${name} "${arg_CORPUS}")
    if(SPACEGRAY_SLOW_BUILDS)
        math(EXPR seconds "${arg_SECONDS} / ${SPACEGRAY_FUZZ_PART}")
        math(EXPR limit "${seconds} + 900")
        spacegray_test(${name}-run LABEL slow TIMEOUT ${limit} RESOURCE build-fuzz COMMAND
            "${SPACEGRAY_ROOT}/tests/tools/fuzz-run" ${name} ${seconds} "${arg_CORPUS}")
    endif()
endfunction()

function(_spacegray_no_rest name rest)
    if(NOT rest STREQUAL "")
        message(FATAL_ERROR "${name}: unknown arguments: ${rest}")
    endif()
endfunction()
