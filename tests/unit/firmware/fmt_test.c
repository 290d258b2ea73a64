/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatted text and the small memory functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/lib/arena.h"
#include "firmware/lib/bytes.h"
#include "firmware/lib/fmt.h"
#include "firmware/lib/mem.h"

struct text {
    char bytes[128];
    size_t count;
};

static void put(void *ctx, char c)
{
    struct text *text = ctx;

    assert_true(text->count < sizeof(text->bytes) - 1);
    text->bytes[text->count++] = c;
}

static void gives(const char *expected, const char *format, ...)
{
    struct text text = {.count = 0};
    const struct fmt_sink sink = {.put = put, .ctx = &text};
    va_list args;

    va_start(args, format);
    fmt_print(&sink, format, args);
    va_end(args);
    assert_string_equal(text.bytes, expected);
}

static void conversions(void **state)
{
    (void)state;
    gives("plain 100%", "plain 100%%");
    gives("a string, x", "%s, %c", "a string", 'x');
    gives("(null)", "%s", (char *)NULL);
    gives("0 4294967295", "%u %u", 0u, 0xffffffffu);
    gives("18446744073709551615", "%lu", UINT64_MAX);
    gives("deadbeef 00c0ffee", "%x %08x", 0xdeadbeefu, 0xc0ffeeu);
    gives("    7|0000000012345678", "%5u|%016lx", 7u, (uint64_t)0x12345678);
}

static void unknown_conversions_are_printed(void **state)
{
    (void)state;
    gives("d", "%d");
    gives("end", "end%");
    gives("end", "end%08l");
}

static void integers_are_little_endian(void **state)
{
    uint8_t bytes[9] = {0};

    (void)state;
    put_le64(bytes + 1, 0x8877665544332211);
    assert_int_equal(bytes[1], 0x11);
    assert_int_equal(bytes[8], 0x88);
    assert_int_equal(get_le16(bytes + 1), 0x2211);
    assert_int_equal(get_le32(bytes + 5), 0x88776655);
    assert_true(get_le64(bytes + 1) == 0x8877665544332211);
}

static void an_arena_aligns_physical_addresses(void **state)
{
    uint8_t memory[64];
    struct arena arena = {.memory = memory, .addr = 0x1008, .bytes = sizeof(memory)};
    uint8_t *p;

    (void)state;
    memset(memory, 0xff, sizeof(memory));
    p = arena_alloc(&arena, 3, 16);
    assert_ptr_equal(p, memory + 8);
    assert_int_equal(arena_addr(&arena, p), 0x1010);
    assert_int_equal(p[0] | p[1] | p[2], 0);
    assert_int_equal(p[3], 0xff);
    assert_null(arena_alloc(&arena, 64, 1));
    assert_null(arena_alloc(&arena, 1, 4096));
    assert_ptr_equal(arena_alloc(&arena, 53, 1), memory + 11);
    assert_null(arena_alloc(&arena, 1, 1));
}

static void strings_and_sums(void **state)
{
    static const uint8_t bytes[] = {200, 100, 1};

    (void)state;
    assert_int_equal(str_length("abc", 10), 3);
    assert_int_equal(str_length("abc", 2), 2);
    assert_int_equal(sum8(bytes, 3), (200 + 100 + 1) & 0xff);
    assert_true(align_up(5, 4) == 8 && align_up(8, 4) == 8 && align_down(7, 4) == 4);
    assert_true(align_up(UINT64_MAX, 4096) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions),
        cmocka_unit_test(unknown_conversions_are_printed),
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(an_arena_aligns_physical_addresses),
        cmocka_unit_test(strings_and_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
