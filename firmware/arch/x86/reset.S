/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the reset vector to C, and later from ROM and cache to RAM. Real mode with CS base 0xffff0000 (SDM 3A 10.1.4), then 32-bit
 * protected mode. There is no RAM: the cache is used as memory, in no-evict mode as coreboot's documentation of Intel
 * processors tells (set up, touch every line, run). Then long mode; the page tables make the firmware see itself where it will be
 * later, in the first 640 KiB, and everything else up to 1 TiB at its own address.
 */
#include "emu/machine/map.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/arch/x86/msr_list.h"

#define CR0_PE_MP_NE_WP 0x00010023
#define CR0_PG 0x80000000
#define CR4_PAE_SSE 0x00000620 /* PAE, OSFXSR, OSXMMEXCPT */
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x00000900
#define MSR_NO_EVICT_MODE 0x2e0
#define NO_EVICT_SETUP 1
#define NO_EVICT_RUN 2
#define MSR_MTRR_PHYSBASE0 0x200
#define MSR_MTRR_DEF_TYPE 0x2ff
#define MTRR_WRITE_PROTECTED 5
#define MTRR_WRITE_BACK 6
#define MTRR_VALID 0x800
#define MTRR_ENABLE 0x800
#define MTRR_HIGH ((1 << (MAP_PHYS_BITS - 32)) - 1) /* upper half of a mask */
/* In page tables. Accessed and dirty are set beforehand, so that nothing has to be written back. */
#define PAGE_READ 0x061
#define PAGE_WRITE 0x063
#define PAGE_WRITE_LARGE 0x0e3
#define PAGE_BITS 12
#define ROM_CODE_OFFSET 0xf000 /* of this section in the segment at 0xffff0000; link.ld puts it there */
#define GIGABYTES 1024 /* 1 TiB = the machine's 40 physical address bits, in pages of 1 GiB */
#define CAR_TABLES (MAP_CAR_BASE + FW_CAR_PAGE_TABLES)

/* ECX entries at EDI: the first is EAX, each of the others EBX more. Uses EDX, too. */
    .macro FILL_ENTRIES
    xorl %edx, %edx
9:  movl %eax, (%edi)
    movl %edx, 4(%edi)
    addl %ebx, %eax
    adcl $0, %edx
    addl $8, %edi
    decl %ecx
    jnz 9b
    .endm

/* A PML4 and, behind it, two pages that map everything to itself in pages of 1 GiB. Uses EAX, EBX, ECX, EDX, EDI. */
    .macro FILL_TABLES base
    movl $(\base), %edi
    movl $(4096 / 4), %ecx
    xorl %eax, %eax
    rep stosl
    movl $(\base), %edi
    movl $(\base + 0x1000 + PAGE_WRITE), %eax
    movl $0x1000, %ebx
    movl $2, %ecx
    FILL_ENTRIES
    movl $(\base + 0x1000), %edi
    movl $PAGE_WRITE_LARGE, %eax
    movl $0x40000000, %ebx
    movl $GIGABYTES, %ecx
    FILL_ENTRIES
    .endm

    .section .rom.code, "ax"
    .code16
rom_code:
reset16:
    cli
    cld
    movw $(ROM_CODE_OFFSET + rom_gdt_pointer - rom_code), %bx
    lgdtl %cs:(%bx)
    movl %cr0, %eax
    andl $0x9fffffff, %eax /* caches on: CD and NW clear */
    orl $1, %eax
    movl %eax, %cr0
    ljmpl $FW_CS32, $reset32

    .code32
reset32:
    movl $FW_DS, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs

    /* Only this ROM and the memory in the cache are cached. */
    movl $early_msrs, %esi
    WRITE_MSRS
    movl $MSR_NO_EVICT_MODE, %ecx
    rdmsr
    orl $NO_EVICT_SETUP, %eax
    wrmsr
3:  rdmsr
    testl $NO_EVICT_SETUP, %eax
    jz 3b
    movl $MAP_CAR_BASE, %edi
    movl $(MAP_CAR_SIZE / 4), %ecx
    xorl %eax, %eax
    rep stosl
    movl $MSR_NO_EVICT_MODE, %ecx
    rdmsr
    orl $NO_EVICT_RUN, %eax
    wrmsr

    /* Everything at its own address: 1 GiB pages, but for the first of them and in it the first 2 MiB. */
    FILL_TABLES CAR_TABLES
    movl $(CAR_TABLES + 0x3000 + PAGE_WRITE), CAR_TABLES + 0x1000
    movl $(CAR_TABLES + 0x3000), %edi
    movl $PAGE_WRITE_LARGE, %eax
    movl $0x200000, %ebx
    movl $512, %ecx
    FILL_ENTRIES
    movl $(CAR_TABLES + 0x4000 + PAGE_WRITE), CAR_TABLES + 0x3000
    movl $(CAR_TABLES + 0x4000), %edi
    movl $PAGE_WRITE, %eax
    movl $0x1000, %ebx
    movl $512, %ecx
    FILL_ENTRIES
    movl $views, %esi
