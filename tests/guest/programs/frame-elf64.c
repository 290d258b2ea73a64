/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame buffer that a plain ELF64 image finds. */
#include "tests/guest/programs/frame-start-info.h"

void guest_main(void)
{
    check_table(entry_state.rdi);
}
