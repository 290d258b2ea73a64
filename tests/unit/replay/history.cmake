# SPDX-License-Identifier: GPL-2.0-only
# Going back and forth in recorded runs.
spacegray_unit_test(replay_history_test
    SOURCES history_test.c history_world.c history_guest.S
    DEPS sg_replay sg_trace sg_machine sg_cpu sg_core sg_base TIMEOUT 120)
