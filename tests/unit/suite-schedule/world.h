/* SPDX-License-Identifier: GPL-2.0-only */
/* Suites for the fake session, and what was told of them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emu/app/suite/suite_schedule.h"

/* The sanitizer's own allocator ends the process before ours is asked. */
#if defined(__has_feature)
#define IS_CLANG_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_CLANG_SANITIZED 0
#endif
#if defined(__SANITIZE_ADDRESS__) || IS_CLANG_SANITIZED
#define WORLD_CAN_EAT false
#else
#define WORLD_CAN_EAT true
#endif

#define WORLD_TESTS 300u
#define WORLD_STEPS 4u
#define WORLD_ENDS  4096u

struct world_end {
    const struct suite_entry *entry;
    unsigned round;
    struct suite_result result;
};

struct world {
    struct suite suite;
    struct suite_test tests[WORLD_TESTS];
    struct suite_step steps[WORLD_TESTS][WORLD_STEPS];
    char names[WORLD_TESTS][32];
    struct suite_machine machine;
    struct suite_selection selection;
    struct suite_entry *entries;
    size_t entry_count;
    struct suite_schedule schedule;
    char scratch[64];
    char folder[64]; /* for capsules, logs; emptied at the end */
    char log[96];    /* a name in it */
    struct world_end *ends;
    size_t end_count;
    size_t begun;
    unsigned ticks;
    int caught;
};

/* A suite without tests. free()d by world_close(). */
struct world *world_open(void);
void world_close(struct world *world);
/* A test with up to WORLD_STEPS steps, the last of which is NULL or the fourth; `provider`: number, or SIZE_MAX. Returns
 * its number. The texts are borrowed. */
size_t world_add(struct world *world, const char *name, size_t provider,
                 const char *const steps[WORLD_STEPS]);
/* A test of one step, which begins at power-on. */
size_t world_add_one(struct world *world, const char *name, const char *step);
/* Selects and runs; no process may be left, nor a file in the scratch folder. */
void world_run(struct world *world, unsigned jobs);
/* The result of the n-th test; NULL: nothing was told. In any round. */
const struct suite_result *world_result(const struct world *world, size_t test);
/* Of passed, failed, ... in all that was told. */
size_t world_count(const struct world *world, enum suite_outcome outcome);
void world_expect(const struct world *world, size_t test, enum suite_outcome outcome,
                  enum suite_failure failure);
/* The file's text, "" when it is not there; free() it. */
char *world_read(const char *path);
bool world_is_empty(const char *folder);
