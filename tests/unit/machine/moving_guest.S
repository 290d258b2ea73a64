/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest programs for memory that moves. 16-bit code at offset 0xf000 of the reset segment; segment
 * bases are 0 in DS, and 32-bit addresses reach everything (the engine does not check limits).
 */
#include "tests/unit/machine/moving_guest.h"

        .macro  FAIL_IF condition, status
        j\condition  9f
        jmp     8f
9:      mov     $\status, %al
        out     %al, $PORT_EXIT
8:
        .endm

        .section .rodata
        .code16
/* Moves the memory back and forth; what is written before and after the cores know of it is one. */
        .global moving_begin, moving_end
moving_begin:
        mov     $ROUNDS, %ecx
        mov     $PLACE_A, %esi
        mov     $PLACE_B, %edi
1:      mov     $MOVER, %ebx
        mov %esi, (%ebx)
        mov %ecx, 0x1000(%esi)   /* same block: by way of the bus */
        mov 0x1000(%esi), %eax
        cmp     %ecx, %eax
        FAIL_IF ne, EXIT_STALE
        mov 0x1000(%esi), %eax   /* as memory */
        cmp     %ecx, %eax
        FAIL_IF ne, EXIT_STALE + 1
        mov %eax, 0x1004(%esi)
        incl 0x2000(%esi)
        mov 0x1000(%edi), %eax   /* nothing is there */
        inc     %eax
        FAIL_IF nz, EXIT_STALE + 2
        /* DMA to it, and back by the core. */
        mov     $COPIER, %ebx
        lea     0x4000(%esi), %eax
        mov %eax, (%ebx)
        jmp     2f
2:      cmpl $0xd00dfeed, 0x4000(%esi)
        FAIL_IF ne, EXIT_STALE + 3
        movl $0, 0x4000(%esi)
        xchg    %esi, %edi
        dec     %ecx
        jnz     1b
        mov     $EXIT_GOOD, %al
        out     %al, $PORT_EXIT
        hlt
moving_end:

/* Paints 64 pages of the memory over and over. */
        .global painting_begin, painting_end
painting_begin:
        mov     $MOVER, %ebx
        mov     $PLACE_A, %esi
        mov %esi, (%ebx)
1:      mov     $64, %cx
        mov     %esi, %edi
2:      mov %eax, (%edi)
        inc     %eax
        add     $4096, %edi
        dec     %cx
        jnz     2b
        jmp     1b
painting_end:

        .section .note.GNU-stack, "", @progbits
