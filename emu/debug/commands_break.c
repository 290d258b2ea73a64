/* SPDX-License-Identifier: GPL-2.0-only */
/* The four verbs, and the list. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A line without its condition; the condition is borrowed from the line. */
struct clause {
    struct words words;
    char line[DEBUGGER_LINE_BYTES];
    const char *condition; /* NULL: none */
};

static int split_condition(const struct words *words, struct clause *clause, struct error *err)
{
    size_t length = strlen(words->line);

    clause->condition = NULL;
    for (unsigned i = 1; i < words->count; i++) {
        if (strcmp(words->word[i], "if") != 0) continue;
        if (i + 1 == words->count) return error_usage(err, "a condition was expected behind 'if'");
        clause->condition = words->rest[i + 1];
        length = (size_t)(words->rest[i] - words->line);
        break;
    }
    (void)snprintf(clause->line, sizeof(clause->line), "%.*s", (int)length, words->line);
    return words_split(&clause->words, clause->line, err);
}

static struct breakpoint *add(struct debugger *debugger, const struct words *words, enum verb verb,
                              struct error *err)
{
    struct clause clause = {.condition = NULL};
    struct source source;
    unsigned at = 1;

    if (split_condition(words, &clause, err) != 0) return NULL;
    if (source_parse(debugger, &clause.words, &at, &source, err) != 0) return NULL;
    if (at < clause.words.count) {
        (void)error_usage(err, "'%.40s' is not expected there", clause.words.word[at]);
        return NULL;
    }
    return breakpoint_add(debugger, verb, &source, clause.condition, err);
}

static void show(struct debugger *debugger, const struct breakpoint *breakpoint)
{
    char text[DEBUGGER_SOURCE_BYTES + DEBUGGER_CONDITION_BYTES + 16];
    char symbol[80] = "";

    debugger_breakpoint_text(debugger, breakpoint->number, text, sizeof(text));
    if (breakpoint->source.kind == SOURCE_PC) {
        (void)debugger_symbol(debugger, breakpoint->source.first, symbol, sizeof(symbol));
    }
    debugger_print(debugger, "%u: %s%s", breakpoint->number, text, symbol);
    if (!breakpoint->is_enabled) {
        debugger_print(debugger, " (disabled)");
    }
    if (breakpoint->hits > 0) {
        debugger_print(debugger, " (%" PRIu64 " hit%s)", breakpoint->hits,
                       breakpoint->hits == 1 ? "" : "s");
    }
    if (breakpoint->ignore > 0) {
        debugger_print(debugger, " (passes the next %" PRIu64 ")", breakpoint->ignore);
    }
    debugger_print(debugger, "\n");
}

int do_break(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct breakpoint *breakpoint;

    if (words->count == 1) return do_list(debugger, words, err);
    breakpoint = add(debugger, words, VERB_BREAK, err);
    if (breakpoint == NULL) return -1;
    breakpoint->is_temporary = strcmp(command_named(words->word[0])->name, "tbreak") == 0;
    show(debugger, breakpoint);
    return 0;
}

int do_trace(struct debugger *debugger, const struct words *words, struct error *err)
{
    const struct breakpoint *breakpoint = add(debugger, words, VERB_TRACE, err);

    if (breakpoint == NULL) return -1;
    show(debugger, breakpoint);
    return 0;
}

/* GDB's: `watch ADDR [BYTES]` is `break mem ADDR w BYTES`. */
int do_watch(struct debugger *debugger, const struct words *words, struct error *err)
{
    const char *name = command_named(words->word[0])->name;
    const char *access = name[0] == 'w' ? "w" : "r";
    char line[DEBUGGER_LINE_BYTES];
    struct words longer;

    if (words->count < 2) return error_usage(err, "%s ADDR [BYTES] was expected", name);
    if (name[0] == 'a') {
        access = "rw";
    }
    if (snprintf(line, sizeof(line), "break mem %s %s %s", words->word[1], access,
                 words->count > 2 ? words->rest[2] : "") >= (int)sizeof(line)) {
        return error_usage(err, "the line is too long");
    }
    if (words_split(&longer, line, err) != 0) return -1;
    return do_break(debugger, &longer, err);
}

