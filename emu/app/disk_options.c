/* SPDX-License-Identifier: GPL-2.0-only */
/* Actions, options and help of `spacegray disk`: see disk_options.h. */
#include "emu/app/disk_options.h"

#include <stddef.h>
#include <string.h>

#include "devices/apple/t2_boot.h"
#include "emu/app/parse.h"
#include "emu/base/bits.h"

#define PASSPHRASE                                                                        \
    {                                                                                     \
        "passphrase-file", "FILE", "that sep.json is sealed with (\"-\": standard input)" \
    }
#define PASSWORD                                                         \
    {                                                                    \
        "password-file", "FILE", "of the volume (\"-\": standard input)" \
    }
#define KEY_OPTION                                                                             \
    {                                                                                          \
        "key", "FILE", "for full: sign the ticket with this secret key of\nspacegray firmware" \
    }
#define ROM_OPTION                                                           \
    {                                                                        \
        "rom", "FILE", "for full: the firmware to allow (default: built in)" \
    }
#define ROM_KEY_OPTION                                                                \
    {                                                                                 \
        "rom-key", "FILE",                                                            \
            "for full: the public key that the ticket must\nsuit (default: built in)" \
    }
#define END          \
    {                \
        .name = NULL \
    }

/* ---- Help pages ---- */

static const struct option_spec create_options[] = {
    {"size", "SIZE", "capacity, as in 64G or 1T (16M to 8T)"},
    {"password-file", "FILE",
     "give the volume this password, which whoever\nboots it must know (default: none)"},
    {"passphrase-file", "FILE",
     "seal sep.json with this passphrase (default: it is\nprotected by its permissions alone)"},
    {"secure-boot", "POLICY",
     "firmware that may run: none (any; the default),\nmedium (signed), full (signed for this T2)"},
    KEY_OPTION,
    ROM_OPTION,
    ROM_KEY_OPTION,
    END,
};

static const struct option_spec info_options[] = {
    PASSPHRASE,
    {"json", NULL, "print one JSON object"},
    END,
};

static const struct option_spec verify_options[] = {PASSPHRASE, END};

static const struct option_spec import_options[] = {PASSWORD, PASSPHRASE, END};

static const struct option_spec export_options[] = {
    PASSWORD,
    PASSPHRASE,
    {"force", NULL, "replace the file if it is there already"},
    END,
};

static const struct option_spec rekey_options[] = {
    {"password-file", "FILE", "the volume's present password"},
    {"new-password-file", "FILE", "give it this one"},
    {"no-password", NULL, "let it have none"},
    {"passphrase-file", "FILE", "present passphrase of sep.json"},
    {"new-passphrase-file", "FILE", "seal it with this one"},
    {"no-passphrase", NULL, "do not seal it"},
    END,
};

static const struct option_spec wipe_options[] = {
    {"yes", NULL, "do not ask"},
    PASSPHRASE,
    END,
};

static const struct option_spec pair_options[] = {
    {"size", "SIZE", "capacity (default: as before)"},
    {"yes", NULL, "do not ask"},
    PASSPHRASE,
    END,
};

static const struct option_spec secure_boot_options[] = {
    {"ticket", "FILE", "for full: the ticket that spacegray firmware sign\nmade for this T2"},
    KEY_OPTION,
    ROM_OPTION,
    ROM_KEY_OPTION,
    PASSPHRASE,
    END,
};

