/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking, restoring and dropping checkpoints. What is in the machine's memories is learned by hashing all of
 * it: nothing has to be asked of the cores while they run, so a run costs nothing between two checkpoints,
 * and what costs is the host's memory bandwidth at each of them.
 */
#include "emu/debug/replay/checkpoints.h"

#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/debug/replay/pages.h"

/* More of those taken near where somebody looked are not kept, whatever the budget: lists stay short. */
#define EXTRA_MAX 1024u
/* Of the budget, one part in so many is for bytes that are not packed. */
#define RAW_SHARE 4u
/* So many stay when memory is short, as far as others can go. */
#define EXTRA_FEW 6u

struct checkpoints {
    struct checkpoints_config config;
    struct pages *pages;
    struct checkpoint *list; /* ascending by key */
    size_t count;
    size_t room;
    uint32_t memories; /* spaces in front of the disks' */
    bool has_filed;
    vtime filed; /* key of the last one that the recording got; it is not dropped */
};

/* ---- The list ---- */

size_t checkpoints_count(const struct checkpoints *checkpoints)
{
    return checkpoints->count;
}

const struct checkpoint *checkpoints_get(const struct checkpoints *checkpoints, size_t index)
{
    return &checkpoints->list[index];
}

/* How many are in front of `key`. */
static size_t count_before(const struct checkpoints *checkpoints, vtime key)
{
    size_t count = checkpoints->count;

    while (count > 0 && checkpoints->list[count - 1].key >= key) {
        count--;
    }
    return count;
}

bool checkpoints_has(const struct checkpoints *checkpoints, vtime key)
{
    const size_t at = count_before(checkpoints, key);

    return at < checkpoints->count && checkpoints->list[at].key == key;
}

size_t checkpoints_until(const struct checkpoints *checkpoints, const struct machine_instant *at)
{
    const struct machine *machine = checkpoints->config.machine;
    size_t count = checkpoints->count;

    while (count > 0 &&
           machine_instant_compare(machine, &checkpoints->list[count - 1].at.at, at) > 0) {
        count--;
    }
    return count;
}

uint64_t checkpoints_bytes(const struct checkpoints *checkpoints)
{
    return recording_blob_total(checkpoints->config.recording);
}

static bool insert(struct checkpoints *checkpoints, const struct checkpoint *checkpoint)
{
    const size_t at = count_before(checkpoints, checkpoint->key);

    if (checkpoints->count == checkpoints->room) {
        const size_t room = checkpoints->room == 0 ? 64 : checkpoints->room * 2;
        struct checkpoint *list = realloc(checkpoints->list, room * sizeof(*list));

        if (list == NULL) return false;
        checkpoints->list = list;
        checkpoints->room = room;
    }
    memmove(&checkpoints->list[at + 1], &checkpoints->list[at],
            (checkpoints->count - at) * sizeof(*checkpoints->list));
    checkpoints->list[at] = *checkpoint;
    checkpoints->count++;
    return true;
}

/* ---- Dropping ---- */

static void drop_version(void *ctx, const struct page_version *version)
{
    const struct checkpoints *checkpoints = ctx;

    if (version->is_held) recording_drop_blob(checkpoints->config.recording, version->blob);
}

struct pruning {
    struct checkpoints *checkpoints;
    vtime *keys;
};

static int prune_page(void *ctx, uint32_t space, uint64_t number, struct page *page)
{
    const struct pruning *pruning = ctx;

    (void)space;
    (void)number;
    if (page->count == 0) return 0;
    page_prune(page, pruning->keys, pruning->checkpoints->count, drop_version,
               pruning->checkpoints);
    return 0;
}

/* Contents that no checkpoint has any more go. Without memory for the list of keys they stay for now. */
static void prune(struct checkpoints *checkpoints)
{
    struct pruning pruning = {.checkpoints = checkpoints};

    pruning.keys = calloc(checkpoints->count + 1, sizeof(*pruning.keys));
    if (pruning.keys == NULL) return;
    for (size_t i = 0; i < checkpoints->count; i++) {
        pruning.keys[i] = checkpoints->list[i].key;
    }
    (void)pages_each(checkpoints->pages, prune_page, &pruning);
    free(pruning.keys);
}

static void forget(struct checkpoints *checkpoints, size_t index)
{
    const struct checkpoint *checkpoint = &checkpoints->list[index];

    if (checkpoint->is_held) {
        recording_drop_blob(checkpoints->config.recording, checkpoint->state);
    }
    checkpoints->count--;
    memmove(&checkpoints->list[index], &checkpoints->list[index + 1],
            (checkpoints->count - index) * sizeof(*checkpoints->list));
}

