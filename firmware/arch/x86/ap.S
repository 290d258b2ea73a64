/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the other cores run when the firmware starts them: real mode at FW_AP_TRAMPOLINE (a copy of this). They set the same
 * MSRs as the first core (a list of number, low half, high half; ends with number 0), say so, and halt for good.
 */
#include "firmware/arch/x86/layout.h"
#include "firmware/arch/x86/msr_list.h"

    .section .rodata
    .balign 16
    .globl ap_start, ap_end
    .code16
ap_start:
    cli
    cld
    movl %cr0, %eax
    andl $0x9fffffff, %eax /* caches on */
    movl %eax, %cr0
    xorw %ax, %ax
    movw %ax, %ds
    movw $FW_AP_MSR_LIST, %si
    WRITE_MSRS
    lock incl FW_AP_COUNT
3:  cli
    hlt
    jmp 3b
ap_end:
