# SPDX-License-Identifier: GPL-2.0-only
find_library(XXHASH_LIBRARY xxhash)
find_path(XXHASH_INCLUDE_DIR xxhash.h)
if(NOT XXHASH_LIBRARY OR NOT XXHASH_INCLUDE_DIR)
    message(FATAL_ERROR "xxHash is missing: recordings find equal pages with it (Debian: libxxhash-dev).")
endif()
if(NOT TARGET xxhash::xxhash)
    add_library(xxhash::xxhash UNKNOWN IMPORTED GLOBAL)
    set_target_properties(xxhash::xxhash PROPERTIES
        IMPORTED_LOCATION "${XXHASH_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${XXHASH_INCLUDE_DIR}")
endif()
set(sources_recording
    blobs.c
    blobs_segment.c
    disk.c
    disk_pages.c
    recording.c
    recording_blocks.c
    recording_check.c
    recording_checkpoints.c
    recording_cut.c
    recording_file.c
    recording_load.c
    recording_out.c
    steady.c)
