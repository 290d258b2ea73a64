# SPDX-License-Identifier: GPL-2.0-only
foreach(part IN ITEMS apic_bus apic_twins lapic lapic_ipi lapic_pins lapic_timer ioapic)
    spacegray_unit_test(chipset_${part}_test SOURCES ${part}_test.c apic_bench.c
        DEPS sg_devices_chipset sg_test_rig sg_core sg_base)
endforeach()
spacegray_unit_test(chipset_i8259_test SOURCES i8259_test.c
    DEPS sg_devices_chipset sg_test_rig sg_core sg_base)
