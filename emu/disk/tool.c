/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes keys and policy of a disk that no machine has open. */
#include "emu/disk/disk_internal.h"

static struct disk *open_to_change(const char *path, const struct disk_secret *passphrase,
                                   struct error *err)
{
    const struct disk_options options = {
        .access = DISK_KEEP,
        .cache = DISK_CACHE_WRITEBACK,
        .passphrase = *passphrase,
    };

    return disk_open(path, &options, err);
}

/* Closes; the first of both errors counts. */
static int finish(struct disk *disk, int status, struct error *err)
{
    return disk_close(disk, err) < 0 ? -1 : status;
}

int disk_store_record(struct disk *disk, const struct sep_record *record, struct error *err)
{
    const struct sep_store store = disk_sep_store(disk);

    if (store.save(store.ctx, record) == 0) return 0;
    return error_host(err, "%s", disk->trouble_err.text);
}

int disk_check_secret(const struct disk *disk, const struct disk_secret *password,
                      struct error *err)
{
    const bool is_given = password->data != NULL && password->bytes > 0;

    if (password->bytes > SEP_PASSWORD_MAX) {
        return error_usage(err, "a password has at most %u bytes", SEP_PASSWORD_MAX);
    }
    if (is_given == disk->sep.record.has_password) return 0;
    return error_host(err,
                      is_given ? "%s: a password was given, but the volume has none"
                               : "%s: the volume has a password, and none was given",
                      disk->path);
}

int disk_take_result(struct disk *disk, const struct sep_record *record, enum sep_result result,
                     struct error *err)
{
    const bool has_changed = record->counter != disk->sep.record.counter ||
                             record->failures != disk->sep.record.failures;

    if (has_changed && disk_store_record(disk, record, err) < 0) return -1;
    switch (result) {
    case SEP_OK: return 0;
    case SEP_WRONG_PASSWORD:
        /* Counted, but not for long: the number would be the same each time. */
        if (disk->access == DISK_TEMPORARY) break;
        return error_host(err, "%s: wrong password of the volume; %u of %u tries are left",
                          disk->path, SEP_FAILURES_MAX - record->failures, SEP_FAILURES_MAX);
    case SEP_DISABLED:
        return error_host(
            err,
            "%s: the volume is disabled after %u wrong passwords; only spacegray disk "
            "wipe helps",
            disk->path, SEP_FAILURES_MAX);
    case SEP_DAMAGED:
    case SEP_NO_VOLUME:
    case SEP_NO_MEMORY: break;
    }
    return error_host(err, "%s: %s", disk->path, sep_result_text(result));
}

int disk_unlock(struct disk *disk, const struct disk_secret *password, uint8_t vek[XTS_KEY_BYTES],
                struct error *err)
{
    const struct sep_password given = {.data = password->data, .bytes = password->bytes};
    struct sep_record record = *disk_sep(disk);
    int status = disk_check_secret(disk, password, err);

    if (status == 0) {
        const enum sep_result result = sep_unlock(&record, &given, vek);

        status = disk_take_result(disk, &record, result, err);
    }
    key_wipe(&record, sizeof(record));
    return status;
}

int disk_check_password(struct disk *disk, const struct disk_secret *password, struct error *err)
{
    uint8_t vek[XTS_KEY_BYTES];
    const int status = disk_unlock(disk, password, vek, err);

    key_wipe(vek, sizeof(vek));
    return status;
}

int disk_stir(const struct disk *disk, struct sep_record *record, struct error *err)
{
    uint8_t noise[KEY_BYTES];
    int status = 0;

    if (key_random(noise, sizeof(noise)) != 0) {
        status = error_host(err, "%s: the host gives no random numbers", disk->path);
    } else if (sep_stir(record, noise) != SEP_OK) {
        status = error_host(err, "%s: out of memory", disk->path);
    }
    key_wipe(noise, sizeof(noise));
    return status;
}

/* ---- disk_tool.h ---- */

static int rekey_open(struct disk *disk, const struct disk_rekey *rekey, struct error *err)
{
    const struct sep_password old = {.data = rekey->password.data, .bytes = rekey->password.bytes};
    const struct sep_password now = {
        .data = rekey->new_password.data,
        .bytes = rekey->new_password.bytes,
    };
    struct sep_record record = disk->sep.record;
    enum sep_result result;
    int status = disk_check_secret(disk, &rekey->password, err);

    if (status == 0) {
        status = disk_stir(disk, &record, err);
    }
    if (status == 0) {
        result = sep_change_password(&record, &old, &now);
        if (result == SEP_OK) {
            status = disk_sep_seal(&disk->sep, &rekey->new_passphrase, err);
        }
        if (status == 0) {
            status = disk_take_result(disk, &record, result, err);
        }
    }
    key_wipe(&record, sizeof(record));
    return status;
}

int disk_rekey(const char *path, const struct disk_rekey *rekey, struct error *err)
{
    struct disk *disk;

    if (rekey->new_password.bytes > SEP_PASSWORD_MAX) {
        return error_usage(err, "a password has at most %u bytes", SEP_PASSWORD_MAX);
    }
    disk = open_to_change(path, &rekey->passphrase, err);
    if (disk == NULL) return -1;
    return finish(disk, rekey_open(disk, rekey, err), err);
}

/* Keys first: from then on nothing can be read any more, whatever happens to the rest. */
static int wipe_open(struct disk *disk, struct error *err)
{
    struct sep_record record = disk->sep.record;
    enum sep_result result;
    int status = disk_stir(disk, &record, err);

    if (status == 0) {
        sep_destroy_volume(&record);
        result = sep_make_volume(&record, disk->volume.id);
        status = disk_take_result(disk, &record, result, err);
    }
    for (unsigned i = 0; i < DISK_MODULES && status == 0; i++) {
        status = disk_module_clear(&disk->modules[i]);
    }
    key_wipe(&record, sizeof(record));
    return status;
}

int disk_wipe(const char *path, const struct disk_secret *passphrase, struct error *err)
{
    struct disk *disk = open_to_change(path, passphrase, err);

    if (disk == NULL) return -1;
    return finish(disk, wipe_open(disk, err), err);
}

static int set_policy(struct disk *disk, enum sep_boot_policy policy, struct error *err)
{
    struct sep_record record = disk->sep.record;
    int status = 0;

    if (policy == SEP_BOOT_FULL && !record.has_boot_ticket) {
        status = error_host(
            err, "%s: there is no ticket for the firmware, which full security needs", disk->path);
    } else if (record.boot_policy != policy) {
        record.boot_policy = policy;
        status = disk_store_record(disk, &record, err);
    }
    key_wipe(&record, sizeof(record));
    return status;
}

int disk_set_boot_policy(const char *path, enum sep_boot_policy policy,
                         const struct disk_secret *passphrase, struct error *err)
{
    struct disk *disk = open_to_change(path, passphrase, err);

    if (disk == NULL) return -1;
    return finish(disk, set_policy(disk, policy, err), err);
}
