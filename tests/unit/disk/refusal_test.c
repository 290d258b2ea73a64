/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that can be wrong with a disk directory, one by one: a good disk is damaged in one way,
 * the whole sentence is compared, and not a byte may have changed. Any access must refuse it.
 */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/crypto/digest.h"
#include "tests/unit/disk/bench.h"

#define OR_PAIR      "; put the right file back, or make new empty modules with spacegray disk pair"
#define HEADER_BYTES 4096u

struct refusal {
    const char *name;
    void (*damage)(void **state);
    const char *sentence; /* % is the disk */
};

static const char *file(void **state, const char *name)
{
    char path[BENCH_PATH];

    (void)snprintf(path, sizeof(path), "d/%s", name);
    return bench_path(state, path);
}

/* Another disk beside it, and one of its files. */
static const char *other(void **state, const char *name)
{
    char path[BENCH_PATH];

    if (!bench_exists(bench_path(state, "other"))) {
        bench_create(bench_path(state, "other"), &(struct disk_new){.bytes = BENCH_BYTES});
    }
    (void)snprintf(path, sizeof(path), "other/%s", name);
    return bench_path(state, path);
}

/* ---- Files ---- */

static void no_folder(void **state)
{
    bench_remove(bench_disk(state));
}

static void plain_file(void **state)
{
    bench_remove(bench_disk(state));
    bench_write(bench_disk(state), "x", 1);
}

static void empty_folder(void **state)
{
    bench_remove(bench_disk(state));
    assert_int_equal(mkdir(bench_disk(state), 0700), 0);
}

static void no_volume(void **state)
{
    assert_int_equal(unlink(file(state, "volume.json")), 0);
}

static void no_module(void **state)
{
    assert_int_equal(unlink(file(state, "module1.img")), 0);
}

static void module_is_pipe(void **state)
{
    no_module(state);
    assert_int_equal(mkfifo(file(state, "module1.img"), 0600), 0);
}

static void sep_is_a_link(void **state)
{
    const char *elsewhere = bench_path(state, "elsewhere.json");

    assert_int_equal(rename(file(state, "sep.json"), elsewhere), 0);
    assert_int_equal(symlink(elsewhere, file(state, "sep.json")), 0);
}

static void sep_is_open_to_others(void **state)
{
    assert_int_equal(chmod(file(state, "sep.json"), 0640), 0);
}

static void sep_is_empty(void **state)
{
    bench_write(file(state, "sep.json"), "", 0);
}

static void sep_is_huge(void **state)
{
    assert_int_equal(truncate(file(state, "sep.json"), INT64_C(1) << 40), 0);
}

/* ---- Modules ---- */

static void truncated(void **state)
{
    struct stat status;

    assert_int_equal(stat(file(state, "module0.img"), &status), 0);
    assert_int_equal(truncate(file(state, "module0.img"), status.st_size - 1), 0);
}

static void truncated_to_nothing(void **state)
{
    assert_int_equal(truncate(file(state, "module0.img"), 0), 0);
}

static void too_long(void **state)
{
    struct stat status;

    assert_int_equal(stat(file(state, "module1.img"), &status), 0);
    assert_int_equal(truncate(file(state, "module1.img"), status.st_size + 4096), 0);
}

static void swap(void **state)
{
    assert_int_equal(rename(file(state, "module0.img"), file(state, "m")), 0);
    assert_int_equal(rename(file(state, "module1.img"), file(state, "module0.img")), 0);
    assert_int_equal(rename(file(state, "m"), file(state, "module1.img")), 0);
}

static void twice(void **state)
{
    bench_copy_file(file(state, "module0.img"), file(state, "module1.img"));
}

static void from_another_disk(void **state)
{
    bench_copy_file(other(state, "module1.img"), file(state, "module1.img"));
}

static void both_from_another_disk(void **state)
{
    bench_copy_file(other(state, "module0.img"), file(state, "module0.img"));
    from_another_disk(state);
}

static void foreign_t2(void **state)
{
    bench_copy_file(other(state, "sep.json"), file(state, "sep.json"));
}

/* A T2 that claims to be this one. */
static void forged_t2(void **state)
{
    struct bench_text text = bench_read(file(state, "sep.json"));
    char *volume = strstr(text.data, "\"volume\": ");
    char line[64];

    assert_non_null(volume);
    memcpy(line, volume, sizeof(line));
    line[strcspn(line, "\n")] = '\0';
    foreign_t2(state);
    free(text.data);
    text = bench_read(file(state, "sep.json"));
    volume = strstr(text.data, "\"volume\": ");
    assert_non_null(volume);
    memcpy(volume, line, strlen(line));
    bench_write(file(state, "sep.json"), text.data, text.bytes);
    free(text.data);
    /* With the checksum mended. */
    bench_edit(file(state, "sep.json"), "\"update\"", "\"update\"", true);
}

