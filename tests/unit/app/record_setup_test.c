/* SPDX-License-Identifier: GPL-2.0-only */
/* How a machine is made, as text: there and back, and texts from hostile hands. */
#define _GNU_SOURCE /* asprintf, mkdtemp */

#include "emu/app/record_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/base/bits.h"

#define EMPTY   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SMALL   "6923dd1bc0460082c5d55a831908c24a282860b7f1cd6c2b79cf1bc8857c639c" /* "kernel" */
#define CAPITAL "8a716159a6854658daeaae10dbcad11420596bfdf95a429e3899ba74adb293e8" /* "Kernel" */
#define DAMAGED "the setup of its machine is damaged: "

struct bench {
    char folder[64];
    char path[128]; /* of a file in it */
};

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    (void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/record-setup.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->path, sizeof(bench->path), "%s/a kernel", bench->folder);
    put_file(bench->path, "kernel");
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    char *command;

    assert_true(asprintf(&command, "rm -r '%s'", bench->folder) > 0);
    assert_int_equal(system(command), 0);
    free(command);
    free(bench);
    return 0;
}

static char *write_setup(char **argv, const struct machine_disk *disk, bool has_start,
                         struct error *err)
{
    struct record_run run = {.argv = argv, .rtc_base = -7, .disk = disk};

    while (argv[run.argc] != NULL) {
        run.argc++;
    }
    return record_setup_write(&run, has_start, err);
}

static void expect_argv(const struct record_setup *setup, const char *const *wanted)
{
    for (int i = 0; i < setup->argc; i++) {
        assert_non_null(wanted[i]);
        assert_string_equal(setup->argv[i], wanted[i]);
    }
    assert_null(wanted[setup->argc]);
}

/* ---- There and back ---- */

static void what_makes_the_machine_comes_back(void **state)
{
    const struct bench *bench = *state;
    char kernel[256];
    char *argv[] = {"run",
                    "--kernel",
                    (char *)bench->path,
                    "--append=a \"b\" \xc3\xa4",
                    "--headless",
                    "--serial",
                    "none",
                    "--memory",
                    "512M",
                    "--record",
                    "/tmp/x.sgr",
                    "--until=5s",
                    "--no-reboot",
                    "--hash",
                    NULL};
    const char *const wanted[] = {"run",           kernel,        "--append=a \"b\" \xc3\xa4",
                                  "--memory=512M", "--no-reboot", NULL};
    struct error err = ERROR_INIT;
    struct record_setup setup;
    char *json = write_setup(argv, NULL, true, &err);

    assert_non_null(json);
    (void)snprintf(kernel, sizeof(kernel), "--kernel=%s", bench->path);
    assert_int_equal(record_setup_read(json, NULL, &setup, &err), 0);
    expect_argv(&setup, wanted);
    assert_string_equal(setup.options.kernel, bench->path);
    assert_int_equal(setup.options.memory_bytes, UINT64_C(512) << 20);
    assert_true(setup.options.is_no_reboot);
    assert_int_equal(setup.rtc_base, -7);
    assert_false(setup.disk.is_there);
    record_setup_release(&setup);
    free(json);
}

/* A guest hears the names of its modules. */
static void a_link_keeps_its_name(void **state)
{
    const struct bench *bench = *state;
    char link[128];
    char wanted[160];
    char here[512];
    char *argv[] = {"run", "--image", "a kernel", "--module", "latest", NULL};
    struct error err = ERROR_INIT;
    struct record_setup setup;
    char *json;

    (void)snprintf(link, sizeof(link), "%s/latest", bench->folder);
    assert_int_equal(symlink("a kernel", link), 0);
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chdir(bench->folder), 0);
    json = write_setup(argv, NULL, true, &err);
    assert_int_equal(chdir(here), 0);
    assert_non_null(json);
    assert_int_equal(record_setup_read(json, NULL, &setup, &err), 0);
    (void)snprintf(wanted, sizeof(wanted), "--module=%s", link);
    assert_string_equal(setup.argv[2], wanted);
    record_setup_release(&setup);
    free(json);
}

