/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk of a run that is recorded, repeated, or both (disk.h). All three know which pages the run wrote or
 * discarded; what is not such a page is as it was when the run began:
 *
 *     recorded   everything goes on to the real media; a page that is read as it was is recorded
 *     repeated   the run's pages are here; the others are in the recording
 *     live       the run's pages are here; the others are read from the real media, and recorded
 *
 * Chosen: discarded ranges are bitmaps, a page for 128 MiB, and one in common for all that were discarded
 * whole; to checkpoints the bitmaps are pages like others.
 */
#include "emu/debug/replay/disk.h"

#include <stdlib.h>
#include <string.h>

#include "devices/storage/ssd_module_geometry.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/debug/replay/disk_pages.h"
#include "emu/debug/replay/recording_internal.h"

#define PAGE MEDIA_BLOCK_BYTES

struct replay_disk {
    struct recording *recording; /* NULL: it has been closed */
    unsigned module;
    const struct host_media *real; /* NULL: repeated */
    bool keeps;                    /* the run's pages: repeated, live */
    struct host_media media;
    struct page_marks data;
    struct page_marks notes;
    struct page_store store; /* by numbers of recording.h */
    bool has_missed;
    uint64_t missed;
    bool is_broken; /* memory ran out: nothing can be answered any more */
};

static bool is_zero(const uint8_t *page)
{
    return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

/* ---- Pages by their numbers in recording.h ---- */

/* The marks that a number belongs to, and its place there. NULL: there is no such page. */
static struct page_marks *marks_of(struct replay_disk *disk, uint64_t number, uint64_t *page)
{
    struct page_marks *marks = (number & RECORDING_NOTES) != 0 ? &disk->notes : &disk->data;

    *page = number & ~RECORDING_NOTES;
    return *page < marks->pages ? marks : NULL;
}

static int read_real(const struct replay_disk *disk, uint64_t number, uint8_t *data)
{
    const struct host_media *real = disk->real;

    if ((number & RECORDING_NOTES) == 0) return real->read(real->ctx, number, 1, data);
    return real->read_notes(real->ctx, (number - RECORDING_NOTES) * PAGE, data, PAGE);
}

/* Something cannot be recorded any more; the run goes on. */
static void lose(struct replay_disk *disk)
{
    if (disk->recording == NULL) return;
    (void)recording_fail(disk->recording, "memory ran out");
}

/* `data` is what was on the disk when the run began. */
static void record_page(struct replay_disk *disk, uint64_t number, const uint8_t *data)
{
    uint64_t page;
    struct page_marks *marks = marks_of(disk, number, &page);

    if (disk->recording == NULL || page_marks_has(marks, page, PAGE_KNOWN)) return;
    if (!recording_add_block(disk->recording, disk->module, number, data)) return;
    if (!page_marks_set(marks, page, PAGE_KNOWN)) {
        lose(disk);
    }
}

/* Is it as it was when the run began? */
static bool is_untouched(struct replay_disk *disk, uint64_t number)
{
    uint64_t page;
    const struct page_marks *marks = marks_of(disk, number, &page);

    return !page_marks_has(marks, page, PAGE_WRITTEN) && !page_marks_has(marks, page, PAGE_ZERO);
}

static int read_untouched(struct replay_disk *disk, uint64_t number, uint8_t *data)
{
    if (disk->real != NULL) {
        if (read_real(disk, number, data) != 0) return -1;
        record_page(disk, number, data);
        return 0;
    }
    if (disk->recording != NULL &&
        recording_get_block(disk->recording, disk->module, number, data)) {
        return 0;
    }
    if (!disk->has_missed) {
        disk->has_missed = true;
        disk->missed = number;
    }
    memset(data, 0, PAGE);
    return 0;
}

/* A page as the run sees it, of a disk that keeps. */
static int get_page(struct replay_disk *disk, uint64_t number, uint8_t *data)
{
    const uint8_t *kept;

    if (is_untouched(disk, number)) return read_untouched(disk, number, data);
    kept = page_store_get(&disk->store, number);
    if (kept == NULL) {
        memset(data, 0, PAGE);
    } else {
        memcpy(data, kept, PAGE);
    }
    return 0;
}

static int break_down(struct replay_disk *disk)
{
    disk->is_broken = true;
    lose(disk);
    return -1;
}

/* The run has written a page. */
static int mark_written(struct replay_disk *disk, uint64_t number)
{
    uint64_t page;
    struct page_marks *marks = marks_of(disk, number, &page);

    if (page_marks_set(marks, page, PAGE_WRITTEN) && page_marks_set(marks, page, PAGE_CHANGED))
        return 0;
    if (disk->keeps) return break_down(disk);
    lose(disk);
    return 0;
}

static int keep_page(struct replay_disk *disk, uint64_t number, const uint8_t *data)
{
    if (!page_store_put(&disk->store, number, is_zero(data) ? NULL : data)) return break_down(disk);
    return mark_written(disk, number);
}

/* ---- media.h: data ---- */

static int media_read(void *ctx, uint64_t block, size_t count, void *data)
{
    struct replay_disk *disk = ctx;
    uint8_t *to = data;

    BUG_ON(block > disk->media.blocks || count > disk->media.blocks - block);
    if (disk->is_broken) return -1;
    if (!disk->keeps && disk->real->read(disk->real->ctx, block, count, data) != 0) return -1;
    for (size_t i = 0; i < count; i++, to += PAGE) {
        if (disk->keeps) {
            if (get_page(disk, block + i, to) != 0) return -1;
        } else if (is_untouched(disk, block + i)) {
            record_page(disk, block + i, to);
        }
    }
    return 0;
}

static int media_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    struct replay_disk *disk = ctx;
    const uint8_t *from = data;

    BUG_ON(block > disk->media.blocks || count > disk->media.blocks - block);
    if (disk->is_broken) return -1;
    if (!disk->keeps && disk->real->write(disk->real->ctx, block, count, data) != 0) return -1;
    for (size_t i = 0; i < count; i++, from += PAGE) {
        const int result =
            disk->keeps ? keep_page(disk, block + i, from) : mark_written(disk, block + i);

        if (result != 0) return -1;
    }
    return 0;
}

