/* SPDX-License-Identifier: GPL-2.0-only */
/* The whole text UI without a terminal: keys go in, the sheet is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tui/desk.h"

static void first_picture(void **state)
{
    struct desk *desk = *state;

    expect(desk, 0, "0.100000000000 s  ev 100/200  core 0  64-bit ring 0  replay");
    expect(desk, 1, " 1 Events 200 ");
    expect(desk, 6, "!100 0.100000 0 ans2     bad_doorbell  value=0x64");
    expect(desk, 10, "2 Device 3 Core ans2");
    expect(desk, 10, "4 Code 5 Memory");
    expect(desk, 11, "00001000 mov $0,%eax");
    expect(desk, 12, "*CC          00000100 MPS=2");
    expect(desk, -1, "? shows the keys");
    assert_int_equal(cell(desk, 0, 6)->style, SHEET_HERE);
    assert_int_equal(cell(desk, 1, 6)->style, SHEET_ERROR);
    assert_int_equal(cell(desk, 10, 5)->style, SHEET_NORMAL);
    assert_int_equal(cell(desk, 10, 7)->style, SHEET_DIM); /* not yet */
    assert_int_equal(marked(desk, 5, 2), 6);
}

static void steps(void **state)
{
    struct desk *desk = *state;

    type(desk, "s");
    assert_int_equal(fake()->place, 1001);
    type(desk, "SS");
    assert_int_equal(fake()->place, 999);
    type(desk, "bB");
    assert_int_equal(fake()->place, 999);
    type(desk, "e");
    assert_int_equal(fake()->place, 1009);
    type(desk, "E");
    assert_int_equal(fake()->place, 999);
    type(desk, "v");
    assert_string_equal(fake()->last_command, "next");
    type(desk, "V");
    assert_string_equal(fake()->last_command, "reverse-next");
    expect(desk, -1, "here 999");
    type(desk, "c");
    expect(desk, 0, "replay end");
    type(desk, "C");
    expect(desk, 0, "replay begin");
    expect(desk, 0, "ev 0/200");
    type(desk, "$");
    expect(desk, 0, "ev 200/200");
    type(desk, "^");
    assert_string_equal(fake()->last_command, "goto begin");
}

static void goes_to_the_selected_event(void **state)
{
    struct desk *desk = *state;

    key(desk, KEY_OF_DOWN);
    type(desk, "jj");
    expect(desk, marked(desk, 5, 2), "103 0.103000 1 vega10");
    expect(desk, 0, "ev 100/200");
    expect(desk, 10, "Core vega10");
    key(desk, KEY_OF_ENTER);
    assert_string_equal(fake()->last_command, "goto ev 103");
    expect(desk, 0, "ev 103/200");
    key(desk, KEY_OF_HOME);
    expect(desk, 2, "1 0.001000");
    expect(desk, 0, "ev 103/200");
    type(desk, ".");
    expect(desk, marked(desk, 5, 2), "103 0.103000");
    key(desk, KEY_OF_PAGE_UP);
    key(desk, KEY_OF_END);
    expect(desk, 9, "200 0.200000");
}

static void goto_prompt(void **state)
{
    struct desk *desk = *state;

    type(desk, "gev 7");
    expect(desk, -1, "goto: ev 7");
    key(desk, KEY_OF_ENTER);
    assert_string_equal(fake()->last_command, "goto ev 7");
    expect(desk, 0, "ev 7/200");
    key(desk, 'g');
    key(desk, KEY_OF_ESC);
    assert_int_equal(desk->tui->line.prompt, PROMPT_NONE);
}

