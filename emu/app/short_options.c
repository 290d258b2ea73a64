/* SPDX-License-Identifier: GPL-2.0-only */
/* Short options: see short_options.h. */
#include "emu/app/short_options.h"

#include <stdio.h>
#include <string.h>

static const char *long_name(const struct short_option *options, const char *argument)
{
    if (argument[0] != '-') return NULL;
    for (; options->letter != '\0'; options++) {
        if (argument[1] == options->letter) return options->name;
    }
    return NULL;
}

int short_options_lengthen(const struct short_option *options, int argc, char **argv,
                           struct long_line *line, struct error *err)
{
    int end = argc;

    if (argc > SHORT_ARGUMENTS_MAX) return error_usage(err, "%s: too many arguments", argv[0]);
    line->count = argc;
    line->arguments[argc] = NULL;
    for (int i = 0; i < argc; i++) {
        const char *name = i > 0 && i < end ? long_name(options, argv[i]) : NULL;
        char *text = line->texts[i];
        int length;

        line->arguments[i] = argv[i];
        if (strcmp(argv[i], "--") == 0 && i < end) {
            end = i;
        }
        if (name == NULL) continue;
        length = snprintf(text, SHORT_TEXT_BYTES, "--%s%s%s", name, argv[i][2] != '\0' ? "=" : "",
                          argv[i] + 2);
        if (length < SHORT_TEXT_BYTES) {
            line->arguments[i] = text;
        }
    }
    return 0;
}
