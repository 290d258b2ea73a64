/* SPDX-License-Identifier: GPL-2.0-only */
/* Modules and their SPD: the images of the reference, every capacity, every refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/memory/dimm.h"
#include "emu/base/bits.h"

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)

#define SERIAL_FIRST 325u
#define SERIAL_LAST  328u
#define PART_FIRST   329u
#define PART_LAST    348u

struct byte_at {
    uint16_t offset;
    uint8_t value;
};

/* What the reference's images (reference/hardware.md 4.3, accepted by decode-dimms) hold beside
 * zeroes, the serial number and the part number. */
static const struct byte_at image_8g[] = {
    {0, 0x23},   {1, 0x11},   {2, 0x0c},   {3, 0x01},   {4, 0x85},   {5, 0x21},   {7, 0x08},
    {9, 0x60},   {11, 0x03},  {12, 0x01},  {13, 0x0b},  {14, 0x80},  {18, 0x06},  {19, 0x0d},
    {20, 0xf8},  {21, 0x3f},  {24, 0x6e},  {25, 0x6e},  {26, 0x6e},  {27, 0x11},  {29, 0x6e},
    {30, 0xf0},  {31, 0x0a},  {32, 0x20},  {33, 0x08},  {35, 0x05},  {37, 0xa8},  {38, 0x18},
    {39, 0x28},  {40, 0x28},  {42, 0x78},  {44, 0x14},  {45, 0x3c},  {118, 0x9c}, {124, 0xe7},
    {127, 0x30}, {128, 0x11}, {129, 0x11}, {130, 0x03}, {131, 0x05}, {254, 0xdc}, {255, 0x34},
    {320, 0x80}, {321, 0xad}, {322, 0x01}, {323, 0x17}, {324, 0x45}, {350, 0x80}, {351, 0xad},
    {352, 0xff},
};
/* Where the images of 16 and 32 GB differ from it. */
static const struct byte_at image_16g[] = {
    {12, 0x09}, {126, 0x19}, {127, 0xdd}, {131, 0x09}, {254, 0x59}, {255, 0xff},
};
static const struct byte_at image_32g[] = {
    {5, 0x29},   {12, 0x08},  {37, 0x60},  {126, 0x26}, {127, 0xa8},
    {130, 0x01}, {131, 0x09}, {254, 0xc7}, {255, 0x5a},
};

static void put(uint8_t *image, const struct byte_at *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        image[bytes[i].offset] = bytes[i].value;
    }
}

static void assert_image(uint64_t bytes, const struct byte_at *differences, size_t count)
{
    struct error err = ERROR_INIT;
    uint8_t expected[DIMM_SPD_BYTES] = {0};
    uint8_t spd[DIMM_SPD_BYTES];
    struct dimm dimm;

    assert_int_equal(dimm_make(&dimm, bytes, 2, true, &err), 0);
    dimm_spd(&dimm, spd);
    put(expected, image_8g, ARRAY_LEN(image_8g));
    if (count != 0) put(expected, differences, count);
    for (unsigned i = 0; i < DIMM_SPD_BYTES; i++) {
        if (i >= SERIAL_FIRST && i <= PART_LAST) continue;
        if (spd[i] != expected[i]) fail_msg("byte %u: %02x, not %02x", i, spd[i], expected[i]);
    }
    for (unsigned i = SERIAL_FIRST; i <= SERIAL_LAST; i++) {
        assert_int_equal(spd[i], (uint8_t)(dimm.serial >> (8 * (SERIAL_LAST - i))));
    }
    assert_memory_equal(spd + PART_FIRST, dimm.part, strlen(dimm.part));
    for (size_t i = PART_FIRST + strlen(dimm.part); i <= PART_LAST; i++) {
        assert_int_equal(spd[i], ' ');
    }
}

static void spd_equals_the_reference(void **state)
{
    (void)state;
    assert_image(8 * GIB, NULL, 0);
    assert_image(16 * GIB, image_16g, ARRAY_LEN(image_16g));
    assert_image(32 * GIB, image_32g, ARRAY_LEN(image_32g));
}

