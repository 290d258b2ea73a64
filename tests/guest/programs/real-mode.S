/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real-mode half of real-mode.c: way in and out, a handler for every vector that records and
 * goes back, and the code under test. All of it is copied to REAL_BASE, so that it runs with CS =
 * 0.
 */
#include "tests/guest/lib/layout.h"

#define AT(symbol) (symbol - real_begin + REAL_BASE)

    .text
    .code32
    /*
     * void real_enter(unsigned offset (EAX)): runs real-mode code at this offset until it returns
     * or faults.
     */
    .globl real_enter
real_enter:
    pushal
    pushfl
    cli
    sidt saved_idt
    movl %esp, saved_esp
    movl %eax, %ebx
    lidt real_idt
    ljmp $SEL_CODE16, $AT(enter16)

back32:
    movw $SEL_DATA, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl saved_esp, %esp
    lidt saved_idt
    popfl
    popal
    ret

    .data
    .balign 4
saved_esp: .long 0
saved_idt: .word 0
    .long 0
    .globl real_idt
real_idt:
    .word 0x3ff
    .long 0

    .text
    .globl real_begin, real_end, real_stubs
    .balign 16
real_begin:
    .code16
enter16:
    movw $SEL_DATA16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    /* FS keeps its flat 4 GiB limit over the switch: "unreal" mode. */
    movl %cr0, %eax
    andb $0xfe, %al
    movl %eax, %cr0
    ljmp $0, $AT(entered)
entered:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %gs
    movw %ax, %ss
    movw $REAL_STACK, %sp
    movb $0, AT(real_taken)
    callw *%bx
leave:
    movw %ax, %cs:AT(real_ax)
    cli
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    data32 ljmp $SEL_CODE32, $back32

    /* What a vector does: record and leave. 4 bytes each for vectors 0 to 255: push and jump. */
    .balign 8
real_stubs:
    .set vector, 0
    .rept 256
    .balign 8
    pushw $vector
    jmp common
    .set vector, vector + 1
    .endr
common:
    cld
    movw %ax, %cs:AT(real_ax)
    popw %cs:AT(real_vector)
    movw %sp, %cs:AT(real_sp)
    popw %cs:AT(real_ip)
    popw %cs:AT(real_cs)
    popw %cs:AT(real_flags)
    movb $1, %cs:AT(real_taken)
    pushfw
    popw %cs:AT(real_handler_flags)
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %ss
    movw $REAL_STACK - 2, %sp
    movw %cs:AT(real_ax), %ax
    jmp leave

    .globl real_taken, real_vector, real_ip, real_cs, real_flags, real_sp, real_ax, real_handler_flags, real_count
    .balign 2
real_taken: .word 0
real_vector: .word 0
real_ip: .word 0
real_cs: .word 0
real_flags: .word 0
real_sp: .word 0
real_ax: .word 0
real_handler_flags: .word 0
real_count: .word 0
zero_word: .word 0
bounds: .word 1, 8
pointer: .word AT(r_far_target), 0
new_idt: .word 0x3ff
    .long REAL_FREE
short_idt: .word 0x3f
    .long 0
old_idt: .word 0x3ff
    .long 0

#define R(name) .globl r_##name, r_##name##_at, r_##name##_next; r_##name: ;
    R(div) xorw %dx, %dx
    movw $1, %ax
r_div_at: divw AT(zero_word)
r_div_next: ret
    R(int3)
r_int3_at: int3
r_int3_next: ret
    R(into) movw $0x7fff, %ax
    addw $1, %ax
r_into_at: into
r_into_next: ret
    R(bound) movw $9, %ax
r_bound_at: boundw %ax, AT(bounds)
r_bound_next: ret
    R(ud)
r_ud_at: ud2
r_ud_next: ret
    R(int40) stc
    sti
r_int40_at: int $0x40
r_int40_next: cli
    ret
    R(fpu) movl %cr0, %eax
    orb $8, %al
    movl %eax, %cr0
r_fpu_at: fld1
r_fpu_next: clts
    ret
    R(sldt)
r_sldt_at: sldt %ax
r_sldt_next: ret
    R(lar)
r_lar_at: lar %ax, %bx
r_lar_next: ret
    R(arpl)
r_arpl_at: arpl %ax, %bx
r_arpl_next: ret
    R(ltr)
r_ltr_at: ltr %ax
r_ltr_next: ret
    R(lock)
r_lock_at: .byte 0xf0, 0x90
r_lock_next: ret
    R(edge_data)
r_edge_data_at: movw 0xffff, %ax
r_edge_data_next: ret
    R(edge_stack) movw $0xffff, %bp
r_edge_stack_at: movw (%bp), %ax
r_edge_stack_next: ret
    R(big_offset) movl $0x10000, %ebx
r_big_offset_at: addr32 movw (%ebx), %ax
r_big_offset_next: ret
    R(unreal) movl $0x200000, %ebx
r_unreal_at: addr32 movw %fs:(%ebx), %ax
r_unreal_next: ret
    R(wrap) movw $0xffff, %ax
    movw %ax, %es
r_wrap_at: movw %es:0x10, %ax
r_wrap_next: ret
    R(far) lcallw *AT(pointer)
r_far_at: nop
r_far_next: ret
r_far_target:
    movw $0x77, %ax
    lretw
    R(flags) pushw $0x7002
    popfw
    pushfw
r_flags_at: popw %ax
r_flags_next: ret
    R(wide) movl $0x12345678, %eax
    rorl $16, %eax
r_wide_at: nop
r_wide_next: ret
    R(segment) movw $0x1234, %ax
    movw %ax, %es
    movw %es, %bx
    cmpw %ax, %bx
    movw $1, %ax
    je 1f
    xorw %ax, %ax
r_segment_at: nop
r_segment_next:
1:  ret
    /* A handler that counts and returns by IRET: vector 0x41. */
    .globl real_counter
real_counter:
    incw %cs:AT(real_count)
    iretw
    R(iret) movw $0x0203, %ax
    pushw %ax
    popfw
    int $0x41
    pushfw
r_iret_at: popw %ax
r_iret_next: cli
    ret
    /* The interrupt of the 8254 by way of the 8259: vector 0x20. */
    .globl real_timer
real_timer:
    incw %cs:AT(real_count)
    pushw %ax
    movb $0x20, %al
    outb %al, $0x20
    popw %ax
    iretw
    R(halt) movw $0, AT(real_count)
    sti
1:  hlt
    cmpw $3, AT(real_count)
    jb 1b
    cli
    movw AT(real_count), %ax
r_halt_at: nop
r_halt_next: ret
    R(step) pushw $0x0102
    popfw
r_step_at: nop
r_step_next: nop
    ret
    R(lidt) lidtl AT(new_idt)
    int $0x42
    lidtl AT(old_idt)
r_lidt_at: nop
r_lidt_next: ret
    R(short_idt) lidtl AT(short_idt)
r_short_idt_at: int $0x40
r_short_idt_next: lidtl AT(old_idt)
    ret
    R(smsw) smsw %ax
r_smsw_at: nop
r_smsw_next: ret
    R(string) movw $AT(bounds), %si
    movw $REAL_FREE + 0x800, %di
    movw $4, %cx
    rep movsb
    movw REAL_FREE + 0x802, %ax
r_string_at: nop
r_string_next: ret
    R(cpuid) xorl %eax, %eax
    cpuid
    movw %bx, %ax
r_cpuid_at: nop
r_cpuid_next: ret
    R(ivt_fault) movw $0, %sp
r_ivt_fault_at: nop
r_ivt_fault_next: ret
real_end:
    .section .note.GNU-stack, "", @progbits