/* ---- Once ---- */

static int run_to(struct debugger *debugger, const struct words *words, bool must_hit,
                  struct error *err)
{
    struct breakpoint *breakpoint = add(debugger, words, VERB_BREAK, err);
    enum history_stop stop;
    unsigned number;

    if (breakpoint == NULL) return -1;
    number = breakpoint->number;
    stop = motion_run(debugger, false, VTIME_NEVER, err);
    if (motion_result(debugger, stop, err) != 0) {
        (void)debugger_delete(debugger, number, NULL);
        return -1;
    }
    (void)debugger_delete(debugger, number, NULL);
    if (must_hit && stop == HISTORY_END) {
        return error_usage(err, "the run ended before '%.100s' happened", words->rest[1]);
    }
    return 0;
}

int do_run_until(struct debugger *debugger, const struct words *words, struct error *err)
{
    vtime limit;

    if (words->count == 2 && time_parse(words->word[1], &limit)) {
        return motion_result(debugger, motion_run(debugger, false, limit, err), err);
    }
    return run_to(debugger, words, false, err);
}

int do_wait_for(struct debugger *debugger, const struct words *words, struct error *err)
{
    return run_to(debugger, words, true, err);
}

/* ---- The list ---- */

int do_list(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct debugger_breakpoint list[DEBUGGER_BREAKPOINTS_MAX];
    const size_t count = debugger_breakpoints(debugger, list);

    (void)words;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        show(debugger, breakpoint_find(debugger, list[i].number));
    }
    if (count == 0) {
        debugger_print(debugger, "nothing is watched; 'break', 'trace' or 'help break'\n");
    }
    return 0;
}

/* Does `act` to each that is named, or to all. */
static int for_each(struct debugger *debugger, const struct words *words,
                    void (*act)(struct debugger *debugger, struct breakpoint *breakpoint),
                    struct error *err)
{
    for (size_t i = 0; words->count == 1 && i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        struct breakpoint *breakpoint = &debugger->breakpoint[i];

        if (breakpoint->number != 0 && !breakpoint->is_hidden && !breakpoint->is_watch) {
            act(debugger, breakpoint);
        }
    }
    for (unsigned i = 1; i < words->count; i++) {
        struct breakpoint *breakpoint = NULL;
        uint64_t number;

        if (number_parse(words->word[i], &number) && number > 0 && number <= debugger->numbers) {
            breakpoint = breakpoint_find(debugger, (unsigned)number);
        }
        if (breakpoint == NULL) {
            return error_usage(err, "there is no breakpoint '%.20s'", words->word[i]);
        }
        act(debugger, breakpoint);
    }
    debugger->is_dirty = true;
    debugger->generation++;
    return 0;
}

static void enable(struct debugger *debugger, struct breakpoint *breakpoint)
{
    (void)debugger;
    breakpoint->is_enabled = true;
}

static void disable(struct debugger *debugger, struct breakpoint *breakpoint)
{
    (void)debugger;
    breakpoint->is_enabled = false;
}

int do_delete(struct debugger *debugger, const struct words *words, struct error *err)
{
    return for_each(debugger, words, breakpoint_remove, err);
}

int do_enable(struct debugger *debugger, const struct words *words, struct error *err)
{
    return for_each(debugger, words, enable, err);
}

int do_disable(struct debugger *debugger, const struct words *words, struct error *err)
{
    return for_each(debugger, words, disable, err);
}

int do_ignore(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct breakpoint *breakpoint = NULL;
    uint64_t number;
    uint64_t count;

    if (words->count != 3 || !number_parse(words->word[1], &number) ||
        !number_parse(words->word[2], &count)) {
        return error_usage(err, "ignore NUMBER COUNT was expected");
    }
    if (number > 0 && number <= debugger->numbers) {
        breakpoint = breakpoint_find(debugger, (unsigned)number);
    }
    if (breakpoint == NULL) {
        return error_usage(err, "there is no breakpoint %" PRIu64, number);
    }
    breakpoint->ignore = count;
    show(debugger, breakpoint);
    return 0;
}
