/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings, types and classes of a log: see log_names.h. */
#include "emu/debug/trace/log_names.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/hash.h"
#include "emu/core/device.h"

#define FIRST_ROOM 64u

void log_names_release(struct log_names *names)
{
    for (uint32_t i = 0; i < names->string_count; i++) {
        free(names->strings[i]);
    }
    for (uint32_t i = 0; i < names->type_count; i++) {
        free(names->types[i]);
    }
    free(names->strings);
    free(names->hashes);
    free(names->slots);
    free(names->types);
    free(names->classes);
    *names = (struct log_names){.strings = NULL};
}

/* An array with room for one more entry of `bytes`, at *room; NULL: no memory (the old one stays). */
static void *with_room(struct log_names *names, void *array, uint32_t count, uint32_t *room,
                       size_t bytes)
{
    const uint32_t wanted = *room == 0 ? FIRST_ROOM : *room * 2;
    void *larger;

    if (count < *room) return array;
    larger = realloc(array, wanted * bytes);
    if (larger == NULL) return NULL;
    names->bytes += (wanted - *room) * bytes;
    *room = wanted;
    return larger;
}

/* ---- Strings ---- */

/* The slot of a string, or the free one where it belongs. The table is never full. */
static uint32_t find_slot(const struct log_names *names, const char *text, size_t length,
                          uint64_t hash)
{
    const uint32_t mask = names->slot_count - 1;
    uint32_t slot = (uint32_t)(hash >> 32) & mask;

    for (; names->slots[slot] != LOG_NONE; slot = (slot + 1) & mask) {
        const uint32_t id = names->slots[slot];

        if (names->hashes[id] != hash) continue;
        if (strncmp(names->strings[id], text, length) == 0 && names->strings[id][length] == '\0') {
            return slot;
        }
    }
    return slot;
}

/* Keeps half of the table free. */
static bool grow_slots(struct log_names *names)
{
    const uint32_t count = names->slot_count == 0 ? FIRST_ROOM * 2 : names->slot_count * 2;
    uint32_t *slots;

    if (names->string_count < names->slot_count / 2) return true;
    slots = malloc(count * sizeof(*slots));
    if (slots == NULL) return false;
    memset(slots, 0xff, count * sizeof(*slots));
    names->bytes += (count - names->slot_count) * sizeof(*slots);
    free(names->slots);
    names->slots = slots;
    names->slot_count = count;
    for (uint32_t i = 0; i < names->string_count; i++) {
        const char *text = names->strings[i];

        slots[find_slot(names, text, strlen(text), names->hashes[i])] = i;
    }
    return true;
}

uint32_t log_names_find(const struct log_names *names, const char *text, size_t length)
{
    if (names->slot_count == 0) return LOG_NONE;
    return names->slots[find_slot(names, text, length, hash_bytes(HASH_SEED, text, length))];
}

static bool make_string_room(struct log_names *names)
{
    uint32_t room = names->string_room;
    char **strings;
    uint64_t *hashes;

    if (!grow_slots(names)) return false;
    hashes = with_room(names, names->hashes, names->string_count, &room, sizeof(*hashes));
    if (hashes == NULL) return false;
    names->hashes = hashes;
    strings = with_room(names, names->strings, names->string_count, &names->string_room,
                        sizeof(*strings));
    if (strings == NULL) return false;
    names->strings = strings;
    return true;
}

uint32_t log_names_add(struct log_names *names, const char *text, size_t length)
{
    const uint64_t hash = hash_bytes(HASH_SEED, text, length);
    uint32_t slot;
    char *copy;

    if (names->slot_count > 0) {
        slot = find_slot(names, text, length, hash);
        if (names->slots[slot] != LOG_NONE) return names->slots[slot];
    }
    if (names->string_count >= LOG_STRINGS_MAX || length > LOG_STRING_BYTES_MAX) return LOG_NONE;
    if (!make_string_room(names)) return LOG_NONE;
    copy = malloc(length + 1);
    if (copy == NULL) return LOG_NONE;
    memcpy(copy, text, length);
    copy[length] = '\0';
    slot = find_slot(names, text, length, hash);
    names->slots[slot] = names->string_count;
    names->strings[names->string_count] = copy;
    names->hashes[names->string_count] = hash;
    names->bytes += length + 1;
    return names->string_count++;
}

/* ---- Types: their strings are in, so that equal ones have equal pointers ---- */

static bool is_type(const struct trace_type *a, const struct trace_type *b)
{
    if (a->name != b->name || a->level != b->level || a->field_count != b->field_count) {
        return false;
    }
    for (unsigned i = 0; i < a->field_count; i++) {
        if (a->fields[i] != b->fields[i] || a->is_text[i] != b->is_text[i]) return false;
    }
    return true;
}

