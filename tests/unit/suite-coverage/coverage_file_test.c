/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of what was touched: there and back again, sums, and what is refused. */
#define _POSIX_C_SOURCE 200809L /* strdup */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/suite/coverage_file.h"

#define HEAD "spacegray-coverage 1\n"

static const char small[] = HEAD "device /a/b chip\n"
                                 "register bank CTL 10 2 3 ff 2 1 ffff 0 ff00 80ff\n"
                                 "field MODE 1 0 3 8\n"
                                 "field LONG f 8 0 0\n"
                                 "event started 0\n"
                                 "general reset 1\n"
                                 "device /c other\n"
                                 "code 1000 10ff\n"
                                 "code ffffffff81000000 ffffffff8100000f\n"
                                 "incomplete\n"
                                 "end\n";

static void parse(const char *text, struct coverage_model *model)
{
    struct error err = ERROR_INIT;

    *model = (struct coverage_model){.devices = NULL};
    if (coverage_file_parse("it", text, strlen(text), model, &err) == 0) return;
    print_error("%s\n", err.text);
    fail();
}

static void assert_text(const struct coverage_model *model, const char *wanted)
{
    struct error err = ERROR_INIT;
    size_t bytes;
    char *text = coverage_file_format(model, &bytes, &err);

    assert_non_null(text);
    assert_int_equal(bytes, strlen(text));
    assert_string_equal(text, wanted);
    free(text);
}

static void there_and_back_again(void **state)
{
    struct coverage_model model;

    (void)state;
    parse(small, &model);
    assert_int_equal(model.device_count, 2);
    assert_string_equal(model.devices[0].path, "/a/b");
    assert_string_equal(model.devices[0].registers[0].name, "CTL");
    assert_int_equal(model.devices[0].registers[0].count, 3);
    assert_int_equal(model.devices[0].registers[0].written.as_one, 0x80ff);
    assert_int_equal(model.devices[0].registers[0].fields[0].written_values, 8);
    assert_int_equal(model.devices[0].events[1].kind, COVERAGE_EVENT_ANY);
    assert_true(model.code.is_incomplete);
    assert_int_equal(coverage_code_bytes(&model.code), 0x110);
    assert_text(&model, small);
    coverage_model_release(&model);
}

static void sums_add_up(void **state)
{
    static const char other[] = HEAD "device /c other\n"
                                     "register bank NEW 0 4 1 0 1 0 ffffffff 0 0 0\n"
                                     "device /a/b chip\n"
                                     "register bank CTL 10 4 1 0 1 0 0 1 0 0\n"
                                     "register bank CTL 10 2 3 f00 fffffffffffffffe 1 0 1 1 0\n"
                                     "field MODE 1 0 4 1\n"
                                     "field NEW 2 2 1 0\n"
                                     "event started 2\n"
                                     "code 1100 1110\n"
                                     "end\n";
    static const char both[] =
        HEAD "device /a/b chip\n"
             "register bank CTL 10 2 3 fff ffffffffffffffff 2 ffff 1 ff01 80ff\n"
             "field MODE 1 0 7 9\n"
             "field LONG f 8 0 0\n"
             "field NEW 2 2 1 0\n"
             "register bank CTL 10 4 1 0 1 0 0 1 0 0\n"
             "event started 2\n"
             "general reset 1\n"
             "device /c other\n"
             "register bank NEW 0 4 1 0 1 0 ffffffff 0 0 0\n"
             "code 1000 1110\n"
             "code ffffffff81000000 ffffffff8100000f\n"
             "incomplete\n"
             "end\n";
    struct coverage_model sum = {.devices = NULL};
    struct coverage_model model;
    struct error err = ERROR_INIT;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        parse(i == 0 ? small : other, &model);
        assert_int_equal(coverage_model_merge(&sum, &model, &err), 0);
        coverage_model_release(&model);
    }
    coverage_model_sort(&sum);
    assert_text(&sum, both);
    coverage_model_forget(&sum);
    assert_int_equal(sum.devices[0].registers[0].reads, 0);
    assert_int_equal(sum.devices[0].registers[0].fields[0].read_values, 0);
    assert_int_equal(coverage_code_bytes(&sum.code), 0);
    coverage_model_release(&sum);
}

static void accesses_are_noted_by_bit_and_value(void **state)
{
    struct coverage_model model;
    struct coverage_register *reg;

    (void)state;
    parse(HEAD "device /a chip\n"
               "register bank CTL 0 4 1 ffffffff 0 0 0 0 0 0\n"
               "field MODE 5 0 0 0\n"
               "field ON 7 7 0 0\n"
               "field COUNT f 8 0 0\n"
               "field ACROSS 13 e 0 0\n"
               "end\n",
          &model);
    reg = &model.devices[0].registers[0];
    coverage_note_access(reg, true, 0x0000001fu, 0x000000ff);
    assert_int_equal(reg->writes, 1);
    assert_int_equal(reg->reads, 0);
    assert_int_equal(reg->written.as_one, 0x1f);
    assert_int_equal(reg->written.as_zero, 0xe0);
    assert_int_equal(reg->fields[0].written_values, UINT64_C(1) << 0x1f);
    assert_int_equal(reg->fields[1].written_values, 1);
    assert_int_equal(reg->fields[3].written_values, 0);
    assert_false(coverage_field_is_exercised(reg, &reg->fields[0]));
    coverage_note_access(reg, true, 0x000c0080u, 0xffffffff);
    assert_true(coverage_field_is_exercised(reg, &reg->fields[0]));
    assert_true(coverage_field_is_exercised(reg, &reg->fields[1]));
    assert_false(coverage_field_is_exercised(reg, &reg->fields[2]));
    /* Half of a field tells nothing of its values. */
    coverage_note_access(reg, false, 0x00000000u, 0x0000ff00);
    assert_int_equal(reg->fields[3].read_values, 0);
    assert_int_equal(reg->fields[3].written_values, UINT64_C(1) << 0x30);
    assert_int_equal(reg->reads, 1);
    assert_int_equal(reg->read.as_zero, 0xff00);
    /* A read as 0 and a write of 1 are no two values. */
    coverage_note_access(reg, true, 0x00000100u, 0x0000ff00);
    assert_true(coverage_field_is_exercised(reg, &reg->fields[2]));
    coverage_model_release(&model);
}

