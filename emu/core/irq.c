/* SPDX-License-Identifier: GPL-2.0-only */
/* Wires: changes are traced, made the cause of what follows, and handed to the sink. */
#include "emu/core/irq.h"

#include "emu/base/bug.h"
#include "emu/core/device.h"
#include "emu/core/events.h"

void irq_line_init(struct irq_line *line, const char *name, struct device *device)
{
    *line = (struct irq_line){.name = name, .device = device};
}

void irq_connect(struct irq_line *line, irq_sink sink, void *ctx, unsigned input)
{
    BUG_ON(line->sink !=
           NULL); /* one line, one sink: fan-out is made of an irq_sink that calls several */
    line->sink = sink;
    line->ctx = ctx;
    line->input = input;
    if (line->level) {
        sink(ctx, input, true);
    }
}

void irq_set(struct irq_line *line, bool level)
{
    struct trace *trace = line->device != NULL ? line->device->env.trace : NULL;
    uint64_t previous;

    if (line->level == level) return;
    line->level = level;
    previous = trace_cause_begin(trace, TRACE(trace, line->device, &core_event_irq_line,
                                              (uintptr_t)line->name, level ? 1u : 0u));
    if (line->sink != NULL) {
        line->sink(line->ctx, line->input, level);
    }
    trace_cause_end(trace, previous);
}

void irq_pulse(struct irq_line *line)
{
    irq_set(line, true);
    irq_set(line, false);
}

void irq_or_set(void *ctx, unsigned input, bool level)
{
    struct irq_or *gate = ctx;
    uint64_t before = gate->inputs;

    BUG_ON(input >= 64);
    gate->inputs = level ? before | UINT64_C(1) << input : before & ~(UINT64_C(1) << input);
    if ((before != 0) != (gate->inputs != 0) && gate->sink != NULL) {
        gate->sink(gate->ctx, gate->input, gate->inputs != 0);
    }
}
