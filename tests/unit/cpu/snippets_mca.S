/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest code of test_mca.c. See guest.h. */
#include "tests/unit/cpu/snippets.inc"
#include "tests/unit/cpu/mca_guest.h"

        .macro  ENABLE
        mov     %cr4, %rax
        or      $0x40, %eax              /* MCE */
        mov     %rax, %cr4
        .endm

        .code64
/* Halts with interrupts off, and again after each #MC. */
SNIPPET mca_halt
        ENABLE
1:      hlt
        incl    GUEST_ARG
        jmp     1b
END mca_halt

/* The same without CR4.MCE. */
SNIPPET mca_closed
1:      hlt
        incl    GUEST_ARG
        jmp     1b
END mca_closed

/* Chained blocks only, interrupts off. */
SNIPPET mca_spin
        ENABLE
1:      incl    GUEST_ARG
        jmp     1b
END mca_spin

/* An error while interrupts wait for one instruction. */
SNIPPET mca_shadow
        ENABLE
        mov     %ss, %ecx
        mov     $0x41, %al
        out     %al, $PORT_INTR
        mov     %ecx, %ss
        out     %al, $PORT_MCA
        movl    $1, GUEST_ARG
        movl    $2, GUEST_ARG
        sti
        nop
        cli
        hlt
END mca_shadow

/* Uses poison (CPU_ACCESS_READ, FETCH, WALK in AL); twice, the second time without clearing MCIP when GUEST_ARG is not 0. */
SNIPPET mca_consume
        ENABLE
        mov     GUEST_ARG, %eax
        mov     $0x11223344, %ebx
        FAULT64 out %al, $PORT_POISON
        mov     %ebx, %eax
        REPORT
        hlt
END mca_consume

/* The same in ring 3. */
SNIPPET mca_consume_user
        ENABLE
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        TO_USER64 1f, 0x3002             /* IOPL 3 */
1:      xor     %eax, %eax
        out     %al, $PORT_POISON
9:      hlt
END mca_consume_user

/* An event that meets poison on its way: an interrupt, an exception, INT n, as GUEST_ARG says. */
SNIPPET mca_events
        ENABLE
        cmpl    $1, GUEST_ARG
        je      1f
        cmpl    $2, GUEST_ARG
        je      2f
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        mov     $0x41, %al
        out     %al, $PORT_INTR
        sti
        nop
        nop
9:      cli
        hlt
1:      FAULT64 ud2
        hlt
2:      FAULT64 int $0x41
        hlt
END mca_events

/* INT n from ring 3. */
SNIPPET mca_from_user
        ENABLE
        TO_USER64 1f
1:      int     $0x41
END mca_from_user

/* What random programs begin with. */
SNIPPET mca_enable
        ENABLE
END mca_enable

/* RDMSR and WRMSR as instructions: #GP for what a bank refuses. */
SNIPPET mca_msr
        mov     $1, %eax
        xor     %edx, %edx
        mov     $0x439, %ecx             /* MC14_STATUS */
        FAULT64 wrmsr
        mov     $0x450, %ecx             /* no bank 20 */
        FAULT64 rdmsr
        mov     $0x17b, %ecx             /* no MCG_CTL */
        FAULT64 rdmsr
        mov     $0x4d0, %ecx             /* no MCG_EXT_CTL */
        FAULT64 rdmsr
        mov     $0x2e0, %ecx
        wrmsr
        rdmsr
        REPORT
        xor     %eax, %eax
        wrmsr
        hlt
END mca_msr

/* Core 0 starts core 1 with CR4.MCE set in both; both halt. */
SNIPPET mca_two
        ENABLE
        mov     $1, %al
        out     %al, $PORT_INIT
        mov     $0x60, %al
        out     %al, $PORT_SIPI
1:      pause
        cmpl    $1, GUEST_ARG + 16
        jne     1b
        mov     $1, %eax
        REPORT
2:      hlt
        incl    GUEST_ARG
        cmpl    $0, GUEST_ARG + 32
        je      2b
        xor     %eax, %eax
        FAULT64 out %al, $PORT_POISON
        jmp     2b
        .global mca_two_second
mca_two_second:
        mov     $GUEST_STACK - 0x2000, %esp
        ENABLE
        movl    $1, GUEST_ARG + 16
3:      hlt
        incl    GUEST_ARG + 8
        jmp     3b
END mca_two

/* What core 1 begins with, in real mode: it is to enter long mode at mca_two_second, with a TSS that is not busy. */
        .code16
SNIPPET mca_start
        movl    $(mca_two_second - mca_two_begin + GUEST_CODE), GUEST_ENTRY
        movb    $0x89, GUEST_GDT + SEL_TSS + 5
        ljmp    $(GUEST_RUNTIME >> 4), $0
END mca_start

        .section .note.GNU-stack, "", @progbits
