/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The turn of a core's loop: stops, interrupts and exceptions.
 *
 * The engine's request line is held up for good (reset.c), so the engine asks
 * x86_cpu_exec_interrupt() each time it comes back to its loop: when a slice ends, after STI, POPF,
 * IRET and HLT, after an exception. Blocks that are chained to each other do not pass here; that is
 * what cpu_kick() is for.
 *
 * Order at one instruction boundary (SDM 3A 6.9, table 6-2): machine checks, debug traps, NMI,
 * maskable interrupts. A data breakpoint's instruction is let finish first.
 * A due deadline comes before them: the events that fire at it may change what is to be delivered.
 */
#include "emu/cpu/internal.h"

#include "emu/cpu/events.h"

#define VECTOR_DB   1
#define VECTOR_NMI  2
#define VECTOR_UD   6
#define VECTOR_DF   8
#define VECTOR_MC   18
#define OPCODE_INT1 0xf1
#define FLAG_IF     0x200u

static bool is_inhibited(const struct cpu *cpu)
{
    return cpu->env->hflags & SEAM_HF_INHIBIT_IRQ;
}

static bool can_take_nmi(const struct cpu *cpu)
{
    return cpu->nmi_pending && !(cpu->env->hflags2 & SEAM_HF2_NMI);
}

bool cpu_can_take_interrupt(const struct cpu *cpu)
{
    return cpu->init_pending || cpu->mca.is_pending || can_take_nmi(cpu) ||
           (cpu->intr && (cpu->env->eflags & FLAG_IF));
}

static bool leave(struct cpu *cpu, enum cpu_stop stop)
{
    cpu->has_stop = true;
    cpu->stop = stop;
    uc_emu_stop(cpu->uc);
    return false;
}

static void delivery_begin(struct cpu *cpu, int vector, bool is_external)
{
    cpu->is_delivering = true;
    cpu->is_external = is_external;
    cpu->delivering = vector;
}

static void deliver(struct cpu *cpu, int vector)
{
    cpu->is_halted = false;
    cpu_probe_vector(cpu, vector, true);
    cpu->cause = 0; /* the interrupt's own is the acknowledge, which who has acknowledged knows */
    cpu->cause = TRACE(cpu->set->trace, NULL, &cpu_event_interrupt, (uint64_t)vector);
    cpu_charge(cpu, TIMING_INTERRUPT);
    delivery_begin(cpu, vector, true);
    SEAM(do_interrupt_x86_hardirq)(cpu->env, vector, 1);
    cpu->is_delivering = false;
    if (!cpu->is_stepping) {
        cpu->cs->cflags_next_tb = UINT32_MAX; /* an abandoned instruction is begun anew behind it */
    }
    if (cpu_can_take_interrupt(cpu)) {
        cpu_kick(cpu); /* the next one at once, wherever runs are cut */
    }
}

static bool take_interrupt(struct cpu *cpu)
{
    int vector;

    if (is_inhibited(cpu)) {
        /* It comes behind the one instruction in the shadow, which may go on to the next block without coming by here. */
        if (cpu_can_take_interrupt(cpu)) cpu_slice_begin_for_one(cpu);
        return false;
    }
    if (can_take_nmi(cpu)) {
        cpu->nmi_pending = false;
        cpu->env->hflags2 |= SEAM_HF2_NMI;
        deliver(cpu, VECTOR_NMI);
        return true;
    }
    if (!cpu->intr || !(cpu->env->eflags & FLAG_IF)) {
        return false;
    }
    vector = cpu->set->env.intr_ack(cpu->set->env.ctx, cpu->index);
    if (vector < 0) {
        return false;
    }
    deliver(cpu, vector);
    return true;
}

/* A data breakpoint was hit by the instruction that has just ended: a trap (SDM 3B 17.3.1.1). */
static bool raise_trap(struct cpu *cpu)
{
    uint32_t bits = cpu->trap;

    cpu->trap = 0;
    cpu->is_watch_armed = false;
    cpu->env->dr[6] = (cpu->env->dr[6] & ~UINT64_C(0xf)) | bits;
    SEAM(raise_exception_ra)(cpu->env, VECTOR_DB, 0); /* leaves through the loop */
}

/* Single steps: the first turn lets one instruction through, the next one stops. An instruction
 * that the engine abandons to run it again in another way (self-modifying code, data breakpoints)
 * has asked for its own block and is not over yet. */
