/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes traces in the Common Trace Format. One stream holds all events in the order of their numbers, which is also
 * the order of their times: the scheduler's clock, which the trace asks, never goes back, also when several cores
 * have their turns one after the other. Events are put into packets in memory; nothing is formatted but the
 * declaration of a kind of event when it is met for the first time. Before a packet goes to disk, the
 * declarations that it needs do, so the trace is whole up to its last packet whenever the program ends.
 */
#define _GNU_SOURCE /* open_memstream, O_CLOEXEC, strdup */

#include "emu/debug/trace/ctf.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/endian.h"
#include "emu/core/device.h"
#include "emu/debug/trace/ctf_internal.h"

#define FIRST_KNOWN 256u
#define UNDECLARED  CTF_CLASSES_MAX

/* A file that only grows, by whole pieces. */
struct growing_file {
    int fd;
    off_t bytes;
};

/* Which class the events of a device and kind have: found by the addresses of their descriptions. */
struct known {
    const void *device;
    const void *kind; /* NULL: unused */
    unsigned number;
    struct trace_scratch *scratch; /* of records only */
};

struct ctf_writer {
    char *path;
    struct error trouble;
    bool is_file_bad; /* what is in memory cannot go there any more */
    struct growing_file metadata;
    struct growing_file stream;
    FILE *text; /* metadata that is not in the file yet: writes to the next two */
    char *text_data;
    size_t text_bytes;
    const struct trace_filter *filter; /* of the sink; borrowed */

    struct ctf_classes classes;
    struct known *known; /* open addressing; `known_size` is a power of two */
    size_t known_size;
    size_t known_count;

    uint64_t last; /* number and time of the newest event */
    uint64_t last_when;
    uint64_t packets;
    uint64_t begin; /* time of the first event of this packet */
    uint32_t used;
    uint8_t packet[CTF_PACKET_BYTES];
};

/* ---- Files ---- */

static int host_trouble(struct ctf_writer *writer, const char *file)
{
    writer->is_file_bad = true;
    return error_host(&writer->trouble, "%s/%s: %s", writer->path, file, strerror(errno));
}

static bool has_trouble(const struct ctf_writer *writer)
{
    return writer->trouble.kind != ERROR_NONE;
}

/* A piece that does not fit leaves nothing behind. */
static int file_append(struct growing_file *file, const void *data, size_t bytes)
{
    const uint8_t *at = data;

    for (size_t left = bytes; left > 0;) {
        const ssize_t put = write(file->fd, at, left);

        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            const int reason = put < 0 ? errno : ENOSPC;

            if (ftruncate(file->fd, file->bytes) == 0) {
                (void)lseek(file->fd, file->bytes, SEEK_SET);
            }
            errno = reason;
            return -1;
        }
        at += put;
        left -= (size_t)put;
    }
    file->bytes += (off_t)bytes;
    return 0;
}

static int write_metadata(struct ctf_writer *writer)
{
    if (fflush(writer->text) != 0 || ferror(writer->text)) {
        writer->is_file_bad = true;
        return error_host(&writer->trouble, "no memory for the metadata of a trace");
    }
    if (writer->text_bytes == 0) return 0;
    if (file_append(&writer->metadata, writer->text_data, writer->text_bytes) != 0) {
        return host_trouble(writer, CTF_METADATA_FILE);
    }
    rewind(writer->text);
    return 0;
}

static void write_packet(struct ctf_writer *writer)
{
    uint8_t *packet = writer->packet;

    if (writer->used == CTF_PACKET_HEADER_BYTES || writer->is_file_bad) return;
    if (write_metadata(writer) != 0) return;
    le32_put(packet + CTF_PACKET_MAGIC, CTF_MAGIC);
    le32_put(packet + CTF_PACKET_STREAM, 0);
    le64_put(packet + CTF_PACKET_BEGIN, writer->begin);
    le64_put(packet + CTF_PACKET_END, writer->last_when);
    le64_put(packet + CTF_PACKET_CONTENT_BITS, (uint64_t)writer->used * 8);
    le64_put(packet + CTF_PACKET_PACKET_BITS, (uint64_t)writer->used * 8);
    le64_put(packet + CTF_PACKET_NUMBER, writer->packets);
    if (file_append(&writer->stream, packet, writer->used) != 0) {
        (void)host_trouble(writer, CTF_STREAM_FILE);
        return;
    }
    writer->packets++;
    writer->used = CTF_PACKET_HEADER_BYTES;
}

/* ---- Kinds of event ---- */

static struct known *known_slot(struct known *table, size_t size, const void *device,
                                const void *kind)
{
    const uint64_t mixed =
        ((uintptr_t)device ^ (uint64_t)(uintptr_t)kind << 20) * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(mixed >> 32) & (size - 1);

    while (table[i].kind != NULL && (table[i].kind != kind || table[i].device != device)) {
        i = (i + 1) & (size - 1);
    }
    return &table[i];
}

