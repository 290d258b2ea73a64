/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole machines that run a program while what it touches is noted. Each function fails the test when it cannot. */
#pragma once

#include "emu/app/made_machine.h"
#include "emu/app/suite/coverage_model.h"
#include "emu/app/suite/suite_coverage.h"

struct coverage_stand {
    struct made_machine made;
    struct coverage *coverage; /* NULL: nobody notes */
};

void coverage_stand_begin(struct coverage_stand *stand, const char *image, bool is_noted);
/* To the program's end; the trace hash. */
uint64_t coverage_stand_run(struct coverage_stand *stand);
void coverage_stand_end(struct coverage_stand *stand);

struct device *coverage_stand_device(const struct coverage_stand *stand, const char *path);
/* What is noted, by way of a file; coverage_model_release() it. */
void coverage_stand_look(const struct coverage_stand *stand, struct coverage_model *model);
/* All of the three: begin, run, save in `path`, end. */
void coverage_stand_record(const char *image, const char *path);

const struct coverage_device *coverage_device_of(const struct coverage_model *model,
                                                 const char *path);
/* The register of this name, in whatever bank. */
const struct coverage_register *coverage_register_of(const struct coverage_model *model,
                                                     const char *device, const char *name);
uint64_t coverage_events_of(const struct coverage_model *model, const char *device,
                            const char *name);

/* A file or folder in the one of the test, which stays. */
#define COVERAGE_PLACE_BYTES 512
void coverage_place(const char *name, char path[COVERAGE_PLACE_BYTES]);
/* free() it. */
char *coverage_read(const char *path);