static void assert_refused(const char *text, const char *why)
{
    struct coverage_model model = {.devices = NULL};
    struct error err = ERROR_INIT;

    assert_int_equal(coverage_file_parse("it", text, strlen(text), &model, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    if (strcmp(err.text, why) != 0) {
        print_error("%s\nis refused with: %s\nnot with: %s\n", text, err.text, why);
        fail();
    }
    coverage_model_release(&model);
}

#define REGISTER "device a b\nregister x y 0 1 1 0 0 0 0 0 0 0\n"

static void what_is_no_such_file_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "it:0: the file has no end: it was cut off"},
        {HEAD, "it:1: the file has no end: it was cut off"},
        {HEAD "end", "it:2: the file has no end: it was cut off"},
        {"spacegray-coverage 2\nend\n",
         "it:1: this is no file of what was covered, or one of another version"},
        {HEAD "end\nend\n", "it:3: something follows the end"},
        {HEAD "what\n", "it:2: the first word is not known"},
        {HEAD "\n", "it:2: a word is missing"},
        {HEAD "device a\n", "it:2: the number of words is wrong"},
        {HEAD "device a b \n", "it:2: a word is missing"},
        {HEAD "device a \033b\n", "it:2: this is no text"},
        {HEAD "field a 0 0 0 0\n", "it:2: this field has no register"},
        {HEAD "register x y 0 1 1 0 0 0 0 0 0 0\n", "it:2: this register has no device"},
        {HEAD "event a 0\n", "it:2: this event has no device"},
        {HEAD "device a b\nregister x y 0 9 1 0 0 0 0 0 0 0\n",
         "it:3: a number is expected, or it is too large"},
        {HEAD "device a b\nregister x y 0 0 1 0 0 0 0 0 0 0\n", "it:3: there is no such register"},
        {HEAD "device a b\nregister x y 0 1 0 0 0 0 0 0 0 0\n", "it:3: there is no such register"},
        {HEAD "device a b\nregister x y 0 1 1 100 0 0 0 0 0 0\n",
         "it:3: there is no such register"},
        {HEAD "device a b\nregister x y 0 1 1 0 0 0 0 0 0 100\n",
         "it:3: there is no such register"},
        {HEAD REGISTER "field a 8 0 0 0\n", "it:4: there is no such field"},
        {HEAD REGISTER "field a 0 1 0 0\n", "it:4: there is no such field"},
        {HEAD REGISTER "field a 0 0 4 0\n", "it:4: a field has no such value"},
        {HEAD REGISTER "field a 7 0 0 1\n", "it:4: a field has no such value"},
        {HEAD REGISTER "event a 01\n", "it:4: a number is expected, or it is too large"},
        {HEAD REGISTER "event a +1\n", "it:4: a number is expected, or it is too large"},
        {HEAD REGISTER "event a 10000000000000000\n",
         "it:4: a number is expected, or it is too large"},
        {HEAD "code 2 1\n", "it:2: stretches of code are not in order"},
        {HEAD "code 1 2\ncode 2 3\n", "it:3: stretches of code are not in order"},
        {HEAD "code 0 ffffffffffffffff\n", "it:2: there is too much code"},
        {HEAD "code 0 fffffff\ncode 10000000 10000000\n", "it:3: there is too much code"},
        {HEAD "code fffffffffffffff0 ffffffffffffffff\ncode 0 1\n",
         "it:3: stretches of code are not in order"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(cases[i].text, cases[i].why);
    }
}

/* Cut off anywhere, it is no whole file. */
static void a_part_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < sizeof(small); i++) {
        struct coverage_model model = {.devices = NULL};
        struct error err = ERROR_INIT;

        assert_int_equal(coverage_file_parse("it", small, i, &model, &err), -1);
        coverage_model_release(&model);
    }
}

static void long_lines_and_long_words_are_refused(void **state)
{
    char text[2048];

    (void)state;
    (void)snprintf(text, sizeof(text), HEAD "device %0200d b\nend\n", 0);
    assert_refused(text, "it:2: a word is too long");
    (void)snprintf(text, sizeof(text), HEAD "device %0600d b\nend\n", 0);
    assert_refused(text, "it:2: the line is too long");
    assert_refused(HEAD "device a b c d e f g h i j k l m\n", "it:2: there are too many words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back_again),
        cmocka_unit_test(sums_add_up),
        cmocka_unit_test(accesses_are_noted_by_bit_and_value),
        cmocka_unit_test(what_is_no_such_file_is_refused),
        cmocka_unit_test(a_part_is_refused),
        cmocka_unit_test(long_lines_and_long_words_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
