/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads traces that ctf_writer.c wrote, and trusts nothing in them. What is kept in memory: an entry for each
 * packet, of which none is smaller than 85 bytes on disk; the packet that was asked last; each text once, because
 * items may be kept longer than a packet; and the metadata.
 */
#define _GNU_SOURCE /* O_CLOEXEC, pread */

#include "emu/debug/trace/ctf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/endian.h"
#include "emu/base/hash.h"
#include "emu/debug/trace/ctf_internal.h"

#define FIRST_PACKETS 64u
#define FIRST_TEXTS   256u
#define NONE          SIZE_MAX

struct ctf_reader {
    char *name; /* for sentences */
    int stream;
    char machine[CTF_MACHINE_BYTES];
    struct error trouble; /* the first packet that could not be read */
    struct ctf_classes classes;
    struct ctf_packet *packets; /* in the order of their events */
    size_t packet_count;
    size_t packet_capacity;
    char **texts; /* open addressing; owned */
    size_t text_size;
    size_t text_count;

    size_t current; /* the packet below, NONE: there is none */
    struct ctf_index index;
    uint64_t last; /* number of the trace's last event */
    uint8_t data[CTF_PACKET_BYTES];
};

/* ---- Texts ---- */

static size_t text_slot(char *const *table, size_t size, const char *text)
{
    size_t i = (size_t)(hash_string(HASH_SEED, text) >> 16) & (size - 1);

    while (table[i] != NULL && strcmp(table[i], text) != 0) {
        i = (i + 1) & (size - 1);
    }
    return i;
}

static int texts_grow(struct ctf_reader *reader)
{
    const size_t size = reader->text_size == 0 ? FIRST_TEXTS : reader->text_size * 2;
    char **table;

    if (reader->text_count * 2 < reader->text_size) return 0;
    table = calloc(size, sizeof(char *));
    if (table == NULL) return -1;
    for (size_t i = 0; i < reader->text_size; i++) {
        if (reader->texts[i] != NULL) {
            table[text_slot(table, size, reader->texts[i])] = reader->texts[i];
        }
    }
    free(reader->texts);
    reader->texts = table;
    reader->text_size = size;
    return 0;
}

/* The copy of `text` that stays. NULL: no memory. */
static const char *keep_text(struct ctf_reader *reader, const char *text)
{
    size_t slot;

    if (texts_grow(reader) != 0) return NULL;
    slot = text_slot(reader->texts, reader->text_size, text);
    if (reader->texts[slot] == NULL) {
        reader->texts[slot] = strdup(text);
        reader->text_count += reader->texts[slot] != NULL;
    }
    return reader->texts[slot];
}

/* ---- Packets ---- */

/* 0: all `bytes` are there. */
static int read_at(const struct ctf_reader *reader, uint64_t offset, void *data, size_t bytes)
{
    uint8_t *at = data;

    while (bytes > 0) {
        const ssize_t got = pread(reader->stream, at, bytes, (off_t)offset);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            errno = got < 0 ? errno : EIO; /* it became shorter while it was read */
            return -1;
        }
        at += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return 0;
}

static int add_packet(struct ctf_reader *reader, const struct ctf_packet *packet)
{
    const size_t capacity =
        reader->packet_capacity == 0 ? FIRST_PACKETS : reader->packet_capacity * 2;

    if (reader->packet_count == reader->packet_capacity) {
        struct ctf_packet *packets = realloc(reader->packets, capacity * sizeof(*packets));

        if (packets == NULL) return -1;
        reader->packets = packets;
        reader->packet_capacity = capacity;
    }
    reader->packets[reader->packet_count] = *packet;
    reader->packet_count++;
    return 0;
}

static int index_stream(struct ctf_reader *reader, uint64_t bytes, struct error *err)
{
    uint8_t start[CTF_PACKET_LEAST_BYTES];
    struct ctf_packet packet = {.offset = 0};

    for (; packet.offset < bytes; packet.offset += packet.bytes) {
        const size_t count = reader->packet_count;
        const struct ctf_packet *before = count > 0 ? &reader->packets[count - 1] : NULL;
        const char *wrong = "the file ends in it";

        if (bytes - packet.offset >= sizeof(start)) {
            if (read_at(reader, packet.offset, start, sizeof(start)) != 0) {
                return error_host(err, "%s/%s: %s", reader->name, CTF_STREAM_FILE, strerror(errno));
            }
            wrong = ctf_packet_parse(start, count, bytes - packet.offset, before, &packet);
        }
        if (wrong != NULL) {
            return error_host(err, "%s/%s: packet %zu: %s", reader->name, CTF_STREAM_FILE, count,
                              wrong);
        }
        if (add_packet(reader, &packet) != 0) return error_host(err, "out of memory");
    }
    return 0;
}

