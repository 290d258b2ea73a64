/* SPDX-License-Identifier: GPL-2.0-only */
/* The compiled DSDT (firmware/rom), as data. */
    .section .rodata
    .balign 4
    .globl platform_dsdt, platform_dsdt_end
platform_dsdt:
    .incbin "dsdt.aml"
platform_dsdt_end:
    .section .note.GNU-stack, "", @progbits
