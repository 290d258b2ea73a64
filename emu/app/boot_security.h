/* SPDX-License-Identifier: GPL-2.0-only */
/* From the options of a run to what its T2 wants of the firmware (docs/hardware/t2-boot.md). */
#pragma once

#include "emu/app/run_options.h"
#include "emu/machine/secure_boot.h"

#define BOOT_SECURITY_KEYS 2
/* Keys and signatures are far shorter: what is longer than one is told to be none, not too long. */
#define BOOT_SECURITY_FILE_MAX ((size_t)1 << 20)

/* Borrowed by the machine while it is created. */
struct boot_security {
    struct t2_boot_key trusted[BOOT_SECURITY_KEYS]; /* the built-in one, then --rom-key */
    uint8_t signature[SIGNATURE_BYTES];
    uint8_t ticket[SIGNATURE_BYTES];
    struct machine_boot_security machine;
};

/* Reads the files that the options name. `record`: the T2 of the disk; NULL without one. */
int boot_security_load(const struct run_options *options, const struct sep_record *record,
                       struct boot_security *security, struct error *err) MUST_CHECK;

/* ---- What `spacegray firmware` uses, too ---- */

int boot_security_read_key(const char *path, struct t2_boot_key *key, struct error *err) MUST_CHECK;
/* The file says itself whether it is a signature or a ticket. */
int boot_security_read_signature(const char *path, uint8_t signature[SIGNATURE_BYTES],
                                 bool *is_ticket, struct error *err) MUST_CHECK;
