/* SPDX-License-Identifier: GPL-2.0-only */
/* A BAR in the place of RAM, RAM that comes and goes under it: who is there does not depend on who came first, and a machine
 * restored from a snapshot has the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "devices/memory/imc_internal.h"
#include "emu/machine/image/image.h"
#include "emu/machine/machine_internal.h"
#include "roms/roms.h"

#define MEMORY_BYTES (UINT64_C(4) << 30)
#define FIRMWARE_RUN VTIME_MS(200)
#define PLACE        UINT32_C(0x10000000)
#define BAR0         0x10u
#define COMMAND      4u
#define MEMORY_SPACE 2u
#define SAD_ENABLED  1u

static struct machine *create(const struct boot_window *window)
{
    const struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .cores = 1,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .boot_window = window->data,
        .boot_window_bytes = window->bytes,
    };
    struct error err = ERROR_INIT;
    struct machine *machine = machine_create(&config, &err);

    assert_non_null(machine);
    return machine;
}

/* The function that has the SAD rules. */
static struct pci_fn *sad(struct machine *machine)
{
    for (size_t i = 0; i < machine_device_count(machine); i++) {
        struct pci_fn *fn = (struct pci_fn *)(void *)machine_device(machine, i);

        if (fn->device.class == &imc_function_class && fn->desc->device == 0x2054) return fn;
    }
    fail();
    return NULL;
}

static void set_ram(struct machine *machine, bool on)
{
    struct pci_fn *fn = sad(machine);
    uint32_t rule = pci_config_read(fn, IMC_REG_SAD, 4);

    pci_config_write(fn, IMC_REG_SAD, 4, on ? rule | SAD_ENABLED : rule & ~SAD_ENABLED);
}

static void set_bar(struct machine *machine, bool on)
{
    struct pci_fn *fn = (struct pci_fn *)(void *)machine->parts.xhci;

    pci_config_write(fn, COMMAND, 2, 0);
    pci_config_write(fn, BAR0, 4, PLACE);
    pci_config_write(fn, BAR0 + 4, 4, 0);
    pci_config_write(fn, COMMAND, 2, on ? MEMORY_SPACE : 0);
}

/* 'r' for RAM, 'b' for the BAR, 0 for nothing. */
static char who(const struct machine *machine)
{
    const struct region *region = bus_find(machine->memory, PLACE);

    if (region == NULL) return 0;
    return region->kind == REGION_RAM ? 'r' : 'b';
}

static void expect(const struct boot_window *window, struct machine *machine, char wanted)
{
    struct machine *restored = create(window);
    struct error err = ERROR_INIT;
    void *data;
    size_t bytes;

    assert_int_equal(who(machine), wanted);
    assert_int_equal(machine_save(machine, &data, &bytes, &err), 0);
    assert_int_equal(machine_load(restored, data, bytes, &err), 0);
    assert_int_equal(who(restored), wanted);
    assert_int_equal(machine_state_hash(restored), machine_state_hash(machine));
    free(data);
    machine_destroy(restored);
}

static void ram_comes_before_a_bar(void **state)
{
    const struct image_request request = {.memory_bytes = MEMORY_BYTES, .cores = 1};
    struct boot_window window;
    struct error err = ERROR_INIT;
    struct machine *machine;

    (void)state;
    assert_int_equal(image_build(&request, &window, &err), 0);
    machine = create(&window);
    (void)machine_run(machine, FIRMWARE_RUN);
    expect(&window, machine, 'r');
    set_bar(machine, true);
    expect(&window, machine, 'r');
    set_ram(machine, false);
    expect(&window, machine, 'b');
    set_ram(machine, true);
    expect(&window, machine, 'r');
    set_ram(machine, false);
    set_bar(machine, false);
    expect(&window, machine, 0);
    set_bar(machine, true);
    expect(&window, machine, 'b');
    set_ram(machine, true);
    expect(&window, machine, 'r');
    machine_destroy(machine);
    image_release(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ram_comes_before_a_bar)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
