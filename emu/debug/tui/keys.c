/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of keys, in the order in which help shows it. */
#include "emu/debug/tui/keys.h"

#define KEYS_OF_ACTION 3

static const struct row {
    const char *names; /* NULL: a heading */
    const char *text;
    enum tui_action action;
    uint32_t keys[KEYS_OF_ACTION]; /* 0: no more */
} rows[] = {
    {.text = "Through time"},
    {"s", "one instruction", ACTION_STEP, {'s'}},
    {"S", "... back", ACTION_STEP_BACK, {'S'}},
    {"v", "one instruction, over calls", ACTION_OVER, {'v'}},
    {"V", "... back", ACTION_OVER_BACK, {'V'}},
    {"b", "to the next block", ACTION_BLOCK, {'b'}},
    {"B", "... back", ACTION_BLOCK_BACK, {'B'}},
    {"e", "to the next event", ACTION_EVENT, {'e'}},
    {"E", "... back", ACTION_EVENT_BACK, {'E'}},
    {"c", "go on to a breakpoint, or to the end", ACTION_CONTINUE, {'c'}},
    {"C", "back to a breakpoint, or to the beginning", ACTION_CONTINUE_BACK, {'C'}},
    {"g", "go to ev N, a time, cycle N, begin or end", ACTION_GOTO, {'g'}},
    {"^ $", "go to the beginning", ACTION_BEGIN, {'^'}},
    {"", "... to the end", ACTION_END, {'$'}},
    {"Esc, Ctrl-C", "stop what runs", ACTION_NONE, {0}},
    {.text = "In a pane"},
    {"arrows, j k", "up", ACTION_UP, {KEY_OF_UP, 'k', KEY_CONTROL('p')}},
    {"", "... down", ACTION_DOWN, {KEY_OF_DOWN, 'j', KEY_CONTROL('n')}},
    {"PgUp, Ctrl-B", "a page up", ACTION_PAGE_UP, {KEY_OF_PAGE_UP, KEY_CONTROL('b')}},
    {"PgDn, Ctrl-F", "... down", ACTION_PAGE_DOWN, {KEY_OF_PAGE_DOWN, KEY_CONTROL('f'), ' '}},
    {"Home, End", "first", ACTION_FIRST, {KEY_OF_HOME}},
    {"", "... last", ACTION_LAST, {KEY_OF_END}},
    {"Left, Right", "long lines: to the left", ACTION_LEFT, {KEY_OF_LEFT}},
    {"", "... to the right", ACTION_RIGHT, {KEY_OF_RIGHT}},
    {"Enter",
     "Events: go there. Device: show fields. Code: run until here. "
     "Memory: address. Stack: memory there",
     ACTION_ENTER,
     {KEY_OF_ENTER, '\n'}},
    {".", "back to where the machine stands", ACTION_PRESENT, {'.'}},
    {"a",
     "Code, Memory, Stack: show another address ($rsp+16, 0x1000, a symbol)",
     ACTION_ADDRESS,
     {'a'}},
    {"p",
     "a breakpoint at what is selected (event, register, instruction, memory)",
     ACTION_BREAK,
     {'p'}},
    {"P", "Code: a breakpoint at this instruction, or none any more", ACTION_TOGGLE, {'P'}},
    {"l", "who last wrote what is selected (register, memory)", ACTION_LAST_WRITE, {'l'}},
    {"w", "why: the causes of the selected event", ACTION_WHY, {'w'}},
    {"d", "Device: keep showing this one; empty: that of the selected event", ACTION_DEVICE, {'d'}},
    {"x", "the next core", ACTION_CORE, {'x'}},
    {.text = "Events"},
    {"/", "search for a part of the line", ACTION_SEARCH, {'/'}},
    {"n", "next that was searched for", ACTION_SEARCH_NEXT, {'n'}},
    {"N", "... before", ACTION_SEARCH_BACK, {'N'}},
    {"f",
     "show only some: nvme.*, !*.reg_read, irq.* if vector == 0x31; empty: all",
     ACTION_FILTER,
     {'f'}},
    {.text = "Panes"},
    {"Tab", "next pane", ACTION_FOCUS_NEXT, {KEY_OF_TAB}},
    {"Shift-Tab", "... before", ACTION_FOCUS_BACK, {KEY_OF_BACK_TAB}},
    {"F2..F9, 1..8", "Events, Device, Core, Code, Memory, Stack, Screen, Output", ACTION_PANE, {0}},
    {"o", "Output, and back", ACTION_OUTPUT, {'o'}},
    {"z", "the pane alone, and back", ACTION_ZOOM, {'z'}},
    {"+ -", "taller", ACTION_TALLER, {'+'}},
    {"", "... lower", ACTION_LOWER, {'-'}},
    {"> <", "wider", ACTION_WIDER, {'>'}},
    {"", "... narrower", ACTION_NARROWER, {'<'}},
    {"=", "all sizes as they were", ACTION_SIZES, {'='}},
    {"m", "the mouse is the terminal's again (to select text), and back", ACTION_MOUSE, {'m'}},
    {"mouse",
     "click: pane, line, title; on the selected line as Enter; on the first column of Code as P; "
     "wheel: scroll",
     ACTION_NONE,
     {0}},
    {"Ctrl-L", "draw everything anew", ACTION_REDRAW, {KEY_CONTROL('l')}},
    {"Ctrl-Z", "to the shell, until it says fg", ACTION_SUSPEND, {KEY_CONTROL('z')}},
    {.text = "Commands"},
    {":", "a command (docs/debugger.md, :help); empty: the last step again", ACTION_COMMAND, {':'}},
    {"Tab", "complete, then show what there is", ACTION_NONE, {0}},
    {"Up, Down", "commands from before", ACTION_NONE, {0}},
    {"Ctrl-R", "search them backwards", ACTION_NONE, {0}},
    {"Esc, Ctrl-G", "leave the line", ACTION_NONE, {0}},
    {"? F1", "this help", ACTION_HELP, {'?', KEY_OF_F1, 'h'}},
    {"q F10", "quit", ACTION_QUIT, {'q', KEY_OF_F1 + 9}},
};

enum tui_action keys_action(uint32_t key)
{
    if (keys_pane(key) >= 0) return ACTION_PANE;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t k = 0; k < KEYS_OF_ACTION && rows[i].keys[k] != 0; k++) {
            if (rows[i].keys[k] == key) return rows[i].action;
        }
    }
    return ACTION_NONE;
}

int keys_pane(uint32_t key)
{
    if (key >= '1' && key <= '8') return (int)(key - '1');
    if (key > KEY_OF_F1 && key <= KEY_OF_F1 + 8) return (int)(key - KEY_OF_F1 - 1);
    return -1;
}

bool keys_help(size_t index, const char **keys, const char **text)
{
    if (index >= sizeof(rows) / sizeof(rows[0])) return false;
    *keys = rows[index].names;
    *text = rows[index].text;
    return true;
}
