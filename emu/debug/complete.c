/* SPDX-License-Identifier: GPL-2.0-only */
/* Completions: commands, then what may stand at the place of the last word. */
#include "emu/debug/debugger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOUND_MAX 1000u

struct finding {
    const char *word; /* typed so far */
    char *list[FOUND_MAX];
    size_t count;
};

static void offer(struct finding *finding, const char *word)
{
    if (finding->count >= FOUND_MAX || word[0] == '\0') return;
    if (strncmp(word, finding->word, strlen(finding->word)) != 0) return;
    finding->list[finding->count] = malloc(strlen(word) + 1);
    if (finding->list[finding->count] == NULL) return;
    memcpy(finding->list[finding->count], word, strlen(word) + 1);
    finding->count++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void tell(struct finding *finding, void (*found)(void *ctx, const char *word), void *ctx)
{
    qsort(finding->list, finding->count, sizeof(char *), by_name);
    for (size_t i = 0; i < finding->count; i++) {
        if (i == 0 || strcmp(finding->list[i], finding->list[i - 1]) != 0) {
            found(ctx, finding->list[i]);
        }
    }
    for (size_t i = 0; i < finding->count; i++) {
        free(finding->list[i]);
    }
}

/* ---- Names ---- */

static void offer_devices(struct debugger *debugger, struct finding *finding, const char *suffix)
{
    char word[DEVICE_PATH_BYTES + 8];

    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct device_view *view = &debugger->observer->devices[i];

        (void)snprintf(word, sizeof(word), "%s%s", view->alias,
                       view->alias[0] != '\0' ? suffix : "");
        offer(finding, word);
        if (finding->word[0] != '/') continue;
        (void)snprintf(word, sizeof(word), "%s%s", view->device->path, suffix);
        offer(finding, word);
    }
}

static void offer_fields(const char *device, const struct reg *reg, struct finding *finding)
{
    char word[DEVICE_PATH_BYTES + 2 * DEBUGGER_NAME_BYTES];

    for (const struct reg_field *field = reg->fields; field != NULL && field->name != NULL;
         field++) {
        (void)snprintf(word, sizeof(word), "%s.%s.%s", device, reg->name, field->name);
        offer(finding, word);
    }
}

/* Fields only once the register is typed: there are many. */
static void offer_registers_of(const struct device_view *view, struct finding *finding)
{
    char word[DEVICE_PATH_BYTES + 2 * DEBUGGER_NAME_BYTES];

    for (size_t i = 0; i < view->register_count; i++) {
        const struct reg *reg = view->registers[i].reg;

        if (view->registers[i].index != 0) continue;
        (void)snprintf(word, sizeof(word), "%s.%s", view->alias, reg->name);
        offer(finding, word);
        if (strncmp(word, finding->word, strlen(word)) == 0 &&
            strlen(finding->word) > strlen(word)) {
            offer_fields(view->alias, reg, finding);
        }
    }
}

static void offer_registers(struct debugger *debugger, struct finding *finding)
{
    const size_t length = strcspn(finding->word, ".");

    if (finding->word[length] == '\0') {
        offer_devices(debugger, finding, ".");
        return;
    }
    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct device_view *view = &debugger->observer->devices[i];

        if (view->alias[0] != '\0' && strlen(view->alias) == length &&
            strncmp(view->alias, finding->word, length) == 0) {
            offer_registers_of(view, finding);
        }
    }
}

static void offer_events(struct debugger *debugger, struct finding *finding)
{
    char word[DEVICE_PATH_BYTES + DEBUGGER_NAME_BYTES];

    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct device_view *view = &debugger->observer->devices[i];

        if (view->alias[0] == '\0') continue;
        for (size_t n = 0;
             view->device->class->events != NULL && view->device->class->events[n] != NULL; n++) {
            (void)snprintf(word, sizeof(word), "%s.%s", view->alias,
                           view->device->class->events[n]->name);
            offer(finding, word);
        }
    }
}

