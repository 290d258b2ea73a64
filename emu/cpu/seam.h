/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that emu/cpu knows of the inside of Unicorn 2.1.1's x86-64 engine: parts of its
 * structures, its functions that we call, and its functions that we stand in front of (the linker's
 * --wrap; the list is in CMakeLists.txt). None of it is an interface, so cpu_self_check() compares
 * it with the library that was linked and refuses any other.
 *
 * Source: reference/unicorn.md 2, cores.md 2. Offsets in hexadecimal are those of the x86-64 build;
 * a name that starts with `unused` is a stretch that we do not touch.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <unicorn/unicorn.h>

struct cpu;

/* A segment register with its hidden part; `flags` is the second dword of the descriptor. */
struct seam_segment {
    uint32_t selector;
    uint64_t base;
    uint32_t limit;
    uint32_t flags;
};

struct seam_fpreg {
    uint64_t mantissa;
    uint16_t exponent;
    uint8_t unused[6];
};

/* How the library's floating-point arithmetic is to work, and what it met. */
struct seam_float_status {
    int8_t tininess;
    int8_t rounding;
    uint8_t flags;
    int8_t precision;
    uint8_t flush_to_zero;
    uint8_t flush_inputs_to_zero;
    uint8_t default_nan;
    uint8_t snan_bit;
};

/* The guest-visible state of a core, and what its generated code works on. */
struct seam_env {
    uint64_t regs[16]; /* RAX RCX RDX RBX RSP RBP RSI RDI R8-R15 */
    uint64_t eip;
    uint64_t eflags; /* inside the loop: without status bits and DF, which live in the next words */
    uint64_t cc_dst;
    uint64_t cc_src;
    uint64_t cc_src2;
    uint32_t cc_op;
    int32_t df;
    uint32_t hflags;
    uint32_t hflags2;
    struct seam_segment segs[6]; /* ES CS SS DS FS GS */
    struct seam_segment ldt;
    struct seam_segment tr;
    struct seam_segment gdt;
    struct seam_segment idt;
    uint64_t cr[5];
    uint32_t a20_mask;
    uint8_t unused_mpx[0x230 - 0x1d4];
    uint64_t efer;
    uint32_t unused_marker;
    uint32_t fpstt;
    uint16_t fpus;
    uint16_t fpuc;
    uint8_t fptags[8]; /* 1 = empty */
    uint8_t unused_align[0x250 - 0x24c];
    struct seam_fpreg fpregs[8];
    uint16_t fpop;
    uint16_t fpcs;
    uint16_t fpds;
    uint64_t fpip;
    uint64_t fpdp;
    struct seam_float_status fp_status;
    uint8_t unused_status[0x308 - 0x2f0];
    struct seam_float_status sse_status;
    uint32_t mxcsr;
    uint32_t unused_align2;
    uint8_t xmm[32][64]; /* the first 16 bytes of the first 16 are used */
    uint8_t unused_vector[0x12a0 - 0xb18];
    uint32_t sysenter_cs;
    uint64_t sysenter_esp;
    uint64_t sysenter_eip;
    uint64_t star;
    uint64_t unused_svm;
    uint64_t lstar;
    uint64_t cstar;
    uint64_t fmask;
    uint64_t kernelgsbase;
    uint8_t unused_tsc[0x1300 - 0x12e8];
    uint64_t tsc_aux;
    uint64_t xcr0;
    uint8_t unused_msr[0x1480 - 0x1310];
    uint64_t pat;
    uint8_t unused_smm[0x1498 - 0x1488];
    uint32_t pkru;
    uint8_t unused_kvm[0x14e8 - 0x149c];
    uint32_t error_code;
    uint32_t exception_is_int;
    uint64_t exception_next_eip;
    uint64_t dr[8];
    void *breakpoint[4];
    int32_t old_exception;
    uint8_t unused_virt[0x15c4 - 0x155c];
    uint32_t cpuid_level;
    uint8_t unused_level[0x15dc - 0x15c8];
    uint32_t cpuid_version;
    uint64_t features[34]; /* 64-bit words, order of enum seam_feature */
    uint8_t unused_tail[0x19a0 - 0x16f0];
    /* Three words that only KVM's TSC scaling and the library's own machine check use, which is never
     * asked (mca.c): ours (meter.c). Near the registers, generated code reaches them with a short
     * address. */
    int64_t meter_left;
    uint64_t meter_tally;
    int64_t meter_begin; /* meter_left as the block under way began */
};

