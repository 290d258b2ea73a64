/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Offsets and bits of PCI configuration space, named as in the specifications: PCI Local Bus 3.0
 * chapter 6 (header, MSI, MSI-X), PCI-to-PCI Bridge 1.2 chapter 3 (type 1 header), PCI Power
 * Management 1.2 chapter 3, PCI Express Base 3.1 chapter 7.
 */
#pragma once

#define PCI_CONFIG_BYTES          4096u
#define PCI_CONFIG_HEADER_BYTES   64u
#define PCI_CONFIG_STANDARD_BYTES 256u
#define PCI_BARS_MAX              6u

/* Common header */
#define PCI_VENDOR_ID       0x00u
#define PCI_DEVICE_ID       0x02u
#define PCI_COMMAND         0x04u
#define PCI_STATUS          0x06u
#define PCI_REVISION_ID     0x08u
#define PCI_CLASS_PROG      0x09u
#define PCI_CACHE_LINE_SIZE 0x0cu
#define PCI_LATENCY_TIMER   0x0du
#define PCI_HEADER_TYPE     0x0eu
#define PCI_BASE_ADDRESS_0  0x10u
#define PCI_CAPABILITY_LIST 0x34u
#define PCI_INTERRUPT_LINE  0x3cu
#define PCI_INTERRUPT_PIN   0x3du
/* Type 0 */
#define PCI_SUBSYSTEM_VENDOR_ID 0x2cu
#define PCI_SUBSYSTEM_ID        0x2eu
#define PCI_ROM_ADDRESS         0x30u
/* Type 1 */
#define PCI_PRIMARY_BUS        0x18u
#define PCI_SECONDARY_BUS      0x19u
#define PCI_SUBORDINATE_BUS    0x1au
#define PCI_IO_BASE            0x1cu
#define PCI_IO_LIMIT           0x1du
#define PCI_SEC_STATUS         0x1eu
#define PCI_MEMORY_BASE        0x20u
#define PCI_MEMORY_LIMIT       0x22u
#define PCI_PREF_MEMORY_BASE   0x24u
#define PCI_PREF_MEMORY_LIMIT  0x26u
#define PCI_PREF_BASE_UPPER32  0x28u
#define PCI_PREF_LIMIT_UPPER32 0x2cu
#define PCI_ROM_ADDRESS1       0x38u
#define PCI_BRIDGE_CONTROL     0x3eu

#define PCI_COMMAND_IO           0x0001u
#define PCI_COMMAND_MEMORY       0x0002u
#define PCI_COMMAND_MASTER       0x0004u
#define PCI_COMMAND_PARITY       0x0040u
#define PCI_COMMAND_SERR         0x0100u
#define PCI_COMMAND_INTX_DISABLE 0x0400u

#define PCI_STATUS_INTERRUPT        0x0008u
#define PCI_STATUS_CAP_LIST         0x0010u
#define PCI_STATUS_ERRORS           0xf900u /* write 1 to clear */
#define PCI_STATUS_REC_MASTER_ABORT 0x2000u

#define PCI_HEADER_TYPE_BRIDGE     0x01u
#define PCI_HEADER_TYPE_MULTI_FUNC 0x80u

#define PCI_BASE_ADDRESS_SPACE_IO     0x01u
#define PCI_BASE_ADDRESS_MEM_TYPE_64  0x04u
#define PCI_BASE_ADDRESS_MEM_PREFETCH 0x08u
#define PCI_ROM_ADDRESS_ENABLE        0x01u

#define PCI_PREF_RANGE_TYPE_64 0x01u

#define PCI_BRIDGE_CTL_PARITY    0x0001u
#define PCI_BRIDGE_CTL_SERR      0x0002u
#define PCI_BRIDGE_CTL_ISA       0x0004u
#define PCI_BRIDGE_CTL_VGA       0x0008u
#define PCI_BRIDGE_CTL_VGA_16BIT 0x0010u
#define PCI_BRIDGE_CTL_BUS_RESET 0x0040u

