/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values as C writes them: 64-bit unsigned arithmetic over numbers, registers of the selected core ($rax),
 * device registers and their fields (nvme.CC.EN), symbols, and memory of the selected core (*ADDR, eight
 * bytes). Depth is bounded: lines come from outside.
 */
#include "emu/debug/debugger_internal.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32u

struct parser {
    struct debugger *debugger;
    const char *p;
    unsigned depth;
    struct error *err;
};

/* ---- Registers of a core ---- */

static const char *const gpr_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
static const char *const segment_names[6] = {"es", "cs", "ss", "ds", "fs", "gs"};

static bool general(const struct cpu_regs *regs, const char *name, uint64_t *value)
{
    char half[8];

    for (unsigned i = 0; i < 16; i++) {
        if (strcmp(name, gpr_names[i]) == 0) {
            *value = regs->gpr[i];
            return true;
        }
        if (i < 8) {
            (void)snprintf(half, sizeof(half), "e%s", gpr_names[i] + 1);
        } else {
            (void)snprintf(half, sizeof(half), "%sd", gpr_names[i]);
        }
        if (strcmp(name, half) == 0) {
            *value = (uint32_t)regs->gpr[i];
            return true;
        }
    }
    return false;
}

static bool segments(const struct cpu_regs *regs, const char *name, uint64_t *value)
{
    char base[12];

    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(base, sizeof(base), "%s_base", segment_names[i]);
        if (strcmp(name, segment_names[i]) == 0) {
            *value = regs->segment[i].selector;
            return true;
        }
        if (strcmp(name, base) == 0) {
            *value = regs->segment[i].base;
            return true;
        }
    }
    return false;
}

static bool special(const struct cpu_regs *regs, const char *name, uint64_t *value)
{
    const struct {
        const char *name;
        uint64_t value;
    } list[] = {
        {"rip", regs->rip},
        {"eip", (uint32_t)regs->rip},
        {"pc", regs->segment[1].base + regs->rip},
        {"sp", regs->gpr[4]},
        {"fp", regs->gpr[5]},
        {"rflags", regs->rflags},
        {"eflags", (uint32_t)regs->rflags},
        {"cr0", regs->cr0},
        {"cr2", regs->cr2},
        {"cr3", regs->cr3},
        {"cr4", regs->cr4},
        {"cr8", regs->cr8},
        {"dr0", regs->dr[0]},
        {"dr1", regs->dr[1]},
        {"dr2", regs->dr[2]},
        {"dr3", regs->dr[3]},
        {"dr6", regs->dr[6]},
        {"dr7", regs->dr[7]},
        {"efer", regs->efer},
        {"gdtr", regs->gdtr.base},
        {"idtr", regs->idtr.base},
        {"ldtr", regs->ldtr.selector},
        {"tr", regs->tr.selector},
    };

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (strcmp(name, list[i].name) == 0) {
            *value = list[i].value;
            return true;
        }
    }
    return false;
}

bool register_of_core(struct debugger *debugger, unsigned core, const char *name, uint64_t *value)
{
    struct cpu *cpu = debugger_cpu(debugger, core);
    struct cpu_regs regs;

    if (cpu == NULL) return false;
    cpu_get_regs(cpu, &regs);
    return general(&regs, name, value) || special(&regs, name, value) ||
           segments(&regs, name, value);
}

bool expression_name(struct debugger *debugger, const char *name, uint64_t *value)
{
    struct register_name reg;

    if (name[0] == '$') return register_of_core(debugger, debugger->core, name + 1, value);
    if (strchr(name, '.') != NULL && names_register(debugger, name, &reg, NULL) == 0) {
        *value = names_register_value(&reg);
        return true;
    }
    return debugger->config.symbols != NULL && symbols_find(debugger->config.symbols, name, value);
}

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
    if (expression_name(parser->debugger, name, value)) return 0;
    if (name[0] == '$') {
        return error_usage(parser->err, "no register is called '%.40s'", name + 1);
    }
    if (strchr(name, '.') != NULL) {
        return names_register(parser->debugger, name, &reg, parser->err);
    }
    return error_usage(parser->err,
                       parser->debugger->config.symbols != NULL
                           ? "there is no symbol '%.60s'"
                           : "'%.60s' is no number, and there are no symbols",
                       name);
}

static int parse_binary(struct parser *parser, unsigned level, uint64_t *value);

static int parse_memory(struct parser *parser, uint64_t addr, uint64_t *value)
{
    struct cpu *cpu = debugger_cpu(parser->debugger, parser->debugger->core);
    uint8_t bytes[8];

    if (cpu == NULL || !cpu_peek_linear(cpu, addr, bytes, sizeof(bytes))) {
        return error_usage(parser->err, "nothing is mapped at 0x%llx", (unsigned long long)addr);
    }
    *value = 0;
    for (unsigned i = 8; i > 0; i--) {
        *value = *value << 8 | bytes[i - 1];
    }
    return 0;
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
        result = result == 0 ? parse_memory(parser, *value, value) : result;
        break;
    default:
        result = parse_binary(parser, 0, value);
        skip_blanks(parser);
        if (result == 0 && *parser->p++ != ')') {
            result = error_usage(parser->err, "a closing parenthesis is missing");
        }
        break;
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
    if (right == 0) return error_usage(parser->err, "that divides by zero");
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

int expression_value(struct debugger *debugger, const char *text, uint64_t *value,
                     struct error *err)
{
    struct parser parser = {.debugger = debugger, .p = text, .err = err};

    if (parse_binary(&parser, 0, value) != 0) return -1;
    skip_blanks(&parser);
    if (*parser.p != '\0') {
        return error_usage(err, "'%.20s' is not expected there", parser.p);
    }
    return 0;
}

int debugger_value(struct debugger *debugger, const char *text, uint64_t *value, struct error *err)
{
    return expression_value(debugger, text, value, err);
}
