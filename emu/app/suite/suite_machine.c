/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See suite_machine.h. Each option is read once alone, so that what is wrong with it is told at its place, and then all
 * together. Sentences of the option parser name options by their dashes: those are taken away, for keys have none.
 */
#include "emu/app/suite/suite_machine.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "devices/apple/sep_keys.h"
#include "emu/app/app.h"
#include "emu/app/parse.h"
#include "emu/app/payload.h"
#include "emu/base/bits.h"
#include "emu/core/media.h"
#include "emu/disk/disk.h"

#define ARGUMENTS_MAX (SUITE_KEYS_MAX + RUN_MODULES_MAX + 8u)

struct maker {
    const struct suite_reader *reader;
    const struct suite_place *base;
    const struct suite_place *own;
    struct suite_machine *machine;
};

/* What a test's key takes away of the suite's machine. */
static const struct {
    const char *said;
    const char *gone;
} instead[] = {
    {"kernel", "image"},      {"kernel", "module"},
    {"kernel", "from"},       {"image", "kernel"},
    {"image", "initrd"},      {"image", "from"},
    {"rom", "from"},          {"disk", "fresh-disk"},
    {"fresh-disk", "disk"},   {"fresh-disk", "password-file"},
    {"fresh-disk", "from"},   {"fresh-disk", "passphrase-file"},
    {"memory", "dimms"},      {"dimms", "memory"},
    {"dimms", "flat-memory"}, {"flat-memory", "dimms"},
};

/* What can be said of a machine that a snapshot has made. */
static const char *const beside_from[] = {"from", "no-reboot", "disk", "password-file",
                                          "passphrase-file"};

static const char *name_of(const struct maker *maker, unsigned key)
{
    return maker->reader->schema->keys[SUITE_TABLE_MACHINE][key].name;
}

static bool is_in(const struct maker *maker, const struct suite_place *place, const char *name)
{
    const struct suite_schema *schema = maker->reader->schema;

    for (unsigned i = 0; i < schema->key_count[SUITE_TABLE_MACHINE]; i++) {
        if (strcmp(schema->keys[SUITE_TABLE_MACHINE][i].name, name) == 0)
            return suite_reader_has(maker->reader, place, i);
    }
    return false;
}

/* Whether the test says something that the suite's key does not go with. */
static bool is_replaced(const struct maker *maker, const char *name)
{
    if (is_in(maker, maker->own, "from") && strcmp(name, "no-reboot") != 0) return true;
    for (size_t i = 0; i < ARRAY_LEN(instead); i++) {
        if (strcmp(instead[i].gone, name) != 0) continue;
        if (is_in(maker, maker->own, instead[i].said)) return true;
    }
    return false;
}

/* Who says the key; NULL: nobody. */
static const struct suite_place *speaker(const struct maker *maker, unsigned key)
{
    if (suite_reader_has(maker->reader, maker->own, key)) return maker->own;
    if (!suite_reader_has(maker->reader, maker->base, key)) return NULL;
    return is_replaced(maker, name_of(maker, key)) ? NULL : maker->base;
}

/* ---- Sentences ---- */

/* The index of the key that begins at `word`; -1: none does. */
static int key_at(const struct maker *maker, const char *word)
{
    const struct suite_schema *schema = maker->reader->schema;
    size_t bytes = 0;

    while (islower((unsigned char)word[bytes]) || isdigit((unsigned char)word[bytes]) ||
           word[bytes] == '-') {
        bytes++;
    }
    for (size_t i = 0; i < schema->key_count[SUITE_TABLE_MACHINE]; i++) {
        const char *name = schema->keys[SUITE_TABLE_MACHINE][i].name;

        if (strlen(name) == bytes && strncmp(name, word, bytes) == 0) return (int)i;
    }
    return -1;
}

/* Takes the dashes of keys away. The first key that is named; -1: none. */
static int undash(const struct maker *maker, const char *text, char sentence[ERROR_TEXT_BYTES])
{
    size_t length = 0;
    int first = -1;

    while (*text != '\0' && length < ERROR_TEXT_BYTES - 1) {
        const int key = strncmp(text, "--", 2) == 0 ? key_at(maker, text + 2) : -1;

        if (key >= 0) {
            if (first < 0) first = key;
            text += 2;
        }
        sentence[length++] = *text++;
    }
    sentence[length] = '\0';
    return first;
}

static int refuse_value(const struct maker *maker, const struct suite_place *place, unsigned key,
                        const struct error *trouble)
{
    char sentence[ERROR_TEXT_BYTES];

    (void)undash(maker, trouble->text, sentence);
    return suite_reader_refuse(maker->reader, place, key, "%s", sentence);
}

