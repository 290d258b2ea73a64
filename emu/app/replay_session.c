/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes the machine of a recording again. Whether it is the same one is not believed but compared: its name
 * (memory, modules, cores, firmware) with the recording's, and each event afterwards.
 */
#include "emu/app/replay_session.h"

#include <string.h>

#include "emu/host/clock.h"
#include "emu/machine/machine.h"

static int open_disk(struct replay_session *session, const struct replay_options *options,
                     struct error *err)
{
    const char *password_file =
        options->password_file != NULL ? options->password_file : session->capsule.password;
    const struct record_disk *recorded = &session->made.setup.disk;
    struct machine_disk *disk = &session->disk;

    if (!recorded->is_there) return 0;
    if (password_file != NULL &&
        secret_read("password-file", password_file, &session->password, err) != 0) {
        return -1;
    }
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        if (recorded->media_blocks[i] == 0) continue;
        session->disks[i] = replay_disk_repeat(session->recording, i, recorded->media_blocks[i],
                                               recorded->notes_bytes[i], err);
        if (session->disks[i] == NULL) return -1;
        disk->media[i] = replay_disk_media(session->disks[i]);
    }
    disk->blocks = recorded->blocks;
    memcpy(disk->volume_id, recorded->volume_id, sizeof(disk->volume_id));
    disk->sep = &recorded->sep;
    if (session->password.is_given) {
        disk->password = (struct sep_password){session->password.data, session->password.bytes};
    }
    return 0;
}

static int make_machine(struct replay_session *session, const struct replay_options *options,
                        struct error *err)
{
    const bool has_disk = session->made.setup.disk.is_there;
    const int result = made_machine_finish(&session->made, has_disk ? &session->disk : NULL,
                                           &options->serial, err);

    session->machine = session->made.machine;
    session->disk.password = (struct sep_password){.data = NULL};
    secret_forget(&session->password);
    return result;
}

static uint64_t host_ns(void *ctx)
{
    (void)ctx;
    return host_monotonic_ns();
}

/* It is not in the recording; without it the T2 tells another story from power-on. */
static int ask_for_password(const struct replay_session *session,
                            const struct replay_options *options, struct error *err)
{
    const struct record_disk *disk = &session->made.setup.disk;
    const struct error why = *err;

    if (!disk->is_there || !disk->sep.has_password || options->password_file != NULL ||
        session->capsule.has_password) {
        return -1;
    }
    *err = (struct error)ERROR_INIT;
    return error_host(err,
                      "the disk's volume has a password, which was not given (--password-file): %s",
                      why.text);
}

/* What of a capsule is needed is open or read afterwards. */
static int open_all(struct replay_session *session, const struct replay_options *options,
                    struct error *err)
{
    const char *path = options->file;

    if (capsule_is(path)) {
        if (capsule_open(path, &session->capsule, err) != 0) return -1;
        path = session->capsule.recording;
    }
    session->recording = recording_open(path, err);
    if (session->recording == NULL) return -1;
    if (made_machine_prepare(&session->made, recording_head(session->recording)->setup,
                             session->capsule.files, err) != 0) {
        return -1;
    }
    if (open_disk(session, options, err) != 0) return -1;
    return make_machine(session, options, err);
}

int replay_session_open(struct replay_session *session, const struct replay_options *options,
                        struct error *err)
{
    struct history_config config = {.budget = options->budget, .host_ns = host_ns};
    int result;

    *session = (struct replay_session){.recording = NULL};
    result = open_all(session, options, err);
    capsule_leave(&session->capsule);
    if (result != 0) return -1;
    config.machine = session->machine;
    config.recording = session->recording;
    memcpy(config.disks, session->disks, sizeof(config.disks));
    session->history = history_create(&config, err);
    return session->history != NULL ? 0 : ask_for_password(session, options, err);
}

uint64_t replay_session_first(const struct replay_session *session)
{
    const uint64_t seq = session->capsule.seq;
    struct history_place last;

    history_last(session->history, &last);
    return seq < last.seq ? seq : 0;
}

enum history_stop replay_go(struct history *history, uint64_t seq, struct error *err)
{
    struct history_place last;

    if (seq != 0) return history_goto_event(history, seq, err);
    history_last(history, &last);
    return history_goto(history, &last.at, err);
}

void replay_session_close(struct replay_session *session)
{
    struct error err = ERROR_INIT;

    history_destroy(session->history);
    made_machine_destroy(&session->made);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        replay_disk_destroy(session->disks[i]);
    }
    secret_forget(&session->password);
    capsule_close(&session->capsule);
    /* Nothing is written to a recording that is looked at. */
    (void)!recording_close(session->recording, &err);
}
