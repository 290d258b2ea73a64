/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Secure Enclave of the T2 as PCI function 106b:1802: a mailbox to a keystore.
 * docs/hardware/t2-sep.md has the protocol, the keys and what was chosen.
 *
 * Modelled: the mailbox in BAR 4 with endpoints 0 and 7, buffers in memory, MSI; one volume with
 * an optional password, delays and a limit for wrong ones, erasing, the anti-replay counter.
 * Not modelled: endpoint 10 (access control) and all others, answered as unknown and traced; users, Touch ID,
 * recovery keys, effaceable storage as a device, BAR 0 and BAR 2 (they read 0 and are traced).
 *
 * Reset: power-on and machine reset lock the volume and then start it as at power-on; a reset of
 * the function empties the mailbox and forgets buffers, and leaves the volume as it is, because the SEP
 * itself is not reset by it.
 */
#include "devices/apple/t2_sep.h"

#include <string.h>

#include "devices/apple/t2_sep_internal.h"
#include "devices/pci/inert_parts.h"
#include "emu/base/bug.h"

static int t2_sep_init(struct device *device, const void *config, struct error *err)
{
    struct t2_sep *sep = t2_sep_of(device);
    const struct t2_sep_config *part = pci_part(config);

    sep->desc = *pci_part_t2_sep.desc;
    sep->desc.bar[T2_SEP_BAR].bank = &t2_sep_banks[0];
    if (part != NULL) {
        BUG_ON(part->password.bytes > SEP_PASSWORD_MAX);
        sep->store = part->store;
        if (part->record != NULL) {
            sep->kept = *part->record;
        }
        if (part->password.bytes != 0) {
            memcpy(sep->boot_password, part->password.data, part->password.bytes);
            sep->boot_password_bytes = part->password.bytes;
        }
    }
    sep->record = sep->kept;
    t2_sep_mailbox_init(sep);
    t2_sep_volume_init(sep);
    if (pci_fn_init(&sep->fn, &sep->desc, config, err) == 0) return 0;
    t2_sep_volume_fini(sep);
    return -1;
}

static void t2_sep_reset(struct device *device, enum reset_kind kind)
{
    struct t2_sep *sep = t2_sep_of(device);

    pci_fn_reset(&sep->fn, kind);
    t2_sep_mailbox_reset(sep);
    if (kind == RESET_FUNCTION) return;
    if (kind == RESET_POWER_ON) {
        sep->record = sep->kept;
        sep->is_boot_refused = false;
    }
    t2_sep_volume_start(sep);
}

static int t2_sep_loaded(struct device *device, struct error *err)
{
    struct t2_sep *sep = t2_sep_of(device);

    if (pci_fn_loaded(&sep->fn, err) != 0) return -1;
    if (!t2_sep_mailbox_is_sane(sep)) {
        return error_host(err, "%s: the mailbox in the snapshot cannot be", device->path);
    }
    return t2_sep_volume_loaded(sep, err);
}

static void t2_sep_fini(struct device *device)
{
    struct t2_sep *sep = t2_sep_of(device);

    t2_sep_mailbox_reset(sep);
    t2_sep_volume_fini(sep);
    pci_fn_fini(&sep->fn);
}

#define RECORD_U(member, limit) SNAP_U_MAX(struct t2_sep, record.member, limit)
#define RECORD_B(member)        SNAP_B(struct t2_sep, record.member)

/* Startup security is no part of it: that of sep.json holds. */
static const struct snap_field state[] = {
    PCI_FN_STATE,
    SNAP_U(struct t2_sep, record.ecid),
    SNAP_U(struct t2_sep, record.counter),
    RECORD_B(volume_id),
    RECORD_U(has_volume, 1),
    RECORD_U(has_password, 1),
    RECORD_B(media_key),
    RECORD_B(kek),
    RECORD_B(vek),
    RECORD_B(salt),
    RECORD_U(iterations, SEP_ITERATIONS_MAX),
    RECORD_U(failures, SEP_FAILURES_MAX),
    SNAP_B(struct t2_sep, sealed),
    SNAP_U_MAX(struct t2_sep, is_unlocked, 1),
    SNAP_U_MAX(struct t2_sep, is_boot_refused, 1),
    SNAP_U(struct t2_sep, delay_until),
    SNAP_E(struct t2_sep, boot_try),
    SNAP_U_EACH(struct t2_sep, requests, word[0], UINT32_MAX),
    SNAP_U_EACH(struct t2_sep, requests, word[1], UINT32_MAX),
    SNAP_U_EACH(struct t2_sep, requests, word[2], UINT32_MAX),
    SNAP_U_EACH(struct t2_sep, replies, word[0], UINT32_MAX),
    SNAP_U_EACH(struct t2_sep, replies, word[1], UINT32_MAX),
    SNAP_U_EACH(struct t2_sep, replies, word[2], UINT32_MAX),
    SNAP_U_MAX(struct t2_sep, request_count, T2_SEP_REQUESTS),
    SNAP_U_MAX(struct t2_sep, reply_count, T2_SEP_REPLIES),
    SNAP_U(struct t2_sep, in.page),
    SNAP_U_MAX(struct t2_sep, in.is_set, 1),
    SNAP_U(struct t2_sep, out.page),
    SNAP_U_MAX(struct t2_sep, out.is_set, 1),
    SNAP_E(struct t2_sep, work),
    SNAP_END,
};
static const struct trace_desc *const events[] = {PCI_FN_EVENTS, &t2_sep_trace_message,
                                                  &t2_sep_trace_volume, NULL};

const struct device_class t2_sep_class = {
    .name = "t2_sep",
    .size = sizeof(struct t2_sep),
    .version = 1,
    .banks = t2_sep_banks,
    .state = state,
    .events = events,
    .init = t2_sep_init,
    .reset = t2_sep_reset,
    .loaded = t2_sep_loaded,
    .fini = t2_sep_fini,
};
