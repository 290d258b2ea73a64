/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk over events that every export makes, and the two simple exports. See export.h. */
#include "emu/debug/trace/export.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "emu/debug/trace/ctf.h"
#include "emu/debug/trace/export_internal.h"

int export_walk(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
                int (*each)(void *ctx, const struct trace_item *item, struct error *err), void *ctx,
                struct error *err)
{
    struct trace_item item;
    uint64_t seq;
    uint64_t last;

    items->range(items->ctx, &seq, &last);
    while (seq <= last) {
        if (!trace_items_from(items, seq, &item)) {
            return error_host(err, "the events from %" PRIu64 " on cannot be read", seq);
        }
        if (filter == NULL || trace_filter_matches(filter, &item)) {
            const int result = each(ctx, &item, err);

            if (result != 0) return result;
            if (file != NULL && ferror(file)) return error_host(err, "%s", strerror(errno));
        }
        seq = item.seq + 1;
    }
    return 0;
}

int export_end(FILE *file, int result, struct error *err)
{
    if (fflush(file) == 0 && !ferror(file)) return result;
    return error_host(err, "%s", strerror(errno));
}

/* ---- JSON ---- */

void export_put_string(FILE *file, const char *text)
{
    (void)fputc('"', file);
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            (void)fprintf(file, "\\%c", c);
        } else if (c < ' ' || c > '~') {
            (void)fprintf(file, "\\u%04x", c);
        } else {
            (void)fputc(c, file);
        }
    }
    (void)fputc('"', file);
}

void export_put_fields(FILE *file, const struct trace_item *item)
{
    (void)fputc('{', file);
    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (i > 0) (void)fputc(',', file);
        export_put_string(file, item->type->fields[i]);
        (void)fputc(':', file);
        if (item->type->is_text[i]) {
            export_put_string(file, item->texts[i]);
        } else {
            (void)fprintf(file, "\"0x%" PRIx64 "\"", item->args[i]);
        }
    }
    (void)fputc('}', file);
}

void export_json_item(const struct trace_item *item, FILE *file)
{
    (void)fprintf(file,
                  "{\"seq\":%" PRIu64 ",\"cause\":%" PRIu64 ",\"virtual-time\":%" PRIu64
                  ",\"core\":%u,\"pc\":\"0x%" PRIx64 "\",\"device\":",
                  item->seq, item->cause, item->when, item->core, item->pc);
    export_put_string(file, item->device);
    (void)fputs(",\"event\":", file);
    export_put_string(file, item->type->name);
    (void)fprintf(file, ",\"level\":\"%s\",\"fields\":", trace_level_text(item->type->level));
    export_put_fields(file, item);
    (void)fputs("}\n", file);
}

static int put_line(void *ctx, const struct trace_item *item, struct error *err)
{
    (void)err;
    export_json_item(item, ctx);
    return 0;
}

int export_json(const struct trace_items *items, const struct trace_filter *filter, FILE *file,
                struct error *err)
{
    return export_end(file, export_walk(items, filter, file, put_line, file, err), err);
}

/* ---- CTF ---- */

static int put_event(void *ctx, const struct trace_item *item, struct error *err)
{
    (void)err;
    ctf_writer_put(ctx, item);
    return 0;
}

int export_ctf(const struct trace_items *items, const struct trace_filter *filter, const char *path,
               const char *machine, struct error *err)
{
    struct ctf_writer *writer = ctf_writer_open(path, machine, err);
    int result;

    if (writer == NULL) return -1;
    result = export_walk(items, filter, NULL, put_event, writer, err);
    return ctf_writer_close(writer, err) == 0 ? result : -1;
}
