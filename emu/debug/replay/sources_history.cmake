# SPDX-License-Identifier: GPL-2.0-only
set(sources_history
    checkpoints.c
    history.c
    history_back.c
    history_find.c
    history_move.c
    history_run.c
    pages.c
    recorder.c
)