static bool may_go(const struct checkpoints *checkpoints, size_t index, vtime here)
{
    const struct checkpoint *checkpoint = &checkpoints->list[index];

    return index > 0 && checkpoint->key != here &&
           !(checkpoints->has_filed && checkpoint->key == checkpoints->filed);
}

/* Of the extra ones the farthest from `here`; SIZE_MAX: there is none. */
static size_t farthest_extra(const struct checkpoints *checkpoints, vtime here, size_t *count)
{
    size_t found = SIZE_MAX;
    vtime farthest = 0;

    *count = 0;
    for (size_t i = 1; i < checkpoints->count; i++) {
        const vtime key = checkpoints->list[i].key;
        const vtime distance = key > here ? key - here : here - key;

        if (!checkpoints->list[i].is_extra) continue;
        (*count)++;
        if (may_go(checkpoints, i, here) && distance >= farthest) {
            farthest = distance;
            found = i;
        }
    }
    return found;
}

/* The one that leaves the smallest gap for its distance from `here`: what stays thins out exponentially. */
static size_t least_missed(const struct checkpoints *checkpoints, vtime here)
{
    size_t found = SIZE_MAX;
    uint64_t least = UINT64_MAX;

    for (size_t i = 1; i + 1 < checkpoints->count; i++) {
        const struct checkpoint *around = &checkpoints->list[i - 1];
        const vtime key = around[1].key;
        const vtime gap = around[2].key - around[0].key;
        const vtime distance = key > here ? key - here : here - key;
        const uint64_t missed = gap / (distance / 1024 + 1);

        if (may_go(checkpoints, i, here) && missed < least) {
            least = missed;
            found = i;
        }
    }
    return found;
}

static bool drop_one(struct checkpoints *checkpoints, vtime here)
{
    size_t extras;
    size_t index = farthest_extra(checkpoints, here, &extras);

    if (index == SIZE_MAX || extras <= EXTRA_FEW) {
        const size_t other = least_missed(checkpoints, here);

        index = other != SIZE_MAX ? other : index;
    }
    if (index == SIZE_MAX && may_go(checkpoints, checkpoints->count - 1, here)) {
        index = checkpoints->count - 1;
    }
    if (index == SIZE_MAX) return false;
    forget(checkpoints, index);
    return true;
}

static void keep_budget(struct checkpoints *checkpoints, vtime here)
{
    bool can_go = true;
    size_t extras;
    size_t index = farthest_extra(checkpoints, here, &extras);

    if (extras > EXTRA_MAX && index != SIZE_MAX) {
        forget(checkpoints, index);
        prune(checkpoints);
    }
    while (can_go && checkpoints_bytes(checkpoints) > checkpoints->config.budget) {
        /* An eighth at a time: looking through all pages is not for free. */
        for (size_t i = checkpoints->count / 8 + 1; i > 0 && can_go; i--) {
            can_go = drop_one(checkpoints, here);
        }
        prune(checkpoints);
    }
}

void checkpoints_cut(struct checkpoints *checkpoints, vtime key)
{
    while (checkpoints->count > 1 && checkpoints->list[checkpoints->count - 1].key > key) {
        forget(checkpoints, checkpoints->count - 1);
    }
    prune(checkpoints);
    if (checkpoints->has_filed && checkpoints->filed > key) checkpoints->has_filed = false;
}

/* ---- What is in the machine now ---- */

struct scan {
    struct checkpoints *checkpoints;
    uint32_t space;
    struct taking *taking; /* NULL: contents are only learned */
};

static int scan_block(void *ctx, uint64_t offset, const uint8_t *block)
{
    const struct scan *scan = ctx;

    return pages_scan_block(scan->checkpoints->pages, scan->space, offset / MACHINE_VISIT_BYTES,
                            block)
               ? 0
               : -1;
}

static int scan_memories(struct checkpoints *checkpoints, struct error *err)
{
    struct scan scan = {.checkpoints = checkpoints};

    pages_scan_begin(checkpoints->pages);
    for (; scan.space < checkpoints->memories; scan.space++) {
        if (machine_memory_visit(checkpoints->config.machine, scan.space, scan_block, &scan) != 0)
            return error_host(err, "out of memory for checkpoints");
    }
    pages_scan_end(checkpoints->pages);
    return 0;
}

