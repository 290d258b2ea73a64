/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of words, one blank between two of them, numbers in lower-case hexadecimal. A line belongs to the nearest one
 * above it that it can be part of; the last line says that nothing is missing.
 */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include "emu/app/suite/coverage_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"

#define FIRST_LINE    "spacegray-coverage 1"
#define LINE_MAX_KEPT 512u
#define WORDS_MAX     13u
#define NAME_MAX_KEPT 127u
#define ITEMS_MAX     (1u << 17) /* devices, registers, fields and events of a file */

/* ---- Writing ---- */

static void put_register(FILE *file, const struct coverage_register *reg)
{
    (void)fprintf(file,
                  "register %s %s %" PRIx32 " %x %" PRIx32 " %" PRIx64 " %" PRIx64 " %" PRIx64
                  " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 "\n",
                  reg->bank, reg->name, reg->offset, reg->size, reg->count, reg->writable,
                  reg->reads, reg->writes, reg->read.as_zero, reg->read.as_one,
                  reg->written.as_zero, reg->written.as_one);
    for (size_t i = 0; i < reg->field_count; i++) {
        const struct coverage_field *field = &reg->fields[i];

        (void)fprintf(file, "field %s %x %x %" PRIx64 " %" PRIx64 "\n", field->name, field->hi,
                      field->lo, field->read_values, field->written_values);
    }
}

static void put_range(void *ctx, uint64_t first, uint64_t last)
{
    FILE *file = ctx;

    (void)fprintf(file, "code %" PRIx64 " %" PRIx64 "\n", first, last);
}

static int put_all(FILE *file, const struct coverage_model *model, struct error *err)
{
    (void)fputs(FIRST_LINE "\n", file);
    for (size_t i = 0; i < model->device_count; i++) {
        const struct coverage_device *device = &model->devices[i];

        (void)fprintf(file, "device %s %s\n", device->path, device->class);
        for (size_t k = 0; k < device->register_count; k++) {
            put_register(file, &device->registers[k]);
        }
        for (size_t k = 0; k < device->event_count; k++) {
            const struct coverage_event *event = &device->events[k];

            (void)fprintf(file, "%s %s %" PRIx64 "\n",
                          event->kind == COVERAGE_EVENT_OWN ? "event" : "general", event->name,
                          event->count);
        }
    }
    if (coverage_code_visit(&model->code, put_range, file, err) != 0) return -1;
    if (model->code.is_incomplete) (void)fputs("incomplete\n", file);
    (void)fputs("end\n", file);
    return 0;
}

char *coverage_file_format(const struct coverage_model *model, size_t *bytes, struct error *err)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, bytes);
    int result;

    if (file == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    result = put_all(file, model, err);
    if (ferror(file) != 0) result = error_host(err, "out of memory");
    if (fclose(file) != 0) result = error_host(err, "out of memory");
    if (result == 0) return text;
    free(text);
    return NULL;
}

/* ---- Reading ---- */

struct parser {
    const char *path;
    unsigned line;
    struct coverage_model *model;
    struct coverage_device *device; /* the last; NULL: none yet */
    struct coverage_register *reg;
    size_t items;
    uint64_t code_pages;
    uint64_t code_next; /* where the next stretch may begin */
    bool has_code;
    bool is_code_full; /* nothing can follow the last stretch */
    bool has_ended;
    struct error *err;
};

struct line {
    char text[LINE_MAX_KEPT];
    const char *words[WORDS_MAX];
    size_t count;
};

static int fail(struct parser *parser, const char *what)
{
    return error_usage(parser->err, "%.200s:%u: %s", parser->path, parser->line, what);
}

