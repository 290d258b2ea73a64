/* SPDX-License-Identifier: GPL-2.0-only */
/* What keys do. The pane with the focus is asked first. */
#include <inttypes.h>
#include <stdio.h>

#include "emu/debug/tui/tui_internal.h"

#define COMMAND_BYTES 256

static void type(struct tui *tui, enum prompt prompt, const char *text)
{
    command_line_open(&tui->line, prompt, text);
}

static void show_pane(struct tui *tui, enum pane_id pane)
{
    layout_raise(&tui->layout, pane, true);
    tui_place(tui);
}

static void toggle_output(struct tui *tui)
{
    const struct layout_slot *slot = layout_slot(&tui->layout, PANE_OUTPUT);

    if (slot == NULL) return;
    if (slot->top == PANE_OUTPUT && slot->pane_count > 1) {
        enum pane_id before = tui->output.before;

        show_pane(tui, before != PANE_OUTPUT && layout_slot(&tui->layout, before) == slot
                           ? before
                           : slot->panes[0]);
    } else {
        tui->output.before = slot->top;
        show_pane(tui, PANE_OUTPUT);
    }
}

/* ---- About what is selected ---- */

static void register_name(const struct debugger_register *reg, char *text, size_t bytes)
{
    if (reg->is_array) {
        (void)snprintf(text, bytes, "%s[%u]", reg->name, reg->index);
    } else {
        (void)snprintf(text, bytes, "%s", reg->name);
    }
}

/* What is selected as SOURCE of a command; false: nothing of that kind. */
static bool source(struct tui *tui, char *text, size_t bytes)
{
    const char *device = target_device_name(tui->device.path);
    const struct debugger_register *reg;
    struct trace_item item;
    char name[80];

    switch (tui->layout.focus) {
    case PANE_EVENTS:
        if (!pane_events_selected(tui, &item)) return false;
        (void)snprintf(text, bytes, "ev %s.%s", target_device_name(item.device), item.type->name);
        return true;
    case PANE_DEVICE:
        reg = pane_device_selected(tui);
        if (reg == NULL) return false;
        register_name(reg, name, sizeof(name));
        (void)snprintf(text, bytes, "reg %s.%s", device, name);
        return true;
    case PANE_CODE: (void)snprintf(text, bytes, "pc %#" PRIx64, tui->code.selected); return true;
    case PANE_MEMORY:
        (void)snprintf(text, bytes, "mem %#" PRIx64, tui->memory.address);
        return true;
    case PANE_STACK:
        (void)snprintf(text, bytes, "mem %#" PRIx64,
                       tui->target.sp + tui->stack.list.selected * (tui->target.bits / 8));
        return true;
    case PANE_SCREEN: (void)snprintf(text, bytes, "pixel "); return true;
    case PANE_CPU:
    case PANE_OUTPUT:
    case PANE_COUNT: break;
    }
    return false;
}

/* With the words that go before and behind it; the user may change it before it is done. */
static void about_selected(struct tui *tui, const char *verb)
{
    char what[COMMAND_BYTES] = "";
    char line[COMMAND_BYTES + 32];

    (void)source(tui, what, sizeof(what));
    (void)snprintf(line, sizeof(line), "%s %s", verb, what);
    type(tui, PROMPT_COMMAND, line);
}

static void why(struct tui *tui)
{
    struct trace_item item;
    char line[COMMAND_BYTES];

    if (!pane_events_selected(tui, &item)) {
        tui_message(tui, SHEET_NORMAL, "no event is selected");
        return;
    }
    (void)snprintf(line, sizeof(line), "why ev %" PRIu64, item.seq);
    tui_motion_command(tui, line, true);
}

static void next_core(struct tui *tui)
{
    if (!debugger_select_core(tui->config.debugger, tui->target.core + 1)) {
        (void)debugger_select_core(tui->config.debugger, 0);
    }
    tui_refresh(tui, false);
}

void action_quit(struct tui *tui)
{
    const struct tui_config *config = &tui->config;

    if (config->goes_on && !tui->target.is_at_end && !tui->is_broken) {
        type(tui, PROMPT_CUT, "");
    } else if (config->is_live && !config->goes_on) {
        type(tui, PROMPT_QUIT, "");
    } else {
        tui->is_quitting = true;
    }
}

/* ---- Groups of actions; each says whether it was one of its own ---- */