enum seam_feature {
    SEAM_FEATURE_1_EDX,
    SEAM_FEATURE_1_ECX,
    SEAM_FEATURE_7_EBX,
    SEAM_FEATURE_7_ECX,
    SEAM_FEATURE_7_EDX,
    SEAM_FEATURE_7_1_EAX,
    SEAM_FEATURE_80000001_EDX,
    SEAM_FEATURE_80000001_ECX,
    SEAM_FEATURE_XSAVE = 19,
    SEAM_FEATURE_XSAVE_LOW = 21,
    SEAM_FEATURE_XSAVE_HIGH,
};

/* The engine's own part of a core; `env` follows in the same allocation. */
struct seam_cs {
    uint8_t unused_head[0x18];
    uint32_t cflags_next_tb;
    uint32_t interrupt_request;
    uint8_t unused_jumps[0x128 - 0x20];
    struct seam_env *env_ptr;
    uint8_t unused_cache[0x8170 - 0x130];
    struct cpu *opaque; /* unused by the engine: the way from the engine to our core */
    uintptr_t mem_io_pc;
    uint8_t unused_index[0x81a0 - 0x8180];
    int32_t exception_index;
    uc_engine *uc;
    uint8_t unused_class[0x8a50 - 0x81b0];
    struct seam_env env;
};

/* Hidden flags. */
#define SEAM_HF_CPL         0x3u
#define SEAM_HF_INHIBIT_IRQ (1u << 3)
#define SEAM_HF_CS32        (1u << 4)
#define SEAM_HF_MP          (1u << 9)
#define SEAM_HF_EM          (1u << 10)
#define SEAM_HF_TS          (1u << 11)
#define SEAM_HF_LMA         (1u << 14)
#define SEAM_HF_CS64        (1u << 15)
#define SEAM_HF2_NMI        (1u << 2)

#define SEAM_CC_OP_EFLAGS 1u
#define SEAM_REQUEST_HARD 0x2u
#define SEAM_EXIT_HLT     0x10001
#define SEAM_ONE_INSN     1u      /* cflags: a block of one instruction */
#define SEAM_COUNT_MASK   0x7fffu /* cflags: the most instructions of a block; 0: any number */
#define SEAM_LOOK         0x7ffeu /* a count that is no bound: ours, for blocks that are looked at */
#define SEAM_NO_CACHE     0x10000u /* cflags: a block that is used once, of code that is no memory */

/* Offsets in the engine and in its translator. */
#define SEAM_UC_CS           0x1a0
#define SEAM_UC_TCG          0x2e8
#define SEAM_UC_NO_EXIT_TEST 0x7da /* bool: no exit test after each memory access */
#define SEAM_TCG_OPS         0x38  /* int: operations of the block so far; too many end it */
#define SEAM_TCG_ENV         0x98f0
#define SEAM_TCG_UC          0x9970

#define SEAM_TCG_HIGHWATER      0xd0
#define SEAM_TCG_REGION_START   0x98f8
#define SEAM_TCG_REGION_END     0x9908
#define SEAM_TCG_REGION_CURRENT 0x9928

/* One translated block. */
struct seam_tb {
    uint64_t pc;
    uint64_t cs_base;
    uint32_t flags;
    uint16_t size;
    uint16_t icount;
    uint32_t cflags;
    uint8_t unused_links[0x48 - 0x1c];
    uint64_t page_addr[2]; /* the engine's own addresses of its code; all ones: no second page */
};

/* Attributes of an access: the library looks at bits 1 (SMM), 19 (byte order) and, in its TLB, at
 * no other; it keeps all 32 in the TLB entry and hands them to cpu_check_watchpoint(). Ours:
 * bit 2 says that the page is guarded, bits 18:3 and 31:20 are its physical page number. */
#define SEAM_ATTR_GUARDED    (1u << 2)
#define SEAM_ATTR_LOW_SHIFT  3
#define SEAM_ATTR_LOW_BITS   16
#define SEAM_ATTR_HIGH_SHIFT 20

/* The translator at work on one block. */
struct seam_disas {
    struct seam_tb *tb;
    uint64_t pc_first;
    uint64_t pc_next;
    uint32_t is_jmp;
    int32_t num_insns;
};
#define SEAM_DISAS_NEXT     0u
#define SEAM_DISAS_TOO_MANY 1u
#define SEAM_DISAS_NORETURN 2u

