/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the UI knows of the machine: looked at once for each place, and asked for nothing while it runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"
#include "emu/debug/tui/tui.h"

#define TARGET_DEVICE_BYTES 32

struct target {
    const struct tui_config *config;
    uint64_t generation; /* of what is known here */
    struct history_place here;
    struct history_place last;
    uint64_t first_event; /* first > last: there are none */
    uint64_t last_event;
    bool is_at_begin;
    bool is_at_end;
    unsigned core;
    uint64_t cycles;
    unsigned bits; /* 16, 32, 64 */
    unsigned ring;
    struct cpu_regs regs;
    struct cpu_regs before; /* of the same core, at the place before */
    bool has_before;
    uint64_t ip; /* linear */
    uint64_t sp; /* linear */
};

/* Looks anew when the debugger says that something has changed, or `is_forced`; true: it has. */
bool target_refresh(struct target *target, bool is_forced);
/* Memory of the selected core: how many of the first bytes can be read. */
size_t target_read(const struct target *target, uint64_t linear, uint8_t *data, size_t bytes);
bool target_event(const struct target *target, uint64_t seq, struct trace_item *item);
/* `$rsp + 16`, 0x1000, a symbol. False with `err`: not understood. */
bool target_address(const struct target *target, const char *text, uint64_t *addr,
                    struct error *err);
/* Registers by name ("rip", "cr3", "fs_base"); NULL behind the last. In the order of the Core pane. */
const char *target_register(const struct cpu_regs *regs, size_t index, uint64_t *value,
                            unsigned *bits);
/* What people call it: its alias, else the path's last part if that is a word, else the path. */
const char *target_device_name(const char *path);
/* Seconds with twelve places: shortest text that is exact to the microsecond when `is_short`. */
void target_time(vtime when, bool is_short, char *text, size_t bytes);