static void commands(void **state)
{
    struct desk *desk = *state;

    command(desk, "say one line");
    expect(desk, -1, "one line");
    assert_int_equal(find(desk, 10, " mov $0"), 11); /* a single line hides nothing */
    command(desk, "many 30");
    expect(desk, -2, "line 30 of 30");
    assert_int_equal(find(desk, 10, " mov $0"), -1);
    type(desk, "o");
    assert_int_equal(find(desk, 10, " mov $0"), 11);
    type(desk, "o");
    expect(desk, -2, "line 30 of 30");
    key(desk, KEY_OF_HOME);
    expect(desk, 11, ": say one line");
    command(desk, "nonsense");
    expect(desk, -1, "no command `nonsense'");
    assert_int_equal(cell(desk, 3, 23)->style, SHEET_ERROR);
    command(desk, "");
    assert_string_equal(fake()->last_command, "");
    command(desk, "quit");
    assert_true(desk->tui->is_quitting);
}

static void completes(void **state)
{
    struct desk *desk = *state;

    type(desk, ":info nv");
    key(desk, KEY_OF_TAB);
    expect(desk, -1, ":info nvme.C");
    key(desk, KEY_OF_TAB);
    key(desk, KEY_OF_TAB);
    expect(desk, -2, "nvme.CC    nvme.CSTS");
    key(desk, KEY_OF_ESC);
    type(desk, "d");
    key(desk, KEY_OF_TAB);
    key(desk, KEY_OF_TAB);
    expect(desk, -2, "uart0");
    type(desk, "la");
    key(desk, KEY_OF_TAB);
    expect(desk, -1, "device: lapic0");
}

static void hostile_text(void **state)
{
    struct desk *desk = *state;
    int y;

    type(desk, "gev 82");
    key(desk, KEY_OF_ENTER);
    y = find(desk, 2, " 82 ");
    assert_true(y > 0);
    expect(desk, y, "text=" FAKE_HOSTILE_SEEN);
    for (int i = 0; i < desk->rows * desk->columns; i++) {
        assert_true(desk->tui->sheet.cells[i].letter >= 0x20);
        assert_false(desk->tui->sheet.cells[i].letter >= 0x7f &&
                     desk->tui->sheet.cells[i].letter < 0xa0);
    }
}

static void searches(void **state)
{
    struct desk *desk = *state;

    type(desk, "/FLIP");
    key(desk, KEY_OF_ENTER);
    expect(desk, marked(desk, 5, 2), "103 0.103000 1 vega10   flip");
    type(desk, "n");
    expect(desk, marked(desk, 5, 2), "107 0.107000 1 vega10   flip");
    type(desk, "NN");
    expect(desk, marked(desk, 5, 2), " 99 0.099000");
    expect(desk, 0, "ev 100/200"); /* looking is not going */
    type(desk, "/vector=0xc5");
    key(desk, KEY_OF_ENTER);
    type(desk, "n");
    expect(desk, -1, "around the end");
    type(desk, "/nowhere");
    key(desk, KEY_OF_ENTER);
    expect(desk, -1, "not found: nowhere");
}

static void filters(void **state)
{
    struct desk *desk = *state;

    type(desk, "fvega10.flip");
    key(desk, KEY_OF_ENTER);
    expect(desk, 1, "vega10.flip: ");
    expect(desk, marked(desk, 5, 2), " 99 0.099000 1 vega10   flip");
    key(desk, KEY_OF_DOWN);
    expect(desk, marked(desk, 5, 2), "103 0.103000 1 vega10   flip");
    key(desk, 'f');
    key(desk, KEY_CONTROL('u'));
    type(desk, "((");
    key(desk, KEY_OF_ENTER);
    assert_int_equal(cell(desk, 0, 23)->style, SHEET_ERROR);
    expect(desk, 1, "vega10.flip: ");
    key(desk, 'f');
    key(desk, KEY_CONTROL('u'));
    key(desk, KEY_OF_ENTER);
    expect(desk, 1, " 1 Events 200 ");
    type(desk, "fnothing.at_all");
    key(desk, KEY_OF_ENTER);
    expect(desk, 2, "no event fits");
    type(desk, "njk");
    key(desk, KEY_OF_ENTER);
    expect(desk, 0, "ev 100/200");
}

