/* SPDX-License-Identifier: GPL-2.0-only */
/* Secure boot: see t2_boot.h. Whatever is not understood is refused. */
#include "devices/apple/t2_boot.h"

#include <assert.h>
#include <string.h>

#include "emu/base/endian.h"
#include "emu/crypto/digest.h"

#define NAME_BYTES 32

/* Each has its terminating zeros up to NAME_BYTES. */
static const char image_name[NAME_BYTES] = "spacegray-t2-image-v1";
static const char ticket_name[NAME_BYTES] = "spacegray-t2-ticket-v1";

static_assert(T2_BOOT_STATEMENT_MAX == NAME_BYTES + DIGEST_BYTES + 8 + KEY_BYTES,
              "the longer statement fits");

int t2_boot_image_statement(const void *image, size_t bytes, struct t2_boot_statement *statement)
{
    memcpy(statement->bytes, image_name, NAME_BYTES);
    statement->count = NAME_BYTES + DIGEST_BYTES;
    return digest_sha256(image, bytes, statement->bytes + NAME_BYTES);
}

int t2_boot_ticket_statement(const void *image, size_t bytes, const struct t2_boot_owner *owner,
                             struct t2_boot_statement *statement)
{
    uint8_t *at = statement->bytes + NAME_BYTES;

    memcpy(statement->bytes, ticket_name, NAME_BYTES);
    if (digest_sha256(image, bytes, at) != 0) return -1;
    le64_put(at + DIGEST_BYTES, owner->ecid);
    memcpy(at + DIGEST_BYTES + 8, owner->nonce, KEY_BYTES);
    statement->count = T2_BOOT_STATEMENT_MAX;
    return 0;
}

static bool is_trusted(const struct t2_boot_request *request,
                       const struct t2_boot_statement *statement, const uint8_t *signature)
{
    for (size_t i = 0; i < request->trusted_count; i++) {
        if (signature_verify(request->trusted[i].bytes, statement->bytes, statement->count,
                             signature)) {
            return true;
        }
    }
    return false;
}

static enum t2_boot_verdict judge_image(const struct t2_boot_request *request)
{
    struct t2_boot_statement statement;

    if (request->signature == NULL) return T2_BOOT_NO_SIGNATURE;
    if (t2_boot_image_statement(request->image, request->image_bytes, &statement) != 0)
        return T2_BOOT_NO_MEMORY;
    return is_trusted(request, &statement, request->signature) ? T2_BOOT_ACCEPTED
                                                               : T2_BOOT_BAD_SIGNATURE;
}

static enum t2_boot_verdict judge_ticket(const struct t2_boot_request *request)
{
    const struct sep_record *record = request->record;
    const uint8_t *ticket = request->ticket;
    struct t2_boot_statement statement;
    struct t2_boot_owner owner;

    if (record == NULL) return T2_BOOT_NO_IDENTITY;
    if (ticket == NULL && record->has_boot_ticket) {
        ticket = record->boot_ticket;
    }
    if (ticket == NULL) return T2_BOOT_NO_TICKET;
    owner.ecid = record->ecid;
    memcpy(owner.nonce, record->boot_nonce, sizeof(owner.nonce));
    if (t2_boot_ticket_statement(request->image, request->image_bytes, &owner, &statement) != 0)
        return T2_BOOT_NO_MEMORY;
    return is_trusted(request, &statement, ticket) ? T2_BOOT_ACCEPTED : T2_BOOT_BAD_TICKET;
}

enum t2_boot_verdict t2_boot_judge(const struct t2_boot_request *request)
{
    if (request->policy == SEP_BOOT_NONE) return T2_BOOT_UNCHECKED;
    if (request->trusted_count == 0) return T2_BOOT_NO_KEYS;
    return request->policy == SEP_BOOT_MEDIUM ? judge_image(request) : judge_ticket(request);
}

bool t2_boot_allows(enum t2_boot_verdict verdict)
{
    return verdict == T2_BOOT_UNCHECKED || verdict == T2_BOOT_ACCEPTED;
}

const char *t2_boot_verdict_text(enum t2_boot_verdict verdict)
{
    switch (verdict) {
    case T2_BOOT_UNCHECKED: return "it was not checked";
    case T2_BOOT_ACCEPTED: return "it is signed";
    case T2_BOOT_NO_KEYS: return "there is no key that it could be signed with";
    case T2_BOOT_NO_SIGNATURE: return "it has no signature";
    case T2_BOOT_BAD_SIGNATURE:
        return "it was changed, or its signature is not that of a trusted key";
    case T2_BOOT_NO_IDENTITY: return "this machine's T2 was never set up, so nothing is for it";
    case T2_BOOT_NO_TICKET: return "there is no ticket that lets it run on this machine";
    case T2_BOOT_BAD_TICKET:
        return "its ticket is for another image or machine, old, or by an unknown key";
    case T2_BOOT_NO_MEMORY: return "the host has no memory to check it";
    }
    return "it cannot be judged";
}

const char *t2_boot_policy_text(enum sep_boot_policy policy)
{
    switch (policy) {
    case SEP_BOOT_NONE: return "none";
    case SEP_BOOT_MEDIUM: return "medium";
    case SEP_BOOT_FULL: return "full";
    }
    return "unknown";
}
