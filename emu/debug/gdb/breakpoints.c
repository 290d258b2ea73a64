/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Z and z. GDB takes all its breakpoints away whenever the machine stops and puts them back before it goes on;
 * each change costs retranslation of code, and the debugger's counts. So z only marks; what is not wanted
 * when the machine moves goes then (gdb_points_settle()).
 */
#include <string.h>

#include "emu/debug/gdb/gdb_internal.h"

#define WATCH_BYTES_MAX (UINT64_C(1) << 32)

static bool is_code(enum gdb_point_kind kind)
{
    return kind == GDB_POINT_SOFTWARE || kind == GDB_POINT_HARDWARE;
}

static enum debugger_watch watch_of(enum gdb_point_kind kind)
{
    static const enum debugger_watch watches[GDB_POINT_KINDS] = {
        [GDB_POINT_SOFTWARE] = DEBUGGER_CODE, [GDB_POINT_HARDWARE] = DEBUGGER_CODE,
        [GDB_POINT_WRITE] = DEBUGGER_WRITE,   [GDB_POINT_READ] = DEBUGGER_READ,
        [GDB_POINT_ACCESS] = DEBUGGER_ACCESS,
    };

    return watches[kind];
}

static struct gdb_point *find(struct gdb_server *server, const struct gdb_point *like)
{
    for (unsigned i = 0; i < GDB_BREAKPOINTS_MAX; i++) {
        struct gdb_point *point = &server->points[i];

        if (point->number != 0 && point->kind == like->kind && point->addr == like->addr &&
            point->bytes == like->bytes) {
            return point;
        }
    }
    return NULL;
}

static struct gdb_point *find_free(struct gdb_server *server)
{
    for (unsigned i = 0; i < GDB_BREAKPOINTS_MAX; i++) {
        if (server->points[i].number == 0) return &server->points[i];
    }
    return NULL;
}

/* `monitor delete` may have been there before: then there is nothing to delete. */
static void drop(struct gdb_server *server, struct gdb_point *point)
{
    struct error err = ERROR_INIT;

    (void)debugger_delete(server->config.debugger, point->number, &err);
    *point = (struct gdb_point){.number = 0};
}

void gdb_points_settle(struct gdb_server *server)
{
    for (unsigned i = 0; i < GDB_BREAKPOINTS_MAX; i++) {
        struct gdb_point *point = &server->points[i];

        if (point->number != 0 && !point->is_wanted) drop(server, point);
    }
}

void gdb_points_drop(struct gdb_server *server)
{
    for (unsigned i = 0; i < GDB_BREAKPOINTS_MAX; i++) {
        server->points[i].is_wanted = false;
    }
    gdb_points_settle(server);
}

const struct gdb_point *gdb_point_of(const struct gdb_server *server, unsigned number)
{
    for (unsigned i = 0; i < GDB_BREAKPOINTS_MAX; i++) {
        if (number != 0 && server->points[i].number == number) return &server->points[i];
    }
    return NULL;
}

/* "KIND,ADDR,LENGTH", and behind it what is not understood: conditions, commands. */
static bool take_point(struct gdb_reader *in, struct gdb_point *point)
{
    if (gdb_left(in) == 0 || *in->at < '0' || *in->at >= '0' + GDB_POINT_KINDS) return false;
    point->kind = (enum gdb_point_kind)(*in->at - '0');
    in->at++;
    if (!gdb_take(in, ",") || !gdb_take_range(in, &point->addr, &point->bytes)) return false;
    if (is_code(point->kind)) {
        point->bytes = 1;
        return true;
    }
    return point->bytes > 0 && point->bytes <= WATCH_BYTES_MAX &&
           point->addr + (point->bytes - 1) >= point->addr;
}

static void set_point(struct gdb_server *server, const struct gdb_point *asked)
{
    struct gdb_point *point = find(server, asked);
    struct error err = ERROR_INIT;
    int number;

    if (point != NULL) {
        point->is_wanted = true;
        gdb_answer(server, "OK");
        return;
    }
    if (find_free(server) == NULL) gdb_points_settle(server);
    point = find_free(server);
    if (point == NULL) {
        gdb_answer(server, GDB_ENOSPC);
        return;
    }
    number = debugger_add_watch(server->config.debugger, watch_of(asked->kind), asked->addr,
                                asked->bytes, &err);
    if (number <= 0) {
        gdb_refuse(server, err.text[0] != '\0' ? err.text : "No room for another breakpoint");
        return;
    }
    *point = *asked;
    point->number = (unsigned)number;
    point->is_wanted = true;
    gdb_answer(server, "OK");
}

void gdb_point(struct gdb_server *server, struct gdb_reader *in, bool is_set)
{
    struct gdb_point asked = {.number = 0};
    struct gdb_point *point;

    if (gdb_left(in) > 0 && *in->at >= '0' + GDB_POINT_KINDS) {
        gdb_answer(server, "");
        return;
    }
    if (!take_point(in, &asked)) {
        gdb_answer(server, GDB_EINVAL);
        return;
    }
    if (server->is_broken) {
        gdb_refuse(server, "The history is broken");
        return;
    }
    if (is_set) {
        set_point(server, &asked);
        return;
    }
    point = find(server, &asked);
    if (point != NULL) point->is_wanted = false;
    gdb_answer(server, "OK");
}
