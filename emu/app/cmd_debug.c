/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `spacegray debug`: opens a recorded run and lets somebody walk in it. At a terminal with the text UI;
 * with --command, or commands on standard input, without one; for GDB with --gdb, for another program with
 * --control.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/commands_file.h"
#include "emu/app/debug_control.h"
#include "emu/app/gdb_socket.h"
#include "emu/app/parse.h"
#include "emu/app/replay_session.h"
#include "emu/base/bits.h"
#include "emu/debug/debugger.h"
#include "emu/debug/tui/tui.h"
#include "emu/host/png.h"
#include "emu/host/signals.h"

#define COMMANDS_MAX 256
#define LINE_BYTES   65536u
#define GOTO_BYTES   32

static int run(const struct command *command, int argc, char **argv);

/* In the order of enum debug_option. */
static const struct option_spec option_specs[] = {
    {"command", "TEXT", "carry out this command and end (may be repeated)"},
    {"gdb", "WHERE", "serve GDB at tcp:PORT or unix:PATH (docs/gdb.md)"},
    {"control", "PATH", "listen at this UNIX socket for commands as JSON\nlines (docs/control.md)"},
    {"symbols", "FILE", "names of addresses: a System.map, or an ELF file"},
    {"slide", "NUMBER", "add this to each of their addresses (KASLR)"},
    {"syntax", "att|intel", "how instructions are written (default att)"},
    {"password-file", "FILE", "the disk's volume was unlocked with this file's first\nline"},
    {"budget", "SIZE", "memory for checkpoints (default 1G)"},
    {"plain", NULL, "read commands from standard input even at a terminal"},
    {.name = NULL},
};

enum debug_option {
    OPTION_COMMAND,
    OPTION_GDB,
    OPTION_CONTROL,
    OPTION_SYMBOLS,
    OPTION_SLIDE,
    OPTION_SYNTAX,
    OPTION_PASSWORD_FILE,
    OPTION_BUDGET,
    OPTION_PLAIN,
};

const struct command command_debug = {
    .name = "debug",
    .arguments = "FILE [OPTIONS]",
    .summary = "Go to any instant of a recorded run, forwards and backwards",
    .details =
        "FILE was made by `spacegray run --record FILE`: the debugger opens at its end; or it\n"
        "is the capsule of a failed test (spacegray test): then it says what has failed, and\n"
        "opens there. At a terminal it is a text UI (? shows its keys); with --command, or\n"
        "when standard input is no terminal, it reads commands (docs/debugger.md), prints\n"
        "what they say, and ends with status 1 at the first one that fails, 5 when the run\n"
        "does not go as recorded.",
    .options = option_specs,
    .run = run,
};

struct request {
    struct replay_options replay;
    const char *commands[COMMANDS_MAX];
    size_t command_count;
    const char *gdb;
    const char *control;
    const char *symbols;
    uint64_t slide;
    bool is_intel;
    bool is_plain;
    int caught; /* the signal that ended the service of --control; 0: none */
};

static int set_syntax(struct request *request, const char *value, struct error *err)
{
    request->is_intel = strcmp(value, "intel") == 0;
    if (request->is_intel || strcmp(value, "att") == 0) return 0;
    return error_usage(err, "--syntax: '%s' is neither att nor intel", value);
}

static int set_control(struct request *request, const char *value, struct error *err)
{
    if (*value == '\0') return error_usage(err, "--control: the path of the socket is missing");
    request->control = value;
    return 0;
}

static int take(struct request *request, enum debug_option option, const char *value,
                struct error *err)
{
    switch (option) {
    case OPTION_COMMAND:
        if (request->command_count == COMMANDS_MAX) {
            return error_usage(err, "--command: at most %d; more can come on standard input",
                               COMMANDS_MAX);
        }
        request->commands[request->command_count++] = value;
        return 0;
    case OPTION_GDB: request->gdb = value; return 0;
    case OPTION_CONTROL: return set_control(request, value, err);
    case OPTION_SYMBOLS: request->symbols = value; return 0;
    case OPTION_SLIDE: return parse_number("slide", value, 0, UINT64_MAX, &request->slide, err);
    case OPTION_SYNTAX: return set_syntax(request, value, err);
    case OPTION_PASSWORD_FILE: request->replay.password_file = value; return 0;
    case OPTION_BUDGET: return parse_size("budget", value, &request->replay.budget, err);
    case OPTION_PLAIN: request->is_plain = true; return 0;
    }
    return 0;
}

