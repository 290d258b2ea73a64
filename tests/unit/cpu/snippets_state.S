/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest code of the tests in this folder: registers, memory, time, several cores. See guest.h. */
#include "tests/unit/cpu/snippets.inc"

        .code64
/* ---- registers ---- */
SNIPPET msr_faults
        mov     $0x12345, %ecx
        FAULT64 rdmsr
        mov     $0x12345, %ecx
        FAULT64 wrmsr
        mov     $0xc0000082, %ecx        /* LSTAR: not canonical */
        mov     $0x00008000, %edx
        FAULT64 wrmsr
        mov     $0xc0000080, %ecx        /* EFER: reserved bit */
        rdmsr
        or      $2, %eax
        FAULT64 wrmsr
        mov     $0xc0000080, %ecx        /* EFER: LME while paging */
        rdmsr
        and     $~0x100, %eax
        FAULT64 wrmsr
        mov     $0x277, %ecx             /* PAT: type 2 */
        mov     $2, %eax
        xor     %edx, %edx
        FAULT64 wrmsr
        mov     $0x1b, %ecx              /* APIC base: the environment refuses */
        mov     $1, %eax
        FAULT64 wrmsr
        mov     $0x179, %ecx             /* MCG_CAP is read-only */
        FAULT64 wrmsr
        mov     %cr4, %rax
        or      $0x20000, %eax           /* PCIDE: not there */
        FAULT64 mov %rax, %cr4
        mov     %cr4, %rax
        and     $~0x20, %eax             /* PAE off in long mode */
        FAULT64 mov %rax, %cr4
        mov     %cr0, %rax
        and     $~1, %rax                /* PE off with PG on */
        FAULT64 mov %rax, %cr0
        hlt
END msr_faults

SNIPPET msr_values
        .macro  READ index
        mov     $\index, %ecx
        rdmsr
        REPORT
        mov     %edx, %eax
        REPORT
        .endm
        .macro  WRITE index, high, low
        mov     $\index, %ecx
        mov     $\high, %edx
        mov     $\low, %eax
        wrmsr
        .endm
        READ    0x8b
        READ    0xce
        READ    0x179
        READ    0x277
        READ    0x1b
        WRITE   0x41c, 0xffffffff, 0xffffffff
        READ    0x41c
        WRITE   0x287, 0, 0x40000001
        READ    0x287
        WRITE   0x200, 0, 0x80000006
        READ    0x200
        WRITE   0xc0000102, 0xffff8880, 0x1000
        READ    0xc0000102
        WRITE   0xc0000103, 0, 0x55
        rdtscp
        mov     %ecx, %eax
        REPORT
        hlt
END msr_values

/* The time-stamp counter: grows, can be set, TSC_ADJUST follows. */
SNIPPET tsc
        rdtsc
        mov     %eax, %ebx
        rdtsc
        sub     %ebx, %eax
        REPORT
        mov     $0x10, %ecx
        mov     $0x1000, %edx
        xor     %eax, %eax
        wrmsr
        rdtsc
        mov     %edx, %eax
        REPORT
        mov     $0x3b, %ecx
        rdmsr
        mov     %edx, %eax
        REPORT
        xor     %eax, %eax
        xor     %edx, %edx
        wrmsr
        rdtsc
        mov     %edx, %eax
        REPORT
        mov     %cr4, %rax
        or      $4, %eax                 /* TSD: ring 3 may not */
        mov     %rax, %cr4
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        TO_USER64 1f
1:      rdtsc
9:      hlt
END tsc

SNIPPET cpuid
        .macro  ASK leaf, subleaf=0
        mov     $\leaf, %eax
        mov     $\subleaf, %ecx
        cpuid
        REPORT
        mov     %ebx, %eax
        REPORT
        mov     %ecx, %eax
        REPORT
        mov     %edx, %eax
        REPORT
        .endm
        ASK     0
        ASK     1
        ASK     4, 3
        ASK     7
        ASK     0xb, 1
        ASK     0xd, 0
        ASK     0x15
        ASK     0x16
        ASK     0x80000007
        ASK     0x80000008
        ASK     0x80000002
        ASK     0x80000003
        ASK     0x80000004
        hlt
