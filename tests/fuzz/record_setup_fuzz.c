/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record_setup_look() and record_setup_read() on hostile text: what is accepted has only options that make a
 * machine, can be shown on a terminal, and is the same when it is written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/app/record_setup.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "tests/fuzz/input.h"

/* Its name in what follows "--". */
static void check_option(const char *word)
{
    char name[64];
    const size_t bytes = strcspn(word + 2, "=");

    BUG_ON(strncmp(word, "--", 2) != 0 || bytes >= sizeof(name));
    memcpy(name, word + 2, bytes);
    name[bytes] = '\0';
    BUG_ON(!record_setup_keeps(name));
    for (const char *at = word; *at != '\0'; at++) {
        BUG_ON((*at >= 0 && *at < ' ') || *at == 0x7f);
    }
}

static bool is_about_files(const struct record_setup *setup)
{
    const struct run_options *options = &setup->options;
    const void *const files[] = {options->kernel, options->initrd,        options->image,
                                 options->rom,    options->rom_signature, options->rom_key,
                                 options->from};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (files[i] != NULL) return true;
    }
    for (int i = 0; i < setup->argc; i++) {
        if (strncmp(setup->argv[i], "--machine=", 10) == 0) return true;
    }
    return options->module_count > 0;
}

/* Files are not there, or are not what they were: only setups without any go all the way. */
static void check_again(const struct record_setup *setup)
{
    struct host_media media[RAID0_MODULES];
    struct machine_disk disk = {.blocks = setup->disk.blocks, .sep = &setup->disk.sep};
    const struct record_run run = {.argc = setup->argc,
                                   .argv = setup->argv,
                                   .rtc_base = setup->rtc_base,
                                   .disk = setup->disk.is_there ? &disk : NULL};
    struct error err = ERROR_INIT;
    struct record_setup again;
    /* What is between their members is zero. */
    const void *here = &setup->disk;
    const void *there = &again.disk;
    char *json;

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        media[i] = (struct host_media){.blocks = setup->disk.media_blocks[i],
                                       .notes_bytes = setup->disk.notes_bytes[i]};
        disk.media[i] = &media[i];
    }
    memcpy(disk.volume_id, setup->disk.volume_id, sizeof(disk.volume_id));
    json = record_setup_write(&run, true, &err);
    BUG_ON(json == NULL || record_setup_read(json, NULL, &again, &err) != 0);
    BUG_ON(again.argc != setup->argc || again.rtc_base != setup->rtc_base);
    for (int i = 0; i < setup->argc; i++) {
        BUG_ON(strcmp(again.argv[i], setup->argv[i]) != 0);
    }
    BUG_ON(memcmp(here, there, sizeof(setup->disk)) != 0);
    record_setup_release(&again);
    free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = malloc(size + 1);
    struct error err = ERROR_INIT;
    struct error second = ERROR_INIT;
    struct record_setup setup;

    BUG_ON(json == NULL);
    memcpy(json, data, size);
    json[size] = '\0';
    if (record_setup_look(json, &setup, &err) == 0) {
        for (int i = 1; i < setup.argc; i++) {
            check_option(setup.argv[i]);
        }
        if (!is_about_files(&setup)) check_again(&setup);
    } else {
        BUG_ON(err.kind != ERROR_HOST || err.text[0] == '\0');
    }
    record_setup_release(&setup);
    if (record_setup_read(json, NULL, &setup, &second) != 0) {
        BUG_ON(second.kind != ERROR_HOST || second.text[0] == '\0');
    }
    record_setup_release(&setup);
    free(json);
    return 0;
}
