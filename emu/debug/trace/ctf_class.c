/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of event of a trace: made once, found by content. */
#include <stdlib.h>
#include <string.h>

#include "emu/base/hash.h"
#include "emu/debug/trace/ctf_internal.h"

#define FIRST_CAPACITY 64u

void ctf_classes_release(struct ctf_classes *classes)
{
    for (size_t i = 0; i < classes->count; i++) {
        free(classes->items[i]);
    }
    free(classes->items);
    free(classes->table);
    *classes = (struct ctf_classes){.items = NULL};
}

/* ---- Finding ---- */

/* A walk through the entries of the table that may be meant. `event` NULL: any class of the device. */
struct search {
    const struct ctf_classes *classes;
    size_t at;
};

static struct search search_begin(const struct ctf_classes *classes, const char *path,
                                  const char *event)
{
    uint64_t hash = hash_string(HASH_SEED, path);

    if (event != NULL) {
        hash = hash_string(hash, event);
    }
    return (struct search){.classes = classes, .at = (size_t)(hash >> 20)};
}

static struct ctf_class *search_next(struct search *search)
{
    const struct ctf_classes *classes = search->classes;
    const size_t slot = search->at & (classes->table_size - 1);

    search->at++;
    if (classes->table_size == 0 || classes->table[slot] == 0) return NULL;
    return classes->items[classes->table[slot] - 1u];
}

struct ctf_class *ctf_classes_find(const struct ctf_classes *classes, const char *path,
                                   const struct trace_type *type)
{
    struct search search = search_begin(classes, path, type->name);
    struct ctf_class *class;

    while ((class = search_next(&search)) != NULL) {
        if (strcmp(class->path, path) == 0 && trace_type_is_equal(&class->type, type)) return class;
    }
    return NULL;
}

/* Some class of the device; NULL: it has none. */
static const struct ctf_class *find_device(const struct ctf_classes *classes, const char *path)
{
    struct search search = search_begin(classes, path, NULL);
    const struct ctf_class *class;

    while ((class = search_next(&search)) != NULL) {
        if (strcmp(class->path, path) == 0) return class;
    }
    return NULL;
}

/* `event` as for search_begin(). */
static void enter(struct ctf_classes *classes, const struct ctf_class *class, const char *event)
{
    struct search search = search_begin(classes, class->path, event);

    while (search_next(&search) != NULL) {}
    classes->table[(search.at - 1) & (classes->table_size - 1)] = (uint16_t)(class->number + 1);
}

static void enter_both(struct ctf_classes *classes, const struct ctf_class *class)
{
    if (find_device(classes, class->path) == NULL) {
        enter(classes, class, NULL);
    }
    enter(classes, class, class->type.name);
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

/* For one more. A class has at most two entries in the table, half of which stays empty. */
static int make_room(struct ctf_classes *classes, struct error *err)
{
    const size_t capacity = classes->capacity == 0 ? FIRST_CAPACITY : classes->capacity * 2;
    struct ctf_class **items;
    uint16_t *table;

    if (classes->count < classes->capacity) return 0;
    items = realloc(classes->items, capacity * sizeof(struct ctf_class *));
    if (items == NULL) return error_host(err, "no memory for the events of a trace");
    classes->items = items;
    table = calloc(capacity * 4, sizeof(*table));
    if (table == NULL) return error_host(err, "no memory for the events of a trace");
    free(classes->table);
    classes->table = table;
    classes->table_size = capacity * 4;
    classes->capacity = capacity;
    for (size_t i = 0; i < classes->count; i++) {
        enter_both(classes, items[i]);
    }
    return 0;
}

struct ctf_class *ctf_classes_add(struct ctf_classes *classes, const char *path,
                                  const struct trace_type *type, struct error *err)
{
    const struct ctf_class *device;
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
    device = find_device(classes, path);
    class->number = (unsigned)classes->count;
    class->device = device != NULL ? device->device : (unsigned)classes->device_count;
    classes->device_count += device == NULL;
    classes->items[classes->count] = class;
    classes->count++;
    enter_both(classes, class);
    return class;
}
