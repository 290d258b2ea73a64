/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest code of the tests in this folder; which test uses which says its name. See guest.h. */
#include "tests/unit/cpu/guest.h"

        .macro  SNIPPET name
        .global \name\()_begin
\name\()_begin:
        .endm
        .macro  END name
        .global \name\()_end
\name\()_end:
        .endm

/* One instruction that faults in ring 0 of long mode; goes on behind it. */
        .macro  FAULT64 insn:vararg
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        \insn
9:
        .endm

/* The same in protected mode. \start is the snippet's first label. */
        .macro  FAULT32 start, insn:vararg
        movl    $(9f - \start + GUEST_CODE), GUEST_RESUME
        \insn
9:
        .endm

        .macro  FAULT16 start, insn:vararg
        movw    $(9f - \start), GUEST_RESUME
        \insn
9:
        .endm

        .macro  REPORT
        out     %eax, $PORT_REPORT
        .endm

/* Ring 3 in long mode at the label after; ends when something faults and RESUME leads back. */
        .macro  TO_USER64 target, flags=2
        pushq   $SEL_USER_DATA
        pushq   $(GUEST_STACK - 0x1000)
        pushq   $\flags
        pushq   $SEL_USER_CODE64
        lea     \target(%rip), %rax
        push    %rax
        iretq
        .endm

        .section .rodata

/* ---- modes ---- */
        .code16
SNIPPET real_basic
        mov     $0x1234, %ax
        movzwl  %ax, %eax
        REPORT
        mov     %cs, %ax
        movzwl  %ax, %eax
        REPORT
        int     $0x21
        mov     %cr0, %eax
        REPORT
        hlt
END real_basic

SNIPPET real_faults
        xor     %cx, %cx
        FAULT16 real_faults_begin, div %cx
        FAULT16 real_faults_begin, ud2
        into
        movb    $0x7f, %al
        add     $1, %al
        FAULT16 real_faults_begin, into
        hlt
END real_faults

        .code32
SNIPPET protected_faults
#define F(...) FAULT32 protected_faults_begin, __VA_ARGS__
        xor     %ecx, %ecx
        F(div   %ecx)
        F(int3)
        movb    $0x7f, %al
        add     $1, %al
        F(into)
        movl    $1, GUEST_ARG
        movl    $2, GUEST_ARG + 4
        mov     $5, %eax
        F(bound %eax, GUEST_ARG)
        F(ud2)
        mov     %cr0, %eax
        or      $8, %eax
        mov     %eax, %cr0
        F(fnop)
        clts
        mov     $SEL_ABSENT, %eax
        F(mov   %ax, %es)
        F(mov   %ax, %ss)
        mov     $0x7ff8, %eax
        F(mov   %ax, %es)
        F(int   $0xff)                  /* its gate is made absent by the test */
        mov     $SEL_SMALL, %eax
        mov     %ax, %es
        mov     %es:4, %eax
        REPORT
        hlt
#undef F
END protected_faults

/* Ring 3 in protected mode, a software interrupt back, then a stack segment in the TSS that is not there. */
SNIPPET protected_rings
        pushl   $SEL_USER_DATA
        pushl   $(GUEST_STACK - 0x1000)
        pushl   $2
        pushl   $SEL_USER_CODE32
        pushl   $(1f - protected_rings_begin + GUEST_CODE)
        iret
1:      int     $0x80
        mov     $SEL_USER_DATA, %eax
        mov     %ax, %ds
        movl    $(2f - protected_rings_begin + GUEST_CODE), GUEST_RESUME
        cli
2:      mov     $0xabcd, %eax
        REPORT
        hlt
END protected_rings

        .code64
