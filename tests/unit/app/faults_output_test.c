/* SPDX-License-Identifier: GPL-2.0-only */
/* What is made of serial output, however it is cut into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/app/faults_output.h"

static void say(struct faults_output *output, const char *text, size_t piece)
{
    const struct host_sink sink = faults_output_sink(output);
    const size_t bytes = strlen(text);

    for (size_t i = 0; i < bytes; i += piece) {
        sink.write(sink.ctx, (const uint8_t *)text + i, piece < bytes - i ? piece : bytes - i);
    }
}

static struct faults_output *begin(const struct faults_suite *suite)
{
    struct faults_output *output = malloc(sizeof(*output));
    struct error err = ERROR_INIT;

    assert_non_null(output);
    assert_int_equal(faults_output_init(output, suite, &err), 0);
    return output;
}

static void end(struct faults_output *output)
{
    faults_output_release(output);
    free(output);
}

static void expect(const struct faults_output *output, const char *result)
{
    assert_int_equal(output->result_bytes, strlen(result));
    assert_memory_equal(output->result, result, strlen(result));
}

static void start_and_finish(void **state)
{
    static const struct faults_suite suite = {.start_text = "aab", .finish_text = "done"};
    static const char text[] = "before\nxaaab rest\r\none\r\n[    1.5] log\n[no log]\n\n"
                               "two\ndonf done and more\nthree\n";
    uint64_t hash = 0;

    (void)state;
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        struct faults_output *output = begin(&suite);

        say(output, text, piece);
        assert_true(output->has_started);
        assert_true(output->has_finished);
        faults_output_end(output);
        expect(output, "one\n[no log]\ntwo\ndonf done\n");
        assert_int_equal(output->result_lines, 4);
        if (piece == 1) hash = output->result_hash;
        assert_int_equal(output->result_hash, hash);
        end(output);
    }
}

static void nothing_counts_before_the_start(void **state)
{
    struct faults_suite suite = {.start_text = "go", .has_panic = true};
    struct faults_output *output = begin(&suite);

    (void)state;
    assert_int_equal(regcomp(&suite.panic, "^oops", REG_EXTENDED | REG_NOSUB), 0);
    say(output, "oops\nline\n", 3);
    assert_false(output->has_started);
    assert_string_equal(output->last, "line");
    say(output, "go\nfine\n", 3);
    assert_false(output->has_panicked);
    say(output, "no oops\n", 3);
    assert_false(output->has_panicked);
    say(output, "oops again\n", 3);
    assert_true(output->has_panicked);
    expect(output, "fine\nno oops\noops again\n");
    end(output);
    regfree(&suite.panic);
}

static void chosen_lines(void **state)
{
    struct faults_suite prefix = {.result_prefix = "sum "};
    struct faults_suite pattern = {.has_result = true};
    struct faults_output *output = begin(&prefix);

    (void)state;
    faults_output_begin(output);
    say(output, "sum 1\nsums\n[ 1.0] x\nsum 2", 4);
    faults_output_end(output);
    expect(output, "sum 1\nsum 2\n");
    end(output);
    assert_int_equal(regcomp(&pattern.result, "^(a|b)+$", REG_EXTENDED | REG_NOSUB), 0);
    output = begin(&pattern);
    faults_output_begin(output);
    say(output, "abab\nabc\n\nb\n", 4);
    expect(output, "abab\nb\n");
    end(output);
    regfree(&pattern.result);
}

/* More than is kept changes the hash all the same; endless lines are cut. */
static void much(void **state)
{
    static const struct faults_suite suite = {.name = "s"};
    struct faults_output *output = begin(&suite);
    uint64_t hash = 0;

    (void)state;
    faults_output_begin(output);
    for (size_t i = 0; i < FAULTS_RESULT_BYTES / 8; i++) {
        say(output, "0123456789abcdef", 16);
        if (output->result_hash != hash) hash = output->result_hash;
    }
    say(output, "\n", 1);
    assert_true(output->is_cut);
    assert_true(output->result_bytes <= FAULTS_RESULT_BYTES);
    hash = output->result_hash;
    say(output, "one more\n", 16);
    assert_int_not_equal(output->result_hash, hash);
    end(output);
}

static void copies(void **state)
{
    static const struct faults_suite suite = {.start_text = "go", .finish_text = "end"};
    struct faults_output *output = begin(&suite);
    char seen[64] = "";
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    output->copy_fd = ends[1];
    say(output, "not this go this\n[ 1.0] and this\nend not this", 5);
    assert_int_equal(read(ends[0], seen, sizeof(seen) - 1), 25);
    assert_string_equal(seen, " this\n[ 1.0] and this\nend");
    (void)close(ends[0]);
    (void)close(ends[1]);
    end(output);
}

static void differences(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        uint64_t line;
        const char *a_line;
        const char *b_line;
    } cases[] = {
        {"", "", 0, "", ""},
        {"a\nb\n", "a\nb\n", 0, "", ""},
        {"a\nb\n", "a\nc\n", 2, "b", "c"},
        {"a\nb\n", "a\n", 2, "b", ""},
        {"a\n", "a\nb\n", 2, "", "b"},
        {"", "x\n", 1, "", "x"},
        {"ab\n", "a\n", 1, "ab", "a"},
        {"a\033[1m\n", "a\n", 1, "a?[1m", "a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *results[2] = {cases[i].a, cases[i].b};
        const size_t bytes[2] = {strlen(cases[i].a), strlen(cases[i].b)};
        char a[FAULTS_SHOWN_BYTES];
        char b[FAULTS_SHOWN_BYTES];

        assert_int_equal(faults_output_compare(results, bytes, a, b), cases[i].line);
        assert_string_equal(a, cases[i].a_line);
        assert_string_equal(b, cases[i].b_line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_and_finish), cmocka_unit_test(nothing_counts_before_the_start),
        cmocka_unit_test(chosen_lines),     cmocka_unit_test(much),
        cmocka_unit_test(copies),           cmocka_unit_test(differences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
