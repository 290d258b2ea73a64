/* SPDX-License-Identifier: GPL-2.0-only */
/* `spacegray firmware`: keys, signatures and tickets for firmware images (docs/hardware/t2-boot.md). */
#define _GNU_SOURCE /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/app.h"
#include "emu/app/boot_security.h"
#include "emu/app/parse.h"
#include "emu/base/bits.h"
#include "emu/base/hex.h"
#include "emu/crypto/signature_file.h"
#include "emu/host/file.h"
#include "emu/machine/map.h"
#include "roms/roms.h"

static int run(const struct command *command, int argc, char **argv);

/* In the order of enum firmware_option. */
static const struct option_spec option_specs[] = {
    {"key", "FILE", "the secret key: keygen makes it, sign uses it"},
    {"public", "FILE",
     "the public key: keygen makes it, verify trusts it\n(default: the built-in one)"},
    {"signature", "FILE", "the signature: sign makes it, verify looks at it"},
    {"ecid", "NUMBER",
     "sign for the T2 with this number only: a ticket,\nas --secure-boot full wants it"},
    {"nonce", "HEX", "that T2's nonce, 64 digits"},
    {.name = NULL},
};

enum firmware_option {
    OPTION_KEY,
    OPTION_PUBLIC,
    OPTION_SIGNATURE,
    OPTION_ECID,
    OPTION_NONCE,
};

const struct command command_firmware = {
    .name = "firmware",
    .arguments = "keygen|sign|verify [IMAGE] [OPTIONS]",
    .summary = "Sign firmware images for startup security",
    .details = "keygen makes a pair of keys. sign signs an image for spacegray run\n"
               "--rom-signature; without IMAGE, the built-in one. verify says whether\n"
               "a signature is good: if not, the status is 1.",
    .options = option_specs,
    .run = run,
};

enum action {
    ACTION_KEYGEN,
    ACTION_SIGN,
    ACTION_VERIFY,
};

static const char *const action_names[] = {"keygen", "sign", "verify"};

struct request {
    enum action action;
    const char *image; /* NULL: the built-in one */
    const char *key;   /* these three: "" when they are not given */
    const char *public_key;
    const char *signature;
    bool has_ecid;
    bool has_nonce;
    struct t2_boot_owner owner;
};

/* The image while it is needed. */
struct image {
    struct host_file file; /* empty: the built-in one */
    const uint8_t *data;
    size_t bytes;
};

/* ---- Command line ---- */

static int set_option(struct request *request, enum firmware_option option, const char *value,
                      struct error *err)
{
    switch (option) {
    case OPTION_KEY: request->key = value; return 0;
    case OPTION_PUBLIC: request->public_key = value; return 0;
    case OPTION_SIGNATURE: request->signature = value; return 0;
    case OPTION_ECID:
        request->has_ecid = true;
        return parse_number("ecid", value, 0, UINT64_MAX, &request->owner.ecid, err);
    case OPTION_NONCE:
        request->has_nonce = true;
        if (hex_get(value, HEX_ANY, request->owner.nonce, KEY_BYTES)) return 0;
        return error_usage(err, "--nonce: '%s' is not %u hexadecimal digits", value, 2 * KEY_BYTES);
    }
    return 0;
}

static int parse_action(const char *name, struct request *request, struct error *err)
{
    if (!name) return error_usage(err, "firmware: say what to do: keygen, sign or verify");
    for (size_t i = 0; i < ARRAY_LEN(action_names); i++) {
        request->action = (enum action)i;
        if (strcmp(name, action_names[i]) == 0) return 0;
    }
    return error_usage(err, "firmware: unknown action %s: keygen, sign and verify are known", name);
}

