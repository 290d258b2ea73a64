/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * g, G, p and P. `g` gives the registers of GDB's own features; the others are asked for one by one. A register
 * that cannot be read now (an MSR that would raise #GP) is told as "unavailable".
 *
 * rip is the linear address of the next instruction: outside of 64-bit mode the base of CS is added, so that
 * breakpoints, `x/i $pc` and stepping mean the same everywhere.
 */
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/cpu/cpu.h"
#include "emu/cpu/probe.h"
#include "emu/debug/gdb/gdb_internal.h"
#include "emu/debug/gdb/register_list.h"
#include "emu/machine/machine.h"

#define NUMBER_RSP 7u
#define NUMBER_RIP 16u
#define GPR_RSP    4u

#define TAG_VALID   0u
#define TAG_ZERO    1u
#define TAG_SPECIAL 2u
#define TAG_EMPTY   3u

struct core_state {
    struct cpu *cpu;
    struct cpu_regs regs;
    struct cpu_float_regs fpu;
};

static void look_at(struct gdb_server *server, unsigned core, struct core_state *state)
{
    state->cpu = machine_cpu(server->config.machine, core);
    cpu_get_regs(state->cpu, &state->regs);
    cpu_get_float_regs(state->cpu, &state->fpu);
}

static uint64_t linear_pc(struct cpu *cpu, const struct cpu_regs *regs)
{
    if (cpu_code_bits(cpu) == 64) return regs->rip;
    return (uint32_t)(regs->segment[GDB_CS].base + regs->rip);
}

uint64_t gdb_pc(struct gdb_server *server, unsigned core)
{
    struct cpu *cpu = machine_cpu(server->config.machine, core);
    struct cpu_regs regs;

    cpu_get_regs(cpu, &regs);
    return linear_pc(cpu, &regs);
}

static const struct cpu_segment *segment_of(const struct cpu_regs *regs, uint32_t index)
{
    switch (index) {
    case GDB_LDTR: return &regs->ldtr;
    case GDB_TR: return &regs->tr;
    case GDB_GDTR: return &regs->gdtr;
    case GDB_IDTR: return &regs->idtr;
    default: return &regs->segment[index];
    }
}

static uint64_t control_register(const struct cpu_regs *regs, uint32_t index)
{
    switch (index) {
    case 0: return regs->cr0;
    case 2: return regs->cr2;
    case 3: return regs->cr3;
    case 4: return regs->cr4;
    default: return regs->cr8;
    }
}

/* ---- The x87 unit, as FSAVE shows it (SDM 1, 8.1.7) ---- */

static unsigned tag_of(const uint8_t value[10])
{
    const uint64_t fraction = le64_get(value);
    const unsigned exponent = le16_get(value + 8) & 0x7fffu;

    if (exponent == 0) return fraction == 0 ? TAG_ZERO : TAG_SPECIAL;
    return exponent != 0x7fff && (fraction >> 63) != 0 ? TAG_VALID : TAG_SPECIAL;
}

static unsigned tag_word(const struct cpu_float_regs *fpu)
{
    const unsigned top = fpu->fsw >> 11 & 7u;
    unsigned tags = 0;

    for (unsigned physical = 0; physical < 8; physical++) {
        const bool is_used = fpu->ftw >> physical & 1u;
        const unsigned st = (physical - top) & 7u;

        tags |= (is_used ? tag_of(fpu->st[st]) : TAG_EMPTY) << 2 * physical;
    }
    return tags;
}

static uint64_t fpu_register(const struct cpu_float_regs *fpu, uint32_t index)
{
    switch (index) {
    case GDB_FCTRL: return fpu->fcw;
    case GDB_FSTAT: return fpu->fsw;
    case GDB_FTAG: return tag_word(fpu);
    case GDB_FISEG: return fpu->fip >> 32;
    case GDB_FIOFF: return (uint32_t)fpu->fip;
    case GDB_FOSEG: return fpu->fdp >> 32;
    case GDB_FOOFF: return (uint32_t)fpu->fdp;
    default: return fpu->fop;
    }
}

/* ---- Values ---- */

/* Those of up to 64 bits. False: it cannot be read. */
static bool small_value(struct core_state *state, const struct gdb_register *reg, uint64_t *value)
{
    const struct cpu_regs *regs = &state->regs;

    *value = 0;
    switch ((enum gdb_source)reg->source) {
    case GDB_FROM_GPR: *value = regs->gpr[reg->index]; return true;
    case GDB_FROM_RIP: *value = linear_pc(state->cpu, regs); return true;
    case GDB_FROM_IP: *value = regs->rip; return true;
    case GDB_FROM_MODE: *value = cpu_code_bits(state->cpu); return true;
    case GDB_FROM_FLAGS: *value = regs->rflags; return true;
    case GDB_FROM_SELECTOR: *value = segment_of(regs, reg->index)->selector; return true;
    case GDB_FROM_BASE: *value = segment_of(regs, reg->index)->base; return true;
    case GDB_FROM_LIMIT: *value = segment_of(regs, reg->index)->limit; return true;
    case GDB_FROM_ATTRIBUTES: *value = segment_of(regs, reg->index)->flags; return true;
    case GDB_FROM_FPU: *value = fpu_register(&state->fpu, reg->index); return true;
    case GDB_FROM_MXCSR: *value = state->fpu.mxcsr; return true;
    case GDB_FROM_CR: *value = control_register(regs, reg->index); return true;
    case GDB_FROM_DR: *value = regs->dr[reg->index]; return true;
    case GDB_FROM_MSR: return cpu_peek_msr(state->cpu, reg->index, value);
    case GDB_FROM_ST:
    case GDB_FROM_XMM: break;
    }
    return false;
}

static bool get_value(struct core_state *state, const struct gdb_register *reg,
                      uint8_t bytes[GDB_REGISTER_BYTES])
{
    uint64_t value;

    memset(bytes, 0, GDB_REGISTER_BYTES);
    if (reg->source == GDB_FROM_ST) {
        memcpy(bytes, state->fpu.st[reg->index], sizeof(state->fpu.st[0]));
        return true;
    }
    if (reg->source == GDB_FROM_XMM) {
        memcpy(bytes, state->fpu.xmm[reg->index], sizeof(state->fpu.xmm[0]));
        return true;
    }
    if (!small_value(state, reg, &value)) return false;
    le64_put(bytes, value);
    return true;
}

static void put_value(struct gdb_maker *out, struct core_state *state,
                      const struct gdb_register *reg)
{
    uint8_t bytes[GDB_REGISTER_BYTES];

    if (get_value(state, reg, bytes)) {
        gdb_put_bytes(out, bytes, reg->bits / 8u);
        return;
    }
    for (unsigned i = 0; i < reg->bits / 4u; i++)
        gdb_put_char(out, 'x');
}

/* ---- Reading ---- */

void gdb_read_registers(struct gdb_server *server)
{
    const size_t count = gdb_general_count();
    struct core_state state;

    look_at(server, server->general, &state);
    gdb_begin(server);
    for (size_t i = 0; i < count; i++)
        put_value(&server->out, &state, gdb_register(i));
    gdb_send(server);
}

void gdb_read_register(struct gdb_server *server, struct gdb_reader *in)
{
    const struct gdb_register *reg;
    struct core_state state;
    uint64_t number;

    if (!gdb_take_hex(in, &number) || gdb_left(in) != 0 || (reg = gdb_register(number)) == NULL) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    look_at(server, server->general, &state);
    gdb_begin(server);
    put_value(&server->out, &state, reg);
    gdb_send(server);
}

void gdb_put_expedited(struct gdb_server *server)
{
    static const unsigned numbers[] = {NUMBER_RSP, NUMBER_RIP};
    struct core_state state;

    look_at(server, server->general, &state);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        gdb_format(&server->out, "%02x:", numbers[i]);
        put_value(&server->out, &state, gdb_register(numbers[i]));
        gdb_put_char(&server->out, ';');
    }
}

