/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray machine show`: what the machine consists of, as text, without running it. */
#include <string.h>

#include "emu/app/app.h"
#include "emu/app/machine_show.h"
#include "emu/app/panel.h"
#include "emu/app/run_options.h"
#include "roms/roms.h"

/* What is asked for. */
struct machine_request {
    struct machine_config config;
    bool validates;
};

static int run(const struct command *command, int argc, char **argv);

/* In the order of enum machine_option. */
static const struct option_spec option_specs[] = {
    {"memory", "SIZE", "RAM, for example 512M or 32G (default 4G)"},
    {"cores", "N", "processor cores (default 1)"},
    {"validate", NULL,
     "check instead of print: register tables, memory\nmap, PCI descriptions, save and load"},
    {.name = NULL},
};

enum machine_option {
    OPTION_MEMORY,
    OPTION_CORES,
    OPTION_VALIDATE,
};

const struct command command_machine = {
    .name = "machine",
    .arguments = "show [OPTIONS]",
    .summary = "Show what the machine consists of",
    .details = "Prints memory map, I/O ports, PCI functions, devices and clocks at power-on.\n"
               "With --validate, status 1 means that something is wrong with them.",
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
    case OPTION_MEMORY: return run_options_memory(value, &request->config.memory_bytes, err);
    case OPTION_CORES: return run_options_cores(value, &request->config.cores, err);
    case OPTION_VALIDATE: request->validates = true; return 0;
    }
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
    const char *what = option_argument(&reader);
    const char *more = option_argument(&reader);
    if (!what) {
        (void)error_usage(err, "machine: say what to do, as in spacegray machine show");
    } else if (strcmp(what, "show") != 0) {
        (void)error_usage(err, "machine: unknown action %s: did you mean show?", what);
    } else if (more) {
        (void)error_usage(err, "unexpected argument '%s' (see spacegray machine --help)", more);
    } else {
        return RUN_PARSED;
    }
    return RUN_PARSED_ERROR;
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
                .memory_bytes = RUN_MEMORY_DEFAULT,
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
