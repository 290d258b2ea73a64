/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorded run in host memory: lists of inputs and beats, the log of events, the end. Blocks of disks,
 * checkpoints and the file have files of their own.
 */
#define _GNU_SOURCE

#include "emu/debug/replay/recording.h"

#include <stdlib.h>
#include <string.h>

#include "emu/debug/replay/recording_internal.h"

/* ---- Life ---- */

struct recording *recording_make(const char *machine, const char *setup, size_t setup_bytes,
                                 struct error *err)
{
    struct recording *recording = calloc(1, sizeof(*recording));

    if (recording == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    recording->file.fd = -1;
    recording->inputs = steady_of(sizeof(struct recording_input));
    recording->beats = steady_of(sizeof(struct recording_beat));
    recording->checkpoints = steady_of(sizeof(struct recording_checkpoint));
    recording->blocks = steady_of(sizeof(struct block_entry));
    recording->events = trace_log_create();
    recording->blobs = blobs_create();
    recording->setup = malloc(setup_bytes + 1);
    if (recording->events == NULL || recording->blobs == NULL || recording->setup == NULL) {
        (void)error_host(err, "out of memory");
        recording_free(recording);
        return NULL;
    }
    memcpy(recording->setup, setup, setup_bytes);
    recording->setup[setup_bytes] = '\0';
    memcpy(recording->head.machine, machine, sizeof(recording->head.machine));
    recording->head.setup = recording->setup;
    return recording;
}

void recording_free(struct recording *recording)
{
    for (unsigned i = 0; i < RECORDING_MODULES; i++) {
        if (recording->fronts[i] != NULL) {
            replay_disk_detach(recording->fronts[i]);
        }
    }
    recording_file_release(recording);
    recording_release_checkpoints(recording, 0);
    steady_release(&recording->inputs);
    steady_release(&recording->beats);
    steady_release(&recording->checkpoints);
    steady_release(&recording->blocks);
    free(recording->block_table.entries);
    trace_log_destroy(recording->events);
    blobs_destroy(recording->blobs);
    free(recording->setup);
    free(recording);
}

bool recording_fail(struct recording *recording, const char *why)
{
    (void)error_host(&recording->trouble, "%s: %s, so not all of the run is recorded",
                     recording->file.path == NULL ? "recording" : recording->file.path, why);
    return false;
}

struct recording *recording_create(const char *path, const struct recording_head *head,
                                   struct error *err)
{
    const char *setup = head->setup == NULL ? "" : head->setup;
    char machine[MACHINE_NAME_BYTES] = "";
    struct recording *recording;

    memcpy(machine, head->machine, strnlen(head->machine, sizeof(machine) - 1));
    recording = recording_make(machine, setup, strlen(setup), err);
    if (recording == NULL || path == NULL) return recording;
    if (recording_file_create(recording, path, err) == 0) return recording;
    recording_free(recording);
    return NULL;
}

void recording_set_machine(struct recording *recording, const char *machine)
{
    char *to = recording->head.machine;
    const size_t bytes = strnlen(machine, sizeof(recording->head.machine) - 1);

    memset(to, 0, sizeof(recording->head.machine));
    memcpy(to, machine, bytes);
}

int recording_flush(struct recording *recording, struct error *err)
{
    if (recording->file.part == NULL) return 0;
    return recording_file_flush(recording, false, err);
}

/* A run that did not come to anything leaves what was there before. */
static bool has_something(const struct recording *recording)
{
    return recording->file.bytes > 0 || recording->has_end || recording->beats.count > 0 ||
           recording->inputs.count > 0;
}

int recording_close(struct recording *recording, struct error *err)
{
    int result = 0;

    if (recording == NULL) return 0;
    if (recording->file.part != NULL && has_something(recording)) {
        result = recording_file_flush(recording, true, err);
        if (result == 0) {
            result = recording_file_publish(recording, err);
        }
    }
    recording_free(recording);
    return result;
}

bool recording_is_whole(const struct recording *recording)
{
    if (recording->trouble.kind != ERROR_NONE) return false;
    return recording->is_ended || recording->file.fd < 0 || recording->file.part != NULL;
}

const struct recording_head *recording_head(const struct recording *recording)
{
    return &recording->head;
}

/* ---- Inputs ---- */

bool recording_add_input(struct recording *recording, const struct recording_input *input)
{
    const struct recording_input *last = steady_last(&recording->inputs);

    if (last != NULL && (input->at.edge < last->at.edge || input->seq < last->seq))
        return recording_fail(recording, "an input came out of order");
    if (steady_add(&recording->inputs, input) == NULL)
        return recording_fail(recording, "memory ran out");
    return true;
}

size_t recording_input_count(const struct recording *recording)
{
    return recording->inputs.count;
}

const struct recording_input *recording_input(const struct recording *recording, size_t index)
{
    return steady_get(&recording->inputs, index);
}

/* ---- Beats ---- */

bool recording_add_beat(struct recording *recording, const struct recording_beat *beat)
{
    const struct recording_beat *last = steady_last(&recording->beats);

    if (last != NULL && beat->when == last->when && beat->at.edge == last->at.edge &&
        beat->seq == last->seq && beat->hash == last->hash) {
        return true;
    }
    if (last != NULL &&
        (beat->when <= last->when || beat->at.edge < last->at.edge || beat->seq < last->seq)) {
        return recording_fail(recording, "a beat came out of order");
    }
    if (steady_add(&recording->beats, beat) == NULL)
        return recording_fail(recording, "memory ran out");
    return true;
}

size_t recording_beat_count(const struct recording *recording)
{
    return recording->beats.count;
}

const struct recording_beat *recording_beat(const struct recording *recording, size_t index)
{
    return steady_get(&recording->beats, index);
}

/* ---- The end, events ---- */

void recording_set_end(struct recording *recording, const struct recording_end *end)
{
    recording->end = *end;
    recording->has_end = true;
}

const struct recording_end *recording_end(const struct recording *recording)
{
    return recording->has_end ? &recording->end : NULL;
}

struct trace_log *recording_events(struct recording *recording)
{
    return recording->events;
}
