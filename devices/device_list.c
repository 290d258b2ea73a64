/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of all device classes, by folder. No constructors, no linker sets: what is not named
 * here is not tested. */
#include "devices/device_list.h"

#include "devices/apple/t2_functions.h"
#include "devices/apple/t2_sep.h"
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
#include "devices/example/edu.h"
#include "devices/memory/dram.h"
#include "devices/memory/imc.h"
#include "devices/pci/bridge.h"
#include "devices/pci/host.h"
#include "devices/pci/inert.h"
#include "devices/pci/test_function.h"
#include "devices/serial/uart16550.h"
#include "devices/smbus/ee1004.h"
#include "devices/smbus/i801.h"
#include "devices/storage/ans2.h"
#include "devices/storage/ssd_module.h"
#include "devices/usb/hid.h"
#include "devices/usb/xhci.h"
#include "emu/base/bits.h"

const struct device_class *const device_list[] = {
    &acpi_pm_class,      &apic_bus_class,      &debug_ports_class,  &hpet_class,
    &i8254_class,        &i8259_class,         &ioapic_class,       &lapic_class,
    &mc146818_class,     &reset_control_class, &edu_class,          &pci_bridge_class,
    &pci_host_class,     &pci_inert_class,     &xhci_small_class,   &pci_test_class,
    &uart16550_class,    &vega10_class,        &usb_keyboard_class, &usb_mouse_class,
    &usb_tablet_class,   &xhci_class,          &t2_audio_class,     &t2_bce_class,
    &t2_sep_class,       &ans2_class,          &ssd_module_class,   &dram_class,
    &i801_class,         &ee1004_class,        &jc42_class,         &imc_class,
    &imc_function_class,
};

const size_t device_list_count = ARRAY_LEN(device_list);
