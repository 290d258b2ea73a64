# SPDX-License-Identifier: GPL-2.0-only
set(sources_suite_load suite_keys.c suite_links.c suite_load.c suite_machine.c suite_manual.c suite_reader.c suite_regex.c
    suite_schema.c suite_steps.c suite_store.c suite_verbs.c)
