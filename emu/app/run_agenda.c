/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The screenshots of the command line are one track, power cuts another, faults without a time and
 * those with one a track each. All texts without a time are one, too: they are typed one after the
 * other. A text with a time and each script have tracks of their own.
 */
#define _POSIX_C_SOURCE 200809L /* strndup, access */

#include "emu/app/run_agenda.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/input_script.h"
#include "emu/app/input_text.h"
#include "emu/app/parse.h"
#include "emu/app/snapshot_file.h"
#include "emu/machine/instant.h"

static_assert(6 + RUN_TEXTS_MAX + RUN_INPUTS_MAX <= TIMELINE_TRACKS_MAX, "a track for each");

static int add_file(struct action_list *list, enum action_kind kind,
                    const struct run_screenshot *shot, struct error *err)
{
    struct action action = {.when = shot->when, .kind = kind};
    int result;

    action.path = strndup(shot->text, shot->path_bytes);
    if (action.path == NULL) return error_host(err, "no memory for a file name");
    result = action_list_add(list, &action, err);
    free(action.path);
    return result;
}

static int add_screenshots(struct timeline *timeline, const struct run_options *options,
                           struct error *err)
{
    struct track *track = timeline_add_track(timeline);

    for (size_t i = 0; i < options->screenshot_count; i++) {
        const struct run_screenshot *shot = &options->screenshots[i];

        if (shot->when == VTIME_NEVER) continue;
        if (add_file(&track->list, ACTION_SCREENSHOT, shot, err) != 0) return -1;
    }
    action_list_sort(&track->list);
    return 0;
}

/* At a beat: there a snapshot changes nothing in the run that goes on. */
static int add_snapshots(struct timeline *timeline, const struct run_options *options,
                         struct error *err)
{
    struct track *track = timeline_add_track(timeline);

    for (size_t i = 0; i < options->snapshot_count; i++) {
        struct run_screenshot snapshot = options->snapshots[i];

        snapshot.when = machine_beat_from(snapshot.when);
        if (add_file(&track->list, ACTION_SNAPSHOT, &snapshot, err) != 0) return -1;
    }
    action_list_sort(&track->list);
    return 0;
}

static int add_cuts(struct timeline *timeline, const struct run_options *options, struct error *err)
{
    struct track *track = timeline_add_track(timeline);

    for (size_t i = 0; i < options->cut_count; i++) {
        const struct run_cut *cut = &options->cuts[i];
        struct action action = {.when = cut->when, .kind = ACTION_POWER_CUT, .seed = cut->seed};
        int result;

        if (cut->copy != NULL) {
            action.path = strdup(cut->copy);
            if (action.path == NULL) return error_host(err, "no memory for a file name");
        }
        result = action_list_add(&track->list, &action, err);
        free(action.path);
        if (result != 0) return -1;
    }
    action_list_sort(&track->list);
    return 0;
}

/* Those without a time wait for memory, one after the other. */
static int add_faults(struct timeline *timeline, const struct run_options *options,
                      struct error *err)
{
    const struct action wait = {.kind = ACTION_WAIT_MEMORY};
    struct track *waiting = timeline_add_track(timeline);
    struct track *timed = timeline_add_track(timeline);

    for (size_t i = 0; i < options->fault_count; i++) {
        const struct fault_spec *fault = &options->faults[i];
        struct action_list *list = fault->has_when ? &timed->list : &waiting->list;
        const struct action action = {
            .when = fault->has_when ? fault->when : 0,
            .kind = ACTION_FAULT,
            .fault = fault,
        };

        if (!fault->has_when && list->count == 0 && action_list_add(list, &wait, err) != 0) {
            return -1;
        }
        if (action_list_add(list, &action, err) != 0) return -1;
    }
    action_list_sort(&timed->list);
    timeline->faults.campaign = options->has_campaign ? &options->campaign : NULL;
    return 0;
}

static int add_text(struct action_list *list, const struct run_text *text, struct error *err)
{
    const struct action wait = {.kind = ACTION_WAIT_REST};
    struct typist typist = {.list = list, .down = TYPIST_DOWN, .up = TYPIST_UP};
    struct error trouble = ERROR_INIT;
    size_t where = 0;

    if (text->when != VTIME_NEVER) {
        typist.when = text->when;
    } else if (action_list_add(list, &wait, err) != 0) {
        return -1;
    }
    if (typist_type(&typist, text->text, text->bytes, &where, &trouble) == 0) return 0;
    if (trouble.kind == ERROR_HOST) return error_host(err, "%s", trouble.text);
    return error_usage(err, "--type: character %zu: %.400s", where + 1, trouble.text);
}

static int add_texts(struct timeline *timeline, const struct run_options *options,
                     struct error *err)
{
    struct track *waiting = timeline_add_track(timeline);

    for (size_t i = 0; i < options->text_count; i++) {
        const struct run_text *text = &options->texts[i];
        struct track *track = text->when == VTIME_NEVER ? waiting : timeline_add_track(timeline);

        if (add_text(&track->list, text, err) != 0) return -1;
    }
    return 0;
}

/* ---- Places of pictures and copies ---- */

/* A mistyped folder is told before an hour of virtual time has passed, not after it. */
static int check_folder(const char *path, size_t path_bytes, struct error *err)
{
    char folder[TIMELINE_PATH_BYTES];
    size_t bytes = path_bytes;

    while (bytes > 0 && path[bytes - 1] != '/') {
        bytes--;
    }
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)bytes, path);
    if (bytes == 0) {
        (void)snprintf(folder, sizeof(folder), ".");
    }
    if (access(folder, W_OK | X_OK) == 0) return 0;
    return error_host(err, "cannot write %.*s: %s", (int)path_bytes, path, strerror(errno));
}

