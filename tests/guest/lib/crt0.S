/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry points. Built four times per width: CRT_MULTIBOOT1 (32-bit entry, EAX magic, EBX
 * information), CRT_MULTIBOOT1_VIDEO (the same, and the header asks for a video mode), CRT_PVH (32-bit entry by note, EBX = start information), CRT_ELF64 (entered in long
 * mode). All save the state they were entered with, then go to the mode the program is written for:
 * long mode, or with GUEST_32 flat 32-bit protected mode without paging.
 *
 * Paging in long mode: identity map of the first 4 GiB with 2 MiB pages, writable and open to ring
 * 3; NX on, WP on.
 */
#include "tests/guest/lib/layout.h"

#ifdef CRT_MULTIBOOT1_VIDEO
#define CRT_MULTIBOOT1
#define MULTIBOOT_FLAGS 7
#else
#define MULTIBOOT_FLAGS 3
#endif
#ifdef CRT_MULTIBOOT1
    .section .multiboot, "a"
    .balign 4
    .long 0x1badb002
    .long MULTIBOOT_FLAGS
    .long -(0x1badb002 + MULTIBOOT_FLAGS)
    .long 0, 0, 0, 0, 0    /* addresses: not given */
    .long 0, 1024, 768, 32 /* a linear mode, and one that we like: the firmware has its own */
#endif
#ifdef CRT_PVH
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18 /* name bytes, descriptor bytes, XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long _start
#endif

    .section .data.boot, "aw"
    .balign 16
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff /* SEL_CODE64 */
    .quad 0x00cf92000000ffff /* SEL_DATA */
    .quad 0, 0, 0, 0
    .quad 0x00cf9a000000ffff /* SEL_CODE32 */
boot_gdt_end:
boot_gdt_register:
    .word boot_gdt_end - boot_gdt - 1
    .long boot_gdt, 0
    .globl boot_kind
boot_kind:
#if defined(CRT_MULTIBOOT1)
    .long 0
#elif defined(CRT_PVH)
    .long 1
#else
    .long 2
#endif

    .section .bss
    .balign 16
    .globl entry_state
entry_state:
    .space 19 * 8
    .balign 4096
boot_stack:
    .space 0x10000
boot_stack_top:
    .globl boot_pml4, boot_pdpt, boot_pd
boot_pml4:
    .space 4096
boot_pdpt:
    .space 4096
boot_pd:
    .space 4 * 4096

    .section .text.start, "ax"
    .globl _start
#ifdef CRT_ELF64
    .code64
_start:
    cli
    movq %rax, entry_state + 0
    movq %rbx, entry_state + 8
    movq %rcx, entry_state + 16
    movq %rdx, entry_state + 24
    movq %rsi, entry_state + 32
    movq %rdi, entry_state + 40
    movq %rsp, entry_state + 48
    pushfq
    popq entry_state + 56
    movq %cr0, %rax
    movq %rax, entry_state + 64
    movq %cr3, %rax
    movq %rax, entry_state + 72
    movq %cr4, %rax
    movq %rax, entry_state + 80
    movl $0xc0000080, %ecx
    rdmsr
    movl %eax, entry_state + 88
    movw %cs, entry_state + 96
    movw %ds, entry_state + 104
    movw %ss, entry_state + 112
    movw %es, entry_state + 120
    movw %fs, entry_state + 128
    movw %gs, entry_state + 136
    movq $boot_stack_top, %rsp
    lgdt boot_gdt_register
    pushq $SEL_CODE32
    pushq $entered32
    lretq
    .code32
entered32:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    /* Out of long mode, so that all kinds build the same page tables from here on. */
    movl %cr0, %eax
    andl $0x7fffffff, %eax
    movl %eax, %cr0
    jmp enter_mode
#else
    .code32
_start:
    cli
    movl %eax, entry_state + 0
    movl %ebx, entry_state + 8
    movl %ecx, entry_state + 16
    movl %edx, entry_state + 24
    movl %esi, entry_state + 32
    movl %edi, entry_state + 40
    movl %esp, entry_state + 48
    movl $boot_stack_top, %esp
    movl %cr0, %eax
    movl %eax, entry_state + 64
    movl %cr3, %eax
    movl %eax, entry_state + 72
    movl %cr4, %eax
    movl %eax, entry_state + 80
    movl $0xc0000080, %ecx
    rdmsr
    movl %eax, entry_state + 88
    movl %cs, %eax
    movl %eax, entry_state + 96
    movl %ds, %eax
    movl %eax, entry_state + 104
    movl %ss, %eax
    movl %eax, entry_state + 112
    movl %es, %eax
    movl %eax, entry_state + 120
    movl %fs, %eax
    movl %eax, entry_state + 128
    movl %gs, %eax
    movl %eax, entry_state + 136
    /* CLI came first, so the saved flags have IF clear; the boot protocols demand that anyway. */
    pushfl
    popl entry_state + 56
    lgdt boot_gdt_register
    ljmp $SEL_CODE32, $1f
1:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movl $boot_stack_top, %esp
#endif

    .code32
enter_mode:
    cld
    pushl $2
    popfl
#ifdef GUEST_32
    movl $0x00010033, %eax /* WP NE ET MP PE */
    movl %eax, %cr0
    movl $0x600, %eax
    movl %eax, %cr4
    call guest_start
#else
    .globl enter_long_mode
enter_long_mode:
    /* Page tables. */
    movl $boot_pdpt + 7, boot_pml4
    xorl %ecx, %ecx
    movl $boot_pd + 7, %eax
1:  movl %eax, boot_pdpt(, %ecx, 8)
    addl $4096, %eax
    incl %ecx
    cmpl $4, %ecx
    jb 1b
    xorl %ecx, %ecx
    movl $0x87, %eax
1:  movl %eax, boot_pd(, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $2048, %ecx
    jb 1b
    movl $0x620, %eax /* OSXMMEXCPT OSFXSR PAE */
    movl %eax, %cr4
    movl $boot_pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    movl $0x900, %eax /* NXE LME */
    xorl %edx, %edx
    wrmsr
    movl $0x80010033, %eax /* PG WP NE ET MP PE */
    movl %eax, %cr0
    ljmp $SEL_CODE64, $1f
    .code64
1:  movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movq $boot_stack_top, %rsp
    call guest_start
#endif
    hlt

    .section .note.GNU-stack, "", @progbits
