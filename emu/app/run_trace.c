/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/run_trace.h"

#include <stdlib.h>

#include "emu/core/trace.h"
#include "emu/debug/trace/ctf.h"
#include "emu/debug/trace/filter.h"
#include "emu/machine/events.h"
#include "emu/machine/instant.h"

int run_trace_check(struct run_trace *trace, const struct run_options *options, struct error *err)
{
    struct error why = ERROR_INIT;

    *trace = (struct run_trace){.filter = NULL};
    if (options->trace_filter == NULL) return 0;
    if (options->trace == NULL) return error_usage(err, "--trace-filter needs --trace");
    trace->filter = trace_filter_parse(options->trace_filter, &why);
    return trace->filter != NULL ? 0 : error_usage(err, "--trace-filter: %s", why.text);
}

/* What can happen is known when there is a machine. */
static int check_names(const struct trace_filter *filter, const struct machine *machine,
                       struct error *err)
{
    const size_t count = machine_list_events(machine, NULL, 0);
    struct trace_kind *kinds = calloc(count, sizeof(*kinds));
    struct error why = ERROR_INIT;
    int result;

    if (kinds == NULL) return error_host(err, "out of memory");
    (void)machine_list_events(machine, kinds, count);
    result = trace_filter_check(filter, kinds, count, &why);
    free(kinds);
    return result == 0 ? 0 : error_usage(err, "--trace-filter: %s", why.text);
}

int run_trace_start(struct run_trace *trace, const struct run_options *options,
                    struct machine *machine, struct error *err)
{
    char name[MACHINE_NAME_BYTES];
    struct trace_sink sink;

    if (options->trace == NULL) return 0;
    if (trace->filter != NULL && check_names(trace->filter, machine, err) != 0) return -1;
    machine_get_name(machine, name);
    trace->writer = ctf_writer_open(options->trace, name, err);
    if (trace->writer == NULL) return -1;
    trace->machine = machine;
    sink = ctf_writer_sink(trace->writer, trace->filter);
    ctf_writer_catch_up(trace->writer, machine_trace(machine));
    if (trace_add_sink(machine_trace(machine), &sink)) return 0;
    return error_host(err, "--trace: too many listen to the trace already");
}

int run_trace_finish(struct run_trace *trace, struct error *err)
{
    int result = 0;

    if (trace->writer != NULL) {
        trace_remove_sink(machine_trace(trace->machine),
                          ctf_writer_sink(trace->writer, trace->filter).ctx);
        result = ctf_writer_close(trace->writer, err);
    }
    trace_filter_destroy(trace->filter);
    *trace = (struct run_trace){.filter = NULL};
    return result;
}
