/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions while the firmware (or a plain ELF64 payload that kept its descriptor table) runs. */
#pragma once

/* Builds the interrupt descriptor table at FW_IDT and loads it: every exception is printed and ends the boot. */
void exceptions_init(void);
