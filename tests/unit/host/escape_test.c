/* SPDX-License-Identifier: GPL-2.0-only */
/* The escape key, in one piece and cut at every place. */
#include "emu/host/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"

struct expected {
    const char *typed;
    const char *kept; /* up to the first command */
    enum escape_command command;
};

static const struct expected cases[] = {
    {"ls\r", "ls\r", ESCAPE_NONE},
    {"\001x", "", ESCAPE_QUIT},
    {"\001X", "", ESCAPE_QUIT},
    {"ab\001h", "ab", ESCAPE_HELP},
    {"\001?", "", ESCAPE_HELP},
    {"c\001d", "c", ESCAPE_DEBUG},
    {"\001D", "", ESCAPE_DEBUG},
    {"\001\001", "\001", ESCAPE_NONE},
    {"\001a", "\001", ESCAPE_NONE},
    {"\001A", "\001", ESCAPE_NONE},
    {"a\001\001x", "a\001x", ESCAPE_NONE},
    {"q\001z", "q", ESCAPE_UNKNOWN},
    {"\003\004\032", "\003\004\032", ESCAPE_NONE},
};

static void in_one_piece(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct escape escape = {.is_pending = false};
        uint8_t keys[16];
        size_t count = strlen(cases[i].typed);
        size_t used;
        size_t kept;

        memcpy(keys, cases[i].typed, count);
        assert_int_equal(escape_filter(&escape, keys, count, &used, &kept), cases[i].command);
        assert_int_equal(used, count);
        assert_int_equal(kept, strlen(cases[i].kept));
        assert_memory_equal(keys, cases[i].kept, kept);
    }
}

static void key_by_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct escape escape = {.is_pending = false};
        enum escape_command command = ESCAPE_NONE;
        char text[16] = "";
        size_t length = 0;

        for (const char *typed = cases[i].typed; *typed; typed++) {
            uint8_t key = (uint8_t)*typed;
            size_t used;
            size_t kept;

            assert_int_equal(command, ESCAPE_NONE);
            command = escape_filter(&escape, &key, 1, &used, &kept);
            assert_int_equal(used, 1);
            if (kept) text[length++] = (char)key;
        }
        assert_int_equal(command, cases[i].command);
        assert_string_equal(text, cases[i].kept);
    }
}

static void stops_at_the_first_command(void **state)
{
    struct escape escape = {.is_pending = false};
    uint8_t keys[] = {'a', 1, 'h', 'b', 1, 'x'};
    size_t used;
    size_t kept;

    (void)state;
    assert_int_equal(escape_filter(&escape, keys, sizeof(keys), &used, &kept), ESCAPE_HELP);
    assert_int_equal(used, 3);
    assert_int_equal(kept, 1);
    assert_int_equal(escape_filter(&escape, keys + 3, 3, &used, &kept), ESCAPE_QUIT);
    assert_int_equal(used, 3);
    assert_int_equal(kept, 1);
    assert_int_equal(keys[3], 'b');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_one_piece),
        cmocka_unit_test(key_by_key),
        cmocka_unit_test(stops_at_the_first_command),
    };

    return cmocka_run_group_tests_name("escape key", tests, NULL, NULL);
}
