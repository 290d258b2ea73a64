/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is looked at in an instruction before the library translates it: does the processor know it
 * at all, and does it demand an aligned operand? Only prefixes, opcode and ModR/M are decoded, and
 * only what the translator gets wrong. Source: SDM 2, appendix A (opcode maps) and the
 * instructions' pages.
 *
 * Undefined, although the translator runs them:
 * - AVX encodings: it knows VEX for BMI only, and takes others for the SSE ones that they extend;
 * - LOCK before what cannot be locked, or without a memory operand;
 * - RDSEED, RDPID, XBEGIN and XABORT, which CPUID does not promise;
 * - SSE and MMX while CR0.EM and CR0.TS are both set: #UD goes before #NM.
 * INT1 is among them because it is left out of the translator; helper_rsm() (delivery.c) knows.
 */
#include "emu/cpu/decode.h"

#include "emu/cpu/seam.h"

#include <stddef.h>

#define OPCODE_INT1 0xf1

enum map { MAP_ONE_BYTE, MAP_0F, MAP_0F38, MAP_0F3A };
/* The prefix that is part of an SSE opcode; bits of a set. */
enum { NONE = 1, P66 = 2, PF3 = 4, PF2 = 8 };

struct insn {
    bool has_lock;
    uint8_t prefix; /* NONE, P66, PF3 or PF2 */
    enum map map;
    uint8_t opcode;
    uint8_t modrm;
};

static bool is_memory(const struct insn *insn)
{
    return insn->modrm < 0xc0;
}

static unsigned reg_of(const struct insn *insn)
{
    return insn->modrm >> 3 & 7;
}

/* Reads prefixes; returns where the opcode is. */
static size_t read_prefixes(const uint8_t *code, size_t bytes, bool is_64, struct insn *insn)
{
    size_t i = 0;

    *insn = (struct insn){.prefix = NONE};
    for (; i < bytes; i++) {
        switch (code[i]) {
        case 0xf0: insn->has_lock = true; break;
        case 0xf2: insn->prefix = PF2; break;
        case 0xf3: insn->prefix = PF3; break;
        case 0x66: insn->prefix = insn->prefix == NONE ? P66 : insn->prefix; break;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
        case 0x67: break;
        default:
            if (!is_64 || (code[i] & 0xf0) != 0x40) {
                return i;
            }
        }
    }
    return i;
}

/* False: not all of the opcode and its ModR/M byte is there. */
static bool read_insn(const uint8_t *code, size_t bytes, bool is_64, struct insn *insn)
{
    size_t i = read_prefixes(code, bytes, is_64, insn);

    if (i < bytes && code[i] == 0x0f) {
        insn->map = MAP_0F;
        i++;
        if (i < bytes && (code[i] == 0x38 || code[i] == 0x3a)) {
            insn->map = code[i] == 0x38 ? MAP_0F38 : MAP_0F3A;
            i++;
        }
    }
    if (i >= bytes) {
        return false;
    }
    insn->opcode = code[i];
    insn->modrm = i + 1 < bytes ? code[i + 1] : 0xc0;
    return i + 1 < bytes || (insn->map == MAP_ONE_BYTE && insn->opcode == OPCODE_INT1);
}

/* VEX that is not of BMI1 or BMI2. */
static bool is_avx(const uint8_t *code, size_t bytes, bool is_64)
{
    struct insn insn;
    size_t i = read_prefixes(code, bytes, is_64, &insn);

    if (i + 1 >= bytes || (code[i] != 0xc4 && code[i] != 0xc5) || (!is_64 && code[i + 1] < 0xc0)) {
        return false;
    }
    if (code[i] == 0xc5 || i + 3 >= bytes) {
        return code[i] == 0xc5;
    }
    if ((code[i + 1] & 0x1f) == 2) {
        return code[i + 3] != 0xf2 && code[i + 3] != 0xf3 &&
               (code[i + 3] < 0xf5 || code[i + 3] > 0xf7);
    }
    return (code[i + 1] & 0x1f) != 3 || code[i + 3] != 0xf0;
}

static bool is_lockable_one_byte(const struct insn *insn)
{
    uint8_t opcode = insn->opcode;
    unsigned reg = reg_of(insn);

    /* ADD OR ADC SBB AND SUB XOR to memory; XCHG */
    if ((opcode < 0x38 && (opcode & 6) == 0) || opcode == 0x86 || opcode == 0x87) {
        return true;
    }
    if (opcode >= 0x80 && opcode <= 0x83) {
        return reg != 7; /* not CMP */
    }
    if (opcode == 0xf6 || opcode == 0xf7) {
        return reg == 2 || reg == 3; /* NOT NEG */
    }
    return (opcode == 0xfe || opcode == 0xff) && reg < 2; /* INC DEC */
}

