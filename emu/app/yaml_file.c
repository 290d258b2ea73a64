/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See yaml_file.h. Keys are checked against the schema before libcyaml loads anything: of an unknown
 * key it only tells what stood before it. Its other sentences come as a log and are put into our words.
 */
#include "emu/app/yaml_file.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "emu/base/suggest.h"

#define SENTENCE_BYTES 320
#define MESSAGE_PREFIX "Load: "
#define NAME_BYTES     64
#define DEPTH_MAX      32 /* more than any schema has */

struct yaml_file {
    const char *name;
    const uint8_t *text;
    size_t bytes;
    yaml_document_t document;
};

/* What libcyaml said. */
struct complaint {
    char message[SENTENCE_BYTES];
    size_t line; /* 0: not told */
    size_t column;
};

/* ---- The tree ---- */

/* Sentences show values on terminals: control characters, those of 8 bits in UTF-8 among them, become ?. */
static void make_showable(char *text)
{
    unsigned char *at = (unsigned char *)text;

    for (; *at != '\0'; at++) {
        if (*at < ' ' || *at == 0x7f) *at = '?';
        if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) at[0] = at[1] = '?';
    }
}

static int complain_at(const struct yaml_file *yaml, struct error *err, yaml_mark_t mark,
                       const char *sentence)
{
    char shown[ERROR_TEXT_BYTES];

    (void)snprintf(shown, sizeof(shown), "%s", sentence);
    make_showable(shown);
    return error_usage(err, "%s:%zu:%zu: %s", yaml->name, mark.line + 1, mark.column + 1, shown);
}

static int refuse_syntax(const struct yaml_file *yaml, const yaml_parser_t *parser,
                         struct error *err)
{
    char sentence[SENTENCE_BYTES];

    (void)snprintf(sentence, sizeof(sentence), "this is not YAML: %s%s%s",
                   parser->problem ? parser->problem : "it cannot be read",
                   parser->context ? " " : "", parser->context ? parser->context : "");
    return complain_at(yaml, err, parser->problem_mark, sentence);
}

/* Nothing may follow the document. */
static int check_alone(const struct yaml_file *yaml, yaml_parser_t *parser, struct error *err)
{
    yaml_document_t more;
    int result = 0;

    if (!yaml_parser_load(parser, &more)) return refuse_syntax(yaml, parser, err);
    if (yaml_document_get_root_node(&more) != NULL) {
        result = complain_at(yaml, err, more.start_mark, "a second document begins here");
    }
    yaml_document_delete(&more);
    return result;
}

/* How much deeper it becomes behind an event. */
static int depth_of(yaml_event_type_t type)
{
    const bool is_begin = type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
    const bool is_end = type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;

    return is_begin - is_end;
}

/*
 * An alias stands for what may be as large as the rest of the file: a list of lists of them for more than any memory
 * holds. The tree does not say any more that there was one, so the text is looked through before. And libyaml's time grows
 * with the square of the depth.
 */
static int check_events(const struct yaml_file *yaml, struct error *err)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool is_over = false;
    int result = 0;
    int depth = 0;

    if (!yaml_parser_initialize(&parser)) return error_host(err, "out of memory");
    yaml_parser_set_input_string(&parser, yaml->text, yaml->bytes);
    while (!is_over && yaml_parser_parse(&parser, &event)) {
        depth += depth_of(event.type);
        if (event.type == YAML_ALIAS_EVENT) {
            result = complain_at(yaml, err, event.start_mark, "aliases are not understood here");
        } else if (depth > DEPTH_MAX) {
            result = complain_at(yaml, err, event.start_mark, "nothing is so deep in here");
        }
        is_over = event.type == YAML_STREAM_END_EVENT || result != 0;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return result;
}

