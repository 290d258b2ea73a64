/* SPDX-License-Identifier: GPL-2.0-only */
/* The key hierarchy: docs/hardware/t2-sep.md, "Keys". */
#include "devices/apple/sep_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"

#define FEW_ITERATIONS 3u

static const uint8_t seed[KEY_BYTES] = {1, 2, 3, 4};
static const uint8_t other_seed[KEY_BYTES] = {4, 3, 2, 1};
static const uint8_t volume_id[SEP_ID_BYTES] = {0xd1, 0x5c};
static const struct sep_password none = {.data = NULL};
static const struct sep_password right = {.data = "correct horse", .bytes = 13};
static const struct sep_password wrong = {.data = "correct horsf", .bytes = 13};

static struct sep_record make(const uint8_t *from)
{
    struct sep_record record;

    assert_int_equal(sep_make(&record, from), SEP_OK);
    record.iterations = FEW_ITERATIONS;
    return record;
}

static struct sep_record make_volume(const struct sep_password *password)
{
    struct sep_record record = make(seed);

    assert_int_equal(sep_make_volume(&record, volume_id), SEP_OK);
    if (password->bytes != 0) {
        assert_int_equal(sep_change_password(&record, &none, password), SEP_OK);
    }
    return record;
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
    uint8_t all = 0;

    for (size_t i = 0; i < count; i++) {
        all |= bytes[i];
    }
    return all == 0;
}

static void same_seed_same_t2(void **state)
{
    struct sep_record a = make(seed);
    struct sep_record b = make(seed);
    struct sep_record c = make(other_seed);

    (void)state;
    assert_memory_equal(&a, &b, sizeof(a));
    assert_memory_not_equal(a.uid, c.uid, sizeof(a.uid));
    assert_memory_not_equal(a.random, c.random, sizeof(a.random));
    assert_true(a.ecid != c.ecid);
    assert_false(is_zero(a.uid, sizeof(a.uid)));
    assert_memory_not_equal(a.uid, a.random, sizeof(a.uid));
    assert_memory_not_equal(a.uid, a.boot_nonce, sizeof(a.uid));
    assert_false(a.has_volume);
}

static void no_volume_before_it_is_made(void **state)
{
    struct sep_record record = make(seed);
    uint8_t vek[XTS_KEY_BYTES];

    (void)state;
    assert_int_equal(sep_unlock(&record, &none, vek), SEP_NO_VOLUME);
    assert_int_equal(sep_change_password(&record, &none, &right), SEP_NO_VOLUME);
    assert_int_equal(record.failures, 0);
}

static void volume_without_password_opens_by_uid(void **state)
{
    struct sep_record record = make_volume(&none);
    uint8_t vek[XTS_KEY_BYTES] = {0};
    uint8_t again[XTS_KEY_BYTES] = {0};

    (void)state;
    assert_int_equal(sep_unlock(&record, &none, vek), SEP_OK);
    assert_int_equal(sep_unlock(&record, &wrong, again), SEP_OK);
    assert_memory_equal(vek, again, sizeof(vek));
    assert_false(is_zero(vek, sizeof(vek)));
}

static void wrong_password_counts_and_right_one_clears(void **state)
{
    struct sep_record record = make_volume(&right);
    struct sep_record before = record;
    uint8_t vek[XTS_KEY_BYTES] = {0};

    (void)state;
    for (uint32_t i = 1; i < SEP_FAILURES_MAX; i++) {
        assert_int_equal(sep_unlock(&record, i % 2 != 0 ? &wrong : &none, vek), SEP_WRONG_PASSWORD);
        assert_int_equal(record.failures, i);
        assert_true(is_zero(vek, sizeof(vek)));
    }
    before.failures = record.failures;
    assert_memory_equal(&record, &before, sizeof(record));
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_OK);
    assert_int_equal(record.failures, 0);
    assert_false(is_zero(vek, sizeof(vek)));
}

