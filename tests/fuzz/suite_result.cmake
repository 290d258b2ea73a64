# SPDX-License-Identifier: GPL-2.0-only
# Results of tests, from other machines.
spacegray_program(suite_result_fuzz_seeds SOURCES suite_result_seeds.c seed_file.c ../unit/suite-report/made_up.c
    DEPS sg_app sg_base)
list(APPEND seed_makers suite_result_fuzz_seeds)
add_fuzzer(suite_result_fuzz 15 DEPS sg_app sg_base)
