/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See control_debug.h: what the debugger prints and what it can be asked, as JSON. Whatever is listed has a limit,
 * so an answer fits into what the socket holds (CONTROL_HELD_BYTES).
 */
#define _GNU_SOURCE

#include "emu/app/control_debug.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/control_text.h"
#include "emu/app/replay_session.h"
#include "emu/base/bits.h"
#include "emu/base/hex.h"
#include "emu/core/bus.h"
#include "emu/core/inbox.h"
#include "emu/core/reg.h"
#include "emu/cpu/cpu.h"
#include "emu/debug/debugger.h"
#include "emu/debug/trace/export.h"
#include "emu/debug/trace/filter.h"
#include "emu/machine/machine.h"

#define NUMBER_BYTES 19 /* 0x, 16 digits */
#define WHERE_BYTES  400

struct control_debug {
    struct debugger *debugger;
    struct history *history;
    struct machine *machine;
    struct control_motion *motion;
    bool is_alone;
    bool is_listening; /* a command prints into `text` */
    bool is_cut;       /* ...and has printed more than there is room for */
    size_t bytes;
    char *text; /* CONTROL_DEBUG_TEXT_BYTES + 1 */
};

/* ---- Life ---- */

static void take_text(void *ctx, const char *text, size_t bytes)
{
    struct control_debug *debug = ctx;
    const size_t room = CONTROL_DEBUG_TEXT_BYTES - debug->bytes;

    if (!debug->is_listening) return;
    debug->is_cut = debug->is_cut || bytes > room;
    bytes = bytes < room ? bytes : room;
    memcpy(debug->text + debug->bytes, text, bytes);
    debug->bytes += bytes;
}

struct control_debug *control_debug_create(struct debugger *debugger, struct machine *machine,
                                           struct control_motion *motion, bool is_alone,
                                           struct error *err)
{
    struct control_debug *debug = calloc(1, sizeof(*debug));
    const struct debugger_output output = {.ctx = debug, .write = take_text};

    if (debug != NULL) debug->text = malloc(CONTROL_DEBUG_TEXT_BYTES + 1);
    if (debug == NULL || debug->text == NULL) {
        (void)error_host(err, "out of memory");
        free(debug);
        return NULL;
    }
    debug->debugger = debugger;
    debug->history = motion->history;
    debug->machine = machine;
    debug->motion = motion;
    debug->is_alone = is_alone;
    debugger_set_output(debugger, &output);
    return debug;
}

void control_debug_destroy(struct control_debug *debug)
{
    static const struct debugger_output nowhere = {.write = NULL};

    if (debug == NULL) return;
    debugger_set_output(debug->debugger, &nowhere);
    free(debug->text);
    free(debug);
}

bool control_debug_has_quit(const struct control_debug *debug)
{
    return debugger_has_quit(debug->debugger);
}

/* ---- Interrupting ---- */

bool control_motion_is_urgent(const char *line, size_t bytes)
{
    json_t *command = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, NULL);
    const char *name = json_string_value(json_object_get(command, "execute"));
    const bool is_urgent =
        name != NULL && (strcmp(name, "debug-interrupt") == 0 || strcmp(name, "stop") == 0);

    json_decref(command);
    return is_urgent;
}

void control_motion_interrupt(void *ctx)
{
    struct control_motion *motion = ctx;

    if (atomic_load(&motion->is_moving)) history_interrupt(motion->history);
}

/* What wakes a machine that waits must not stop the next motion. */
static void forget_interrupts(struct control_debug *debug)
{
    struct inbox_message message;

    while (inbox_take_order(machine_inbox(debug->machine), &message)) {}
}

static void begin_motion(struct control_debug *debug)
{
    if (debug->is_alone) forget_interrupts(debug);
    atomic_store(&debug->motion->is_moving, true);
}

static void end_motion(struct control_debug *debug)
{
    atomic_store(&debug->motion->is_moving, false);
}

int control_debug_go(struct control_debug *debug, uint64_t seq, bool *has_diverged,
                     struct error *err)
{
    enum history_stop stop;

