/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace event format of Chrome (JSON object format), as ui.perfetto.dev and chrome://tracing load it. An event is
 * a slice of one nanosecond, the shortest that Perfetto tells apart, on the track of its device, or of its core when
 * it is the machine's own. Where a chain of causes begins with a core's own doing, this has a slice on the core's track,
 * too. Arrows are flow events: one begins at every event that led to others, with its number as the flow's, and each
 * effect ends one with the number of its cause. Few events have effects (in a boot of Debian one in a hundred), so the
 * events are walked through twice: first for the numbers of causes. Numbers of tracks are unique over all
 * processes, because Perfetto knows a thread by its number alone.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/debug/trace/export_internal.h"

#define PROCESS_CORES   1u
#define PROCESS_DEVICES 2u
#define CORES_MAX       256u /* struct trace_item.core */
#define FIRST_DEVICE    (CORES_MAX + 1)
#define FIRST_CAUSES    1024u

static const char own_device[] = "machine";

/* An event that led to others. */
struct cause {
    uint64_t seq; /* 0: unused */
    bool is_written;
};

struct perfetto {
    FILE *file;
    bool is_followed; /* something was written already */
    bool has_core[CORES_MAX];
    char **devices; /* owned */
    size_t device_count;
    size_t device_capacity;
    struct cause *causes; /* open addressing */
    size_t cause_size;
    size_t cause_count;
};

/* ---- Causes ---- */

static struct cause *cause_slot(struct cause *table, size_t size, uint64_t seq)
{
    size_t i = (size_t)(seq * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (size - 1);

    while (table[i].seq != 0 && table[i].seq != seq) {
        i = (i + 1) & (size - 1);
    }
    return &table[i];
}

/* Half of the table stays empty. */
static int causes_grow(struct perfetto *out, struct error *err)
{
    const size_t size = out->cause_size == 0 ? FIRST_CAUSES : out->cause_size * 2;
    struct cause *table;

    if (out->cause_count * 2 < out->cause_size) return 0;
    table = calloc(size, sizeof(*table));
    if (table == NULL) return error_host(err, "out of memory");
    for (size_t i = 0; i < out->cause_size; i++) {
        if (out->causes[i].seq != 0) {
            *cause_slot(table, size, out->causes[i].seq) = out->causes[i];
        }
    }
    free(out->causes);
    out->causes = table;
    out->cause_size = size;
    return 0;
}

static int note_cause(void *ctx, const struct trace_item *item, struct error *err)
{
    struct perfetto *out = ctx;
    struct cause *cause;

    if (item->cause == 0) return 0;
    if (causes_grow(out, err) != 0) return -1;
    cause = cause_slot(out->causes, out->cause_size, item->cause);
    out->cause_count += cause->seq == 0;
    cause->seq = item->cause;
    return 0;
}

/* NULL: the event led to nothing that is exported. */
static struct cause *find_cause(struct perfetto *out, uint64_t seq)
{
    struct cause *cause;

