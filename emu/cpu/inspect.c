/* SPDX-License-Identifier: GPL-2.0-only */
/* More of a core's state for debuggers, to look at and to change (probe.h). */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"

#include <string.h>

#define PAGE_BYTES     UINT64_C(4096)
#define NOT_MAPPED     UINT64_MAX
#define FPUS_TOP       0x3800u
#define FPUS_TOP_SHIFT 11
#define FPOP_BITS      0x7ffu
#define ST_BYTES       8u
/* CF PF AF ZF SF TF IF DF OF */
#define FLAGS_GENERAL 0xfd5u

void cpu_get_float_regs(struct cpu *cpu, struct cpu_float_regs *regs)
{
    /* What the arithmetic has met is brought to the status on a copy. */
    struct seam_env *env = cpu->env;
    const struct seam_float_status status = env->fp_status;
    const uint16_t fpus = env->fpus;
    const uint32_t mxcsr = env->mxcsr;

    cpu_float_fold(env);
    *regs = (struct cpu_float_regs){
        .fcw = env->fpuc,
        .fsw = (uint16_t)((env->fpus & ~FPUS_TOP) | (env->fpstt & 7) << FPUS_TOP_SHIFT),
        .fop = env->fpop & FPOP_BITS,
        .fip = env->fpip,
        .fdp = env->fpdp,
        .mxcsr = env->mxcsr,
    };
    env->fp_status = status;
    env->fpus = fpus;
    env->mxcsr = mxcsr;
    for (unsigned i = 0; i < 8; i++) {
        const struct seam_fpreg *from = &env->fpregs[(env->fpstt + i) & 7];

        memcpy(regs->st[i], &from->mantissa, ST_BYTES);
        memcpy(regs->st[i] + ST_BYTES, &from->exponent, sizeof(from->exponent));
        regs->ftw |= (uint8_t)((env->fptags[i] ? 0u : 1u) << i);
    }
    for (unsigned i = 0; i < 16; i++) {
        memcpy(regs->xmm[i], env->xmm[i], sizeof(regs->xmm[i]));
    }
}

bool cpu_peek_msr(struct cpu *cpu, uint32_t msr, uint64_t *value)
{
    return msr_peek(cpu, msr, value);
}

size_t cpu_msr_list(uint32_t *list, size_t room)
{
    return msr_list(list, room);
}

bool cpu_translate(struct cpu *cpu, uint64_t linear, uint64_t *physical)
{
    uint32_t attrs = 0;
    uint64_t page =
        SEAM(x86_cpu_get_phys_page_attrs_debug)(cpu->cs, linear - linear % PAGE_BYTES, &attrs);

    if (page == NOT_MAPPED) {
        return false;
    }
    *physical = page + linear % PAGE_BYTES;
    return true;
}

unsigned cpu_code_bits(struct cpu *cpu)
{
    if (cpu->env->hflags & SEAM_HF_CS64) {
        return 64;
    }
    return cpu->env->hflags & SEAM_HF_CS32 ? 32 : 16;
}

void cpu_set_general(struct cpu *cpu, const struct cpu_regs *regs)
{
    struct seam_env *env = cpu->env;

    BUG_ON(cpu->is_running);
    memcpy(env->regs, regs->gpr, sizeof(env->regs));
    if (env->eip != regs->rip) {
        /* What the instruction there had been begun for is off. */
        cpu->cs->cflags_next_tb = UINT32_MAX;
        cpu->is_watch_armed = cpu->trap != 0;
        cpu->is_halted = false;
    }
    env->eip = regs->rip;
    env->eflags = (env->eflags & ~(uint64_t)FLAGS_GENERAL) | (regs->rflags & FLAGS_GENERAL) | 2;
}

/* The memory that physical `addr` lies in, which a store would change; NULL: there is none. */
static uint8_t *writable(const struct cpu_set *set, uint64_t addr, bool *is_watched)
{
    for (size_t i = 0; i < set->memory_count; i++) {
        const struct cpu_memory *memory = &set->memory[i];

        if (addr - memory->base < memory->bytes && !memory->is_read_only) {
            *is_watched = memory->is_watched;
            return (uint8_t *)memory->host + (addr - memory->base);
        }
    }
    return NULL;
}

static void poke(struct cpu_set *set, uint64_t physical, const uint8_t *data, size_t bytes)
{
    bool is_watched = false;
    uint8_t *host = writable(set, physical, &is_watched);

    if (is_watched && set->env.before_write) {
        set->env.before_write(set->env.ctx, physical - physical % PAGE_BYTES);
    }
    memcpy(host, data, bytes);
    cpu_set_code_written(set, physical, bytes);
}

/* The part of [linear, linear + bytes) that lies in its first page. */
static size_t first_part(uint64_t linear, size_t bytes)
{
    size_t room = (size_t)(PAGE_BYTES - linear % PAGE_BYTES);

    return bytes < room ? bytes : room;
}

bool cpu_poke_linear(struct cpu *cpu, uint64_t linear, const void *data, size_t bytes)
{
    const uint8_t *from = data;
    uint64_t physical = 0;
    bool is_watched;

    BUG_ON(cpu->is_running);
    for (size_t done = 0; done < bytes; done += first_part(linear + done, bytes - done)) {
        if (!cpu_translate(cpu, linear + done, &physical) ||
            !writable(cpu->set, physical, &is_watched)) {
            return false;
        }
    }
    for (size_t done = 0; done < bytes;) {
        size_t part = first_part(linear + done, bytes - done);

        cpu_translate(cpu, linear + done, &physical);
        poke(cpu->set, physical, from + done, part);
        done += part;
    }
    return true;
}
