# SPDX-License-Identifier: GPL-2.0-only
set(sources_debug cmd_debug.c cmd_snapshot.c control_debug.c control_live.c control_text.c debug_control.c gdb_socket.c made_machine.c record_setup.c replay_session.c run_from.c run_gdb.c run_record.c run_trace.c
    snapshot_file.c)
