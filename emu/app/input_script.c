/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads input scripts (docs/formats/input-script.md). Each line is split into words; a command is a
 * row of a table with a function that reads its words. Times run along: a command without a time
 * starts when the one above it is over.
 */
#include "emu/app/input_script.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/input_text.h"
#include "emu/app/parse.h"
#include "emu/base/bits.h"
#include "emu/base/suggest.h"
#include "emu/host/file.h"

#define TIME_MAX         VTIME_MS(UINT64_C(1000000000)) /* eleven days */
#define PACE_MAX         VTIME_MS(UINT64_C(10000))
#define WORD_BYTES       64 /* of a word that is a number, a time or a command */
#define PATH_BYTES       4096
#define SHOWN_MAX        40 /* characters of a word in a sentence */
#define FRACTION_DIGITS  6
#define FRACTION_ONE     1000000
#define MOUSE_MOTION_MAX INT16_MAX
#define WHEEL_MAX        INT8_MAX

struct word {
    const char *text;
    size_t bytes;
};

struct script {
    const char *name;
    struct error *err;
    struct action_list *list;
    /* the line that is being read */
    unsigned number;
    const char *line;
    size_t bytes;
    size_t at; /* of what has not been read */
    struct word command;
    const char *example;
    /* times since power-on or the last wait */
    struct typist typist; /* its `when` is where the next command starts */
    vtime keys_free;      /* no key is being typed from here on */
    unsigned keys_line;
    vtime latest; /* of all actions since the last wait */
    unsigned latest_line;
    /* what has been done */
    struct input_pointer mouse;
    struct input_tablet tablet;
    bool is_mouse; /* buttons and wheel are the mouse's, not the tablet's */
};

/* ---- Sentences ---- */

