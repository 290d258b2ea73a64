/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot flow, from the first C function to the payload. docs/hardware/firmware.md tells it in words.
 */
#include <stddef.h>

#include "emu/machine/map.h"
#include "firmware/arch/x86/cpu.h"
#include "firmware/arch/x86/enter.h"
#include "firmware/arch/x86/exceptions.h"
#include "firmware/arch/x86/halt.h"
#include "firmware/arch/x86/io.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/boot/boot.h"
#include "firmware/core/acpi.h"
#include "firmware/core/display.h"
#include "firmware/core/layout.h"
#include "firmware/core/log.h"
#include "firmware/core/smbios.h"
#include "firmware/drivers/chipset.h"
#include "firmware/drivers/pci_config.h"
#include "firmware/drivers/vega10.h"
#include "firmware/lib/mem.h"
#include "firmware/platform/platform.h"

#define MIB              0x100000u
#define BDA_COM1         0x400
#define BDA_EBDA_SEGMENT 0x40e
#define BDA_MEMORY_KIB   0x413

_Noreturn void fw_main(void);

static _Noreturn void fail(const char *reason)
{
    log_line("%s", reason);
    halt_failed();
}

void payload_returned(void)
{
    fail("the payload returned");
}

/* The large structures of the boot, in the frame of fw_main(): there are no writable variables outside of functions, because
 * they would be in ROM until there is RAM. */
struct boot_state {
    struct pci_access pci;
    struct boot_window window;
    struct memory memory;
    struct memory_layout layout;
    struct arena handoff;
    struct arena
        bios; /* the segment at 0xf0000, where RSDP and SMBIOS entry points are looked for */
    struct loader loader;
    struct pci_tree tree;
    struct display display;
    bool has_display;
};

/* "memory: 4 x 8192 MiB DDR4-2666 ECC, 4 channels"; modules of several sizes are added up. */
static void log_modules(const struct memory *memory)
{
    const struct memory_module *first = NULL;
    uint64_t bytes = 0;
    unsigned count = 0, equal = 0, speed = UINT16_MAX;

    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        const struct memory_module *module = &memory->module[i];

        if (module->bytes != 0) {
            first = first != NULL ? first : module;
            bytes += module->bytes;
            count++;
            equal += module->bytes == first->bytes;
            speed = module->speed < speed ? module->speed : speed;
        }
    }
    if (first == NULL) {
        log_line("memory: no modules, but memory");
    } else if (equal == count) {
        log_line("memory: %u x %lu MiB DDR4-%u%s, %u channel%s", count, first->bytes / MIB, speed,
                 first->has_ecc ? " ECC" : "", count, count == 1 ? "" : "s");
    } else {
        log_line("memory: %u modules, %lu MiB DDR4-%u%s, %u channels", count, bytes / MIB, speed,
                 first->has_ecc ? " ECC" : "", count);
    }
}

static void set_up_memory(struct boot_state *state)
{
    const struct memory_wishes wishes = {
        .limit = state->window.memory_limit,
        .is_closed_page = (state->window.flags & BOOT_FLAG_CLOSED_PAGE) != 0,
    };
    struct memory *memory = &state->memory;
    unsigned socket;
    uint64_t high_mib;
    const char *reason = platform_init_memory(&state->pci, &wishes, memory, &socket);

    if (reason != NULL && platform_socket_name(socket) != NULL) {
        log_line("memory module %s: %s", platform_socket_name(socket), reason);
        halt_failed();
    }
    if (reason != NULL) {
        fail(reason);
    }
    ram_enter();
    log_modules(memory);
    if (!memory_layout_build(&state->layout, memory->low_end, memory->high_end,
                             state->window.bytes)) {
        fail("the memory map is too long");
    }
    high_mib = (memory->high_end - MAP_HIGH_RAM_BASE) / MIB;
    log_line("memory: %lu MiB below 4 GiB, %lu MiB above", memory->low_end / MIB, high_mib);
}

static struct arena arena_at(uint64_t addr, size_t bytes)
{
    return (struct arena){.memory = (uint8_t *)(uintptr_t)addr, .addr = addr, .bytes = bytes};
}

