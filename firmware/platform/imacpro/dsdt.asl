/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The DSDT: what ACPI must be told because no bus tells it. Goes through the C preprocessor, then iasl (firmware/rom).
 * Sources: ACPI 6.4; PCI Firmware 3.2, 4.5 (_OSC); hardware.md 1 (buses).
 */
#include "emu/machine/map.h"
#include "firmware/platform/imacpro/windows.h"

/*
 * INTx routing of every root bus: MAP_PCI_INTX_PIN of map.h, that is device d, pin p (0 = INTA) at I/O APIC pin
 * 16 + (d + p) mod 8. A unit test compares this table with the macro.
 */
#define ROUTE_ROW(device, pin, gsi) Package () { 0x00##device##FFFF, pin, Zero, gsi }
#define ROUTE_ROWS(device, a, b, c, d) \
    ROUTE_ROW(device, 0, a), ROUTE_ROW(device, 1, b), ROUTE_ROW(device, 2, c), ROUTE_ROW(device, 3, d)
#define ROUTE_EIGHT(d0, d1, d2, d3, d4, d5, d6, d7) \
    ROUTE_ROWS(d0, 16, 17, 18, 19), ROUTE_ROWS(d1, 17, 18, 19, 20), ROUTE_ROWS(d2, 18, 19, 20, 21), \
    ROUTE_ROWS(d3, 19, 20, 21, 22), ROUTE_ROWS(d4, 20, 21, 22, 23), ROUTE_ROWS(d5, 21, 22, 23, 16), \
    ROUTE_ROWS(d6, 22, 23, 16, 17), ROUTE_ROWS(d7, 23, 16, 17, 18)

#define WINDOW_BUS(name) \
    WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, \
        0, name##_BUS_FIRST, name##_BUS_LAST, 0, name##_BUS_COUNT)
#define WINDOW_IO(base, last, bytes) \
    DWordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange, 0, base, last, 0, bytes)
#define WINDOW_MEM32(base, last, bytes) \
    DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite, 0, base, last, 0, bytes)
#define WINDOW_MEM64(base, last, bytes) \
    QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite, 0, base, last, 0, bytes)
