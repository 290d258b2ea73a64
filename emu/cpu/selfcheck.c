/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the linked library the one that seam.h was written for? Version first; then the layouts, by
 * writing through the library's interface and reading through ours, before anything relies on them;
 * then a known program, whose instruction and block counts, port access and memory access come out
 * right only if every function of the seam is in its place.
 */
#include "emu/cpu/internal.h"

#include "emu/base/error.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES   4096u
#define PORT         0x80
#define PROBE_BUFFER (16u << 20)
#define LOOPS        100u
#define BLOCKS       (1 + 1 + (LOOPS - 1) + 3)
#define WORDS        11u
#define FETCHED      418u
#define ROM_BASE     0xfffff000u

#define AT(type, member, offset)                                                          \
    _Static_assert(offsetof(struct type, member) == (offset), #member " of " #type " is " \
                                                                      "misplaced")
AT(seam_env, eip, 0x80);
AT(seam_env, hflags, 0xb0);
AT(seam_env, segs, 0xb8);
AT(seam_env, cr, 0x1a8);
AT(seam_env, efer, 0x230);
AT(seam_env, fpstt, 0x23c);
AT(seam_env, fpregs, 0x250);
AT(seam_env, fpip, 0x2d8);
AT(seam_env, fp_status, 0x2e8);
AT(seam_env, sse_status, 0x308);
AT(seam_env, mxcsr, 0x310);
AT(seam_env, xmm, 0x318);
AT(seam_env, sysenter_cs, 0x12a0);
AT(seam_env, lstar, 0x12c8);
AT(seam_env, tsc_aux, 0x1300);
AT(seam_env, pat, 0x1480);
AT(seam_env, pkru, 0x1498);
AT(seam_env, error_code, 0x14e8);
AT(seam_env, dr, 0x14f8);
AT(seam_env, old_exception, 0x1558);
AT(seam_env, cpuid_level, 0x15c4);
AT(seam_env, features, 0x15e0);
AT(seam_env, meter_left, 0x19a0);
AT(seam_env, meter_begin, 0x19b0);
AT(seam_tb, page_addr, 0x48);
AT(seam_cs, env_ptr, 0x128);
AT(seam_cs, opaque, 0x8170);
AT(seam_cs, exception_index, 0x81a0);
AT(seam_cs, env, 0x8a50);
AT(seam_op, args, 0x18);

static int refuse(struct error *err, const char *what)
{
    unsigned major = 0;
    unsigned minor = 0;
    unsigned version = uc_version(&major, &minor);

    return error_host(err,
                      "the linked CPU library (Unicorn %u.%u.%u) is not the Unicorn 2.1.1 this "
                      "program was made for: %s",
                      major, minor, (version >> 8) & 0xff, what);
}

/* Registers that the library's interface can write, and where they must then be. */
struct place {
    uint32_t reg;
    size_t offset;
    size_t bytes;
};

static const struct place places[] = {
    {UC_X86_REG_RAX, offsetof(struct seam_env, regs[0]), 8},
    {UC_X86_REG_RCX, offsetof(struct seam_env, regs[1]), 8},
    {UC_X86_REG_RSP, offsetof(struct seam_env, regs[4]), 8},
    {UC_X86_REG_R15, offsetof(struct seam_env, regs[15]), 8},
    {UC_X86_REG_CR2, offsetof(struct seam_env, cr[2]), 8},
    {UC_X86_REG_DR1, offsetof(struct seam_env, dr[1]), 8},
    {UC_X86_REG_FPCW, offsetof(struct seam_env, fpuc), 2},
    {UC_X86_REG_MXCSR, offsetof(struct seam_env, mxcsr), 4},
    {UC_X86_REG_XMM1, offsetof(struct seam_env, xmm[1]), 16},
    {UC_X86_REG_FS_BASE, offsetof(struct seam_env, segs[4].base), 8},
};

static const struct place msr_places[] = {
    {0xc0000081, offsetof(struct seam_env, star), 8},
    {0xc0000082, offsetof(struct seam_env, lstar), 8},
    {0xc0000102, offsetof(struct seam_env, kernelgsbase), 8},
    {0xc0000103, offsetof(struct seam_env, tsc_aux), 8},
    {0x00000176, offsetof(struct seam_env, sysenter_eip), 8},
    {0x00000277, offsetof(struct seam_env, pat), 8},
};