static bool is_step_over(struct cpu *cpu)
{
    if (!cpu->is_stepping) {
        return false;
    }
    if (cpu->has_stepped) {
        return cpu->cs->cflags_next_tb == UINT32_MAX;
    }
    cpu->has_stepped = true;
    cpu->cs->cflags_next_tb = SEAM_ONE_INSN;
    return false;
}

/* Not held off by STI or MOV SS. */
static bool take_machine_check(struct cpu *cpu)
{
    if (!mca_begin(cpu)) {
        return leave(cpu, CPU_STOP_TRIPLE_FAULT);
    }
    cpu->env->hflags &= ~SEAM_HF_INHIBIT_IRQ;
    deliver(cpu, VECTOR_MC);
    return true;
}

/* True: something was delivered. */
static bool take_events(struct cpu *cpu)
{
    if (cpu->is_watch_armed) {
        if (cpu->trap && is_inhibited(cpu)) {
            cpu_slice_begin_for_one(cpu); /* behind MOV SS: one instruction later */
            return false;
        }
        return cpu->trap ? raise_trap(cpu) : false;
    }
    if (cpu->mca.is_pending ? take_machine_check(cpu) : take_interrupt(cpu)) {
        if (cpu->is_stepping) {
            cpu_slice_begin(cpu); /* the delivery has used up the slice of one instruction */
        }
        return true;
    }
    return cpu->is_halted && !cpu->has_stop ? leave(cpu, CPU_STOP_HALTED) : false;
}

/* The turn before a block that is looked at. A trap leaves from inside. */
static bool look(struct cpu *cpu)
{
    cpu->look.phase = CPU_LOOK_BLOCK;
    if (take_events(cpu)) {
        leave(cpu, cpu->has_stop ? cpu->stop : CPU_STOP_STEP);
        return true;
    }
    if (!cpu->has_stop) {
        cpu_look_block(cpu);
    }
    return false;
}

/* True: the engine must not link the block before to the one that comes. */
bool cpu_turn(struct cpu *cpu)
{
    const bool is_looking = cpu->look.phase == CPU_LOOK_TURN;
    bool has_flushed = false;

    cpu->host_pc = 0;
    cpu_block_ends(cpu->env);
    if (cpu->has_stop) {
        return leave(cpu, cpu->stop);
    }
    if (cpu->init_pending) {
        cpu_init_now(cpu);
        if (cpu->waits_for_sipi) {
            return leave(cpu, CPU_STOP_WAIT_SIPI);
        }
        if (cpu->look.phase == CPU_LOOK_TURN) {
            return leave(cpu, CPU_STOP_STEP);
        }
    }
    if (cpu_look_ends(cpu)) {
        return leave(cpu, CPU_STOP_STEP);
    }
    if (is_step_over(cpu)) {
        return leave(cpu, CPU_STOP_STEP);
    }
    if (cpu_ticks(cpu) >= cpu->deadline) {
        return leave(cpu, CPU_STOP_DEADLINE);
    }
    if (cpu_has_break(cpu) && !is_looking) {
        return leave(cpu, CPU_STOP_BREAK);
    }
    if (is_looking) {
        cpu_slice_begin_for_one(cpu);
    } else if (cpu->env->meter_left <= 0) {
        cpu_slice_begin(cpu);
    }
    cpu_fault_end(cpu);
    if (cpu->is_flush_pending) {
        cpu_flush_now(cpu);
        has_flushed = true;
    }
    if (is_looking) {
        return look(cpu) || has_flushed;
    }
    return take_events(cpu) || has_flushed;
}

bool SEAM_WRAP(x86_cpu_exec_interrupt)(struct seam_cs *cs, int request)
{
    (void)request;
    return cs->opaque ? cpu_turn(cs->opaque) : false;
}

/*
 * The error code of a fault that was met while another event was delivered (SDM 3A 6.13): bit 0 is
 * EXT, bit 1 says that the rest is an index into the IDT. In long mode the library takes 16 bytes
 * per gate into that index, where the processor has a vector times 8 as everywhere.
 */
static uint32_t nested_error_code(const struct cpu *cpu, uint32_t vector, uint32_t error_code)
{
    if (vector < 10 || vector > 13) {
        return error_code;
    }
    if (error_code == (uint32_t)cpu->delivering * 16 + 2 && (cpu->env->hflags & SEAM_HF_LMA)) {
        error_code = (uint32_t)cpu->delivering * 8 + 2;
    }
    return error_code | (cpu->is_external ? 1 : 0);
}

