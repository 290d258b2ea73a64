/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * T2 function 2, 106b:1802: the mailbox of the Secure Enclave, and what it gives to the other
 * functions of the T2. docs/hardware/t2-sep.md.
 *
 * No key leaves it: a snapshot holds the record and the volume's key wrapped by the UID, and only a
 * machine with the same T2 (the same sep.json) loads it.
 */
#pragma once

#include <stdbool.h>

#include "devices/apple/sep_keys.h"
#include "emu/core/device.h"

struct t2_sep_config {
    const struct sep_record *record; /* copied; NULL: a T2 that was never set up */
    struct sep_store store;
    /* Given to the SEP at each power-on and reset, as if somebody had typed it; copied. NULL data: none. */
    struct sep_password password;
};

/* PCI function; its own configuration is a struct t2_sep_config. */
extern const struct device_class t2_sep_class;

/* What the AES engine works with. NULL while the volume is locked or there is none. Ask anew for
 * each use: locking destroys it. */
struct xts *t2_sep_volume(struct device *sep);
/* For Format NVM and Sanitize: new keys; everything written before is unreadable. False when the
 * record cannot be stored (host trouble) or there is no volume. */
bool t2_sep_erase(struct device *sep);
