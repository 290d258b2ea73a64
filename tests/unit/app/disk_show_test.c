/* SPDX-License-Identifier: GPL-2.0-only */
/* What `spacegray disk info` prints of a disk, and how far long work is. */
#define _GNU_SOURCE

#include "emu/app/disk_show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/app/disk_watch.h"

/* Made up, all of it known. */
static struct disk_look sample(void)
{
    struct disk_look look = {
        .blocks = UINT64_C(1) << 28,
        .used_bytes = UINT64_C(3) << 29,
        .has_t2 = true,
        .t2 =
            {
                .ecid = 0xabcd,
                .counter = 7,
                .has_password = true,
                .failures = 3,
                .boot_policy = SEP_BOOT_FULL,
                .has_boot_ticket = true,
            },
        .is_in_use = true,
        .user = 42,
    };

    for (unsigned i = 0; i < SEP_ID_BYTES; i++) {
        look.volume_id[i] = (uint8_t)i;
    }
    look.modules[0].file_bytes = UINT64_C(513) << 30;
    look.modules[0].host_bytes = 8192;
    look.modules[1].file_bytes = UINT64_C(513) << 30;
    look.modules[1].is_clean = true;
    look.modules[1].wear = (struct disk_look_wear){
        .is_known = true,
        .mapped_blocks = 1,
        .blocks_read = 256,
        .blocks_written = 512,
        .pages_programmed = 130,
        .superblocks_erased = 4,
    };
    return look;
}

static char *text_of(const struct disk_look *look, bool is_json)
{
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);

    assert_non_null(file);
    if (is_json) {
        disk_show_json(look, file);
    } else {
        disk_show_text("mac", look, file);
    }
    assert_int_equal(fclose(file), 0);
    return text;
}

static void sizes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 bytes"},
        {1023, "1023 bytes"},
        {1024, "1 KiB"},
        {1535, "1.4 KiB"},
        {1536, "1.5 KiB"},
        {UINT64_C(1) << 20, "1 MiB"},
        {(UINT64_C(1) << 40) - 1, "1023.9 GiB"},
        {UINT64_C(1) << 40, "1 TiB"},
        {UINT64_C(8) << 40, "8 TiB"},
        {UINT64_C(1) << 50, "1024 TiB"},
    };
    char text[DISK_SIZE_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        disk_size_text(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void text_for_people(void **state)
{
    const struct disk_look look = sample();
    char *text = text_of(&look, false);

    (void)state;
    assert_string_equal(text, "mac\n"
                              "  capacity          1 TiB (268435456 blocks of 4096 bytes)\n"
                              "  used              1.5 GiB\n"
                              "  in use by         process 42\n"
                              "  volume            000102030405060708090a0b0c0d0e0f\n"
                              "  module0.img       513 GiB long, 8 KiB on the host, open or not "
                              "closed\n"
                              "  module1.img       513 GiB long, 0 bytes on the host\n"
                              "                    1 MiB read, 2 MiB written, 4 superblocks "
                              "erased\n"
                              "  sep.json          not sealed\n"
                              "  password          yes; 3 of 10 wrong tries\n"
                              "  startup security  full, has a ticket\n"
                              "  ECID              0x000000000000abcd\n"
                              "  nonce for tickets 00000000000000000000000000000000"
                              "00000000000000000000000000000000\n"
                              "  changes of keys   7\n");
    free(text);
}

static void nothing_of_a_sealed_t2(void **state)
{
    struct disk_look look = sample();
    char *text;

    (void)state;
    look.is_sealed = true;
    look.has_t2 = false;
    text = text_of(&look, false);
    assert_non_null(strstr(text, "sealed with a passphrase: more with --passphrase-file\n"));
    assert_null(strstr(text, "abcd"));
    assert_null(strstr(text, "password  "));
    free(text);
    text = text_of(&look, true);
    assert_null(strstr(text, "\"t2\""));
    assert_non_null(strstr(text, "\"sealed\": true"));
    free(text);
}

static void json_has_all(void **state)
{
    static const char *const parts[] = {
        "{\"bytes\": 1099511627776, \"blocks\": 268435456, \"used_bytes\": 1610612736, ",
        "\"volume\": \"000102030405060708090a0b0c0d0e0f\", \"in_use\": true, \"process\": 42, ",
        "\"modules\": [{\"name\": \"module0.img\", \"bytes\": 550829555712, \"host_bytes\": 8192, "
        "\"clean\": false}, {",
        "\"wear\": {\"mapped_blocks\": 1, \"blocks_read\": 256, \"blocks_written\": 512, "
        "\"pages_programmed\": 130, \"superblocks_erased\": 4}}]",
        "\"t2\": {\"ecid\": \"000000000000abcd\", \"password\": true, \"failures\": 3, "
        "\"counter\": 7, \"secure_boot\": \"full\", \"ticket\": true, \"nonce\": \"0000",
    };
    const struct disk_look look = sample();
    char *text = text_of(&look, true);

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strstr(text, parts[i]) == NULL) fail_msg("%s is not in %s", parts[i], text);
    }
    assert_string_equal(text + strlen(text) - 4, "\"}}\n");
    free(text);
}

static void how_far_it_is(void **state)
{
    char text[DISK_WATCH_BYTES];

    (void)state;
    disk_watch_text(0, UINT64_C(1) << 30, 0, text);
    assert_string_equal(text, "0 %, 0 bytes of 1 GiB, 0 bytes/s");
    disk_watch_text(UINT64_C(512) << 20, UINT64_C(1) << 30, 2000, text);
    assert_string_equal(text, "50 %, 512 MiB of 1 GiB, 256 MiB/s");
    disk_watch_text(UINT64_C(16) << 40, UINT64_C(16) << 40, 1, text);
    assert_string_equal(text, "100 %, 16 TiB of 16 TiB, 16000 TiB/s");
    disk_watch_text(0, 0, 10, text);
    assert_string_equal(text, "100 %, 0 bytes of 0 bytes, 0 bytes/s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(text_for_people),
        cmocka_unit_test(nothing_of_a_sealed_t2),
        cmocka_unit_test(json_has_all),
        cmocka_unit_test(how_far_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
