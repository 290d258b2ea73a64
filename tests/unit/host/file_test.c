/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading whole files, and one sentence for each way in which that fails. */
#define _GNU_SOURCE

#include "emu/host/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB ((size_t)1 << 20)

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/file_test.XXXXXX");

    if (!folder || !mkdtemp(folder) || chdir(folder) != 0) return -1;
    *state = folder;
    return 0;
}

static int leave_folder(void **state)
{
    static const char *const names[] = {"data", "empty", "big", "secret", "fifo"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(names[i]);
    }
    int result = rmdir(*state);
    free(*state);
    return result;
}

static void make(const char *name, size_t bytes)
{
    FILE *file = fopen(name, "wb");

    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++) {
        assert_int_not_equal(fputc((int)(i * 31 % 251), file), EOF);
    }
    assert_int_equal(fclose(file), 0);
}

static void check_fails(const char *path, size_t bytes_max, const char *sentence)
{
    struct host_file file;
    struct error err = ERROR_INIT;

    assert_int_equal(host_file_read(path, bytes_max, &file, &err), -1);
    assert_string_equal(err.text, sentence);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_null(file.data);
}

static void reads_all(void **state)
{
    struct host_file file;
    struct error err = ERROR_INIT;

    (void)state;
    make("data", 300000);
    assert_int_equal(host_file_read("data", 300000, &file, &err), 0);
    assert_int_equal(file.bytes, 300000);
    for (size_t i = 0; i < file.bytes; i++) {
        assert_int_equal(file.data[i], i * 31 % 251);
    }
    host_file_release(&file);
    assert_null(file.data);
}

static void reads_a_pipe(void **state)
{
    char path[32];
    int ends[2];
    struct host_file file;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "hello", 5), 5);
    (void)close(ends[1]);
    (void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    assert_int_equal(host_file_read(path, 100, &file, &err), 0);
    assert_int_equal(file.bytes, 5);
    assert_memory_equal(file.data, "hello", 5);
    host_file_release(&file);
    (void)close(ends[0]);
}

static void refuses(void **state)
{
    (void)state;
    check_fails("nowhere", MIB, "nowhere: No such file or directory");
    check_fails("data/x", MIB, "data/x: Not a directory");
    check_fails(".", MIB, ".: this is a directory");
    make("empty", 0);
    check_fails("empty", MIB, "empty: the file is empty");
    check_fails("/dev/null", MIB, "/dev/null: the file is empty");
    check_fails("/dev/zero", MIB, "/dev/zero: the file has more than the allowed 1 MiB");
    make("big", 3 * MIB);
    check_fails("big", 2 * MIB, "big: the file has 3 MiB, and at most 2 MiB are allowed");
}

static void refuses_what_is_not_readable(void **state)
{
    (void)state;
    if (geteuid() == 0) skip(); /* root may read everything */
    make("secret", 10);
    assert_int_equal(chmod("secret", 0), 0);
    check_fails("secret", MIB, "secret: Permission denied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all),
        cmocka_unit_test(reads_a_pipe),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_what_is_not_readable),
    };

    return cmocka_run_group_tests_name("host files", tests, enter_folder, leave_folder);
}
