/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots in files: there and back, damaged in every place, and places where none can be written. */
#define _GNU_SOURCE /* asprintf, mkdtemp */

#include "emu/app/snapshot_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/core/snap.h"
#include "emu/machine/machine.h"

#define ROM_BYTES    4096u
#define HEADER_BYTES 32u /* docs/formats/snapshot.md */
#define SETUP        "{\"this\":\"is not looked at\"}"
/* Header and first chunk's name of the snapshot itself: so far each byte is tried. */
#define SNAP_FRONT_BYTES 300u
#define FLIP_STEP        509u
#define CUT_STEP         4999u

struct bench {
    char folder[64];
    char path[128];
};

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

static struct machine *make_machine(unsigned cores)
{
    /* Counts in CMOS for ever. */
    static const uint8_t code[16] = {0xfe, 0xc0, 0xe6, 0x70, 0xe6, 0x71, 0xeb, 0xf8};
    uint8_t rom[ROM_BYTES] = {0};
    const struct machine_config config = {
        .memory_bytes = MACHINE_MEMORY_MIN,
        .has_flat_memory = true,
        .cores = cores,
        .rom = rom,
        .rom_bytes = sizeof(rom),
        .serial = {.write = discard},
        .debug_console = {.write = discard},
    };
    struct error err = ERROR_INIT;
    struct machine *machine;

    memcpy(rom + ROM_BYTES - sizeof(code), code, sizeof(code));
    machine = machine_create(&config, &err);
    assert_non_null(machine);
    return machine;
}

static void save_to(const char *path, struct machine *machine)
{
    struct error err = ERROR_INIT;

    assert_int_equal(snapshot_file_save(path, SETUP, machine, &err), 0);
}

/* A snapshot of a machine that has run, at bench->path. */
static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct machine *machine = make_machine(1);

    assert_non_null(bench);
    (void)snprintf(bench->folder, sizeof(bench->folder), "/tmp/snapshot-file.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    (void)snprintf(bench->path, sizeof(bench->path), "%s/a.sgs", bench->folder);
    assert_int_equal(machine_run(machine, VTIME_US(300)), MACHINE_TIME_LIMIT);
    save_to(bench->path, machine);
    machine_destroy(machine);
    *state = bench;
    return 0;
}

