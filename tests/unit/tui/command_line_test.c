/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: editing, lines from before, search in them, completion, the file. */
#define _GNU_SOURCE /* mkdtemp */
#include "emu/base/utf8.h"
#include "emu/debug/tui/command_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct command_line line;
    char folder[32];
    char path[64];
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));

    (void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/tui-test-XXXXXX");
    if (mkdtemp(fixture->folder) == NULL) return -1;
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/history", fixture->folder);
    command_line_open(&fixture->line, PROMPT_COMMAND, "");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < PROMPT_COUNT; i++) {
        command_history_close(&fixture->line.histories[i]);
    }
    (void)unlink(fixture->path);
    (void)rmdir(fixture->folder);
    test_free(fixture);
    return 0;
}

static enum command_line_result key(struct fixture *fixture, uint32_t code)
{
    return command_line_key(&fixture->line, &(struct tui_event){.kind = TUI_KEY, .key = code});
}

static void alt(struct fixture *fixture, uint32_t code)
{
    (void)command_line_key(&fixture->line,
                           &(struct tui_event){.kind = TUI_KEY, .key = code, .is_alt = true});
}

static void type(struct fixture *fixture, const char *text)
{
    for (; *text != '\0'; text++) {
        assert_int_equal(key(fixture, (uint8_t)*text), COMMAND_LINE_TYPING);
    }
}

static void expect(struct fixture *fixture, const char *text, size_t cursor)
{
    assert_string_equal(fixture->line.edit.text, text);
    assert_int_equal(fixture->line.edit.length, strlen(text));
    assert_int_equal(fixture->line.edit.cursor, cursor);
}

static void enter(struct fixture *fixture, const char *text)
{
    command_line_open(&fixture->line, PROMPT_COMMAND, "");
    type(fixture, text);
    assert_int_equal(key(fixture, KEY_OF_ENTER), COMMAND_LINE_DONE);
    command_line_close(&fixture->line, true);
}

static void edits(void **state)
{
    struct fixture *fixture = *state;

    type(fixture, "break reg nvme.CC");
    (void)key(fixture, KEY_CONTROL('a'));
    alt(fixture, 'f');
    expect(fixture, "break reg nvme.CC", 5);
    alt(fixture, 'd');
    expect(fixture, "break nvme.CC", 5);
    (void)key(fixture, KEY_CONTROL('e'));
    (void)key(fixture, KEY_CONTROL('w'));
    expect(fixture, "break nvme.", 11);
    (void)key(fixture, KEY_CONTROL('y'));
    expect(fixture, "break nvme.CC", 13);
    (void)key(fixture, KEY_OF_BACKSPACE);
    (void)key(fixture, KEY_OF_LEFT);
    (void)key(fixture, KEY_CONTROL('t'));
    expect(fixture, "break nvmeC.", 12);
    (void)key(fixture, KEY_CONTROL('u'));
    expect(fixture, "", 0);
    (void)key(fixture, 0xe9);
    (void)key(fixture, 'x');
    (void)key(fixture, KEY_OF_LEFT);
    (void)key(fixture, KEY_OF_LEFT);
    expect(fixture, "\xc3\xa9x", 0);
    (void)key(fixture, KEY_OF_DELETE);
    expect(fixture, "x", 0);
    (void)key(fixture, KEY_CONTROL('k'));
    assert_int_equal(key(fixture, KEY_OF_BACKSPACE), COMMAND_LINE_LEFT);
}

static void full(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 2 * LINE_EDIT_BYTES; i++) {
        (void)key(fixture, i % 2 ? 0x20ac : 'a');
    }
    assert_true(fixture->line.edit.length < LINE_EDIT_BYTES);
    assert_int_equal(strlen(fixture->line.edit.text), fixture->line.edit.length);
}

