/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums and their reports: of real machines, by line of a program whose lines say what becomes of them. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/suite-coverage/coverage_stand.h"

#define PIT        GUESTS "/pit.elf"
#define NO_LINES   GUESTS "/smc.elf"
#define FILES      3
#define LINES_MAX  1000
#define NAME_BYTES 1024

struct files {
    char path[FILES][COVERAGE_PLACE_BYTES];
};

/* Two runs of the program whose lines are known, one of another. */
static void record(struct files *files)
{
    static const char *const names[FILES] = {"0.coverage", "1.coverage", "2.coverage"};
    static const char *const images[FILES] = {COVERED_ELF, PIT, COVERED_ELF};

    for (size_t i = 0; i < FILES; i++) {
        coverage_place(names[i], files->path[i]);
        coverage_stand_record(images[i], files->path[i]);
    }
}

/* In the order that `order` says. */
static void report(const struct files *files, const unsigned order[FILES], const char *folder,
                   const char *elf)
{
    struct error err = ERROR_INIT;
    struct coverage_sum *sum = coverage_sum_create(&err);

    assert_non_null(sum);
    for (size_t i = 0; i < FILES; i++) {
        assert_int_equal(coverage_sum_add(sum, files->path[order[i]], &err), 0);
    }
    if (coverage_sum_write(sum, folder, elf, &err) != 0) {
        print_error("%s\n", err.text);
        fail();
    }
    coverage_sum_destroy(sum);
}

static void empty_folder(const char *folder)
{
    DIR *open = opendir(folder);
    char path[NAME_BYTES];

    for (struct dirent *entry = NULL; open != NULL && (entry = readdir(open)) != NULL;) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') (void)unlink(path);
    }
    if (open != NULL) (void)closedir(open);
}

static unsigned assert_same_files(const char *one, const char *other)
{
    DIR *open = opendir(one);
    unsigned count = 0;

    assert_non_null(open);
    for (struct dirent *entry = NULL; (entry = readdir(open)) != NULL;) {
        char paths[2][NAME_BYTES];
        char *texts[2];

        if (entry->d_name[0] == '.') continue;
        (void)snprintf(paths[0], NAME_BYTES, "%s/%s", one, entry->d_name);
        (void)snprintf(paths[1], NAME_BYTES, "%s/%s", other, entry->d_name);
        texts[0] = coverage_read(paths[0]);
        texts[1] = coverage_read(paths[1]);
        if (strcmp(texts[0], texts[1]) != 0) {
            print_error("%s is another one\n", paths[1]);
            fail();
        }
        free(texts[0]);
        free(texts[1]);
        count++;
    }
    (void)closedir(open);
    return count;
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    static const unsigned forwards[FILES] = {0, 1, 2};
    static const unsigned backwards[FILES] = {2, 1, 0};
    char folders[2][COVERAGE_PLACE_BYTES];
    struct files files;

    (void)state;
    record(&files);
    for (unsigned i = 0; i < 2; i++) {
        coverage_place(i == 0 ? "out" : "again", folders[i]);
        empty_folder(folders[i]);
        report(&files, i == 0 ? forwards : backwards, folders[i], COVERED_ELF);
    }
    assert_true(assert_same_files(folders[0], folders[1]) > 50);
    assert_same_files(folders[1], folders[0]);
}

/* ---- Lines ---- */

struct lines {
    int count[LINES_MAX]; /* -1: none of the compiler's */
    unsigned total;
    unsigned hit;
    bool has_always; /* the functions of these names, executed */
    bool has_never;
};

static void read_record(const char *text, struct lines *lines)
{
    const char *source = strstr(text, "/covered.c\n");
    unsigned line;
    int count;

    assert_non_null(source);
    *lines = (struct lines){.total = 0};
    memset(lines->count, 0xff, sizeof(lines->count));
    for (; strncmp(source, "end_of_record", 13) != 0; source = strchr(source, '\n') + 1) {
        if (sscanf(source, "DA:%u,%d\n", &line, &count) == 2) lines->count[line] = count;
        if (sscanf(source, "LF:%u\n", &line) == 1) lines->total = line;
        if (sscanf(source, "LH:%u\n", &line) == 1) lines->hit = line;
        if (strncmp(source, "FNDA:1,always\n", 14) == 0) lines->has_always = true;
        if (strncmp(source, "FNDA:0,never\n", 13) == 0) lines->has_never = true;
    }
}

