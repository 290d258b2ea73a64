/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the reset vector into each mode, and the exception entries (guest.h). Copied to GUEST_RUNTIME; the last page of the
 * address space holds `reset_page`.
 */
#include "tests/unit/cpu/guest.h"

#define HERE(label) (label - runtime_begin + GUEST_RUNTIME)

        .section .rodata
        .global runtime_begin, runtime_end, stubs_begin, stubs_end

        .code16
runtime_begin:
        xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $GUEST_STACK, %sp
        mov     GUEST_MODE, %al
        cmp     $MODE_REAL, %al
        jne     1f
        ljmp    $(GUEST_CODE >> 4), $0
1:      lgdtl   %cs:gdt_pointer - runtime_begin
        mov     %cr0, %eax
        or      $1, %eax
        mov     %eax, %cr0
        ljmpl   $SEL_CODE32, $HERE(protected)

        .code32
protected:
        mov     $SEL_DATA, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $GUEST_STACK, %esp
        cmpb    $MODE_PROTECTED, GUEST_MODE
        jne     1f
        lidt    HERE(idt_pointer)
        mov     $SEL_TSS, %ax
        ltr     %ax
        ljmp    $SEL_CODE32, $GUEST_CODE
1:      mov     $GUEST_PML4, %eax
        mov     %eax, %cr3
        mov     $0x620, %eax            /* PAE OSFXSR OSXMMEXCPT */
        mov     %eax, %cr4
        mov     $0xc0000080, %ecx
        rdmsr
        or      $0x901, %eax            /* SCE LME NXE */
        wrmsr
        mov     %cr0, %eax
        or      $0x80010000, %eax       /* PG WP */
        mov     %eax, %cr0
        ljmp    $SEL_CODE64, $HERE(long_mode)

        .code64
long_mode:
        mov     $SEL_DATA64, %eax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $GUEST_STACK, %esp
        lidt    HERE(idt_pointer)
        mov     $SEL_TSS, %ax
        ltr     %ax
        mov     GUEST_ENTRY, %eax
        jmp     *%rax

        .balign 8
gdt_pointer:
        .word   SEL_BYTES - 1
        .long   GUEST_GDT
        .balign 8
idt_pointer:
        .word   0xfff
        .quad   GUEST_IDT

/* Record: vector, error code, RIP, CS, RFLAGS, RSP, SS, CR2. On the stack: vector, error code, RIP, CS, RFLAGS, RSP, SS. */
        .global common64
common64:
        push    %rax
        push    %rbx
        push    %rcx
        mov     GUEST_COUNT, %eax
        incl    GUEST_COUNT
        shl     $6, %eax
        lea     GUEST_RECORDS(%rax), %rbx
        xor     %ecx, %ecx
1:      mov     24(%rsp, %rcx, 8), %rax
        mov     %rax, (%rbx, %rcx, 8)
        inc     %ecx
        cmp     $7, %ecx
        jne     1b
        mov     %cr2, %rax
        mov     %rax, 56(%rbx)
        mov     GUEST_RESUME, %rax
        test    %rax, %rax
        jz      2f
        movq    $0, GUEST_RESUME
        mov     %rax, 40(%rsp)
        movq    $SEL_CODE64, 48(%rsp)
        movq    $2, 56(%rsp)
        movq    $GUEST_STACK, 64(%rsp)
        movq    $SEL_DATA64, 72(%rsp)
2:      pop     %rcx
        pop     %rbx
        pop     %rax
        add     $16, %rsp
        iretq

/* Protected mode: the frame has ESP and SS only when it came from another ring; recorded as 0 otherwise. */
        .code32
        .global common32
common32:
        pusha
        mov     $SEL_DATA, %ax
        mov     %ax, %ds
        mov     GUEST_COUNT, %eax
        incl    GUEST_COUNT
        shl     $6, %eax
        lea     GUEST_RECORDS(%eax), %ebx
        xor     %ecx, %ecx
1:      mov     32(%esp, %ecx, 4), %eax
        mov     %eax, (%ebx, %ecx, 8)
        movl    $0, 4(%ebx, %ecx, 8)
        inc     %ecx
        cmp     $5, %ecx
        jne     1b
        xor     %eax, %eax
        mov     %eax, 40(%ebx)
        mov     %eax, 48(%ebx)
        testb   $3, 44(%esp)
        jz      2f
        mov     52(%esp), %eax
        mov     %eax, 40(%ebx)
        mov     56(%esp), %eax
        mov     %eax, 48(%ebx)
2:      mov     %cr2, %eax
        mov     %eax, 56(%ebx)
        mov     GUEST_RESUME, %eax
        test    %eax, %eax
        jz      3f
        movl    $0, GUEST_RESUME
        mov     %eax, GUEST_JUMP
        mov     $SEL_DATA, %cx
        mov     %cx, %ss                /* on the same stack still */
        popa
        mov     $GUEST_STACK, %esp
        jmp     *GUEST_JUMP
3:      popa
        add     $8, %esp
        iret

/* Real mode: IP CS FLAGS on the stack; the entry pushed the vector. */
        .code16
        .global common16
common16:
        push    %bp
        mov     %sp, %bp
        push    %eax
        push    %ebx
        push    %ds
        push    %es
        xor     %ax, %ax
        mov     %ax, %ds
        mov     $(GUEST_RECORDS >> 4), %ax
        mov     %ax, %es
        mov     GUEST_COUNT, %bx
        incw    GUEST_COUNT
        shl     $6, %bx
        movzwl  2(%bp), %eax
        mov     %eax, %es:0(%bx)
        movzwl  4(%bp), %eax
        mov     %eax, %es:16(%bx)
        movzwl  6(%bp), %eax
        mov     %eax, %es:24(%bx)
        movzwl  8(%bp), %eax
        mov     %eax, %es:32(%bx)
        mov     GUEST_RESUME, %ax
        test    %ax, %ax
        jz      1f
        movw    $0, GUEST_RESUME
        mov     %ax, 4(%bp)
        movw    $(GUEST_CODE >> 4), 6(%bp)
1:      pop     %es
        pop     %ds
        pop     %ebx
        pop     %eax
        pop     %bp
        add     $2, %sp
        iret
runtime_end:

/* 256 entries each for long, protected and real mode. */
        .balign GUEST_STUB_BYTES
        .code64
stubs_begin:
        .set    vector, 0
        .rept   256
        .balign GUEST_STUB_BYTES
        .if     !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
        pushq   $0
        .endif
        pushq   $vector
        .byte   0xe9
        .long   HERE(common64) - (GUEST_STUBS + (. - stubs_begin) + 4)
        .set    vector, vector + 1
        .endr
        .code32
        .set    vector, 0
        .rept   256
        .balign GUEST_STUB_BYTES
        .if     !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
        pushl   $0
        .endif
        pushl   $vector
        .byte   0xe9
        .long   HERE(common32) - (GUEST_STUBS + (. - stubs_begin) + 4)
        .set    vector, vector + 1
        .endr
        .code16
        .set    vector, 0
        .rept   256
        .balign GUEST_STUB_BYTES
        pushw   $vector
        .byte   0xea
        .word   common16 - runtime_begin, GUEST_RUNTIME >> 4
        .set    vector, vector + 1
        .endr
        .balign GUEST_STUB_BYTES
stubs_end:

        .section .note.GNU-stack, "", @progbits