/* Keys in any order leave whole characters and a cursor between two of them. */
static void any_keys(void **state)
{
    static const uint32_t codes[] = {
        'a',
        ' ',
        0xe9,
        0x20ac,
        0x1f600,
        KEY_OF_LEFT,
        KEY_OF_RIGHT,
        KEY_OF_HOME,
        KEY_OF_END,
        KEY_OF_BACKSPACE,
        KEY_OF_DELETE,
        23,
        21,
        11,
        25,
        20,
        'b',
        'f',
        'd',
        18,
        7,
        16,
        14,
    };
    struct fixture *fixture = *state;
    const struct line_edit *edit = &fixture->line.edit;
    uint32_t chance = 3;

    enter(fixture, "one line");
    command_line_open(&fixture->line, PROMPT_COMMAND, "");
    for (int i = 0; i < 50000; i++) {
        uint32_t letter;
        size_t at = 0;

        chance = chance * 1664525u + 1013904223u;
        if (fixture->line.prompt == PROMPT_NONE) {
            command_line_open(&fixture->line, PROMPT_COMMAND, "");
        }
        if (command_line_key(&fixture->line, &(struct tui_event){.kind = TUI_KEY,
                                                                 .key = codes[(chance >> 8) % 23],
                                                                 .is_alt = chance >> 31}) !=
            COMMAND_LINE_TYPING) {
            command_line_close(&fixture->line, false);
        }
        while (at < edit->length) {
            at += utf8_decode(edit->text + at, edit->length - at, &letter);
            assert_int_not_equal(letter, 0xfffd);
        }
        assert_int_equal(at, edit->length);
        assert_true(edit->cursor <= edit->length);
        assert_int_not_equal((uint8_t)edit->text[edit->cursor] & 0xc0, 0x80);
    }
}

static void lines_from_before(void **state)
{
    struct fixture *fixture = *state;

    enter(fixture, "first");
    enter(fixture, "second");
    enter(fixture, "first"); /* once, as the newest */
    enter(fixture, " not kept");
    command_line_open(&fixture->line, PROMPT_COMMAND, "");
    type(fixture, "draft");
    (void)key(fixture, KEY_OF_UP);
    expect(fixture, "first", 5);
    (void)key(fixture, KEY_OF_UP);
    expect(fixture, "second", 6);
    (void)key(fixture, KEY_OF_UP);
    expect(fixture, "second", 6);
    (void)key(fixture, KEY_OF_DOWN);
    (void)key(fixture, KEY_OF_DOWN);
    (void)key(fixture, KEY_OF_DOWN);
    expect(fixture, "draft", 5);
    command_line_close(&fixture->line, false);
    command_line_open(&fixture->line, PROMPT_SEARCH, "");
    (void)key(fixture, KEY_OF_UP);
    expect(fixture, "", 0);
}

static void searched(void **state)
{
    struct fixture *fixture = *state;

    enter(fixture, "break reg nvme.CC");
    enter(fixture, "goto 2.5s");
    enter(fixture, "break mem 0x1000");
    command_line_open(&fixture->line, PROMPT_COMMAND, "");
    type(fixture, "typed");
    (void)key(fixture, KEY_CONTROL('r'));
    type(fixture, "break");
    expect(fixture, "break mem 0x1000", 16);
    (void)key(fixture, KEY_CONTROL('r'));
    expect(fixture, "break reg nvme.CC", 17);
    (void)key(fixture, KEY_CONTROL('r'));
    assert_true(fixture->line.is_lost);
    (void)key(fixture, KEY_CONTROL('g'));
    expect(fixture, "typed", 5);
    (void)key(fixture, KEY_CONTROL('r'));
    type(fixture, "gox");
    (void)key(fixture, KEY_OF_BACKSPACE);
    expect(fixture, "goto 2.5s", 9);
    assert_int_equal(key(fixture, KEY_OF_ENTER), COMMAND_LINE_DONE);
}

static void tab(struct fixture *fixture, const char *const *words)
{
    assert_int_equal(key(fixture, KEY_OF_TAB), COMMAND_LINE_COMPLETE);
    for (; *words != NULL; words++) {
        completions_add(&fixture->line.completions, *words);
    }
    command_line_completed(&fixture->line);
}

static void completed(void **state)
{
    static const char *const registers[] = {"nvme.CC", "nvme.CSTS", NULL};
    static const char *const verbs[] = {"break", NULL};
    static const char *const none[] = {NULL};
    static const char *const half[] = {"nvme.", NULL};
    struct fixture *fixture = *state;

    type(fixture, "b");
    tab(fixture, verbs);
    expect(fixture, "break ", 6);
    type(fixture, "reg nv");
    tab(fixture, registers);
    expect(fixture, "break reg nvme.C", 16);
    assert_false(fixture->line.is_listing);
    tab(fixture, registers);
    tab(fixture, registers);
    assert_true(fixture->line.is_listing);
    assert_int_equal(command_line_rows(&fixture->line, 80), 1);
    assert_int_equal(command_line_rows(&fixture->line, 10), 2);
    type(fixture, "X");
    assert_false(fixture->line.is_listing);
    tab(fixture, none);
    expect(fixture, "break reg nvme.CX", 17);
    /* A word that goes on gets no blank; one in the middle of the line neither. */
    command_line_open(&fixture->line, PROMPT_COMMAND, "x !nv y");
    (void)key(fixture, KEY_OF_LEFT);
    (void)key(fixture, KEY_OF_LEFT);
    tab(fixture, half);
    expect(fixture, "x !nvme. y", 8);
}

