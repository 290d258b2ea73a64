/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of `spacegray disk`: its actions, their options and help pages. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "devices/apple/sep_keys.h"
#include "emu/app/options.h"
#include "emu/app/run_options.h"

enum disk_action {
    DISK_ACTION_CREATE,
    DISK_ACTION_INFO,
    DISK_ACTION_VERIFY,
    DISK_ACTION_IMPORT,
    DISK_ACTION_EXPORT,
    DISK_ACTION_REKEY,
    DISK_ACTION_WIPE,
    DISK_ACTION_PAIR,
    DISK_ACTION_SECURE_BOOT,
};

/* What is asked for. Texts are those of the command line; NULL: not given. */
struct disk_request {
    enum disk_action action;
    const char *path; /* the directory */
    const char *file; /* import and export: the plain image, "-" for standard input or output */
    uint64_t bytes;   /* 0: not given */
    const char *password_file;
    const char *new_password_file;
    const char *passphrase_file;
    const char *new_passphrase_file;
    bool drops_password;
    bool drops_passphrase;
    bool has_policy;
    enum sep_boot_policy policy;
    const char *ticket;  /* file with a ticket */
    const char *key;     /* file with a secret key to sign one with */
    const char *rom;     /* that the ticket is for; NULL: the built-in firmware */
    const char *rom_key; /* public key that is trusted, too */
    bool is_json;
    bool is_forced;
    bool is_confirmed;
};

/* The action's own help page and options; its name is "disk create" and the like. */
const struct command *disk_action_command(enum disk_action action);
/* -1 with `err`, which suggests one that is near. */
int disk_action_find(const char *name, enum disk_action *action, struct error *err) MUST_CHECK;
/* All options and arguments of an action; argv[0] is its name. */
enum run_parsed disk_options_parse(enum disk_action action, int argc, char **argv,
                                   struct disk_request *request, struct error *err) MUST_CHECK;