struct seam_translator_ops {
    void (*init_disas_context)(struct seam_disas *db, struct seam_cs *cs);
    void (*tb_start)(struct seam_disas *db, struct seam_cs *cs);
    void (*insn_start)(struct seam_disas *db, struct seam_cs *cs);
    bool (*breakpoint_check)(struct seam_disas *db, struct seam_cs *cs, const void *breakpoint);
    void (*translate_insn)(struct seam_disas *db, struct seam_cs *cs);
    void (*tb_stop)(struct seam_disas *db, struct seam_cs *cs);
};

/* One intermediate operation; the temporaries and labels it names are opaque here. */
struct seam_op {
    uint32_t head;
    void *next;
    void *previous;
    uintptr_t args[10];
};
struct seam_temp;
struct seam_label;
#define SEAM_OP_MOVI_I64 64
#define SEAM_OP_LD_I64   73
#define SEAM_OP_ST_I64   77
#define SEAM_OP_ADD_I64  78
#define SEAM_TYPE_I64    1
#define SEAM_COND_LE     10

/* Memory operations: log2 of the size, and log2 of an alignment that is demanded. In the argument
 * of a load or store function they come with the kind of access below them. */
#define SEAM_MO_SIZE        0x3u
#define SEAM_MO_64          3u
#define SEAM_MO_ALIGN_SHIFT 4
#define SEAM_MO_ALIGN_16    (4u << SEAM_MO_ALIGN_SHIFT)
#define SEAM_MO_ALIGN       (7u << SEAM_MO_ALIGN_SHIFT) /* to the access's own size */
#define SEAM_MO_INDEX_SHIFT 4

#define SEAM(name)      name##_x86_64
#define SEAM_REAL(name) __real_##name##_x86_64
#define SEAM_WRAP(name) __wrap_##name##_x86_64

/* ---- Functions that we call ---- */
void SEAM(x86_cpu_do_interrupt)(struct seam_cs *cs);
void SEAM(do_interrupt_x86_hardirq)(struct seam_env *env, int vector, int is_hw);
void SEAM(do_cpu_init)(struct seam_cs *cs);
void seam_cpu_reset(struct seam_cs *cs) __asm__("cpu_reset");
_Noreturn void SEAM(cpu_loop_exit_noexc)(struct seam_cs *cs);
_Noreturn void SEAM(raise_exception_err_ra)(struct seam_env *env, int vector, int error_code,
                                            uintptr_t host_pc);
_Noreturn void SEAM(raise_exception_ra)(struct seam_env *env, int vector, uintptr_t host_pc);
bool SEAM(cpu_restore_state)(struct seam_cs *cs, uintptr_t host_pc, bool will_exit);
uint64_t SEAM(helper_read_eflags)(struct seam_env *env);
void SEAM(helper_check_iob)(struct seam_env *env, uint32_t port);
void SEAM(helper_check_iow)(struct seam_env *env, uint32_t port);
void SEAM(helper_check_iol)(struct seam_env *env, uint32_t port);
void SEAM(cpu_x86_update_cr0)(struct seam_env *env, uint32_t value);
void SEAM(cpu_x86_update_cr3)(struct seam_env *env, uint64_t value);
void SEAM(cpu_x86_update_cr4)(struct seam_env *env, uint32_t value);
void SEAM(cpu_x86_update_dr7)(struct seam_env *env, uint32_t value);
void SEAM(update_fp_status)(struct seam_env *env);
void SEAM(update_mxcsr_status)(struct seam_env *env);
uint64_t SEAM(x86_cpu_get_phys_page_attrs_debug)(struct seam_cs *cs, uint64_t linear,
                                                 uint32_t *attrs);
uint64_t SEAM(get_page_addr_code_hostp)(struct seam_env *env, uint64_t linear, void **host);
uint64_t SEAM(qemu_ram_addr_from_host)(uc_engine *uc, void *host);
void SEAM(tb_flush)(struct seam_cs *cs); /* wrapped as well: not at once while the core runs */
void SEAM(tlb_flush)(struct seam_cs *cs);
void SEAM(tlb_flush_page)(struct seam_cs *cs, uint64_t linear);
void SEAM(tlb_reset_dirty)(struct seam_cs *cs, uint64_t host, uint64_t bytes);
void SEAM(tb_invalidate_phys_range)(uc_engine *uc, uint64_t start, uint64_t end);
struct seam_tb *SEAM(tcg_tb_lookup)(void *tcg, uintptr_t host_pc);
struct seam_temp *SEAM(tcg_temp_new_internal)(void *tcg, int type, bool is_local);
void SEAM(tcg_temp_free_internal)(void *tcg, struct seam_temp *temp);
struct seam_op *SEAM(tcg_emit_op)(void *tcg, int opcode);
/* `function` must be a helper that the library has registered. */
void SEAM(tcg_gen_callN)(void *tcg, void (*function)(struct seam_env *env),
                         struct seam_temp *result, int count, struct seam_temp **args);
