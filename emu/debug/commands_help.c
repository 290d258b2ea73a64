/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of commands, and `help`. docs/debugger.md is the same at length. */
#include "emu/debug/debugger_internal.h"

#include <stdio.h>
#include <string.h>

#define COUNT "[COUNT]"

const struct command debugger_commands[] = {
    {"backtrace", {"bt"}, do_backtrace, "[scan]", "callers, by frame pointers", false},
    {"break",
     {"b"},
     do_break,
     "SOURCE [if CONDITION]",
     "stop each time; see 'help sources'",
     false},
    {"continue", {"c", "cont"}, do_continue, "", "to the next breakpoint", true},
    {"core", {"thread"}, do_core, "[N]", "the core that questions are about", false},
    {"delete", {"d"}, do_delete, "[NUMBER...]", "forget breakpoints", false},
    {"disable", {NULL}, do_disable, "[NUMBER...]", "switch breakpoints off", false},
    {"disas", {"u", "disassemble"}, do_disas, "[ADDR [COUNT]]", "code as instructions", true},
    {"enable", {NULL}, do_enable, "[NUMBER...]", "switch them on again", false},
    {"events", {"ev"}, do_events, "[all] [N..M] [FILTER]", "what happened", false},
    {"goto",
     {"go"},
     do_goto,
     "ev N | TIME | cycle N | begin | end | found",
     "the whole machine is at that instant",
     false},
    {"help", {"h", "?"}, do_help, "[COMMAND | sources | conditions | values]", "this", false},
    {"ignore", {NULL}, do_ignore, "NUMBER COUNT", "pass the next hits", false},
    {"info", {"i"}, do_info, "TOPIC", "breakpoints, cores, dev [NAME], regs, where ...", false},
    {"last-write", {"lw"}, do_last_write, "SOURCE [goto]", "who last wrote it", false},
    {"list", {"l"}, do_list, "", "breakpoints as they would be typed", false},
    {"next", {"n"}, do_step, COUNT, "an instruction, over calls", true},
    {"print", {"p"}, do_print, "EXPRESSION", "a value: $rax, nvme.CC.EN, *ADDR", false},
    {"quit", {"q", "exit"}, do_quit, "", "leave", false},
    {"reverse-continue", {"rc"}, do_reverse_continue, "", "back to the previous breakpoint", true},
    {"reverse-next", {"rn"}, do_step, COUNT, "back over calls", true},
    {"reverse-step", {"rs"}, do_step, COUNT, "back an instruction", true},
    {"reverse-step-block", {"rsb"}, do_step, COUNT, "back to the boundary before", true},
    {"reverse-step-event", {"rse"}, do_step, COUNT, "back to the event before", true},
    {"reverse-stepi", {"rsi"}, do_step, COUNT, "back an instruction", true},
    {"run-until",
     {"until"},
     do_run_until,
     "SOURCE [if CONDITION] | TIME",
     "go on to the next one",
     false},
    {"screen", {NULL}, do_screen, "FILE.png", "the picture as a file", false},
    {"set", {NULL}, do_set, "syntax att|intel", "how instructions are written", false},
    {"step", {"s"}, do_step, COUNT, "an instruction", true},
    {"step-block", {"sb"}, do_step, COUNT, "to the next boundary between blocks", true},
    {"step-event", {"se"}, do_step, COUNT, "to the next event", true},
    {"stepi", {"si"}, do_step, COUNT, "an instruction", true},
    {"tbreak", {"tb"}, do_break, "SOURCE [if CONDITION]", "stop once", false},
    {"trace", {"t"}, do_trace, "SOURCE [if CONDITION]", "print each time, without stopping", false},
    {"wait-for",
     {NULL},
     do_wait_for,
     "SOURCE [if CONDITION]",
     "as run-until; an error when the run ends first",
     false},
    {"watch", {NULL}, do_watch, "ADDR [BYTES]", "break mem ADDR w BYTES", false},
    {"rwatch", {NULL}, do_watch, "ADDR [BYTES]", "break mem ADDR r BYTES", false},
    {"awatch", {NULL}, do_watch, "ADDR [BYTES]", "break mem ADDR rw BYTES", false},
    {"why", {NULL}, do_why, "[ev N]", "what led to an event, and what it led to", false},
    {"x",
     {NULL},
     do_examine,
     "/COUNT FORMAT SIZE ADDR",
     "memory: x d u t c s i, b h w g, p physical",
     true},
    {NULL, {NULL}, NULL, NULL, NULL, false},
};

static bool is_called(const struct command *command, const char *name)
{
    if (strcmp(command->name, name) == 0) return true;
    for (unsigned i = 0; i < COMMAND_ALIASES && command->aliases[i] != NULL; i++) {
        if (strcmp(command->aliases[i], name) == 0) return true;
    }
    return false;
}

