/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: which stack an exception takes and what is pushed there. RSP0 of the TSS from ring 3,
 * each IST entry, the same IST entry again, alignment to 16 bytes, null SS after a change of
 * privilege, #SS(0) for non-canonical stack addresses, #TS when the TSS is too short. SDM 3A 6.14,
 * 6.15.
 */
#include "tests/guest/lib/trap.h"

STUB(undefined, "nop", "ud2");
STUB(odd_stack, "movq %rsp, %rax\n subq %rdi, %rsp", "ud2");
STUB(push_bad, "movq %rsp, %r8\n movq %rdi, %rsp", "pushq %rax");
STUB(pop_bad, "movq %rdi, %rsp", "popq %rax");
STUB(call_bad, "movq %rdi, %rsp", "call undefined");
STUB(load_rbp, "movq %rdi, %rbp", "movq 8(%rbp), %rax");
STUB(load_rsp_index, "movq %rdi, %rsp", "movq 8(%rsp), %rax");
STUB(interrupt, "nop", "int $0x60");

static word ss_in_handler, sp_in_handler, cs_in_handler, frame_ss, flags_in_handler;

static void note_state(struct frame *frame)
{
    __asm__ volatile("mov %%ss, %0" : "=r"(ss_in_handler));
    __asm__ volatile("mov %%cs, %0" : "=r"(cs_in_handler));
    flags_in_handler = read_flags();
    frame_ss = frame->ss;
    sp_in_handler = (word)&frame->ss + 8;
    frame->ip += 2;
}

static word top_of(uint8_t *stack)
{
    return (word)stack + STACK_BYTES;
}

static void ring0_alignment(void)
{
    for (word offset = 0; offset < 16; offset++) {
        struct fault f = attempt(odd_stack, offset, 0);
        word sp = f.frame.sp;
        if (offset == 0) report_eq(f.value - sp, 0, "RSP in the frame is RSP at the fault");
        report(f.vector == VECTOR_UD && f.frame_top == (sp & ~15ul),
               "stack aligned down, RSP & 15 = %lu", sp & 15);
    }
}

static void from_ring3(void)
{
    trap_handle(VECTOR_UD, note_state);
    struct fault f = attempt_user(undefined, 0, 0);
    expect_return(&f, "exception in ring 3, handler, back to ring 3");
    report_eq(sp_in_handler, top_of(ring0_stack), "the stack is RSP0 of the TSS");
    report_eq(ss_in_handler, 0, "SS is null in the handler");
    report_eq(cs_in_handler, SEL_CODE64, "CS is ring 0");
    report_eq(frame_ss, SEL_USER_DATA | 3, "SS of ring 3 in the frame");
    report(!(flags_in_handler & FLAG_IF), "interrupt gate: IF clear in the handler");
    tss.rsp[0] -= 24;
    attempt_user(undefined, 0, 0);
    report_eq(sp_in_handler, (top_of(ring0_stack) - 24) & ~15ul, "RSP0 too is aligned down to 16");
    tss.rsp[0] += 24;
    attempt(undefined, 0, 0);
    report_eq(ss_in_handler, SEL_DATA, "SS stays when the privilege does not change");
    user_flags = FLAG_IF;
    gate_set(VECTOR_UD,
             (const void *)(word)(idt[VECTOR_UD].offset_low | idt[VECTOR_UD].offset_mid << 16),
             SEL_CODE64, GATE_PRESENT | GATE_TRAP, 0);
    attempt_user(undefined, 0, 0);
    report(flags_in_handler & FLAG_IF, "trap gate: IF stays set in the handler");
    user_flags = 0;
    gate_reset(VECTOR_UD);
    trap_handle(VECTOR_UD, NULL);
}

