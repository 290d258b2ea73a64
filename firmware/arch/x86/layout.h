/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the firmware lives while it runs, for C, assembly and the linker script: everything stands in the first 640 KiB.
 * The whole of it belongs to the payload once the payload is entered, except as docs/images.md says for plain ELF64.
 */
#pragma once

#define FW_RUNTIME_BASE \
    0x00001000 /* first byte that a payload segment may not touch while the firmware runs */
#define FW_RUNTIME_END \
    0x00100000 /* and the first byte above: the VGA hole and the BIOS segment are inside */

#define FW_PAGE_TABLES \
    0x00001000 /* one PML4 page and two page-directory-pointer pages: 1 TiB in 1 GiB pages */
#define FW_IDT           0x00004000 /* 32 gates of 16 bytes */
#define FW_AP_TRAMPOLINE 0x00008000 /* start-up code of the application processors, SIPI vector 8 */
#define FW_AP_MSR_LIST   0x00008100 /* what they set */
#define FW_AP_COUNT      0x00008ff0 /* how many have done so, 32 bits */
#define FW_IMAGE_BASE    0x00010000 /* code, constants, data, bss; end checked by the linker script */
#define FW_IMAGE_END     0x0003c000
#define FW_CONSOLE_BASE  0x0003c000 /* the log on the screen */
#define FW_CONSOLE_END   0x00040000
#define FW_HANDOFF_BASE \
    0x00040000 /* what payloads are told: boot parameters, command line, memory map */
#define FW_HANDOFF_END 0x00080000
#define FW_STACK_END   0x00090000 /* firmware stack, grows down to FW_HANDOFF_END */
#define FW_PAYLOAD_STACK_END \
    0x0009f000                  /* stack of a plain ELF64 payload, grows down to FW_STACK_END */
#define FW_EBDA_BASE 0x0009fc00 /* extended BIOS data area: where real firmware ends low memory */
#define FW_EBDA_END  0x000a0000
#define FW_BIOS_BASE 0x000f0000 /* RSDP, SMBIOS: stays reserved */
#define FW_BIOS_END  0x00100000

/*
 * Until there is RAM, the page tables show other memory at these same addresses: the image in ROM (read-only) at FW_IMAGE_BASE, and
 * pages of the cache (MAP_CAR_BASE) at FW_IDT, FW_CONSOLE_BASE and FW_HANDOFF_END, where the stack ends. ram_enter() copies
 * them to where they seem to be. Offsets in the cache; the tables are the PML4, two page-directory-pointer pages, the first
 * page directory and its first page table.
 */
#define FW_CAR_PAGE_TABLES 0x00000
#define FW_CAR_IDT         0x05000
#define FW_CAR_CONSOLE     0x08000
#define FW_CAR_STACK       0x10000
#define FW_RAM_FREE        0x00200000 /* addresses from here on are always themselves */

/* Selectors of the firmware's GDT. 0x10 and 0x18 are what the Linux boot protocol asks for (__BOOT_CS, __BOOT_DS). */
#define FW_CS32 0x08
#define FW_CS64 0x10
#define FW_DS   0x18
#define FW_TSS  0x20 /* in 32-bit payloads only */

/* Code the debug exit port is given when the boot fails: the emulator then ends with (0 << 1) | 1. */
#define FW_EXIT_FAILED 0
