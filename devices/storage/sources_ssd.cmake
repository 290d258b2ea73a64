# SPDX-License-Identifier: GPL-2.0-only
set(sources_ssd ssd_module_geometry.c)
