/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cost of a block from the classes of its instructions.
 *
 * Model: the sum over the instructions of what each occupies at least: an issue slot (four per
 * cycle) or the reciprocal throughput of its scarcest port, whichever is larger (Skylake-X,
 * timing.md 4.1). Overlap between instructions is ignored, and so is waiting for operands; the two
 * errors have opposite signs. Caches and branch prediction are another model's work (timing.h).
 *
 * Instruction boundaries come from the caller, so no length is decoded here: prefixes, opcode and
 * ModRM choose a class in the two opcode maps below (SDM volume 2D, appendix A). Capstone would
 * decode operands that nobody here needs, for each of a million instructions of a boot; the tests
 * hold the maps against it.
 *
 * Chosen: a REP string instruction is charged per iteration (the core runs each as a block of its
 * own), at the measured bytes per cycle and without the start-up cost. Undefined opcodes cost a
 * slot; the exception they raise is an event.
 */
#include "emu/timing/timing.h"

#include "emu/base/bug.h"

#define SLOT      16u
#define CYCLES(n) ((n)*TIMING_TICKS_PER_CYCLE)
#define LOAD      (CYCLES(1) / 2)
#define STORE     CYCLES(1)
#define LOCKED    CYCLES(18)

/* What a memory operand adds, when the ModRM byte has one. */
enum operand {
    OPERAND_NONE, /* no ModRM byte */
    OPERAND_LOAD,
    OPERAND_STORE,
    OPERAND_BOTH,
    OPERAND_FREE, /* ModRM byte, but memory is not touched or is in the base cost */
};

struct insn_class {
    uint32_t ticks;
    enum operand operand;
};

/* One letter per opcode; the letters are the indexes of `classes`. '?' is undefined, 'x' a prefix,
 * '0' '8' '9' escapes. */
static const char one_byte_map[256 + 1] = "wwmmaapewwmmaap0" /* 00 */
                                          "wwmmaapewwmmaape"
                                          "wwmmaaxawwmmaaxa"
                                          "wwmmaaxammmmaaxa"
                                          "aaaaaaaaaaaaaaaa" /* 40 */
                                          "ppppppppPPPPPPPP"
                                          "AAklxxxxpqpqIIII"
                                          "jjjjjjjjjjjjjjjj"
                                          "wwwwmmXXssllsbeP" /* 80 */
                                          "naaaaaaaaakaooaa"
                                          "LLSSttttaatttttt"
                                          "aaaaaaaaaaaaaaaa"
                                          "hhRRkksskPkkiiiT" /* c0 */
                                          "hhHHkk?Lffffffff"
                                          "OOOOIIIICJkJIIII"
                                          "xixxyaggaazzaawG";

static const char two_byte_map[256 + 1] = "kukk?YzYWW?i?l??" /* 0f 00 */
                                          "vVvVvvvVlddddddd"
                                          "cDQD????vVvVvvvv"
                                          "MrMMYY??8?9?????"
                                          "mmmmmmmmmmmmmmmm" /* 0f 40 */
                                          "vBvvvvvvvvvvvvBv"
                                          "vvvvvvvvvvvvvvvv"
                                          "vvvvvvva????vvVV"
                                          "jjjjjjjjjjjjjjjj" /* 0f 80 */
                                          "ssssssssssssssss"
                                          "peUmhH??pekwhHNq"
                                          "ZZkwkkllmiwwmmll"
                                          "ZZvsvvvZaaaaaaaa" /* 0f c0 */
                                          "vvvvvvVvvvvvvvvv"
                                          "vvvvvvvVvvvvvvvv"
                                          "vvvvvvvvvvvvvvvi";

