/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that leaves something in each place that a suite may look at, makes errors of each level, and rests. It runs in the
 * ROM, in real mode.
 */
        .section .rodata
        .code16
        .global watch_guest_begin, watch_guest_end
watch_guest_begin:
        cli
        xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %ss
        mov     $0x7000, %sp
        movl    $0x89abcdef, 0x500
        movl    $0x01234567, 0x504
        mov     $0xc0000082, %ecx       /* IA32_LSTAR */
        mov     $0x5678, %eax
        mov     $0x1234, %edx
        wrmsr

        mov     $0x3ff, %dx             /* ten values of the serial port's scratch register */
        mov     $10, %cx
1:      mov     %cl, %al
        out     %al, %dx
        loop    1b

        mov     $3000, %cx              /* some time passes */
2:      in      $0x61, %al
        loop    2b

        mov     $0x3f8, %dx
        mov     $20, %cx
3:      mov     $'x', %al
        out     %al, %dx
        in      $0x61, %al
        in      $0x61, %al
        loop    3b
        mov     $0xfee00000, %ebx       /* three times a register that a local APIC has not */
        mov     $3, %cx
6:      movl    $0, 0x40(%ebx)
        loop    6b

        mov     $3000, %cx
4:      in      $0x61, %al
        loop    4b

        mov     $2, %cx                 /* daylight saving, which no chip does, twice */
5:      mov     $0x0b, %al
        out     %al, $0x70
        mov     $0x03, %al
        out     %al, $0x71
        mov     $0x02, %al
        out     %al, $0x71
        loop    5b

        mov     $0xb2c4, %ax
        mov     $0x1111, %bx
7:      hlt
        jmp     7b
watch_guest_end:

        .section .note.GNU-stack, "", @progbits