/* Annex L, bytes 4, 6, 12 and 13: capacity = density / 8 x bus width / chip width x ranks. */
static void spd_capacity_formula(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 8; shift++) {
        for (unsigned ecc = 0; ecc < 2; ecc++) {
            struct error err = ERROR_INIT;
            uint64_t bytes = DIMM_BYTES_MIN << shift;
            uint8_t spd[DIMM_SPD_BYTES];
            struct dimm dimm;
            uint64_t chip;

            assert_int_equal(dimm_make(&dimm, bytes, 0, ecc != 0, &err), 0);
            dimm_spd(&dimm, spd);
            chip = UINT64_C(256) * MIB << (spd[4] & 0xf);
            assert_int_equal(chip / 8 * (8u << (spd[13] & 7)) / (4u << (spd[12] & 7)) *
                                 ((spd[12] >> 3 & 7) + 1u),
                             bytes);
            assert_int_equal((spd[5] >> 3 & 7) + 12, dimm.row_bits);
            assert_int_equal((spd[5] & 7) + 9, dimm.column_bits);
            assert_int_equal(spd[13] >> 3, ecc);
        }
    }
}

static void spd_of_an_empty_socket(void **state)
{
    static const struct dimm empty = {0};
    uint8_t spd[DIMM_SPD_BYTES];

    (void)state;
    dimm_spd(&empty, spd);
    for (unsigned i = 0; i < DIMM_SPD_BYTES; i++) {
        assert_int_equal(spd[i], 0xff);
    }
}

static void spd_of_the_longest_part_number(void **state)
{
    struct error err = ERROR_INIT;
    uint8_t spd[DIMM_SPD_BYTES];
    struct dimm dimm;

    (void)state;
    assert_int_equal(dimm_make(&dimm, 8 * GIB, 0, true, &err), 0);
    memcpy(dimm.part, "12345678901234567890", DIMM_PART_BYTES + 1);
    dimm_spd(&dimm, spd);
    assert_memory_equal(spd + PART_FIRST, "12345678901234567890", DIMM_PART_BYTES);
    assert_int_equal(spd[PART_LAST + 1], 0);
}

static void serial_numbers_differ(void **state)
{
    struct error err = ERROR_INIT;
    struct dimm_set set;

    (void)state;
    assert_int_equal(dimm_set_make(&set, 32 * GIB, true, &err), 0);
    for (unsigned i = 1; i < DIMM_SOCKETS; i++) {
        assert_int_not_equal(set.socket[i].serial, set.socket[i - 1].serial);
    }
}

static void no_other_capacity(void **state)
{
    static const uint64_t wrong[] = {0, 1, 256 * MIB, 3 * GIB, 8 * GIB + 1, 128 * GIB, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct error err = ERROR_INIT;
        struct dimm dimm;

        assert_int_equal(dimm_make(&dimm, wrong[i], 0, true, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.text, "512M, 1G, 2G, 4G, 8G, 16G, 32G and 64G"));
    }
}

struct made {
    uint64_t bytes;
    uint64_t each;
    unsigned count;
    uint64_t limit;
};

static void sets(void **state)
{
    static const struct made cases[] = {
        {16 * MIB, 512 * MIB, 1, 16 * MIB},
        {512 * MIB, 512 * MIB, 1, 0},
        {1 * GIB, 1 * GIB, 1, 0},
        {2 * GIB, 512 * MIB, 4, 0},
        {2 * GIB - MIB, 2 * GIB, 1, 2 * GIB - MIB},
        {2 * GIB + MIB, 1 * GIB, 4, 2 * GIB + MIB},
        {3 * GIB, 1 * GIB, 4, 3 * GIB},
        {8 * GIB, 2 * GIB, 4, 0},
        {32 * GIB, 8 * GIB, 4, 0},
        {48 * GIB, 16 * GIB, 4, 48 * GIB},
        {64 * GIB, 16 * GIB, 4, 0},
        {65 * GIB, 32 * GIB, 4, 65 * GIB},
        {128 * GIB, 32 * GIB, 4, 0},
        {129 * GIB, 64 * GIB, 4, 129 * GIB},
        {256 * GIB, 64 * GIB, 4, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        struct dimm_set set;

        assert_int_equal(dimm_set_make(&set, cases[i].bytes, true, &err), 0);
        assert_int_equal(dimm_set_check(&set, &err), 0);
        assert_int_equal(dimm_set_bytes(&set), cases[i].bytes);
        assert_int_equal(set.limit, cases[i].limit);
        for (unsigned n = 0; n < DIMM_SOCKETS; n++) {
            assert_int_equal(set.socket[n].bytes, n < cases[i].count ? cases[i].each : 0);
        }
    }
}

/* Each whole number of MiB makes a set that passes the check. */
static void every_size_makes_a_set(void **state)
{
    (void)state;
    for (uint64_t mib = 16; mib <= 256 * 1024; mib += mib < 4096 ? 1 : 251) {
        struct error err = ERROR_INIT;
        struct dimm_set set;

        assert_int_equal(dimm_set_make(&set, mib * MIB, mib % 2 == 0, &err), 0);
        assert_int_equal(dimm_set_check(&set, &err), 0);
        assert_int_equal(dimm_set_bytes(&set), mib * MIB);
    }
}

static void impossible_sizes(void **state)
{
    static const uint64_t wrong[] = {
        0, 15 * MIB, 16 * MIB + 1, GIB + 4096, 256 * GIB + MIB, UINT64_MAX, UINT64_MAX - MIB + 1};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct error err = ERROR_INIT;
        struct dimm_set set;

        assert_int_equal(dimm_set_make(&set, wrong[i], true, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.text, "from 16M to 256G"));
    }
}

