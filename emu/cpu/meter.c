/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metering: each block of generated code pays for itself before it runs.
 *
 * The engine begins each block with a test of its exit flag. At that place, and instead of it, go
 *     if (meter_left <= 0) leave the block;  meter_left -= cost;  meter_tally += 1 block and n
 * instructions; as operations of the engine's own intermediate code: no call, no hook. A block that
 * is left there has not begun, so nothing is charged twice. The cost is known when the block has
 * been translated, and is then written into the operation.
 *
 * The translator's callbacks are stood in front of as well, to learn where each instruction starts,
 * and to end a block before an instruction that reaches into the next page: the engine would fetch
 * from that page, and fault, before the block's earlier instructions have run. Whether it does is
 * asked of Capstone, for the last bytes of a page only.
 */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"

#include <capstone/capstone.h>
#include <string.h>

#define PAGE_BYTES     4096u
#define INSN_BYTES_MAX 15u

static uintptr_t temp_offset(void *tcg, struct seam_temp *temp)
{
    return (uintptr_t)temp - (uintptr_t)tcg;
}

static void emit_store(void *tcg, struct seam_temp *value, size_t word)
{
    struct seam_op *store = SEAM(tcg_emit_op)(tcg, SEAM_OP_ST_I64);

    store->args[0] = (uintptr_t)value;
    store->args[1] = (uintptr_t)tcg + (uintptr_t)seam_field(tcg, SEAM_TCG_ENV);
    store->args[2] = word;
}

/* env->word += constant; returns the operation that holds the constant. What was there goes to
 * `before` as well, when that is not 0. */
static struct seam_op *emit_add(void *tcg, size_t word, size_t before)
{
    uintptr_t env = (uintptr_t)tcg + (uintptr_t)seam_field(tcg, SEAM_TCG_ENV);
    struct seam_temp *value = SEAM(tcg_temp_new_internal)(tcg, SEAM_TYPE_I64, false);
    struct seam_temp *constant = SEAM(tcg_temp_new_internal)(tcg, SEAM_TYPE_I64, false);
    struct seam_op *load = SEAM(tcg_emit_op)(tcg, SEAM_OP_LD_I64);
    struct seam_op *move;
    struct seam_op *add;

    load->args[0] = (uintptr_t)value;
    load->args[1] = env;
    load->args[2] = word;
    if (before) {
        emit_store(tcg, value, before);
    }
    move = SEAM(tcg_emit_op)(tcg, SEAM_OP_MOVI_I64);
    add = SEAM(tcg_emit_op)(tcg, SEAM_OP_ADD_I64);
    move->args[0] = (uintptr_t)constant;
    move->args[1] = 0;
    add->args[0] = (uintptr_t)value;
    add->args[1] = (uintptr_t)value;
    add->args[2] = (uintptr_t)constant;
    emit_store(tcg, value, word);
    SEAM(tcg_temp_free_internal)(tcg, constant);
    SEAM(tcg_temp_free_internal)(tcg, value);
    return move;
}

static void emit_meter(struct cpu *cpu, void *tcg, struct seam_label *leave)
{
    uintptr_t env = (uintptr_t)tcg + (uintptr_t)seam_field(tcg, SEAM_TCG_ENV);
    struct seam_temp *left = SEAM(tcg_temp_new_internal)(tcg, SEAM_TYPE_I64, false);
    struct seam_op *load = SEAM(tcg_emit_op)(tcg, SEAM_OP_LD_I64);

    load->args[0] = (uintptr_t)left;
    load->args[1] = env;
    load->args[2] = offsetof(struct seam_env, meter_left);
    SEAM(tcg_gen_brcondi_i64)(tcg, SEAM_COND_LE, temp_offset(tcg, left), 0, leave);
    SEAM(tcg_temp_free_internal)(tcg, left);
    cpu->block.cost = emit_add(tcg, offsetof(struct seam_env, meter_left),
                               offsetof(struct seam_env, meter_begin));
    cpu->block.tally =
        cpu->set->counts_blocks ? emit_add(tcg, offsetof(struct seam_env, meter_tally), 0) : NULL;
}

void SEAM_WRAP(tcg_gen_brcondi_i32)(void *tcg, int condition, uintptr_t temp, int32_t value,
                                    struct seam_label *label)
{
    struct cpu *cpu = seam_cs_of_uc(seam_field(tcg, SEAM_TCG_UC))->opaque;

    if (!cpu || !cpu->block.wants_meter) {
        SEAM_REAL(tcg_gen_brcondi_i32)(tcg, condition, temp, value, label);
        return;
    }
    cpu->block.wants_meter = false;
    emit_meter(cpu, tcg, label);
}

