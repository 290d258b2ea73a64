/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the reset vector to C. Runs in ROM: real mode with CS base 0xffff0000 (SDM 3A 10.1.4), then 32-bit protected mode,
 * then long mode with the first 1 TiB mapped to itself. Copies the firmware to low RAM and enters fw_main() there.
 * Memory training is the machine's business: RAM works from the first instruction on (map.h, MAP_TOLM_REG).
 */
#include "firmware/arch/x86/layout.h"

#define CR0_PE_MP_NE_WP 0x00010023
#define CR0_PG 0x80000000
#define CR4_PAE_SSE 0x00000620 /* PAE, OSFXSR, OSXMMEXCPT */
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x00000900
#define PAGE_PRESENT_WRITE 0x003
#define PAGE_PRESENT_WRITE_1G 0x083
#define ROM_CODE_OFFSET 0xf000 /* of this section in the segment at 0xffff0000; link.ld puts it there */
#define PAGE_DIRECTORIES 1024 /* 1 GiB each: 1 TiB = the machine's 40 physical address bits */

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

    /* PML4: two entries. Then 1024 leaf entries of 1 GiB. */
    movl $FW_PAGE_TABLES, %edi
    movl $(3 * 4096 / 4), %ecx
    rep stosl
    movl $(FW_PAGE_TABLES + 0x1000 + PAGE_PRESENT_WRITE), FW_PAGE_TABLES
    movl $(FW_PAGE_TABLES + 0x2000 + PAGE_PRESENT_WRITE), FW_PAGE_TABLES + 8
    movl $(FW_PAGE_TABLES + 0x1000), %edi
    movl $PAGE_PRESENT_WRITE_1G, %eax
    xorl %edx, %edx
    movl $PAGE_DIRECTORIES, %ecx
1:  movl %eax, (%edi)
    movl %edx, 4(%edi)
    addl $0x40000000, %eax
    adcl $0, %edx
    addl $8, %edi
    decl %ecx
    jnz 1b

    movl $CR4_PAE_SSE, %eax
    movl %eax, %cr4
    movl $FW_PAGE_TABLES, %eax
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
    movl $rom_image, %esi /* above 2 GiB: moves to 32-bit registers zero-extend */
    movl $fw_image_start, %edi
    movl $fw_image_quads, %ecx
    rep movsq
    movl $fw_bss_start, %edi
    movl $fw_bss_quads, %ecx
    xorl %eax, %eax
    rep stosq
    movl $fw_gdt_pointer, %eax
    lgdt (%rax) /* from now on nothing is needed of the ROM */
    fninit
    xorl %ebp, %ebp
    movl $fw_main, %eax
    call *%rax
    ud2

    .balign 8
rom_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff /* FW_CS32: base 0, limit 4 GiB, code, 32-bit, accessed */
    .quad 0x00af9b000000ffff /* FW_CS64: code, long */
    .quad 0x00cf93000000ffff /* FW_DS: data, writable */
rom_gdt_pointer:
    .word rom_gdt_pointer - rom_gdt - 1
    .long rom_gdt

    .section .rom.vector, "ax"
    .code16
    .globl reset_vector
reset_vector:
    .byte 0xe9 /* jmp rel16: both ends lie in the last 64 KiB */
    .word reset16 - (. + 2)
    .balign 16, 0xff
