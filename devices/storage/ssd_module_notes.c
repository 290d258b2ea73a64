/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The notes of an SSD module (every byte: docs/hardware/ssd-module.md, "Notes"): two copies of a
 * header, erase counts, a bitmap of the blocks that hold something. Each page has a checksum of its
 * own. What cannot be believed is made up, so that a damaged or old note costs counters and time, never
 * data: without a header, counters begin anew; without erase counts, the mean is taken; without a
 * page of the bitmap, its blocks count as holding something.
 */
#include <string.h>

#include "devices/storage/ssd_module_internal.h"
#include "emu/base/endian.h"
#include "emu/core/trace.h"

#define MAGIC      "SGSSDNOT"
#define VERSION    1u
#define FNV_BASIS  UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)
#define PAGE_BYTES SSD_NOTES_PAGE_BYTES

/* Offsets in a header. */
enum header_offset {
    HEADER_MAGIC = 0,
    HEADER_VERSION = 8,
    HEADER_UNITS = 12,
    HEADER_BLOCKS = 16,
    HEADER_SUPERBLOCKS = 24,
    HEADER_SEQUENCE = 32,
    HEADER_MAPPED = 40,
    HEADER_READ = 48,
    HEADER_WRITTEN = 56,
    HEADER_PROGRAMMED = 64,
    HEADER_ERASED = 72,
    HEADER_CONTROLLER = 80,
};

enum page_kind {
    PAGE_EMPTY, /* never written: as if it were all zeros */
    PAGE_GOOD,
    PAGE_BAD,
};

const struct trace_desc ssd_ev_power_on = {.name = "power_on",
                                           .fields = {"mapped", "bad_headers", "bad_pages"}};

/* ---- Pages ---- */

static uint64_t checksum(uint32_t number, const uint8_t *payload)
{
    uint64_t sum = FNV_BASIS;

    for (unsigned i = 0; i < 4; i++) {
        sum = (sum ^ (number >> (8 * i) & 0xff)) * FNV_PRIME;
    }
    for (uint32_t i = 0; i < SSD_NOTES_PAYLOAD; i++) {
        sum = (sum ^ payload[i]) * FNV_PRIME;
    }
    return sum;
}

static enum page_kind read_page(struct ssd_module *ssd, uint32_t number, uint8_t *page)
{
    static const uint8_t zeros[PAGE_BYTES] = {0};

    if (ssd->is_failed) return PAGE_BAD;
    if (ssd->media->read_notes(ssd->media->ctx, (uint64_t)number * PAGE_BYTES, page, PAGE_BYTES) !=
        0) {
        ssd_break(ssd, "the host cannot read notes");
        return PAGE_BAD;
    }
    if (memcmp(page, zeros, PAGE_BYTES) == 0) return PAGE_EMPTY;
    return le64_get(page + SSD_NOTES_PAYLOAD) == checksum(number, page) ? PAGE_GOOD : PAGE_BAD;
}

static bool write_page(struct ssd_module *ssd, uint32_t number, uint8_t *page)
{
    le64_put(page + SSD_NOTES_PAYLOAD, checksum(number, page));
    ssd_media_changed(ssd);
    return ssd->media->write_notes(ssd->media->ctx, (uint64_t)number * PAGE_BYTES, page,
                                   PAGE_BYTES) == 0;
}

/* ---- Reading ---- */

static bool is_own_header(const struct ssd_module *ssd, const uint8_t *page)
{
    return memcmp(page + HEADER_MAGIC, MAGIC, 8) == 0 &&
           le32_get(page + HEADER_VERSION) == VERSION &&
           le32_get(page + HEADER_UNITS) == ssd->geometry.units &&
           le64_get(page + HEADER_BLOCKS) == ssd->geometry.blocks &&
           le32_get(page + HEADER_SUPERBLOCKS) == ssd->geometry.superblocks;
}