/* Half of the table stays empty. */
static int known_grow(struct ctf_writer *writer)
{
    const size_t size = writer->known_size == 0 ? FIRST_KNOWN : writer->known_size * 2;
    struct known *table;

    if (writer->known_count * 2 < writer->known_size) return 0;
    table = calloc(size, sizeof(*table));
    if (table == NULL) return error_host(&writer->trouble, "no memory for the events of a trace");
    for (size_t i = 0; i < writer->known_size; i++) {
        const struct known *old = &writer->known[i];

        if (old->kind != NULL) {
            *known_slot(table, size, old->device, old->kind) = *old;
        }
    }
    free(writer->known);
    writer->known = table;
    writer->known_size = size;
    return 0;
}

/* A new entry for `keys`; NULL: trouble. */
static struct known *learn(struct ctf_writer *writer, const struct known *keys)
{
    struct known *slot;

    if (known_grow(writer) != 0) return NULL;
    slot = known_slot(writer->known, writer->known_size, keys->device, keys->kind);
    *slot = *keys;
    slot->number = UNDECLARED;
    writer->known_count++;
    return slot;
}

/* Gives an item's class its number; a class that is new is declared. */
static int declare(struct ctf_writer *writer, const struct trace_item *item, unsigned *number)
{
    struct ctf_class *class = ctf_classes_find(&writer->classes, item->device, item->type);

    if (class == NULL) {
        class = ctf_classes_add(&writer->classes, item->device, item->type, &writer->trouble);
        if (class == NULL) return -1;
        ctf_metadata_put_class(writer->text, class);
    }
    *number = class->number;
    return 0;
}

/* ---- Events ---- */

static int check_order(struct ctf_writer *writer, const struct trace_item *item)
{
    if (item->seq > writer->last && item->when >= writer->last_when && item->cause < item->seq) {
        return 0;
    }
    return error_host(&writer->trouble,
                      "the event %" PRIu64 " follows on the event %" PRIu64
                      "; a trace only goes forward in time",
                      item->seq, writer->last);
}

/* Bytes of an item; `text_bytes` takes those of its texts. 0: one is too long. */
static uint32_t item_bytes(const struct trace_item *item, size_t text_bytes[TRACE_ARGS])
{
    uint32_t bytes = CTF_EVENT_HEADER_BYTES;

    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (!item->type->is_text[i]) {
            bytes += 8;
            continue;
        }
        text_bytes[i] = strlen(item->texts[i]) + 1;
        if (text_bytes[i] > CTF_TEXT_BYTES) return 0;
        bytes += (uint32_t)text_bytes[i];
    }
    return bytes;
}

static_assert(CTF_PACKET_HEADER_BYTES + CTF_EVENT_HEADER_BYTES + TRACE_ARGS * CTF_TEXT_BYTES <=
                  CTF_PACKET_BYTES,
              "every event fits into a packet");

static void put_event(struct ctf_writer *writer, unsigned class, const struct trace_item *item)
{
    size_t text_bytes[TRACE_ARGS];
    const uint32_t bytes = item_bytes(item, text_bytes);
    uint8_t *at;

    if (bytes == 0) {
        (void)error_host(&writer->trouble, "a text of the event %" PRIu64 " is too long",
                         item->seq);
        return;
    }
    if (writer->used + bytes > CTF_PACKET_BYTES) write_packet(writer);
    if (has_trouble(writer) || check_order(writer, item) != 0) return;
    if (writer->used == CTF_PACKET_HEADER_BYTES) {
        writer->begin = item->when;
    }
    at = writer->packet + writer->used;
    le16_put(at + CTF_EVENT_CLASS, (uint16_t) class);
    le64_put(at + CTF_EVENT_WHEN, item->when);
    le64_put(at + CTF_EVENT_SEQ, item->seq);
    le64_put(at + CTF_EVENT_CAUSE, item->cause);
    le64_put(at + CTF_EVENT_PC, item->pc);
    at[CTF_EVENT_CORE] = item->core;
    le16_put(at + CTF_EVENT_DEVICE, (uint16_t)writer->classes.items[class]->device);
    at += CTF_EVENT_HEADER_BYTES;
    for (unsigned i = 0; i < item->type->field_count; i++) {
        if (item->type->is_text[i]) {
            memcpy(at, item->texts[i], text_bytes[i]);
            at += text_bytes[i];
        } else {
            le64_put(at, item->args[i]);
            at += 8;
        }
    }
    writer->used += bytes;
    writer->last = item->seq;
    writer->last_when = item->when;
}

/* An event of the kind `known`. */
static void put_known(struct ctf_writer *writer, struct known *known, const struct trace_item *item)
{
    if (known->number == UNDECLARED && declare(writer, item, &known->number) != 0) return;
    put_event(writer, known->number, item);
}

void ctf_writer_put(struct ctf_writer *writer, const struct trace_item *item)
{
    const struct known keys = {.device = item->device, .kind = item->type};
    struct known *known;

    if (has_trouble(writer)) return;
    known = known_slot(writer->known, writer->known_size, keys.device, keys.kind);
    if (known->kind == NULL) {
        known = learn(writer, &keys);
        if (known == NULL) return;
    }
    put_known(writer, known, item);
}

