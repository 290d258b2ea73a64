/* SPDX-License-Identifier: GPL-2.0-only */
/* Editing a line. */
#include "emu/debug/tui/line_edit.h"

#include <string.h>

#include "emu/base/utf8.h"

static bool is_middle(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (uint8_t)c >= 0x80;
}

static size_t before(const struct line_edit *edit, size_t at)
{
    at -= at > 0;
    while (at > 0 && is_middle(edit->text[at])) {
        at--;
    }
    return at;
}

static size_t behind(const struct line_edit *edit, size_t at)
{
    at += at < edit->length;
    while (at < edit->length && is_middle(edit->text[at])) {
        at++;
    }
    return at;
}

static size_t word_left(const struct line_edit *edit)
{
    size_t at = edit->cursor;

    while (at > 0 && !is_word(edit->text[at - 1])) {
        at--;
    }
    while (at > 0 && is_word(edit->text[at - 1])) {
        at--;
    }
    return at;
}

static size_t word_right(const struct line_edit *edit)
{
    size_t at = edit->cursor;

    while (at < edit->length && !is_word(edit->text[at])) {
        at++;
    }
    while (at < edit->length && is_word(edit->text[at])) {
        at++;
    }
    return at;
}

static void cut(struct line_edit *edit, size_t from, size_t to, bool is_kept)
{
    if (from >= to) return;
    if (is_kept) {
        memcpy(edit->killed, edit->text + from, to - from);
        edit->killed[to - from] = '\0';
    }
    memmove(edit->text + from, edit->text + to, edit->length - to + 1);
    edit->length -= to - from;
    edit->cursor = from;
}

bool line_edit_insert(struct line_edit *edit, const char *text, size_t bytes)
{
    if (bytes >= LINE_EDIT_BYTES - edit->length) return false;
    memmove(edit->text + edit->cursor + bytes, edit->text + edit->cursor,
            edit->length - edit->cursor + 1);
    memcpy(edit->text + edit->cursor, text, bytes);
    edit->length += bytes;
    edit->cursor += bytes;
    return true;
}

bool line_edit_letter(struct line_edit *edit, uint32_t letter)
{
    char text[4];

    if (letter < 0x20 || (letter >= 0x7f && letter < 0xa0) || letter > 0x10ffff) return false;
    return line_edit_insert(edit, text, utf8_encode(letter, text));
}

void line_edit_set(struct line_edit *edit, const char *text)
{
    size_t bytes = strlen(text);

    edit->length = 0;
    edit->cursor = 0;
    edit->text[0] = '\0';
    for (size_t at = 0; at < bytes;) {
        uint32_t letter;

        at += utf8_decode(text + at, bytes - at, &letter);
        if (letter != 0xfffd) {
            (void)line_edit_letter(edit, letter);
        }
    }
}

static void transpose(struct line_edit *edit)
{
    size_t right = edit->cursor < edit->length ? edit->cursor : before(edit, edit->cursor);
    size_t left = before(edit, right);
    size_t end = behind(edit, right);
    char text[8];

    if (right == 0 || end == right) return;
    memcpy(text, edit->text + left, end - left);
    memcpy(edit->text + left, text + (right - left), end - right);
    memcpy(edit->text + left + (end - right), text, right - left);
    edit->cursor = end;
}

void line_edit_key(struct line_edit *edit, enum line_edit_key key)
{
    size_t cursor = edit->cursor;

    switch (key) {
    case LINE_LEFT: edit->cursor = before(edit, cursor); break;
    case LINE_RIGHT: edit->cursor = behind(edit, cursor); break;
    case LINE_WORD_LEFT: edit->cursor = word_left(edit); break;
    case LINE_WORD_RIGHT: edit->cursor = word_right(edit); break;
    case LINE_HOME: edit->cursor = 0; break;
    case LINE_END: edit->cursor = edit->length; break;
    case LINE_BACKSPACE: cut(edit, before(edit, cursor), cursor, false); break;
    case LINE_DELETE: cut(edit, cursor, behind(edit, cursor), false); break;
    case LINE_KILL_WORD_LEFT: cut(edit, word_left(edit), cursor, true); break;
    case LINE_KILL_WORD_RIGHT: cut(edit, cursor, word_right(edit), true); break;
    case LINE_KILL_LEFT: cut(edit, 0, cursor, true); break;
    case LINE_KILL_RIGHT: cut(edit, cursor, edit->length, true); break;
    case LINE_YANK: (void)line_edit_insert(edit, edit->killed, strlen(edit->killed)); break;
    case LINE_TRANSPOSE: transpose(edit); break;
    }
}

int line_edit_column(const struct line_edit *edit)
{
    int column = 0;

    for (size_t i = 0; i < edit->cursor; i++) {
        column += !is_middle(edit->text[i]);
    }
    return column;
}