static void where_a_run_began_is_for_recordings(void **state)
{
    const struct bench *bench = *state;
    char *argv[] = {"run", "--from", (char *)bench->path, "--memory=1G", NULL};
    struct error err = ERROR_INIT;
    struct record_setup setup;
    char *json = write_setup(argv, NULL, true, &err);

    assert_non_null(json);
    assert_int_equal(record_setup_read(json, NULL, &setup, &err), 0);
    assert_string_equal(setup.options.from, bench->path);
    record_setup_release(&setup);
    free(json);
    json = write_setup(argv, NULL, false, &err);
    assert_non_null(json);
    assert_int_equal(record_setup_read(json, NULL, &setup, &err), 0);
    assert_null(setup.options.from);
    assert_int_equal(setup.options.memory_bytes, UINT64_C(1) << 30);
    record_setup_release(&setup);
    free(json);
}

static void a_disk_comes_back(void **state)
{
    static const uint8_t seed[KEY_BYTES] = {1};
    const struct host_media media = {.blocks = 300, .notes_bytes = 8192};
    struct sep_record sep;
    const struct machine_disk disk = {
        .media = {NULL, &media}, .blocks = 600, .volume_id = {1, 2, 3}, .sep = &sep};
    char *argv[] = {"run", NULL};
    struct error err = ERROR_INIT;
    struct record_setup setup;
    char *json;

    (void)state;
    memset(&sep, 0, sizeof(sep));
    assert_int_equal(sep_make(&sep, seed), SEP_OK);
    json = write_setup(argv, &disk, true, &err);
    assert_non_null(json);
    assert_int_equal(record_setup_read(json, NULL, &setup, &err), 0);
    assert_true(setup.disk.is_there);
    assert_int_equal(setup.disk.blocks, 600);
    assert_int_equal(setup.disk.media_blocks[0], 0);
    assert_int_equal(setup.disk.media_blocks[1], 300);
    assert_int_equal(setup.disk.notes_bytes[1], 8192);
    assert_memory_equal(setup.disk.volume_id, disk.volume_id, sizeof(disk.volume_id));
    assert_memory_equal(&setup.disk.sep, &sep, sizeof(sep));
    record_setup_release(&setup);
    free(json);
}

/* ---- Files that are not what they were ---- */

