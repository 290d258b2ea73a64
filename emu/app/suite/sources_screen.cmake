# SPDX-License-Identifier: GPL-2.0-only
find_package(ZLIB REQUIRED)
set(sources_suite_screen screen_compare.c screen_font.c screen_psf.c screen_read.c screen_take.c)
# Whole 5K pictures are gone through pixel by pixel.
set_source_files_properties(suite/screen_compare.c suite/screen_read.c PROPERTIES COMPILE_OPTIONS -O3)
