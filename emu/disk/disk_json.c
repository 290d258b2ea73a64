/* SPDX-License-Identifier: GPL-2.0-only */
/* Strict JSON by table; docs/formats/disk.md, "The JSON files". */
#include "emu/disk/disk_json.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/hex.h"
#include "emu/base/member.h"
#include "emu/crypto/digest.h"
#include "emu/crypto/keys.h"

#define VERSION    1
#define CHECKSUM   "checksum"
#define HEX_DIGITS 16u

/* Strings of the library hold keys: what it frees is wiped. */
static void wipe_and_free(void *data)
{
    if (data == NULL) return;
    key_wipe(data, malloc_usable_size(data));
    free(data);
}

static void text_from(char *made, struct disk_text *text)
{
    *text = (struct disk_text){.data = made, .bytes = made == NULL ? 0 : strlen(made)};
}

static json_t *make_bytes(const uint8_t *from, size_t bytes)
{
    char *text = malloc(2 * bytes + 1);
    json_t *made;

    if (text == NULL) return NULL;
    hex_put(from, bytes, text);
    made = json_string(text);
    key_wipe(text, 2 * bytes);
    free(text);
    return made;
}

/* ---- Reading ---- */

static int get_hex(const json_t *value, const struct disk_member *member, void *to,
                   const char *where, struct error *err)
{
    const char *text = json_string_value(value);
    uint64_t number = 0;

    if (member->kind == DISK_MEMBER_BYTES) {
        if (text != NULL && hex_get(text, HEX_LOWER, to, member->size)) return 0;
        return error_host(err, "%s: \"%s\" is not %zu lower-case hexadecimal digits", where,
                          member->name, 2 * member->size);
    }
    for (size_t i = 0; text != NULL && i < HEX_DIGITS; i++) {
        const int digit = hex_value(text[i], HEX_LOWER);

        if (digit < 0) {
            text = NULL;
            break;
        }
        number = number << 4 | (unsigned)digit;
    }
    if (text == NULL || text[HEX_DIGITS] != '\0') {
        return error_host(err, "%s: \"%s\" is not %u lower-case hexadecimal digits", where,
                          member->name, HEX_DIGITS);
    }
    member_put(to, sizeof(uint64_t), number);
    return 0;
}

static int get_dynamic(const json_t *value, const struct disk_member *member, void *to,
                       const char *where, struct error *err)
{
    const char *text = json_string_value(value);
    const size_t bytes = text == NULL ? 0 : strlen(text) / 2;
    struct disk_bytes *found = to;

    if (bytes == 0 || bytes > member->max) {
        return error_host(err, "%s: \"%s\" is not 2 to %" PRIu64 " lower-case hexadecimal digits",
                          where, member->name, 2 * member->max);
    }
    found->data = malloc(bytes);
    if (found->data == NULL) return error_host(err, "%s: out of memory", where);
    found->bytes = bytes;
    if (hex_get(text, HEX_LOWER, found->data, bytes)) return 0;
    free(found->data);
    *found = (struct disk_bytes){.data = NULL};
    return error_host(err, "%s: \"%s\" is not hexadecimal", where, member->name);
}

static int get_number(const json_t *value, const struct disk_member *member, void *to,
                      const char *where, struct error *err)
{
    const json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < 0 || (uint64_t)number < member->min ||
        (uint64_t)number > member->max) {
        return error_host(err, "%s: \"%s\" is not a whole number from %" PRIu64 " to %" PRIu64,
                          where, member->name, member->min, member->max);
    }
    member_put(to, member->size, (uint64_t)number);
    return 0;
}

static int get_word(const json_t *value, const struct disk_member *member, void *to,
                    const char *where, struct error *err)
{
    const char *text = json_string_value(value);

    for (uint32_t i = 0; text != NULL && member->words[i] != NULL; i++) {
        if (strcmp(text, member->words[i]) == 0) {
            member_put(to, sizeof(uint32_t), i);
            return 0;
        }
    }
    return error_host(err, "%s: \"%s\" is not one of the words it can be", where, member->name);
}

