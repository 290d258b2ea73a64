/* SPDX-License-Identifier: GPL-2.0-only */
/* See rom_machine.h. */
#include "tests/unit/machine/rom_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/machine/machine.h"

#define ROM_BYTES      4096u
#define RESET_FROM_END 16u /* so many bytes before the ROM's end */

/* jmp to 0xf000 */
static const uint8_t reset_vector[] = {0xe9, 0x0d, 0xf0};

struct machine *rom_machine(const void *program, size_t bytes, unsigned cores,
                            const struct rom_machine_host *host)
{
    uint8_t rom[ROM_BYTES] = {0};
    struct machine_config config = {.memory_bytes = UINT64_C(64) << 20,
                                    .has_flat_memory = true,
                                    .cores = cores,
                                    .rom = rom,
                                    .rom_bytes = ROM_BYTES};
    struct error err = ERROR_INIT;
    struct machine *machine;

    assert_true(bytes <= ROM_BYTES - RESET_FROM_END);
    if (host != NULL) {
        config.debug_console = host->debug_console;
        config.pacer = host->pacer;
    }
    memcpy(rom, program, bytes);
    memcpy(rom + ROM_BYTES - RESET_FROM_END, reset_vector, sizeof(reset_vector));
    machine = machine_create(&config, &err);
    if (machine == NULL) print_error("%s\n", err.text);
    assert_non_null(machine);
    return machine;
}
