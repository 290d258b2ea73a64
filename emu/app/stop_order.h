/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether somebody wants this process to stop, for those who keep a machine standing. */
#pragma once

#include <stdbool.h>

struct inbox;

/* On the machine's thread. All that is said to the program stays in the inbox. */
bool stop_is_ordered(struct inbox *inbox);
