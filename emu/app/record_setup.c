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

#include "emu/app/app.h"
#include "emu/base/bits.h"
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

static bool takes_value(const char *name)
{
    for (const struct option_spec *spec = run_option_specs; spec->name != NULL; spec++) {
        if (strcmp(spec->name, name) == 0) return spec->value != NULL;
    }
    return false;
}

static void to_hex(const void *data, size_t bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = data;

    for (size_t i = 0; i < bytes; i++) {
        text[2 * i] = digits[from[i] >> 4];
        text[2 * i + 1] = digits[from[i] & 15];
    }
    text[2 * bytes] = '\0';
}

static bool from_hex(const char *text, void *data, size_t bytes)
{
    uint8_t *to = data;

    if (text == NULL || strlen(text) != 2 * bytes) return false;
    if (strspn(text, "0123456789abcdef") != 2 * bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        unsigned value = 0;

        if (sscanf(text + 2 * i, "%2x", &value) != 1) return false;
        to[i] = (uint8_t)value;
    }
    return true;
}

/* ---- Files ---- */

/* `--module "FILE WORDS"`: the file ends at the first blank. */
static size_t path_bytes(const char *value)
{
    return strcspn(value, " ");
}

static int hash_file(const char *path, char hex[2 * DIGEST_BYTES + 1], struct error *err)
{
    uint8_t digest[DIGEST_BYTES];
    struct host_file file;
    int result;

    if (host_file_read(path, FILE_BYTES_MAX, &file, err) != 0) return -1;
    result = digest_sha256(file.data, file.bytes, digest);
    host_file_release(&file);
    if (result != 0) return error_host(err, "out of memory");
    to_hex(digest, sizeof(digest), hex);
    return 0;
}

/* The whole path, with what follows it; free() it. */
static char *whole_path(const char *value, struct error *err)
{
    const size_t bytes = path_bytes(value);
    char *name = strndup(value, bytes);
    char *path = name != NULL ? realpath(name, NULL) : NULL;
    char *whole = NULL;

    if (path != NULL && asprintf(&whole, "%s%s", path, value + bytes) < 0) whole = NULL;
    if (whole == NULL) (void)error_host(err, "%s: it cannot be found any more", value);
    free(name);
    free(path);
    return whole;
}

/* ---- Writing ---- */

static int add_file(json_t *entry, const char *value, struct error *err)
{
    char hex[2 * DIGEST_BYTES + 1];
    char *whole = whole_path(value, err);
    char *path;
    int result;

    if (whole == NULL) return -1;
    path = strndup(whole, path_bytes(whole));
    result = path != NULL ? hash_file(path, hex, err) : error_host(err, "out of memory");
    if (result == 0 && (json_object_set_new(entry, "value", json_string(whole)) != 0 ||
                        json_object_set_new(entry, "sha256", json_string(hex)) != 0)) {
        result = error_host(err, "%s: its name is no UTF-8, which a recording needs", whole);
    }
    free(path);
    free(whole);
    return result;
}