void cpu_on_exception(uc_engine *uc, uint32_t vector, void *ctx)
{
    struct cpu *cpu = ctx;
    struct seam_env *env = cpu->env;

    (void)uc;
    if (!env->exception_is_int) {
        vector = (uint32_t)cpu_fault_begin(cpu, (int)vector);
    }
    if (cpu->is_delivering) {
        env->error_code = nested_error_code(cpu, vector, env->error_code);
    }
    /* The engine has moved on to the next instruction; a fault on the way points at the INT itself.
     */
    if (env->exception_is_int) {
        env->eip = env->exception_next_eip - (uint64_t)cpu->int_bytes;
    }
    if (vector == VECTOR_DF) {
        TRACE(cpu->set->trace, NULL, &cpu_event_double_fault, env->eip, env->cr[2]);
    }
    cpu_probe_vector(cpu, (int)vector, false);
    cpu->is_watch_armed = false;
    cpu->trap = 0;
    delivery_begin(cpu, (int)vector, !env->exception_is_int);
    cpu_charge(cpu, TIMING_EXCEPTION);
    SEAM(x86_cpu_do_interrupt)(cpu->cs);
    cpu->is_delivering = false;
}

void SEAM_WRAP(helper_raise_interrupt)(struct seam_env *env, int vector, int next_eip_addend)
{
    seam_cpu_of_env(env)->int_bytes = next_eip_addend;
    SEAM_REAL(helper_raise_interrupt)(env, vector, next_eip_addend);
}

void SEAM_WRAP(helper_into)(struct seam_env *env, int next_eip_addend)
{
    seam_cpu_of_env(env)->int_bytes = next_eip_addend;
    SEAM_REAL(helper_into)(env, next_eip_addend);
}

/* The engine asks before it raises #UD; the exception itself comes through cpu_on_exception(). */
bool cpu_on_undefined(uc_engine *uc, void *ctx)
{
    (void)uc;
    (void)ctx;
    return true;
}

/* Where meter.c has put it: an instruction that the engine would misread. INT1 is a trap, the
 * others are undefined. */
void SEAM_WRAP(helper_rsm)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    uint8_t opcode = 0;

    SEAM(cpu_restore_state)(cpu->cs, (uintptr_t)__builtin_return_address(0), true);
    cpu_peek_linear(cpu, env->segs[1].base + env->eip, &opcode, 1);
    if (opcode != OPCODE_INT1) {
        SEAM(raise_exception_ra)(env, VECTOR_UD, 0);
    }
    env->eip++;
    SEAM(raise_exception_ra)(env, VECTOR_DB, 0);
}

void cpu_shut_down(struct cpu *cpu)
{
    cpu->is_delivering = false;
    cpu->has_stop = true;
    cpu->stop = CPU_STOP_TRIPLE_FAULT;
    cpu_kick(cpu);
}

/* The engine found a third fault while a double fault was delivered. It leaves its loop by itself.
 */
void __wrap_qemu_system_reset_request(uc_engine *uc)
{
    struct cpu *cpu = seam_cs_of_uc(uc)->opaque;

    TRACE(cpu->set->trace, NULL, &cpu_event_shutdown, cpu->env->eip, cpu->env->cr[2]);
    cpu_shut_down(cpu);
}

/* meter.c has put it in front of an IRET (one of the SVM instructions that float.c tells of): an interrupt's handler
 * is over, or an exception's inside of it: what comes then is not told apart. The helper of IRET itself cannot be
 * wrapped: it finds the guest's place by its return address when it faults. */
void SEAM_WRAP(helper_vmload)(struct seam_env *env)
{
    seam_cpu_of_env(env)->cause = 0;
}

uint64_t cpu_cause(const struct cpu *cpu)
{
    return cpu->cause;
}

void SEAM_WRAP(helper_hlt)(struct seam_env *env, int next_eip_addend)
{
    struct cpu *cpu = seam_cpu_of_env(env);

    env->eip += (uint64_t)next_eip_addend;
    env->hflags &= ~SEAM_HF_INHIBIT_IRQ;
    cpu->is_halted = true;
    SEAM(cpu_loop_exit_noexc)(cpu->cs);
}

/* Left through the loop: a plain return would fall into the exit test of a block that does not end
 * (unicorn.md trap 15). */
void SEAM_WRAP(helper_pause)(struct seam_env *env, int next_eip_addend)
{
    struct cpu *cpu = seam_cpu_of_env(env);

    env->eip += (uint64_t)next_eip_addend;
    env->hflags &= ~SEAM_HF_INHIBIT_IRQ;
    cpu_charge(cpu, TIMING_PAUSE);
    SEAM(cpu_loop_exit_noexc)(cpu->cs);
}
