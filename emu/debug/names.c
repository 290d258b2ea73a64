/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices, registers and fields by name. The tables are made once: devices and their registers do not change
 * while a machine lives.
 */
#include "emu/debug/observer_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/debug/trace/filter.h"
#include "emu/machine/events.h"

/* ---- Tables ---- */

static unsigned elements_of(const struct reg *reg)
{
    return reg->count > 1 ? reg->count : 1;
}

static size_t list_registers(const struct device_class *class, struct register_place *list)
{
    size_t count = 0;

    for (const struct reg_bank *bank = class->banks; bank != NULL && bank->name != NULL; bank++) {
        for (const struct reg *reg = bank->regs; reg->name != NULL; reg++) {
            for (unsigned i = 0; list != NULL && i < elements_of(reg); i++) {
                list[count + i] = (struct register_place){.bank = bank, .reg = reg, .index = i};
            }
            count += elements_of(reg);
        }
    }
    return count;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static bool is_last_part_unique(struct machine *machine, const struct device *device)
{
    const char *name = last_part(device->path);

    for (size_t i = 0; i < machine_device_count(machine); i++) {
        const struct device *other = machine_device(machine, i);

        if (other != device && strcmp(last_part(other->path), name) == 0) return false;
    }
    return true;
}

/* The name of trace/aliases.c, or the path's last part where that says something. */
static void set_alias(struct machine *machine, struct device_view *view)
{
    const char *alias = trace_alias_of(view->device->path);

    if (alias == NULL && is_last_part_unique(machine, view->device) &&
        strchr(last_part(view->device->path), '.') == NULL) {
        alias = last_part(view->device->path);
    }
    if (alias != NULL) {
        (void)snprintf(view->alias, sizeof(view->alias), "%s", alias);
    }
}

static int make_view(struct machine *machine, struct device *device, struct device_view *view)
{
    const size_t count = list_registers(device->class, NULL);

    *view = (struct device_view){
        .device = device,
        .pci = pci_is_fn(device) ? (const struct pci_fn *)(const void *)device : NULL,
        .register_count = count,
        .registers = calloc(count + 1, sizeof(*view->registers)),
        .before = calloc(count + 1, sizeof(*view->before)),
    };
    if (view->registers == NULL || view->before == NULL) return -1;
    (void)list_registers(device->class, view->registers);
    set_alias(machine, view);
    return 0;
}

static int by_path(const void *a, const void *b)
{
    const struct device_view *left = a;
    const struct device_view *right = b;

    return strcmp(left->device->path, right->device->path);
}

int names_create(struct observer *observer, struct error *err)
{
    struct machine *machine = observer->machine;
    const size_t count = machine_device_count(machine);

    observer->devices = calloc(count + 1, sizeof(*observer->devices));
    if (observer->devices == NULL) return error_host(err, "no memory for names of registers");
    for (size_t i = 0; i < count; i++) {
        observer->device_count++;
        if (make_view(machine, machine_device(machine, i), &observer->devices[i]) != 0) {
            return error_host(err, "no memory for names of registers");
        }
    }
    observer->kind_count = machine_list_events(machine, NULL, 0);
    observer->kinds = calloc(observer->kind_count, sizeof(*observer->kinds));
    if (observer->kinds == NULL) return error_host(err, "no memory for names of registers");
    (void)machine_list_events(machine, observer->kinds, observer->kind_count);
    qsort(observer->devices, count, sizeof(*observer->devices), by_path);
    return 0;
}

void names_destroy(struct observer *observer)
{
    for (size_t i = 0; i < observer->device_count; i++) {
        free(observer->devices[i].registers);
        free(observer->devices[i].before);
    }
    free(observer->devices);
    free(observer->kinds);
}

/* ---- Devices ---- */

static bool is_called(const struct device_view *view, const char *name)
{
    const size_t length = strlen(view->alias);

    if (strcmp(view->device->path, name) == 0) return true;
    if (length == 0) return false;
    if (strcmp(view->alias, name) == 0) return true;
    /* The only one of its kind has number 0, too. */
    return strncmp(view->alias, name, length) == 0 && strcmp(name + length, "0") == 0;
}

static struct device_view *find_loose(struct observer *observer, const char *name, unsigned *count)
{
    struct device_view *found = NULL;

    *count = 0;
    for (size_t i = 0; i < observer->device_count; i++) {
        struct device_view *view = &observer->devices[i];

        if (strcmp(last_part(view->device->path), name) != 0 &&
            strcmp(view->device->class->name, name) != 0)
            continue;
        found = view;
        (*count)++;
    }
    return found;
}

static void no_device(const struct observer *observer, const char *name, struct error *err)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (size_t i = 0; i < observer->device_count; i++) {
        suggest_try(&meant, observer->devices[i].alias);
        suggest_try(&meant, observer->devices[i].device->path);
        suggest_try(&meant, last_part(observer->devices[i].device->path));
    }
    if (meant.word != NULL) {
        (void)error_usage(err, "no device is called '%.40s'; did you mean '%s'?", name, meant.word);
    } else {
        (void)error_usage(err, "no device is called '%.40s'; 'info devices' lists them", name);
    }
}

