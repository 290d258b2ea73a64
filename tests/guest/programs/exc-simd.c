/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long mode: SIMD floating-point exceptions. #XM for each unmasked condition of MXCSR, #UD in its
 * place with CR4.OSXMMEXCPT clear, flags in MXCSR, #GP(0) for reserved bits of MXCSR. SDM 1 11.5,
 * SDM 3A 6.15 (interrupt 19).
 */
#include "tests/guest/lib/trap.h"

#define MXCSR_DEFAULT 0x1f80u

/* MXCSR from (RDI), operands from (RSI). */
STUB(divide, "ldmxcsr (%rdi)\n movss (%rsi), %xmm0", "divss 4(%rsi), %xmm0");
STUB(add, "ldmxcsr (%rdi)\n movss (%rsi), %xmm0", "addss 4(%rsi), %xmm0");
STUB(multiply, "ldmxcsr (%rdi)\n movss (%rsi), %xmm0", "mulss 4(%rsi), %xmm0");
STUB(root, "ldmxcsr (%rdi)\n movss (%rsi), %xmm0", "sqrtss 4(%rsi), %xmm0");
STUB(convert, "ldmxcsr (%rdi)", "cvtss2si (%rsi), %eax");
STUB(divide_double, "ldmxcsr (%rdi)\n xorpd %xmm1, %xmm1\n cvtss2sd (%rsi), %xmm0",
     "divsd %xmm1, %xmm0");
STUB(load_mxcsr, "nop", "ldmxcsr (%rdi)");
STUB(store_mxcsr, "nop", "stmxcsr (%rdi)");

static const uint32_t one_zero[2] = {0x3f800000, 0};
static const uint32_t zero_zero[2] = {0, 0};
static const uint32_t huge[2] = {0x7f000000, 0x7f000000};
static const uint32_t tiny[2] = {0x00800000, 0x00800000};
static const uint32_t one_three[2] = {0x3f800000, 0x40400000};
static const uint32_t denormal[2] = {0x00000001, 0x3f800000};
static const uint32_t minus_one[2] = {0, 0xbf800000};
static const uint32_t one_and_half[2] = {0x3fc00000, 0};

static uint32_t mxcsr(void)
{
    uint32_t value;
    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value;
}

static void reset_mxcsr(void)
{
    static const uint32_t value = MXCSR_DEFAULT;
    __asm__ volatile("ldmxcsr %0" : : "m"(value));
}

struct condition {
    const char *code, *at, *next, *name;
    const uint32_t *operands;
    unsigned flag; /* bit in MXCSR; the mask is 7 bits up */
};

static void one(const struct condition *c)
{
    uint32_t masked = MXCSR_DEFAULT, unmasked = MXCSR_DEFAULT & ~(0x80u << c->flag);
    struct fault f = attempt(c->code, (word)&masked, (word)c->operands);
    report(f.vector == NO_FAULT, "masked: %s", c->name);
    report(mxcsr() >> c->flag & 1, "flag in MXCSR: %s", c->name);
    f = attempt(c->code, (word)&unmasked, (word)c->operands);
    report(f.vector == VECTOR_XM && f.error == 0 && f.frame.ip == (word)c->at, "#XM: %s", c->name);
    report(mxcsr() >> c->flag & 1, "flag in MXCSR after #XM: %s", c->name);
    write_cr4(read_cr4() & ~CR4_OSXMMEXCPT);
    f = attempt(c->code, (word)&unmasked, (word)c->operands);
    report(f.vector == VECTOR_UD && f.frame.ip == (word)c->at, "#UD without OSXMMEXCPT: %s",
           c->name);
    write_cr4(read_cr4() | CR4_OSXMMEXCPT);
    reset_mxcsr();
}

void guest_main(void)
{
    static const struct condition list[] = {
        {divide, divide_at, divide_next, "division by zero", one_zero, 2},
        {divide, divide_at, divide_next, "invalid 0/0", zero_zero, 0},
        {add, add_at, add_next, "overflow", huge, 3},
        {multiply, multiply_at, multiply_next, "underflow", tiny, 4},
        {divide, divide_at, divide_next, "inexact", one_three, 5},
        {add, add_at, add_next, "denormal operand", denormal, 1},
        {root, root_at, root_next, "root of -1", minus_one, 0},
        {convert, convert_at, convert_next, "inexact conversion", one_and_half, 5},
        {divide_double, divide_double_at, divide_double_next, "double by zero", one_zero, 2},
    };
    static uint32_t bad = 0x10000, value;
    reset_mxcsr();
    for (unsigned i = 0; i < COUNT(list); i++) {
        one(&list[i]);
    }
    EXPECT(load_mxcsr, &bad, 0, VECTOR_GP, 0, "#GP(0): reserved bit of MXCSR");
    EXPECT_OK(store_mxcsr, &value, 0, "STMXCSR");
    report_eq(value, MXCSR_DEFAULT, "MXCSR as it was");
}
