/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Probes (probe.h).
 *
 * - Code: the translator puts a call of the helper of INVLPGA, which no block has otherwise, in front of the
 *   instruction. The call does not count when the translator decides how long a block may be (meter.c), so
 *   blocks, and with them time, are the same. Translations are made anew when the list changes, at the next
 *   turn; the guest cannot tell (fetch.c).
 * - Data: pages come by cpu_check_watchpoint() (debug.c), as guarded ones do. Those that are in a TLB are
 *   marked there; to empty it could be noticed. A mark that is not wanted any more stays and finds nothing.
 *
 * While a callback runs, RIP and the flags are those of the instruction; then they are put back to where the
 * engine has them between two stores of its own, which may be behind.
 */
#include "emu/cpu/internal.h"

#include <string.h>

#define PAGE_BYTES UINT64_C(4096)
#define RANGE_MAX  (UINT64_C(1) << 32)
#define HOST_PC    ((uintptr_t)__builtin_return_address(0))
#define RCX        1

struct kept {
    uint64_t eip;
    uint32_t cc_op;
    uintptr_t host_pc;
};

static const struct seam_tb *block_of(const struct cpu *cpu, uintptr_t host_pc)
{
    return host_pc ? SEAM(tcg_tb_lookup)(seam_field(cpu->uc, SEAM_UC_TCG), host_pc) : NULL;
}

/* The engine's registers become those of the instruction. A block that is used only once begins with it,
 * and would be dropped. */
static struct kept at_insn(struct cpu *cpu, uintptr_t host_pc)
{
    struct seam_env *env = cpu->env;
    struct kept kept = {.eip = env->eip, .cc_op = env->cc_op, .host_pc = cpu->host_pc};
    const struct seam_tb *tb = block_of(cpu, host_pc);

    if (tb && !(tb->cflags & SEAM_NO_CACHE)) {
        SEAM(cpu_restore_state)(cpu->cs, host_pc, false);
    }
    cpu->host_pc = host_pc;
    return kept;
}

static void put_back(struct cpu *cpu, const struct kept *kept)
{
    cpu->env->eip = kept->eip;
    cpu->env->cc_op = kept->cc_op;
    cpu->host_pc = kept->host_pc;
}

void cpu_set_probe(struct cpu_set *set, const struct cpu_probe *probe)
{
    set->probe = probe ? *probe : (struct cpu_probe){0};
}

/* ---- Code ---- */

static bool has_code(const struct cpu_set *set, uint64_t linear)
{
    size_t from = 0;
    size_t to = set->code_probes;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (set->code_probe[middle] == linear) {
            return true;
        }
        if (set->code_probe[middle] < linear) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return false;
}

bool cpu_probe_wants(const struct cpu *cpu, uint64_t linear)
{
    const struct cpu_block *block = &cpu->block;

    if (block->spared == CPU_SPARE_NONE && block->is_looked_at) {
        return true;
    }
    return block->spared != CPU_SPARE_ALL && has_code(cpu->set, linear);
}

/* meter.c has put it in front of an instruction. */
void SEAM_WRAP(helper_invlpga)(struct seam_env *env)
{
    struct cpu *cpu = seam_cpu_of_env(env);
    const struct cpu_probe *probe = &cpu->set->probe;
    const struct seam_tb *tb = block_of(cpu, HOST_PC);
    struct kept kept = at_insn(cpu, HOST_PC);
    uint64_t linear = env->segs[1].base + env->eip;

    /* Who looks stands in front of the instruction now; it is told of when it begins. */
    if (tb && (tb->cflags & SEAM_COUNT_MASK) == SEAM_LOOK) {
        cpu_look_insn(cpu);
    }
    if (probe->code && has_code(cpu->set, linear)) {
        probe->code(probe->ctx, cpu->index, linear);
    }
    put_back(cpu, &kept);
}

void cpu_set_code_observer(struct cpu_set *set, const struct cpu_code_observer *observer)
{
    set->code_observer = observer ? *observer : (struct cpu_code_observer){0};
}

