# SPDX-License-Identifier: GPL-2.0-only
foreach(name i8254 mc146818 acpi_pm reset_control debug_ports hpet i8254_model
        hpet_model)
    spacegray_unit_test(${name}_test SOURCES ${name}_test.c
        DEPS sg_test_rig sg_devices_chipset sg_core sg_base)
endforeach()