void SEAM(tcg_gen_brcondi_i64)(void *tcg, int condition, uintptr_t temp_offset, int64_t value,
                               struct seam_label *label);

/* ---- Functions that we stand in front of: ours, and the library's own ---- */
int SEAM_WRAP(cpu_exec)(uc_engine *uc, struct seam_cs *cs);
int SEAM_REAL(cpu_exec)(uc_engine *uc, struct seam_cs *cs);
bool SEAM_WRAP(x86_cpu_exec_interrupt)(struct seam_cs *cs, int request);
void __wrap_qemu_system_reset_request(uc_engine *uc);
void SEAM_WRAP(helper_hlt)(struct seam_env *env, int next_eip_addend);
void SEAM_WRAP(helper_pause)(struct seam_env *env, int next_eip_addend);
void SEAM_WRAP(helper_rdtsc)(struct seam_env *env);
void SEAM_WRAP(helper_rdtscp)(struct seam_env *env);
void SEAM_WRAP(helper_rdpmc)(struct seam_env *env);
uint64_t SEAM_WRAP(helper_rdrand)(struct seam_env *env);
void SEAM_WRAP(helper_cpuid)(struct seam_env *env);
void SEAM_WRAP(helper_rdmsr)(struct seam_env *env);
void SEAM_REAL(helper_rdmsr)(struct seam_env *env);
void SEAM_WRAP(helper_wrmsr)(struct seam_env *env);
void SEAM_REAL(helper_wrmsr)(struct seam_env *env);
void SEAM_WRAP(helper_syscall)(struct seam_env *env, int next_eip_addend);
void SEAM_WRAP(helper_sysret)(struct seam_env *env, int operand_size);
void SEAM_REAL(helper_sysret)(struct seam_env *env, int operand_size);
void SEAM_WRAP(helper_sysexit)(struct seam_env *env, int operand_size);
void SEAM_REAL(helper_sysexit)(struct seam_env *env, int operand_size);
void SEAM_WRAP(helper_load_seg)(struct seam_env *env, int segment, int selector);
void SEAM_REAL(helper_load_seg)(struct seam_env *env, int segment, int selector);
void SEAM_WRAP(helper_ltr)(struct seam_env *env, int selector);
void SEAM_REAL(helper_ltr)(struct seam_env *env, int selector);
void SEAM_WRAP(helper_ljmp_protected)(struct seam_env *env, int selector, uint64_t eip,
                                      uint64_t next_eip);
void SEAM_REAL(helper_ljmp_protected)(struct seam_env *env, int selector, uint64_t eip,
                                      uint64_t next_eip);
void SEAM_WRAP(helper_lcall_protected)(struct seam_env *env, int selector, uint64_t eip, int shift,
                                       uint64_t next_eip);
void SEAM_REAL(helper_lcall_protected)(struct seam_env *env, int selector, uint64_t eip, int shift,
                                       uint64_t next_eip);
