/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: #GP(0). Non-canonical addresses, privileged instructions in ring 3, misaligned SSE
 * operands. SDM 3A 6.15; SDM 2 for each instruction.
 */
#include "tests/guest/lib/trap.h"

#define NONCANONICAL      0x0000800000000000ull
#define NONCANONICAL_HIGH 0xffff7fffffffffffull

STUB(load, "nop", "movq (%rdi), %rax");
STUB(store, "nop", "movq %rax, (%rdi)");
STUB(load_byte, "nop", "movb (%rdi), %al");
STUB(jump, "nop", "jmp *%rdi");
STUB(call, "nop", "call *%rdi");
STUB(far_null, "subq $16, %rsp\n movl $0x1000, (%rsp)\n movw $0, 4(%rsp)", "lcall *(%rsp)");
STUB(movaps_load, "nop", "movaps (%rdi), %xmm0");
STUB(movdqa_store, "nop", "movdqa %xmm0, (%rdi)");
STUB(movups_load, "nop", "movups (%rdi), %xmm0");
STUB(fxsave, "nop", "fxsave (%rdi)");
STUB(to_cr3, "nop", "movq %rdi, %cr3");
STUB(invlpg_noncanonical, "nop", "invlpg (%rdi)");
STUB(hlt, "nop", "hlt");
STUB(cli, "nop", "cli");
STUB(sti, "nop", "sti");
STUB(in_port, "movl $0x80, %edx", "inb %dx, %al");
STUB(out_port, "movl $0x80, %edx", "outb %al, %dx");
STUB(clts, "nop", "clts");
STUB(from_cr0, "nop", "movq %cr0, %rax");
STUB(from_dr7, "nop", "movq %db7, %rax");
STUB(lgdt, "nop", "lgdt (%rdi)");
STUB(lidt, "nop", "lidt (%rdi)");
STUB(ltr, "movl $0x50, %eax", "ltr %ax");
STUB(lldt, "xorl %eax, %eax", "lldt %ax");
STUB(lmsw, "movl $0x3b, %eax", "lmsw %ax");
STUB(invd, "nop", "invd");
STUB(wbinvd, "nop", "wbinvd");
STUB(invlpg_user, "nop", "invlpg (%rdi)");
STUB(rdmsr_user, "movl $0x10, %ecx", "rdmsr");
STUB(wrmsr_user, "movl $0x10, %ecx", "wrmsr");
STUB(swapgs_user, "nop", "swapgs");
STUB(rdpmc_user, "xorl %ecx, %ecx", "rdpmc");
STUB(rdtsc_user, "nop", "rdtsc");
STUB(sysexit_user, "nop", "sysexit");
STUB(sysret_user, "nop", "sysretq");
STUB(popf_if, "pushq $0x202", "popfq\n pushfq\n popq %rax");
STUB(smsw_user, "nop", "smsw %eax");
STUB(sgdt_user, "nop", "sgdt -16(%rsp)");
STUB(write_null, "movl $3, %eax", "movl %eax, %ss");

static void canonical(void)
{
    EXPECT(load, NONCANONICAL, 0, VECTOR_GP, 0,
           "#GP(0): load from the first non-canonical address");
    EXPECT(load, NONCANONICAL_HIGH - 7, 0, VECTOR_GP, 0, "#GP(0): load from the last one");
    EXPECT(store, NONCANONICAL, 0, VECTOR_GP, 0, "#GP(0): store to a non-canonical address");
    EXPECT(load_byte, 0x8000000000000000ull, 0, VECTOR_GP, 0, "#GP(0): load from bit 63 alone");
    struct fault f = attempt(jump, NONCANONICAL, 0);
    report(f.vector == VECTOR_GP && f.error == 0, "#GP(0): jump to a non-canonical address");
    report(f.frame.ip == (word)jump_at, "the faulting address is the jump's own");
    f = attempt(call, NONCANONICAL, 0);
    report(f.vector == VECTOR_GP && f.frame.ip == (word)call_at,
           "#GP(0): call to a non-canonical address faults at the call");
    f = attempt(load, 0xffff800000000000ull, 0);
    report(f.vector == VECTOR_PF && f.cr2 == 0xffff800000000000ull,
           "the first canonical address of the high half gives #PF instead");
    EXPECT(far_null, 0, 0, VECTOR_GP, 0, "#GP(0): far call to a null selector");
    EXPECT_OK(invlpg_noncanonical, NONCANONICAL, 0,
              "INVLPG of a non-canonical address does nothing");
}

