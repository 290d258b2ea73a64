# SPDX-License-Identifier: GPL-2.0-only
set(sources_debugger breakpoints.c cause.c commands_break.c commands_help.c commands_motion.c complete.c
    conditions.c core_registers.c debugger.c disassemble.c events.c expression.c hits.c inspect_cpu.c inspect_device.c inspect_history.c inspect_memory.c
    last_write.c motion.c names.c observer.c picture.c probes.c source_parse.c source_text.c symbols.c symbols_elf.c words.c)
