# SPDX-License-Identifier: GPL-2.0-only
list(APPEND chipset_sources
    i8254.c calendar.c mc146818.c mc146818_clock.c acpi_pm.c reset_control.c debug_ports.c
    hpet.c)