    begin_motion(debug);
    stop = replay_go(debug->history, seq, err);
    end_motion(debug);
    *has_diverged = stop == HISTORY_DIVERGED;
    return stop == HISTORY_DIVERGED || stop == HISTORY_TROUBLE ? -1 : 0;
}

/* ---- Numbers ---- */

static json_t *make_number(uint64_t value)
{
    char text[NUMBER_BYTES];

    (void)snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return json_string(text);
}

/* `name` is a number, or an expression as the debugger's `print` takes it. */
static int take_value(struct control_debug *debug, json_t *arguments, const char *name,
                      uint64_t *value, struct error *err)
{
    json_t *given = json_object_get(arguments, name);

    if (json_is_string(given)) {
        return debugger_value(debug->debugger, json_string_value(given), value, err);
    }
    if (!json_is_integer(given) || json_integer_value(given) < 0) {
        return error_usage(err, "\"%s\" is missing: a number, or an expression as a text", name);
    }
    *value = (uint64_t)json_integer_value(given);
    return 0;
}

/* A number from `least` to `most` that may be left out; `*value` is what it is then. */
static int take_count(json_t *arguments, const char *name, uint64_t most, uint64_t *value,
                      struct error *err)
{
    json_t *given = json_object_get(arguments, name);

    if (given == NULL) return 0;
    if (!json_is_integer(given) || json_integer_value(given) < 1 ||
        (uint64_t)json_integer_value(given) > most) {
        return error_usage(err, "\"%s\" is a number from 1 to %" PRIu64, name, most);
    }
    *value = (uint64_t)json_integer_value(given);
    return 0;
}

/* ---- Where ---- */

static const char *stop_text(enum history_stop stop)
{
    switch (stop) {
    case HISTORY_THERE: return "there";
    case HISTORY_HIT: return "hit";
    case HISTORY_BEGIN: return "begin";
    case HISTORY_END: return "end";
    case HISTORY_INTERRUPTED: return "interrupted";
    case HISTORY_DIVERGED: return "diverged";
    case HISTORY_TROUBLE: return "trouble";
    }
    return "there";
}

static json_t *make_reason(struct control_debug *debug)
{
    struct debugger_reason reason;
    json_t *object;

    debugger_reason(debug->debugger, &reason);
    object = json_pack("{s:s}", "stop", stop_text(reason.stop));
    if (reason.stop == HISTORY_HIT && reason.number != 0) {
        (void)json_object_set_new(object, "breakpoint", json_integer(reason.number));
    }
    return object;
}

static json_t *make_place(const struct history_place *place)
{
    return json_pack("{s:I, s:I}", "virtual-time", (json_int_t)place->when, "event",
                     (json_int_t)place->seq);
}

static json_t *make_where(struct control_debug *debug)
{
    const unsigned core = debugger_core(debug->debugger);
    struct error err = ERROR_INIT;
    struct history_place here;
    struct history_place last;
    struct debugger_insn insn;
    char line[WHERE_BYTES];
    uint64_t pc = 0;
    json_t *where;

    history_here(debug->history, &here);
    history_last(debug->history, &last);
    if (debugger_value(debug->debugger, "$pc", &pc, &err) != 0) pc = 0;
    debugger_where(debug->debugger, line, sizeof(line));
    where = make_place(&here);
    (void)json_object_set_new(where, "core", json_integer(core));
    (void)json_object_set_new(where, "address", make_number(pc));
    if (debugger_disassemble(debug->debugger, pc, &insn, 1) == 1) {
        (void)json_object_set_new(where, "instruction", control_text(insn.text));
        if (insn.symbol[0] != '\0') {
            (void)json_object_set_new(where, "symbol", control_text(insn.symbol));
        }
    }
    (void)json_object_set_new(where, "is-halted",
                              json_boolean(cpu_is_halted(machine_cpu(debug->machine, core))));
    (void)json_object_set_new(where, "is-at-begin",
                              json_boolean(history_is_at_begin(debug->history)));
    (void)json_object_set_new(where, "is-at-end", json_boolean(history_is_at_end(debug->history)));
    (void)json_object_set_new(where, "end", make_place(&last));
    (void)json_object_set_new(where, "reason", make_reason(debug));
    (void)json_object_set_new(where, "text", control_text(line));
    return where;
}

