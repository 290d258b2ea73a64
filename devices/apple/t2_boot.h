/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Secure boot: what the T2 makes of the firmware image before it lets the cores leave reset
 * (hardware.md 2.7; docs/hardware/t2-boot.md). Pure functions of what they are given.
 *
 * Two statements can be signed (Ed25519), and one is never taken for the other. Both begin with 32
 * bytes of their own name, padded with zeros:
 *
 *     "spacegray-t2-image-v1"   SHA-256 of the image                        policy medium
 *     "spacegray-t2-ticket-v1"  SHA-256 of the image, ECID (8 bytes,
 *                               little-endian), nonce (32 bytes)            policy full
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/apple/sep_keys.h"
#include "emu/crypto/signature.h"

#define T2_BOOT_STATEMENT_MAX 104

struct t2_boot_statement {
    uint8_t bytes[T2_BOOT_STATEMENT_MAX];
    size_t count;
};

/* Whom a ticket is for. */
struct t2_boot_owner {
    uint64_t ecid;
    uint8_t nonce[KEY_BYTES];
};

/* What is signed for an image; for an image on one machine. -1 when memory is short. */
int t2_boot_image_statement(const void *image, size_t bytes, struct t2_boot_statement *statement);
int t2_boot_ticket_statement(const void *image, size_t bytes, const struct t2_boot_owner *owner,
                             struct t2_boot_statement *statement);

enum t2_boot_verdict {
    T2_BOOT_UNCHECKED, /* policy none: anything runs */
    T2_BOOT_ACCEPTED,
    T2_BOOT_NO_KEYS,       /* nobody is trusted */
    T2_BOOT_NO_SIGNATURE,  /* medium: none came with the image */
    T2_BOOT_BAD_SIGNATURE, /* medium: not that of a trusted key over this image */
    T2_BOOT_NO_IDENTITY,   /* full: the T2 has no ECID, it was never set up */
    T2_BOOT_NO_TICKET,     /* full: none came with the image, nor does the T2 keep one */
    T2_BOOT_BAD_TICKET,    /* full: not that of a trusted key over this image, ECID and nonce */
    T2_BOOT_NO_MEMORY,
};

struct t2_boot_key {
    uint8_t bytes[SIGNATURE_PUBLIC_BYTES];
};

struct t2_boot_request {
    enum sep_boot_policy policy;
    const void *image;
    size_t image_bytes;
    const uint8_t *signature; /* SIGNATURE_BYTES; NULL: none */
    const uint8_t *ticket;    /* SIGNATURE_BYTES; NULL: the record's, if it has one */
    const struct t2_boot_key *trusted;
    size_t trusted_count;
    const struct sep_record *record; /* NULL: a T2 that was never set up */
};

enum t2_boot_verdict t2_boot_judge(const struct t2_boot_request *request);
/* May the image run? */
bool t2_boot_allows(enum t2_boot_verdict verdict);
/* For messages: "it has no signature". */
const char *t2_boot_verdict_text(enum t2_boot_verdict verdict);
/* "none", "medium", "full": the words of `--secure-boot`. */
const char *t2_boot_policy_text(enum sep_boot_policy policy);
