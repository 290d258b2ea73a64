/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Value change dumps (IEEE 1364-2005, 18). A signal has to be declared before its first value, and nobody knows which
 * there are, so the events are walked through twice. Each device is a module, named by its path:
 *
 *     irq_line                 a wire NAME_line with the name of the line
 *     reg_read, reg_write      a register with the register's name, and _N when its index N is not 0
 *     any other event          an impulse NAME_event, and a register NAME_FIELD for each number of it
 *
 * So a name has one kind in each module. The machine's own events are in a module for each core. A register is as wide
 * as its largest value wants.
 */
#define _GNU_SOURCE /* qsort_r */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/hash.h"
#include "emu/debug/trace/export_internal.h"

#define NAME_BYTES    256u
#define SIGNALS_MAX   65536u
#define FIRST_SIGNALS 256u
#define VCD_ID_BYTES  8u

enum signal_kind {
    SIGNAL_WIRE,
    SIGNAL_REGISTER,
    SIGNAL_IMPULSE,
};

struct signal {
    enum signal_kind kind;
    uint64_t largest;
    char *module; /* both owned, in one piece */
    char *name;
};

struct vcd {
    FILE *file;
    struct signal *signals; /* in the order in which they were met */
    size_t count;
    size_t capacity;
    size_t *table; /* open addressing: index of a signal + 1, 0: unused */
    size_t table_size;
    uint64_t now; /* the time that was written last */
};

/* ---- Names ---- */

/* Copies what an identifier may have; the rest becomes an underscore. GTKWave takes dots and slashes for its tree. */
static void put_identifier(char *out, size_t bytes, const char *text)
{
    size_t length = 0;

    for (; text[length] != '\0' && length + 1 < bytes; length++) {
        const char c = text[length];
        const bool is_plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        out[length] = '_';
        if (is_plain) out[length] = c;
    }
    if (length == 0 && bytes > 1) {
        out[length] = '_';
        length++;
    }
    out[length] = '\0';
}

static void module_name(const struct trace_item *item, char name[NAME_BYTES])
{
    const char *path = item->device;

    if (strcmp(path, "machine") == 0) {
        (void)snprintf(name, NAME_BYTES, "core%u", item->core);
        return;
    }
    put_identifier(name, NAME_BYTES, *path == '/' ? path + 1 : path);
}

/* The short name of a signal in the dump: its number in the printable characters. */
static void short_name(size_t number, char id[VCD_ID_BYTES])
{
    size_t length = 0;

    do {
        id[length] = (char)('!' + number % 94);
        length++;
        number /= 94;
    } while (number > 0 && length + 1 < VCD_ID_BYTES);
    id[length] = '\0';
}

/* ---- The list of signals ---- */

static uint64_t hash_of(const char *module, const char *name)
{
    return hash_string(hash_string(HASH_SEED, module), name) >> 16;
}

static size_t *slot_of(const struct vcd *vcd, const char *module, const char *name)
{
    size_t i = (size_t)hash_of(module, name) & (vcd->table_size - 1);

    while (vcd->table[i] != 0) {
        const struct signal *signal = &vcd->signals[vcd->table[i] - 1];

        if (strcmp(signal->name, name) == 0 && strcmp(signal->module, module) == 0) break;
        i = (i + 1) & (vcd->table_size - 1);
    }
    return &vcd->table[i];
}

/* Room for one more; half of the table stays empty. */
static int make_room(struct vcd *vcd)
{
    const size_t capacity = vcd->capacity == 0 ? FIRST_SIGNALS : vcd->capacity * 2;
    struct signal *signals;
    size_t *table;

    if (vcd->count < vcd->capacity) return 0;
    signals = realloc(vcd->signals, capacity * sizeof(*signals));
    if (signals == NULL) return -1;
    vcd->signals = signals;
    table = calloc(capacity * 2, sizeof(*table));
    if (table == NULL) return -1;
    free(vcd->table);
    vcd->table = table;
    vcd->table_size = capacity * 2;
    vcd->capacity = capacity;
    for (size_t i = 0; i < vcd->count; i++) {
        *slot_of(vcd, signals[i].module, signals[i].name) = i + 1;
    }
    return 0;
}

static int add_signal(struct vcd *vcd, enum signal_kind kind, const char *module, const char *name,
                      struct error *err)
{
    const size_t module_bytes = strlen(module) + 1;
    const size_t name_bytes = strlen(name) + 1;
    struct signal *signal;

