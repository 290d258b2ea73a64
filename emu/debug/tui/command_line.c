/* SPDX-License-Identifier: GPL-2.0-only */
/* Typing on the last row. Keys are those of readline. */
#include "emu/debug/tui/command_line.h"

#include <string.h>

#include "emu/base/utf8.h"

#define LIST_ROWS_MAX 8

static const char *const prompts[PROMPT_COUNT] = {
    [PROMPT_NONE] = "",
    [PROMPT_COMMAND] = ":",
    [PROMPT_GOTO] = "goto: ",
    [PROMPT_SEARCH] = "/",
    [PROMPT_FILTER] = "filter: ",
    [PROMPT_ADDRESS] = "address: ",
    [PROMPT_DEVICE] = "device: ",
    [PROMPT_QUIT] = "This ends the run. Quit? (y/n) ",
    [PROMPT_CUT] = "Go on from here, and forget what came after it? (y/n) ",
};

static bool is_question(enum prompt prompt)
{
    return prompt == PROMPT_QUIT || prompt == PROMPT_CUT;
}

static struct command_history *history(struct command_line *line)
{
    return &line->histories[line->prompt];
}

void command_line_open(struct command_line *line, enum prompt prompt, const char *text)
{
    line->prompt = prompt;
    line_edit_set(&line->edit, text);
    line->position = history(line)->count;
    line->is_searching = false;
    line->has_tabbed = false;
    line->is_listing = false;
}

void command_line_close(struct command_line *line, bool is_done)
{
    if (is_done && !is_question(line->prompt)) {
        command_history_add(history(line), line->edit.text);
    }
    line->prompt = PROMPT_NONE;
    line->is_searching = false;
    line->is_listing = false;
}

/* ---- Older lines ---- */

static void show_position(struct command_line *line)
{
    struct command_history *lines = history(line);

    if (line->position < lines->count) {
        line_edit_set(&line->edit, lines->lines[line->position]);
    } else {
        line->edit = line->draft;
    }
}

static void older(struct command_line *line)
{
    if (line->position == 0) return;
    if (line->position == history(line)->count) {
        line->draft = line->edit;
    }
    line->position--;
    show_position(line);
}

static void newer(struct command_line *line)
{
    if (line->position >= history(line)->count) return;
    line->position++;
    show_position(line);
}

/* ---- Search in them ---- */

static void search(struct command_line *line, size_t from)
{
    size_t index = 0;

    line->is_lost =
        line->part[0] != '\0' && !command_history_find(history(line), from, line->part, &index);
    if (line->part[0] != '\0' && !line->is_lost) {
        line->position = index;
        line_edit_set(&line->edit, history(line)->lines[index]);
    }
}

static void search_begin(struct command_line *line)
{
    line->draft = line->edit;
    line->position = history(line)->count;
    line->is_searching = true;
    line->is_lost = false;
    line->part[0] = '\0';
}

/* False: the key ends the search, and is then done as usual. */
static bool search_key(struct command_line *line, const struct tui_event *event)
{
    size_t length = strlen(line->part);
    char text[4];

    if (event->key == KEY_CONTROL('r')) {
        search(line, line->position);
        return true;
    }
    if (event->key == KEY_CONTROL('g') || event->key == KEY_OF_ESC) {
        line->is_searching = false;
        line->edit = line->draft;
        line->position = history(line)->count;
        return true;
    }
    if (event->key == KEY_OF_BACKSPACE) {
        do {
            length -= length > 0;
        } while (length > 0 && ((uint8_t)line->part[length] & 0xc0) == 0x80);
        line->part[length] = '\0';
        search(line, history(line)->count);
        return true;
    }
    line->is_searching = event->key >= 0x20 && event->key < 0x110000 && !event->is_alt;
    if (line->is_searching && length + sizeof(text) < sizeof(line->part)) {
        size_t bytes = utf8_encode(event->key, text);

        memcpy(line->part + length, text, bytes);
        line->part[length + bytes] = '\0';
        search(line, history(line)->count);
    }
    return line->is_searching;
}

/* ---- Completion ---- */

