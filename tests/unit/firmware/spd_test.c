/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's SMBus driver and its reading of SPD EEPROMs, good and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "devices/memory/dimm.h"
#include "emu/machine/map.h"
#include "firmware/drivers/smbus.h"
#include "firmware/drivers/spd.h"
#include "tests/unit/firmware/fake_pci.h"
#include "tests/unit/firmware/fake_smbus.h"

#define CYCLES_MS 3200000ull
#define GIB       0x40000000ull
#define MIB       0x100000ull
#define SMBUS_BDF PCI_BDF(0, 0x1f, 4)

/* Bytes 0-47 and 120-127 of the real 8 GB module that hardware.md 4.3 tells of; all others are 0. */
static const uint8_t spd8_start[] = {
    0x23, 0x11, 0x0c, 0x01, 0x85, 0x21, 0x00, 0x08, 0x00, 0x60, 0x00, 0x03, 0x01, 0x0b, 0x80, 0x00,
    0x00, 0x00, 0x06, 0x0d, 0xf8, 0x3f, 0x00, 0x00, 0x6e, 0x6e, 0x6e, 0x11, 0x00, 0x6e, 0xf0, 0x0a,
    0x20, 0x08, 0x00, 0x05, 0x00, 0xa8, 0x18, 0x28, 0x28, 0x00, 0x78, 0x00, 0x14, 0x3c, 0x00, 0x00,
};
static const uint8_t spd8_end[] = {0x00, 0x00, 0x00, 0x00, 0xe7, 0x00, 0x00, 0x30};
static const uint8_t spd8_maker[SPD_MAKER_BYTES] = "\x80\xad\x01\x17\x45\x12\x34\x56\x78"
                                                   "HMA81GR7AFR8N-VK    ";

static void make_spd8(uint8_t *raw)
{
    memset(raw, 0, SPD_BASE_BYTES);
    memcpy(raw, spd8_start, sizeof(spd8_start));
    raw[0x76] = 0x9c;
    memcpy(raw + SPD_BASE_BYTES - sizeof(spd8_end), spd8_end, sizeof(spd8_end));
}

static void sign(uint8_t *raw)
{
    uint16_t crc = spd_crc(raw, 126);

    raw[126] = (uint8_t)crc;
    raw[127] = (uint8_t)(crc >> 8);
}

static void plug(unsigned socket, uint64_t bytes, bool has_ecc)
{
    struct error err = ERROR_INIT;
    struct dimm dimm;

    assert_int_equal(dimm_make(&dimm, bytes, socket, has_ecc, &err), 0);
    dimm_spd(&dimm, fake_smbus()->spd[socket]);
    fake_smbus()->is_present[socket] = true;
}

static int set_up(void **state)
{
    (void)state;
    fake_smbus_reset();
    return 0;
}

static void the_published_module_is_understood(void **state)
{
    struct memory_module module;
    uint8_t raw[SPD_BASE_BYTES];

    (void)state;
    make_spd8(raw);
    assert_int_equal(spd_crc(raw, 126), 0x3000);
    assert_null(spd_parse_base(raw, &module));
    spd_parse_maker(spd8_maker, &module);
    assert_true(module.bytes == 8 * GIB);
    assert_int_equal(module.ranks, 1);
    assert_int_equal(module.width, 8);
    assert_int_equal(module.row_bits, 16);
    assert_int_equal(module.column_bits, 10);
    assert_true(module.has_ecc);
    assert_int_equal(module.speed, 2666);
    assert_int_equal(module.maker, 0x80ad);
    assert_int_equal(module.serial, 0x12345678);
    assert_string_equal(module.part, "HMA81GR7AFR8N-VK");
}