static struct known *learn_record(struct ctf_writer *writer, const struct trace_record *record)
{
    struct known keys = {.device = record->device, .kind = record->desc};
    struct known *known;

    keys.scratch = calloc(1, sizeof(*keys.scratch));
    if (keys.scratch == NULL) {
        (void)error_host(&writer->trouble, "no memory for the events of a trace");
        return NULL;
    }
    known = learn(writer, &keys);
    if (known == NULL) free(keys.scratch);
    return known;
}

static void sink_record(void *ctx, const struct trace_record *record)
{
    struct ctf_writer *writer = ctx;
    struct known *known;
    struct trace_item item;

    if (has_trouble(writer)) return;
    known = known_slot(writer->known, writer->known_size, record->device, record->desc);
    if (known->kind == NULL) {
        known = learn_record(writer, record);
        if (known == NULL) return;
    }
    trace_item_view(record, known->scratch, &item);
    if (writer->filter != NULL && !trace_filter_matches(writer->filter, &item)) return;
    put_known(writer, known, &item);
}

struct trace_sink ctf_writer_sink(struct ctf_writer *writer, const struct trace_filter *filter)
{
    writer->filter = filter;
    return (struct trace_sink){.record = sink_record, .ctx = writer};
}

void ctf_writer_catch_up(struct ctf_writer *writer, const struct trace *trace)
{
    const uint64_t last = trace_seq(trace);
    const uint64_t first = last > TRACE_RING_RECORDS ? last - TRACE_RING_RECORDS + 1 : 1;

    for (uint64_t seq = first; seq <= last; seq++) {
        const struct trace_record *record = trace_find(trace, seq);

        if (record != NULL) sink_record(writer, record);
    }
}

/* ---- Birth and end ---- */

/* A directory that is there already must be empty. */
static int check_empty(const char *path, struct error *err)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    unsigned count = 0;

    if (directory == NULL) return error_host(err, "%s: %s", path, strerror(errno));
    while ((entry = readdir(directory)) != NULL) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(directory);
    if (count == 0) return 0;
    return error_host(err, "%s: this directory is not empty; a trace needs one of its own", path);
}

static int open_file(struct growing_file *file, const char *path, const char *name,
                     struct error *err)
{
    char whole[4096];

    if ((size_t)snprintf(whole, sizeof(whole), "%s/%s", path, name) >= sizeof(whole)) {
        return error_host(err, "%s: %s", path, strerror(ENAMETOOLONG));
    }
    file->fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return file->fd >= 0 ? 0 : error_host(err, "%s: %s", whole, strerror(errno));
}

static int open_files(struct ctf_writer *writer, struct error *err)
{
    if (mkdir(writer->path, 0777) != 0) {
        if (errno != EEXIST) return error_host(err, "%s: %s", writer->path, strerror(errno));
        if (check_empty(writer->path, err) != 0) return -1;
    }
    if (open_file(&writer->metadata, writer->path, CTF_METADATA_FILE, err) != 0) return -1;
    return open_file(&writer->stream, writer->path, CTF_STREAM_FILE, err);
}

static void release(struct ctf_writer *writer)
{
    if (writer->metadata.fd >= 0) (void)close(writer->metadata.fd);
    if (writer->stream.fd >= 0) (void)close(writer->stream.fd);
    if (writer->text != NULL) (void)fclose(writer->text);
    free(writer->text_data);
    for (size_t i = 0; i < writer->known_size; i++) {
        free(writer->known[i].scratch);
    }
    free(writer->known);
    ctf_classes_release(&writer->classes);
    free(writer->path);
    free(writer);
}

static int start(struct ctf_writer *writer, const char *path, const char *machine)
{
    writer->path = strdup(path);
    writer->text = open_memstream(&writer->text_data, &writer->text_bytes);
    if (writer->path == NULL || writer->text == NULL || known_grow(writer) != 0) {
        return error_host(&writer->trouble, "out of memory");
    }
    if (open_files(writer, &writer->trouble) != 0) return -1;
    ctf_metadata_put_head(writer->text, machine);
    return write_metadata(writer);
}

struct ctf_writer *ctf_writer_open(const char *path, const char *machine, struct error *err)
{
    struct ctf_writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    writer->metadata.fd = -1;
    writer->stream.fd = -1;
    writer->used = CTF_PACKET_HEADER_BYTES;
    if (start(writer, path, machine) == 0) return writer;
    (void)error_host(err, "%s", writer->trouble.text);
    release(writer);
    return NULL;
}

static void close_file(struct ctf_writer *writer, struct growing_file *file, const char *name)
{
    if (close(file->fd) != 0) {
        (void)host_trouble(writer, name);
    }
    file->fd = -1;
}

int ctf_writer_close(struct ctf_writer *writer, struct error *err)
{
    int result = 0;

    if (writer == NULL) return 0;
    write_packet(writer);
    close_file(writer, &writer->metadata, CTF_METADATA_FILE);
    close_file(writer, &writer->stream, CTF_STREAM_FILE);
    if (has_trouble(writer)) {
        result = error_host(err, "%s", writer->trouble.text);
    }
    release(writer);
    return result;
}