static int fail_at(struct script *s, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `place` is within the line. */
static int fail_at(struct script *s, const char *place, const char *format, ...)
{
    char text[ERROR_TEXT_BYTES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return error_usage(s->err, "%s: line %u, column %zu: %s", s->name, s->number,
                       (size_t)(place - s->line) + 1, text);
}

/* A word as it may stand in a sentence: not too long, nothing that does not print. */
static void show_word(const struct word *word, char text[SHOWN_MAX + 1])
{
    size_t bytes = word->bytes < SHOWN_MAX ? word->bytes : SHOWN_MAX;

    for (size_t i = 0; i < bytes; i++) {
        text[i] = word->text[i];
        if (text[i] < ' ' || text[i] > '~') {
            text[i] = '?';
        }
    }
    text[bytes] = '\0';
}

static int fail_word(struct script *s, const struct word *word, const char *wanted)
{
    char shown[SHOWN_MAX + 1];

    show_word(word, shown);
    return fail_at(s, word->text, "'%s' is not %s; write it as in: %s", shown, wanted, s->example);
}

/* ---- Words ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct script *s)
{
    while (s->at < s->bytes && is_blank(s->line[s->at])) {
        s->at++;
    }
}

/* False at the end of the line, or where a comment begins. */
static bool has_more(struct script *s)
{
    skip_blanks(s);
    return s->at < s->bytes && s->line[s->at] != '#';
}

/* The next word, empty at the end of the line. */
static struct word take_word(struct script *s)
{
    struct word word;

    (void)has_more(s);
    word = (struct word){.text = s->line + s->at, .bytes = 0};
    if (!has_more(s)) return word;
    while (s->at < s->bytes && !is_blank(s->line[s->at])) {
        s->at++;
    }
    word.bytes = (size_t)(s->line + s->at - word.text);
    return word;
}

static int need_word(struct script *s, struct word *word)
{
    *word = take_word(s);
    if (word->bytes > 0) return 0;
    return fail_at(s, word->text, "something is missing here; write it as in: %s", s->example);
}

/* What stands between quotes, as it is: a backslash keeps a quote from being the end. */
static int take_quoted(struct script *s, struct word *word)
{
    const char *quote;

    if (!has_more(s) || s->line[s->at] != '"') {
        return fail_at(s, s->line + s->at, "a text in quotes must stand here; write it as in: %s",
                       s->example);
    }
    quote = s->line + s->at;
    s->at++;
    *word = (struct word){.text = s->line + s->at, .bytes = 0};
    while (s->at < s->bytes && s->line[s->at] != '"') {
        s->at += s->line[s->at] == '\\' ? 2 : 1;
    }
    if (s->at >= s->bytes) {
        return fail_at(s, quote, "the text has no end; close it with a quote on the same line");
    }
    word->bytes = (size_t)(s->line + s->at - word->text);
    s->at++;
    return 0;
}

static bool is_word(const struct word *word, const char *text)
{
    return strlen(text) == word->bytes && memcmp(word->text, text, word->bytes) == 0;
}

/* As a string; false when it is too long for what it should be. */
static bool copy_word(const struct word *word, char *text, size_t bytes)
{
    if (word->bytes >= bytes || memchr(word->text, '\0', word->bytes) != NULL) return false;
    memcpy(text, word->text, word->bytes);
    text[word->bytes] = '\0';
    return true;
}

static int take_time(struct script *s, vtime max, vtime *time)
{
    char text[WORD_BYTES];
    struct error ignored = ERROR_INIT;
    struct word word;

    if (need_word(s, &word) != 0) return -1;
    if (!copy_word(&word, text, sizeof(text)) || parse_time("", text, time, &ignored) != 0) {
        return fail_word(s, &word, "a time in ps, ns, us, ms or s");
    }
    return *time <= max ? 0 : fail_word(s, &word, "short enough");
}

static int take_number(struct script *s, int64_t min, int64_t max, int64_t *number)
{
    char text[WORD_BYTES];
    char wanted[WORD_BYTES];
    struct error ignored = ERROR_INIT;
    struct word word;

    if (need_word(s, &word) != 0) return -1;
    if (copy_word(&word, text, sizeof(text)) && parse_signed("", text, number, &ignored) == 0 &&
        *number >= min && *number <= max) {
        return 0;
    }
    (void)snprintf(wanted, sizeof(wanted), "a number from %" PRId64 " to %" PRId64, min, max);
    return fail_word(s, &word, wanted);
}

/* 0.0 to 1.0 in millionths; -1 when it is none. */
static int64_t read_fraction(const char *text)
{
    int64_t value = 0;
    int64_t unit = FRACTION_ONE;

    if ((text[0] != '0' && text[0] != '1') || text[1] != '.' || text[2] == '\0') return -1;
    value = (text[0] - '0') * unit;
    for (size_t i = 2; text[i] != '\0'; i++) {
        if (text[i] < '0' || text[i] > '9' || i >= 2 + FRACTION_DIGITS) return -1;
        unit /= 10;
        value += (text[i] - '0') * unit;
    }
    return value <= FRACTION_ONE ? value : -1;
}

/* A place along an edge of `pixels`: a pixel, or with a point a part of the edge. */
static int take_place(struct script *s, unsigned pixels, uint16_t *place)
{
    const size_t start = s->at;
    char text[WORD_BYTES];
    struct word word;
    int64_t number = 0;

    if (need_word(s, &word) != 0) return -1;
    if (memchr(word.text, '.', word.bytes) == NULL) {
        s->at = start;
        if (take_number(s, 0, pixels - 1, &number) != 0) return -1;
        *place = (uint16_t)((number * INPUT_TABLET_MAX + (pixels - 1) / 2) / (pixels - 1));
        return 0;
    }
    number = copy_word(&word, text, sizeof(text)) ? read_fraction(text) : -1;
    if (number < 0) return fail_word(s, &word, "a part from 0.0 to 1.0");
    *place = (uint16_t)((number * INPUT_TABLET_MAX + FRACTION_ONE / 2) / FRACTION_ONE);
    return 0;
}

/* ---- Actions ---- */

/* A full list, or no memory: the sentence is the list's, the place ours. */
static int fail_inside(struct script *s, const struct word *word, const struct error *trouble)
{
    if (trouble->kind == ERROR_HOST) return error_host(s->err, "%s: %s", s->name, trouble->text);
    return fail_at(s, word->text, "%.400s", trouble->text);
}

static int add(struct script *s, const struct action *model)
{
    struct action action = *model;
    struct error trouble = ERROR_INIT;

    action.when = s->typist.when;
    action.line = s->number;
    if (action_list_add(s->list, &action, &trouble) != 0) {
        return fail_inside(s, &s->command, &trouble);
    }
    if (action.when >= s->latest) {
        s->latest = action.when;
        s->latest_line = s->number;
    }
    return 0;
}

/* Keys of two commands at a time would be mixed up. */
static int check_keys_free(struct script *s)
{
    char text[TIME_TEXT_BYTES];

    if (s->typist.when >= s->keys_free) return 0;
    format_time(s->keys_free, text);
    return fail_at(
        s, s->command.text,
        "the keys of line %u are still being typed until %s; give this line a later time",
        s->keys_line, text);
}

static void keys_done(struct script *s)
{
    s->keys_free = s->typist.when;
    s->keys_line = s->number;
    if (s->typist.when >= s->latest) {
        s->latest = s->typist.when;
        s->latest_line = s->number;
    }
}

static int run_type(struct script *s)
{
    struct error trouble = ERROR_INIT;
    struct word text;
    size_t where = 0;

    if (take_quoted(s, &text) != 0 || check_keys_free(s) != 0) return -1;
    if (typist_type(&s->typist, text.text, text.bytes, &where, &trouble) != 0) {
        const struct word place = {.text = text.text + where, .bytes = 0};

        return fail_inside(s, &place, &trouble);
    }
    keys_done(s);
    return 0;
}

static int take_key(struct script *s, struct word *word, struct key_press *press)
{
    char suggestion[KEY_NAME_BYTES];
    char shown[SHOWN_MAX + 1];

    if (need_word(s, word) != 0) return -1;
    if (key_press_of_name(word->text, word->bytes, press, suggestion)) return check_keys_free(s);
    show_word(word, shown);
    if (suggestion[0] == '\0') return fail_word(s, word, "the name of a key");
    return fail_at(s, word->text, "no key is called '%s'; did you mean '%s'?", shown, suggestion);
}

static int run_key(struct script *s)
{
    struct error trouble = ERROR_INIT;
    struct key_press press;
    struct word word;

    if (take_key(s, &word, &press) != 0) return -1;
    if (typist_press(&s->typist, &press, &trouble) != 0) return fail_inside(s, &word, &trouble);
    keys_done(s);
    return 0;
}

static int hold(struct script *s, bool is_down)
{
    struct error trouble = ERROR_INIT;
    struct key_press press;
    struct word word;

    if (take_key(s, &word, &press) != 0) return -1;
    if (typist_hold(&s->typist, &press, is_down, &trouble) != 0) {
        return fail_inside(s, &word, &trouble);
    }
    keys_done(s);
    return 0;
}

static int run_down(struct script *s)
{
    return hold(s, true);
}

static int run_up(struct script *s)
{
    return hold(s, false);
}

static int run_pace(struct script *s)
{
    if (take_time(s, PACE_MAX, &s->typist.down) != 0) return -1;
    return take_time(s, PACE_MAX, &s->typist.up);
}

/* ---- Mouse and tablet ---- */

/* The device that was used last, as it is now, with this motion of the wheel. */
static int add_pointing(struct script *s, int8_t wheel)
{
    struct action action = {.kind = ACTION_TABLET, .tablet = s->tablet};

    if (s->is_mouse) {
        action = (struct action){.kind = ACTION_POINTER, .pointer = s->mouse};
        action.pointer.wheel = wheel;
    } else {
        action.tablet.wheel = wheel;
    }
    return add(s, &action);
}

static int run_move(struct script *s)
{
    int64_t dx = 0;
    int64_t dy = 0;
    int status;

    if (take_number(s, -MOUSE_MOTION_MAX, MOUSE_MOTION_MAX, &dx) != 0) return -1;
    if (take_number(s, -MOUSE_MOTION_MAX, MOUSE_MOTION_MAX, &dy) != 0) return -1;
    s->is_mouse = true;
    s->mouse.dx = (int16_t)dx;
    s->mouse.dy = (int16_t)dy;
    status = add_pointing(s, 0);
    s->mouse.dx = 0;
    s->mouse.dy = 0;
    return status;
}

static int run_point(struct script *s)
{
    if (take_place(s, INPUT_SCRIPT_WIDTH, &s->tablet.x) != 0) return -1;
    if (take_place(s, INPUT_SCRIPT_HEIGHT, &s->tablet.y) != 0) return -1;
    s->is_mouse = false;
    return add_pointing(s, 0);
}

static int run_wheel(struct script *s)
{
    int64_t wheel;

    if (take_number(s, -WHEEL_MAX, WHEEL_MAX, &wheel) != 0) return -1;
    return add_pointing(s, (int8_t)wheel);
}

static int take_button(struct script *s, uint8_t *button)
{
    struct word word;

    if (need_word(s, &word) != 0) return -1;
    *button = 0;
    if (is_word(&word, "left")) {
        *button = INPUT_BUTTON_LEFT;
    } else if (is_word(&word, "right")) {
        *button = INPUT_BUTTON_RIGHT;
    } else if (is_word(&word, "middle")) {
        *button = INPUT_BUTTON_MIDDLE;
    }
    return *button != 0 ? 0 : fail_word(s, &word, "left, right or middle");
}

static int push(struct script *s, uint8_t button, bool is_down)
{
    uint8_t *buttons = s->is_mouse ? &s->mouse.buttons : &s->tablet.buttons;

    if (is_down) {
        *buttons |= button;
    } else {
        *buttons &= (uint8_t)~button;
    }
    return add_pointing(s, 0);
}

static int run_button(struct script *s)
{
    struct word word;
    uint8_t button;

    if (take_button(s, &button) != 0 || need_word(s, &word) != 0) return -1;
    if (!is_word(&word, "down") && !is_word(&word, "up")) return fail_word(s, &word, "down or up");
    return push(s, button, is_word(&word, "down"));
}

static int run_click(struct script *s)
{
    uint8_t button;

    if (take_button(s, &button) != 0 || push(s, button, true) != 0) return -1;
    s->typist.when += s->typist.down;
    if (push(s, button, false) != 0) return -1;
    s->typist.when += s->typist.up;
    return 0;
}

/* ---- The machine ---- */

static int run_screenshot(struct script *s)
{
    char path[PATH_BYTES];
    struct action action = {.kind = ACTION_SCREENSHOT, .path = path};
    struct word word = {0};
    int status;

    if (has_more(s) && s->line[s->at] == '"') {
        status = take_quoted(s, &word);
    } else {
        status = need_word(s, &word);
    }
    if (status != 0) return -1;
    if (word.bytes == 0 || !copy_word(&word, path, sizeof(path))) {
        return fail_word(s, &word, "the name of a file");
    }
    return add(s, &action);
}

static int run_power(struct script *s)
{
    return add(s, &(const struct action){.kind = ACTION_POWER_KEY});
}

static int run_reset(struct script *s)
{
    return add(s, &(const struct action){.kind = ACTION_RESET});
}

/* Times count anew from here. */
static int run_wait_keyboard(struct script *s)
{
    char text[TIME_TEXT_BYTES];

    if (s->typist.when < s->latest) {
        format_time(s->latest, text);
        return fail_at(
            s, s->command.text,
            "line %u is done at %s, and a wait must not begin before it; give it a later "
            "time or put it further up",
            s->latest_line, text);
    }
    if (add(s, &(const struct action){.kind = ACTION_WAIT_KEYBOARD}) != 0) return -1;
    s->typist.when = 0;
    s->keys_free = 0;
    s->latest = 0;
    return 0;
}

/* ---- Lines ---- */

static const struct {
    const char *name;
    const char *example;
    int (*run)(struct script *s);
} commands[] = {
    {"type", "type \"ls\\n\"", run_type},
    {"key", "key ctrl-alt-f2", run_key},
    {"down", "down shift", run_down},
    {"up", "up shift", run_up},
    {"pace", "pace 10ms 10ms", run_pace},
    {"move", "move 10 -5", run_move},
    {"point", "point 0.5 0.25", run_point},
    {"wheel", "wheel -1", run_wheel},
    {"button", "button left down", run_button},
    {"click", "click left", run_click},
    {"screenshot", "screenshot picture.png", run_screenshot},
    {"power", "power", run_power},
    {"reset", "reset", run_reset},
    {"wait-keyboard", "wait-keyboard", run_wait_keyboard},
};

static int fail_command(struct script *s)
{
    char typed[SHOWN_MAX + 1];
    struct suggestion meant;

    show_word(&s->command, typed);
    suggest_begin(&meant, typed);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        suggest_try(&meant, commands[i].name);
    }
    if (meant.word != NULL) {
        return fail_at(s, s->command.text, "there is no command '%s'; did you mean '%s'?", typed,
                       meant.word);
    }
    return fail_at(s, s->command.text,
                   "there is no command '%s'; docs/formats/input-script.md lists them", typed);
}

static int run_command(struct script *s)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (!is_word(&s->command, commands[i].name)) continue;
        s->example = commands[i].example;
        if (commands[i].run(s) != 0) return -1;
        if (!has_more(s)) return 0;
        return fail_at(s, s->line + s->at, "nothing more may follow; write it as in: %s",
                       s->example);
    }
    return fail_command(s);
}

