/* SPDX-License-Identifier: GPL-2.0-only */
/* From text to presses of keys: see input_text.h. */
#include "emu/app/input_text.h"

#include <stdint.h>
#include <string.h>

#include "emu/base/hex.h"

#define CHAR_ESCAPE '\x1b'
#define HEX_DIGITS  2u
#define SHOWN_MAX   40 /* characters of a name in a sentence */

static int press_usage(struct typist *typist, unsigned usage, bool is_down, struct error *err)
{
    const struct action action = {
        .when = typist->when,
        .kind = ACTION_KEY,
        .line = typist->line,
        .key = {.usage = (uint16_t)usage, .is_down = is_down},
    };

    return action_list_add(typist->list, &action, err);
}

static int press_modifiers(struct typist *typist, unsigned modifiers, bool is_down,
                           struct error *err)
{
    for (unsigned i = 0; i < KEY_MODIFIERS; i++) {
        if ((modifiers >> i & 1) == 0) continue;
        if (press_usage(typist, KEY_FIRST_MODIFIER + i, is_down, err) != 0) return -1;
    }
    return 0;
}

int typist_hold(struct typist *typist, const struct key_press *press, bool is_down,
                struct error *err)
{
    if (is_down && press_modifiers(typist, press->modifiers, true, err) != 0) return -1;
    if (press->usage != 0 && press_usage(typist, press->usage, is_down, err) != 0) return -1;
    return is_down ? 0 : press_modifiers(typist, press->modifiers, false, err);
}

int typist_press(struct typist *typist, const struct key_press *press, struct error *err)
{
    if (typist_hold(typist, press, true, err) != 0) return -1;
    typist->when += typist->down;
    if (typist_hold(typist, press, false, err) != 0) return -1;
    typist->when += typist->up;
    return 0;
}

/* ---- Pieces of a text: each is one press ---- */

struct piece {
    struct key_press press;
    size_t bytes; /* of the text */
};

/* A backslash and what follows it. */
static int read_escape(const char *text, size_t left, struct piece *piece, struct error *err)
{
    static const char names[] = "ntreb\\\"<";
    static const char values[] = {'\n', '\t', '\r', CHAR_ESCAPE, '\b', '\\', '"', '<'};
    const char *name = left > 1 && text[1] != '\0' ? strchr(names, text[1]) : NULL;

    piece->bytes = 2;
    if (name != NULL) {
        (void)key_press_of_char((unsigned char)values[name - names], &piece->press);
        return 0;
    }
    if (left > 1 + HEX_DIGITS && text[1] == 'x') {
        const int high = hex_value(text[2], HEX_ANY);
        const int low = hex_value(text[3], HEX_ANY);

        piece->bytes = 2 + HEX_DIGITS;
        if (high >= 0 && low >= 0) {
            if (key_press_of_char((unsigned char)(high * 16 + low), &piece->press)) return 0;
            return error_usage(err, "no key of a US keyboard makes the character 0x%x%x", high,
                               low);
        }
    }
    return error_usage(err, "a backslash must be followed by n, t, r, e, b, <, \", \\ or x and two "
                            "hexadecimal digits; write \\\\ for a backslash");
}

static bool is_printable(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] < ' ' || text[i] > '~') return false;
    }
    return true;
}

static int bad_name(const char *name, size_t bytes, const char *suggestion, struct error *err)
{
    const int shown = bytes < SHOWN_MAX ? (int)bytes : SHOWN_MAX;

    if (suggestion[0] != '\0') {
        return error_usage(err, "no key is called '%.*s'; did you mean '%s'?", shown, name,
                           suggestion);
    }
    return error_usage(err, "no key is called '%.*s'; write \\< for the sign '<' itself", shown,
                       name);
}

/* The name of a key in angle brackets. */
static int read_name(const char *text, size_t left, struct piece *piece, struct error *err)
{
    const char *end = memchr(text, '>', left);
    char suggestion[KEY_NAME_BYTES];
    size_t bytes;

    /* `<>>` is the key of that sign. */
    if (end != NULL && end == text + 1 && left > 2 && end[1] == '>') {
        end++;
    }
    if (end == NULL || !is_printable(text, (size_t)(end - text))) {
        return error_usage(err, "'<' begins the name of a key, as in <f1> or <ctrl-alt-delete>; "
                                "write \\< for the sign itself");
    }
    bytes = (size_t)(end - text) - 1;
    piece->bytes = bytes + 2;
    if (key_press_of_name(text + 1, bytes, &piece->press, suggestion)) return 0;
    return bad_name(text + 1, bytes, suggestion, err);
}

/* Length of the UTF-8 character at `text`; 0 when it is none of two bytes or more. */
static size_t utf8_length(const char *text, size_t left)
{
    const unsigned first = (unsigned char)*text;
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

    if (first < 0xc2 || first > 0xf4 || length > left) return 0;
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) return 0;
    }
    return length;
}

static int read_char(const char *text, size_t left, struct piece *piece, struct error *err)
{
    const size_t shown = utf8_length(text, left);

    piece->bytes = 1;
    if (key_press_of_char((unsigned char)*text, &piece->press)) return 0;
    if (shown > 0) {
        return error_usage(err, "no key of a US keyboard makes '%.*s'; only ASCII can be typed",
                           (int)shown, text);
    }
    return error_usage(err, "no key of a US keyboard makes the character 0x%02x",
                       (unsigned char)*text);
}

static int read_piece(const char *text, size_t left, struct piece *piece, struct error *err)
{
    if (*text == '\\') return read_escape(text, left, piece, err);
    if (*text == '<') return read_name(text, left, piece, err);
    return read_char(text, left, piece, err);
}

int typist_type(struct typist *typist, const char *text, size_t bytes, size_t *where,
                struct error *err)
{
    size_t at = 0;

    while (at < bytes) {
        struct piece piece = {0};

        *where = at;
        if (read_piece(text + at, bytes - at, &piece, err) != 0) return -1;
        if (typist_press(typist, &piece.press, err) != 0) return -1;
        at += piece.bytes;
    }
    return 0;
}