void completions_add(void *ctx, const char *word)
{
    struct completions *completions = ctx;
    size_t length = strlen(word);

    if (completions->count == COMPLETIONS_MAX || length >= COMPLETION_BYTES) {
        completions->has_more = true;
        return;
    }
    memcpy(completions->words[completions->count++], word, length + 1);
}

/* How much of `word` stands before the cursor: the longest piece behind a blank or within the last word that
 * the word begins with. */
static size_t typed(const struct line_edit *edit, const char *word)
{
    size_t from = edit->cursor;

    while (from > 0 && edit->text[from - 1] != ' ') {
        from--;
    }
    while (strncmp(edit->text + from, word, edit->cursor - from) != 0) {
        from++;
    }
    return edit->cursor - from;
}

static size_t common(const struct completions *list)
{
    size_t length = strlen(list->words[0]);

    for (size_t i = 1; i < list->count; i++) {
        size_t same = 0;

        while (same < length && list->words[i][same] == list->words[0][same]) {
            same++;
        }
        length = same;
    }
    return length;
}

void command_line_completed(struct command_line *line)
{
    const struct completions *list = &line->completions;
    const char *word = list->words[0];
    size_t length;
    size_t have;

    line->is_listing = line->has_tabbed && list->count > 1;
    line->has_tabbed = true;
    if (list->count == 0) return;
    length = common(list);
    have = typed(&line->edit, word);
    if (length > have && !list->has_more) {
        (void)line_edit_insert(&line->edit, word + have, length - have);
        line->has_tabbed = false;
    }
    if (list->count == 1 && !list->has_more && line->edit.cursor == line->edit.length &&
        word[length - 1] != '.') {
        (void)line_edit_insert(&line->edit, " ", 1);
    }
}

/* ---- Keys ---- */

static const struct {
    uint32_t key;
    bool is_alt;
    enum line_edit_key does;
} edit_keys[] = {
    {KEY_OF_LEFT, false, LINE_LEFT},
    {KEY_CONTROL('b'), false, LINE_LEFT},
    {KEY_OF_RIGHT, false, LINE_RIGHT},
    {KEY_CONTROL('f'), false, LINE_RIGHT},
    {KEY_OF_HOME, false, LINE_HOME},
    {KEY_CONTROL('a'), false, LINE_HOME},
    {KEY_OF_END, false, LINE_END},
    {KEY_CONTROL('e'), false, LINE_END},
    {KEY_OF_BACKSPACE, false, LINE_BACKSPACE},
    {KEY_OF_DELETE, false, LINE_DELETE},
    {KEY_CONTROL('d'), false, LINE_DELETE},
    {KEY_CONTROL('w'), false, LINE_KILL_WORD_LEFT},
    {KEY_CONTROL('u'), false, LINE_KILL_LEFT},
    {KEY_CONTROL('k'), false, LINE_KILL_RIGHT},
    {KEY_CONTROL('y'), false, LINE_YANK},
    {KEY_CONTROL('t'), false, LINE_TRANSPOSE},
    {'b', true, LINE_WORD_LEFT},
    {'f', true, LINE_WORD_RIGHT},
    {'d', true, LINE_KILL_WORD_RIGHT},
    {KEY_OF_BACKSPACE, true, LINE_KILL_WORD_LEFT},
    {KEY_OF_LEFT, true, LINE_WORD_LEFT},
    {KEY_OF_RIGHT, true, LINE_WORD_RIGHT},
};

static void edit_key(struct command_line *line, const struct tui_event *event)
{
    for (size_t i = 0; i < sizeof(edit_keys) / sizeof(edit_keys[0]); i++) {
        if (edit_keys[i].key == event->key && edit_keys[i].is_alt == event->is_alt) {
            line_edit_key(&line->edit, edit_keys[i].does);
            return;
        }
    }
    if (!event->is_alt && event->key < 0x110000) {
        (void)line_edit_letter(&line->edit, event->key);
    }
}

static enum command_line_result answer_key(uint32_t key)
{
    if (key == 'y' || key == 'Y') return COMMAND_LINE_DONE;
    return COMMAND_LINE_LEFT;
}

