/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/machine/firmware_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/machine/machine.h"
#include "roms/roms.h"

#define MEMORY_BYTES (UINT64_C(512) << 20)

void firmware_machine_make(struct firmware_machine *made)
{
    const struct image_request nothing = {.memory_bytes = MEMORY_BYTES, .cores = 1};
    struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = 1,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .panel = &made->panel,
    };
    struct error err = ERROR_INIT;

    for (enum panel_edid i = PANEL_EDID_ROOT; i < PANEL_EDIDS; i++) {
        panel_edid_build(i, made->edids[i]);
    }
    made->panel = (struct vega10_panel){
        .root = made->edids[PANEL_EDID_ROOT],
        .tile = {made->edids[PANEL_EDID_LEFT], made->edids[PANEL_EDID_RIGHT]},
    };
    assert_int_equal(image_build(&nothing, &made->window, &err), 0);
    config.boot_window = made->window.data;
    config.boot_window_bytes = made->window.bytes;
    assert_int_equal(dimm_set_make(&config.dimms, MEMORY_BYTES, true, &err), 0);
    made->machine = machine_create(&config, &err);
    assert_non_null(made->machine);
}

void firmware_machine_release(struct firmware_machine *made)
{
    image_release(&made->window);
}