/* In the order of enum disk_action. */
static const struct command commands[] = {
    {
        .name = "disk create",
        .arguments = "DIR --size SIZE [OPTIONS]",
        .summary = "Make an empty disk",
        .details =
            "DIR must not exist, or be an empty directory. The modules are sparse: they take\n"
            "room on the host for what is written to them.\n\n"
            "  spacegray disk create mac --size 1T\n"
            "  spacegray disk create mac --size 64G --password-file pw --secure-boot medium",
        .options = create_options,
    },
    {
        .name = "disk info",
        .arguments = "DIR [OPTIONS]",
        .summary = "Show what a disk is",
        .details = "Also while a machine runs on it. Shows no secret.\n\n"
                   "  spacegray disk info mac\n"
                   "  spacegray disk info mac --json",
        .options = info_options,
    },
    {
        .name = "disk verify",
        .arguments = "DIR [OPTIONS]",
        .summary = "Read all of a disk and look for damage",
        .details = "Status 0: no problems; 1: problems, one a line; 3: it cannot be read at all.\n"
                   "Nothing is changed.\n\n"
                   "  spacegray disk verify mac",
        .options = verify_options,
    },
    {
        .name = "disk import",
        .arguments = "DIR FILE [OPTIONS]",
        .summary = "Replace what is on a disk by a plain image",
        .details =
            "FILE \"-\" is standard input. What is behind the end of a smaller image becomes\n"
            "zeros.\n\n"
            "  spacegray disk import mac raw.img\n"
            "  zcat raw.img.gz | spacegray disk import mac -",
        .options = import_options,
    },
    {
        .name = "disk export",
        .arguments = "DIR FILE [OPTIONS]",
        .summary = "Write what is on a disk to a plain image",
        .details = "FILE \"-\" is standard output. The image is not encrypted.\n\n"
                   "  spacegray disk export mac raw.img\n"
                   "  spacegray disk export mac - | gzip > raw.img.gz",
        .options = export_options,
    },
    {
        .name = "disk rekey",
        .arguments = "DIR [OPTIONS]",
        .summary = "Change password, passphrase and the keys that protect the volume's",
        .details = "The data stay as they are. What no option names stays, too.\n\n"
                   "  spacegray disk rekey mac --new-password-file pw\n"
                   "  spacegray disk rekey mac --password-file pw --no-password",
        .options = rekey_options,
    },
    {
        .name = "disk wipe",
        .arguments = "DIR [OPTIONS]",
        .summary = "Destroy the keys of a disk, and all data with them",
        .details = "At once, whatever the size. The disk is then empty and has no password.\n\n"
                   "  spacegray disk wipe mac --yes",
        .options = wipe_options,
    },
    {
        .name = "disk pair",
        .arguments = "DIR [OPTIONS]",
        .summary = "Make new empty modules for the T2 of a disk",
        .details = "For modules that are lost, damaged or another T2's. All data on the disk are\n"
                   "lost.\n\n"
                   "  spacegray disk pair mac --yes\n"
                   "  spacegray disk pair mac --size 2T",
        .options = pair_options,
    },
    {
        .name = "disk secure-boot",
        .arguments = "DIR none|medium|full [OPTIONS]",
        .summary = "Say which firmware may run on a machine with this disk",
        .details = "none: any. medium: signed by a trusted key. full: signed for this T2 by a\n"
                   "trusted key, which is a ticket: with --ticket or --key, or the one it has.\n\n"
                   "  spacegray disk secure-boot mac medium\n"
                   "  spacegray disk secure-boot mac full --key build/roms/development.key",
        .options = secure_boot_options,
    },
};

const struct command *disk_action_command(enum disk_action action)
{
    return &commands[action];
}

int disk_action_find(const char *name, enum disk_action *action, struct error *err)
{
    const int found = option_find_action(commands, ARRAY_LEN(commands), name, err);

    if (found < 0) return -1;
    *action = (enum disk_action)found;
    return 0;
}

/* ---- Options ---- */

enum option_kind {
    OPTION_TEXT,   /* const char * */
    OPTION_FLAG,   /* bool */
    OPTION_SIZE,   /* uint64_t */
    OPTION_POLICY, /* request->policy */
};

/* What an option of whatever action sets. */
static const struct {
    const char *name;
    enum option_kind kind;
    size_t offset;
} setters[] = {
    {"size", OPTION_SIZE, offsetof(struct disk_request, bytes)},
    {"password-file", OPTION_TEXT, offsetof(struct disk_request, password_file)},
    {"new-password-file", OPTION_TEXT, offsetof(struct disk_request, new_password_file)},
    {"no-password", OPTION_FLAG, offsetof(struct disk_request, drops_password)},
    {"passphrase-file", OPTION_TEXT, offsetof(struct disk_request, passphrase_file)},
    {"new-passphrase-file", OPTION_TEXT, offsetof(struct disk_request, new_passphrase_file)},
    {"no-passphrase", OPTION_FLAG, offsetof(struct disk_request, drops_passphrase)},
    {"secure-boot", OPTION_POLICY, offsetof(struct disk_request, policy)},
    {"ticket", OPTION_TEXT, offsetof(struct disk_request, ticket)},
    {"key", OPTION_TEXT, offsetof(struct disk_request, key)},
    {"rom", OPTION_TEXT, offsetof(struct disk_request, rom)},
    {"rom-key", OPTION_TEXT, offsetof(struct disk_request, rom_key)},
    {"json", OPTION_FLAG, offsetof(struct disk_request, is_json)},
    {"force", OPTION_FLAG, offsetof(struct disk_request, is_forced)},
    {"yes", OPTION_FLAG, offsetof(struct disk_request, is_confirmed)},
};

static int set_policy(const char *what, const char *value, struct disk_request *request,
                      struct error *err)
{
    static const enum sep_boot_policy policies[] = {SEP_BOOT_NONE, SEP_BOOT_MEDIUM, SEP_BOOT_FULL};

    request->has_policy = true;
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        request->policy = policies[i];
        if (strcmp(value, t2_boot_policy_text(policies[i])) == 0) return 0;
    }
    return error_usage(err, "%s: '%s' is neither none nor medium nor full", what, value);
}

