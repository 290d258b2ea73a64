/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt wires. A line belongs to the device that drives it and is wired by the machine to one
 * input of another part. Shared wires go through an irq_or. Changes are traced. Message-signalled
 * interrupts are DMA writes, not lines (dma.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct device;

/* An input: level changes arrive here with the number that the wiring gave. */
typedef void (*irq_sink)(void *ctx, unsigned input, bool level);

struct irq_line {
    const char *name;      /* unique within its device */
    struct device *device; /* who drives it */
    irq_sink sink;         /* NULL: not connected, harmless */
    void *ctx;
    unsigned input;
    bool level;
};

/* In the device's init. */
void irq_line_init(struct irq_line *line, const char *name, struct device *device);
/* By the machine, before power-on. Tells the sink the present level at once when it is high. */
void irq_connect(struct irq_line *line, irq_sink sink, void *ctx, unsigned input);
/* Drives the line; the sink hears of changes only. Called from the one update function of the
 * device. */
void irq_set(struct irq_line *line, bool level);
/* A pulse: high, then low (edge-triggered sources such as the 8254). */
void irq_pulse(struct irq_line *line);

/* Wired-or of up to 64 inputs. The output is high while any input is. Owner: the machine. */
struct irq_or {
    uint64_t inputs;
    irq_sink sink;
    void *ctx;
    unsigned input;
};
/* An irq_sink: `ctx` is the struct irq_or. */
void irq_or_set(void *ctx, unsigned input, bool level);
