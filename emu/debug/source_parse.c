/* SPDX-License-Identifier: GPL-2.0-only */
/* What is watched: a keyword and what belongs to it (debugger.h). Whatever can be checked is checked here, so
 * that a mistyped name is not a breakpoint that never hits. */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "emu/debug/debugger_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_BYTES_DEFAULT 8u
#define WATCH_BYTES_MAX     (UINT64_C(1) << 32)
#define PORTS               65536u
#define VECTORS             256u

const char *const source_keywords[] = {"bar",  "ev",    "irq",  "lba", "mem",    "msr", "pc",
                                       "phys", "pixel", "port", "reg", "vector", NULL};

struct reader {
    struct debugger *debugger;
    const struct words *words;
    unsigned at;
    struct source *source;
    struct error *err;
};

bool source_is_keyword(const char *word)
{
    for (size_t i = 0; source_keywords[i] != NULL; i++) {
        if (strcmp(source_keywords[i], word) == 0) return true;
    }
    return false;
}

static bool is_access(const char *word)
{
    return strcmp(word, "r") == 0 || strcmp(word, "w") == 0 || strcmp(word, "rw") == 0;
}

static const char *next(struct reader *reader)
{
    if (reader->at >= reader->words->count) return NULL;
    return reader->words->word[reader->at++];
}

static const char *need(struct reader *reader, const char *what)
{
    const char *word = next(reader);

    if (word == NULL) {
        (void)error_usage(reader->err, "%s was expected at the end of the line", what);
    }
    return word;
}

static int parse_value(struct reader *reader, const char *what, uint64_t *value)
{
    const char *word = need(reader, what);

    return word != NULL ? expression_value(reader->debugger->observer, word, value, reader->err)
                        : -1;
}

/* `r`, `w` or `rw`, when it is there. */
static void parse_access(struct reader *reader, bool on_read, bool on_write)
{
    reader->source->on_read = on_read;
    reader->source->on_write = on_write;
    if (reader->at < reader->words->count && is_access(reader->words->word[reader->at])) {
        const char *word = next(reader);

        reader->source->on_read = word[0] == 'r';
        reader->source->on_write = strchr(word, 'w') != NULL;
    }
}

static int parse_reg(struct reader *reader)
{
    const char *word = need(reader, "DEVICE.REGISTER");
    struct register_name name;

    if (word == NULL || names_register(reader->debugger->observer, word, &name, reader->err) != 0)
        return -1;
    if (name.place.reg->is_quiet &&
        !probes_see_bank(reader->debugger, name.device, name.place.bank)) {
        return error_usage(reader->err,
                           "%s is polled too often to be traced, and cannot be watched", word);
    }
    reader->source->device = name.device;
    reader->source->place = name.place;
    reader->source->has_index = name.has_index;
    reader->source->field = name.field;
    parse_access(reader, true, true);
    return 0;
}

static int parse_bar(struct reader *reader)
{
    const char *word = need(reader, "DEVICE.BAR");
    const char *dot = word != NULL ? strrchr(word, '.') : NULL;
    char device[DEVICE_PATH_BYTES + 8];
    const struct device_view *view;
    uint64_t bar;

    if (word == NULL) return -1;
    if (dot == NULL || !number_parse(dot + 1, &bar) || bar > PCI_ROM_BAR) {
        return error_usage(reader->err, "'%.40s' is not DEVICE.BAR with a BAR of 0 to %u", word,
                           PCI_ROM_BAR);
    }
    (void)snprintf(device, sizeof(device), "%.*s", (int)(dot - word), word);
    view = names_device(reader->debugger->observer, device, reader->err);
    if (view == NULL) return -1;
    if (view->pci == NULL) return error_usage(reader->err, "%s is no PCI function", device);
    if (view->pci->bars[bar].region == NULL) {
        return error_usage(reader->err, "%s has no BAR %u", device, (unsigned)bar);
    }
    reader->source->device = view->device;
    reader->source->bar = (unsigned)bar;
    parse_access(reader, true, true);
    return 0;
}

static int parse_memory(struct reader *reader)
{
    struct source *source = reader->source;
    uint64_t bytes = WATCH_BYTES_DEFAULT;

    if (parse_value(reader, "an address", &source->first) != 0) return -1;
    parse_access(reader, false, true);
    if (reader->at < reader->words->count &&
        parse_value(reader, "a number of bytes", &bytes) != 0) {
        return -1;
    }
    if (bytes == 0 || bytes > WATCH_BYTES_MAX || bytes - 1 > UINT64_MAX - source->first) {
        return error_usage(reader->err, "a range has 1 to 2^32 bytes and does not wrap");
    }
    source->last = source->first + bytes - 1;
    return 0;
}