static void foreign_volume(void **state)
{
    bench_copy_file(other(state, "volume.json"), file(state, "volume.json"));
}

static void foreign_json(void **state)
{
    foreign_t2(state);
    foreign_volume(state);
}

static void paired_since(void **state)
{
    const struct disk_secret none = {.data = NULL};
    struct error err = ERROR_INIT;

    bench_copy_file(file(state, "module0.img"), bench_path(state, "m"));
    assert_int_equal(disk_pair(bench_disk(state), 0, &none, &err), 0);
    bench_copy_file(bench_path(state, "m"), file(state, "module0.img"));
}

static void older_sep(void **state)
{
    struct disk *disk;

    bench_copy_file(file(state, "sep.json"), bench_path(state, "old"));
    disk = bench_open(bench_disk(state), NULL);
    assert_int_equal(disk_sep_store(disk).save(disk, disk_sep(disk)), 0);
    bench_close(disk);
    bench_copy_file(bench_path(state, "old"), file(state, "sep.json"));
}

static void other_module_id(void **state)
{
    struct bench_text text = bench_read(file(state, "volume.json"));
    char *digit = strstr(text.data, "\"module0\": \"");

    assert_non_null(digit);
    digit += strlen("\"module0\": \"");
    *digit = *digit == '0' ? '1' : '0';
    bench_write(file(state, "volume.json"), text.data, text.bytes);
    free(text.data);
    bench_edit(file(state, "volume.json"), "\"update\"", "\"update\"", true);
}

static void other_size(void **state)
{
    bench_edit(file(state, "volume.json"), "\"blocks\": 4096", "\"blocks\": 8192", true);
}

static void poke_both(void **state, uint64_t offset, const void *data, size_t bytes)
{
    bench_poke(file(state, "module0.img"), offset, data, bytes);
    bench_poke(file(state, "module0.img"), HEADER_BYTES + offset, data, bytes);
}

static void no_magic(void **state)
{
    poke_both(state, 0, "XX", 2);
}

/* Of one copy alone: a later program had the disk, and the other copy is what it was before. */
static void later_version(void **state)
{
    struct bench_text module = bench_read(file(state, "module0.img"));
    uint8_t *header = (uint8_t *)module.data + HEADER_BYTES;
    const size_t checked = HEADER_BYTES - DIGEST_BYTES;

    header[8] = 2;
    assert_int_equal(digest_sha256(header, checked, header + checked), 0);
    bench_poke(file(state, "module0.img"), HEADER_BYTES, header, HEADER_BYTES);
    free(module.data);
}

static void flipped_bit(void **state)
{
    poke_both(state, 48, "\xff", 1);
}

static void not_a_module(void **state)
{
    static const uint8_t elf[] = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0};

    poke_both(state, 0, elf, sizeof(elf));
}

/* ---- Permissions ---- */

static void locked_module(void **state)
{
    assert_int_equal(chmod(file(state, "module1.img"), 0400), 0);
}

static void locked_sep(void **state)
{
    assert_int_equal(chmod(file(state, "sep.json"), 0400), 0);
}

static void locked_folder(void **state)
{
    assert_int_equal(chmod(bench_disk(state), 0500), 0);
}

/* ---- JSON ---- */

static void sep_text(void **state, const char *text)
{
    bench_write(file(state, "sep.json"), text, strlen(text));
}

static void no_json(void **state)
{
    sep_text(state, "hello\n");
}

static void json_list(void **state)
{
    sep_text(state, "[1]\n");
}

static void json_of_another(void **state)
{
    sep_text(state, "{\"format\": \"something\"}\n");
}

static void json_deep(void **state)
{
    char text[16000];

    memset(text, '[', sizeof(text));
    bench_write(file(state, "sep.json"), text, sizeof(text));
}

static void json_zero_byte(void **state)
{
    sep_text(state, "{\"format\": \"spacegray-sep\\u0000\"}\n");
}

static void json_giant(void **state)
{
    bench_edit(file(state, "sep.json"), "\"update\": 1", "\"update\": 123456789012345678901",
               false);
}

static void json_large(void **state)
{
    bench_edit(file(state, "sep.json"), "\"update\": 1", "\"update\": 9007199254740992", true);
}

