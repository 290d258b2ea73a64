/* SPDX-License-Identifier: GPL-2.0-only */
/* A file with all that came out of a machine's ports: whole lines get there at once, the rest with the next flush, so that
 * it is there when the emulator dies. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/base/error.h"

#define SESSION_TRANSCRIPT_BUFFER 4096u

struct session_transcript {
    int fd; /* -1: nowhere */
    uint8_t buffer[SESSION_TRANSCRIPT_BUFFER];
    size_t bytes;
    struct error trouble; /* the first; nothing more is written then */
};

/* `path` NULL: nowhere. -1 with `err`. */
int session_transcript_open(struct session_transcript *transcript, const char *path,
                            struct error *err) MUST_CHECK;
void session_transcript_put(struct session_transcript *transcript, const uint8_t *data,
                            size_t bytes);
void session_transcript_flush(struct session_transcript *transcript);
/* In a forked process: the file is the other one's. */
void session_transcript_part(struct session_transcript *transcript);
/* -1 with `err`: what was lost. Harmless when it is not open. */
int session_transcript_close(struct session_transcript *transcript, struct error *err) MUST_CHECK;
