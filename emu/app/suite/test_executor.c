/* SPDX-License-Identifier: GPL-2.0-only */
/* The executors that there are: see test_executor.h. */
#include "emu/app/suite/test_executor.h"

#include <string.h>

#include "emu/app/suite/slurm_executor.h"
#include "emu/base/bits.h"
#include "emu/base/suggest.h"

static int run_here(const struct test_request *request, const struct suite_schedule *schedule,
                    int *caught, struct error *err)
{
    (void)request;
    return suite_schedule_run(schedule, caught, err);
}

static const struct test_executor executors[] = {
    {.name = "local", .run = run_here},
    {.name = "slurm", .has_details = true, .run = slurm_executor_run},
};

/* The name ends where its details begin. */
static bool is_called(const struct test_executor *executor, const char *text)
{
    const size_t length = strlen(executor->name);

    return strncmp(text, executor->name, length) == 0 &&
           (text[length] == '\0' || (text[length] == ',' && executor->has_details));
}

const struct test_executor *test_executor_find(const char *name, struct error *err)
{
    struct suggestion meant;

    if (name == NULL) return &executors[0];
    suggest_begin(&meant, name);
    for (size_t i = 0; i < ARRAY_LEN(executors); i++) {
        if (is_called(&executors[i], name)) return &executors[i];
        suggest_try(&meant, executors[i].name);
    }
    if (meant.word != NULL) {
        (void)error_usage(err, "--executor: unknown executor %s: did you mean %s?", name,
                          meant.word);
    } else {
        (void)error_usage(err, "--executor: unknown executor %s", name);
    }
    return NULL;
}
