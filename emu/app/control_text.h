/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts as JSON can hold them. */
#pragma once

#include <jansson.h>

/* A new reference. What is not UTF-8 (a sentence that was cut in the middle of a letter, a symbol's name) has
 * question marks instead of all that is not ASCII; lines keep their ends. NULL: the host has no memory. */
json_t *control_text(const char *text);
