/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A triple fault resets the machine: it boots again, CMOS keeps its bytes, memory of the image is
 * loaded anew. Done three times, each in another way. SDM 3A 6.15 (interrupt 8).
 */
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

STUB(undefined, "nop", "ud2");
STUB(no_stack, "movq %rdi, %rsp", "ud2");

GUEST_EXPECTS_RESET;

static uint32_t initialised = 0x5eed;

void guest_main(void)
{
    uint8_t boot = cmos_read(CMOS_BOOT_COUNT);
    cmos_write(CMOS_BOOT_COUNT, (uint8_t)(boot + 1));
    if (initialised != 0x5eed) guest_panic("the image was not loaded again");
    initialised = boot;
    switch (boot) {
    case 0:
        idt_load(0);
        attempt(undefined, 0, 0);
        break;
    case 1:
        /* No IST for #DF: its frame cannot be pushed either. */
        attempt(no_stack, TEST_VA + 0x1000, 0);
        break;
    case 2: write_cr3(0xfffff000); break;
    case 3:
        cmos_write(CMOS_BOOT_COUNT, 0);
        report(true, "three triple faults were three resets");
        report_eq(entry_state.cr0 & (CR0_PG | CR0_PE), CR0_PE, "protected mode at the entry point");
        report_eq(entry_state.rax, 0x2badb002, "entered by the boot protocol again");
        return;
    default: break;
    }
    guest_panic("still running after triple fault number %u", boot);
}
