/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot window's directory: good ones, each way to be bad, and random damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/boot/window.h"
#include "firmware/lib/bytes.h"

#define WINDOW_BYTES         0x4000u
#define ENTRY(window, index) ((window) + BOOT_HEADER_BYTES + (index)*BOOT_ENTRY_BYTES)

/* A kernel of 5000 bytes at 0x1000 and a command line at 0x3000. On the heap: ASan watches its end. */
static uint8_t *make_window(void)
{
    uint8_t *window = calloc(1, WINDOW_BYTES);

    assert_non_null(window);
    memcpy(window, BOOT_MAGIC, 8);
    put_le32(window + 8, BOOT_VERSION);
    put_le32(window + 12, 2);
    put_le64(window + 16, WINDOW_BYTES);
    put_le64(window + 24, BOOT_HEADER_BYTES);
    put_le32(window + 32, 4);
    put_le32(window + 36, BOOT_PROTO_LINUX);
    put_le64(window + 40, 0x123456789a);
    put_le64(window + 56, 0xbb900000);
    put_le32(ENTRY(window, 0), BOOT_ENTRY_KERNEL);
    put_le64(ENTRY(window, 0) + 8, 0x1000);
    put_le64(ENTRY(window, 0) + 16, 5000);
    put_le64(ENTRY(window, 0) + 32, 5000);
    memcpy(ENTRY(window, 0) + 40, "a name of 24 characters!", 24);
    put_le32(ENTRY(window, 1), BOOT_ENTRY_CMDLINE);
    put_le64(ENTRY(window, 1) + 8, 0x3000);
    put_le64(ENTRY(window, 1) + 16, 8);
    put_le64(ENTRY(window, 1) + 32, 8);
    memcpy(window + 0x3000, "console", 8);
    return window;
}

static int set_up(void **state)
{
    *state = make_window();
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static const char *parse(const uint8_t *raw)
{
    struct boot_window window;

    return boot_window_parse(&window, raw, WINDOW_BYTES);
}

static void a_good_window(void **state)
{
    struct boot_window window;

    assert_null(boot_window_parse(&window, *state, WINDOW_BYTES));
    assert_int_equal(window.count, 2);
    assert_int_equal(window.cores, 4);
    assert_int_equal(window.protocol, BOOT_PROTO_LINUX);
    assert_true(window.entry_addr == 0x123456789a);
    assert_true(window.memory_limit == 0xbb900000);
    assert_string_equal(window.entry[0].name, "a name of 24 characters!");
    assert_int_equal(window.entry[0].bytes, 5000);
    assert_ptr_equal(boot_window_find(&window, BOOT_ENTRY_CMDLINE), &window.entry[1]);
    assert_string_equal((const char *)window.entry[1].data, "console");
    assert_null(boot_window_find(&window, BOOT_ENTRY_INITRD));
}

static void no_window_at_all(void **state)
{
    uint8_t *raw = *state;

    memset(raw, 0xff, WINDOW_BYTES);
    assert_string_equal(parse(raw), "there is no boot window");
    assert_string_equal(boot_window_parse(&(struct boot_window){0}, raw, 0),
                        "there is no boot window");
}

static void bad_headers(void **state)
{
    static const struct {
        unsigned offset;
        uint64_t value;
        unsigned bytes;
    } bad[] = {
        {0, 0, 4}, /* magic */
        {8, BOOT_VERSION + 1, 4},
        {12, BOOT_ENTRIES_MAX + 1, 4},
        {12, 0xffffffff, 4},
        {16, WINDOW_BYTES + 1, 8}, /* longer than what may be touched */
        {16, BOOT_HEADER_BYTES - 1, 8},
        {16, UINT64_MAX, 8},
        {24, WINDOW_BYTES - BOOT_ENTRY_BYTES, 8}, /* only one of two fits */
        {24, WINDOW_BYTES + 1, 8},
        {24, UINT64_MAX - 63, 8},
        {32, 0, 4},
        {32, BOOT_CORES_MAX + 1, 4},
        {36, BOOT_PROTO_REFUSED + 1, 4},
        {56, 0x180001, 8}, /* not a whole number of MiB */
        {56, 0x80000, 8},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t *raw = make_window();

        if (bad[i].bytes == 4) {
            put_le32(raw + bad[i].offset, (uint32_t)bad[i].value);
        } else {
            put_le64(raw + bad[i].offset, bad[i].value);
        }
        assert_non_null(parse(raw));
        free(raw);
    }
    assert_null(parse(*state));
}

static void bad_entries(void **state)
{
    static const struct {
        unsigned offset;
        uint64_t value;
    } bad[] = {
        {0, 0}, /* type */
        {0, BOOT_ENTRY_TEXT + 1},
        {0, BOOT_ENTRY_CMDLINE}, /* the second of its kind */
        {8, 0x1001},             /* not at a page */
        {8, WINDOW_BYTES + 0x1000},
        {8, UINT64_MAX - 0xfff},
        {16, WINDOW_BYTES}, /* ends outside */
        {16, UINT64_MAX},
        {24, UINT64_MAX - 4998}, /* load address + size wraps */
        {32, 4999},              /* less memory than data */
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t *raw = make_window();

        put_le64(ENTRY(raw, 0) + bad[i].offset, bad[i].value);
        assert_non_null(parse(raw));
        free(raw);
    }
    assert_null(parse(*state));
}

/* What the machine hands over in the place of a payload that may not run. */
static void a_refusal(void **state)
{
    struct boot_window window;
    uint8_t *raw = *state;

    put_le32(raw + 36, BOOT_PROTO_REFUSED);
    put_le32(ENTRY(raw, 1), BOOT_ENTRY_TEXT);
    assert_null(boot_window_parse(&window, raw, WINDOW_BYTES));
    assert_string_equal((const char *)boot_window_find(&window, BOOT_ENTRY_TEXT)->data, "console");
    put_le64(ENTRY(raw, 1) + 16, 7);
    assert_non_null(parse(raw)); /* no end */
    put_le64(ENTRY(raw, 1) + 16, 8);
    put_le32(ENTRY(raw, 0), BOOT_ENTRY_TEXT);
    assert_non_null(parse(raw)); /* two */
}

static void a_command_line_without_end(void **state)
{
    uint8_t *raw = *state;

    put_le64(ENTRY(raw, 1) + 16, 7);
    assert_non_null(parse(raw));
}

static void random_damage_is_survived(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t *raw = make_window();
        struct boot_window window;

        for (unsigned i = 0; i < 4; i++) {
            seed = seed * 1664525u + 1013904223u;
            raw[(seed >> 8) % 192] = (uint8_t)(seed >> 24);
        }
        if (boot_window_parse(&window, raw, WINDOW_BYTES) == NULL) {
            for (unsigned i = 0; i < window.count; i++) {
                const struct boot_entry *entry = &window.entry[i];
                size_t offset = (size_t)(entry->data - raw);

                assert_true(offset <= WINDOW_BYTES && entry->bytes <= WINDOW_BYTES - offset);
            }
        }
        free(raw);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_window_at_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_command_line_without_end, set_up, tear_down),
        cmocka_unit_test(random_damage_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
