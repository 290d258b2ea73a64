/* SPDX-License-Identifier: GPL-2.0-only */
/* Life of an observer, and which events it knows. See observer.h. */
#include "emu/debug/observer_internal.h"

#include <stdlib.h>

#include "emu/debug/trace/filter.h"
#include "emu/machine/instant.h"

struct observer *observer_create(struct machine *machine, const struct symbols *symbols,
                                 struct error *err)
{
    struct observer *observer = calloc(1, sizeof(*observer));

    if (observer == NULL) {
        (void)error_host(err, "no memory for names of registers");
        return NULL;
    }
    observer->machine = machine;
    observer->symbols = symbols;
    if (names_create(observer, err) == 0) return observer;
    observer_destroy(observer);
    return NULL;
}

void observer_destroy(struct observer *observer)
{
    if (observer == NULL) return;
    names_destroy(observer);
    free(observer);
}

struct cpu *observer_cpu(const struct observer *observer, unsigned core)
{
    struct cpu_set *cpus = machine_cpus(observer->machine);

    return core < cpu_set_count(cpus) ? cpu_set_core(cpus, core) : NULL;
}

struct trace_filter *observer_filter(const struct observer *observer, const char *text,
                                     struct error *err)
{
    struct trace_filter *filter = trace_filter_parse(text, err);

    if (filter == NULL ||
        trace_filter_check(filter, observer->kinds, observer->kind_count, err) == 0)
        return filter;
    trace_filter_destroy(filter);
    return NULL;
}

const struct trace_kind *observer_kinds(const struct observer *observer, size_t *count)
{
    *count = observer->kind_count;
    return observer->kinds;
}