static void json_negative(void **state)
{
    bench_edit(file(state, "sep.json"), "\"failures\": 0", "\"failures\": -1", true);
}

static void json_fraction(void **state)
{
    bench_edit(file(state, "sep.json"), "\"failures\": 0", "\"failures\": 0.5", true);
}

static void json_iterations(void **state)
{
    bench_edit(file(state, "sep.json"), "\"iterations\": 20000", "\"iterations\": 10000001", true);
}

static void json_no_iterations(void **state)
{
    bench_edit(file(state, "sep.json"), "\"iterations\": 20000", "\"iterations\": 0", true);
}

static void json_twice(void **state)
{
    bench_edit(file(state, "sep.json"), "\"failures\": 0", "\"failures\": 0, \"failures\": 0",
               false);
}

static void json_unknown(void **state)
{
    bench_edit(file(state, "sep.json"), "\"failures\": 0", "\"failures\": 0, \"more\\n\": 0", true);
}

static void json_unknown_above(void **state)
{
    bench_edit(file(state, "volume.json"), "\"stripe\": 32", "\"stripe\": 32, \"more\": 0", true);
}

static void json_missing(void **state)
{
    bench_edit(file(state, "sep.json"), "\"failures\": 0,", "", true);
}

static void json_type(void **state)
{
    bench_edit(file(state, "sep.json"), "\"has_volume\": true", "\"has_volume\": 1", true);
}

static void json_word(void **state)
{
    bench_edit(file(state, "sep.json"), "\"boot_policy\": \"none\"", "\"boot_policy\": \"some\"",
               true);
}

static void json_short_hex(void **state)
{
    bench_edit(file(state, "sep.json"), "\"salt\": \"", "\"salt\": \"00", true);
}

static void json_upper_hex(void **state)
{
    bench_edit(file(state, "sep.json"), "\"ecid\": \"", "\"ecid\": \"A", true);
}

static void json_version(void **state)
{
    bench_edit(file(state, "volume.json"), "\"version\": 1", "\"version\": 2", true);
}

static void json_stripe(void **state)
{
    bench_edit(file(state, "volume.json"), "\"stripe\": 32", "\"stripe\": 64", true);
}

static void json_blocks(void **state)
{
    bench_edit(file(state, "volume.json"), "\"blocks\": 4096", "\"blocks\": 0", true);
}

static void json_by_hand(void **state)
{
    bench_edit(file(state, "volume.json"), "\"blocks\": 4096", "\"blocks\": 4224", false);
}

static void json_no_checksum(void **state)
{
    bench_edit(file(state, "volume.json"), "\"checksum\"", "\"sum\"", false);
}

static void json_no_secret(void **state)
{
    bench_edit(file(state, "sep.json"), "\"secret\"", "\"secrets\"", true);
}

static void json_secret_type(void **state)
{
    sep_text(state, "{\"format\": \"spacegray-sep\", \"version\": 1, \"update\": 1, "
                    "\"ecid\": \"0000000000000000\", "
                    "\"volume\": \"00000000000000000000000000000000\", \"secret\": [], "
                    "\"checksum\": \"\"}");
    bench_edit(file(state, "sep.json"), "\"update\"", "\"update\"", true);
}

#define SEP    "%/sep.json: "
#define VOLUME "%/volume.json: "
#define M0     "%/module0.img: "
#define M1     "%/module1.img: "