static int get_member(const json_t *value, const struct disk_member *member, void *to,
                      const char *where, struct error *err)
{
    if (value == NULL && member->kind == DISK_MEMBER_OBJECT) {
        *(const json_t **)to = NULL;
        return 0;
    }
    if (value == NULL) return error_host(err, "%s: \"%s\" is missing", where, member->name);
    switch (member->kind) {
    case DISK_MEMBER_BYTES:
    case DISK_MEMBER_HEX: return get_hex(value, member, to, where, err);
    case DISK_MEMBER_DYNAMIC: return get_dynamic(value, member, to, where, err);
    case DISK_MEMBER_NUMBER: return get_number(value, member, to, where, err);
    case DISK_MEMBER_WORD: return get_word(value, member, to, where, err);
    case DISK_MEMBER_BOOL:
        if (!json_is_boolean(value)) {
            return error_host(err, "%s: \"%s\" is not true or false", where, member->name);
        }
        *(bool *)to = json_is_true(value);
        return 0;
    case DISK_MEMBER_OBJECT:
        if (!json_is_object(value)) {
            return error_host(err, "%s: \"%s\" is not an object", where, member->name);
        }
        *(const json_t **)to = value;
        return 0;
    case DISK_MEMBER_END: break;
    }
    BUG_ON(true);
}

int disk_json_get(const json_t *object, const struct disk_member *members, void *to,
                  const char *where, struct error *err)
{
    size_t found = 0;

    for (const struct disk_member *member = members; member->kind != DISK_MEMBER_END; member++) {
        const json_t *value = json_object_get(object, member->name);

        if (get_member(value, member, (char *)to + member->offset, where, err) < 0) return -1;
        found += value != NULL;
    }
    if (json_object_size(object) == found) return 0;
    return error_host(err, "%s: it has a member that this version does not know", where);
}

static json_t *parse(const struct disk_text *text, const char *where, struct error *err)
{
    json_error_t error;
    json_t *root;

    json_set_alloc_funcs(malloc, wipe_and_free);
    root = json_loadb(text->data, text->bytes, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        const enum json_error_code code = json_error_code(&error);
        const char *what = code == json_error_duplicate_key      ? "a member is there twice"
                           : code == json_error_numeric_overflow ? "a number is too large"
                           : code == json_error_out_of_memory    ? "out of memory"
                                                                 : "this is no JSON";

        (void)error_host(err, "%s: damaged: %s (line %d, column %d)", where, what, error.line,
                         error.column);
    } else if (!json_is_object(root)) {
        (void)error_host(err, "%s: damaged: this is no JSON object", where);
        json_decref(root);
        root = NULL;
    }
    return root;
}

json_t *disk_json_parse(const struct disk_text *text, const char *where, struct error *err)
{
    return parse(text, where, err);
}

/* Of everything but the checksum itself. NULL when memory is short. */
static json_t *make_checksum(const json_t *root)
{
    uint8_t digest[DIGEST_BYTES];
    struct disk_text text;
    json_t *made = NULL;

    if (disk_json_compact(root, &text) < 0) return NULL;
    if (digest_sha256(text.data, text.bytes, digest) == 0) {
        made = make_bytes(digest, sizeof(digest));
    }
    disk_text_release(&text);
    return made;
}

