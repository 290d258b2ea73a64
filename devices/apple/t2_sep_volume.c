/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The volume as the SEP holds it: locked or open, how often somebody may try, and the record that
 * outlives the machine (docs/hardware/t2-sep.md, "The volume").
 *
 * A changed record is stored before anything is done with it, and a wrong password is counted there
 * before it is answered. The volume's key itself is nowhere but in the expanded key; what is kept of
 * it for snapshots is wrapped by the UID.
 */
#include <string.h>

#include "devices/apple/t2_sep_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/crypto/xts.h"

const struct trace_desc t2_sep_trace_volume = {
    .name = "t2_sep_volume", .fields = {"is_unlocked", "result", "failures", "counter"}};

static void tell(struct t2_sep *sep, unsigned result)
{
    TRACE(sep->fn.device.env.trace, &sep->fn.device, &t2_sep_trace_volume, sep->is_unlocked, result,
          sep->record.failures, sep->record.counter);
}

static unsigned from_sep(enum sep_result result)
{
    switch (result) {
    case SEP_OK: return T2_SEP_OK;
    case SEP_WRONG_PASSWORD: return T2_SEP_WRONG;
    case SEP_DISABLED: return T2_SEP_DISABLED;
    case SEP_DAMAGED: return T2_SEP_DAMAGED;
    case SEP_NO_VOLUME: return T2_SEP_NO_VOLUME;
    case SEP_NO_MEMORY: break;
    }
    return T2_SEP_NOT_STORED;
}

/* Makes a record durable. Without a store there is nothing to outlive the machine. */
static bool keep(struct t2_sep *sep, const struct sep_record *record)
{
    if (sep->store.save == NULL) return true;
    if (sep->store.save(sep->store.ctx, record) != 0) return false;
    sep->kept = *record;
    return true;
}

/* Wraps what snapshots hold anew. `vek` NULL: zeros, the volume is locked. */
static bool seal(struct t2_sep *sep, const uint8_t *vek)
{
    static const uint8_t zeros[XTS_KEY_BYTES];

    if (sep_seal(&sep->record, vek != NULL ? vek : zeros, sep->sealed) == SEP_OK) return true;
    memset(sep->sealed, 0, sizeof(sep->sealed));
    return false;
}

/* ---- Locked and open ---- */

void t2_sep_volume_lock(struct t2_sep *sep)
{
    xts_destroy(sep->volume);
    sep->volume = NULL;
    sep->is_unlocked = false;
    (void)seal(sep, NULL);
}

static unsigned open_with(struct t2_sep *sep, const uint8_t vek[XTS_KEY_BYTES])
{
    struct xts *volume = xts_create(vek);

    if (volume == NULL || !seal(sep, vek)) {
        xts_destroy(volume);
        t2_sep_volume_lock(sep);
        return T2_SEP_NOT_STORED;
    }
    xts_destroy(sep->volume);
    sep->volume = volume;
    sep->is_unlocked = true;
    return T2_SEP_OK;
}

/* ---- Tries ---- */

uint32_t t2_sep_volume_tries(const struct t2_sep *sep)
{
    return sep->record.failures < SEP_FAILURES_MAX ? SEP_FAILURES_MAX - sep->record.failures : 0;
}

uint32_t t2_sep_volume_delay(struct t2_sep *sep)
{
    vtime now = device_now(&sep->fn.device);

    if (sep->delay_until <= now) return 0;
    return (uint32_t)min_u64(UINT32_MAX, (sep->delay_until - now - 1) / VTIME_S(1) + 1);
}

static void start_delay(struct t2_sep *sep)
{
    uint64_t seconds = sep_delay_seconds(sep->record.failures);

    sep->delay_until = seconds != 0 ? device_now(&sep->fn.device) + VTIME_S(seconds) : 0;
}

/* What stands against a try; T2_SEP_OK: nothing. */
static unsigned refusal(struct t2_sep *sep)
{
    if (!sep->record.has_volume) return T2_SEP_NO_VOLUME;
    if (!sep->record.has_password) return T2_SEP_OK;
    if (sep->record.failures >= SEP_FAILURES_MAX) return T2_SEP_DISABLED;
    return t2_sep_volume_delay(sep) != 0 ? T2_SEP_DELAYED : T2_SEP_OK;
}

/* Takes over what a try changed in the record. */
static unsigned settle(struct t2_sep *sep, const struct sep_record *tried, enum sep_result result)
{
    bool is_changed =
        tried->failures != sep->record.failures || tried->counter != sep->record.counter;

    if (result == SEP_WRONG_PASSWORD) {
        /* Counted here even when it cannot be kept. */
        sep->record = *tried;
        start_delay(sep);
    }
    if (is_changed && !keep(sep, tried)) return T2_SEP_NOT_STORED;
    sep->record = *tried;
    if (result == SEP_OK) {
        start_delay(sep);
    }
    return from_sep(result);
}

unsigned t2_sep_volume_unlock(struct t2_sep *sep, const struct sep_password *password)
{
    struct sep_record tried = sep->record;
    uint8_t vek[XTS_KEY_BYTES];
    unsigned result = refusal(sep);

    if (result == T2_SEP_OK) {
        result = settle(sep, &tried, sep_unlock(&tried, password, vek));
    }
    if (result == T2_SEP_OK) {
        result = open_with(sep, vek);
    }
    key_wipe(vek, sizeof(vek));
    key_wipe(&tried, sizeof(tried));
    tell(sep, result);
    return result;
}