static void alignment(void)
{
    static uint8_t memory[1024] __attribute__((aligned(64)));
    EXPECT(movaps_load, memory + 8, 0, VECTOR_GP, 0, "#GP(0): misaligned MOVAPS");
    EXPECT(movdqa_store, memory + 1, 0, VECTOR_GP, 0, "#GP(0): misaligned MOVDQA store");
    EXPECT(fxsave, memory + 8, 0, VECTOR_GP, 0, "#GP(0): misaligned FXSAVE");
    EXPECT_OK(movups_load, memory + 1, 0, "MOVUPS may be misaligned");
    EXPECT_OK(movaps_load, memory + 16, 0, "aligned MOVAPS");
}

static void privileged(void)
{
    static const struct {
        const char *code, *at, *name;
    } list[] = {
#define PRIVILEGED(stub, text) {stub, stub##_at, "#GP(0) in ring 3: " text}
        PRIVILEGED(hlt, "HLT"),
        PRIVILEGED(cli, "CLI"),
        PRIVILEGED(sti, "STI"),
        PRIVILEGED(in_port, "IN"),
        PRIVILEGED(out_port, "OUT"),
        PRIVILEGED(clts, "CLTS"),
        PRIVILEGED(from_cr0, "MOV from CR0"),
        PRIVILEGED(to_cr3, "MOV to CR3"),
        PRIVILEGED(from_dr7, "MOV from DR7"),
        PRIVILEGED(lgdt, "LGDT"),
        PRIVILEGED(lidt, "LIDT"),
        PRIVILEGED(ltr, "LTR"),
        PRIVILEGED(lldt, "LLDT"),
        PRIVILEGED(lmsw, "LMSW"),
        PRIVILEGED(invd, "INVD"),
        PRIVILEGED(wbinvd, "WBINVD"),
        PRIVILEGED(invlpg_user, "INVLPG"),
        PRIVILEGED(rdmsr_user, "RDMSR"),
        PRIVILEGED(wrmsr_user, "WRMSR"),
        PRIVILEGED(swapgs_user, "SWAPGS"),
        PRIVILEGED(rdpmc_user, "RDPMC with CR4.PCE clear"),
        PRIVILEGED(sysexit_user, "SYSEXIT"),
        PRIVILEGED(write_null, "null SS"),
    };
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
    for (unsigned i = 0; i < COUNT(list); i++) {
        struct fault f = attempt_user(list[i].code, (word)user_stack, 0);
        expect_fault(&f, VECTOR_GP, 0, list[i].at, list[i].name);
    }
    EXPECT_USER(sysret_user, 0, 0, VECTOR_GP, 0, "#GP(0) in ring 3: SYSRET");
}

static void allowed(void)
{
    struct fault f = attempt_user(rdtsc_user, 0, 0);
    expect_return(&f, "RDTSC in ring 3");
    write_cr4(read_cr4() | CR4_TSD);
    EXPECT_USER(rdtsc_user, 0, 0, VECTOR_GP, 0, "#GP(0): RDTSC in ring 3 with CR4.TSD");
    EXPECT_OK(rdtsc_user, 0, 0, "RDTSC in ring 0 with CR4.TSD");
    write_cr4(read_cr4() & ~CR4_TSD);
    f = attempt_user(popf_if, 0, 0);
    expect_return(&f, "POPF in ring 3 does not fault");
    report(!(f.value & FLAG_IF), "POPF in ring 3 with IOPL 0 leaves IF alone");
    f = attempt_user(smsw_user, 0, 0);
    report_eq(f.value & 0xffff, read_cr0() & 0xffff, "SMSW in ring 3");
    f = attempt_user(sgdt_user, 0, 0);
    expect_return(&f, "SGDT in ring 3 with CR4.UMIP clear");
    user_flags = FLAG_IOPL3;
    f = attempt_user(in_port, 0, 0);
    expect_return(&f, "IN in ring 3 with IOPL 3");
    f = attempt_user(cli, 0, 0);
    expect_return(&f, "CLI in ring 3 with IOPL 3");
    user_flags = 0;
}

void guest_main(void)
{
    canonical();
    alignment();
    privileged();
    allowed();
}