void *SEAM_WRAP(helper_lookup_tb_ptr)(struct seam_env *env);
void *SEAM_REAL(helper_lookup_tb_ptr)(struct seam_env *env);
void SEAM_WRAP(helper_sysenter)(struct seam_env *env, int next_eip_addend);
uint64_t SEAM_WRAP(helper_read_crN)(struct seam_env *env, int reg);
uint64_t SEAM_REAL(helper_read_crN)(struct seam_env *env, int reg);
void SEAM_WRAP(helper_write_crN)(struct seam_env *env, int reg, uint64_t value);
void SEAM_REAL(helper_write_crN)(struct seam_env *env, int reg, uint64_t value);
uint64_t SEAM_WRAP(helper_inb)(struct seam_env *env, uint32_t port);
uint64_t SEAM_WRAP(helper_inw)(struct seam_env *env, uint32_t port);
uint64_t SEAM_WRAP(helper_inl)(struct seam_env *env, uint32_t port);
void SEAM_WRAP(helper_outb)(struct seam_env *env, uint32_t port, uint32_t value);
void SEAM_WRAP(helper_outw)(struct seam_env *env, uint32_t port, uint32_t value);
void SEAM_WRAP(helper_outl)(struct seam_env *env, uint32_t port, uint32_t value);
void SEAM_WRAP(helper_raise_interrupt)(struct seam_env *env, int vector, int next_eip_addend);
void SEAM_REAL(helper_raise_interrupt)(struct seam_env *env, int vector, int next_eip_addend);
void SEAM_WRAP(helper_into)(struct seam_env *env, int next_eip_addend);
void SEAM_REAL(helper_into)(struct seam_env *env, int next_eip_addend);
void SEAM_WRAP(helper_ldmxcsr)(struct seam_env *env, uint32_t value);
void SEAM_REAL(helper_ldmxcsr)(struct seam_env *env, uint32_t value);
void SEAM_WRAP(helper_fwait)(struct seam_env *env);
void SEAM_REAL(helper_fwait)(struct seam_env *env);
void SEAM_WRAP(helper_clgi)(struct seam_env *env);
void SEAM_WRAP(helper_stgi)(struct seam_env *env);
void SEAM_WRAP(helper_skinit)(struct seam_env *env);
void SEAM_WRAP(helper_rsm)(struct seam_env *env);
void SEAM_WRAP(helper_vmmcall)(struct seam_env *env);
void SEAM_WRAP(helper_invlpga)(struct seam_env *env);
void SEAM_WRAP(helper_vmload)(struct seam_env *env);
void SEAM_WRAP(helper_debug)(struct seam_env *env);
void SEAM_WRAP(helper_set_dr)(struct seam_env *env, int reg, uint64_t value);
void SEAM_REAL(helper_set_dr)(struct seam_env *env, int reg, uint64_t value);
uint64_t SEAM_WRAP(helper_get_dr)(struct seam_env *env, int reg);
uint64_t SEAM_REAL(helper_get_dr)(struct seam_env *env, int reg);
int SEAM_WRAP(cpu_watchpoint_address_matches)(struct seam_cs *cs, uint64_t linear, uint64_t bytes);
void SEAM_WRAP(cpu_check_watchpoint)(struct seam_cs *cs, uint64_t linear, uint64_t bytes,
                                     uint32_t attrs, int access, uintptr_t host_pc);
void SEAM_WRAP(tlb_set_page_with_attrs)(struct seam_cs *cs, uint64_t linear, uint64_t physical,
                                        uint32_t attrs, int prot, int mmu_index, uint64_t bytes);
void SEAM_REAL(tlb_set_page_with_attrs)(struct seam_cs *cs, uint64_t linear, uint64_t physical,
                                        uint32_t attrs, int prot, int mmu_index, uint64_t bytes);
bool SEAM_WRAP(x86_cpu_tlb_fill)(struct seam_cs *cs, uint64_t linear, int bytes, int access,
                                 int mmu_index, bool is_probe, uintptr_t host_pc);
bool SEAM_REAL(x86_cpu_tlb_fill)(struct seam_cs *cs, uint64_t linear, int bytes, int access,
                                 int mmu_index, bool is_probe, uintptr_t host_pc);
