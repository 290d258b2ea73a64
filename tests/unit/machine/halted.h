/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine whose guest does nothing: for tests of what happens around it. */
#pragma once

struct machine;

/* One core that has halted with interrupts off, 64 MiB. Fails the test when it cannot be made. */
struct machine *halted_machine(void);