static void disabled_after_too_many(void **state)
{
    struct sep_record record = make_volume(&right);
    uint8_t vek[XTS_KEY_BYTES];

    (void)state;
    for (uint32_t i = 0; i < SEP_FAILURES_MAX; i++) {
        assert_int_equal(sep_change_password(&record, &wrong, &none), SEP_WRONG_PASSWORD);
    }
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_DISABLED);
    assert_int_equal(sep_change_password(&record, &right, &none), SEP_DISABLED);
    assert_int_equal(record.failures, SEP_FAILURES_MAX);
    assert_int_equal(sep_make_volume(&record, volume_id), SEP_OK);
    assert_int_equal(sep_unlock(&record, &none, vek), SEP_OK);
}

static void change_keeps_the_volume_key(void **state)
{
    struct sep_record record = make_volume(&none);
    struct sep_record first = record;
    uint8_t vek[XTS_KEY_BYTES];
    uint8_t now[XTS_KEY_BYTES];

    (void)state;
    assert_int_equal(sep_unlock(&record, &none, vek), SEP_OK);
    assert_int_equal(sep_change_password(&record, &none, &right), SEP_OK);
    assert_int_equal(sep_unlock(&record, &right, now), SEP_OK);
    assert_memory_equal(vek, now, sizeof(vek));
    assert_int_equal(sep_change_password(&record, &right, &wrong), SEP_OK);
    assert_int_equal(sep_unlock(&record, &right, now), SEP_WRONG_PASSWORD);
    assert_int_equal(sep_unlock(&record, &wrong, now), SEP_OK);
    assert_memory_equal(vek, now, sizeof(vek));
    assert_int_equal(sep_change_password(&record, &wrong, &none), SEP_OK);
    assert_false(record.has_password);
    assert_int_equal(sep_unlock(&record, &none, now), SEP_OK);
    assert_memory_equal(vek, now, sizeof(vek));
    assert_int_equal(record.counter, first.counter + 3);
    assert_memory_not_equal(record.media_key, first.media_key, sizeof(first.media_key));
    assert_memory_not_equal(record.kek, first.kek, sizeof(first.kek));
    assert_memory_not_equal(record.vek, first.vek, sizeof(first.vek));
    assert_memory_not_equal(record.salt, first.salt, sizeof(first.salt));
}

static void new_volume_has_a_new_key(void **state)
{
    struct sep_record record = make_volume(&right);
    uint64_t counter = record.counter;
    uint8_t vek[XTS_KEY_BYTES];
    uint8_t now[XTS_KEY_BYTES];

    (void)state;
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_OK);
    assert_int_equal(sep_make_volume(&record, record.volume_id), SEP_OK);
    assert_false(record.has_password);
    assert_int_equal(record.counter, counter + 1);
    assert_memory_equal(record.volume_id, volume_id, sizeof(volume_id));
    assert_int_equal(sep_unlock(&record, &none, now), SEP_OK);
    assert_memory_not_equal(vek, now, sizeof(vek));
}

static void destroyed_is_gone(void **state)
{
    struct sep_record record = make_volume(&right);
    uint64_t counter = record.counter;
    uint8_t vek[XTS_KEY_BYTES];

    (void)state;
    sep_destroy_volume(&record);
    assert_true(is_zero(record.media_key, sizeof(record.media_key)));
    assert_true(is_zero(record.kek, sizeof(record.kek)));
    assert_true(is_zero(record.vek, sizeof(record.vek)));
    assert_int_equal(record.counter, counter + 1);
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_NO_VOLUME);
    record.has_volume = true;
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_DAMAGED);
}

static void another_uid_opens_nothing(void **state)
{
    struct sep_record record = make_volume(&right);
    struct sep_record other = make(other_seed);
    uint8_t vek[XTS_KEY_BYTES];

    (void)state;
    memcpy(record.uid, other.uid, sizeof(record.uid));
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_DAMAGED);
    assert_int_equal(record.failures, 0);
}

