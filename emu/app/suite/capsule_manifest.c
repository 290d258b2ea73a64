/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * manifest.json, there and back. Nothing in it depends on the host that wrote it but the words of the suite, so the
 * same failure gives the same bytes.
 */
#include "emu/app/suite/capsule_manifest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/report_internal.h"
#include "emu/base/bits.h"
#include "emu/base/hex.h"

#define FORMAT  "spacegray-capsule"
#define VERSION 1

/* ---- Writing ---- */

/* The file's name without its folders: where a suite lies is nobody else's affair. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* As the reports have it, but for the times and places of the host. */
static json_t *result_json(const struct capsule_manifest *manifest)
{
    struct suite_result *result = malloc(sizeof(*result));
    json_t *object = NULL;
    char *text;

    if (result == NULL) return NULL;
    *result = manifest->result;
    result->host_ns = 0;
    result->start_ns = 0;
    result->capsule[0] = '\0';
    text = suite_result_write(base_name(manifest->file), manifest->test, 1, result);
    if (text != NULL) object = json_loads(text, 0, NULL);
    free(text);
    free(result);
    return object;
}

static json_t *members_json(const struct capsule_manifest *manifest)
{
    json_t *list = json_array();

    for (size_t i = 0; i < manifest->member_count; i++) {
        const struct capsule_member *member = &manifest->members[i];

        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:I, s:s}", "name", member->name, "bytes",
                                              (json_int_t)member->bytes, "sha256", member->sha256));
    }
    return list;
}

char *capsule_manifest_write(const struct capsule_manifest *manifest)
{
    json_t *root = json_pack("{s:s, s:i, s:s, s:s, s:s, s:o, s:b, s:o, s:o}", "format", FORMAT,
                             "version", VERSION, "spacegray", manifest->spacegray, "unicorn",
                             manifest->unicorn, "rom", manifest->rom, "suite",
                             report_json_text(manifest->suite), "whole", manifest->is_whole,
                             "result", result_json(manifest), "members", members_json(manifest));
    char *text = NULL;

    if (root != NULL && manifest->password[0] != '\0') {
        (void)json_object_set_new(root, "password", json_string(manifest->password));
    }
    if (root != NULL) text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(root);
    return text;
}

/* ---- Reading ---- */

static int bad(struct error *err, const char *what)
{
    return error_host(err, "its manifest is damaged: %s", what);
}

static bool get_text(const json_t *object, const char *name, char *text, size_t room)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value) || json_string_length(value) >= room) return false;
    memcpy(text, json_string_value(value), json_string_length(value) + 1);
    return true;
}

static bool get_number(const json_t *object, const char *name, uint64_t max, uint64_t *value)
{
    const json_t *number = json_object_get(object, name);

    if (!json_is_integer(number) || json_integer_value(number) < 0) return false;
    *value = (uint64_t)json_integer_value(number);
    return *value <= max;
}

static bool is_sha256(const char *text)
{
    uint8_t digest[DIGEST_BYTES];

    return hex_get(text, HEX_LOWER, digest, sizeof(digest));
}

static int get_result(struct capsule_manifest *manifest, json_t *object, struct error *err)
{
    struct suite_result_name *name = malloc(sizeof(*name));
    char *text = json_dumps(object, JSON_COMPACT);
    struct error why = ERROR_INIT;
    int result = -1;

    if (name == NULL || (object != NULL && text == NULL)) {
        (void)error_host(err, "out of memory");
    } else if (!json_is_object(object)) {
        (void)bad(err, "there is no result");
    } else if (suite_result_read(text, name, &manifest->result, &why) != 0) {
        (void)bad(err, why.text);
    } else {
        (void)snprintf(manifest->file, sizeof(manifest->file), "%s", name->file);
        (void)snprintf(manifest->test, sizeof(manifest->test), "%s", name->test);
        result = 0;
    }
    free(text);
    free(name);
    return result;
}

/* Where a member of this name stands among those of other kinds; -1: there is no such member. */
static int rank_of(const struct capsule_member *member)
{
    static const char *const names[] = {CAPSULE_RECORDING, NULL,          CAPSULE_SERIAL,
                                        CAPSULE_PICTURE,   CAPSULE_TRACE, CAPSULE_SUITE};
    const size_t prefix = strlen(CAPSULE_FILES);

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i] != NULL && strcmp(member->name, names[i]) == 0) return (int)i;
    }
    if (strncmp(member->name, CAPSULE_FILES, prefix) != 0) return -1;
    return strcmp(member->name + prefix, member->sha256) == 0 ? 1 : -1;
}

