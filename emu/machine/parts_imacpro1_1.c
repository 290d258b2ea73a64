/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts list of the iMac Pro and its wires. What a part is stands in its own file; what it is
 * connected to stands here.
 *
 * Interrupt wiring of a PC (200-series PCH): ISA interrupt n goes to input n of the 8259s and to
 * pin n of the I/O APIC, except interrupt 0, which arrives at pin 2; PIRQ A-H go to pins 16-23. The
 * 8259s drive LINT0 of every local APIC; only the bootstrap processor's is open (MultiProcessor
 * Specification 1.4, 3.6.2.2, virtual wire mode).
 */
#include <assert.h>
#include <string.h>

#include "devices/chipset/acpi_pm.h"
#include "devices/chipset/apic_bus.h"
#include "devices/chipset/debug_ports.h"
#include "devices/chipset/hpet.h"
#include "devices/chipset/i8254.h"
#include "devices/chipset/i8259.h"
#include "devices/chipset/ioapic.h"
#include "devices/chipset/lapic.h"
#include "devices/chipset/mc146818.h"
#include "devices/chipset/reset_control.h"
#include "devices/display/vega10.h"
#include "devices/pci/host.h"
#include "devices/pci/inert.h"
#include "devices/pci/test_function.h"
#include "devices/serial/uart16550.h"
#include "devices/usb/hid.h"
#include "devices/usb/xhci.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/machine/machine_internal.h"

/* Chips have constants of their own for what hardware fixes; here they meet the map. */
static_assert(APIC_PAGE_BASE == MAP_LAPIC_BASE && APIC_MESSAGE_END == MAP_MSI_END, "APIC range");
static_assert(CPU_APIC_PAGE == MAP_LAPIC_BASE, "APIC page");
static_assert(CPU_PHYS_BITS == MAP_PHYS_BITS && LAPIC_PHYS_BITS == MAP_PHYS_BITS, "address bits");
static_assert(IOAPIC_PINS == MAP_IOAPIC_PINS, "I/O APIC pins");

#define ISA_INTERRUPTS    16
#define UART_CLOCK_HZ     1843200
#define DISPLAY_PATH      "/pci/f0/00.0/00.0/00.0/00.0"
#define XHCI_PATH         "/pci/00/14.0"
#define XHCI_CLASS_CODE   0x0c0330u
#define SOCKET_XHCI_PORTS 2u /* of each kind: one for each socket of the controller */
/* The real machine has no COM1: this one is ours, a port without a slow cable behind it. At the
 * 9600 baud that Linux programs when told nothing, a boot log would take half a minute of polling. */
#define UART_CHARACTER_TIME VTIME_US(1)

/* Sources that share a pin: inputs of its gate. */
enum pin_input {
    PIN_INPUT_ISA,
    PIN_INPUT_PIRQ,
    PIN_INPUT_HPET,
};

static void own(struct machine *machine, struct device *device)
{
    BUG_ON(machine->device_count >= MACHINE_DEVICES_MAX);
    machine->devices[machine->device_count] = device;
    machine->device_count++;
}

struct device *machine_add(struct machine *machine, const struct device_class *class,
                           const char *path, const void *config, struct error *err)
{
    const struct device_env env = {
        .sched = machine->sched,
        .memory = machine->memory,
        .ports = machine->ports,
        .dma = machine->dma,
        .trace = machine->trace,
    };
    struct device *device = device_create(class, path, &env, config, err);

    if (device != NULL) {
        own(machine, device);
    }
    return device;
}

/* ---- From the local APICs to the cores ---- */

static void core_intr(void *ctx, unsigned core, bool level)
{
    struct machine *machine = ctx;

    if (level) {
        machine_core_signalled(machine, core);
    }
    cpu_set_intr(cpu_set_core(machine->cpus, core), level);
}

static void core_nmi(void *ctx, unsigned core)
{
    struct machine *machine = ctx;

    machine_core_signalled(machine, core);
    cpu_nmi(cpu_set_core(machine->cpus, core));
}

static void core_init(void *ctx, unsigned core)
{
    struct machine *machine = ctx;

    machine_core_signalled(machine, core);
    cpu_init(cpu_set_core(machine->cpus, core));
}

static void core_sipi(void *ctx, unsigned core, uint8_t vector)
{
    struct machine *machine = ctx;

    machine_core_signalled(machine, core);
    cpu_sipi(cpu_set_core(machine->cpus, core), vector);
}

static int core_extint_ack(void *ctx, unsigned core)
{
    const struct machine *machine = ctx;

    (void)core;
    return i8259_ack(machine->parts.i8259);
}

/* ---- From the pins to both kinds of interrupt controller ---- */

