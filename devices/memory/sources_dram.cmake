# SPDX-License-Identifier: GPL-2.0-only
set(sources_dram dram.c dram_access.c dram_index.c dram_patrol.c dram_plant.c dram_report.c dram_word.c)