static void derive(const void *secret, size_t bytes, const void *salt, size_t salt_bytes,
                   const char *info, uint8_t key[KEY_BYTES])
{
    const struct key_material material = {
        .secret = secret,
        .secret_bytes = bytes,
        .salt = salt,
        .salt_bytes = salt_bytes,
        .info = info,
    };

    assert_int_equal(key_derive(&material, key, KEY_BYTES), 0);
}

/* Opens a record by hand, as the page says that it is wrapped. */
static void as_documented(void **state)
{
    struct sep_record record = make_volume(&right);
    uint8_t secret[2 * KEY_BYTES];
    uint8_t binding[101] = {0};
    uint8_t key[KEY_BYTES];
    uint8_t media[KEY_BYTES];
    uint8_t kek[KEY_BYTES];
    uint8_t inner[KEY_WRAP_BYTES(XTS_KEY_BYTES)];
    uint8_t vek[2][XTS_KEY_BYTES];

    (void)state;
    derive(record.uid, KEY_BYTES, NULL, 0, "spacegray T2 1 media key", key);
    assert_int_equal(key_unwrap(key, record.media_key, KEY_BYTES, media), 0);
    memcpy(secret, record.uid, KEY_BYTES);
    assert_int_equal(
        key_stretch(right.data, right.bytes, record.salt, FEW_ITERATIONS, secret + KEY_BYTES), 0);
    derive(secret, sizeof(secret), record.salt, KEY_BYTES, "spacegray T2 1 kek passcode", key);
    assert_int_equal(key_unwrap(key, record.kek, KEY_BYTES, kek), 0);
    binding[0] = (uint8_t)record.counter;
    memcpy(binding + 8, record.volume_id, SEP_ID_BYTES);
    binding[24] = 1;
    binding[25] = FEW_ITERATIONS;
    memcpy(binding + 29, record.salt, KEY_BYTES);
    memcpy(binding + 61, record.kek, sizeof(record.kek));
    derive(media, KEY_BYTES, binding, sizeof(binding), "spacegray T2 1 volume", key);
    assert_int_equal(key_unwrap(key, record.vek, sizeof(inner), inner), 0);
    assert_int_equal(key_unwrap(kek, inner, XTS_KEY_BYTES, vek[0]), 0);
    assert_int_equal(sep_unlock(&record, &right, vek[1]), SEP_OK);
    assert_memory_equal(vek[0], vek[1], XTS_KEY_BYTES);
    record = make_volume(&none);
    derive(record.uid, KEY_BYTES, record.salt, KEY_BYTES, "spacegray T2 1 kek", key);
    assert_int_equal(key_unwrap(key, record.kek, KEY_BYTES, kek), 0);
}

