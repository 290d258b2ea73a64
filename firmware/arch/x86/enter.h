/* SPDX-License-Identifier: GPL-2.0-only */
/* From ROM and cache into RAM, and at last into the payload. Interrupts are off, the direction flag is clear. */
#pragma once

#include <stdint.h>

/* Memory works: moves code, stack, console and exception table to the places where the page tables showed them all the time
 * (layout.h), and gives the cache back. Called once; what is below FW_RAM_FREE was not to be touched before. */
void ram_enter(void);

/* 64-bit mode as the firmware has it: identity mapping, its GDT (code 0x10, data 0x18) and exception handlers. When the
 * payload returns, that is reported and the boot has failed. */
_Noreturn void enter_long_mode(uint64_t entry, uint64_t rdi, uint64_t rsi, uint64_t rsp);

/* 32-bit protected mode without paging: CR0 = PE | ET, CR4 = 0, EFER = 0, flat segments (code 0x10, data 0x18), TR = 0x20 with
 * base 0 and limit 0x67, EFLAGS = 2, EBP = EDI = 0, ESP = FW_PAYLOAD_STACK_END, an empty IDT. */
_Noreturn void enter_protected_mode(uint32_t entry, uint32_t eax, uint32_t ebx, uint32_t esi);

/* Where enter_long_mode() leaves a way back to; in core/main.c. */
_Noreturn void payload_returned(void);
