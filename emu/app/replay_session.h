/* SPDX-License-Identifier: GPL-2.0-only */
/* A recorded run, opened to be looked at: the recording, the machine made as it was, its history. The recording may lie in
 * a capsule (suite_capsule.h): then the machine's files are there, too. */
#pragma once

#include "emu/app/made_machine.h"
#include "emu/app/secret.h"
#include "emu/app/suite/suite_capsule.h"
#include "emu/debug/replay/history.h"

struct replay_session {
    struct capsule capsule; /* sentence NULL: it was a recording; its folder is gone */
    struct recording *recording;
    struct made_machine made;
    struct replay_disk *disks[RAID0_MODULES];
    struct machine_disk disk;
    struct secret password;
    struct machine *machine; /* that of `made` */
    struct history *history;
};

struct replay_options {
    const char *file;          /* recording or capsule */
    const char *password_file; /* of the disk's volume; NULL: none */
    uint64_t budget;           /* of checkpoints in memory; 0: the default */
    struct host_sink
        serial; /* what the guest says at COM1 while it runs; a NULL function: nobody hears it */
};

/* `session` must stay in place. -1 with `err`; replay_session_close() is due then, too. */
int replay_session_open(struct replay_session *session, const struct replay_options *options,
                        struct error *err) MUST_CHECK;
void replay_session_close(struct replay_session *session);

/* Where somebody looks first: the event at which a capsule's test has failed, when the run went on behind it; else
 * the last instant that is known (0). */
uint64_t replay_session_first(const struct replay_session *session);
/* Goes to where that says. */
enum history_stop replay_go(struct history *history, uint64_t seq, struct error *err);
