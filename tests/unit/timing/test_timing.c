/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Costs of blocks. Chosen instructions one by one; then the opcode maps against Capstone, over the
 * code of the libraries that this program runs with.
 */
#define _GNU_SOURCE
#include "emu/timing/timing.h"

#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <capstone/capstone.h>
#include <cmocka.h>

#include "emu/base/error.h"

#define SLOT         16
#define CYCLE        64
#define LOAD         32
#define STORE        64
#define LOCKED       (18 * CYCLE)
#define SURVEY_BYTES 300000

static int create(void **state)
{
    struct error err = ERROR_INIT;

    *state = timing_create(&err);
    return *state ? 0 : -1;
}

static int destroy(void **state)
{
    timing_destroy(*state);
    return 0;
}

static uint32_t cost(void **state, enum timing_mode mode, const uint8_t *bytes, size_t size)
{
    const uint16_t starts[] = {0};
    const struct timing_code code = {
        .bytes = bytes, .size = size, .starts = starts, .count = 1, .mode = mode};

    return timing_block_ticks(*state, &code);
}

#define COST(mode, ...) \
    cost(state, mode, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define COST64(...) COST(TIMING_MODE_64, __VA_ARGS__)

static void test_instructions(void **state)
{
    assert_int_equal(COST64(0x90), SLOT);                            /* nop */
    assert_int_equal(COST64(0x48, 0x01, 0xd8), SLOT);                /* add %rbx, %rax */
    assert_int_equal(COST64(0x48, 0x01, 0x18), SLOT + LOAD + STORE); /* add %rbx, (%rax) */
    assert_int_equal(COST64(0xf0, 0x48, 0x01, 0x18), SLOT + LOAD + STORE + LOCKED);
    assert_int_equal(COST64(0x8b, 0x00), SLOT + LOAD);                  /* mov (%rax), %eax */
    assert_int_equal(COST64(0x89, 0x00), SLOT + STORE);                 /* mov %eax, (%rax) */
    assert_int_equal(COST64(0x8d, 0x00), SLOT);                         /* lea (%rax), %eax */
    assert_int_equal(COST64(0x83, 0x38, 0x05), SLOT + LOAD);            /* cmpl $5, (%rax) */
    assert_int_equal(COST64(0x48, 0xf7, 0xf1), SLOT + 24 * CYCLE);      /* div %rcx */
    assert_int_equal(COST64(0xf7, 0xf1), SLOT + 6 * CYCLE);             /* div %ecx */
    assert_int_equal(COST64(0x87, 0x08), SLOT + LOAD + STORE + LOCKED); /* xchg %ecx, (%rax) */
    assert_int_equal(COST64(0x0f, 0xa2), 150 * CYCLE);                  /* cpuid */
    assert_int_equal(COST64(0x0f, 0xae, 0xf0), 33 * CYCLE);             /* mfence */
    assert_int_equal(COST64(0x0f, 0xae, 0xe8), 5 * CYCLE);              /* lfence */
    assert_int_equal(COST64(0xff, 0x10), SLOT + 2 * CYCLE + LOAD);      /* call *(%rax) */
    assert_int_equal(COST64(0xf3, 0xa4), 2);                            /* rep movsb */
    assert_int_equal(COST64(0xf3, 0x48, 0xa5), 10);                     /* rep movsq */
    assert_int_equal(COST64(0xa4), CYCLE);                              /* movsb */
    assert_int_equal(COST(TIMING_MODE_32, 0x40), SLOT);                 /* inc %eax */
    assert_int_equal(COST(TIMING_MODE_16, 0xf3, 0xab), 4);              /* rep stosw */
    assert_int_equal(COST(TIMING_MODE_16, 0x66, 0xf3, 0xab), 7);        /* rep stosl */
    assert_int_equal(COST64(0x0f), SLOT);                               /* cut off */
    assert_int_equal(COST64(0x66), SLOT);
}

/* A block costs the sum of its instructions, however it is cut. */
static void test_sum(void **state)
{
    static const uint8_t bytes[] = {0x48, 0x01, 0xd8, 0x8b, 0x00, 0x90, 0xeb, 0xfe};
    static const uint16_t starts[] = {0, 3, 5, 6};
    const struct timing_code code = {
        .bytes = bytes, .size = 8, .starts = starts, .count = 4, .mode = TIMING_MODE_64};
    uint32_t sum = 0;

    for (size_t i = 0; i < 4; i++) {
        size_t end = i < 3 ? starts[i + 1] : 8;

        sum += cost(state, TIMING_MODE_64, bytes + starts[i], end - starts[i]);
    }
    assert_int_equal(timing_block_ticks(*state, &code), sum);
}

static void test_events(void **state)
{
    for (int i = 0; i < TIMING_EVENT_COUNT; i++) {
        uint32_t ticks = timing_event_ticks(*state, (enum timing_event)i);

        assert_true(ticks > 0 && ticks < 1u << 30);
    }
    assert_int_equal(timing_event_ticks(*state, TIMING_PAUSE), 140 * CYCLE);
}

/* Any bytes have a cost between the promised bounds. */
static void test_any_bytes(void **state)
{
    uint8_t bytes[15];
    uint64_t seed = 1;

    for (unsigned round = 0; round < 300000; round++) {
        size_t size = 1 + round % sizeof(bytes);

        for (size_t i = 0; i < size; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            bytes[i] = (uint8_t)(seed >> 56);
        }
        uint32_t ticks = cost(state, (enum timing_mode)(round % 3), bytes, size);
        assert_true(ticks >= 1 && ticks <= 1u << 21);
    }
}

/* What an instruction of a simple kind must cost by Capstone's account of its operands; 0: not a
 * simple kind. */
static uint32_t expected_ticks(csh capstone, const cs_insn *insn)
{
    const cs_x86 *x86 = &insn->detail->x86;
    uint32_t ticks = SLOT;

    if (x86->prefix[0] == X86_PREFIX_LOCK) {
        ticks += LOCKED;
    }
    switch (insn->id) {
    case X86_INS_MOV:
        if (x86->operands[0].type == X86_OP_REG &&
            cs_insn_group(capstone, insn, X86_GRP_PRIVILEGE)) {
            return 0;
        }
        if (insn->bytes[0] == 0x8e || insn->bytes[1] == 0x8e || insn->bytes[0] == 0x8c) {
            return 0;
        }
        break;
    case X86_INS_ADD:
    case X86_INS_SUB:
    case X86_INS_AND:
    case X86_INS_OR:
    case X86_INS_XOR:
    case X86_INS_CMP:
    case X86_INS_TEST:
    case X86_INS_MOVZX:
    case X86_INS_MOVSXD:
    case X86_INS_MOVAPS:
    case X86_INS_PXOR:
    case X86_INS_INC:
    case X86_INS_DEC:
    case X86_INS_CMOVE:
    case X86_INS_CMOVNE: break;
    case X86_INS_LEA: return SLOT;
    case X86_INS_PUSH: return x86->op_count && x86->operands[0].type == X86_OP_MEM ? 0 : STORE;
    case X86_INS_POP: return x86->operands[0].type == X86_OP_MEM ? 0 : LOAD;
    case X86_INS_JE:
    case X86_INS_JNE:
    case X86_INS_JA:
    case X86_INS_JLE: return 2 * SLOT;
    case X86_INS_CALL: return x86->operands[0].type == X86_OP_IMM ? 2 * CYCLE : 0;
    default: return 0;
    }
    for (uint8_t i = 0; i < x86->op_count; i++) {
        if (x86->operands[i].type == X86_OP_MEM) {
            ticks += x86->operands[i].access & CS_AC_READ ? LOAD : 0;
            /* Capstone 4 says that TEST with a constant writes. */
            ticks += x86->operands[i].access & CS_AC_WRITE && insn->id != X86_INS_TEST ? STORE : 0;
        }
    }
    return ticks;
}

struct survey {
    void **state;
    csh capstone;
    cs_insn *insn;
    unsigned checked;
    unsigned wrong;
};

static void survey_code(struct survey *survey, const uint8_t *code, size_t left)
{
    uint64_t address = 0;
    cs_insn *insn = survey->insn;

    while (cs_disasm_iter(survey->capstone, &code, &left, &address, insn)) {
        uint32_t expected = insn->id ? expected_ticks(survey->capstone, insn) : 0;
        uint32_t ticks = cost(survey->state, TIMING_MODE_64, insn->bytes, insn->size);

        if (expected == 0) {
            continue;
        }
        survey->checked++;
        if (ticks != expected && survey->wrong++ < 10) {
            print_error("%s %s: %u, not %u\n", insn->mnemonic, insn->op_str, ticks, expected);
        }
    }
}

/* The middle of each executable segment that is loaded. */
static int survey_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const uint8_t *code = (const uint8_t *)info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) && segment->p_memsz > 0x4000) {
            size_t bytes = segment->p_memsz - 0x3000;

            survey_code(ctx, code + 0x2000, bytes < SURVEY_BYTES ? bytes : SURVEY_BYTES);
        }
    }
    return 0;
}

static void test_against_capstone(void **state)
{
    struct survey survey = {.state = state};

    assert_int_equal(cs_open(CS_ARCH_X86, CS_MODE_64, &survey.capstone), CS_ERR_OK);
    cs_option(survey.capstone, CS_OPT_DETAIL, CS_OPT_ON);
    cs_option(survey.capstone, CS_OPT_SKIPDATA, CS_OPT_ON);
    survey.insn = cs_malloc(survey.capstone);
    dl_iterate_phdr(survey_object, &survey);
    cs_free(survey.insn, 1);
    cs_close(&survey.capstone);
    assert_true(survey.checked > 10000);
    assert_int_equal(survey.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instructions),     cmocka_unit_test(test_sum),
        cmocka_unit_test(test_events),           cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_against_capstone),
    };

    return cmocka_run_group_tests(tests, create, destroy);
}
