/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of emu/disk share. */
#pragma once

#include "emu/disk/disk.h"
#include "emu/disk/disk_files.h"
#include "emu/disk/disk_header.h"
#include "emu/disk/disk_sep.h"
#include "emu/disk/disk_tool.h"

#define DISK_NAME_BYTES  16u
#define DISK_WHERE_BYTES 300u
#define DISK_SEP_MODE    0600
#define DISK_OTHER_MODE  0644
#define DISK_FOLDER_MODE 0700
/* The cure for modules that do not belong here. */
#define DISK_OR_PAIR "put the right file back, or make new empty modules with spacegray disk pair"

/* Writes of DISK_TEMPORARY: a file without a name, laid out like the module's, and which of its
 * pages of MEDIA_BLOCK_BYTES count. */
struct disk_overlay {
    int fd;
    uint64_t pages;
    uint8_t *map; /* a bit each; lazy memory */
    uint64_t map_bytes;
};

struct disk_module {
    struct disk *disk;
    char name[DISK_NAME_BYTES];
    int fd;
    int direct_fd; /* past the page cache; -1: as fd */
    struct disk_header header;
    unsigned newest; /* copy of the header */
    /* Nothing has changed since the number of these contents may have been told: the next change needs
     * another one first. */
    bool is_sealed;
    bool is_unsynced;
    bool is_overlaid;            /* a temporary write has changed the contents */
    struct disk_overlay overlay; /* fd -1: none */
    void *bounce;                /* with direct_fd */
    struct host_media media;
};

struct disk {
    const struct disk_host *host;
    char *path;
    int folder;
    enum disk_access access;
    enum disk_cache cache;
    atomic_uint_least64_t *activity;
    void *ctx;
    void (*trouble)(void *ctx);
    struct error trouble_err;
    struct disk_sep_file sep;
    struct disk_volume_file volume;
    uint8_t pairing_key[KEY_BYTES];
    struct disk_module modules[DISK_MODULES];
};

/* ---- disk.c ---- */

/* As disk_open(), on other system calls. */
struct disk *disk_open_on(const struct disk_host *host, const char *path,
                          const struct disk_options *options, struct error *err);
/* Nothing opened yet. NULL with `err`. */
struct disk *disk_make(const struct disk_host *host, const char *path,
                       const struct disk_options *options, struct error *err);
/* Closes what is open, wipes, frees; writes nothing. */
void disk_release(struct disk *disk);
/* Notes host trouble: the first sentence stays, and is told once. */
void disk_fail(struct disk *disk, const char *name, const char *what, int reason);
/* "module0.img" */
void disk_module_name(unsigned slot, char name[DISK_NAME_BYTES]);
/* "path/name" for sentences; cut when it is long. */
void disk_where(const char *path, const char *name, char where[DISK_WHERE_BYTES]);
/* A file in the folder, which is open; its sentences say `where`, which is filled in. That and `name`
 * must live as long as the place. */
struct disk_place disk_place_of(const struct disk *disk, const char *name,
                                char where[DISK_WHERE_BYTES]);
/* The present sep.json and volume.json with the next update number, sep.json first. */
int disk_save_files(const struct disk *disk, const struct disk_sep_file *sep,
                    struct disk_volume_file *volume, struct error *err) MUST_CHECK;

/* ---- disk_open.c ---- */

/* Opens, locks and checks the folder and all that is in it. On failure the caller closes. */
int disk_load(struct disk *disk, const struct disk_secret *passphrase,
              struct error *err) MUST_CHECK;
/* The folder alone, locked. */
int disk_open_folder(struct disk *disk, struct error *err) MUST_CHECK;
int disk_load_sep(struct disk *disk, const struct disk_secret *passphrase,
                  struct error *err) MUST_CHECK;
int disk_load_volume(struct disk *disk, struct error *err) MUST_CHECK;

/* ---- media.c ---- */

void disk_media_init(struct disk_module *module);
/* Writes the other copy of the header with the next sequence number. 0 or the errno value. */
int disk_write_header(struct disk_module *module);
/* Any part of notes or data as it is now; `offset` in the file. Whole pages where there is an overlay. 0
 * or the errno value. */
int disk_module_read(struct disk_module *module, uint64_t offset, void *data, size_t bytes);
/* Durable, and marked as closed cleanly. 0 or the errno value. */
int disk_module_settle(struct disk_module *module);

/* No data any more, and none on the module's map; wear and counters stay. -1 after host trouble. */
int disk_module_clear(struct disk_module *module) MUST_CHECK;

/* ---- create.c ---- */

/* As disk_create() and disk_pair(), on other system calls. */
int disk_create_on(const struct disk_host *host, const char *path, const struct disk_new *wanted,
                   struct error *err) MUST_CHECK;
int disk_pair_on(const struct disk_host *host, const char *path, uint64_t bytes,
                 const struct disk_secret *passphrase, struct error *err) MUST_CHECK;

/* Removes all files of a disk that could not be finished, and the folder. */
void disk_remove_all(const struct disk *disk, bool has_made_folder);

/* ---- verify.c ---- */

struct disk_verification {
    const char *path;
    struct disk_secret passphrase;
    FILE *report;
    const struct disk_progress *progress;
};

/* As disk_verify(), on other system calls. */
int disk_verify_on(const struct disk_host *host, const struct disk_verification *wanted,
                   unsigned *problems, struct error *err) MUST_CHECK;

/* ---- tool.c ---- */

/* As the SEP's store, with a sentence. */
int disk_store_record(struct disk *disk, const struct sep_record *record,
                      struct error *err) MUST_CHECK;
/* Is a password given if and only if the volume has one? */
int disk_check_secret(const struct disk *disk, const struct disk_secret *password,
                      struct error *err) MUST_CHECK;
/* Stores what a function of sep_keys.h made of the record, wrong tries included, and turns its result
 * into a sentence. */
int disk_take_result(struct disk *disk, const struct sep_record *record, enum sep_result result,
                     struct error *err) MUST_CHECK;
/* The key of the volume; `vek` must be wiped after use, whatever this returns. */
int disk_unlock(struct disk *disk, const struct disk_secret *password, uint8_t vek[XTS_KEY_BYTES],
                struct error *err);
/* Keys that are made from now on do not follow from older copies of sep.json. */
int disk_stir(const struct disk *disk, struct sep_record *record, struct error *err);

/* ---- overlay.c ---- */

int disk_overlay_open(struct disk_overlay *overlay, uint64_t file_bytes,
                      struct error *err) MUST_CHECK;
void disk_overlay_close(struct disk_overlay *overlay);
/* The same contents in a file of its own. -1 with `err` and nothing changed. */
int disk_overlay_separate(struct disk_overlay *overlay, struct error *err) MUST_CHECK;
/* How many of `pages` pages from `page`, at least 1, are like the first, and how that is. */
uint64_t disk_overlay_run(const struct disk_overlay *overlay, uint64_t page, uint64_t pages,
                          bool *is_overlaid);
/* These pages count from now on. */
void disk_overlay_mark(struct disk_overlay *overlay, uint64_t page, uint64_t pages);
