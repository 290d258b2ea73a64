/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug registers: execute breakpoints (fault, RF), write and read-write watchpoints of each length
 * (trap), DR6, enable bits, general detect, I/O breakpoints with CR4.DE, a watchpoint hit by MOV
 * SS. SDM 3A 17.2, 17.3.
 */
#include "tests/guest/lib/trap.h"

#define DR7_FIXED            0x400ul
#define DR7_L(n)             (1ul << (2 * (n)))
#define DR7_G(n)             (2ul << (2 * (n)))
#define DR7_TYPE(n, rw, len) (((rw) | (len) << 2) << (16 + 4 * (n)))
#define RW_EXECUTE           0ul
#define RW_WRITE             1ul
#define RW_IO                2ul
#define RW_ACCESS            3ul
#define LEN1                 0ul
#define LEN2                 1ul
#define LEN8                 2ul
#define LEN4                 3ul
#define DR6_FIXED            0xffff0ff0ul
#define DR6_BD               0x2000ul

STUB(two_nops, "nop", "nop");
STUB(store1, "nop", "movb %al, (%rdi)");
STUB(store2, "nop", "movw %ax, (%rdi)");
STUB(store4, "nop", "movl %eax, (%rdi)");
STUB(store8, "nop", "movq %rax, (%rdi)");
STUB(load1, "nop", "movb (%rdi), %al");
STUB(load8, "nop", "movq (%rdi), %rax");
STUB(add4, "nop", "addl $1, (%rdi)");
STUB(rep_store, "movl $4, %ecx\n xorl %eax, %eax", "rep stosb");
STUB(push, "xchgq %rsp, %rdi", "pushq $7\n xchgq %rsp, %rdi");
STUB(read_dr, "nop", "movq %db3, %rax");
STUB(port_in, "nop", "inb $0x80, %al");
STUB(port_out, "nop", "outb %al, $0x81");
STUB(mov_ss, "nop", "movw (%rdi), %ss\n mov_ss_1: nop\n mov_ss_2: nop");
extern const char mov_ss_2[];

static uint64_t cell[4] __attribute__((aligned(32)));
static unsigned hits;
static word hit_ip, hit_dr6, hit_dr7, resume_flag;

static void arm(unsigned n, const void *address, word rw, word len)
{
    /* B0-B3 may be set for disabled breakpoints too: keep the other addresses away. */
    write_dr0(0);
    write_dr1(0);
    write_dr2(0);
    write_dr3(0);
    switch (n) {
    case 0: write_dr0((word)address); break;
    case 1: write_dr1((word)address); break;
    case 2: write_dr2((word)address); break;
    default: write_dr3((word)address); break;
    }
    write_dr6(DR6_FIXED);
    write_dr7(DR7_FIXED | DR7_L(n) | DR7_TYPE(n, rw, len));
}

static void disarm(void)
{
    write_dr7(DR7_FIXED);
    write_dr6(DR6_FIXED);
}

static void on_debug(struct frame *frame)
{
    hits++;
    hit_ip = frame->ip;
    hit_dr6 = read_dr6();
    hit_dr7 = read_dr7();
    write_dr6(DR6_FIXED);
    if (resume_flag) frame->flags |= FLAG_RF;
    if (hits > 10) write_dr7(DR7_FIXED);
}

static void run(const char *stub, const void *a)
{
    hits = 0;
    hit_ip = 0;
    hit_dr6 = 0;
    struct fault f = attempt(stub, (word)a, 0);
    if (f.vector != NO_FAULT) expect_return(&f, "debug stub");
    disarm();
}

static void expect_hit(const char *ip, word bits, const char *name)
{
    if (hits != 1 || hit_ip != (word)ip || (hit_dr6 & 0xe00f) != bits) {
        print("  %u hits, ip %lx dr6 %lx; want 1, ip %lx dr6 %lx\n", hits, hit_ip, hit_dr6,
              (word)ip, bits);
    }
    report(hits == 1 && hit_ip == (word)ip && (hit_dr6 & 0xe00f) == bits, "%s", name);
}

static void registers(void)
{
    report_eq(read_dr6(), DR6_FIXED, "DR6 after reset");
    report_eq(read_dr7(), DR7_FIXED, "DR7 after reset");
    write_dr0(0x123456789abcdef0ul);
    write_dr3(~0ul);
    report(read_dr0() == 0x123456789abcdef0ul && read_dr3() == ~0ul, "DR0 and DR3 hold 64 bits");
    write_dr6(0);
    report_eq(read_dr6(), DR6_FIXED, "DR6 reserved bits");
    write_dr7(0);
    report_eq(read_dr7(), DR7_FIXED, "DR7 bit 10 is always set");
    write_dr7(0xffff0300);
    report_eq(read_dr7(), 0xffff0700, "DR7 holds what is not reserved");
    disarm();
}

static void execute(void)
{
    for (unsigned n = 0; n < 4; n++) {
        resume_flag = 1;
        arm(n, two_nops_at, RW_EXECUTE, LEN1);
        run(two_nops, NULL);
        if (hits != 1 || hit_ip != (word)two_nops_at) print("  %u hits at %lx\n", hits, hit_ip);
        report(hits == 1 && hit_ip == (word)two_nops_at && (hit_dr6 & 15) == BIT(n),
               "execute breakpoint in DR%u: fault in front of the instruction, RF passes it", n);
    }
    resume_flag = 0;
    arm(0, two_nops_at, RW_EXECUTE, LEN1);
    run(two_nops, NULL);
    report(hits > 10, "without RF the same instruction breaks again");
    resume_flag = 1;
    write_dr0((word)two_nops_at);
    write_dr7(DR7_FIXED);
    run(two_nops, NULL);
    report_eq(hits, 0, "disabled: no break");
    write_dr7(DR7_FIXED | DR7_G(0));
    run(two_nops, NULL);
    report_eq(hits, 1, "enabled by the global bit");
    arm(0, two_nops_at, RW_EXECUTE, LEN1);
    run(two_nops, NULL);
    run(two_nops, NULL);
    report_eq(hits, 0, "disarmed again: no break");
}

