/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt controllers and power management: see chipset.h. */
#include "firmware/drivers/chipset.h"

#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"

#define PIC_ICW1_INIT_ICW4 0x11
#define PIC_ICW2_MASTER    0x08
#define PIC_ICW2_SLAVE     0x70
#define PIC_ICW3_MASTER    0x04 /* slave at input 2 */
#define PIC_ICW3_SLAVE     0x02
#define PIC_ICW4_8086      0x01
#define PIC_MASK_ALL       0xff

#define ELCR_LEVEL (1u << MAP_IRQ_SCI) /* one bit per ISA interrupt: 1 = level */

#define IOAPIC_INDEX  0x00
#define IOAPIC_DATA   0x10
#define IOAPIC_REG_ID 0
#define PM1_SCI_EN    0x0001

static void init_8259(uint16_t port, uint8_t vector, uint8_t cascade)
{
    outb(port, PIC_ICW1_INIT_ICW4);
    outb((uint16_t)(port + 1), vector);
    outb((uint16_t)(port + 1), cascade);
    outb((uint16_t)(port + 1), PIC_ICW4_8086);
    outb((uint16_t)(port + 1), PIC_MASK_ALL);
}

void chipset_init_pic(void)
{
    init_8259(MAP_PORT_PIC0, PIC_ICW2_MASTER, PIC_ICW3_MASTER);
    init_8259(MAP_PORT_PIC1, PIC_ICW2_SLAVE, PIC_ICW3_SLAVE);
    outb(MAP_PORT_ELCR, (uint8_t)ELCR_LEVEL);
    outb(MAP_PORT_ELCR + 1, ELCR_LEVEL >> 8);
}

void chipset_init_ioapic(void)
{
    mmio_write32(MAP_IOAPIC_BASE + IOAPIC_INDEX, IOAPIC_REG_ID);
    mmio_write32(MAP_IOAPIC_BASE + IOAPIC_DATA, (uint32_t)MAP_IOAPIC_ID << 24);
}

void chipset_enable_acpi(void)
{
    outw(MAP_PM1_CNT, inw(MAP_PM1_CNT) | PM1_SCI_EN);
}

uint32_t chipset_hpet_id(void)
{
    return mmio_read32(MAP_HPET_BASE);
}
