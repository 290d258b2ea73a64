/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The T2's look at the firmware image before the cores leave reset. When it refuses, the image is
 * never mapped: the machine starts its recovery image instead, which shows why and ends the run with
 * status 1. docs/hardware/t2-boot.md.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "devices/apple/t2_boot.h"

struct machine;

/* The image that says what was refused; it must be signed itself, whatever the policy. */
struct machine_recovery {
    const void *rom; /* as machine_config's */
    size_t rom_bytes;
    const uint8_t *signature; /* SIGNATURE_BYTES, by a trusted key; NULL: none */
};

/* With zeros only: policy none. All of it is borrowed while machine_create() runs. */
struct machine_boot_security {
    enum sep_boot_policy policy;
    const uint8_t *signature; /* of machine_config's rom, SIGNATURE_BYTES; NULL: none */
    const uint8_t *ticket;    /* instead of the T2's own; NULL: that one */
    const struct t2_boot_key *trusted;
    size_t trusted_count;
    const struct sep_record *record; /* of the T2; NULL: none was set up */
    struct machine_recovery recovery;
};

/* What the T2 made of the image that the machine was given. */
enum t2_boot_verdict machine_boot_verdict(const struct machine *machine);
