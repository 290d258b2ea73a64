/* SPDX-License-Identifier: GPL-2.0-only */
/* Each box ```yaml of docs/suites.md is a suite, or the steps or tests of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/suite-load/parse.h"

#define BOX_BYTES 16384
#define BOXES_MIN 5u

/* What is missing around a part of a suite. */
static const char *around(const char *box)
{
    if (strncmp(box, "- name:", 7) == 0) return "tests:\n";
    if (strncmp(box, "- ", 2) == 0) return "tests:\n- name: x\n  steps:\n";
    return "";
}

static void add(char *box, const char *text)
{
    const size_t used = strlen(box);

    assert_true(used + strlen(text) < BOX_BYTES);
    (void)snprintf(box + used, BOX_BYTES - used, "%s", text);
}

/* Steps are two blanks further to the right than they stand in the page. */
static void add_line(char *box, const char *line)
{
    if (box[0] == '\0') add(box, around(line));
    if (strncmp(box, "tests:\n- name: x\n", 17) == 0) add(box, "  ");
    add(box, line);
}

static void check_box(const char *box)
{
    static const struct suite_variable list[] = {{"kernel", "vmlinuz"}, {"tests", "elf"}};
    static const struct suite_variables variables = {.list = list, .count = 2};
    struct error err = ERROR_INIT;
    struct suite suite;

    if (suite_parse("box.yaml", (const uint8_t *)box, strlen(box), &variables, &suite, &err) != 0)
        fail_msg("%s\n%s", err.text, box);
    suite_release(&suite);
}

static void every_box_is_a_suite(void **state)
{
    static char box[BOX_BYTES];
    FILE *page = fopen(SUITES_PAGE, "r");
    bool is_inside = false;
    unsigned boxes = 0;
    char line[1024];

    (void)state;
    assert_non_null(page);
    while (fgets(line, sizeof(line), page) != NULL) {
        if (strncmp(line, "```", 3) != 0) {
            if (is_inside) add_line(box, line);
            continue;
        }
        if (is_inside) check_box(box);
        is_inside = strcmp(line, "```yaml\n") == 0;
        boxes += is_inside ? 1 : 0;
        box[0] = '\0';
    }
    assert_true(boxes >= BOXES_MIN);
    assert_int_equal(fclose(page), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_box_is_a_suite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