static void assert_refused(const struct dimm_set *set, const char *text)
{
    struct error err = ERROR_INIT;

    assert_int_equal(dimm_set_check(set, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    if (strstr(err.text, text) == NULL) fail_msg("'%s' does not say '%s'", err.text, text);
}

static struct dimm_set four(uint64_t each)
{
    struct error err = ERROR_INIT;
    struct dimm_set set;

    assert_int_equal(dimm_set_make(&set, each * DIMM_SOCKETS, true, &err), 0);
    return set;
}

static void impossible_modules(void **state)
{
    static const struct dimm_set none = {.limit = MIB};
    struct dimm_set set;

    (void)state;
    assert_refused(&none, "no memory module");
    set = four(8 * GIB);
    set.socket[1].ranks = 3;
    assert_refused(&set, "socket B0 has 3 ranks; 1, 2 or 4");
    set = four(8 * GIB);
    set.socket[2].width = 16;
    assert_refused(&set, "4 or 8");
    set = four(8 * GIB);
    set.socket[3].row_bits = 19;
    assert_refused(&set, "12 to 18");
    set.socket[3].row_bits = 11;
    assert_refused(&set, "12 to 18");
    set = four(8 * GIB);
    set.socket[0].column_bits = 11;
    assert_refused(&set, "DDR4 has 10");
    set = four(8 * GIB);
    set.socket[0].ranks = 2;
    assert_refused(&set, "cannot hold 8192 MiB");
    set = four(8 * GIB);
    set.socket[0].ranks = 4;
    set.socket[0].row_bits = 18;
    set.socket[0].bytes = 128 * GIB;
    assert_refused(&set, "512 MiB to 64 GiB");
    set = four(8 * GIB);
    set.socket[2].has_ecc = false;
    assert_refused(&set, "cannot be mixed");
    set = four(8 * GIB);
    set.limit = MIB + 1;
    assert_refused(&set, "whole MiB");
    set = four(8 * GIB);
    memset(set.socket[0].part, 'x', sizeof(set.socket[0].part));
    assert_refused(&set, "printable");
    set = four(8 * GIB);
    set.socket[0].part[0] = '\n';
    assert_refused(&set, "printable");
}

static void remarks(void **state)
{
    static const char *const by_count[] = {"a quarter", "half", "three quarters"};
    static const unsigned empty[] = {3, 2, 0};
    struct dimm_set set = four(16 * GIB);
    struct error err = ERROR_INIT;

    (void)state;
    assert_null(dimm_set_remark(&set));
    for (unsigned i = 0; i < ARRAY_LEN(empty); i++) {
        set.socket[empty[i]] = (struct dimm){0};
        assert_non_null(strstr(dimm_set_remark(&set), by_count[2 - i]));
    }
    set = four(16 * GIB);
    assert_int_equal(dimm_make(&set.socket[3], 8 * GIB, 3, true, &err), 0);
    assert_non_null(strstr(dimm_set_remark(&set), "not equal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spd_equals_the_reference),
        cmocka_unit_test(spd_capacity_formula),
        cmocka_unit_test(spd_of_an_empty_socket),
        cmocka_unit_test(spd_of_the_longest_part_number),
        cmocka_unit_test(serial_numbers_differ),
        cmocka_unit_test(no_other_capacity),
        cmocka_unit_test(sets),
        cmocka_unit_test(every_size_makes_a_set),
        cmocka_unit_test(impossible_sizes),
        cmocka_unit_test(impossible_modules),
        cmocka_unit_test(remarks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
