/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RFLAGS.TF: a #DB trap after each instruction. When it begins and ends, REP, POP SS and STI
 * shadows, INT n through an interrupt gate, faults, IRET, ring 3, SYSCALL. SDM 3A 17.3.1.4, 6.8.3.
 */
#include "tests/guest/lib/trap.h"

#define TRACE_MAX 64
static word trace[TRACE_MAX];
static unsigned traced;
static word dr6_seen, trap_cs;

static void on_step(struct frame *frame)
{
    if (traced < TRACE_MAX) trace[traced] = frame->ip;
    traced++;
    dr6_seen = read_dr6();
    trap_cs = frame->cs;
    write_dr6(0xffff0ff0);
    if (traced >= TRACE_MAX) frame->flags &= ~FLAG_TF;
}

#define TF_ON  "pushfq\n orl $0x100, (%rsp)\n popfq"
#define TF_OFF "pushfq\n andl $~0x100, (%rsp)\n popfq"
STUB(plain, TF_ON,
     "nop\n plain_1: nop\n plain_2: pushfq\n plain_3: andl $~0x100, (%rsp)\n plain_4: popfq\n "
     "plain_5: nop");
extern const char plain_1[], plain_2[], plain_3[], plain_4[], plain_5[];
STUB(rep, "movl $5, %ecx\n leaq 8(%rdi), %rsi\n" TF_ON, "rep movsb\n rep_1: " TF_OFF);
extern const char rep_1[];
STUB(rep_zero, "xorl %ecx, %ecx\n" TF_ON, "rep movsb\n rep_zero_1: " TF_OFF);
extern const char rep_zero_1[];
STUB(mov_ss, "movl %ss, %eax\n" TF_ON, "movl %eax, %ss\n mov_ss_1: nop\n mov_ss_2: " TF_OFF);
extern const char mov_ss_1[], mov_ss_2[];
STUB(sti, TF_ON, "sti\n sti_1: cli\n sti_2: " TF_OFF);
extern const char sti_1[], sti_2[];
STUB(interrupt, TF_ON, "int $0x60\n int_1: nop\n int_2: " TF_OFF);
extern const char int_1[], int_2[];
STUB(fault, TF_ON, "ud2\n fault_1: nop\n fault_2: " TF_OFF);
extern const char fault_1[], fault_2[];
STUB(branch, TF_ON,
     "jmp 1f\n nop\n branch_1: 1: xorl %eax, %eax\n branch_2: jz 2f\n nop\n branch_3: 2: " TF_OFF);
extern const char branch_1[], branch_2[], branch_3[];
STUB(call, TF_ON, "call 1f\n call_2: jmp 2f\n call_1: 1: ret\n call_3: 2: " TF_OFF);
extern const char call_1[], call_2[], call_3[];
STUB(popf_popf, TF_ON, TF_OFF "\n popf_popf_1: nop");
extern const char popf_popf_1[];
STUB(port, TF_ON, "inb $0x80, %al\n port_1: outb %al, $0x80\n port_2: " TF_OFF);
extern const char port_1[], port_2[];
STUB(cpuid_rdtsc, TF_ON, "rdtsc\n cr_1: movq %cr0, %rax\n cr_2: movq %rax, %cr0\n cr_3: " TF_OFF);
extern const char cr_1[], cr_2[], cr_3[];
STUB(user, "nop", "nop\n user_1: nop\n user_2: " TF_OFF);
extern const char user_1[], user_2[];

STUB(no_step, "nop", "nop\n nop");

static void steps(const char *stub, const char *const *want, unsigned count, const char *name)
{
    traced = 0;
    struct fault f = attempt(stub, (word)user_stack, 0);
    bool same = f.vector == NO_FAULT;
    for (unsigned i = 0; i < count; i++) {
        same = same && i < traced && trace[i] == (word)want[i];
    }
    if (!same) {
        print("  vector %lu, %u traps:", f.vector, traced);
        for (unsigned i = 0; i < traced && i < TRACE_MAX; i++) {
            print(" %lx", trace[i]);
        }
        print("\n  want:");
        for (unsigned i = 0; i < count; i++) {
            print(" %lx", (word)want[i]);
        }
        print("\n");
    }
    report(same, "%s", name);
}

#define STEPS(stub, name, ...)                           \
    do {                                                 \
        static const char *const want[] = {__VA_ARGS__}; \
        steps(stub, want, COUNT(want), name);            \
    } while (0)

static void on_interrupt(struct frame *frame)
{
    (void)frame;
}

static void skip_ud(struct frame *frame)
{
    report(frame->flags & FLAG_TF, "the frame of the fault has TF set");
    report(!(read_flags() & FLAG_TF), "the handler runs with TF clear");
    frame->ip += 2;
}

static void straight(void)
{
    STEPS(plain, "after each instruction, from the one behind POPF on", plain_1, plain_2, plain_3,
          plain_4, plain_5);
    report_eq(traced, 5, "the POPF that clears TF is the last one stepped");
    report_eq(dr6_seen & 0xe00f, 0x4000, "DR6.BS set, nothing else");
    STEPS(popf_popf, "TF off at once", popf_popf_at + 1, popf_popf_at + 8, popf_popf_1);
    STEPS(branch, "jumps: RIP is the target", branch_1, branch_2, branch_3);
    STEPS(call, "CALL and RET", call_1, call_2, call_3);
    STEPS(port, "IN and OUT", port_1, port_2);
    STEPS(cpuid_rdtsc, "RDTSC and MOV CR0", cr_1, cr_2, cr_3);
}

static void strings(void)
{
    STEPS(rep, "REP: after each iteration, RIP stays", rep_at, rep_at, rep_at, rep_at, rep_1);
    STEPS(rep_zero, "REP with RCX 0 is one step", rep_zero_1);
}

static void shadows(void)
{
    STEPS(mov_ss, "no trap between MOV SS and the next instruction", mov_ss_2);
    STEPS(sti, "STI does not hold the trap back", sti_1, sti_2);
}

static void handlers(void)
{
    trap_handle(0x60, on_interrupt);
    trap_handle(VECTOR_UD, skip_ud);
    STEPS(interrupt, "INT n: the handler is not stepped", int_2);
    STEPS(fault, "fault: the handler is not stepped", fault_2);
    trap_handle(0x60, NULL);
    trap_handle(VECTOR_UD, NULL);
}

static void ring3(void)
{
    user_flags = FLAG_TF;
    traced = 0;
    struct fault f = attempt_user(user, 0, 0);
    user_flags = 0;
    expect_return(&f, "stepping in ring 3");
    report(trace[0] == (word)user_at && trace[1] == (word)user_1 && trace[2] == (word)user_2,
           "IRET that sets TF: the first trap comes after the first instruction");
    report_eq(trap_cs, SEL_USER_CODE64 | 3, "CS of ring 3 in the frame");
}

static void without_tf(void)
{
    traced = 0;
    struct fault f = attempt(no_step, 0, 0);
    expect_return(&f, "plain code");
    report_eq(traced, 0, "no trap without TF");
}

void guest_main(void)
{
    trap_handle(VECTOR_DB, on_step);
    straight();
    strings();
    shadows();
    handlers();
    ring3();
    without_tf();
}
