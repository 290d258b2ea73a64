/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parser of input scripts on hostile files. Beyond not crashing: a refusal is one sentence that
 * names file, line and column; what is accepted is bounded, in order, and asks for nothing that
 * does not exist.
 */
#include <string.h>

#include "emu/app/input_script.h"
#include "emu/base/bug.h"
#include "tests/fuzz/input.h"

#define USAGE_FIRST 0x04
#define USAGE_LAST  0xe7

static void check_action(const struct action *action)
{
    switch (action->kind) {
    case ACTION_KEY:
        BUG_ON(action->key.usage < USAGE_FIRST || action->key.usage > USAGE_LAST);
        break;
    case ACTION_TABLET:
        BUG_ON(action->tablet.x > INPUT_TABLET_MAX || action->tablet.y > INPUT_TABLET_MAX);
        break;
    case ACTION_SNAPSHOT:
    case ACTION_SCREENSHOT: BUG_ON(action->path == NULL || action->path[0] == '\0'); break;
    case ACTION_POWER_CUT:
    case ACTION_FAULT:
    case ACTION_WAIT_MEMORY: BUG_ON(action->line != 0); break; /* there is no word for it */
    case ACTION_POINTER:
    case ACTION_POWER_KEY:
    case ACTION_RESET:
    case ACTION_WAIT_KEYBOARD:
    case ACTION_WAIT_REST: break;
    }
    BUG_ON(action->line == 0);
}

static void check_list(const struct action_list *list)
{
    vtime last = 0;

    BUG_ON(list->count > ACTIONS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const struct action *action = &list->items[i];

        check_action(action);
        BUG_ON(action->when < last);
        last = action->kind == ACTION_WAIT_KEYBOARD ? 0 : action->when;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct action_list list = ACTION_LIST_INIT;
    struct error err = ERROR_INIT;

    if (input_script_parse("f", data, size, &list, &err) == 0) {
        BUG_ON(err.kind != ERROR_NONE);
        check_list(&list);
    } else {
        BUG_ON(err.kind != ERROR_USAGE);
        BUG_ON(strncmp(err.text, "f: line ", strlen("f: line ")) != 0);
        BUG_ON(strstr(err.text, ", column ") == NULL || strchr(err.text, '\n') != NULL);
    }
    action_list_release(&list);
    return 0;
}