static void device_registers(void **state)
{
    struct desk *desk = *state;

    type(desk, "2jj");
    key(desk, KEY_OF_UP);
    expect(desk, marked(desk, 5, 11), "*CC ");
    key(desk, KEY_OF_ENTER);
    expect(desk, 13, "0 EN=0");
    expect(desk, 14, "6:4 CSS=0");
    expect(desk, 15, "10:7 MPS=2");
    type(desk, "s");
    expect(desk, 12, "*CC          00000101 EN=1 MPS=2");
    expect(desk, 13, "0 EN=1");
    type(desk, "jj");
    key(desk, KEY_OF_ENTER); /* from a field, closes its register */
    expect(desk, 13, "DOORBELL[0]");
    expect(desk, marked(desk, 5, 11), "*CC ");
    type(desk, "p");
    expect(desk, -1, ":break reg ans2.CC");
    key(desk, KEY_OF_ESC);
    type(desk, "l");
    expect(desk, -1, ":last-write reg ans2.CC");
    key(desk, KEY_OF_ESC);
    type(desk, "dlapic0");
    key(desk, KEY_OF_ENTER);
    expect(desk, 10, "Core lapic0 (kept)");
    type(desk, "1jj");
    expect(desk, 10, "Core lapic0 (kept)");
    key(desk, 'd');
    key(desk, KEY_OF_ENTER);
    expect(desk, 10, "Core uart0");
    expect(desk, 11, "chipset/uart0 has no registers");
    type(desk, "dnothing");
    key(desk, KEY_OF_ENTER);
    expect(desk, -1, "no device nothing");
}

/* The register that an event is about is the one that is selected. */
static void register_of_the_event(void **state)
{
    struct desk *desk = *state;

    key(desk, KEY_OF_DOWN);
    type(desk, "/reg=CC");
    key(desk, KEY_OF_ENTER);
    type(desk, "2");
    expect(desk, marked(desk, 5, 11), "*CC ");
    key(desk, KEY_OF_HOME); /* another choice stays */
    type(desk, "s");
    expect(desk, marked(desk, 5, 11), " CAP ");
}

static void core_registers(void **state)
{
    struct desk *desk = *state;

    type(desk, "3");
    expect(desk, 11, " rip     0000000000001000");
    expect(desk, 12, "rflags  0000000000000202 IF");
    type(desk, "s");
    expect(desk, 11, "*rip     0000000000001004");
    expect(desk, 13, "*rax     00000000000003e9");
    type(desk, "x");
    expect(desk, 0, "core 1");
    expect(desk, 11, " rip"); /* another core's registers have not changed */
    type(desk, "x");
    expect(desk, 0, "core 0");
}

static void code(void **state)
{
    struct desk *desk = *state;

    type(desk, "4jj");
    expect(desk, marked(desk, 60, 11), "00001008 mov $2");
    key(desk, KEY_OF_ENTER);
    assert_string_equal(fake()->last_command, "run-until pc 0x1008");
    type(desk, "p");
    expect(desk, -1, ":break pc 0x1008");
    key(desk, KEY_OF_ESC);
    key(desk, KEY_OF_PAGE_DOWN);
    expect(desk, 11, "0000102c mov $11");
    type(desk, ".");
    assert_int_equal(find(desk, 11, "00001008 mov $2"), 13);
    type(desk, "a0x1ff8");
    key(desk, KEY_OF_ENTER);
    expect(desk, 11, "00001ff8 mov");
    expect(desk, 13, "2000 is not mapped");
    type(desk, "jjjj");
    key(desk, KEY_OF_PAGE_DOWN);
    type(desk, "kkkk");
    type(desk, "a0x90000");
    key(desk, KEY_OF_ENTER);
    type(desk, "jk");
    key(desk, KEY_OF_PAGE_DOWN);
    key(desk, KEY_OF_ENTER);
    /* Along a long stretch the instruction stays in view. */
    type(desk, "4.");
    for (int i = 0; i < 60; i++) {
        type(desk, "s");
        assert_true(find(desk, 11, "\xe2\x96\xb6") > 0);
    }
}

