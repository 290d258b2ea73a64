# SPDX-License-Identifier: GPL-2.0-only
# Capsules of failed tests.
spacegray_program(capsule_fuzz_seeds SOURCES capsule_seeds.c capsule_made.c seed_file.c
    DEPS sg_app sg_roms sg_crypto sg_base LibArchive::LibArchive)
list(APPEND seed_makers capsule_fuzz_seeds)
add_fuzzer(capsule_fuzz 30 capsule_made.c DEPS sg_app sg_roms sg_crypto sg_base LibArchive::LibArchive)