json_t *control_debug_where(struct control_debug *debug, json_t *arguments, struct error *err)
{
    (void)arguments;
    (void)err;
    return make_where(debug);
}

/* ---- A line as a person types it ---- */

json_t *control_debug_command(struct control_debug *debug, json_t *arguments, struct error *err)
{
    const char *line = json_string_value(json_object_get(arguments, "command"));
    json_t *answer;
    int result;

    if (line == NULL) {
        (void)error_usage(err, "debug needs \"command\": a line of docs/debugger.md");
        return NULL;
    }
    debug->bytes = 0;
    debug->is_cut = false;
    debug->is_listening = true;
    begin_motion(debug);
    result = debugger_command(debug->debugger, line, err);
    end_motion(debug);
    debug->is_listening = false;
    if (result != 0) return NULL;
    debug->text[debug->bytes] = '\0';
    answer =
        json_pack("{s:o, s:o}", "output", control_text(debug->text), "where", make_where(debug));
    if (debug->is_cut) (void)json_object_set_new(answer, "is-cut", json_true());
    return answer;
}

static void add_word(void *ctx, const char *word)
{
    (void)json_array_append_new(ctx, control_text(word));
}

json_t *control_debug_complete(struct control_debug *debug, json_t *arguments, struct error *err)
{
    const char *line = json_string_value(json_object_get(arguments, "line"));
    json_t *list;

    if (line == NULL) {
        (void)error_usage(err, "debug-complete needs \"line\": the begin of a command");
        return NULL;
    }
    list = json_array();
    debugger_complete(debug->debugger, line, add_word, list);
    return list;
}

json_t *control_debug_value(struct control_debug *debug, json_t *arguments, struct error *err)
{
    uint64_t value;

    if (take_value(debug, arguments, "expression", &value, err) != 0) return NULL;
    return json_pack("{s:o}", "value", make_number(value));
}

/* ---- Devices ---- */

/* How many devices have this path, or are called so (its last part, or a short name). */
static size_t find_devices(struct control_debug *debug, const char *name, size_t *found)
{
    const char *path;
    size_t count = 0;

    for (size_t i = 0; (path = debugger_device_path(debug->debugger, i)) != NULL; i++) {
        if (strcmp(path, name) == 0) {
            *found = i;
            return 1;
        }
        if (!trace_device_matches(name, path)) continue;
        *found = i;
        count++;
    }
    return count;
}

/* A short name that no other device has; NULL: there is none. */
static const char *short_name(struct control_debug *debug, const char *path)
{
    const char *alias = trace_alias_of(path);
    const char *slash = strrchr(path, '/');
    size_t found;

    if (alias != NULL) return alias;
    return slash != NULL && find_devices(debug, slash + 1, &found) == 1 ? slash + 1 : NULL;
}

static size_t count_registers(struct control_debug *debug, size_t device)
{
    struct debugger_register reg;
    size_t count = 0;

    while (debugger_register(debug->debugger, device, count, &reg)) {
        count++;
    }
    return count;
}

json_t *control_debug_devices(struct control_debug *debug, json_t *arguments, struct error *err)
{
    json_t *list = json_array();
    const char *path;

    (void)arguments;
    (void)err;
    for (size_t i = 0; (path = debugger_device_path(debug->debugger, i)) != NULL; i++) {
        const char *name = short_name(debug, path);
        json_t *device = json_pack("{s:s, s:I}", "path", path, "registers",
                                   (json_int_t)count_registers(debug, i));

        if (name != NULL) (void)json_object_set_new(device, "name", json_string(name));
        (void)json_array_append_new(list, device);
    }
    return list;
}

static json_t *make_fields(const struct debugger_register *reg)
{
    json_t *fields = json_object();

    for (const struct reg_field *field = reg->fields; field->name != NULL; field++) {
        (void)json_object_set_new(fields, field->name,
                                  make_number(bits_get(reg->value, field->hi, field->lo)));
    }
    return fields;
}

