/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `spacegray run`: one machine from power-on to whatever ends it.
 *
 * Order matters: files are checked before the terminal is touched; signals are blocked before the
 * first thread starts; at the end output is flushed and the terminal given back before anything is
 * said on standard error.
 */
#define _GNU_SOURCE

#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/boot_security.h"
#include "emu/app/control.h"
#include "emu/app/panel.h"
#include "emu/app/parse.h"
#include "emu/app/payload.h"
#include "emu/app/run_agenda.h"
#include "emu/app/run_debug.h"
#include "emu/app/run_disk.h"
#include "emu/app/run_from.h"
#include "emu/app/run_gdb.h"
#include "emu/app/run_options.h"
#include "emu/app/run_record.h"
#include "emu/app/run_trace.h"
#include "emu/app/run_view.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/host/activity.h"
#include "emu/host/channel.h"
#include "emu/host/clock.h"
#include "emu/host/pacer.h"
#include "emu/host/signals.h"
#include "emu/machine/machine.h"
#include "emu/machine/machine_disk.h"

#define STOP_TRIES 500 /* of a millisecond each */

struct session {
    const struct run_options *options;
    int argc;
    char **argv;
    struct payload payload;
    struct boot_security boot_security;
    struct signals *signals;
    struct channel *serial;
    struct channel *debug_console;
    struct pacer pacer;
    struct run_view view;
    struct run_disk disk;
    struct run_from from;
    struct run_record record;
    struct run_record_sink serial_once;
    struct run_record_sink debug_console_once;
    struct run_debug debug;
    struct run_trace trace;
    struct memory_setup memory;
    struct app_panel panel;
    struct host_activity activity;
    struct activity_sink counted_serial;
    struct timeline timeline;
    struct control *control;
    struct machine *machine;
    _Atomic(struct inbox *) inbox; /* for the signal thread; NULL while there is no machine */
    int64_t rtc_base;
    enum machine_stop stop;
};

static int run(const struct command *command, int argc, char **argv);

const struct command command_run = {
    .name = "run",
    .arguments = "[OPTIONS]",
    .summary = "Boot the machine",
    .details = "Without --kernel or --image there is nothing to boot, and the firmware says so.\n"
               "In the window, the right Ctrl with H shows what its keys do. Closing it presses\n"
               "the power button; closing it again ends the program.\n"
               "On a terminal, Ctrl-A x quits and Ctrl-A h shows the other keys.\n"
               "\n"
               "Exit status: 0 the guest powered off; 1 it cannot go on; 2 wrong usage;\n"
               "3 host trouble; 4 virtual time ran out or --power-cut; 2 * V + 1 after a\n"
               "write of V to the debug exit port 0xf4.",
    .options = run_option_specs,
    .run = run,
};

/* ---- On the signal thread ---- */

static void stop_machine(struct session *session)
{
    static const struct inbox_message stop = {.kind = INBOX_STOP};
    struct inbox *inbox = atomic_load(&session->inbox);

    /* Full: the machine empties it soon. If it does not, the second signal ends the process. */
    for (int i = 0; i < STOP_TRIES && inbox && !inbox_post(inbox, &stop); i++) {
        (void)poll(NULL, 0, 1);
        inbox = atomic_load(&session->inbox);
    }
}

static void on_stop(void *ctx)
{
    struct session *session = ctx;

    if (session->serial) channel_hurry(session->serial);
    if (session->debug_console) channel_hurry(session->debug_console);
    stop_machine(session);
}

static void on_leave(void *ctx)
{
    struct session *session = ctx;

    if (session->serial) channel_leave_terminal(session->serial);
}

static void on_resume(void *ctx)
{
    struct session *session = ctx;

    if (session->serial) channel_return_terminal(session->serial);
}

/* ---- Setting up ---- */

static int open_channels(struct session *session, struct error *err)
{
    const struct run_options *options = session->options;
    const char *console = options->debug_console;

    /* It takes no input, so the terminal stays with the serial port. */
    if (strcmp(console, "stdio") == 0) console = "stdout";
    session->debug_console = channel_open(console, "--debug-console", err);
    if (!session->debug_console) return -1;
    session->serial = channel_open(options->serial, "--serial", err);
    return session->serial ? 0 : -1;
}