/* What an action needs and what it cannot use. */
static int check(const struct request *request, struct error *err)
{
    const char *name = action_names[request->action];
    bool is_keygen = request->action == ACTION_KEYGEN;

    if (*request->key == '\0' && request->action != ACTION_VERIFY)
        return error_usage(err, "firmware %s: --key is missing", name);
    if (is_keygen && *request->public_key == '\0')
        return error_usage(err, "firmware %s: --public is missing", name);
    if (!is_keygen && *request->signature == '\0')
        return error_usage(err, "firmware %s: --signature is missing", name);
    if (request->has_ecid != request->has_nonce)
        return error_usage(err, "firmware %s: --ecid and --nonce go together", name);
    if (is_keygen && request->image)
        return error_usage(err, "firmware %s: unexpected argument '%s'", name, request->image);
    return 0;
}

static enum run_parsed parse(const struct command *command, int argc, char **argv,
                             struct request *request, struct error *err)
{
    struct option_reader reader;
    const char *value;
    int found;

    option_reader_init(&reader, command, argc, argv);
    while ((found = option_next(&reader, &value, err)) >= 0) {
        if (set_option(request, (enum firmware_option)found, value, err) != 0)
            return RUN_PARSED_ERROR;
    }
    if (found == OPTIONS_HELP) return RUN_PARSED_HELP;
    if (found == OPTIONS_ERROR) return RUN_PARSED_ERROR;
    if (parse_action(option_argument(&reader), request, err) != 0) return RUN_PARSED_ERROR;
    request->image = option_argument(&reader);
    value = option_argument(&reader);
    if (value) {
        (void)error_usage(err, "unexpected argument '%s' (see spacegray firmware --help)", value);
        return RUN_PARSED_ERROR;
    }
    return check(request, err) == 0 ? RUN_PARSED : RUN_PARSED_ERROR;
}

/* ---- Files ---- */

/* A new file; a secret one is its owner's alone from the start. */
static int write_file(const char *path, enum signature_file_kind kind, const uint8_t *payload,
                      struct error *err)
{
    uint8_t file[SIGNATURE_FILE_MAX];
    size_t bytes = signature_file_put(kind, payload, file);
    mode_t mode = kind == SIGNATURE_FILE_SECRET ? 0600 : 0666;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    int trouble = 0;

    if (fd < 0) {
        trouble = errno;
    } else {
        const ssize_t put = write(fd, file, bytes);

        /* Less than all of so few bytes: there was no room for the rest. */
        if (put != (ssize_t)bytes) trouble = put < 0 ? errno : ENOSPC;
    }
    if (fd >= 0 && close(fd) != 0) trouble = errno;
    key_wipe(file, sizeof(file));
    if (trouble == 0) return 0;
    if (fd >= 0) (void)unlink(path);
    return error_host(err, "%s: %s", path, strerror(trouble));
}

static int read_secret(const char *path, uint8_t secret[SIGNATURE_SECRET_BYTES], struct error *err)
{
    struct host_file file = {.data = NULL};
    const uint8_t *payload;

    if (host_file_read(path, BOOT_SECURITY_FILE_MAX, &file, err) != 0) return -1;
    payload = signature_file_get(SIGNATURE_FILE_SECRET, file.data, file.bytes);
    if (payload) memcpy(secret, payload, SIGNATURE_SECRET_BYTES);
    key_wipe(file.data, file.bytes);
    host_file_release(&file);
    return payload ? 0 : error_host(err, "%s: this is not a secret key", path);
}

static int read_image(const struct request *request, struct image *image, struct error *err)
{
    *image = (struct image){
        .data = rom_firmware,
        .bytes = (size_t)(rom_firmware_end - rom_firmware),
    };
    if (!request->image) return 0;
    if (host_file_read(request->image, MAP_ROM_SIZE, &image->file, err) != 0) return -1;
    image->data = image->file.data;
    image->bytes = image->file.bytes;
    return 0;
}

/* ---- Actions ---- */

