# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_capsule capsule_manifest.c capsule_read.c capsule_write.c)
