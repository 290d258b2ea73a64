/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place with file-scope state in emu/cpu (DESIGN.md, law 8): which core runs on this
 * thread. Two functions of the seam are called without anything that leads to a core:
 * gettimeofday(), by which the engine decides when to shrink its TLB and which must be virtual time
 * here (unicorn.md trap 14), and cpu_exec() of an engine that is being looked at for the first
 * time.
 */
#include "emu/cpu/internal.h"

#include <sys/time.h>

int __wrap_gettimeofday(struct timeval *now, void *zone);

static _Thread_local struct cpu *running;
static _Thread_local struct seam_cs **probe;

void cpu_thread_enter(struct cpu *cpu, struct cpu **previous)
{
    *previous = running;
    running = cpu;
}

void cpu_thread_leave(struct cpu *previous)
{
    running = previous;
}

/* Microseconds of the running core's virtual time; 0 when none runs. */
int __wrap_gettimeofday(struct timeval *now, void *zone)
{
    vtime us = running ? cpu_now(running) / VTIME_US(1) : 0;

    (void)zone;
    now->tv_sec = (time_t)(us / 1000000);
    now->tv_usec = (suseconds_t)(us % 1000000);
    return 0;
}

int SEAM_WRAP(cpu_exec)(uc_engine *uc, struct seam_cs *cs)
{
    if (probe) {
        *probe = cs;
        return SEAM_EXIT_HLT;
    }
    return SEAM_REAL(cpu_exec)(uc, cs);
}

struct seam_cs *cpu_thread_probe(uc_engine *uc)
{
    struct seam_cs *cs = NULL;

    probe = &cs;
    uc_err status = uc_emu_start(uc, 0, 0, 0, 0);
    probe = NULL;
    return status == UC_ERR_OK ? cs : NULL;
}
