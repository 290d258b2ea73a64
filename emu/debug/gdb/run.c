/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that move the machine, and what is told of where it stopped (GDB manual E.3). It runs inside the packet: the
 * answer is the stop.
 *
 * Watchpoints. The debugger stands behind the instruction that made an access, as GDB expects it forwards. Backwards GDB
 * wants to be in front of it (the value is then the one before); so one more step back is made. And where GDB came to
 * forwards, that very access is the first to be met on the way back.
 */
#include <stdio.h>
#include <string.h>

#include "emu/debug/gdb/gdb_internal.h"

#define WHERE_BYTES 256

/* What one packet asks for. */
struct motion {
    bool is_step;
    bool is_range;
    unsigned core;
    uint64_t first; /* of a range */
    uint64_t end;
};

/* ---- Telling ---- */

void gdb_arrive(struct gdb_server *server)
{
    struct history_place here;

    history_here(server->config.history, &here);
    server->general = here.at.core < server->cores ? here.at.core : 0;
    (void)debugger_select_core(server->config.debugger, server->general);
}

static const char *word_of_point(const struct gdb_server *server, const struct gdb_point *point)
{
    switch (point->kind) {
    case GDB_POINT_SOFTWARE: return server->knows_swbreak ? "swbreak" : NULL;
    case GDB_POINT_HARDWARE: return server->knows_hwbreak ? "hwbreak" : NULL;
    case GDB_POINT_WRITE: return "watch";
    case GDB_POINT_READ: return "rwatch";
    case GDB_POINT_ACCESS: return "awatch";
    case GDB_POINT_KINDS: break;
    }
    return NULL;
}

static bool is_watch(const struct gdb_point *point)
{
    return point != NULL && point->kind >= GDB_POINT_WRITE;
}

/* "swbreak:;" and the like. A hit of a breakpoint that GDB did not set is told as text. */
static void put_hit(struct gdb_server *server, const struct debugger_reason *reason)
{
    const struct gdb_point *point = gdb_point_of(server, reason->number);
    const char *word = point != NULL ? word_of_point(server, point) : NULL;

    if (word == NULL) return;
    gdb_format(&server->out, "%s:", word);
    /* Of several watched places the one that this is about. */
    if (is_watch(point)) gdb_format(&server->out, "%llx", (unsigned long long)point->addr);
    gdb_put_char(&server->out, ';');
}

static void say_why(struct gdb_server *server, enum history_stop stop,
                    const struct debugger_reason *reason, const struct error *err)
{
    char where[WHERE_BYTES] = "";

    if (err->text[0] != '\0') gdb_console_say(server, "%s\n", err->text);
    if (stop == HISTORY_HIT && gdb_point_of(server, reason->number) == NULL) {
        debugger_where(server->config.debugger, where, sizeof(where));
        gdb_console_say(server, "%s\n", where);
    }
    if (stop == HISTORY_END && err->text[0] == '\0') {
        gdb_console_say(server, server->config.is_writable ? "The machine has ended its run.\n"
                                                           : "The recording ends here.\n");
    }
    if (stop == HISTORY_TROUBLE) gdb_console_say(server, "The machine cannot go on.\n");
}

static unsigned signal_of(enum history_stop stop)
{
    switch (stop) {
    case HISTORY_INTERRUPTED: return 2; /* SIGINT */
    case HISTORY_DIVERGED:
    case HISTORY_TROUBLE: return 6; /* SIGABRT */
    case HISTORY_THERE:
    case HISTORY_HIT:
    case HISTORY_BEGIN:
    case HISTORY_END: break;
    }
    return 5; /* SIGTRAP */
}

static void remember(struct gdb_server *server)
{
    const size_t bytes = server->out.bytes - 1;

    if (bytes >= sizeof(server->last_stop)) return;
    memcpy(server->last_stop, server->out.data + 1, bytes);
    server->last_stop[bytes] = '\0';
}

static void tell(struct gdb_server *server, enum history_stop stop,
                 const struct debugger_reason *reason)
{
    gdb_begin(server);
    gdb_format(&server->out, "T%02x", signal_of(stop));
    gdb_format(&server->out, "thread:%x;core:%x;", server->general + 1, server->general);
    remember(server); /* `?` says what is so for good */
    if (stop == HISTORY_HIT) put_hit(server, reason);
    if (stop == HISTORY_BEGIN) gdb_put(&server->out, "replaylog:begin;");
    if (stop == HISTORY_END) gdb_put(&server->out, "replaylog:end;");
    gdb_put_expedited(server);
    gdb_send(server);
}

/* No registers: GDB asks for them next. */
void gdb_last_stop(struct gdb_server *server)
{
    gdb_answer(server, server->last_stop);
}

/* ---- Moving ---- */

static bool begin_motion(struct gdb_server *server)
{
    if (server->is_broken) {
        gdb_refuse(server, "The history is broken");
        return false;
    }
    gdb_points_settle(server);
    server->takes_console = true;
    return true;
}

static void end_motion(struct gdb_server *server, enum history_stop stop,
                       const struct debugger_reason *reason, const struct error *err)
{
    if (stop == HISTORY_TROUBLE) server->is_broken = true;
    gdb_arrive(server);
    say_why(server, stop, reason, err);
    gdb_console_flush(server);
    server->takes_console = false;
    tell(server, stop, reason);
}