    if (vcd->count >= SIGNALS_MAX) {
        return error_host(err, "there are more than %u signals; use a filter", SIGNALS_MAX);
    }
    if (make_room(vcd) != 0) return error_host(err, "out of memory");
    signal = &vcd->signals[vcd->count];
    *signal = (struct signal){.kind = kind, .module = malloc(module_bytes + name_bytes)};
    if (signal->module == NULL) return error_host(err, "out of memory");
    signal->name = signal->module + module_bytes;
    memcpy(signal->module, module, module_bytes);
    memcpy(signal->name, name, name_bytes);
    vcd->count++;
    *slot_of(vcd, module, name) = vcd->count;
    return 0;
}

/* ---- What an event changes ---- */

struct change {
    enum signal_kind kind;
    char name[2 * NAME_BYTES + 8];
    uint64_t value;
};

#define CHANGES_MAX (TRACE_ARGS + 1)

static bool has_fields(const struct trace_item *item, const char *text, const char *number,
                       uint64_t *value)
{
    const char *none;

    return item->type->field_count > 0 && item->type->is_text[0] &&
           strcmp(item->type->fields[0], text) == 0 &&
           trace_item_field(item, number, value, &none) && none == NULL;
}

static void register_name(const struct trace_item *item, struct change *change)
{
    char name[NAME_BYTES];
    uint64_t index = 0;
    const char *none;

    put_identifier(name, sizeof(name), item->texts[0]);
    (void)trace_item_field(item, "index", &index, &none);
    if (index == 0) {
        (void)snprintf(change->name, sizeof(change->name), "%s", name);
    } else {
        (void)snprintf(change->name, sizeof(change->name), "%s_%" PRIu64, name, index);
    }
}

static size_t other_changes(const struct trace_item *item, struct change changes[CHANGES_MAX])
{
    const struct trace_type *type = item->type;
    char event[NAME_BYTES];
    char field[NAME_BYTES];
    size_t count = 1;

    put_identifier(event, sizeof(event), type->name);
    changes[0].kind = SIGNAL_IMPULSE;
    (void)snprintf(changes[0].name, sizeof(changes[0].name), "%s_event", event);
    for (unsigned i = 0; i < type->field_count; i++) {
        if (type->is_text[i]) continue;
        put_identifier(field, sizeof(field), type->fields[i]);
        changes[count].kind = SIGNAL_REGISTER;
        changes[count].value = item->args[i];
        (void)snprintf(changes[count].name, sizeof(changes[count].name), "%s_%s", event, field);
        count++;
    }
    return count;
}

static size_t changes_of(const struct trace_item *item, struct change changes[CHANGES_MAX])
{
    const char *event = item->type->name;
    char line[NAME_BYTES];
    uint64_t value;

    if (strcmp(event, "irq_line") == 0 && has_fields(item, "line", "level", &value)) {
        changes[0].kind = SIGNAL_WIRE;
        changes[0].value = value != 0;
        put_identifier(line, sizeof(line), item->texts[0]);
        (void)snprintf(changes[0].name, sizeof(changes[0].name), "%s_line", line);
        return 1;
    }
    if ((strcmp(event, "reg_read") == 0 && has_fields(item, "reg", "value", &value)) ||
        (strcmp(event, "reg_write") == 0 && has_fields(item, "reg", "now", &value))) {
        changes[0].kind = SIGNAL_REGISTER;
        changes[0].value = value;
        register_name(item, &changes[0]);
        return 1;
    }
    return other_changes(item, changes);
}

/* ---- The two walks ---- */

static int declare(void *ctx, const struct trace_item *item, struct error *err)
{
    struct vcd *vcd = ctx;
    struct change changes[CHANGES_MAX];
    const size_t count = changes_of(item, changes);
    char module[NAME_BYTES];

    module_name(item, module);
    for (size_t i = 0; i < count; i++) {
        struct signal *signal;
        size_t number;

        if (vcd->count == 0 || *slot_of(vcd, module, changes[i].name) == 0) {
            if (add_signal(vcd, changes[i].kind, module, changes[i].name, err) != 0) return -1;
        }
        number = *slot_of(vcd, module, changes[i].name) - 1;
        signal = &vcd->signals[number];
        if (changes[i].kind == SIGNAL_REGISTER && changes[i].value > signal->largest) {
            signal->largest = changes[i].value;
        }
    }
    return 0;
}

/* What a register's largest value wants, in whole bytes. */
static unsigned width_of(const struct signal *signal)
{
    unsigned width = 8;

    if (signal->kind != SIGNAL_REGISTER) return 1;
    while (width < 64 && signal->largest >> width != 0) {
        width += 8;
    }
    return width;
}

