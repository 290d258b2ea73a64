/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys and signatures as files: what is written is read, and nothing else is. */
#include "emu/crypto/signature_file.h"

#include <stdlib.h>

#include "tests/unit/crypto/hex.h"

static void test_kinds(void **state)
{
    static const char *const magics[] = {"SGKEYSEC", "SGKEYPUB", "SGSIGIMG", "SGSIGTKT"};
    static const size_t lengths[] = {40, 40, 72, 72};
    uint8_t payload[64];
    uint8_t file[SIGNATURE_FILE_MAX];

    (void)state;
    memset(payload, 0x5a, sizeof(payload));
    for (int i = 0; i < SIGNATURE_FILE_KINDS; i++) {
        assert_int_equal(signature_file_put((enum signature_file_kind)i, payload, file),
                         lengths[i]);
        assert_memory_equal(file, magics[i], 8);
        assert_memory_equal(file + 8, payload, lengths[i] - 8);
        for (int k = 0; k < SIGNATURE_FILE_KINDS; k++) {
            const uint8_t *got = signature_file_get((enum signature_file_kind)k, file, lengths[i]);

            assert_ptr_equal(got, k == i ? file + 8 : NULL);
        }
    }
}

/* On the heap: ASan watches the end. */
static void test_damaged(void **state)
{
    uint8_t good[SIGNATURE_FILE_MAX];

    (void)state;
    memset(good, 1, sizeof(good));
    (void)signature_file_put(SIGNATURE_FILE_IMAGE, good + 8, good);
    for (size_t bytes = 1; bytes <= SIGNATURE_FILE_MAX; bytes++) {
        uint8_t *cut = malloc(bytes);

        assert_non_null(cut);
        memcpy(cut, good, bytes);
        assert_int_equal(signature_file_get(SIGNATURE_FILE_IMAGE, cut, bytes) != NULL,
                         bytes == SIGNATURE_FILE_MAX);
        free(cut);
    }
    for (size_t bit = 0; bit < 64; bit++) {
        good[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_null(signature_file_get(SIGNATURE_FILE_IMAGE, good, sizeof(good)));
        good[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
