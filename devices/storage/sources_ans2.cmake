# SPDX-License-Identifier: GPL-2.0-only
set(sources_ans2 ans2.c ans2_admin.c ans2_erase.c ans2_features.c ans2_identify.c ans2_log.c
    ans2_notes.c ans2_queue.c ans2_regs.c ans2_rules.c)