static void the_other_published_modules_differ_as_they_should(void **state)
{
    struct memory_module module;
    uint8_t raw[SPD_BASE_BYTES];

    (void)state;
    make_spd8(raw);
    raw[12] = 0x09;
    sign(raw);
    assert_null(spd_parse_base(raw, &module));
    assert_true(module.bytes == 16 * GIB);
    assert_int_equal(module.ranks, 2);
    raw[5] = 0x29;
    raw[12] = 0x08;
    sign(raw);
    assert_null(spd_parse_base(raw, &module));
    assert_true(module.bytes == 32 * GIB);
    assert_int_equal(module.row_bits, 17);
    assert_int_equal(module.width, 4);
}

static void every_module_there_is_is_read(void **state)
{
    (void)state;
    for (uint64_t bytes = DIMM_BYTES_MIN; bytes <= DIMM_BYTES_MAX; bytes *= 2) {
        for (unsigned ecc = 0; ecc < 2; ecc++) {
            struct memory_module modules[MEMORY_SOCKETS];
            struct error err = ERROR_INIT;
            struct dimm dimm;
            unsigned failed;

            fake_smbus_reset();
            plug(2, bytes, ecc != 0);
            assert_int_equal(dimm_make(&dimm, bytes, 2, ecc != 0, &err), 0);
            assert_null(spd_read(modules, &failed));
            assert_true(modules[2].bytes == bytes);
            assert_int_equal(modules[2].ranks, dimm.ranks);
            assert_int_equal(modules[2].width, dimm.width);
            assert_int_equal(modules[2].row_bits, dimm.row_bits);
            assert_int_equal(modules[2].column_bits, dimm.column_bits);
            assert_int_equal(modules[2].has_ecc, ecc);
            assert_int_equal(modules[2].serial, dimm.serial);
            assert_string_equal(modules[2].part, dimm.part);
            assert_int_equal(modules[2].maker, 0x80ad);
            assert_true(modules[0].bytes == 0 && modules[1].bytes == 0 && modules[3].bytes == 0);
        }
    }
}

static void speeds_are_standard_ones(void **state)
{
    static const struct {
        uint8_t tck, fine;
        uint16_t speed;
    } rows[] = {
        {5, 0x00, 3200}, {6, 0xbc, 2933}, {6, 0x00, 2666},  {7, 0xd6, 2400},
        {8, 0xc1, 2133}, {9, 0xca, 1866}, {10, 0x00, 1600}, {200, 0x00, 1600},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct memory_module module;
        uint8_t raw[SPD_BASE_BYTES];

        make_spd8(raw);
        raw[18] = rows[i].tck;
        raw[125] = rows[i].fine;
        sign(raw);
        assert_null(spd_parse_base(raw, &module));
        assert_int_equal(module.speed, rows[i].speed);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        uint8_t at, value;
    } rows[] = {
        {2, 0x0b},                          /* DDR3 */
        {4, 0x86},  {4, 0x45},  {4, 0x95},  /* density; banks and groups */
        {4, 0x8f},                          /* no such density */
        {5, 0x19},  {5, 0x39},  {5, 0x20},  /* rows, columns */
        {5, 0x22},                          /* 11 columns */
        {6, 0x92},                          /* 3DS */
        {12, 0x02}, {12, 0x10}, {12, 0x20}, /* x16; 3 ranks; 5 ranks */
        {12, 0x38}, {12, 0x00},             /* 8 ranks; x4 of too many rows */
        {13, 0x0a}, {13, 0x13}, {13, 0x1b}, /* 32 bits; unknown extensions */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct memory_module module;
        uint8_t raw[SPD_BASE_BYTES];

        make_spd8(raw);
        raw[rows[i].at] = rows[i].value;
        assert_string_equal(spd_parse_base(raw, &module), "the checksum of its SPD is wrong");
        sign(raw);
        assert_non_null(spd_parse_base(raw, &module));
    }
}

