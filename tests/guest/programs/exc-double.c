/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: a second exception while the first is delivered. Double fault for contributory after
 * contributory, page fault after page fault and contributory after page fault; one after the other
 * for the rest. SDM 3A 6.15, table 6-5. The error code of #DF is 0; it is taken on an IST stack
 * here, as operating systems do.
 */
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

STUB(undefined, "nop", "ud2");
STUB(divide, "xorl %edx, %edx\n xorl %ecx, %ecx", "divl %ecx");
STUB(load, "nop", "movq (%rdi), %rax");
STUB(load_ds, "nop", "movl %edi, %ds");
STUB(load_ss, "nop", "movl %edi, %ss");
STUB(no_stack, "movq %rdi, %rsp", "ud2");

static void absent(unsigned vector)
{
    idt[vector].type &= 0x7f;
}

static void expect_double(const struct fault *f, const char *name)
{
    report(f->vector == VECTOR_DF, "%s", name);
    if (f->vector != VECTOR_DF) print("  got vector %lu error %lx\n", f->vector, f->error);
    report_eq(f->error, 0, "error code 0: %s", name);
    report_eq(f->frame_top, (word)ist_stack[0] + STACK_BYTES, "on its IST stack: %s", name);
}

static void contributory(void)
{
    struct fault f;
    absent(VECTOR_GP);
    f = attempt(load_ds, 0xff8, 0);
    expect_double(&f, "#GP, its gate gives #NP");
    f = attempt_user(load_ds, 0xff8, 0);
    expect_double(&f, "#GP in ring 3, its gate gives #NP");
    gate_reset(VECTOR_GP);
    absent(VECTOR_DE);
    f = attempt(divide, 0, 0);
    expect_double(&f, "#DE, its gate gives #NP");
    gate_reset(VECTOR_DE);
    absent(VECTOR_SS);
    gdt_set(SEL_FREE, descriptor(0, 0xfffff, ACCESS_DATA, FLAG_G | FLAG_D));
    f = attempt(load_ss, SEL_FREE, 0);
    expect_double(&f, "#SS, its gate gives #NP");
    gate_reset(VECTOR_SS);
    gate_set(VECTOR_DE, divide, SEL_DATA, GATE_PRESENT | GATE_INTERRUPT, 0);
    f = attempt(divide, 0, 0);
    expect_double(&f, "#DE, its gate gives #GP");
    gate_reset(VECTOR_DE);
}

static void page_faults(void)
{
    struct fault f;
    absent(VECTOR_PF);
    f = attempt(load, TEST_VA, 0);
    expect_double(&f, "#PF, its gate gives #NP");
    gate_reset(VECTOR_PF);
    idt[VECTOR_PF].ist = 7;
    tss.ist[6] = TEST_VA + 0x1000;
    f = attempt(load, TEST_VA, 0);
    expect_double(&f, "#PF, its stack gives #PF");
    report_eq(f.cr2 & ~0xffful, TEST_VA, "CR2 is the address of the second fault");
    tss.ist[6] = 0x0000800000000100ul;
    f = attempt(load, TEST_VA, 0);
    expect_double(&f, "#PF, its stack is not canonical");
    gate_reset(VECTOR_PF);
    /* The stack of ring 0 is gone altogether. */
    f = attempt(no_stack, TEST_VA + 0x1000, 0);
    expect_double(&f, "#UD without a stack: #PF, then #PF again");
}

static void serial(void)
{
    struct fault f;
    absent(VECTOR_UD);
    f = attempt(undefined, 0, 0);
    report(f.vector == VECTOR_NP, "benign, then contributory: #NP");
    gate_reset(VECTOR_UD);
    idt[VECTOR_UD].ist = 7;
    tss.ist[6] = TEST_VA + 0x1000;
    f = attempt(undefined, 0, 0);
    expect_fault(&f, VECTOR_PF, PF_W, undefined_at, "benign, then #PF: #PF");
    gate_reset(VECTOR_UD);
    idt[VECTOR_DE].ist = 7;
    f = attempt(divide, 0, 0);
    expect_fault(&f, VECTOR_PF, PF_W, divide_at, "contributory, then #PF: #PF");
    gate_reset(VECTOR_DE);
    /* Afterwards a plain page fault must still be a plain page fault. */
    f = attempt(load, TEST_VA, 0);
    expect_fault(&f, VECTOR_PF, 0, load_at, "a page fault after all this is just a page fault");
    f = attempt(load, TEST_VA, 0);
    expect_fault(&f, VECTOR_PF, 0, load_at, "and so is the next one");
}

/* A fault in a handler that has begun is a new exception, never part of a double fault. */
static unsigned depth;

static void nested_handler(struct frame *frame)
{
    struct fault f = attempt(load, TEST_VA + 0x2000, 0);
    expect_fault(&f, VECTOR_PF, 0, load_at, "#PF inside the handler of a #GP");
    if (depth++ < 3) {
        f = attempt(load_ds, 0xff8, 0);
        expect_return(&f, "#GP inside the handler of a #GP");
    }
    frame->ip = (word)load_ds_next;
}

static void in_handlers(void)
{
    trap_handle(VECTOR_GP, nested_handler);
    struct fault f = attempt(load_ds, 0xff8, 0);
    expect_return(&f, "nested handlers return");
    report_eq(depth, 4, "depth of nesting");
    trap_handle(VECTOR_GP, NULL);
}

void guest_main(void)
{
    idt[VECTOR_DF].ist = 1;
    contributory();
    page_faults();
    serial();
    in_handlers();
}
