/* SPDX-License-Identifier: GPL-2.0-only */
/* Input scripts, one test per rule of docs/formats/input-script.md. */
#include "emu/app/input_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/core/inbox.h"

static int parse(const char *text, struct action_list *list, struct error *err)
{
    return input_script_parse("s.txt", (const uint8_t *)text, strlen(text), list, err);
}

static struct action_list parsed(const char *text)
{
    struct action_list list = ACTION_LIST_INIT;
    struct error err = ERROR_INIT;

    if (parse(text, &list, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return list;
}

static void nothing_and_comments(void **state)
{
    struct action_list list = parsed("\n# only a comment\n  \t # one more\r\n\r\n");

    (void)state;
    assert_int_equal(list.count, 0);
    action_list_release(&list);
}

static void times_run_along(void **state)
{
    struct action_list list = parsed("at 2s type \"ab\"\n"
                                     "after 500ms key f1 # and nothing else\n"
                                     "power\r\n"
                                     "at 1s reset");
    const vtime typed = VTIME_S(2) + VTIME_MS(40);

    (void)state;
    assert_int_equal(list.count, 8);
    assert_int_equal(list.items[0].kind, ACTION_RESET); /* in the order of their times */
    assert_int_equal(list.items[0].when, VTIME_S(1));
    assert_int_equal(list.items[0].line, 4);
    assert_int_equal(list.items[1].when, VTIME_S(2));
    assert_int_equal(list.items[1].key.usage, 0x04);
    assert_true(list.items[1].key.is_down);
    assert_int_equal(list.items[5].when, typed + VTIME_MS(500));
    assert_int_equal(list.items[7].kind, ACTION_POWER_KEY);
    assert_int_equal(list.items[7].when, typed + VTIME_MS(520));
    action_list_release(&list);
}

static void times_count_anew_after_a_wait(void **state)
{
    struct action_list list = parsed("at 3s screenshot early.png\n"
                                     "at 4s wait-keyboard\n"
                                     "key a\n"
                                     "at 1s screenshot \"a picture.png\"\n");

    (void)state;
    assert_int_equal(list.count, 5);
    assert_int_equal(list.items[1].kind, ACTION_WAIT_KEYBOARD);
    assert_int_equal(list.items[1].when, VTIME_S(4));
    assert_int_equal(list.items[2].when, 0);
    assert_int_equal(list.items[4].when, VTIME_S(1));
    assert_string_equal(list.items[4].path, "a picture.png");
    action_list_release(&list);
}

static void keys_held_and_chords(void **state)
{
    struct action_list list = parsed("pace 1ms 2ms\ndown ctrl-shift\nkey x\nup ctrl-shift\n");

    (void)state;
    assert_int_equal(list.count, 6);
    assert_int_equal(list.items[0].key.usage, 0xe0);
    assert_int_equal(list.items[1].key.usage, 0xe1);
    assert_int_equal(list.items[3].when, VTIME_MS(1));
    assert_int_equal(list.items[5].when, VTIME_MS(3));
    assert_false(list.items[5].key.is_down);
    action_list_release(&list);
}

static void the_mouse_moves_by(void **state)
{
    struct action_list list = parsed("move 10 -5\nbutton left down\nmove 1 1\nbutton left up\n"
                                     "click middle\nwheel -3\n");

    (void)state;
    assert_int_equal(list.count, 7);
    for (size_t i = 0; i < list.count; i++) {
        assert_int_equal(list.items[i].kind, ACTION_POINTER);
    }
    assert_int_equal(list.items[0].pointer.dx, 10);
    assert_int_equal(list.items[0].pointer.dy, -5);
    assert_int_equal(list.items[1].pointer.dx, 0);
    assert_int_equal(list.items[1].pointer.buttons, INPUT_BUTTON_LEFT);
    assert_int_equal(list.items[2].pointer.buttons, INPUT_BUTTON_LEFT);
    assert_int_equal(list.items[3].pointer.buttons, 0);
    assert_int_equal(list.items[4].pointer.buttons, INPUT_BUTTON_MIDDLE);
    assert_int_equal(list.items[5].when, VTIME_MS(10));
    assert_int_equal(list.items[6].pointer.wheel, -3);
    assert_int_equal(list.items[6].when, VTIME_MS(20));
    action_list_release(&list);
}

static void the_tablet_points_at(void **state)
{
    struct action_list list = parsed("point 0 0\npoint 5119 2879\npoint 0.5 1.0\npoint 2560 0.25\n"
                                     "click right\nwheel 1\nmove 1 1\nclick left\n");

    (void)state;
    assert_int_equal(list.count, 10);
    assert_int_equal(list.items[0].tablet.x, 0);
    assert_int_equal(list.items[1].tablet.x, INPUT_TABLET_MAX);
    assert_int_equal(list.items[1].tablet.y, INPUT_TABLET_MAX);
    assert_int_equal(list.items[2].tablet.x, 16384);
    assert_int_equal(list.items[2].tablet.y, INPUT_TABLET_MAX);
    assert_int_equal(list.items[3].tablet.x, 16387);
    assert_int_equal(list.items[3].tablet.y, 8192);
    assert_int_equal(list.items[4].kind, ACTION_TABLET);
    assert_int_equal(list.items[4].tablet.buttons, INPUT_BUTTON_RIGHT);
    assert_int_equal(list.items[4].tablet.x, 16387);
    assert_int_equal(list.items[5].tablet.buttons, 0);
    assert_int_equal(list.items[6].tablet.wheel, 1);
    assert_int_equal(list.items[7].kind, ACTION_POINTER);
    assert_int_equal(list.items[8].kind, ACTION_POINTER);
    action_list_release(&list);
}

struct bad {
    const char *text;
    const char *says; /* the sentence, or how it begins */
};

static void mistakes_are_told_with_file_line_and_column(void **state)
{
    static const struct bad bad[] = {
        {"\n  typ \"a\"",
         "s.txt: line 2, column 3: there is no command 'typ'; did you mean 'type'?"},
        {"frobnicate", "s.txt: line 1, column 1: there is no command 'frobnicate'; docs/"},
        {"type ls", "s.txt: line 1, column 6: a text in quotes must stand here; write it as in: "
                    "type \"ls\\n\""},
        {"type", "s.txt: line 1, column 5: a text in quotes"},
        {"type \"ls", "s.txt: line 1, column 6: the text has no end"},
        {"type \"ls\\\"", "s.txt: line 1, column 6: the text has no end"},
        {"type \"ls\\", "s.txt: line 1, column 6: the text has no end"},
        {"type \"ab<dlete>\"",
         "s.txt: line 1, column 9: no key is called 'dlete'; did you mean 'delete'?"},
        {"type \"a\" b", "s.txt: line 1, column 10: nothing more may follow; write it as in: "},
        {"key", "s.txt: line 1, column 4: something is missing here; write it as in: key ctrl-"},
        {"key entre", "s.txt: line 1, column 5: no key is called 'entre'; did you mean 'enter'?"},
        {"key zz\x01zz\xffzz", "s.txt: line 1, column 5: 'zz?zz?zz' is not the name of a key"},
        {"at 5 key a", "s.txt: line 1, column 4: '5' is not a time in ps, ns, us, ms or s; write "},
        {"at 5s", "s.txt: line 1, column 6: something is missing here; write it as in: at 2s "},
        {"at 99999999s key a", "s.txt: line 1, column 4: '99999999s' is not a time in ps"},
        {"at 9999999s key a", "s.txt: line 1, column 4: '9999999s' is not short enough; write it"},
        {"at 1000000s key a\nafter 1s key b", "s.txt: line 2, column 10: a script may not be"},
        {"at 1s after 1s key a", "s.txt: line 1, column 7: there is no command 'after'"},
        {"pace 1ms", "s.txt: line 1, column 9: something is missing here; write it as in: pace "},
        {"pace 1ms 11s", "s.txt: line 1, column 10: '11s' is not short enough"},
        {"move 1", "s.txt: line 1, column 7: something is missing here; write it as in: move 10"},
        {"move 1 x", "s.txt: line 1, column 8: 'x' is not a number from -32767 to 32767; write"},
        {"move 1 32768", "s.txt: line 1, column 8: '32768' is not a number"},
        {"point 5120 0", "s.txt: line 1, column 7: '5120' is not a number from 0 to 5119; write "},
        {"point 0 1.1", "s.txt: line 1, column 9: '1.1' is not a part from 0.0 to 1.0; write it"},
        {"point . 0", "s.txt: line 1, column 7: '.' is not a part"},
        {"point 0. 0", "s.txt: line 1, column 7: '0.' is not a part"},
        {"point 0.1234567 0", "s.txt: line 1, column 7: '0.1234567' is not a part"},
        {"button top down", "s.txt: line 1, column 8: 'top' is not left, right or middle; write"},
        {"button left", "s.txt: line 1, column 12: something is missing here"},
        {"button left on", "s.txt: line 1, column 13: 'on' is not down or up; write it as in: "},
        {"wheel 128", "s.txt: line 1, column 7: '128' is not a number from -127 to 127"},
        {"screenshot", "s.txt: line 1, column 11: something is missing here"},
        {"screenshot \"\"", "s.txt: line 1, column 13: '' is not the name of a file"},
        {"at 1s type \"abc\"\nat 1010ms key x",
         "s.txt: line 2, column 11: the keys of line 1 are still being typed until 1060 ms; give"},
        {"at 2s power\nat 1s wait-keyboard",
         "s.txt: line 2, column 7: line 1 is done at 2 s, and a wait must not begin before it"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct action_list list = ACTION_LIST_INIT;
        struct error err = ERROR_INIT;

        assert_int_equal(parse(bad[i].text, &list, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strncmp(err.text, bad[i].says, strlen(bad[i].says)) != 0) {
            fail_msg("'%s': %s", bad[i].text, err.text);
        }
        action_list_release(&list);
    }
}

static void a_zero_byte_is_no_text(void **state)
{
    static const uint8_t text[] = "key a\nkey \0b\n";
    struct action_list list = ACTION_LIST_INIT;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(input_script_parse("s", text, sizeof(text) - 1, &list, &err), -1);
    assert_string_equal(err.text, "s: line 2, column 5: a zero byte; a script is plain text");
    action_list_release(&list);
}

static void a_file_that_is_not_there(void **state)
{
    struct action_list list = ACTION_LIST_INIT;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(input_script_read("/nowhere/script", &list, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_non_null(strstr(err.text, "/nowhere/script"));
}

static void a_script_that_is_too_long_for_a_list(void **state)
{
    static char text[ACTIONS_MAX * 3];
    struct action_list list = ACTION_LIST_INIT;
    struct error err = ERROR_INIT;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "type \"", strlen("type \""));
    text[sizeof(text) - 1] = '"';
    assert_int_equal(input_script_parse("s", (const uint8_t *)text, sizeof(text), &list, &err), -1);
    assert_non_null(strstr(err.text, "s: line 1, column "));
    assert_non_null(strstr(err.text, "leave some out"));
    action_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_comments),
        cmocka_unit_test(times_run_along),
        cmocka_unit_test(times_count_anew_after_a_wait),
        cmocka_unit_test(keys_held_and_chords),
        cmocka_unit_test(the_mouse_moves_by),
        cmocka_unit_test(the_tablet_points_at),
        cmocka_unit_test(mistakes_are_told_with_file_line_and_column),
        cmocka_unit_test(a_zero_byte_is_no_text),
        cmocka_unit_test(a_file_that_is_not_there),
        cmocka_unit_test(a_script_that_is_too_long_for_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
