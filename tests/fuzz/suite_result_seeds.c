/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: suite_result_fuzz_seeds FOLDER
 *
 * Adds to the corpora results of tests that never were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bug.h"
#include "tests/fuzz/seed_file.h"
#include "tests/unit/suite-report/made_up.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: suite_result_fuzz_seeds FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < MADE_UP_TESTS; i++) {
        const struct suite_entry *entry = made_up_entry(i);
        char *line = suite_result_write(entry->suite->path, entry->test->name, (unsigned)i,
                                        made_up_result(i));
        char name[24];

        BUG_ON(line == NULL);
        (void)snprintf(name, sizeof(name), "%zu", i);
        seed_file_write(argv[1], "suite_result_fuzz", name, line, strlen(line));
        free(line);
    }
    return 0;
}
