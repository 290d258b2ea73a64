/* SPDX-License-Identifier: GPL-2.0-only */
/* The pictures as data: see art.h. */
    .section .rodata
    .balign 16
    .globl art_glyphs, art_planet, art_ring, art_word
art_glyphs:
    .incbin "glyphs.bin"
art_planet:
    .incbin "planet.bin"
art_ring:
    .incbin "ring.bin"
art_word:
    .incbin "word.bin"
    .section .note.GNU-stack, "", @progbits
