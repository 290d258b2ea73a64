/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys: none means two things, and docs/debugger-ui.md has each of them. */
#define _GNU_SOURCE /* strtok_r */
#include "emu/debug/tui/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAGE_BYTES 65536u
#define WORD_BYTES 32

static const char *page(void)
{
    static char text[PAGE_BYTES];
    FILE *file = fopen(UI_PAGE, "r");
    size_t bytes;

    assert_non_null(file);
    bytes = fread(text, 1, sizeof(text) - 1, file);
    assert_int_equal(fclose(file), 0);
    text[bytes] = '\0';
    return text;
}

/* Each key of the help's first column, as `key`. */
static void documented(void **state)
{
    static const char *const prose[] = {"arrows", "mouse"};
    const char *text = page();
    const char *keys;
    const char *meaning;

    (void)state;
    for (size_t i = 0; keys_help(i, &keys, &meaning); i++) {
        char copy[WORD_BYTES];
        char *rest = copy;
        char *word;

        assert_true(meaning[0] != '\0');
        if (keys == NULL) continue;
        assert_true(strlen(keys) < 16);
        (void)snprintf(copy, sizeof(copy), "%s", keys);
        while ((word = strtok_r(rest, " ,", &rest)) != NULL) {
            char wanted[WORD_BYTES + 2];
            char *dots = strstr(word, "..");

            if (strcmp(word, prose[0]) == 0 || strcmp(word, prose[1]) == 0) continue;
            if (dots != NULL) {
                *dots = '\0';
            }
            (void)snprintf(wanted, sizeof(wanted), "`%s`", word);
            if (strstr(text, wanted) == NULL) {
                fail_msg("%s is not in docs/debugger-ui.md", wanted);
            }
        }
    }
}

static void meanings(void **state)
{
    (void)state;
    assert_int_equal(keys_action('s'), ACTION_STEP);
    assert_int_equal(keys_action('S'), ACTION_STEP_BACK);
    assert_int_equal(keys_action(KEY_OF_F1), ACTION_HELP);
    assert_int_equal(keys_action(KEY_OF_F1 + 9), ACTION_QUIT);
    assert_int_equal(keys_action('9'), ACTION_NONE);
    assert_int_equal(keys_action(0), ACTION_NONE);
    assert_int_equal(keys_action(0x10ffff), ACTION_NONE);
    assert_int_equal(keys_pane('1'), 0);
    assert_int_equal(keys_pane('8'), 7);
    assert_int_equal(keys_pane(KEY_OF_F1 + 1), 0);
    assert_int_equal(keys_pane(KEY_OF_F1 + 8), 7);
    assert_int_equal(keys_pane(KEY_OF_F1 + 9), -1);
}

/* Every action but none has a key. */
static void reachable(void **state)
{
    (void)state;
    for (int action = ACTION_NONE + 1; action <= ACTION_QUIT; action++) {
        uint32_t key = 0;

        while (key <= KEY_OF_F12 && keys_action(key) != (enum tui_action)action) {
            key++;
        }
        assert_true(key <= KEY_OF_F12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documented),
        cmocka_unit_test(meanings),
        cmocka_unit_test(reachable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
