# SPDX-License-Identifier: GPL-2.0-only
set(sources_gdb breakpoints.c console.c documents.c gdb_server.c memory.c motion.c packets.c query.c register_list.c
    registers.c run.c target_xml.c text.c)