SNIPPET long_faults
        xor     %ecx, %ecx
        FAULT64 div %rcx
        FAULT64 int3
        FAULT64 ud2
        mov     %cr0, %rax
        or      $8, %rax
        mov     %rax, %cr0
        FAULT64 fnop
        clts
        mov     $SEL_ABSENT, %eax
        FAULT64 mov %ax, %es
        FAULT64 mov %ax, %ss
        mov     $0x7ff8, %eax
        FAULT64 mov %ax, %es
        mov     $0x800000000000, %rax
        FAULT64 mov (%rax), %rax
        FAULT64 int $0xff                /* gate absent */
        FAULT64 int $0xfe                /* gate for ring 0 only, but this is ring 0: taken */
        FAULT64 .byte 0x0f, 0x01, 0xc8   /* MONITOR */
        FAULT64 .byte 0x0f, 0x01, 0xc9   /* MWAIT */
        FAULT64 .byte 0xc5, 0xf0, 0x58, 0xc2 /* VADDPS: no AVX */
        FAULT64 .byte 0xc5, 0xf8, 0x77   /* VZEROUPPER */
        FAULT64 .byte 0xf1               /* INT1: a trap */
        mov     $0xff00, %eax
        mov     $0xf0f0, %ecx
        .byte   0xc4, 0xe2, 0x78, 0xf2, 0xd9 /* ANDN %ecx, %eax, %ebx: BMI is there */
        mov     %ebx, %eax
        REPORT
        xor     %ecx, %ecx
        FAULT64 rdpmc
        hlt
END long_faults

SNIPPET page_faults
        FAULT64 mov GUEST_ABSENT + 8, %eax
        FAULT64 mov %eax, GUEST_ABSENT + 16
        FAULT64 mov %eax, GUEST_READ_ONLY + 24
        mov     $GUEST_NO_EXECUTE + 32, %eax
        FAULT64 jmp *%rax
        mov     $GUEST_ABSENT, %eax
        FAULT64 jmp *%rax
        lea     1f(%rip), %r15
        mov     %r15, GUEST_RESUME
        TO_USER64 2f
2:      mov     GUEST_SUPERVISOR + 40, %eax
1:      lea     1f(%rip), %r15
        mov     %r15, GUEST_RESUME
        TO_USER64 2f
2:      mov     %eax, GUEST_SUPERVISOR + 48
1:      /* A bit above the processor's 40 address bits in the entry of the absent page. */
        mov     $0x0000200000000007, %rax
        mov     %rax, GUEST_PT + 8 * (GUEST_ABSENT >> 12)
        FAULT64 mov GUEST_ABSENT + 56, %eax
        hlt
END page_faults

/* A page fault while the gate of the page fault is absent: #PF, then #NP on the way: #DF with IST 1. */
SNIPPET double_fault
        FAULT64 mov GUEST_ABSENT, %eax
        mov     $0x77, %eax
        REPORT
        hlt
END double_fault

SNIPPET triple_fault
        lidt    1f(%rip)
        ud2
        hlt
1:      .word   0
        .quad   0
END triple_fault

/* Ring 3: privileged instructions, ports, and CPL-dependent ones. */
SNIPPET user_faults
        mov     $200, %ebx
1:      lea     3f(%rip), %r15
        mov     %r15, GUEST_RESUME
        mov     GUEST_ARG, %ecx
        TO_USER64 2f
2:      cmp     $0, %ecx
        je      10f
        cmp     $1, %ecx
        je      11f
        cmp     $2, %ecx
        je      12f
        cmp     $3, %ecx
        je      13f
        in      $PORT_CHAR, %al
10:     hlt
11:     cli
12:     rdmsr
13:     int     $0xfe                   /* gate for ring 0 only */
3:      incl    GUEST_ARG
        cmpl    $5, GUEST_ARG
        jne     1b
        hlt
END user_faults

/* The I/O permission bitmap lets ring 3 use port PORT_CHAR but not the next. */
SNIPPET user_ports
        lea     1f(%rip), %r15
        mov     %r15, GUEST_RESUME
        TO_USER64 2f
2:      in      $PORT_CHAR, %al
        mov     %al, GUEST_ARG
        in      $PORT_CHAR + 1, %al
        movb    $1, GUEST_ARG + 1
1:      hlt
END user_ports

/* ---- interrupts ---- */

