/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of the demo, a plain ELF64 image (docs/images.md), and what its interrupts run: the tick of
 * the local APIC's timer, which only has to end a HLT.
 */
#include "emu/machine/map.h"

#define APIC_EOI 0xb0

        .section .text.start, "ax"
        .globl _start
_start: /* RDI: struct start_info; the firmware's stack will do */
        cld
        call demo_main
1:      hlt
        jmp 1b

        .text
        .globl tick_entry
tick_entry:
        push %rax
        mov $(MAP_LAPIC_BASE + APIC_EOI), %eax
        movl $0, (%rax)
        pop %rax
        iretq

        .globl spurious_entry
spurious_entry:
        iretq

        .section .note.GNU-stack, "", @progbits
