/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values as C writes them: 64-bit unsigned arithmetic over numbers, registers of a core ($rax, $IA32_LSTAR@1), device
 * registers and their fields (nvme.CC.EN), symbols, memory (*ADDR, u16(ADDR), phys32(ADDR)), ports and MSRs. Depth is
 * bounded: lines come from outside.
 */
#include "emu/debug/observer_internal.h"

#include <stdio.h>
#include <string.h>

#include "emu/base/endian.h"
#include "emu/core/bus.h"
#include "emu/debug/symbols.h"

#define DEPTH_MAX 32u

struct parser {
    struct observer *observer;
    const char *p;
    unsigned depth;
    bool is_unreadable; /* refused for what the machine is at present */
    struct error *err;
};

/* NAME or NAME@CORE. */
static bool register_named(struct observer *observer, const char *text, uint64_t *value)
{
    const size_t length = strcspn(text, "@");
    uint64_t core = observer->core;
    char name[DEBUGGER_NAME_BYTES];

    if (length >= sizeof(name)) return false;
    (void)snprintf(name, sizeof(name), "%.*s", (int)length, text);
    if (text[length] == '@' && !number_parse(text + length + 1, &core)) return false;
    if (core >= MACHINE_CORES_MAX || observer_cpu(observer, (unsigned)core) == NULL) return false;
    return core_register(observer_cpu(observer, (unsigned)core), name, value);
}

bool expression_name(struct observer *observer, const char *name, uint64_t *value)
{
    struct register_name reg;

    if (name[0] == '$') return register_named(observer, name + 1, value);
    if (strchr(name, '.') != NULL && names_register(observer, name, &reg, NULL) == 0) {
        *value = names_register_value(&reg);
        return true;
    }
    return observer->symbols != NULL && symbols_find(observer->symbols, name, value);
}

/* ---- Memory, ports, MSRs ---- */

static int no_value(struct parser *parser, const char *what, uint64_t addr)
{
    parser->is_unreadable = true;
    return error_usage(parser->err, "nothing is mapped at %s0x%llx", what,
                       (unsigned long long)addr);
}

static int read_linear(struct parser *parser, unsigned core, unsigned bytes, uint64_t *value)
{
    const uint64_t addr = *value;
    uint8_t data[8];

    if (addr > UINT64_MAX - bytes ||
        !cpu_peek_linear(observer_cpu(parser->observer, core), addr, data, bytes)) {
        return no_value(parser, "", addr);
    }
    *value = le_get(data, bytes);
    return 0;
}

static int read_bus(struct parser *parser, struct bus *bus, const char *what, unsigned bytes,
                    uint64_t *value)
{
    const uint64_t addr = *value;

    if (addr > UINT64_MAX - bytes) return no_value(parser, what, addr);
    for (unsigned i = 0; i < bytes; i++) {
        if (bus_find(bus, addr + i) == NULL) return no_value(parser, what, addr);
    }
    *value = bus_peek(bus, addr, bytes);
    return 0;
}

static int read_physical(struct parser *parser, unsigned core, unsigned bytes, uint64_t *value)
{
    (void)core;
    return read_bus(parser, machine_memory(parser->observer->machine), "physical ", bytes, value);
}

static int read_port(struct parser *parser, unsigned core, unsigned bytes, uint64_t *value)
{
    (void)core;
    return read_bus(parser, machine_ports(parser->observer->machine), "port ", bytes, value);
}

static int read_msr(struct parser *parser, unsigned core, unsigned bytes, uint64_t *value)
{
    const uint64_t msr = *value;

    (void)bytes;
    if (msr <= UINT32_MAX &&
        cpu_peek_msr(observer_cpu(parser->observer, core), (uint32_t)msr, value))
        return 0;
    return error_usage(parser->err, "there is no MSR 0x%llx", (unsigned long long)msr);
}

/* What is called as in C. */
static const struct function {
    const char *name;
    unsigned bytes;
    bool has_core; /* @CORE may stand behind it */
    int (*read)(struct parser *parser, unsigned core, unsigned bytes, uint64_t *value);
} functions[] = {
    {"u8", 1, true, read_linear},        {"u16", 2, true, read_linear},
    {"u32", 4, true, read_linear},       {"u64", 8, true, read_linear},
    {"phys8", 1, false, read_physical},  {"phys16", 2, false, read_physical},
    {"phys32", 4, false, read_physical}, {"phys64", 8, false, read_physical},
    {"port8", 1, false, read_port},      {"port16", 2, false, read_port},
    {"port32", 4, false, read_port},     {"msr", 8, true, read_msr},
};
#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