/* The newer of the good ones. Returns how many are bad. */
static unsigned read_headers(struct ssd_module *ssd)
{
    uint8_t page[PAGE_BYTES];
    unsigned bad = 0;

    ssd->notes_sequence = 0;
    ssd->blocks_read = 0;
    ssd->blocks_written = 0;
    ssd->pages_programmed = 0;
    ssd->superblocks_erased = 0;
    memset(ssd->controller_notes, 0, sizeof(ssd->controller_notes));
    for (uint32_t i = 0; i < SSD_NOTES_HEADERS; i++) {
        const enum page_kind kind = read_page(ssd, i, page);

        if (kind == PAGE_EMPTY) continue;
        if (kind == PAGE_BAD || !is_own_header(ssd, page)) {
            bad++;
            continue;
        }
        if (le64_get(page + HEADER_SEQUENCE) < ssd->notes_sequence) continue;
        ssd->notes_sequence = le64_get(page + HEADER_SEQUENCE);
        ssd->blocks_read = le64_get(page + HEADER_READ);
        ssd->blocks_written = le64_get(page + HEADER_WRITTEN);
        ssd->pages_programmed = le64_get(page + HEADER_PROGRAMMED);
        ssd->superblocks_erased = le64_get(page + HEADER_ERASED);
        memcpy(ssd->controller_notes, page + HEADER_CONTROLLER, sizeof(ssd->controller_notes));
    }
    return bad;
}

static unsigned read_wear(struct ssd_module *ssd)
{
    const uint32_t mean = (uint32_t)(ssd->superblocks_erased / ssd->geometry.superblocks);
    uint8_t page[PAGE_BYTES];
    unsigned bad = 0;

    for (uint32_t i = 0; i < ssd->geometry.wear_pages; i++) {
        const enum page_kind kind = read_page(ssd, SSD_NOTES_HEADERS + i, page);
        const uint32_t first = i * SSD_NOTES_WEAR_PER;

        bad += kind == PAGE_BAD ? 1 : 0;
        ssd->dirty[i] = kind == PAGE_BAD ? 1 : 0;
        for (uint32_t k = 0; k < SSD_NOTES_WEAR_PER && first + k < ssd->geometry.superblocks; k++) {
            const uint32_t erases = kind == PAGE_BAD ? mean : le32_get(page + 4 * (size_t)k);

            ssd->superblock[first + k].erases = erases;
            ssd->erases_max = erases > ssd->erases_max ? erases : ssd->erases_max;
        }
    }
    return bad;
}

static void restore_bits(struct ssd_module *ssd, uint32_t first, const uint8_t *bits)
{
    for (uint32_t k = 0; k < SSD_NOTES_BITS_PER && first + k < ssd->geometry.blocks; k++) {
        if ((bits[k / 8] >> k % 8 & 1) != 0) {
            ssd_ftl_restore(ssd, first + k);
        }
    }
}

static unsigned read_bitmap(struct ssd_module *ssd)
{
    uint8_t page[PAGE_BYTES];
    unsigned bad = 0;

    for (uint32_t i = 0; i < ssd->geometry.bitmap_pages && !ssd->is_failed; i++) {
        const uint32_t index = ssd->geometry.wear_pages + i;
        const enum page_kind kind = read_page(ssd, SSD_NOTES_HEADERS + index, page);

        if (kind == PAGE_EMPTY) continue;
        if (kind == PAGE_BAD) {
            memset(page, 0xff, sizeof(page));
            ssd->dirty[index] = 1;
            bad++;
        }
        restore_bits(ssd, i * SSD_NOTES_BITS_PER, page);
    }
    return bad;
}

void ssd_notes_read(struct ssd_module *ssd)
{
    const unsigned bad_headers = read_headers(ssd);
    unsigned bad_pages = read_wear(ssd);

    bad_pages += read_bitmap(ssd);
    ssd->is_header_dirty = bad_headers > 0 || bad_pages > 0;
    TRACE(ssd->device.env.trace, &ssd->device, &ssd_ev_power_on, ssd->mapped, bad_headers,
          bad_pages);
}

