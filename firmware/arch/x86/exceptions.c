/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exception reports. The stubs in tables.S push vector and error code on top of what the processor pushed (SDM 3A 6.14.2)
 * and come here; nothing returns.
 */
#include "firmware/arch/x86/exceptions.h"

#include <stddef.h>

#include "firmware/arch/x86/halt.h"
#include "firmware/arch/x86/io.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/core/log.h"

#define EXCEPTION_COUNT 32
#define STUB_BYTES      16
#define GATE_BYTES      16
#define GATE_PRESENT_INTERRUPT \
    0x8e00u /* present, DPL 0, 64-bit interrupt gate; SDM 3A figure 6-8 */

extern const char exception_stubs[];

struct exception_frame {
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

_Noreturn void exception_report(const struct exception_frame *frame);

void exception_report(const struct exception_frame *frame)
{
    log_line("exception %lu error %lx at %lx:%lx rsp %lx rflags %lx cr2 %lx", frame->vector,
             frame->error, frame->cs, frame->rip, frame->rsp, frame->rflags, read_cr2());
    halt_failed();
}

void exceptions_init(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) pointer = {EXCEPTION_COUNT * GATE_BYTES - 1, FW_IDT};

    for (unsigned i = 0; i < EXCEPTION_COUNT; i++) {
        uint32_t stub = (uint32_t)(uintptr_t)exception_stubs + i * STUB_BYTES;
        uint64_t gate = FW_IDT + i * GATE_BYTES;
        mmio_write32(gate, (uint32_t)FW_CS64 << 16 | (stub & 0xffff));
        mmio_write32(gate + 4, (stub & 0xffff0000) | GATE_PRESENT_INTERRUPT);
        mmio_write32(gate + 8, 0);
        mmio_write32(gate + 12, 0);
    }
    __asm__ volatile("lidt %0" : : "m"(pointer));
}
