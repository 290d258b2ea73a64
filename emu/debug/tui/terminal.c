/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Curses. Nothing is used but what terminfo says of the terminal; curses sends only what differs from what
 * is seen, so nothing flickers. The terminal is in raw mode: Ctrl-C and Ctrl-Z are keys like others, and
 * stop the machine and the program when they are meant to.
 */
#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include "emu/debug/tui/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS         200 /* how long a wait lasts at most */
#define ESCAPE_DELAY_MS 50  /* how long after Esc the rest of a key's sequence may come */
#define FAILURES_MAX    100 /* reads without result and without reason: the terminal is gone */
#define DIRECT_COLOURS  0x1000000
/* Press and release that arrive together are made a click of, two clicks a double one. */
#define ONE_PRESS   (BUTTON1_PRESSED | BUTTON1_CLICKED)
#define TWO_PRESSES (BUTTON1_DOUBLE_CLICKED | BUTTON1_TRIPLE_CLICKED)
#define BUTTONS     (ONE_PRESS | TWO_PRESSES | BUTTON4_PRESSED | BUTTON5_PRESSED)

#define MOUSE_MAX 8 /* curses keeps as many */

struct tui_terminal {
    SCREEN *screen;
    char *locale; /* LC_CTYPE as it was */
    bool is_ascii;
    enum sheet_depth depth;
    unsigned failures;
    struct tui_event mouse[MOUSE_MAX]; /* told already, the last one first */
    unsigned mouse_count;
};

struct look {
    attr_t attributes;
    short fg; /* -1: the terminal's own */
    short bg;
};

/* Without colours, attributes have to do. */
static const struct look mono_looks[SHEET_STYLES] = {
    [SHEET_NORMAL] = {A_NORMAL, -1, -1},    [SHEET_DIM] = {A_DIM, -1, -1},
    [SHEET_BORDER] = {A_NORMAL, -1, -1},    [SHEET_TAB] = {A_NORMAL, -1, -1},
    [SHEET_TAB_TOP] = {A_BOLD, -1, -1},     [SHEET_FOCUS] = {A_REVERSE | A_BOLD, -1, -1},
    [SHEET_STATUS] = {A_REVERSE, -1, -1},   [SHEET_ERROR] = {A_BOLD, -1, -1},
    [SHEET_UNIMPL] = {A_UNDERLINE, -1, -1}, [SHEET_CHANGED] = {A_BOLD, -1, -1},
    [SHEET_NAME] = {A_NORMAL, -1, -1},      [SHEET_HERE] = {A_BOLD, -1, -1},
    [SHEET_KEY] = {A_BOLD, -1, -1},         [SHEET_PICTURE] = {A_NORMAL, -1, -1},
};
static const struct look looks_8[SHEET_STYLES] = {
    [SHEET_NORMAL] = {A_NORMAL, -1, -1},
    [SHEET_DIM] = {A_DIM, -1, -1},
    [SHEET_BORDER] = {A_NORMAL, COLOR_BLUE, -1},
    [SHEET_TAB] = {A_NORMAL, COLOR_BLUE, -1},
    [SHEET_TAB_TOP] = {A_BOLD, -1, -1},
    [SHEET_FOCUS] = {A_NORMAL, COLOR_BLACK, COLOR_CYAN},
    [SHEET_STATUS] = {A_NORMAL, COLOR_WHITE, COLOR_BLUE},
    [SHEET_ERROR] = {A_BOLD, COLOR_RED, -1},
    [SHEET_UNIMPL] = {A_NORMAL, COLOR_YELLOW, -1},
    [SHEET_CHANGED] = {A_BOLD, COLOR_MAGENTA, -1},
    [SHEET_NAME] = {A_NORMAL, COLOR_CYAN, -1},
    [SHEET_HERE] = {A_BOLD, COLOR_GREEN, -1},
    [SHEET_KEY] = {A_BOLD, -1, -1},
    [SHEET_PICTURE] = {A_NORMAL, -1, -1},
};
/* Greys that are readable on black and on white. */
static const struct look greys_256[] = {
    {A_NORMAL, 244, -1},
    {A_NORMAL, 240, -1},
};

static struct look look_of(const struct tui_terminal *terminal, const struct sheet_cell *cell)
{
    struct look look;

    if (terminal->depth == SHEET_MONO) {
        look = mono_looks[cell->style];
    } else if (terminal->depth == SHEET_256 &&
               (cell->style == SHEET_DIM || cell->style == SHEET_TAB)) {
        look = greys_256[0];
    } else if (terminal->depth == SHEET_256 && cell->style == SHEET_BORDER) {
        look = greys_256[1];
    } else {
        look = looks_8[cell->style];
    }
    if (cell->is_marked) {
        look.attributes ^= A_REVERSE;
    }
    return look;
}

