/* SPDX-License-Identifier: GPL-2.0-only */
/* See control_events.h. A row that fails gives thousands of errors in a second: what is told is limited in
 * virtual time, and what was left out is counted. */
#include "emu/app/control_events.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "devices/memory/dimm.h"
#include "devices/memory/dram.h"
#include "devices/memory/dram_address.h"
#include "emu/core/device.h"
#include "emu/core/trace.h"
#include "emu/machine/machine.h"

static void tell(const struct control_events *events, json_t *event)
{
    char *text = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;

    if (text != NULL) events->tell(events->ctx, text);
    free(text);
    json_decref(event);
}

/* Whether one more may be told now. */
static bool spend(struct control_event_budget *budget, vtime when)
{
    const uint64_t period = when / CONTROL_EVENTS_PERIOD;

    if (period != budget->period) {
        budget->period = period;
        budget->told = 0;
    }
    if (budget->told >= budget->limit) {
        budget->left_out++;
        return false;
    }
    budget->told++;
    return true;
}

static void tell_error(struct control_events *events, struct control_event_budget *budget,
                       const struct trace_record *record)
{
    const bool is_corrected = budget == &events->corrected;
    struct dram_address at;
    json_t *data;

    if (!spend(budget, record->when)) return;
    data = json_pack("{s:I, s:b}", "addr", (json_int_t)record->args[0], "corrected", is_corrected);
    if (machine_fault_place(events->machine, record->args[0], &at)) {
        (void)json_object_set_new(data, "dimm", json_integer(dram_socket(&at)));
    }
    if (budget == &events->parity) {
        (void)json_object_set_new(data, "address-parity", json_true());
    }
    if (budget->left_out > 0) {
        (void)json_object_set_new(data, "left-out", json_integer((json_int_t)budget->left_out));
    }
    budget->left_out = 0;
    tell(events, json_pack("{s:s, s:o, s:I}", "event", "MEMORY_FAILURE", "data", data,
                           "virtual-time", (json_int_t)record->when));
}

static void on_record(void *ctx, const struct trace_record *record)
{
    struct control_events *events = ctx;

    if (record->device != events->dram) return;
    if (record->desc == events->corrected.desc) {
        tell_error(events, &events->corrected, record);
    } else if (record->desc == events->uncorrected.desc) {
        tell_error(events, &events->uncorrected, record);
    } else if (record->desc == events->parity.desc) {
        tell_error(events, &events->parity, record);
    }
}

static const struct device *find_dram(struct machine *machine)
{
    for (size_t i = 0; i < machine_device_count(machine); i++) {
        const struct device *device = machine_device(machine, i);

        if (device->class == &dram_class) return device;
    }
    return NULL;
}

static const struct trace_desc *find_desc(const char *name)
{
    for (const struct trace_desc *const *desc = dram_class.events; *desc != NULL; desc++) {
        if (strcmp((*desc)->name, name) == 0) return *desc;
    }
    return NULL;
}

int control_events_start(struct control_events *events, struct machine *machine,
                         void (*tell_line)(void *ctx, const char *text), void *ctx,
                         struct error *err)
{
    const struct trace_sink sink = {.record = on_record, .ctx = events};

    *events = (struct control_events){
        .machine = machine,
        .dram = find_dram(machine),
        .tell = tell_line,
        .ctx = ctx,
        .corrected = {.desc = find_desc("corrected"), .limit = CONTROL_EVENTS_CORRECTED},
        .uncorrected = {.desc = find_desc("uncorrected"), .limit = CONTROL_EVENTS_UNCORRECTED},
        .parity = {.desc = find_desc("parity"), .limit = CONTROL_EVENTS_UNCORRECTED},
    };
    if (events->dram != NULL && !trace_add_sink(machine_trace(machine), &sink)) {
        return error_host(err, "too many look at the trace");
    }
    return 0;
}

void control_events_shutdown(struct control_events *events, const char *reason)
{
    tell(events, json_pack("{s:s, s:{s:s}, s:I}", "event", "SHUTDOWN", "data", "reason", reason,
                           "virtual-time", (json_int_t)machine_now(events->machine)));
}

void control_events_stop(struct control_events *events)
{
    if (events->dram != NULL) trace_remove_sink(machine_trace(events->machine), events);
}
