/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of boot-multiboot1.c, in an image whose container is ELF64 and whose entry is 32-bit
 * all the same.
 */
#include "tests/guest/programs/boot-multiboot1.c"
