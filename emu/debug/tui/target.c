/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the machine. */
#include "emu/debug/tui/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/cpu/probe.h"
#include "emu/debug/trace/filter.h"
#include "emu/machine/machine.h"

#define EFER_LMA (UINT64_C(1) << 10)

enum { ES, CS, SS, DS, FS, GS };

/* ---- The place ---- */

static struct cpu *core_of(const struct target *target)
{
    return machine_cpu(target->config->machine, target->core);
}

static uint64_t linear(const struct target *target, unsigned segment, uint64_t offset)
{
    if (target->bits == 64) return offset;
    return (target->regs.segment[segment].base + offset) & UINT32_MAX;
}

bool target_refresh(struct target *target, bool is_forced)
{
    const struct tui_config *config = target->config;
    uint64_t generation = debugger_generation(config->debugger);
    unsigned core = debugger_core(config->debugger);
    struct trace_items items;

    if (!is_forced && generation == target->generation && core == target->core) return false;
    target->has_before = target->generation != 0 && core == target->core;
    target->before = target->regs;
    target->generation = generation;
    target->core = core;
    history_here(config->history, &target->here);
    history_last(config->history, &target->last);
    target->is_at_begin = history_is_at_begin(config->history);
    target->is_at_end = history_is_at_end(config->history);
    items = history_events(config->history);
    items.range(items.ctx, &target->first_event, &target->last_event);
    target->cycles = cpu_cycles(core_of(target));
    target->bits = cpu_code_bits(core_of(target));
    cpu_get_regs(core_of(target), &target->regs);
    target->ring = target->regs.segment[CS].selector & 3u;
    target->ip = linear(target, CS, target->regs.rip);
    target->sp = linear(target, SS, target->regs.gpr[4]);
    return true;
}

size_t target_read(const struct target *target, uint64_t from, uint8_t *data, size_t bytes)
{
    return cpu_peek_linear_part(core_of(target), from, data, bytes);
}

bool target_event(const struct target *target, uint64_t seq, struct trace_item *item)
{
    struct trace_items items = history_events(target->config->history);

    return items.get(items.ctx, seq, item);
}

/* ---- Registers by name ---- */

static const char *const gpr_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
/* As people read them. */
static const uint8_t gpr_order[16] = {0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};
static const char *const segment_names[6] = {"es", "cs", "ss", "ds", "fs", "gs"};
static const uint8_t segment_order[6] = {CS, SS, DS, ES, FS, GS};

static const struct {
    const char *name;
    size_t offset;
} others[] = {
    {"fs_base", offsetof(struct cpu_regs, segment[FS].base)},
    {"gs_base", offsetof(struct cpu_regs, segment[GS].base)},
    {"cr0", offsetof(struct cpu_regs, cr0)},
    {"cr2", offsetof(struct cpu_regs, cr2)},
    {"cr3", offsetof(struct cpu_regs, cr3)},
    {"cr4", offsetof(struct cpu_regs, cr4)},
    {"cr8", offsetof(struct cpu_regs, cr8)},
    {"efer", offsetof(struct cpu_regs, efer)},
    {"gdtr", offsetof(struct cpu_regs, gdtr.base)},
    {"idtr", offsetof(struct cpu_regs, idtr.base)},
    {"tr", offsetof(struct cpu_regs, tr.base)},
    {"dr6", offsetof(struct cpu_regs, dr[6])},
    {"dr7", offsetof(struct cpu_regs, dr[7])},
};

const char *target_register(const struct cpu_regs *regs, size_t index, uint64_t *value,
                            unsigned *bits)
{
    *bits = 64;
    if (index < 2) {
        *value = index == 0 ? regs->rip : regs->rflags;
        return index == 0 ? "rip" : "rflags";
    }
    index -= 2;
    if (index < 16) {
        *value = regs->gpr[gpr_order[index]];
        return gpr_names[gpr_order[index]];
    }
    index -= 16;
    if (index < 6) {
        *bits = 16;
        *value = regs->segment[segment_order[index]].selector;
        return segment_names[segment_order[index]];
    }
    index -= 6;
    if (index >= sizeof(others) / sizeof(others[0])) return NULL;
    memcpy(value, (const uint8_t *)regs + others[index].offset, sizeof(*value));
    return others[index].name;
}

/* ---- Names and addresses ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool target_address(const struct target *target, const char *text, uint64_t *addr,
                    struct error *err)
{
    return debugger_value(target->config->debugger, text, addr, err) == 0;
}

const char *target_device_name(const char *path)
{
    const char *alias = trace_alias_of(path);
    const char *slash = strrchr(path, '/');

    if (alias != NULL) return alias;
    return slash != NULL && is_letter(slash[1]) ? slash + 1 : path;
}

void target_time(vtime when, bool is_short, char *text, size_t bytes)
{
    uint64_t seconds = when / VTIME_S(1);
    uint64_t rest = when % VTIME_S(1);

    if (is_short) {
        (void)snprintf(text, bytes, "%" PRIu64 ".%06" PRIu64, seconds, rest / VTIME_US(1));
    } else {
        (void)snprintf(text, bytes, "%" PRIu64 ".%012" PRIu64, seconds, rest);
    }
}
