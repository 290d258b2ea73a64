/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real mode: exceptions and INT through the interrupt vector table, frames of three words, IRET,
 * instructions that real mode does not know, segment limit of 64 KiB, flat FS ("unreal"), 1 MiB
 * wrap with A20 on, LIDT, single step, hardware interrupts and HLT, strings, wide registers. SDM 3A
 * 20 (8086 emulation).
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

extern const char real_begin[], real_end[], real_stubs[], real_counter[], real_timer[];
extern const char real_taken[], real_vector[], real_ip[], real_cs[], real_flags[], real_sp[],
    real_ax[], real_handler_flags[], real_count[];
void real_enter(unsigned offset);

#define REAL(name) extern const char r_##name[], r_##name##_at[], r_##name##_next[]
REAL(div);
REAL(int3);
REAL(into);
REAL(bound);
REAL(ud);
REAL(int40);
REAL(fpu);
REAL(sldt);
REAL(lar);
REAL(arpl);
REAL(ltr);
REAL(lock);
REAL(edge_data);
REAL(edge_stack);
REAL(big_offset);
REAL(unreal);
REAL(wrap);
REAL(far);
REAL(flags);
REAL(wide);
REAL(segment);
REAL(iret);
REAL(halt);
REAL(step);
REAL(lidt);
REAL(short_idt);
REAL(smsw);
REAL(string);
REAL(cpuid);

static unsigned low(const char *symbol)
{
    return (unsigned)(symbol - real_begin) + REAL_BASE;
}

static unsigned value(const char *symbol)
{
    return *(volatile uint16_t *)low(symbol);
}

static void vector_set(unsigned vector, const char *target)
{
    /* The compiler thinks that nothing can lie at address 0. */
    __asm__ volatile("movl %1, (%0)" : : "r"(vector * 4), "r"(low(target)) : "memory");
}

static void prepare(void)
{
    memcpy((void *)REAL_BASE, real_begin, (size_t)(real_end - real_begin));
    for (unsigned vector = 0; vector < 256; vector++) {
        vector_set(vector, real_stubs + 8 * vector);
    }
}

static bool faults(const char *code, unsigned vector, const char *at, const char *name)
{
    real_enter(low(code));
    bool is_right = value(real_taken) & 1 && value(real_vector) == vector &&
                    value(real_ip) == low(at) && value(real_cs) == 0;
    if (!is_right) {
        print("  taken %u vector %u ip %x, want vector %u ip %x\n", value(real_taken) & 1,
              value(real_vector), value(real_ip), vector, low(at));
    }
    report(is_right, "%s", name);
    return is_right;
}

static void returns(const char *code, unsigned ax, const char *name)
{
    real_enter(low(code));
    if ((value(real_taken) & 1) || value(real_ax) != ax) {
        print("  taken %u vector %u ax %x, want ax %x\n", value(real_taken) & 1, value(real_vector),
              value(real_ax), ax);
    }
    report(!(value(real_taken) & 1) && value(real_ax) == ax, "%s", name);
}

static void exceptions(void)
{
    faults(r_div, VECTOR_DE, r_div_at, "#DE: return address is the DIV");
    report_eq(value(real_sp), REAL_STACK - 8, "three words are pushed");
    faults(r_int3, VECTOR_BP, r_int3_next, "#BP: return address behind INT3");
    faults(r_into, VECTOR_OF, r_into_next, "#OF: return address behind INTO");
    faults(r_bound, VECTOR_BR, r_bound_at, "#BR");
    faults(r_ud, VECTOR_UD, r_ud_at, "#UD: UD2");
    faults(r_fpu, VECTOR_NM, r_fpu_at, "#NM");
    write_cr0(read_cr0() & ~CR0_TS);
    faults(r_sldt, VECTOR_UD, r_sldt_at, "#UD: SLDT");
    faults(r_lar, VECTOR_UD, r_lar_at, "#UD: LAR");
    faults(r_arpl, VECTOR_UD, r_arpl_at, "#UD: ARPL");
    faults(r_ltr, VECTOR_UD, r_ltr_at, "#UD: LTR");
    faults(r_lock, VECTOR_UD, r_lock_at, "#UD: LOCK NOP");
    if (faults(r_int40, 0x40, r_int40_next, "INT 0x40")) {
        report_eq(value(real_flags) & 0x201, 0x201, "flags in the frame: CF and IF as they were");
        report_eq(value(real_handler_flags) & 0x300, 0, "handler: IF and TF clear");
    }
}

static void limits(void)
{
    faults(r_edge_data, VECTOR_GP, r_edge_data_at, "#GP: word at offset FFFFh");
    faults(r_edge_stack, VECTOR_SS, r_edge_stack_at, "#SS: word at SS:FFFFh");
    faults(r_big_offset, VECTOR_GP, r_big_offset_at, "#GP: offset beyond 64 KiB");
}

static void addresses(void)
{
    *(volatile uint16_t *)0x100000 = 0xbeef;
    returns(r_unreal, *(volatile uint16_t *)0x200000, "flat FS reaches 2 MiB");
    returns(r_wrap, 0xbeef, "FFFF:0010 is 100000h: A20 is on");
    returns(r_segment, 1, "segment registers hold any value");
    returns(r_far, 0x77, "far call and return");
    returns(r_string, 8, "string instruction");
}

static void registers(void)
{
    returns(r_flags, 0x7002, "IOPL and NT can be set");
    returns(r_wide, 0x1234, "32-bit registers by prefix");
    returns(r_smsw, read_cr0() & 0xfffe, "SMSW shows PE clear");
    returns(r_cpuid, cpuid(0, 0).ebx & 0xffff, "CPUID");
}

static void interrupts(void)
{
    vector_set(0x41, real_counter);
    real_enter(low(r_iret));
    report(!(value(real_taken) & 1) && value(real_count) == 1, "INT and IRET");
    report_eq(value(real_ax) & 0x203, 0x203, "IRET restores CF and IF");
    faults(r_step, VECTOR_DB, r_step_next, "single step");
    uint32_t *table = (uint32_t *)REAL_FREE;
    memset(table, 0, 1024);
    table[0x42] = low(real_counter);
    real_enter(low(r_lidt));
    report(!(value(real_taken) & 1) && value(real_count) == 2, "LIDT moves the vector table");
    faults(r_short_idt, VECTOR_GP, r_short_idt_at, "#GP: vector beyond the limit of the table");
    lapic_setup();
    lapic_write(LAPIC_LVT_LINT0, LVT_EXTINT);
    pic_setup();
    vector_set(PIC_VECTOR, real_timer);
    pit_load(0, 2, 1193);
    pic_mask(0xfffe);
    returns(r_halt, 3, "three interrupts of the 8254 wake HLT");
    pic_mask(0xffff);
}

void guest_main(void)
{
    prepare();
    exceptions();
    limits();
    addresses();
    registers();
    interrupts();
}
