/* SPDX-License-Identifier: GPL-2.0-only */
/* See halted.h. */
#include "tests/unit/machine/halted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/machine/machine.h"

#define ROM_BYTES 4096u

/* cli; hlt; jmp to the hlt, at the reset vector */
static const uint8_t halt_program[] = {0xfa, 0xf4, 0xeb, 0xfd};

struct machine *halted_machine(void)
{
    uint8_t rom[ROM_BYTES] = {0};
    const struct machine_config config = {.memory_bytes = UINT64_C(64) << 20,
                                          .has_flat_memory = true,
                                          .cores = 1,
                                          .rom = rom,
                                          .rom_bytes = ROM_BYTES};
    struct error err = ERROR_INIT;
    struct machine *machine;

    memcpy(rom + ROM_BYTES - 16, halt_program, sizeof(halt_program));
    machine = machine_create(&config, &err);
    assert_non_null(machine);
    return machine;
}
