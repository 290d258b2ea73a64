# SPDX-License-Identifier: GPL-2.0-only
set(sources_items aliases.c condition.c filter.c item.c log.c log_codec.c log_file.c log_names.c)