static int load_document(struct yaml_file *yaml, yaml_parser_t *parser, struct error *err)
{
    int result = 0;

    if (check_events(yaml, err) != 0) return -1;

    yaml_parser_set_input_string(parser, yaml->text, yaml->bytes);
    if (!yaml_parser_load(parser, &yaml->document)) return refuse_syntax(yaml, parser, err);
    if (yaml_document_get_root_node(&yaml->document) == NULL) {
        result = error_usage(err, "%s: there is nothing in this file", yaml->name);
    } else {
        result = check_alone(yaml, parser, err);
    }
    if (result != 0) yaml_document_delete(&yaml->document);
    return result;
}

struct yaml_file *yaml_file_open(const char *name, const uint8_t *text, size_t bytes,
                                 struct error *err)
{
    struct yaml_file *yaml = calloc(1, sizeof(*yaml));
    yaml_parser_t parser;
    int result;

    if (yaml == NULL || !yaml_parser_initialize(&parser)) {
        free(yaml);
        (void)error_host(err, "out of memory");
        return NULL;
    }
    yaml->name = name;
    yaml->text = text;
    yaml->bytes = bytes;
    if (bytes > YAML_FILE_BYTES_MAX) {
        result = error_usage(err, "%s: longer than %zu KiB", name, YAML_FILE_BYTES_MAX >> 10);
    } else {
        result = load_document(yaml, &parser, err);
    }
    yaml_parser_delete(&parser);
    if (result == 0) return yaml;
    free(yaml);
    return NULL;
}

void yaml_file_close(struct yaml_file *yaml)
{
    if (yaml == NULL) return;
    yaml_document_delete(&yaml->document);
    free(yaml);
}

/* libyaml's functions do not change the document, but do not promise it. */
static yaml_node_t *node_at(const struct yaml_file *yaml, int index)
{
    yaml_document_t *document = (yaml_document_t *)(uintptr_t)&yaml->document;

    return yaml_document_get_node(document, index);
}

static bool is_word(const yaml_node_t *node, const char *word, size_t length)
{
    return node != NULL && node->type == YAML_SCALAR_NODE && node->data.scalar.length == length &&
           memcmp(node->data.scalar.value, word, length) == 0;
}

static const yaml_node_pair_t *member_of(const struct yaml_file *yaml, const yaml_node_t *node,
                                         const char *key, size_t length)
{
    if (node->type != YAML_MAPPING_NODE) return NULL;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (is_word(node_at(yaml, pair->key), key, length)) return pair;
    }
    return NULL;
}

static yaml_node_t *entry_of(const struct yaml_file *yaml, const yaml_node_t *node, size_t index)
{
    const yaml_node_item_t *items = node->data.sequence.items.start;

    if (node->type != YAML_SEQUENCE_NODE) return NULL;
    if (index >= (size_t)(node->data.sequence.items.top - items)) return NULL;
    return node_at(yaml, items[index]);
}

/* What a path leads to. */
struct found {
    const yaml_node_t *node; /* as near as possible */
    const yaml_node_t *key;  /* its; NULL: it is an entry of a list */
    bool is_whole;           /* the path led to its end */
};

/* One step down `*path`, which is moved behind it. */
static struct found step(const struct yaml_file *yaml, const yaml_node_t *node, const char **path)
{
    const yaml_node_pair_t *pair;
    size_t length;

    if (**path == '[') {
        char *end;
        unsigned long index = strtoul(*path + 1, &end, 10);

        *path = *end == ']' ? end + 1 : end;
        return (struct found){.node = entry_of(yaml, node, index)};
    }
    if (**path == '.') (*path)++;
    length = strcspn(*path, ".[");
    pair = member_of(yaml, node, *path, length);
    *path += length;
    if (pair == NULL) return (struct found){.node = NULL};
    return (struct found){.node = node_at(yaml, pair->value), .key = node_at(yaml, pair->key)};
}

static struct found find(const struct yaml_file *yaml, const char *path)
{
    struct found found = {.node = node_at(yaml, 1)};

    while (*path != '\0') {
        const struct found below = step(yaml, found.node, &path);

        if (below.node == NULL) return found;
        found = below;
    }
    found.is_whole = true;
    return found;
}

