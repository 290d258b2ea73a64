/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks at everything a disk directory holds. A problem is what should not be so after any use or crash
 * of this program; a note is what a crash can leave.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/disk/disk_internal.h"
#include "emu/disk/disk_notes.h"

#define CHUNK_BLOCKS 256u
#define CHUNK_BYTES  ((size_t)CHUNK_BLOCKS * MEDIA_BLOCK_BYTES)

struct verify {
    struct disk *disk;
    FILE *report;
    const struct disk_progress *progress;
    unsigned problems;
    uint8_t *chunk;
    uint64_t done;  /* bytes of both files */
    uint64_t total; /* bytes of both files */
};

/* Of one module. */
struct walk {
    struct disk_module *module;
    struct ssd_geometry geometry;
    uint32_t map_page; /* of `map`, + 1; 0: none yet */
    bool is_map_known;
    uint8_t map[SSD_NOTES_PAGE_BYTES];
    uint64_t bad_offset; /* where a run of unreadable blocks begins */
    uint64_t bad_bytes;  /* its length; 0: there is none */
    int bad_reason;
    uint64_t unmapped; /* blocks that hold data and are not in the map */
};

static void advance(struct verify *v, uint64_t bytes)
{
    v->done += bytes;
    if (v->progress != NULL && v->progress->tell != NULL) {
        v->progress->tell(v->progress->ctx, v->done, v->total);
    }
}

static bool is_stopped(const struct verify *v)
{
    return v->progress != NULL && v->progress->stop != NULL && atomic_load(v->progress->stop);
}

/* ---- Headers ---- */

static const char *state_text(enum disk_header_state state, bool has_mac)
{
    switch (state) {
    case DISK_HEADER_MAGIC: return "is no header";
    case DISK_HEADER_VERSION: return "is of another version";
    case DISK_HEADER_CHECKSUM: return "has a wrong checksum";
    case DISK_HEADER_LAYOUT: return "makes no sense";
    case DISK_HEADER_GOOD: break;
    }
    return has_mac ? NULL : "was made for another T2";
}

static void check_headers(struct verify *v, const struct disk_module *module)
{
    uint8_t bytes[DISK_HEADER_BYTES];
    struct disk_header header;
    bool has_mac = false;

    for (unsigned copy = 0; copy < DISK_HEADER_COPIES; copy++) {
        const int reason = disk_read_at(v->disk->host, module->fd, bytes, sizeof(bytes),
                                        (uint64_t)copy * DISK_HEADER_BYTES);
        const char *text = strerror(reason);

        if (reason == 0) {
            const enum disk_header_state state =
                disk_header_get(bytes, v->disk->pairing_key, &header, &has_mac);

            text = state_text(state, has_mac);
        }
        if (text == NULL) continue;
        v->problems++;
        (void)fprintf(v->report, "%s: copy %c of the header: %s\n", module->name, "AB"[copy], text);
    }
    if (!module->header.is_clean) {
        (void)fprintf(v->report, "note: %s: not closed since it was last written\n", module->name);
    }
}

static void check_room(struct verify *v, const struct disk_module *module)
{
    static const uint8_t zeros[MEDIA_BLOCK_BYTES] = {0};
    uint64_t offset = DISK_NOTES_OFFSET + module->header.notes_bytes;
    const uint64_t end = disk_data_offset(module->header.notes_bytes);

    for (; offset < end; offset += MEDIA_BLOCK_BYTES) {
        uint8_t page[MEDIA_BLOCK_BYTES];

        if (disk_read_at(v->disk->host, module->fd, page, sizeof(page), offset) == 0 &&
            memcmp(page, zeros, sizeof(page)) == 0) {
            continue;
        }
        v->problems++;
        (void)fprintf(v->report, "%s: bytes between notes and data are not zero\n", module->name);
        return;
    }
}

/* ---- Notes ---- */