static void random_contents_never_make_a_strange_module(void **state)
{
    uint32_t seed = 99;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        struct memory_module module;
        uint8_t raw[SPD_BASE_BYTES];

        make_spd8(raw);
        for (unsigned i = 0; i < 4; i++) {
            seed = seed * 1664525u + 1013904223u;
            raw[(seed >> 24) % 20] = (uint8_t)(seed >> 8);
        }
        sign(raw);
        if (spd_parse_base(raw, &module) == NULL) {
            assert_true((module.bytes & (module.bytes - 1)) == 0);
            assert_true(module.bytes >= 512 * MIB && module.bytes <= 512 * GIB);
            assert_true(module.bytes ==
                        (128ull << (module.row_bits + module.column_bits)) * module.ranks);
        }
    }
}

static void strange_part_numbers_become_text(void **state)
{
    uint8_t raw[SPD_MAKER_BYTES];
    struct memory_module module = {0};

    (void)state;
    memset(raw, 0xff, sizeof(raw));
    spd_parse_maker(raw, &module);
    assert_string_equal(module.part, "????????????????????");
    memset(raw, 0, sizeof(raw));
    spd_parse_maker(raw, &module);
    assert_string_equal(module.part, "");
}

static void four_modules_take_some_sixty_milliseconds(void **state)
{
    struct memory_module modules[MEMORY_SOCKETS];
    unsigned failed;

    (void)state;
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        plug(i, 8 * GIB, true);
    }
    assert_null(spd_read(modules, &failed));
    assert_true(fake_smbus()->now < 64 * CYCLES_MS);
    assert_int_equal(fake_smbus()->page, 0);
    assert_int_not_equal(modules[0].serial, modules[3].serial);
}

static void nobody_is_no_error(void **state)
{
    struct memory_module modules[MEMORY_SOCKETS];
    unsigned failed;

    (void)state;
    assert_null(spd_read(modules, &failed));
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        assert_true(modules[i].bytes == 0);
    }
    assert_true(fake_smbus()->now < CYCLES_MS);
}

static void a_module_that_falls_silent_is_named(void **state)
{
    struct memory_module modules[MEMORY_SOCKETS];
    unsigned failed;

    (void)state;
    plug(0, 8 * GIB, true);
    plug(1, 8 * GIB, true);
    fake_smbus()->silent_after = 7; /* page, four sockets, page, maker of A0 */
    assert_string_equal(spd_read(modules, &failed), "its SPD answers no more");
    assert_int_equal(failed, 1);
    set_up(NULL);
    plug(3, 8 * GIB, true);
    fake_smbus()->spd[3][40] ^= 1;
    assert_string_equal(spd_read(modules, &failed), "the checksum of its SPD is wrong");
    assert_int_equal(failed, 3);
}

static void collisions_are_tried_again_a_few_times(void **state)
{
    struct memory_module modules[MEMORY_SOCKETS];
    unsigned failed;
    uint8_t byte;

    (void)state;
    plug(0, 8 * GIB, true);
    fake_smbus()->collisions = 2;
    assert_null(spd_read(modules, &failed));
    fake_smbus()->collisions = 3;
    assert_int_equal(smbus_read_block(0x50, 0, &byte, 1), SMBUS_COLLISION);
    assert_int_equal(smbus_read_block(0x50, 1, &byte, 1), SMBUS_OK);
    assert_int_equal(byte, 0x11);
    fake_smbus()->collisions = 1000;
    assert_string_equal(spd_read(modules, &failed), "the SMBus is never free");
    assert_int_equal(failed, MEMORY_SOCKETS);
}

static void what_never_ends_is_ended(void **state)
{
    struct memory_module modules[MEMORY_SOCKETS];
    unsigned failed;
    uint8_t byte;

    (void)state;
    plug(0, 8 * GIB, true);
    fake_smbus()->is_stuck = true;
    assert_int_equal(smbus_read_block(0x50, 0, &byte, 1), SMBUS_FAILED);
    assert_true(fake_smbus()->now < 60 * CYCLES_MS);
    assert_string_equal(spd_read(modules, &failed), "the SMBus does not work");
    fake_smbus()->is_stuck = false;
    assert_null(spd_read(modules, &failed));
    fake_smbus()->always_fails = true;
    assert_int_equal(smbus_send_byte(0x36, 0), SMBUS_FAILED);
    fake_smbus()->always_fails = false;
    assert_int_equal(smbus_send_byte(0x36, 0), SMBUS_OK);
}