static void ist(void)
{
    for (unsigned n = 1; n <= IST_COUNT; n++) {
        idt[VECTOR_UD].ist = (uint8_t)n;
        struct fault f = attempt(undefined, 0, 0);
        report_eq(f.frame_top, top_of(ist_stack[n - 1]), "IST %u from ring 0", n);
        f = attempt_user(undefined, 0, 0);
        report_eq(f.frame_top, top_of(ist_stack[n - 1]), "IST %u from ring 3", n);
    }
    trap_handle(VECTOR_UD, note_state);
    attempt_user(undefined, 0, 0);
    report_eq(ss_in_handler, 0, "IST with change of privilege makes SS null");
    trap_handle(VECTOR_UD, NULL);
    tss.ist[2] -= 8;
    idt[VECTOR_UD].ist = 3;
    struct fault f = attempt(undefined, 0, 0);
    report_eq(f.frame_top, (top_of(ist_stack[2]) - 8) & ~15ul,
              "an IST entry is aligned down to 16");
    tss.ist[2] += 8;
    gate_reset(VECTOR_UD);
}

/*
 * A handler on IST 1 meets an exception that uses IST 1 as well: the processor starts at the top
 * again.
 */
static word inner_top, outer_top;

static void inner(struct frame *frame)
{
    inner_top = (word)&frame->ss + 8;
}

static void outer(struct frame *frame)
{
    outer_top = (word)&frame->ss + 8;
    /* The frame at the top is about to be overwritten: keep a copy, as an operating system must. */
    struct frame copy = *frame;
    __asm__ volatile("int3");
    *frame = copy;
    frame->ip += 2;
}

static void ist_twice(void)
{
    trap_handle(VECTOR_BP, inner);
    trap_handle(VECTOR_UD, outer);
    idt[VECTOR_BP].ist = 0;
    idt[VECTOR_UD].ist = 1;
    attempt(undefined, 0, 0);
    report_eq(outer_top, top_of(ist_stack[0]), "outer handler on IST 1");
    report(inner_top < outer_top && inner_top > (word)ist_stack[0],
           "inner handler goes on below it");
    idt[VECTOR_BP].ist = 2;
    attempt(undefined, 0, 0);
    report_eq(inner_top, top_of(ist_stack[1]), "inner handler on IST 2");
    gate_reset(VECTOR_BP);
    gate_reset(VECTOR_UD);
    trap_handle(VECTOR_BP, NULL);
    trap_handle(VECTOR_UD, NULL);
}

static void stack_faults(void)
{
    const word bad = 0x0000800000000000ul;
    /* The handler needs a stack of its own: RSP is not usable. */
    idt[VECTOR_SS].ist = 1;
    idt[VECTOR_GP].ist = 1;
    idt[VECTOR_PF].ist = 1;
    EXPECT(push_bad, bad + 8, 0, VECTOR_SS, 0, "#SS(0): PUSH to a non-canonical address");
    EXPECT(pop_bad, bad, 0, VECTOR_SS, 0, "#SS(0): POP from a non-canonical address");
    EXPECT(call_bad, bad + 8, 0, VECTOR_SS, 0, "#SS(0): CALL with a non-canonical stack");
    EXPECT(load_rsp_index, bad, 0, VECTOR_SS, 0, "#SS(0): load through RSP");
    EXPECT(load_rbp, bad, 0, VECTOR_SS, 0, "#SS(0): load through RBP");
    gate_reset(VECTOR_SS);
    gate_reset(VECTOR_GP);
    gate_reset(VECTOR_PF);
}

static void short_tss(void)
{
    /* Up to RSP2 only: IST entries and what follows are beyond the limit. */
    gdt_set_system(SEL_TSS, (word)&tss, 0x23, ACCESS_PRESENT | ACCESS_TSS);
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
    idt[0x60].ist = 7;
    EXPECT(interrupt, 0, 0, VECTOR_TS, SEL_TSS, "#TS(TR): IST entry beyond the TSS limit");
    idt[VECTOR_UD].ist = 1;
    EXPECT(undefined, 0, 0, VECTOR_TS, SEL_TSS | ERROR_EXT,
           "#TS(TR, EXT): the same for an exception");
    gate_reset(0x60);
    gate_reset(VECTOR_UD);
    tss_load();
}

void guest_main(void)
{
    ring0_alignment();
    from_ring3();
    ist();
    stack_faults();
    short_tss();
    ist_twice();
}
