/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest code for guarded pages. See guest.h. */
#include "tests/unit/cpu/snippets.inc"

        .code64
/* Each way to read and to write, each in pages of its own. */
SNIPPET guard_paths
        mov     $GUARD_BASE, %rbp
        mov     (%rbp), %rax
        mov     %rax, 0x1008(%rbp)
        mov     0x2001(%rbp), %al
        mov     %ax, 0x3002(%rbp)
        mov     0x4004(%rbp), %rax
        mov     %rax, 0x5004(%rbp)
        mov     0x6ffc(%rbp), %rax              /* and page 7 */
        mov     %eax, 0x8ffe(%rbp)              /* and page 9 */
        lock addl $1, 0xa000(%rbp)
        xchg    %rax, 0xb010(%rbp)
        xor     %eax, %eax
        xor     %edx, %edx
        lock cmpxchg16b 0xc000(%rbp)
        lock cmpxchg8b 0xd000(%rbp)
        movaps  0xe000(%rbp), %xmm0
        movaps  %xmm0, 0xf010(%rbp)
        movups  0x10ff8(%rbp), %xmm0            /* and page 11 */
        lea     0x12000(%rbp), %rsi
        lea     0x13001(%rbp), %rdi
        mov     $2, %ecx
        cld
        rep movsb
        lea     0x14000(%rbp), %rdi
        mov     $2, %ecx
        rep stosq
        lea     0x15000(%rbp), %rsi
        lea     0x16000(%rbp), %rdi
        mov     $2, %ecx
        repe cmpsl
        mov     %rsp, %r8
        lea     0x17010(%rbp), %rsp
        push    %rax
        pop     %rax
        lea     0x18010(%rbp), %rsp
        call    1f
        jmp     2f
1:      ret
2:      mov     %r8, %rsp
        notl    0x19000(%rbp)
        btsq    $3, 0x1a000(%rbp)
        bt      $3, %ax
        cmpl    $5, 0x1b000(%rbp)
        fldt    0x1c000(%rbp)
        fstpt   0x1d000(%rbp)
        lea     0x1e800(%rbp), %rsp
        int3
        mov     %r8, %rsp
        sgdt    0x1f000(%rbp)
        pushq   0x20000(%rbp)
        popq    0x21000(%rbp)
        hlt
END guard_paths

/* FXSAVE and FXRSTOR, each in a page of its own. */
SNIPPET guard_state
        mov     $GUARD_BASE, %rbp
        fxsave64 (%rbp)
        fxrstor64 0x1000(%rbp)
        mov     %cr4, %rax
        or      $0x40000, %eax
        mov     %rax, %cr4
        mov     $3, %eax
        xor     %edx, %edx
        xsave64 0x2000(%rbp)
        fnsave  0x4000(%rbp)
        frstor  0x5000(%rbp)
        hlt
END guard_state

        .macro  MACHINE_CHECK_ON
        mov     %cr4, %rax
        or      $0x40, %eax
        mov     %rax, %cr4
        .endm

/* Ready for the next one: MCG_STATUS = 0. */
        .macro  MACHINE_CHECK_OVER
        mov     $0x17a, %ecx
        xor     %eax, %eax
        xor     %edx, %edx
        wrmsr
        .endm

/* Loads of poison at 0x100, 0x2008 and 0x3000, each in a block that has done something before. */
SNIPPET guard_poison
        MACHINE_CHECK_ON
        mov     $GUARD_BASE, %rbp
        mov     $0x1234, %ebx
        FAULT64 mov 0x100(%rbp), %rbx
        mov     %ebx, %eax
        REPORT
        MACHINE_CHECK_OVER
        FAULT64 lock addl $1, 0x104(%rbp)
        MACHINE_CHECK_OVER
        mov     $0x102030, %eax
        mov     %eax, 0x104(%rbp)               /* a store does not consume */
        lea     0x2000(%rbp), %rsi
        mov     $GUEST_ARG, %edi
        mov     $4, %ecx
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        rep movsq
9:      mov     %ecx, %eax
        REPORT
        mov     %esi, %eax
        REPORT
        MACHINE_CHECK_OVER
        FAULT64 pushq 0x3000(%rbp)
        mov     %esp, %eax
        REPORT
        hlt
END guard_poison

