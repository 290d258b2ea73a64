# SPDX-License-Identifier: GPL-2.0-only
# Going back and forth in recorded runs.
foreach(part IN ITEMS history history_hits history_live)
    spacegray_unit_test(replay_${part}_test
        SOURCES ${part}_test.c history_world.c history_guest.S
        DEPS sg_test_rom_machine sg_replay sg_trace sg_machine sg_cpu sg_core sg_base TIMEOUT 300)
endforeach()
spacegray_program(debian_history SOURCES debian_history.c
    DEPS sg_replay sg_trace sg_image sg_machine sg_cpu sg_roms sg_core sg_base)
spacegray_test(replay_debian_history LABEL slow TIMEOUT 900 DEBIAN
    COMMAND debian_history "${SPACEGRAY_CACHE}/kernel/vmlinuz" "${SPACEGRAY_CACHE}/initramfs.cpio.gz" 300)
spacegray_test(replay_debian_history_cores LABEL slow TIMEOUT 900 DEBIAN
    COMMAND debian_history "${SPACEGRAY_CACHE}/kernel/vmlinuz" "${SPACEGRAY_CACHE}/initramfs.cpio.gz" 60 4 3000)
