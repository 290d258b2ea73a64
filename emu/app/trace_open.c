/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces by path: see trace_open.h. */
#define _GNU_SOURCE /* S_ISDIR */

#include "emu/app/trace_open.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/app/suite/suite_capsule.h"
#include "emu/debug/replay/recording.h"
#include "emu/debug/trace/ctf.h"

/* On its own, or in a capsule. */
static struct recording *open_recording(const char *path, struct error *err)
{
    struct recording *recording;
    struct capsule capsule;

    if (!capsule_is(path)) return recording_open(path, err);
    if (capsule_open(path, &capsule, err) != 0) return NULL;
    recording = recording_open(capsule.recording, err);
    capsule_close(&capsule);
    return recording;
}

int trace_file_open(const char *path, struct trace_file *source, struct error *err)
{
    struct stat status;

    *source = (struct trace_file){.path = path, .is_whole = true};
    if (stat(path, &status) != 0) {
        return error_host(err, "%s cannot be opened: %s", path, strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        source->ctf = ctf_reader_open(path, err);
        if (source->ctf == NULL) return -1;
        source->items = ctf_reader_items(source->ctf);
        return 0;
    }
    if (!S_ISREG(status.st_mode)) {
        return error_host(err, "%s is neither a trace (a directory) nor a recording (a file)",
                          path);
    }
    source->recording = open_recording(path, err);
    if (source->recording == NULL) return -1;
    source->items = trace_log_items(recording_events(source->recording));
    source->is_whole = recording_is_whole(source->recording);
    return 0;
}

void trace_file_close(struct trace_file *source)
{
    struct error err = ERROR_INIT;

    ctf_reader_close(source->ctf);
    /* Nothing was written: nothing can go wrong. */
    (void)recording_close(source->recording, &err);
    *source = (struct trace_file){.path = NULL};
}

const char *trace_file_machine(const struct trace_file *source)
{
    if (source->ctf != NULL) return ctf_reader_machine(source->ctf);
    return recording_head(source->recording)->machine;
}

const char *trace_file_trouble(const struct trace_file *source)
{
    return source->ctf != NULL ? ctf_reader_trouble(source->ctf) : NULL;
}
