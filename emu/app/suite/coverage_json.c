/* SPDX-License-Identifier: GPL-2.0-only */
/* coverage.json, for other programs: docs/formats/coverage.md specifies each member. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "emu/app/control_text.h"
#include "emu/app/suite/coverage_sum.h"

#define REPORT_VERSION 1

/* Bits and addresses are texts: JSON's readers often keep 53 bits. */
static json_t *hexadecimal(uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRIx64, value);
    return json_string(text);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)(value > INT64_MAX ? INT64_MAX : value));
}

static json_t *share_of(const struct coverage_share *share)
{
    return json_pack("{s:o, s:o}", "touched", number(share->touched), "total",
                     number(share->total));
}

static json_t *shares_of(const struct coverage_shares *shares)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "registers", share_of(&shares->registers), "read",
                     share_of(&shares->read), "written", share_of(&shares->written), "fields",
                     share_of(&shares->fields), "events", share_of(&shares->events));
}

/* ---- Devices ---- */

static json_t *values_of(uint64_t values)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < 64; i++) {
        if ((values >> i & 1) != 0) (void)json_array_append_new(list, number(i));
    }
    return list;
}

static json_t *field_of(const struct coverage_register *reg, const struct coverage_field *field)
{
    json_t *object =
        json_pack("{s:s, s:i, s:i, s:b}", "name", field->name, "high", (int)field->hi, "low",
                  (int)field->lo, "exercised", (int)coverage_field_is_exercised(reg, field));

    if (coverage_field_has_values(field)) {
        (void)json_object_set_new(object, "read_values", values_of(field->read_values));
        (void)json_object_set_new(object, "written_values", values_of(field->written_values));
    }
    return object;
}

static json_t *register_of(const struct coverage_register *reg)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "bank", reg->bank, "name",
        reg->name, "offset", hexadecimal(reg->offset), "size", (int)reg->size, "count",
        number(reg->count), "writable", hexadecimal(reg->writable), "reads", number(reg->reads),
        "writes", number(reg->writes), "read_as_0", hexadecimal(reg->read.as_zero), "read_as_1",
        hexadecimal(reg->read.as_one), "written_as_0", hexadecimal(reg->written.as_zero),
        "written_as_1", hexadecimal(reg->written.as_one));
    json_t *fields = json_array();

    for (size_t i = 0; i < reg->field_count; i++) {
        (void)json_array_append_new(fields, field_of(reg, &reg->fields[i]));
    }
    (void)json_object_set_new(object, "fields", fields);
    return object;
}

static json_t *device_of(const struct coverage_device *device)
{
    struct coverage_shares shares = {.registers = {0}};
    json_t *registers = json_array();
    json_t *own = json_array();
    json_t *general = json_array();

    coverage_count(device, &shares);
    for (size_t i = 0; i < device->register_count; i++) {
        (void)json_array_append_new(registers, register_of(&device->registers[i]));
    }
    for (size_t i = 0; i < device->event_count; i++) {
        const struct coverage_event *event = &device->events[i];

        (void)json_array_append_new(
            event->kind == COVERAGE_EVENT_OWN ? own : general,
            json_pack("{s:s, s:o}", "name", event->name, "count", number(event->count)));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "path", device->path, "class", device->class,
                     "totals", shares_of(&shares), "registers", registers, "events", own,
                     "general_events", general);
}

static json_t *devices_of(const struct coverage_model *model)
{
    json_t *devices = json_array();

    for (size_t i = 0; i < model->device_count; i++) {
        (void)json_array_append_new(devices, device_of(&model->devices[i]));
    }
    return devices;
}

/* ---- Guest ---- */

static void add_range(void *ctx, uint64_t first, uint64_t last)
{
    (void)json_array_append_new(ctx, json_pack("[o, o]", hexadecimal(first), hexadecimal(last)));
}

static json_t *code_of(const struct coverage_code *code)
{
    json_t *ranges = json_array();

    /* Without memory there are no ranges, and so no report. */
    if (coverage_code_visit(code, add_range, ranges, NULL) != 0) {
        json_decref(ranges);
        return NULL;
    }
    return json_pack("{s:o, s:b, s:o}", "bytes", number(coverage_code_bytes(code)), "complete",
                     (int)!code->is_incomplete, "ranges", ranges);
}

static json_t *functions_of(const struct coverage_guest *guest)
{
    json_t *functions = json_array();

    for (size_t i = 0; i < guest->function_count; i++) {
        const struct coverage_function *function = &guest->functions[i];
        json_t *object = json_pack("{s:o, s:o, s:o, s:o}", "name", control_text(function->name),
                                   "address", hexadecimal(function->addr), "bytes",
                                   number(function->bytes), "covered", number(function->covered));

        if (function->file != SIZE_MAX) {
            (void)json_object_set_new(object, "file",
                                      control_text(guest->files[function->file].path));
            (void)json_object_set_new(object, "line", number(function->line));
        }
        (void)json_array_append_new(functions, object);
    }
    return functions;
}

bool coverage_write_json(const struct coverage_report *report, FILE *file)
{
    struct coverage_shares shares = {.registers = {0}};
    bool is_whole;
    json_t *root;

    for (size_t i = 0; i < report->model->device_count; i++) {
        coverage_count(&report->model->devices[i], &shares);
    }
    root = json_pack("{s:s, s:i, s:i, s:o, s:o, s:o}", "format", "spacegray-coverage-report",
                     "version", REPORT_VERSION, "files", (int)report->files, "totals",
                     shares_of(&shares), "devices", devices_of(report->model), "code",
                     code_of(&report->model->code));
    if (root != NULL && report->guest != NULL) {
        (void)json_object_set_new(root, "functions", functions_of(report->guest));
    }
    is_whole = root != NULL && json_dumpf(root, file, JSON_INDENT(1)) == 0;
    (void)fputc('\n', file);
    json_decref(root);
    return is_whole;
}
