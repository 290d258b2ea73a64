/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptions that the parts table refers to: inert_uncore.c, inert_devices.c. */
#pragma once

#include "devices/pci/inert.h"

/* Revision and interrupt pin differ between functions of one id; everything else is in the
 * description. */
extern const struct pci_described pci_part_2014, pci_part_2015, pci_part_2016, pci_part_2018,
    pci_part_2018_bare;
extern const struct pci_described pci_part_2020, pci_part_2024, pci_part_2025, pci_part_2026;
extern const struct pci_described pci_part_2021_a, pci_part_2021_b, pci_part_2021_c,
    pci_part_2021_d;
extern const struct pci_described pci_part_2030_x4, pci_part_2030_x16, pci_part_2032, pci_part_2033;
extern const struct pci_described pci_part_2034, pci_part_2035, pci_part_2036;
extern const struct pci_described pci_part_2040, pci_part_2041, pci_part_2042, pci_part_2043;
extern const struct pci_described pci_part_2044, pci_part_2045, pci_part_2046, pci_part_2047;
extern const struct pci_described pci_part_2048, pci_part_2049, pci_part_204a, pci_part_204b;
extern const struct pci_described pci_part_204c, pci_part_204d, pci_part_204e;
extern const struct pci_described pci_part_2054, pci_part_2055, pci_part_2056, pci_part_2057;
extern const struct pci_described pci_part_2066, pci_part_208d, pci_part_208e;
extern const struct pci_described pci_part_2080, pci_part_2081, pci_part_2082, pci_part_2083;
extern const struct pci_described pci_part_2084, pci_part_2085, pci_part_2086;

extern const struct pci_described pci_part_a2af, pci_part_a2ba, pci_part_a2eb, pci_part_a294;
extern const struct pci_described pci_part_a2a7, pci_part_a2a8, pci_part_a2d4, pci_part_a2a1,
    pci_part_a2a3;
extern const struct pci_described pci_part_wifi, pci_part_aqc107;
extern const struct pci_described pci_part_t2_nvme, pci_part_t2_bce, pci_part_t2_sep,
    pci_part_t2_audio;
extern const struct pci_described pci_part_tb_upstream, pci_part_tb_nhi, pci_part_tb_xhci;
extern const struct pci_described pci_part_tb_port0, pci_part_tb_port1, pci_part_tb_port2,
    pci_part_tb_port4;
extern const struct pci_described pci_part_vega_upstream, pci_part_vega_downstream;
extern const struct pci_described pci_part_vega, pci_part_vega_audio;