uint32_t SEAM_WRAP(x86_ldl_phys)(struct seam_cs *cs, uint64_t addr);
uint32_t SEAM_REAL(x86_ldl_phys)(struct seam_cs *cs, uint64_t addr);
uint64_t SEAM_WRAP(x86_ldq_phys)(struct seam_cs *cs, uint64_t addr);
uint64_t SEAM_REAL(x86_ldq_phys)(struct seam_cs *cs, uint64_t addr);
uint64_t SEAM_WRAP(get_page_addr_code)(struct seam_env *env, uint64_t linear);
uint64_t SEAM_WRAP(get_page_addr_code_hostp)(struct seam_env *env, uint64_t linear, void **host);
uint64_t SEAM_REAL(get_page_addr_code_hostp)(struct seam_env *env, uint64_t linear, void **host);
uint32_t SEAM_WRAP(cpu_ldub_code)(struct seam_env *env, uint64_t linear);
uint32_t SEAM_REAL(cpu_ldub_code)(struct seam_env *env, uint64_t linear);
uint32_t SEAM_WRAP(cpu_lduw_code)(struct seam_env *env, uint64_t linear);
uint32_t SEAM_REAL(cpu_lduw_code)(struct seam_env *env, uint64_t linear);
uint32_t SEAM_WRAP(cpu_ldl_code)(struct seam_env *env, uint64_t linear);
uint32_t SEAM_REAL(cpu_ldl_code)(struct seam_env *env, uint64_t linear);
uint64_t SEAM_WRAP(cpu_ldq_code)(struct seam_env *env, uint64_t linear);
uint64_t SEAM_REAL(cpu_ldq_code)(struct seam_env *env, uint64_t linear);
void SEAM_WRAP(tlb_flush)(struct seam_cs *cs);
void SEAM_REAL(tlb_flush)(struct seam_cs *cs);
void SEAM_WRAP(tlb_flush_page)(struct seam_cs *cs, uint64_t linear);
void SEAM_REAL(tlb_flush_page)(struct seam_cs *cs, uint64_t linear);
void SEAM_WRAP(tb_flush)(struct seam_cs *cs);
void SEAM_REAL(tb_flush)(struct seam_cs *cs);
void SEAM_WRAP(tlb_protect_code)(uc_engine *uc, uint64_t ram_addr);
void SEAM_WRAP(tlb_reset_dirty_by_vaddr)(struct seam_cs *cs, uint64_t linear, uint64_t bytes);
void SEAM_WRAP(tb_invalidate_phys_page_fast)(uc_engine *uc, void *pages, uint64_t start, int bytes,
                                             uintptr_t host_pc);
void SEAM_REAL(tb_invalidate_phys_page_fast)(uc_engine *uc, void *pages, uint64_t start, int bytes,
                                             uintptr_t host_pc);
void SEAM_WRAP(x86_stl_phys_notdirty)(struct seam_cs *cs, uint64_t addr, uint32_t value);
void SEAM_REAL(x86_stl_phys_notdirty)(struct seam_cs *cs, uint64_t addr, uint32_t value);
void SEAM_WRAP(x86_stq_phys)(struct seam_cs *cs, uint64_t addr, uint64_t value);
void SEAM_REAL(x86_stq_phys)(struct seam_cs *cs, uint64_t addr, uint64_t value);
#define SEAM_EMIT(name)                                                               \
    void SEAM_WRAP(name)(void *tcg, uintptr_t value, uintptr_t addr, uintptr_t index, \
                         uint32_t operation);                                         \
    void SEAM_REAL(name)(void *tcg, uintptr_t value, uintptr_t addr, uintptr_t index, \
                         uint32_t operation);
#define SEAM_LOAD(name)                                                                \
    uint64_t SEAM_WRAP(name)(struct seam_env * env, uint64_t addr, uint32_t operation, \
                             uintptr_t host_pc);                                       \
    uint64_t SEAM_REAL(name)(struct seam_env * env, uint64_t addr, uint32_t operation, \
                             uintptr_t host_pc);
#define SEAM_STORE(name, type)                                                                 \
    void SEAM_WRAP(name)(struct seam_env * env, uint64_t addr, type value, uint32_t operation, \
                         uintptr_t host_pc);                                                   \
    void SEAM_REAL(name)(struct seam_env * env, uint64_t addr, type value, uint32_t operation, \
                         uintptr_t host_pc);
SEAM_EMIT(tcg_gen_qemu_ld_i32)
SEAM_EMIT(tcg_gen_qemu_ld_i64)
SEAM_EMIT(tcg_gen_qemu_st_i32)
SEAM_EMIT(tcg_gen_qemu_st_i64)
SEAM_LOAD(helper_le_lduw_mmu)
SEAM_LOAD(helper_le_ldul_mmu)
SEAM_LOAD(helper_le_ldq_mmu)
SEAM_LOAD(helper_be_lduw_mmu)
SEAM_LOAD(helper_be_ldul_mmu)
SEAM_LOAD(helper_be_ldq_mmu)
SEAM_STORE(helper_le_stw_mmu, uint16_t)
SEAM_STORE(helper_le_stl_mmu, uint32_t)
SEAM_STORE(helper_le_stq_mmu, uint64_t)
SEAM_STORE(helper_be_stw_mmu, uint16_t)
SEAM_STORE(helper_be_stl_mmu, uint32_t)
SEAM_STORE(helper_be_stq_mmu, uint64_t)
uint32_t SEAM_WRAP(memory_region_dispatch_read)(uc_engine *uc, void *region, uint64_t offset,
                                                uint64_t *value, uint32_t operation,
                                                uint32_t attrs);
