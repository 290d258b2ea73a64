/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of subjects: every class alone, with what can happen to it from outside where there
 * is such a thing, and compositions of parts that can only be reached through one another.
 */
#include "tests/generic/subject.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "devices/apple/t2_sep.h"
#include "devices/chipset/acpi_pm.h"
#include "devices/chipset/apic_bus.h"
#include "devices/chipset/hpet.h"
#include "devices/chipset/i8259.h"
#include "devices/chipset/ioapic.h"
#include "devices/chipset/lapic.h"
#include "devices/device_list.h"
#include "devices/display/vega10_internal.h"
#include "devices/pci/host.h"
#include "devices/pci/inert.h"
#include "devices/serial/uart16550.h"
#include "devices/smbus/i801.h"
#include "devices/storage/ans2.h"
#include "devices/usb/hid.h"
#include "devices/usb/xhci.h"
#include "emu/base/bits.h"
#include "tests/generic/subject_ans2.h"
#include "tests/generic/subject_dram.h"
#include "tests/generic/subject_imc.h"
#include "tests/generic/subject_smbus.h"
#include "tests/generic/subject_t2.h"
#include "tests/generic/subject_usb.h"

#define ECAM_BYTES       (UINT64_C(1) << 28)
#define ECAM_FN_SHIFT    12
#define ECAM_BUS_SHIFT   20
#define CONFIG_BYTES     0x1000
#define CONFIG_PCI_BYTES 0x100

static struct device *dut(const struct rig *rig)
{
    return rig->devices[0];
}

/* ---- Single devices with an outside ---- */

static void uart_poke(struct rig *rig, uint64_t random)
{
    if (random % 4 == 0) {
        uart16550_set_modem(dut(rig), (uint8_t)(random >> 8));
    } else {
        (void)uart16550_receive(dut(rig), (uint8_t)(random >> 8));
    }
}

static void acpi_pm_poke(struct rig *rig, uint64_t random)
{
    switch (random % 3) {
    case 0: acpi_pm_power_button(dut(rig)); break;
    case 1: acpi_pm_rtc_in(dut(rig), 0, (random & 0x100) != 0); break;
    default: acpi_pm_raise_gpe(dut(rig), random >> 8 & 0xff); break;
    }
}

static void acpi_pm_calm(struct rig *rig)
{
    acpi_pm_rtc_in(dut(rig), 0, false);
}

static void hpet_poke(struct rig *rig, uint64_t random)
{
    if (random % 2 == 0) {
        hpet_pit_in(dut(rig), 0, (random & 2) != 0);
    } else {
        hpet_rtc_in(dut(rig), 0, (random & 2) != 0);
    }
}

static void hpet_calm(struct rig *rig)
{
    hpet_pit_in(dut(rig), 0, false);
    hpet_rtc_in(dut(rig), 0, false);
}

static void i8259_poke(struct rig *rig, uint64_t random)
{
    unsigned input = random >> 8 & (I8259_INPUTS - 1);

    if (random % 4 == 0) {
        (void)i8259_ack(dut(rig));
    } else if (input != 2) {
        i8259_irq(dut(rig), input, (random & 4) != 0);
    }
}

static void i8259_calm(struct rig *rig)
{
    for (unsigned i = 0; i < I8259_INPUTS; i++) {
        if (i != 2) {
            i8259_irq(dut(rig), i, false);
        }
    }
}

static void ioapic_poke(struct rig *rig, uint64_t random)
{
    ioapic_pin(dut(rig), (unsigned)(random >> 8) % IOAPIC_PINS, (random & 1) != 0);
}

static void ioapic_calm(struct rig *rig)
{
    for (unsigned i = 0; i < IOAPIC_PINS; i++) {
        ioapic_pin(dut(rig), i, false);
    }
}

