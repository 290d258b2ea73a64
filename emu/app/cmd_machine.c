/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray machine`: what the machine consists of, as text, and whether a machine file is good;
 * without running it. */
#include <string.h>

#include "emu/app/app.h"
#include "emu/app/machine_show.h"
#include "emu/app/memory_options.h"
#include "emu/app/panel.h"
#include "emu/app/run_options.h"
#include "roms/roms.h"

/* What is asked for. */
struct machine_request {
    struct machine_config config;
    struct memory_options memory;
    struct memory_setup setup;
    bool validates;
    bool has_cores;
};

static int run(const struct command *command, int argc, char **argv);

/* In the order of enum machine_option. */
static const struct option_spec option_specs[] = {
    {"memory", "SIZE", "RAM, for example 512M or 32G (default 4G)"},
    {"dimms", "SOCKET=SIZE,...", "these memory modules, for example A0=8G,B0=8G"},
    {"ecc", "on|off", "modules with check bits (default), or without"},
    {"machine", "FILE", "memory modules, scrubbing and cores as in this file"},
    {"cores", "N", "processor cores (default 1)"},
    {"validate", NULL,
     "check instead of print: the machine file, register\ntables, memory map, PCI descriptions, "
     "save and load"},
    {.name = NULL},
};

enum machine_option {
    OPTION_MEMORY,
    OPTION_DIMMS,
    OPTION_ECC,
    OPTION_MACHINE,
    OPTION_CORES,
    OPTION_VALIDATE,
};

const struct command command_machine = {
    .name = "machine",
    .arguments = "show|--validate FILE [OPTIONS]",
    .summary = "Show what the machine consists of",
    .details = "show prints memory modules, memory map, I/O ports, PCI functions, devices and\n"
               "clocks at power-on. With --validate, with or without a machine file, status 1\n"
               "means that something is wrong with them, status 2 that the file is wrong.",
    .options = option_specs,
    .run = run,
};

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

static int set_option(struct machine_request *request, enum machine_option option,
                      const char *value, struct error *err)
{
    switch (option) {
    case OPTION_MEMORY: return run_options_memory(value, &request->memory.bytes, err);
    case OPTION_DIMMS: return memory_options_dimms(&request->memory, value, err);
    case OPTION_ECC: return memory_options_ecc(&request->memory, value, err);
    case OPTION_MACHINE: request->memory.machine_file = value; return 0;
    case OPTION_CORES:
        request->has_cores = true;
        return run_options_cores(value, &request->config.cores, err);
    case OPTION_VALIDATE: request->validates = true; return 0;
    }
    return 0;
}

/* What stands behind the options: `show`, or the file that --validate is to look at. */
static int set_arguments(struct machine_request *request, struct option_reader *reader,
                         struct error *err)
{
    const char *what = option_argument(reader);
    const char *more = option_argument(reader);

    if (what == NULL && request->validates) return 0;
    if (what == NULL) {
        return error_usage(err, "machine: say what to do, as in spacegray machine show");
    }
    if (strcmp(what, "show") != 0 && !request->validates) {
        return error_usage(err, "machine: unknown action %s: did you mean show?", what);
    }
    if (more != NULL) {
        return error_usage(err, "unexpected argument '%s' (see spacegray machine --help)", more);
    }
    if (strcmp(what, "show") == 0) return 0;
    if (request->memory.machine_file != NULL) {
        return error_usage(err, "machine: --validate %s and --machine %s: one file at a time", what,
                           request->memory.machine_file);
    }
    request->memory.machine_file = what;
    return 0;
}

/* Modules, scrubbing and cores into the machine's configuration. */
static int resolve(struct machine_request *request, struct error *err)
{
    struct memory_setup *setup = &request->setup;

    if (memory_options_resolve(&request->memory, RUN_MEMORY_DEFAULT, setup, err) != 0) return -1;
    request->config.dimms = setup->dimms;
    request->config.scrub = setup->scrub;
    request->config.memory_bytes = setup->bytes;
    if (!request->has_cores && setup->cores != 0) request->config.cores = setup->cores;
    return 0;
}

static enum run_parsed parse(const struct command *command, int argc, char **argv,
                             struct machine_request *request, struct error *err)
{
    struct option_reader reader;
    const char *value;
    int found;

    option_reader_init(&reader, command, argc, argv);
    while ((found = option_next(&reader, &value, err)) >= 0) {
        if (set_option(request, (enum machine_option)found, value, err) != 0)
            return RUN_PARSED_ERROR;
    }
    if (found == OPTIONS_HELP) return RUN_PARSED_HELP;
    if (found == OPTIONS_ERROR) return RUN_PARSED_ERROR;
    if (set_arguments(request, &reader, err) != 0 || resolve(request, err) != 0) {
        return RUN_PARSED_ERROR;
    }
    return RUN_PARSED;
}

static int show(const struct machine_request *request)
{
    struct error err = ERROR_INIT;
    struct machine *machine = machine_create(&request->config, &err);
    int status = EXIT_PASSED;

    if (!machine) return app_fail(&err);
    if (request->validates) {
        int defects = machine_validate(machine, &request->config, stdout, &err);

        if (defects < 0) status = app_fail(&err);
        if (defects > 0) status = EXIT_FAILED;
        if (defects == 0) (void)printf("valid: %zu devices\n", machine_device_count(machine));
    } else {
        machine_show(machine, &request->config, stdout);
    }
    machine_destroy(machine);
    return status == EXIT_PASSED ? app_finish_output() : status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct machine_request request = {
        .config =
            {
                .cores = 1,
                .rom = rom_firmware,
                .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
                .wall = {.start_seconds = RUN_RTC_HEADLESS},
                .serial = {.write = discard},
                .debug_console = {.write = discard},
            },
    };
    struct app_panel panel;
    struct error err = ERROR_INIT;

    app_panel_init(&panel);
    request.config.panel = &panel.panel;
    switch (parse(command, argc, argv, &request, &err)) {
    case RUN_PARSED: return show(&request);
    case RUN_PARSED_HELP: option_print_help(command, stdout); return app_finish_output();
    case RUN_PARSED_ERROR: break;
    }
    return app_fail(&err);
}