/* Input of the 8259s that is the same wire as this pin, or -1. */
static int isa_input(unsigned pin)
{
    if (pin == MAP_IRQ_PIT_PIN) return 0;
    return pin > 0 && pin < ISA_INTERRUPTS ? (int)pin : -1;
}

static void pin_changed(void *ctx, unsigned input, bool level)
{
    const struct machine_pin *pin = ctx;
    const struct machine_parts *parts = &pin->machine->parts;

    (void)input;
    if (isa_input(pin->pin) >= 0) {
        i8259_irq(parts->i8259, (unsigned)isa_input(pin->pin), level);
    }
    ioapic_pin(parts->ioapic, pin->pin, level);
}

static void connect_pin(struct machine *machine, struct irq_line *line, unsigned pin,
                        enum pin_input input)
{
    irq_connect(line, irq_or_set, &machine->pins[pin].gate, input);
}

static void intr_from_8259(void *ctx, unsigned input, bool level)
{
    const struct machine *machine = ctx;

    (void)input;
    for (unsigned i = 0; i < machine->config.cores; i++) {
        lapic_lint(machine->parts.lapic[i], LAPIC_LINT0, level);
    }
}

/* ---- Requests of the chipset to the machine ---- */

static void power_off(void *ctx)
{
    machine_request_stop(ctx, MACHINE_POWER_OFF, 0);
}

static void guest_exit(void *ctx, int status)
{
    machine_request_stop(ctx, MACHINE_EXIT, status);
}

static void reset_wanted(void *ctx, enum reset_control_kind kind)
{
    (void)kind; /* all three kinds restart everything that is modelled; RAM keeps its contents in
                   each */
    machine_request_reset(ctx);
}

static void serial_room(void *ctx)
{
    machine_feed_serial(ctx);
}

static uint8_t cf9_read(void *ctx)
{
    return reset_control_read(ctx);
}

static void cf9_write(void *ctx, uint8_t value)
{
    reset_control_write(ctx, value);
}

static void message(void *ctx, uint64_t addr, uint32_t data)
{
    struct machine *machine = ctx;

    apic_bus_msi(machine->parts.apic_bus, addr, data);
}

static void code_written(void *ctx, uint64_t addr, uint64_t bytes)
{
    struct machine *machine = ctx;

    cpu_set_code_written(machine->cpus, addr, bytes);
}

/* ---- The parts ---- */

static int add_local_apics(struct machine *machine, struct error *err)
{
    static const char *const paths[MACHINE_CORES_MAX] = {
        "/cpu0/lapic", "/cpu1/lapic", "/cpu2/lapic", "/cpu3/lapic",
        "/cpu4/lapic", "/cpu5/lapic", "/cpu6/lapic", "/cpu7/lapic",
    };

    for (unsigned i = 0; i < machine->config.cores; i++) {
        const struct lapic_config config = {
            .core = i,
            .apic_id = (uint8_t)i,
            .is_bsp = i == 0,
            .timer_hz = MAP_HZ_LAPIC,
            .outputs =
                {
                    .ctx = machine,
                    .intr = core_intr,
                    .nmi = core_nmi,
                    .init = core_init,
                    .sipi = core_sipi,
                    .extint_ack = core_extint_ack,
                },
            .bus = machine->parts.apic_bus,
        };

        machine->parts.lapic[i] = machine_add(machine, &lapic_class, paths[i], &config, err);
        if (machine->parts.lapic[i] == NULL) return -1;
    }
    return 0;
}

static int add_interrupt_controllers(struct machine *machine, struct error *err)
{
    struct machine_parts *parts = &machine->parts;
    struct ioapic_config ioapic = {
        .base = MAP_IOAPIC_BASE,
        .id = MAP_IOAPIC_ID,
        /* PIRQ wires are low when asserted. */
        .active_low = UINT32_C(0xff) << MAP_IRQ_PCI_BASE,
    };

    parts->apic_bus = machine_add(machine, &apic_bus_class, "/apic_bus", NULL, err);
    if (parts->apic_bus == NULL) return -1;
    parts->i8259 = machine_add(machine, &i8259_class, "/pch/i8259", NULL, err);
    if (parts->i8259 == NULL || add_local_apics(machine, err) != 0) return -1;
    ioapic.bus = parts->apic_bus;
    parts->ioapic = machine_add(machine, &ioapic_class, "/pch/ioapic", &ioapic, err);
    if (parts->ioapic == NULL) return -1;
    for (unsigned pin = 0; pin < MAP_IOAPIC_PINS; pin++) {
        machine->pins[pin] =
            (struct machine_pin){.gate = {.sink = pin_changed, .ctx = &machine->pins[pin]},
                                 .machine = machine,
                                 .pin = pin};
    }
    irq_connect(i8259_int(parts->i8259), intr_from_8259, machine, 0);
    return 0;
}