/* What the run wrote there becomes pages of zeros; everything else is only marked. */
static int media_discard(void *ctx, uint64_t block, uint64_t count)
{
    struct replay_disk *disk = ctx;
    const uint64_t end = block + count;
    uint64_t page;

    BUG_ON(block > disk->media.blocks || count > disk->media.blocks - block);
    if (disk->is_broken) return -1;
    if (count == 0) return 0;
    if (!disk->keeps && disk->real->discard(disk->real->ctx, block, count) != 0) return -1;
    page = page_marks_next(&disk->data, block, PAGE_WRITTEN);
    while (page < end) {
        (void)page_store_put(&disk->store, page, NULL);
        if (mark_written(disk, page) != 0) return -1;
        page = page_marks_next(&disk->data, page + 1, PAGE_WRITTEN);
    }
    if (page_marks_discard(&disk->data, block, count)) return 0;
    if (disk->keeps) return break_down(disk);
    lose(disk);
    return 0;
}

static int media_flush(void *ctx)
{
    struct replay_disk *disk = ctx;

    if (disk->is_broken) return -1;
    return disk->keeps ? 0 : disk->real->flush(disk->real->ctx);
}

/* ---- media.h: notes ---- */

/* A part of a page of the notes. */
struct part {
    uint64_t number;
    size_t within;
    size_t bytes;
};

static struct part part_at(uint64_t offset, size_t bytes)
{
    const size_t within = offset % PAGE;

    return (struct part){
        .number = RECORDING_NOTES + offset / PAGE,
        .within = within,
        .bytes = (size_t)min_u64(bytes, PAGE - within),
    };
}

static uint64_t offset_of(const struct part *part)
{
    return (part->number - RECORDING_NOTES) * PAGE + part->within;
}

static int read_part(struct replay_disk *disk, const struct part *part, uint8_t *data)
{
    uint8_t page[PAGE];

    if (!disk->keeps && !is_untouched(disk, part->number)) {
        return disk->real->read_notes(disk->real->ctx, offset_of(part), data, part->bytes);
    }
    if (get_page(disk, part->number, page) != 0) return -1;
    memcpy(data, page + part->within, part->bytes);
    return 0;
}