static int parse_port(struct reader *reader)
{
    struct source *source = reader->source;
    uint64_t count = 1;

    if (parse_value(reader, "a port", &source->first) != 0) return -1;
    parse_access(reader, true, true);
    if (reader->at < reader->words->count &&
        parse_value(reader, "a number of ports", &count) != 0) {
        return -1;
    }
    if (source->first >= PORTS || count == 0 || count > PORTS - source->first) {
        return error_usage(reader->err, "ports are 0 to 0xffff");
    }
    source->last = source->first + count - 1;
    return 0;
}

static int parse_lapic(struct reader *reader, const char *text)
{
    uint64_t vector;

    if (expression_value(reader->debugger->observer, text, &vector, reader->err) != 0) return -1;
    if (vector >= VECTORS) return error_usage(reader->err, "vectors are 0 to 255");
    reader->source->kind = SOURCE_LAPIC;
    reader->source->first = vector;
    reader->source->last = vector;
    return 0;
}

static int parse_irq(struct reader *reader)
{
    const char *word = need(reader, "DEVICE:LINE");
    const char *colon = word != NULL ? strrchr(word, ':') : NULL;
    char device[DEVICE_PATH_BYTES + 8];
    struct suggestion meant;
    const struct device_view *view;

    if (word == NULL) return -1;
    if (colon == NULL) {
        return error_usage(reader->err, "'%.40s' is not DEVICE:LINE or lapicN:VECTOR", word);
    }
    (void)snprintf(device, sizeof(device), "%.*s", (int)(colon - word), word);
    view = names_device(reader->debugger->observer, device, reader->err);
    if (view == NULL) return -1;
    reader->source->device = view->device;
    if (strcmp(view->device->class->name, "lapic") == 0) return parse_lapic(reader, colon + 1);
    suggest_begin(&meant, colon + 1);
    reader->source->line = names_line(view->device, colon + 1, &meant);
    if (reader->source->line != NULL) return 0;
    if (meant.word != NULL) {
        return error_usage(reader->err, "%s has no line '%.40s'; did you mean '%s'?", device,
                           colon + 1, meant.word);
    }
    return error_usage(reader->err, "%s has no line '%.40s'; 'info dev %s' lists them", device,
                       colon + 1, device);
}

static int parse_vector(struct reader *reader)
{
    if (parse_value(reader, "a vector", &reader->source->first) != 0) return -1;
    if (reader->source->first >= VECTORS) {
        return error_usage(reader->err, "vectors are 0 to 255");
    }
    reader->source->last = reader->source->first;
    return 0;
}

static int parse_msr(struct reader *reader)
{
    if (parse_value(reader, "an MSR", &reader->source->first) != 0) return -1;
    if (reader->source->first > UINT32_MAX) {
        return error_usage(reader->err, "MSRs are 0 to 0xffffffff");
    }
    reader->source->last = reader->source->first;
    parse_access(reader, true, true);
    return 0;
}

/* FIRST..LAST or one number; `separator` ".." or ",". False: not two. */
static bool split(const char *word, const char *separator, char *first, char *last, size_t bytes)
{
    const char *found = strstr(word, separator);

    (void)snprintf(first, bytes, "%.*s", found != NULL ? (int)(found - word) : (int)strlen(word),
                   word);
    (void)snprintf(last, bytes, "%s", found != NULL ? found + strlen(separator) : "");
    return found != NULL;
}

static int parse_lba(struct reader *reader)
{
    const char *word = need(reader, "FIRST..LAST");
    struct source *source = reader->source;
    char first[40];
    char last[40];
    bool is_range;

    if (word == NULL) return -1;
    is_range = split(word, "..", first, last, sizeof(first));
    if (!number_parse(first, &source->first) ||
        !number_parse(is_range ? last : first, &source->last) || source->last < source->first) {
        return error_usage(reader->err, "'%.60s' is no block and no FIRST..LAST", word);
    }
    parse_access(reader, true, true);
    return 0;
}

static int parse_pixel(struct reader *reader)
{
    const char *word = need(reader, "X,Y");
    char x[40];
    char y[40];
    uint64_t column;
    uint64_t row;

    if (word == NULL) return -1;
    if (!split(word, ",", x, y, sizeof(x)) || !number_parse(x, &column) || !number_parse(y, &row) ||
        column >= FRAME_SIDE_MAX || row >= FRAME_SIDE_MAX) {
        return error_usage(reader->err, "'%.40s' is not X,Y", word);
    }
    reader->source->x = (unsigned)column;
    reader->source->y = (unsigned)row;
    reader->source->on_write = true;
    return 0;
}

/* ---- Events ---- */