static void lapic_poke_one(struct device *lapic, uint64_t random)
{
    switch (random >> 8 & 7) {
    case 0:
    case 1: (void)lapic_intr_ack(lapic); break;
    case 2: lapic_tpr_set(lapic, random >> 16 & 15); break;
    case 3: lapic_interrupt(lapic, (enum lapic_source)((random >> 16) % 3)); break;
    case 4:
        if (random >> 16 % 8 == 0) {
            (void)lapic_base_set(lapic, lapic_base_get(lapic) ^ BIT(11));
        }
        break;
    default:
        lapic_lint(lapic, (random & 16) != 0 ? LAPIC_LINT0 : LAPIC_LINT1, (random & 32) != 0);
        break;
    }
}

static void lapic_poke(struct rig *rig, uint64_t random)
{
    lapic_poke_one(dut(rig), random);
}

static void lapic_calm_one(struct device *lapic)
{
    lapic_lint(lapic, LAPIC_LINT0, false);
    lapic_lint(lapic, LAPIC_LINT1, false);
}

static void lapic_calm(struct rig *rig)
{
    lapic_calm_one(dut(rig));
}

/* ---- USB devices at a port: the host's requests come from outside ---- */

/* Mostly requests that are defined, to what exists. */
static void usb_request(struct usb_function *function, uint64_t random)
{
    static const uint8_t types[] = {0x80, 0x81, 0x82, 0x00, 0x01, 0x02, 0x21, 0xa1};
    static const uint16_t values[] = {0, 1, 0x100, 0x200, 0x2200, 0x302, 0x600, 0x500};
    uint8_t data[USB_CONTROL_BYTES_MAX] = {0};
    size_t done;
    const struct usb_setup setup = {
        .request_type = (random & 0x1f) != 0 ? types[random >> 5 & 7] : (uint8_t)(random >> 5),
        .request = random >> 13 & 15,
        .value = (random & 3) != 0 ? values[random >> 17 & 7] : (uint16_t)(random >> 17),
        .index = (random & 0x7000) != 0 ? 0 : (uint16_t)(random >> 33),
        .length = (random & 0xf000) != 0 ? random >> 40 & 63 : random >> 40 & 4095,
    };

    data[0] = (uint8_t)(random >> 56);
    (void)function->ops->control(function, &setup, data, &done);
}

static void usb_host(struct rig *rig, uint64_t random)
{
    struct usb_function *function = usb_hid_function(dut(rig));
    const struct usb_setup configure = {.request = 9, .value = 1};
    uint8_t data[64] = {0};
    size_t done;

    switch (random % 8) {
    case 0: function->ops->reset(function); break;
    case 1:
    case 2: (void)function->ops->control(function, &configure, data, &done); break;
    case 3:
    case 4: usb_request(function, random >> 3); break;
    case 5: (void)function->ops->out(function, random >> 8 & 15, data, random >> 12 & 63); break;
    default:
        (void)function->ops->in(function, (random & 0xf00) != 0 ? 1 : random >> 12 & 15, data,
                                random >> 16 & 63, &done);
        break;
    }
}

static void usb_keyboard_poke(struct rig *rig, uint64_t random)
{
    const struct input_key key = {
        .usage = (random & 14) != 0 ? random >> 8 & 0xff : (uint16_t)(random >> 8),
        .is_down = (random >> 32 & 1) != 0,
    };

    if (random % 2 == 0) {
        usb_host(rig, random >> 1);
    } else {
        usb_keyboard_input(dut(rig), &key);
    }
}

static void usb_mouse_poke(struct rig *rig, uint64_t random)
{
    const struct input_pointer pointer = {
        .dx = (int16_t)(random >> 8),
        .dy = (int16_t)(random >> 24),
        .wheel = (int8_t)(random >> 40),
        .buttons = (uint8_t)(random >> 48),
    };

    if (random % 2 == 0) {
        usb_host(rig, random >> 1);
    } else {
        usb_mouse_input(dut(rig), &pointer);
    }
}

