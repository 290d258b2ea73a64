/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMBus controller with its registers at a known place, and one target that writes down what it
 * sees on the wire. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/pci/pci.h"
#include "devices/smbus/i801.h"
#include "devices/smbus/i801_regs.h"
#include "tests/lib/rig.h"

#define BENCH_PORTS   0xe000u
#define BENCH_TARGET  0x42u
#define BENCH_LOG     512u
#define BENCH_BYTES   64u
#define BENCH_BIT     VTIME_US(10)
#define BENCH_FOREVER UINT32_MAX

/* What it sees: "[84" START with that address byte, " 12" a byte it got, "<34" a byte it gave, "!"
 * no acknowledge for the thing before, "]" STOP. */
struct bench_target {
    struct smbus_target target;
    uint8_t address;
    uint32_t accepts; /* bytes it acknowledges before it stops to */
    uint8_t give[BENCH_BYTES];
    unsigned given;
    char log[BENCH_LOG];
};

struct bench {
    struct rig *rig;
    struct device *i801;
    struct probe irq;
    struct bench_target target;
};

/* Powered on, BAR 4 at BENCH_PORTS, HST_EN set. */
struct bench *bench_open(void);
void bench_close(struct bench *bench);

uint8_t bench_in(struct bench *bench, unsigned reg);
void bench_out(struct bench *bench, unsigned reg, uint8_t value);
uint8_t bench_hstcfg(struct bench *bench);
void bench_set_hstcfg(struct bench *bench, uint8_t value);

/* Clears all status, forgets the log, sets address and command. */
void bench_prepare(struct bench *bench, uint8_t address, bool is_read, uint8_t command);
/* Starts; lets time pass until the controller is done or waits for software. How many bits it took. */
unsigned bench_run(struct bench *bench, uint8_t hstcnt);
/* Clears BYTE_DONE and waits again. */
unsigned bench_next(struct bench *bench);
/* HSTSTS without INUSE_STS. */
uint8_t bench_status(struct bench *bench);
