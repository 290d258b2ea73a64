/* SPDX-License-Identifier: GPL-2.0-only */
/* A run of suites by Slurm: see suite_slurm.h. */
#include <poll.h>
#include <stdint.h>

#include "emu/app/faults_pool.h"
#include "emu/app/suite/slurm_job.h"
#include "emu/app/suite/slurm_output.h"
#include "emu/host/clock.h"

#define TICK_MS 100
#define READ_NS UINT64_C(500000000)
#define LOOK_NS \
    UINT64_C(3000000000) /* Slurm's controller is everybody's: it is not asked more often */
#define SILENT_MAX  20u  /* it may be started anew in the meantime */
#define SETTLE_READ 4u   /* a network's file system shows the last lines a little later */

struct watch {
    const struct suite_slurm *slurm;
    struct slurm_job job;
    struct slurm_output *output;
    uint64_t next_read;
    uint64_t next_look;
    unsigned silent; /* times that Slurm did not answer, on end */
};

/* Some time passes. Returns the signal that came; 0: none. */
static int pass(const struct watch *watch)
{
    struct pollfd fd = {.fd = watch->slurm->signal_fd, .events = POLLIN};

    (void)poll(&fd, 1, TICK_MS);
    if (watch->slurm->listener.tick != NULL)
        watch->slurm->listener.tick(watch->slurm->listener.ctx);
    return faults_signals_caught(watch->slurm->signal_fd);
}

/* 1: the job is over; 0: it is not, as far as is known; -1 with `err`. */
static int look(struct watch *watch, struct error *err)
{
    struct error trouble = ERROR_INIT;
    bool is_over = false;

    if (slurm_job_look(&watch->job, &is_over, &trouble) == 0) {
        watch->silent = 0;
        return is_over ? 1 : 0;
    }
    watch->silent++;
    return watch->silent < SILENT_MAX ? 0 : error_host(err, "%s", trouble.text);
}

static int follow(struct watch *watch, int *caught, struct error *err)
{
    int over = 0;

    while (over == 0 && *caught == 0) {
        const uint64_t now = host_monotonic_ns();

        if (now >= watch->next_read) {
            slurm_output_read(watch->output);
            watch->next_read = now + READ_NS;
        }
        if (slurm_output_is_whole(watch->output)) return 0;
        if (now >= watch->next_look) {
            over = look(watch, err);
            watch->next_look = now + LOOK_NS;
        }
        if (over == 0) *caught = pass(watch);
    }
    return over < 0 ? -1 : 0;
}

/* What was written last, and what nobody wrote. */
static void finish(struct watch *watch, int *caught)
{
    for (unsigned i = 0; i < SETTLE_READ && !slurm_output_is_whole(watch->output); i++) {
        slurm_output_read(watch->output);
        if (*caught != 0 || slurm_output_is_whole(watch->output)) break;
        *caught = pass(watch);
    }
    slurm_output_tell_rest(watch->output, *caught != 0 ? SUITE_NOT_RUN : SUITE_FAILED);
}

int suite_slurm_run(const struct suite_slurm *slurm, int *caught, struct error *err)
{
    struct watch watch = {.slurm = slurm};
    int result;

    *caught = 0;
    watch.output = slurm_output_create(slurm, err);
    if (watch.output == NULL) return -1;
    result = slurm_job_submit(slurm, &watch.job, err);
    if (result == 0) {
        result = follow(&watch, caught, err);
        if (result != 0 || *caught != 0) slurm_job_cancel(&watch.job);
        finish(&watch, caught);
    }
    slurm_output_destroy(watch.output);
    return result;
}
