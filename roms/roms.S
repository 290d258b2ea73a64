/* SPDX-License-Identifier: GPL-2.0-only */
/* The committed images as data: see roms.h. */
    .section .rodata
    .balign 4096
    .globl rom_firmware, rom_firmware_end, rom_firmware_key, rom_firmware_signature
rom_firmware:
    .incbin "firmware.bin"
rom_firmware_end:
rom_firmware_key:
    .incbin "firmware.pub"
rom_firmware_signature:
    .incbin "firmware.sig"
    .section .note.GNU-stack, "", @progbits