/* Capability identities */
#define PCI_CAP_ID_PM         0x01u
#define PCI_CAP_ID_MSI        0x05u
#define PCI_CAP_ID_VENDOR     0x09u
#define PCI_CAP_ID_SSVID      0x0du
#define PCI_CAP_ID_EXP        0x10u
#define PCI_CAP_ID_MSIX       0x11u
#define PCI_EXT_CAP_ID_ERR    0x01u
#define PCI_EXT_CAP_ID_VC     0x02u
#define PCI_EXT_CAP_ID_DSN    0x03u
#define PCI_EXT_CAP_ID_PWR    0x04u
#define PCI_EXT_CAP_ID_VNDR   0x0bu
#define PCI_EXT_CAP_ID_ACS    0x0du
#define PCI_EXT_CAP_ID_ATS    0x0fu
#define PCI_EXT_CAP_ID_PRI    0x13u
#define PCI_EXT_CAP_ID_REBAR  0x15u
#define PCI_EXT_CAP_ID_LTR    0x18u
#define PCI_EXT_CAP_ID_SECPCI 0x19u
#define PCI_EXT_CAP_ID_PASID  0x1bu
#define PCI_EXT_CAP_ID_L1SS   0x1eu

/* Power management, offsets from the capability */
#define PCI_PM_PMC                0x02u
#define PCI_PM_CTRL               0x04u
#define PCI_PM_CTRL_STATE_MASK    0x0003u
#define PCI_PM_CTRL_NO_SOFT_RESET 0x0008u
#define PCI_PM_CTRL_PME_ENABLE    0x0100u
#define PCI_PM_CTRL_PME_STATUS    0x8000u
#define PCI_PM_CAP_D1             0x0200u
#define PCI_PM_CAP_D2             0x0400u
#define PCI_PM_STATE_D0           0u
#define PCI_PM_STATE_D1           1u
#define PCI_PM_STATE_D2           2u
#define PCI_PM_STATE_D3HOT        3u

/* MSI */
#define PCI_MSI_FLAGS         0x02u
#define PCI_MSI_FLAGS_ENABLE  0x0001u
#define PCI_MSI_FLAGS_QMASK   0x000eu /* multiple message capable, log2 */
#define PCI_MSI_FLAGS_QSIZE   0x0070u /* multiple message enable, log2 */
#define PCI_MSI_FLAGS_64BIT   0x0080u
#define PCI_MSI_FLAGS_MASKBIT 0x0100u
#define PCI_MSI_ADDRESS_LO    0x04u
#define PCI_MSI_ADDRESS_HI    0x08u

/* MSI-X */
#define PCI_MSIX_FLAGS              0x02u
#define PCI_MSIX_FLAGS_MASKALL      0x4000u
#define PCI_MSIX_FLAGS_ENABLE       0x8000u
#define PCI_MSIX_TABLE              0x04u
#define PCI_MSIX_PBA                0x08u
#define PCI_MSIX_ENTRY_BYTES        16u
#define PCI_MSIX_ENTRY_CTRL_MASKBIT 0x1u

/* PCI Express */
#define PCI_EXP_FLAGS   0x02u
#define PCI_EXP_DEVCAP  0x04u
#define PCI_EXP_DEVCTL  0x08u
#define PCI_EXP_DEVSTA  0x0au
#define PCI_EXP_LNKCAP  0x0cu
#define PCI_EXP_LNKCTL  0x10u
#define PCI_EXP_LNKSTA  0x12u
#define PCI_EXP_SLTCAP  0x14u
#define PCI_EXP_SLTCTL  0x18u
#define PCI_EXP_SLTSTA  0x1au
#define PCI_EXP_RTCTL   0x1cu
#define PCI_EXP_RTCAP   0x1eu
#define PCI_EXP_RTSTA   0x20u
#define PCI_EXP_DEVCAP2 0x24u
#define PCI_EXP_DEVCTL2 0x28u
#define PCI_EXP_LNKCAP2 0x2cu
#define PCI_EXP_LNKCTL2 0x30u
#define PCI_EXP_LNKSTA2 0x32u

#define PCI_EXP_FLAGS_SLOT     0x0100u
#define PCI_EXP_DEVCAP_FLR     0x10000000u
#define PCI_EXP_DEVCTL_FLR     0x8000u
#define PCI_EXP_DEVCTL_PAYLOAD 0x00e0u
#define PCI_EXP_LNKCTL_LD      0x0010u /* link disable */
#define PCI_EXP_LNKCAP_DLLLARC 0x00100000u
#define PCI_EXP_LNKSTA_DLLLA   0x2000u /* data link layer active */
#define PCI_EXP_SLTSTA_PDS     0x0040u /* presence detect state */
