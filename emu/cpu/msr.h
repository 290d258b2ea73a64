/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers of one core: the storage behind those that the engine does not keep
 * itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSR_STORE_MAX 40

struct cpu;

struct msr_bank {
    uint64_t store[MSR_STORE_MAX]; /* in table order */
    uint64_t tsc_adjust;
};

/* Values after power-on. INIT keeps all of them. */
void msr_power_on(struct cpu *cpu);
bool msr_exists(uint32_t index);
/* False: #GP(0). */
bool msr_read(struct cpu *cpu, uint32_t index, uint64_t *value);
/* What msr_read() would give, without being told. */
bool msr_peek(struct cpu *cpu, uint32_t index, uint64_t *value);
/* Registers that can be read, ascending; at most `room`. Returns how many are in `list`. */
size_t msr_list(uint32_t *list, size_t room);
bool msr_write(struct cpu *cpu, uint32_t index, uint64_t value);