static void forward(struct gdb_server *server, const struct motion *motion)
{
    struct error err = ERROR_INIT;
    struct debugger_reason reason = {.number = 0};
    struct history_place here;
    enum history_stop stop;

    if (!begin_motion(server)) return;
    if (motion->is_range) {
        stop = gdb_step_range(server, motion->core, motion->first, motion->end, &err);
    } else if (motion->is_step) {
        stop = gdb_step(server, motion->core, false, &err);
    } else {
        stop = gdb_continue(server, false, &err);
    }
    debugger_reason(server->config.debugger, &reason);
    if (stop == HISTORY_HIT && is_watch(gdb_point_of(server, reason.number))) {
        history_here(server->config.history, &here);
        server->behind = reason;
        server->behind_at = here.at;
    }
    end_motion(server, stop, &reason, &err);
}

/* The access of a watchpoint that is still set was made right in front of here. */
static bool is_behind_access(struct gdb_server *server)
{
    struct history_place here;

    history_here(server->config.history, &here);
    return is_watch(gdb_point_of(server, server->behind.number)) &&
           memcmp(&here.at, &server->behind_at, sizeof(here.at)) == 0;
}

/* To the last hit; of a watchpoint to the front of its access. */
static enum history_stop continue_back(struct gdb_server *server, struct debugger_reason *reason,
                                       struct error *err)
{
    enum history_stop stop = HISTORY_HIT;
    enum history_stop last;

    if (is_behind_access(server)) {
        *reason = server->behind;
    } else {
        stop = gdb_continue(server, true, err);
        debugger_reason(server->config.debugger, reason);
    }
    if (stop != HISTORY_HIT || !is_watch(gdb_point_of(server, reason->number))) return stop;
    last = debugger_step(server->config.debugger, HISTORY_INSN, true, err);
    return last == HISTORY_TROUBLE || last == HISTORY_DIVERGED ? last : HISTORY_HIT;
}

void gdb_back(struct gdb_server *server, bool is_step)
{
    const unsigned core = server->is_any_core ? server->general : server->run_core;
    struct error err = ERROR_INIT;
    struct debugger_reason reason = {.number = 0};
    enum history_stop stop;

    if (!begin_motion(server)) return;
    stop = is_step ? gdb_step(server, core, true, &err) : continue_back(server, &reason, &err);
    end_motion(server, stop, &reason, &err);
}

/* An address to go on from would change the machine: that is what P is for. */
void gdb_resume(struct gdb_server *server, bool is_step, struct gdb_reader *in)
{
    const struct motion motion = {
        .is_step = is_step,
        .core = server->is_any_core ? server->general : server->run_core,
    };

    if (gdb_left(in) != 0) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    forward(server, &motion);
}

/* ---- vCont ---- */

/* One action, for the threads that no action before it named. */
struct action {
    char what; /* c, s, r or t */
    uint64_t first;
    uint64_t end;
    int thread;
};

static bool take_action(const struct gdb_server *server, struct gdb_reader *in,
                        struct action *action)
{
    uint64_t signal;

    if (gdb_left(in) == 0) return false;
    action->what = *in->at++;
    action->thread = -1;
    switch (action->what) {
    case 'C':
    case 'S':
        if (!gdb_take_hex(in, &signal)) return false;
        action->what = action->what == 'C' ? 'c' : 's';
        break;
    case 'r':
        if (!gdb_take_hex(in, &action->first) || !gdb_take(in, ",") ||
            !gdb_take_hex(in, &action->end)) {
            return false;
        }
        break;
    case 'c':
    case 's':
    case 't': break;
    default: return false;
    }
    if (gdb_take(in, ":") && !gdb_take_thread(server, in, &action->thread)) return false;
    return gdb_left(in) == 0 || gdb_take(in, ";");
}

/* Cores whose action is not known yet, as bits. */
static unsigned cores_of(const struct gdb_server *server, const struct action *action,
                         unsigned open)
{
    if (action->thread > 0) return open & 1u << (action->thread - 1);
    /* 0: any one */
    return action->thread == 0 ? open & 1u << server->general : open;
}

/* The first that steps decides: the others run while it does, as they always do. */
static void apply(const struct gdb_server *server, const struct action *action, unsigned cores,
                  struct motion *motion)
{
    if (cores == 0 || motion->is_step || (action->what != 's' && action->what != 'r')) return;
    motion->is_step = true;
    motion->is_range = action->what == 'r' && action->end > action->first;
    motion->first = action->first;
    motion->end = action->end;
    motion->core = cores & 1u << server->general ? server->general : (unsigned)__builtin_ctz(cores);
}

void gdb_vcont(struct gdb_server *server, struct gdb_reader *in)
{
    struct motion motion = {.is_step = false};
    unsigned open = (1u << server->cores) - 1;
    bool is_any_held = false;
    bool is_any_moved = false;

    while (gdb_left(in) > 0) {
        struct action action = {.what = '\0'};
        unsigned cores;

        if (!take_action(server, in, &action)) {
            gdb_answer(server, GDB_EINVAL);
            return;
        }
        cores = cores_of(server, &action, open);
        apply(server, &action, cores, &motion);
        if (cores != 0 && action.what == 't') is_any_held = true;
        if (cores != 0 && action.what != 't') is_any_moved = true;
        open &= ~cores;
    }
    if (is_any_held && !is_any_moved) {
        gdb_last_stop(server); /* they stand already */
        return;
    }
    if (is_any_held) {
        gdb_refuse(server, "Cores run together or not at all");
        return;
    }
    forward(server, &motion);
}
