/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs that make corpora write. */
#pragma once

#include <stddef.h>

/* FOLDER/TARGET/seed-NAME; makes the folder of the target. Ends the program when it cannot. */
void seed_file_write(const char *folder, const char *target, const char *name, const void *data,
                     size_t bytes);