/* OPTIONS_END, OPTIONS_HELP or OPTIONS_ERROR. */
static int parse(const struct command *command, int argc, char **argv, struct request *request,
                 struct error *err)
{
    struct option_reader reader;
    const char *value;
    int found;

    option_reader_init(&reader, command, argc, argv);
    while ((found = option_next(&reader, &value, err)) >= 0) {
        if (take(request, (enum debug_option)found, value, err) != 0) return OPTIONS_ERROR;
    }
    if (found != OPTIONS_END) return found;
    request->replay.file = option_argument(&reader);
    if (request->replay.file == NULL) {
        (void)error_usage(err, "debug: which recording? (see spacegray debug --help)");
        return OPTIONS_ERROR;
    }
    if (request->gdb != NULL && request->control != NULL) {
        (void)error_usage(err, "debug: --gdb and --control exclude each other: one of them moves");
        return OPTIONS_ERROR;
    }
    value = option_argument(&reader);
    if (value == NULL) return OPTIONS_END;
    (void)error_usage(err, "debug: unexpected argument '%s': one recording at a time", value);
    return OPTIONS_ERROR;
}

/* ---- Without a UI ---- */

static void print(void *ctx, const char *text, size_t bytes)
{
    (void)ctx;
    (void)fwrite(text, 1, bytes, stdout);
}

static int fail(const struct debugger *debugger, const struct error *err)
{
    struct debugger_reason reason;

    (void)app_fail(err);
    debugger_reason(debugger, &reason);
    if (reason.stop == HISTORY_DIVERGED) return EXIT_DIVERGED;
    return err->kind == ERROR_HOST ? EXIT_HOST : EXIT_FAILED;
}

static int carry_out(struct debugger *debugger, const char *line)
{
    struct error err = ERROR_INIT;

    if (debugger_command(debugger, line, &err) != 0) return fail(debugger, &err);
    (void)fflush(stdout);
    return EXIT_PASSED;
}

static int read_commands(struct debugger *debugger)
{
    const bool is_asked = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    char *line = malloc(LINE_BYTES);
    int status = line != NULL ? EXIT_PASSED : EXIT_HOST;

    while (line != NULL && !debugger_has_quit(debugger)) {
        if (is_asked) {
            (void)fputs("(spacegray) ", stdout);
            (void)fflush(stdout);
        }
        if (fgets(line, LINE_BYTES, stdin) == NULL) break;
        line[strcspn(line, "\n")] = '\0';
        status = carry_out(debugger, line);
        if (status != EXIT_PASSED && !is_asked) break;
        if (is_asked) status = EXIT_PASSED;
    }
    free(line);
    return status;
}

static int carry_out_all(struct debugger *debugger, const struct request *request)
{
    for (size_t i = 0; i < request->command_count && !debugger_has_quit(debugger); i++) {
        const int status = carry_out(debugger, request->commands[i]);

        if (status != EXIT_PASSED) return status;
    }
    return EXIT_PASSED;
}

/* ---- With one ---- */