static int check_regular_folder(const char *pattern, struct error *err)
{
    const char *percent = strchr(pattern, '%');
    const char *slash = strrchr(pattern, '/');

    /* Folders whose names have a number or a time in them may come later. */
    if (slash != NULL && percent != NULL && percent < slash) return 0;
    return check_folder(pattern, strlen(pattern), err);
}

/* The copy of a power cut is a new directory. */
static int check_copies(const struct run_options *options, struct error *err)
{
    struct stat status;

    for (size_t i = 0; i < options->cut_count; i++) {
        const char *copy = options->cuts[i].copy;
        size_t bytes;

        if (copy == NULL) continue;
        for (size_t j = 0; j < i; j++) {
            const char *other = options->cuts[j].copy;

            if (other == NULL || strcmp(copy, other) != 0) continue;
            return error_usage(err, "--power-cut: two copies cannot both be %s", copy);
        }
        if (lstat(copy, &status) == 0) {
            return error_host(err, "--power-cut: %s is there already; the copy is a new directory",
                              copy);
        }
        bytes = strlen(copy);
        while (bytes > 1 && copy[bytes - 1] == '/') {
            bytes--;
        }
        if (check_folder(copy, bytes, err) != 0) return -1;
    }
    return 0;
}

static int check_folders(const struct timeline *timeline, const struct run_options *options,
                         struct error *err)
{
    if (check_copies(options, err) != 0) return -1;
    for (size_t i = 0; i < options->screenshot_count; i++) {
        const struct run_screenshot *shot = &options->screenshots[i];

        if (shot->when != VTIME_NEVER) continue; /* it stands in a track */
        if (check_folder(shot->text, shot->path_bytes, err) != 0) return -1;
    }
    if (options->every != 0 && check_regular_folder(options->every_pattern, err) != 0) return -1;
    for (size_t i = 0; i < timeline->track_count; i++) {
        const struct action_list *list = &timeline->tracks[i].list;

        for (size_t j = 0; j < list->count; j++) {
            const struct action *action = &list->items[j];

            if (action->kind != ACTION_SCREENSHOT && action->kind != ACTION_SNAPSHOT) continue;
            if (check_folder(action->path, strlen(action->path), err) != 0) return -1;
            if (action->kind == ACTION_SNAPSHOT &&
                snapshot_file_check_place(action->path, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

int run_agenda_make(struct timeline *timeline, const struct run_options *options, struct error *err)
{
    timeline->every = options->every;
    timeline->pattern = options->every_pattern;
    if (add_screenshots(timeline, options, err) != 0) return -1;
    if (add_snapshots(timeline, options, err) != 0) return -1;
    if (add_cuts(timeline, options, err) != 0) return -1;
    if (add_faults(timeline, options, err) != 0) return -1;
    if (add_texts(timeline, options, err) != 0) return -1;
    for (size_t i = 0; i < options->input_count; i++) {
        struct track *track = timeline_add_track(timeline);

        if (input_script_read(options->inputs[i], &track->list, err) != 0) return -1;
    }
    return check_folders(timeline, options, err);
}

void run_agenda_finish(struct timeline *timeline, const struct run_options *options)
{
    char path[TIMELINE_PATH_BYTES];

    for (size_t i = 0; i < options->screenshot_count; i++) {
        const struct run_screenshot *shot = &options->screenshots[i];

        if (shot->when != VTIME_NEVER) continue;
        (void)snprintf(path, sizeof(path), "%.*s", (int)shot->path_bytes, shot->text);
        timeline_screenshot(timeline, path);
    }
}

static void tell_missed(const struct timeline *timeline)
{
    size_t count;
    const struct action *missed = timeline_missed(timeline, &count);
    char time[TIME_TEXT_BYTES];

    if (missed == NULL) return;
    format_time(missed->when, time);
    if (missed->kind == ACTION_SCREENSHOT) {
        (void)fprintf(stderr, "spacegray: the run ended before the screenshot %s at %s",
                      missed->path, time);
    } else if (missed->kind == ACTION_SNAPSHOT) {
        (void)fprintf(stderr, "spacegray: the run ended before the snapshot %s at %s", missed->path,
                      time);
    } else if (missed->kind == ACTION_POWER_CUT) {
        (void)fprintf(stderr, "spacegray: the run ended before the power cut at %s", time);
    } else if (missed->kind == ACTION_FAULT) {
        (void)fprintf(stderr, "spacegray: the run ended before the fault at %s", time);
    } else if (missed->kind == ACTION_WAIT_MEMORY) {
        (void)fprintf(stderr, "spacegray: the run ended before firmware had set up memory");
    } else if (missed->kind == ACTION_WAIT_KEYBOARD || missed->kind == ACTION_WAIT_REST) {
        (void)fprintf(stderr, "spacegray: the run ended before the guest listened to its keyboard");
    } else {
        (void)fprintf(stderr, "spacegray: the run ended before all keys were typed");
    }
    (void)fprintf(stderr, " (actions not reached: %zu)\n", count);
}

void run_agenda_tell(const struct timeline *timeline)
{
    if (timeline->dark_shots > 0) {
        (void)fprintf(stderr, "spacegray: the screenshot %s is black: the display was off",
                      timeline->first_dark);
        if (timeline->dark_shots > 1) {
            (void)fprintf(stderr, " (and so are %" PRIu64 " more)", timeline->dark_shots - 1);
        }
        (void)fputc('\n', stderr);
    }
    tell_missed(timeline);
}