static void emit_call(struct seam_cs *cs, void (*function)(struct seam_env *env))
{
    void *tcg = seam_field(cs->uc, SEAM_UC_TCG);
    struct seam_temp *env =
        (struct seam_temp *)((char *)tcg + (uintptr_t)seam_field(tcg, SEAM_TCG_ENV));

    SEAM(tcg_gen_callN)(tcg, function, NULL, 1, &env);
}

/* A call that does not count when the length of the block is decided. */
static void emit_silently(struct seam_cs *cs, void (*function)(struct seam_env *env))
{
    int *ops = (int *)(void *)((char *)seam_field(cs->uc, SEAM_UC_TCG) + SEAM_TCG_OPS);
    int before = *ops;

    emit_call(cs, function);
    BUG_ON(*ops <= before);
    *ops = before;
}

static void on_insn_start(struct seam_disas *db, struct seam_cs *cs)
{
    struct cpu_block *block = &cs->opaque->block;

    if (block->count < TIMING_BLOCK_INSNS_MAX) {
        block->starts[block->count++] = (uint16_t)(db->pc_next - db->pc_first);
    }
    block->ops->insn_start(db, cs);
    if (block->is_guarded && block->count == 1) {
        emit_call(cs, SEAM_WRAP(helper_vmmcall));
    }
    if (cpu_probe_wants(cs->opaque, db->pc_next)) {
        emit_silently(cs, SEAM_WRAP(helper_invlpga));
        block->has_extras = true;
    }
}

static enum timing_mode mode_of(uint32_t flags)
{
    if (flags & SEAM_HF_CS64) {
        return TIMING_MODE_64;
    }
    return flags & SEAM_HF_CS32 ? TIMING_MODE_32 : TIMING_MODE_16;
}

/* Copies code that the translator has just read. False: it is not in memory, or its page is gone
 * from the TLB. */
static bool copy_code(struct seam_env *env, uint64_t linear, uint8_t *bytes, size_t count)
{
    while (count > 0) {
        size_t room = PAGE_BYTES - linear % PAGE_BYTES;
        size_t part = count < room ? count : room;
        void *host = NULL;

        SEAM(get_page_addr_code_hostp)(env, linear, &host);
        if (!host) {
            return false;
        }
        memcpy(bytes, host, part);
        bytes += part;
        linear += part;
        count -= part;
    }
    return true;
}

bool cpu_code_is_whole(const uint8_t *code, size_t bytes, uint32_t flags)
{
    static const cs_mode modes[] = {[TIMING_MODE_16] = CS_MODE_16,
                                    [TIMING_MODE_32] = CS_MODE_32,
                                    [TIMING_MODE_64] = CS_MODE_64};
    uint64_t address = 0;
    csh capstone;
    cs_insn *insn;
    bool is_whole = false;

    if (cs_open(CS_ARCH_X86, modes[mode_of(flags)], &capstone) != CS_ERR_OK) {
        return false;
    }
    insn = cs_malloc(capstone);
    if (insn) {
        is_whole = cs_disasm_iter(capstone, &code, &bytes, &address, insn);
        cs_free(insn, 1);
    }
    cs_close(&capstone);
    return is_whole;
}

/* Does the instruction at `linear`, in the last bytes of its page, end in that page? */
static bool fits_page(struct seam_env *env, uint64_t linear, uint32_t flags)
{
    uint8_t bytes[INSN_BYTES_MAX];
    size_t left = PAGE_BYTES - linear % PAGE_BYTES;

    return copy_code(env, linear, bytes, left) && cpu_code_is_whole(bytes, left, flags);
}

/* The instruction becomes a call of the helper of RSM, which no block has otherwise and which is
 * ours (delivery.c). */
static void emit_undefined(struct seam_disas *db, struct seam_cs *cs)
{
    emit_call(cs, SEAM_WRAP(helper_rsm));
    db->pc_next++;
    db->is_jmp = SEAM_DISAS_NORETURN;
}

/* What float.c wants around floating-point instructions. */
static void emit_before(struct seam_cs *cs, enum decode_float kind)
{
    if (kind == DECODE_FLOAT_X87) {
        emit_call(cs, SEAM_WRAP(helper_fwait));
    } else if (kind != DECODE_FLOAT_NONE && kind != DECODE_FLOAT_MXCSR) {
        emit_call(cs, SEAM_WRAP(helper_clgi));
    }
}

/* A block ends where MXCSR is loaded: the next one may have to be translated otherwise. */
static void emit_behind(struct seam_disas *db, struct seam_cs *cs, enum decode_float kind)
{
    if (kind == DECODE_FLOAT_SSE) {
        emit_call(cs, SEAM_WRAP(helper_stgi));
    } else if (kind == DECODE_FLOAT_LOAD) {
        emit_call(cs, SEAM_WRAP(helper_skinit));
    }
    if (kind == DECODE_FLOAT_LOAD || kind == DECODE_FLOAT_MXCSR) {
        db->is_jmp = SEAM_DISAS_TOO_MANY;
    }
}

