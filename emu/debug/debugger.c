/* SPDX-License-Identifier: GPL-2.0-only */
/* Life of a debugger; from a line to its command. */
#include "emu/debug/debugger_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 1024

/* ---- Output ---- */

void debugger_print(struct debugger *debugger, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (length <= 0 || debugger->config.output.write == NULL) return;
    debugger->config.output.write(debugger->config.output.ctx, text,
                                  (size_t)length < sizeof(text) ? (size_t)length
                                                                : sizeof(text) - 1);
}

const char *debugger_symbol(const struct debugger *debugger, uint64_t addr, char *text,
                            size_t bytes)
{
    char name[64];

    text[0] = '\0';
    if (debugger->config.symbols != NULL &&
        symbols_name(debugger->config.symbols, addr, name, sizeof(name))) {
        (void)snprintf(text, bytes, " <%s>", name);
    }
    return text;
}

void debugger_set_output(struct debugger *debugger, const struct debugger_output *output)
{
    debugger->config.output = *output;
}

/* ---- Cores ---- */

struct cpu *debugger_cpu(const struct debugger *debugger, unsigned core)
{
    return observer_cpu(debugger->observer, core);
}

uint64_t debugger_pc(const struct debugger *debugger, unsigned core)
{
    struct cpu *cpu = debugger_cpu(debugger, core);
    struct cpu_regs regs;

    if (cpu == NULL) return 0;
    cpu_get_regs(cpu, &regs);
    return regs.segment[1].base + regs.rip;
}

unsigned debugger_core(const struct debugger *debugger)
{
    return debugger->observer->core;
}

bool debugger_select_core(struct debugger *debugger, unsigned core)
{
    if (debugger_cpu(debugger, core) == NULL) return false;
    debugger->observer->core = core;
    debugger->generation++;
    return true;
}

void debugger_remember(struct debugger *debugger)
{
    names_remember(debugger->observer);
    for (unsigned i = 0; debugger_cpu(debugger, i) != NULL; i++) {
        cpu_get_regs(debugger_cpu(debugger, i), &debugger->before[i]);
    }
}

int debugger_value(struct debugger *debugger, const char *text, uint64_t *value, struct error *err)
{
    return expression_value(debugger->observer, text, value, err);
}

struct trace_filter *debugger_filter(struct debugger *debugger, const char *text, struct error *err)
{
    return observer_filter(debugger->observer, text, err);
}

/* ---- Life ---- */

struct debugger *debugger_create(const struct debugger_config *config, struct error *err)
{
    struct debugger *debugger = calloc(1, sizeof(*debugger));
    struct history_place here;

    if (debugger == NULL) {
        (void)error_host(err, "no memory for the debugger");
        return NULL;
    }
    debugger->config = *config;
    debugger->is_intel = config->is_intel;
    debugger->observer = observer_create(config->machine, config->symbols, err);
    if (debugger->observer == NULL) {
        free(debugger);
        return NULL;
    }
    debugger_remember(debugger);
    history_here(config->history, &here);
    debugger->observer->core = debugger_cpu(debugger, here.at.core) != NULL ? here.at.core : 0;
    debugger->generation = 1;
    return debugger;
}

void debugger_destroy(struct debugger *debugger)
{
    if (debugger == NULL) return;
    probes_remove(debugger);
    for (size_t i = 0; i < DEBUGGER_BREAKPOINTS_MAX; i++) {
        if (debugger->breakpoint[i].condition != NULL) {
            condition_destroy(debugger->breakpoint[i].condition);
        }
    }
    disassemble_close(debugger);
    observer_destroy(debugger->observer);
    free(debugger);
}

bool debugger_has_quit(const struct debugger *debugger)
{
    return debugger->has_quit;
}

uint64_t debugger_generation(const struct debugger *debugger)
{
    return debugger->generation;
}

/* ---- Small commands ---- */

int do_quit(struct debugger *debugger, const struct words *words, struct error *err)
{
    (void)words;
    (void)err;
    debugger->has_quit = true;
    return 0;
}

int do_set(struct debugger *debugger, const struct words *words, struct error *err)
{
    if (words->count != 3 || strcmp(words->word[1], "syntax") != 0 ||
        (strcmp(words->word[2], "att") != 0 && strcmp(words->word[2], "intel") != 0)) {
        return error_usage(err, "set syntax att or set syntax intel was expected");
    }
    debugger->is_intel = strcmp(words->word[2], "intel") == 0;
    debugger->generation++;
    return 0;
}

/* ---- Lines ---- */

static int no_command(const char *name, struct error *err)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (const struct command *command = debugger_commands; command->name != NULL; command++) {
        suggest_try(&meant, command->name);
    }
    if (meant.word != NULL) {
        return error_usage(err, "there is no command '%.40s'; did you mean '%s'?", name,
                           meant.word);
    }
    return error_usage(err, "there is no command '%.40s'; 'help' lists them", name);
}

static int carry_out(struct debugger *debugger, const char *line, struct error *err)
{
    const struct command *command;
    struct words words;

    if (words_split(&words, line, err) != 0) return -1;
    if (words.count == 0) return 0;
    command = command_named(words.word[0]);
    if (command == NULL) return no_command(words.word[0], err);
    if (command->repeats) {
        /* Where `x` has come to is where an empty line goes on. */
        const bool goes_on = command->run == do_examine || command->run == do_disas;

        (void)snprintf(debugger->repeat, sizeof(debugger->repeat), "%s",
                       goes_on ? words.word[0] : line);
    }
    return command->run(debugger, &words, err);
}

int debugger_command(struct debugger *debugger, const char *line, struct error *err)
{
    char again[DEBUGGER_LINE_BYTES];

    debugger->has_quit = false;
    if (line[strspn(line, " \t\r\n")] != '\0') return carry_out(debugger, line, err);
    (void)snprintf(again, sizeof(again), "%s", debugger->repeat);
    return carry_out(debugger, again, err);
}
