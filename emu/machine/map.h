/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical memory map, the I/O ports and the boot window of the machine, for C and assembly
 * alike. The emulator and the firmware include this one file, so the two cannot disagree. Only
 * #define lines and comments may stand here.
 *
 * The low-memory split (top of low memory 2 GiB, hole up to 4 GiB) is the one that hardware.md 3.4
 * verified for skx_edac.
 */
#pragma once

#ifdef __ASSEMBLER__
#define MAP_U64(x) x
#else
#define MAP_U64(x) x##ULL
#endif

/* ---- Physical memory ---- */
/* Addresses above this many bits raise a reserved-bit page fault in the engine; CPUID 0x80000008
 * says the same. */
#define MAP_PHYS_BITS 40

#define MAP_VGA_HOLE_BASE MAP_U64(0x000a0000) /* legacy VGA window: decoded, nothing behind it */
#define MAP_VGA_HOLE_END  MAP_U64(0x000c0000)
#define MAP_BIOS_BASE \
    MAP_U64(0x000e0000) /* RAM where the firmware leaves RSDP and SMBIOS entry points */
#define MAP_BIOS_END MAP_U64(0x00100000)

#define MAP_LOW_RAM_MAX \
    MAP_U64(0x80000000) /* TOLM: RAM below it at most; the rest of RAM starts at 4 GiB */
#define MAP_HIGH_RAM_BASE MAP_U64(0x100000000)

#define MAP_ECAM_BASE   MAP_U64(0x80000000) /* PCI Express ECAM (MCFG), segment 0, buses 00-ff */
#define MAP_ECAM_SIZE   MAP_U64(0x10000000)
#define MAP_MMIO32_BASE MAP_U64(0x90000000) /* window for 32-bit and 64-bit BARs below 4 GiB */
#define MAP_MMIO32_END  MAP_U64(0xfc000000)
#define MAP_MMIO64_BASE \
    MAP_U64(0xc000000000) /* window for 64-bit prefetchable BARs, 768 GiB up to 1 TiB */
#define MAP_MMIO64_END MAP_U64(0x10000000000)

#define MAP_IOAPIC_BASE MAP_U64(0xfec00000)
#define MAP_HPET_BASE   MAP_U64(0xfed00000)
#define MAP_LAPIC_BASE  MAP_U64(0xfee00000) /* also the MSI address range, SDM 3A 11.11 */
#define MAP_LAPIC_SIZE  MAP_U64(0x00001000)
#define MAP_MSI_END     MAP_U64(0xfef00000)

/* Cache as RAM: memory for firmware before there is memory, while no-evict mode (MSR 0x2e0 bit 0) is
 * on. Chosen place and size: above the interrupt messages, where coreboot has it too. */
#define MAP_CAR_BASE MAP_U64(0xfef00000)
#define MAP_CAR_SIZE MAP_U64(0x00040000)

#define MAP_ROM_BASE \
    MAP_U64(0xfff00000) /* firmware flash, 1 MiB, ends at 4 GiB (reset vector 0xfffffff0) */
#define MAP_ROM_SIZE MAP_U64(0x00100000)

#define MAP_BOOT_WINDOW_BASE \
    MAP_U64(0xb000000000) /* read-only boot window, 704 GiB; see the end of this file */
#define MAP_BOOT_WINDOW_MAX MAP_U64(0x1000000000)

/* ---- I/O ports ---- */
#define MAP_PORT_PIC0          0x20
#define MAP_PORT_PIC1          0xa0
#define MAP_PORT_ELCR          0x4d0
#define MAP_PORT_PIT           0x40
#define MAP_PORT_SYSTEM_B      0x61 /* NMI status and speaker: timer 2 gate and output */
#define MAP_PORT_FAST_RESET    0x92 /* bit 0: INIT; bit 1: A20, always on */
#define MAP_PORT_RTC           0x70
#define MAP_PORT_DEBUG_CONSOLE 0xe9
#define MAP_PORT_DEBUG_EXIT    0xf4
#define MAP_PORT_COM1          0x3f8
/* The SMBus controller while the firmware uses it, before PCI resources are given out: 32 ports. */
#define MAP_PORT_SMBUS_BASE    0x400
#define MAP_PORT_PCI_ADDRESS   0xcf8
#define MAP_PORT_RESET_CONTROL 0xcf9
#define MAP_PORT_PCI_DATA      0xcfc
/* ACPI PM: PM1 status 0, enable 2, control 4, PM timer 8, SMI_EN 0x30, GPE0 0x60..0x7f */
#define MAP_PORT_PM_BASE     0x1800
#define MAP_PORT_PM_SIZE     0x80
#define MAP_PM1_EVT          (MAP_PORT_PM_BASE + 0x00)
#define MAP_PM1_CNT          (MAP_PORT_PM_BASE + 0x04)
#define MAP_PM_TMR           (MAP_PORT_PM_BASE + 0x08)
#define MAP_PM_GPE0          (MAP_PORT_PM_BASE + 0x60) /* GPE0: status 16 bytes, enable 16 */
#define MAP_PORT_PCI_IO_BASE 0x2000                    /* I/O BARs */
#define MAP_PORT_PCI_IO_END  0x10000

