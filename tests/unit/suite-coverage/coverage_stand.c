/* SPDX-License-Identifier: GPL-2.0-only */
/* See coverage_stand.h. */
#define _POSIX_C_SOURCE 200809L /* strdup */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "emu/app/suite/coverage_file.h"
#include "emu/core/device.h"
#include "emu/host/file.h"
#include "emu/machine/machine.h"
#include "tests/unit/suite-coverage/coverage_stand.h"

#define FILE_MAX ((size_t)64 << 20)

void coverage_stand_begin(struct coverage_stand *stand, const char *image, bool is_noted)
{
    char *argv[] = {(char[]){"run"}, (char[]){"--image"}, strdup(image), (char[]){"--memory"},
                    (char[]){"64M"}};
    const struct record_run run = {.argc = 5, .argv = argv, .rtc_base = 1000000000};
    struct error err = ERROR_INIT;
    char *setup = record_setup_write(&run, false, &err);

    *stand = (struct coverage_stand){.coverage = NULL};
    free(argv[2]);
    assert_non_null(setup);
    if (made_machine_create(&stand->made, setup, &err) != 0) {
        print_error("%s\n", err.text);
        fail();
    }
    free(setup);
    if (!is_noted) return;
    stand->coverage = coverage_attach(stand->made.machine, &err);
    assert_non_null(stand->coverage);
}

uint64_t coverage_stand_run(struct coverage_stand *stand)
{
    assert_int_equal(machine_run(stand->made.machine, VTIME_S(5)), MACHINE_EXIT);
    assert_int_equal(machine_exit_status(stand->made.machine), 85);
    return machine_trace_hash(stand->made.machine);
}

void coverage_stand_end(struct coverage_stand *stand)
{
    coverage_detach(stand->coverage);
    made_machine_destroy(&stand->made);
}

struct device *coverage_stand_device(const struct coverage_stand *stand, const char *path)
{
    struct machine *machine = stand->made.machine;

    for (size_t i = 0; i < machine_device_count(machine); i++) {
        if (strcmp(machine_device(machine, i)->path, path) == 0) return machine_device(machine, i);
    }
    fail();
    return NULL;
}

void coverage_stand_look(const struct coverage_stand *stand, struct coverage_model *model)
{
    struct error err = ERROR_INIT;
    char path[COVERAGE_PLACE_BYTES];
    char *text;

    coverage_place("look.coverage", path);
    if (coverage_save(stand->coverage, path, &err) != 0) {
        print_error("%s\n", err.text);
        fail();
    }
    text = coverage_read(path);
    *model = (struct coverage_model){.devices = NULL};
    if (coverage_file_parse(path, text, strlen(text), model, &err) != 0) {
        print_error("%s\n", err.text);
        fail();
    }
    free(text);
}

void coverage_stand_record(const char *image, const char *path)
{
    struct error err = ERROR_INIT;
    struct coverage_stand stand;

    coverage_stand_begin(&stand, image, true);
    (void)coverage_stand_run(&stand);
    assert_int_equal(coverage_save(stand.coverage, path, &err), 0);
    coverage_stand_end(&stand);
}

const struct coverage_device *coverage_device_of(const struct coverage_model *model,
                                                 const char *path)
{
    for (size_t i = 0; i < model->device_count; i++) {
        if (strcmp(model->devices[i].path, path) == 0) return &model->devices[i];
    }
    print_error("there is no device %s\n", path);
    fail();
    return NULL;
}

const struct coverage_register *coverage_register_of(const struct coverage_model *model,
                                                     const char *device, const char *name)
{
    const struct coverage_device *found = coverage_device_of(model, device);

    for (size_t i = 0; i < found->register_count; i++) {
        if (strcmp(found->registers[i].name, name) == 0) return &found->registers[i];
    }
    print_error("there is no register %s in %s\n", name, device);
    fail();
    return NULL;
}

uint64_t coverage_events_of(const struct coverage_model *model, const char *device,
                            const char *name)
{
    const struct coverage_device *found = coverage_device_of(model, device);

    for (size_t i = 0; i < found->event_count; i++) {
        if (strcmp(found->events[i].name, name) == 0) return found->events[i].count;
    }
    print_error("there is no event %s of %s\n", name, device);
    fail();
    return 0;
}

void coverage_place(const char *name, char path[COVERAGE_PLACE_BYTES])
{
    (void)mkdir(COVERAGE_TEST_FOLDER, 0777);
    (void)snprintf(path, COVERAGE_PLACE_BYTES, "%s/%s", COVERAGE_TEST_FOLDER, name);
}

char *coverage_read(const char *path)
{
    struct error err = ERROR_INIT;
    struct host_file file;
    char *text;

    if (host_file_read(path, FILE_MAX, &file, &err) != 0) {
        print_error("%s\n", err.text);
        fail();
    }
    text = malloc(file.bytes + 1);
    assert_non_null(text);
    memcpy(text, file.data, file.bytes);
    text[file.bytes] = '\0';
    host_file_release(&file);
    return text;
}
