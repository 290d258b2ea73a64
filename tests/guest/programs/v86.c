/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual-8086 mode: entered by IRET with VM, exceptions push the segment registers and clear them,
 * IOPL-sensitive instructions, INT n with IOPL 0 and 3, I/O bitmap whatever IOPL says, segment
 * arithmetic. SDM 3A 20.2.
 */
#include "tests/guest/lib/trap.h"

/* 16-bit code pieces, copied to REAL_BASE; each ends with a UD2 that hands back AX. */
#define CODE16(name, text)                                                                     \
    extern const char name[], name##_at[], name##_end[];                                       \
    __asm__(".pushsection .text.stub, \"ax\"\n.code16\n.globl " #name ", " #name "_at, " #name \
            "_end\n" #name ":\n" text "\n" #name "_end: ud2\n.code32\n.popsection")

CODE16(seg_read, "seg_read_at: movw %es:4, %ax");
CODE16(cli16, "cli16_at: cli");
CODE16(pushf16, "pushf16_at: pushfw\n popw %ax");
CODE16(int16, "int16_at: int $0x60");
CODE16(iret16, "iret16_at: iretw");
CODE16(hlt16, "hlt16_at: hlt");
CODE16(port16, "movw $0x80, %dx\n port16_at: inb %dx, %al\n movw $0x55, %ax");
CODE16(cr16, "cr16_at: movl %cr0, %eax");
CODE16(sldt16, "sldt16_at: sldt %ax");
CODE16(seg_load, "movw $0xabcd, %bx\n seg_load_at: movw %bx, %es\n movw %es, %ax");
CODE16(divide16, "xorw %dx, %dx\n xorw %cx, %cx\n divide16_at: divw %cx");
CODE16(wide16, "movl $0x12345678, %eax\n wide16_at: shrl $16, %eax");

/* IRET to VM pops nine words: EIP CS EFLAGS ESP SS ES DS FS GS. EAX: the flags. */
STUB(enter_v86,
     "pushl $0x4444\n pushl $0x3333\n pushl $0x2222\n pushl $0x0900\n pushl $0x0700\n pushl "
     "$0x0ff0\n pushl %eax\n"
     " pushl $0x800\n pushl $0",
     "iretl");

static word flags_extra;

static struct fault run(const char *code, const char *end)
{
    memcpy((void *)REAL_BASE, code, (size_t)(end - code) + 2);
    return attempt(enter_v86, FLAG_FIXED | FLAG_VM | flags_extra, 0);
}

#define RUN(name)           run(name, name##_end)
#define OFFSET(name, label) ((word)(label - name))

static void frames(void)
{
    *(volatile uint16_t *)(0x9000 + 4) = 0xfeed;
    struct fault f = RUN(seg_read);
    report(f.vector == VECTOR_UD, "virtual-8086 code runs and its exception comes back");
    report_eq(f.value & 0xffff, 0xfeed, "ES 0900h is address 9000h");
    report(f.frame.flags & FLAG_VM, "VM in the frame's flags");
    report_eq(f.frame.cs & 0xffff, 0x800, "CS in the frame");
    report_eq(f.frame.ip, OFFSET(seg_read, seg_read_end), "IP in the frame");
    report_eq(f.frame.ss & 0xffff, 0x700, "SS in the frame");
    report_eq(f.frame.sp & 0xffff, 0xff0, "SP in the frame");
    report_eq(f.frame_top, (word)ring0_stack + STACK_BYTES, "the stack is ESP0 of the TSS");
    report_eq(f.frame.ds, 0, "DS is null in the handler");
    const uint32_t *top = (const uint32_t *)(ring0_stack + STACK_BYTES);
    report(top[-4] == 0x900 && top[-3] == 0x2222 && top[-2] == 0x3333 && top[-1] == 0x4444,
           "ES, DS, FS and GS in the frame");
}

static void expect(struct fault f, unsigned vector, word error, word ip, const char *name)
{
    if (f.vector != vector || f.error != error || f.frame.ip != ip) {
        print("  vector %lu error %lx ip %lx, want %u %lx %lx\n", f.vector, f.error, f.frame.ip,
              vector, error, ip);
    }
    report(f.vector == vector && f.error == error && f.frame.ip == ip, "%s", name);
}

static void sensitive(void)
{
    flags_extra = 0;
    expect(RUN(cli16), VECTOR_GP, 0, OFFSET(cli16, cli16_at), "#GP(0): CLI with IOPL 0");
    expect(RUN(pushf16), VECTOR_GP, 0, OFFSET(pushf16, pushf16_at), "#GP(0): PUSHF with IOPL 0");
    expect(RUN(int16), VECTOR_GP, 0, OFFSET(int16, int16_at), "#GP(0): INT n with IOPL 0");
    expect(RUN(iret16), VECTOR_GP, 0, OFFSET(iret16, iret16_at), "#GP(0): IRET with IOPL 0");
    expect(RUN(hlt16), VECTOR_GP, 0, OFFSET(hlt16, hlt16_at), "#GP(0): HLT");
    expect(RUN(cr16), VECTOR_GP, 0, OFFSET(cr16, cr16_at), "#GP(0): MOV from CR0");
    expect(RUN(sldt16), VECTOR_UD, 0, OFFSET(sldt16, sldt16_at), "#UD: SLDT");
    expect(RUN(divide16), VECTOR_DE, 0, OFFSET(divide16, divide16_at), "#DE");
    flags_extra = FLAG_IOPL3;
    struct fault f = RUN(cli16);
    expect(f, VECTOR_UD, 0, OFFSET(cli16, cli16_end), "CLI with IOPL 3");
    f = RUN(pushf16);
    report(f.vector == VECTOR_UD && (f.value & 0x3000) == 0x3000, "PUSHF with IOPL 3");
    expect(RUN(int16), VECTOR_GP, ERROR_IDT_VECTOR(0x60), OFFSET(int16, int16_at),
           "#GP(IDT): INT n with IOPL 3, gate of DPL 0");
    idt[0x60].type |= GATE_DPL3;
    f = RUN(int16);
    report(f.vector == 0x60 && (f.frame.flags & FLAG_VM),
           "INT n with IOPL 3 through a gate of DPL 3");
    gate_reset(0x60);
    flags_extra = 0;
}

static void ports(void)
{
    flags_extra = FLAG_IOPL3;
    expect(RUN(port16), VECTOR_GP, 0, OFFSET(port16, port16_at),
           "#GP(0): the I/O bitmap counts even with IOPL 3");
    tss.io_bitmap[0x80 / 8] = 0;
    struct fault f = RUN(port16);
    report(f.vector == VECTOR_UD && (f.value & 0xffff) == 0x55, "port allowed by the bitmap");
    tss.io_bitmap[0x80 / 8] = 0xff;
    flags_extra = 0;
}

static void plain(void)
{
    struct fault f = RUN(seg_load);
    report(f.vector == VECTOR_UD && (f.value & 0xffff) == 0xabcd,
           "any value in a segment register");
    f = RUN(wide16);
    report(f.vector == VECTOR_UD && f.value == 0x1234, "32-bit registers");
}

void guest_main(void)
{
    frames();
    sensitive();
    ports();
    plain();
}
