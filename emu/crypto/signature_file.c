/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys and signatures as files: see signature_file.h. */
#include "emu/crypto/signature_file.h"

#include <string.h>

#include "emu/crypto/signature.h"

struct kind {
    char magic[SIGNATURE_FILE_MAGIC + 1];
    size_t payload_bytes;
    const char *text;
};

static const struct kind kinds[SIGNATURE_FILE_KINDS] = {
    [SIGNATURE_FILE_SECRET] = {"SGKEYSEC", SIGNATURE_SECRET_BYTES, "a secret key"},
    [SIGNATURE_FILE_PUBLIC] = {"SGKEYPUB", SIGNATURE_PUBLIC_BYTES, "a public key"},
    [SIGNATURE_FILE_IMAGE] = {"SGSIGIMG", SIGNATURE_BYTES, "the signature of an image"},
    [SIGNATURE_FILE_TICKET] = {"SGSIGTKT", SIGNATURE_BYTES, "the ticket of an image"},
};

size_t signature_file_put(enum signature_file_kind kind, const uint8_t *payload,
                          uint8_t file[SIGNATURE_FILE_MAX])
{
    memcpy(file, kinds[kind].magic, SIGNATURE_FILE_MAGIC);
    memcpy(file + SIGNATURE_FILE_MAGIC, payload, kinds[kind].payload_bytes);
    return SIGNATURE_FILE_MAGIC + kinds[kind].payload_bytes;
}

const uint8_t *signature_file_get(enum signature_file_kind kind, const uint8_t *file, size_t bytes)
{
    if (bytes != SIGNATURE_FILE_MAGIC + kinds[kind].payload_bytes ||
        memcmp(file, kinds[kind].magic, SIGNATURE_FILE_MAGIC) != 0) {
        return NULL;
    }
    return file + SIGNATURE_FILE_MAGIC;
}

const char *signature_file_text(enum signature_file_kind kind)
{
    return kinds[kind].text;
}