static bool is_placed(uc_engine *uc, const struct seam_env *env, const struct place *place,
                      uint8_t seed)
{
    uint8_t value[16];

    for (size_t i = 0; i < sizeof(value); i++) {
        value[i] = (uint8_t)(seed + i) & 0x3f;
    }
    return uc_reg_write(uc, (int)place->reg, value) == UC_ERR_OK &&
           memcmp((const char *)env + place->offset, value, place->bytes) == 0;
}

static bool is_msr_placed(uc_engine *uc, const struct seam_env *env, const struct place *place,
                          uint8_t seed)
{
    uc_x86_msr msr = {.rid = place->reg, .value = UINT64_C(0x0606060601000000) + seed};

    return uc_reg_write(uc, UC_X86_REG_MSR, &msr) == UC_ERR_OK &&
           memcmp((const char *)env + place->offset, &msr.value, place->bytes) == 0;
}

/* MXCSR leads to the status of SSE arithmetic. */
static bool is_rounding_placed(uc_engine *uc, const struct seam_env *env)
{
    uint32_t nearest = 0x1f80;
    uint32_t toward_zero = 0x7f80;

    return uc_reg_write(uc, UC_X86_REG_MXCSR, &toward_zero) == UC_ERR_OK &&
           env->sse_status.rounding == 3 &&
           uc_reg_write(uc, UC_X86_REG_MXCSR, &nearest) == UC_ERR_OK &&
           env->sse_status.rounding == 0;
}

static int check_registers(uc_engine *uc, const struct seam_env *env, struct error *err)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!is_placed(uc, env, &places[i], (uint8_t)(17 * i + 1))) {
            return refuse(err, "a register is not where it should be");
        }
    }
    if (!is_rounding_placed(uc, env)) {
        return refuse(err, "its floating-point status has another layout");
    }
    for (size_t i = 0; i < sizeof(msr_places) / sizeof(msr_places[0]); i++) {
        if (!is_msr_placed(uc, env, &msr_places[i], (uint8_t)(i + 1))) {
            return refuse(err, "a model-specific register is not where it should be");
        }
    }
    return 0;
}

static int check_layout(uc_engine *uc, struct error *err)
{
    struct seam_cs *cs = cpu_thread_probe(uc);
    void *tcg;
    size_t buffer;

    if (!cs || seam_cs_of_uc(uc) != cs) {
        return refuse(err, "its engine does not lead to its core");
    }
    if (cs->env_ptr != &cs->env || cs->uc != uc || cs->opaque) {
        return refuse(err, "its core has another layout");
    }
    tcg = seam_field(uc, SEAM_UC_TCG);
    if (!tcg || seam_field(tcg, SEAM_TCG_UC) != uc) {
        return refuse(err, "its translator has another layout");
    }
    buffer = (uintptr_t)seam_field(tcg, SEAM_TCG_REGION_END) -
             (uintptr_t)seam_field(tcg, SEAM_TCG_REGION_START);
    if (buffer > PROBE_BUFFER || buffer < PROBE_BUFFER / 2 ||
        seam_field(tcg, SEAM_TCG_REGION_CURRENT)) {
        return refuse(err, "its code buffer has another layout");
    }
    if (!cpu_tlb_is_as_known(&cs->env)) {
        return refuse(err, "its TLB has another layout");
    }
    if (cs->env.cpuid_version != 0x50654) {
        return refuse(err, "its processor model has another layout");
    }
    return check_registers(uc, &cs->env, err);
}

static int check_probe(struct error *err)
{
    uc_engine *uc = NULL;
    int result;

    if (uc_open(UC_ARCH_X86, UC_MODE_64, &uc) != UC_ERR_OK) {
        return refuse(err, "it opens no engine");
    }
    result = uc_ctl_set_cpu_model(uc, UC_CPU_X86_SKYLAKE_SERVER) == UC_ERR_OK &&
                     uc_ctl_set_tcg_buffer_size(uc, PROBE_BUFFER) == UC_ERR_OK &&
                     uc_ctl_exits_enable(uc) == UC_ERR_OK &&
                     uc_mem_map(uc, 0, PAGE_BYTES, UC_PROT_ALL) == UC_ERR_OK
                 ? check_layout(uc, err)
                 : refuse(err, "it does not set up an engine");
    uc_close(uc);
    return result;
}