static json_t *make_register(const struct debugger_register *reg)
{
    json_t *object = json_pack("{s:s, s:s}", "bank", reg->bank, "name", reg->name);

    if (reg->is_array) (void)json_object_set_new(object, "index", json_integer(reg->index));
    (void)json_object_set_new(object, "offset", json_integer(reg->offset));
    (void)json_object_set_new(object, "size", json_integer(reg->size));
    (void)json_object_set_new(object, "value", make_number(reg->value));
    (void)json_object_set_new(object, "is-changed", json_boolean(reg->is_changed));
    if (reg->fields != NULL) (void)json_object_set_new(object, "fields", make_fields(reg));
    return object;
}

json_t *control_debug_registers(struct control_debug *debug, json_t *arguments, struct error *err)
{
    const char *name = json_string_value(json_object_get(arguments, "device"));
    json_t *list;
    struct debugger_register reg;
    size_t device = 0;
    size_t count;

    if (name == NULL) {
        (void)error_usage(err, "debug-registers needs \"device\": one that debug-devices lists");
        return NULL;
    }
    count = find_devices(debug, name, &device);
    if (count != 1) {
        (void)error_usage(err,
                          count == 0 ? "no device is called '%.60s'; debug-devices lists them"
                                     : "several devices are called '%.60s': give a path",
                          name);
        return NULL;
    }
    list = json_array();
    for (size_t i = 0; debugger_register(debug->debugger, device, i, &reg); i++) {
        (void)json_array_append_new(list, make_register(&reg));
    }
    return json_pack("{s:s, s:o}", "path", debugger_device_path(debug->debugger, device),
                     "registers", list);
}

/* ---- Memory and code ---- */

static json_t *make_insn(const struct debugger_insn *insn)
{
    char code[2 * sizeof(insn->code) + 1];
    json_t *object;

    hex_put(insn->code, insn->bytes, code);
    object = json_pack("{s:o, s:s, s:o}", "address", make_number(insn->addr), "code", code, "text",
                       control_text(insn->text));
    if (insn->symbol[0] != '\0') {
        (void)json_object_set_new(object, "symbol", control_text(insn->symbol));
    }
    return object;
}

json_t *control_debug_disassemble(struct control_debug *debug, json_t *arguments, struct error *err)
{
    const char *name = json_object_get(arguments, "address") != NULL ? "address" : NULL;
    uint64_t count = CONTROL_DEBUG_CODE_DEFAULT;
    struct debugger_insn insn;
    uint64_t addr = 0;
    json_t *list;

    if (take_count(arguments, "count", CONTROL_DEBUG_COUNT_MAX, &count, err) != 0) return NULL;
    if (name != NULL ? take_value(debug, arguments, name, &addr, err) != 0
                     : debugger_value(debug->debugger, "$pc", &addr, err) != 0) {
        return NULL;
    }
    list = json_array();
    for (uint64_t i = 0; i < count; i++) {
        if (debugger_disassemble(debug->debugger, addr, &insn, 1) != 1) break;
        (void)json_array_append_new(list, make_insn(&insn));
        addr += insn.bytes;
    }
    if (json_array_size(list) > 0) return list;
    json_decref(list);
    (void)error_usage(err, "nothing is mapped at 0x%" PRIx64, addr);
    return NULL;
}

/* Each returns how many of the bytes are there, from the first one on. */
static size_t peek_linear(struct control_debug *debug, uint64_t addr, uint8_t *data, size_t bytes)
{
    struct cpu *cpu = machine_cpu(debug->machine, debugger_core(debug->debugger));

    return cpu_peek_linear_part(cpu, addr, data, bytes);
}

static size_t peek_physical(struct control_debug *debug, uint64_t addr, uint8_t *data, size_t bytes)
{
    struct bus *bus = machine_memory(debug->machine);
    size_t done = 0;

    while (done < bytes && bus_find(bus, addr + done) != NULL) {
        data[done] = (uint8_t)bus_peek(bus, addr + done, 1);
        done++;
    }
    return done;
}