/* Backspace on an empty line leaves it, as in less and vi. */
static bool leaves(const struct command_line *line, const struct tui_event *event)
{
    return event->key == KEY_OF_ESC || event->key == KEY_CONTROL('g') ||
           event->key == KEY_CONTROL('c') ||
           (event->key == KEY_OF_BACKSPACE && line->edit.length == 0) ||
           (event->key == KEY_CONTROL('d') && line->edit.length == 0);
}

enum command_line_result command_line_key(struct command_line *line, const struct tui_event *event)
{
    if (is_question(line->prompt)) return answer_key(event->key);
    if (line->is_searching && search_key(line, event)) return COMMAND_LINE_TYPING;
    if (event->key == KEY_OF_TAB) {
        line->completions.count = 0;
        line->completions.has_more = false;
        return COMMAND_LINE_COMPLETE;
    }
    line->has_tabbed = false;
    line->is_listing = false;
    if (leaves(line, event)) return COMMAND_LINE_LEFT;
    if (event->key == KEY_OF_ENTER || event->key == '\n') return COMMAND_LINE_DONE;
    if (event->key == KEY_OF_UP || event->key == KEY_CONTROL('p')) {
        older(line);
    } else if (event->key == KEY_OF_DOWN || event->key == KEY_CONTROL('n')) {
        newer(line);
    } else if (event->key == KEY_CONTROL('r')) {
        search_begin(line);
    } else {
        edit_key(line, event);
    }
    return COMMAND_LINE_TYPING;
}

/* ---- Drawing ---- */

static int widest(const struct completions *list)
{
    size_t width = 1;

    for (size_t i = 0; i < list->count; i++) {
        width = strlen(list->words[i]) > width ? strlen(list->words[i]) : width;
    }
    return (int)width + 2;
}

static int per_row(const struct command_line *line, int columns)
{
    int count = columns / widest(&line->completions);

    return count > 0 ? count : 1;
}

int command_line_rows(const struct command_line *line, int columns)
{
    int rows;

    if (!line->is_listing) return 0;
    rows = ((int)line->completions.count + per_row(line, columns) - 1) / per_row(line, columns);
    return rows < LIST_ROWS_MAX ? rows : LIST_ROWS_MAX;
}

/* Column by column, as ls does. */
static void draw_list(const struct command_line *line, struct sheet_pen *pen, int rows)
{
    const struct completions *list = &line->completions;
    int width = widest(list);
    int count = (int)list->count;
    int room = rows * per_row(line, pen->area.width);
    bool is_cut = list->has_more || count > room;

    for (int y = 0; y < rows; y++) {
        pen_move(pen, 0, y);
        pen_fill(pen, SHEET_NORMAL);
        for (int i = y; i < count && i < room; i += rows) {
            bool is_last = i == room - 1;

            pen_move(pen, i / rows * width, y);
            pen_text(pen, SHEET_NAME, is_last && is_cut ? "..." : list->words[i]);
        }
    }
}

void command_line_draw(const struct command_line *line, struct sheet *sheet, struct sheet_area area,
                       int *x)
{
    struct sheet_pen pen = sheet_pen(sheet, area);
    int rows = command_line_rows(line, area.width);
    int cursor;

    draw_list(line, &pen, rows);
    pen.area.y += rows;
    pen.area.height = 1;
    pen_move(&pen, 0, 0);
    if (line->is_searching) {
        pen_print(&pen, SHEET_KEY, "(%s`%s'): ", line->is_lost ? "not found " : "search ",
                  line->part);
    } else {
        pen_text(&pen, SHEET_KEY, prompts[line->prompt]);
    }
    pen.area.x += pen.x;
    pen.area.width -= pen.x;
    cursor = line_edit_column(&line->edit);
    pen_move(&pen, 0, 0);
    pen.left = cursor >= pen.area.width ? cursor - pen.area.width + 1 : 0;
    pen_text(&pen, SHEET_NORMAL, line->edit.text);
    pen_fill(&pen, SHEET_NORMAL);
    *x = pen.area.x + cursor - pen.left;
}
