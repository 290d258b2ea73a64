/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that leans on what its TLB remembers: a page is mapped to one frame and to another in turn, without
 * INVLPG, and what is read there goes to port 0xe9. The first part runs in the ROM at offset 0xf000 of the reset
 * segment and copies the second to 0x8000.
 */
#define HERE(label) (0x8000 + (label) - guest)

        .section .rodata
        .code16
        .global stale_guest_begin, stale_guest_end
stale_guest_begin:
        cli
        mov     $0x0800, %ax
        mov     %ax, %es
        xor     %di, %di
        mov     $(0xf000 + guest - stale_guest_begin), %si
        mov     $(stale_guest_end - guest), %cx
1:      lodsb   %cs:(%si), %al
        stosb
        loop    1b
        ljmp    $0x0800, $0

guest:
        mov     %cs, %ax
        mov     %ax, %ds
        lgdtl   (gdt_pointer - guest)
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmpl   $0x08, $HERE(flat)

        .code32
flat:
        mov     $0x10, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        mov     $0x7000, %esp
        mov     $0x10000, %edi          /* directory, and a table for the second 4 MiB */
        xor     %eax, %eax
        mov     $2048, %ecx
        rep stosl
        movl    $0x83, 0x10000          /* 4 MiB as they are */
        movl    $0x11003, 0x10004
        movl    $0x20003, 0x11000
        movl    $'a', 0x20000
        movl    $'b', 0x21000
        mov     $0x10, %eax
        mov     %eax, %cr4
        mov     $0x10000, %eax
        mov     %eax, %cr3
        mov     %cr0, %eax
        or      $0x80000000, %eax
        mov     %eax, %cr0
        jmp     1f
1:      mov     0x400000, %al
        out     %al, $0xe9
        xorl    $0x1000, 0x11000
        mov     $200, %ecx
2:      pause
        loop    2b
        jmp     1b

        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
gdt_pointer:
        .word   23
        .long   HERE(gdt)
stale_guest_end:
        .section .note.GNU-stack, "", @progbits
