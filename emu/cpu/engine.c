/* SPDX-License-Identifier: GPL-2.0-only */
/* Making and closing the engines of a set: model, callbacks. */
#include "emu/cpu/internal.h"

#include "emu/base/bug.h"
#include "emu/base/error.h"

#include <stdlib.h>
#include <string.h>

#define CODE_BUFFER_DEFAULT  (48u << 20)
#define CODE_BUFFERS_DEFAULT (160u << 20)
#define CODE_BUFFER_MIN      (16u << 20)
#define CODE_BUFFER_MAX      (256u << 20)
#define PAGE_BYTES           4096u

int cpu_engine_failed(struct error *err, const char *what, uc_err status)
{
    return error_host(err, "the CPU library cannot %s: %s", what, uc_strerror(status));
}

/* Writes to read-only memory and instruction fetches from devices reach the bus's answer instead of
 * an error: the library drops the first and reads the second by itself once it is told to go on. */
static bool on_protected(uc_engine *uc, uc_mem_type type, uint64_t addr, int size, int64_t value,
                         void *ctx)
{
    (void)uc;
    (void)type;
    (void)addr;
    (void)size;
    (void)value;
    (void)ctx;
    return true;
}

/* The library takes callbacks as object pointers. */
static void *callback(void (*function)(void))
{
    void *pointer;

    memcpy(&pointer, &function, sizeof(pointer));
    return pointer;
}

static int add_hooks(struct cpu *cpu, struct error *err)
{
    const struct {
        int type;
        void *function;
    } hooks[] = {
        {UC_HOOK_INTR, callback((void (*)(void))cpu_on_exception)},
        {UC_HOOK_INSN_INVALID, callback((void (*)(void))cpu_on_undefined)},
        {UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_FETCH_PROT, callback((void (*)(void))on_protected)},
    };

    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        uc_err status =
            uc_hook_add(cpu->uc, &cpu->hook[i], hooks[i].type, hooks[i].function, cpu, 1, 0);

        if (status != UC_ERR_OK) {
            return cpu_engine_failed(err, "take a callback", status);
        }
    }
    return 0;
}

/* Order matters: model and buffer size before the first map, exits before the first run (unicorn.md
 * traps 1, 2, 13). */
static int set_up(struct cpu *cpu, size_t code_buffer_bytes, struct error *err)
{
    uc_err status = uc_open(UC_ARCH_X86, UC_MODE_64, &cpu->uc);

    if (status != UC_ERR_OK) {
        return cpu_engine_failed(err, "open an engine", status);
    }
    status = uc_ctl_set_cpu_model(cpu->uc, UC_CPU_X86_SKYLAKE_SERVER);
    if (status == UC_ERR_OK) {
        status = uc_ctl_set_tcg_buffer_size(cpu->uc, (uint32_t)code_buffer_bytes);
    }
    if (status == UC_ERR_OK) {
        status = uc_ctl_exits_enable(cpu->uc);
    }
    return status == UC_ERR_OK ? 0 : cpu_engine_failed(err, "set up an engine", status);
}

int cpu_engine_open(struct cpu *cpu, size_t code_buffer_bytes, struct error *err)
{
    if (cpu_look_open(cpu, err) != 0 || set_up(cpu, code_buffer_bytes, err) != 0 ||
        cpu_memory_begin(cpu, err) != 0 || add_hooks(cpu, err) != 0) {
        return -1;
    }
    cpu->cs = seam_cs_of_uc(cpu->uc);
    cpu->env = &cpu->cs->env;
    cpu->cs->opaque = cpu;
    cpu->stop_at = UINT64_MAX;
    cpu->fetch_epoch = 1;
    cpu_block_ends(cpu->env);
    *((bool *)cpu->uc + SEAM_UC_NO_EXIT_TEST) = true;
    cpu_code_buffer_begin(cpu);
    cpu_cpuid_init(cpu);
    cpu_power_on(cpu);
    return 0;
}

void cpu_engine_close(struct cpu *cpu)
{
    cpu_look_close(cpu);
    if (cpu->uc) {
        uc_close(cpu->uc);
    }
}

/* Together at most CODE_BUFFERS_DEFAULT, so that many cores stay within a bound as well. */
static size_t code_buffer_bytes(const struct cpu_set_config *config)
{
    size_t bytes = config->code_buffer_bytes;

    if (!bytes) {
        bytes = CODE_BUFFERS_DEFAULT / config->core_count / PAGE_BYTES * PAGE_BYTES;
        bytes = bytes > CODE_BUFFER_DEFAULT ? CODE_BUFFER_DEFAULT : bytes;
    }
    if (bytes < CODE_BUFFER_MIN) {
        return CODE_BUFFER_MIN;
    }
    return bytes > CODE_BUFFER_MAX ? CODE_BUFFER_MAX : bytes;
}

static struct cpu_set *set_create(const struct cpu_set_config *config, struct error *err)
{
    struct cpu_set *set = calloc(1, sizeof(*set));

    if (!set) {
        error_host(err, "no memory for the processor cores");
        return NULL;
    }
    set->env = config->env;
    set->timing = config->timing;
    set->trace = config->trace;
    set->counts_blocks = config->counts_blocks;
    set->memory_count = config->memory_count;
    memcpy(set->memory, config->memory, config->memory_count * sizeof(set->memory[0]));
    for (unsigned i = 0; i < config->core_count; i++) {
        set->core[i] = calloc(1, sizeof(*set->core[i]));
        if (!set->core[i]) {
            error_host(err, "no memory for the processor cores");
            cpu_set_destroy(set);
            return NULL;
        }
        set->core[i]->set = set;
        set->core[i]->index = i;
        set->count = i + 1;
    }
    return set;
}

struct cpu_set *cpu_set_create(const struct cpu_set_config *config, struct error *err)
{
    return cpu_self_check(err) == 0 ? cpu_set_create_unchecked(config, err) : NULL;
}

struct cpu_set *cpu_set_create_unchecked(const struct cpu_set_config *config, struct error *err)
{
    struct cpu_set *set;

    BUG_ON(config->core_count < 1 || config->core_count > CPU_CORES_MAX);
    BUG_ON(!cpu_memory_is_valid(config->memory, config->memory_count));
    set = set_create(config, err);
    for (unsigned i = 0; set && i < set->count; i++) {
        if (cpu_engine_open(set->core[i], code_buffer_bytes(config), err) != 0) {
            cpu_set_destroy(set);
            return NULL;
        }
    }
    return set;
}

void cpu_set_destroy(struct cpu_set *set)
{
    if (!set) {
        return;
    }
    for (unsigned i = 0; i < CPU_CORES_MAX; i++) {
        if (set->core[i]) {
            cpu_engine_close(set->core[i]);
            free(set->core[i]);
        }
    }
    free(set);
}

struct cpu *cpu_set_core(struct cpu_set *set, unsigned core)
{
    BUG_ON(core >= set->count);
    return set->core[core];
}

unsigned cpu_set_count(const struct cpu_set *set)
{
    return set->count;
}