static const struct refusal refusals[] = {
    {"no folder", no_folder, "%: there is no such disk; spacegray disk create makes one"},
    {"a file", plain_file, "%: not a directory, which a disk is"},
    {"empty folder", empty_folder, SEP "missing"},
    {"no volume.json", no_volume, VOLUME "missing"},
    {"no module", no_module, M1 "missing" OR_PAIR},
    {"module is a pipe", module_is_pipe, M1 "not a regular file"},
    {"sep.json is a link", sep_is_a_link,
     SEP "a symbolic link: keys that are destroyed here would stay where it leads; put the file "
         "itself in its place"},
    {"sep.json open to others", sep_is_open_to_others,
     SEP "others may open it (mode 0640), but it holds the keys of the disk; chmod 600 makes it "
         "yours alone"},
    {"sep.json empty", sep_is_empty, SEP "empty"},
    {"sep.json huge", sep_is_huge, SEP "too long: 1099511627776 bytes, at most 16384 are possible"},

    {"truncated", truncated,
     M0 "truncated: it has 10485759 bytes, and should have 10485760" OR_PAIR},
    {"truncated to nothing", truncated_to_nothing,
     M0 "truncated: it has 0 bytes, too few for a header" OR_PAIR},
    {"too long", too_long, M1 "too long: it has 10489856 bytes, and should have 10485760" OR_PAIR},
    {"swapped", swap,
     M0 "swapped: this is module 1 of the volume; exchange module0.img and module1.img"},
    {"one module twice", twice,
     M1 "swapped: this is module 0 of the volume; exchange module0.img and module1.img"},
    {"module of another disk", from_another_disk,
     M1 "this module belongs to another volume" OR_PAIR},
    {"both of another disk", both_from_another_disk,
     M0 "this module belongs to another volume" OR_PAIR},
    {"foreign sep.json", foreign_t2,
     SEP "this T2 belongs to another volume than volume.json" OR_PAIR},
    {"forged sep.json", forged_t2,
     M0 "this module is paired with another T2 than that of sep.json" OR_PAIR},
    {"foreign volume.json", foreign_volume,
     SEP "this T2 belongs to another volume than volume.json" OR_PAIR},
    {"foreign sep.json and volume.json", foreign_json,
     M0 "this module belongs to another volume" OR_PAIR},
    {"module from before pairing", paired_since,
     M0 "this module belongs to another volume" OR_PAIR},
    {"older sep.json", older_sep, SEP "older than volume.json (update 1, but there was 2)" OR_PAIR},
    {"other module id", other_module_id,
     M0 "this module is not the one that volume.json names" OR_PAIR},
    {"other size", other_size, M0 "this module is not the one that volume.json names" OR_PAIR},
    {"no magic", no_magic, M0 "this is no module of a disk" OR_PAIR},
    {"a later version", later_version, M0 "made by a later version of spacegray"},
    {"flipped bit", flipped_bit, M0 "damaged: both copies of its header are" OR_PAIR},
    {"something else", not_a_module, M0 "this is no module of a disk" OR_PAIR},

    {"no JSON", no_json, SEP "damaged: this is no JSON (line 1, column 5)"},
    {"a list", json_list, SEP "damaged: this is no JSON object"},
    {"another file", json_of_another,
     SEP "this is no such file: its \"format\" is not \"spacegray-sep\""},
    {"deep JSON", json_deep, SEP "damaged: this is no JSON (line 1, column 2049)"},
    {"zero byte", json_zero_byte, SEP "damaged: this is no JSON (line 1, column 32)"},
    {"giant number", json_giant, SEP "damaged: a number is too large (line 4, column 33)"},
    {"large number", json_large, SEP "\"update\" is not a whole number from 1 to 9007199254740991"},
    {"negative number", json_negative, SEP "\"failures\" is not a whole number from 0 to 10"},
    {"fraction", json_fraction, SEP "\"failures\" is not a whole number from 0 to 10"},
    {"too many iterations", json_iterations,
     SEP "\"iterations\" is not a whole number from 0 to 10000000"},
    {"no iterations", json_no_iterations, SEP "\"iterations\" is 0, but there is a volume"},
    {"member twice", json_twice, SEP "damaged: a member is there twice (line 18, column 29)"},
    {"unknown member", json_unknown, SEP "it has a member that this version does not know"},
    {"unknown member above", json_unknown_above,
     VOLUME "it has a member that this version does not know"},
    {"missing member", json_missing, SEP "\"failures\" is missing"},
    {"wrong type", json_type, SEP "\"has_volume\" is not true or false"},
    {"wrong word", json_word, SEP "\"boot_policy\" is not one of the words it can be"},
    {"wrong length", json_short_hex, SEP "\"salt\" is not 64 lower-case hexadecimal digits"},
    {"upper case", json_upper_hex, SEP "\"ecid\" is not 16 lower-case hexadecimal digits"},
    {"later version", json_version, VOLUME "its version is not 1, the one that this program knows"},
    {"another stripe", json_stripe, VOLUME "\"stripe\" is not a whole number from 32 to 32"},
    {"no blocks", json_blocks, VOLUME "\"blocks\" is not a whole number from 4096 to 2147483648"},
    {"changed by hand", json_by_hand, VOLUME "damaged: its checksum is wrong"},
    {"no checksum", json_no_checksum, VOLUME "damaged: its checksum is wrong"},
    {"no secret", json_no_secret, SEP "it has a member that this version does not know"},
    {"secret is a list", json_secret_type, SEP "\"secret\" is not an object"},
};

