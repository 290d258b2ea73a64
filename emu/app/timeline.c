/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The next thing to do is always the earliest of the next action, the next fault of the campaign and
 * the next regular screenshot. An action that finds the inbox full is due again at once: the machine
 * empties it before it runs.
 */
#include "emu/app/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/core/inbox.h"
#include "emu/host/viewer.h"

/* The keyboard is looked at so often while somebody waits for it. */
#define KEYBOARD_PERIOD VTIME_MS(10)
/* A guest is ready for keys when it was at rest in so many periods on end: a driver listens before
 * anybody reads, and who reads keys sleeps until one comes. */
#define REST_PERIOD  VTIME_MS(100)
#define REST_PERIODS 10u
#define REST_IDLE    VTIME_MS(90) /* of a period */
#define REST_MAX     VTIME_S(10)  /* after that it has to do, some guests never rest */

/* ---- Names ---- */

struct text {
    char *start;
    size_t length;
    size_t size;
};

static void append(struct text *text, const char *part, size_t bytes)
{
    if (bytes < text->size - text->length) {
        memcpy(text->start + text->length, part, bytes);
    }
    text->length = (size_t)min_u64(text->length + bytes, text->size - 1);
    text->start[text->length] = '\0';
}

/* What stands for `%letter`; 0 when nothing does. */
static size_t expand(char letter, uint64_t number, vtime when, char part[TIME_TEXT_BYTES])
{
    size_t length = 0;

    switch (letter) {
    case 'd': return (size_t)snprintf(part, TIME_TEXT_BYTES, "%04" PRIu64, number);
    case '%': part[0] = '%'; return 1;
    case 't':
        format_time(when, part);
        for (size_t i = 0; part[i] != '\0'; i++) {
            if (part[i] != ' ') part[length++] = part[i];
        }
        return length;
    default: return 0;
    }
}

int timeline_name(const char *pattern, uint64_t number, vtime when, char path[TIMELINE_PATH_BYTES],
                  struct error *err)
{
    struct text text = {.start = path, .length = 0, .size = TIMELINE_PATH_BYTES};
    char part[TIME_TEXT_BYTES];
    bool has_number = false;

    for (const char *p = pattern; *p != '\0'; p++) {
        size_t bytes;

        if (*p != '%') {
            append(&text, p, 1);
            continue;
        }
        p++;
        bytes = expand(*p, number, when, part);
        if (bytes == 0) {
            return error_usage(
                err, "--screenshot-every: the name '%s' has a %% without d, t or %% behind it",
                pattern);
        }
        has_number = has_number || *p != '%';
        append(&text, part, bytes);
    }
    if (!has_number) {
        return error_usage(
            err,
            "--screenshot-every: the name '%s' has neither %%d nor %%t, so that each picture would "
            "replace the one before",
            pattern);
    }
    if (text.length == TIMELINE_PATH_BYTES - 1) {
        return error_usage(err, "--screenshot-every: the name is too long");
    }
    return 0;
}

/* ---- Doing things ---- */

void timeline_screenshot(struct timeline *timeline, const char *path)
{
    bool is_dark = false;

    if (viewer_screenshot(timeline->viewer, path, &is_dark, &timeline->trouble) != 0) return;
    if (!is_dark) return;
    if (timeline->dark_shots++ == 0) {
        (void)snprintf(timeline->first_dark, sizeof(timeline->first_dark), "%s", path);
    }
}

static void regular_screenshot(struct timeline *timeline, vtime when)
{
    char path[TIMELINE_PATH_BYTES];

    timeline->shots++;
    if (timeline_name(timeline->pattern, timeline->shots, when, path, &timeline->trouble) != 0) {
        return;
    }
    timeline_screenshot(timeline, path);
}

static bool post(struct timeline *timeline, enum inbox_kind kind, const void *payload, size_t bytes)
{
    struct inbox_message message = {.kind = kind, .bytes = (uint8_t)bytes};

    if (bytes > 0) memcpy(message.payload, payload, bytes);
    return inbox_post(machine_inbox(timeline->machine), &message);
}

