/* SPDX-License-Identifier: GPL-2.0-only */
/* A core's registers and memory as a debugger sees them, and where it is. */
#include "emu/cpu/internal.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct cpu_segment) == 24, "no padding");
static_assert(sizeof(struct cpu_regs) == 32 * 8 + 10 * 24, "no padding");

#define PAGE_BYTES UINT64_C(4096)
#define NOT_MAPPED UINT64_MAX

static struct cpu_segment segment(const struct seam_segment *from)
{
    return (struct cpu_segment){
        .selector = (uint16_t)from->selector,
        .base = from->base,
        .limit = from->limit,
        .flags = from->flags,
    };
}

void cpu_get_regs(struct cpu *cpu, struct cpu_regs *regs)
{
    const struct seam_env *env = cpu->env;

    *regs = (struct cpu_regs){
        .rip = env->eip,
        .rflags = cpu->is_running ? SEAM(helper_read_eflags)(cpu->env) : env->eflags,
        .ldtr = segment(&env->ldt),
        .tr = segment(&env->tr),
        .gdtr = segment(&env->gdt),
        .idtr = segment(&env->idt),
        .cr0 = env->cr[0],
        .cr2 = env->cr[2],
        .cr3 = env->cr[3],
        .cr4 = env->cr[4],
        .cr8 = cpu->set->env.tpr_get(cpu->set->env.ctx, cpu->index) & 0xf,
        .efer = env->efer,
    };
    memcpy(regs->gpr, env->regs, sizeof(regs->gpr));
    memcpy(regs->dr, env->dr, sizeof(regs->dr));
    for (size_t i = 0; i < 6; i++) {
        regs->segment[i] = segment(&env->segs[i]);
    }
}

bool cpu_peek_physical(const struct cpu_set *set, uint64_t addr, void *buf, size_t bytes)
{
    for (size_t i = 0; i < set->memory_count; i++) {
        const struct cpu_memory *memory = &set->memory[i];

        if (addr - memory->base < memory->bytes && bytes <= memory->bytes - (addr - memory->base)) {
            memcpy(buf, (const uint8_t *)memory->host + (addr - memory->base), bytes);
            return true;
        }
    }
    return false;
}

bool cpu_peek_linear(struct cpu *cpu, uint64_t linear, void *buf, size_t bytes)
{
    uint8_t *to = buf;

    while (bytes > 0) {
        uint32_t attrs = 0;
        size_t room = (size_t)(PAGE_BYTES - linear % PAGE_BYTES);
        size_t part = bytes < room ? bytes : room;
        uint64_t page =
            SEAM(x86_cpu_get_phys_page_attrs_debug)(cpu->cs, linear - linear % PAGE_BYTES, &attrs);

        if (page == NOT_MAPPED ||
            !cpu_peek_physical(cpu->set, page + linear % PAGE_BYTES, to, part)) {
            return false;
        }
        to += part;
        linear += part;
        bytes -= part;
    }
    return true;
}

size_t cpu_peek_linear_part(struct cpu *cpu, uint64_t linear, void *buf, size_t bytes)
{
    size_t done = 0;

    while (done < bytes && linear + done >= linear) {
        const size_t room = (size_t)(PAGE_BYTES - (linear + done) % PAGE_BYTES);
        const size_t part = bytes - done < room ? bytes - done : room;

        if (!cpu_peek_linear(cpu, linear + done, (uint8_t *)buf + done, part)) break;
        done += part;
    }
    return done;
}

uint64_t cpu_block_pc(const struct cpu *cpu)
{
    const struct seam_tb *tb = NULL;

    if (cpu->host_pc) {
        tb = SEAM(tcg_tb_lookup)(seam_field(cpu->uc, SEAM_UC_TCG), cpu->host_pc);
    }
    return tb ? tb->pc : cpu->env->segs[1].base + cpu->env->eip;
}
