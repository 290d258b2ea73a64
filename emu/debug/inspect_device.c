/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices as their tables describe them: registers by name, fields decoded, what changed marked. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_COLUMNS 100u

/* ---- For panes ---- */

const char *debugger_device_path(struct debugger *debugger, size_t index)
{
    return index < debugger->observer->device_count
               ? debugger->observer->devices[index].device->path
               : NULL;
}

bool debugger_register(struct debugger *debugger, size_t device, size_t index,
                       struct debugger_register *reg)
{
    const struct device_view *view;
    const struct register_place *place;

    if (device >= debugger->observer->device_count) return false;
    view = &debugger->observer->devices[device];
    if (index >= view->register_count) return false;
    place = &view->registers[index];
    *reg = (struct debugger_register){
        .bank = place->bank->name,
        .name = place->reg->name,
        .index = place->index,
        .is_array = place->reg->count > 1,
        .offset = place->reg->offset + place->index * place->reg->stride,
        .size = place->reg->size,
        .value = register_value(view->device, place),
        .fields = place->reg->fields,
    };
    reg->is_changed = reg->value != view->before[index];
    return true;
}

/* ---- `info dev` ---- */

static void print_fields(struct debugger *debugger, const struct debugger_register *reg)
{
    size_t column = 46;
    char text[80];

    for (const struct reg_field *field = reg->fields; field != NULL && field->name != NULL;
         field++) {
        const int length = snprintf(text, sizeof(text), " %s=%" PRIx64, field->name,
                                    field_value(field, reg->value));

        if (column + (size_t)length > LINE_COLUMNS) {
            debugger_print(debugger, "\n%*s", 46, "");
            column = 46;
        }
        debugger_print(debugger, "%s", text);
        column += (size_t)length;
    }
    debugger_print(debugger, "\n");
}

/* `last` is the index of the last of several elements that are alike. */
static void print_register(struct debugger *debugger, const struct debugger_register *reg,
                           unsigned last)
{
    char name[64];

    if (last != reg->index) {
        (void)snprintf(name, sizeof(name), "%.40s[%u..%u]", reg->name, reg->index, last);
    } else if (reg->is_array) {
        (void)snprintf(name, sizeof(name), "%.48s[%u]", reg->name, reg->index);
    } else {
        (void)snprintf(name, sizeof(name), "%.60s", reg->name);
    }
    debugger_print(debugger, "%c %05x %-22s %0*" PRIx64 "%*s", reg->is_changed ? '*' : ' ',
                   reg->offset, name, (int)(2 * reg->size), reg->value, (int)(16 - 2 * reg->size),
                   "");
    print_fields(debugger, reg);
}

static void print_bars(struct debugger *debugger, const struct pci_fn *fn)
{
    for (unsigned i = 0; i <= PCI_ROM_BAR; i++) {
        const struct region *region = fn->bars[i].region;

        if (region == NULL || !region->is_mapped) continue;
        debugger_print(debugger, "  BAR %u: %s %010" PRIx64 "-%010" PRIx64 "\n", i,
                       i < PCI_BARS_MAX && fn->desc->bar[i].kind == PCI_BAR_IO ? "ports" : "memory",
                       region->base, region->base + region->bytes - 1);
    }
}

static void print_lines(struct debugger *debugger, const struct device *device)
{
    for (const struct snap_field *field = device->class->state;
         field != NULL && field->name != NULL; field++) {
        for (size_t i = 0; field->kind == SNAP_LINE && i < field->count; i++) {
            const struct irq_line *line =
                (const void *)((const uint8_t *)device + field->offset + i * field->stride);

            if (line->name == NULL) continue;
            debugger_print(debugger, "  line %s: %s\n", line->name, line->level ? "high" : "low");
        }
    }
}

static bool is_wanted(const struct debugger_register *reg, const char *pattern)
{
    if (pattern == NULL) return true;
    if (strcmp(pattern, "changed") == 0) return reg->is_changed;
    return trace_glob_matches(pattern, reg->name) || trace_glob_matches(pattern, reg->bank);
}

/* How many elements of an array behind this one are as it is. */
static unsigned count_alike(struct debugger *debugger, size_t device, size_t index,
                            const struct debugger_register *reg)
{
    struct debugger_register next;
    unsigned count = 0;

    while (reg->is_array && debugger_register(debugger, device, index + count + 1, &next) &&
           next.bank == reg->bank && next.name == reg->name && next.value == reg->value &&
           next.is_changed == reg->is_changed && next.index == reg->index + count + 1) {
        count++;
    }
    return count;
}

static void print_registers(struct debugger *debugger, size_t device, const char *pattern)
{
    const char *bank = NULL;
    struct debugger_register reg;
    unsigned lines = 0;
    unsigned alike;

    for (size_t i = 0; debugger_register(debugger, device, i, &reg); i += alike + 1) {
        alike = 0;
        if (!is_wanted(&reg, pattern)) continue;
        alike = count_alike(debugger, device, i, &reg);
        if (++lines > DEBUGGER_LINES_MAX) {
            debugger_print(
                debugger, "... more; 'info dev %s PATTERN' shows some of them\n",
                names_short(debugger->observer, debugger->observer->devices[device].device));
            return;
        }
        if (bank != reg.bank) {
            debugger_print(debugger, "  %s:\n", reg.bank);
            bank = reg.bank;
        }
        print_register(debugger, &reg, reg.index + alike);
    }
    if (lines == 0 && pattern != NULL && strcmp(pattern, "changed") == 0) {
        debugger_print(debugger, "  no register has changed since the place before\n");
    } else if (lines == 0) {
        debugger_print(debugger, "  no %sregisters\n", pattern != NULL ? "such " : "");
    }
}

int info_dev(struct debugger *debugger, const struct words *words, struct error *err)
{
    const struct device_view *view;

    if (words->count < 3) return info_devices(debugger, words, err);
    if (words->count > 4) return error_usage(err, "'%.40s' is not expected there", words->word[4]);
    view = names_device(debugger->observer, words->word[2], err);
    if (view == NULL) return -1;
    debugger_print(debugger, "%s (%s)%s%s\n", view->device->path, view->device->class->name,
                   view->alias[0] != '\0' ? ", called " : "", view->alias);
    if (view->pci != NULL) {
        print_bars(debugger, view->pci);
    }
    print_lines(debugger, view->device);
    print_registers(debugger, (size_t)(view - debugger->observer->devices),
                    words->count > 3 ? words->word[3] : NULL);
    return 0;
}

int info_devices(struct debugger *debugger, const struct words *words, struct error *err)
{
    (void)words;
    (void)err;
    for (size_t i = 0; i < debugger->observer->device_count; i++) {
        const struct device_view *view = &debugger->observer->devices[i];

        debugger_print(debugger, "%-12s %-16s %5zu registers  %s\n",
                       view->alias[0] != '\0' ? view->alias : "-", view->device->class->name,
                       view->register_count, view->device->path);
    }
    return 0;
}
