/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The setup of a recording, from the command line and back. Only options of a list are taken in either
 * direction: a recording that somebody was given must not make this program write files or open sockets.
 */
#define _GNU_SOURCE /* realpath */

#include "emu/app/record_setup.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/base/bits.h"
#include "emu/base/hex.h"
#include "emu/crypto/digest.h"
#include "emu/host/file.h"

#define SETUP_VERSION     1
#define SETUP_OPTIONS_MAX 128
#define VALUE_MAX         65536u
#define FILE_BYTES_MAX    ((size_t)1 << 31)
#define HEX_BYTES         (2 * sizeof(struct sep_record) + 1)
#define MEDIA_MAX         (UINT64_C(1) << 40)

enum value_kind {
    VALUE_PLAIN,
    VALUE_FILE, /* its contents make the machine */
};

static const struct {
    const char *name;
    enum value_kind kind;
} kept[] = {
    {"kernel", VALUE_FILE},       {"initrd", VALUE_FILE},         {"append", VALUE_PLAIN},
    {"image", VALUE_FILE},        {"module", VALUE_FILE},         {"rom", VALUE_FILE},
    {"secure-boot", VALUE_PLAIN}, {"rom-signature", VALUE_FILE},  {"rom-key", VALUE_FILE},
    {"memory", VALUE_PLAIN},      {"dimms", VALUE_PLAIN},         {"ecc", VALUE_PLAIN},
    {"flat-memory", VALUE_PLAIN}, {"machine", VALUE_FILE},        {"cores", VALUE_PLAIN},
    {"no-reboot", VALUE_PLAIN},   {"t2-strict", VALUE_PLAIN},     {"fidelity", VALUE_PLAIN},
    {"scrub", VALUE_PLAIN},       {"patrol-period", VALUE_PLAIN}, {"page-policy", VALUE_PLAIN},
    {"test-device", VALUE_PLAIN}, {"from", VALUE_FILE},
};

static int kind_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        if (strcmp(kept[i].name, name) == 0) return (int)kept[i].kind;
    }
    return -1;
}

bool record_setup_keeps(const char *option)
{
    return kind_of(option) >= 0;
}

bool record_setup_is_file(const char *option)
{
    return kind_of(option) == (int)VALUE_FILE;
}

static bool takes_value(const char *name)
{
    for (const struct option_spec *spec = run_option_specs; spec->name != NULL; spec++) {
        if (strcmp(spec->name, name) == 0) return spec->value != NULL;
    }
    return false;
}

/* Sentences show values on terminals: no control characters, those of 8 bits in UTF-8 among them. */
static bool is_showable(const char *value)
{
    const unsigned char *at = (const unsigned char *)value;

    for (; *at != '\0'; at++) {
        if (*at < ' ' || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
            return false;
    }
    return true;
}

/* ---- Files ---- */

static int hash_file(const char *path, char hex[2 * DIGEST_BYTES + 1], struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    struct host_file file;
    struct stat info;
    int result;

    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return error_host(err, "%s: it has to be a regular file", path);
    }
    if (host_file_read(path, FILE_BYTES_MAX, &file, err) != 0) return -1;
    result = digest_sha256(file.data, file.bytes, digest);
    host_file_release(&file);
    if (result != 0) return error_host(err, "out of memory");
    hex_put(digest, sizeof(digest), hex);
    return 0;
}

/* From the root on; free() it. The last name stays as it was said, also when it is a link: a guest is told the
 * names of its modules. */
static char *whole_path(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    char *begin = slash != NULL ? strndup(path, (size_t)(name - path)) : strdup(".");
    char *folder = begin != NULL ? realpath(begin, NULL) : NULL;
    char *whole = NULL;

    if (folder != NULL &&
        asprintf(&whole, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name) < 0) {
        whole = NULL;
    }
    if (whole == NULL) (void)error_host(err, "%s: it cannot be found any more", path);
    free(begin);
    free(folder);
    return whole;
}

/* ---- Writing ---- */

static int add_file(json_t *entry, const char *path, struct error *err)
{
    char hex[2 * DIGEST_BYTES + 1];
    char *whole = whole_path(path, err);
    int result = -1;

    if (whole != NULL && hash_file(whole, hex, err) == 0) {
        const bool is_text = json_object_set_new(entry, "value", json_string(whole)) == 0 &&
                             json_object_set_new(entry, "sha256", json_string(hex)) == 0;

        result = is_text ? 0 : error_host(err, "%s: its name is no UTF-8", whole);
    }
    free(whole);
    return result;
}