static int check_frame(json_t *root, const char *format, const char *where, struct error *err)
{
    const char *found = json_string_value(json_object_get(root, "format"));
    const json_t *version = json_object_get(root, "version");
    json_t *told;
    json_t *right;
    bool is_right;

    if (found == NULL || strcmp(found, format) != 0) {
        return error_host(err, "%s: this is no such file: its \"format\" is not \"%s\"", where,
                          format);
    }
    if (!json_is_integer(version) || json_integer_value(version) != VERSION) {
        return error_host(err, "%s: its version is not %d, the one that this program knows", where,
                          VERSION);
    }
    told = json_incref(json_object_get(root, CHECKSUM));
    (void)json_object_del(root, CHECKSUM);
    right = make_checksum(root);
    is_right = told != NULL && json_equal(told, right);
    json_decref(told);
    json_decref(right);
    if (right == NULL) return error_host(err, "%s: out of memory", where);
    if (!is_right) return error_host(err, "%s: damaged: its checksum is wrong", where);
    (void)json_object_del(root, "format");
    (void)json_object_del(root, "version");
    return 0;
}

json_t *disk_json_open(const struct disk_text *text, const char *format, const char *where,
                       struct error *err)
{
    json_t *root = parse(text, where, err);

    if (root == NULL) return NULL;
    if (check_frame(root, format, where, err) == 0) return root;
    json_decref(root);
    return NULL;
}

/* ---- Writing ---- */

static json_t *make_member(const struct disk_member *member, const void *from)
{
    char digits[HEX_DIGITS + 1];

    switch (member->kind) {
    case DISK_MEMBER_BYTES: return make_bytes(from, member->size);
    case DISK_MEMBER_DYNAMIC: {
        const struct disk_bytes *bytes = from;

        return make_bytes(bytes->data, bytes->bytes);
    }
    case DISK_MEMBER_HEX:
        (void)snprintf(digits, sizeof(digits), "%016" PRIx64, member_get(from, sizeof(uint64_t)));
        return json_string(digits);
    case DISK_MEMBER_NUMBER: return json_integer((json_int_t)member_get(from, member->size));
    case DISK_MEMBER_BOOL: return json_boolean(*(const bool *)from);
    case DISK_MEMBER_WORD: return json_string(member->words[member_get(from, sizeof(uint32_t))]);
    case DISK_MEMBER_OBJECT: return json_incref(*(json_t *const *)from);
    case DISK_MEMBER_END: break;
    }
    BUG_ON(true);
}

json_t *disk_json_make(const struct disk_member *members, const void *from)
{
    json_t *object;

    json_set_alloc_funcs(malloc, wipe_and_free);
    object = json_object();
    for (const struct disk_member *member = members;
         object != NULL && member->kind != DISK_MEMBER_END; member++) {
        const void *place = (const char *)from + member->offset;

        if (member->kind == DISK_MEMBER_OBJECT && *(json_t *const *)place == NULL) continue;
        if (json_object_set_new(object, member->name, make_member(member, place)) < 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

int disk_json_compact(const json_t *object, struct disk_text *text)
{
    text_from(json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS), text);
    return text->data == NULL ? -1 : 0;
}

/* One more line for the end of the text. */
static int end_line(struct disk_text *text)
{
    char *longer = text->data == NULL ? NULL : malloc(text->bytes + 2);

    if (longer == NULL) {
        disk_text_release(text);
        return -1;
    }
    memcpy(longer, text->data, text->bytes);
    memcpy(longer + text->bytes, "\n", 2);
    key_wipe(text->data, text->bytes);
    free(text->data);
    *text = (struct disk_text){.data = longer, .bytes = text->bytes + 1};
    return 0;
}

int disk_json_finish(json_t *body, const char *format, struct disk_text *text)
{
    json_t *root = json_object();
    int status = -1;

    *text = (struct disk_text){.data = NULL};
    if (body != NULL && root != NULL &&
        json_object_set_new(root, "format", json_string(format)) == 0 &&
        json_object_set_new(root, "version", json_integer(VERSION)) == 0 &&
        json_object_update(root, body) == 0 &&
        json_object_set_new(root, CHECKSUM, make_checksum(root)) == 0) {
        text_from(json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER), text);
        status = end_line(text);
    }
    json_decref(root);
    json_decref(body);
    return status;
}