static bool wait_for_keyboard(struct timeline *timeline, struct track *track)
{
    vtime now = machine_now(timeline->machine);

    if (machine_is_keyboard_listening(timeline->machine)) {
        track->base = now;
        track->retry = 0;
        return true;
    }
    track->retry = now + KEYBOARD_PERIOD;
    return false;
}

static void begin_rest_period(struct timeline *timeline, struct track *track)
{
    track->rest_idle = machine_idle_time(timeline->machine);
    track->retry = machine_now(timeline->machine) + REST_PERIOD;
}

static bool wait_for_rest(struct timeline *timeline, struct track *track)
{
    const vtime now = machine_now(timeline->machine);

    if (!machine_is_keyboard_listening(timeline->machine)) {
        track->heard = VTIME_NEVER;
        track->retry = now + KEYBOARD_PERIOD;
        return false;
    }
    if (track->retry == 0 || track->heard == VTIME_NEVER) {
        track->heard = now;
        track->rest_count = 0;
        begin_rest_period(timeline, track);
        return false;
    }
    if (machine_idle_time(timeline->machine) - track->rest_idle < REST_IDLE) {
        track->rest_count = 0;
    } else {
        track->rest_count++;
    }
    begin_rest_period(timeline, track);
    if (track->rest_count < REST_PERIODS && now - track->heard < REST_MAX) return false;
    track->base = now;
    track->retry = 0;
    return true;
}

static bool wait_for_memory(struct timeline *timeline, struct track *track)
{
    const vtime now = machine_now(timeline->machine);

    if (machine_has_memory(timeline->machine)) {
        track->base = now;
        track->retry = 0;
        return true;
    }
    track->retry = fault_run_look_again(now);
    return false;
}

/* False when the track's next action has to wait. */
static bool carry_out(struct timeline *timeline, struct track *track)
{
    const struct action *action = &track->list.items[track->next];

    switch (action->kind) {
    case ACTION_KEY: return post(timeline, INBOX_KEY, &action->key, sizeof(action->key));
    case ACTION_POINTER:
        return post(timeline, INBOX_POINTER, &action->pointer, sizeof(action->pointer));
    case ACTION_TABLET:
        return post(timeline, INBOX_TABLET, &action->tablet, sizeof(action->tablet));
    case ACTION_POWER_KEY: return post(timeline, INBOX_POWER_KEY, NULL, 0);
    case ACTION_RESET: return post(timeline, INBOX_RESET, NULL, 0);
    case ACTION_SCREENSHOT: timeline_screenshot(timeline, action->path); return true;
    case ACTION_SNAPSHOT: timeline->snapshot(timeline->snapshot_ctx, action->path); return true;
    case ACTION_POWER_CUT:
        timeline->cut_when = action->when;
        timeline->is_cut =
            timeline->power_cut && timeline->power_cut(timeline->power_cut_ctx, action);
        return true;
    case ACTION_FAULT:
        fault_run_plant(&timeline->faults, timeline->machine, action->fault);
        return true;
    case ACTION_WAIT_MEMORY: return wait_for_memory(timeline, track);
    case ACTION_WAIT_KEYBOARD: return wait_for_keyboard(timeline, track);
    case ACTION_WAIT_REST: return wait_for_rest(timeline, track);
    }
    return true;
}

/* ---- Tracks ---- */

struct track *timeline_add_track(struct timeline *timeline)
{
    BUG_ON(timeline->track_count == TIMELINE_TRACKS_MAX);
    return &timeline->tracks[timeline->track_count++];
}

void timeline_release(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->track_count; i++) {
        action_list_release(&timeline->tracks[i].list);
    }
    timeline->track_count = 0;
}

static bool has_screenshot(const struct action_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == ACTION_SCREENSHOT) return true;
    }
    return false;
}

bool timeline_takes_pictures(const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->track_count; i++) {
        if (has_screenshot(&timeline->tracks[i].list)) return true;
    }
    return timeline->every != 0;
}

