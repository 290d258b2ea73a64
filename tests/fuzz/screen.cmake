# SPDX-License-Identifier: GPL-2.0-only
# What tests compare a screen with: fonts and pictures.
spacegray_program(screen_fuzz_seeds SOURCES screen_seeds.c seed_file.c ../unit/suite-screen/made_font.c
    DEPS sg_app sg_host sg_base ZLIB::ZLIB)
list(APPEND seed_makers screen_fuzz_seeds)
add_fuzzer(psf_fuzz 15 DEPS sg_app sg_base)
add_fuzzer(png_fuzz 15 DEPS sg_host sg_base)
