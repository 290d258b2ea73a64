# SPDX-License-Identifier: GPL-2.0-only
set(sources_dimm dimm.c dimm_spd.c)
