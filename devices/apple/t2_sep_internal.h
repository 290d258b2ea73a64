/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the SEP:
 *
 *   t2_sep.c           description, life, snapshots
 *   t2_sep_mailbox.c   registers, messages, replies, endpoint 0
 *   t2_sep_keystore.c  endpoint 7
 *   t2_sep_volume.c    locking and unlocking, delays, the record and where it is kept
 */
#pragma once

#include "devices/apple/sep_keys.h"
#include "devices/apple/t2_sep.h"
#include "devices/apple/t2_sep_regs.h"
#include "devices/pci/pci.h"

#define T2_SEP_REQUESTS 4u  /* messages that wait */
#define T2_SEP_REPLIES  15u /* as many as the status register can count */

struct t2_sep_message {
    uint32_t word[T2_SEP_WORDS];
};

/* A buffer that software registered for the keystore. */
struct t2_sep_buffer {
    uint32_t page;
    bool is_set;
};

struct t2_sep {
    struct pci_fn fn;
    struct pci_desc desc; /* of the machine's table, with registers behind BAR 4 */
    struct sep_store store;
    uint8_t boot_password[SEP_PASSWORD_MAX];
    size_t boot_password_bytes;
    struct sep_record kept; /* what is safe in the T2's own memory */
    struct xts *volume;     /* owned; not NULL exactly while is_unlocked */
    /* Saved, except uid and random, which are in `sealed`. */
    struct sep_record record;
    uint8_t sealed[SEP_SEALED_BYTES]; /* random and the volume's key (zeros while locked) */
    bool is_unlocked;
    bool is_boot_refused;  /* the boot-time password was wrong: it is not tried again */
    vtime delay_until;     /* before it no password is tried */
    struct event boot_try; /* the boot-time password, when the delay is over */
    /* The mailbox. */
    uint32_t send[T2_SEP_WORDS];
    struct t2_sep_message requests[T2_SEP_REQUESTS];
    struct t2_sep_message replies[T2_SEP_REPLIES];
    uint8_t request_count;
    uint8_t reply_count;
    struct t2_sep_buffer in;
    struct t2_sep_buffer out;
    struct event work; /* the first request is answered */
};

static inline struct t2_sep *t2_sep_of(struct device *device)
{
    return (struct t2_sep *)(void *)device;
}

/* ---- t2_sep_mailbox.c ---- */
extern const struct reg_bank t2_sep_banks[];
extern const struct trace_desc t2_sep_trace_message;
void t2_sep_mailbox_init(struct t2_sep *sep);
void t2_sep_mailbox_reset(struct t2_sep *sep);
/* True when a snapshot's mailbox can be: an event is armed exactly while it has something to do. */
bool t2_sep_mailbox_is_sane(const struct t2_sep *sep);

/* ---- t2_sep_keystore.c: answers `request` in words 1 and 2 of `reply`; the result ---- */
unsigned t2_sep_keystore(struct t2_sep *sep, const struct t2_sep_message *request,
                         struct t2_sep_message *reply);
/* How long the SEP works at an operation of the keystore. */
vtime t2_sep_keystore_time(unsigned operation);

/* ---- t2_sep_volume.c: results are T2_SEP_OK and so on ---- */
extern const struct trace_desc t2_sep_trace_volume;
void t2_sep_volume_init(struct t2_sep *sep);
/* Power-on or machine reset: locked, then opened again without a password or by that of the
 * configuration. */
void t2_sep_volume_start(struct t2_sep *sep);
void t2_sep_volume_lock(struct t2_sep *sep);
unsigned t2_sep_volume_unlock(struct t2_sep *sep, const struct sep_password *password);
unsigned t2_sep_volume_change(struct t2_sep *sep, const struct sep_password *old,
                              const struct sep_password *now);
unsigned t2_sep_volume_erase(struct t2_sep *sep);
/* Whole seconds, rounded up, that the next try has to wait. */
uint32_t t2_sep_volume_delay(struct t2_sep *sep);
uint32_t t2_sep_volume_tries(const struct t2_sep *sep);
/* After a snapshot was loaded. -1 with `err`: it is of another T2, or of other keys. */
int t2_sep_volume_loaded(struct t2_sep *sep, struct error *err);
void t2_sep_volume_fini(struct t2_sep *sep);
