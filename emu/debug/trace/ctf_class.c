/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of event of a trace: made once, found by content. */
#include <stdlib.h>
#include <string.h>

#include "emu/debug/trace/ctf_internal.h"

#define FIRST_CAPACITY 64u

void ctf_classes_release(struct ctf_classes *classes)
{
    for (size_t i = 0; i < classes->count; i++) {
        free(classes->items[i]);
    }
    free(classes->items);
    *classes = (struct ctf_classes){.items = NULL};
}

struct ctf_class *ctf_classes_find(const struct ctf_classes *classes, const char *path,
                                   const struct trace_type *type)
{
    for (size_t i = 0; i < classes->count; i++) {
        struct ctf_class *class = classes->items[i];

        if (strcmp(class->path, path) == 0 && trace_type_is_equal(&class->type, type)) return class;
    }
    return NULL;
}

/* ---- What the metadata can carry ---- */

/* Printable, and short enough. */
static bool is_plain(const char *text)
{
    size_t length = 0;

    for (; text[length] != '\0'; length++) {
        if (length + 1 >= CTF_NAME_BYTES) return false;
        if (text[length] < ' ' || text[length] > '~') return false;
        if (text[length] == '"' || text[length] == '\\') return false;
    }
    return length > 0;
}

static bool is_identifier(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

    return is_plain(text) && text[strspn(text, letters)] == '\0';
}

static bool can_be_carried(const char *path, const struct trace_type *type)
{
    if (!is_plain(path) || !is_identifier(type->name)) return false;
    if (type->field_count > TRACE_ARGS) return false;
    for (unsigned i = 0; i < type->field_count; i++) {
        if (!is_identifier(type->fields[i])) return false;
        for (unsigned other = 0; other < i; other++) {
            if (strcmp(type->fields[i], type->fields[other]) == 0) return false;
        }
    }
    return true;
}

/* ---- Making one ---- */

static unsigned device_of(struct ctf_classes *classes, const char *path)
{
    for (size_t i = 0; i < classes->count; i++) {
        if (strcmp(classes->items[i]->path, path) == 0) return classes->items[i]->device;
    }
    classes->device_count++;
    return (unsigned)(classes->device_count - 1);
}

/* Copies a string to *room, which moves behind it. */
static const char *take(char **room, const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = *room;

    memcpy(copy, text, bytes);
    *room += bytes;
    return copy;
}

static struct ctf_class *copy(const char *path, const struct trace_type *type)
{
    size_t bytes = strlen(path) + 1 + strlen(type->name) + 1;
    struct ctf_class *class;
    char *room;

    for (unsigned i = 0; i < type->field_count; i++) {
        bytes += strlen(type->fields[i]) + 1;
    }
    class = malloc(sizeof(*class) + bytes);
    if (class == NULL) return NULL;
    room = (char *)(class + 1);
    *class = (struct ctf_class){.type = *type};
    class->path = take(&room, path);
    class->type.name = take(&room, type->name);
    for (unsigned i = 0; i < TRACE_ARGS; i++) {
        const bool is_used = i < type->field_count;

        class->type.fields[i] = is_used ? take(&room, type->fields[i]) : NULL;
        class->type.is_text[i] = is_used && type->is_text[i];
    }
    return class;
}

static int make_room(struct ctf_classes *classes, struct error *err)
{
    const size_t capacity = classes->capacity == 0 ? FIRST_CAPACITY : classes->capacity * 2;
    struct ctf_class **items;

    if (classes->count < classes->capacity) return 0;
    items = realloc(classes->items, capacity * sizeof(struct ctf_class *));
    if (items == NULL) return error_host(err, "no memory for the events of a trace");
    classes->items = items;
    classes->capacity = capacity;
    return 0;
}

struct ctf_class *ctf_classes_add(struct ctf_classes *classes, const char *path,
                                  const struct trace_type *type, struct error *err)
{
    struct ctf_class *class;

    if (classes->count >= CTF_CLASSES_MAX) {
        (void)error_host(err, "a trace holds at most %u kinds of event", CTF_CLASSES_MAX);
        return NULL;
    }
    if (!can_be_carried(path, type)) {
        (void)error_host(err, "a name of the event '%s' of '%s' cannot be put into a trace",
                         type->name, path);
        return NULL;
    }
    if (make_room(classes, err) != 0) return NULL;
    class = copy(path, type);
    if (class == NULL) {
        (void)error_host(err, "no memory for the events of a trace");
        return NULL;
    }
    class->device = device_of(classes, path);
    classes->items[classes->count] = class;
    classes->count++;
    return class;
}
