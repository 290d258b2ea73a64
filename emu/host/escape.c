/* SPDX-License-Identifier: GPL-2.0-only */
/* The escape key: see escape.h. */
#include "emu/host/escape.h"

static enum escape_command command_of(uint8_t key)
{
    switch (key) {
    case 'x':
    case 'X': return ESCAPE_QUIT;
    case 'h':
    case 'H':
    case '?': return ESCAPE_HELP;
    case 'd':
    case 'D': return ESCAPE_DEBUG;
    default: return ESCAPE_UNKNOWN;
    }
}

enum escape_command escape_filter(struct escape *escape, uint8_t *keys, size_t count, size_t *used,
                                  size_t *kept)
{
    *kept = 0;
    for (*used = 0; *used < count;) {
        uint8_t key = keys[(*used)++];

        if (!escape->is_pending && key == ESCAPE_KEY) {
            escape->is_pending = true;
            continue;
        }
        if (escape->is_pending && key != ESCAPE_KEY && key != 'a' && key != 'A') {
            escape->is_pending = false;
            return command_of(key);
        }
        keys[(*kept)++] = escape->is_pending ? ESCAPE_KEY : key;
        escape->is_pending = false;
    }
    return ESCAPE_NONE;
}
