/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people write to choose events: the first byte chooses between a filter and a condition. A refusal is
 * one sentence; what is understood can be asked about any event.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "emu/debug/trace/filter.h"
#include "tests/fuzz/input.h"

static const struct trace_type type_reg = {
    .name = "reg_write",
    .field_count = 4,
    .fields = {"reg", "index", "written", "now"},
    .is_text = {true, false, false, false},
};

static const struct trace_item items[] = {
    {
        .seq = 7,
        .when = 1000,
        .device = "/pci/00/1c.0/00.0",
        .type = &type_reg,
        .args = {0, 1, UINT64_MAX, 0},
        .texts = {"CC"},
    },
    {.seq = 8, .core = 3, .device = "machine", .type = &type_reg, .texts = {""}},
};

static void check_refusal(const struct error *err)
{
    BUG_ON(err->kind != ERROR_USAGE || err->text[0] == '\0');
}

static void fuzz_filter(const char *text)
{
    struct error err = ERROR_INIT;
    struct trace_filter *filter = trace_filter_parse(text, &err);

    if (filter == NULL) {
        check_refusal(&err);
        return;
    }
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        (void)trace_filter_matches(filter, &items[i]);
    }
    trace_filter_destroy(filter);
}

static void fuzz_condition(const char *text)
{
    struct error err = ERROR_INIT;
    struct condition *condition = condition_parse(text, &err);

    if (condition == NULL) {
        check_refusal(&err);
        return;
    }
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        struct trace_item item = items[i];

        (void)condition_holds(condition, &item, trace_item_value);
    }
    condition_destroy(condition);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    const bool is_filter = fuzz_take(&input, 1) % 2 == 0;
    char *text = malloc(input.bytes + 1);

    if (text == NULL) return 0;
    if (input.bytes > 0) memcpy(text, input.data, input.bytes);
    text[input.bytes] = '\0';
    if (is_filter) {
        fuzz_filter(text);
    } else {
        fuzz_condition(text);
    }
    free(text);
    return 0;
}