static int make_keys(const struct request *request, struct error *err)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES];
    uint8_t public_key[SIGNATURE_PUBLIC_BYTES];
    int result = -1;

    if (key_random(secret, sizeof(secret)) != 0 || signature_public(secret, public_key) != 0) {
        (void)error_host(err, "the host has no random bytes");
    } else if (write_file(request->key, SIGNATURE_FILE_SECRET, secret, err) == 0) {
        result = write_file(request->public_key, SIGNATURE_FILE_PUBLIC, public_key, err);
        if (result != 0) (void)unlink(request->key);
    }
    key_wipe(secret, sizeof(secret));
    return result;
}

static int make_statement(const struct request *request, const struct image *image,
                          struct t2_boot_statement *statement)
{
    if (!request->has_ecid) return t2_boot_image_statement(image->data, image->bytes, statement);
    return t2_boot_ticket_statement(image->data, image->bytes, &request->owner, statement);
}

static int sign(const struct request *request, const struct image *image, struct error *err)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES];
    uint8_t signature[SIGNATURE_BYTES];
    struct t2_boot_statement statement;
    int result;

    if (read_secret(request->key, secret, err) != 0) return -1;
    result = make_statement(request, image, &statement);
    if (result == 0) {
        result = signature_sign(secret, statement.bytes, statement.count, signature);
    }
    key_wipe(secret, sizeof(secret));
    if (result != 0) return error_host(err, "out of memory");
    return write_file(request->signature,
                      request->has_ecid ? SIGNATURE_FILE_TICKET : SIGNATURE_FILE_IMAGE, signature,
                      err);
}

/* The T2's own verdict, with a T2 that has the ECID and the nonce that were given. */
static int verify(const struct request *request, const struct image *image,
                  enum t2_boot_verdict *verdict, struct error *err)
{
    struct t2_boot_key trusted;
    struct sep_record record = {.ecid = request->owner.ecid};
    uint8_t signature[SIGNATURE_BYTES];
    bool is_ticket;

    memcpy(trusted.bytes, rom_firmware_key, ROM_KEY_BYTES);
    memcpy(record.boot_nonce, request->owner.nonce, KEY_BYTES);
    if (*request->public_key != '\0' &&
        boot_security_read_key(request->public_key, &trusted, err) != 0)
        return -1;
    if (boot_security_read_signature(request->signature, signature, &is_ticket, err) != 0)
        return -1;
    *verdict = t2_boot_judge(&(struct t2_boot_request){
        .policy = request->has_ecid ? SEP_BOOT_FULL : SEP_BOOT_MEDIUM,
        .image = image->data,
        .image_bytes = image->bytes,
        .signature = is_ticket ? NULL : signature,
        .ticket = is_ticket ? signature : NULL,
        .trusted = &trusted,
        .trusted_count = 1,
        .record = &record,
    });
    return 0;
}

static int execute(const struct request *request, int *status, struct error *err)
{
    enum t2_boot_verdict verdict = T2_BOOT_ACCEPTED;
    struct image image;
    int result;

    if (request->action == ACTION_KEYGEN) return make_keys(request, err);
    if (read_image(request, &image, err) != 0) return -1;
    if (request->action == ACTION_SIGN) {
        result = sign(request, &image, err);
    } else {
        result = verify(request, &image, &verdict, err);
        if (result == 0) (void)printf("%s\n", t2_boot_verdict_text(verdict));
    }
    host_file_release(&image.file);
    *status = t2_boot_allows(verdict) ? EXIT_PASSED : EXIT_FAILED;
    return result;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct request request = {.key = "", .public_key = "", .signature = ""};
    struct error err = ERROR_INIT;
    int status = EXIT_PASSED;
    int written;

    switch (parse(command, argc, argv, &request, &err)) {
    /* A limit on file sizes is told by errno, like a full disk. */
    case RUN_PARSED: (void)signal(SIGXFSZ, SIG_IGN); break;
    case RUN_PARSED_HELP: option_print_help(command, stdout); return app_finish_output();
    case RUN_PARSED_ERROR: return app_fail(&err);
    }
    if (execute(&request, &status, &err) != 0) return app_fail(&err);
    written = app_finish_output();
    return written != EXIT_PASSED ? written : status;
}