/* ---- The known program ---- */

#define GUARDED_MAX 32u

struct guarded {
    enum cpu_access kind;
    uint64_t addr;
    unsigned bytes;
};

struct witness {
    uint64_t port_value;
    uint64_t mmio_addr;
    struct guarded guarded[GUARDED_MAX]; /* without fetches */
    size_t guarded_count;
    uint64_t fetches;
    uint64_t fetched; /* bytes */
};

static uint64_t on_mem_read(void *ctx, unsigned core, uint64_t addr, unsigned size)
{
    (void)ctx;
    (void)core;
    (void)addr;
    (void)size;
    return UINT64_MAX;
}

static void on_mem_write(void *ctx, unsigned core, uint64_t addr, unsigned size, uint64_t value)
{
    struct witness *witness = ctx;

    (void)core;
    (void)size;
    (void)value;
    witness->mmio_addr = addr;
}

static uint64_t on_io_read(void *ctx, unsigned core, uint16_t port, unsigned size)
{
    return on_mem_read(ctx, core, port, size);
}

static void on_io_write(void *ctx, unsigned core, uint16_t port, unsigned size, uint64_t value)
{
    struct witness *witness = ctx;

    (void)core;
    (void)size;
    witness->port_value = port == PORT ? value : 0;
}

static int on_intr_ack(void *ctx, unsigned core)
{
    (void)ctx;
    (void)core;
    return -1;
}

static bool on_is_guarded(void *ctx, uint64_t page)
{
    (void)ctx;
    return page == 0 || page == ROM_BASE;
}

static bool on_guard(void *ctx, unsigned core, enum cpu_access kind, uint64_t addr, unsigned bytes,
                     uint64_t *poison)
{
    struct witness *witness = ctx;

    (void)core;
    (void)poison;
    if (kind == CPU_ACCESS_FETCH) {
        witness->fetches++;
        witness->fetched += bytes;
        return true;
    }
    if (witness->guarded_count < GUARDED_MAX) {
        witness->guarded[witness->guarded_count++] =
            (struct guarded){.kind = kind, .addr = addr, .bytes = bytes};
    }
    return true;
}

/* Entered at the reset vector; real mode, DS base 0. Turns on paging with pages of 4 MiB, whose
 * table is at 0. */
static const uint8_t program[] = {
    0xb9, LOOPS, 0x00,                   /* mov  $100, %cx */
    0x40,                                /* inc  %ax */
    0xe2, 0xfd,                          /* loop . - 1 */
    0xa3, 0x10,  0x00,                   /* mov  %ax, 0x10: memory */
    0xa3, 0x00,  0x20,                   /* mov  %ax, 0x2000: none there */
    0xa3, 0x21,  0x00,                   /* mov  %ax, 0x21: not aligned */
    0xa1, 0x31,  0x00,                   /* mov  0x31, %ax: nor is this */
    0x0f, 0x20,  0xe0,                   /* mov  %cr4, %eax */
    0x0c, 0x10,                          /* or   $0x10, %al: PSE */
    0x0f, 0x22,  0xe0,                   /* mov  %eax, %cr4 */
    0x0f, 0x20,  0xc0,                   /* mov  %cr0, %eax */
    0x66, 0x0d,  0x01, 0x00, 0x00, 0x80, /* or   $0x80000001, %eax: PG, PE */
    0x0f, 0x22,  0xc0,                   /* mov  %eax, %cr0 */
    0xff, 0x06,  0x40, 0x00,             /* incw 0x40 */
    0xb0, 0x5a,                          /* mov  $0x5a, %al */
    0xe6, PORT,                          /* out  %al, $0x80 */
    0xf4,                                /* hlt */
};
static const uint8_t reset_vector[] = {0xe9, 0x0d, 0xf0}; /* jmp to offset 0xf000 of the segment */

/* Page directory entries for the first and the last 4 MiB. */
static const uint32_t low_page = 0x00000083;
static const uint32_t high_page = 0xffc00083;

