/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/commands_file.h"

#include <stdio.h>
#include <stdlib.h>

const char *commands_file(char path[COMMANDS_FILE_BYTES])
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int length = 0;

    if (state != NULL && state[0] == '/') {
        length = snprintf(path, COMMANDS_FILE_BYTES, "%s/spacegray_history", state);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(path, COMMANDS_FILE_BYTES, "%s/.spacegray_history", home);
    }
    return length > 0 && length < COMMANDS_FILE_BYTES ? path : NULL;
}