/* ---- Changing ---- */

static bool is_same(struct core_state *state, const struct gdb_register *reg,
                    const uint8_t bytes[GDB_REGISTER_BYTES])
{
    uint8_t present[GDB_REGISTER_BYTES];

    return get_value(state, reg, present) && memcmp(present, bytes, reg->bits / 8u) == 0;
}

/* Into `regs`; false: this register cannot be changed. */
static bool change(struct core_state *state, const struct gdb_register *reg,
                   const uint8_t bytes[GDB_REGISTER_BYTES])
{
    struct cpu_regs *regs = &state->regs;
    const uint64_t value = le64_get(bytes);

    if (is_same(state, reg, bytes)) return true;
    if (reg->source == GDB_FROM_GPR) {
        regs->gpr[reg->index] = value;
    } else if (reg->source == GDB_FROM_RIP && cpu_code_bits(state->cpu) == 64) {
        regs->rip = value;
    } else if (reg->source == GDB_FROM_RIP) {
        regs->rip = (uint32_t)(value - regs->segment[GDB_CS].base);
    } else if (reg->source == GDB_FROM_IP) {
        regs->rip = value;
    } else if (reg->source == GDB_FROM_FLAGS) {
        regs->rflags = (regs->rflags & ~UINT64_C(0xffffffff)) | le32_get(bytes);
    } else {
        return false;
    }
    return true;
}

