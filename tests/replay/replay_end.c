/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: replay_end RECORDING
 *
 * Repeats a recorded run from its begin to its end and prints, as `spacegray run --hash` does, what came of it; then how
 * many inputs of which kind there were, and how many events and beats were compared. Exit status 0; 5 when the run does not
 * go as it was recorded, 1 when its end is another one, 3 when it cannot be opened, with a sentence.
 */
#include <inttypes.h>
#include <stdio.h>

#include "emu/app/exit_status.h"
#include "emu/app/replay_session.h"
#include "emu/core/trace.h"
#include "emu/machine/machine.h"

static const char *kind_of(const struct recording_input *input)
{
    switch (input->kind) {
    case RECORDING_FAULT: return "fault";
    case RECORDING_REPAIR: return "repair";
    case RECORDING_MESSAGE: break;
    }
    switch (input->message.kind) {
    case INBOX_SERIAL: return "serial";
    case INBOX_KEY: return "key";
    case INBOX_POINTER: return "mouse";
    case INBOX_TABLET: return "tablet";
    case INBOX_POWER_KEY: return "power";
    case INBOX_RESET: return "reset";
    case INBOX_NMI:
    case INBOX_STOP:
    case INBOX_PAUSE:
    case INBOX_RESUME:
    case INBOX_ATTENTION: break;
    }
    return "other";
}

static void tell(const struct replay_session *session)
{
    const struct recording *recording = session->recording;
    struct history_stats stats;

    history_get_stats(session->history, &stats);
    (void)printf("trace hash: %016" PRIx64 "  virtual time: %" PRIu64 " ps\n",
                 machine_trace_hash(session->machine), machine_now(session->machine));
    for (size_t i = 0; i < recording_input_count(recording); i++) {
        const struct recording_input *input = recording_input(recording, i);

        (void)printf("input %s at %" PRIu64 " ps\n", kind_of(input), input->at.edge);
    }
    (void)printf("compared: %" PRIu64 " events, %" PRIu64 " beats\n", stats.checked_events,
                 stats.checked_beats);
}

/* Straight from its begin: no checkpoint of the file helps. */
static int repeat(struct replay_session *session, struct error *err)
{
    const struct recording_end *end = recording_end(session->recording);
    enum history_stop stop = history_run(session->history, VTIME_NEVER, err);
    struct history_stats stats;

    if (stop == HISTORY_DIVERGED) return EXIT_DIVERGED;
    history_get_stats(session->history, &stats);
    if (stop != HISTORY_END || stats.restores > 0) {
        return error_host(err, "it stopped for another reason (%d), or did not go straight",
                          (int)stop);
    }
    tell(session);
    if (end == NULL || machine_trace_hash(session->machine) != end->last.hash ||
        trace_seq(machine_trace(session->machine)) != end->last.seq) {
        return error_host(err, "the end of the run is not the one that was recorded");
    }
    return EXIT_PASSED;
}

int main(int argc, char **argv)
{
    struct replay_options options = {.file = NULL};
    struct replay_session session;
    struct error err = ERROR_INIT;
    int status = EXIT_HOST;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s RECORDING\n", argv[0]);
        return 2;
    }
    options.file = argv[1];
    if (replay_session_open(&session, &options, &err) == 0) {
        status = repeat(&session, &err);
        if (status < 0) status = EXIT_FAILED;
    }
    replay_session_close(&session);
    if (status != EXIT_PASSED) (void)fprintf(stderr, "replay_end: %s\n", err.text);
    return status;
}
