/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from a command line to the exports. See trace_export.h. */
#define _GNU_SOURCE /* S_ISREG, SIGXFSZ */

#include "emu/app/trace_export.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/trace_open.h"
#include "emu/base/bits.h"
#include "emu/debug/trace/export.h"

static int run(const struct command *command, int argc, char **argv);

/* In the order of enum export_option. */
static const struct option_spec option_specs[] = {
    {"perfetto", "FILE",
     "JSON for ui.perfetto.dev: a track for each core and\ndevice, arrows from causes"},
    {"vcd", "FILE",
     "a value change dump for GTKWave: interrupt lines,\nregisters, the numbers of events"},
    {"json", "FILE", "one JSON object a line"},
    {"ctf", "DIR", "a trace of its own, in a new directory"},
    {"filter", "FILTER", "these events only, as in\n'nvme.*,lapic0.accept if vector == 0x31'"},
    {"force", NULL, "replace files that are there already"},
    {.name = NULL},
};

enum export_option {
    OPTION_PERFETTO,
    OPTION_VCD,
    OPTION_JSON,
    OPTION_CTF,
    OPTION_FILTER,
    OPTION_FORCE,
};

const struct command command_trace_export = {
    .name = "trace export",
    .arguments = "TRACE [OPTIONS]",
    .summary = "Write a trace for Perfetto, GTKWave or other tools",
    .details = "TRACE is a directory (spacegray run --trace), a recording, or the capsule of a\n"
               "failed test. A FILE of \"-\" is standard output. Several exports can be made at\n"
               "once.",
    .options = option_specs,
    .run = run,
};

#define EXPORTS (OPTION_CTF + 1)

struct request {
    const char *trace;
    const char *outputs[EXPORTS]; /* NULL: not asked for */
    const char *filter_text;      /* NULL: none */
    bool is_forced;
};

/* ---- Command line ---- */

static void set_option(struct request *request, enum export_option option, const char *value)
{
    switch (option) {
    case OPTION_PERFETTO:
    case OPTION_VCD:
    case OPTION_JSON:
    case OPTION_CTF: request->outputs[option] = value; break;
    case OPTION_FILTER: request->filter_text = value; break;
    case OPTION_FORCE: request->is_forced = true; break;
    }
}

static int check(const struct request *request, const char *rest, struct error *err)
{
    unsigned outputs = 0;
    unsigned streams = 0;

    for (size_t i = 0; i < EXPORTS; i++) {
        outputs += request->outputs[i] != NULL;
        streams += request->outputs[i] != NULL && strcmp(request->outputs[i], "-") == 0;
    }
    if (request->trace == NULL) {
        return error_usage(err, "trace export: say which trace: a directory or a recording");
    }
    if (rest != NULL) {
        return error_usage(err, "unexpected argument '%s' (see spacegray trace export --help)",
                           rest);
    }
    if (outputs == 0) {
        return error_usage(err,
                           "trace export: say what to write: --perfetto, --vcd, --json or --ctf");
    }
    if (streams > 1) {
        return error_usage(err, "trace export: only one of them can go to standard output");
    }
    if (request->outputs[OPTION_CTF] != NULL && strcmp(request->outputs[OPTION_CTF], "-") == 0) {
        return error_usage(err, "--ctf: a trace is a directory, not a stream");
    }
    return 0;
}

/* As option_next(): OPTIONS_END, OPTIONS_HELP or OPTIONS_ERROR. */
static int parse(const struct command *command, int argc, char **argv, struct request *request,
                 struct error *err)
{
    struct option_reader reader;
    const char *value;
    int found;

    option_reader_init(&reader, command, argc, argv);
    while ((found = option_next(&reader, &value, err)) >= 0) {
        set_option(request, (enum export_option)found, value);
    }
    if (found != OPTIONS_END) return found;
    request->trace = option_argument(&reader);
    return check(request, option_argument(&reader), err) == 0 ? OPTIONS_END : OPTIONS_ERROR;
}

/* ---- Files ---- */

/* The file is not there, may be replaced, or is a pipe or a device; and it is not what is read. */
static int check_file(const struct request *request, const char *path, bool *is_ours,
                      struct error *err)
{
    struct stat status;
    struct stat source;

    *is_ours = true;
    if (stat(path, &status) != 0) return 0;
    *is_ours = S_ISREG(status.st_mode);
    if (S_ISDIR(status.st_mode)) return error_host(err, "%s: this is a directory", path);
    if (stat(request->trace, &source) == 0 && source.st_dev == status.st_dev &&
        source.st_ino == status.st_ino) {
        return error_usage(err, "%s is what is to be read", path);
    }
    if (request->is_forced || !*is_ours) return 0;
    return error_host(err, "%s: this file is there already (--force replaces it)", path);
}

typedef int export_function(const struct trace_items *items, const struct trace_filter *filter,
                            FILE *file, struct error *err);

static int export_to_file(const struct request *request, const char *path,
                          const struct trace_items *items, const struct trace_filter *filter,
                          export_function *export_events, struct error *err)
{
    struct error trouble = ERROR_INIT;
    bool is_ours;
    FILE *file;

    if (strcmp(path, "-") == 0) return export_events(items, filter, stdout, err);
    if (check_file(request, path, &is_ours, err) != 0) return -1;
    file = fopen(path, "we");
    if (file == NULL) return error_host(err, "%s: %s", path, strerror(errno));
    (void)export_events(items, filter, file, &trouble);
    if (fclose(file) != 0) (void)error_host(&trouble, "%s", strerror(errno));
    if (trouble.kind == ERROR_NONE) return 0;
    if (is_ours) (void)unlink(path);
    return error_host(err, "%s: %s", path, trouble.text);
}

static int export_all(const struct request *request, const struct trace_file *source,
                      const struct trace_filter *filter, struct error *err)
{
    static export_function *const functions[EXPORTS] = {
        [OPTION_PERFETTO] = export_perfetto,
        [OPTION_VCD] = export_vcd,
        [OPTION_JSON] = export_json,
    };

    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        const char *path = request->outputs[i];

        if (path == NULL || functions[i] == NULL) continue;
        if (export_to_file(request, path, &source->items, filter, functions[i], err) != 0)
            return -1;
    }
    if (request->outputs[OPTION_CTF] == NULL) return 0;
    return export_ctf(&source->items, filter, request->outputs[OPTION_CTF],
                      trace_file_machine(source), err);
}

static int execute(const struct request *request, struct error *err)
{
    struct trace_filter *filter = NULL;
    struct error why = ERROR_INIT;
    struct trace_file source;
    int result;

    if (request->filter_text != NULL) {
        filter = trace_filter_parse(request->filter_text, err);
        if (filter == NULL) return -1;
    }
    result = trace_file_open(request->trace, &source, err);
    if (result == 0) {
        const char *trouble;

        result = export_all(request, &source, filter, &why);
        trouble = trace_file_trouble(&source);
        if (trouble != NULL) {
            result = error_host(err, "%s", trouble);
        } else if (result != 0) {
            *err = why;
        }
        trace_file_close(&source);
    }
    trace_filter_destroy(filter);
    return result;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct request request = {.trace = NULL};
    struct error err = ERROR_INIT;
    const int parsed = parse(command, argc, argv, &request, &err);

    if (parsed == OPTIONS_HELP) {
        option_print_help(command, stdout);
        return app_finish_output();
    }
    /* A limit on file sizes is told by errno, like a full disk. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (parsed != OPTIONS_END || execute(&request, &err) != 0) return app_fail(&err);
    return app_finish_output();
}