static int write_part(struct replay_disk *disk, const struct part *part, const uint8_t *data)
{
    const bool is_whole = part->bytes == PAGE;
    uint8_t page[PAGE];

    if (disk->keeps) {
        if (is_whole) return keep_page(disk, part->number, data);
        if (get_page(disk, part->number, page) != 0) return -1;
        memcpy(page + part->within, data, part->bytes);
        return keep_page(disk, part->number, page);
    }
    /* The rest of the page is what it was: a repetition must know it. */
    if (!is_whole && is_untouched(disk, part->number) &&
        read_untouched(disk, part->number, page) != 0) {
        return -1;
    }
    if (disk->real->write_notes(disk->real->ctx, offset_of(part), data, part->bytes) != 0)
        return -1;
    return mark_written(disk, part->number);
}

static int media_read_notes(void *ctx, uint64_t offset, void *data, size_t bytes)
{
    struct replay_disk *disk = ctx;
    uint8_t *to = data;

    BUG_ON(offset > disk->media.notes_bytes || bytes > disk->media.notes_bytes - offset);
    if (disk->is_broken) return -1;
    while (bytes > 0) {
        const struct part part = part_at(offset, bytes);

        if (read_part(disk, &part, to) != 0) return -1;
        to += part.bytes;
        offset += part.bytes;
        bytes -= part.bytes;
    }
    return 0;
}

static int media_write_notes(void *ctx, uint64_t offset, const void *data, size_t bytes)
{
    struct replay_disk *disk = ctx;
    const uint8_t *from = data;

    BUG_ON(offset > disk->media.notes_bytes || bytes > disk->media.notes_bytes - offset);
    if (disk->is_broken) return -1;
    while (bytes > 0) {
        const struct part part = part_at(offset, bytes);

        if (write_part(disk, &part, from) != 0) return -1;
        from += part.bytes;
        offset += part.bytes;
        bytes -= part.bytes;
    }
    return 0;
}

/* Where the run's pages are kept here, they will be gone: the disk itself has the contents that the run
 * began with, whatever the run did. */
static uint64_t media_seal(void *ctx)
{
    struct replay_disk *disk = ctx;
    const bool is_changed =
        disk->data.written > 0 || disk->notes.written > 0 || disk->data.zeros > 0;

    if (disk->is_broken || (disk->keeps && is_changed)) return 0;
    if (disk->real != NULL) return disk->real->seal(disk->real->ctx);
    return disk->recording == NULL ? 0 : recording_disk_seal(disk->recording, disk->module);
}

/* ---- Life ---- */

static struct replay_disk *make(struct recording *recording, unsigned module, uint64_t blocks,
                                uint64_t notes_bytes, struct error *err)
{
    struct replay_disk *disk;

    BUG_ON(module >= RECORDING_MODULES);
    if (blocks == 0 || blocks > SSD_BLOCKS_MAX || notes_bytes / PAGE > SSD_BLOCKS_MAX ||
        notes_bytes % PAGE != 0) {
        (void)error_host(err, "the recorded disk has an impossible size");
        return NULL;
    }
    disk = calloc(1, sizeof(*disk));
    if (disk == NULL || !page_marks_init(&disk->data, blocks) ||
        !page_marks_init(&disk->notes, notes_bytes / PAGE)) {
        (void)error_host(err, "out of memory");
        replay_disk_destroy(disk);
        return NULL;
    }
    disk->recording = recording;
    recording->fronts[module] = disk;
    disk->module = module;
    disk->keeps = true;
    disk->media = (struct host_media){
        .ctx = disk,
        .blocks = blocks,
        .notes_bytes = notes_bytes,
        .read = media_read,
        .write = media_write,
        .discard = media_discard,
        .flush = media_flush,
        .read_notes = media_read_notes,
        .write_notes = media_write_notes,
        .seal = media_seal,
    };
    return disk;
}

struct replay_disk *replay_disk_live(struct recording *recording, unsigned module,
                                     const struct host_media *real, struct error *err)
{
    struct replay_disk *disk = make(recording, module, real->blocks, real->notes_bytes, err);

    if (disk == NULL) return NULL;
    disk->real = real;
    recording_set_disk(recording, module, real->seal(real->ctx));
    return disk;
}

struct replay_disk *replay_disk_record(struct recording *recording, unsigned module,
                                       const struct host_media *real, struct error *err)
{
    struct replay_disk *disk = replay_disk_live(recording, module, real, err);

    if (disk != NULL) {
        disk->keeps = false;
    }
    return disk;
}

struct replay_disk *replay_disk_repeat(struct recording *recording, unsigned module,
                                       uint64_t blocks, uint64_t notes_bytes, struct error *err)
{
    return make(recording, module, blocks, notes_bytes, err);
}

