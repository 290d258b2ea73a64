/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FPU and SSE state: FXSAVE, FXRSTOR, XSAVE, XRSTOR, XSAVEOPT, XCR0; x87 arithmetic, tags and
 * control word; SSE registers survive exceptions; CMPXCHG8B, CMPXCHG16B. SDM 1 10.5, 13; SDM 2 for
 * the instructions.
 */
#include "tests/guest/lib/trap.h"

static uint8_t area[4096] __attribute__((aligned(64)));
static uint8_t other[4096] __attribute__((aligned(64)));

STUB(fxrstor, "nop", "fxrstor (%rdi)");
STUB(xsetbv, "xorl %ecx, %ecx\n movl %edi, %eax\n xorl %edx, %edx", "xsetbv");
STUB(xsetbv1, "movl $1, %ecx\n movl %edi, %eax\n xorl %edx, %edx", "xsetbv");
STUB(xsave, "movl $7, %eax\n xorl %edx, %edx", "xsave (%rdi)");
STUB(xrstor, "movl $7, %eax\n xorl %edx, %edx", "xrstor (%rdi)");
STUB(cx16, "nop", "lock cmpxchg16b (%rdi)");
STUB(undefined, "nop", "ud2");

static void xmm_set(uint64_t low)
{
    __asm__ volatile("movq %0, %%xmm0\n pshufd $0x44, %%xmm0, %%xmm7\n movdqa %%xmm0, %%xmm15"
                     :
                     : "r"(low));
}

static uint64_t xmm_get(void)
{
    uint64_t low;
    __asm__ volatile("movq %%xmm15, %0" : "=r"(low));
    return low;
}

static void fxsave(void)
{
    static const uint16_t control = 0x027f;
    memset(area, 0xcc, sizeof(area));
    __asm__ volatile("fninit\n fldcw %0\n fld1\n fldpi" : : "m"(control));
    xmm_set(0x1122334455667788ull);
    __asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
    report_eq(area[0] | area[1] << 8, 0x027f, "FXSAVE: control word");
    report_eq((area[2] | area[3] << 8) >> 11 & 7, 6, "FXSAVE: top of stack");
    report_eq(area[4], 0xc0, "FXSAVE: abridged tag");
    report(area[32 + 9] == 0x40 && area[32 + 8] == 0x00, "FXSAVE: ST0 is pi (exponent)");
    report_eq(*(uint64_t *)(area + 160 + 15 * 16), 0x1122334455667788ull, "FXSAVE: XMM15");
    report_eq(*(uint32_t *)(area + 24), 0x1f80, "FXSAVE: MXCSR");
    report((*(uint32_t *)(area + 28) & 0xffbf) == 0xffbf, "FXSAVE: MXCSR mask");
    report_eq(area[464], 0xcc, "FXSAVE leaves the last 48 bytes alone");
    xmm_set(0);
    __asm__ volatile("fninit");
    __asm__ volatile("fxrstor (%0)" : : "r"(area) : "memory");
    report_eq(xmm_get(), 0x1122334455667788ull, "FXRSTOR: XMM15");
    uint16_t word_seen;
    __asm__ volatile("fnstcw %0" : "=m"(word_seen));
    report_eq(word_seen, 0x027f, "FXRSTOR: control word");
    memcpy(other, area, 512);
    *(uint32_t *)(other + 24) = 0x10000;
    EXPECT(fxrstor, other, 0, VECTOR_GP, 0, "#GP(0): FXRSTOR with reserved bits of MXCSR");
}