static void usb_tablet_poke(struct rig *rig, uint64_t random)
{
    const struct input_tablet tablet = {
        .x = (uint16_t)(random >> 8),
        .y = (uint16_t)(random >> 24),
        .wheel = (int8_t)(random >> 40),
        .buttons = (uint8_t)(random >> 48),
    };

    if (random % 2 == 0) {
        usb_host(rig, random >> 1);
    } else {
        usb_tablet_input(dut(rig), &tablet);
    }
}

/* ---- Interrupt controllers together ---- */

enum apic_parts {
    APIC_PART_BUS,
    APIC_PART_LAPIC0,
    APIC_PART_LAPIC1,
    APIC_PART_IOAPIC,
};

static void no_intr(void *ctx, unsigned core, bool level)
{
    (void)ctx;
    (void)core;
    (void)level;
}

static void no_signal(void *ctx, unsigned core)
{
    (void)ctx;
    (void)core;
}

static void no_sipi(void *ctx, unsigned core, uint8_t vector)
{
    (void)ctx;
    (void)core;
    (void)vector;
}

static int no_extint(void *ctx, unsigned core)
{
    (void)ctx;
    (void)core;
    return -1;
}

static struct device *make(struct rig *rig, const struct device_class *class, const char *path,
                           const void *config)
{
    struct error err = ERROR_INIT;
    struct device *device = device_create(class, path, &rig->env, config, &err);

    if (device == NULL) {
        fail_msg("%s: %s", path, err.text);
    }
    rig_own(rig, device);
    return device;
}

static void apics_build(struct rig *rig)
{
    struct lapic_config lapic = {
        .is_bsp = true,
        .timer_hz = 25000000,
        .outputs = {.intr = no_intr,
                    .nmi = no_signal,
                    .init = no_signal,
                    .sipi = no_sipi,
                    .extint_ack = no_extint},
    };
    struct ioapic_config ioapic = {.base = 0xfec00000, .id = 8, .active_low = 0xff0000};

    lapic.bus = make(rig, &apic_bus_class, "/apic_bus", NULL);
    ioapic.bus = lapic.bus;
    (void)make(rig, &lapic_class, "/cpu0/lapic", &lapic);
    lapic.core = 1;
    lapic.apic_id = 1;
    lapic.is_bsp = false;
    (void)make(rig, &lapic_class, "/cpu1/lapic", &lapic);
    (void)make(rig, &ioapic_class, "/ioapic", &ioapic);
}

static void apics_poke(struct rig *rig, uint64_t random)
{
    switch (random % 4) {
    case 0: bus_set_initiator(rig->memory, random >> 8 & 1); break;
    case 1:
        ioapic_pin(rig->devices[APIC_PART_IOAPIC], (unsigned)(random >> 8) % IOAPIC_PINS,
                   (random & 4) != 0);
        break;
    case 2: lapic_poke_one(rig->devices[APIC_PART_LAPIC0], random); break;
    default: lapic_poke_one(rig->devices[APIC_PART_LAPIC1], random); break;
    }
}

static void apics_calm(struct rig *rig)
{
    bus_set_initiator(rig->memory, 0);
    for (unsigned i = 0; i < IOAPIC_PINS; i++) {
        ioapic_pin(rig->devices[APIC_PART_IOAPIC], i, false);
    }
    lapic_calm_one(rig->devices[APIC_PART_LAPIC0]);
    lapic_calm_one(rig->devices[APIC_PART_LAPIC1]);
}

/* Local APIC registers stand at multiples of 16. */
static uint64_t apics_aim(const struct rig *rig, const struct region *region, uint64_t random)
{
    (void)rig;
    (void)region;
    return random % 0x40 * 16;
}

/* ---- PCI together ---- */