static void too_many(void **state)
{
    struct fixture *fixture = *state;
    char word[COMPLETION_BYTES + 10];

    type(fixture, "w");
    assert_int_equal(key(fixture, KEY_OF_TAB), COMMAND_LINE_COMPLETE);
    for (int i = 0; i < COMPLETIONS_MAX + 10; i++) {
        (void)snprintf(word, sizeof(word), "word%d", i);
        completions_add(&fixture->line.completions, word);
    }
    memset(word, 'w', sizeof(word));
    word[sizeof(word) - 1] = '\0';
    completions_add(&fixture->line.completions, word);
    command_line_completed(&fixture->line);
    assert_int_equal(fixture->line.completions.count, COMPLETIONS_MAX);
    expect(fixture, "w", 1);
}

static void kept_in_a_file(void **state)
{
    struct fixture *fixture = *state;
    struct command_history *history = &fixture->line.histories[PROMPT_COMMAND];
    struct error err = ERROR_INIT;
    struct stat status;
    FILE *file;

    assert_int_equal(command_history_open(history, fixture->path, &err), 0);
    enter(fixture, "goto begin");
    enter(fixture, "quit");
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    command_history_close(history);
    file = fopen(fixture->path, "a");
    for (int i = 0; i < 3000; i++) {
        (void)fprintf(file, "line %d\n", i);
    }
    for (int i = 0; i < 2000; i++) {
        (void)fputc('x', file);
    }
    (void)fprintf(file, "\n\033[2J\nlast");
    (void)fclose(file);
    assert_int_equal(command_history_open(history, fixture->path, &err), 0);
    assert_int_equal(history->count, COMMAND_HISTORY_LINES);
    assert_string_equal(history->lines[history->count - 1], "last");
    command_line_open(&fixture->line, PROMPT_COMMAND, "");
    (void)key(fixture, KEY_OF_UP);
    (void)key(fixture, KEY_OF_UP);
    expect(fixture, "[2J", 3);
    /* It was written anew, shorter. */
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_in_range(status.st_size, COMMAND_HISTORY_LINES, 30000);
}

static void unreadable_file(void **state)
{
    struct fixture *fixture = *state;
    struct command_history *history = &fixture->line.histories[PROMPT_COMMAND];
    struct error err = ERROR_INIT;

    assert_int_equal(command_history_open(history, "/proc/1/nothing/here", &err), 0);
    if (geteuid() != 0) {
        assert_int_equal(command_history_open(history, "/root/x", &err), -1);
    }
    /* A folder: nothing can be read, nothing is kept, nobody is hurt. */
    assert_int_equal(command_history_open(history, fixture->folder, &err), 0);
    enter(fixture, "quit");
    assert_int_equal(history->count, 1);
}

static void drawn(void **state)
{
    struct fixture *fixture = *state;
    struct sheet sheet = {0};
    char row[128];
    int x;

    assert_true(sheet_resize(&sheet, 20, 1));
    type(fixture, "0123456789abcdefghijklmnop");
    command_line_draw(&fixture->line, &sheet, (struct sheet_area){0, 0, 20, 1}, &x);
    (void)sheet_row_text(&sheet, 0, row, sizeof(row));
    assert_string_equal(row, ":89abcdefghijklmnop");
    assert_int_equal(x, 19);
    (void)key(fixture, KEY_OF_HOME);
    command_line_draw(&fixture->line, &sheet, (struct sheet_area){0, 0, 20, 1}, &x);
    assert_int_equal(x, 1);
    sheet_free(&sheet);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(edits),          CASE(full),
        CASE(any_keys),       CASE(lines_from_before),
        CASE(searched),       CASE(completed),
        CASE(too_many),       CASE(drawn),
        CASE(kept_in_a_file), CASE(unreadable_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
