# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_session session_acts.c session_end.c session_events.c session_lines.c session_machine.c session_ports.c
    session_screen.c session_slice.c session_steps.c session_text.c session_transcript.c suite_session.c)