static int complain_of(const struct yaml_file *yaml, struct error *err, const yaml_node_t *node,
                       const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static int complain_of(const struct yaml_file *yaml, struct error *err, const yaml_node_t *node,
                       const char *format, va_list arguments)
{
    char sentence[ERROR_TEXT_BYTES];

    (void)vsnprintf(sentence, sizeof(sentence), format, arguments);
    return complain_at(yaml, err, node->start_mark, sentence);
}

int yaml_file_complain(const struct yaml_file *yaml, struct error *err, const char *path,
                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)complain_of(yaml, err, find(yaml, path).node, format, arguments);
    va_end(arguments);
    return -1;
}

int yaml_file_complain_key(const struct yaml_file *yaml, struct error *err, const char *path,
                           const char *format, ...)
{
    const struct found found = find(yaml, path);
    va_list arguments;

    va_start(arguments, format);
    (void)complain_of(yaml, err, found.key != NULL ? found.key : found.node, format, arguments);
    va_end(arguments);
    return -1;
}

struct yaml_place yaml_file_place(const struct yaml_file *yaml, const char *path)
{
    const yaml_mark_t mark = find(yaml, path).node->start_mark;

    return (struct yaml_place){.line = mark.line + 1, .column = mark.column + 1};
}

/* How far a block of lines is to the right: its first line that is not blank begins there. */
static size_t indentation_of(const struct yaml_file *yaml, const yaml_node_t *node)
{
    const char *text = (const char *)yaml->text;
    const char *end = text + yaml->bytes;
    const char *line =
        memchr(text + node->start_mark.index, '\n', yaml->bytes - node->start_mark.index);
    size_t blanks = 0;

    while (line != NULL && blanks == 0) {
        line++;
        while (line + blanks < end && line[blanks] == ' ') {
            blanks++;
        }
        if (line + blanks < end && line[blanks] != '\n') return blanks;
        line = memchr(line + blanks, '\n', (size_t)(end - line) - blanks);
        blanks = 0;
    }
    return blanks;
}

int yaml_file_complain_within(const struct yaml_file *yaml, struct error *err, const char *path,
                              struct yaml_place place, const char *sentence)
{
    const struct found found = find(yaml, path);
    yaml_mark_t mark = found.node->start_mark;

    if (found.is_whole && found.node->type == YAML_SCALAR_NODE &&
        found.node->data.scalar.style == YAML_LITERAL_SCALAR_STYLE && mark.index < yaml->bytes) {
        mark.line += place.line;
        mark.column = indentation_of(yaml, found.node) + place.column - 1;
    }
    return complain_at(yaml, err, mark, sentence);
}

bool yaml_file_has(const struct yaml_file *yaml, const char *path)
{
    return find(yaml, path).is_whole;
}

bool yaml_file_is_list(const struct yaml_file *yaml, const char *path)
{
    const struct found found = find(yaml, path);

    return found.is_whole && found.node->type == YAML_SEQUENCE_NODE;
}

size_t yaml_file_text_count(const struct yaml_file *yaml, const char *path)
{
    const struct found found = find(yaml, path);

    if (!found.is_whole) return 0;
    if (found.node->type == YAML_SCALAR_NODE) return 1;
    if (found.node->type != YAML_SEQUENCE_NODE) return 0;
    return (size_t)(found.node->data.sequence.items.top - found.node->data.sequence.items.start);
}

const char *yaml_file_text(const struct yaml_file *yaml, const char *path, size_t index)
{
    const struct found found = find(yaml, path);
    const yaml_node_t *node = found.node;

    if (found.is_whole && node->type == YAML_SEQUENCE_NODE) node = entry_of(yaml, node, index);
    if (!found.is_whole || node == NULL || node->type != YAML_SCALAR_NODE) return NULL;
    return (const char *)node->data.scalar.value;
}

/* ---- Keys ---- */

static const struct cyaml_schema_field *field_named(const struct cyaml_schema_field *fields,
                                                    const yaml_node_t *key)
{
    for (; fields->key != NULL; fields++) {
        if (is_word(key, fields->key, strlen(fields->key))) return fields;
    }
    return NULL;
}