END cpuid

/* XSAVE and XRSTOR with what CPUID promises. */
SNIPPET xsave
        mov     %cr4, %rax
        or      $0x40000, %eax
        mov     %rax, %cr4
        xor     %ecx, %ecx
        xgetbv
        REPORT
        mov     $3, %eax
        xor     %edx, %edx
        xsetbv
        mov     $0x1122334455667788, %rax
        movq    %rax, %xmm3
        fld1
        mov     $3, %eax
        xsave   GUEST_DATA
        pxor    %xmm3, %xmm3
        fninit
        mov     $3, %eax
        xrstor  GUEST_DATA
        movq    %xmm3, %rax
        REPORT
        fistpl  GUEST_ARG
        mov     GUEST_ARG, %eax
        REPORT
        xor     %ecx, %ecx
        mov     $7, %eax                 /* AVX is not there */
        FAULT64 xsetbv
        hlt
END xsave

/* ---- memory ---- */
SNIPPET mmio
        mov     $MMIO_BASE, %ebx
        mov     (%rbx), %rax
        mov     %rax, GUEST_ARG
        mov     $0x1122334455667788, %rax
        mov     %rax, 8(%rbx)
        mov     16(%rbx), %al
        movw    $0xabcd, 18(%rbx)
        movups  32(%rbx), %xmm0
        mov     $GUEST_HIGH_BASE, %rax
        movl    $0x5a5a, 0x40(%rax)
        mov     0x40(%rax), %eax
        REPORT
        mov     $0xfffff004, %ebx        /* ROM: dropped */
        movl    $1, (%rbx)
        mov     (%rbx), %eax
        REPORT
        hlt
END mmio

/* Runs into a device: its bytes are fetched and executed. */
SNIPPET mmio_code
        mov     $MMIO_BASE, %eax
        call    *%rax
        REPORT
        mov     $MMIO_BASE + 0x800, %eax /* all ones: undefined */
        FAULT64 jmp *%rax
        hlt
END mmio_code

/* An instruction that crosses into an absent page does not fault before the one in front of it has run. */
SNIPPET page_end
        /* At the end of the page before GUEST_ABSENT: movl $7, GUEST_ARG (11 bytes), then two bytes of MOV $imm32, %eax. */
        lea     1f(%rip), %rsi
        mov     $GUEST_ABSENT - 13, %edi
        mov     $13, %ecx
        rep movsb
        mov     $GUEST_ABSENT - 13, %eax
        FAULT64 jmp *%rax
        hlt
1:      movl    $7, GUEST_ARG
        .byte   0xb8, 0x01
END page_end

/* ---- self-modifying code: cores.md's T3 to T7. Each runs a function at GUEST_ALIASED: mov $imm32, %eax; ret. ---- */
        .macro  PLANT
        movb    $0xb8, GUEST_ALIASED
        movl    $0, GUEST_ALIASED + 1
        movb    $0xc3, GUEST_ALIASED + 5
        .endm
        .macro  CALL_IT
        mov     $GUEST_ALIASED, %eax
        call    *%rax
        .endm

SNIPPET smc_direct
        PLANT
        mov     $20, %ebx
1:      mov     %ebx, GUEST_ALIASED + 1
        CALL_IT
        REPORT
        dec     %ebx
        jnz     1b
        hlt
END smc_direct

SNIPPET smc_alias
        PLANT
        mov     $20, %ebx
1:      CALL_IT
        mov     %ebx, GUEST_ALIAS + 1
        CALL_IT
        REPORT
        dec     %ebx
        jnz     1b
        hlt
END smc_alias

SNIPPET smc_data_first
        PLANT
        mov     $20, %ebx
1:      CALL_IT
        movl    %ebx, GUEST_ALIASED + 0x100      /* data on the code's page */
        CALL_IT
        movl    %ebx, GUEST_ALIASED + 0x104
        mov     %ebx, GUEST_ALIASED + 1
        CALL_IT
        REPORT
        dec     %ebx
        jnz     1b
        hlt
END smc_data_first

SNIPPET smc_dma
        PLANT
        mov     $20, %ebx
        movq    $GUEST_ALIASED + 1, GUEST_ARG
