/* SPDX-License-Identifier: GPL-2.0-only */
/* One event: as text, compared, and its fields by name. See item.h. */
#include "emu/debug/trace/item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/core/device.h"

static const char text_mark[] = ":s";

/* Length of a field's name without its mark; *is_text says whether it has one. */
static size_t field_length(const char *field, bool *is_text)
{
    const size_t length = strlen(field);
    const size_t mark = sizeof(text_mark) - 1;

    *is_text = length > mark && strcmp(field + length - mark, text_mark) == 0;
    return *is_text ? length - mark : length;
}

bool trace_desc_field(const struct trace_desc *desc, unsigned index, char name[TRACE_FIELD_BYTES],
                      bool *is_text)
{
    size_t length;

    if (index >= TRACE_ARGS || desc->fields[index] == NULL) return false;
    length = field_length(desc->fields[index], is_text);
    if (length >= TRACE_FIELD_BYTES) {
        length = TRACE_FIELD_BYTES - 1;
    }
    memcpy(name, desc->fields[index], length);
    name[length] = '\0';
    return true;
}

static void scratch_fill(struct trace_scratch *scratch, const struct trace_desc *desc)
{
    unsigned count = 0;

    while (count < TRACE_ARGS &&
           trace_desc_field(desc, count, scratch->fields[count], &scratch->type.is_text[count])) {
        scratch->type.fields[count] = scratch->fields[count];
        count++;
    }
    for (unsigned i = count; i < TRACE_ARGS; i++) {
        scratch->type.fields[i] = NULL;
        scratch->type.is_text[i] = false;
    }
    scratch->type.name = desc->name;
    scratch->type.level = desc->level;
    scratch->type.field_count = count;
    scratch->desc = desc;
}

void trace_item_view(const struct trace_record *record, struct trace_scratch *scratch,
                     struct trace_item *item)
{
    if (scratch->desc != record->desc) {
        scratch_fill(scratch, record->desc);
    }
    *item = (struct trace_item){
        .seq = record->seq,
        .cause = record->cause,
        .when = record->when,
        .pc = record->pc,
        .core = record->core,
        .device = record->device != NULL ? record->device->path : "machine",
        .type = &scratch->type,
    };
    for (unsigned i = 0; i < scratch->type.field_count; i++) {
        if (scratch->type.is_text[i]) {
            item->texts[i] = (const char *)(uintptr_t)record->args[i];
        } else {
            item->args[i] = record->args[i];
        }
    }
}

bool trace_items_from(const struct trace_items *items, uint64_t seq, struct trace_item *item)
{
    uint64_t first;
    uint64_t last;

    items->range(items->ctx, &first, &last);
    if (seq < first) {
        seq = first;
    }
    if (seq > last) return false;
    if (items->next != NULL) {
        seq = items->next(items->ctx, seq);
    }
    return seq != 0 && items->get(items->ctx, seq, item);
}

/* Adds what snprintf() returned to the length of a text that has `bytes` of room. */
static size_t grown(size_t used, int length, size_t bytes)
{
    used += length > 0 ? (size_t)length : 0;
    return used < bytes ? used : bytes - 1;
}

size_t trace_item_format(const struct trace_item *item, char *text, size_t bytes)
{
    size_t used = 0;

    if (bytes == 0) return 0;
    used = grown(used,
                 snprintf(text, bytes,
                          "%" PRIu64 ".%06" PRIu64 "us #%" PRIu64 " <-%" PRIu64 " cpu%u pc=%" PRIx64
                          " %s %s",
                          item->when / 1000000u, item->when % 1000000u, item->seq, item->cause,
                          item->core, item->pc, item->device, item->type->name),
                 bytes);
    for (unsigned i = 0; i < item->type->field_count && used < bytes - 1; i++) {
        const char *name = item->type->fields[i];
        int length;

        if (item->type->is_text[i]) {
            length = snprintf(text + used, bytes - used, " %s=%s", name, item->texts[i]);
        } else {
            length = snprintf(text + used, bytes - used, " %s=0x%" PRIx64, name, item->args[i]);
        }
        used = grown(used, length, bytes);
    }
    return used;
}

const char *trace_level_text(enum trace_level level)
{
    switch (level) {
    case TRACE_LEVEL_NORMAL: break;
    case TRACE_LEVEL_GUEST_ERROR: return "error";
    case TRACE_LEVEL_UNIMPL: return "unimplemented";
    }
    return "normal";
}

bool trace_type_is_equal(const struct trace_type *a, const struct trace_type *b)
{
    if (a == b) return true;
    if (a->level != b->level || a->field_count != b->field_count) return false;
    if (strcmp(a->name, b->name) != 0) return false;
    for (unsigned i = 0; i < a->field_count; i++) {
        if (a->is_text[i] != b->is_text[i] || strcmp(a->fields[i], b->fields[i]) != 0) return false;
    }
    return true;
}

bool trace_item_is_equal(const struct trace_item *a, const struct trace_item *b)
{
    if (a->seq != b->seq || a->cause != b->cause || a->when != b->when) return false;
    if (a->pc != b->pc || a->core != b->core) return false;
    if (!trace_type_is_equal(a->type, b->type)) return false;
    if (a->device != b->device && strcmp(a->device, b->device) != 0) return false;
    for (unsigned i = 0; i < a->type->field_count; i++) {
        if (!a->type->is_text[i]) {
            if (a->args[i] != b->args[i]) return false;
        } else if (a->texts[i] != b->texts[i] && strcmp(a->texts[i], b->texts[i]) != 0) {
            return false;
        }
    }
    return true;
}

bool trace_item_field(const struct trace_item *item, const char *name, uint64_t *number,
                      const char **text)
{
    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (strcmp(item->type->fields[i], name) != 0) continue;
        *number = item->args[i];
        *text = item->type->is_text[i] ? item->texts[i] : NULL;
        return true;
    }
    return false;
}
