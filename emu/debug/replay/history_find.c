/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places within blocks. A block runs as a whole: a hit in it is known only by the block it was in. To stand at
 * it, the block is run again, instruction by instruction, until the same happens.
 */
#include "emu/core/trace.h"
#include "emu/debug/replay/history_internal.h"

/* Steps through one block; a REP instruction may need many. */
#define LOOKS_MAX (1u << 20)

/* ---- Hits ---- */

void history_clear_notes(struct history *history)
{
    history->note_count = 0;
}

static struct history_note *last_note(struct history *history)
{
    return &history->notes[(history->note_count - 1) % HISTORY_NOTES];
}

static void note_hit(struct history *history, uint32_t id)
{
    struct history_spot spot;
    struct history_note *note;

    history_note_spot(history, &spot);
    if (history->note_count == 0 ||
        history_compare(history, &last_note(history)->spot.at, &spot.at) != 0 ||
        last_note(history)->spot.is_edge != spot.is_edge) {
        history->note_count++;
        *last_note(history) = (struct history_note){.spot = spot};
    }
    note = last_note(history);
    if (note->id_count < HISTORY_NOTE_IDS) {
        note->ids[note->id_count] = id;
        note->id_count++;
    }
}

void history_hit(struct history *history, bool is_behind, uint32_t id)
{
    switch (history->mode) {
    case HITS_IGNORED: break;
    case HITS_COLLECTED:
        if (history->hit_count < HISTORY_HITS_MAX) {
            history->hits[history->hit_count] = (struct hit){.is_behind = is_behind, .id = id};
            history->hit_count++;
        }
        break;
    case HITS_NOTED: note_hit(history, id); break;
    case HITS_STOP:
        note_hit(history, id);
        machine_break(history->config.machine);
        break;
    }
}

static void add_id(struct history *history, uint32_t id)
{
    for (size_t i = 0; i < history->id_count; i++) {
        if (history->ids[i] == id) return;
    }
    if (history->id_count < HISTORY_HITS_MAX) {
        history->ids[history->id_count] = id;
        history->id_count++;
    }
}

/* ---- The place of a hit ---- */

struct finding {
    const struct history_search *search;
    struct machine_instant place;
    bool is_found;
};

/* Hits of one step, from `from` to `to`. */
static void consider(struct history *history, struct finding *finding,
                     const struct machine_instant *from, const struct machine_instant *to)
{
    const struct history_search *search = finding->search;

    for (unsigned behind = 0; behind < 2; behind++) {
        const struct machine_instant *place = behind != 0 ? to : from;
        const bool is_same =
            finding->is_found && history_compare(history, place, &finding->place) == 0;

        if (finding->is_found && !is_same && !search->is_last) return;
        if (search->after != NULL && history_compare(history, place, search->after) <= 0) continue;
        if (search->before != NULL && history_compare(history, place, search->before) >= 0)
            continue;
        for (size_t i = 0; i < history->hit_count; i++) {
            if (history->hits[i].is_behind != (behind != 0)) continue;
            if (!finding->is_found || history_compare(history, place, &finding->place) != 0) {
                finding->place = *place;
                finding->is_found = true;
                history->id_count = 0;
            }
            add_id(history, history->hits[i].id);
        }
    }
}

/* Through the block, from where the machine stands. */
static enum history_stop look_through(struct history *history, struct finding *finding,
                                      struct error *err)
{
    const struct history_search *search = finding->search;

    for (unsigned i = 0; i < LOOKS_MAX; i++) {
        struct machine_instant from;
        struct machine_instant to;
        enum history_stop stop;

        history_get_instant(history, &from);
        if (search->before != NULL && history_compare(history, &from, search->before) >= 0) break;
        stop = history_advance(history, HISTORY_INSN, err);
        if (stop == HISTORY_END) break;
        if (stop != HISTORY_THERE) return stop;
        history_get_instant(history, &to);
        consider(history, finding, &from, &to);
        if (to.looked == 0 || (finding->is_found && !search->is_last)) break;
    }
    return HISTORY_THERE;
}

static enum history_stop find_at_edge(struct history *history, const struct history_search *search,
                                      struct error *err)
{
    const struct history_note note = *search->note;
    const struct machine_instant *place = &note.spot.at;

    if (search->after != NULL && history_compare(history, place, search->after) < 0)
        return HISTORY_BEGIN;
    if (search->before != NULL && history_compare(history, place, search->before) >= 0)
        return HISTORY_BEGIN;
    history->id_count = 0;
    for (size_t i = 0; i < note.id_count; i++) {
        add_id(history, note.ids[i]);
    }
    return history_travel(history, place, 1, err);
}

enum history_stop history_find_hit(struct history *history, const struct history_search *search,
                                   struct error *err)
{
    struct machine_instant begin = search->note->spot.at;
    struct finding finding = {.search = search};
    enum history_stop stop;

    if (search->note->spot.is_edge) return find_at_edge(history, search, err);
    if (search->after != NULL && history_compare(history, search->after, &begin) > 0) {
        begin = *search->after;
    }
    stop = history_travel(history, &begin, 1, err);
    if (stop != HISTORY_THERE) return stop;
    history->mode = HITS_COLLECTED;
    stop = look_through(history, &finding, err);
    history->mode = HITS_IGNORED;
    if (stop != HISTORY_THERE) return stop;
    return finding.is_found ? history_travel(history, &finding.place, 1, err) : HISTORY_BEGIN;
}

/* ---- The place of an event ---- */

enum history_stop history_find_event(struct history *history, const struct history_spot *spot,
                                     uint64_t seq, struct error *err)
{
    const struct trace *trace = machine_trace(history->config.machine);
    enum history_stop stop = history_travel(history, &spot->at, 1, err);

    if (spot->is_edge) return stop;
    for (unsigned i = 0; i < LOOKS_MAX && stop == HISTORY_THERE; i++) {
        if (trace_seq(trace) >= seq) return HISTORY_THERE;
        stop = history_advance(history, HISTORY_INSN, err);
    }
    return stop;
}
