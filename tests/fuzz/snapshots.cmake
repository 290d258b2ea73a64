# SPDX-License-Identifier: GPL-2.0-only
# Snapshots in files, and how their machines are made.
find_package(ZLIB REQUIRED)
spacegray_program(snapshot_file_fuzz_seeds SOURCES snapshot_file_seeds.c seed_file.c
    DEPS sg_devices_apple sg_core sg_base ZLIB::ZLIB)
list(APPEND seed_makers snapshot_file_fuzz_seeds)
add_fuzzer(record_setup_fuzz 15 DEPS sg_app sg_devices_apple sg_base)
add_fuzzer(snapshot_file_fuzz 60 fuzz_disk.c DEPS sg_test_media sg_app sg_machine sg_roms sg_roms_panel
    sg_disk sg_core sg_base ZLIB::ZLIB)
