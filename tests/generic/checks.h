/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic tests of style.md 10: what must hold for every device, whatever it is. Each check
 * returns true, or false with the reason in `finding`; it never aborts for a device's fault, so
 * that the planted faults of planted_test.c can be seen to be found.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/generic/subject.h"

struct finding {
    char text[320];
};

/* Always false, for `return finding_set(...)`. */
bool finding_set(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Register, state and event tables: sane, without overlap, names unique. */
bool check_tables(const struct device_class *class, struct finding *finding);
/* Creation and destruction leave nothing behind: no region, no event; also when creation fails
 * halfway. */
bool check_life(const struct subject *subject, struct finding *finding);
/* A peek changes nothing, agrees with itself in parts, and says what a read will say. */
bool check_peek(const struct subject *subject, struct finding *finding);
/* Reset from `seeds` random states equals power-on: the state does, and so does what the guest
 * sees afterwards. */
bool check_reset(const struct subject *subject, unsigned seeds, struct finding *finding);
/* Save, load into a second device that has lived differently: from then on the guest cannot tell
 * them apart. */
bool check_snapshot(const struct subject *subject, unsigned seeds, struct finding *finding);
/* A damaged snapshot is refused or loaded, never worse. */
bool check_hostile_snapshot(const struct subject *subject, unsigned seeds, struct finding *finding);
/* `count` random accesses with time, resets and snapshots in between; twice, with the same
 * outcome. */
bool check_random(const struct subject *subject, unsigned count, struct finding *finding);
