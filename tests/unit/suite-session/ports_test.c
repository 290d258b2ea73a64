/* SPDX-License-Identifier: GPL-2.0-only */
/* What is found in text that comes out of ports, however it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/suite/session_ports.h"
#include "emu/base/bits.h"

static struct session_ports *begin(void)
{
    struct session_ports *ports = malloc(sizeof(*ports));
    struct error err = ERROR_INIT;

    assert_non_null(ports);
    assert_int_equal(session_ports_init(ports, NULL, &err), 0);
    assert_int_equal(session_ports_begin(ports, 4, &err), 0);
    return ports;
}

static void end(struct session_ports *ports)
{
    session_ports_release(ports);
    free(ports);
}

static void say(struct session_ports *ports, const char *text, size_t piece)
{
    const struct host_sink sink = session_ports_sink(ports, SUITE_PORT_SERIAL);
    const size_t bytes = strlen(text);

    for (size_t i = 0; i < bytes; i += piece) {
        sink.write(sink.ctx, (const uint8_t *)text + i, min_u64(piece, bytes - i));
    }
}

/* Where `pattern` ends in `text`; SIZE_MAX: nowhere. `slices`: unfinished lines are looked at after each piece. */
static uint64_t find(const char *pattern, bool is_regex, const char *text, size_t piece,
                     bool slices)
{
    struct suite_pattern wanted = {.text = pattern, .is_regex = is_regex};
    struct session_search *search = calloc(1, sizeof(*search));
    struct session_ports *ports = begin();
    uint64_t at;

    assert_non_null(search);
    if (is_regex) assert_int_equal(regcomp(&wanted.regex, pattern, REG_EXTENDED | REG_NEWLINE), 0);
    session_search_begin(ports, search, &wanted, SUITE_PORT_SERIAL, 0);
    say(ports, text, piece);
    if (slices) session_ports_slice(ports);
    at = search->has_matched ? search->end : UINT64_MAX;
    session_search_end(ports, search);
    /* The same of text that is there already. */
    session_search_begin(ports, search, &wanted, SUITE_PORT_SERIAL, 0);
    if (slices || !is_regex) assert_int_equal(search->has_matched ? search->end : UINT64_MAX, at);
    if (is_regex) regfree(&wanted.regex);
    end(ports);
    free(search);
    return at;
}

static void test_literals(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        assert_int_equal(find("login:", false, "log\r\nlologin: ", piece, false), 12);
        assert_int_equal(find("a\nb", false, "a\r\r\nb", piece, false), 3);
        assert_int_equal(find("a\r\nb", false, "a\r\nb", piece, false), 3);
        assert_int_equal(find("aab", false, "aaaab", piece, false), 5);
        assert_int_equal(find("x", false, "abc", piece, false), UINT64_MAX);
    }
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        assert_int_equal(find("^eth[0-9]: up$", true, "eth1: down\r\neth2: up\r\n", piece, false),
                         11 + 8);
        assert_int_equal(find("^up$", true, "it is\nup", piece, true), UINT64_MAX);
        assert_int_equal(find("^up", true, "it is\nup", piece, false), UINT64_MAX);
        assert_int_equal(find("^up", true, "it is\nup", piece, true), 8);
        assert_int_equal(find("is.up", true, "it is\nup", piece, true), UINT64_MAX);
    }
}

/* Long lines are cut, old text goes, positions go on. */
static void test_much(void **state)
{
    const size_t bytes = 5 * SESSION_WINDOW_BYTES;
    char *text = malloc(bytes + 8);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', bytes);
    memcpy(text + bytes, "end", 4);
    assert_int_equal(find("aend", false, text, 1000, false), bytes + 3);
    assert_int_equal(find("end", true, text, 1000, true), bytes + 3);
    assert_int_equal(find("^end", true, text, 1000, true), UINT64_MAX);
    free(text);
}

static void test_tail(void **state)
{
    char tail[SUITE_TAIL_LINES][SUITE_LINE_BYTES];
    struct session_ports *ports = begin();

    (void)state;
    say(ports, "one\n\n\x1b[1;31mtwo\x1b[0m\r\nthr", 3);
    assert_int_equal(session_ports_tail(ports, tail), 3);
    assert_string_equal(tail[1], "two");
    assert_string_equal(tail[2], "thr");
    say(ports, "ee\nKernel panic - not so bad\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", 5);
    assert_int_equal(session_ports_tail(ports, tail), 10);
    assert_string_equal(tail[0], "Kernel panic - not so bad");
    assert_string_equal(tail[9], "9");
    end(ports);
}

/* A line with nothing on it takes the place of no other. */
static void test_tail_without_empty_lines(void **state)
{
    char tail[SUITE_TAIL_LINES][SUITE_LINE_BYTES];
    struct session_ports *ports = begin();

    (void)state;
    say(ports, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n\n", 4);
    assert_int_equal(session_ports_tail(ports, tail), 10);
    assert_string_equal(tail[0], "2");
    assert_string_equal(tail[9], "11");
    end(ports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_much),
        cmocka_unit_test(test_tail),
        cmocka_unit_test(test_tail_without_empty_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
