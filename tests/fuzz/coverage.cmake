# SPDX-License-Identifier: GPL-2.0-only
# Files of what runs have touched.
spacegray_program(coverage_fuzz_seeds SOURCES coverage_seeds.c seed_file.c DEPS sg_base)
list(APPEND seed_makers coverage_fuzz_seeds)
add_fuzzer(coverage_fuzz 30 DEPS sg_app sg_base)