static int add_option(json_t *list, const char *name, const char *value, struct error *err)
{
    const int kind = kind_of(name);
    json_t *entry;

    if (kind < 0) return 0;
    if (value != NULL && (!is_showable(value) || strlen(value) > VALUE_MAX)) {
        return error_usage(err, "--%s: control characters, or more than %u bytes, cannot be kept",
                           name, VALUE_MAX);
    }
    if (json_array_size(list) == SETUP_OPTIONS_MAX) {
        return error_usage(err, "too many options say how the machine is made (at most %d)",
                           SETUP_OPTIONS_MAX);
    }
    entry = json_pack("{s:s}", "option", name);
    if (entry == NULL || json_array_append_new(list, entry) != 0) {
        return error_host(err, "out of memory");
    }
    if (kind == VALUE_FILE && value != NULL) return add_file(entry, value, err);
    if (value != NULL && json_object_set_new(entry, "value", json_string(value)) != 0) {
        return error_host(err, "--%s: its value is no UTF-8", name);
    }
    return 0;
}

static int add_options(json_t *list, const struct record_run *run, bool has_start,
                       struct error *err)
{
    struct option_reader reader;
    const char *value;
    int option;

    option_reader_init(&reader, &command_run, run->argc, run->argv);
    while ((option = option_next(&reader, &value, err)) >= 0) {
        const char *name = run_option_specs[option].name;

        if (!has_start && strcmp(name, "from") == 0) continue;
        if (add_option(list, name, value, err) != 0) return -1;
    }
    return option == OPTIONS_END ? 0 : -1;
}

static json_t *disk_json(const struct machine_disk *disk)
{
    char volume[2 * SEP_ID_BYTES + 1];
    char sep[HEX_BYTES];
    json_t *modules = json_array();

    hex_put(disk->volume_id, sizeof(disk->volume_id), volume);
    hex_put(disk->sep, sizeof(*disk->sep), sep);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const struct host_media *media = disk->media[i];

        (void)json_array_append_new(
            modules,
            json_pack("{s:I, s:I}", "blocks", (json_int_t)(media != NULL ? media->blocks : 0),
                      "notes", (json_int_t)(media != NULL ? media->notes_bytes : 0)));
    }
    return json_pack("{s:I, s:s, s:s, s:o}", "blocks", (json_int_t)disk->blocks, "volume", volume,
                     "sep", sep, "modules", modules);
}

