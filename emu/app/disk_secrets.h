/* SPDX-License-Identifier: GPL-2.0-only */
/* The secrets that an action of `spacegray disk` needs: from files, or asked for. */
#pragma once

#include "emu/app/disk_options.h"
#include "emu/app/secret.h"
#include "emu/disk/disk.h"

struct disk_secrets {
    struct secret passphrase;
    struct secret password;
    struct secret new_passphrase;
    struct secret new_password;
};

/* Reads what the request names, and asks on the terminal for what the disk needs besides. What
 * rekey is not to change is new as it was. -1 with `err`; disk_secrets_forget() in either case. */
int disk_secrets_load(const struct disk_request *request, struct disk_secrets *secrets,
                      struct error *err) MUST_CHECK;
void disk_secrets_forget(struct disk_secrets *secrets);
/* As the library takes it. */
struct disk_secret disk_secret_of(const struct secret *secret);
