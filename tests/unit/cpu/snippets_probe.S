/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest code for probes, stops and looks. See guest.h. */
#include "tests/unit/cpu/snippets.inc"

        .code64
/*
 * Accessed bits are cleared behind the TLB's back, and pages of code and data are used on, more of them than
 * a small TLB holds: what is looked up again, and when, stays in the page tables.
 */
SNIPPET aging
        mov     $PROBE_CODE, %edi               /* a function in each of 8 pages: inc %r9d; ret */
        mov     $8, %ecx
1:      movl    $0xc3c1ff41, (%rdi)
        add     $0x1000, %edi
        dec     %ecx
        jnz     1b
        mov     $200, %ebx
2:      mov     %ebx, %ecx
        and     $7, %ecx
        shl     $12, %ecx
        lea     PROBE_CODE(%rcx), %rax
        call    *%rax
        mov     %ebx, %ecx
        imul    $0x35, %ecx, %ecx
        and     $0x7f, %ecx
        btrw    $5, GUEST_PT + 8 * (PROBE_DATA >> 12)(, %rcx, 8)
        shl     $12, %ecx
        add     %ebx, PROBE_DATA(%rcx)
        mov     %ebx, %ecx
        and     $7, %ecx
        btrw    $5, GUEST_PT + 8 * (PROBE_CODE >> 12)(, %rcx, 8)
        btrw    $5, GUEST_PT + 8 * (GUEST_CODE >> 12)
        mov     %ebx, %ecx
        imul    $0x4b, %ecx, %ecx
        and     $0x7f, %ecx
        shl     $12, %ecx
        mov     PROBE_DATA(%rcx), %eax
        test    $0x1f, %ebx
        jnz     3f
        invlpg  PROBE_DATA(%rcx)
        mov     %cr3, %rax
        test    $0x20, %ebx
        jnz     3f
        mov     %rax, %cr3
3:      mov     %r9d, %eax
        test    $7, %ebx
        jnz     4f
        REPORT
4:      dec     %ebx
        jnz     2b
        hlt
END aging

/* REP, floating point, faults in the middle of blocks, unaligned stores, MSRs, MMIO. */
SNIPPET medley
        mov     $40, %ebx
1:      lea     1b(%rip), %rsi
        mov     $GUEST_DATA + 3, %edi
        mov     $37, %ecx
        rep movsb
        mov     %rbx, GUEST_DATA + 0x5d(%rbx)
        mov     %rbx, GUEST_DATA + 0xffd
        push    %rbx
        cvtsi2sd %rbx, %xmm0
        sqrtsd  %xmm0, %xmm1
        movsd   %xmm1, GUEST_DATA + 0x800(, %rbx, 8)
        fld1
        fldpi
        faddp
        fstpt   GUEST_DATA + 0x400
        pop     %rcx
        mov     $0xc0000102, %ecx
        mov     %ebx, %eax
        xor     %edx, %edx
        wrmsr
        rdmsr
        mov     $MMIO_BASE, %ebp
        mov     %eax, (%rbp, %rbx, 8)
        mov     (%rbp), %rdx
        rdtsc
        mov     %eax, GUEST_DATA + 0x1000(, %rbx, 4)
        FAULT64 mov GUEST_ABSENT, %eax
        lock incl GUEST_DATA + 0x20
        FAULT64 ud2
        xor     %ecx, %ecx
        FAULT64 div %ecx
        mov     $0x51, %al
        out     %al, $PORT_INTR
        sti
        inc     %edx
        inc     %edx
        cli
        rdrand  %rax
        mov     %rax, GUEST_DATA + 0x2000(, %rbx, 8)
        mov     %ebx, %eax
        REPORT
        dec     %ebx
        jnz     1b
        hlt
END medley

/* An interrupt and an NMI at once, through a trap gate that leaves interrupts on. */
SNIPPET two_events
        movb    $0xef, GUEST_IDT + 16 * 2 + 5
        mov     $30, %ebx
1:      sti
        nop
        mov     $0x60, %al
        out     %al, $PORT_NMI
        out     %al, $PORT_INTR
        nop
        mov     %ebx, %eax
        REPORT
        dec     %ebx
        jnz     1b
        cli
        hlt
END two_events

/* 600 instructions in a row, of which the engine makes blocks by its own limits. */
SNIPPET long_row
        mov     $3, %ebx
1:
        .rept   300
        add     %rax, GUEST_DATA(, %rbx, 8)
        imul    GUEST_DATA(, %rbx, 8), %rax
        .endr
        REPORT
        dec     %ebx
        jnz     1b
        hlt
END long_row

/* Accesses for data probes; then MSRs and an exception. */
SNIPPET pokes
        mov     $1, %eax
        mov     $GUEST_DATA, %ebx
        mov     %rax, (%rbx)
        mov     %ax, 0x11(%rbx)
        mov     %rax, 0x1d(%rbx)
        mov     8(%rbx), %ecx
        lock addl $1, 0x40(%rbx)
        mov     %rax, 0xffc(%rbx)
        movaps  %xmm0, 0x50(%rbx)
        mov     0x100(%rbx), %al
        mov     $0xc0000103, %ecx
        mov     $7, %eax
        xor     %edx, %edx
        wrmsr
        rdmsr
        fld1
        mov     $0x3ff00000, %eax
        movd    %eax, %xmm3
        int3
        hlt
END pokes

        .section .note.GNU-stack, "", @progbits