static void check_notes(struct verify *v, struct disk_module *module,
                        const struct ssd_geometry *geometry)
{
    const uint64_t bytes = disk_notes_bitmap_offset(geometry) + disk_notes_bitmap_bytes(geometry);
    const uint64_t end = DISK_NOTES_OFFSET + bytes;
    uint64_t offset = DISK_NOTES_OFFSET;
    uint64_t data_end;

    while (disk_next_data(module->fd, &offset, end, &data_end)) {
        uint8_t page[MEDIA_BLOCK_BYTES];
        const uint64_t at = align_down(offset, MEDIA_BLOCK_BYTES);
        const uint32_t number = (uint32_t)((at - DISK_NOTES_OFFSET) / MEDIA_BLOCK_BYTES);
        const int reason = disk_module_read(module, at, page, sizeof(page));

        if (reason != 0 || disk_notes_judge(number, page) == DISK_NOTES_BAD) {
            v->problems++;
            (void)fprintf(v->report, "%s: page %" PRIu32 " of the notes: %s\n", module->name,
                          number, reason != 0 ? strerror(reason) : "wrong checksum");
        }
        offset = at + MEDIA_BLOCK_BYTES;
    }
}

static bool is_mapped(struct walk *w, uint64_t block)
{
    const uint32_t page = (uint32_t)(block / SSD_NOTES_BITS_PER);
    const uint32_t bit = (uint32_t)(block % SSD_NOTES_BITS_PER);

    if (w->map_page != page + 1) {
        const uint64_t offset =
            disk_notes_bitmap_offset(&w->geometry) + (uint64_t)page * SSD_NOTES_PAGE_BYTES;

        /* A page that is bad was told of already. */
        w->map_page = page + 1;
        w->is_map_known =
            disk_module_read(w->module, DISK_NOTES_OFFSET + offset, w->map, sizeof(w->map)) == 0 &&
            disk_notes_judge((uint32_t)(offset / SSD_NOTES_PAGE_BYTES), w->map) != DISK_NOTES_BAD;
    }
    return !w->is_map_known || (w->map[bit / 8] >> bit % 8 & 1) != 0;
}

/* ---- Data ---- */

static bool is_zero(const uint8_t *block)
{
    return le64_get(block) == 0 && memcmp(block, block + 8, MEDIA_BLOCK_BYTES - 8) == 0;
}

static uint64_t data_start(const struct walk *w)
{
    return disk_data_offset(w->module->header.notes_bytes);
}

static void end_bad_run(struct verify *v, struct walk *w)
{
    if (w->bad_bytes == 0) return;
    v->problems++;
    (void)fprintf(v->report, "%s: %" PRIu64 " bytes at offset %" PRIu64 " cannot be read: %s\n",
                  w->module->name, w->bad_bytes, w->bad_offset, strerror(w->bad_reason));
    w->bad_bytes = 0;
}

static void look_at(struct walk *w, uint64_t offset, size_t bytes, const uint8_t *data)
{
    for (size_t at = 0; at < bytes; at += MEDIA_BLOCK_BYTES) {
        const uint64_t block = (offset + at - data_start(w)) / MEDIA_BLOCK_BYTES;

        if (!is_zero(data + at) && !is_mapped(w, block)) {
            w->unmapped++;
        }
    }
}

/* Block by block around what cannot be read. */
static void read_slowly(struct verify *v, struct walk *w, uint64_t offset, size_t bytes)
{
    for (uint64_t at = offset; at < offset + bytes; at += MEDIA_BLOCK_BYTES) {
        const int reason =
            disk_read_at(v->disk->host, w->module->fd, v->chunk, MEDIA_BLOCK_BYTES, at);

        if (reason == 0) {
            end_bad_run(v, w);
            look_at(w, at, MEDIA_BLOCK_BYTES, v->chunk);
            continue;
        }
        if (w->bad_bytes == 0) {
            w->bad_offset = at;
            w->bad_reason = reason;
        }
        w->bad_bytes += MEDIA_BLOCK_BYTES;
    }
}

