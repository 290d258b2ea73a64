/* SPDX-License-Identifier: GPL-2.0-only */
/* `run --trace DIR`: what happens goes to a CTF trace. */
#pragma once

#include "emu/app/run_options.h"

struct ctf_writer;
struct machine;
struct trace_filter;

struct run_trace {
    struct trace_filter *filter; /* NULL: everything */
    struct ctf_writer *writer;   /* NULL: no trace */
    struct machine *machine;
};

/* The options go together. -1 with `err`. */
int run_trace_check(struct run_trace *trace, const struct run_options *options,
                    struct error *err) MUST_CHECK;
/* From here on; the machine is at power-on. -1 with `err`. */
int run_trace_start(struct run_trace *trace, const struct run_options *options,
                    struct machine *machine, struct error *err) MUST_CHECK;
/* The trace is whole; before the machine goes. -1 with `err`: it is not. Harmless when none was started. */
int run_trace_finish(struct run_trace *trace, struct error *err) MUST_CHECK;