struct device_view *names_device(struct observer *observer, const char *name, struct error *err)
{
    struct device_view *view;
    unsigned count;

    for (size_t i = 0; i < observer->device_count; i++) {
        if (is_called(&observer->devices[i], name)) return &observer->devices[i];
    }
    view = find_loose(observer, name, &count);
    if (count == 1) return view;
    if (count > 1) {
        (void)error_usage(err, "%u devices are called '%.40s'; give the whole path of one", count,
                          name);
    } else if (err != NULL) {
        /* Who only tries has no use for what is slow to find. */
        no_device(observer, name, err);
    }
    return NULL;
}

const char *names_short(const struct observer *observer, const struct device *device)
{
    for (size_t i = 0; i < observer->device_count; i++) {
        const struct device_view *view = &observer->devices[i];

        if (view->device == device && view->alias[0] != '\0') return view->alias;
    }
    return device->path;
}

const struct irq_line *names_line(struct device *device, const char *name,
                                  struct suggestion *suggestion)
{
    for (const struct snap_field *field = device->class->state;
         field != NULL && field->name != NULL; field++) {
        for (size_t i = 0; field->kind == SNAP_LINE && i < field->count; i++) {
            const struct irq_line *line =
                (const void *)((const uint8_t *)device + field->offset + i * field->stride);

            if (line->name == NULL) continue;
            if (name != NULL && strcmp(line->name, name) == 0) return line;
            if (suggestion != NULL) {
                suggest_try(suggestion, line->name);
            }
        }
    }
    return NULL;
}

/* ---- Registers ---- */

uint64_t register_value(struct device *device, const struct register_place *place)
{
    const struct reg *reg = place->reg;
    uint64_t value = reg_stored(device, reg, place->index);

    if (reg->get != NULL) {
        value = reg->get(device, place->index, value);
    }
    return reg->size < 8 ? value & ((UINT64_C(1) << (8 * reg->size)) - 1) : value;
}

uint64_t field_value(const struct reg_field *field, uint64_t value)
{
    const unsigned bits = (unsigned)(field->hi - field->lo) + 1;

    value >>= field->lo;
    return bits < 64 ? value & ((UINT64_C(1) << bits) - 1) : value;
}

uint64_t names_register_value(const struct register_name *name)
{
    const uint64_t value = register_value(name->device, &name->place);

    return name->field != NULL ? field_value(name->field, value) : value;
}

/* How much of `text` names `reg` (or BANK.REG); 0: it does not. */
static size_t register_length(const struct register_place *place, const char *text)
{
    const size_t bank = strlen(place->bank->name);
    const size_t name = strlen(place->reg->name);
    size_t at = 0;

    if (strncmp(text, place->bank->name, bank) == 0 && text[bank] == '.' &&
        strncmp(text + bank + 1, place->reg->name, name) == 0) {
        at = bank + 1 + name;
    } else if (strncmp(text, place->reg->name, name) == 0) {
        at = name;
    }
    return at > 0 && (text[at] == '\0' || text[at] == '.' || text[at] == '[') ? at : 0;
}

