/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that is never at rest for long: on each core a timer interrupts a thousand times a second, memory is
 * written here and there, words shared by all cores are counted up; what is typed comes back on port 0xe9. The
 * first part runs in the ROM at offset 0xf000 of the reset segment and copies the second to 0x8000, where the
 * other cores start, too.
 */
#include "tests/unit/replay/history_guest.h"

#define CODE_SEGMENT 0x0800

        .macro  VECTOR number, handler
        movw    $(\handler - guest), \number * 4
        movw    $CODE_SEGMENT, \number * 4 + 2
        .endm

        .section .rodata
        .code16
        .global history_guest_begin, history_guest_end
history_guest_begin:
        cli
        mov     $CODE_SEGMENT, %ax
        mov     %ax, %es
        xor     %di, %di
        mov     $(0xf000 + guest - history_guest_begin), %si
        mov     $(history_guest_end - guest), %cx
1:      lodsb   %cs:(%si), %al
        stosb
        loop    1b
        ljmp    $CODE_SEGMENT, $0

        .global history_guest_code, history_guest_typed
history_guest_code:
guest:
        cli
        xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %ss
        mov     $0xfee00000, %ebx
        mov     0x20(%ebx), %eax
        shr     $24, %eax
        mov     %ax, %bp                /* number of the core */
        mov     %ax, %cx
        shl     $8, %ax
        add     $0x6000, %ax
        mov     %ax, %sp
        shl     $12, %cx
        add     $0x2000, %cx            /* 64 KiB for each core */
        mov     %cx, %es
        VECTOR  0x02, nothing
        VECTOR  0x40, timer
        VECTOR  0x41, typed
        VECTOR  0xff, nothing
        movl    $0x1ff, 0xf0(%ebx)
        movl    $0x0b, 0x3e0(%ebx)
        movl    $0x20040, 0x320(%ebx)
        movl    $TIMER_COUNT, 0x380(%ebx)
        test    %bp, %bp
        jnz     work
        mov     $0xfec00000, %ebx
        movl    $0x18, (%ebx)
        movl    $0x41, 0x10(%ebx)
        movl    $0x19, (%ebx)
        movl    $0, 0x10(%ebx)
        mov     $0x3fa, %dx
        mov     $1, %al
        out     %al, %dx
        mov     $0x3fb, %dx
        mov     $3, %al                 /* words of eight bits */
        out     %al, %dx
        mov     $0x3fc, %dx
        mov     $0x0b, %al
        out     %al, %dx
        mov     $0x3f9, %dx
        mov     $1, %al
        out     %al, %dx
        mov     $0xfee00000, %ebx
        movl    $0xc4500, 0x300(%ebx)   /* INIT and start-up requests to all others */
        mov     $10000, %cx
1:      loop    1b
        movl    $0xc4608, 0x300(%ebx)

work:
        sti
        mov     %bp, %ax
        movzx   %ax, %eax
        inc     %eax
1:      mov     $ROUND_STEPS, %cx
2:      imul    $1664525, %eax
        add     $1013904223, %eax
        mov     %eax, %edi
        shr     $16, %edi
        mov     %eax, %es:(%di)
        lock incl SHARED
        .global history_guest_marker
history_guest_marker:
        incl    MARKED
        loop    2b
        mov     %eax, %edx
        mov     $300, %cx
        mov     %edx, %edi
        shr     $20, %edi
        rep stosb
        in      $0x40, %al              /* a device is read within a block */
        xor     %eax, %edx
        mov     %edx, %eax
        hlt
        jmp     1b

timer:
        push    %eax
        push    %ebx
        push    %di
        mov     %bp, %di
        shl     $2, %di
        incl    TICKS(%di)
        mov     $0xfee00000, %ebx
        movl    $0, 0xb0(%ebx)
        pop     %di
        pop     %ebx
        pop     %eax
        iret

history_guest_typed:
typed:
        push    %eax
        push    %ebx
        push    %dx
1:      mov     $0x3fd, %dx
        in      %dx, %al
        test    $1, %al
        jz      2f
        mov     $0x3f8, %dx
        in      %dx, %al
        out     %al, $0xe9
        mov     %al, TYPED
        movzx   %al, %eax               /* an event that tells what it was */
        mov     $0xfee00000, %ebx
        mov     %eax, 0x380(%ebx)
        movl    $TIMER_COUNT, 0x380(%ebx)
        jmp     1b
2:      mov     $0xfee00000, %ebx
        movl    $0, 0xb0(%ebx)
        pop     %dx
        pop     %ebx
        pop     %eax
        iret

nothing:
        iret
history_guest_end:

        .section .note.GNU-stack, "", @progbits
