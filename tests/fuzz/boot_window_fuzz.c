/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's side of the boot window on hostile windows: parsed, and when good, loaded. */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "tests/fuzz/firmware_view.h"
#include "tests/fuzz/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *window = malloc(size ? size : 1);

    BUG_ON(!window);
    memcpy(window, data, size);
    const char *reason = firmware_view_boot(window, size);
    BUG_ON(reason && !*reason);
    free(window);
    return 0;
}
