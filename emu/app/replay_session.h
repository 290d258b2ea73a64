/* SPDX-License-Identifier: GPL-2.0-only */
/* A recorded run, opened to be looked at: the recording, the machine made as it was, its history. */
#pragma once

#include "emu/app/made_machine.h"
#include "emu/app/secret.h"
#include "emu/debug/replay/history.h"

struct replay_session {
    struct recording *recording;
    struct made_machine made;
    struct replay_disk *disks[RAID0_MODULES];
    struct machine_disk disk;
    struct secret password;
    struct machine *machine; /* that of `made` */
    struct history *history;
};

struct replay_options {
    const char *file;
    const char *password_file; /* of the disk's volume; NULL: none */
    uint64_t budget;           /* of checkpoints in memory; 0: the default */
    struct host_sink
        serial; /* what the guest says at COM1 while it runs; a NULL function: nobody hears it */
};

/* `session` must stay in place. -1 with `err`; replay_session_close() is due then, too. */
int replay_session_open(struct replay_session *session, const struct replay_options *options,
                        struct error *err) MUST_CHECK;
void replay_session_close(struct replay_session *session);
