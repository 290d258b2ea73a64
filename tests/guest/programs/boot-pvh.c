/* SPDX-License-Identifier: GPL-2.0-only */
/* What an image with a PVH note finds. Xen's "x86/HVM direct boot ABI"; docs/images.md. */
#include "tests/guest/programs/start-info.h"

void guest_main(void)
{
    report_eq(boot_kind, BOOT_KIND_PVH, "started by way of the note");
    report_eq(entry_state.cr0 & (CR0_PE | CR0_PG), CR0_PE, "protected mode without paging");
    report_eq(entry_state.cr4, 0, "CR4 is 0");
    report_eq(entry_state.efer & (EFER_LME | EFER_LMA), 0, "no long mode");
    report_eq(entry_state.rflags & (FLAG_VM | FLAG_IF | FLAG_TF), 0, "VM, IF and TF are clear");
    report(entry_state.ds == entry_state.es && entry_state.ds == entry_state.ss,
           "flat data segments");
    check_start_info((const struct start_info *)(uintptr_t)entry_state.rbx);
}
