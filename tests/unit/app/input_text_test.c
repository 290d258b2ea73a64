/* SPDX-License-Identifier: GPL-2.0-only */
/* Text to presses of keys. */
#include "emu/app/input_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"

#define SHIFT 0x02

/* Presses as a text of usages, + down and - up, for example "+04 -04". */
static void write_presses(const struct action_list *list, char *text, size_t bytes)
{
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < list->count && at < bytes; i++) {
        assert_int_equal(list->items[i].kind, ACTION_KEY);
        at += (size_t)snprintf(text + at, bytes - at, "%s%c%02x", i == 0 ? "" : " ",
                               list->items[i].key.is_down ? '+' : '-', list->items[i].key.usage);
    }
}

static void expect_typed(const char *text, const char *presses)
{
    struct action_list list = ACTION_LIST_INIT;
    struct typist typist = {.list = &list, .down = TYPIST_DOWN, .up = TYPIST_UP};
    struct error err = ERROR_INIT;
    char typed[256];
    size_t where;

    if (typist_type(&typist, text, strlen(text), &where, &err) != 0) {
        fail_msg("%s: %s", text, err.text);
    }
    write_presses(&list, typed, sizeof(typed));
    assert_string_equal(typed, presses);
    action_list_release(&list);
}

static void characters_and_escapes(void **state)
{
    (void)state;
    expect_typed("", "");
    expect_typed("az", "+04 -04 +1d -1d");
    expect_typed("A", "+e1 +04 -04 -e1");
    expect_typed("1!0)", "+1e -1e +e1 +1e -1e -e1 +27 -27 +e1 +27 -27 -e1");
    expect_typed("\n\t ", "+28 -28 +2b -2b +2c -2c");
    expect_typed("\\n\\t\\r\\e\\b", "+28 -28 +2b -2b +28 -28 +29 -29 +2a -2a");
    expect_typed("\\\\\\\"", "+31 -31 +e1 +34 -34 -e1");
    expect_typed("\\x1b\\x41\\x03", "+29 -29 +e1 +04 -04 -e1 +e0 +06 -06 -e0");
    expect_typed("\\<", "+e1 +36 -36 -e1");
}

static void names_of_keys(void **state)
{
    (void)state;
    expect_typed("<f1><F12><f13><f24>", "+3a -3a +45 -45 +68 -68 +73 -73");
    expect_typed("<ctrl-alt-delete>", "+e0 +e2 +4c -4c -e0 -e2");
    expect_typed("<ctrl-c><ctrl-C>", "+e0 +06 -06 -e0 +e0 +e1 +06 -06 -e0 -e1");
    expect_typed("<shift>", "+e1 -e1");
    expect_typed("<right-alt><altgr-e>", "+e6 -e6 +e6 +08 -08 -e6");
    expect_typed("<alt-right>", "+e2 +4f -4f -e2");
    expect_typed("<ctrl-->", "+e0 +2d -2d -e0");
    expect_typed("<ctrl-minus>", "+e0 +2d -2d -e0");
    expect_typed("<>>", "+e1 +37 -37 -e1");
    expect_typed("<keypad-1><keypad-0><keypad-enter>", "+59 -59 +62 -62 +58 -58");
    expect_typed("<0x64><0xe7>", "+64 -64 +e7 -e7");
    expect_typed("<Page-Up><pagedown>", "+4b -4b +4e -4e");
}

/* Every printable character comes from one key, no two from the same press. */
static void every_printable_character_has_a_key(void **state)
{
    bool seen[2][256] = {{false}};

    (void)state;
    for (unsigned c = ' '; c <= '~'; c++) {
        struct key_press press = {0};

        assert_true(key_press_of_char((unsigned char)c, &press));
        assert_true(press.modifiers == 0 || press.modifiers == SHIFT);
        assert_false(seen[press.modifiers != 0][press.usage]);
        seen[press.modifiers != 0][press.usage] = true;
    }
}

struct bad {
    const char *text;
    size_t where;
    const char *says;
};

static void what_cannot_be_typed_is_told_with_its_place(void **state)
{
    static const struct bad bad[] = {
        {"ab\x7f", 2, "no key of a US keyboard makes the character 0x7f"},
        {"a\xc3\xa9", 1, "no key of a US keyboard makes '\xc3\xa9'; only ASCII can be typed"},
        {"\xff", 0, "no key of a US keyboard makes the character 0xff"},
        {"\\x00", 0, "no key of a US keyboard makes the character 0x00"},
        {"ls\\q", 2, "a backslash must be followed by"},
        {"\\", 0, "a backslash must be followed by"},
        {"\\x4", 0, "a backslash must be followed by"},
        {"\\xgg", 0, "a backslash must be followed by"},
        {"a < b", 2, "write \\< for the sign itself"},
        {"<f1\n>", 0, "write \\< for the sign itself"},
        {"<f25>", 0, "no key is called 'f25'"},
        {"<>", 0, "no key is called ''"},
        {"<ctrl->", 0, "no key is called 'ctrl-'; did you mean 'ctrl'?"},
        {"<ctrl-delte>", 0, "did you mean 'delete'?"},
        {"<0x00>", 0, "no key is called '0x00'"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct action_list list = ACTION_LIST_INIT;
        struct typist typist = {.list = &list, .down = TYPIST_DOWN, .up = TYPIST_UP};
        struct error err = ERROR_INIT;
        size_t where = 99;

        assert_int_equal(typist_type(&typist, bad[i].text, strlen(bad[i].text), &where, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        if (where != bad[i].where || strstr(err.text, bad[i].says) == NULL) {
            fail_msg("'%s': at %zu: %s", bad[i].text, where, err.text);
        }
        assert_null(strchr(err.text, '\n'));
        action_list_release(&list);
    }
}

static void a_press_takes_its_time(void **state)
{
    struct action_list list = ACTION_LIST_INIT;
    struct typist typist = {.list = &list, .when = 7, .down = VTIME_MS(3), .up = VTIME_MS(4)};
    struct error err = ERROR_INIT;
    size_t where;

    (void)state;
    assert_int_equal(typist_type(&typist, "aB", 2, &where, &err), 0);
    assert_int_equal(list.count, 6);
    assert_int_equal(list.items[0].when, 7);
    assert_int_equal(list.items[1].when, 7 + VTIME_MS(3));
    assert_int_equal(list.items[2].when, 7 + VTIME_MS(7));
    assert_int_equal(list.items[3].when, 7 + VTIME_MS(7));
    assert_int_equal(list.items[4].when, 7 + VTIME_MS(10));
    assert_int_equal(typist.when, 7 + VTIME_MS(14));
    action_list_release(&list);
}

static void a_list_has_an_end(void **state)
{
    static char text[ACTIONS_MAX / 2 + 2];
    struct action_list list = ACTION_LIST_INIT;
    struct typist typist = {.list = &list};
    struct error err = ERROR_INIT;
    size_t where;

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    assert_int_equal(typist_type(&typist, text, sizeof(text) - 1, &where, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(where, ACTIONS_MAX / 2);
    assert_int_equal(list.count, ACTIONS_MAX);
    action_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_and_escapes),
        cmocka_unit_test(names_of_keys),
        cmocka_unit_test(every_printable_character_has_a_key),
        cmocka_unit_test(what_cannot_be_typed_is_told_with_its_place),
        cmocka_unit_test(a_press_takes_its_time),
        cmocka_unit_test(a_list_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