/* STI: the instruction after it is not interrupted. */
SNIPPET sti_shadow
        cli
        mov     $0x41, %al
        out     %al, $PORT_INTR
        nop
        nop
        sti
        movl    $1, GUEST_ARG            /* still before the interrupt */
        movl    $2, GUEST_ARG            /* after it */
        cli
        hlt
END sti_shadow

/* MOV SS: the same, for NMI too. */
SNIPPET mov_ss_shadow
        mov     %ss, %eax
        mov     %eax, %ebx
        jmp     1f
1:      mov     $0, %al
        mov     $PORT_NMI, %dx
        mov     %ebx, %ss
        out     %al, %dx
        movl    $3, GUEST_ARG
        hlt
END mov_ss_shadow

/* NMI inside NMI waits for IRET. The handler of vector 2 is replaced by this code's own. */
SNIPPET nmi_blocking
        mov     $0, %al
        out     %al, $PORT_NMI
        jmp     1f                       /* a device's signal is seen at the next block */
1:      mov     $0xee, %eax
        REPORT
        hlt
        .global nmi_handler
nmi_handler:
        incl    GUEST_ARG
        mov     GUEST_ARG, %eax
        REPORT
        cmpl    $1, GUEST_ARG
        jne     1f
        mov     $0, %al
        out     %al, $PORT_NMI
        nop
        jmp     2f
2:      nop
        mov     $0x99, %eax
        REPORT
1:      iretq
END nmi_blocking

/* HLT wakes for an interrupt and goes on behind it. */
SNIPPET halt_wake
        sti
        hlt
        mov     $0x11, %eax
        REPORT
        cli
        hlt
END halt_wake

/* A loop that only an interrupt ends. */
SNIPPET spin
        sti
1:      cmpl    $0, GUEST_COUNT
        je      1b
        cli
        mov     $0x22, %eax
        REPORT
        hlt
END spin

/* The line is raised while IF is 0 and chained blocks run; POPF and IRET open the way. */
SNIPPET popf_opens
        mov     $0x51, %al
        out     %al, $PORT_INTR
        mov     $1000, %ecx
1:      dec     %ecx
        jnz     1b
        pushq   $0x202
        popf
        nop
        cli
        mov     $0x52, %al
        out     %al, $PORT_INTR
        pushq   $SEL_DATA64
        pushq   $GUEST_STACK
        pushq   $0x202
        pushq   $SEL_CODE64
        lea     2f(%rip), %rax
        push    %rax
        iretq
2:      nop
        cli
        hlt
END popf_opens

SNIPPET cr8
        mov     $5, %eax
        mov     %rax, %cr8
        mov     %cr8, %rax
        REPORT
        mov     $0x10, %eax
        FAULT64 mov %rax, %cr8
        hlt
END cr8

/* Single-step: three traps, the last behind the POPF that ends it. */
SNIPPET single_step
        pushq   $0x102
        popf
        nop
        nop
        pushq   $2
        popf
        mov     %dr6, %rax
        REPORT
        hlt
END single_step

/* Breakpoints: execution at 1:, write of 4 bytes at GUEST_DATA, access of 8 at GUEST_DATA + 64. */
SNIPPET breakpoints
        lea     1f(%rip), %rax
        mov     %rax, %dr0
        mov     $GUEST_DATA, %eax
        mov     %rax, %dr1
        mov     $GUEST_DATA + 64, %eax
        mov     %rax, %dr2
        mov     $0x0bd0062a, %eax        /* G0 execute; G1 write 4; G2 access 8 */
        mov     %rax, %dr7
        mov     GUEST_DATA, %ecx         /* a read: none */
        mov     %ecx, GUEST_DATA + 4     /* next to it: none */
        mov     %cl, GUEST_DATA + 3
        mov     %dr6, %rax
        REPORT
        mov     GUEST_DATA + 66, %cl
        mov     %dr6, %rax
        REPORT
        lea     2f(%rip), %r15
        mov     %r15, GUEST_RESUME