static void insert(uint64_t *list, size_t count, uint64_t value)
{
    while (count > 0 && list[count - 1] > value) {
        list[count] = list[count - 1];
        count--;
    }
    list[count] = value;
}

bool cpu_set_probe_code(struct cpu_set *set, const uint64_t *pcs, size_t count)
{
    if (count > CPU_PROBE_CODE_MAX) {
        return false;
    }
    if (count == 0 && set->code_probes == 0) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        insert(set->code_probe, i, pcs[i]);
    }
    set->code_probes = count;
    for (unsigned i = 0; i < set->count; i++) {
        set->core[i]->is_flush_pending = true;
        if (set->core[i]->is_running) {
            cpu_kick(set->core[i]); /* it stands in the middle of a block */
        }
    }
    return true;
}

/* ---- Data ---- */

static bool covers(const struct cpu_probe_range *range, uint64_t linear, uint64_t bytes)
{
    return linear - range->linear < range->bytes || range->linear - linear < bytes;
}

bool cpu_probe_has_data(const struct cpu_set *set, uint64_t linear, uint64_t bytes)
{
    for (size_t i = 0; i < set->data_probes; i++) {
        if (covers(&set->data_probe[i], linear, bytes)) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const struct cpu_set *set, uint64_t linear, uint64_t bytes, bool is_write)
{
    for (size_t i = 0; i < set->data_probes; i++) {
        const struct cpu_probe_range *range = &set->data_probe[i];

        if ((is_write ? range->on_write : range->on_read) && covers(range, linear, bytes)) {
            return true;
        }
    }
    return false;
}

void cpu_probe_data(struct cpu *cpu, uint64_t linear, uint64_t bytes, bool is_write,
                    uintptr_t host_pc)
{
    const struct cpu_probe *probe = &cpu->set->probe;
    struct kept kept;

    if (!probe->data || !cpu->set->data_probes ||
        (is_write && cpu_is_told(cpu, &cpu->probe_told, linear, bytes, host_pc)) ||
        !is_wanted(cpu->set, linear, bytes, is_write)) {
        return;
    }
    kept = at_insn(cpu, host_pc);
    probe->data(probe->ctx, cpu->index, is_write ? CPU_ACCESS_WRITE : CPU_ACCESS_READ, linear,
                (unsigned)bytes);
    put_back(cpu, &kept);
}

static bool is_probed(struct cpu *cpu, uint64_t linear, uint64_t physical, uint32_t *attrs)
{
    (void)physical;
    (void)attrs;
    return cpu_probe_has_data(cpu->set, linear, PAGE_BYTES);
}

static bool is_valid(const struct cpu_probe_range *range)
{
    return range->bytes > 0 && range->bytes <= RANGE_MAX &&
           range->linear + (range->bytes - 1) >= range->linear;
}

bool cpu_set_probe_data(struct cpu_set *set, const struct cpu_probe_range *ranges, size_t count)
{
    if (count > CPU_PROBE_DATA_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_valid(&ranges[i])) return false;
    }
    if (count > 0) {
        memcpy(set->data_probe, ranges, count * sizeof(*ranges));
    }
    set->data_probes = count;
    if (count > 0) {
        cpu_set_mark_tlbs(set, is_probed);
    }
    return true;
}

/* ---- Registers and events ---- */

void cpu_probe_msr(struct cpu *cpu, bool is_write, uint64_t value, uintptr_t host_pc)
{
    const struct cpu_probe *probe = &cpu->set->probe;

    if (probe->msr) {
        struct kept kept = at_insn(cpu, host_pc);

        probe->msr(probe->ctx, cpu->index, (uint32_t)cpu->env->regs[RCX], is_write, value);
        put_back(cpu, &kept);
    }
}

void cpu_probe_vector(struct cpu *cpu, int vector, bool is_external)
{
    const struct cpu_probe *probe = &cpu->set->probe;

    if (probe->vector) {
        probe->vector(probe->ctx, cpu->index, (uint8_t)vector, is_external);
    }
}
