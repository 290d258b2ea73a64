/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest code for memory that moves and is watched. See guest.h. */
#include "tests/unit/cpu/snippets.inc"

        .code64
/* Each way to store, each to pages of its own. */
SNIPPET store_paths
        mov     $VIDEO_BASE, %rbp
        mov     $0x1122334455667788, %rax
        mov     %rax, 0x8(%rbp)
        movb    %al, 0x1001(%rbp)
        mov     %rax, 0x2ffc(%rbp)              /* and page 3 */
        lock xadd %rax, 0x4000(%rbp)
        mov     $0x5a5a, %eax
        xchg    %rax, 0x5010(%rbp)
        xor     %eax, %eax
        xor     %edx, %edx
        mov     $1, %ebx
        mov     $2, %ecx
        lock cmpxchg16b 0x6000(%rbp)
        lock cmpxchg8b 0x7000(%rbp)
        lock incl 0x8004(%rbp)
        lock btsq $3, 0x9000(%rbp)
        lock addl $7, 0xaffe(%rbp)              /* and page b */
        lea     0xcf00(%rbp), %rdi
        mov     $0x200, %ecx
        mov     $0x77, %al
        cld
        rep stosb                               /* and page d */
        lea     store_paths_begin(%rip), %rsi
        lea     0xe000(%rbp), %rdi
        mov     $0x20, %ecx
        rep movsq
        std
        lea     0xf040(%rbp), %rdi
        lea     0x80(%rsi), %rsi
        mov     $4, %ecx
        rep movsq
        cld
        pcmpeqb %xmm0, %xmm0
        movaps  %xmm0, 0x10010(%rbp)
        movups  %xmm0, 0x11ff8(%rbp)            /* and page 12 */
        movntdq %xmm0, 0x13000(%rbp)
        movhps  %xmm0, 0x14000(%rbp)
        lea     0x15020(%rbp), %rdi
        maskmovdqu %xmm0, %xmm0
        fxsave64 0x16000(%rbp)
        mov     %cr4, %rax
        or      $0x40000, %eax
        mov     %rax, %cr4
        mov     $3, %eax
        xor     %edx, %edx
        xsave64 0x17000(%rbp)
        xsaveopt64 0x18000(%rbp)
        fldpi
        fstpt   0x19ffc(%rbp)                   /* and page 1a */
        fldpi
        fistpll 0x1b000(%rbp)
        fnstenv 0x1c000(%rbp)
        fnsave  0x1d000(%rbp)
        stmxcsr 0x1e000(%rbp)
        sgdt    0x1f000(%rbp)
        sidt    0x20ffc(%rbp)                   /* and page 21 */
        setnz   0x22000(%rbp)
        cmp     %eax, %eax
        setz    0x23000(%rbp)
        mov     %rsp, %r8
        lea     0x24010(%rbp), %rsp
        push    %rax
        lea     0x25010(%rbp), %rsp
        call    1f
1:      lea     0x26010(%rbp), %rsp
        pushfq
        lea     0x27080(%rbp), %rsp
        enter   $16, $0
        mov     $VIDEO_BASE, %rbp
        lea     0x28800(%rbp), %rsp
        int3
        lea     0x29800(%rbp), %rsp
        pushw   %fs
        mov     %r8, %rsp
        push    $0x5a
        pop     0x2a000(%rbp)
        mov     $PORT_CHAR, %edx
        lea     0x2bffe(%rbp), %rdi
        mov     $4, %ecx
        rep insb                                /* and page 2c */
        movnti  %rax, 0x2d000(%rbp)
        notl    0x2e000(%rbp)
        shldl   $4, %eax, 0x2f000(%rbp)
        mov     %es, 0x30000(%rbp)
        movl    $1, 0x30ffd(%rbp)               /* and page 31 */
        movl    $1, 0x32000(%rbp)
        movbe   %rax, 0x33000(%rbp)
        pextrq  $1, %xmm0, 0x34000(%rbp)
        mov     $VIDEO_WALK, %ebx
        mov     (%rbx), %eax                    /* accessed bit in page 40 */
        movl    $0x600d, 0x1000(%rbx)           /* and dirty bit; page 42 */
        hlt
END store_paths

/* Stores a running number to a page of video memory and counts in RAM. */
SNIPPET store_loop
        mov     $VIDEO_BASE, %ebp
        xor     %ecx, %ecx
1:      inc     %ecx
        mov     %ecx, 0x5000(%rbp)
        mov     %ecx, GUEST_ARG
        jmp     1b
END store_loop

/* Fills 1 MiB over and over, at the address in GUEST_ARG, GUEST_ARG + 8 times. */
SNIPPET fill_loop
        mov     GUEST_ARG + 8, %rdx
1:      mov     GUEST_ARG, %rdi
        mov     $0x20000, %ecx
2:      mov     %rcx, (%rdi)
        add     $8, %rdi
        dec     %ecx
        jnz     2b
        dec     %rdx
        jnz     1b
        hlt
END fill_loop

/* Asks in turn for the two places of video memory: reports what it reads, then writes it back + 1. */
SNIPPET both_places
1:      mov     VIDEO_BASE + 0x100, %eax
        REPORT
        inc     %eax
        mov     %eax, VIDEO_BASE + 0x100
        mov     VIDEO_OTHER + 0x100, %eax
        REPORT
        inc     %eax
        mov     %eax, VIDEO_OTHER + 0x100
        out     %al, $PORT_STOP
        jmp     1b
END both_places

/* Puts a function into video memory, calls it, patches it, calls it ... 20 to 1. */
SNIPPET code_in_video
        mov     $VIDEO_BASE + 0x3000, %ebx
        movl    $0x000000b8, (%rbx)             /* mov $n, %eax */
        movl    $0x0000c300, 4(%rbx)            /* ret */
        mov     $20, %ecx
1:      mov     %ecx, 1(%rbx)
        call    *%rbx
        REPORT
        dec     %ecx
        jnz     1b
        hlt
END code_in_video

/* Calls a function at the address in GUEST_ARG and reports what it returns, for ever. */
SNIPPET call_loop
1:      mov     GUEST_ARG, %rbx
        call    *%rbx
        REPORT
        out     %al, $PORT_STOP
        jmp     1b
END call_loop

        .section .note.GNU-stack, "", @progbits