static void offer_lines(struct debugger *debugger, struct finding *finding)
{
    char word[DEVICE_PATH_BYTES + DEBUGGER_NAME_BYTES];

    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct device_view *view = &debugger->observer->devices[i];

        for (const struct snap_field *field = view->device->class->state;
             view->alias[0] != '\0' && field != NULL && field->name != NULL; field++) {
            const struct irq_line *line =
                (const void *)((const uint8_t *)view->device + field->offset);

            if (field->kind != SNAP_LINE || line->name == NULL) continue;
            (void)snprintf(word, sizeof(word), "%s:%s", view->alias, line->name);
            offer(finding, word);
        }
    }
}

static void offer_symbols(struct debugger *debugger, struct finding *finding)
{
    const struct symbols *symbols = debugger->config.symbols;
    size_t low = 0;
    size_t high = symbols != NULL ? symbols->count : 0;

    if (finding->word[0] == '\0' || symbols == NULL) return;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (strcmp(symbols->by_name[middle]->name, finding->word) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < symbols->count && finding->count < FOUND_MAX; low++) {
        if (strncmp(symbols->by_name[low]->name, finding->word, strlen(finding->word)) != 0) break;
        offer(finding, symbols->by_name[low]->name);
    }
}

/* ---- Places ---- */

static void offer_list(struct finding *finding, const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        offer(finding, list[i]);
    }
}

static void offer_source(struct debugger *debugger, const char *keyword, struct finding *finding)
{
    if (strcmp(keyword, "reg") == 0) {
        offer_registers(debugger, finding);
    } else if (strcmp(keyword, "bar") == 0) {
        offer_devices(debugger, finding, ".");
    } else if (strcmp(keyword, "irq") == 0) {
        offer_lines(debugger, finding);
        offer_devices(debugger, finding, ":");
    } else if (strcmp(keyword, "ev") == 0) {
        offer_events(debugger, finding);
    } else {
        offer_symbols(debugger, finding);
    }
}

static void offer_argument(struct debugger *debugger, const struct command *command,
                           const struct words *words, unsigned at, struct finding *finding)
{
    static const char *const places[] = {"begin", "cycle", "end", "ev", "found", NULL};
    static const char *const help[] = {"conditions", "sources", NULL};

    if (strstr(command->arguments, "SOURCE") != NULL) {
        if (at == 1) {
            offer_list(finding, source_keywords);
            offer_symbols(debugger, finding);
        } else if (at == 2) {
            offer_source(debugger, words->word[1], finding);
        }
    } else if (command->run == do_info && at == 1) {
        offer_list(finding, info_topics);
    } else if (command->run == do_info && strcmp(words->word[1], "dev") == 0) {
        offer_devices(debugger, finding, "");
    } else if (command->run == do_goto && at == 1) {
        offer_list(finding, places);
    } else if (command->run == do_help && at == 1) {
        offer_list(finding, help);
    } else if (command->run == do_print || command->run == do_examine || command->run == do_disas) {
        offer_registers(debugger, finding);
        offer_symbols(debugger, finding);
    }
}

void debugger_complete(struct debugger *debugger, const char *line,
                       void (*found)(void *ctx, const char *word), void *ctx)
{
    const size_t length = strlen(line);
    const bool is_new = length == 0 || line[length - 1] == ' ' || line[length - 1] == '\t';
    struct finding finding = {.word = ""};
    const struct command *command;
    struct words words;
    unsigned at;

    if (words_split(&words, line, NULL) != 0) return;
    at = is_new ? words.count : words.count - 1;
    if (!is_new) {
        finding.word = words.word[at];
    }
    if (at == 0) {
        for (command = debugger_commands; command->name != NULL; command++) {
            offer(&finding, command->name);
        }
    } else {
        command = command_named(words.word[0]);
        if (command != NULL) {
            offer_argument(debugger, command, &words, at, &finding);
        }
    }
    tell(&finding, found, ctx);
}