/* ---- Taking ---- */

struct taking {
    struct checkpoints *checkpoints;
    vtime key;
    vtime next;    /* the checkpoint behind it; VTIME_NEVER: none */
    bool is_filed; /* pages that changed since the last filed one are listed */
    struct recording_page *pages;
    size_t count;
    size_t room;
};

static bool list_page(struct taking *taking, uint32_t space, uint64_t number, uint64_t blob)
{
    if (taking->count == taking->room) {
        const size_t room = taking->room == 0 ? 1024 : taking->room * 2;
        struct recording_page *pages = realloc(taking->pages, room * sizeof(*pages));

        if (pages == NULL) return false;
        taking->pages = pages;
        taking->room = room;
    }
    taking->pages[taking->count] =
        (struct recording_page){.memory = space, .page = number, .blob = blob};
    taking->count++;
    return true;
}

/* The checkpoint behind sees what it saw, though a version comes between. */
static bool pin_next(const struct taking *taking, struct page *page, uint32_t space)
{
    struct recording *recording = taking->checkpoints->config.recording;
    const struct page_version *seen;
    struct page_version pinned;
    uint8_t data[PAGES_BYTES];

    if (taking->next == VTIME_NEVER) return true;
    seen = page_at(page, taking->next);
    if (seen != NULL && seen->key > taking->key) return true;
    pinned = seen != NULL ? *seen : pages_first(taking->checkpoints->pages, space);
    pinned.key = taking->next;
    if (pinned.is_held) {
        if (recording_get_blob(recording, pinned.blob, data, NULL) != 0) return false;
        pinned.blob = recording_put_blob(recording, data, sizeof(data));
        if (pinned.blob == 0) return false;
    }
    return page_add(page, &pinned);
}

static struct page_version seen_at(const struct checkpoints *checkpoints, const struct page *page,
                                   uint32_t space, vtime key)
{
    const struct page_version *version = page_at(page, key);

    return version != NULL ? *version : pages_first(checkpoints->pages, space);
}

/* What has not been read from the file yet is taken for different: that costs memory, but is not wrong. */
static bool is_as(const struct page_version *version, struct page_hash hash)
{
    return version->is_hashed && page_hash_is_equal(version->hash, hash);
}

/* `data` NULL: zeros. */
static bool add_version(const struct taking *taking, uint32_t space, struct page *page,
                        const uint8_t *data)
{
    struct page_version version = {.key = taking->key, .hash = page->now, .is_hashed = true};

    if (!pin_next(taking, page, space)) return false;
    if (data != NULL) {
        version.blob = recording_put_blob(taking->checkpoints->config.recording, data, PAGES_BYTES);
        version.is_held = version.blob != 0;
        if (version.blob == 0) return false;
    }
    return page_add(page, &version);
}

static bool file_page(struct taking *taking, uint32_t space, uint64_t number,
                      const struct page *page)
{
    const struct checkpoints *checkpoints = taking->checkpoints;
    struct page_version before = pages_first(checkpoints->pages, space);
    const struct page_version *now = page_at(page, taking->key);

    if (checkpoints->has_filed) before = seen_at(checkpoints, page, space, checkpoints->filed);
    if (is_as(&before, page->now)) return true;
    return list_page(taking, space, number, now != NULL ? now->blob : 0);
}

static int take_page(void *ctx, uint32_t space, uint64_t number, struct page *page)
{
    struct taking *taking = ctx;
    struct checkpoints *checkpoints = taking->checkpoints;
    const struct page_version seen = seen_at(checkpoints, page, space, taking->key);
    const bool is_zero = page_hash_is_equal(page->now, page_hash_zeros());
    uint8_t data[PAGES_BYTES];

    if (space < checkpoints->memories && !is_as(&seen, page->now)) {
        if (!is_zero) {
            machine_memory_get(checkpoints->config.machine, space, number * PAGES_BYTES, data);
        }
        if (!add_version(taking, space, page, is_zero ? NULL : data)) return -1;
    }
    return !taking->is_filed || file_page(taking, space, number, page) ? 0 : -1;
}