#define WINDOWS(name) \
    WINDOW_IO (name##_IO_BASE, name##_IO_LAST, name##_IO_BYTES) \
    WINDOW_MEM32 (name##_MEM32_BASE, name##_MEM32_LAST, name##_MEM32_BYTES) \
    WINDOW_MEM64 (name##_MEM64_BASE, name##_MEM64_LAST, name##_MEM64_BYTES)
#define PC00_BUS_COUNT 0x03
#define PC03_BUS_COUNT 0x02
#define PC05_BUS_COUNT 0xeb
#define PCF0_BUS_COUNT 0x10

/* What the four root bridges have in common. */
#define ROOT_BRIDGE(uid) \
    Name (_HID, EisaId ("PNP0A08")) \
    Name (_CID, EisaId ("PNP0A03")) \
    Name (_SEG, 0) \
    Name (_UID, uid) \
    Method (_PRT, 0) { Return (\_SB.PRTA) } \
    Method (_OSC, 4) { Return (\_SB.POSC (Arg0, Arg1, Arg2, Arg3)) }

#define PROCESSOR(name, number) \
    Device (name) { \
        Name (_HID, "ACPI0007") \
        Name (_UID, number) \
        Method (_STA, 0) { If (LLess (number, NCPU)) { Return (0x0f) } Return (0) } \
    }

DefinitionBlock ("dsdt.aml", "DSDT", 2, "SPGRAY", "IMACPRO1", 1)
{
    /* SLP_TYP values of the 200-series PCH, PM1_CNT bits 12:10: 0 = working, 7 = soft off. */
    Name (\_S0, Package () { 0, 0, 0, 0 })
    Name (\_S5, Package () { 7, 7, 0, 0 })

    Scope (\_SB)
    {
        /* How many processors there are: the firmware writes the number over this one. */
        Name (NCPU, 0x5a)
        PROCESSOR (CP00, 0)
        PROCESSOR (CP01, 1)
        PROCESSOR (CP02, 2)
        PROCESSOR (CP03, 3)
        PROCESSOR (CP04, 4)
        PROCESSOR (CP05, 5)
        PROCESSOR (CP06, 6)
        PROCESSOR (CP07, 7)

        Name (PRTA, Package () {
            ROUTE_EIGHT (00, 01, 02, 03, 04, 05, 06, 07),
            ROUTE_EIGHT (08, 09, 0A, 0B, 0C, 0D, 0E, 0F),
            ROUTE_EIGHT (10, 11, 12, 13, 14, 15, 16, 17),
            ROUTE_EIGHT (18, 19, 1A, 1B, 1C, 1D, 1E, 1F)
        })

        /* _OSC of a PCI host bridge: everything that is asked for is granted, but for SHPC hot-plug (there is none). */
        Method (POSC, 4, Serialized)
        {
            CreateDWordField (Arg3, 0, CDW1)
            If (LEqual (Arg0, ToUUID ("33db4d5b-1ff7-401c-9657-7441c03dd766")))
            {
                If (LGreaterEqual (Arg2, 3))
                {
                    CreateDWordField (Arg3, 8, CDW3)
                    And (CDW3, 0xbd, Local0) /* all of PCI Firmware 3.2, table 4-6, but bit 1 */
                    If (LNotEqual (Local0, CDW3))
                    {
                        Or (CDW1, 0x10, CDW1) /* capabilities masked */
                    }
                    Store (Local0, CDW3)
                }
                If (LNotEqual (Arg1, 1))
                {
                    Or (CDW1, 0x08, CDW1) /* unknown revision */
                }
            }
            Else
            {
                Or (CDW1, 0x04, CDW1) /* unknown UUID */
            }
            Return (Arg3)
        }

        /* What no driver claims and no bus reports. */
        Device (MBRD)
        {
            Name (_HID, EisaId ("PNP0C02"))
            Name (_UID, 1)
            Name (_CRS, ResourceTemplate () {
                Memory32Fixed (ReadWrite, MAP_ECAM_BASE, MAP_ECAM_SIZE)
                Memory32Fixed (ReadOnly, MAP_ROM_BASE, MAP_ROM_SIZE)
                Memory32Fixed (ReadWrite, MAP_LAPIC_BASE, MAP_LAPIC_SIZE)
                IO (Decode16, MAP_PORT_PM_BASE, MAP_PORT_PM_BASE, 1, MAP_PORT_PM_SIZE)
                IO (Decode16, MAP_PORT_DEBUG_CONSOLE, MAP_PORT_DEBUG_CONSOLE, 1, 1)
                IO (Decode16, MAP_PORT_DEBUG_EXIT, MAP_PORT_DEBUG_EXIT, 1, 1)
            })
        }

        Device (HPET)
        {
            Name (_HID, EisaId ("PNP0103"))
            Name (_UID, 0)
            Name (_CRS, ResourceTemplate () {
                Memory32Fixed (ReadWrite, MAP_HPET_BASE, 0x400)
            })
        }

        /* DMI stack and PCH. */
        Device (PC00)
        {
            ROOT_BRIDGE (0)
            Name (_BBN, PC00_BUS_FIRST)
            Name (_CRS, ResourceTemplate () {
                WINDOW_BUS (PC00)
                IO (Decode16, MAP_PORT_PCI_ADDRESS, MAP_PORT_PCI_ADDRESS, 1, 8)
                WINDOW_IO (0x0000, 0x0cf7, 0x0cf8)
                WINDOW_IO (0x0d00, 0x1fff, 0x1300)
                WINDOWS (PC00)
            })

            Device (LPC0)
            {
                Name (_ADR, 0x001f0000)

                Device (PIC0)
                {
                    Name (_HID, EisaId ("PNP0000"))
                    Name (_CRS, ResourceTemplate () {
                        IO (Decode16, MAP_PORT_PIC0, MAP_PORT_PIC0, 1, 2)
                        IO (Decode16, MAP_PORT_PIC1, MAP_PORT_PIC1, 1, 2)
                        IO (Decode16, MAP_PORT_ELCR, MAP_PORT_ELCR, 1, 2)
                        IRQNoFlags () { 2 }
                    })
                }

                Device (PIT0)
                {
                    Name (_HID, EisaId ("PNP0100"))
                    Name (_CRS, ResourceTemplate () {
                        IO (Decode16, MAP_PORT_PIT, MAP_PORT_PIT, 1, 4)
                        IRQNoFlags () { 0 }
                    })
                }

                Device (SPKR)
                {
                    Name (_HID, EisaId ("PNP0800"))
                    Name (_CRS, ResourceTemplate () {
                        IO (Decode16, MAP_PORT_SYSTEM_B, MAP_PORT_SYSTEM_B, 1, 1)
                    })
                }

                Device (RTC0)
                {
                    Name (_HID, EisaId ("PNP0B00"))
                    Name (_CRS, ResourceTemplate () {
                        IO (Decode16, MAP_PORT_RTC, MAP_PORT_RTC, 1, 8)
                        IRQNoFlags () { MAP_IRQ_RTC }
                    })
                }

                Device (COM1)
                {
                    Name (_HID, EisaId ("PNP0501"))
                    Name (_UID, 1)
                    Name (_CRS, ResourceTemplate () {
                        IO (Decode16, MAP_PORT_COM1, MAP_PORT_COM1, 8, 8)
                        IRQNoFlags () { MAP_IRQ_COM1 }
                    })
                }
            }
        }

        /* IIO stack 0: network; the CHAs and the PCU are on this bus too. */
        Device (PC03)
        {
            ROOT_BRIDGE (1)
            Name (_BBN, PC03_BUS_FIRST)
            Name (_CRS, ResourceTemplate () {
                WINDOW_BUS (PC03)
                WINDOWS (PC03)
            })
        }

        /* IIO stack 1: Thunderbolt; the memory controllers are on this bus too. */
        Device (PC05)
        {
            ROOT_BRIDGE (2)
            Name (_BBN, PC05_BUS_FIRST)
            Name (_CRS, ResourceTemplate () {
                WINDOW_BUS (PC05)
                WINDOWS (PC05)
            })
        }

        /* IIO stack 2: graphics, with the legacy VGA window. */
        Device (PCF0)
        {
            ROOT_BRIDGE (3)
            Name (_BBN, PCF0_BUS_FIRST)
            Name (_CRS, ResourceTemplate () {
                WINDOW_BUS (PCF0)
                WINDOW_MEM32 (0x000a0000, 0x000bffff, 0x00020000)
                WINDOWS (PCF0)
            })
        }
    }
}
