/* SPDX-License-Identifier: GPL-2.0-only */
/* Processor set-up that operating systems expect to find done. */
#pragma once

#include <stdint.h>

/* Memory type range registers: write-back by default, uncached where devices are (2 GiB to 4 GiB, and the window for
 * 64-bit BARs). Then the same in all other cores: they are started, set theirs and halt with interrupts off, as the
 * MultiProcessor Specification 1.4, appendix B.3 wants them left. Returns how many other cores answered. */
unsigned cpu_setup_memory_types(unsigned core_count);

/* Lets so much time pass, in cycles of the time stamp counter (MAP_HZ_TSC). */
void cpu_wait(uint64_t cycles);

/* Local APIC of this core: enabled, virtual wire mode (LINT0 = ExtINT, LINT1 = NMI). SDM 3A 11.4.7.1, MP 1.4, 3.6.2.2. */
void cpu_setup_local_apic(void);