static void check_data(struct verify *v, struct walk *w)
{
    const uint64_t end = disk_module_bytes(w->module->header.blocks, w->module->header.notes_bytes);
    uint64_t offset = data_start(w);
    uint64_t told = offset;
    uint64_t data_end;

    while (!is_stopped(v) && disk_next_data(w->module->fd, &offset, end, &data_end)) {
        const uint64_t at = align_down(offset, MEDIA_BLOCK_BYTES);
        const size_t bytes = min_u64(align_up(data_end, MEDIA_BLOCK_BYTES) - at, CHUNK_BYTES);

        if (disk_read_at(v->disk->host, w->module->fd, v->chunk, bytes, at) == 0) {
            end_bad_run(v, w);
            look_at(w, at, bytes, v->chunk);
        } else {
            read_slowly(v, w, at, bytes);
        }
        offset = at + bytes;
        advance(v, offset - told);
        told = offset;
    }
    end_bad_run(v, w);
    advance(v, end - told);
}

static void check_module(struct verify *v, struct disk_module *module)
{
    struct walk w = {.module = module, .geometry = ssd_geometry(module->header.blocks)};

    check_headers(v, module);
    check_room(v, module);
    check_notes(v, module, &w.geometry);
    advance(v, data_start(&w));
    check_data(v, &w);
    if (w.unmapped > 0) {
        (void)fprintf(
            v->report,
            "note: %s: blocks that its notes do not know of, which a crash or a power cut "
            "leaves: %" PRIu64 "\n",
            module->name, w.unmapped);
    }
}

/* ---- The rest ---- */

static void check_keys(struct verify *v)
{
    const struct sep_password none = {.data = NULL};
    struct sep_record record = *disk_sep(v->disk);
    uint8_t vek[XTS_KEY_BYTES];
    enum sep_result result = SEP_OK;

    if (record.has_password) {
        (void)fprintf(v->report, "note: " DISK_SEP_NAME
                                 ": keys not looked at, since they need the volume's password\n");
    } else {
        result = sep_unlock(&record, &none, vek);
    }
    key_wipe(vek, sizeof(vek));
    key_wipe(&record, sizeof(record));
    if (result == SEP_OK) return;
    v->problems++;
    (void)fprintf(v->report, DISK_SEP_NAME ": %s\n", sep_result_text(result));
}

static void check_updates(const struct verify *v)
{
    if (v->disk->sep.update == v->disk->volume.update) return;
    (void)fprintf(v->report, "note: " DISK_VOLUME_NAME ": one change of keys behind " DISK_SEP_NAME
                             ", as a crash leaves it\n");
}

int disk_verify(const char *path, const struct disk_secret *passphrase, FILE *report,
                const struct disk_progress *progress, unsigned *problems, struct error *err)
{
    return disk_verify_on(&disk_host_calls,
                          &(struct disk_verification){
                              .path = path,
                              .passphrase = *passphrase,
                              .report = report,
                              .progress = progress,
                          },
                          problems, err);
}

int disk_verify_on(const struct disk_host *host, const struct disk_verification *wanted,
                   unsigned *problems, struct error *err)
{
    const struct disk_options options = {.access = DISK_READ, .passphrase = wanted->passphrase};
    struct verify v = {.report = wanted->report, .progress = wanted->progress};
    int status = 0;

    *problems = 0;
    v.disk = disk_open_on(host, wanted->path, &options, err);
    if (v.disk == NULL) return -1;
    v.chunk = aligned_alloc(MEDIA_BLOCK_BYTES, CHUNK_BYTES);
    if (v.chunk == NULL) {
        status = error_host(err, "%s: out of memory", wanted->path);
    } else {
        for (unsigned i = 0; i < DISK_MODULES; i++) {
            const struct disk_header *header = &v.disk->modules[i].header;

            v.total += disk_module_bytes(header->blocks, header->notes_bytes);
        }
        check_updates(&v);
        check_keys(&v);
        for (unsigned i = 0; i < DISK_MODULES; i++) {
            check_module(&v, &v.disk->modules[i]);
        }
        *problems = v.problems;
        if (is_stopped(&v)) {
            status =
                error_host(err, "%s: stopped before all of it was looked at; nothing was changed",
                           wanted->path);
        }
    }
    free(v.chunk);
    return disk_close(v.disk, err) < 0 ? -1 : status;
}