/* A page that the run has written to a disk since this was asked last. */
static int visit_disk(void *ctx, uint64_t number, const uint8_t *data)
{
    const struct scan *scan = ctx;
    struct checkpoints *checkpoints = scan->checkpoints;
    struct page *page = pages_find(checkpoints->pages, scan->space, number);
    struct page_version seen;

    if (page == NULL) return -1;
    page->now = data != NULL ? page_hash_of(checkpoints->pages, data) : page_hash_zeros();
    if (scan->taking == NULL) return 0;
    seen = seen_at(checkpoints, page, scan->space, scan->taking->key);
    if (is_as(&seen, page->now)) return 0;
    if (page_hash_is_equal(page->now, page_hash_zeros())) data = NULL;
    return add_version(scan->taking, scan->space, page, data) ? 0 : -1;
}

static int visit_disks(struct checkpoints *checkpoints, struct taking *taking, struct error *err)
{
    struct scan scan = {.checkpoints = checkpoints, .taking = taking};

    for (unsigned i = 0; i < ARRAY_LEN(checkpoints->config.disks); i++) {
        struct replay_disk *disk = checkpoints->config.disks[i];

        scan.space = checkpoints->memories + i;
        if (disk != NULL && replay_disk_visit(disk, false, visit_disk, &scan) != 0)
            return error_host(err, "out of memory for checkpoints of the disk");
    }
    return 0;
}

static int save_state(struct checkpoints *checkpoints, struct checkpoint *checkpoint,
                      struct error *err)
{
    void *data;
    size_t bytes;

    if (machine_checkpoint_save(checkpoints->config.machine, &data, &bytes, err) != 0) return -1;
    checkpoint->state = recording_put_blob(checkpoints->config.recording, data, bytes);
    checkpoint->is_held = checkpoint->state != 0;
    free(data);
    return checkpoint->is_held ? 0 : error_host(err, "out of memory for checkpoints");
}

static int by_number(const void *left, const void *right)
{
    const struct recording_page *a = left;
    const struct recording_page *b = right;

    if (a->memory != b->memory) return a->memory < b->memory ? -1 : 1;
    return a->page < b->page ? -1 : a->page > b->page;
}

static int file_checkpoint(struct taking *taking, const struct checkpoint *checkpoint,
                           struct error *err)
{
    struct checkpoints *checkpoints = taking->checkpoints;
    const struct recording_checkpoint filed = {
        .at = checkpoint->at,
        .state = checkpoint->state,
        .pages = taking->pages,
        .page_count = taking->count,
    };

    if (taking->count > 0) {
        qsort(taking->pages, taking->count, sizeof(*taking->pages), by_number);
    }
    if (!recording_add_checkpoint(checkpoints->config.recording, &filed))
        return error_host(err, "out of memory for checkpoints");
    checkpoints->has_filed = true;
    checkpoints->filed = checkpoint->key;
    return 0;
}

static int take_pages(struct taking *taking, struct error *err)
{
    struct checkpoints *checkpoints = taking->checkpoints;

    if (scan_memories(checkpoints, err) != 0) return -1;
    if (visit_disks(checkpoints, taking, err) != 0) return -1;
    if (pages_each(checkpoints->pages, take_page, taking) != 0)
        return error_host(err, "out of memory for checkpoints");
    return 0;
}

int checkpoints_take(struct checkpoints *checkpoints, const struct checkpoint *place,
                     enum checkpoint_kind kind, struct error *err)
{
    const size_t at = count_before(checkpoints, place->key);
    struct checkpoint checkpoint = *place;
    struct taking taking = {
        .checkpoints = checkpoints,
        .key = place->key,
        .next = at < checkpoints->count ? checkpoints->list[at].key : VTIME_NEVER,
        .is_filed = kind == CHECKPOINT_FILED,
    };
    int result;

    if (taking.next == place->key) {
        if (kind != CHECKPOINT_EXTRA) checkpoints->list[at].is_extra = false;
        return 0;
    }
    checkpoint.is_extra = kind == CHECKPOINT_EXTRA;
    if (save_state(checkpoints, &checkpoint, err) != 0) return -1;
    result = take_pages(&taking, err);
    if (result == 0 && taking.is_filed) result = file_checkpoint(&taking, &checkpoint, err);
    free(taking.pages);
    if (result == 0 && !insert(checkpoints, &checkpoint)) {
        result = error_host(err, "out of memory for checkpoints");
    }
    if (result != 0) {
        recording_drop_blob(checkpoints->config.recording, checkpoint.state);
        return -1;
    }
    keep_budget(checkpoints, place->key);
    return 0;
}

/* ---- Restoring ---- */

