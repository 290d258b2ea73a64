# SPDX-License-Identifier: GPL-2.0-only
list(APPEND chipset_sources
    apic_bus.c lapic.c lapic_regs.c lapic_lvt.c lapic_timer.c ioapic.c i8259.c)
