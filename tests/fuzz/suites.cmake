# SPDX-License-Identifier: GPL-2.0-only
# Files of suites.
spacegray_program(suite_fuzz_seeds SOURCES suite_seeds.c seed_file.c DEPS sg_base)
list(APPEND seed_makers suite_fuzz_seeds)
add_fuzzer(suite_fuzz 60 DEPS sg_app sg_base)