/* `at TIME` and `after TIME` in front of a command. */
static int take_start(struct script *s)
{
    const bool is_at = is_word(&s->command, "at");
    vtime time = 0;

    if (!is_at && !is_word(&s->command, "after")) return 0;
    s->example = is_at ? "at 2s type \"ls\\n\"" : "after 500ms type \"ls\\n\"";
    if (take_time(s, TIME_MAX, &time) != 0 || need_word(s, &s->command) != 0) return -1;
    s->typist.when = is_at ? time : s->typist.when + time;
    return 0;
}

static int run_line(struct script *s)
{
    if (!has_more(s)) return 0;
    if (memchr(s->line, '\0', s->bytes) != NULL) {
        return fail_at(s, memchr(s->line, '\0', s->bytes), "a zero byte; a script is plain text");
    }
    s->command = take_word(s);
    if (take_start(s) != 0) return -1;
    if (s->typist.when > TIME_MAX) {
        return fail_at(s, s->command.text, "a script may not be longer than %" PRIu64 " s",
                       (uint64_t)(TIME_MAX / VTIME_MS(1000)));
    }
    return run_command(s);
}

int input_script_parse(const char *name, const uint8_t *data, size_t bytes,
                       struct action_list *list, struct error *err)
{
    struct script s = {
        .name = name,
        .err = err,
        .list = list,
        .typist = {.list = list, .down = TYPIST_DOWN, .up = TYPIST_UP},
    };
    size_t at = 0;

    while (at < bytes) {
        const uint8_t *end = memchr(data + at, '\n', bytes - at);
        const size_t length = end != NULL ? (size_t)(end - data) - at : bytes - at;

        s.number++;
        s.line = (const char *)data + at;
        s.bytes = length > 0 && s.line[length - 1] == '\r' ? length - 1 : length;
        s.at = 0;
        s.typist.line = s.number;
        if (run_line(&s) != 0) return -1;
        at += length + 1;
    }
    action_list_sort(list);
    return 0;
}

int input_script_read(const char *path, struct action_list *list, struct error *err)
{
    struct host_file file;
    int status;

    if (host_file_read(path, INPUT_SCRIPT_BYTES_MAX, &file, err) != 0) return -1;
    status = input_script_parse(path, file.data, file.bytes, list, err);
    host_file_release(&file);
    return status;
}