/* The order makes it certain that none is there twice. */
static bool is_behind(const struct capsule_member *member, const struct capsule_member *before)
{
    const int rank = rank_of(member);
    const int rank_before = rank_of(before);

    if (rank != rank_before) return rank > rank_before;
    return strcmp(member->name, before->name) > 0;
}

static int get_member(struct capsule_manifest *manifest, const json_t *object, struct error *err)
{
    struct capsule_member *member = &manifest->members[manifest->member_count];

    if (!get_text(object, "name", member->name, sizeof(member->name)) ||
        !get_text(object, "sha256", member->sha256, sizeof(member->sha256)) ||
        !is_sha256(member->sha256) || rank_of(member) < 0) {
        return bad(err, "a member that no capsule has");
    }
    if (!get_number(object, "bytes", CAPSULE_MEMBER_MAX, &member->bytes)) {
        return bad(err, "the size of a member");
    }
    if (manifest->member_count > 0 && !is_behind(member, member - 1)) {
        return bad(err, "the order of its members");
    }
    manifest->member_count++;
    return 0;
}

static int get_members(struct capsule_manifest *manifest, const json_t *list, struct error *err)
{
    uint64_t bytes = 0;

    if (json_array_size(list) > CAPSULE_MEMBERS_MAX) return bad(err, "too many members");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (get_member(manifest, json_array_get(list, i), err) != 0) return -1;
        bytes += manifest->members[i].bytes;
    }
    if (manifest->member_count == 0 || strcmp(manifest->members[0].name, CAPSULE_RECORDING) != 0) {
        return bad(err, "there is no recording");
    }
    return bytes <= CAPSULE_BYTES_MAX ? 0 : bad(err, "its members are too large together");
}

static int get_root(struct capsule_manifest *manifest, const json_t *root, struct error *err)
{
    const json_t *format = json_object_get(root, "format");
    const json_t *version = json_object_get(root, "version");
    const json_t *whole = json_object_get(root, "whole");

    if (!json_is_string(format) || strcmp(json_string_value(format), FORMAT) != 0 ||
        !json_is_integer(version)) {
        return bad(err, "it is that of something else");
    }
    if (json_integer_value(version) != VERSION) {
        return error_host(err, "it is a capsule of version %lld, and this program knows only %d",
                          (long long)json_integer_value(version), VERSION);
    }
    if (!get_text(root, "spacegray", manifest->spacegray, sizeof(manifest->spacegray)) ||
        !get_text(root, "unicorn", manifest->unicorn, sizeof(manifest->unicorn)) ||
        !get_text(root, "rom", manifest->rom, sizeof(manifest->rom)) || !is_sha256(manifest->rom)) {
        return bad(err, "what it was made with");
    }
    if (!get_text(root, "suite", manifest->suite, sizeof(manifest->suite)) ||
        !json_is_boolean(whole)) {
        return bad(err, "what it is of");
    }
    if (get_result(manifest, json_object_get(root, "result"), err) != 0) return -1;
    manifest->is_whole = json_is_true(whole);
    if (json_object_get(root, "password") != NULL &&
        !get_text(root, "password", manifest->password, sizeof(manifest->password))) {
        return bad(err, "the password of its disk");
    }
    return get_members(manifest, json_object_get(root, "members"), err);
}

int capsule_manifest_read(const char *text, size_t bytes, struct capsule_manifest *manifest,
                          struct error *err)
{
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    int result;

    *manifest = (struct capsule_manifest){.member_count = 0};
    result =
        json_is_object(root) ? get_root(manifest, root, err) : bad(err, "it is no JSON object");
    json_decref(root);
    return result;
}

const struct capsule_member *capsule_manifest_find(const struct capsule_manifest *manifest,
                                                   const char *name)
{
    for (size_t i = 0; i < manifest->member_count; i++) {
        if (strcmp(manifest->members[i].name, name) == 0) return &manifest->members[i];
    }
    return NULL;
}
