/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conditions: a recursive descent into a tree of at most NODES_MAX nodes, and a walk through it.
 *
 *     any   := all { "or" all }
 *     all   := one { "and" one }
 *     one   := "not" one | "(" any ")" | value [ comparison value ]
 *     value := operand { "&" operand }
 *
 * `&&`, `||` and `!` are taken as and, or, not.
 */
#define _GNU_SOURCE /* strndup */

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/debug/trace/filter.h"

#define NODES_MAX  256u
#define DEPTH_MAX  32u
#define NODE_NONE  UINT32_MAX
#define FRACTION   12u /* digits of a second that a picosecond needs */
#define WORD_BYTES 256u

enum node_kind {
    NODE_OR,
    NODE_AND,
    NODE_NOT,
    NODE_EQ,
    NODE_NE,
    NODE_LT,
    NODE_LE,
    NODE_GT,
    NODE_GE,
    NODE_MASK,   /* & */
    NODE_NUMBER, /* `number` */
    NODE_NAME,   /* `word` without quotes */
    NODE_WORD,   /* `word` in quotes */
};

struct node {
    enum node_kind kind;
    uint32_t left;
    uint32_t right;
    uint64_t number;
    char *word; /* owned */
};

struct condition {
    struct node nodes[NODES_MAX];
    uint32_t count;
    uint32_t root;
};

struct parser {
    const char *text;
    size_t at;
    unsigned depth;
    struct condition *condition;
    struct error *err;
};

static uint32_t parse_any(struct parser *parser);

/* ---- Letters ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_first_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '/';
}

static bool is_letter(char c)
{
    return is_first_letter(c) || is_digit(c) || c == '.' || c == ':' || c == '[' || c == ']' ||
           c == '*' || c == '?';
}

static char next_letter(struct parser *parser)
{
    while (parser->text[parser->at] == ' ' || parser->text[parser->at] == '\t') {
        parser->at++;
    }
    return parser->text[parser->at];
}

static uint32_t refuse(const struct parser *parser, const char *what)
{
    (void)error_usage(parser->err, "at character %zu of '%.80s': %s", parser->at + 1, parser->text,
                      what);
    return NODE_NONE;
}

/* Takes `sign` when it is next. */
static bool take(struct parser *parser, const char *sign)
{
    const size_t length = strlen(sign);

    (void)next_letter(parser);
    if (strncmp(parser->text + parser->at, sign, length) != 0) return false;
    if (is_first_letter(sign[0]) && is_letter(parser->text[parser->at + length])) return false;
    parser->at += length;
    return true;
}

/* ---- Nodes ---- */

static uint32_t add(struct parser *parser, enum node_kind kind, uint32_t left, uint32_t right)
{
    struct condition *condition = parser->condition;

    if (condition->count == NODES_MAX) return refuse(parser, "this is too long a condition");
    condition->nodes[condition->count] = (struct node){.kind = kind, .left = left, .right = right};
    return condition->count++;
}

static uint32_t add_word(struct parser *parser, enum node_kind kind, const char *word,
                         size_t length)
{
    const uint32_t node = add(parser, kind, NODE_NONE, NODE_NONE);

    if (node == NODE_NONE) return node;
    parser->condition->nodes[node].word = strndup(word, length);
    if (parser->condition->nodes[node].word != NULL) return node;
    (void)error_host(parser->err, "out of memory");
    return NODE_NONE;
}

/* ---- Numbers ---- */

struct unit {
    const char *name;
    uint64_t picoseconds;
    unsigned digits; /* of a fraction */
};

/* Longer names before those that begin them. */
static const struct unit units[] = {
    {"ps", 1, 0},
    {"ns", 1000, 3},
    {"us", 1000000, 6},
    {"ms", 1000000000, 9},
    {"s", UINT64_C(1000000000000), FRACTION},
};

