/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of `spacegray disk`: which action, which options it takes, what goes together. */
#define _GNU_SOURCE

#include "emu/app/disk_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 12

/* A command line as main() gets it. `request` points into it. */
struct line {
    int argc;
    char *argv[WORDS_MAX + 1];
    struct disk_request request;
    struct error err;
};

static int start(void **state)
{
    *state = calloc(1, sizeof(struct line));
    return *state == NULL;
}

static int end(void **state)
{
    struct line *line = *state;

    for (int i = 0; i < line->argc; i++) {
        free(line->argv[i]);
    }
    free(line);
    return 0;
}

/* Words are separated by one space each. */
static enum run_parsed parse(struct line *line, enum disk_action action, const char *words)
{
    char *copy = strdup(words);
    char *rest = copy;

    for (int i = 0; i < line->argc; i++) {
        free(line->argv[i]);
    }
    line->argc = 0;
    line->err = (struct error)ERROR_INIT;
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        assert_true(line->argc < WORDS_MAX);
        line->argv[line->argc++] = strdup(word);
    }
    line->argv[line->argc] = NULL;
    free(copy);
    return disk_options_parse(action, line->argc, line->argv, &line->request, &line->err);
}

static void refuse(struct line *line, enum disk_action action, const char *words,
                   const char *sentence)
{
    assert_int_equal(parse(line, action, words), RUN_PARSED_ERROR);
    assert_int_equal(line->err.kind, ERROR_USAGE);
    assert_string_equal(line->err.text, sentence);
}

static void actions_by_name(void **state)
{
    struct error err = ERROR_INIT;
    enum disk_action action;

    (void)state;
    for (int i = DISK_ACTION_CREATE; i <= DISK_ACTION_SECURE_BOOT; i++) {
        const struct command *command = disk_action_command((enum disk_action)i);

        assert_memory_equal(command->name, "disk ", 5);
        assert_int_equal(disk_action_find(command->name + 5, &action, &err), 0);
        assert_int_equal(action, i);
    }
    assert_int_equal(disk_action_find("exprot", &action, &err), -1);
    assert_string_equal(err.text, "disk: unknown action exprot: did you mean export?");
    err = (struct error)ERROR_INIT;
    assert_int_equal(disk_action_find("", &action, &err), -1);
    assert_string_equal(err.text, "disk: unknown action  (see spacegray disk --help)");
}

static void every_option_is_stored(void **state)
{
    struct line *line = *state;
    const struct disk_request *request = &line->request;

    assert_int_equal(parse(line, DISK_ACTION_CREATE,
                           "create --size 1T mac --password-file a --passphrase-file=b "
                           "--secure-boot medium"),
                     RUN_PARSED);
    assert_int_equal(request->action, DISK_ACTION_CREATE);
    assert_string_equal(request->path, "mac");
    assert_true(request->bytes == UINT64_C(1) << 40);
    assert_string_equal(request->password_file, "a");
    assert_string_equal(request->passphrase_file, "b");
    assert_int_equal(request->policy, SEP_BOOT_MEDIUM);
    assert_int_equal(parse(line, DISK_ACTION_REKEY, "rekey mac --no-password --no-passphrase"),
                     RUN_PARSED);
    assert_true(request->drops_password && request->drops_passphrase);
    assert_int_equal(
        parse(line, DISK_ACTION_REKEY, "rekey mac --new-password-file c --new-passphrase-file d"),
        RUN_PARSED);
    assert_string_equal(request->new_password_file, "c");
    assert_string_equal(request->new_passphrase_file, "d");
    assert_false(request->drops_password || request->drops_passphrase);
    assert_int_equal(
        parse(line, DISK_ACTION_SECURE_BOOT, "secure-boot mac full --key k --rom r --rom-key p"),
        RUN_PARSED);
    assert_int_equal(request->policy, SEP_BOOT_FULL);
    assert_string_equal(request->key, "k");
    assert_string_equal(request->rom, "r");
    assert_string_equal(request->rom_key, "p");
    assert_int_equal(parse(line, DISK_ACTION_EXPORT, "export mac - --force"), RUN_PARSED);
    assert_true(request->is_forced);
    assert_string_equal(request->file, "-");
    assert_int_equal(parse(line, DISK_ACTION_INFO, "info mac --json"), RUN_PARSED);
    assert_true(request->is_json);
    assert_int_equal(parse(line, DISK_ACTION_PAIR, "pair mac --yes --size 0x10M"), RUN_PARSED);
    assert_true(request->is_confirmed && request->bytes == UINT64_C(16) << 20);
    assert_int_equal(parse(line, DISK_ACTION_INFO, "info --help"), RUN_PARSED_HELP);
}