1:      CALL_IT
        mov     %ebx, GUEST_ARG + 8
        out     %al, $PORT_DMA
        CALL_IT
        REPORT
        dec     %ebx
        jnz     1b
        hlt
END smc_dma

/* The block changes an instruction further down in itself. */
SNIPPET smc_same_block
        mov     $20, %ebx
1:      mov     %ebx, 2f + 1(%rip)
        nop
2:      mov     $0, %eax
        REPORT
        dec     %ebx
        jnz     1b
        hlt
END smc_same_block

/* Writes a new function into each of 200 pages again and again: many translations. */
SNIPPET many_blocks
        mov     $0, %r8d
1:      mov     $0x100000, %edi
        mov     $0x1e0000, %r9d
2:      movb    $0xb8, (%rdi)
        mov     %edi, %eax
        add     %r8d, %eax
        mov     %eax, 1(%rdi)
        movb    $0xc3, 5(%rdi)
        mov     %eax, %ebx
        call    *%rdi
        cmp     %eax, %ebx
        jne     9f
        add     $16, %edi
        cmp     %r9d, %edi
        jb      2b
        inc     %r8d
        cmp     $3, %r8d
        jb      1b
        mov     $0x600d, %eax
        REPORT
        hlt
9:      mov     $0xbad, %eax
        REPORT
        hlt
END many_blocks

/* ---- time ---- */
SNIPPET endless
1:      inc     %rax
        jmp     1b
END endless

SNIPPET pauses
        mov     $1000, %ecx
1:      pause
        dec     %ecx
        jnz     1b
        hlt
END pauses

SNIPPET stop_from_port
        mov     $1, %eax
        REPORT
        out     %al, $PORT_STOP
        mov     $2, %eax
        REPORT
        jmp     1f
1:      mov     $3, %eax
        REPORT
        hlt
END stop_from_port

/* A bit of everything with a lasting trace in memory, for comparing two runs. */
SNIPPET mixed
        mov     $0x12345, %eax
        mov     $3000, %ecx
        xor     %edi, %edi
1:      imul    $1103515245, %eax, %eax
        add     $12345, %eax
        mov     %eax, %edx
        shr     $16, %edx
        and     $0xfff, %edx
        mov     %eax, GUEST_DATA(%rdx)
        xor     GUEST_DATA(%rdx), %edi
        cvtsi2sd %edx, %xmm0
        addsd   %xmm0, %xmm1
        sqrtsd  %xmm1, %xmm2
        movsd   %xmm2, GUEST_DATA + 0x2000
        rdtsc
        add     %eax, %edi
        test    $0x3f, %ecx
        jnz     2f
        mov     %edi, %eax
        REPORT
        mov     $0x42, %al
        out     %al, $PORT_INTR
        sti
        nop
        cli
2:      dec     %ecx
        jnz     1b
        hlt
END mixed

/* ---- several cores ---- */
/* Core 0: INIT and SIPI to core 1, then wait for its mark; patch a function that core 1 runs, 20 times. */
SNIPPET two_cores
        PLANT
        /* The test has put core 1's start at 0x60000. */
        mov     $1, %al
        out     %al, $PORT_INIT
        mov     $0x60, %al
        out     %al, $PORT_SIPI
1:      pause
        cmpl    $1, GUEST_ARG + 16       /* core 1 is in long mode */
        jne     1b
        mov     $20, %ebx
2:      mov     %ebx, GUEST_ALIAS + 1
        movl    $1, GUEST_ARG            /* go */
3:      pause
        cmpl    $0, GUEST_ARG
        jne     3b
        mov     GUEST_ARG + 8, %eax
        REPORT
        dec     %ebx
        jnz     2b
        lock incl GUEST_ARG + 24
        hlt
        /* Core 1. */
        .global two_cores_second
two_cores_second:
        mov     $GUEST_STACK - 0x2000, %esp
        movl    $1, GUEST_ARG + 16
4:      pause
        cmpl    $1, GUEST_ARG
        jne     4b
        CALL_IT
        mov     %eax, GUEST_ARG + 8
        movl    $0, GUEST_ARG
        jmp     4b
END two_cores

        .section .note.GNU-stack, "", @progbits
