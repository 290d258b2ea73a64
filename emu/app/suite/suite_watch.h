/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test asks a machine besides what comes out of its ports: values (the debugger's expressions) and events (the
 * trace's filters). Only looks: nothing in the machine changes by it, and what nobody asked for costs nothing.
 */
#pragma once

#include "emu/app/suite/suite.h"
#include "emu/debug/observer.h"

struct suite_watch;

/* Of a machine that stands between two runs. `symbols` may be NULL; both are borrowed. NULL with `err`. Works in a forked
 * copy of the process, too. */
struct suite_watch *suite_watch_create(struct machine *machine, const struct symbols *symbols,
                                       struct error *err);
/* Before the machine goes. */
void suite_watch_destroy(struct suite_watch *watch);

/* Of an expression at the present place, of core 0 unless it names another one: registers of cores and devices, MSRs, memory,
 * symbols (docs/debugger.md). OBSERVER_VALUE is 0; else `err` (ERROR_USAGE) says why not: OBSERVER_REFUSED for ever,
 * OBSERVER_UNREADABLE may be read later (who waits goes on). */
enum observer_result suite_watch_value(struct suite_watch *watch, const char *expression,
                                       uint64_t *value, struct error *err) MUST_CHECK;

#define SUITE_WATCHES_MAX 64u
/* Events that `filter` lets through are counted, from none. With `stops` each of them ends machine_run() (MACHINE_BREAK) at
 * the next boundary: for who waits, or must not go on. *number is for the calls below. -1 with `err`: no filter, too
 * many at a time, a name that no event of this machine has. */
int suite_watch_events(struct suite_watch *watch, const char *filter, bool stops, unsigned *number,
                       struct error *err) MUST_CHECK;
/* Its events are of no interest any more; the number may be given again. */
void suite_watch_drop(struct suite_watch *watch, unsigned number);
uint64_t suite_watch_count(const struct suite_watch *watch, unsigned number);
/* Its first event since suite_watch_events(), as a line of the trace, and its time; "" and 0: there was none. */
const char *suite_watch_first(const struct suite_watch *watch, unsigned number, vtime *when);
/* Events of these levels from now on, but for exceptions, end machine_run(), and are told by suite_watch_complaint().
 * In place of what was tolerated so far. -1 with `err`: as suite_watch_events(), of an exception. */
int suite_watch_tolerate(struct suite_watch *watch, const struct suite_tolerance *tolerance,
                         struct error *err) MUST_CHECK;
/* The first of them as a line of the trace; NULL: none. */
const char *suite_watch_complaint(const struct suite_watch *watch);
/* Forgets all events and tolerances: the next test. */
void suite_watch_clear(struct suite_watch *watch);