char *record_setup_write(const struct record_run *run, bool has_start, struct error *err)
{
    json_t *options = json_array();
    json_t *root = json_pack("{s:i, s:I, s:o}", "version", SETUP_VERSION, "rtc_base",
                             (json_int_t)run->rtc_base, "options", options);
    char *text = NULL;

    if (root == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    if (add_options(options, run, has_start, err) == 0) {
        if (run->disk != NULL) (void)json_object_set_new(root, "disk", disk_json(run->disk));
        text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
        if (text == NULL) (void)error_host(err, "out of memory");
    }
    json_decref(root);
    return text;
}

/* ---- Reading ---- */

static int bad(struct error *err, const char *what)
{
    return error_host(err, "the setup of its machine is damaged: %s", what);
}

static int check_names(const struct record_file *file, struct error *err)
{
    uint8_t digest[DIGEST_BYTES];

    if (file->sha256 == NULL || !hex_get(file->sha256, HEX_LOWER, digest, sizeof(digest))) {
        return bad(err, "a file without its SHA-256");
    }
    return file->path[0] == '/' ? 0 : bad(err, "a file's path does not begin at the root");
}

static int check_file(const struct record_file *file, const char *path, struct error *err)
{
    char hex[2 * DIGEST_BYTES + 1];

    if (hash_file(path, hex, err) != 0) return -1;
    if (strcmp(hex, file->sha256) == 0) return 0;
    return error_host(err, "%s (--%s) is not the file that it was: its SHA-256 is %s, and was %s",
                      path, file->option, hex, file->sha256);
}

/* Where its contents are now; free() it. NULL with `err`. */
static char *find_file(const struct record_file *file, const char *files, struct error *err)
{
    char *path = NULL;

    if (check_names(file, err) != 0) return NULL;
    if (files != NULL && asprintf(&path, "%s/%s", files, file->sha256) < 0) {
        path = NULL;
    }
    if (path == NULL || access(path, F_OK) != 0) {
        free(path);
        path = strdup(file->path);
    }
    if (path != NULL && check_file(file, path, err) == 0) return path;
    if (path == NULL) (void)error_host(err, "out of memory");
    free(path);
    return NULL;
}

static int add_argument(struct record_setup *setup, const char *name, const char *value,
                        struct error *err)
{
    char *text = NULL;

    if (asprintf(&text, value != NULL ? "--%s=%s" : "--%s", name, value) < 0) {
        return error_host(err, "out of memory");
    }
    setup->argv[setup->argc++] = text;
    return 0;
}

/* Where files are looked for. */
struct places {
    bool is_open; /* somebody looks for them */
    const char *files;
};

/* A guest is told how its modules are called, wherever they are found. */
static int name_module(struct record_setup *setup, const char *path, struct error *err)
{
    size_t count = 0;

    while (count < RUN_MODULES_MAX && setup->module_names[count] != NULL) {
        count++;
    }
    if (count == RUN_MODULES_MAX) return bad(err, "too many modules");
    setup->module_names[count] = strdup(strrchr(path, '/') + 1);
    return setup->module_names[count] != NULL ? 0 : error_host(err, "out of memory");
}

static int read_file(struct record_setup *setup, const struct record_file *file,
                     const struct places *places, struct error *err)
{
    char *path = find_file(file, places->files, err);
    int result = -1;

    if (path != NULL) result = add_argument(setup, file->option, path, err);
    free(path);
    if (result != 0 || strcmp(file->option, "module") != 0) return result;
    return name_module(setup, file->path, err);
}

static int read_option(struct record_setup *setup, const json_t *entry, const struct places *places,
                       struct error *err)
{
    const char *name = json_string_value(json_object_get(entry, "option"));
    const char *value = json_string_value(json_object_get(entry, "value"));
    const int kind = name != NULL ? kind_of(name) : -1;

    if (kind < 0) return bad(err, "an option that makes no machine");
    if ((value != NULL) != takes_value(name)) return bad(err, "a value too many, or too few");
    if (value != NULL && (strlen(value) > VALUE_MAX || !is_showable(value))) {
        return bad(err, "a value that cannot be");
    }
    if (kind == VALUE_FILE && value != NULL && places->is_open) {
        const struct record_file file = {
            .option = name,
            .path = value,
            .sha256 = json_string_value(json_object_get(entry, "sha256")),
        };

        return read_file(setup, &file, places, err);
    }
    return add_argument(setup, name, value, err);
}

static bool read_count(const json_t *object, const char *name, uint64_t max, uint64_t *value)
{
    const json_t *number = json_object_get(object, name);

    if (!json_is_integer(number) || json_integer_value(number) < 0) return false;
    *value = (uint64_t)json_integer_value(number);
    return *value <= max;
}

/* What these bytes would be as a record: no flag but 0 and 1, no policy that there is not. */
static bool is_record(const uint8_t *raw)
{
    static const size_t flags[] = {offsetof(struct sep_record, has_volume),
                                   offsetof(struct sep_record, has_password),
                                   offsetof(struct sep_record, has_boot_ticket)};
    enum sep_boot_policy highest = SEP_BOOT_FULL;
    unsigned policy;
    uint32_t iterations;

    static_assert(sizeof(highest) == sizeof(policy), "read as a number");
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (raw[flags[i]] > 1) return false;
    }
    memcpy(&policy, raw + offsetof(struct sep_record, boot_policy), sizeof(policy));
    memcpy(&iterations, raw + offsetof(struct sep_record, iterations), sizeof(iterations));
    return policy <= (unsigned)highest && iterations >= 1 && iterations <= SEP_ITERATIONS_MAX;
}

static bool read_record(const char *hex, struct sep_record *record)
{
    uint8_t raw[sizeof(*record)];

    if (hex == NULL || !hex_get(hex, HEX_LOWER, raw, sizeof(raw)) || !is_record(raw)) return false;
    memcpy(record, raw, sizeof(raw));
    return true;
}

static int read_disk(struct record_disk *disk, const json_t *object, struct error *err)
{
    const json_t *modules = json_object_get(object, "modules");
    const char *volume = json_string_value(json_object_get(object, "volume"));

    disk->is_there = true;
    if (!read_count(object, "blocks", MEDIA_MAX, &disk->blocks) || volume == NULL ||
        !hex_get(volume, HEX_LOWER, disk->volume_id, sizeof(disk->volume_id)) ||
        !read_record(json_string_value(json_object_get(object, "sep")), &disk->sep) ||
        json_array_size(modules) != RAID0_MODULES) {
        return bad(err, "the disk");
    }
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const json_t *module = json_array_get(modules, i);

        if (!read_count(module, "blocks", MEDIA_MAX, &disk->media_blocks[i]) ||
            !read_count(module, "notes", MEDIA_MAX, &disk->notes_bytes[i])) {
            return bad(err, "an SSD module");
        }
    }
    return 0;
}