/* As many of the keys as there is room for. */
static void list_keys(const struct cyaml_schema_field *fields, const char *name,
                      char sentence[SENTENCE_BYTES])
{
    size_t length =
        (size_t)snprintf(sentence, SENTENCE_BYTES, "unknown key %s: the keys are", name);

    for (const struct cyaml_schema_field *field = fields; field->key != NULL; field++) {
        if (length + strlen(field->key) + sizeof(", ...") > SENTENCE_BYTES) {
            (void)snprintf(sentence + length, SENTENCE_BYTES - length, ", ...");
            return;
        }
        length += (size_t)snprintf(sentence + length, SENTENCE_BYTES - length, "%s %s",
                                   field == fields ? "" : ",", field->key);
    }
}

static int refuse_key(const struct yaml_file *yaml, const struct cyaml_schema_field *fields,
                      const yaml_node_t *key, struct error *err)
{
    char name[NAME_BYTES] = "";
    char sentence[SENTENCE_BYTES];
    struct suggestion meant;

    if (key->type != YAML_SCALAR_NODE) {
        return complain_at(yaml, err, key->start_mark, "a key must be a word");
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)(sizeof(name) - 1), key->data.scalar.value);
    suggest_begin(&meant, name);
    for (const struct cyaml_schema_field *field = fields; field->key != NULL; field++) {
        suggest_try(&meant, field->key);
    }
    if (meant.word != NULL) {
        (void)snprintf(sentence, sizeof(sentence), "unknown key %s: did you mean %s?", name,
                       meant.word);
    } else {
        list_keys(fields, name, sentence);
    }
    return complain_at(yaml, err, key->start_mark, sentence);
}

static int check_node(const struct yaml_file *yaml, const struct cyaml_schema_value *schema,
                      const yaml_node_t *node, struct error *err);

static int check_mapping(const struct yaml_file *yaml, const struct cyaml_schema_field *fields,
                         const yaml_node_t *node, struct error *err)
{
    const yaml_node_pair_t *first = node->data.mapping.pairs.start;

    for (const yaml_node_pair_t *pair = first; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(yaml, pair->key);
        const struct cyaml_schema_field *field = field_named(fields, key);

        if (field == NULL) return refuse_key(yaml, fields, key, err);
        for (const yaml_node_pair_t *earlier = first; earlier < pair; earlier++) {
            if (field_named(fields, node_at(yaml, earlier->key)) != field) continue;
            return complain_at(yaml, err, key->start_mark, "this key was there before");
        }
        if (check_node(yaml, &field->value, node_at(yaml, pair->value), err) != 0) return -1;
    }
    return 0;
}

static int refuse_length(const struct yaml_file *yaml, const struct cyaml_schema_value *schema,
                         const yaml_node_t *entry, struct error *err)
{
    char sentence[SENTENCE_BYTES];

    (void)snprintf(sentence, sizeof(sentence), "one too many: %u can stand here at most",
                   (unsigned)schema->sequence.max);
    return complain_at(yaml, err, entry->start_mark, sentence);
}

static int check_scalar(const struct yaml_file *yaml, const yaml_node_t *node, struct error *err)
{
    if (node->type != YAML_SCALAR_NODE) {
        return complain_at(yaml, err, node->start_mark, "one value must stand here");
    }
    if (memchr(node->data.scalar.value, '\0', node->data.scalar.length) == NULL) return 0;
    return complain_at(yaml, err, node->start_mark, "a zero byte cannot be in a text");
}

/* Of type CYAML_IGNORE. */
static int check_texts(const struct yaml_file *yaml, const yaml_node_t *node, struct error *err)
{
    if (node->type == YAML_MAPPING_NODE) {
        return complain_at(yaml, err, node->start_mark, "one value or a list must stand here");
    }
    if (node->type == YAML_SCALAR_NODE) return check_scalar(yaml, node, err);
    for (size_t i = 0; entry_of(yaml, node, i) != NULL; i++) {
        if (check_scalar(yaml, entry_of(yaml, node, i), err) != 0) return -1;
    }
    return 0;
}

