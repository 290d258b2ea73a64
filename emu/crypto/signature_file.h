/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys and signatures as files: eight letters that say what it is, then the bytes of it
 * (docs/formats/firmware-signature.md). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_FILE_MAGIC 8
#define SIGNATURE_FILE_MAX   (SIGNATURE_FILE_MAGIC + 64)

enum signature_file_kind {
    SIGNATURE_FILE_SECRET, /* SIGNATURE_SECRET_BYTES */
    SIGNATURE_FILE_PUBLIC, /* SIGNATURE_PUBLIC_BYTES */
    SIGNATURE_FILE_IMAGE,  /* SIGNATURE_BYTES, over an image */
    SIGNATURE_FILE_TICKET, /* SIGNATURE_BYTES, over an image for one machine */
};
#define SIGNATURE_FILE_KINDS 4

/* Writes the file into `file`; returns its length. `payload` is as long as the kind says. */
size_t signature_file_put(enum signature_file_kind kind, const uint8_t *payload,
                          uint8_t file[SIGNATURE_FILE_MAX]);
/* Where the payload of such a file begins; NULL when the bytes are not a file of that kind. */
const uint8_t *signature_file_get(enum signature_file_kind kind, const uint8_t *file, size_t bytes);
/* "a secret key": for messages. */
const char *signature_file_text(enum signature_file_kind kind);