1:      nop
2:      mov     %dr6, %rax
        REPORT
        xor     %eax, %eax
        mov     %rax, %dr7
        mov     %cl, GUEST_DATA + 3      /* off: none */
        mov     $0x2400, %eax
        mov     %rax, %dr7
        FAULT64 mov %dr0, %rax
        mov     %dr6, %rax
        REPORT
        hlt
END breakpoints

/* ---- system calls ---- */
SNIPPET syscall64
        mov     $0xc0000081, %ecx
        xor     %eax, %eax
        mov     $0x00280018, %edx        /* SYSRET base, SYSCALL base */
        wrmsr
        mov     $0xc0000082, %ecx
        lea     3f(%rip), %rax
        xor     %edx, %edx
        wrmsr
        mov     $0xc0000084, %ecx
        mov     $0x700, %eax             /* IF TF DF */
        wrmsr
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        TO_USER64 1f, 0x603
1:      mov     $0, %ebx
        syscall
2:      mov     %r11, GUEST_ARG + 8      /* back in ring 3 */
        pushf
        popq    GUEST_ARG + 16
        mov     %cs, GUEST_ARG + 24
        mov     %ss, GUEST_ARG + 32
        cli                              /* #GP, to RESUME */
3:      mov     $GUEST_STACK, %esp
        pushf
        pop     %rbx
        mov     %rcx, %rax
        lea     2b(%rip), %rdx
        sub     %rdx, %rax
        REPORT                           /* 0: RCX is the next instruction */
        mov     %r11, %rax
        REPORT
        mov     %ebx, %eax
        REPORT
        mov     %cs, %eax
        REPORT
        mov     %ss, %eax
        REPORT
        mov     $GUEST_STACK - 0x1000, %esp
        sysretq
9:      hlt
END syscall64

SNIPPET syscall_edges
        mov     $0xc0000080, %ecx
        mov     $0x900, %eax             /* no SCE */
        xor     %edx, %edx
        wrmsr
        FAULT64 syscall
        mov     $0x901, %eax
        wrmsr
        /* Compatibility mode: SYSCALL is undefined on Intel processors. */
        lea     3f(%rip), %r15
        mov     %r15, GUEST_RESUME
        pushq   $SEL_CODE32
        lea     2f(%rip), %rax
        push    %rax
        lretq
        .code32
2:      syscall
        .code64
3:      mov     $0x800000000000, %rcx    /* SYSRET to no canonical address: #GP in ring 0 */
        mov     $2, %r11d
        FAULT64 sysretq
        hlt
END syscall_edges

/* SYSRET to compatibility mode, SYSENTER from there, SYSEXIT to 64-bit mode. */
SNIPPET sysenter_pair
        mov     $0xc0000081, %ecx
        xor     %eax, %eax
        mov     $0x00280018, %edx
        wrmsr
        mov     $0x174, %ecx
        mov     $SEL_CODE64, %eax
        xor     %edx, %edx
        wrmsr
        inc     %ecx
        mov     $GUEST_STACK - 0x100, %eax
        wrmsr
        inc     %ecx
        lea     2f(%rip), %rax
        wrmsr
        lea     1f(%rip), %rcx
        mov     $0x202, %r11d
        mov     $GUEST_STACK - 0x1000, %esp
        sysretl
        .code32
1:      mov     %cs, %ebx
        mov     %esp, %esi
        stc
        sysenter
        .code64
2:      setc    %cl
        movzbl  %cl, %eax
        REPORT
        mov     %ebx, %eax
        REPORT
        mov     %rsp, %rax
        REPORT
        mov     %cs, %eax
        REPORT
        pushf
        pop     %rax
        REPORT
        lea     9f(%rip), %r15
        mov     %r15, GUEST_RESUME
        mov     %esi, %ecx
        lea     3f(%rip), %rdx
        sysexitq
3:      mov     %cs, GUEST_ARG
        hlt                              /* #GP, to RESUME */
9:      hlt
END sysenter_pair

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