static void watch(const char *stub, const char *next, word offset, bool is_hit, const char *name)
{
    run(stub, (const uint8_t *)cell + offset);
    if (is_hit) {
        expect_hit(next, 1, name);
    } else {
        report(hits == 0, "%s", name);
    }
}

static void writes(void)
{
    const uint8_t *at = (const uint8_t *)cell;
    arm(0, at + 8, RW_WRITE, LEN1);
    watch(store1, store1_next, 8, true, "write, 1 byte");
    arm(0, at + 8, RW_WRITE, LEN2);
    watch(store1, store1_next, 9, true, "write, second byte of 2");
    arm(0, at + 8, RW_WRITE, LEN4);
    watch(store2, store2_next, 10, true, "write, upper half of 4");
    arm(0, at + 8, RW_WRITE, LEN8);
    watch(store4, store4_next, 12, true, "write, upper half of 8");
    arm(0, at + 8, RW_WRITE, LEN8);
    watch(store8, store8_next, 4, true, "write that overlaps by half");
    arm(0, at + 8, RW_WRITE, LEN1);
    watch(store1, store1_next, 9, false, "write next to it");
    arm(0, at + 8, RW_WRITE, LEN8);
    watch(store8, store8_next, 0, false, "write of the 8 bytes before");
    arm(0, at + 8, RW_WRITE, LEN8);
    watch(store1, store1_next, 16, false, "write of the byte behind");
    arm(0, at + 8, RW_WRITE, LEN4);
    watch(load8, load8_next, 8, false, "a read does not hit a write watchpoint");
    arm(0, at + 8, RW_WRITE, LEN4);
    watch(add4, add4_next, 8, true, "read-modify-write hits it once");
    arm(0, at + 8, RW_WRITE, LEN8);
    idt[VECTOR_DB].ist = 1; /* the stack is the watched memory */
    run(push, at + 16);
    idt[VECTOR_DB].ist = 0;
    report(hits == 1 && (hit_dr6 & 15) == 1, "PUSH hits it");
    arm(0, at + 10, RW_WRITE, LEN1);
    run(rep_store, at + 8);
    report(hits == 1 && hit_ip == (word)rep_store_at && (hit_dr6 & 15) == 1,
           "REP STOS: trap after the iteration that hits");
    arm(0, at + 9, RW_WRITE, LEN2);
    watch(store1, store1_next, 8, true,
          "the low bits of the address are ignored for longer watchpoints");
}

static void accesses(void)
{
    const uint8_t *at = (const uint8_t *)cell;
    arm(2, at + 8, RW_ACCESS, LEN4);
    run(load1, at + 9);
    expect_hit(load1_next, 4, "read watchpoint in DR2");
    arm(2, at + 8, RW_ACCESS, LEN4);
    run(store4, at + 8);
    expect_hit(store4_next, 4, "write to it");
    write_dr0((word)at + 8);
    write_dr1((word)at + 12);
    write_dr7(DR7_FIXED | DR7_L(0) | DR7_L(1) | DR7_TYPE(0, RW_WRITE, LEN4) |
              DR7_TYPE(1, RW_ACCESS, LEN4));
    run(store8, at + 8);
    expect_hit(store8_next, 3, "one store, two watchpoints");
    write_dr0((word)store4_at);
    write_dr1((word)at + 8);
    write_dr7(DR7_FIXED | DR7_L(0) | DR7_L(1) | DR7_TYPE(0, RW_EXECUTE, LEN1) |
              DR7_TYPE(1, RW_WRITE, LEN4));
    run(store4, at + 8);
    report_eq(hits, 2, "breakpoint and watchpoint of one instruction: fault, then trap");
    report_eq(hit_dr6 & 15, 2, "the second is the watchpoint");
}

static void special(void)
{
    write_dr6(DR6_FIXED);
    write_dr7(DR7_FIXED | 0x2000);
    run(read_dr, NULL);
    report(hits >= 1 && (hit_dr6 & DR6_BD), "general detect: MOV from DR3 faults, DR6.BD");
    report_eq(hit_dr7 & 0x2000, 0, "GD is clear in the handler");
    write_cr4(read_cr4() | CR4_DE);
    arm(1, (const void *)0x80, RW_IO, LEN1);
    run(port_in, NULL);
    expect_hit(port_in_next, 2, "I/O breakpoint on IN");
    arm(1, (const void *)0x80, RW_IO, LEN2);
    run(port_out, NULL);
    expect_hit(port_out_next, 2, "I/O breakpoint of 2 ports on OUT");
    arm(1, (const void *)0x80, RW_IO, LEN1);
    run(port_out, NULL);
    report_eq(hits, 0, "another port");
    write_cr4(read_cr4() & ~CR4_DE);
    cell[0] = SEL_DATA;
    arm(0, cell, RW_ACCESS, LEN2);
    run(mov_ss, cell);
    expect_hit(mov_ss_2, 1, "a watchpoint hit by MOV SS is reported one instruction later");
}

void guest_main(void)
{
    registers();
    trap_handle(VECTOR_DB, on_debug);
    execute();
    writes();
    accesses();
    special();
}