/* No changed bit of a wrapped key, or of what is bound to it, costs a try or gives a key. */
static void each_flipped_bit_shows(void **state)
{
    const struct sep_password *const password[] = {&none, &right};
    uint8_t vek[XTS_KEY_BYTES];

    (void)state;
    for (size_t p = 0; p < ARRAY_LEN(password); p++) {
        struct sep_record record = make_volume(password[p]);
        const struct {
            uint8_t *data;
            size_t bytes;
        } part[] = {
            {record.media_key, sizeof(record.media_key)},
            {record.kek, sizeof(record.kek)},
            {record.vek, sizeof(record.vek)},
            {record.salt, sizeof(record.salt)},
            {record.volume_id, sizeof(record.volume_id)},
            {record.uid, sizeof(record.uid)},
            {(uint8_t *)&record.counter, 8},
        };

        for (size_t i = 0; i < ARRAY_LEN(part); i++) {
            for (size_t bit = 0; bit < 8 * part[i].bytes; bit++) {
                part[i].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
                assert_int_equal(sep_unlock(&record, password[p], vek), SEP_DAMAGED);
                part[i].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
        }
        record.has_password = !record.has_password;
        assert_int_equal(sep_unlock(&record, password[p], vek), SEP_DAMAGED);
        record.has_password = !record.has_password;
        record.iterations++;
        assert_int_equal(sep_unlock(&record, password[p], vek), SEP_DAMAGED);
        record.iterations = 0;
        assert_int_equal(sep_unlock(&record, password[p], vek), SEP_DAMAGED);
        record.iterations = SEP_ITERATIONS_MAX + 1;
        assert_int_equal(sep_unlock(&record, password[p], vek), SEP_DAMAGED);
        record.iterations = FEW_ITERATIONS;
        assert_int_equal(record.failures, 0);
        assert_int_equal(sep_unlock(&record, password[p], vek), SEP_OK);
    }
}

/* An older record opens by itself (whoever holds the file holds the T2); its counter tells. */
static void replay_shows_in_the_counter(void **state)
{
    struct sep_record older = make_volume(&right);
    struct sep_record record = older;
    uint8_t vek[XTS_KEY_BYTES];
    uint64_t counter;

    (void)state;
    assert_int_equal(sep_change_password(&record, &right, &wrong), SEP_OK);
    assert_int_equal(sep_unlock(&older, &right, vek), SEP_OK);
    assert_true(older.counter < record.counter);
    counter = record.counter;
    older.counter = counter; /* as a forger would */
    assert_int_equal(sep_unlock(&older, &right, vek), SEP_DAMAGED);
    /* Old wrapped keys in the new record do not open either. */
    memcpy(record.kek, older.kek, sizeof(record.kek));
    memcpy(record.salt, older.salt, sizeof(record.salt));
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_DAMAGED);
}

static void same_record_same_bytes(void **state)
{
    struct sep_record a = make_volume(&right);
    struct sep_record b = make_volume(&right);

    (void)state;
    assert_memory_equal(&a, &b, sizeof(a));
    assert_int_equal(sep_change_password(&a, &right, &wrong), SEP_OK);
    assert_int_equal(sep_change_password(&b, &right, &wrong), SEP_OK);
    assert_memory_equal(&a, &b, sizeof(a));
}

static void random_never_repeats(void **state)
{
    struct sep_record record = make(seed);
    struct sep_record copy = record;
    uint8_t bytes[3][48];
    uint8_t long_run[1000];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bytes); i++) {
        assert_int_equal(sep_random(&record, bytes[i], sizeof(bytes[i])), SEP_OK);
    }
    assert_memory_not_equal(bytes[0], bytes[1], sizeof(bytes[0]));
    assert_memory_not_equal(bytes[1], bytes[2], sizeof(bytes[0]));
    assert_memory_not_equal(record.random, copy.random, sizeof(copy.random));
    assert_memory_not_equal(bytes[0], copy.random, sizeof(copy.random));
    assert_memory_not_equal(bytes[2], record.random, sizeof(record.random));
    assert_int_equal(sep_random(&copy, long_run, sizeof(long_run)), SEP_OK);
    assert_memory_equal(long_run, bytes[0], sizeof(bytes[0]));
}

static void stirred_numbers_do_not_follow(void **state)
{
    struct sep_record record = make_volume(&right);
    struct sep_record old = record;
    struct sep_record again = record;
    uint8_t vek[XTS_KEY_BYTES];

    (void)state;
    assert_int_equal(sep_stir(&record, seed), SEP_OK);
    assert_int_equal(sep_stir(&again, other_seed), SEP_OK);
    assert_memory_not_equal(record.random, old.random, sizeof(old.random));
    assert_memory_not_equal(record.random, again.random, sizeof(old.random));
    memcpy(again.random, old.random, sizeof(old.random));
    assert_int_equal(sep_stir(&again, seed), SEP_OK);
    assert_memory_equal(&again, &record, sizeof(record));
    assert_int_equal(sep_unlock(&record, &right, vek), SEP_OK);
}

