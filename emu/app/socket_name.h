/* SPDX-License-Identifier: GPL-2.0-only */
/* What people call the sockets of memory modules: A0, B0, C0, D0, or 0 to 3. Pure. */
#pragma once

#include "devices/memory/dimm.h"

/* DIMM_SOCKETS when `name` is none. */
unsigned socket_name_find(const char *name);
