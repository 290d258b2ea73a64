/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest code of memory_bench.c, in the surroundings of tests/unit/cpu. */
#include "tests/unit/cpu/snippets.inc"

        .code64
/* Over and over, telling each time: GUEST_ARG rounds over GUEST_ARG + 8 pages of video memory, eight loads and eight stores in each;
 * GUEST_ARG + 16: the TLB is emptied before each round. */
SNIPPET touch_pages
0:
        mov     GUEST_ARG, %r8
1:      cmpb    $0, GUEST_ARG + 16
        je      2f
        mov     %cr3, %rax
        mov     %rax, %cr3
2:      mov     $VIDEO_BASE, %ebx
        mov     GUEST_ARG + 8, %rcx
3:
        .irp    offset, 0x100, 0x208, 0x310, 0x418, 0x520, 0x628, 0x730, 0x838
        mov     \offset(%rbx), %rax
        inc     %rax
        mov     %rax, \offset + 0x700(%rbx)
        .endr
        add     $0x1000, %rbx
        dec     %rcx
        jnz     3b
        dec     %r8
        jnz     1b
        out     %al, $PORT_STOP
        jmp     0b
END touch_pages

        .section .note.GNU-stack, "", @progbits