/* Digits of base 10 or 16; false: none, or too many. */
static bool take_digits(struct parser *parser, unsigned base, uint64_t *value, unsigned *count)
{
    for (*count = 0;; parser->at++, (*count)++) {
        const char c = parser->text[parser->at];
        unsigned digit;

        if (is_digit(c)) {
            digit = (unsigned)(c - '0');
        } else if (base == 16 && ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) {
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        } else {
            return *count > 0;
        }
        if (__builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, digit, value)) {
            return false;
        }
    }
}

/* A unit of time behind `whole`.`fraction`, the latter of `digits` digits. */
static uint32_t add_time(struct parser *parser, uint64_t whole, uint64_t fraction, unsigned digits)
{
    const uint32_t node = add(parser, NODE_NUMBER, NODE_NONE, NODE_NONE);

    if (node == NODE_NONE) return node;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        uint64_t *number = &parser->condition->nodes[node].number;

        if (!take(parser, units[i].name)) continue;
        if (digits > units[i].digits) return refuse(parser, "this is finer than a picosecond");
        for (unsigned n = digits; n < units[i].digits; n++) {
            fraction *= 10;
        }
        if (__builtin_mul_overflow(whole, units[i].picoseconds, number) ||
            __builtin_add_overflow(*number, fraction, number)) {
            return refuse(parser, "this time is too large");
        }
        return node;
    }
    return refuse(parser, "a unit of time was expected: ps, ns, us, ms or s");
}

static uint32_t parse_number(struct parser *parser)
{
    const char *text = parser->text + parser->at;
    uint64_t fraction = 0;
    uint64_t value = 0;
    unsigned digits;
    uint32_t node;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        parser->at += 2;
        if (!take_digits(parser, 16, &value, &digits)) {
            return refuse(parser, "a hexadecimal number of at most 64 bits was expected");
        }
    } else {
        if (!take_digits(parser, 10, &value, &digits)) {
            return refuse(parser, "this number is too large");
        }
        digits = 0;
        if (parser->text[parser->at] == '.') {
            parser->at++;
            if (!take_digits(parser, 10, &fraction, &digits) || digits > FRACTION) {
                return refuse(parser, "at most 12 digits were expected here");
            }
        }
        if (digits > 0 || is_first_letter(parser->text[parser->at])) {
            return add_time(parser, value, fraction, digits);
        }
    }
    if (is_letter(parser->text[parser->at])) return refuse(parser, "this is no number");
    node = add(parser, NODE_NUMBER, NODE_NONE, NODE_NONE);
    if (node != NODE_NONE) {
        parser->condition->nodes[node].number = value;
    }
    return node;
}

/* ---- The grammar ---- */

static uint32_t parse_operand(struct parser *parser)
{
    const char c = next_letter(parser);
    const char *word = parser->text + parser->at;
    size_t length = 0;

    if (is_digit(c)) return parse_number(parser);
    if (c == '"') {
        length = strcspn(word + 1, "\"");
        if (word[1 + length] != '"') return refuse(parser, "the closing \" is missing");
        if (length >= WORD_BYTES) return refuse(parser, "this word is too long");
        parser->at += length + 2;
        return add_word(parser, NODE_WORD, word + 1, length);
    }
    if (!is_first_letter(c) && c != '*' && c != '?') {
        return refuse(parser, "a name or a number was expected");
    }
    while (is_letter(word[length])) {
        length++;
    }
    if (length >= WORD_BYTES) return refuse(parser, "this word is too long");
    parser->at += length;
    return add_word(parser, NODE_NAME, word, length);
}

static uint32_t parse_value(struct parser *parser)
{
    uint32_t node = parse_operand(parser);

    while (node != NODE_NONE && next_letter(parser) == '&' && parser->text[parser->at + 1] != '&') {
        uint32_t right;

        parser->at++;
        right = parse_operand(parser);
        if (right == NODE_NONE) return right;
        node = add(parser, NODE_MASK, node, right);
    }
    return node;
}

struct sign {
    const char *text;
    enum node_kind kind;
};