static bool is_paced(const struct session *session)
{
    switch (session->options->pace) {
    case RUN_PACE_REAL: return true;
    case RUN_PACE_FREE: return false;
    case RUN_PACE_AUTO: break;
    }
    if (session->view.has_window || channel_is_interactive(session->serial)) return true;
    /* A script that answers the guest needs an idle guest to wait for it; a headless run must not
     * depend on who listens. */
    return !session->options->is_headless && channel_has_live_input(session->serial);
}

static int64_t choose_rtc_base(const struct run_options *options)
{
    if (options->has_rtc_base) return options->rtc_base;
    return options->is_headless ? RUN_RTC_HEADLESS : host_wall_seconds();
}

static struct host_sink serial_sink(struct session *session)
{
    session->counted_serial = (struct activity_sink){
        .to = channel_sink(session->serial),
        .bytes = &session->activity.serial,
    };
    return activity_count(&session->counted_serial);
}

static bool cut_power(void *ctx, const struct action *action)
{
    struct session *session = ctx;

    return run_disk_cut(&session->disk, session->machine, action);
}

static struct record_run describe(const struct session *session)
{
    return (struct record_run){
        .argc = session->argc,
        .argv = session->argv,
        .rtc_base = session->rtc_base,
        .disk = run_disk_machine(&session->disk),
    };
}

/* The first trouble is told, the run goes on. */
static void save_snapshot(void *ctx, const char *path)
{
    struct session *session = ctx;
    const struct record_run described = describe(session);
    struct error trouble = ERROR_INIT;
    char *setup = record_setup_write(&described, false, &trouble);

    if (setup && snapshot_file_save(path, setup, session->machine, &trouble) == 0) {
        free(setup);
        return;
    }
    free(setup);
    if (session->timeline.trouble.kind == ERROR_NONE) session->timeline.trouble = trouble;
}

static bool attend(void *ctx)
{
    struct session *session = ctx;

    if (session->control && control_attend(session->control)) return true;
    return run_debug_attend(&session->debug);
}

static void prepare_debug(struct session *session)
{
    struct run_debug *debug = &session->debug;

    run_debug_init(debug, session->options);
    debug->record = &session->record;
    debug->view = &session->view;
    debug->channels[0] = session->serial;
    debug->channels[1] = session->debug_console;
    channel_on_debug(session->serial, run_debug_ask, debug);
}

static int create_machine(struct session *session, struct error *err)
{
    const struct run_options *options = session->options;
    struct machine_config config = {
        .memory_bytes = options->memory_bytes,
        .dimms = session->memory.dimms,
        .has_flat_memory = session->memory.is_flat,
        .scrub = session->memory.scrub,
        .cores = options->cores,
        .rom = session->payload.rom,
        .rom_bytes = session->payload.rom_bytes,
        .boot_window = session->payload.window.data,
        .boot_window_bytes = session->payload.window.bytes,
        .wall = {.start_seconds = session->rtc_base},
        .serial = run_record_sink(&session->record, &session->serial_once, serial_sink(session)),
        .debug_console = run_record_sink(&session->record, &session->debug_console_once,
                                         channel_sink(session->debug_console)),
        .frames = session->view.frames,
        .panel = &session->panel.panel,
        .code_buffer_bytes = (size_t)options->code_buffer_bytes,
        .disk = run_record_disk(&session->record, run_disk_machine(&session->disk)),
        .fidelity = options->fidelity,
        .t2_strict = options->t2_strict,
        .has_test_device = options->has_test_device,
    };

    if (boot_security_load(options, config.disk ? config.disk->sep : NULL, &session->boot_security,
                           err) != 0) {
        return -1;
    }
    config.boot_security = session->boot_security.machine;
    app_panel_init(&session->panel);
    if (is_paced(session)) {
        config.pacer = run_record_pacer(&session->record, pacer_hook(&session->pacer));
    }
    session->machine = machine_create(&config, err);
    if (!session->machine) return -1;
    machine_set_no_reboot(session->machine, options->is_no_reboot);
    session->pacer.inbox = machine_inbox(session->machine);
    session->timeline.machine = session->machine;
    session->timeline.power_cut = cut_power;
    session->timeline.power_cut_ctx = session;
    session->timeline.snapshot = save_snapshot;
    session->timeline.snapshot_ctx = session;
    session->timeline.attend = attend;
    session->timeline.attend_ctx = session;
    return 0;
}