static const struct guarded expected[] = {
    {CPU_ACCESS_WRITE, 0x10, 2}, {CPU_ACCESS_WRITE, 0x21, 2},
    {CPU_ACCESS_READ, 0x30, 2},  {CPU_ACCESS_READ, 0x32, 2},
    {CPU_ACCESS_WALK, 0xffc, 4}, {CPU_ACCESS_WRITE, 0xffc, 4}, /* accessed */
    {CPU_ACCESS_WALK, 0, 4},     {CPU_ACCESS_WRITE, 0, 4},
    {CPU_ACCESS_READ, 0x40, 2},  {CPU_ACCESS_WALK, 0, 4},
    {CPU_ACCESS_WRITE, 0, 4}, /* dirty */
    {CPU_ACCESS_WRITE, 0x40, 2},
};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static bool has_announced(const struct witness *witness)
{
    for (size_t i = 0; i < EXPECTED; i++) {
        const struct guarded *guarded = &witness->guarded[i];

        if (guarded->kind != expected[i].kind || guarded->addr != expected[i].addr ||
            guarded->bytes != expected[i].bytes) {
            return false;
        }
    }
    /* The blocks that ran, and the words of the six that were made. */
    return witness->guarded_count == EXPECTED && witness->fetches == BLOCKS + WORDS &&
           witness->fetched == FETCHED;
}

static bool has_run(const struct cpu *cpu, const struct witness *witness, const uint8_t *ram)
{
    /* The jump; MOV INC LOOP; 99 x INC LOOP; four moves and CR4; CR0; INC MOV OUT HLT. */
    return cpu->instructions == 1 + 3 + 2 * (LOOPS - 1) + 7 + 3 + 4 && cpu->blocks == BLOCKS &&
           witness->port_value == 0x5a && witness->mmio_addr == 0x2000 && ram[0x10] == LOOPS &&
           ram[0x11] == 0 && ram[0x21] == LOOPS && ram[0x40] == 1;
}

static int check_run(uint8_t *pages, struct timing *timing, struct error *err)
{
    struct witness witness = {0};
    const struct cpu_memory memory[] = {
        {.base = 0, .bytes = PAGE_BYTES, .host = pages},
        {.base = ROM_BASE, .bytes = PAGE_BYTES, .host = pages + PAGE_BYTES, .is_read_only = true},
    };
    const struct cpu_set_config config = {
        .core_count = 1,
        .memory = memory,
        .memory_count = 2,
        .env = {.ctx = &witness,
                .mem_read = on_mem_read,
                .mem_write = on_mem_write,
                .io_read = on_io_read,
                .io_write = on_io_write,
                .intr_ack = on_intr_ack,
                .is_guarded = on_is_guarded,
                .guard = on_guard},
        .timing = timing,
        .counts_blocks = true,
        .code_buffer_bytes = PROBE_BUFFER,
    };
    struct cpu_set *set = cpu_set_create_unchecked(&config, err);
    int result = 0;

    if (!set) {
        return -1;
    }
    memcpy(pages, &low_page, sizeof(low_page));
    memcpy(pages + PAGE_BYTES - sizeof(high_page), &high_page, sizeof(high_page));
    memcpy(pages + PAGE_BYTES, program, sizeof(program));
    memcpy(pages + 2 * PAGE_BYTES - 16, reset_vector, sizeof(reset_vector));
    if (cpu_run(set->core[0], VTIME_MS(1)) != CPU_STOP_HALTED ||
        !has_run(set->core[0], &witness, pages)) {
        result = refuse(err, "a known program runs differently");
    } else if (!has_announced(&witness)) {
        result = refuse(err, "a known program touches memory differently");
    }
    cpu_set_destroy(set);
    return result;
}

int cpu_self_check(struct error *err)
{
    unsigned version = uc_version(NULL, NULL) >> 8;
    struct timing *timing;
    uint8_t *pages;
    int result = -1;

    if (version != 0x020101) {
        return refuse(err, "another version");
    }
    if (check_probe(err) != 0) {
        return -1;
    }
    timing = timing_create(err);
    pages = aligned_alloc(PAGE_BYTES, 2 * PAGE_BYTES);
    if (timing && pages) {
        memset(pages, 0, 2 * PAGE_BYTES);
        result = check_run(pages, timing, err);
    } else {
        error_host(err, "no memory for the processor cores");
    }
    free(pages);
    timing_destroy(timing);
    return result;
}
