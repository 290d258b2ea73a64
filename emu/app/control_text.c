/* SPDX-License-Identifier: GPL-2.0-only */
/* See control_text.h. */
#define _GNU_SOURCE

#include "emu/app/control_text.h"

#include <stdlib.h>
#include <string.h>

json_t *control_text(const char *text)
{
    json_t *string = json_string(text);
    char *copy;

    if (string != NULL) return string;
    copy = strdup(text);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        if ((*at < ' ' && *at != '\n') || *at > '~') *at = '?';
    }
    string = copy != NULL ? json_string(copy) : NULL;
    free(copy);
    return string;
}
