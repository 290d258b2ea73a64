/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power-on, INIT and start-up IPI (SDM 3A 9.1, 9.4 and table 9-1).
 *
 * The library's reset leaves CR4 and XCR0 as programs of an operating system want them; the
 * processor does not.
 */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/cpu/events.h"

#define FCW_POWER_ON  0x40u
#define XCR0_POWER_ON 1u
#define CR0_ET        (1u << 4)
#define CR0_NW        (1u << 29)
#define CR0_CD        (1u << 30)

enum { CS = 1 };

/* What both kinds of reset do to the engine's part. */
static void finish(struct cpu *cpu)
{
    cpu->cause = 0;
    SEAM(cpu_x86_update_cr4)(cpu->env, 0);
    cpu->cs->interrupt_request = SEAM_REQUEST_HARD;
    cpu->cs->exception_index = -1;
    SEAM(tlb_flush)(cpu->cs);
    cpu->is_halted = false;
    cpu->waits_for_sipi = cpu->index != 0;
    cpu->nmi_pending = false;
    cpu->init_pending = false;
    cpu->is_delivering = false;
    cpu->trap = 0;
    cpu->is_watch_armed = false;
    cpu->cs->cflags_next_tb = UINT32_MAX;
    mca_init(cpu);
}

void cpu_power_on(struct cpu *cpu)
{
    struct cpu *previous;

    cpu_thread_enter(cpu, &previous);
    seam_cpu_reset(cpu->cs);
    cpu->env->xcr0 = XCR0_POWER_ON;
    cpu->env->fpuc = FCW_POWER_ON;
    cpu->is_flush_pending |= cpu->has_unmasked_sse;
    cpu->has_unmasked_sse = false;
    SEAM(update_fp_status)(cpu->env);
    finish(cpu);
    cpu->intr = false;
    msr_power_on(cpu);
    mca_reset(cpu);
    cpu->is_continued = false;
    cpu->random = cpu->index;
    cpu_thread_leave(previous);
}

/* What is not touched here stays: MTRRs and the other registers of msr.c, machine-check banks, TSC,
 * CR0.CD and NW. */
void cpu_init_now(struct cpu *cpu)
{
    struct cpu *previous;
    uint32_t caching = (uint32_t)cpu->env->cr[0] & (CR0_CD | CR0_NW);

    cpu_thread_enter(cpu, &previous);
    SEAM(do_cpu_init)(cpu->cs); /* keeps x87, SSE and the MSRs that the engine has, but for EFER */
    SEAM(cpu_x86_update_cr0)(cpu->env, CR0_ET | caching);
    finish(cpu);
    cpu_thread_leave(previous);
}

void cpu_reset(struct cpu *cpu, vtime now)
{
    cpu_look_abandon(cpu);
    BUG_ON(cpu->is_running);
    TRACE(cpu->set->trace, NULL, &cpu_event_reset, cpu->index, 0);
    cpu_power_on(cpu);
    cpu_skip_to(cpu, now);
}

void cpu_init(struct cpu *cpu)
{
    TRACE(cpu->set->trace, NULL, &cpu_event_reset, cpu->index, 1);
    if (cpu->is_running) {
        cpu->init_pending = true;
        cpu_kick(cpu);
        return;
    }
    cpu_init_now(cpu);
}

void cpu_sipi(struct cpu *cpu, uint8_t vector)
{
    if (!cpu->waits_for_sipi) {
        return;
    }
    TRACE(cpu->set->trace, NULL, &cpu_event_start, cpu->index, vector);
    cpu->waits_for_sipi = false;
    cpu->env->segs[CS].selector = (uint32_t)vector << 8;
    cpu->env->segs[CS].base = (uint64_t)vector << 12;
    cpu->env->eip = 0;
}