static uint32_t find_type(const struct log_names *names, const struct trace_type *type)
{
    for (uint32_t i = 0; i < names->type_count; i++) {
        if (is_type(names->types[i], type)) return i;
    }
    return LOG_NONE;
}

uint32_t log_names_add_type(struct log_names *names, const struct trace_type *type)
{
    struct trace_type **types;
    struct trace_type *copy;

    if (names->type_count >= LOG_TYPES_MAX || find_type(names, type) != LOG_NONE) return LOG_NONE;
    types = with_room(names, names->types, names->type_count, &names->type_room, sizeof(*types));
    if (types == NULL) return LOG_NONE;
    names->types = types;
    copy = malloc(sizeof(*copy));
    if (copy == NULL) return LOG_NONE;
    *copy = *type;
    names->types[names->type_count] = copy;
    names->bytes += sizeof(*copy);
    return names->type_count++;
}

/* The kept copy of a string; NULL: no memory, or (not adding) it is not in. */
static const char *kept(struct log_names *names, const char *text, bool is_adding)
{
    const size_t length = strlen(text);
    const uint32_t id =
        is_adding ? log_names_add(names, text, length) : log_names_find(names, text, length);

    return id == LOG_NONE ? NULL : names->strings[id];
}

static uint32_t type_of(struct log_names *names, const struct trace_record *record, bool is_adding)
{
    struct trace_scratch scratch = {.desc = NULL};
    struct trace_item item;
    struct trace_type *type = &scratch.type;
    uint32_t id;

    trace_item_view(record, &scratch, &item);
    type->name = kept(names, type->name, is_adding);
    if (type->name == NULL) return LOG_NONE;
    for (unsigned i = 0; i < type->field_count; i++) {
        type->fields[i] = kept(names, type->fields[i], is_adding);
        if (type->fields[i] == NULL) return LOG_NONE;
    }
    id = find_type(names, type);
    return id == LOG_NONE && is_adding ? log_names_add_type(names, type) : id;
}

/* ---- Classes ---- */

static uint32_t find_class(const struct log_names *names, const struct log_class *class)
{
    for (uint32_t i = 0; i < names->class_count; i++) {
        if (names->classes[i].device == class->device && names->classes[i].type == class->type) {
            return i;
        }
    }
    return LOG_NONE;
}

uint32_t log_names_add_class(struct log_names *names, const struct log_class *class)
{
    struct log_class *classes;

    if (names->class_count >= LOG_CLASSES_MAX || find_class(names, class) != LOG_NONE) {
        return LOG_NONE;
    }
    classes =
        with_room(names, names->classes, names->class_count, &names->class_room, sizeof(*classes));
    if (classes == NULL) return LOG_NONE;
    names->classes = classes;
    names->classes[names->class_count] = *class;
    return names->class_count++;
}

static const char *path_of(const struct device *device)
{
    return device != NULL ? device->path : "machine";
}

/* The pointers were seen before. They may belong to another machine by now, so what they point to is
 * compared. */
static bool is_recent(const struct log_names *names, const struct log_recent *recent,
                      const struct trace_record *record)
{
    const struct log_class *class;

    if (recent->desc != record->desc || recent->device != record->device) return false;
    class = &names->classes[recent->class_id];
    return strcmp(names->strings[class->device], path_of(record->device)) == 0 &&
           strcmp(names->types[class->type]->name, record->desc->name) == 0;
}

uint32_t log_names_class(struct log_names *names, const struct trace_record *record, bool is_adding)
{
    const uint64_t key = hash_u64((uintptr_t)record->desc, (uintptr_t)record->device);
    struct log_recent *recent = &names->recent[(key >> 32) % LOG_RECENT];
    const char *path = path_of(record->device);
    struct log_class class;
    uint32_t id;

    if (is_recent(names, recent, record)) return recent->class_id;
    class.device = is_adding ? log_names_add(names, path, strlen(path))
                             : log_names_find(names, path, strlen(path));
    if (class.device == LOG_NONE) return LOG_NONE;
    class.type = type_of(names, record, is_adding);
    if (class.type == LOG_NONE) return LOG_NONE;
    id = find_class(names, &class);
    if (id == LOG_NONE && is_adding) {
        id = log_names_add_class(names, &class);
    }
    if (id == LOG_NONE) return LOG_NONE;
    *recent = (struct log_recent){.desc = record->desc, .device = record->device, .class_id = id};
    return id;
}