    if (seq == 0 || out->cause_size == 0) return NULL;
    cause = cause_slot(out->causes, out->cause_size, seq);
    return cause->seq != 0 ? cause : NULL;
}

/* ---- Tracks ---- */

static void begin(struct perfetto *out)
{
    (void)fputs(out->is_followed ? ",\n{" : "\n{", out->file);
    out->is_followed = true;
}

/* `kind` is process_name or thread_name. */
static void put_name(struct perfetto *out, const char *kind, unsigned process, size_t track,
                     const char *name)
{
    begin(out);
    (void)fprintf(out->file,
                  "\"ph\":\"M\",\"name\":\"%s\",\"pid\":%u,\"tid\":%zu,\"args\":{\"name\":", kind,
                  process, track);
    export_put_string(out->file, name);
    (void)fputs("}}", out->file);
}

static size_t core_track(struct perfetto *out, unsigned core)
{
    char name[16];

    if (!out->has_core[core]) {
        out->has_core[core] = true;
        (void)snprintf(name, sizeof(name), "core %u", core);
        put_name(out, "thread_name", PROCESS_CORES, core + 1, name);
    }
    return core + 1;
}

static int add_device(struct perfetto *out, const char *path, struct error *err)
{
    const size_t capacity = out->device_capacity == 0 ? 64 : out->device_capacity * 2;

    if (out->device_count == out->device_capacity) {
        char **devices = realloc(out->devices, capacity * sizeof(char *));

        if (devices == NULL) return error_host(err, "out of memory");
        out->devices = devices;
        out->device_capacity = capacity;
    }
    out->devices[out->device_count] = malloc(strlen(path) + 1);
    if (out->devices[out->device_count] == NULL) return error_host(err, "out of memory");
    memcpy(out->devices[out->device_count], path, strlen(path) + 1);
    out->device_count++;
    return 0;
}

static int device_track(struct perfetto *out, const char *path, size_t *track, struct error *err)
{
    for (size_t i = 0; i < out->device_count; i++) {
        *track = FIRST_DEVICE + i;
        if (strcmp(out->devices[i], path) == 0) return 0;
    }
    *track = FIRST_DEVICE + out->device_count;
    if (add_device(out, path, err) != 0) return -1;
    put_name(out, "thread_name", PROCESS_DEVICES, *track, path);
    return 0;
}

/* ---- Slices and arrows ---- */

struct place {
    unsigned process;
    size_t track;
};

static void put_place(struct perfetto *out, const struct trace_item *item,
                      const struct place *place)
{
    (void)fprintf(out->file, ",\"pid\":%u,\"tid\":%zu,\"ts\":%" PRIu64 ".%06" PRIu64,
                  place->process, place->track, item->when / 1000000u, item->when % 1000000u);
}

static void put_slice(struct perfetto *out, const struct trace_item *item,
                      const struct place *place)
{
    begin(out);
    (void)fprintf(out->file, "\"ph\":\"X\",\"name\":");
    export_put_string(out->file, item->type->name);
    (void)fprintf(out->file, ",\"cat\":\"%s\"", trace_level_text(item->type->level));
    put_place(out, item, place);
    (void)fprintf(out->file,
                  ",\"dur\":0.001,\"args\":{\"seq\":%" PRIu64 ",\"cause\":%" PRIu64
                  ",\"core\":%u,\"pc\":\"0x%" PRIx64 "\",\"device\":",
                  item->seq, item->cause, item->core, item->pc);
    export_put_string(out->file, item->device);
    (void)fputs(",\"fields\":", out->file);
    export_put_fields(out->file, item);
    (void)fputs("}}", out->file);
}

/* One end of an arrow. */
struct arrow {
    char phase; /* s: it begins, f: it ends here */
    const char *name;
    uint64_t id;
};

/* It belongs to the slice that was put last on this track. */
static void put_arrow(struct perfetto *out, const struct trace_item *item,
                      const struct place *place, const struct arrow *arrow)
{
    begin(out);
    (void)fprintf(out->file, "\"ph\":\"%c\",\"name\":\"%s\",\"cat\":\"flow\",\"id\":%" PRIu64 "%s",
                  arrow->phase, arrow->name, arrow->id, arrow->phase == 'f' ? ",\"bp\":\"e\"" : "");
    put_place(out, item, place);
    (void)fputc('}', out->file);
}

/* The slice of a core where a chain begins, with an arrow to what it did. */
static void put_access(struct perfetto *out, const struct trace_item *item)
{
    const struct place core = {.process = PROCESS_CORES, .track = core_track(out, item->core)};

    put_slice(out, item, &core);
    put_arrow(out, item, &core, &(struct arrow){'s', "access", item->seq});
}

static int put_event(void *ctx, const struct trace_item *item, struct error *err)
{
    struct perfetto *out = ctx;
    struct cause *own = find_cause(out, item->seq);
    const struct cause *cause = find_cause(out, item->cause);
    const bool is_machine = strcmp(item->device, own_device) == 0;
    const bool is_access = !is_machine && own != NULL && item->cause == 0 && item->pc != 0;
    struct place place = {.process = is_machine ? PROCESS_CORES : PROCESS_DEVICES};

    if (is_machine) {
        place.track = core_track(out, item->core);
    } else if (device_track(out, item->device, &place.track, err) != 0) {
        return -1;
    }
    if (is_access) put_access(out, item);
    put_slice(out, item, &place);
    if (is_access) put_arrow(out, item, &place, &(struct arrow){'f', "access", item->seq});
    /* An arrow must not come out of nowhere: the filter may have left out where it begins. */
    if (cause != NULL && cause->is_written) {
        put_arrow(out, item, &place, &(struct arrow){'f', "cause", item->cause});
    }
    if (own != NULL) {
        put_arrow(out, item, &place, &(struct arrow){'s', "cause", item->seq});
        own->is_written = true;
    }
    return 0;
}

static int put_all(struct perfetto *out, const struct trace_items *items,
                   const struct trace_filter *filter, struct error *err)
{
    int result;

    if (export_walk(items, filter, NULL, note_cause, out, err) != 0) return -1;
    (void)fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out->file);
    put_name(out, "process_name", PROCESS_CORES, 0, "cores");
    put_name(out, "process_name", PROCESS_DEVICES, 0, "devices");
    result = export_walk(items, filter, out->file, put_event, out, err);
    (void)fputs("\n]}\n", out->file);
    return result;
}

int export_perfetto(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
                    struct error *err)
{
    struct perfetto *out = calloc(1, sizeof(*out));
    int result;

    if (out == NULL) return error_host(err, "out of memory");
    out->file = file;
    result = put_all(out, items, filter, err);
    for (size_t i = 0; i < out->device_count; i++) {
        free(out->devices[i]);
    }
    free(out->devices);
    free(out->causes);
    free(out);
    return export_end(file, result, err);
}