/* ---- Interrupts ---- */
#define MAP_IOAPIC_PINS  24
#define MAP_IOAPIC_ID    8
#define MAP_IRQ_PIT_PIN  2 /* ISA IRQ 0 arrives at I/O APIC pin 2 (MADT override) */
#define MAP_IRQ_COM1     4
#define MAP_IRQ_RTC      8
#define MAP_IRQ_SCI      9  /* level, active high in the MADT override */
#define MAP_IRQ_PCI_BASE 16 /* PIRQ A-H -> I/O APIC pins 16-23 */
/* I/O APIC pin of INTx (0 = INTA .. 3 = INTD) of a device on a root bus, all four root buses alike;
 * the DSDT's _PRT says the same. Behind bridges the pins are swizzled first (PCI-to-PCI
 * Bridge 1.2, 9.1): (device + pin) mod 4. */
#define MAP_PCI_INTX_PIN(device, intx) (MAP_IRQ_PCI_BASE + (((device) + (intx)) & 7))

/* ---- Clocks, Hz ---- */
#define MAP_HZ_TSC      3200000000
#define MAP_HZ_LAPIC    25000000
#define MAP_HZ_HPET     24000000 /* 200-series PCH main counter; period 41666667 fs */
#define MAP_HZ_PM_TIMER 3579545
#define MAP_HZ_PIT_NUM  105000000 /* 14.31818 MHz / 12 = 105/88 MHz exactly */
#define MAP_HZ_PIT_DEN  88
#define MAP_HZ_RTC      32768

/* ---- Root buses (hardware.md 1) ---- */
#define MAP_ROOT_BUS_PCH  0x00
#define MAP_ROOT_BUS_IIO0 0x03
#define MAP_ROOT_BUS_IIO1 0x05
#define MAP_ROOT_BUS_IIO2 0xf0

/* The memory configuration as memory training leaves it: 03:05.0 (8086:2034) TOLM and TOHM,
 * hardware.md 3.1 step 4. The firmware writes them into the 2034 of each stack. */
#define MAP_TOLM_REG 0xd0 /* raw: first byte address that is not low RAM */
#define MAP_TOHM_REG 0xd4 /* low half; high half at 0xd8: first byte address above high RAM */

/* ---- The boot window ---- */
/*
 * A read-only memory region at MAP_BOOT_WINDOW_BASE through which the firmware finds what to boot:
 * a directory, then the payload bytes. docs/formats/boot-window.md specifies it byte by byte. All
 * integers are little-endian.
 *
 * Header, 64 bytes:  0 magic "SGBOOT01"; 8 u32 version; 12 u32 entry count; 16 u64 window bytes; 24
 * u64 first entry offset; 32 u32 cores; 36 u32 protocol (BOOT_PROTO_*); 40 u64 entry address; 48
 * u64 flags (BOOT_FLAG_*); 56 u64 memory limit: firmware decodes no more RAM than this, 0 = all there is. Entry, 64 bytes:   0 u32 type (BOOT_ENTRY_*); 4 u32 flags; 8 u64
 * data offset in the window (4096-aligned); 16 u64 data bytes; 24 u64 load address (0 = firmware
 * chooses); 32 u64 memory bytes (>= data bytes, rest zero); 40 char name[24], zero-padded. With
 * protocol BOOT_PROTO_NONE there is nothing to boot: the firmware says so on the serial port and
 * halts.
 */
#define BOOT_MAGIC        "SGBOOT01"
#define BOOT_VERSION      1
#define BOOT_HEADER_BYTES 64
#define BOOT_ENTRY_BYTES  64
#define BOOT_ENTRIES_MAX  64

#define BOOT_FLAG_CLOSED_PAGE \
    1 /* memory is set up for the closed page policy: a wish of the user */

#define BOOT_PROTO_NONE 0
#define BOOT_PROTO_LINUX \
    1 /* bzImage: entries KERNEL, optional INITRD, CMDLINE; 64-bit boot protocol */
#define BOOT_PROTO_MULTIBOOT1 \
    2 /* SEGMENT entries, entered as the Multiboot 1 specification says (32-bit) */
#define BOOT_PROTO_PVH \
    3 /* SEGMENT entries, entered as the PVH ABI says (32-bit, EBX = hvm_start_info) */
#define BOOT_PROTO_ELF64   4 /* SEGMENT entries, entered in long mode, docs/images.md */
#define BOOT_PROTO_REFUSED 5 /* the T2 refused an image: TEXT says why; nothing is booted */

#define BOOT_ENTRY_KERNEL  1
#define BOOT_ENTRY_INITRD  2
#define BOOT_ENTRY_CMDLINE 3 /* NUL-terminated */
#define BOOT_ENTRY_SEGMENT 4 /* copied to its load address, zero-filled to its memory size */
#define BOOT_ENTRY_MODULE  5 /* Multiboot or PVH module; the firmware chooses the address */
#define BOOT_ENTRY_TEXT    6 /* lines for a person, separated by \n, NUL-terminated */