static int split(struct parser *parser, const char *from, size_t length, struct line *line)
{
    char *word = line->text;

    line->count = 0;
    if (length >= sizeof(line->text)) return fail(parser, "the line is too long");
    for (size_t i = 0; i < length; i++) {
        if (from[i] < 0x20 || from[i] > 0x7e) return fail(parser, "this is no text");
    }
    memcpy(line->text, from, length);
    line->text[length] = '\0';
    while (line->count < WORDS_MAX) {
        const size_t bytes = strcspn(word, " ");
        const bool is_last = word[bytes] == '\0';

        if (bytes == 0) return fail(parser, "a word is missing");
        if (bytes > NAME_MAX_KEPT) return fail(parser, "a word is too long");
        word[bytes] = '\0';
        line->words[line->count++] = word;
        if (is_last) return 0;
        word += bytes + 1;
    }
    return fail(parser, "there are too many words");
}

/* Lower-case hexadecimal as it is written: no sign, no zeros in front. */
static bool get_number(const char *word, uint64_t max, uint64_t *value)
{
    const size_t length = strlen(word);

    if (length > 16 || strspn(word, "0123456789abcdef") != length) return false;
    if (length > 1 && word[0] == '0') return false;
    *value = strtoull(word, NULL, 16);
    return *value <= max;
}

/* Words from `first` on, as many as there are limits. */
static int get_numbers(struct parser *parser, const struct line *line, size_t first,
                       const uint64_t *max, uint64_t *values)
{
    for (size_t i = 0; first + i < line->count; i++) {
        if (!get_number(line->words[first + i], max[i], &values[i])) {
            return fail(parser, "a number is expected, or it is too large");
        }
    }
    return 0;
}

static int parse_device(struct parser *parser, const struct line *line)
{
    parser->reg = NULL;
    parser->device =
        coverage_add_device(parser->model, line->words[1], line->words[2], parser->err);
    return parser->device != NULL ? 0 : -1;
}

