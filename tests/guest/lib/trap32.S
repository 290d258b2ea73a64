/* SPDX-License-Identifier: GPL-2.0-only */
/* Exception entries and attempt() for 32-bit protected mode. See trap.h. */
#include "tests/guest/lib/layout.h"

    .text
    .code32
    .balign 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
    pushl $0
    .endif
    pushl $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

    .balign 16
trap_common:
    pushal
    pushl %ds
    pushl %es
    pushl %fs
    pushl %gs
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %esp, %eax
    cld
    call trap_dispatch
    popl %gs
    popl %fs
    popl %es
    popl %ds
    popal
    addl $8, %esp
    iretl

    /*
     * void attempt_run(struct attempt_frame *frame (EAX), unsigned how (EDX)): code, cs, flags, sp,
     * ss, a, b.
     */
    .globl attempt_run
attempt_run:
    pushl %ebx
    pushl %ebp
    pushl %esi
    pushl %edi
    pushfl
    movl %esp, attempt_sp
    movl %eax, %ecx
    cmpl $1, %edx
    movl 20(%ecx), %eax
    movl 24(%ecx), %edx
    je run_iret
    call *(%ecx)
    movl %eax, attempt_value
    jmp attempt_finish
run_iret:
    movl $(SEL_USER_DATA | 3), %ebx
    testb $3, 4(%ecx)
    jz 1f
    movl %ebx, %ds
    movl %ebx, %es
    pushl %ss:16(%ecx)
    pushl %ss:12(%ecx)
1:
    pushl %ss:8(%ecx)
    pushl %ss:4(%ecx)
    pushl %ss:(%ecx)
    iretl
    .globl user_return
user_return:
    int $VECTOR_USER_RETURN

    .globl attempt_finish
attempt_finish:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movl attempt_sp, %esp
    popl %ebx
    /* NT must not be set at the IRET. */
    pushl $2
    popfl
    pushl %ebx
    pushl $SEL_CODE32
    pushl $1f
    iretl
1:
    popl %edi
    popl %esi
    popl %ebp
    popl %ebx
    ret

    .section .note.GNU-stack, "", @progbits
