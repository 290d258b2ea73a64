/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the machine stands, what the history has; and `info` itself. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void debugger_where(struct debugger *debugger, char *text, size_t bytes)
{
    const uint64_t pc = debugger_pc(debugger, debugger->observer->core);
    struct history_place here;
    struct debugger_insn insn;
    char time[DEBUGGER_TIME_BYTES];
    char symbol[80];

    history_here(debugger->config.history, &here);
    (void)disassemble_one(debugger, debugger->observer->core, pc, &insn);
    (void)snprintf(text, bytes, "%s ev %" PRIu64 " core %u %" PRIx64 "%s%s%s%s",
                   time_text(here.when, time), here.seq, debugger->observer->core, pc,
                   debugger_symbol(debugger, pc, symbol, sizeof(symbol)),
                   cpu_is_halted(debugger_cpu(debugger, debugger->observer->core)) ? " (halted)"
                                                                                   : "",
                   insn.text[0] != '\0' ? ": " : "", insn.text);
}

int info_where(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct history *history = debugger->config.history;
    struct history_place here;
    struct history_place last;
    char text[320];
    char time[DEBUGGER_TIME_BYTES];

    (void)words;
    (void)err;
    debugger_where(debugger, text, sizeof(text));
    debugger_print(debugger, "%s\n", text);
    history_here(history, &here);
    history_last(history, &last);
    debugger_print(debugger, "edge %s, ", time_text(here.at.edge, time));
    debugger_print(debugger, "core %u at tick %" PRIu64 ", %u instructions of its block done\n",
                   here.at.core, here.at.ticks, here.at.looked);
    debugger_print(debugger, "the known run ends at %s, ev %" PRIu64 "%s\n",
                   time_text(last.when, time), last.seq,
                   history_is_at_end(history) ? ", which is here" : "");
    return 0;
}

int info_checkpoints(struct debugger *debugger, const struct words *words, struct error *err)
{
    struct history_stats stats;

    (void)words;
    (void)err;
    history_get_stats(debugger->config.history, &stats);
    debugger_print(debugger,
                   "%zu checkpoints in %" PRIu64 " KiB, %" PRIu64 " restored; %" PRIu64
                   " events of repeated stretches were compared and equal\n",
                   stats.checkpoints, stats.checkpoint_bytes / 1024, stats.restores,
                   stats.checked_events);
    return 0;
}

/* ---- `info` ---- */

static int info_symbol_or_addr(struct debugger *debugger, const char *text, struct error *err)
{
    uint64_t addr;
    char symbol[80];

    if (debugger->config.symbols == NULL) return error_usage(err, "there are no symbols");
    if (expression_value(debugger->observer, text, &addr, err) != 0) return -1;
    debugger_print(debugger, "0x%" PRIx64 "%s\n", addr,
                   debugger_symbol(debugger, addr, symbol, sizeof(symbol)));
    return 0;
}

int info_symbol(struct debugger *debugger, const struct words *words, struct error *err)
{
    if (words->count < 3) return error_usage(err, "info symbol ADDR was expected");
    return info_symbol_or_addr(debugger, words->rest[2], err);
}

const char *const info_topics[] = {"breakpoints", "checkpoints", "cores",  "dev",
                                   "devices",     "events",      "memory", "regs",
                                   "symbol",      "where",       NULL};

static const struct {
    const char *name;
    const char *alias;
    int (*run)(struct debugger *debugger, const struct words *words, struct error *err);
} topics[] = {
    {"breakpoints", "b", do_list},           {"checkpoints", "", info_checkpoints},
    {"cores", "threads", info_cores},        {"dev", "", info_dev},
    {"devices", "", info_devices},           {"events", "", info_events},
    {"memory", "mem", info_memory},          {"regs", "r", info_regs},
    {"symbol", "line", info_symbol},         {"where", "", info_where},
    {"registers", "watchpoints", info_regs},
};

int do_info(struct debugger *debugger, const struct words *words, struct error *err)
{
    const char *topic = words->count > 1 ? words->word[1] : "";
    struct suggestion meant;

    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        if (strcmp(topic, topics[i].name) == 0 ||
            (*topic != '\0' && strcmp(topic, topics[i].alias) == 0)) {
            return topics[i].run(debugger, words, err);
        }
    }
    suggest_begin(&meant, topic);
    for (size_t i = 0; info_topics[i] != NULL; i++) {
        suggest_try(&meant, info_topics[i]);
    }
    if (meant.word != NULL) {
        return error_usage(err, "info knows nothing of '%.40s'; did you mean '%s'?", topic,
                           meant.word);
    }
    return error_usage(err, "info breakpoints, checkpoints, cores, dev [NAME], devices, events, "
                            "memory, regs, symbol ADDR or where was expected");
}
