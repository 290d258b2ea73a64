# SPDX-License-Identifier: GPL-2.0-only
set(sources_ctf ctf_class.c ctf_metadata.c ctf_packet.c ctf_parse.c ctf_reader.c ctf_writer.c
    export.c export_perfetto.c export_vcd.c)
