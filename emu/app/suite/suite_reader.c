/* SPDX-License-Identifier: GPL-2.0-only */
/* See suite_reader.h. */
#include "emu/app/suite/suite_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/base/suggest.h"

#define TIME_MAX     VTIME_S(UINT64_C(1000000))
#define VARIABLE_MAX 64u
#define REPLACED_MAX (2 * (size_t)SUITE_STEP_TEXT_MAX)
#define LIST_BYTES   128
#define SHOWN_MAX    200

/* ---- Places ---- */

const char *suite_reader_key(const struct suite_reader *reader, const struct suite_place *place,
                             unsigned key)
{
    return reader->schema->keys[place->table][key].name;
}

void suite_reader_where(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, char where[SUITE_WHERE_BYTES])
{
    (void)snprintf(where, SUITE_WHERE_BYTES, "%s%s%s", place->path,
                   place->path[0] != '\0' ? "." : "", suite_reader_key(reader, place, key));
}

bool suite_reader_has(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key)
{
    char where[SUITE_WHERE_BYTES];

    if (place->slots == NULL) return false;
    if (reader->schema->keys[place->table][key].kind != SUITE_KEY_TEXTS) {
        return place->slots[key].text != NULL;
    }
    suite_reader_where(reader, place, key, where);
    return yaml_file_has(reader->yaml, where);
}

/* yaml_file_complain(), or that of the key. */
typedef int (*complain_function)(const struct yaml_file *yaml, struct error *err, const char *path,
                                 const char *format, ...);

static int refuse(const struct suite_reader *reader, const struct suite_place *place, unsigned key,
                  complain_function complain, const char *format, va_list arguments)
    __attribute__((format(printf, 5, 0)));

static int refuse(const struct suite_reader *reader, const struct suite_place *place, unsigned key,
                  complain_function complain, const char *format, va_list arguments)
{
    char where[SUITE_WHERE_BYTES];
    char sentence[ERROR_TEXT_BYTES];

    suite_reader_where(reader, place, key, where);
    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    return complain(reader->yaml, reader->err, where, "%s", sentence);
}

int suite_reader_refuse(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)refuse(reader, place, key, yaml_file_complain, format, arguments);
    va_end(arguments);
    return -1;
}

int suite_reader_refuse_key(const struct suite_reader *reader, const struct suite_place *place,
                            unsigned key, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)refuse(reader, place, key, yaml_file_complain_key, format, arguments);
    va_end(arguments);
    return -1;
}

/* ---- Variables ---- */

/* A text while it grows. */
struct replaced {
    char *text;
    size_t bytes;
};

static bool add(struct replaced *replaced, const char *text, size_t bytes)
{
    if (bytes > REPLACED_MAX - replaced->bytes) return false;
    memcpy(replaced->text + replaced->bytes, text, bytes);
    replaced->bytes += bytes;
    return true;
}

static int refuse_variable(const struct suite_reader *reader, const char *where, const char *name)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (size_t i = 0; i < reader->variables->count; i++) {
        suggest_try(&meant, reader->variables->list[i].name);
    }
    if (meant.word != NULL) {
        return yaml_file_complain(reader->yaml, reader->err, where,
                                  "nobody said what ${%s} is: did you mean ${%s}?", name,
                                  meant.word);
    }
    return yaml_file_complain(reader->yaml, reader->err, where,
                              "nobody said what ${%s} is: say it with --set %s=VALUE, or write "
                              "$${%s} when a dollar is meant",
                              name, name, name);
}

static bool is_name(const char *text, size_t bytes)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    return bytes > 0 && bytes < VARIABLE_MAX && strspn(text, letters) >= bytes;
}

/* `text` begins with "${". *bytes: how long it is to its brace. */
static const char *find_variable(const struct suite_reader *reader, const char *where,
                                 const char *text, size_t *bytes)
{
    const char *end = strchr(text, '}');
    const size_t length = end != NULL ? (size_t)(end - text) - 2 : 0;
    char name[VARIABLE_MAX] = "";

    if (end == NULL || !is_name(text + 2, length)) {
        (void)yaml_file_complain(reader->yaml, reader->err, where,
                                 "${ begins the name of a variable, as in ${NAME}; write $${ when "
                                 "a dollar is meant");
        return NULL;
    }
    *bytes = length + 3;
    memcpy(name, text + 2, length);
    for (size_t i = 0; i < reader->variables->count; i++) {
        if (strcmp(reader->variables->list[i].name, name) == 0) {
            return reader->variables->list[i].value;
        }
    }
    (void)refuse_variable(reader, where, name);
    return NULL;
}

