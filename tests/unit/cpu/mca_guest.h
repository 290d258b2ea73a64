/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports that only test_mca.c has, for C and assembly. Only #define lines and comments. */
#pragma once

#define PORT_POISON 0x16 /* the core uses poison, in the way that the value says */
#define PORT_MCA    0x17 /* the package meets the error that the test has prepared */
