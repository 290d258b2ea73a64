/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame buffer that an image with a PVH note finds. */
#include "tests/guest/programs/frame-start-info.h"

void guest_main(void)
{
    check_table(entry_state.rbx);
}