/* A page whose bytes have to be read. */
struct wanted_page {
    struct page *page;
    struct page_version *version;
    uint64_t number;
    uint32_t space;
};

struct restoring {
    struct checkpoints *checkpoints;
    vtime key;
    struct error *err;
    struct wanted_page *wanted;
    size_t count;
    size_t room;
};

static int load_page(const struct restoring *restoring, struct page_version *version, uint8_t *data)
{
    struct checkpoints *checkpoints = restoring->checkpoints;
    struct recording *recording = checkpoints->config.recording;

    if (recording_blob_bytes(recording, version->blob) != PAGES_BYTES)
        return error_host(restoring->err, "a page of a checkpoint is missing in the recording");
    if (recording_get_blob(recording, version->blob, data, restoring->err) != 0) return -1;
    if (!version->is_hashed) {
        version->hash = page_hash_of(checkpoints->pages, data);
        version->is_hashed = true;
    }
    return 0;
}

static void put_page(const struct restoring *restoring, uint32_t space, uint64_t number,
                     struct page_hash hash, const uint8_t *data)
{
    const struct checkpoints *checkpoints = restoring->checkpoints;

    if (space < checkpoints->memories) {
        machine_memory_put(checkpoints->config.machine, space, number * PAGES_BYTES, data);
        return;
    }
    replay_disk_put(checkpoints->config.disks[space - checkpoints->memories], number,
                    !page_hash_is_equal(hash, page_hash_unwritten()), data);
}

static bool want_page(struct restoring *restoring, const struct wanted_page *wanted)
{
    if (restoring->count == restoring->room) {
        const size_t room = restoring->room == 0 ? 1024 : restoring->room * 2;
        struct wanted_page *list = realloc(restoring->wanted, room * sizeof(*list));

        if (list == NULL) return false;
        restoring->wanted = list;
        restoring->room = room;
    }
    restoring->wanted[restoring->count] = *wanted;
    restoring->count++;
    return true;
}

static int look_at_page(void *ctx, uint32_t space, uint64_t number, struct page *page)
{
    struct restoring *restoring = ctx;
    const struct page_version first = pages_first(restoring->checkpoints->pages, space);
    struct page_version *version = page_at(page, restoring->key);
    const struct page_version *seen = version != NULL ? version : &first;

    if (is_as(seen, page->now)) return 0;
    if (version != NULL && version->blob != 0) {
        const struct wanted_page wanted = {
            .page = page, .version = version, .number = number, .space = space};

        if (want_page(restoring, &wanted)) return 0;
        return error_host(restoring->err, "out of memory for checkpoints");
    }
    put_page(restoring, space, number, seen->hash, NULL);
    page->now = seen->hash;
    return 0;
}