static void click(struct desk *desk, int x, int y)
{
    tui_handle(desk->tui, &(struct tui_event){.kind = TUI_PRESS, .x = x, .y = y, .lines = 1});
    tui_draw(desk->tui);
}

#define STOP     "\xe2\x97\x8f"
#define STOP_OFF "\xe2\x97\x8b"

static void breakpoints_are_marked(void **state)
{
    struct desk *desk = *state;
    int y;
    int x = 0;

    type(desk, "4");
    y = find(desk, 11,
             "\xe2\x96\xb6"
             "00001000");
    assert_true(y > 0);
    assert_int_equal(find(desk, 11, STOP), -1);
    type(desk, "P");
    assert_string_equal(fake()->last_command, "break pc 0x1000");
    expect(desk, y,
           STOP "\xe2\x96\xb6"
                "00001000");
    type(desk, "jjP");
    expect(desk, y + 2, STOP " 00001008");
    command(desk, "disable 2");
    expect(desk, y + 2, STOP_OFF " 00001008");
    type(desk, "P");
    assert_string_equal(fake()->last_command, "delete 2");
    expect(desk, y + 2, "  00001008");
    /* The mouse, on the first column of a line. */
    while (cell(desk, x, y)->letter != 0x25cf) {
        x++;
    }
    click(desk, x, y + 3);
    assert_string_equal(fake()->last_command, "break pc 0x100c");
    expect(desk, y + 3, STOP " 0000100c");
    click(desk, x, y + 3);
    assert_string_equal(fake()->last_command, "delete 3");
    assert_true(cell(desk, x + 5, y + 3)->is_marked);
    click(desk, x + 5, y + 4);
    assert_string_equal(fake()->last_command, "delete 3");
    /* It is where the code goes to, too. */
    type(desk, ".ss");
    expect(desk, find(desk, 11, STOP), STOP " 00001000");
    /* Events. */
    command(desk, "break ev irq");
    assert_true(find(desk, 2, STOP) > 0 && find(desk, 2, STOP) < 10);
    expect(desk, find(desk, 2, STOP), " irq ");
    /* In other panes the key means nothing. */
    type(desk, "1P");
    assert_string_equal(fake()->last_command, "break ev irq");
}

static void memory(void **state)
{
    struct desk *desk = *state;

    type(desk, "5");
    expect(desk, 11, "00008000  e8 03 00 00 00 00 00 00  ........");
    type(desk, "e");
    expect(desk, 11, "00007ff0  ");
    type(desk, "z");
    expect(desk, 1, "8 Output $rsp");
    type(desk, "z");
    type(desk, "a0x8000");
    key(desk, KEY_OF_ENTER);
    expect(desk, 11, "00008000  f2 03 00");
    type(desk, "s");
    expect(desk, 11, "00008000  f3 03 00");
    assert_int_equal(cell(desk, 38 + 10, 11)->style, SHEET_CHANGED);
    assert_int_equal(cell(desk, 38 + 13, 11)->style, SHEET_NORMAL);
    type(desk, "a$rsp - 0x10 + 8");
    key(desk, KEY_OF_ENTER);
    expect(desk, 11, "00007fe0");
    type(desk, "a0xfff8");
    key(desk, KEY_OF_ENTER);
    expect(desk, 12, "00010000  ?? ?? ??");
    type(desk, "awhere");
    key(desk, KEY_OF_ENTER);
    expect(desk, -1, "not an address: where");
    type(desk, "a$nothing");
    key(desk, KEY_OF_ENTER);
    expect(desk, -1, "not an address");
    type(desk, "a0xffffffffffffffff");
    key(desk, KEY_OF_ENTER);
    expect(desk, 11, "ffffffffffffffff  ??");
}

static void stack(void **state)
{
    struct desk *desk = *state;

    type(desk, "6");
    expect(desk, 11, "0000000000008000 00000000000003e8");
    expect(desk, 13, "b0000000000008010");
    key(desk, KEY_OF_ENTER);
    expect(desk, 11, "000003e8  e8 e9 ea");
    assert_int_equal(desk->tui->layout.focus, PANE_MEMORY);
}