/* An input script may ask for pictures, too. */
static int prepare_view(struct session *session, struct error *err)
{
    const struct run_options *options = session->options;
    const bool takes_pictures =
        options->screenshot_count > 0 || timeline_takes_pictures(&session->timeline);

    return run_view_prepare(&session->view, options, takes_pictures, err);
}

static int start_view(struct session *session, struct error *err)
{
    struct inbox *inbox = machine_inbox(session->machine);

    session->view.ask_debug = run_debug_ask;
    session->view.debug_ctx = &session->debug;
    if (run_view_start(&session->view, session->options, inbox, &session->activity, err) != 0) {
        return -1;
    }
    session->timeline.viewer = session->view.viewer;
    return 0;
}

static void announce(const struct session *session)
{
    const char *place = channel_place(session->serial);
    const char *remark = session->memory.remark;

    if (remark) (void)fprintf(stderr, "spacegray: note: %s\n", remark);
    if (place) (void)fprintf(stderr, "spacegray: serial port 1 is at %s\n", place);
    place = channel_place(session->debug_console);
    if (place) (void)fprintf(stderr, "spacegray: the debug console is at %s\n", place);
    if (channel_is_interactive(session->serial)) {
        (void)fprintf(stderr, "spacegray: Ctrl-A x quits, Ctrl-A h shows help\n");
    }
    if (session->view.has_window) {
        (void)fprintf(stderr, "spacegray: in the window, right Ctrl + H shows the keys\n");
    }
    run_debug_announce(&session->debug);
}

static int set_up(struct session *session, struct error *err)
{
    const struct signal_actions actions = {
        .ctx = session, .stop = on_stop, .leave = on_leave, .resume = on_resume};

    session->rtc_base = choose_rtc_base(session->options);
    if (run_trace_check(&session->trace, session->options, err) != 0) return -1;
    if (run_agenda_make(&session->timeline, session->options, err) != 0) return -1;
    if (prepare_view(session, err) != 0) return -1;
    if (payload_load(session->options, &session->payload, err) != 0) return -1;
    if (run_disk_open(&session->disk, session->options, &session->activity.disk, err) != 0) {
        return -1;
    }
    if (open_channels(session, err) != 0) return -1;
    if (session->options->control) {
        session->control = control_open(session->options->control, err);
        if (!session->control) return -1;
    }
    const struct record_run described = describe(session);
    if (run_record_open(&session->record, session->options, &described, err) != 0) return -1;
    prepare_debug(session);
    session->signals = signals_start(&actions, err);
    if (!session->signals || create_machine(session, err) != 0) return -1;
    run_disk_forget_password(&session->disk);
    if (run_from_load(&session->from, session->machine, err) != 0) return -1;
    if (run_trace_start(&session->trace, session->options, session->machine, err) != 0) return -1;
    if (run_record_start(&session->record, session->machine, err) != 0) return -1;
    run_debug_start(&session->debug);
    if (start_view(session, err) != 0) return -1;
    announce(session);
    if (channel_start(session->debug_console, NULL, err) != 0) return -1;
    if (channel_start(session->serial, machine_inbox(session->machine), err) != 0) return -1;
    if (session->control && session->record.is_live) {
        control_set_live(session->control, session->record.history, session->machine);
    }
    if (session->control && control_start(session->control, session->machine, err) != 0) return -1;
    atomic_store(&session->inbox, machine_inbox(session->machine));
    atomic_store(&session->disk.inbox, machine_inbox(session->machine));
    /* A signal that came before the inbox was there. */
    if (signals_caught(session->signals) != 0) stop_machine(session);
    return 0;
}

/* ---- The end ---- */

/* Output out and the terminal back, still under the eye of the signal thread; then nobody else uses
 * the channels. Returns the signal that asked to stop, 0 when none did. */
static int finish_channels(struct session *session)
{
    atomic_store(&session->inbox, NULL);
    channel_finish(session->debug_console);
    channel_finish(session->serial);
    int caught = session->signals ? signals_caught(session->signals) : 0;
    signals_stop(session->signals);
    return caught;
}