/* Options that do not go together: told at the first that is named. */
static int refuse_all(const struct maker *maker, const struct error *trouble)
{
    const struct suite_place *place = maker->own->slots != NULL ? maker->own : maker->base;
    char sentence[ERROR_TEXT_BYTES];
    int key;

    if (trouble->kind == ERROR_HOST) return error_host(maker->reader->err, "%s", trouble->text);
    key = undash(maker, trouble->text, sentence);
    if (key < 0 || speaker(maker, (unsigned)key) == NULL) {
        return yaml_file_complain(maker->reader->yaml, maker->reader->err, place->path, "%s",
                                  sentence);
    }
    return suite_reader_refuse_key(maker->reader, speaker(maker, (unsigned)key), (unsigned)key,
                                   "%s", sentence);
}

/* ---- Arguments ---- */

static int add(const struct maker *maker, const char *name, const char *value, char **argument)
{
    const size_t bytes = strlen(name) + (value != NULL ? strlen(value) : 0) + sizeof("--=");

    *argument = suite_store_take(maker->reader->store, bytes, maker->reader->err);
    if (*argument == NULL) return -1;
    (void)snprintf(*argument, bytes, value != NULL ? "--%s=%s" : "--%s", name, value);
    maker->machine->argv[maker->machine->argc++] = *argument;
    return 0;
}

static int parse(int argc, char **argv, struct run_options *options, struct error *trouble)
{
    return run_options_parse(&command_run, argc, argv, options, trouble) == RUN_PARSED ? 0 : -1;
}

static int add_checked(const struct maker *maker, const struct suite_place *place, unsigned key,
                       const char *value)
{
    struct error trouble = ERROR_INIT;
    char run[] = "run";
    char *argument;
    char *argv[] = {run, NULL, NULL};

    if (add(maker, name_of(maker, key), value, &argument) != 0) return -1;
    argv[1] = argument;
    if (parse(2, argv, maker->reader->scratch, &trouble) == 0) return 0;
    return refuse_value(maker, place, key, &trouble);
}

static int add_flag(const struct maker *maker, const struct suite_place *place, unsigned key)
{
    char where[SUITE_WHERE_BYTES];
    const char *text;
    bool is_on = false;

    if (suite_reader_text(maker->reader, place, key, SUITE_TEXT_MAX, &text) != 0) return -1;
    suite_reader_where(maker->reader, place, key, where);
    if (yaml_switch(maker->reader->yaml, maker->reader->err, where, text, &is_on) != 0) return -1;
    return is_on ? add_checked(maker, place, key, NULL) : 0;
}

static int add_files(const struct maker *maker, const struct suite_place *place, unsigned key)
{
    struct suite_texts files;

    if (suite_reader_files(maker->reader, place, key, &files) != 0) return -1;
    for (size_t i = 0; i < files.count; i++) {
        if (add_checked(maker, place, key, files.list[i]) != 0) return -1;
    }
    return 0;
}

static int refuse_size(const struct suite_reader *reader, const struct suite_place *disk,
                       const struct error *trouble)
{
    char where[SUITE_WHERE_BYTES];

    suite_reader_where(reader, disk, FRESH_SIZE, where);
    return yaml_refuse(reader->yaml, reader->err, where, trouble);
}

static int read_fresh_disk(const struct maker *maker, const struct suite_place *place, unsigned key)
{
    const struct suite_reader *reader = maker->reader;
    struct suite_machine *machine = maker->machine;
    struct suite_place disk = {.table = SUITE_TABLE_FRESH_DISK, .slots = place->slots[key].map};
    struct error trouble = ERROR_INIT;
    const char *size;

    (void)snprintf(disk.path, sizeof(disk.path), "%.40s.fresh-disk", place->path);
    if (suite_reader_text(reader, &disk, FRESH_SIZE, SUITE_TEXT_MAX, &size) != 0) return -1;
    if (size == NULL) {
        return suite_reader_refuse_key(reader, place, key,
                                       "fresh-disk: size is missing, as in {size: 64G}");
    }
    if (parse_size("size", size, &machine->fresh_disk_bytes, &trouble) != 0)
        return refuse_size(reader, &disk, &trouble);
    if (machine->fresh_disk_bytes < DISK_BYTES_MIN || machine->fresh_disk_bytes > DISK_BYTES_MAX ||
        machine->fresh_disk_bytes % MEDIA_BLOCK_BYTES != 0) {
        return suite_reader_refuse(reader, &disk, FRESH_SIZE,
                                   "size: %s is not possible: 16M to 8T, in whole blocks of 4096 "
                                   "bytes",
                                   size);
    }
    return suite_reader_text(reader, &disk, FRESH_PASSWORD, SEP_PASSWORD_MAX, &machine->password);
}