static void xsave_family(void)
{
    struct cpuid one = cpuid(1, 0);
    if (!(one.ecx & BIT(26))) {
        report(true, "XSAVE is not promised");
        return;
    }
    write_cr4(read_cr4() | CR4_OSXSAVE);
    struct cpuid d = cpuid(0xd, 0);
    report_eq(d.eax & 3, 3, "XCR0 allows x87 and SSE");
    report(d.ecx >= 576, "size of the area for all of it");
    EXPECT(xsetbv, 2, 0, VECTOR_GP, 0, "#GP(0): XCR0 without x87");
    EXPECT(xsetbv, 1ul << 31 | 1, 0, VECTOR_GP, 0, "#GP(0): XCR0 reserved bit");
    EXPECT(xsetbv1, 1, 0, VECTOR_GP, 0, "#GP(0): XCR1");
    if (!(d.eax & 4)) EXPECT(xsetbv, 7, 0, VECTOR_GP, 0, "#GP(0): XCR0.AVX where it is not there");
    EXPECT_OK(xsetbv, 3, 0, "XCR0 = 3");
    report_eq(cpuid(0xd, 0).ebx, 576, "size of the area for XCR0 = 3");
    memset(area, 0, sizeof(area));
    xmm_set(0xabcdef);
    EXPECT_OK(xsave, area, 0, "XSAVE");
    report_eq(*(uint64_t *)(area + 512) & 2, 2, "XSTATE_BV: SSE in use");
    report_eq(*(uint64_t *)(area + 160 + 15 * 16), 0xabcdef, "XSAVE: XMM15");
    *(uint64_t *)(area + 512) = 0;
    EXPECT_OK(xrstor, area, 0, "XRSTOR of initial state");
    report_eq(xmm_get(), 0, "components not in XSTATE_BV are initialised");
    *(uint64_t *)(area + 512) = 3;
    EXPECT_OK(xrstor, area, 0, "XRSTOR");
    report_eq(xmm_get(), 0xabcdef, "XRSTOR: XMM15");
    *(uint64_t *)(area + 512) = 0x100;
    EXPECT(xrstor, area, 0, VECTOR_GP, 0, "#GP(0): XSTATE_BV beyond XCR0");
    EXPECT(xsave, area + 16, 0, VECTOR_GP, 0, "#GP(0): XSAVE needs 64-byte alignment");
    EXPECT_USER(xsetbv, 3, 0, VECTOR_GP, 0, "#GP(0): XSETBV in ring 3");
}

static uint32_t x87_int(const char *unused)
{
    (void)unused;
    uint32_t result;
    __asm__ volatile(
        "fninit\n fldpi\n fldpi\n fmulp\n fsqrt\n pushq $1000\n fimull (%%rsp)\n popq %%rax\n"
        " subq $8, %%rsp\n fistpl (%%rsp)\n popq %q0"
        : "=r"(result)
        :
        : "rax", "memory", "cc");
    return result;
}

static void arithmetic(void)
{
    report_eq(x87_int(NULL), 3142, "sqrt(pi * pi) * 1000 on the x87");
    double values[2] __attribute__((aligned(16))) = {0};
    static const uint64_t bits[2]
        __attribute__((aligned(16))) = {0x4008000000000000ull, 0x4010000000000000ull}; /* 3, 4 */
    __asm__ volatile("movapd (%0), %%xmm0\n mulpd %%xmm0, %%xmm0\n movapd %%xmm0, %%xmm1\n shufpd "
                     "$1, %%xmm1, %%xmm1\n"
                     " addsd %%xmm1, %%xmm0\n sqrtsd %%xmm0, %%xmm0\n movsd %%xmm0, (%1)"
                     :
                     : "r"(bits), "r"(values)
                     : "memory");
    report_eq(*(uint64_t *)values, 0x4014000000000000ull, "sqrt(3 * 3 + 4 * 4) is 5 in SSE2");
    xmm_set(0x5555aaaa);
    attempt(undefined, 0, 0);
    attempt_user(undefined, 0, 0);
    report_eq(xmm_get(), 0x5555aaaa, "SSE registers survive exceptions");
}

static void exchange(void)
{
    static uint64_t cell[4] __attribute__((aligned(16))) = {1, 2, 3, 4};
    uint8_t zf;
    uint64_t low = 1, high = 2;
    __asm__ volatile("lock cmpxchg16b %0\n setz %1"
                     : "+m"(*(__int128 *)cell), "=q"(zf), "+a"(low), "+d"(high)
                     : "b"(7ul), "c"(8ul)
                     : "cc");
    report(zf && cell[0] == 7 && cell[1] == 8, "CMPXCHG16B that matches");
    low = 1;
    high = 8;
    __asm__ volatile("lock cmpxchg16b %0\n setz %1"
                     : "+m"(*(__int128 *)cell), "=q"(zf), "+a"(low), "+d"(high)
                     : "b"(9ul), "c"(9ul)
                     : "cc");
    report(!zf && cell[0] == 7 && low == 7 && high == 8, "CMPXCHG16B that does not");
    EXPECT(cx16, cell + 1, 0, VECTOR_GP, 0, "#GP(0): CMPXCHG16B needs 16-byte alignment");
    uint32_t eax = 7, edx = 0;
    __asm__ volatile("lock cmpxchg8b %0\n setz %1"
                     : "+m"(cell[0]), "=q"(zf), "+a"(eax), "+d"(edx)
                     : "b"(0x11u), "c"(0x22u)
                     : "cc");
    report(zf && cell[0] == 0x2200000011ull, "CMPXCHG8B that matches");
}

void guest_main(void)
{
    fxsave();
    xsave_family();
    arithmetic();
    exchange();
}