static void an_action_takes_its_own_options_only(void **state)
{
    struct line *line = *state;

    refuse(line, DISK_ACTION_INFO, "info mac --force",
           "unknown option --force (see spacegray disk info --help)");
    refuse(line, DISK_ACTION_WIPE, "wipe mac --size 1T",
           "unknown option --size (see spacegray disk wipe --help)");
    refuse(line, DISK_ACTION_EXPORT, "export mac x --pass y",
           "option --pass is ambiguous: --password-file, --passphrase-file");
}

static void arguments_are_counted(void **state)
{
    struct line *line = *state;

    refuse(line, DISK_ACTION_VERIFY, "verify",
           "disk verify: the disk's directory is missing (see spacegray disk verify --help)");
    refuse(line, DISK_ACTION_IMPORT, "import mac",
           "disk import: the image file is missing (see spacegray disk import --help)");
    refuse(line, DISK_ACTION_SECURE_BOOT, "secure-boot mac",
           "disk secure-boot: none, medium or full is missing (see spacegray disk secure-boot "
           "--help)");
    refuse(line, DISK_ACTION_SECURE_BOOT, "secure-boot mac Full",
           "disk secure-boot: 'Full' is neither none nor medium nor full");
    refuse(line, DISK_ACTION_WIPE, "wipe mac mac2",
           "unexpected argument 'mac2' (see spacegray disk wipe --help)");
    refuse(line, DISK_ACTION_CREATE, "create mac",
           "disk create: --size is missing (see spacegray disk create --help)");
}

static void what_does_not_go_together(void **state)
{
    struct line *line = *state;

    refuse(line, DISK_ACTION_REKEY, "rekey mac --no-password --new-password-file x",
           "--new-password-file and --no-password exclude each other");
    refuse(line, DISK_ACTION_REKEY, "rekey mac --no-passphrase --new-passphrase-file x",
           "--new-passphrase-file and --no-passphrase exclude each other");
    refuse(line, DISK_ACTION_SECURE_BOOT, "secure-boot mac medium --ticket x",
           "--ticket has a meaning only with full security");
    refuse(line, DISK_ACTION_SECURE_BOOT, "secure-boot mac full --ticket x --key y",
           "--ticket and --key exclude each other");
    refuse(line, DISK_ACTION_CREATE, "create mac --size 1G --rom x",
           "--rom has a meaning only with full security");
    refuse(line, DISK_ACTION_CREATE, "create mac --size 1G --secure-boot full",
           "--secure-boot full needs --key: a new T2 has no ticket for its firmware yet");
    refuse(line, DISK_ACTION_IMPORT, "import mac - --passphrase-file -",
           "disk import: a secret and the image cannot both come from standard input");
    refuse(line, DISK_ACTION_PAIR, "pair mac --size 0",
           "--size: a disk of 0 bytes is not possible");
    refuse(line, DISK_ACTION_PAIR, "pair mac --size 20T0",
           "--size: '20T0' is not a size, as in 512M or 4G");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actions_by_name),
        cmocka_unit_test_setup_teardown(every_option_is_stored, start, end),
        cmocka_unit_test_setup_teardown(an_action_takes_its_own_options_only, start, end),
        cmocka_unit_test_setup_teardown(arguments_are_counted, start, end),
        cmocka_unit_test_setup_teardown(what_does_not_go_together, start, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
