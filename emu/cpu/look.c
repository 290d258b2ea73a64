/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block, instruction by instruction (probe.h).
 *
 * The core runs on a stack of its own then, and the translation of its block has a call in front of each
 * instruction (probe.c), from where it goes back to who looks. Everything it was about, in the engine and
 * in generated code, waits on that stack; so the block is one execution of one translation, as ever. It
 * differs from the usual one in those calls only, which do not count when its length is decided (meter.c).
 * The engine keeps it apart by its `count`, and it is used for nothing else.
 *
 * The block is charged and the core takes its turns as usual: one before the block, where either something
 * is delivered or the block begins, and one behind it, where the look ends.
 */
#define _GNU_SOURCE
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/base/error.h"
#include "emu/base/lazy_memory.h"

#include <stdlib.h>
#include <ucontext.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_FIBERS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_FIBERS 1
#endif
#ifdef HAS_FIBERS
#include <sanitizer/common_interface_defs.h>
#endif

#define STACK_BYTES (UINT64_C(4) << 20)
#define HALF_BITS   32

struct cpu_contexts {
    ucontext_t outer; /* who looks */
    ucontext_t inner; /* the core */
    const void *outer_stack;
    size_t outer_bytes;
    enum cpu_stop stop;
    bool has_ended;
};

/* A sanitizer of addresses wants to know which stack comes next. */
static void leave_stack(void **fake, const void *stack, size_t bytes)
{
#ifdef HAS_FIBERS
    __sanitizer_start_switch_fiber(fake, stack, bytes);
#else
    (void)fake;
    (void)stack;
    (void)bytes;
#endif
}

static void enter_stack(void *fake, const void **stack, size_t *bytes)
{
#ifdef HAS_FIBERS
    __sanitizer_finish_switch_fiber(fake, stack, bytes);
#else
    (void)fake;
    (void)stack;
    (void)bytes;
#endif
}

int cpu_look_open(struct cpu *cpu, struct error *err)
{
    cpu->look.contexts = calloc(1, sizeof(*cpu->look.contexts));
    cpu->look.stack = lazy_memory_create(STACK_BYTES);
    if (!cpu->look.contexts || !cpu->look.stack) {
        return error_host(err, "no memory for the stack of a processor core");
    }
    return 0;
}

void cpu_look_close(struct cpu *cpu)
{
    cpu_look_abandon(cpu);
    lazy_memory_destroy(cpu->look.stack, STACK_BYTES);
    free(cpu->look.contexts);
}

/* On the core's stack, from one end to the other. */
static void run(unsigned high, unsigned low)
{
    struct cpu *cpu = (struct cpu *)((uintptr_t)high << HALF_BITS | low);
    struct cpu_contexts *contexts = cpu->look.contexts;

    enter_stack(NULL, &contexts->outer_stack, &contexts->outer_bytes);
    contexts->stop = cpu_run_loop(cpu);
    contexts->has_ended = true;
    leave_stack(NULL, contexts->outer_stack, contexts->outer_bytes);
}

/* The core goes on until it stops or stands inside its block. */
static enum cpu_stop go_on(struct cpu *cpu)
{
    struct cpu_contexts *contexts = cpu->look.contexts;
    struct cpu *previous;
    void *fake = NULL;

    cpu_thread_enter(cpu, &previous);
    leave_stack(&fake, cpu->look.stack, STACK_BYTES);
    BUG_ON(swapcontext(&contexts->outer, &contexts->inner) != 0);
    enter_stack(fake, NULL, NULL);
    cpu_thread_leave(previous);
    if (!contexts->has_ended) {
        return CPU_STOP_STEP;
    }
    cpu->look.phase = CPU_LOOK_OFF;
    return contexts->stop;
}

enum cpu_stop cpu_look_begin(struct cpu *cpu)
{
    struct cpu_contexts *contexts = cpu->look.contexts;
    uintptr_t bits = (uintptr_t)cpu;

    BUG_ON(getcontext(&contexts->inner) != 0);
    contexts->inner.uc_stack.ss_sp = cpu->look.stack;
    contexts->inner.uc_stack.ss_size = STACK_BYTES;
    contexts->inner.uc_link = &contexts->outer;
    makecontext(&contexts->inner, (void (*)(void))run, 2, (unsigned)(bits >> HALF_BITS),
                (unsigned)bits);
    contexts->has_ended = false;
    cpu->look.phase = CPU_LOOK_TURN;
    cpu->look.order = CPU_LOOK_STEP;
    cpu->look.begun = 0;
    return go_on(cpu);
}

enum cpu_stop cpu_look_go_on(struct cpu *cpu, enum cpu_look_order order)
{
    BUG_ON(!cpu->look.is_inside);
    cpu->look.order = order;
    return go_on(cpu);
}

void cpu_look_abandon(struct cpu *cpu)
{
    if (cpu->look.is_inside) {
        cpu_look_go_on(cpu, CPU_LOOK_ABANDON);
    }
}

void cpu_look_insn(struct cpu *cpu)
{
    struct cpu_look *look = &cpu->look;
    struct cpu_contexts *contexts = look->contexts;
    void *fake = NULL;

    if (look->phase != CPU_LOOK_BLOCK) {
        return;
    }
    look->begun++;
    if (look->begun == 1 || look->order != CPU_LOOK_STEP) {
        return;
    }
    look->is_inside = true;
    cpu->is_continued = true;
    leave_stack(&fake, contexts->outer_stack, contexts->outer_bytes);
    BUG_ON(swapcontext(&contexts->inner, &contexts->outer) != 0);
    enter_stack(fake, &contexts->outer_stack, &contexts->outer_bytes);
    look->is_inside = false;
    if (look->order == CPU_LOOK_ABANDON) {
        cpu->has_stop = true;
        cpu->stop = CPU_STOP_BREAK;
        SEAM(cpu_loop_exit_noexc)(cpu->cs);
    }
}

unsigned cpu_look_count(const struct cpu *cpu)
{
    return cpu->look.is_inside ? cpu->look.begun - 1 : 0;
}

bool cpu_look_ends(struct cpu *cpu)
{
    if (cpu->look.phase != CPU_LOOK_BLOCK) {
        return false;
    }
    cpu->look.phase = CPU_LOOK_OFF;
    return cpu->look.order == CPU_LOOK_STEP;
}

/* Code in guarded pages is announced when it is translated, which must not happen once more: such a block is
 * executed as a whole. So is one that the engine wants to be of one instruction. */
void cpu_look_block(struct cpu *cpu)
{
    if (cpu->cs->cflags_next_tb == UINT32_MAX && !cpu_guard_has_code(cpu)) {
        cpu->cs->cflags_next_tb = SEAM_LOOK;
    }
}