static int replace_all(const struct suite_reader *reader, const char *where, const char *text,
                       struct replaced *replaced)
{
    bool fits = true;

    while (*text != '\0' && fits) {
        const char *value;
        size_t bytes = strcspn(text, "$");

        if (bytes > 0) {
            fits = add(replaced, text, bytes);
        } else if (text[1] != '{') {
            fits = add(replaced, text, 1);
            bytes = text[1] == '$' ? 2 : 1;
        } else {
            value = find_variable(reader, where, text, &bytes);
            if (value == NULL) return -1;
            fits = add(replaced, value, strlen(value));
        }
        text += bytes;
    }
    if (fits) return 0;
    return yaml_file_complain(reader->yaml, reader->err, where,
                              "with its variables this is longer than %zu bytes", REPLACED_MAX);
}

int suite_reader_replace(const struct suite_reader *reader, const char *where, const char *text,
                         const char **value)
{
    struct replaced replaced = {.bytes = 0};
    int result;

    if (strchr(text, '$') == NULL) {
        *value = suite_store_text(reader->store, text, strlen(text), reader->err);
        return *value != NULL ? 0 : -1;
    }
    replaced.text = malloc(REPLACED_MAX);
    if (replaced.text == NULL) return error_host(reader->err, "out of memory");
    result = replace_all(reader, where, text, &replaced);
    if (result == 0) {
        *value = suite_store_text(reader->store, replaced.text, replaced.bytes, reader->err);
        result = *value != NULL ? 0 : -1;
    }
    free(replaced.text);
    return result;
}

/* ---- Values ---- */

static int check_length(const struct suite_reader *reader, const char *where, const char *text,
                        size_t max)
{
    const size_t bytes = strlen(text);

    if (bytes > 0 && bytes <= max) return 0;
    if (bytes == 0) {
        return yaml_file_complain(reader->yaml, reader->err, where, "%s: nothing stands here",
                                  yaml_word(where));
    }
    return yaml_file_complain(reader->yaml, reader->err, where,
                              "%s: this has %zu bytes, and %zu is the most", yaml_word(where),
                              bytes, max);
}

int suite_reader_text(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, size_t max, const char **value)
{
    char where[SUITE_WHERE_BYTES];

    *value = NULL;
    if (!suite_reader_has(reader, place, key)) return 0;
    suite_reader_where(reader, place, key, where);
    if (suite_reader_replace(reader, where, place->slots[key].text, value) != 0) return -1;
    return check_length(reader, where, *value, max);
}

int suite_reader_name(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, const char **value)
{
    bool is_good = true;
    size_t bytes;

    if (suite_reader_text(reader, place, key, SUITE_NAME_MAX - 1, value) != 0) return -1;
    if (*value == NULL) return 0;
    bytes = strlen(*value);
    for (size_t i = 0; i < bytes; i++) {
        const unsigned char letter = (unsigned char)(*value)[i];

        is_good = is_good && letter >= ' ' && letter != 0x7f;
    }
    if (is_good && **value != ' ' && (*value)[bytes - 1] != ' ') return 0;
    return suite_reader_refuse(reader, place, key,
                               "%s: a name has no control characters, and no blanks at its ends",
                               suite_reader_key(reader, place, key));
}

/* Replaces *value, a text of the store. */
static int make_path(const struct suite_reader *reader, const char **value)
{
    char *whole = yaml_beside(reader->path, *value, reader->err);

    if (whole == NULL) return -1;
    *value = suite_store_text(reader->store, whole, strlen(whole), reader->err);
    free(whole);
    return *value != NULL ? 0 : -1;
}

int suite_reader_file(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, const char **value)
{
    if (suite_reader_text(reader, place, key, SUITE_TEXT_MAX, value) != 0) return -1;
    return *value != NULL ? make_path(reader, value) : 0;
}