static json_t *read_memory(struct control_debug *debug, uint64_t addr, size_t bytes,
                           bool is_physical, struct error *err)
{
    uint8_t *data = malloc(bytes);
    char *text = malloc(2 * bytes + 1);
    json_t *answer = NULL;
    size_t done;

    if (data == NULL || text == NULL) {
        (void)error_host(err, "out of memory");
    } else {
        done = (is_physical ? peek_physical : peek_linear)(debug, addr, data, bytes);
        if (done < bytes) {
            (void)error_usage(err, "nothing is mapped at 0x%" PRIx64, addr + done);
        } else {
            hex_put(data, bytes, text);
            answer = json_pack("{s:o, s:s}", "address", make_number(addr), "data", text);
        }
    }
    free(data);
    free(text);
    return answer;
}

json_t *control_debug_memory(struct control_debug *debug, json_t *arguments, struct error *err)
{
    json_t *physical = json_object_get(arguments, "physical");
    uint64_t bytes = 0;
    uint64_t addr = 0;

    if (take_value(debug, arguments, "address", &addr, err) != 0 ||
        take_count(arguments, "bytes", CONTROL_DEBUG_MEMORY_MAX, &bytes, err) != 0) {
        return NULL;
    }
    if (bytes == 0) {
        (void)error_usage(err, "\"bytes\" is missing: a number from 1 to %u",
                          CONTROL_DEBUG_MEMORY_MAX);
        return NULL;
    }
    if (physical != NULL && !json_is_boolean(physical)) {
        (void)error_usage(err, "\"physical\" is true or false");
        return NULL;
    }
    if (addr > UINT64_MAX - bytes) {
        (void)error_usage(err, "that is beyond the end of all addresses");
        return NULL;
    }
    return read_memory(debug, addr, (size_t)bytes, json_is_true(physical), err);
}

/* ---- Events ---- */

/* As `spacegray trace list --json` has it. NULL: the host has no memory. */
static json_t *make_event(const struct trace_item *item)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    json_t *event;

    if (file == NULL) return NULL;
    export_json_item(item, file);
    event = fclose(file) == 0 ? json_loadb(text, bytes, 0, NULL) : NULL;
    free(text);
    return event;
}

/* `*from` is where to go on, or behind the last event. */
static json_t *list_events(struct trace_items *events, const struct trace_filter *filter,
                           uint64_t *from, uint64_t last, uint64_t count)
{
    json_t *list = json_array();
    struct trace_item item;

    while (*from <= last && json_array_size(list) < count) {
        if (!trace_items_from(events, *from, &item)) {
            *from = last + 1;
            break;
        }
        if (filter == NULL || trace_filter_matches(filter, &item)) {
            (void)json_array_append_new(list, make_event(&item));
        }
        *from = item.seq + 1;
    }
    return list;
}

/* The last ones up to here, unless it is said from where. */
static int take_from(struct control_debug *debug, json_t *arguments, uint64_t count, uint64_t *from,
                     struct error *err)
{
    struct history_place here;

    history_here(debug->history, &here);
    *from = here.seq > count ? here.seq - count + 1 : 1;
    if (json_object_get(arguments, "filter") != NULL) *from = 1;
    return take_count(arguments, "from", INT64_MAX, from, err);
}

json_t *control_debug_events(struct control_debug *debug, json_t *arguments, struct error *err)
{
    json_t *pattern = json_object_get(arguments, "filter");
    struct trace_items events = history_events(debug->history);
    struct trace_filter *filter = NULL;
    uint64_t count = CONTROL_DEBUG_EVENTS_DEFAULT;
    uint64_t first;
    uint64_t last;
    uint64_t from;
    json_t *answer;

    if (take_count(arguments, "count", CONTROL_DEBUG_COUNT_MAX, &count, err) != 0 ||
        take_from(debug, arguments, count, &from, err) != 0) {
        return NULL;
    }
    if (pattern != NULL && !json_is_string(pattern)) {
        (void)error_usage(err, "\"filter\" is a text as docs/trace.md has it");
        return NULL;
    }
    if (pattern != NULL) {
        filter = debugger_filter(debug->debugger, json_string_value(pattern), err);
        if (filter == NULL) return NULL;
    }
    events.range(events.ctx, &first, &last);
    from = max_u64(from, first);
    answer = json_pack("{s:o}", "events", list_events(&events, filter, &from, last, count));
    if (from <= last) (void)json_object_set_new(answer, "next", json_integer((json_int_t)from));
    if (filter != NULL) trace_filter_destroy(filter);
    return answer;
}
