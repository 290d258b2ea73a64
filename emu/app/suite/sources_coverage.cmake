# SPDX-License-Identifier: GPL-2.0-only
# libdw, of elfutils: which line of its source the guest's code was made from.
find_library(LIBDW_LIBRARY dw)
find_path(LIBDW_INCLUDE_DIR elfutils/libdw.h)
if(NOT LIBDW_LIBRARY OR NOT LIBDW_INCLUDE_DIR)
    message(FATAL_ERROR "libdw is missing: the lines of a guest's code are read with it (Debian: libdw-dev).")
endif()
add_library(libdw::libdw UNKNOWN IMPORTED GLOBAL)
set_target_properties(libdw::libdw PROPERTIES
    IMPORTED_LOCATION "${LIBDW_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LIBDW_INCLUDE_DIR}")
set(sources_suite_coverage coverage_code.c coverage_dwarf.c coverage_file.c coverage_guest.c coverage_html.c
    coverage_html_device.c coverage_json.c coverage_lcov.c coverage_model.c coverage_note.c coverage_sum.c)
