/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop around a control socket without a machine that runs. What the socket and the signals have to say comes
 * to an inbox of its own: a message in the machine's would stop what moves there.
 */
#include "emu/app/debug_control.h"

#include "emu/app/control.h"
#include "emu/app/control_debug.h"
#include "emu/core/inbox.h"
#include "emu/host/signals.h"

struct service {
    struct inbox *inbox;
    struct control *control;
    struct control_debug *debug;
    struct control_motion motion;
};

/* ---- On the signal thread ---- */

static void on_stop(void *ctx)
{
    static const struct inbox_message stop = {.kind = INBOX_STOP};
    struct service *service = ctx;

    control_interrupt(service->control);
    (void)inbox_post(service->inbox, &stop);
}

static void do_nothing(void *ctx)
{
    (void)ctx;
}

/* ---- The loop ---- */

/* False: a signal has come. */
static bool is_wanted(struct service *service)
{
    struct inbox_message message;

    while (inbox_take(service->inbox, &message)) {
        if (message.kind == INBOX_STOP) return false;
    }
    return true;
}

static void serve(struct service *service)
{
    while (is_wanted(service)) {
        if (control_attend(service->control)) return;
        inbox_wait(service->inbox, -1);
    }
}

static int begin(struct service *service, const struct debug_control_config *config,
                 bool *has_diverged, struct error *err)
{
    if (control_start_recorded(service->control, config->machine, service->inbox, err) != 0) {
        return -1;
    }
    if (!config->goes_first) return 0;
    return control_debug_go(service->debug, config->first_seq, has_diverged, err);
}

/* The signals are blocked before the socket has a thread, and are listened to until it has gone. */
static int serve_signalled(struct service *service, const struct debug_control_config *config,
                           int *caught, bool *has_diverged, struct error *err)
{
    const struct signal_actions actions = {
        .ctx = service, .stop = on_stop, .leave = do_nothing, .resume = do_nothing};
    struct signals *signals = signals_start(&actions, err);
    int result = -1;

    if (signals == NULL) return -1;
    result = begin(service, config, has_diverged, err);
    if (result == 0) serve(service);
    *caught = signals_caught(signals);
    signals_stop(signals);
    return result;
}

int debug_control(const struct debug_control_config *config, int *caught, bool *has_diverged,
                  struct error *err)
{
    struct service service = {.inbox = inbox_create(), .motion = {.history = config->history}};
    int result = -1;

    *caught = 0;
    *has_diverged = false;
    if (service.inbox == NULL) return error_host(err, "out of memory");
    service.debug =
        control_debug_create(config->debugger, config->machine, &service.motion, true, err);
    service.control = service.debug != NULL ? control_open(config->path, err) : NULL;
    if (service.control != NULL) {
        control_set_debug(service.control, service.debug, &service.motion);
        result = serve_signalled(&service, config, caught, has_diverged, err);
        control_close(service.control, MACHINE_STOPPED);
    }
    control_debug_destroy(service.debug);
    inbox_destroy(service.inbox);
    return result;
}