static bool is_for_ui(const struct request *request)
{
    return request->gdb == NULL && request->control == NULL && request->command_count == 0 &&
           !request->is_plain && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* The socket is there at once; the way to the first place can be interrupted. */
static bool goes_by_itself(const struct request *request)
{
    return is_for_ui(request) || (request->control != NULL && request->command_count == 0);
}

static int serve_control(struct replay_session *session, struct debugger *debugger,
                         struct request *request)
{
    const struct debug_control_config config = {
        .path = request->control,
        .debugger = debugger,
        .history = session->history,
        .machine = session->machine,
        .goes_first = request->command_count == 0,
        .first_seq = replay_session_first(session),
    };
    struct error err = ERROR_INIT;
    bool has_diverged;
    int status;

    if (debug_control(&config, &request->caught, &has_diverged, &err) == 0) return EXIT_PASSED;
    status = app_fail(&err);
    return has_diverged ? EXIT_DIVERGED : status;
}

static int walk(struct replay_session *session, struct debugger *debugger, struct request *request)
{
    const uint64_t first = replay_session_first(session);
    char path[COMMANDS_FILE_BYTES];
    char first_command[GOTO_BYTES];
    const struct tui_config ui = {
        .debugger = debugger,
        .history = session->history,
        .machine = session->machine,
        .title = request->replay.file,
        .history_file = commands_file(path),
        .first_command = first != 0 ? first_command : "goto end",
        .first_text = session->capsule.sentence,
    };
    struct error err = ERROR_INIT;
    int result;

    (void)snprintf(first_command, sizeof(first_command), "goto ev %" PRIu64, first);
    if (request->gdb != NULL) {
        const int status = carry_out_all(debugger, request);

        if (status != EXIT_PASSED) return status;
        result = gdb_serve(request->gdb, debugger, session->history, session->machine, false, &err);
        return result == 0 ? EXIT_PASSED : app_fail(&err);
    }
    if (request->control != NULL) {
        const int status = carry_out_all(debugger, request);

        return status == EXIT_PASSED ? serve_control(session, debugger, request) : status;
    }
    if (request->command_count > 0) return carry_out_all(debugger, request);
    if (!is_for_ui(request)) return read_commands(debugger);
    result = tui_run(&ui, &err);
    return result == 0 ? EXIT_PASSED : app_fail(&err);
}

static int go_to_first(struct replay_session *session)
{
    struct error err = ERROR_INIT;
    const enum history_stop stop = replay_go(session->history, replay_session_first(session), &err);

    if (stop == HISTORY_DIVERGED) {
        (void)app_fail(&err);
        return EXIT_DIVERGED;
    }
    return stop == HISTORY_TROUBLE ? app_fail(&err) : EXIT_PASSED;
}

static int look(struct replay_session *session, struct request *request)
{
    struct debugger_config config = {
        .history = session->history,
        .machine = session->machine,
        .output = {.write = print},
        /* Who is at a socket must not write files. */
        .save_picture = request->control == NULL ? save_png : NULL,
        .is_intel = request->is_intel,
    };
    struct error err = ERROR_INIT;
    struct debugger *debugger;
    int status = goes_by_itself(request) ? EXIT_PASSED : go_to_first(session);

    if (status != EXIT_PASSED) return status;
    if (session->capsule.sentence != NULL) {
        (void)fprintf(stderr, "spacegray: note: %s\n", session->capsule.sentence);
    }
    if (!recording_is_whole(session->recording)) {
        (void)fprintf(stderr, "spacegray: note: %s was not finished; it is good up to here\n",
                      request->replay.file);
    }
    if (request->symbols != NULL) {
        config.symbols = symbols_load(request->symbols, request->slide, &err);
        if (config.symbols == NULL) return app_fail(&err);
    }
    debugger = debugger_create(&config, &err);
    status = debugger != NULL ? walk(session, debugger, request) : app_fail(&err);
    debugger_destroy(debugger);
    symbols_destroy(config.symbols);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct replay_session session;
    struct request request = {.command_count = 0};
    struct error err = ERROR_INIT;
    int status;

    switch (parse(command, argc, argv, &request, &err)) {
    case OPTIONS_HELP: option_print_help(command, stdout); return app_finish_output();
    case OPTIONS_END: break;
    default: return app_fail(&err);
    }
    if (replay_session_open(&session, &request.replay, &err) != 0) {
        status = app_fail(&err);
    } else {
        status = look(&session, &request);
    }
    replay_session_close(&session);
    if (request.caught != 0) signals_die(request.caught);
    if (status != EXIT_PASSED) return status;
    return app_finish_output();
}