static void put(const struct tui_terminal *terminal, const struct sheet_cell *cell, int x, int y)
{
    struct look look = look_of(terminal, cell);
    bool is_picture = cell->style == SHEET_PICTURE && terminal->depth != SHEET_MONO;
    int fg = is_picture ? cell->fg : look.fg;
    int bg = is_picture ? cell->bg : look.bg;
    int pair = terminal->depth == SHEET_MONO || (fg < 0 && bg < 0) ? 0 : alloc_pair(fg, bg);
    wchar_t text[2] = {(wchar_t)cell->letter, L'\0'};
    cchar_t what;

    pair = pair > 0 ? pair : 0;
    if (setcchar(&what, text, look.attributes, (short)pair, &pair) == OK) {
        (void)mvadd_wch(y, x, &what);
    }
}

static void show(void *ctx, const struct sheet *sheet, int x, int y)
{
    struct tui_terminal *terminal = ctx;
    int rows = sheet->rows < LINES ? sheet->rows : LINES;
    int columns = sheet->columns < COLS ? sheet->columns : COLS;

    (void)erase();
    for (int row = 0; row < rows; row++) {
        const struct sheet_cell *cells = sheet->cells + (size_t)row * (size_t)sheet->columns;

        for (int column = 0; column < columns; column++) {
            put(terminal, &cells[column], column, row);
        }
    }
    (void)curs_set(x >= 0);
    if (x >= 0) {
        (void)move(y, x);
    }
    (void)refresh();
}

/* ---- Keys ---- */

static const struct {
    wint_t code;
    uint32_t key;
} keys[] = {
    {KEY_UP, KEY_OF_UP},         {KEY_DOWN, KEY_OF_DOWN},
    {KEY_LEFT, KEY_OF_LEFT},     {KEY_RIGHT, KEY_OF_RIGHT},
    {KEY_PPAGE, KEY_OF_PAGE_UP}, {KEY_NPAGE, KEY_OF_PAGE_DOWN},
    {KEY_HOME, KEY_OF_HOME},     {KEY_END, KEY_OF_END},
    {KEY_FIND, KEY_OF_HOME}, /* Home and End of some terminals */
    {KEY_SELECT, KEY_OF_END},    {KEY_BACKSPACE, KEY_OF_BACKSPACE},
    {KEY_DC, KEY_OF_DELETE},     {KEY_BTAB, KEY_OF_BACK_TAB},
    {KEY_ENTER, KEY_OF_ENTER},
};

static struct tui_event of_key(uint32_t key)
{
    return (struct tui_event){.kind = TUI_KEY, .key = key};
}

static struct tui_event of_mouse(const MEVENT *mouse)
{
    struct tui_event event = {.kind = TUI_NOTHING, .x = mouse->x, .y = mouse->y};

    if (mouse->bstate & (ONE_PRESS | TWO_PRESSES)) {
        event.kind = TUI_PRESS;
        event.lines = mouse->bstate & TWO_PRESSES ? 2 : 1;
    } else if (mouse->bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED)) {
        event.kind = TUI_WHEEL;
        event.lines = mouse->bstate & BUTTON4_PRESSED ? -1 : 1;
    }
    return event;
}

/* What arrives together comes as one key, and out of curses the last one first. */
static struct tui_event mouse_event(struct tui_terminal *terminal)
{
    MEVENT mouse;

    while (terminal->mouse_count < MOUSE_MAX && getmouse(&mouse) == OK) {
        terminal->mouse[terminal->mouse_count++] = of_mouse(&mouse);
    }
    if (terminal->mouse_count == 0) return (struct tui_event){.kind = TUI_NOTHING};
    return terminal->mouse[--terminal->mouse_count];
}

static struct tui_event of_code(struct tui_terminal *terminal, wint_t code)
{
    if (code == KEY_RESIZE) return (struct tui_event){.kind = TUI_RESIZE};
    if (code == KEY_MOUSE) return mouse_event(terminal);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].code == code) return of_key(keys[i].key);
    }
    if (code >= KEY_F(1) && code <= KEY_F(12)) return of_key(KEY_OF_F1 + (code - KEY_F(1)));
    return (struct tui_event){.kind = TUI_NOTHING};
}

static struct tui_event of_letter(wint_t letter)
{
    if (letter == 0x7f || letter == 0x08) return of_key(KEY_OF_BACKSPACE);
    return of_key((uint32_t)letter);
}

/* A key right behind Esc is one with Alt. */
static struct tui_event of_escape(struct tui_terminal *terminal)
{
    struct tui_event event = of_key(KEY_OF_ESC);
    wint_t code;
    int kind;

    timeout(0);
    kind = get_wch(&code);
    if (kind == OK && code != KEY_OF_ESC) {
        event = of_letter(code);
        event.is_alt = true;
    } else if (kind == KEY_CODE_YES) {
        event = of_code(terminal, code);
        event.is_alt = event.kind == TUI_KEY;
    }
    return event;
}

/* Nothing came although it was waited for: a signal, or there is nobody there any more. */
static struct tui_event of_failure(struct tui_terminal *terminal)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    bool is_gone = poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL));

    terminal->failures++;
    is_gone |= terminal->failures > FAILURES_MAX;
    return (struct tui_event){.kind = is_gone ? TUI_GONE : TUI_NOTHING};
}