static bool splits_match(const char *pattern, const char *path, const char *event)
{
    char device[DEBUGGER_NAME_BYTES];

    for (const char *dot = strchr(pattern, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        if (!trace_glob_matches(dot + 1, event)) continue;
        (void)snprintf(device, sizeof(device), "%.*s", (int)(dot - pattern), pattern);
        if (trace_device_matches(device, path)) return true;
    }
    return false;
}

/* Paths and some events have points in them, so each point may be the one between the two. */
bool source_event_matches(const struct source *source, const char *path, const char *event)
{
    if (strchr(source->pattern, '.') == NULL) return trace_glob_matches(source->pattern, event);
    return splits_match(source->pattern, path, event);
}

static int no_event(struct reader *reader)
{
    const char *pattern = reader->source->pattern;
    const char *dot = strrchr(pattern, '.');
    const char *event = dot != NULL ? dot + 1 : pattern;
    struct suggestion meant;
    char device[DEBUGGER_NAME_BYTES];

    (void)snprintf(device, sizeof(device), "%.*s", dot != NULL ? (int)(dot - pattern) : 0, pattern);
    if (dot != NULL && strpbrk(device, "*?") == NULL && strcmp(device, "machine") != 0 &&
        names_device(reader->debugger->observer, device, reader->err) == NULL) {
        return -1;
    }
    suggest_begin(&meant, event);
    for (size_t i = 0; i < reader->debugger->observer->kind_count; i++) {
        suggest_try(&meant, reader->debugger->observer->kinds[i].desc->name);
    }
    if (meant.word != NULL) {
        return error_usage(reader->err, "no event is called '%.60s'; did you mean '%s'?", pattern,
                           meant.word);
    }
    return error_usage(reader->err, "no event is called '%.60s'; 'info events' lists them",
                       pattern);
}

static int parse_event(struct reader *reader)
{
    const char *word = need(reader, "DEVICE.EVENT");
    struct debugger *debugger = reader->debugger;

    if (word == NULL) return -1;
    if (strlen(word) >= sizeof(reader->source->pattern)) {
        return error_usage(reader->err, "a pattern has at most %zu characters",
                           sizeof(reader->source->pattern) - 1);
    }
    (void)snprintf(reader->source->pattern, sizeof(reader->source->pattern), "%s", word);
    for (size_t i = 0; i < debugger->observer->kind_count; i++) {
        const struct trace_kind *kind = &debugger->observer->kinds[i];

        if (source_event_matches(reader->source, kind->device, kind->desc->name)) return 0;
    }
    return no_event(reader);
}

/* ---- All of them ---- */

static int parse_pc(struct reader *reader)
{
    if (parse_value(reader, "an address", &reader->source->first) != 0) return -1;
    reader->source->last = reader->source->first;
    return 0;
}

static const struct {
    const char *keyword;
    enum source_kind kind;
    int (*parse)(struct reader *reader);
} kinds[] = {
    {"reg", SOURCE_REG, parse_reg},          {"bar", SOURCE_BAR, parse_bar},
    {"mem", SOURCE_MEM, parse_memory},       {"phys", SOURCE_PHYS, parse_memory},
    {"port", SOURCE_PORT, parse_port},       {"irq", SOURCE_LINE, parse_irq},
    {"vector", SOURCE_VECTOR, parse_vector}, {"msr", SOURCE_MSR, parse_msr},
    {"lba", SOURCE_LBA, parse_lba},          {"ev", SOURCE_EVENT, parse_event},
    {"pixel", SOURCE_PIXEL, parse_pixel},    {"pc", SOURCE_PC, parse_pc},
};

static int no_keyword(struct reader *reader, const char *word)
{
    struct suggestion meant;
    struct error err = ERROR_INIT;
    uint64_t addr;

    if (expression_value(reader->debugger->observer, word, &addr, &err) == 0) {
        reader->source->kind = SOURCE_PC;
        return parse_pc(reader);
    }
    suggest_begin(&meant, word);
    for (size_t i = 0; source_keywords[i] != NULL; i++) {
        suggest_try(&meant, source_keywords[i]);
    }
    if (meant.word != NULL) {
        return error_usage(reader->err, "'%.40s' is nothing to watch; did you mean '%s'?", word,
                           meant.word);
    }
    return error_usage(reader->err, "'%.40s' is nothing to watch: %s", word, err.text);
}

int source_parse(struct debugger *debugger, const struct words *words, unsigned *at,
                 struct source *source, struct error *err)
{
    struct reader reader = {
        .debugger = debugger, .words = words, .at = *at, .source = source, .err = err};
    const char *word = need(&reader, "what to watch (reg, mem, irq, ev, pc ...)");
    int result = -1;
    size_t kind = 0;

    *source = (struct source){.on_read = true, .on_write = true};
    if (word == NULL) return -1;
    while (kind < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[kind].keyword, word) != 0) {
        kind++;
    }
    if (kind < sizeof(kinds) / sizeof(kinds[0])) {
        source->kind = kinds[kind].kind;
        result = kinds[kind].parse(&reader);
    } else {
        reader.at = *at;
        result = no_keyword(&reader, word);
    }
    *at = reader.at;
    return result;
}
