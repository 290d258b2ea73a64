/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An SSD module as the machine has it on the files of a disk: the map that an import writes is the
 * module's own, and what the module leaves behind is sound to `disk verify`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/storage/ssd_module.h"
#include "tests/lib/rig.h"
#include "tests/unit/disk/bench.h"

#define BLOCK MEDIA_BLOCK_BYTES
#define USED  200u

/* Blocks of the volume that are not zero: 0, 3, 6 ... */
static void import(void **state)
{
    const struct disk_plain plain = {
        .path = bench_disk(state),
        .file = bench_path(state, "in"),
    };
    char *text = calloc(3 * USED, BLOCK);
    struct error err = ERROR_INIT;

    assert_non_null(text);
    for (size_t i = 0; i < USED; i++) {
        memset(text + 3 * i * BLOCK, 'x', 10);
    }
    bench_write(plain.file, text, (size_t)3 * USED * BLOCK);
    if (disk_import(&plain, &err) < 0) fail_msg("%s", err.text);
    free(text);
}

struct pair {
    struct rig *rig;
    struct device *modules[DISK_MODULES];
};

static struct pair power_on(struct disk *disk)
{
    static const char *const paths[] = {"/ssd0", "/ssd1"};
    struct pair pair = {.rig = rig_create()};

    for (unsigned i = 0; i < DISK_MODULES; i++) {
        const struct ssd_module_config config = {
            .media = disk_media(disk, i),
            .is_functional = true,
        };

        pair.modules[i] = rig_device(pair.rig, &ssd_module_class, paths[i], &config);
    }
    return pair;
}

static uint64_t mapped_blocks(const struct pair *pair)
{
    uint64_t blocks = 0;

    for (unsigned i = 0; i < DISK_MODULES; i++) {
        blocks += ssd_module_counters(pair->modules[i]).mapped_blocks;
    }
    return blocks;
}

static void assert_sound(void **state)
{
    char report[512] = "";
    FILE *file = tmpfile();
    const struct disk_secret none = {.data = NULL};
    unsigned problems = 1;
    size_t bytes;

    assert_non_null(file);
    assert_int_equal(disk_verify(bench_disk(state), &none, file, NULL, &problems, NULL), 0);
    rewind(file);
    bytes = fread(report, 1, sizeof(report) - 1, file);
    (void)fclose(file);
    report[bytes] = '\0';
    assert_string_equal(report, "");
    assert_int_equal(problems, 0);
}

static void test_import(void **state)
{
    struct disk *disk;
    struct pair pair;

    import(state);
    disk = bench_open(bench_disk(state), NULL);
    pair = power_on(disk);
    assert_int_equal(mapped_blocks(&pair), USED);
    rig_destroy(pair.rig);
    bench_close(disk);
    assert_sound(state);
    /* Wiped, there is nothing on the map. */
    assert_int_equal(disk_wipe(bench_disk(state), &(struct disk_secret){.data = NULL}, NULL), 0);
    disk = bench_open(bench_disk(state), NULL);
    pair = power_on(disk);
    assert_int_equal(mapped_blocks(&pair), 0);
    rig_destroy(pair.rig);
    bench_close(disk);
}

static void test_life(void **state)
{
    struct disk *disk = bench_open(bench_disk(state), NULL);
    struct pair pair = power_on(disk);
    uint8_t data[4 * BLOCK];
    uint8_t found[4 * BLOCK];

    memset(data, 7, sizeof(data));
    for (unsigned i = 0; i < DISK_MODULES; i++) {
        struct device *module = pair.modules[i];

        assert_int_equal(ssd_module_store(module, 40 + i, 4, data, false), SSD_OK);
        assert_int_equal(ssd_module_discard(module, 41 + i, 1), SSD_OK);
        assert_int_equal(ssd_module_flush(module), SSD_OK);
    }
    rig_destroy(pair.rig);
    bench_close(disk);
    assert_sound(state);

    disk = bench_open(bench_disk(state), NULL);
    pair = power_on(disk);
    assert_int_equal(mapped_blocks(&pair), 2 * 3);
    memset(data + BLOCK, 0, BLOCK);
    assert_int_equal(ssd_module_load(pair.modules[1], 41, 4, found), SSD_OK);
    assert_memory_equal(found, data, sizeof(found));
    rig_destroy(pair.rig);
    bench_close(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_import, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_life, bench_setup, bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
