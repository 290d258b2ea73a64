/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PCI function for guest tests: interrupts of each kind on request, DMA copies, a timer, and a
 * scratch register that counts accesses by width. Not part of the iMac Pro: a machine has it only
 * when asked (`--test-device`), at 00:1d.0. docs/hardware/pci.md, "The test function", is its data
 * sheet.
 */
#pragma once

struct device;
struct device_class;
struct error;

/* 0x5347 ("SG") is assigned to nobody in pci.ids of 2023-02; no operating system has a driver. */
#define PCI_TEST_VENDOR 0x5347
#define PCI_TEST_DEVICE 0x0001
#define PCI_TEST_SLOT   0x1d

/* Registers of BAR 0 (4 KiB of memory), sizes in bytes */
#define PCI_TEST_ID          0x00 /* 4, read-only: PCI_TEST_ID_VALUE */
#define PCI_TEST_LEVEL       0x04 /* 4: bit n (0..7) = condition of interrupt vector n */
#define PCI_TEST_SEND        0x08 /* 4, write: sends one message for vector n (MSI or MSI-X) */
#define PCI_TEST_STATUS      0x0c /* 4: PCI_TEST_STATUS_*, write 1 to clear */
#define PCI_TEST_SCRATCH     0x10 /* 8: storage; accesses are counted */
#define PCI_TEST_COUNTS      0x20 /* 4 each, read-only: reads of 1, 2, 4, 8 bytes, then writes */
#define PCI_TEST_CLEAR       0x40 /* 4, write: sets all counts to 0 */
#define PCI_TEST_DMA_SOURCE  0x48 /* 8 */
#define PCI_TEST_DMA_TARGET  0x50 /* 8 */
#define PCI_TEST_DMA_BYTES   0x58 /* 4: 1..PCI_TEST_DMA_MAX */
#define PCI_TEST_DMA_START   0x5c /* 4, write: starts a copy, done PCI_TEST_DMA_NS later */
#define PCI_TEST_TIMER_NS    0x60 /* 4: write n > 0: fires once n ns later; 0 stops */
#define PCI_TEST_TIMER_COUNT 0x64 /* 4, read-only: times it fired */
/* Registers of BAR 4 (16 I/O ports) */
#define PCI_TEST_IO_SCRATCH 0x00 /* 4: storage */
#define PCI_TEST_IO_SEND    0x04 /* 4, write: as PCI_TEST_SEND */

#define PCI_TEST_ID_VALUE        0x54534754
#define PCI_TEST_STATUS_DMA_BUSY 0x1 /* read-only */
#define PCI_TEST_STATUS_DMA_DONE 0x2
#define PCI_TEST_STATUS_DMA_ERROR \
    0x4 /* with DONE: source or target was no memory, or no bus mastering */
#define PCI_TEST_DMA_MAX      4096
#define PCI_TEST_DMA_NS       1000
#define PCI_TEST_VECTORS      8
#define PCI_TEST_VECTOR_DMA   1 /* its LEVEL bit is set when a copy is done */
#define PCI_TEST_VECTOR_TIMER 2

extern const struct device_class pci_test_class; /* needs no configuration */

/* Creates it at 00:1d.0. Owner: the caller. */
struct device *pci_test_add(struct device *host, struct error *err);