/* Longer ones before those that begin them. */
static const struct sign comparisons[] = {
    {"==", NODE_EQ}, {"!=", NODE_NE}, {"<=", NODE_LE},
    {">=", NODE_GE}, {"<", NODE_LT},  {">", NODE_GT},
};

static uint32_t parse_comparison(struct parser *parser)
{
    const uint32_t left = parse_value(parser);

    if (left == NODE_NONE) return left;
    for (size_t i = 0; i < ARRAY_LEN(comparisons); i++) {
        uint32_t right;

        if (!take(parser, comparisons[i].text)) continue;
        right = parse_value(parser);
        return right == NODE_NONE ? right : add(parser, comparisons[i].kind, left, right);
    }
    if (next_letter(parser) == '=') return refuse(parser, "did you mean ==?");
    return left;
}

static bool is_not(struct parser *parser)
{
    if (next_letter(parser) == '!' && parser->text[parser->at + 1] != '=') {
        parser->at++;
        return true;
    }
    return take(parser, "not");
}

static uint32_t parse_one(struct parser *parser)
{
    uint32_t node;

    if (parser->depth == DEPTH_MAX) return refuse(parser, "this is nested too deeply");
    parser->depth++;
    if (is_not(parser)) {
        node = parse_one(parser);
        if (node != NODE_NONE) {
            node = add(parser, NODE_NOT, node, NODE_NONE);
        }
    } else if (take(parser, "(")) {
        node = parse_any(parser);
        if (node != NODE_NONE && !take(parser, ")")) {
            node = refuse(parser, "a ) was expected");
        }
    } else {
        node = parse_comparison(parser);
    }
    parser->depth--;
    return node;
}

static uint32_t parse_all(struct parser *parser)
{
    uint32_t node = parse_one(parser);

    while (node != NODE_NONE && (take(parser, "and") || take(parser, "&&"))) {
        const uint32_t right = parse_one(parser);

        node = right == NODE_NONE ? right : add(parser, NODE_AND, node, right);
    }
    return node;
}

static uint32_t parse_any(struct parser *parser)
{
    uint32_t node = parse_all(parser);

    while (node != NODE_NONE && (take(parser, "or") || take(parser, "||"))) {
        const uint32_t right = parse_all(parser);

        node = right == NODE_NONE ? right : add(parser, NODE_OR, node, right);
    }
    return node;
}

struct condition *condition_parse_part(const char *text, size_t *at, struct error *err)
{
    struct parser parser = {.text = text, .at = *at, .err = err};

    parser.condition = calloc(1, sizeof(*parser.condition));
    if (parser.condition == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    parser.condition->root = parse_any(&parser);
    if (parser.condition->root == NODE_NONE) {
        condition_destroy(parser.condition);
        return NULL;
    }
    (void)next_letter(&parser);
    *at = parser.at;
    return parser.condition;
}

struct condition *condition_parse(const char *text, struct error *err)
{
    size_t at = 0;
    struct condition *condition = condition_parse_part(text, &at, err);
    const struct parser parser = {.text = text, .at = at, .err = err};

