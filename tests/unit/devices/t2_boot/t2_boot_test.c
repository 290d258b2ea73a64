/* SPDX-License-Identifier: GPL-2.0-only */
/* Startup security: each policy against each defect, and the bytes that are signed. */
#include "devices/apple/t2_boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/crypto/digest.h"

#define IMAGE_BYTES 5000
#define ECID        UINT64_C(0x1234567890abcdef)

/* A T2 and an image with which nothing is wrong; a defect changes one thing. */
struct scene {
    uint8_t image[IMAGE_BYTES + 1];
    uint8_t signature[SIGNATURE_BYTES];
    uint8_t ticket[SIGNATURE_BYTES];
    struct t2_boot_key trusted[2]; /* the second one signed */
    struct sep_record record;
    struct t2_boot_request request;
};

static void sign(const uint8_t *secret, const struct t2_boot_statement *statement, uint8_t *out)
{
    assert_int_equal(signature_sign(secret, statement->bytes, statement->count, out), 0);
}

static void make_scene(struct scene *scene, enum sep_boot_policy policy)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES] = {7};
    struct t2_boot_owner owner = {.ecid = ECID, .nonce = {1, 2, 3}};
    struct t2_boot_statement statement;

    memset(scene, 0, sizeof(*scene));
    for (size_t i = 0; i < sizeof(scene->image); i++) {
        scene->image[i] = (uint8_t)(i * 7);
    }
    assert_int_equal(t2_boot_image_statement(scene->image, IMAGE_BYTES, &statement), 0);
    sign(secret, &statement, scene->signature);
    assert_int_equal(t2_boot_ticket_statement(scene->image, IMAGE_BYTES, &owner, &statement), 0);
    sign(secret, &statement, scene->ticket);
    assert_int_equal(signature_public(secret, scene->trusted[1].bytes), 0);
    secret[0] = 8;
    assert_int_equal(signature_public(secret, scene->trusted[0].bytes), 0);
    scene->record.ecid = ECID;
    memcpy(scene->record.boot_nonce, owner.nonce, KEY_BYTES);
    scene->request = (struct t2_boot_request){
        .policy = policy,
        .image = scene->image,
        .image_bytes = IMAGE_BYTES,
        .signature = scene->signature,
        .ticket = scene->ticket,
        .trusted = scene->trusted,
        .trusted_count = 2,
        .record = &scene->record,
    };
}

static void nothing(struct scene *scene)
{
    (void)scene;
}

static void image_first_bit(struct scene *scene)
{
    scene->image[0] ^= 1;
}

static void image_last_bit(struct scene *scene)
{
    scene->image[IMAGE_BYTES - 1] ^= 0x80;
}

static void image_shorter(struct scene *scene)
{
    scene->request.image_bytes--;
}

static void image_longer(struct scene *scene)
{
    scene->request.image_bytes++;
}

static void no_signature(struct scene *scene)
{
    scene->request.signature = NULL;
}

static void signature_bit(struct scene *scene)
{
    scene->signature[40] ^= 4;
}

static void no_ticket(struct scene *scene)
{
    scene->request.ticket = NULL;
}

static void ticket_bit(struct scene *scene)
{
    scene->ticket[0] ^= 1;
}

static void ticket_in_record(struct scene *scene)
{
    no_ticket(scene);
    memcpy(scene->record.boot_ticket, scene->ticket, SIGNATURE_BYTES);
    scene->record.has_boot_ticket = true;
}

static void bad_ticket_in_record(struct scene *scene)
{
    ticket_in_record(scene);
    scene->record.boot_ticket[63] ^= 1;
}

static void bytes_without_a_ticket_in_record(struct scene *scene)
{
    ticket_in_record(scene);
    scene->record.has_boot_ticket = false;
}

/* The one that was given counts. */
static void bad_ticket_given_good_in_record(struct scene *scene)
{
    ticket_in_record(scene);
    ticket_bit(scene);
    scene->request.ticket = scene->ticket;
}

static void other_ecid(struct scene *scene)
{
    scene->record.ecid ^= 1;
}

static void other_nonce(struct scene *scene)
{
    scene->record.boot_nonce[31] ^= 1;
}

static void no_record(struct scene *scene)
{
    scene->request.record = NULL;
}

static void signer_not_trusted(struct scene *scene)
{
    scene->request.trusted_count = 1;
}

static void nobody_trusted(struct scene *scene)
{
    scene->request.trusted_count = 0;
    scene->request.trusted = NULL;
}

static void key_bit(struct scene *scene)
{
    scene->trusted[1].bytes[5] ^= 2;
}

/* Each is good, but for the other purpose. */
static void signature_and_ticket_swapped(struct scene *scene)
{
    scene->request.signature = scene->ticket;
    scene->request.ticket = scene->signature;
}