static int add_timers(struct machine *machine, struct error *err)
{
    const struct i8254_config pit = {.port = MAP_PORT_PIT, .system_b_port = MAP_PORT_SYSTEM_B};
    const struct mc146818_config rtc = {.port = MAP_PORT_RTC, .wall = machine->config.wall};
    const struct hpet_config hpet = {.base = MAP_HPET_BASE};
    struct device *timers[] = {
        machine_add(machine, &i8254_class, "/pch/i8254", &pit, err),
        machine_add(machine, &mc146818_class, "/pch/rtc", &rtc, err),
        machine_add(machine, &hpet_class, "/pch/hpet", &hpet, err),
    };

    if (timers[0] == NULL || timers[1] == NULL || timers[2] == NULL) return -1;
    machine->parts.rtc = timers[1];
    /* The HPET stands between the older timers and their interrupts: legacy replacement. */
    irq_connect(i8254_out0(timers[0]), hpet_pit_in, timers[2], 0);
    irq_connect(mc146818_irq(timers[1]), hpet_rtc_in, timers[2], 0);
    connect_pin(machine, hpet_irq0(timers[2]), MAP_IRQ_PIT_PIN, PIN_INPUT_ISA);
    connect_pin(machine, hpet_irq8(timers[2]), MAP_IRQ_RTC, PIN_INPUT_ISA);
    for (unsigned pin = 0; pin < MAP_IOAPIC_PINS; pin++) {
        if ((hpet_pins() & BIT32(pin)) != 0) {
            connect_pin(machine, hpet_pin(timers[2], pin), pin, PIN_INPUT_HPET);
        }
    }
    return 0;
}

static int add_power(struct machine *machine, struct error *err)
{
    const struct acpi_pm_config pm = {
        .port = MAP_PORT_PM_BASE, .power_off = power_off, .ctx = machine};
    const struct debug_ports_config debug = {
        .console_port = MAP_PORT_DEBUG_CONSOLE,
        .exit_port = MAP_PORT_DEBUG_EXIT,
        .sink = machine->config.debug_console,
        .exit = guest_exit,
        .ctx = machine,
    };

    machine->parts.acpi_pm = machine_add(machine, &acpi_pm_class, "/pch/pm", &pm, err);
    if (machine->parts.acpi_pm == NULL) return -1;
    irq_connect(mc146818_alarm(machine->parts.rtc), acpi_pm_rtc_in, machine->parts.acpi_pm, 0);
    connect_pin(machine, acpi_pm_sci(machine->parts.acpi_pm), MAP_IRQ_SCI, PIN_INPUT_ISA);
    return machine_add(machine, &debug_ports_class, "/debug_ports", &debug, err) != NULL ? 0 : -1;
}

static int add_serial(struct machine *machine, struct error *err)
{
    const struct uart16550_config uart = {
        .port = MAP_PORT_COM1,
        .clock_hz = UART_CLOCK_HZ,
        .character_time = UART_CHARACTER_TIME,
        /* A terminal is always there. */
        .modem = UART16550_CTS | UART16550_DSR | UART16550_DCD,
        .sink = machine->config.serial,
        .room = serial_room,
        .room_ctx = machine,
    };

    machine->parts.uart = machine_add(machine, &uart16550_class, "/pch/uart0", &uart, err);
    if (machine->parts.uart == NULL) return -1;
    connect_pin(machine, uart16550_irq(machine->parts.uart), MAP_IRQ_COM1, PIN_INPUT_ISA);
    return 0;
}

/* Before the controller at whose ports they are: it is gone before them. */
static int add_input(struct machine *machine, struct error *err)
{
    struct machine_parts *parts = &machine->parts;

    parts->keyboard = machine_add(machine, &usb_keyboard_class, "/usb/keyboard", NULL, err);
    if (parts->keyboard == NULL) return -1;
    parts->mouse = machine_add(machine, &usb_mouse_class, "/usb/mouse", NULL, err);
    if (parts->mouse == NULL) return -1;
    parts->tablet = machine_add(machine, &usb_tablet_class, "/usb/tablet", NULL, err);
    return parts->tablet == NULL ? -1 : 0;
}

/* For guest tests only: not part of the real machine. */
static int add_test_function(struct machine *machine, struct error *err)
{
    struct device *device = pci_test_add(machine->parts.pci, err);

    if (device == NULL) return -1;
    own(machine, device);
    return 0;
}

static struct device *add_display(struct machine *machine, const struct pci_part *part,
                                  struct error *err)
{
    const struct vega10_config config = {.frames = machine->config.frames,
                                         .panel = machine->config.panel};

