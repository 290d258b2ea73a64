/* SPDX-License-Identifier: GPL-2.0-only */
/* What is looked at before an instruction is translated: prefixes in any order, the opcode maps,
 * and instructions that are cut off. */
#include "emu/cpu/decode.h"

#include "emu/cpu/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LONG  (SEAM_HF_CS64 | SEAM_HF_LMA | SEAM_HF_CS32)
#define PM32  SEAM_HF_CS32
#define EM_TS (SEAM_HF_EM | SEAM_HF_TS)

struct sample {
    const char *code; /* without zero bytes */
    uint32_t flags;
    bool is_undefined;
    bool is_aligned;
    enum decode_float kind;
};

static const struct sample samples[] = {
    {"\x89\x07", LONG, false, false, DECODE_FLOAT_NONE},                 /* mov %eax, (%rdi) */
    {"\xf0\x89\x07", LONG, true, false, DECODE_FLOAT_NONE},              /* lock mov */
    {"\xf0\x48\x01\x07", LONG, false, false, DECODE_FLOAT_NONE},         /* lock add %rax, (%rdi) */
    {"\xf0\x01\xc0", LONG, true, false, DECODE_FLOAT_NONE},              /* lock add %eax, %eax */
    {"\x66\xf0\xff\x07", LONG, false, false, DECODE_FLOAT_NONE},         /* lock incw (%rdi) */
    {"\xf0\xff\x17", LONG, true, false, DECODE_FLOAT_NONE},              /* lock call */
    {"\xf0\x83\x3f\x01", LONG, true, false, DECODE_FLOAT_NONE},          /* lock cmp */
    {"\xf0\x0f\xc7\x0f", LONG, false, false, DECODE_FLOAT_NONE},         /* lock cmpxchg8b */
    {"\xf0\x0f\xba\x27\x01", LONG, true, false, DECODE_FLOAT_NONE},      /* lock bt */
    {"\xf0\x0f\xba\x2f\x01", LONG, false, false, DECODE_FLOAT_NONE},     /* lock bts */
    {"\x0f\xc7\xf8", LONG, true, false, DECODE_FLOAT_NONE},              /* rdseed */
    {"\x0f\xc7\xf0", LONG, false, false, DECODE_FLOAT_NONE},             /* rdrand */
    {"\xc7\xf8\x01\x01\x01\x01", LONG, true, false, DECODE_FLOAT_NONE},  /* xbegin */
    {"\xc5\xf8\x28\x07", LONG, true, false, DECODE_FLOAT_NONE},          /* vmovaps */
    {"\xc5\x07", PM32, false, false, DECODE_FLOAT_NONE},                 /* lds */
    {"\xc4\xe2\x78\xf2\xc1", LONG, false, false, DECODE_FLOAT_NONE},     /* andn */
    {"\xf1", LONG, true, false, DECODE_FLOAT_NONE},                      /* int1 */
    {"\x0f\x28\x07", LONG, false, true, DECODE_FLOAT_NONE},              /* movaps (%rdi), %xmm0 */
    {"\x0f\x28\xc7", LONG, false, false, DECODE_FLOAT_NONE},             /* movaps %xmm7, %xmm0 */
    {"\x44\x0f\x29\x07", LONG, false, true, DECODE_FLOAT_NONE},          /* movaps %xmm8, (%rdi) */
    {"\x0f\x10\x07", LONG, false, false, DECODE_FLOAT_NONE},             /* movups */
    {"\x66\x0f\x6f\x07", LONG, false, true, DECODE_FLOAT_NONE},          /* movdqa */
    {"\xf3\x0f\x6f\x07", LONG, false, false, DECODE_FLOAT_NONE},         /* movdqu */
    {"\x0f\x6f\x07", LONG, false, false, DECODE_FLOAT_NONE},             /* movq to MMX */
    {"\xf2\x0f\xf0\x07", LONG, false, false, DECODE_FLOAT_NONE},         /* lddqu */
    {"\x0f\x58\x07", LONG, false, true, DECODE_FLOAT_SSE},               /* addps */
    {"\xf3\x0f\x58\x07", LONG, false, false, DECODE_FLOAT_SSE},          /* addss */
    {"\x66\x0f\x38\x01\x07", LONG, false, true, DECODE_FLOAT_NONE},      /* phaddw */
    {"\x66\x0f\x38\x20\x07", LONG, false, false, DECODE_FLOAT_NONE},     /* pmovsxbw */
    {"\x66\x0f\x3a\x08\x07\x01", LONG, false, true, DECODE_FLOAT_SSE},   /* roundps */
    {"\x66\x0f\x3a\x63\x07\x01", LONG, false, false, DECODE_FLOAT_NONE}, /* pcmpistri */
    {"\xd8\x07", LONG, false, false, DECODE_FLOAT_X87},
    {"\xd8\x07", LONG | SEAM_HF_TS, false, false, DECODE_FLOAT_NONE}, /* #NM comes first */
    {"\x0f\xae\x17", LONG, false, false, DECODE_FLOAT_MXCSR},         /* ldmxcsr */
    {"\x0f\xae\x1f", LONG, false, false, DECODE_FLOAT_STORE},         /* stmxcsr */
    {"\x48\x0f\xae\x0f", LONG, false, false, DECODE_FLOAT_LOAD},      /* fxrstor64 */
    {"\x0f\xae\xf8", LONG, false, false, DECODE_FLOAT_NONE},          /* sfence */
    {"\x66\x0f\xae\x37", LONG, false, false, DECODE_FLOAT_NONE},      /* clwb */
    {"\x0f\x28\xc1", LONG | EM_TS, true, false, DECODE_FLOAT_NONE},
    {"\x0f\x28\xc1", LONG | SEAM_HF_TS, false, false, DECODE_FLOAT_NONE},
    {"\x0f\xa2", LONG | EM_TS, false, false, DECODE_FLOAT_NONE}, /* cpuid */
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *sample = &samples[i];
        uint8_t code[16] = {0};

        memcpy(code, sample->code, strlen(sample->code));
        print_message("sample %zu\n", i);
        assert_int_equal(decode_is_undefined(code, 15, sample->flags), sample->is_undefined);
        assert_int_equal(decode_is_aligned(code, 15, sample->flags), sample->is_aligned);
        if (!sample->is_undefined) {
            assert_int_equal(decode_float_kind(code, 15, sample->flags), sample->kind);
        }
    }
}

/* Whatever is there of an instruction, nothing behind it is read: the sanitizers watch. */
static void test_cut_off(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t code[15];
        size_t bytes = round % (sizeof(code) + 1);
        uint8_t *exact = test_malloc(bytes + 1);

        for (size_t i = 0; i < sizeof(code); i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            code[i] = (uint8_t)(seed >> 56);
        }
        memcpy(exact + 1, code, bytes);
        decode_is_undefined(exact + 1, bytes, LONG);
        decode_is_aligned(exact + 1, bytes, PM32);
        decode_float_kind(exact + 1, bytes, LONG);
        test_free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