static int add_option(json_t *list, const char *name, const char *value, struct error *err)
{
    const int kind = kind_of(name);
    json_t *entry;

    if (kind < 0) return 0;
    entry = json_pack("{s:s}", "option", name);
    if (entry == NULL || json_array_append_new(list, entry) != 0) {
        return error_host(err, "out of memory");
    }
    if (kind == VALUE_FILE) return add_file(entry, value, err);
    if (value != NULL && json_object_set_new(entry, "value", json_string(value)) != 0) {
        return error_host(err, "--%s: its value is no UTF-8, which a recording needs", name);
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

    to_hex(disk->volume_id, sizeof(disk->volume_id), volume);
    to_hex(disk->sep, sizeof(*disk->sep), sep);
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
    return error_host(err, "the recording's setup is damaged: %s", what);
}

static int check_file(const char *name, const char *value, const char *wanted, struct error *err)
{
    char hex[2 * DIGEST_BYTES + 1];
    char *path = strndup(value, path_bytes(value));
    int result = -1;

    if (path == NULL) return error_host(err, "out of memory");
    if (hash_file(path, hex, err) == 0) {
        result = wanted != NULL && strcmp(hex, wanted) == 0
                     ? 0
                     : error_host(err,
                                  "%s (--%s) is not the file that was recorded: its SHA-256 is %s, "
                                  "and was %s",
                                  path, name, hex, wanted != NULL ? wanted : "not kept");
    }
    free(path);
    return result;
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

static int read_option(struct record_setup *setup, const json_t *entry, struct error *err)
{
    const char *name = json_string_value(json_object_get(entry, "option"));
    const char *value = json_string_value(json_object_get(entry, "value"));
    const int kind = name != NULL ? kind_of(name) : -1;

    if (kind < 0) return bad(err, "an option that makes no machine");
    if ((value != NULL) != takes_value(name)) return bad(err, "a value too many, or too few");
    if (value != NULL && strlen(value) > VALUE_MAX) return bad(err, "a value is too long");
    if (kind == VALUE_FILE && value != NULL) {
        const char *sha256 = json_string_value(json_object_get(entry, "sha256"));

        if (check_file(name, value, sha256, err) != 0) return -1;
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

    if (!from_hex(hex, raw, sizeof(raw)) || !is_record(raw)) return false;
    memcpy(record, raw, sizeof(raw));
    return true;
}

static int read_disk(struct record_disk *disk, const json_t *object, struct error *err)
{
    const json_t *modules = json_object_get(object, "modules");

    disk->is_there = true;
    if (!read_count(object, "blocks", MEDIA_MAX, &disk->blocks) ||
        !from_hex(json_string_value(json_object_get(object, "volume")), disk->volume_id,
                  sizeof(disk->volume_id)) ||
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

static int read_root(struct record_setup *setup, const json_t *root, struct error *err)
{
    const json_t *options = json_object_get(root, "options");
    const json_t *rtc_base = json_object_get(root, "rtc_base");
    const json_t *disk = json_object_get(root, "disk");

    if (json_integer_value(json_object_get(root, "version")) != SETUP_VERSION) {
        return error_host(err,
                          "the recording's setup is of another version than %d, the only one "
                          "that this program knows",
                          SETUP_VERSION);
    }
    if (!json_is_integer(rtc_base) || json_array_size(options) > SETUP_OPTIONS_MAX) {
        return bad(err, "options");
    }
    setup->rtc_base = json_integer_value(rtc_base);
    setup->argv = calloc(SETUP_OPTIONS_MAX + 2, sizeof(*setup->argv));
    if (setup->argv == NULL) return error_host(err, "out of memory");
    setup->argv[setup->argc++] = strdup("run");
    for (size_t i = 0; i < json_array_size(options); i++) {
        if (read_option(setup, json_array_get(options, i), err) != 0) return -1;
    }
    return disk != NULL ? read_disk(&setup->disk, disk, err) : 0;
}

int record_setup_read(const char *json, struct record_setup *setup, struct error *err)
{
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    int result;

    *setup = (struct record_setup){.argc = 0};
    if (!json_is_object(root)) {
        json_decref(root);
        return bad(err, "no JSON object");
    }
    result = read_root(setup, root, err);
    json_decref(root);
    if (result != 0) return -1;
    switch (run_options_parse(&command_run, setup->argc, setup->argv, &setup->options, err)) {
    case RUN_PARSED: return 0;
    case RUN_PARSED_HELP: return bad(err, "it asks for help");
    case RUN_PARSED_ERROR: break;
    }
    return -1;
}

void record_setup_release(struct record_setup *setup)
{
    for (int i = 0; i < setup->argc; i++) {
        free(setup->argv[i]);
    }
    free(setup->argv);
    *setup = (struct record_setup){.argc = 0};
}