    machine->parts.display =
        pci_part_add_model(machine->parts.pci, part, &vega10_class, &config, err);
    return machine->parts.display;
}

/* Root hub ports of what is plugged in. */
enum usb_port {
    USB_PORT_KEYBOARD = 1,
    USB_PORT_MOUSE,
    USB_PORT_TABLET,
};

static struct device *add_xhci(struct machine *machine, const struct pci_part *part,
                               struct error *err)
{
    struct machine_parts *parts = &machine->parts;

    parts->xhci = pci_part_add_model(parts->pci, part, &xhci_class, NULL, err);
    if (parts->xhci == NULL) return NULL;
    xhci_attach(parts->xhci, USB_PORT_KEYBOARD, usb_hid_function(parts->keyboard));
    xhci_attach(parts->xhci, USB_PORT_MOUSE, usb_hid_function(parts->mouse));
    xhci_attach(parts->xhci, USB_PORT_TABLET, usb_hid_function(parts->tablet));
    return parts->xhci;
}

/* Of a Thunderbolt controller: nothing is plugged into its sockets. */
static struct device *add_socket_xhci(struct machine *machine, const struct pci_part *part,
                                      struct error *err)
{
    const struct xhci_config config = {
        .part = part->part, .usb2_ports = SOCKET_XHCI_PORTS, .usb3_ports = SOCKET_XHCI_PORTS};

    return pci_part_add_model(machine->parts.pci, part, &xhci_small_class, &config, err);
}

/* Rows of the table that have a model. */
static struct device *add_pci_function(struct machine *machine, const struct pci_part *part,
                                       struct error *err)
{
    const struct machine_t2_function *t2 = machine_t2_function(part);

    if (t2 != NULL) return t2->add(machine, part, err);
    if (machine_is_memory_function(part)) return machine_add_memory_function(machine, part, err);
    if (strcmp(part->path, DISPLAY_PATH) == 0) return add_display(machine, part, err);
    if (strcmp(part->path, XHCI_PATH) == 0) return add_xhci(machine, part, err);
    if (part->part->desc->class_code == XHCI_CLASS_CODE) {
        return add_socket_xhci(machine, part, err);
    }
    return pci_part_add(machine->parts.pci, part, err);
}

static int add_pci_functions(struct machine *machine, struct error *err)
{
    for (size_t i = 0; i < pci_part_count; i++) {
        struct device *device = add_pci_function(machine, &pci_parts[i], err);

        if (device == NULL) return -1;
        own(machine, device);
    }
    return machine->config.has_test_device ? add_test_function(machine, err) : 0;
}

static int add_pci(struct machine *machine, struct error *err)
{
    const struct reset_control_config reset = {
        .cf9_port = MAP_PORT_RESET_CONTROL,
        .fast_port = MAP_PORT_FAST_RESET,
        .is_cf9_mapped = false, /* inside the PCI address register's four ports */
        .reset = reset_wanted,
        .ctx = machine,
    };
    struct device *reset_control =
        machine_add(machine, &reset_control_class, "/pch/reset_control", &reset, err);
    struct device *host =
        reset_control != NULL ? machine_add(machine, &pci_host_class, "/pci", NULL, err) : NULL;
    const struct pci_reset_port port = {.ctx = reset_control, .read = cf9_read, .write = cf9_write};

    if (host == NULL) return -1;
    machine->parts.pci = host;
    pci_host_set_reset_port(host, &port);
    for (unsigned pirq = 0; pirq < PCI_PIRQS; pirq++) {
        connect_pin(machine, pci_host_pirq(host, pirq), MAP_IRQ_PCI_BASE + pirq, PIN_INPUT_PIRQ);
    }
    return add_pci_functions(machine, err);
}

int machine_parts_init(struct machine *machine, struct error *err)
{
    const struct dma_hooks hooks = {.ctx = machine,
                                    .code_written = code_written,
                                    .message = message,
                                    .guard = machine_guard_dma};

    if (add_interrupt_controllers(machine, err) != 0) return -1;
    dma_set_hooks(machine->dma, &hooks);
    if (add_timers(machine, err) != 0) return -1;
    if (add_power(machine, err) != 0) return -1;
    if (add_serial(machine, err) != 0) return -1;
    if (add_input(machine, err) != 0) return -1;
    if (machine_add_memory(machine, err) != 0) return -1;
    if (machine_add_modules(machine, err) != 0) return -1;
    return add_pci(machine, err);
}

void machine_parts_fini(struct machine *machine)
{
    while (machine->device_count > 0) {
        machine->device_count--;
        device_destroy(machine->devices[machine->device_count]);
    }
}
