/* SPDX-License-Identifier: GPL-2.0-only */
/* Into the payload: see enter.h. */
#include "firmware/arch/x86/layout.h"

#define CR0_PE_ET 0x11
#define MSR_EFER 0xc0000080

    .section .text
    .code64
    .globl enter_long_mode
enter_long_mode:
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rsp
    pushq $payload_returned
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %edx, %edx
    xorl %ebp, %ebp
    pushq $2
    popfq
    jmpq *%rax

    .globl enter_protected_mode
enter_protected_mode:
    movl %edi, %r8d
    movl %esi, %eax
    movl %edx, %ebx
    movl %ecx, %esi
    movl %r8d, %edi
    movl $FW_PAYLOAD_STACK_END, %esp
    lidt empty_idt_pointer
    pushq $FW_CS32
    pushq $leave_long_mode
    lretq

    .code32
leave_long_mode:
    movl $FW_DS, %ecx
    movl %ecx, %ds
    movl %ecx, %es
    movl %ecx, %fs
    movl %ecx, %gs
    movl %ecx, %ss
    movl %eax, %ebp
    movl $CR0_PE_ET, %eax /* paging off: this page is mapped to itself */
    movl %eax, %cr0
    movl $MSR_EFER, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    movl %eax, %cr4
    movl %eax, %cr3
    lgdt gdt32_pointer
    ljmp $FW_CS64, $1f /* the same number, but a 32-bit segment in this table: Linux wants 0x10 */
1:  movl $FW_TSS, %ecx
    ltr %cx
    movl $FW_PAYLOAD_STACK_END, %esp
    movl %ebp, %eax
    movl %edi, %ecx
    xorl %edi, %edi
    xorl %ebp, %ebp
    xorl %edx, %edx
    pushl $2 /* last: nothing may set a flag after it */
    popfl
    jmpl *%ecx

    .section .data
    .balign 8
gdt32:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf9b000000ffff /* 0x10: code, 4 GiB, 32-bit */
    .quad 0x00cf93000000ffff /* 0x18: data */
    .quad 0x0000890000000067 /* FW_TSS: base 0, limit 0x67, as the PVH ABI wants */
gdt32_end:
    .skip 6
gdt32_pointer:
    .word gdt32_end - gdt32 - 1
    .long gdt32
    .skip 2
empty_idt_pointer:
    .word 0
    .quad 0