static const struct insn_class classes[128] = {
    ['?'] = {SLOT, OPERAND_NONE},
    ['a'] = {SLOT, OPERAND_NONE}, /* arithmetic on registers and constants */
    ['b'] = {SLOT, OPERAND_FREE}, /* LEA */
    ['d'] = {SLOT, OPERAND_FREE}, /* hint and multi-byte NOP */
    ['n'] = {SLOT, OPERAND_NONE}, /* NOP; PAUSE is an event */
    ['m'] = {SLOT, OPERAND_LOAD}, /* arithmetic that reads its operand */
    ['w'] = {SLOT, OPERAND_BOTH}, /* arithmetic that changes its operand */
    ['l'] = {SLOT, OPERAND_LOAD}, /* moves */
    ['s'] = {SLOT, OPERAND_STORE},
    ['L'] = {LOAD, OPERAND_NONE},
    ['S'] = {STORE, OPERAND_NONE},
    ['h'] = {2 * SLOT, OPERAND_BOTH},   /* shifts by a constant */
    ['H'] = {CYCLES(1), OPERAND_BOTH},  /* shifts by CL */
    ['q'] = {CYCLES(1), OPERAND_LOAD},  /* multiply */
    ['g'] = {SLOT, OPERAND_LOAD},       /* group 3; multiply and divide are added */
    ['G'] = {SLOT, OPERAND_BOTH},       /* group 5: INC DEC CALL JMP PUSH; branches are added */
    ['X'] = {SLOT, OPERAND_BOTH},       /* XCHG, locked with memory */
    ['Z'] = {CYCLES(5), OPERAND_BOTH},  /* CMPXCHG, XADD */
    ['p'] = {STORE, OPERAND_NONE},      /* PUSH */
    ['P'] = {LOAD, OPERAND_NONE},       /* POP, LEAVE */
    ['A'] = {CYCLES(8), OPERAND_NONE},  /* PUSHA, POPA */
    ['o'] = {CYCLES(12), OPERAND_NONE}, /* PUSHF, POPF */
    ['j'] = {2 * SLOT, OPERAND_NONE},   /* conditional branches */
    ['J'] = {CYCLES(1), OPERAND_NONE},
    ['C'] = {CYCLES(2), OPERAND_NONE},
    ['R'] = {CYCLES(1), OPERAND_NONE},
    ['O'] = {CYCLES(2), OPERAND_NONE}, /* LOOP */
    ['t'] = {CYCLES(1), OPERAND_NONE}, /* string instructions without REP */
    ['f'] = {CYCLES(1), OPERAND_LOAD}, /* x87 */
    ['v'] = {SLOT, OPERAND_LOAD},      /* MMX and SSE */
    ['V'] = {SLOT, OPERAND_STORE},
    ['B'] = {CYCLES(5), OPERAND_LOAD},     /* SSE divide and square root */
    ['e'] = {CYCLES(12), OPERAND_LOAD},    /* loads of segment registers */
    ['k'] = {CYCLES(60), OPERAND_FREE},    /* microcode: far transfers, ENTER, LAR, LTR ... */
    ['z'] = {CYCLES(5), OPERAND_NONE},     /* CLI, STI, CLTS */
    ['I'] = {SLOT, OPERAND_NONE},          /* port access: an event */
    ['i'] = {SLOT, OPERAND_NONE},          /* INT, UD: an event */
    ['T'] = {CYCLES(120), OPERAND_NONE},   /* IRET */
    ['Y'] = {CYCLES(45), OPERAND_NONE},    /* SYSCALL, SYSRET, SYSENTER, SYSEXIT */
    ['y'] = {CYCLES(10), OPERAND_NONE},    /* HLT */
    ['r'] = {SLOT, OPERAND_NONE},          /* RDTSC: an event */
    ['M'] = {CYCLES(100), OPERAND_NONE},   /* RDMSR, WRMSR, RDPMC */
    ['U'] = {CYCLES(150), OPERAND_NONE},   /* CPUID */
    ['c'] = {CYCLES(20), OPERAND_FREE},    /* control register reads */
    ['Q'] = {CYCLES(180), OPERAND_FREE},   /* control register writes */
    ['D'] = {CYCLES(100), OPERAND_FREE},   /* debug registers */
    ['W'] = {CYCLES(20000), OPERAND_NONE}, /* INVD, WBINVD */
    ['u'] = {CYCLES(100), OPERAND_FREE},   /* group 7: LGDT, INVLPG, SWAPGS ... */
    ['N'] = {CYCLES(66),
             OPERAND_FREE}, /* group 15 with memory: FXSAVE, XSAVE, CLFLUSH; fences differ */
};

/* One instruction taken apart as far as its class needs. */
struct insn {
    const uint8_t *bytes; /* at the opcode's last byte */
    size_t left;          /* bytes from there to the end */
    char class;
    bool is_two_byte;
    bool has_lock;
    bool has_rep;
    bool is_wide; /* REX.W */
    bool has_operand_size;
};

static bool is_prefix(uint8_t byte, enum timing_mode mode)
{
    return one_byte_map[byte] == 'x' || (mode == TIMING_MODE_64 && (byte & 0xf0) == 0x40);
}

static void insn_split(struct insn *insn, enum timing_mode mode)
{
    while (insn->left > 1 && is_prefix(insn->bytes[0], mode)) {
        uint8_t byte = insn->bytes[0];

        insn->has_lock = insn->has_lock || byte == 0xf0;
        insn->has_rep = insn->has_rep || byte == 0xf2 || byte == 0xf3;
        insn->has_operand_size = insn->has_operand_size || byte == 0x66;
        insn->is_wide = mode == TIMING_MODE_64 && (byte & 0xf8) == 0x48;
        insn->bytes++;
        insn->left--;
    }
    insn->class = one_byte_map[insn->bytes[0]];
    if (insn->class == '0' && insn->left > 1) {
        insn->bytes++;
        insn->left--;
        insn->is_two_byte = true;
        insn->class = two_byte_map[insn->bytes[0]];
    }
    if ((insn->class == '8' || insn->class == '9') && insn->left > 1) {
        insn->bytes++;
        insn->left--;
        insn->class = 'v';
    }
    if (insn->class == 'x' || insn->class == '0' || insn->class == '8' || insn->class == '9') {
        insn->class = '?';
    }
}