static void expect_read(const char *json, const char *sentence)
{
    struct error err = ERROR_INIT;
    struct record_setup setup;

    assert_int_equal(record_setup_read(json, NULL, &setup, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_string_equal(err.text, sentence);
    record_setup_release(&setup);
    assert_int_equal(setup.argc, 0);
}

static void a_file_that_changed_is_named(void **state)
{
    const struct bench here = *(const struct bench *)*state;
    const struct bench *bench = &here;
    char *argv[] = {"run", "--kernel", (char *)bench->path, NULL};
    struct error err = ERROR_INIT;
    struct record_setup setup;
    char *json = write_setup(argv, NULL, true, &err);
    char sentence[512];

    assert_non_null(json);
    put_file(bench->path, "Kernel");
    (void)snprintf(sentence, sizeof(sentence),
                   "%s (--kernel) is not the file that it was: its SHA-256 is " CAPITAL
                   ", and was " SMALL,
                   bench->path);
    assert_int_equal(record_setup_read(json, NULL, &setup, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_string_equal(err.text, sentence);
    record_setup_release(&setup);
    assert_int_equal(record_setup_look(json, &setup, &err), 0);
    record_setup_release(&setup);

    assert_int_equal(unlink(bench->path), 0);
    (void)snprintf(sentence, sizeof(sentence), "%s: No such file or directory", bench->path);
    expect_read(json, sentence);
    assert_int_equal(mkfifo(bench->path, 0600), 0);
    (void)snprintf(sentence, sizeof(sentence), "%s: it has to be a regular file", bench->path);
    expect_read(json, sentence);
    free(json);
}

/* In a folder by their hashes; the guest still hears the names that modules had. */
static void files_are_found_elsewhere(void **state)
{
    const struct bench here = *(const struct bench *)*state;
    char folder[128];
    char file[256];
    char rom[256];
    char sentence[512];
    char *argv[] = {"run", "--image", (char *)here.path, "--module", (char *)here.path, NULL};
    struct error err = ERROR_INIT;
    struct record_setup setup;
    char *json = write_setup(argv, NULL, true, &err);

    assert_non_null(json);
    (void)snprintf(folder, sizeof(folder), "%s/files", here.folder);
    (void)snprintf(file, sizeof(file), "%s/" SMALL, folder);
    (void)snprintf(rom, sizeof(rom), "%s/" RECORD_SETUP_ROM, folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(record_setup_read(json, folder, &setup, &err), 0);
    assert_string_equal(setup.options.image, here.path);
    record_setup_release(&setup);
    put_file(file, "kernel");
    put_file(rom, "firmware");
    put_file(here.path, "Kernel");
    assert_int_equal(record_setup_read(json, folder, &setup, &err), 0);
    assert_string_equal(setup.options.image, file);
    assert_string_equal(setup.options.modules[0], file);
    assert_string_equal(setup.options.module_names[0], "a kernel");
    assert_null(setup.options.module_names[1]);
    assert_string_equal(setup.options.rom, rom);
    record_setup_release(&setup);
    put_file(file, "Kernel");
    (void)snprintf(sentence, sizeof(sentence),
                   "%s (--image) is not the file that it was: its SHA-256 is " CAPITAL
                   ", and was " SMALL,
                   file);
    assert_int_equal(record_setup_read(json, folder, &setup, &err), -1);
    assert_string_equal(err.text, sentence);
    record_setup_release(&setup);
    free(json);
}

/* A setup that names its firmware has that one. */
static void a_named_firmware_stays(void **state)
{
    const struct bench *bench = *state;
    char *argv[] = {"run", "--rom", (char *)bench->path, NULL};
    char other[128];
    struct error err = ERROR_INIT;
    struct record_setup setup;
    char *json = write_setup(argv, NULL, true, &err);

    assert_non_null(json);
    (void)snprintf(other, sizeof(other), "%s/" RECORD_SETUP_ROM, bench->folder);
    put_file(other, "firmware");
    assert_int_equal(record_setup_read(json, bench->folder, &setup, &err), 0);
    assert_string_equal(setup.options.rom, bench->path);
    record_setup_release(&setup);
    free(json);
}

struct visits {
    const char *path;
    size_t count;
    size_t most;
};

static int visit(void *ctx, const struct record_file *file, struct error *err)
{
    struct visits *visits = ctx;

    assert_string_equal(file->path, visits->path);
    assert_string_equal(file->sha256, SMALL);
    assert_string_equal(file->option, visits->count == 0 ? "kernel" : "initrd");
    visits->count++;
    return visits->count < visits->most ? 0 : error_host(err, "enough");
}

static void files_are_visited(void **state)
{
    const struct bench *bench = *state;
    char *argv[] = {"run",
                    "--kernel",
                    (char *)bench->path,
                    "--initrd",
                    (char *)bench->path,
                    "--append=x",
                    "--memory=1G",
                    NULL};
    struct visits visits = {.path = bench->path, .most = 9};
    struct error err = ERROR_INIT;
    char *json = write_setup(argv, NULL, true, &err);

    assert_non_null(json);
    assert_int_equal(unlink(bench->path), 0);
    assert_int_equal(record_setup_each_file(json, visit, &visits, &err), 0);
    assert_int_equal(visits.count, 2);
    visits = (struct visits){.path = bench->path, .most = 1};
    assert_int_equal(record_setup_each_file(json, visit, &visits, &err), -1);
    assert_string_equal(err.text, "enough");
    assert_int_equal(visits.count, 1);
    err = (struct error)ERROR_INIT;
    assert_int_equal(record_setup_each_file("[]", visit, &visits, &err), -1);
    assert_string_equal(err.text, DAMAGED "no JSON object");
    free(json);
}

static void what_cannot_be_kept_is_refused_at_once(void **state)
{
    char *escape[] = {"run", "--append", "a\x1b[2J", NULL};
    char *device[] = {"run", "--kernel", "/dev/zero", NULL};
    char *nowhere[] = {"run", "--kernel", "/nowhere/at/all", NULL};
    char *latin[] = {"run", "--append", "\xe4", NULL};
    const struct {
        char **argv;
        const char *sentence;
    } cases[] = {
        {escape, "--append: control characters, or more than 65536 bytes, cannot be kept"},
        {device, "/dev/zero: it has to be a regular file"},
        {nowhere, "/nowhere/at/all: it cannot be found any more"},
        {latin, "--append: its value is no UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;

        assert_null(write_setup(cases[i].argv, NULL, true, &err));
        assert_string_equal(err.text, cases[i].sentence);
    }
}

/* ---- Hostile texts ---- */

#define SETUP(options) "{\"version\":1,\"rtc_base\":0,\"options\":[" options "]}"
#define OPTION(name)   SETUP("{\"option\":\"" name "\"}")
#define DISK(more)     "{\"version\":1,\"rtc_base\":0,\"options\":[],\"disk\":" more "}"

/* Nothing that writes, listens or asks gets in. */
static void only_what_makes_a_machine_is_taken(void **state)
{
    static const char *const others[] = {
        "record",          "snapshot",   "trace",     "control", "gdb",           "serial",
        "debug-console",   "screenshot", "frame-log", "disk",    "password-file", "power-cut",
        "passphrase-file", "input",      "type",      "until",   "help",          "",
        "fault",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        char json[256];

        assert_false(record_setup_keeps(others[i]));
        (void)snprintf(json, sizeof(json), SETUP("{\"option\":\"%s\",\"value\":\"/tmp/x\"}"),
                       others[i]);
        expect_read(json, DAMAGED "an option that makes no machine");
    }
}

static void damaged_texts_are_refused(void **state)
{
    static const struct {
        const char *json;
        const char *sentence;
    } cases[] = {
        {"", DAMAGED "no JSON object"},
        {"[]", DAMAGED "no JSON object"},
        {"{\"version\":1,\"version\":1}", DAMAGED "no JSON object"},
        {"{}", "the setup of its machine is of another version than 1, the only one that this "
               "program knows"},
        {"{\"version\":2,\"rtc_base\":0,\"options\":[]}",
         "the setup of its machine is of another version than 1, the only one that this program "
         "knows"},
        {"{\"version\":1,\"options\":[]}", DAMAGED "options"},
        {"{\"version\":1,\"rtc_base\":1.5,\"options\":[]}", DAMAGED "options"},
        {SETUP("1"), DAMAGED "an option that makes no machine"},
        {OPTION("memory"), DAMAGED "a value too many, or too few"},
        {SETUP("{\"option\":\"no-reboot\",\"value\":\"\"}"),
         DAMAGED "a value too many, or too few"},
        {SETUP("{\"option\":\"memory\",\"value\":1}"), DAMAGED "a value too many, or too few"},
        {SETUP("{\"option\":\"memory\",\"value\":\"1\\n\"}"), DAMAGED "a value that cannot be"},
        {SETUP("{\"option\":\"append\",\"value\":\"\\u009b2J\"}"),
         DAMAGED "a value that cannot be"},
        {SETUP("{\"option\":\"kernel\",\"value\":\"/dev/null\"}"),
         DAMAGED "a file without its SHA-256"},
        {SETUP("{\"option\":\"kernel\",\"value\":\"/dev/null\",\"sha256\":\"00\"}"),
         DAMAGED "a file without its SHA-256"},
        {SETUP("{\"option\":\"kernel\",\"value\":\"x\",\"sha256\":\"" EMPTY "\"}"),
         DAMAGED "a file's path does not begin at the root"},
        {SETUP("{\"option\":\"kernel\",\"value\":\"/dev/zero\",\"sha256\":\"" EMPTY "\"}"),
         "/dev/zero: it has to be a regular file"},
        {SETUP("{\"option\":\"cores\",\"value\":\"99\"}"),
         DAMAGED "--cores: '99' is not a number from 1 to 8"},
        {DISK("1"), DAMAGED "the disk"},
        {DISK("{\"blocks\":-1}"), DAMAGED "the disk"},
        {DISK("{\"blocks\":1,\"volume\":\"00000000000000000000000000000000\",\"sep\":\"00\"}"),
         DAMAGED "the disk"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_read(cases[i].json, cases[i].sentence);
    }
}

static void too_many_options_are_refused(void **state)
{
    static const char entry[] = "{\"option\":\"no-reboot\"},";
    char json[8192] = "{\"version\":1,\"rtc_base\":0,\"options\":[";
    size_t used = strlen(json);

    (void)state;
    for (unsigned i = 0; i < 128; i++) {
        memcpy(json + used, entry, sizeof(entry));
        used += sizeof(entry) - 1;
    }
    (void)snprintf(json + used, sizeof(json) - used, "{\"option\":\"no-reboot\"}]}");
    expect_read(json, DAMAGED "options");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_makes_the_machine_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_keeps_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(where_a_run_began_is_for_recordings, set_up, tear_down),
        cmocka_unit_test(a_disk_comes_back),
        cmocka_unit_test_setup_teardown(a_file_that_changed_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_are_found_elsewhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_named_firmware_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_are_visited, set_up, tear_down),
        cmocka_unit_test(what_cannot_be_kept_is_refused_at_once),
        cmocka_unit_test(only_what_makes_a_machine_is_taken),
        cmocka_unit_test(damaged_texts_are_refused),
        cmocka_unit_test(too_many_options_are_refused),
    };

    return cmocka_run_group_tests_name("record setup", tests, NULL, NULL);
}