/* -1 with `err` when output was lost. */
static int close_channels(struct session *session, struct error *err)
{
    int result = channel_close(session->debug_console, err);

    return channel_close(session->serial, err) != 0 ? -1 : result;
}

static bool is_refused(const struct session *session)
{
    return !t2_boot_allows(machine_boot_verdict(session->machine));
}

static int tell_refusal(const struct session *session)
{
    const char *rom = session->options->rom;
    struct error err = ERROR_INIT;

    (void)error_host(&err, "%s: startup security refused this firmware: %s",
                     rom ? rom : "the built-in image",
                     t2_boot_verdict_text(machine_boot_verdict(session->machine)));
    (void)app_fail(&err);
    return EXIT_FAILED;
}

/* In a window the message stays until somebody closes it: the firmware has said all and halts. */
static void show_refusal(struct session *session)
{
    if (session->stop != MACHINE_EXIT || !is_refused(session) || !session->view.has_window) return;
    (void)timeline_run(&session->timeline, session->options->until);
}

/* Says why a run ended that did not end by itself; returns the exit status. */
static int tell_stop(const struct session *session)
{
    struct error err = ERROR_INIT;
    char until[TIME_TEXT_BYTES];

    if (session->timeline.is_cut) {
        format_time(session->timeline.cut_when, until);
        (void)error_host(&err, "the power was cut at %s", until);
        (void)app_fail(&err);
        return EXIT_TIME_OUT;
    }
    switch (session->stop) {
    case MACHINE_POWER_OFF:
    case MACHINE_BREAK:
    case MACHINE_ATTENTION:
    case MACHINE_STOPPED: return EXIT_PASSED;
    case MACHINE_EXIT:
        if (is_refused(session)) return tell_refusal(session);
        return machine_exit_status(session->machine) & 0xff;
    case MACHINE_TIME_LIMIT:
        format_time(session->options->until, until);
        (void)error_host(&err, "virtual time ran out after %s", until);
        (void)app_fail(&err);
        return EXIT_TIME_OUT;
    case MACHINE_DEAD:
        (void)error_host(&err,
                         "every core is halted for ever: nothing is left that could wake one");
        (void)app_fail(&err);
        return EXIT_FAILED;
    case MACHINE_PANIC:
        (void)error_host(&err, "the T2 panicked: %s", machine_panic_text(session->machine));
        (void)app_fail(&err);
        return EXIT_FAILED;
    }
    return EXIT_FAILED;
}

/* A guest whose disk is gone does not say why. */
static void tell_breaches(const struct session *session)
{
    const struct machine_t2_breaches *breaches = machine_t2_breaches(session->machine);

    if (breaches->what == NULL || session->stop == MACHINE_PANIC) return;
    (void)fprintf(stderr,
                  "spacegray: a driver broke a rule of the T2: %s, at %" PRIu64 " us, pc %" PRIx64
                  "%s (docs/hardware/t2-nvme.md; broken rules: %" PRIu64 ")\n",
                  breaches->what, breaches->when / VTIME_US(1), breaches->pc,
                  session->options->t2_strict == MACHINE_T2_FATAL
                      ? ": the disk's controller was dead until it was reset"
                      : "",
                  breaches->count);
}

/* What came of --fault and --fault-campaign. */
static void tell_faults(const struct session *session)
{
    const struct run_options *options = session->options;
    const struct fault_run *faults = &session->timeline.faults;
    const struct dram_counts *counts = machine_memory_errors(session->machine);

    if (options->fault_count == 0 && !options->has_campaign) return;
    (void)fprintf(stderr, "spacegray: memory faults: %" PRIu64 " planted", faults->planted);
    if (faults->skipped > 0) {
        (void)fprintf(stderr, " (%" PRIu64 " had no place or no room)", faults->skipped);
    }
    (void)fprintf(stderr,
                  "; errors: %" PRIu64 " corrected, %" PRIu64 " uncorrected, %" PRIu64
                  " of command parity, %" PRIu64 " miscorrected\n",
                  counts->corrected, counts->uncorrected, counts->parity, counts->miscorrected);
}