int suite_reader_number(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, struct yaml_bounds bounds, uint64_t *value)
{
    char where[SUITE_WHERE_BYTES];
    const char *text;

    if (suite_reader_text(reader, place, key, SHOWN_MAX, &text) != 0) return -1;
    suite_reader_where(reader, place, key, where);
    return yaml_number(reader->yaml, reader->err, where, text, bounds, value);
}

int suite_reader_time(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, vtime *value)
{
    char where[SUITE_WHERE_BYTES];
    const char *text;

    if (suite_reader_text(reader, place, key, SHOWN_MAX, &text) != 0) return -1;
    if (text == NULL) return 0;
    suite_reader_where(reader, place, key, where);
    if (yaml_time(reader->yaml, reader->err, where, text, value) != 0) return -1;
    if (*value <= TIME_MAX) return 0;
    return suite_reader_refuse(reader, place, key, "%s: %s is too long: 1000000s at most",
                               suite_reader_key(reader, place, key), text);
}

/* "one, two and three". */
static void join_words(struct suite_words words, char list[LIST_BYTES])
{
    size_t used = 0;

    list[0] = '\0';
    for (size_t i = 0; i < words.count && used < LIST_BYTES; i++) {
        const char *between = i + 1 < words.count ? ", " : " and ";

        used += (size_t)snprintf(list + used, LIST_BYTES - used, "%s%s", i > 0 ? between : "",
                                 words.names[i]);
    }
}

int suite_reader_choose(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, const char *text, struct suite_words words, unsigned *chosen)
{
    const char *name = suite_reader_key(reader, place, key);
    char list[LIST_BYTES];
    struct suggestion meant;

    suggest_begin(&meant, text);
    for (*chosen = 0; *chosen < words.count; (*chosen)++) {
        if (strcmp(text, words.names[*chosen]) == 0) return 0;
        suggest_try(&meant, words.names[*chosen]);
    }
    *chosen = 0;
    join_words(words, list);
    if (meant.word != NULL) {
        return suite_reader_refuse(reader, place, key, "%s: '%.*s' is none of %s: did you mean %s?",
                                   name, SHOWN_MAX, text, list, meant.word);
    }
    return suite_reader_refuse(reader, place, key, "%s: '%.*s' is none of %s", name, SHOWN_MAX,
                               text, list);
}

/* ---- Several ---- */

static int read_entry(const struct suite_reader *reader, const struct suite_place *place,
                      unsigned key, size_t index, const char **value)
{
    char where[SUITE_WHERE_BYTES + 16];
    const char *text;
    size_t used;

    suite_reader_where(reader, place, key, where);
    text = yaml_file_text(reader->yaml, where, index);
    used = strlen(where);
    if (yaml_file_is_list(reader->yaml, where)) {
        (void)snprintf(where + used, sizeof(where) - used, "[%zu]", index);
    }
    if (suite_reader_replace(reader, where, text != NULL ? text : "", value) != 0) return -1;
    return check_length(reader, where, *value, SUITE_TEXT_MAX);
}

int suite_reader_texts(const struct suite_reader *reader, const struct suite_place *place,
                       unsigned key, struct suite_texts *texts)
{
    const size_t most = reader->schema->keys[place->table][key].most;
    char where[SUITE_WHERE_BYTES];

    *texts = (struct suite_texts){.count = 0};
    if (!suite_reader_has(reader, place, key)) return 0;
    suite_reader_where(reader, place, key, where);
    texts->count = yaml_file_text_count(reader->yaml, where);
    if (texts->count > most) {
        return suite_reader_refuse(reader, place, key, "%s: %zu are too many: at most %zu",
                                   suite_reader_key(reader, place, key), texts->count, most);
    }
    texts->list =
        suite_store_take(reader->store, (texts->count + 1) * sizeof(*texts->list), reader->err);
    if (texts->list == NULL) return -1;
    for (size_t i = 0; i < texts->count; i++) {
        if (read_entry(reader, place, key, i, &texts->list[i]) != 0) return -1;
    }
    return 0;
}

int suite_reader_files(const struct suite_reader *reader, const struct suite_place *place,
                       unsigned key, struct suite_texts *texts)
{
    if (suite_reader_texts(reader, place, key, texts) != 0) return -1;
    for (size_t i = 0; i < texts->count; i++) {
        if (make_path(reader, &texts->list[i]) != 0) return -1;
    }
    return 0;
}