static bool is_lockable(const struct insn *insn)
{
    if (!is_memory(insn) || insn->map > MAP_0F) {
        return false;
    }
    if (insn->map == MAP_ONE_BYTE) {
        return is_lockable_one_byte(insn);
    }
    switch (insn->opcode) {
    case 0xab: /* BTS BTR BTC */
    case 0xb3:
    case 0xbb:
    case 0xb0: /* CMPXCHG */
    case 0xb1:
    case 0xc0: /* XADD */
    case 0xc1: return true;
    case 0xba: return reg_of(insn) >= 5; /* BTS BTR BTC */
    case 0xc7: return reg_of(insn) == 1; /* CMPXCHG8B CMPXCHG16B */
    default: return false;
    }
}

static bool is_sse_or_mmx(const struct insn *insn)
{
    uint8_t opcode = insn->opcode;

    switch (insn->map) {
    case MAP_0F:
        return (opcode >= 0x10 && opcode <= 0x17) || (opcode >= 0x28 && opcode <= 0x2f) ||
               (opcode >= 0x50 && opcode <= 0x7f) || opcode == 0xc2 ||
               (opcode >= 0xc4 && opcode <= 0xc6) || opcode >= 0xd0;
    case MAP_0F38: return opcode < 0x80 || (opcode >= 0xc8 && opcode < 0xf0);
    case MAP_0F3A: return opcode < 0xf0;
    case MAP_ONE_BYTE: break;
    }
    return false;
}

static bool is_not_promised(const struct insn *insn)
{
    if (insn->map == MAP_ONE_BYTE) {
        return (insn->opcode == 0xc6 || insn->opcode == 0xc7) && reg_of(insn) != 0;
    }
    return insn->map == MAP_0F && insn->opcode == 0xc7 && reg_of(insn) == 7 && !is_memory(insn);
}

bool decode_is_undefined(const uint8_t *code, size_t bytes, uint32_t flags)
{
    bool is_64 = flags & SEAM_HF_CS64;
    struct insn insn;

    if (is_avx(code, bytes, is_64)) {
        return true;
    }
    if (!read_insn(code, bytes, is_64, &insn)) {
        return false;
    }
    if (insn.map == MAP_ONE_BYTE && insn.opcode == OPCODE_INT1) {
        return true;
    }
    if ((insn.has_lock && !is_lockable(&insn)) || is_not_promised(&insn)) {
        return true;
    }
    return (flags & SEAM_HF_EM) && (flags & SEAM_HF_TS) && is_sse_or_mmx(&insn);
}

/* Opcodes with an operand of 16 bytes that must be aligned, and the prefixes they have it with. */
struct range {
    uint8_t first;
    uint8_t last;
    uint8_t prefixes;
};

static const struct range aligned_0f[] = {
    {0x12, 0x12, PF3},              /* MOVSLDUP */
    {0x14, 0x15, NONE | P66},       /* UNPCKxPS */
    {0x16, 0x16, PF3},              /* MOVSHDUP */
    {0x28, 0x29, NONE | P66},       /* MOVAPS */
    {0x2b, 0x2b, NONE | P66},       /* MOVNTPS */
    {0x2c, 0x2d, P66},              /* CVTPD2PI */
    {0x51, 0x51, NONE | P66},       /* SQRTPS */
    {0x52, 0x53, NONE},             /* RSQRTPS RCPPS */
    {0x54, 0x59, NONE | P66},       /* logic, ADDPS MULPS */
    {0x5a, 0x5a, P66},              /* CVTPD2PS */
    {0x5b, 0x5b, NONE | P66 | PF3}, /* CVTDQ2PS CVTPS2DQ CVTTPS2DQ */
    {0x5c, 0x5f, NONE | P66},       /* SUBPS MINPS DIVPS MAXPS */
    {0x60, 0x6d, P66},              /* packing, comparisons */
    {0x6f, 0x6f, P66},              /* MOVDQA */
    {0x70, 0x70, P66 | PF3 | PF2},  /* PSHUFx */
    {0x74, 0x76, P66},              /* PCMPEQx */
    {0x7c, 0x7d, P66 | PF2},        /* HADDPx HSUBPx */
    {0x7f, 0x7f, P66},              /* MOVDQA */
    {0xc2, 0xc2, NONE | P66},       /* CMPPS */
    {0xc6, 0xc6, NONE | P66},       /* SHUFPS */
    {0xd0, 0xd0, P66 | PF2},        /* ADDSUBPx */
    {0xd1, 0xd5, P66},              /* integer arithmetic, up to the end of the map */
    {0xd8, 0xe5, P66},
    {0xe6, 0xe6, P66 | PF2}, /* CVTTPD2DQ CVTPD2DQ */
    {0xe7, 0xf6, P66},
    {0xf8, 0xfe, P66},
};