static void picture(void **state)
{
    struct desk *desk = *state;
    const struct sheet_cell *upper;
    const struct sheet_cell *lower;

    type(desk, "7");
    expect(desk, 11, "no picture");
    fake()->has_picture = true;
    type(desk, "s");
    expect(desk, 10, "7 Screen");
    upper = cell(desk, 58, 12);
    lower = cell(desk, 58, 21);
    assert_int_equal(upper->style, SHEET_PICTURE);
    assert_int_equal(upper->bg, 196);
    assert_int_equal(lower->bg, 21);
    desk->tui->sheet.depth = SHEET_8;
    tui_draw(desk->tui);
    assert_int_equal(cell(desk, 58, 12)->bg, 1);
    assert_int_equal(cell(desk, 58, 21)->bg, 4);
    desk->tui->sheet.depth = SHEET_DIRECT;
    tui_draw(desk->tui);
    assert_int_equal(cell(desk, 58, 12)->bg, 0xff0000);
    desk->tui->sheet.depth = SHEET_MONO;
    tui_draw(desk->tui);
    assert_int_equal(cell(desk, 58, 12)->letter, ':');
    assert_int_equal(cell(desk, 58, 21)->letter, ' ');
}

static void help(void **state)
{
    struct desk *desk = *state;

    type(desk, "?");
    expect(desk, 2, "Through time");
    key(desk, KEY_OF_END);
    expect(desk, -2, "quit");
    for (int y = 1; y < 23; y++) {
        assert_true(strlen(row(desk, y)) <= 80);
    }
    key(desk, KEY_OF_UP);
    assert_true(desk->tui->is_help);
    key(desk, KEY_OF_ESC);
    assert_false(desk->tui->is_help);
    expect(desk, 1, "Events");
}

static void sizes(void **state)
{
    struct desk *desk = *state;

    resize(desk, 160, 50);
    expect(desk, 0, "fake.sgr");
    expect(desk, 1, "7 Screen");
    assert_true(find(desk, 1, "8 Output") > 0);
    resize(desk, 59, 24);
    expect(desk, 0, "This terminal has 59x24 characters; the debugger needs");
    resize(desk, 5, 3);
    type(desk, "sjk4a:");
    key(desk, KEY_OF_ESC);
    resize(desk, 1, 1);
    resize(desk, 80, 24);
    expect(desk, 1, "Events 200");
    for (int i = 1; i < 200; i += 7) {
        resize(desk, i, i / 2);
        type(desk, "12345678");
        type(desk, "zz++>>");
    }
}

static void panes_of_any_size(void **state)
{
    struct desk *desk = *state;

    fake()->has_picture = true;
    for (int columns = 60; columns < 200; columns += 13) {
        for (int rows = 16; rows < 70; rows += 7) {
            resize(desk, columns, rows);
            type(desk, "1.2j3j4j5j6j7j8jzszsz=");
        }
    }
}

static void mouse(void **state)
{
    struct desk *desk = *state;

    click(desk, 10, 3);
    expect(desk, marked(desk, 5, 2), " 97 0.097");
    expect(desk, 0, "ev 100/200");
    click(desk, 10, 3);
    expect(desk, 0, "ev 97/200");
    click(desk, 48, 10); /* "5 Memory" */
    expect(desk, 11, "00007ff0");
    assert_int_equal(desk->tui->layout.focus, PANE_MEMORY);
    click(desk, 10, 12);
    assert_int_equal(desk->tui->layout.focus, PANE_DEVICE);
    tui_handle(desk->tui, &(struct tui_event){.kind = TUI_WHEEL, .x = 50, .y = 15, .lines = 1});
    tui_draw(desk->tui);
    expect(desk, 11, "00008008");
    tui_handle(desk->tui, &(struct tui_event){.kind = TUI_WHEEL, .x = 10, .y = 4, .lines = -1});
    tui_draw(desk->tui);
    assert_int_equal(desk->tui->layout.focus, PANE_DEVICE);
    click(desk, 30, 23);
    assert_int_equal(desk->tui->line.prompt, PROMPT_COMMAND);
    key(desk, KEY_OF_ESC);
    click(desk, 79, 0);
    click(desk, 500, 500);
    type(desk, "m");
    assert_false(desk->is_mouse);
    type(desk, "m");
    assert_true(desk->is_mouse);
}

