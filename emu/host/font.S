/* SPDX-License-Identifier: GPL-2.0-only */
/* The font as data: see font.h. */
    .section .rodata
    .globl font_psf
font_psf:
    .incbin "font.psf"
    .section .note.GNU-stack, "", @progbits