static void put_declaration(struct vcd *vcd, size_t number)
{
    static const char *const kinds[] = {
        [SIGNAL_WIRE] = "wire",
        [SIGNAL_REGISTER] = "reg",
        [SIGNAL_IMPULSE] = "event",
    };
    const struct signal *signal = &vcd->signals[number];
    char id[VCD_ID_BYTES];

    short_name(number, id);
    (void)fprintf(vcd->file, "$var %s %u %s %s $end\n", kinds[signal->kind], width_of(signal), id,
                  signal->name);
}

static int compare_signals(const void *left, const void *right, void *ctx)
{
    const struct signal *signals = ctx;
    const struct signal *a = &signals[*(const size_t *)left];
    const struct signal *b = &signals[*(const size_t *)right];
    const int modules = strcmp(a->module, b->module);

    return modules != 0 ? modules : strcmp(a->name, b->name);
}

static void put_head(struct vcd *vcd, const size_t *order)
{
    const char *module = NULL;
    char id[VCD_ID_BYTES];

    (void)fputs("$version spacegray $end\n$timescale 1 ps $end\n$scope module machine $end\n",
                vcd->file);
    for (size_t i = 0; i < vcd->count; i++) {
        const struct signal *signal = &vcd->signals[order[i]];

        if (module == NULL || strcmp(module, signal->module) != 0) {
            if (module != NULL) (void)fputs("$upscope $end\n", vcd->file);
            module = signal->module;
            (void)fprintf(vcd->file, "$scope module %s $end\n", module);
        }
        put_declaration(vcd, order[i]);
    }
    if (module != NULL) (void)fputs("$upscope $end\n", vcd->file);
    (void)fputs("$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n", vcd->file);
    for (size_t i = 0; i < vcd->count; i++) {
        if (vcd->signals[i].kind == SIGNAL_IMPULSE) continue;
        short_name(i, id);
        (void)fprintf(vcd->file, vcd->signals[i].kind == SIGNAL_WIRE ? "x%s\n" : "bx %s\n", id);
    }
    (void)fputs("$end\n", vcd->file);
}

static void put_binary(FILE *file, uint64_t value)
{
    unsigned bit = 64;

    while (bit > 1 && (value >> (bit - 1) & 1u) == 0) {
        bit--;
    }
    for (; bit > 0; bit--) {
        (void)fputc((value >> (bit - 1) & 1u) != 0 ? '1' : '0', file);
    }
}

static int put_changes(void *ctx, const struct trace_item *item, struct error *err)
{
    struct vcd *vcd = ctx;
    struct change changes[CHANGES_MAX];
    const size_t count = changes_of(item, changes);
    char module[NAME_BYTES];
    char id[VCD_ID_BYTES];

    (void)err;
    module_name(item, module);
    if (item->when != vcd->now) {
        (void)fprintf(vcd->file, "#%" PRIu64 "\n", item->when);
        vcd->now = item->when;
    }
    for (size_t i = 0; i < count; i++) {
        short_name(*slot_of(vcd, module, changes[i].name) - 1, id);
        switch (changes[i].kind) {
        case SIGNAL_WIRE: (void)fprintf(vcd->file, "%u%s\n", changes[i].value != 0, id); break;
        case SIGNAL_REGISTER:
            (void)fputc('b', vcd->file);
            put_binary(vcd->file, changes[i].value);
            (void)fprintf(vcd->file, " %s\n", id);
            break;
        case SIGNAL_IMPULSE: (void)fprintf(vcd->file, "1%s\n", id); break;
        }
    }
    return 0;
}

static void release(struct vcd *vcd)
{
    for (size_t i = 0; i < vcd->count; i++) {
        free(vcd->signals[i].module);
    }
    free(vcd->signals);
    free(vcd->table);
}

/* The signals by module and name. NULL: no memory. */
static size_t *sorted(struct vcd *vcd)
{
    size_t *order = malloc((vcd->count + 1) * sizeof(*order));

    if (order == NULL) return NULL;
    for (size_t i = 0; i < vcd->count; i++) {
        order[i] = i;
    }
    qsort_r(order, vcd->count, sizeof(*order), compare_signals, vcd->signals);
    return order;
}

int export_vcd(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
               struct error *err)
{
    struct vcd vcd = {.file = file};
    int result = export_walk(items, filter, NULL, declare, &vcd, err);
    size_t *order;

    if (result == 0) {
        order = sorted(&vcd);
        if (order == NULL) {
            result = error_host(err, "out of memory");
        } else {
            put_head(&vcd, order);
            free(order);
            result = export_walk(items, filter, file, put_changes, &vcd, err);
        }
    }
    release(&vcd);
    return export_end(file, result, err);
}