/* A number that the events of a packet are below. */
static uint64_t limit_of(const struct ctf_reader *reader, size_t index)
{
    return index + 1 < reader->packet_count ? reader->packets[index + 1].first : UINT64_MAX;
}

/* Makes a packet the current one. */
static int load_packet(struct ctf_reader *reader, size_t index)
{
    const struct ctf_packet *packet = &reader->packets[index];
    const char *wrong;

    if (reader->current == index) return 0;
    reader->current = NONE;
    if (read_at(reader, packet->offset, reader->data, packet->bytes) != 0) {
        wrong = strerror(errno);
    } else {
        wrong = ctf_packet_index(packet, reader->data, limit_of(reader, index), &reader->classes,
                                 &reader->index);
    }
    if (wrong != NULL) {
        return error_host(&reader->trouble, "%s/%s: packet %zu: %s", reader->name, CTF_STREAM_FILE,
                          index, wrong);
    }
    reader->current = index;
    return 0;
}

/* The packet that could have the event `seq`, or the first one behind it; NONE: it is behind the last. */
static size_t find_packet(const struct ctf_reader *reader, uint64_t seq)
{
    size_t low = 0;
    size_t high = seq <= reader->last ? reader->packet_count : 0;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (limit_of(reader, middle) <= seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < reader->packet_count && seq <= reader->last ? low : NONE;
}

static uint64_t seq_at(const struct ctf_reader *reader, size_t event)
{
    return le64_get(reader->data + reader->index.offsets[event] + CTF_EVENT_SEQ);
}

/* The first event of the current packet from `seq` on. */
static size_t find_event(const struct ctf_reader *reader, uint64_t seq)
{
    size_t low = 0;
    size_t high = reader->index.count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (seq_at(reader, middle) < seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- struct trace_items ---- */

static void get_range(void *ctx, uint64_t *first, uint64_t *last)
{
    const struct ctf_reader *reader = ctx;

    *first = 1;
    *last = 0;
    if (reader->packet_count == 0) return;
    *first = reader->packets[0].first;
    *last = reader->last;
}

static bool decode(struct ctf_reader *reader, const uint8_t *event, struct trace_item *item)
{
    const struct ctf_class *class = reader->classes.items[le16_get(event + CTF_EVENT_CLASS)];
    const uint8_t *at = event + CTF_EVENT_HEADER_BYTES;

    *item = (struct trace_item){
        .seq = le64_get(event + CTF_EVENT_SEQ),
        .cause = le64_get(event + CTF_EVENT_CAUSE),
        .when = le64_get(event + CTF_EVENT_WHEN),
        .pc = le64_get(event + CTF_EVENT_PC),
        .core = event[CTF_EVENT_CORE],
        .device = class->path,
        .type = &class->type,
    };
    for (unsigned i = 0; i < class->type.field_count; i++) {
        if (!class->type.is_text[i]) {
            item->args[i] = le64_get(at);
            at += 8;
            continue;
        }
        item->texts[i] = keep_text(reader, (const char *)at);
        if (item->texts[i] == NULL) return false;
        at += strlen((const char *)at) + 1;
    }
    return true;
}

static bool get_item(void *ctx, uint64_t seq, struct trace_item *item)
{
    struct ctf_reader *reader = ctx;
    const size_t packet = find_packet(reader, seq);
    size_t event;

    if (packet == NONE || load_packet(reader, packet) != 0) return false;
    event = find_event(reader, seq);
    if (event == reader->index.count || seq_at(reader, event) != seq) return false;
    if (decode(reader, reader->data + reader->index.offsets[event], item)) return true;
    (void)error_host(&reader->trouble, "%s: no memory for the texts of its events", reader->name);
    return false;
}

static uint64_t get_next(void *ctx, uint64_t seq)
{
    struct ctf_reader *reader = ctx;
    const size_t packet = find_packet(reader, seq);
    size_t event;

    if (packet == NONE || load_packet(reader, packet) != 0) return 0;
    event = find_event(reader, seq);
    if (event < reader->index.count) return seq_at(reader, event);
    /* In a gap between two packets: the headers say where the next one begins. */
    return packet + 1 < reader->packet_count ? reader->packets[packet + 1].first : 0;
}

struct trace_items ctf_reader_items(struct ctf_reader *reader)
{
    return (struct trace_items){
        .ctx = reader, .range = get_range, .get = get_item, .next = get_next};
}

const char *ctf_reader_machine(const struct ctf_reader *reader)
{
    return reader->machine;
}

const char *ctf_reader_trouble(const struct ctf_reader *reader)
{
    return reader->trouble.kind != ERROR_NONE ? reader->trouble.text : NULL;
}

/* ---- Birth and end ---- */

void ctf_reader_close(struct ctf_reader *reader)
{
    if (reader == NULL) return;
    if (reader->stream >= 0) (void)close(reader->stream);
    for (size_t i = 0; i < reader->text_size; i++) {
        free(reader->texts[i]);
    }
    free(reader->texts);
    free(reader->packets);
    ctf_classes_release(&reader->classes);
    free(reader->name);
    free(reader);
}

static int start(struct ctf_reader *reader, const char *text, size_t bytes, struct error *err)
{
    struct error wrong = ERROR_INIT;
    struct stat status;

    if (ctf_metadata_parse(text, bytes, reader->machine, &reader->classes, &wrong) != 0) {
        return error_host(err, "%s/%s: %s", reader->name, CTF_METADATA_FILE, wrong.text);
    }
    if (reader->stream < 0) return 0;
    if (fstat(reader->stream, &status) != 0) {
        return error_host(err, "%s/%s: %s", reader->name, CTF_STREAM_FILE, strerror(errno));
    }
    if (index_stream(reader, (uint64_t)status.st_size, err) != 0) return -1;
    if (reader->packet_count == 0) return 0;
    if (load_packet(reader, reader->packet_count - 1) != 0) {
        return error_host(err, "%s", reader->trouble.text);
    }
    reader->last = seq_at(reader, reader->index.count - 1);
    return 0;
}

struct ctf_reader *ctf_reader_start(const char *name, char *text, size_t bytes, int stream,
                                    struct error *err)
{
    struct ctf_reader *reader = calloc(1, sizeof(*reader));
    int result = -1;

    if (reader != NULL) {
        reader->stream = stream;
        reader->current = NONE;
        reader->name = strdup(name);
    } else if (stream >= 0) {
        (void)close(stream);
    }
    if (reader == NULL || reader->name == NULL) {
        (void)error_host(err, "out of memory");
    } else {
        result = start(reader, text, bytes, err);
    }
    free(text);
    if (result == 0) return reader;
    ctf_reader_close(reader);
    return NULL;
}

/* All of a small file, with a zero behind it; NULL: errno. */
static char *read_all(int fd, size_t bytes)
{
    char *text = malloc(bytes + 1);
    size_t used = 0;

    while (text != NULL && used < bytes) {
        const ssize_t got = read(fd, text + used, bytes - used);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            errno = got < 0 ? errno : EIO;
            free(text);
            return NULL;
        }
        used += (size_t)got;
    }
    if (text != NULL) text[bytes] = '\0';
    return text;
}

static int open_part(const char *path, const char *name, struct stat *status, struct error *err)
{
    char whole[4096];
    int fd = -1;

    if ((size_t)snprintf(whole, sizeof(whole), "%s/%s", path, name) >= sizeof(whole)) {
        return error_host(err, "%s: %s", path, strerror(ENAMETOOLONG));
    }
    fd = open(whole, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, status) != 0) {
        (void)error_host(err, "%s: %s", whole, strerror(errno));
    } else if (!S_ISREG(status->st_mode)) {
        (void)error_host(err, "%s: this is not a file", whole);
    } else {
        return fd;
    }
    if (fd >= 0) (void)close(fd);
    return -1;
}

static char *read_metadata(const char *path, size_t *bytes, struct error *err)
{
    struct stat status = {.st_size = 0};
    const int fd = open_part(path, CTF_METADATA_FILE, &status, err);
    char *text = NULL;

    if (fd < 0) return NULL;
    if (status.st_size > (off_t)CTF_METADATA_MAX) {
        (void)error_host(err, "%s/%s: the file is too large", path, CTF_METADATA_FILE);
    } else {
        *bytes = (size_t)status.st_size;
        text = read_all(fd, *bytes);
        if (text == NULL) {
            (void)error_host(err, "%s/%s: %s", path, CTF_METADATA_FILE, strerror(errno));
        }
    }
    (void)close(fd);
    return text;
}

struct ctf_reader *ctf_reader_open(const char *path, struct error *err)
{
    struct stat status;
    size_t bytes;
    char *text = read_metadata(path, &bytes, err);
    int stream;

    if (text == NULL) return NULL;
    stream = open_part(path, CTF_STREAM_FILE, &status, err);
    if (stream < 0) {
        free(text);
        return NULL;
    }
    return ctf_reader_start(path, text, bytes, stream, err);
}