const struct action *timeline_missed(const struct timeline *timeline, size_t *count)
{
    const struct action *first = NULL;

    *count = 0;
    for (size_t i = 0; i < timeline->track_count; i++) {
        const struct track *track = &timeline->tracks[i];

        if (track->next >= track->list.count) continue;
        if (first == NULL) first = &track->list.items[track->next];
        for (size_t j = track->next; j < track->list.count; j++) {
            *count += !action_is_wait(&track->list.items[j]);
        }
    }
    return first;
}

/* ---- When ---- */

static vtime add_times(vtime a, vtime b)
{
    return a > VTIME_NEVER - b ? VTIME_NEVER : a + b;
}

static vtime track_due(const struct track *track)
{
    if (track->next >= track->list.count) return VTIME_NEVER;
    return max_u64(add_times(track->base, track->list.items[track->next].when), track->retry);
}

/* The track whose next action comes first, NULL when none is left. */
static struct track *next_track(struct timeline *timeline)
{
    struct track *first = NULL;

    for (size_t i = 0; i < timeline->track_count; i++) {
        struct track *track = &timeline->tracks[i];

        if (track_due(track) == VTIME_NEVER) continue;
        if (first == NULL || track_due(track) < track_due(first)) first = track;
    }
    return first;
}

static vtime next_shot(const struct timeline *timeline)
{
    const vtime every = timeline->every;

    if (every == 0 || timeline->shots + 1 > VTIME_NEVER / every) return VTIME_NEVER;
    return (timeline->shots + 1) * every;
}

static vtime next_due(struct timeline *timeline)
{
    const struct track *track = next_track(timeline);

    return min_u64(fault_run_due(&timeline->faults),
                   min_u64(track == NULL ? VTIME_NEVER : track_due(track), next_shot(timeline)));
}

/* Everything that is due by now, until the inbox is full. */
static void act(struct timeline *timeline)
{
    const vtime now = machine_now(timeline->machine);

    while (!timeline->is_cut && next_due(timeline) <= now) {
        struct track *track = next_track(timeline);

        if (fault_run_due(&timeline->faults) <= now) {
            fault_run_campaign(&timeline->faults, timeline->machine);
            continue;
        }
        if (track == NULL || next_shot(timeline) < track_due(track)) {
            regular_screenshot(timeline, next_shot(timeline));
            continue;
        }
        if (carry_out(timeline, track)) {
            track->next++;
        } else if (track_due(track) <= now) {
            return;
        }
    }
}

/* Nothing is left but to look at a machine that does nothing, for ever. */
static bool is_over(const struct timeline *timeline)
{
    if (!machine_is_dead(timeline->machine)) return false;
    for (size_t i = 0; i < timeline->track_count; i++) {
        const struct track *track = &timeline->tracks[i];

        if (track->next >= track->list.count) continue;
        if (!action_is_wait(&track->list.items[track->next])) return false;
    }
    return !machine_is_keyboard_listening(timeline->machine);
}

static bool is_ended_from_outside(const struct timeline *timeline)
{
    return timeline->attend && timeline->attend(timeline->attend_ctx);
}

enum machine_stop timeline_run(struct timeline *timeline, vtime until)
{
    /* When a run before this one ended for another reason, attention was not given. */
    if (is_ended_from_outside(timeline)) return MACHINE_STOPPED;
    for (;;) {
        const vtime due = next_due(timeline);
        const enum machine_stop stop = machine_run(timeline->machine, min_u64(due, until));

        if (stop == MACHINE_ATTENTION) {
            if (is_ended_from_outside(timeline)) return MACHINE_STOPPED;
            continue;
        }
        if (stop != MACHINE_TIME_LIMIT) return stop;
        act(timeline);
        if (timeline->is_cut) return MACHINE_STOPPED;
        if (machine_now(timeline->machine) >= until) return MACHINE_TIME_LIMIT;
        if (until == VTIME_NEVER && is_over(timeline)) return MACHINE_DEAD;
    }
}
