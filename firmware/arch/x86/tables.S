/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables in RAM, the exception stubs, and the memory functions that the compiler expects to exist.
 */
#include "firmware/arch/x86/layout.h"

    .section .data
    .balign 16
    .globl fw_gdt
fw_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff /* FW_CS32 */
    .quad 0x00af9b000000ffff /* FW_CS64 */
    .quad 0x00cf93000000ffff /* FW_DS */
fw_gdt_end:
    .globl fw_gdt_pointer
    .balign 8
    .skip 6
fw_gdt_pointer:
    .word fw_gdt_end - fw_gdt - 1
    .quad fw_gdt

    .section .text
    .code64
/* One stub per vector, 16 bytes apart. Those without a hardware error code push 0 (SDM 3A 6.15). */
    .balign 16
    .globl exception_stubs
exception_stubs:
vector = 0
    .rept 32
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    pushq $0
    .endif
    pushq $vector
    jmp exception_common
vector = vector + 1
    .endr

exception_common:
    cld
    movq %rsp, %rdi
    andq $-16, %rsp
    call exception_report
    ud2

    .globl memcpy, memmove, memset, memcmp
memmove:
    movq %rdi, %rax
    subq %rsi, %rax
    cmpq %rdx, %rax
    jae memcpy /* destination outside the source: forwards is right */
    movq %rdi, %rax
    leaq -1(%rdi,%rdx), %rdi
    leaq -1(%rsi,%rdx), %rsi
    movq %rdx, %rcx
    std
    rep movsb
    cld
    ret
/* Whole words as far as possible: only a word that is written at once is good again when memory has lost it. */
memcpy:
    movq %rdi, %rax
    movq %rdi, %rcx
    negq %rcx
    andl $7, %ecx
    cmpq %rdx, %rcx
    cmovaq %rdx, %rcx
    subq %rcx, %rdx
    rep movsb
    movq %rdx, %rcx
    shrq $3, %rcx
    rep movsq
    movl %edx, %ecx
    andl $7, %ecx
    rep movsb
    ret
memset:
    movq %rdi, %r8
    movzbl %sil, %eax
    movabsq $0x0101010101010101, %rcx
    imulq %rcx, %rax
    movq %rdi, %rcx
    negq %rcx
    andl $7, %ecx
    cmpq %rdx, %rcx
    cmovaq %rdx, %rcx
    subq %rcx, %rdx
    rep stosb
    movq %rdx, %rcx
    shrq $3, %rcx
    rep stosq
    movl %edx, %ecx
    andl $7, %ecx
    rep stosb
    movq %r8, %rax
    ret
memcmp:
    xorl %eax, %eax
    movq %rdx, %rcx
    testq %rcx, %rcx
    repe cmpsb
    je 1f
    movzbl -1(%rdi), %eax
    movzbl -1(%rsi), %ecx
    subl %ecx, %eax
1:  ret
