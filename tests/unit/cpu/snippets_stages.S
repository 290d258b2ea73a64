/* SPDX-License-Identifier: GPL-2.0-only */
/* A ROM whose machine gets its memory while it runs: test_stages.c. Real mode; the ROM is the last 64 KiB below 4 GiB. */
#include "tests/unit/cpu/snippets.inc"
#include "tests/unit/cpu/stages.h"

/* Hands over to the test, which changes the map. */
        .macro  STAGE
        out     %al, $PORT_STOP
        jmp     7f
7:
        .endm

        .code16
SNIPPET stages_rom
        /* 0: there is no memory. */
        xor     %ax, %ax
        mov     %ax, %ds
        mov     $0x1234, %ax
        mov     %ax, 0x100
        mov     0x100, %eax
        REPORT
        STAGE
        /* 1: cache as RAM: a stack. */
        mov     $(STAGES_CACHE >> 4), %ax
        mov     %ax, %ss
        mov     $0x1000, %sp
        pushl   $0x11112222
        call    stages_square
        popl    %eax
        REPORT
        STAGE
        /* 2: memory, and the stack moves there; code is copied and called. */
        xor     %ax, %ax
        mov     %ax, %ss
        mov     $0x7000, %sp
        mov     $(STAGES_COPY >> 4), %ax
        mov     %ax, %es
        mov     $(stages_called - stages_rom_begin), %si
        xor     %di, %di
        mov     $(stages_called_end - stages_called), %cx
        cld
        rep movsb %cs:(%si), %es:(%di)
        lcall   $(STAGES_COPY >> 4), $0
        REPORT
        STAGE
        /* 3: more memory, in many pieces; what was there has stayed. */
        lcall   $(STAGES_COPY >> 4), $0
        REPORT
        mov     $(STAGES_FAR >> 4), %ax
        mov     %ax, %ds
        movl    $0x33334444, 0
        mov     0, %eax
        REPORT
        /* 4: it goes while the core is in it. */
        lcall   $(STAGES_COPY >> 4), $(stages_loop - stages_called)
        hlt

/* An instruction that nobody knows: where vector 6 leads, whose entry a device holds. */
        .global stages_handler
stages_handler:
        mov     $0x6666, %eax
        REPORT
        hlt

stages_square:
        ret

stages_called:
        mov     %cs:(stages_number - stages_called), %eax
        incl    %cs:(stages_number - stages_called)
        lret
stages_number:
        .long   0x700
stages_loop:
        STAGE
        jmp     stages_loop
stages_called_end:
END stages_rom

        .section .note.GNU-stack, "", @progbits
