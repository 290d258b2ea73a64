/* SPDX-License-Identifier: GPL-2.0-only */
/* The checks of boot-pvh.c in an ELF32 image that stays in 32-bit protected mode. */
#include "tests/guest/programs/boot-pvh.c"