void replay_disk_destroy(struct replay_disk *disk)
{
    if (disk == NULL) return;
    if (disk->recording != NULL && disk->recording->fronts[disk->module] == disk) {
        disk->recording->fronts[disk->module] = NULL;
    }
    page_marks_release(&disk->data);
    page_marks_release(&disk->notes);
    page_store_release(&disk->store);
    free(disk);
}

void replay_disk_detach(struct replay_disk *disk)
{
    disk->recording = NULL;
}

const struct host_media *replay_disk_media(struct replay_disk *disk)
{
    return &disk->media;
}

bool replay_disk_has_missed(const struct replay_disk *disk, uint64_t *block)
{
    if (!disk->has_missed) return false;
    *block = disk->missed;
    return true;
}

/* ---- Checkpoints ---- */

struct visitor {
    int (*visit)(void *ctx, uint64_t page, const uint8_t *data);
    void *ctx;
    bool all;
};

static int visit_page(struct replay_disk *disk, uint64_t number, const struct visitor *visitor)
{
    uint8_t page[PAGE];

    if (disk->keeps)
        return visitor->visit(visitor->ctx, number, page_store_get(&disk->store, number));
    if (read_real(disk, number, page) != 0) return -1;
    return visitor->visit(visitor->ctx, number, is_zero(page) ? NULL : page);
}

static int visit_marks(struct replay_disk *disk, struct page_marks *marks, uint64_t first,
                       const struct visitor *visitor)
{
    const enum page_mark mark = visitor->all ? PAGE_WRITTEN : PAGE_CHANGED;
    uint64_t page = page_marks_next(marks, 0, mark);
    int result = 0;

    while (page < marks->pages && result == 0) {
        result = visit_page(disk, first + page, visitor);
        if (result == 0) {
            page_marks_clear(marks, page, PAGE_CHANGED);
        }
        page = page_marks_next(marks, page + 1, mark);
    }
    return result;
}

static int visit_zeros(struct replay_disk *disk, const struct visitor *visitor)
{
    struct page_marks *marks = &disk->data;
    int result = 0;

    for (size_t i = 0; i < marks->region_count && result == 0; i++) {
        const uint8_t *bits = page_marks_zeros(marks, i);

        if (!marks->regions[i].is_zero_changed && (!visitor->all || bits == NULL)) continue;
        result = visitor->visit(visitor->ctx, REPLAY_DISK_ZEROS + i, bits);
        if (result == 0) {
            marks->regions[i].is_zero_changed = false;
        }
    }
    return result;
}

int replay_disk_visit(struct replay_disk *disk, bool all,
                      int (*visit)(void *ctx, uint64_t page, const uint8_t *data), void *ctx)
{
    const struct visitor visitor = {.visit = visit, .ctx = ctx, .all = all};
    int result = visit_marks(disk, &disk->data, 0, &visitor);

    if (result == 0) {
        result = visit_marks(disk, &disk->notes, RECORDING_NOTES, &visitor);
    }
    return result == 0 ? visit_zeros(disk, &visitor) : result;
}

static void put_zeros(struct replay_disk *disk, uint64_t region, const uint8_t *bits)
{
    if (region >= disk->data.region_count) return;
    if (!page_marks_put_zeros(&disk->data, (size_t)region, bits)) {
        (void)break_down(disk);
    }
}

void replay_disk_put(struct replay_disk *disk, uint64_t number, bool is_written,
                     const uint8_t *data)
{
    const bool is_bitmap = (number & (RECORDING_NOTES | REPLAY_DISK_ZEROS)) == REPLAY_DISK_ZEROS;
    struct page_marks *marks;
    uint64_t page;

    BUG_ON(!disk->keeps);
    if (is_bitmap) {
        put_zeros(disk, number - REPLAY_DISK_ZEROS, is_written ? data : NULL);
        return;
    }
    marks = marks_of(disk, number, &page);
    if (marks == NULL) return;
    page_marks_clear(marks, page, PAGE_WRITTEN);
    page_marks_clear(marks, page, PAGE_CHANGED);
    if (!page_store_put(&disk->store, number, is_written ? data : NULL) ||
        (is_written && !page_marks_set(marks, page, PAGE_WRITTEN))) {
        (void)break_down(disk);
    }
}
