# SPDX-License-Identifier: GPL-2.0-only
set(sources_ssd ssd_module.c ssd_module_cache.c ssd_module_ftl.c ssd_module_geometry.c
    ssd_module_notes.c ssd_module_state.c)
