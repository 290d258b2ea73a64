/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray disk` does: create, import, export, rekey, wipe, pair, verify, boot policy. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/disk/disk_look.h"
#include "emu/disk/disk_notes.h"
#include "tests/unit/disk/bench.h"

#define BLOCK   MEDIA_BLOCK_BYTES
#define MIB     (UINT64_C(1) << 20)
#define PATTERN "a known pattern that nobody should find: "

static const struct disk_secret none = {.data = NULL};

/* What nobody may find on the host, with holes and a crooked end. */
static struct bench_text make_plain(size_t bytes)
{
    struct bench_text text = {.data = calloc(1, bytes), .bytes = bytes};

    assert_non_null(text.data);
    for (size_t at = 0; at + 64 <= bytes; at += 64) {
        if (at / (40 * (size_t)BLOCK) % 3 == 1) continue;
        (void)snprintf(text.data + at, 64, PATTERN "%zu", at);
    }
    return text;
}

static struct disk_plain plain_of(void **state, const char *name)
{
    return (struct disk_plain){.path = bench_disk(state), .file = bench_path(state, name)};
}

static void import(const struct disk_plain *plain)
{
    struct error err = ERROR_INIT;

    if (disk_import(plain, &err) < 0) fail_msg("%s", err.text);
}

static void export(const struct disk_plain *plain)
{
    struct error err = ERROR_INIT;

    if (disk_export(plain, &err) < 0) fail_msg("%s", err.text);
}

/* The exported file is the text and zeros. */
static void assert_exported(void **state, const struct disk_plain *plain,
                            const struct bench_text *text)
{
    struct disk_plain out = *plain;
    struct bench_text found;

    out.file = bench_path(state, "out");
    export(&out);
    found = bench_read(out.file);
    assert_int_equal(found.bytes, BENCH_BYTES);
    assert_memory_equal(found.data, text->data, text->bytes);
    for (size_t i = text->bytes; i < found.bytes; i++) {
        assert_int_equal(found.data[i], 0);
    }
    free(found.data);
}

static unsigned verify(void **state, const struct disk_host *host, char *report, size_t bytes)
{
    const struct disk_verification wanted = {
        .path = bench_disk(state),
        .report = fmemopen(report, bytes, "w"),
    };
    struct error err = ERROR_INIT;
    unsigned problems = 99;

    assert_non_null(wanted.report);
    if (disk_verify_on(host, &wanted, &problems, &err) < 0) fail_msg("%s", err.text);
    (void)fclose(wanted.report);
    return problems;
}

static void assert_sound(void **state)
{
    char report[1024] = "";

    assert_int_equal(verify(state, &bench_host, report, sizeof(report)), 0);
    assert_string_equal(report, "");
}

/* ---- Create ---- */

static void test_create(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    struct stat status;

    assert_int_equal(disk_blocks(disk), BENCH_BYTES / BLOCK);
    assert_int_equal(disk_media(disk, 0)->blocks, BENCH_BYTES / BLOCK / 2);
    assert_memory_equal(disk_volume_id(disk), disk_sep(disk)->volume_id, SEP_ID_BYTES);
    assert_int_equal(disk_sep(disk)->boot_policy, SEP_BOOT_NONE);
    assert_int_equal(disk_trouble(disk)->kind, ERROR_NONE);
    bench_close(disk);
    assert_int_equal(stat(bench_path(state, "d/sep.json"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(bench_disk(state), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_sound(state);
}

static void test_create_large(void **state)
{
    static const uint64_t sizes[] = {
        UINT64_C(2) << 40,
        DISK_BYTES_MAX,
        DISK_BYTES_MIN + BLOCK,
    };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct disk *disk;

        bench_remove(bench_disk(state));
        bench_create(bench_disk(state), &(struct disk_new){.bytes = sizes[i]});
        assert_true(bench_host_bytes(bench_disk(state)) < MIB);
        disk = bench_open(bench_disk(state), NULL);
        assert_int_equal(disk_blocks(disk), sizes[i] / BLOCK);
        assert_true(disk_media(disk, 1)->blocks * 2 >= disk_blocks(disk));
        bench_close(disk);
        assert_true(bench_host_bytes(bench_disk(state)) < MIB);
        assert_sound(state);
    }
}

static void test_create_refused(void **state)
{
    static const uint64_t sizes[] = {0, DISK_BYTES_MIN - BLOCK, DISK_BYTES_MAX + BLOCK,
                                     DISK_BYTES_MIN + 512};
    struct disk_new wanted = {.bytes = BENCH_BYTES};
    const uint64_t hash = bench_hash(bench_disk(state));
    char password[SEP_PASSWORD_MAX + 2] = "";
    struct error err = ERROR_INIT;

    assert_int_equal(disk_create(bench_disk(state), &wanted, &err), -1);
    bench_assert_sentence(&err, bench_disk(state), "%: not empty, and nothing is written over");
    assert_int_equal(bench_hash(bench_disk(state)), hash);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        err = (struct error)ERROR_INIT;
        wanted.bytes = sizes[i];
        assert_int_equal(disk_create(bench_path(state, "x"), &wanted, &err), -1);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
    wanted.bytes = BENCH_BYTES;
    wanted.boot_policy = SEP_BOOT_FULL;
    assert_int_equal(disk_create(bench_path(state, "x"), &wanted, NULL), -1);
    wanted.boot_policy = SEP_BOOT_NONE;
    memset(password, 'x', SEP_PASSWORD_MAX + 1);
    wanted.password = bench_secret(password);
    assert_int_equal(disk_create(bench_path(state, "x"), &wanted, NULL), -1);
    wanted.password = none;
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_create(bench_path(state, "no/x"), &wanted, &err), -1);
    bench_assert_sentence(&err, bench_path(state, "no/x"),
                          "%: cannot be made: No such file or directory");
    assert_false(bench_exists(bench_path(state, "x")));
}

/* ---- Import and export ---- */

static void test_round_trip(void **state)
{
    const struct bench_text text = make_plain(5 * MIB + 777);
    const struct disk_plain plain = plain_of(state, "in");
    struct stat status;

    bench_write(plain.file, text.data, text.bytes);
    import(&plain);
    assert_exported(state, &plain, &text);
    /* Ciphertext only; holes stay holes. */
    assert_true(memmem(text.data, text.bytes, PATTERN, strlen(PATTERN)) != NULL);
    assert_false(bench_contains(bench_disk(state), PATTERN, strlen(PATTERN)));
    assert_true(bench_host_bytes(bench_disk(state)) < 4 * MIB);
    assert_int_equal(stat(bench_path(state, "out"), &status), 0);
    assert_true((uint64_t)status.st_blocks * 512 < 4 * MIB);
    assert_sound(state);
    free(text.data);
}

/* What was there before is gone, also behind the end of the new contents. */
static void test_import_over(void **state)
{
    const struct bench_text full = make_plain(BENCH_BYTES);
    const struct bench_text small = {.data = full.data, .bytes = 10};
    const struct disk_plain plain = plain_of(state, "in");

    bench_write(plain.file, full.data, full.bytes);
    import(&plain);
    assert_exported(state, &plain, &full);
    bench_write(plain.file, small.data, small.bytes);
    import(&plain);
    assert_exported(state, &plain, &small);
    assert_true(bench_host_bytes(bench_disk(state)) < MIB);
    assert_sound(state);
    free(full.data);
}

static void test_import_sparse(void **state)
{
    const struct disk_plain plain = plain_of(state, "in");
    struct bench_text text = make_plain(BENCH_BYTES);

    memset(text.data, 0, text.bytes);
    memcpy(text.data + 9 * MIB + 100, PATTERN, strlen(PATTERN));
    bench_write(plain.file, "", 0);
    assert_int_equal(truncate(plain.file, (off_t)BENCH_BYTES), 0);
    bench_poke(plain.file, 9 * MIB + 100, PATTERN, strlen(PATTERN));
    import(&plain);
    assert_exported(state, &plain, &text);
    assert_true(bench_host_bytes(bench_disk(state)) < MIB / 2);
    free(text.data);
}

static void test_pipes(void **state)
{
    const struct bench_text text = make_plain(3 * MIB + 4097);
    struct disk_plain plain = plain_of(state, "in");
    const int saved_in = dup(STDIN_FILENO);
    const int saved_out = dup(STDOUT_FILENO);
    struct bench_text found;
    int fd;
    int status;

    bench_write(plain.file, text.data, text.bytes);
    fd = open(plain.file, O_RDONLY);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    (void)close(fd);
    plain.file = "-";
    import(&plain);
    assert_int_equal(dup2(saved_in, STDIN_FILENO), STDIN_FILENO);
    fd = open(bench_path(state, "out"), O_RDWR | O_CREAT, 0600);
    assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(fd);
    status = disk_export(&plain, NULL);
    assert_int_equal(dup2(saved_out, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(status, 0);
    found = bench_read(bench_path(state, "out"));
    assert_int_equal(found.bytes, BENCH_BYTES);
    assert_memory_equal(found.data, text.data, text.bytes);
    (void)close(saved_in);
    (void)close(saved_out);
    free(found.data);
    free(text.data);
}

static void test_transfer_refused(void **state)
{
    struct disk_plain plain = plain_of(state, "in");
    const uint64_t hash = bench_hash(bench_disk(state));
    struct error err = ERROR_INIT;

    assert_int_equal(disk_import(&plain, &err), -1);
    bench_assert_sentence(&err, plain.file, "%: cannot be read: No such file or directory");
    bench_write(plain.file, "", 0);
    assert_int_equal(truncate(plain.file, (off_t)BENCH_BYTES + 1), 0);
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_import(&plain, &err), -1);
    bench_assert_sentence(&err, plain.file,
                          "%: too large: it has 16777217 bytes, the volume 16777216");
    plain.file = *state;
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_import(&plain, &err), -1);
    bench_assert_sentence(&err, plain.file, "%: cannot be read: Is a directory");
    plain.file = bench_path(state, "no/out");
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_export(&plain, &err), -1);
    bench_assert_sentence(&err, plain.file, "%: cannot be written: No such file or directory");
    plain.file = bench_path(state, "out");
    plain.password = bench_secret("x");
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_export(&plain, &err), -1);
    bench_assert_sentence(&err, bench_disk(state),
                          "%: a password was given, but the volume has none");
    assert_false(bench_exists(bench_path(state, "out")));
    assert_int_equal(bench_hash(bench_disk(state)), hash);
}

static void count_progress(void *ctx, uint64_t done, uint64_t total)
{
    uint64_t *last = ctx;

    assert_true(done >= *last && done <= total);
    *last = done;
}

static void test_progress(void **state)
{
    const struct bench_text text = make_plain(BENCH_BYTES);
    struct disk_plain plain = plain_of(state, "in");
    uint64_t last = 0;
    unsigned problems;

    plain.progress = (struct disk_progress){.ctx = &last, .tell = count_progress};
    bench_write(plain.file, text.data, text.bytes);
    import(&plain);
    assert_int_equal(last, BENCH_BYTES);
    last = 0;
    plain.file = bench_path(state, "out");
    export(&plain);
    assert_int_equal(last, BENCH_BYTES);
    last = 0;
    assert_int_equal(
        disk_verify(bench_disk(state), &none, stderr, &plain.progress, &problems, NULL), 0);
    assert_int_equal(last, 2 * 10485760);
    free(text.data);
}

/* ---- Passwords ---- */

static void test_password(void **state)
{
    const struct bench_text text = make_plain(MIB);
    struct disk_plain plain = plain_of(state, "in");
    struct error err = ERROR_INIT;
    uint64_t hash;

    bench_remove(bench_disk(state));
    bench_create(bench_disk(state),
                 &(struct disk_new){.bytes = BENCH_BYTES, .password = bench_secret("right")});
    bench_write(plain.file, text.data, text.bytes);
    assert_int_equal(disk_import(&plain, &err), -1);
    bench_assert_sentence(&err, bench_disk(state),
                          "%: the volume has a password, and none was given");
    plain.password = bench_secret("right");
    import(&plain);
    assert_exported(state, &plain, &text);

    for (unsigned left = SEP_FAILURES_MAX - 1; left >= 8; left--) {
        char sentence[100];

        (void)snprintf(sentence, sizeof(sentence),
                       "%%: wrong password of the volume; %u of 10 tries are left", left);
        plain.password = bench_secret("wrong");
        plain.file = bench_path(state, "out2");
        err = (struct error)ERROR_INIT;
        assert_int_equal(disk_export(&plain, &err), -1);
        bench_assert_sentence(&err, bench_disk(state), sentence);
        assert_false(bench_exists(plain.file));
    }
    /* The right one clears it. */
    plain.password = bench_secret("right");
    assert_exported(state, &plain, &text);
    plain.password = bench_secret("wrong");
    for (unsigned i = 0; i < SEP_FAILURES_MAX; i++) {
        assert_int_equal(disk_export(&plain, NULL), -1);
    }
    hash = bench_hash(bench_disk(state));
    plain.password = bench_secret("right");
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_export(&plain, &err), -1);
    bench_assert_sentence(&err, bench_disk(state),
                          "%: the volume is disabled after 10 wrong passwords; only spacegray disk "
                          "wipe helps");
    assert_int_equal(bench_hash(bench_disk(state)), hash);
    assert_int_equal(disk_wipe(bench_disk(state), &none, NULL), 0);
    plain.password = none;
    export(&plain);
    free(text.data);
}

static void test_rekey(void **state)
{
    const struct bench_text text = make_plain(MIB);
    struct disk_plain plain = plain_of(state, "in");
    struct disk_rekey rekey = {
        .new_passphrase = bench_secret("phrase"),
        .new_password = bench_secret("word"),
    };
    struct error err = ERROR_INIT;
    struct bench_text before;

    bench_write(plain.file, text.data, text.bytes);
    import(&plain);
    before = bench_read(bench_path(state, "d/sep.json"));
    assert_int_equal(disk_rekey(bench_disk(state), &rekey, &err), 0);
    assert_false(bench_contains(bench_disk(state), strstr(before.data, "\"vek\""), 60));
    assert_int_equal(disk_export(&plain, &err), -1);
    plain.passphrase = bench_secret("phrase");
    assert_int_equal(disk_export(&plain, NULL), -1);
    plain.password = bench_secret("word");
    assert_exported(state, &plain, &text);

    /* A wrong password changes nothing but the count of tries. */
    rekey.passphrase = bench_secret("phrase");
    rekey.password = bench_secret("wrong");
    rekey.new_passphrase = none;
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_rekey(bench_disk(state), &rekey, &err), -1);
    bench_assert_sentence(&err, bench_disk(state),
                          "%: wrong password of the volume; 9 of 10 tries are left");
    bench_refused(bench_disk(state), NULL,
                  "%/sep.json: sealed with a passphrase, and none was given");
    rekey.password = bench_secret("word");
    rekey.new_password = none;
    assert_int_equal(disk_rekey(bench_disk(state), &rekey, NULL), 0);
    plain.passphrase = none;
    plain.password = none;
    assert_exported(state, &plain, &text);
    free(before.data);
    free(text.data);
}

/* ---- Wipe, pair, policy ---- */

static void test_wipe(void **state)
{
    const struct bench_text text = make_plain(BENCH_BYTES);
    const struct bench_text nothing = {.data = NULL};
    const struct disk_plain plain = plain_of(state, "in");
    struct bench_text before;

    bench_write(plain.file, text.data, text.bytes);
    import(&plain);
    before = bench_read(bench_path(state, "d/sep.json"));
    assert_int_equal(disk_wipe(bench_disk(state), &none, NULL), 0);
    assert_exported(state, &plain, &nothing);
    assert_true(bench_host_bytes(bench_disk(state)) < MIB);
    assert_sound(state);
    /* The old keys do not come back. */
    bench_write(bench_path(state, "d/sep.json"), before.data, before.bytes);
    assert_int_equal(disk_export(&plain, NULL), -1);
    free(before.data);
    free(text.data);
}

static void test_pair(void **state)
{
    const struct bench_text text = make_plain(MIB);
    const struct disk_plain plain = plain_of(state, "in");
    struct error err = ERROR_INIT;
    struct bench_text nothing = {.data = NULL};
    struct disk *disk;

    bench_write(plain.file, text.data, text.bytes);
    import(&plain);
    /* Modules of another machine, or none at all. */
    assert_int_equal(unlink(bench_path(state, "d/module0.img")), 0);
    bench_write(bench_path(state, "d/module1.img"), "x", 1);
    assert_int_equal(disk_pair(bench_disk(state), 0, &none, &err), 0);
    assert_exported(state, &plain, &nothing);
    assert_sound(state);
    assert_int_equal(disk_pair(bench_disk(state), 2 * BENCH_BYTES, &none, &err), 0);
    disk = bench_open(bench_disk(state), NULL);
    assert_int_equal(disk_blocks(disk), 2 * BENCH_BYTES / BLOCK);
    /* Nobody may have it open. */
    assert_int_equal(disk_pair(bench_disk(state), 0, &none, &err), -1);
    bench_assert_sentence(&err, bench_disk(state), "%: in use by another spacegray");
    bench_close(disk);
    assert_int_equal(unlink(bench_path(state, "d/volume.json")), 0);
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_pair(bench_disk(state), 0, &none, &err), -1);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(disk_pair(bench_disk(state), 1, &none, NULL), -1);
    assert_int_equal(disk_pair(bench_disk(state), BENCH_BYTES, &none, NULL), 0);
    bench_close(bench_open(bench_disk(state), NULL));
    free(text.data);
}

static void test_policy(void **state)
{
    struct error err = ERROR_INIT;
    struct sep_record record;
    struct disk *disk;

    assert_int_equal(disk_set_boot_policy(bench_disk(state), SEP_BOOT_MEDIUM, &none, NULL), 0);
    assert_int_equal(disk_set_boot_policy(bench_disk(state), SEP_BOOT_FULL, &none, &err), -1);
    bench_assert_sentence(&err, bench_disk(state),
                          "%: there is no ticket for the firmware, which full security needs");
    disk = bench_open(bench_disk(state), NULL);
    assert_int_equal(disk_sep(disk)->boot_policy, SEP_BOOT_MEDIUM);
    record = *disk_sep(disk);
    record.has_boot_ticket = true;
    assert_int_equal(disk_sep_store(disk).save(disk, &record), 0);
    bench_close(disk);
    assert_int_equal(disk_set_boot_policy(bench_disk(state), SEP_BOOT_FULL, &none, NULL), 0);
    disk = bench_open(bench_disk(state), NULL);
    assert_int_equal(disk_sep(disk)->boot_policy, SEP_BOOT_FULL);
    bench_close(disk);
}

/* ---- Verify ---- */

static void test_verify_headers(void **state)
{
    char report[1024] = "";

    bench_poke(bench_path(state, "d/module0.img"), 300, "x", 1);
    bench_poke(bench_path(state, "d/module1.img"), 4096, "x", 1);
    assert_int_equal(verify(state, &bench_host, report, sizeof(report)), 2);
    assert_string_equal(report, "module0.img: copy A of the header: has a wrong checksum\n"
                                "module1.img: copy B of the header: is no header\n");
}

static void test_verify_keys(void **state)
{
    char report[1024] = "";

    bench_edit(bench_path(state, "d/sep.json"), "\"counter\": 1", "\"counter\": 2", true);
    assert_int_equal(verify(state, &bench_host, report, sizeof(report)), 1);
    assert_string_equal(report, "sep.json: the keys are damaged, or are those of another T2\n");
}

static void test_verify_notes(void **state)
{
    const struct ssd_geometry geometry = ssd_geometry(BENCH_BYTES / BLOCK / 2);
    const struct bench_text text = make_plain(MIB);
    const struct disk_plain plain = plain_of(state, "in");
    char report[1024] = "";

    bench_write(plain.file, text.data, text.bytes);
    import(&plain);
    bench_poke(bench_path(state, "d/module0.img"),
               DISK_NOTES_OFFSET + disk_notes_bitmap_offset(&geometry), "x", 1);
    assert_int_equal(verify(state, &bench_host, report, sizeof(report)), 1);
    assert_string_equal(report, "module0.img: page 3 of the notes: wrong checksum\n");
    free(text.data);
}

static void test_verify_data(void **state)
{
    const struct bench_text text = make_plain(8 * MIB);
    const struct disk_plain plain = plain_of(state, "in");
    char report[4096] = "";

    bench_write(plain.file, text.data, text.bytes);
    import(&plain);
    *bench_trouble() = (struct bench_trouble){.kind = BENCH_READ, .at = 40, .reason = EIO};
    assert_true(verify(state, &bench_host, report, sizeof(report)) > 0);
    assert_non_null(strstr(report, "cannot be read: Input/output error\n"));
    free(text.data);
}

static void test_verify_unclean(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    uint8_t data[BLOCK] = {1};
    char report[1024] = "";

    assert_int_equal(disk_media(disk, 0)->write(disk_media(disk, 0)->ctx, 0, 1, data), 0);
    bench_copy(bench_disk(state), bench_path(state, "copy"));
    bench_close(disk);
    bench_remove(bench_disk(state));
    assert_int_equal(rename(bench_path(state, "copy"), bench_disk(state)), 0);
    assert_int_equal(verify(state, &bench_host, report, sizeof(report)), 0);
    assert_string_equal(report,
                        "note: module0.img: not closed since it was last written\n"
                        "note: module0.img: blocks that its notes do not know of, which a crash "
                        "or a power cut leaves: 1\n");
}

/* ---- Copies ---- */

static void test_copy(void **state)
{
    static const enum disk_access accesses[] = {DISK_KEEP, DISK_TEMPORARY};
    uint8_t data[3 * BLOCK];
    uint8_t found[3 * BLOCK];

    for (size_t i = 0; i < 2; i++) {
        const struct disk_options options = {.access = accesses[i]};
        struct disk *disk = bench_open(bench_disk(state), &options);
        const struct host_media *media = disk_media(disk, 1);
        const char *path = bench_path(state, "copy");
        struct sep_record record = *disk_sep(disk);
        struct disk *copy;

        memset(data, 5 + (int)i, sizeof(data));
        memset(data + BLOCK, 0, BLOCK);
        record.failures = 2 + (uint32_t)i;
        assert_int_equal(media->write(media->ctx, 1000, 3, data), 0);
        assert_int_equal(media->discard(media->ctx, 1001, 1), 0);
        assert_int_equal(media->write_notes(media->ctx, 8192, "notes", 5), 0);
        assert_int_equal(disk_sep_store(disk).save(disk, &record), 0);
        assert_int_equal(disk_copy(disk, path, NULL), 0);
        assert_int_equal(disk_copy(disk, path, NULL), -1);
        assert_true(bench_host_bytes(path) < MIB);
        copy = bench_open(path, NULL);
        media = disk_media(copy, 1);
        assert_int_equal(media->read(media->ctx, 1000, 3, found), 0);
        assert_memory_equal(found, data, sizeof(data));
        assert_int_equal(media->read_notes(media->ctx, 8192, found, 5), 0);
        assert_memory_equal(found, "notes", 5);
        assert_int_equal(disk_sep(copy)->failures, 2 + i);
        assert_int_not_equal(media->seal(media->ctx),
                             disk_media(disk, 1)->seal(disk_media(disk, 1)->ctx));
        bench_close(copy);
        bench_close(disk);
        bench_remove(path);
    }
}

static void test_copy_in_trouble(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    struct error err = ERROR_INIT;
    int status = -1;

    for (unsigned at = 1; status < 0; at++) {
        assert_true(at < 100);
        err = (struct error)ERROR_INIT;
        *bench_trouble() = (struct bench_trouble){.kind = BENCH_ANY, .at = at, .reason = ENOSPC};
        status = disk_copy(disk, bench_path(state, "copy"), &err);
        if (status < 0) assert_false(bench_exists(bench_path(state, "copy")));
    }
    *bench_trouble() = (struct bench_trouble){.at = 0};
    bench_close(disk);
}

/* ---- Looking ---- */

/* Nothing but names and lengths is known of a sealed disk, and these can be wrong, too. */
static void test_look_at_no_file(void **state)
{
    struct error err = ERROR_INIT;
    struct disk_look look;

    bench_remove(bench_disk(state));
    bench_create(bench_disk(state),
                 &(struct disk_new){.bytes = BENCH_BYTES, .passphrase = bench_secret("sealed")});
    assert_int_equal(disk_look(bench_disk(state), &none, &look, &err), 0);
    assert_int_equal(unlink(bench_path(state, "d/module1.img")), 0);
    assert_int_equal(mkfifo(bench_path(state, "d/module1.img"), 0600), 0);
    assert_int_equal(disk_look(bench_disk(state), &none, &look, &err), -1);
    bench_assert_sentence(&err, bench_disk(state), "%/module1.img: not a regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_create, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_create_large, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_create_refused, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_round_trip, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_import_over, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_import_sparse, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_pipes, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_transfer_refused, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_progress, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_password, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_rekey, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_wipe, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_pair, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_policy, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_verify_headers, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_verify_keys, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_verify_notes, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_verify_data, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_verify_unclean, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_copy, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_copy_in_trouble, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_look_at_no_file, bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