static int check_sequence(const struct yaml_file *yaml, const struct cyaml_schema_value *schema,
                          const yaml_node_t *node, struct error *err)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        return complain_at(yaml, err, node->start_mark, "a list must stand here");
    }
    for (size_t i = 0; entry_of(yaml, node, i) != NULL; i++) {
        if (i == schema->sequence.max)
            return refuse_length(yaml, schema, entry_of(yaml, node, i), err);
        if (check_node(yaml, schema->sequence.entry, entry_of(yaml, node, i), err) != 0) return -1;
    }
    return 0;
}

/* As deep as the schema, which refers to no part of itself. */
static int check_node(const struct yaml_file *yaml, const struct cyaml_schema_value *schema,
                      const yaml_node_t *node, struct error *err)
{
    if (schema->type == CYAML_IGNORE) return check_texts(yaml, node, err);
    if (schema->type == CYAML_SEQUENCE) return check_sequence(yaml, schema, node, err);
    if (schema->type != CYAML_MAPPING) return check_scalar(yaml, node, err);
    if (node->type != YAML_MAPPING_NODE) {
        return complain_at(yaml, err, node->start_mark, "keys and values must stand here");
    }
    return check_mapping(yaml, schema->mapping.fields, node, err);
}

/* ---- libcyaml ---- */

/* Its first line says what is wrong, the first line of the backtrace says where. */
static void hear(cyaml_log_t level, void *ctx, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void hear(cyaml_log_t level, void *ctx, const char *format, va_list arguments)
{
    struct complaint *complaint = ctx;
    char text[SENTENCE_BYTES];
    const char *place;

    (void)level;
    (void)vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = '\0';
    if (complaint->message[0] == '\0') {
        const size_t prefix =
            strncmp(text, MESSAGE_PREFIX, strlen(MESSAGE_PREFIX)) == 0 ? strlen(MESSAGE_PREFIX) : 0;

        (void)snprintf(complaint->message, sizeof(complaint->message), "%s", text + prefix);
        return;
    }
    place = strstr(text, "(line: ");
    if (place == NULL || complaint->line != 0) return;
    complaint->line = strtoul(place + strlen("(line: "), NULL, 10);
    place = strstr(place, "column: ");
    if (place != NULL) complaint->column = strtoul(place + strlen("column: "), NULL, 10);
}

static const struct cyaml_config *configure(struct cyaml_config *config,
                                            struct complaint *complaint)
{
    *config = (struct cyaml_config){
        .log_fn = hear,
        .log_ctx = complaint,
        .log_level = CYAML_LOG_ERROR,
        .mem_fn = cyaml_mem,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    return config;
}

void *yaml_file_load(const struct yaml_file *yaml, const struct cyaml_schema_value *schema,
                     struct error *err)
{
    struct complaint complaint = {.line = 0};
    struct cyaml_config config;
    cyaml_data_t *data = NULL;
    cyaml_err_t result;
    yaml_mark_t mark;

    if (check_node(yaml, schema, node_at(yaml, 1), err) != 0) return NULL;
    result = cyaml_load_data(yaml->text, yaml->bytes, configure(&config, &complaint), schema, &data,
                             NULL);
    if (result == CYAML_OK && data != NULL) return data;
    if (complaint.message[0] == '\0' || result == CYAML_ERR_ALIAS) {
        (void)snprintf(complaint.message, sizeof(complaint.message), "%s",
                       result == CYAML_ERR_ALIAS ? "aliases are not understood here"
                                                 : cyaml_strerror(result));
    }
    mark = (yaml_mark_t){
        .line = complaint.line > 0 ? complaint.line - 1 : 0,
        .column = complaint.column > 0 ? complaint.column - 1 : 0,
    };
    (void)complain_at(yaml, err, mark, complaint.message);
    return NULL;
}

void yaml_file_free(const struct cyaml_schema_value *schema, void *data)
{
    struct complaint complaint = {.line = 0};
    struct cyaml_config config;

    if (data != NULL) (void)cyaml_free(configure(&config, &complaint), schema, data, 0);
}
