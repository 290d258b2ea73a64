/* SPDX-License-Identifier: GPL-2.0-only */
/* Symbols from System.map and ELF files, good and bad ones. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/debug/debugger.h"

static struct symbols *load(const char *text, size_t bytes, uint64_t slide, struct error *err)
{
    char path[] = "/tmp/symbols-XXXXXX";
    const int fd = mkstemp(path);
    struct symbols *symbols;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, bytes), (ssize_t)bytes);
    assert_int_equal(close(fd), 0);
    symbols = symbols_load(path, slide, err);
    assert_int_equal(unlink(path), 0);
    return symbols;
}

static void a_map_is_read(void **state)
{
    static const char map[] = "0000000000000000 A fixed_percpu_data\n"
                              "ffffffff81000000 T startup_64\n"
                              "ffffffff81000000 T _stext\n"
                              "ffffffff81000100 t local [nvme]\n"
                              "no line at all\n"
                              "ffffffff81000200 T last";
    struct error err = ERROR_INIT;
    struct symbols *symbols = load(map, sizeof(map) - 1, 0x1000, &err);
    uint64_t addr;
    char text[64];

    (void)state;
    assert_non_null(symbols);
    assert_true(symbols_find(symbols, "startup_64", &addr));
    assert_int_equal(addr, 0xffffffff81001000);
    assert_true(symbols_find(symbols, "local", &addr));
    assert_int_equal(addr, 0xffffffff81001100);
    assert_false(symbols_find(symbols, "fixed_percpu_data", &addr));
    assert_false(symbols_find(symbols, "loca", &addr));
    assert_true(symbols_name(symbols, 0xffffffff81001000, text, sizeof(text)));
    assert_string_equal(text, "_stext");
    assert_true(symbols_name(symbols, 0xffffffff81001104, text, sizeof(text)));
    assert_string_equal(text, "local+0x4");
    assert_false(symbols_name(symbols, 0xffffffff81000fff, text, sizeof(text)));
    assert_false(symbols_name(symbols, 0xffffffffff000000, text, sizeof(text)));
    symbols_destroy(symbols);
}

static void an_elf_file_is_read(void **state)
{
    struct error err = ERROR_INIT;
    struct symbols *symbols = symbols_load("/proc/self/exe", 0, &err);
    uint64_t addr;
    char text[64];

    (void)state;
    assert_non_null(symbols);
    assert_true(symbols_find(symbols, "symbols_load", &addr));
    assert_true(symbols_name(symbols, addr + 1, text, sizeof(text)));
    assert_string_equal(text, "symbols_load+0x1");
    symbols_destroy(symbols);
}

static void bad_files_are_refused(void **state)
{
    static const char placeholder[] = "ffffffffffffffff B The real System.map is in the package\n";
    static const char elf[] = "\177ELF\2\1\1";
    struct error err = ERROR_INIT;

    (void)state;
    assert_null(symbols_load("/nowhere/System.map", 0, &err));
    assert_non_null(strstr(err.text, "/nowhere/System.map"));
    err = (struct error)ERROR_INIT;
    assert_null(load("", 0, 0, &err));
    assert_non_null(strstr(err.text, "no symbols"));
    err = (struct error)ERROR_INIT;
    assert_null(load(placeholder, sizeof(placeholder) - 1, 0, &err));
    assert_non_null(strstr(err.text, "-dbg"));
    err = (struct error)ERROR_INIT;
    assert_null(load("hello world\n", 12, 0, &err));
    err = (struct error)ERROR_INIT;
    assert_null(load(elf, sizeof(elf) - 1, 0, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_read),
        cmocka_unit_test(an_elf_file_is_read),
        cmocka_unit_test(bad_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