static int add_key(const struct maker *maker, const struct suite_place *place, unsigned key)
{
    const struct suite_key *known = &maker->reader->schema->keys[SUITE_TABLE_MACHINE][key];
    const enum suite_machine_key kind = suite_machine_key_kind(known);
    const char *value;

    if (kind == MACHINE_KEY_FRESH_DISK) return read_fresh_disk(maker, place, key);
    if (kind == MACHINE_KEY_FLAG) return add_flag(maker, place, key);
    if (known->kind == SUITE_KEY_TEXTS) return add_files(maker, place, key);
    if (kind == MACHINE_KEY_FILE) {
        if (suite_reader_file(maker->reader, place, key, &value) != 0) return -1;
    } else if (suite_reader_text(maker->reader, place, key, SUITE_TEXT_MAX, &value) != 0) {
        return -1;
    }
    return add_checked(maker, place, key, value);
}

/* ---- The whole ---- */

static int check_from(const struct maker *maker)
{
    const struct suite_schema *schema = maker->reader->schema;

    if (maker->machine->options.from == NULL) return 0;
    for (unsigned key = 0; key < schema->key_count[SUITE_TABLE_MACHINE]; key++) {
        const struct suite_place *place = speaker(maker, key);
        const char *name = name_of(maker, key);
        bool is_allowed = place == NULL;

        for (size_t i = 0; i < ARRAY_LEN(beside_from); i++) {
            is_allowed = is_allowed || strcmp(beside_from[i], name) == 0;
        }
        if (is_allowed) continue;
        return suite_reader_refuse_key(maker->reader, place, key,
                                       "%s: the machine of from is what it is; leave %s out", name,
                                       name);
    }
    return 0;
}

static int check_disk(const struct maker *maker)
{
    const struct run_options *options = &maker->machine->options;
    struct error trouble = ERROR_INIT;

    if (maker->machine->fresh_disk_bytes != 0) {
        if (options->disk == NULL && options->password_file == NULL &&
            options->passphrase_file == NULL)
            return 0;
        (void)error_usage(&trouble, "--fresh-disk excludes --disk, --password-file and "
                                    "--passphrase-file: leave one of them out");
        return refuse_all(maker, &trouble);
    }
    if (options->disk != NULL) return 0;
    if (options->password_file != NULL) (void)error_usage(&trouble, "--password-file needs --disk");
    if (options->passphrase_file != NULL)
        (void)error_usage(&trouble, "--passphrase-file needs --disk");
    return trouble.kind != ERROR_NONE ? refuse_all(maker, &trouble) : 0;
}

/* Without opening a machine file, unless that is wanted. */
static int resolve(const struct maker *maker)
{
    struct run_options *options = &maker->machine->options;
    const char *file = options->memory.machine_file;
    struct error trouble = ERROR_INIT;
    int result;

    if (!maker->reader->opens_files) options->memory.machine_file = NULL;
    result = payload_check(options, &trouble);
    if (result == 0) result = run_options_resolve(options, &maker->machine->memory, &trouble);
    options->memory.machine_file = file;
    return result == 0 ? 0 : refuse_all(maker, &trouble);
}

static int parse_all(const struct maker *maker)
{
    struct suite_machine *machine = maker->machine;
    struct error trouble = ERROR_INIT;
    char *argument;

    if (add(maker, "headless", NULL, &argument) != 0 ||
        add(maker, "serial", "none", &argument) != 0)
        return -1;
    if (is_in(maker, maker->own, "disk") || is_in(maker, maker->base, "disk")) {
        if (add(maker, "disk-writes", "discard", &argument) != 0) return -1;
    }
    if (parse(machine->argc, machine->argv, &machine->options, &trouble) != 0)
        return refuse_all(maker, &trouble);
    if (check_from(maker) != 0 || check_disk(maker) != 0) return -1;
    return resolve(maker);
}

int suite_machine_read(const struct suite_reader *reader, const struct suite_place *base,
                       const struct suite_place *own, struct suite_machine *machine)
{
    const struct maker maker = {.reader = reader, .base = base, .own = own, .machine = machine};

    machine->argv =
        suite_store_take(reader->store, ARGUMENTS_MAX * sizeof(*machine->argv), reader->err);
    if (machine->argv == NULL) return -1;
    machine->argv[0] = suite_store_text(reader->store, "run", strlen("run"), reader->err);
    if (machine->argv[0] == NULL) return -1;
    machine->argc = 1;
    for (unsigned key = 0; key < reader->schema->key_count[SUITE_TABLE_MACHINE]; key++) {
        const struct suite_place *place = speaker(&maker, key);

        if (place != NULL && add_key(&maker, place, key) != 0) return -1;
    }
    return parse_all(&maker);
}

bool suite_machine_knows_modules(const struct suite_reader *reader,
                                 const struct suite_machine *machine)
{
    if (machine->options.from != NULL) return false;
    return reader->opens_files || machine->options.memory.machine_file == NULL;
}