/* False: the time is over, or a signal came, perhaps of another size. */
static bool wait_for_input(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&input, 1, LOOK_MS) > 0;
}

static struct tui_event next(void *ctx, bool is_waiting)
{
    struct tui_terminal *terminal = ctx;
    wint_t code = 0;
    int kind;

    if (terminal->mouse_count > 0) return terminal->mouse[--terminal->mouse_count];
    timeout(0);
    kind = get_wch(&code);
    if (kind == ERR) {
        if (!is_waiting || !wait_for_input()) return (struct tui_event){.kind = TUI_NOTHING};
        kind = get_wch(&code);
    }
    if (kind == ERR) return of_failure(terminal);
    terminal->failures = 0;
    if (kind == KEY_CODE_YES) return of_code(terminal, code);
    return code == KEY_OF_ESC ? of_escape(terminal) : of_letter(code);
}

/* ---- The rest of the front ---- */

static void size(void *ctx, int *columns, int *rows)
{
    (void)ctx;
    getmaxyx(stdscr, *rows, *columns);
}

static void set_mouse(void *ctx, bool is_on)
{
    (void)ctx;
    (void)mousemask(is_on ? BUTTONS : 0, NULL);
}

static void redraw(void *ctx)
{
    (void)ctx;
    (void)clearok(stdscr, TRUE);
}

/* Where a thread of its own takes SIGTSTP, as in `spacegray run`, that would come too late. */
static bool is_tstp_blocked(void)
{
    sigset_t set;

    return pthread_sigmask(SIG_BLOCK, NULL, &set) == 0 && sigismember(&set, SIGTSTP) == 1;
}

static void suspend(void *ctx)
{
    (void)ctx;
    (void)def_prog_mode();
    (void)endwin();
    (void)kill(0, is_tstp_blocked() ? SIGSTOP : SIGTSTP);
    (void)reset_prog_mode();
    (void)clearok(stdscr, TRUE);
    (void)refresh();
}

struct tui_front tui_terminal_front(struct tui_terminal *terminal)
{
    return (struct tui_front){
        .ctx = terminal,
        .show = show,
        .next = next,
        .size = size,
        .set_mouse = set_mouse,
        .redraw = redraw,
        .suspend = suspend,
    };
}

bool tui_terminal_is_ascii(const struct tui_terminal *terminal)
{
    return terminal->is_ascii;
}

enum sheet_depth tui_terminal_depth(const struct tui_terminal *terminal)
{
    return terminal->depth;
}

/* ---- Life ---- */

/* NO_COLOR, as no-color.org has it: a variable that is not empty. */
static bool wants_colour(void)
{
    const char *value = getenv("NO_COLOR");

    return value == NULL || value[0] == '\0';
}

static enum sheet_depth find_depth(void)
{
    if (!has_colors() || !wants_colour() || start_color() != OK) return SHEET_MONO;
    (void)use_default_colors();
    if (COLORS >= DIRECT_COLOURS) return SHEET_DIRECT;
    if (COLORS >= 256) return SHEET_256;
    return COLORS >= 8 ? SHEET_8 : SHEET_MONO;
}

static void set_up(struct tui_terminal *terminal)
{
    (void)raw();
    (void)noecho();
    (void)nonl();
    (void)intrflush(stdscr, FALSE);
    (void)keypad(stdscr, TRUE);
    (void)set_escdelay(ESCAPE_DELAY_MS);
    (void)mouseinterval(0);
    (void)mousemask(BUTTONS, NULL);
    terminal->depth = find_depth();
}

struct tui_terminal *tui_terminal_open(struct error *err)
{
    struct tui_terminal *terminal;
    const char *kind = getenv("TERM");
    const char *locale = setlocale(LC_CTYPE, NULL);

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        (void)error_host(err, "standard input and output are not a terminal");
        return NULL;
    }
    terminal = calloc(1, sizeof(*terminal));
    if (terminal == NULL) {
        (void)error_host(err, "no memory for the terminal");
        return NULL;
    }
    terminal->locale = locale != NULL ? strdup(locale) : NULL;
    (void)setlocale(LC_CTYPE, "");
    terminal->is_ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    terminal->screen = newterm(NULL, stdout, stdin);
    if (terminal->screen == NULL) {
        (void)error_host(err,
                         "no terminal of the kind TERM=%s is known, or it cannot move its cursor",
                         kind != NULL ? kind : "");
        tui_terminal_close(terminal);
        return NULL;
    }
    (void)set_term(terminal->screen);
    set_up(terminal);
    return terminal;
}

void tui_terminal_close(struct tui_terminal *terminal)
{
    if (terminal == NULL) return;
    if (terminal->screen != NULL) {
        (void)mousemask(0, NULL);
        (void)curs_set(1);
        /* Where there is no other screen to go back to, the shell goes on in the last row. */
        (void)move(LINES - 1, 0);
        (void)clrtoeol();
        (void)refresh();
        (void)endwin();
        delscreen(terminal->screen);
    }
    if (terminal->locale != NULL) {
        (void)setlocale(LC_CTYPE, terminal->locale);
    }
    free(terminal->locale);
    free(terminal);
}