static void blocks_have_any_length_and_address(void **state)
{
    uint8_t block[SMBUS_BLOCK_MAX];

    (void)state;
    plug(0, 8 * GIB, true);
    for (unsigned bytes = 1; bytes <= 128; bytes++) {
        memset(block, 0xee, sizeof(block));
        assert_int_equal(smbus_read_block(0x50, (uint8_t)bytes, block, bytes), SMBUS_OK);
        assert_memory_equal(block, fake_smbus()->spd[0] + bytes, bytes);
    }
    assert_int_equal(smbus_read_block(0x51, 0, block, 32), SMBUS_NO_ANSWER);
    assert_int_equal(smbus_read_block(0x18, 0, block, 32), SMBUS_NO_ANSWER);
}

static void the_controller_is_left_as_it_was_found(void **state)
{
    static struct fake_pci fake;
    struct pci_access pci = fake_pci_access(&fake);
    unsigned index;

    (void)state;
    fake.count = 0;
    assert_false(smbus_open(&pci));
    index = fake_add(&fake, -1, 0, SMBUS_BDF & 0xff, 0xa2a38086);
    fake_bar(&fake, index, 4, 32, PCI_BAR_IO);
    fake.function[index].mask[0x40 / 4] = 0xff;
    fake.function[index].config[0x40] = 0x04;
    assert_true(smbus_open(&pci));
    assert_int_equal(fake_get(&fake, index, 0x40, 1), 0x01);
    assert_int_equal(fake_get(&fake, index, 0x20, 4), MAP_PORT_SMBUS_BASE | PCI_BAR_IO);
    assert_int_equal(fake_get(&fake, index, PCI_COMMAND, 2), PCI_COMMAND_IO);
    smbus_close(&pci);
    assert_int_equal(fake_get(&fake, index, 0x20, 4), PCI_BAR_IO);
    assert_int_equal(fake_get(&fake, index, PCI_COMMAND, 2), 0);
    fake_smbus()->is_absent = true;
    assert_false(smbus_open(&pci));
    fake_smbus_reset();
    fake_smbus()->status = 0x01; /* busy since before the reset */
    assert_true(smbus_open(&pci));
    fake_smbus()->status = 0x01;
    fake_smbus()->ignores_kill = true;
    assert_false(smbus_open(&pci));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_published_module_is_understood, set_up),
        cmocka_unit_test_setup(the_other_published_modules_differ_as_they_should, set_up),
        cmocka_unit_test_setup(every_module_there_is_is_read, set_up),
        cmocka_unit_test_setup(speeds_are_standard_ones, set_up),
        cmocka_unit_test_setup(what_makes_no_sense_is_refused, set_up),
        cmocka_unit_test_setup(random_contents_never_make_a_strange_module, set_up),
        cmocka_unit_test_setup(strange_part_numbers_become_text, set_up),
        cmocka_unit_test_setup(four_modules_take_some_sixty_milliseconds, set_up),
        cmocka_unit_test_setup(nobody_is_no_error, set_up),
        cmocka_unit_test_setup(a_module_that_falls_silent_is_named, set_up),
        cmocka_unit_test_setup(collisions_are_tried_again_a_few_times, set_up),
        cmocka_unit_test_setup(what_never_ends_is_ended, set_up),
        cmocka_unit_test_setup(blocks_have_any_length_and_address, set_up),
        cmocka_unit_test_setup(the_controller_is_left_as_it_was_found, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