3:  lodsl /* where it is seen */
    movl %eax, %edi
    shrl $(PAGE_BITS - 3), %edi
    addl $(CAR_TABLES + 0x4000), %edi
    lodsl /* how many pages; 0 ends the list */
    movl %eax, %ecx
    jecxz 4f
    lodsl /* where it is, with the bits of a page table */
    movl $0x1000, %ebx
    FILL_ENTRIES
    jmp 3b

4:  movl $CR4_PAE_SSE, %eax
    movl %eax, %cr4
    movl $CAR_TABLES, %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_LME_NXE, %eax
    wrmsr
    movl $(CR0_PG | CR0_PE_MP_NE_WP), %eax
    movl %eax, %cr0
    ljmpl $FW_CS64, $reset64

    .code64
reset64:
    movl $FW_STACK_END, %esp
    movl $fw_gdt_pointer, %eax
    lgdt (%rax)
    fninit
    xorl %ebp, %ebp
    movl $fw_main, %eax
    call *%rax
    ud2

/* The rest of ram_enter(), at its own address in ROM. The stack changes under it. */
ram_enter_rom:
    movq %rbx, %r8
    /* Whole words first: a word that memory has lost over a reset stays lost when it is written in halves. */
    movl $FW_PAGE_TABLES, %edi
    movl $(3 * 4096 / 8), %ecx
    xorl %eax, %eax
    rep stosq
    FILL_TABLES FW_PAGE_TABLES
    movq %r8, %rbx
    movl $FW_PAGE_TABLES, %eax
    movq %rax, %cr3
    movl $views, %esi
1:  lodsl
    movl %eax, %edi
    lodsl
    movl %eax, %ecx
    jrcxz 2f
    shll $(PAGE_BITS - 3), %ecx
    lodsl
    andl $0xfffff000, %eax
    movq %rsi, %rdx
    movl %eax, %esi
    rep movsq
    movq %rdx, %rsi
    jmp 1b
2:  movl $MSR_NO_EVICT_MODE, %ecx
    rdmsr
    andl $~NO_EVICT_RUN, %eax
    wrmsr
    andl $~NO_EVICT_SETUP, %eax
    wrmsr
    ret

    .balign 8
rom_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff /* FW_CS32: base 0, limit 4 GiB, code, 32-bit, accessed */
    .quad 0x00af9b000000ffff /* FW_CS64: code, long */
    .quad 0x00cf93000000ffff /* FW_DS: data, writable */
rom_gdt_pointer:
    .word rom_gdt_pointer - rom_gdt - 1
    .long rom_gdt

/* MSR, low half, high half. cpu.c sets the same registers later, all of them. */
    .balign 4
early_msrs:
    .long MSR_MTRR_PHYSBASE0, MAP_CAR_BASE + MTRR_WRITE_BACK, 0
    .long MSR_MTRR_PHYSBASE0 + 1, -MAP_CAR_SIZE + MTRR_VALID, MTRR_HIGH
    .long MSR_MTRR_PHYSBASE0 + 2, MAP_ROM_BASE + MTRR_WRITE_PROTECTED, 0
    .long MSR_MTRR_PHYSBASE0 + 3, -MAP_ROM_SIZE + MTRR_VALID, MTRR_HIGH
    .long MSR_MTRR_DEF_TYPE, MTRR_ENABLE, 0
    .long 0

/* Where the firmware sees something, how many pages, where that is until there is RAM. */
views:
    .long FW_IMAGE_BASE, fw_image_pages, rom_image + PAGE_READ
    .long FW_IDT, 1, MAP_CAR_BASE + FW_CAR_IDT + PAGE_WRITE
    .long FW_CONSOLE_BASE, (FW_CONSOLE_END - FW_CONSOLE_BASE) / 4096, MAP_CAR_BASE + FW_CAR_CONSOLE + PAGE_WRITE
    .long FW_HANDOFF_END, (FW_STACK_END - FW_HANDOFF_END) / 4096, MAP_CAR_BASE + FW_CAR_STACK + PAGE_WRITE
    .long 0, 0

    .section .text
    .code64
    .globl ram_enter
ram_enter:
    movl $ram_enter_rom, %eax
    jmpq *%rax

    .section .rom.vector, "ax"
    .code16
    .globl reset_vector
reset_vector:
    .byte 0xe9 /* jmp rel16: both ends lie in the last 64 KiB */
    .word reset16 - (. + 2)
    .balign 16, 0xff