static void interrupted(void **state)
{
    struct desk *desk = *state;

    desk->queue[0] = (struct tui_event){.kind = TUI_KEY, .key = 'c'};
    desk->queue[1] = (struct tui_event){.kind = TUI_RESIZE};
    desk->queue[2] = (struct tui_event){.kind = TUI_KEY, .key = KEY_CONTROL('c')};
    desk->queued = 3;
    desk->rows = 30;
    command(desk, "slow");
    assert_true(fake()->is_interrupted);
    expect(desk, 0, "ev 100/200");
    assert_int_equal(desk->tui->sheet.rows, 30);
    desk->queue[0].kind = TUI_GONE;
    desk->queued = 1;
    desk->taken = 0;
    command(desk, "slow");
    assert_true(desk->tui->is_quitting);
}

/* What is typed meanwhile is done afterwards; a key that is held down counts once. */
static void typed_ahead(void **state)
{
    static const char keys[] = "ssssgev 100";
    struct desk *desk = *state;
    unsigned count = 0;

    for (; keys[count] != '\0'; count++) {
        desk->queue[count] = (struct tui_event){.kind = TUI_KEY, .key = (uint8_t)keys[count]};
    }
    desk->queued = count;
    command(desk, "slow");
    assert_false(fake()->is_interrupted);
    assert_int_equal(desk->tui->ahead_count, 8);
    while (desk->tui->ahead_count > 0) {
        struct tui_event event = tui_next(desk->tui);

        tui_handle(desk->tui, &event);
    }
    tui_draw(desk->tui);
    assert_int_equal(fake()->place, 1002);
    expect(desk, -1, "goto: ev 100");
}

static void progress(void **state)
{
    struct desk *desk = *state;
    unsigned shown = desk->shown;

    desk->tui->is_running = true;
    fake()->progress(fake()->progress_ctx, 420);
    expect(desk, -1, "running  42.0% [############");
    fake()->progress(fake()->progress_ctx, -1);
    expect(desk, -1, "running  Esc stops it");
    desk->tui->is_running = false;
    fake()->progress(fake()->progress_ctx, 0); /* nothing of ours */
    assert_int_equal(desk->shown, shown + 2);
}

static void quits(void **state)
{
    struct desk *desk = *state;

    desk->tui->config.is_live = true;
    type(desk, "q");
    expect(desk, -1, "This ends the run. Quit? (y/n)");
    type(desk, "n");
    assert_false(desk->tui->is_quitting);
    type(desk, "qy");
    assert_true(desk->tui->is_quitting);
    desk->tui->is_quitting = false;
    desk->tui->config.is_live = false;
    type(desk, "q");
    assert_true(desk->tui->is_quitting);
}

/* A run that goes on without the UI: before its end that costs what came after. */
static void goes_on(void **state)
{
    struct desk *desk = *state;

    desk->tui->config.is_live = true;
    desk->tui->config.goes_on = true;
    type(desk, "q");
    expect(desk, -1, "Go on from here, and forget what came after it? (y/n)");
    type(desk, "n");
    assert_false(desk->tui->is_quitting);
    command(desk, "quit");
    expect(desk, -1, "Go on from here, and forget what came after it? (y/n)");
    type(desk, "n");
    command(desk, "goto begin");
    assert_false(desk->tui->is_quitting);
    command(desk, "goto end");
    type(desk, "q");
    assert_true(desk->tui->is_quitting);
}

static bool is_over_now(void *ctx)
{
    return *(const bool *)ctx;
}

