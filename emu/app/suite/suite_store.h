/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that belongs to one suite and goes with it, all at once. */
#pragma once

#include <stddef.h>

#include "emu/base/error.h"

struct suite_store;

/* NULL: no memory. */
struct suite_store *suite_store_create(void);
void suite_store_destroy(struct suite_store *store);
/* All zero, aligned for anything. NULL with `err` (ERROR_HOST). */
void *suite_store_take(struct suite_store *store, size_t bytes, struct error *err);
/* A copy of `bytes` of a text, with a zero behind them. */
char *suite_store_text(struct suite_store *store, const char *text, size_t bytes,
                       struct error *err);
