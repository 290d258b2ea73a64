/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray disk secure-boot`: policy and ticket of a T2 (docs/hardware/t2-boot.md). */
#pragma once

#include "emu/app/disk_options.h"
#include "emu/disk/disk.h"

/* Sets the request's policy. For full, the ticket that the request names or has signed, or the one that
 * the T2 keeps, must be good for the firmware. -1 with `err`; nothing was changed then. */
int disk_security_set(const struct disk_request *request, const struct disk_secret *passphrase,
                      struct error *err) MUST_CHECK;