static unsigned count_files(const struct bench *bench)
{
    char *command;
    FILE *pipe;
    unsigned count = 0;

    assert_true(asprintf(&command, "ls -A '%s' | wc -l", bench->folder) > 0);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%u", &count), 1);
    assert_int_equal(pclose(pipe), 0);
    free(command);
    return count;
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

/* ---- Whole files ---- */

static uint8_t *read_whole(const char *path, size_t *bytes)
{
    struct host_file file;
    struct error err = ERROR_INIT;

    assert_int_equal(host_file_read(path, (size_t)1 << 30, &file, &err), 0);
    *bytes = file.bytes;
    return file.data;
}

static void write_whole(const char *path, const uint8_t *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

/* Whether the file is refused, by this part or by the snapshot's own checksums. */
static bool is_refused(const char *path, struct error *err)
{
    struct snapshot_file file;
    struct snap_reader *reader;

    if (snapshot_file_read(path, &file, err) != 0) {
        assert_null(file.setup);
        assert_null(file.file.data);
        return true;
    }
    reader = snap_reader_create(file.data, file.bytes, NULL, err);
    snap_reader_destroy(reader);
    snapshot_file_release(&file);
    return reader == NULL;
}

static void expect_refused(const struct bench *bench, const char *format)
{
    struct error err = ERROR_INIT;
    char sentence[512];

    assert_true(is_refused(bench->path, &err));
    (void)snprintf(sentence, sizeof(sentence), "%s%s", bench->path, format);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_string_equal(err.text, sentence);
}

/* ---- There and back ---- */

static void a_machine_goes_on_from_its_file(void **state)
{
    const struct bench *bench = *state;
    struct machine *straight = make_machine(1);
    struct machine *loaded = make_machine(1);
    struct error err = ERROR_INIT;
    struct snapshot_file file;

    assert_int_equal(snapshot_file_read(bench->path, &file, &err), 0);
    assert_string_equal(file.setup, SETUP);
    assert_int_equal(snapshot_file_load(&file, bench->path, loaded, &err), 0);
    snapshot_file_release(&file);
    (void)machine_run(straight, VTIME_US(700));
    (void)machine_run(loaded, VTIME_US(700));
    assert_int_equal(machine_trace_hash(straight), machine_trace_hash(loaded));
    assert_int_equal(machine_state_hash(straight), machine_state_hash(loaded));
    machine_destroy(straight);
    machine_destroy(loaded);
}

static void another_machine_is_named(void **state)
{
    const struct bench *bench = *state;
    struct machine *other = make_machine(2);
    struct error err = ERROR_INIT;
    struct snapshot_file file;

    assert_int_equal(snapshot_file_read(bench->path, &file, &err), 0);
    assert_int_equal(snapshot_file_load(&file, bench->path, other, &err), -1);
    assert_non_null(strstr(err.text, "it belongs to machine \"imacpro1,1 "));
    assert_memory_equal(err.text, bench->path, strlen(bench->path));
    snapshot_file_release(&file);
    machine_destroy(other);
}

/* ---- Damage ---- */

/* Each length of the front and some of the rest, from the longest down. */
static void a_file_that_was_cut_off_is_refused(void **state)
{
    const struct bench *bench = *state;
    const size_t front = HEADER_BYTES + strlen(SETUP) + SNAP_FRONT_BYTES;
    struct stat info;

    assert_int_equal(stat(bench->path, &info), 0);
    for (size_t cut = (size_t)info.st_size; cut-- > 0;) {
        struct error err = ERROR_INIT;

        if (cut > front && cut % CUT_STEP != 0 && cut + 1 != (size_t)info.st_size) continue;
        assert_int_equal(truncate(bench->path, (off_t)cut), 0);
        assert_true(is_refused(bench->path, &err));
        assert_memory_equal(err.text, bench->path, strlen(bench->path));
        if (cut >= HEADER_BYTES) {
            expect_refused(bench, " is damaged: its length is not what it says");
        } else {
            expect_refused(bench, " is no snapshot of spacegray");
        }
    }
}

static void each_byte_is_guarded(void **state)
{
    const struct bench *bench = *state;
    const size_t front = HEADER_BYTES + strlen(SETUP) + SNAP_FRONT_BYTES;
    const int fd = open(bench->path, O_RDWR);
    size_t bytes;
    uint8_t *whole = read_whole(bench->path, &bytes);

    assert_true(fd >= 0);
    for (size_t at = 0; at < bytes; at += at < front ? 1 : FLIP_STEP) {
        const uint8_t flipped = whole[at] ^ (uint8_t)(1u << at % 8);
        struct error err = ERROR_INIT;

        assert_int_equal(pwrite(fd, &flipped, 1, (off_t)at), 1);
        assert_true(is_refused(bench->path, &err));
        assert_int_equal(err.kind, ERROR_HOST);
        assert_int_equal(pwrite(fd, whole + at, 1, (off_t)at), 1);
    }
    assert_int_equal(close(fd), 0);
    free(whole);
}

static void other_files_and_newer_ones_are_named(void **state)
{
    const struct bench *bench = *state;
    uint8_t *whole;
    size_t bytes;

    whole = read_whole(bench->path, &bytes);
    le32_put(whole + 8, 2);
    write_whole(bench->path, whole, bytes);
    expect_refused(bench, ": it has version 2, and this program knows only 1");
    memcpy(whole, "SGRECORD", 8);
    write_whole(bench->path, whole, bytes);
    expect_refused(bench, " is no snapshot of spacegray");
    free(whole);
    assert_int_equal(unlink(bench->path), 0);
    expect_refused(bench, ": No such file or directory");
    assert_int_equal(mkfifo(bench->path, 0600), 0);
    expect_refused(bench, " is no snapshot of spacegray");
    assert_int_equal(unlink(bench->path), 0);
    assert_int_equal(symlink("/dev/zero", bench->path), 0);
    expect_refused(bench, " is no snapshot of spacegray");
    assert_int_equal(unlink(bench->path), 0);
    assert_int_equal(mkdir(bench->path, 0700), 0);
    expect_refused(bench, " is no snapshot of spacegray");
}

/* ---- Places ---- */

static void a_memory_is_nobody_elses(void **state)
{
    const struct bench *bench = *state;
    struct stat info;

    assert_int_equal(stat(bench->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(count_files(bench), 1);
}

/* The host's limit on file sizes stands for a full disk. */
static void an_old_file_stays_until_the_new_one_is_whole(void **state)
{
    const struct bench *bench = *state;
    struct machine *machine = make_machine(1);
    struct error err = ERROR_INIT;
    struct rlimit before;
    struct rlimit tight;
    size_t bytes[2];
    uint8_t *whole[2];
    char sentence[256];

    whole[0] = read_whole(bench->path, &bytes[0]);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = (struct rlimit){.rlim_cur = bytes[0] / 2, .rlim_max = before.rlim_max};
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_equal(snapshot_file_save(bench->path, SETUP, machine, &err), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)snprintf(sentence, sizeof(sentence), "cannot write %s: File too large", bench->path);
    assert_string_equal(err.text, sentence);
    assert_int_equal(count_files(bench), 1);
    whole[1] = read_whole(bench->path, &bytes[1]);
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(whole[0], whole[1], bytes[0]);
    free(whole[1]);
    save_to(bench->path, machine);
    whole[1] = read_whole(bench->path, &bytes[1]);
    assert_true(bytes[0] != bytes[1] || memcmp(whole[0], whole[1], bytes[0]) != 0);
    free(whole[0]);
    free(whole[1]);
    machine_destroy(machine);
}

static void what_is_no_file_is_not_replaced(void **state)
{
    const struct bench *bench = *state;
    static const char *const places[] = {"/dev/null", "/tmp"};
    struct machine *machine = make_machine(1);
    struct error err = ERROR_INIT;
    struct stat info;
    char text[256];

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        err = (struct error)ERROR_INIT;
        assert_int_equal(snapshot_file_save(places[i], SETUP, machine, &err), -1);
        (void)snprintf(text, sizeof(text), "cannot write %s: it is there and no regular file",
                       places[i]);
        assert_string_equal(err.text, text);
    }
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    err = (struct error)ERROR_INIT;
    (void)snprintf(text, sizeof(text), "%s/none/a.sgs", bench->folder);
    assert_int_equal(snapshot_file_save(text, SETUP, machine, &err), -1);
    assert_non_null(strstr(err.text, "/none/a.sgs: No such file or directory"));
    machine_destroy(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_machine_goes_on_from_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_machine_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_was_cut_off_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_byte_is_guarded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_files_and_newer_ones_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_memory_is_nobody_elses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_old_file_stays_until_the_new_one_is_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_not_replaced, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("snapshot files", tests, NULL, NULL);
}
