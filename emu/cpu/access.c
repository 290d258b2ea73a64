/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A core's accesses to what is not memory: MMIO through the engine's callbacks, ports through its
 * IN and OUT helpers.
 *
 * The stock library lets every program use every port; the check of IOPL and of the TSS bitmap (SDM
 * 1 19.5) is made here. It also asks for 8 bytes in two halves, the lower one first; an aligned
 * access of 8 is put together again.
 */
#include "emu/cpu/internal.h"

#define FLAG_IOPL_SHIFT 12
#define FLAG_VM         0x20000u
#define CR0_PE          1u

static bool is_own_apic(uint64_t addr)
{
    return addr - CPU_APIC_PAGE < CPU_APIC_PAGE_BYTES;
}

#define HALF_BITS 32

/* The library's way to devices; the halves are asked for from inside. Nothing leaves it early. */
uint32_t SEAM_WRAP(memory_region_dispatch_read)(uc_engine *uc, void *region, uint64_t offset,
                                                uint64_t *value, uint32_t operation, uint32_t attrs)
{
    struct cpu *cpu = seam_cs_of_uc(uc)->opaque;
    uint32_t result;

    if (!cpu || (operation & SEAM_MO_SIZE) != SEAM_MO_64 || offset % 8) {
        return SEAM_REAL(memory_region_dispatch_read)(uc, region, offset, value, operation, attrs);
    }
    cpu->wide = (struct cpu_wide){.is_active = true};
    result = SEAM_REAL(memory_region_dispatch_read)(uc, region, offset, value, operation, attrs);
    cpu->wide.is_active = false;
    return result;
}

uint32_t SEAM_WRAP(memory_region_dispatch_write)(uc_engine *uc, void *region, uint64_t offset,
                                                 uint64_t value, uint32_t operation, uint32_t attrs)
{
    struct cpu *cpu = seam_cs_of_uc(uc)->opaque;
    uint32_t result;

    if (!cpu || (operation & SEAM_MO_SIZE) != SEAM_MO_64 || offset % 8) {
        return SEAM_REAL(memory_region_dispatch_write)(uc, region, offset, value, operation, attrs);
    }
    cpu->wide = (struct cpu_wide){.is_active = true};
    result = SEAM_REAL(memory_region_dispatch_write)(uc, region, offset, value, operation, attrs);
    cpu->wide.is_active = false;
    return result;
}

uint64_t cpu_on_mmio_read(uc_engine *uc, uint64_t offset, unsigned size, void *ctx)
{
    const struct cpu_gap *gap = ctx;
    struct cpu *cpu = gap->cpu;
    uint64_t addr = gap->base + offset;

    (void)uc;
    if (cpu->wide.is_active && cpu->wide.has_half) {
        return cpu->wide.value >> HALF_BITS;
    }
    cpu_charge(cpu, is_own_apic(addr) ? TIMING_APIC_READ : TIMING_MMIO_READ);
    cpu->host_pc = cpu->cs->mem_io_pc;
    if (cpu->wide.is_active) {
        cpu->wide.has_half = true;
        cpu->wide.value = cpu->set->env.mem_read(cpu->set->env.ctx, cpu->index, addr, 8);
        return (uint32_t)cpu->wide.value;
    }
    return cpu->set->env.mem_read(cpu->set->env.ctx, cpu->index, addr, size);
}

void cpu_on_mmio_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *ctx)
{
    const struct cpu_gap *gap = ctx;
    struct cpu *cpu = gap->cpu;
    uint64_t addr = gap->base + offset;

    (void)uc;
    if (cpu->wide.is_active && !cpu->wide.has_half) {
        cpu->wide.has_half = true;
        cpu->wide.value = value;
        return;
    }
    if (cpu->wide.is_active) {
        addr -= 4;
        size = 8;
        value = cpu->wide.value | value << HALF_BITS;
    }
    cpu_charge(cpu, is_own_apic(addr) ? TIMING_APIC_WRITE : TIMING_MMIO_WRITE);
    cpu->host_pc = cpu->cs->mem_io_pc;
    cpu->set->env.mem_write(cpu->set->env.ctx, cpu->index, addr, size, value);
}

/* Raises #GP and does not return when this program may not use the port. */
static void port_check(struct cpu *cpu, uint32_t port, unsigned size, uintptr_t host_pc)
{
    struct seam_env *env = cpu->env;
    bool is_virtual_8086 = env->eflags & FLAG_VM;
    unsigned iopl = (env->eflags >> FLAG_IOPL_SHIFT) & 3;

    if (!(env->cr[0] & CR0_PE) || (!is_virtual_8086 && (env->hflags & SEAM_HF_CPL) <= iopl)) {
        return;
    }
    SEAM(cpu_restore_state)(cpu->cs, host_pc, true);
    if (size == 1) {
        SEAM(helper_check_iob)(env, port);
    } else if (size == 2) {
        SEAM(helper_check_iow)(env, port);
    } else {
        SEAM(helper_check_iol)(env, port);
    }
}

static uint64_t port_read(struct seam_env *env, uint32_t port, unsigned size, uintptr_t host_pc)
{
    struct cpu *cpu = seam_cpu_of_env(env);

    port_check(cpu, port & 0xffff, size, host_pc);
    cpu_charge(cpu, TIMING_PORT_READ);
    cpu->host_pc = host_pc;
    return cpu->set->env.io_read(cpu->set->env.ctx, cpu->index, (uint16_t)port, size);
}

static void port_write(struct seam_env *env, uint32_t port, unsigned size, uint32_t value,
                       uintptr_t host_pc)
{
    struct cpu *cpu = seam_cpu_of_env(env);

    port_check(cpu, port & 0xffff, size, host_pc);
    cpu_charge(cpu, TIMING_PORT_WRITE);
    cpu->host_pc = host_pc;
    cpu->set->env.io_write(cpu->set->env.ctx, cpu->index, (uint16_t)port, size, value);
}

#define HOST_PC ((uintptr_t)__builtin_return_address(0))

uint64_t SEAM_WRAP(helper_inb)(struct seam_env *env, uint32_t port)
{
    return port_read(env, port, 1, HOST_PC) & 0xff;
}

uint64_t SEAM_WRAP(helper_inw)(struct seam_env *env, uint32_t port)
{
    return port_read(env, port, 2, HOST_PC) & 0xffff;
}

uint64_t SEAM_WRAP(helper_inl)(struct seam_env *env, uint32_t port)
{
    return port_read(env, port, 4, HOST_PC) & 0xffffffff;
}

void SEAM_WRAP(helper_outb)(struct seam_env *env, uint32_t port, uint32_t value)
{
    port_write(env, port, 1, value & 0xff, HOST_PC);
}

void SEAM_WRAP(helper_outw)(struct seam_env *env, uint32_t port, uint32_t value)
{
    port_write(env, port, 2, value & 0xffff, HOST_PC);
}

void SEAM_WRAP(helper_outl)(struct seam_env *env, uint32_t port, uint32_t value)
{
    port_write(env, port, 4, value, HOST_PC);
}