/* The same key afterwards, so an open volume stays open; but the state of the random numbers is
 * another one. */
unsigned t2_sep_volume_change(struct t2_sep *sep, const struct sep_password *old,
                              const struct sep_password *now)
{
    struct sep_record tried = sep->record;
    uint8_t vek[XTS_KEY_BYTES] = {0};
    unsigned result = refusal(sep);

    if (result == T2_SEP_OK) {
        result = settle(sep, &tried, sep_change_password(&tried, old, now));
    }
    if (result == T2_SEP_OK) {
        sep->is_boot_refused = false;
        if (sep_unseal(&tried, sep->sealed, vek) != SEP_OK || !seal(sep, vek)) {
            t2_sep_volume_lock(sep);
        }
    }
    key_wipe(vek, sizeof(vek));
    key_wipe(&tried, sizeof(tried));
    tell(sep, result);
    return result;
}

unsigned t2_sep_volume_erase(struct t2_sep *sep)
{
    const struct sep_password none = {.data = NULL};
    struct sep_record made = sep->record;
    unsigned result = T2_SEP_NO_VOLUME;

    if (made.has_volume) {
        result = from_sep(sep_make_volume(&made, sep->record.volume_id));
    }
    if (result == T2_SEP_OK && !keep(sep, &made)) {
        result = T2_SEP_NOT_STORED;
    }
    if (result == T2_SEP_OK) {
        sep->record = made;
        sep->delay_until = 0;
        sep->is_boot_refused = false;
        t2_sep_volume_lock(sep);
        result = t2_sep_volume_unlock(sep, &none);
    }
    key_wipe(&made, sizeof(made));
    return result;
}

/* ---- Power-on ---- */

static void try_boot_password(struct t2_sep *sep)
{
    const struct sep_password password = {.data = sep->boot_password,
                                          .bytes = sep->boot_password_bytes};

    sep->is_boot_refused = t2_sep_volume_unlock(sep, &password) == T2_SEP_WRONG;
}

static void boot_try_fire(void *owner, vtime when)
{
    struct t2_sep *sep = owner;

    (void)when;
    if (sep->is_unlocked || refusal(sep) != T2_SEP_OK) return;
    try_boot_password(sep);
}

void t2_sep_volume_start(struct t2_sep *sep)
{
    const struct sep_password none = {.data = NULL};
    struct sched *sched = sep->fn.device.env.sched;

    sched_cancel(sched, &sep->boot_try);
    t2_sep_volume_lock(sep);
    start_delay(sep);
    if (!sep->record.has_volume) return;
    if (!sep->record.has_password) {
        (void)t2_sep_volume_unlock(sep, &none);
    } else if (sep->boot_password_bytes == 0 || sep->is_boot_refused) {
        return;
    } else if (refusal(sep) == T2_SEP_DELAYED) {
        sched_at(sched, &sep->boot_try, sep->delay_until);
    } else {
        try_boot_password(sep);
    }
}

/* ---- Life ---- */

void t2_sep_volume_init(struct t2_sep *sep)
{
    event_init(&sep->boot_try, "boot_try", boot_try_fire, sep);
    sep->boot_try.is_background = true;
}

int t2_sep_volume_loaded(struct t2_sep *sep, struct error *err)
{
    const char *path = sep->fn.device.path;
    uint8_t vek[XTS_KEY_BYTES];
    int result = 0;

    xts_destroy(sep->volume);
    sep->volume = NULL;
    if (sep->record.ecid != sep->kept.ecid ||
        sep_unseal(&sep->record, sep->sealed, vek) != SEP_OK) {
        return error_host(err, "%s: the snapshot was made with another T2", path);
    }
    if (sep->store.save != NULL && sep->record.counter != sep->kept.counter) {
        result = error_host(err, "%s: the keys of the volume are not those of the snapshot", path);
    } else if (sep->is_unlocked) {
        sep->volume = sep->record.has_volume ? xts_create(vek) : NULL;
        if (sep->volume == NULL) {
            result = error_host(err, "%s: the open volume in the snapshot cannot be", path);
        }
    }
    key_wipe(vek, sizeof(vek));
    /* A snapshot gives no tries back. */
    if (result == 0 && sep->kept.failures > sep->record.failures) {
        sep->record.failures = sep->kept.failures;
        start_delay(sep);
    }
    return result;
}

void t2_sep_volume_fini(struct t2_sep *sep)
{
    sched_cancel(sep->fn.device.env.sched, &sep->boot_try);
    xts_destroy(sep->volume);
    key_wipe(&sep->record, sizeof(sep->record));
    key_wipe(&sep->kept, sizeof(sep->kept));
    key_wipe(sep->boot_password, sizeof(sep->boot_password));
}

/* ---- For the other functions of the T2 ---- */

struct xts *t2_sep_volume(struct device *device)
{
    BUG_ON(device->class != &t2_sep_class);
    return t2_sep_of(device)->volume;
}

bool t2_sep_erase(struct device *device)
{
    BUG_ON(device->class != &t2_sep_class);
    return t2_sep_volume_erase(t2_sep_of(device)) == T2_SEP_OK;
}