static size_t string_element_bytes(const struct insn *insn, enum timing_mode mode)
{
    if (!(insn->bytes[0] & 1)) {
        return 1;
    }
    if (insn->is_wide) {
        return 8;
    }
    return (mode == TIMING_MODE_16) == insn->has_operand_size ? 4 : 2;
}

/* One iteration of a repeated string instruction, timing.md 4.1: MOVS 57 bytes per cycle,
 * STOS 42.5, CMPS one element in a cycle, LODS 4 bytes per cycle, SCAS ten cycles per element. */
static uint32_t rep_ticks(const struct insn *insn, enum timing_mode mode)
{
    uint32_t bytes = (uint32_t)string_element_bytes(insn, mode);

    switch (insn->bytes[0] & 0xfe) {
    case 0xa4: return bytes * 9 / 8 + 1;
    case 0xaa: return bytes * 3 / 2 + 1;
    case 0xac: return bytes * SLOT;
    case 0xae: return CYCLES(10);
    default: return CYCLES(1);
    }
}

/* Group 3 (F6, F7): TEST NOT NEG MUL IMUL DIV IDIV. */
static uint32_t group3_ticks(const struct insn *insn, unsigned reg, bool is_memory)
{
    if (reg >= 6) {
        return insn->is_wide ? CYCLES(24) : CYCLES(6);
    }
    if (reg >= 4) {
        return CYCLES(1);
    }
    return reg >= 2 && is_memory ? STORE : 0;
}

/* Group 5 (FF): INC DEC CALL CALLF JMP JMPF PUSH. */
static uint32_t group5_ticks(unsigned reg)
{
    static const uint32_t added[8] = {0, 0, CYCLES(2), CYCLES(60), CYCLES(1), CYCLES(60), STORE, 0};

    return added[reg];
}

/* Group 15 (0F AE) on registers: the fences. */
static uint32_t fence_ticks(unsigned reg)
{
    return reg == 6 ? CYCLES(33) : CYCLES(5);
}

static uint32_t operand_ticks(enum operand operand)
{
    switch (operand) {
    case OPERAND_LOAD: return LOAD;
    case OPERAND_STORE: return STORE;
    case OPERAND_BOTH: return LOAD + STORE;
    case OPERAND_NONE:
    case OPERAND_FREE: break;
    }
    return 0;
}

/* Instructions of changing groups that do not change their operand: CMP with a constant; CALL, JMP
 * and PUSH in group 5. */
static bool is_read_only(const struct insn *insn, unsigned reg)
{
    if (insn->class == 'G') {
        return reg >= 2;
    }
    return !insn->is_two_byte && (insn->bytes[0] & 0xfc) == 0x80 && reg == 7;
}

static uint32_t modrm_ticks(const struct insn *insn, const struct insn_class *class)
{
    uint8_t modrm = insn->left > 1 ? insn->bytes[1] : 0xc0;
    bool is_memory = modrm < 0xc0;
    unsigned reg = (modrm >> 3) & 7;
    uint32_t ticks = class->ticks;

    if (insn->class == 'N' && !is_memory) {
        return fence_ticks(reg);
    }
    if (insn->class == 'u' && modrm >= 0xc8) {
        return CYCLES(6); /* CLAC STAC XGETBV SWAPGS; RDTSCP is an event */
    }
    if (insn->class == 'g') {
        ticks += group3_ticks(insn, reg, is_memory);
    }
    if (insn->class == 'f' && insn->bytes[0] == 0xd9 && modrm >= 0xf0) {
        return CYCLES(60); /* transcendental functions */
    }
    if (insn->class == 'G') {
        ticks += group5_ticks(reg);
    }
    if (!is_memory) {
        return ticks;
    }
    if (insn->has_lock || insn->class == 'X') {
        ticks += LOCKED;
    }
    return ticks + (is_read_only(insn, reg) ? LOAD : operand_ticks(class->operand));
}

static uint32_t insn_ticks(const uint8_t *bytes, size_t size, enum timing_mode mode)
{
    struct insn insn = {.bytes = bytes, .left = size};
    const struct insn_class *class;

    insn_split(&insn, mode);
    if (insn.class == 't' && insn.has_rep) {
        return rep_ticks(&insn, mode);
    }
    class = &classes[(unsigned char)insn.class];
    return class->operand == OPERAND_NONE ? class->ticks : modrm_ticks(&insn, class);
}

uint32_t timing_block_ticks(const struct timing *timing, const struct timing_code *code)
{
    uint32_t ticks = 0;

    BUG_ON(!timing || code->count == 0 || code->count > TIMING_BLOCK_INSNS_MAX);
    for (size_t i = 0; i < code->count; i++) {
        size_t end = i + 1 < code->count ? code->starts[i + 1] : code->size;

        BUG_ON(end <= code->starts[i] || end > code->size);
        ticks += insn_ticks(code->bytes + code->starts[i], end - code->starts[i], code->mode);
    }
    return ticks;
}