static void pairing_key_is_the_t2s_own(void **state)
{
    struct sep_record a = make(seed);
    struct sep_record b = make_volume(&right);
    struct sep_record c = make(other_seed);
    uint8_t key[3][KEY_BYTES];

    (void)state;
    assert_int_equal(sep_pairing_key(&a, key[0]), SEP_OK);
    assert_int_equal(sep_pairing_key(&b, key[1]), SEP_OK);
    assert_int_equal(sep_pairing_key(&c, key[2]), SEP_OK);
    assert_memory_equal(key[0], key[1], KEY_BYTES);
    assert_memory_not_equal(key[0], key[2], KEY_BYTES);
    assert_memory_not_equal(key[0], a.uid, KEY_BYTES);
}

static void sealed_secrets_are_the_t2s_own(void **state)
{
    struct sep_record record = make(seed);
    struct sep_record loaded = record;
    struct sep_record other = make(other_seed);
    const uint8_t vek[XTS_KEY_BYTES] = {7};
    uint8_t sealed[SEP_SEALED_BYTES];
    uint8_t now[XTS_KEY_BYTES] = {0};

    (void)state;
    assert_int_equal(sep_seal(&record, vek, sealed), SEP_OK);
    memset(loaded.random, 0, sizeof(loaded.random));
    assert_int_equal(sep_unseal(&loaded, sealed, now), SEP_OK);
    assert_memory_equal(&loaded, &record, sizeof(record));
    assert_memory_equal(now, vek, sizeof(vek));
    assert_int_equal(sep_unseal(&other, sealed, now), SEP_DAMAGED);
    for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(sep_unseal(&loaded, sealed, now), SEP_DAMAGED);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void longest_password(void **state)
{
    uint8_t text[SEP_PASSWORD_MAX];
    const struct sep_password password = {.data = text, .bytes = sizeof(text)};
    const struct sep_password shorter = {.data = text, .bytes = sizeof(text) - 1};
    struct sep_record record;
    uint8_t vek[XTS_KEY_BYTES];

    (void)state;
    memset(text, 0xff, sizeof(text));
    record = make_volume(&password);
    assert_int_equal(sep_unlock(&record, &shorter, vek), SEP_WRONG_PASSWORD);
    assert_int_equal(sep_unlock(&record, &password, vek), SEP_OK);
}

static void delays_grow(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= SEP_FREE_FAILURES; i++) {
        assert_int_equal(sep_delay_seconds(i), 0);
    }
    assert_int_equal(sep_delay_seconds(5), 60);
    assert_int_equal(sep_delay_seconds(6), 300);
    for (uint32_t i = SEP_FREE_FAILURES; i < SEP_FAILURES_MAX; i++) {
        assert_true(sep_delay_seconds(i + 1) >= sep_delay_seconds(i));
    }
    assert_int_equal(sep_delay_seconds(UINT32_MAX), 3600);
}

static void every_result_has_a_text(void **state)
{
    (void)state;
    for (int i = SEP_OK; i <= SEP_NO_MEMORY; i++) {
        assert_string_not_equal(sep_result_text((enum sep_result)i), "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_t2),
        cmocka_unit_test(no_volume_before_it_is_made),
        cmocka_unit_test(volume_without_password_opens_by_uid),
        cmocka_unit_test(wrong_password_counts_and_right_one_clears),
        cmocka_unit_test(disabled_after_too_many),
        cmocka_unit_test(change_keeps_the_volume_key),
        cmocka_unit_test(new_volume_has_a_new_key),
        cmocka_unit_test(destroyed_is_gone),
        cmocka_unit_test(another_uid_opens_nothing),
        cmocka_unit_test(as_documented),
        cmocka_unit_test(each_flipped_bit_shows),
        cmocka_unit_test(replay_shows_in_the_counter),
        cmocka_unit_test(same_record_same_bytes),
        cmocka_unit_test(random_never_repeats),
        cmocka_unit_test(stirred_numbers_do_not_follow),
        cmocka_unit_test(pairing_key_is_the_t2s_own),
        cmocka_unit_test(sealed_secrets_are_the_t2s_own),
        cmocka_unit_test(longest_password),
        cmocka_unit_test(delays_grow),
        cmocka_unit_test(every_result_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
