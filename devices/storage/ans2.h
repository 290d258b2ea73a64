/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * T2 function 0, 106b:2005: the NVMe controller "ANS2" with one namespace over two SSD modules, and
 * the rules by which it differs from an NVMe controller of the standard (hardware.md 2.1-2.3).
 * docs/hardware/t2-nvme.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/raid0.h"
#include "emu/core/device.h"

struct host_media;

/* What happens when a driver breaks a rule that the real firmware crashes on. */
enum ans2_strict {
    ANS2_STRICT_FATAL, /* CSTS.CFS = 1: the controller works on nothing until it is reset */
    ANS2_STRICT_WARN,  /* traced as a guest error; the command is carried out */
    ANS2_STRICT_PANIC, /* the T2 panics, and the machine with it */
};

struct ans2_config {
    struct device *module[RAID0_MODULES]; /* ssd_module_class; borrowed; outlive the controller */
    uint64_t blocks;       /* of the namespace; 0: there is no disk and no namespace */
    uint8_t volume_id[16]; /* gives serial number, EUI-64 and NGUID */
    enum ans2_strict strict;
    bool is_functional; /* commands take a small constant time */
    void *ctx;
    /* A driver broke a rule, in every mode: `what` is a string constant, `pc` where the doorbell was
     * rung. NULL: nobody wants to know. */
    void (*rule_broken)(void *ctx, const char *what, uint64_t pc);
    /* ANS2_STRICT_PANIC: `what` is a string constant. NULL: as ANS2_STRICT_FATAL. */
    void (*panic)(void *ctx, const char *what);
};

/* PCI function; its own configuration is a struct ans2_config. */
extern const struct device_class ans2_class;

/* Wires the SEP to it (created after it: function 2). Once, before the first reset. Without one
 * every access to the namespace fails. */
void ans2_attach_sep(struct device *ans2, struct device *sep);

/* The power goes now. What then is in the flash of each module is written to `target` (media.h; the
 * modules' own, or copies): writes on their way have come as far as time allows, whole blocks only;
 * of the write caches' contents `seed` chooses. The machine's own state is left as it is. */
void ans2_cut(struct device *ans2, const struct host_media *const target[RAID0_MODULES],
              uint64_t seed);
