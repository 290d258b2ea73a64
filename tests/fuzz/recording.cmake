# SPDX-License-Identifier: GPL-2.0-only
# Recordings and their disks.
find_package(ZLIB REQUIRED)
spacegray_program(recording_fuzz_seeds
    SOURCES recording_seeds.c seed_file.c ../unit/replay/recording_bench.c
    DEPS sg_replay sg_trace sg_core sg_base cmocka::cmocka)
list(APPEND seed_makers recording_fuzz_seeds)
add_fuzzer(recording_fuzz 15 DEPS sg_replay sg_trace sg_core sg_base ZLIB::ZLIB)
add_fuzzer(replay_disk_fuzz 15 ../unit/replay/disk_bench.c DEPS sg_replay sg_trace sg_core sg_base)
