/* SPDX-License-Identifier: GPL-2.0-only */
/* Each line of a box ```debug in docs/debugger.md is carried out; each box begins at 100 ms of the run, with
 * nothing watched. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/debug/session.h"

#define BOXES_MIN 10u

static struct symbols *make_symbols(void)
{
    static const char map[] = "0000000000000500 D ticks\n"
                              "0000000000008000 T start\n"
                              "00000000000080f5 T work\n"
                              "0000000000008137 T timer_interrupt\n";
    char path[] = "/tmp/symbols-XXXXXX";
    struct error err = ERROR_INIT;
    const int fd = mkstemp(path);
    struct symbols *symbols;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, map, sizeof(map) - 1), (ssize_t)sizeof(map) - 1);
    assert_int_equal(close(fd), 0);
    symbols = symbols_load(path, 0, &err);
    assert_non_null(symbols);
    assert_int_equal(unlink(path), 0);
    return symbols;
}

static void begin_box(struct session *session)
{
    (void)session_say(session, "delete");
    (void)session_say(session, "goto 100ms");
}

/* Numbers of breakpoints in the page count from 1 in each box: the debugger's go on. */
static bool names_numbers(const char *line)
{
    return strncmp(line, "disable ", 8) == 0 || strncmp(line, "delete ", 7) == 0 ||
           strncmp(line, "ignore ", 7) == 0;
}

static void every_line_is_carried_out(void **state)
{
    struct symbols *symbols = make_symbols();
    struct session *session = session_open(1, symbols);
    FILE *page = fopen(DEBUGGER_PAGE, "r");
    bool is_inside = false;
    unsigned boxes = 0;
    char line[512];

    (void)state;
    assert_non_null(page);
    while (fgets(line, sizeof(line), page) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "```", 3) == 0) {
            is_inside = strcmp(line, "```debug") == 0;
            boxes += is_inside ? 1 : 0;
            if (is_inside) begin_box(session);
        } else if (is_inside && !names_numbers(line)) {
            const char *text = session_say(session, line);

            assert_true(text[0] != '\0' || strncmp(line, "set", 3) == 0 ||
                        strncmp(line, "enable", 6) == 0);
        }
    }
    assert_true(boxes >= BOXES_MIN);
    assert_int_equal(fclose(page), 0);
    session_close(session);
    symbols_destroy(symbols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_line_is_carried_out)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