/* Calls the function at the address in GUEST_ARG, GUEST_ARG + 8 times, and reports what it returns
 * and its ECX; only the latter after an exception. */
SNIPPET guard_calls
        MACHINE_CHECK_ON
1:      mov     GUEST_ARG, %rbx
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        call    *%rbx
        REPORT
9:      mov     %ecx, %eax
        REPORT
        MACHINE_CHECK_OVER
        decq    GUEST_ARG + 8
        jnz     1b
        hlt
END guard_calls

/* For guard_calls: counts to five in a block that leads to itself. */
SNIPPET guard_counter
        mov     $5, %ecx
        xor     %eax, %eax
1:      inc     %eax
        dec     %ecx
        jnz     1b
        ret
END guard_counter

/* Reads through a page that is mapped by tables in the guarded window, and writes to it. */
SNIPPET guard_walk
        MACHINE_CHECK_ON
        mov     $GUARD_WALK, %ebx
        mov     (%rbx), %eax
        REPORT
        movl    $0x600d, 0x1000(%rbx)
        mov     (%rbx), %eax
        hlt
END guard_walk

/* Reads the same place for ever, and tells of it. */
SNIPPET guard_reads
1:      mov     GUARD_BASE + 0x10, %eax
        mov     GUARD_BASE + 0x1010, %eax
        out     %al, $PORT_STOP
        jmp     1b
END guard_reads

/* Has the window guarded in the middle of a block; then reads through a linear page that is mapped to
 * one page after the other, with no guard on the second, and runs a function in the window that was
 * translated before. */
SNIPPET guard_later
        mov     $GUARD_BASE, %rbp
        mov     $(GUARD_BASE + 0x8000), %r12d
        call    *%r12
        mov     (%rbp), %eax
        mov     $1, %al
        out     %al, $PORT_GUARDS
        mov     0x8(%rbp), %eax                 /* the same block: not yet */
        jmp     1f
1:      mov     0x10(%rbp), %eax
        mov     $GUARD_ALIAS, %ebx
        mov     $(GUARD_BASE + 0x5007), %eax
        mov     %rax, GUEST_PT + 8 * (GUARD_ALIAS >> 12)
        invlpg  (%rbx)
        mov     0x20(%rbx), %eax
        mov     $(0x100000 + 7), %eax
        mov     %rax, GUEST_PT + 8 * (GUARD_ALIAS >> 12)
        invlpg  (%rbx)
        mov     0x28(%rbx), %eax
        mov     $(GUARD_BASE + 0x6007), %eax
        mov     %rax, GUEST_PT + 8 * (GUARD_ALIAS >> 12)
        invlpg  (%rbx)
        mov     0x30(%rbx), %eax
        call    *%r12
        xor     %eax, %eax
        out     %al, $PORT_GUARDS
        call    *%r12
        mov     0x38(%rbx), %eax
        hlt
END guard_later

/* Data breakpoints in a guarded page; stores that are not aligned beside them. */
SNIPPET guard_breakpoints
        mov     $GUARD_BASE, %rbp
        lea     0x808(%rbp), %rax
        mov     %rax, %dr0
        mov     $0x00090002, %eax               /* write, 4 bytes ... */
        or      $0x000c0000, %eax
        mov     %rax, %dr7
        mov     %rax, 0x7fc(%rbp)
        mov     %rax, 0x7f9(%rbp)
        mov     %rax, 0x80c(%rbp)
        mov     %rax, 0x80d(%rbp)
        mov     0x808(%rbp), %rax
        mov     %rax, 0x805(%rbp)               /* hits */
        mov     %eax, 0x808(%rbp)               /* hits */
        hlt
END guard_breakpoints

/* At the top of physical memory. */
SNIPPET guard_top
        mov     $GUARD_WALK, %ebx
        mov     0x1238(%rbx), %eax
        mov     %ax, 0x1ff123(%rbx)
        hlt
END guard_top

        .code16
/* In real mode, on every core: reads the same place for ever, and hands over. */
SNIPPET guard_reads_real
        mov     $(GUEST_ALIASED >> 4), %ax
        mov     %ax, %ds
1:      mov     0x10, %ax
        out     %al, $PORT_STOP
        jmp     1b
END guard_reads_real

        .section .note.GNU-stack, "", @progbits
