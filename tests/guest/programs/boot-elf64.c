/* SPDX-License-Identifier: GPL-2.0-only */
/* What a plain ELF64 image finds: long mode and the environment that docs/images.md promises. */
#include "tests/guest/programs/start-info.h"

void guest_main(void)
{
    report_eq(boot_kind, BOOT_KIND_ELF64, "started at its ELF entry");
    report_eq(entry_state.cr0 &
                  (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG | CR0_EM | CR0_TS),
              CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG, "CR0");
    report_eq(entry_state.cr4, CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT, "CR4");
    report_eq(entry_state.efer & (EFER_LME | EFER_LMA | EFER_NXE), EFER_LME | EFER_LMA | EFER_NXE,
              "EFER");
    report_eq(entry_state.cr3, 0x1000, "CR3");
    report_eq(entry_state.rsp, 0x9eff8, "RSP");
    report_eq((entry_state.rsp + 8) & 15, 0, "stack as at the entry of a C function");
    report_eq(entry_state.rflags & (FLAG_IF | FLAG_DF | FLAG_TF), 0, "flags");
    report_eq(entry_state.cs, 0x10, "CS");
    report_eq(entry_state.ds, 0x18, "DS");
    report_eq(entry_state.ss, 0x18, "SS");
    report_eq(entry_state.rsi | entry_state.rdx | entry_state.rcx | entry_state.rbx, 0,
              "the other registers are 0");
    const uint64_t *pml4 = (const uint64_t *)(uintptr_t)entry_state.cr3;
    report_eq(pml4[0] & 3, 3, "first 512 GiB mapped, writable");
    report_eq(pml4[1] & 3, 3, "second 512 GiB mapped, writable");
    const uint64_t *pdpt = (const uint64_t *)(uintptr_t)(pml4[1] & 0x000ffffffffff000ull);
    report_eq(pdpt[511] & 0x000fffffc0000083ull, (1023ull << 30) | 0x83,
              "the last GiB of them is a page of 1 GiB");
    check_start_info((const struct start_info *)(uintptr_t)entry_state.rdi);
}
