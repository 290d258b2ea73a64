/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/text_finder.h"

#include <string.h>

#include "emu/base/bits.h"

void text_finder_init(struct text_finder *finder, const char *text)
{
    size_t known = 0;

    finder->text = text != NULL && text[0] != '\0' ? text : NULL;
    finder->length = finder->text != NULL ? min_u64(strlen(text), TEXT_FINDER_MAX) : 0;
    finder->matched = 0;
    finder->failure[0] = 0;
    for (size_t i = 1; i < finder->length; i++) {
        while (known > 0 && text[i] != text[known]) {
            known = finder->failure[known - 1];
        }
        if (text[i] == text[known]) known++;
        finder->failure[i] = (uint16_t)known;
    }
}

bool text_finder_take(struct text_finder *finder, char byte)
{
    if (finder->text == NULL) return false;
    while (finder->matched > 0 && finder->text[finder->matched] != byte) {
        finder->matched = finder->failure[finder->matched - 1];
    }
    if (finder->text[finder->matched] == byte) finder->matched++;
    if (finder->matched < finder->length) return false;
    finder->matched = finder->failure[finder->length - 1];
    return true;
}
