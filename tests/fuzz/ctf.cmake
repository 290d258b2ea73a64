# SPDX-License-Identifier: GPL-2.0-only
# Traces on disk.
spacegray_program(ctf_fuzz_seeds SOURCES ctf_seeds.c seed_file.c ../unit/trace/ctf_run.c
    DEPS sg_trace sg_core sg_base cmocka::cmocka)
list(APPEND seed_makers ctf_fuzz_seeds)
add_fuzzer(ctf_reader_fuzz 15 DEPS sg_trace sg_core sg_base)
