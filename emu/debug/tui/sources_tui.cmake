# SPDX-License-Identifier: GPL-2.0-only
set(sources_tui
    actions.c command_history.c command_line.c help.c keys.c layout.c line_edit.c list.c motion.c mouse.c
    output_log.c pane_code.c pane_cpu.c pane_device.c pane_events.c pane_memory.c pane_output.c pane_screen.c
    pane_stack.c panes.c prompts.c run.c sheet.c target.c terminal.c titles.c tui.c)