static void tell_trace(const struct session *session)
{
    const struct run_options *options = session->options;

    if (options->trace_tail > 0) {
        trace_dump(machine_trace(session->machine), STDERR_FILENO, (size_t)options->trace_tail);
    }
    if (!options->shows_hash) return;
    if (!options->has_rtc_base && !options->is_headless) {
        (void)fprintf(stderr, "rtc base: %" PRId64 "\n", session->rtc_base);
    }
    (void)fprintf(stderr, "trace hash: %016" PRIx64 "  virtual time: %" PRIu64 " ps\n",
                  machine_trace_hash(session->machine), machine_now(session->machine));
}

/* Says what went wrong with what the host was to keep; returns the exit status. */
static int tell_losses(const struct session *session, const struct error *output,
                       const struct error *view, int status)
{
    run_agenda_tell(&session->timeline);
    if (session->timeline.faults.trouble.kind != ERROR_NONE) {
        status = app_fail(&session->timeline.faults.trouble);
    }
    if (session->timeline.trouble.kind != ERROR_NONE) status = app_fail(&session->timeline.trouble);
    if (view->kind != ERROR_NONE) status = app_fail(view);
    if (output->kind != ERROR_NONE) status = app_fail(output);
    return status;
}

/* The machine's end writes what its disk still had in its caches. */
static int release(struct session *session, int status)
{
    struct error err = ERROR_INIT;

    atomic_store(&session->disk.inbox, NULL);
    machine_destroy(session->machine);
    run_record_release(&session->record);
    if (run_disk_close(&session->disk, &err) != 0) status = app_fail(&err);
    run_view_release(&session->view);
    timeline_release(&session->timeline);
    payload_release(&session->payload);
    return status;
}

/* What the run leaves behind is whole. The first trouble is told. */
static void keep(struct session *session, struct error *err)
{
    struct error trouble = ERROR_INIT;

    if (run_trace_finish(&session->trace, &trouble) != 0 && err->kind == ERROR_NONE) *err = trouble;
    if (run_record_finish(&session->record, session->stop, &trouble) != 0 &&
        err->kind == ERROR_NONE) {
        *err = trouble;
    }
}

static enum machine_stop go(struct session *session, struct error *err)
{
    if (session->options->gdb != NULL &&
        run_gdb(session->options->gdb, session->record.history, session->machine, err) != 0) {
        return MACHINE_STOPPED;
    }
    const enum machine_stop stop =
        control_ended(session->control, timeline_run(&session->timeline, session->options->until));

    if (!session->debug.is_over) return stop;
    *err = session->debug.trouble;
    return session->debug.stop;
}

static int run_session(struct session *session)
{
    struct error err = ERROR_INIT;
    struct error output_err = ERROR_INIT;
    struct error view_err = ERROR_INIT;
    bool has_quit = false;
    int status = EXIT_PASSED;

    if (set_up(session, &err) == 0) {
        session->stop = go(session, &err);
        show_refusal(session);
        run_agenda_finish(&session->timeline, session->options);
        has_quit = channel_has_quit(session->serial);
    }
    run_view_stop(&session->view, &view_err);
    control_close(session->control, session->stop);
    keep(session, &view_err);
    int caught = finish_channels(session);
    (void)close_channels(session, &output_err);
    if (err.kind != ERROR_NONE) {
        status = app_fail(&err);
    } else {
        status = tell_losses(session, &output_err, &view_err, tell_stop(session));
        tell_breaches(session);
        tell_faults(session);
        tell_trace(session);
    }
    status = release(session, status);
    /* Whoever started this program sees that a signal ended it. */
    if (caught != 0 && !has_quit && session->stop == MACHINE_STOPPED) signals_die(caught);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct run_options options;
    struct session session = {
        .options = &options, .argc = argc, .argv = argv, .stop = MACHINE_POWER_OFF};
    struct error err = ERROR_INIT;

    switch (run_options_parse(command, argc, argv, &options, &err)) {
    case RUN_PARSED:
        if (run_from_read(&session.from, argc, argv, &options, &err) == 0 &&
            run_options_resolve(&options, &session.memory, &err) == 0) {
            if (session.from.path) {
                session.argc = session.from.argc;
                session.argv = session.from.argv;
            }
            const int status = run_session(&session);

            run_from_release(&session.from);
            return status;
        }
        run_from_release(&session.from);
        break;
    case RUN_PARSED_HELP: option_print_help(command, stdout); return app_finish_output();
    case RUN_PARSED_ERROR: break;
    }
    return app_fail(&err);
}