/* The digits of one register; "xx" is what GDB was told of one that it could not read. */
static bool take_value(struct gdb_reader *in, const struct gdb_register *reg,
                       uint8_t bytes[GDB_REGISTER_BYTES])
{
    memset(bytes, 0, GDB_REGISTER_BYTES);
    for (unsigned i = 0; i < reg->bits / 8u; i++) {
        if (!gdb_take_byte(in, &bytes[i])) return false;
    }
    return true;
}

static void put_back(struct gdb_server *server, struct core_state *state)
{
    struct cpu_regs now;

    cpu_set_general(state->cpu, &state->regs);
    cpu_get_regs(state->cpu, &now);
    if (now.rflags != state->regs.rflags) {
        gdb_refuse(server, "Only the arithmetic flags, IF, DF and TF can be changed");
        return;
    }
    gdb_answer(server, "OK");
}

void gdb_write_register(struct gdb_server *server, struct gdb_reader *in)
{
    const struct gdb_register *reg;
    uint8_t bytes[GDB_REGISTER_BYTES];
    struct core_state state;
    uint64_t number;

    if (!gdb_take_hex(in, &number) || !gdb_take(in, "=") || (reg = gdb_register(number)) == NULL ||
        !take_value(in, reg, bytes) || gdb_left(in) != 0) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    look_at(server, server->general, &state);
    if (is_same(&state, reg, bytes)) {
        gdb_answer(server, "OK");
        return;
    }
    if (!gdb_may_change(server, server->general)) return;
    if (!change(&state, reg, bytes)) {
        gdb_refuse(server, "This register can only be read");
        return;
    }
    put_back(server, &state);
}

/* All of `g`; what of them cannot be changed must be what it is. */
void gdb_write_registers(struct gdb_server *server, struct gdb_reader *in)
{
    const size_t count = gdb_general_count();
    uint8_t bytes[GDB_REGISTER_BYTES];
    struct core_state state;

    if (!gdb_may_change(server, server->general)) return;
    look_at(server, server->general, &state);
    for (size_t i = 0; i < count; i++) {
        const struct gdb_register *reg = gdb_register(i);

        if (!take_value(in, reg, bytes)) {
            gdb_answer(server, GDB_EINVAL);
            return;
        }
        if (!change(&state, reg, bytes)) {
            gdb_refuse(server, "Only general registers, rip and flags can be changed");
            return;
        }
    }
    put_back(server, &state);
}