static int set_size(const char *value, uint64_t *bytes, struct error *err)
{
    if (parse_size("size", value, bytes, err) != 0) return -1;
    if (*bytes != 0) return 0;
    return error_usage(err, "--size: a disk of 0 bytes is not possible");
}

static int set_option(struct disk_request *request, const char *name, const char *value,
                      struct error *err)
{
    size_t i = 0;
    char *to;

    while (i + 1 < ARRAY_LEN(setters) && strcmp(setters[i].name, name) != 0) {
        i++;
    }
    to = (char *)request + setters[i].offset;
    switch (setters[i].kind) {
    case OPTION_TEXT: memcpy(to, &value, sizeof(value)); return 0;
    case OPTION_FLAG: memcpy(to, &(bool){true}, sizeof(bool)); return 0;
    case OPTION_SIZE: return set_size(value, &request->bytes, err);
    case OPTION_POLICY: return set_policy("--secure-boot", value, request, err);
    }
    return 0;
}

/* ---- Arguments ---- */

static bool takes_file(enum disk_action action)
{
    return action == DISK_ACTION_IMPORT || action == DISK_ACTION_EXPORT;
}

static int missing(const struct disk_request *request, const char *what, struct error *err)
{
    const char *name = commands[request->action].name;

    return error_usage(err, "%s: %s is missing (see spacegray %s --help)", name, what, name);
}

static int parse_arguments(struct option_reader *reader, struct disk_request *request,
                           struct error *err)
{
    const char *more;

    request->path = option_argument(reader);
    if (request->path == NULL) return missing(request, "the disk's directory", err);
    if (takes_file(request->action)) {
        request->file = option_argument(reader);
        if (request->file == NULL) return missing(request, "the image file", err);
    }
    if (request->action == DISK_ACTION_SECURE_BOOT) {
        more = option_argument(reader);
        if (more == NULL) return missing(request, "none, medium or full", err);
        if (set_policy(commands[request->action].name, more, request, err) != 0) return -1;
    }
    more = option_argument(reader);
    if (more == NULL) return 0;
    return error_usage(err, "unexpected argument '%s' (see spacegray %s --help)", more,
                       commands[request->action].name);
}

/* ---- What goes together ---- */

static int check_exclusive(const char *one, const char *other, bool has_both, struct error *err)
{
    if (!has_both) return 0;
    return error_usage(err, "--%s and --%s exclude each other", one, other);
}

static int check_ticket(const struct disk_request *request, struct error *err)
{
    const char *lonely = request->ticket    ? "ticket"
                         : request->key     ? "key"
                         : request->rom     ? "rom"
                         : request->rom_key ? "rom-key"
                                            : NULL;

    if (lonely != NULL && request->policy != SEP_BOOT_FULL) {
        return error_usage(err, "--%s has a meaning only with full security", lonely);
    }
    if (request->action == DISK_ACTION_CREATE && request->policy == SEP_BOOT_FULL &&
        request->key == NULL) {
        return error_usage(err, "--secure-boot full needs --key: a new T2 has no ticket for its "
                                "firmware yet");
    }
    return check_exclusive("ticket", "key", request->ticket && request->key, err);
}

static bool is_standard(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static int check(const struct disk_request *request, struct error *err)
{
    if (request->action == DISK_ACTION_CREATE && request->bytes == 0) {
        return missing(request, "--size", err);
    }
    if (check_ticket(request, err) != 0 ||
        check_exclusive("new-password-file", "no-password",
                        request->new_password_file && request->drops_password, err) != 0 ||
        check_exclusive("new-passphrase-file", "no-passphrase",
                        request->new_passphrase_file && request->drops_passphrase, err) != 0) {
        return -1;
    }
    if (request->action == DISK_ACTION_IMPORT && is_standard(request->file) &&
        (is_standard(request->password_file) || is_standard(request->passphrase_file))) {
        return error_usage(err, "disk import: a secret and the image cannot both come from "
                                "standard input");
    }
    return 0;
}

enum run_parsed disk_options_parse(enum disk_action action, int argc, char **argv,
                                   struct disk_request *request, struct error *err)
{
    const struct command *command = &commands[action];
    struct option_reader reader;
    const char *value;
    int found;

    *request = (struct disk_request){.action = action};
    option_reader_init(&reader, command, argc, argv);
    while ((found = option_next(&reader, &value, err)) >= 0) {
        if (set_option(request, command->options[found].name, value, err) != 0)
            return RUN_PARSED_ERROR;
    }
    if (found == OPTIONS_HELP) return RUN_PARSED_HELP;
    if (found == OPTIONS_ERROR || parse_arguments(&reader, request, err) != 0 ||
        check(request, err) != 0) {
        return RUN_PARSED_ERROR;
    }
    return RUN_PARSED;
}