uint32_t SEAM_REAL(memory_region_dispatch_read)(uc_engine *uc, void *region, uint64_t offset,
                                                uint64_t *value, uint32_t operation,
                                                uint32_t attrs);
uint32_t SEAM_WRAP(memory_region_dispatch_write)(uc_engine *uc, void *region, uint64_t offset,
                                                 uint64_t value, uint32_t operation,
                                                 uint32_t attrs);
uint32_t SEAM_REAL(memory_region_dispatch_write)(uc_engine *uc, void *region, uint64_t offset,
                                                 uint64_t value, uint32_t operation,
                                                 uint32_t attrs);
void SEAM_WRAP(tcg_region_reset_all)(void *tcg);
void SEAM_REAL(tcg_region_reset_all)(void *tcg);
void SEAM_WRAP(translator_loop)(const struct seam_translator_ops *ops, struct seam_disas *db,
                                struct seam_cs *cs, struct seam_tb *tb, int max_insns);
void SEAM_REAL(translator_loop)(const struct seam_translator_ops *ops, struct seam_disas *db,
                                struct seam_cs *cs, struct seam_tb *tb, int max_insns);
void SEAM_WRAP(tcg_gen_brcondi_i32)(void *tcg, int condition, uintptr_t temp_offset, int32_t value,
                                    struct seam_label *label);
void SEAM_REAL(tcg_gen_brcondi_i32)(void *tcg, int condition, uintptr_t temp_offset, int32_t value,
                                    struct seam_label *label);

/* ---- The TLB: in front of the state of its core ---- */

/* One for each way of looking at memory: user, supervisor, supervisor with SMAP. */
#define SEAM_TLB_KINDS         3u
#define SEAM_TLB_ENTRY_BYTES   UINT64_C(64)
#define SEAM_TLB_ENTRIES_MIN   UINT64_C(64)
#define SEAM_TLB_MASK(entries) (((entries)-1) * SEAM_TLB_ENTRY_BYTES)
#define SEAM_TLB_VICTIMS       8u
/* Words of an entry: the page, with marks in the bits below it, as it is found for loads and for
 * stores (all ones: not at all); the physical page. */
#define SEAM_TLB_READ    0u
#define SEAM_TLB_WRITE   1u
#define SEAM_TLB_PAGE    3u
#define SEAM_TLB_INVALID UINT64_C(0x800)
#define SEAM_TLB_WATCHED UINT64_C(0x100) /* accesses pass cpu_check_watchpoint() */

/* What belongs to an entry besides. */
struct seam_tlb_io {
    uint64_t addr;
    uint32_t attrs;
};
struct seam_tlb {
    uint64_t large_page;
    uint64_t large_page_mask;
    int64_t window_begin; /* since then... */
    uint64_t window_most; /* ...at most so many entries were in use */
    uint64_t used;        /* entries, since it was emptied */
    uint64_t victim;      /* place of the next entry that is put out */
    uint64_t victims[0x40];
    struct seam_tlb_io victim_io[SEAM_TLB_VICTIMS];
    struct seam_tlb_io *io;
};
struct seam_tlb_fast {
    uint64_t mask; /* offset of the last entry */
    uint64_t *table;
};

static inline struct seam_tlb *seam_tlb(struct seam_env *env, unsigned kind)
{
    return (struct seam_tlb *)(void *)((char *)env - 0x870) + kind;
}

static inline struct seam_tlb_fast *seam_tlb_fast(struct seam_env *env, unsigned kind)
{
    return (struct seam_tlb_fast *)(void *)((char *)env - 0x40) + kind;
}

/* ---- From the engine's objects to each other ---- */
static inline struct seam_cs *seam_cs_of_env(struct seam_env *env)
{
    return (struct seam_cs *)((char *)env - offsetof(struct seam_cs, env));
}

static inline struct cpu *seam_cpu_of_env(struct seam_env *env)
{
    return seam_cs_of_env(env)->opaque;
}

static inline void *seam_field(void *object, size_t offset)
{
    void *value;

    __builtin_memcpy(&value, (char *)object + offset, sizeof(value));
    return value;
}

static inline struct seam_cs *seam_cs_of_uc(uc_engine *uc)
{
    return seam_field(uc, SEAM_UC_CS);
}
