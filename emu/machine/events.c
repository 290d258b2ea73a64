/* SPDX-License-Identifier: GPL-2.0-only */
/* See events.h. */
#include "emu/machine/events.h"

#include "emu/cpu/events.h"
#include "emu/machine/machine_internal.h"

const struct trace_desc machine_event_secure_boot = {
    .name = "secure_boot", .fields = {"policy:s", "verdict", "reason:s", "rom_bytes"}};
const struct trace_desc machine_event_ram_overlap = {
    .name = "ram_overlap", .level = TRACE_LEVEL_GUEST_ERROR, .fields = {"place"}};

static const struct trace_desc *const of_any_device[] = {
    &core_event_reg_read,       &core_event_reg_write,     &core_event_reserved_read,
    &core_event_reserved_write, &core_event_irq_line,      &core_event_reset,
    &core_event_guest_error,    &core_event_unimplemented, NULL,
};

static const struct trace_desc *const of_the_machine[] = {
    &core_event_irq_line,       &core_event_unmapped_read,
    &core_event_unmapped_write, &cpu_event_interrupt,
    &cpu_event_double_fault,    &cpu_event_shutdown,
    &cpu_event_reset,           &cpu_event_start,
    &cpu_event_msr_unknown,     &cpu_event_msr_refused,
    &cpu_event_mca_error,       &cpu_event_cmci,
    &cpu_event_machine_check,   &machine_event_secure_boot,
    &machine_event_ram_overlap, NULL,
};

struct listing {
    struct trace_kind *list;
    size_t room;
    size_t count;
};

static void add(struct listing *listing, const char *device, const struct trace_desc *const *descs)
{
    for (size_t i = 0; descs != NULL && descs[i] != NULL; i++) {
        if (listing->count < listing->room) {
            listing->list[listing->count] = (struct trace_kind){.device = device, .desc = descs[i]};
        }
        listing->count++;
    }
}

size_t machine_list_events(const struct machine *machine, struct trace_kind *list, size_t room)
{
    struct listing listing = {.list = list, .room = room};

    for (size_t i = 0; i < machine->device_count; i++) {
        const struct device *device = machine->devices[i];

        add(&listing, device->path, device->class->events);
        add(&listing, device->path, of_any_device);
    }
    add(&listing, "machine", of_the_machine);
    return listing.count;
}