static const struct range aligned_0f38[] = {
    {0x00, 0x0b, P66}, {0x10, 0x10, P66}, {0x14, 0x15, P66}, {0x17, 0x17, P66},
    {0x1c, 0x1e, P66}, {0x28, 0x2b, P66}, {0x37, 0x41, P66}, {0xdb, 0xdf, P66},
};

static const struct range aligned_0f3a[] = {
    {0x08, 0x09, P66}, {0x0c, 0x0f, P66}, {0x40, 0x42, P66}, {0x44, 0x44, P66}, {0xdf, 0xdf, P66},
};

static bool is_in(const struct insn *insn, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (insn->opcode >= ranges[i].first && insn->opcode <= ranges[i].last) {
            return insn->prefix & ranges[i].prefixes;
        }
    }
    return false;
}

#define IS_IN(insn, ranges) is_in(insn, ranges, sizeof(ranges) / sizeof((ranges)[0]))

bool decode_is_aligned(const uint8_t *code, size_t bytes, uint32_t flags)
{
    struct insn insn;

    if (!read_insn(code, bytes, flags & SEAM_HF_CS64, &insn) || !is_memory(&insn)) {
        return false;
    }
    switch (insn.map) {
    case MAP_0F: return IS_IN(&insn, aligned_0f);
    case MAP_0F38: return IS_IN(&insn, aligned_0f38);
    case MAP_0F3A: return IS_IN(&insn, aligned_0f3a);
    case MAP_ONE_BYTE: break;
    }
    return false;
}

bool decode_is_iret(const uint8_t *code, size_t bytes, uint32_t flags)
{
    struct insn insn;

    return read_insn(code, bytes, flags & SEAM_HF_CS64, &insn) && insn.map == MAP_ONE_BYTE &&
           insn.opcode == 0xcf;
}

static const struct range arithmetic_0f[] = {
    {0x2a, 0x2a, NONE | P66 | PF3 | PF2},
    {0x2c, 0x2f, NONE | P66 | PF3 | PF2},
    {0x51, 0x51, NONE | P66 | PF3 | PF2},
    {0x58, 0x5f, NONE | P66 | PF3 | PF2},
    {0x7c, 0x7d, P66 | PF2},
    {0xc2, 0xc2, NONE | P66 | PF3 | PF2},
    {0xd0, 0xd0, P66 | PF2},
    {0xe6, 0xe6, P66 | PF3 | PF2},
};

static const struct range arithmetic_0f3a[] = {
    {0x08, 0x0b, P66}, /* ROUNDxx */
    {0x40, 0x41, P66}, /* DPPS DPPD */
};

static enum decode_float state_kind(const struct insn *insn)
{
    static const enum decode_float kinds[8] = {
        [0] = DECODE_FLOAT_STORE, /* FXSAVE */
        [1] = DECODE_FLOAT_LOAD,  /* FXRSTOR */
        [2] = DECODE_FLOAT_MXCSR, /* LDMXCSR */
        [3] = DECODE_FLOAT_STORE, /* STMXCSR */
        [4] = DECODE_FLOAT_STORE, /* XSAVE */
        [5] = DECODE_FLOAT_LOAD,  /* XRSTOR */
        [6] = DECODE_FLOAT_STORE, /* XSAVEOPT */
    };

    return is_memory(insn) && insn->prefix == NONE ? kinds[reg_of(insn)] : DECODE_FLOAT_NONE;
}

enum decode_float decode_float_kind(const uint8_t *code, size_t bytes, uint32_t flags)
{
    struct insn insn;
    bool is_sse = false;

    if (!read_insn(code, bytes, flags & SEAM_HF_CS64, &insn)) {
        return DECODE_FLOAT_NONE;
    }
    switch (insn.map) {
    case MAP_ONE_BYTE:
        return (insn.opcode & 0xf8) == 0xd8 && !(flags & (SEAM_HF_EM | SEAM_HF_TS))
                   ? DECODE_FLOAT_X87
                   : DECODE_FLOAT_NONE;
    case MAP_0F:
        if (insn.opcode == 0xae) {
            return state_kind(&insn);
        }
        is_sse = IS_IN(&insn, arithmetic_0f);
        break;
    case MAP_0F3A: is_sse = IS_IN(&insn, arithmetic_0f3a); break;
    case MAP_0F38: break;
    }
    return is_sse ? DECODE_FLOAT_SSE : DECODE_FLOAT_NONE;
}
