/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the generic tests are done to: a rig with one or several devices in it, built the same way
 * again and again, and what to do to it from outside that no register access can do (a byte
 * arrives, a button is pressed, an input line changes).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/rig.h"

struct subject {
    const char *name;
    /* built alone with its default configuration; NULL: build() does it */
    const struct device_class *class;
    /* Makes the devices, owned by the rig, not reset. */
    void (*build)(struct rig *rig);
    /* One random thing from outside; NULL: nothing can happen. */
    void (*poke)(struct rig *rig, uint64_t random);
    /* Everything outside as it was at first; NULL with poke NULL. */
    void (*calm)(struct rig *rig);
    /* Memory that is no device's state, and not the rig's RAM, made the same in `to`; NULL: there is
     * none. */
    void (*share)(struct rig *from, struct rig *to);
    /* Offset in `region` where something is, for windows without a register table; NULL:
     * anywhere. */
    uint64_t (*aim)(const struct rig *rig, const struct region *region, uint64_t random);
};

/* Every class of devices/device_list.h alone, then the compositions. Index below subject_count().
 */
size_t subject_count(void);
struct subject subject_at(size_t index);
