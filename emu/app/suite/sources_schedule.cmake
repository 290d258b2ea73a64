# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_schedule crash_note.c suite_select.c suite_schedule.c schedule_again.c schedule_crew.c schedule_job.c schedule_scratch.c
    schedule_shared.c schedule_tree.c schedule_verdict.c)