/* Looks at the next instruction as far as its page goes. False: it is undefined. */
static bool look_at_next(struct seam_disas *db, struct seam_cs *cs)
{
    struct cpu_block *block = &cs->opaque->block;
    uint8_t code[INSN_BYTES_MAX];
    size_t left = PAGE_BYTES - db->pc_next % PAGE_BYTES;
    size_t bytes = left < sizeof(code) ? left : sizeof(code);

    block->is_aligned = false;
    block->is_iret = false;
    block->float_kind = DECODE_FLOAT_NONE;
    if (!copy_code(&cs->env, db->pc_next, code, bytes)) {
        return true;
    }
    if (decode_is_undefined(code, bytes, block->flags)) {
        return false;
    }
    block->is_aligned = decode_is_aligned(code, bytes, block->flags);
    block->is_iret = decode_is_iret(code, bytes, block->flags);
    block->float_kind = decode_float_kind(code, bytes, block->flags);
    if (block->float_kind == DECODE_FLOAT_SSE && !cs->opaque->has_unmasked_sse) {
        block->float_kind = DECODE_FLOAT_NONE;
    }
    return true;
}

static void on_translate_insn(struct seam_disas *db, struct seam_cs *cs)
{
    uint64_t left;

    if (!look_at_next(db, cs)) {
        emit_undefined(db, cs);
        return;
    }
    if (cs->opaque->block.is_iret) {
        emit_call(cs, SEAM_WRAP(helper_vmload));
    }
    emit_before(cs, cs->opaque->block.float_kind);
    cs->opaque->block.ops->translate_insn(db, cs);
    if (db->is_jmp != SEAM_DISAS_NEXT) {
        return;
    }
    emit_behind(db, cs, cs->opaque->block.float_kind);
    left = PAGE_BYTES - db->pc_next % PAGE_BYTES;
    if (left == PAGE_BYTES ||
        (left < INSN_BYTES_MAX && !fits_page(&cs->env, db->pc_next, db->tb->flags)) ||
        !cpu_guard_next_insn(cs->opaque, db->pc_next)) {
        db->is_jmp = SEAM_DISAS_TOO_MANY;
    }
}

static uint32_t block_ticks(struct cpu *cpu, const struct seam_tb *tb)
{
    uint8_t bytes[PAGE_BYTES + INSN_BYTES_MAX];
    struct timing_code code = {
        .bytes = bytes,
        .size = tb->size,
        .starts = cpu->block.starts,
        .count = cpu->block.count,
        .mode = mode_of(tb->flags),
    };

    if (code.count == 0 || code.size > sizeof(bytes) ||
        !copy_code(cpu->env, tb->pc, bytes, code.size)) {
        return TIMING_TICKS_PER_CYCLE;
    }
    return timing_block_ticks(cpu->set->timing, &code);
}

/*
 * When the translation has become too large, the library begins again with half the instructions. It must
 * not be the calls for debuggers that make it so: then it is to have all of them, and the calls go. Returns
 * the most instructions.
 */
static int spare_extras(struct cpu_block *block, uint32_t count, int max_insns)
{
    const int most = TIMING_BLOCK_INSNS_MAX;
    const int full = count > 0 && count < TIMING_BLOCK_INSNS_MAX ? (int)count : most;

    if (max_insns >= full) {
        block->spared = CPU_SPARE_NONE;
    } else if (block->has_extras) {
        block->spared++;
        max_insns = full;
    }
    block->is_looked_at = count == SEAM_LOOK;
    block->has_extras = false;
    return max_insns;
}

void SEAM_WRAP(translator_loop)(const struct seam_translator_ops *ops, struct seam_disas *db,
                                struct seam_cs *cs, struct seam_tb *tb, int max_insns)
{
    struct cpu *cpu = cs->opaque;
    struct seam_translator_ops ours = *ops;

    if (!cpu) {
        SEAM_REAL(translator_loop)(ops, db, cs, tb, max_insns);
        return;
    }
    max_insns = spare_extras(&cpu->block, tb->cflags & SEAM_COUNT_MASK, max_insns);
    ours.insn_start = on_insn_start;
    ours.translate_insn = on_translate_insn;
    cpu->block.ops = ops;
    cpu->block.flags = tb->flags;
    cpu_guard_block_begin(cpu, tb->pc);
    cpu->block.count = 0;
    cpu->block.wants_meter = true;
    SEAM_REAL(translator_loop)(&ours, db, cs, tb, max_insns);
    cpu->block.cost->args[1] = (uintptr_t) - (int64_t)block_ticks(cpu, tb);
    if (cpu->block.tally) {
        cpu->block.tally->args[1] = (uintptr_t)(CPU_TALLY_BLOCK + cpu->block.count);
    }
    if (cpu->set->code_observer.block) {
        cpu->set->code_observer.block(cpu->set->code_observer.ctx, tb->pc, tb->size);
    }
}