/* Somebody else may want it to end, whatever is typed. */
static void ends(void **state)
{
    struct desk *desk = *state;
    bool is_over = false;

    desk->tui->config.ctx = &is_over;
    desk->tui->config.is_over = is_over_now;
    assert_false(tui_is_over(desk->tui));
    command(desk, "slow");
    assert_false(fake()->is_interrupted);
    is_over = true;
    command(desk, "slow");
    assert_true(fake()->is_interrupted);
    assert_true(tui_is_over(desk->tui));
}

/* A run that does not go as recorded can be looked at elsewhere; after worse, nothing moves any more. */
static void trouble(void **state)
{
    struct desk *desk = *state;

    fake()->trouble = HISTORY_DIVERGED;
    type(desk, "c");
    expect(desk, -1, "event 17 is another one");
    assert_int_equal(cell(desk, 0, 23)->style, SHEET_ERROR);
    type(desk, "s");
    assert_int_equal(fake()->place, 1001);
    fake()->trouble = HISTORY_TROUBLE;
    type(desk, "C");
    type(desk, "s");
    expect(desk, -1, "can only be left");
    assert_int_equal(fake()->place, 1001);
    key(desk, KEY_CONTROL('c'));
    expect(desk, -1, "q quits");
}

static void others(void **state)
{
    struct desk *desk = *state;

    key(desk, KEY_CONTROL('l'));
    assert_int_equal(desk->redrawn, 1);
    key(desk, KEY_CONTROL('z'));
    assert_int_equal(desk->suspended, 1);
    type(desk, "w");
    assert_string_equal(fake()->last_command, "why ev 100");
    type(desk, "p");
    expect(desk, -1, ":break ev ans2.bad_doorbell");
}

/* Whatever is typed, in whatever order and size. */
static void any_keys(void **state)
{
    static const char keys[] = "sSvVbBeEcCg^$jkhla.plwdx/nNf12345678ozz+-<>=m:?ny0x$rsp";
    static const uint32_t special[] = {
        KEY_OF_UP,        KEY_OF_DOWN,      KEY_OF_LEFT, KEY_OF_RIGHT,
        KEY_OF_PAGE_UP,   KEY_OF_PAGE_DOWN, KEY_OF_HOME, KEY_OF_END,
        KEY_OF_ENTER,     KEY_OF_ESC,       KEY_OF_TAB,  KEY_OF_BACK_TAB,
        KEY_OF_BACKSPACE, KEY_OF_DELETE,    18,          12,
        KEY_OF_F1};
    struct desk *desk = *state;
    uint32_t chance = 5;

    for (int i = 0; i < 20000; i++) {
        chance = chance * 1664525u + 1013904223u;
        if (chance >> 29 == 0) {
            key(desk, special[(chance >> 8) % 17]);
        } else if (chance >> 29 == 1 && chance >> 25 == 31) {
            resize(desk, (int)(chance >> 8 & 255), (int)(chance >> 16 & 127));
        } else if (chance >> 29 == 2) {
            click(desk, (int)(chance >> 8 & 127), (int)(chance >> 16 & 31));
        } else {
            key(desk, (uint8_t)keys[(chance >> 8) % (sizeof(keys) - 1)]);
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(first_picture),
        CASE(steps),
        CASE(goes_to_the_selected_event),
        CASE(goto_prompt),
        CASE(commands),
        CASE(completes),
        CASE(hostile_text),
        CASE(searches),
        CASE(filters),
        CASE(device_registers),
        CASE(register_of_the_event),
        CASE(core_registers),
        CASE(code),
        CASE(breakpoints_are_marked),
        CASE(memory),
        CASE(stack),
        CASE(picture),
        CASE(help),
        CASE(sizes),
        CASE(panes_of_any_size),
        CASE(mouse),
        CASE(interrupted),
        CASE(typed_ahead),
        CASE(progress),
        CASE(quits),
        CASE(goes_on),
        CASE(ends),
        CASE(trouble),
        CASE(others),
        CASE(any_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