static int by_blob(const void *left, const void *right)
{
    const struct wanted_page *a = left;
    const struct wanted_page *b = right;

    if (a->version->blob != b->version->blob) return a->version->blob < b->version->blob ? -1 : 1;
    if (a->space != b->space) return a->space < b->space ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* In the order of blobs: neighbours are packed together. */
static int restore_pages(struct restoring *restoring)
{
    if (pages_each(restoring->checkpoints->pages, look_at_page, restoring) != 0) return -1;
    if (restoring->count == 0) return 0;
    qsort(restoring->wanted, restoring->count, sizeof(*restoring->wanted), by_blob);
    for (size_t i = 0; i < restoring->count; i++) {
        const struct wanted_page *wanted = &restoring->wanted[i];
        uint8_t data[PAGES_BYTES];

        if (load_page(restoring, wanted->version, data) != 0) return -1;
        if (is_as(wanted->version, wanted->page->now)) continue;
        put_page(restoring, wanted->space, wanted->number, wanted->version->hash, data);
        wanted->page->now = wanted->version->hash;
    }
    return 0;
}

static int load_state(struct checkpoints *checkpoints, const struct checkpoint *checkpoint,
                      struct error *err)
{
    struct recording *recording = checkpoints->config.recording;
    const size_t bytes = recording_blob_bytes(recording, checkpoint->state);
    void *data = bytes > 0 ? malloc(bytes) : NULL;
    int result;

    if (data == NULL) return error_host(err, "the state of a checkpoint cannot be read");
    result = recording_get_blob(recording, checkpoint->state, data, err);
    if (result == 0)
        result = machine_checkpoint_load(checkpoints->config.machine, data, bytes, err);
    free(data);
    return result;
}

int checkpoints_restore(struct checkpoints *checkpoints, size_t index, struct error *err)
{
    const struct checkpoint *checkpoint = &checkpoints->list[index];
    struct restoring restoring = {.checkpoints = checkpoints, .key = checkpoint->key, .err = err};
    int result;

    if (scan_memories(checkpoints, err) != 0) return -1;
    if (visit_disks(checkpoints, NULL, err) != 0) return -1;
    result = restore_pages(&restoring);
    free(restoring.wanted);
    if (result != 0) return -1;
    return load_state(checkpoints, checkpoint, err);
}

/* ---- From a file ---- */

static int adopt_page(struct checkpoints *checkpoints, vtime key,
                      const struct recording_page *listed, struct error *err)
{
    const struct page_version version = {
        .key = key, .blob = listed->blob, .is_hashed = listed->blob == 0};
    const bool is_disk = listed->memory >= checkpoints->memories;
    struct page *page;

    if (is_disk &&
        (listed->memory - checkpoints->memories >= ARRAY_LEN(checkpoints->config.disks) ||
         checkpoints->config.disks[listed->memory - checkpoints->memories] == NULL)) {
        return error_host(err, "the recording has pages of a disk that the machine has not");
    }
    if (!is_disk &&
        listed->page >=
            machine_memory_bytes(checkpoints->config.machine, listed->memory) / PAGES_BYTES) {
        return error_host(err, "the recording has pages that the machine has not");
    }
    page = pages_find(checkpoints->pages, listed->memory, listed->page);
    if (page == NULL || !page_add(page, &version))
        return error_host(err, "out of memory for checkpoints");
    return 0;
}

static size_t inputs_before(const struct checkpoints *checkpoints, const struct machine_instant *at)
{
    const struct recording *recording = checkpoints->config.recording;
    size_t low = 0;
    size_t high = recording_input_count(recording);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (machine_instant_compare(checkpoints->config.machine,
                                    &recording_input(recording, middle)->at, at) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* At an edge a checkpoint comes first, inputs after it (run_loop.c). */
static int adopt(struct checkpoints *checkpoints, size_t index, struct error *err)
{
    const struct recording_checkpoint *filed =
        recording_checkpoint(checkpoints->config.recording, index);
    const struct checkpoint checkpoint = {
        .key = filed->at.at.edge,
        .at = filed->at,
        .next_input = inputs_before(checkpoints, &filed->at.at),
        .state = filed->state,
    };

    if (checkpoints->count > 0 && checkpoints->list[checkpoints->count - 1].key >= checkpoint.key)
        return error_host(err, "checkpoints of the recording are not in order");
    for (size_t i = 0; i < filed->page_count; i++) {
        if (adopt_page(checkpoints, checkpoint.key, &filed->pages[i], err) != 0) return -1;
    }
    return insert(checkpoints, &checkpoint) ? 0 : error_host(err, "out of memory for checkpoints");
}

/* ---- Life ---- */

struct checkpoints *checkpoints_create(const struct checkpoints_config *config, struct error *err)
{
    struct checkpoints *checkpoints = calloc(1, sizeof(*checkpoints));

    if (checkpoints != NULL) {
        checkpoints->config = *config;
        checkpoints->memories = (uint32_t)machine_memory_count(config->machine);
        checkpoints->pages = pages_create(checkpoints->memories);
        recording_set_blob_room(config->recording, config->budget / RAW_SHARE);
    }
    if (checkpoints == NULL || checkpoints->pages == NULL) {
        (void)error_host(err, "out of memory for checkpoints");
        checkpoints_destroy(checkpoints);
        return NULL;
    }
    for (size_t i = 0; i < recording_checkpoint_count(config->recording); i++) {
        if (adopt(checkpoints, i, err) != 0) {
            checkpoints_destroy(checkpoints);
            return NULL;
        }
    }
    return checkpoints;
}

static int release_page(void *ctx, uint32_t space, uint64_t number, struct page *page)
{
    (void)space;
    (void)number;
    page_prune(page, NULL, 0, drop_version, ctx);
    return 0;
}

void checkpoints_destroy(struct checkpoints *checkpoints)
{
    if (checkpoints == NULL) return;
    if (checkpoints->pages != NULL) {
        (void)pages_each(checkpoints->pages, release_page, checkpoints);
    }
    while (checkpoints->count > 0) {
        forget(checkpoints, checkpoints->count - 1);
    }
    free(checkpoints->list);
    pages_destroy(checkpoints->pages);
    free(checkpoints);
}