static struct device *pci_make(struct rig *rig, struct pci_bus *bus, unsigned devfn,
                               const char *path, const struct device_class *class)
{
    struct error err = ERROR_INIT;
    struct device *device = pci_add(bus, devfn, path, class, NULL, &err);

    if (device == NULL) {
        fail_msg("%s: %s", path, err.text);
    }
    rig_own(rig, device);
    return device;
}

static void pci_build(struct rig *rig)
{
    struct device *host = make(rig, &pci_host_class, "/pci", NULL);
    struct pci_bus *root = pci_host_root(host, 0);
    struct device *bridge;

    assert_non_null(root);
    (void)pci_make(rig, root, PCI_DEVFN(1, 0), "/pci/01.0", &pci_inert_class);
    (void)pci_make(rig, root, PCI_DEVFN(0x14, 0), "/pci/14.0", &pci_inert_class);
    bridge = pci_make(rig, root, PCI_DEVFN(0x1c, 0), "/pci/1c.0", &pci_bridge_class);
    (void)pci_make(rig, pci_bridge_bus(bridge), PCI_DEVFN(0, 0), "/pci/1c.0/00.0",
                   &pci_inert_class);
}

/* Configuration space of a function that is there, mostly its first 256 bytes. */
static uint64_t pci_aim(const struct rig *rig, const struct region *region, uint64_t random)
{
    static const uint8_t devfns[] = {PCI_DEVFN(1, 0), PCI_DEVFN(0x14, 0), PCI_DEVFN(0x1c, 0), 0};
    uint64_t bus = random >> 32 & 1;
    uint64_t fn = bus != 0 ? 0 : devfns[random >> 40 & 3];

    (void)rig;
    if (region->bytes != ECAM_BYTES) return random;
    return bus << ECAM_BUS_SHIFT | fn << ECAM_FN_SHIFT |
           random % ((random >> 48 & 7) != 0 ? CONFIG_PCI_BYTES : CONFIG_BYTES);
}

/* ---- Display controller ---- */

#define VEGA10_VRAM      UINT64_C(0x1000000000)
#define VEGA10_DOORBELLS UINT64_C(0xd0000000)
#define VEGA10_REGS      UINT64_C(0xd0200000)
#define VEGA10_PORTS     0xe000u
#define VEGA10_BURST     24u

static void vega10_place(struct rig *rig, unsigned bar, uint64_t address)
{
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0 + 4 * bar, 4, address & UINT32_MAX);
    if (bar == 0 || bar == 2) {
        rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0 + 4 * bar + 4, 4, address >> 32);
    }
}

static int vega10_share_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    vega10_vram_load(ctx, offset, block);
    return 0;
}

static void vega10_share(struct rig *from, struct rig *to)
{
    vega10_vram_clear(dut(to));
    (void)vega10_vram_visit(dut(from), vega10_share_block, dut(to));
}

/* A register of a block with a model, mostly the first one of its kind. */
static uint64_t vega10_aim(const struct rig *rig, const struct region *region, uint64_t random)
{
    size_t banks = VEGA10_BANKS - 1;
    size_t regs = 0;
    const struct reg_bank *bank;
    const struct reg *reg;
    uint64_t index;

    (void)rig;
    if (region->bytes != VEGA10_MMIO_BYTES) return random;
    bank = &vega10_banks[random % banks];
    while (bank->regs[regs].name != NULL) {
        regs++;
    }
    if (regs == 0) return random;
    reg = &bank->regs[(random >> 8) % regs];
    index = (random >> 32) % 4 == 0 && reg->count > 1 ? (random >> 40) % reg->count : 0;
    return vega10_bank_base(random % banks) + reg->offset + index * reg->stride;
}

/* What firmware does, without which its BARs are nowhere; then a driver that has lost its mind, on a
 * few registers of one block, the first of their kind. */
