/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording while it is read from its file. Functions return -1 with `loader->err`. */
#pragma once

#include "emu/debug/replay/recording_internal.h"

struct recording_loader {
    int fd;
    const char *path;
    uint64_t size;
    uint64_t offset; /* of what is read next */
    uint8_t *payload;
    size_t room;
    uint64_t payload_offset; /* in the file */
    struct recording *recording;
    struct error *err;
};

int recording_damaged(struct recording_loader *loader, const char *what);

/* ---- recording_check.c: one item of a chunk, or a whole chunk, checked and kept ---- */
int recording_take_input(struct recording_loader *loader, const uint8_t *item);
int recording_take_beat(struct recording_loader *loader, const uint8_t *item);
int recording_take_read(struct recording_loader *loader, const uint8_t *item);
int recording_take_disk(struct recording_loader *loader, const uint8_t *item);
int recording_take_checkpoint(struct recording_loader *loader, size_t bytes);
int recording_take_end(struct recording_loader *loader, size_t bytes);