/* ---- Writing ---- */

static bool write_header(struct ssd_module *ssd)
{
    uint8_t page[PAGE_BYTES] = {0};

    if (!ssd->is_header_dirty) return true;
    ssd->notes_sequence++;
    memcpy(page + HEADER_MAGIC, MAGIC, 8);
    le32_put(page + HEADER_VERSION, VERSION);
    le32_put(page + HEADER_UNITS, ssd->geometry.units);
    le64_put(page + HEADER_BLOCKS, ssd->geometry.blocks);
    le32_put(page + HEADER_SUPERBLOCKS, ssd->geometry.superblocks);
    le64_put(page + HEADER_SEQUENCE, ssd->notes_sequence);
    le64_put(page + HEADER_MAPPED, ssd->mapped);
    le64_put(page + HEADER_READ, ssd->blocks_read);
    le64_put(page + HEADER_WRITTEN, ssd->blocks_written);
    le64_put(page + HEADER_PROGRAMMED, ssd->pages_programmed);
    le64_put(page + HEADER_ERASED, ssd->superblocks_erased);
    memcpy(page + HEADER_CONTROLLER, ssd->controller_notes, sizeof(ssd->controller_notes));
    ssd->is_header_dirty = false;
    return write_page(ssd, (uint32_t)(ssd->notes_sequence % SSD_NOTES_HEADERS), page);
}

static void fill_wear(const struct ssd_module *ssd, uint32_t index, uint8_t *page)
{
    const uint32_t first = index * SSD_NOTES_WEAR_PER;

    for (uint32_t k = 0; k < SSD_NOTES_WEAR_PER && first + k < ssd->geometry.superblocks; k++) {
        le32_put(page + 4 * (size_t)k, ssd->superblock[first + k].erases);
    }
}

static void fill_bitmap(const struct ssd_module *ssd, uint32_t index, uint8_t *page)
{
    const uint32_t first = index * SSD_NOTES_BITS_PER;

    for (uint32_t k = 0; k < SSD_NOTES_BITS_PER && first + k < ssd->geometry.blocks; k++) {
        if (ssd->map[first + k] != SSD_UNMAPPED) {
            page[k / 8] |= (uint8_t)(1u << k % 8);
        }
    }
}

bool ssd_notes_write(struct ssd_module *ssd)
{
    const uint32_t pages = ssd->geometry.wear_pages + ssd->geometry.bitmap_pages;

    for (uint32_t i = 0; i < pages; i++) {
        uint8_t page[PAGE_BYTES] = {0};

        if (ssd->dirty[i] == 0) continue;
        if (i < ssd->geometry.wear_pages) {
            fill_wear(ssd, i, page);
        } else {
            fill_bitmap(ssd, i - ssd->geometry.wear_pages, page);
        }
        if (!write_page(ssd, SSD_NOTES_HEADERS + i, page)) return false;
        ssd->dirty[i] = 0;
    }
    return write_header(ssd);
}

/* ---- For the controller ---- */

void ssd_module_controller_notes_get(const struct device *module,
                                     uint8_t notes[SSD_CONTROLLER_NOTES])
{
    memcpy(notes, ssd_of_const(module)->controller_notes, SSD_CONTROLLER_NOTES);
}

void ssd_module_controller_notes_set(struct device *module,
                                     const uint8_t notes[SSD_CONTROLLER_NOTES])
{
    struct ssd_module *ssd = ssd_of(module);

    if (memcmp(ssd->controller_notes, notes, SSD_CONTROLLER_NOTES) == 0) return;
    memcpy(ssd->controller_notes, notes, SSD_CONTROLLER_NOTES);
    ssd->is_header_dirty = ssd->is_header_dirty || ssd->has_written;
}