struct row {
    const char *name;
    void (*damage)(struct scene *scene);
    enum t2_boot_verdict medium;
    enum t2_boot_verdict full;
};

#define ROW(damage, medium, full)                            \
    {                                                        \
#damage, (damage), T2_BOOT_##medium, T2_BOOT_##full, \
    }

static const struct row rows[] = {
    ROW(nothing, ACCEPTED, ACCEPTED),
    ROW(image_first_bit, BAD_SIGNATURE, BAD_TICKET),
    ROW(image_last_bit, BAD_SIGNATURE, BAD_TICKET),
    ROW(image_shorter, BAD_SIGNATURE, BAD_TICKET),
    ROW(image_longer, BAD_SIGNATURE, BAD_TICKET),
    ROW(no_signature, NO_SIGNATURE, ACCEPTED),
    ROW(signature_bit, BAD_SIGNATURE, ACCEPTED),
    ROW(no_ticket, ACCEPTED, NO_TICKET),
    ROW(ticket_bit, ACCEPTED, BAD_TICKET),
    ROW(ticket_in_record, ACCEPTED, ACCEPTED),
    ROW(bad_ticket_in_record, ACCEPTED, BAD_TICKET),
    ROW(bytes_without_a_ticket_in_record, ACCEPTED, NO_TICKET),
    ROW(bad_ticket_given_good_in_record, ACCEPTED, BAD_TICKET),
    ROW(other_ecid, ACCEPTED, BAD_TICKET),
    ROW(other_nonce, ACCEPTED, BAD_TICKET),
    ROW(no_record, ACCEPTED, NO_IDENTITY),
    ROW(signer_not_trusted, BAD_SIGNATURE, BAD_TICKET),
    ROW(nobody_trusted, NO_KEYS, NO_KEYS),
    ROW(key_bit, BAD_SIGNATURE, BAD_TICKET),
    ROW(signature_and_ticket_swapped, BAD_SIGNATURE, BAD_TICKET),
};

static void check(const struct row *row, enum sep_boot_policy policy, enum t2_boot_verdict wanted)
{
    struct scene scene;
    enum t2_boot_verdict verdict;

    make_scene(&scene, policy);
    row->damage(&scene);
    verdict = t2_boot_judge(&scene.request);
    if (verdict != wanted) {
        fail_msg("%s, policy %s: \"%s\"", row->name, t2_boot_policy_text(policy),
                 t2_boot_verdict_text(verdict));
    }
}

static void each_policy_against_each_defect(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check(&rows[i], SEP_BOOT_NONE, T2_BOOT_UNCHECKED);
        check(&rows[i], SEP_BOOT_MEDIUM, rows[i].medium);
        check(&rows[i], SEP_BOOT_FULL, rows[i].full);
        /* A policy from a damaged file is the strictest. */
        check(&rows[i], (enum sep_boot_policy)9, rows[i].full);
    }
}

static void only_two_verdicts_let_an_image_run(void **state)
{
    (void)state;
    for (int i = T2_BOOT_UNCHECKED; i <= T2_BOOT_NO_MEMORY; i++) {
        enum t2_boot_verdict verdict = (enum t2_boot_verdict)i;

        assert_int_equal(t2_boot_allows(verdict),
                         verdict == T2_BOOT_UNCHECKED || verdict == T2_BOOT_ACCEPTED);
        assert_true(strlen(t2_boot_verdict_text(verdict)) > 0);
        assert_in_range(strlen(t2_boot_verdict_text(verdict)), 1, 70);
    }
}

/* docs/formats/firmware-signature.md, byte for byte. */
static void what_is_signed(void **state)
{
    struct t2_boot_owner owner = {.ecid = ECID, .nonce = {9, 8, 7}};
    struct t2_boot_statement statement;
    uint8_t wanted[T2_BOOT_STATEMENT_MAX] = "spacegray-t2-image-v1";

    (void)state;
    assert_int_equal(digest_sha256("abc", 3, wanted + 32), 0);
    assert_int_equal(t2_boot_image_statement("abc", 3, &statement), 0);
    assert_int_equal(statement.count, 64);
    assert_memory_equal(statement.bytes, wanted, 64);

    memcpy(wanted, "spacegray-t2-ticket-v1", 22);
    le64_put(wanted + 64, ECID);
    memcpy(wanted + 72, owner.nonce, KEY_BYTES);
    assert_int_equal(t2_boot_ticket_statement("abc", 3, &owner, &statement), 0);
    assert_int_equal(statement.count, 104);
    assert_memory_equal(statement.bytes, wanted, 104);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_against_each_defect),
        cmocka_unit_test(only_two_verdicts_let_an_image_run),
        cmocka_unit_test(what_is_signed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
