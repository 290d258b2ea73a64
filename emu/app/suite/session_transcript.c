/* SPDX-License-Identifier: GPL-2.0-only */
#define _POSIX_C_SOURCE 200809L

#include "emu/app/suite/session_transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "emu/base/bits.h"

#define TRANSCRIPT_MODE 0644

int session_transcript_open(struct session_transcript *transcript, const char *path,
                            struct error *err)
{
    *transcript = (struct session_transcript){.fd = -1};
    if (path == NULL) return 0;
    transcript->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, TRANSCRIPT_MODE);
    if (transcript->fd >= 0) return 0;
    return error_host(err, "%s: %s", path, strerror(errno));
}

void session_transcript_flush(struct session_transcript *transcript)
{
    const uint8_t *at = transcript->buffer;
    size_t left = transcript->bytes;

    transcript->bytes = 0;
    while (transcript->fd >= 0 && left > 0 && transcript->trouble.kind == ERROR_NONE) {
        const ssize_t done = write(transcript->fd, at, left);

        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            (void)error_host(&transcript->trouble, "the serial port's output cannot be kept: %s",
                             done < 0 ? strerror(errno) : "no room");
            return;
        }
        at += done;
        left -= (size_t)done;
    }
}

void session_transcript_put(struct session_transcript *transcript, const uint8_t *data,
                            size_t bytes)
{
    while (transcript->fd >= 0 && bytes > 0) {
        const size_t room = sizeof(transcript->buffer) - transcript->bytes;
        const size_t part = (size_t)min_u64(room, bytes);

        memcpy(transcript->buffer + transcript->bytes, data, part);
        transcript->bytes += part;
        if (part == room || memchr(data, '\n', part) != NULL) session_transcript_flush(transcript);
        data += part;
        bytes -= part;
    }
}

void session_transcript_part(struct session_transcript *transcript)
{
    if (transcript->fd >= 0) (void)close(transcript->fd);
    transcript->fd = -1;
    transcript->bytes = 0;
}

int session_transcript_close(struct session_transcript *transcript, struct error *err)
{
    int result = 0;

    session_transcript_flush(transcript);
    if (transcript->trouble.kind != ERROR_NONE) {
        result = error_host(err, "%s", transcript->trouble.text);
    }
    if (transcript->fd >= 0 && close(transcript->fd) != 0 && result == 0) {
        result = error_host(err, "the serial port's output cannot be kept: %s", strerror(errno));
    }
    transcript->fd = -1;
    return result;
}
