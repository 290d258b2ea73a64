/* SPDX-License-Identifier: GPL-2.0-only */
/* See control_memory.h. A fault is planted at the present virtual time; the answer has the same fault as
 * --fault takes it, with that time, so that the run can be repeated without a socket. */
#include "emu/app/control_memory.h"

#include "emu/app/fault_spec.h"
#include "emu/machine/machine.h"

static json_t *module(const struct dimm *dimm, unsigned socket)
{
    return json_pack("{s:i, s:I, s:i, s:i, s:b, s:s, s:I}", "socket", (int)socket, "bytes",
                     (json_int_t)dimm->bytes, "ranks", dimm->ranks, "width", dimm->width, "ecc",
                     dimm->has_ecc, "part", dimm->part, "serial", (json_int_t)dimm->serial);
}

json_t *control_query_memory(struct machine *machine)
{
    const struct dimm_set *set = machine_dimms(machine);
    const struct dram_counts *counts = machine_memory_errors(machine);
    json_t *modules = json_array();

    for (unsigned i = 0; i < DIMM_SOCKETS; i++) {
        if (set->socket[i].bytes == 0) continue;
        (void)json_array_append_new(modules, module(&set->socket[i], i));
    }
    return json_pack("{s:o, s:b, s:{s:I, s:I, s:I, s:I}}", "modules", modules, "is-set-up",
                     machine_has_memory(machine), "errors", "corrected",
                     (json_int_t)counts->corrected, "uncorrected", (json_int_t)counts->uncorrected,
                     "parity", (json_int_t)counts->parity, "miscorrected",
                     (json_int_t)counts->miscorrected);
}

json_t *control_query_faults(struct machine *machine)
{
    json_t *list = json_array();

    for (size_t i = 0; i < machine_fault_count(machine); i++) {
        const struct fault_spec spec = {.fault = *machine_fault(machine, i)};
        char text[FAULT_SPEC_TEXT_BYTES];

        fault_spec_format(&spec, text);
        (void)json_array_append_new(list,
                                    json_pack("{s:I, s:s}", "index", (json_int_t)i, "spec", text));
    }
    return list;
}

json_t *control_fault_inject(struct machine *machine, json_t *arguments, struct error *err)
{
    const char *text = json_string_value(json_object_get(arguments, "spec"));
    char again[FAULT_SPEC_TEXT_BYTES];
    struct fault_spec spec;

    if (text == NULL) {
        (void)error_usage(err,
                          "fault-inject needs \"spec\": a fault as --fault takes it, without at=");
        return NULL;
    }
    if (fault_spec_parse(text, &spec, err) != 0) return NULL;
    if (spec.has_when) {
        (void)error_usage(err, "fault-inject plants at once: leave at= out");
        return NULL;
    }
    if (fault_spec_plant(machine, &spec, err) != 0) return NULL;
    spec.has_when = true;
    spec.when = machine_now(machine);
    fault_spec_format(&spec, again);
    return json_pack("{s:s, s:I}", "spec", again, "virtual-time", (json_int_t)spec.when);
}

json_t *control_fault_repair(struct machine *machine, json_t *arguments, struct error *err)
{
    json_t *index = json_object_get(arguments, "index");
    const json_int_t value = json_integer_value(index);

    if (!json_is_integer(index) || value < 0 || (uint64_t)value >= machine_fault_count(machine)) {
        (void)error_usage(
            err, "fault-repair needs \"index\": one that query-faults lists, less than %zu",
            machine_fault_count(machine));
        return NULL;
    }
    machine_fault_repair(machine, (size_t)value);
    return json_object();
}