/* `x/8gx` and `p/x` have their format at the name. */
const struct command *command_named(const char *name)
{
    char word[40];
    const size_t length = strcspn(name, "/");

    if (length == 0 || length >= sizeof(word)) return NULL;
    (void)snprintf(word, sizeof(word), "%.*s", (int)length, name);
    for (const struct command *command = debugger_commands; command->name != NULL; command++) {
        if (!is_called(command, word)) continue;
        if (name[length] == '/' && command->run != do_examine && command->run != do_print)
            return NULL;
        return command;
    }
    return NULL;
}

static void print_command(struct debugger *debugger, const struct command *command)
{
    char usage[80];

    (void)snprintf(usage, sizeof(usage), "%s %s", command->name, command->arguments);
    debugger_print(debugger, "%-40s %s\n", usage, command->what);
}

static void print_sources(struct debugger *debugger)
{
    debugger_print(debugger,
                   "break | trace | run-until | wait-for  SOURCE  [if CONDITION]\n"
                   "  reg DEV.REG[.FIELD] [r|w|rw]      a register of a device\n"
                   "  bar DEV.N [r|w|rw]                anything behind a BAR\n"
                   "  mem ADDR [r|w|rw] [BYTES]         memory by linear address, of cores\n"
                   "  phys ADDR [r|w|rw] [BYTES]        memory by physical address, DMA too\n"
                   "  port P [r|w|rw] [COUNT]           I/O ports\n"
                   "  irq DEV:LINE | irq lapicN:VECTOR  an interrupt line, a local APIC\n"
                   "  vector N                          a core takes an interrupt or exception\n"
                   "  msr N [r|w|rw]                    a model-specific register\n"
                   "  lba FIRST..LAST [r|w|rw]          blocks of the disk\n"
                   "  ev DEVICE.EVENT                   events, with * and ?\n"
                   "  pixel X,Y                         a pixel of the screen\n"
                   "  pc ADDR|SYMBOL                    an instruction ('pc' may be left out)\n");
}

static void print_conditions(struct debugger *debugger)
{
    debugger_print(debugger,
                   "== != < <= > >= &, and or not ( ) over numbers, words, and:\n"
                   "  value new old written index       of a register, port, MSR or memory\n"
                   "  addr bytes write dma              of an access (write, dma: 0 or 1)\n"
                   "  core pc time seq cause external   of whatever hit\n"
                   "  EN, MPS ...                       fields of the register that is watched\n"
                   "  opcode, lba ...                   fields of the event (info events)\n"
                   "  $rax nvme.CC.EN SYMBOL            as in 'print'\n");
}

static void print_values(struct debugger *debugger)
{
    debugger_print(debugger,
                   "4096 0x1000                        numbers\n"
                   "$rax $pc $cr3 $IA32_LSTAR          registers of the core; $rax@1 of core 1\n"
                   "nvme.CC nvme.CC.EN hpet.TN_CONF[2] of a device (info dev)\n"
                   "SYMBOL                             when there is an ELF or a System.map\n"
                   "*ADDR u8(ADDR) u16() u32() u64()   memory of the core; u8(ADDR)@1 of core 1\n"
                   "phys8(ADDR) phys16() phys32() ...  physical memory and device registers\n"
                   "port8(PORT) port16() port32()      I/O ports\n"
                   "msr(NUMBER) msr(NUMBER)@1          model-specific registers\n"
                   "| ^ & << >> + - * / %% ~ ( )        as in C, in 64 bits without sign\n");
}

int do_help(struct debugger *debugger, const struct words *words, struct error *err)
{
    const char *name = words->count > 1 ? words->word[1] : NULL;
    const struct command *command;

    if (name == NULL) {
        for (command = debugger_commands; command->name != NULL; command++) {
            print_command(debugger, command);
        }
        return 0;
    }
    if (strcmp(name, "sources") == 0) {
        print_sources(debugger);
        return 0;
    }
    if (strcmp(name, "conditions") == 0) {
        print_conditions(debugger);
        return 0;
    }
    if (strcmp(name, "values") == 0) {
        print_values(debugger);
        return 0;
    }
    command = command_named(name);
    if (command == NULL) return error_usage(err, "there is no command '%.40s'", name);
    print_command(debugger, command);
    for (unsigned i = 0; i < COMMAND_ALIASES && command->aliases[i] != NULL; i++) {
        debugger_print(debugger, "  short: %s\n", command->aliases[i]);
    }
    if (strstr(command->arguments, "SOURCE") != NULL) {
        print_sources(debugger);
        print_conditions(debugger);
    }
    return 0;
}