/* BIOS data area: where the extended one is, KiB of low memory, serial port 1. Whoever looks for tables reads these. */
static void put_bios_data(void)
{
    mmio_write16(BDA_COM1, MAP_PORT_COM1);
    mmio_write16(BDA_EBDA_SEGMENT, FW_EBDA_BASE >> 4);
    mmio_write16(BDA_MEMORY_KIB, FW_EBDA_BASE >> 10);
    mmio_write8(FW_EBDA_BASE, (FW_EBDA_END - FW_EBDA_BASE) >> 10);
}

static void set_up_processors(const struct boot_state *state)
{
    unsigned others = state->window.cores - 1;
    unsigned answered;

    cpu_setup_local_apic();
    answered = cpu_setup_memory_types(state->window.cores);
    if (answered < others) {
        log_line("only %u of %u other cores answered", answered, others);
    }
}

static void set_up_pci(struct boot_state *state)
{
    const struct pci_board *board = platform_pci_board();

    pci_scan(&state->tree, &state->pci, board);
    pci_place(&state->tree, board);
    pci_program(&state->tree, &state->pci, board);
    log_line("PCI: %u functions", state->tree.function_count);
    if (state->tree.lost != 0 || state->tree.dropped != 0) {
        log_line("PCI: %u things not looked at, %u without address", state->tree.lost,
                 state->tree.dropped);
    }
}

/* The log on the screen is a convenience: nothing is said when there is none. */
static void set_up_display(struct boot_state *state)
{
    state->has_display = vega10_init(&state->tree, &state->display);
    if (state->has_display && log_attach(&state->display)) {
        log_line("display: %ux%u at %lx", state->display.width, state->display.height,
                 state->display.addr);
    }
    if (state->has_display && state->display.panel.tiles != 0) {
        log_line("panel: %ux%u, tiles: %u", state->display.panel.width, state->display.panel.height,
                 state->display.panel.tiles);
    }
}

static void make_acpi(struct boot_state *state)
{
    struct arena tables = arena_at(state->layout.acpi_base, LAYOUT_ACPI_BYTES);
    struct arena nvs = arena_at(state->layout.nvs_base, LAYOUT_NVS_BYTES);
    const struct acpi_memory memory = {.bios = &state->bios, .tables = &tables, .nvs = &nvs};
    const struct acpi_config config = {
        .dsdt = platform_dsdt,
        .dsdt_bytes = (size_t)(platform_dsdt_end - platform_dsdt),
        .core_count = state->window.cores,
        .hpet_id = chipset_hpet_id(),
    };
    const char *reason = acpi_build(&config, &memory, &state->loader.rsdp_addr);

    if (reason != NULL) {
        fail(reason);
    }
}

static void make_smbios(struct boot_state *state)
{
    uint32_t leaf1[4];
    struct smbios_config config = {
        .memory = &state->memory,
        .core_count = state->window.cores,
    };
    const char *reason;

    cpuid(1, 0, leaf1);
    config.cpu_signature = leaf1[0];
    config.cpu_features = leaf1[3];
    reason = smbios_build(&config, &state->bios);
    if (reason != NULL) {
        fail(reason);
    }
}

static _Noreturn void start_payload(struct boot_state *state)
{
    state->loader.handoff = &state->handoff;
    state->loader.window = &state->window;
    state->loader.display = state->has_display ? &state->display : NULL;
    if (!loader_init(&state->loader, &state->layout.map)) {
        fail("the memory map is too long");
    }
    boot_payload(&state->loader);
}

void fw_main(void)
{
    struct boot_state state;
    const char *reason;

    log_init();
    exceptions_init();
    platform_early_init();
    log_line("Spacegray boot firmware");
    mem_zero(&state, sizeof(state));
    state.handoff = arena_at(FW_HANDOFF_BASE, FW_HANDOFF_END - FW_HANDOFF_BASE);
    state.bios = arena_at(FW_BIOS_BASE, FW_BIOS_END - FW_BIOS_BASE);
    if (!pci_config_init(&state.pci)) {
        log_line("no ECAM: extended configuration space is out of reach");
    }
    reason = boot_window_parse(&state.window, (const uint8_t *)MAP_BOOT_WINDOW_BASE,
                               MAP_BOOT_WINDOW_MAX);
    if (reason != NULL) {
        fail(reason);
    }
    set_up_memory(&state);
    put_bios_data();
    chipset_init_pic();
    chipset_init_ioapic();
    chipset_enable_acpi();
    set_up_processors(&state);
    set_up_pci(&state);
    set_up_display(&state);
    make_acpi(&state);
    make_smbios(&state);
    start_payload(&state);
}
