/* SPDX-License-Identifier: GPL-2.0-only */
/* How the firmware stops. */
#pragma once

/* Stops the processor for good, interrupts off: there is nothing (more) to do. */
_Noreturn void halt_forever(void);

/* The boot failed, and the reason has been printed: tells the debug exit port, so that a run without a window ends with
 * status 1 (DESIGN.md 5), then halts. */
_Noreturn void halt_failed(void);