static void refuse(void **state, const struct refusal *refusal)
{
    static const enum disk_access accesses[] = {DISK_KEEP, DISK_READ, DISK_TEMPORARY};
    const bool is_folder = refusal->damage != no_folder && refusal->damage != plain_file;
    uint64_t hash;

    refusal->damage(state);
    hash = is_folder && refusal->damage != module_is_pipe && refusal->damage != sep_is_huge
               ? bench_hash(bench_disk(state))
               : 0;
    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        const struct disk_options options = {.access = accesses[i]};

        bench_refused(bench_disk(state), &options, refusal->sentence);
    }
    if (hash != 0) assert_int_equal(bench_hash(bench_disk(state)), hash);
}

static void test_refusals(void **state)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        print_message("           %s\n", refusals[i].name);
        if (bench_exists(bench_disk(state))) {
            bench_remove(bench_disk(state));
        }
        bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
        refuse(state, &refusals[i]);
    }
}

/* Only whoever wants to write is refused. */
static void test_write_protected(void **state)
{
    static const struct refusal cases[] = {
        {"module", locked_module, M1 "write-protected (Permission denied)"},
        {"sep.json", locked_sep, SEP "write-protected (Permission denied)"},
        {"folder", locked_folder, "%: write-protected (Permission denied)"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct disk_options read = {.access = DISK_READ};
        const struct disk_options temporary = {.access = DISK_TEMPORARY};
        uint64_t hash;

        bench_remove(bench_disk(state));
        bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
        cases[i].damage(state);
        hash = bench_hash(bench_disk(state));
        bench_refused(bench_disk(state), NULL, cases[i].sentence);
        bench_close(bench_open(bench_disk(state), &read));
        bench_close(bench_open(bench_disk(state), &temporary));
        assert_int_equal(bench_hash(bench_disk(state)), hash);
        assert_int_equal(chmod(bench_disk(state), 0700), 0);
    }
}

static void test_passphrase(void **state)
{
    struct disk_options options = {.access = DISK_KEEP};
    uint64_t hash;

    options.passphrase = bench_secret("open");
    bench_refused(bench_disk(state), &options,
                  SEP "a passphrase was given, but the file is not sealed with one");
    bench_remove(bench_disk(state));
    bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES,
                                                       .passphrase = bench_secret("open sesame")});
    hash = bench_hash(bench_disk(state));
    bench_refused(bench_disk(state), NULL, SEP "sealed with a passphrase, and none was given");
    bench_refused(bench_disk(state), &options, SEP "wrong passphrase");
    assert_int_equal(bench_hash(bench_disk(state)), hash);
    options.passphrase = bench_secret("open sesame");
    bench_close(bench_open(bench_disk(state), &options));
    /* What is in the clear is bound to what is sealed. */
    bench_edit(file(state, "sep.json"), "\"update\": 1", "\"update\": 2", true);
    bench_refused(bench_disk(state), &options, SEP "wrong passphrase");
}

/* One good copy of a header is enough. */
static void test_one_header(void **state)
{
    for (unsigned copy = 0; copy < 2; copy++) {
        bench_poke(file(state, "module0.img"), (uint64_t)copy * HEADER_BYTES + 100, "damage", 6);
        bench_close(bench_open(bench_disk(state), NULL));
        bench_remove(bench_disk(state));
        bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
    }
}

/* What could be written, but not be read again, is not written. */
static void test_last_number(void **state)
{
    static const char *const members[] = {"\"update\": 1", "\"counter\": 1"};
    static const char *const last[] = {"\"update\": 9007199254740991",
                                       "\"counter\": 9007199254740991"};
    const struct disk_rekey rekey = {.password = {.data = NULL}};
    const struct disk_secret none = {.data = NULL};

    for (unsigned i = 0; i < 2; i++) {
        struct error err = ERROR_INIT;
        uint64_t hash;

        bench_remove(bench_disk(state));
        bench_create(bench_disk(state), &(struct disk_new){.bytes = BENCH_BYTES});
        bench_edit(file(state, "sep.json"), members[i], last[i], true);
        hash = bench_hash(bench_disk(state));
        assert_int_equal(disk_pair(bench_disk(state), 0, &none, &err), -1);
        bench_assert_sentence(&err, bench_disk(state),
                              SEP "it cannot be changed any more: a counter of it is at its end");
        assert_int_equal(bench_hash(bench_disk(state)), hash);
        /* A changed counter is damage to whoever wants the keys, and is told as that. */
        err = (struct error)ERROR_INIT;
        assert_int_equal(disk_rekey(bench_disk(state), &rekey, &err), -1);
        bench_close(bench_open(bench_disk(state), NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refusals, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_write_protected, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_passphrase, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_one_header, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_last_number, bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