static void vega10_poke(struct rig *rig, uint64_t random)
{
    size_t bank = random % (VEGA10_BANKS - 1);
    size_t regs = 0;

    vega10_place(rig, 0, VEGA10_VRAM);
    vega10_place(rig, 2, VEGA10_DOORBELLS);
    vega10_place(rig, 4, VEGA10_PORTS);
    vega10_place(rig, 5, VEGA10_REGS);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2,
              PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    while (vega10_banks[bank].regs[regs].name != NULL) {
        regs++;
    }
    if (regs == 0) return;
    random |= 1;
    for (unsigned i = 0; i < VEGA10_BURST; i++) {
        const struct reg *reg = &vega10_banks[bank].regs[rig_random(&random) % regs];
        uint64_t addr = VEGA10_REGS + vega10_bank_base(bank) + reg->offset;

        if (rig_random(&random) % 2 == 0) {
            (void)rig_read(rig, addr, 4);
        } else {
            rig_write(rig, addr, 4, rig_random(&random) >> rig_random(&random) % 64);
        }
    }
}

/* ---- The table ---- */

static const struct subject outsides[] = {
    {.class = &uart16550_class, .poke = uart_poke},
    {.class = &acpi_pm_class, .poke = acpi_pm_poke, .calm = acpi_pm_calm},
    {.class = &hpet_class, .poke = hpet_poke, .calm = hpet_calm},
    {.class = &i8259_class, .poke = i8259_poke, .calm = i8259_calm},
    {.class = &ioapic_class, .poke = ioapic_poke, .calm = ioapic_calm},
    {.class = &lapic_class, .poke = lapic_poke, .calm = lapic_calm},
    {.class = &usb_keyboard_class, .poke = usb_keyboard_poke},
    {.class = &usb_mouse_class, .poke = usb_mouse_poke},
    {.class = &usb_tablet_class, .poke = usb_tablet_poke},
    {.class = &vega10_class, .poke = vega10_poke, .share = vega10_share, .aim = vega10_aim},
    {.class = &ans2_class, .poke = subject_ans2_poke, .aim = subject_ans2_aim},
    {.class = &t2_sep_class, .poke = subject_sep_poke, .aim = subject_sep_aim},
    {.class = &i801_class, .poke = subject_smbus_poke},
    {.class = &xhci_class, .poke = subject_xhci_poke, .aim = subject_xhci_aim},
    {.class = &xhci_small_class, .poke = subject_xhci_poke, .aim = subject_xhci_aim},
};

static const struct subject compositions[] = {
    {.name = "interrupt controllers",
     .build = apics_build,
     .poke = apics_poke,
     .calm = apics_calm,
     .aim = apics_aim},
    {.name = "PCI tree", .build = pci_build, .aim = pci_aim},
    {.name = "USB", .build = subject_usb_build, .poke = subject_usb_poke, .aim = subject_xhci_aim},
    {.name = "memory controllers",
     .build = subject_imc_build,
     .poke = subject_imc_poke,
     .calm = subject_imc_calm,
     .aim = subject_imc_aim},
    {.name = "SMBus", .build = subject_smbus_build, .poke = subject_smbus_poke},
    {.name = "disk",
     .build = subject_ans2_build,
     .poke = subject_ans2_poke,
     .aim = subject_ans2_aim},
    {.name = "memory modules",
     .build = subject_dram_build,
     .poke = subject_dram_poke,
     .calm = subject_dram_calm},
    {.name = "SEP", .build = subject_sep_build, .poke = subject_sep_poke, .aim = subject_sep_aim},
};

size_t subject_count(void)
{
    return device_list_count + ARRAY_LEN(compositions);
}

struct subject subject_at(size_t index)
{
    struct subject subject = {0};

    assert_true(index < subject_count());
    if (index >= device_list_count) return compositions[index - device_list_count];
    for (size_t i = 0; i < ARRAY_LEN(outsides); i++) {
        if (outsides[i].class == device_list[index]) {
            subject = outsides[i];
        }
    }
    subject.class = device_list[index];
    subject.name = subject.class->name;
    return subject;
}
