/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines to the debugger, at a tiny machine with a recorded run of 30 ms. Whatever is said, each line is
 * carried out or refused with one sentence, all text is text, the run repeats as it was recorded, and the
 * machine comes back to its begin.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/debug/debugger.h"
#include "tests/fuzz/debugger_bench.h"

#define LINES_MAX 12
#define LINE_MAX  1200
#define TEXT_MAX  (UINT64_C(8) << 20) /* that a line may print */

struct bench {
    struct debugger_bench base;
    uint64_t text_bytes;
};

static struct bench bench;

static void take(void *ctx, const char *text, size_t bytes)
{
    struct bench *self = ctx;

    for (size_t i = 0; i < bytes; i++) {
        BUG_ON((unsigned char)text[i] < ' ' && text[i] != '\n');
    }
    self->text_bytes += bytes;
    BUG_ON(self->text_bytes > TEXT_MAX);
}

static void ignore_word(void *ctx, const char *word)
{
    (void)ctx;
    BUG_ON(word[0] == '\0');
}

static void say(const char *line)
{
    struct error err = ERROR_INIT;
    char where[400];

    if (debugger_bench_is_long(line)) return;
    bench.text_bytes = 0;
    debugger_complete(bench.base.debugger, line, ignore_word, NULL);
    if (debugger_command(bench.base.debugger, line, &err) != 0) {
        BUG_ON(err.kind == ERROR_NONE || err.text[0] == '\0');
    }
    debugger_bench_check(&bench.base);
    debugger_where(bench.base.debugger, where, sizeof(where));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const struct debugger_output output = {.ctx = &bench, .write = take};
    size_t at = 0;

    if (bench.base.debugger == NULL) debugger_bench_open(&bench.base, &output);
    for (unsigned lines = 0; lines < LINES_MAX && at < bytes; lines++) {
        char line[LINE_MAX + 1];
        size_t length = 0;

        while (at < bytes && data[at] != '\n' && length < LINE_MAX) {
            memcpy(line + length, data[at] != 0 ? (const void *)(data + at) : " ", 1);
            length++;
            at++;
        }
        at++;
        line[length] = '\0';
        say(line);
    }
    debugger_bench_rewind(&bench.base);
    return 0;
}