static int no_register(const struct device_view *view, const char *text, struct error *err)
{
    struct suggestion meant;
    char word[DEBUGGER_NAME_BYTES];
    const char *path = view->alias[0] != '\0' ? view->alias : view->device->path;

    (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(text, ".["), text);
    suggest_begin(&meant, word);
    for (size_t i = 0; i < view->register_count; i++) {
        suggest_try(&meant, view->registers[i].reg->name);
    }
    if (meant.word != NULL) {
        return error_usage(err, "%s has no register '%s'; did you mean '%s'?", path, word,
                           meant.word);
    }
    return error_usage(err, "%s has no register '%s'; 'info dev %s' lists them", path, word, path);
}

static int parse_field(const char *text, struct register_name *name, struct error *err)
{
    const struct reg *reg = name->place.reg;
    struct suggestion meant;

    suggest_begin(&meant, text);
    for (const struct reg_field *field = reg->fields; field != NULL && field->name != NULL;
         field++) {
        if (strcmp(field->name, text) == 0) {
            name->field = field;
            return 0;
        }
        suggest_try(&meant, field->name);
    }
    if (meant.word != NULL) {
        return error_usage(err, "%s has no field '%.40s'; did you mean '%s'?", reg->name, text,
                           meant.word);
    }
    return error_usage(err, "%s has no field '%.40s'", reg->name, text);
}

/* [INDEX].FIELD, both or none. */
static int parse_rest(const char *text, struct register_name *name, struct error *err)
{
    const struct reg *reg = name->place.reg;
    char digits[24];
    uint64_t index;

    if (*text == '[') {
        const size_t length = strcspn(text + 1, "]");

        (void)snprintf(digits, sizeof(digits), "%.*s", (int)(length < 23 ? length : 23), text + 1);
        if (text[length + 1] != ']' || !number_parse(digits, &index)) {
            return error_usage(err, "'%.40s': a number in brackets was expected", text);
        }
        if (index >= elements_of(reg)) {
            return error_usage(err, "%s has elements 0 to %u", reg->name, elements_of(reg) - 1);
        }
        name->place.index = (unsigned)index;
        name->has_index = true;
        text += length + 2;
    }
    if (*text == '\0') return 0;
    if (*text != '.') return error_usage(err, "'%.40s' is not expected behind a register", text);
    return parse_field(text + 1, name, err);
}

static int parse_register(const struct device_view *view, const char *text,
                          struct register_name *name, struct error *err)
{
    const struct register_place *best = NULL;
    size_t best_length = 0;

    for (size_t i = 0; i < view->register_count; i++) {
        size_t length;

        if (view->registers[i].index != 0) continue;
        length = register_length(&view->registers[i], text);
        if (length > best_length) {
            best = &view->registers[i];
            best_length = length;
        }
    }
    if (best == NULL) return no_register(view, text, err);
    *name = (struct register_name){.device = view->device, .place = *best};
    return parse_rest(text + best_length, name, err);
}

/* The device may be a path, with points in it: the longest name that there is counts. */
int names_register(struct observer *observer, const char *text, struct register_name *name,
                   struct error *err)
{
    char device[DEVICE_PATH_BYTES + 8];
    const char *dot = NULL;
    const char *first = NULL;

    for (const char *p = strchr(text, '.'); p != NULL; p = strchr(p + 1, '.')) {
        if ((size_t)(p - text) >= sizeof(device)) break;
        (void)snprintf(device, sizeof(device), "%.*s", (int)(p - text), text);
        first = first != NULL ? first : p;
        if (names_device(observer, device, NULL) != NULL) {
            dot = p;
        }
    }
    if (first == NULL) return error_usage(err, "'%.60s' is not DEVICE.REGISTER", text);
    dot = dot != NULL ? dot : first;
    (void)snprintf(device, sizeof(device), "%.*s", (int)(dot - text), text);
    const struct device_view *view = names_device(observer, device, err);

    return view != NULL ? parse_register(view, dot + 1, name, err) : -1;
}

void names_remember(struct observer *observer)
{
    for (size_t i = 0; i < observer->device_count; i++) {
        struct device_view *view = &observer->devices[i];

        for (size_t n = 0; n < view->register_count; n++) {
            view->before[n] = register_value(view->device, &view->registers[n]);
        }
    }
}