static int parse_register(struct parser *parser, const struct line *line)
{
    static const uint64_t max[] = {UINT32_MAX, 8,          UINT32_MAX, UINT64_MAX, UINT64_MAX,
                                   UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    uint64_t values[ARRAY_LEN(max)] = {0};
    struct coverage_register reg;
    uint64_t all;

    if (parser->device == NULL) return fail(parser, "this register has no device");
    if (get_numbers(parser, line, 3, max, values) != 0) return -1;
    reg = (struct coverage_register){
        .offset = (uint32_t)values[0],
        .size = (uint8_t)values[1],
        .count = (uint32_t)values[2],
        .writable = values[3],
        .reads = values[4],
        .writes = values[5],
        .read = {.as_zero = values[6], .as_one = values[7]},
        .written = {.as_zero = values[8], .as_one = values[9]},
    };
    all = bits_mask(8 * reg.size);
    if (reg.size == 0 || reg.count == 0 ||
        ((reg.writable | values[6] | values[7] | values[8] | values[9]) & ~all) != 0) {
        return fail(parser, "there is no such register");
    }
    parser->reg =
        coverage_add_register(parser->device, line->words[1], line->words[2], &reg, parser->err);
    return parser->reg != NULL ? 0 : -1;
}

static int parse_field(struct parser *parser, const struct line *line)
{
    static const uint64_t max[] = {63, 63, UINT64_MAX, UINT64_MAX};
    uint64_t values[ARRAY_LEN(max)] = {0};
    struct coverage_field *field;
    uint64_t possible = 0;

    if (parser->reg == NULL) return fail(parser, "this field has no register");
    if (get_numbers(parser, line, 2, max, values) != 0) return -1;
    if (values[0] < values[1] || values[0] >= 8u * parser->reg->size) {
        return fail(parser, "there is no such field");
    }
    if (values[0] - values[1] < COVERAGE_VALUE_BITS) {
        possible = bits_mask(1u << (values[0] - values[1] + 1));
    }
    if (((values[2] | values[3]) & ~possible) != 0) {
        return fail(parser, "a field has no such value");
    }
    field = coverage_add_field(parser->reg, line->words[1], (unsigned)values[0],
                               (unsigned)values[1], parser->err);
    if (field == NULL) return -1;
    field->read_values = values[2];
    field->written_values = values[3];
    return 0;
}

static int parse_event(struct parser *parser, const struct line *line)
{
    const bool is_own = strcmp(line->words[0], "event") == 0;
    static const uint64_t max[] = {UINT64_MAX};
    struct coverage_event *event;
    uint64_t count = 0;

    if (parser->device == NULL) return fail(parser, "this event has no device");
    if (get_numbers(parser, line, 2, max, &count) != 0) return -1;
    event = coverage_add_event(parser->device, line->words[1],
                               is_own ? COVERAGE_EVENT_OWN : COVERAGE_EVENT_ANY, parser->err);
    if (event == NULL) return -1;
    event->count = count;
    return 0;
}

static int parse_code(struct parser *parser, const struct line *line)
{
    static const uint64_t max[] = {UINT64_MAX, UINT64_MAX};
    uint64_t range[ARRAY_LEN(max)] = {0};
    uint64_t first;
    uint64_t last;

    if (get_numbers(parser, line, 1, max, range) != 0) return -1;
    if (parser->is_code_full || range[1] < range[0] ||
        (parser->has_code && range[0] < parser->code_next)) {
        return fail(parser, "stretches of code are not in order");
    }
    first = range[0] / COVERAGE_PAGE_BYTES;
    last = range[1] / COVERAGE_PAGE_BYTES;
    parser->code_pages += last - first;
    if (!parser->has_code || first != (parser->code_next - 1) / COVERAGE_PAGE_BYTES) {
        parser->code_pages++;
    }
    if (parser->code_pages > COVERAGE_PAGES_MAX) return fail(parser, "there is too much code");
    coverage_code_add(&parser->model->code, range[0], range[1] - range[0] + 1);
    parser->has_code = true;
    parser->code_next = range[1] + 1;
    parser->is_code_full = range[1] == UINT64_MAX;
    return 0;
}

static int parse_incomplete(struct parser *parser, const struct line *line)
{
    (void)line;
    parser->model->code.is_incomplete = true;
    return 0;
}

static int parse_end(struct parser *parser, const struct line *line)
{
    (void)line;
    parser->has_ended = true;
    return 0;
}

static const struct {
    const char *word;
    size_t words;
    int (*parse)(struct parser *parser, const struct line *line);
} kinds[] = {
    {"device", 3, parse_device},         {"register", 13, parse_register},
    {"field", 6, parse_field},           {"event", 3, parse_event},
    {"general", 3, parse_event},         {"code", 3, parse_code},
    {"incomplete", 1, parse_incomplete}, {"end", 1, parse_end},
};

static int parse_line(struct parser *parser, const char *text, size_t length)
{
    struct line line;

    if (parser->line == 1) {
        if (length == strlen(FIRST_LINE) && memcmp(text, FIRST_LINE, length) == 0) return 0;
        return fail(parser, "this is no file of what was covered, or one of another version");
    }
    if (parser->has_ended) return fail(parser, "something follows the end");
    if (split(parser, text, length, &line) != 0) return -1;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(line.words[0], kinds[i].word) != 0) continue;
        if (line.count != kinds[i].words) return fail(parser, "the number of words is wrong");
        if (kinds[i].parse != parse_code && ++parser->items > ITEMS_MAX) {
            return fail(parser, "there is too much in it");
        }
        return kinds[i].parse(parser, &line);
    }
    return fail(parser, "the first word is not known");
}

int coverage_file_parse(const char *path, const char *text, size_t bytes,
                        struct coverage_model *model, struct error *err)
{
    struct parser parser = {.path = path, .model = model, .err = err};
    size_t at = 0;

    while (at < bytes) {
        const char *newline = memchr(text + at, '\n', bytes - at);

        parser.line++;
        if (newline == NULL) return fail(&parser, "the file has no end: it was cut off");
        if (parse_line(&parser, text + at, (size_t)(newline - text) - at) != 0) return -1;
        at = (size_t)(newline - text) + 1;
    }
    if (!parser.has_ended) return fail(&parser, "the file has no end: it was cut off");
    return 0;
}