/* Lines of the source that end in the word. */
static unsigned assert_lines(const struct lines *lines, const char *word, int count)
{
    char *source = coverage_read(COVERED_SOURCE);
    unsigned number = 0;
    unsigned found = 0;

    for (char *line = source; *line != '\0'; line += strcspn(line, "\n") + 1) {
        const char *at = strstr(line, word);

        number++;
        if (at == NULL || at + strlen(word) != line + strcspn(line, "\n")) continue;
        if (lines->count[number] != count) {
            print_error("line %u: %d times, not %d\n", number, lines->count[number], count);
            fail();
        }
        found++;
    }
    free(source);
    return found;
}

static void lines_are_as_the_program_says(void **state)
{
    char path[COVERAGE_PLACE_BYTES];
    struct lines lines;
    unsigned total = 0;
    char *text;

    (void)state;
    coverage_place("out/guest.info", path);
    text = coverage_read(path);
    read_record(text, &lines);
    assert_true(assert_lines(&lines, "/* executed */", 1) > 8);
    assert_int_equal(assert_lines(&lines, "/* skipped */", 0), 4);
    for (unsigned i = 0; i < LINES_MAX; i++) {
        total += lines.count[i] >= 0 ? 1 : 0;
    }
    assert_int_equal(lines.total, total);
    assert_true(lines.hit < total);
    assert_true(lines.has_always && lines.has_never);
    free(text);
}

/* Then functions are lines of a listing. */
static void without_line_numbers_functions_are_listed(void **state)
{
    static const unsigned order[FILES] = {0, 1, 2};
    char path[COVERAGE_PLACE_BYTES];
    struct files files;
    char *text;

    (void)state;
    record(&files);
    coverage_place("listed", path);
    empty_folder(path);
    report(&files, order, path, NO_LINES);
    coverage_place("listed/guest.info", path);
    text = coverage_read(path);
    assert_non_null(strstr(text, "TN:\nSF:guest.functions.txt\nFN:1,"));
    assert_non_null(strstr(text, "\nDA:1,"));
    free(text);
    coverage_place("listed/guest.functions.txt", path);
    text = coverage_read(path);
    assert_non_null(strstr(text, " guest_main\n"));
    free(text);
}

/* ---- What cannot be ---- */

static void a_bad_file_adds_nothing(void **state)
{
    struct error err = ERROR_INIT;
    struct coverage_sum *sum = coverage_sum_create(&err);
    char path[COVERAGE_PLACE_BYTES];
    char folder[COVERAGE_PLACE_BYTES];
    FILE *file;
    char *text;

    (void)state;
    coverage_place("bad.coverage", path);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("spacegray-coverage 1\ndevice /x y\ncode 0 ff\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(coverage_sum_add(sum, path, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.text, "bad.coverage:3: the file has no end"));
    err = (struct error)ERROR_INIT;
    assert_int_equal(coverage_sum_add(sum, "/nowhere/to/be/found", &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    err = (struct error)ERROR_INIT;
    coverage_place("empty", folder);
    assert_int_equal(coverage_sum_write(sum, folder, NULL, &err), 0);
    coverage_place("empty/coverage.json", path);
    text = coverage_read(path);
    assert_non_null(strstr(text, "\"files\": 0"));
    assert_non_null(strstr(text, "\"devices\": []"));
    free(text);
    coverage_sum_destroy(sum);
}

static void assert_not_written(const char *folder, const char *elf, const char *why)
{
    struct error err = ERROR_INIT;
    struct coverage_sum *sum = coverage_sum_create(&err);

    assert_int_equal(coverage_sum_write(sum, folder, elf, &err), -1);
    if (strstr(err.text, why) == NULL) {
        print_error("%s\n", err.text);
        fail();
    }
    coverage_sum_destroy(sum);
}

static void what_cannot_be_written_is_told(void **state)
{
    char path[COVERAGE_PLACE_BYTES];

    (void)state;
    assert_not_written("/nowhere/to/be/found", NULL, "cannot make the folder");
    coverage_place("bad.coverage", path);
    assert_not_written(path, NULL, "cannot write");
    coverage_place("empty", path);
    assert_not_written(path, "/nowhere/to/be/found", "/nowhere/to/be/found");
    assert_not_written(path, COVERED_SOURCE, "there are no symbols in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
        cmocka_unit_test(lines_are_as_the_program_says),
        cmocka_unit_test(without_line_numbers_functions_are_listed),
        cmocka_unit_test(a_bad_file_adds_nothing),
        cmocka_unit_test(what_cannot_be_written_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
