# SPDX-License-Identifier: GPL-2.0-only
set(sources_items item.c log.c log_codec.c log_file.c log_names.c)
