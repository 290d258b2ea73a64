/* SPDX-License-Identifier: GPL-2.0-only */
/* Temporary writes: a sparse file without a name, and a map of what is in it. */
#define _GNU_SOURCE /* O_TMPFILE, mkostemp */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/base/lazy_memory.h"
#include "emu/disk/disk_internal.h"

#define FALLBACK   "/var/tmp"
#define PATH_BYTES 4096
#define BYTE_BITS  8u

/* Not every file system has files without a name from the beginning. */
static int open_unnamed(const char *folder)
{
    char path[PATH_BYTES];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd >= 0) return fd;
    if (snprintf(path, sizeof(path), "%s/spacegray-XXXXXX", folder) >= (int)sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) (void)unlink(path);
    return fd;
}

int disk_overlay_open(struct disk_overlay *overlay, uint64_t file_bytes, struct error *err)
{
    const char *told = getenv("TMPDIR");
    const char *folder = told != NULL && told[0] != '\0' ? told : FALLBACK;

    overlay->pages = file_bytes / MEDIA_BLOCK_BYTES;
    overlay->map_bytes = align_up(overlay->pages / BYTE_BITS + 1, LAZY_MEMORY_BLOCK);
    overlay->fd = open_unnamed(folder);
    if (overlay->fd < 0) {
        return error_host(err, "%s: no room for temporary writes: %s", folder, strerror(errno));
    }
    if (ftruncate(overlay->fd, (off_t)file_bytes) < 0) {
        return error_host(err, "%s: no room for temporary writes: %s", folder, strerror(errno));
    }
    overlay->map = lazy_memory_create(overlay->map_bytes);
    if (overlay->map != NULL) return 0;
    return error_host(err, "no memory for a map of temporary writes");
}

void disk_overlay_close(struct disk_overlay *overlay)
{
    if (overlay->map != NULL) lazy_memory_destroy(overlay->map, overlay->map_bytes);
    if (overlay->fd >= 0) (void)close(overlay->fd);
    *overlay = (struct disk_overlay){.fd = -1};
}

/* Copies [offset, offset + bytes) of one file to the same place of another. */
static int copy_part(int from, int to, uint64_t offset, uint64_t bytes, struct error *err)
{
    uint8_t block[MEDIA_BLOCK_BYTES];

    for (; bytes > 0; bytes -= sizeof(block), offset += sizeof(block)) {
        if (pread(from, block, sizeof(block), (off_t)offset) != (ssize_t)sizeof(block) ||
            pwrite(to, block, sizeof(block), (off_t)offset) != (ssize_t)sizeof(block)) {
            return error_host(err, "temporary writes cannot be copied: %s", strerror(errno));
        }
    }
    return 0;
}

int disk_overlay_separate(struct disk_overlay *overlay, struct error *err)
{
    struct disk_overlay own = {.fd = -1};
    uint64_t run;

    if (disk_overlay_open(&own, overlay->pages * MEDIA_BLOCK_BYTES, err) != 0 || own.map == NULL) {
        disk_overlay_close(&own);
        return -1;
    }
    for (uint64_t page = 0; page < overlay->pages; page += run) {
        bool is_overlaid;

        run = disk_overlay_run(overlay, page, overlay->pages - page, &is_overlaid);
        if (!is_overlaid) continue;
        if (copy_part(overlay->fd, own.fd, page * MEDIA_BLOCK_BYTES, run * MEDIA_BLOCK_BYTES,
                      err) != 0) {
            disk_overlay_close(&own);
            return -1;
        }
        disk_overlay_mark(&own, page, run);
    }
    disk_overlay_close(overlay);
    *overlay = own;
    return 0;
}

int disk_separate(struct disk *disk, struct error *err)
{
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        struct disk_overlay *overlay = &disk->modules[i].overlay;

        if (overlay->fd >= 0 && disk_overlay_separate(overlay, err) != 0) return -1;
    }
    return 0;
}

static bool is_marked(const struct disk_overlay *overlay, uint64_t page)
{
    return (overlay->map[page / BYTE_BITS] >> page % BYTE_BITS & 1) != 0;
}

uint64_t disk_overlay_run(const struct disk_overlay *overlay, uint64_t page, uint64_t pages,
                          bool *is_overlaid)
{
    const bool first = is_marked(overlay, page);
    const uint8_t whole = first ? UINT8_MAX : 0;
    uint64_t run = 1;

    *is_overlaid = first;
    while (run < pages) {
        const uint64_t at = page + run;

        if (at % BYTE_BITS == 0 && pages - run >= BYTE_BITS &&
            overlay->map[at / BYTE_BITS] == whole) {
            run += BYTE_BITS;
            continue;
        }
        if (is_marked(overlay, at) != first) break;
        run++;
    }
    return run;
}

void disk_overlay_mark(struct disk_overlay *overlay, uint64_t page, uint64_t pages)
{
    const uint64_t end = page + pages;

    while (page < end) {
        if (page % BYTE_BITS == 0 && end - page >= BYTE_BITS) {
            const uint64_t bytes = (end - page) / BYTE_BITS;

            memset(overlay->map + page / BYTE_BITS, UINT8_MAX, bytes);
            page += bytes * BYTE_BITS;
            continue;
        }
        overlay->map[page / BYTE_BITS] |= (uint8_t)(1u << page % BYTE_BITS);
        page++;
    }
}
