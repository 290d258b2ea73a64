/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest code of the tests in this folder: modes, exceptions, interrupts, system calls. See guest.h. */
#include "tests/unit/cpu/snippets.inc"

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
        push    $SEL_DATA64
        push    $GUEST_STACK
        push    $2
        push    $0                       /* no code segment */
        push    $0
        FAULT64 iretq
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

        .section .note.GNU-stack, "", @progbits