    if (condition == NULL || text[at] == '\0') return condition;
    (void)refuse(&parser, "a comparison, and, or, or the end was expected");
    condition_destroy(condition);
    return NULL;
}

void condition_destroy(struct condition *condition)
{
    if (condition == NULL) return;
    for (uint32_t i = 0; i < condition->count; i++) {
        free(condition->nodes[i].word);
    }
    free(condition);
}

/* ---- Does it hold? ---- */

struct look {
    const struct condition *condition;
    void *ctx;
    bool (*value)(void *ctx, const char *name, uint64_t *number, const char **text);
};

/* What an operand stands for. */
struct operand {
    uint64_t number;
    const char *text; /* NULL: a number */
};

/* False: there is no such name. */
static bool look_up(const struct look *look, uint32_t index, struct operand *operand)
{
    const struct node *node = &look->condition->nodes[index];
    struct operand right;

    *operand = (struct operand){.number = node->number};
    if (node->kind == NODE_NAME) {
        return look->value(look->ctx, node->word, &operand->number, &operand->text);
    }
    if (node->kind == NODE_WORD) {
        operand->text = node->word;
    }
    if (node->kind != NODE_MASK) return true;
    if (!look_up(look, node->left, operand) || !look_up(look, node->right, &right)) return false;
    if (operand->text != NULL || right.text != NULL) return false;
    operand->number &= right.number;
    return true;
}

static bool words_match(const char *pattern, const char *text)
{
    if (text[0] == '/') return trace_device_matches(pattern, text);
    return trace_glob_matches(pattern, text);
}

static bool compare(const struct look *look, const struct node *node)
{
    const struct node *right_node = &look->condition->nodes[node->right];
    struct operand left;
    struct operand right;

    if (!look_up(look, node->left, &left)) return false;
    if (left.text != NULL) {
        const bool is_same = right_node->word != NULL && words_match(right_node->word, left.text);

        return node->kind == NODE_EQ ? is_same : node->kind == NODE_NE && !is_same;
    }
    if (!look_up(look, node->right, &right)) return false;
    if (right.text != NULL) return node->kind == NODE_NE;
    if (left.number == right.number) {
        return node->kind == NODE_EQ || node->kind == NODE_LE || node->kind == NODE_GE;
    }
    if (node->kind == NODE_NE) return true;
    return left.number < right.number ? node->kind == NODE_LT || node->kind == NODE_LE
                                      : node->kind == NODE_GT || node->kind == NODE_GE;
}

static bool holds(const struct look *look, uint32_t index)
{
    const struct node *node = &look->condition->nodes[index];
    struct operand operand;

    switch (node->kind) {
    case NODE_OR: return holds(look, node->left) || holds(look, node->right);
    case NODE_AND: return holds(look, node->left) && holds(look, node->right);
    case NODE_NOT: return !holds(look, node->left);
    case NODE_EQ:
    case NODE_NE:
    case NODE_LT:
    case NODE_LE:
    case NODE_GT:
    case NODE_GE: return compare(look, node);
    case NODE_MASK:
    case NODE_NUMBER:
    case NODE_NAME:
    case NODE_WORD: break;
    }
    if (!look_up(look, index, &operand)) return false;
    return operand.text != NULL ? operand.text[0] != '\0' : operand.number != 0;
}

bool condition_holds(const struct condition *condition, void *ctx,
                     bool (*value)(void *ctx, const char *name, uint64_t *number,
                                   const char **text))
{
    const struct look look = {.condition = condition, .ctx = ctx, .value = value};

    return holds(&look, condition->root);
}

/* ---- Names ---- */

struct search {
    const struct condition *condition;
    void *ctx;
    unsigned (*meaning)(void *ctx, const char *name);
};

/* What stands on the right of this in a comparison is, or may be, a word. */
static bool is_text(const struct search *search, uint32_t index)
{
    const struct node *node = &search->condition->nodes[index];

    if (node->kind == NODE_WORD) return true;
    return node->kind == NODE_NAME &&
           (search->meaning(search->ctx, node->word) & CONDITION_TEXT) != 0;
}

static bool is_comparison(enum node_kind kind)
{
    return kind >= NODE_EQ && kind <= NODE_GE;
}

static const char *stray(const struct search *search, uint32_t index)
{
    const struct node *node;
    const char *found;

    if (index == NODE_NONE) return NULL;
    node = &search->condition->nodes[index];
    if (node->kind == NODE_NAME) {
        return search->meaning(search->ctx, node->word) == 0 ? node->word : NULL;
    }
    found = stray(search, node->left);
    if (found != NULL || (is_comparison(node->kind) && is_text(search, node->left))) return found;
    return stray(search, node->right);
}

const char *condition_stray(const struct condition *condition, void *ctx,
                            unsigned (*meaning)(void *ctx, const char *name))
{
    const struct search search = {.condition = condition, .ctx = ctx, .meaning = meaning};

    return stray(&search, condition->root);
}
