/* SPDX-License-Identifier: GPL-2.0-only */
/* Exception entries and attempt() for long mode. See trap.h. */
#include "tests/guest/lib/layout.h"

    .text
    .code64
    /* One stub of 16 bytes per vector. Vectors without an error code push 0 in its place. */
    .balign 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
    pushq $0
    .endif
    pushq $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

    .balign 16
trap_common:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, %rdi
    movq %rsp, %rbp
    andq $-16, %rsp
    cld
    call trap_dispatch
    movq %rbp, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
    iretq

    /*
     * void attempt_run(struct attempt_frame *frame, unsigned how): code, cs, flags, sp, ss, a, b.
     */
    .globl attempt_run
attempt_run:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushfq
    movq %rsp, attempt_sp
    movq %rdi, %r11
    cmpl $1, %esi
    movq 40(%r11), %rdi
    movq 48(%r11), %rsi
    je run_iret
    ja run_compat
    call *(%r11)
    movq %rax, attempt_value
    jmp attempt_finish
run_iret:
    movq %rdi, %rax
    movq %rsi, %rdx
    pushq 32(%r11)
    pushq 24(%r11)
    pushq 16(%r11)
    pushq 8(%r11)
    pushq (%r11)
    iretq
run_compat:
    movq %rdi, %rax
    movq %rsi, %rdx
    movq (%r11), %rcx
    subq $4, %rsp
    movl $compat_return, (%rsp)
    pushq $SEL_CODE32
    pushq %rcx
    lretq
    .code32
    .globl compat_return
compat_return:
    movl %eax, attempt_value
    ljmp $SEL_CODE64, $attempt_finish
    .globl user_return32
user_return32:
    int $VECTOR_USER_RETURN
    .code64
    .globl user_return
user_return:
    int $VECTOR_USER_RETURN

    /* Back to the caller of attempt_run(), through IRET so that NMI is unblocked. */
    .globl attempt_finish
attempt_finish:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movq attempt_sp, %rsp
    popq %rbx
    leaq 0(%rsp), %rcx
    pushq $SEL_DATA
    pushq %rcx
    pushq %rbx
    pushq $SEL_CODE64
    pushq $1f
    iretq
1:
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .section .note.GNU-stack, "", @progbits