/* ---- Grammar ---- */

static void skip_blanks(struct parser *parser)
{
    while (*parser->p == ' ' || *parser->p == '\t') {
        parser->p++;
    }
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '$' || c == '[' || c == ']' || c == '@';
}

/* A path begins with a slash, which would be a division elsewhere. */
static size_t name_length(const char *p)
{
    size_t length = 0;

    while (is_name_char(p[length]) || (p[0] == '/' && (p[length] == '/' || p[length] == ':'))) {
        length++;
    }
    return length;
}

static int parse_binary(struct parser *parser, unsigned level, uint64_t *value);

/* Behind an opening parenthesis. */
static int parse_enclosed(struct parser *parser, uint64_t *value)
{
    if (parse_binary(parser, 0, value) != 0) return -1;
    skip_blanks(parser);
    if (*parser->p != ')') return error_usage(parser->err, "a closing parenthesis is missing");
    parser->p++;
    return 0;
}

/* @CORE, or nothing. */
static int parse_core(struct parser *parser, const struct function *function, unsigned *core)
{
    char digits[24];
    uint64_t number;

    *core = parser->observer->core;
    if (*parser->p != '@') return 0;
    if (!function->has_core) {
        return error_usage(parser->err, "%s is the same on all cores", function->name);
    }
    const size_t length = name_length(parser->p + 1);

    (void)snprintf(digits, sizeof(digits), "%.*s", (int)(length < 23 ? length : 23), parser->p + 1);
    parser->p += 1 + length;
    if (!number_parse(digits, &number) || number >= MACHINE_CORES_MAX ||
        observer_cpu(parser->observer, (unsigned)number) == NULL) {
        return error_usage(parser->err, "there is no core '%s'", digits);
    }
    *core = (unsigned)number;
    return 0;
}

static int parse_call(struct parser *parser, const char *name, uint64_t *value)
{
    const struct function *function = functions;
    struct suggestion meant;
    unsigned core;
    int result;

    suggest_begin(&meant, name);
    while (function < functions + FUNCTIONS && strcmp(function->name, name) != 0) {
        suggest_try(&meant, function->name);
        function++;
    }
    if (function == functions + FUNCTIONS) {
        return meant.word != NULL
                   ? error_usage(parser->err, "there is no '%.40s()'; did you mean '%s()'?", name,
                                 meant.word)
                   : error_usage(parser->err, "there is no '%.40s()'; 'help values' lists them",
                                 name);
    }
    if (++parser->depth > DEPTH_MAX) return error_usage(parser->err, "that is nested too deeply");
    parser->p++;
    result = parse_enclosed(parser, value);
    parser->depth--;
    if (result != 0 || parse_core(parser, function, &core) != 0) return -1;
    return function->read(parser, core, function->bytes, value);
}

static int no_register(struct parser *parser, const char *name)
{
    struct suggestion meant;
    char word[DEBUGGER_NAME_BYTES];

    (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, "@"), name);
    suggest_begin(&meant, word);
    core_register_suggest(&meant);
    /* Of a name that there is the core is wrong. */
    if (meant.word != NULL && strcmp(meant.word, word) != 0) {
        return error_usage(parser->err, "no register is called '%.40s'; did you mean '$%s'?", name,
                           meant.word);
    }
    return error_usage(parser->err, "no register is called '%.40s'", name);
}

static int no_symbol(struct parser *parser, const char *name)
{
    const struct symbols *symbols = parser->observer->symbols;
    const char *meant = symbols != NULL ? symbols_suggest(symbols, name) : NULL;

    if (symbols == NULL) {
        return error_usage(parser->err, "'%.60s' is no number, and there are no symbols", name);
    }
    if (meant == NULL) return error_usage(parser->err, "there is no symbol '%.60s'", name);
    return error_usage(parser->err, "there is no symbol '%.60s'; did you mean '%.60s'?", name,
                       meant);
}