static bool motion(struct tui *tui, enum tui_action action)
{
    switch ((int)action) {
    case ACTION_STEP: tui_motion_step(tui, HISTORY_INSN, false); return true;
    case ACTION_STEP_BACK: tui_motion_step(tui, HISTORY_INSN, true); return true;
    case ACTION_OVER: tui_motion_command(tui, "next", false); return true;
    case ACTION_OVER_BACK: tui_motion_command(tui, "reverse-next", false); return true;
    case ACTION_BLOCK: tui_motion_step(tui, HISTORY_BLOCK, false); return true;
    case ACTION_BLOCK_BACK: tui_motion_step(tui, HISTORY_BLOCK, true); return true;
    case ACTION_EVENT: tui_motion_step(tui, HISTORY_EVENT, false); return true;
    case ACTION_EVENT_BACK: tui_motion_step(tui, HISTORY_EVENT, true); return true;
    case ACTION_CONTINUE: tui_motion_continue(tui, false); return true;
    case ACTION_CONTINUE_BACK: tui_motion_continue(tui, true); return true;
    case ACTION_BEGIN: tui_motion_command(tui, "goto begin", false); return true;
    case ACTION_END: tui_motion_command(tui, "goto end", false); return true;
    default: return false;
    }
}

static bool panes(struct tui *tui, enum tui_action action, uint32_t key)
{
    struct layout *layout = &tui->layout;

    switch ((int)action) {
    case ACTION_FOCUS_NEXT: layout_next(layout, false); break;
    case ACTION_FOCUS_BACK: layout_next(layout, true); break;
    case ACTION_PANE: show_pane(tui, (enum pane_id)keys_pane(key)); break;
    case ACTION_OUTPUT: toggle_output(tui); break;
    case ACTION_ZOOM: layout->is_zoomed = !layout->is_zoomed; break;
    case ACTION_TALLER: layout_resize(layout, 1, 0); break;
    case ACTION_LOWER: layout_resize(layout, -1, 0); break;
    case ACTION_WIDER: layout_resize(layout, 0, 1); break;
    case ACTION_NARROWER: layout_resize(layout, 0, -1); break;
    case ACTION_SIZES: layout_reset_sizes(layout); break;
    default: return false;
    }
    tui_place(tui);
    return true;
}

static bool typing(struct tui *tui, enum tui_action action)
{
    switch ((int)action) {
    case ACTION_GOTO: type(tui, PROMPT_GOTO, ""); return true;
    case ACTION_ADDRESS: type(tui, PROMPT_ADDRESS, ""); return true;
    case ACTION_DEVICE: type(tui, PROMPT_DEVICE, ""); return true;
    case ACTION_SEARCH: type(tui, PROMPT_SEARCH, ""); return true;
    case ACTION_FILTER: type(tui, PROMPT_FILTER, tui->events.filter_text); return true;
    case ACTION_COMMAND: type(tui, PROMPT_COMMAND, ""); return true;
    case ACTION_BREAK: about_selected(tui, "break"); return true;
    case ACTION_LAST_WRITE: about_selected(tui, "last-write"); return true;
    default: return false;
    }
}

static void others(struct tui *tui, enum tui_action action)
{
    switch ((int)action) {
    case ACTION_WHY: why(tui); break;
    case ACTION_CORE: next_core(tui); break;
    case ACTION_SEARCH_NEXT: pane_events_search(tui, false); break;
    case ACTION_SEARCH_BACK: pane_events_search(tui, true); break;
    case ACTION_MOUSE:
        tui->is_mouse = !tui->is_mouse;
        tui->front.set_mouse(tui->front.ctx, tui->is_mouse);
        tui_message(tui, SHEET_NORMAL,
                    tui->is_mouse ? "the mouse is the debugger's" : "the mouse is the terminal's");
        break;
    case ACTION_REDRAW: tui->front.redraw(tui->front.ctx); break;
    case ACTION_SUSPEND: tui->front.suspend(tui->front.ctx); break;
    case ACTION_HELP:
        tui->is_help = true;
        tui->help = (struct list){0};
        break;
    case ACTION_QUIT: action_quit(tui); break;
    default: break;
    }
}

void action_do(struct tui *tui, enum tui_action action, uint32_t key)
{
    if (action == ACTION_NONE) return;
    if (pane_kind(tui->layout.focus)->act(tui, action)) return;
    if (!motion(tui, action) && !panes(tui, action, key) && !typing(tui, action)) {
        others(tui, action);
    }
}