static int check_root(const json_t *root, struct error *err)
{
    if (!json_is_object(root)) return bad(err, "no JSON object");
    if (json_integer_value(json_object_get(root, "version")) != SETUP_VERSION) {
        return error_host(err,
                          "the setup of its machine is of another version than %d, the only one "
                          "that this program knows",
                          SETUP_VERSION);
    }
    if (!json_is_integer(json_object_get(root, "rtc_base")) ||
        json_array_size(json_object_get(root, "options")) > SETUP_OPTIONS_MAX) {
        return bad(err, "options");
    }
    return 0;
}

/* A machine that had the firmware of another program than this one. */
static int add_rom(struct record_setup *setup, const char *files, struct error *err)
{
    char *path = NULL;
    int result = 0;

    for (int i = 1; i < setup->argc; i++) {
        if (strncmp(setup->argv[i], "--rom=", strlen("--rom=")) == 0) return 0;
    }
    if (asprintf(&path, "%s/%s", files, RECORD_SETUP_ROM) < 0) {
        return error_host(err, "out of memory");
    }
    if (access(path, F_OK) == 0) result = add_argument(setup, "rom", path, err);
    free(path);
    return result;
}

static int read_root(struct record_setup *setup, const json_t *root, const struct places *places,
                     struct error *err)
{
    const json_t *options = json_object_get(root, "options");
    const json_t *disk = json_object_get(root, "disk");

    if (check_root(root, err) != 0) return -1;
    setup->rtc_base = json_integer_value(json_object_get(root, "rtc_base"));
    setup->argv = calloc(SETUP_OPTIONS_MAX + 3, sizeof(*setup->argv));
    if (setup->argv == NULL) return error_host(err, "out of memory");
    setup->argv[setup->argc++] = strdup("run");
    for (size_t i = 0; i < json_array_size(options); i++) {
        if (read_option(setup, json_array_get(options, i), places, err) != 0) return -1;
    }
    if (places->files != NULL && add_rom(setup, places->files, err) != 0) return -1;
    return disk != NULL ? read_disk(&setup->disk, disk, err) : 0;
}

static int parse(struct record_setup *setup, struct error *err)
{
    struct error why = ERROR_INIT;

    switch (run_options_parse(&command_run, setup->argc, setup->argv, &setup->options, &why)) {
    case RUN_PARSED:
        for (size_t i = 0; i < RUN_MODULES_MAX; i++) {
            setup->options.module_names[i] = setup->module_names[i];
        }
        return 0;
    case RUN_PARSED_HELP: return bad(err, "it asks for help");
    case RUN_PARSED_ERROR: break;
    }
    return bad(err, why.text);
}

static int read_setup(const char *json, struct record_setup *setup, const struct places *places,
                      struct error *err)
{
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    int result;

    *setup = (struct record_setup){.argc = 0};
    result = read_root(setup, root, places, err);
    json_decref(root);
    return result == 0 ? parse(setup, err) : -1;
}

int record_setup_read(const char *json, const char *files, struct record_setup *setup,
                      struct error *err)
{
    return read_setup(json, setup, &(struct places){.is_open = true, .files = files}, err);
}

int record_setup_look(const char *json, struct record_setup *setup, struct error *err)
{
    return read_setup(json, setup, &(struct places){.is_open = false}, err);
}

int record_setup_each_file(const char *json,
                           int (*visit)(void *ctx, const struct record_file *file,
                                        struct error *err),
                           void *ctx, struct error *err)
{
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    const json_t *options = json_object_get(root, "options");
    int result = check_root(root, err);

    for (size_t i = 0; result == 0 && i < json_array_size(options); i++) {
        const json_t *entry = json_array_get(options, i);
        const struct record_file file = {
            .option = json_string_value(json_object_get(entry, "option")),
            .path = json_string_value(json_object_get(entry, "value")),
            .sha256 = json_string_value(json_object_get(entry, "sha256")),
        };

        if (file.option == NULL || file.path == NULL || kind_of(file.option) != VALUE_FILE)
            continue;
        result = check_names(&file, err);
        if (result == 0) result = visit(ctx, &file, err);
    }
    json_decref(root);
    return result;
}

void record_setup_release(struct record_setup *setup)
{
    for (int i = 0; i < setup->argc; i++) {
        free(setup->argv[i]);
    }
    free(setup->argv);
    for (size_t i = 0; i < RUN_MODULES_MAX; i++) {
        free(setup->module_names[i]);
    }
    *setup = (struct record_setup){.argc = 0};
}