static int parse_name(struct parser *parser, uint64_t *value)
{
    const size_t length = name_length(parser->p);
    char name[DEVICE_PATH_BYTES + DEBUGGER_NAME_BYTES];
    struct register_name reg;

    if (length == 0) {
        return error_usage(parser->err, "a value was expected at '%.20s'", parser->p);
    }
    if (length >= sizeof(name)) return error_usage(parser->err, "a name is too long");
    (void)snprintf(name, sizeof(name), "%.*s", (int)length, parser->p);
    parser->p += length;
    if (name[0] >= '0' && name[0] <= '9') {
        if (number_parse(name, value)) return 0;
        return error_usage(parser->err, "'%.40s' is no number of up to 64 bits", name);
    }
    if (*parser->p == '(') return parse_call(parser, name, value);
    if (expression_name(parser->observer, name, value)) return 0;
    if (name[0] == '$') return no_register(parser, name + 1);
    if (strchr(name, '.') != NULL) {
        return names_register(parser->observer, name, &reg, parser->err);
    }
    return no_symbol(parser, name);
}

static int parse_unary(struct parser *parser, uint64_t *value)
{
    int result;

    skip_blanks(parser);
    if (strchr("-~*(", *parser->p) == NULL || *parser->p == '\0') return parse_name(parser, value);
    if (++parser->depth > DEPTH_MAX) return error_usage(parser->err, "that is nested too deeply");
    switch (*parser->p++) {
    case '-':
        result = parse_unary(parser, value);
        *value = 0 - *value;
        break;
    case '~':
        result = parse_unary(parser, value);
        *value = ~*value;
        break;
    case '*':
        result = parse_unary(parser, value);
        result = result == 0 ? read_linear(parser, parser->observer->core, 8, value) : result;
        break;
    default: result = parse_enclosed(parser, value); break;
    }
    parser->depth--;
    return result;
}

/* Weakest first. */
static const char *const operators[][4] = {
    {"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"},
};
#define LEVELS (sizeof(operators) / sizeof(operators[0]))

static const char *operator_at(struct parser *parser, unsigned level)
{
    skip_blanks(parser);
    for (unsigned i = 0; i < 4 && operators[level][i] != NULL; i++) {
        const size_t length = strlen(operators[level][i]);

        if (strncmp(parser->p, operators[level][i], length) == 0) {
            parser->p += length;
            return operators[level][i];
        }
    }
    return NULL;
}

static int apply(struct parser *parser, char sign, uint64_t right, uint64_t *value)
{
    switch (sign) {
    case '|': *value |= right; return 0;
    case '^': *value ^= right; return 0;
    case '&': *value &= right; return 0;
    case '<': *value = right < 64 ? *value << right : 0; return 0;
    case '>': *value = right < 64 ? *value >> right : 0; return 0;
    case '+': *value += right; return 0;
    case '-': *value -= right; return 0;
    case '*': *value *= right; return 0;
    default: break;
    }
    if (right == 0) {
        parser->is_unreadable = true;
        return error_usage(parser->err, "that divides by zero");
    }
    *value = sign == '/' ? *value / right : *value % right;
    return 0;
}

static int parse_binary(struct parser *parser, unsigned level, uint64_t *value)
{
    const char *sign;

    *value = 0;
    if (level == LEVELS) return parse_unary(parser, value);
    if (parse_binary(parser, level + 1, value) != 0) return -1;
    sign = operator_at(parser, level);
    while (sign != NULL) {
        uint64_t right;

        if (parse_binary(parser, level + 1, &right) != 0) return -1;
        if (apply(parser, *sign, right, value) != 0) return -1;
        sign = operator_at(parser, level);
    }
    return 0;
}

enum observer_result observer_value(struct observer *observer, const char *text, uint64_t *value,
                                    struct error *err)
{
    struct parser parser = {.observer = observer, .p = text, .err = err};

    if (parse_binary(&parser, 0, value) != 0) {
        return parser.is_unreadable ? OBSERVER_UNREADABLE : OBSERVER_REFUSED;
    }
    skip_blanks(&parser);
    if (*parser.p == '\0') return OBSERVER_VALUE;
    (void)error_usage(err, "'%.20s' is not expected there", parser.p);
    return OBSERVER_REFUSED;
}

int expression_value(struct observer *observer, const char *text, uint64_t *value,
                     struct error *err)
{
    return observer_value(observer, text, value, err) == OBSERVER_VALUE ? 0 : -1;
}
