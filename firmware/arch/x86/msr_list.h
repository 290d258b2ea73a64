/* SPDX-License-Identifier: GPL-2.0-only */
/* For assembly only: a list of MSRs is written, in 16-bit as in 32-bit code. */
#pragma once

/* clang-format off */
#ifdef __ASSEMBLER__
/* ESI (SI in 16-bit code): rows of number, low half, high half; number 0 ends the list. Uses EAX, EBX, ECX, EDX. */
    .macro WRITE_MSRS
7:  lodsl
    movl %eax, %ecx
    jecxz 8f
    lodsl
    movl %eax, %ebx
    lodsl
    movl %eax, %edx
    movl %ebx, %eax
    wrmsr
    jmp 7b
8:
    .endm
#endif
