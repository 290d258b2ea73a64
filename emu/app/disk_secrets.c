/* SPDX-License-Identifier: GPL-2.0-only */
/* Which secrets an action needs, and where they come from: see disk_secrets.h. */
#define _POSIX_C_SOURCE 200809L

#include "emu/app/disk_secrets.h"

#include <string.h>
#include <unistd.h>

#include "emu/crypto/keys.h"
#include "emu/disk/disk_look.h"

/* One secret of the command line: where it comes from, how it is asked for. */
struct source {
    const char *option;
    const char *path; /* NULL: not given */
    const char *what;
    bool is_new; /* asked for twice */
};

static int ask_again(const struct source *source, const struct secret *first, struct error *err)
{
    struct secret again = {.is_given = false};
    int result = secret_ask("the same again", source->option, &again, err);

    if (result == 0 &&
        (again.bytes != first->bytes || !key_equal(again.data, first->data, first->bytes))) {
        result = error_usage(err, "the %s was not the same both times", source->what);
    }
    secret_forget(&again);
    return result;
}

static int read_source(const struct source *source, struct secret *secret, struct error *err)
{
    if (source->path == NULL) return 0;
    if (strcmp(source->path, "-") != 0 || !isatty(STDIN_FILENO)) {
        return secret_read(source->option, source->path, secret, err);
    }
    if (secret_ask(source->what, source->option, secret, err) != 0) return -1;
    return source->is_new ? ask_again(source, secret, err) : 0;
}

static int read_given(const struct disk_request *request, struct disk_secrets *secrets,
                      struct error *err)
{
    const bool is_new = request->action == DISK_ACTION_CREATE;
    const struct source sources[] = {
        {"passphrase-file", request->passphrase_file, "passphrase of sep.json", is_new},
        {"password-file", request->password_file, "password of the volume", is_new},
        {"new-passphrase-file", request->new_passphrase_file, "new passphrase of sep.json", true},
        {"new-password-file", request->new_password_file, "new password of the volume", true},
    };
    struct secret *const to[] = {
        &secrets->passphrase,
        &secrets->password,
        &secrets->new_passphrase,
        &secrets->new_password,
    };

    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
        if (read_source(&sources[i], to[i], err) != 0) return -1;
    }
    return 0;
}

static bool needs_password(enum disk_action action)
{
    return action == DISK_ACTION_IMPORT || action == DISK_ACTION_EXPORT ||
           action == DISK_ACTION_REKEY;
}

/* What the disk itself wants. `info` can do without the passphrase. */
static int ask_missing(const struct disk_request *request, struct disk_secrets *secrets,
                       struct error *err)
{
    struct disk_secret passphrase;
    struct disk_look look;
    bool is_sealed = false;

    if (request->action == DISK_ACTION_CREATE || request->action == DISK_ACTION_INFO) return 0;
    if (disk_look_sealed(request->path, &is_sealed, err) != 0) return -1;
    if (is_sealed && !secrets->passphrase.is_given &&
        secret_ask("passphrase of sep.json", "passphrase-file", &secrets->passphrase, err) != 0) {
        return -1;
    }
    if (!needs_password(request->action) || secrets->password.is_given) return 0;
    passphrase = disk_secret_of(&secrets->passphrase);
    if (disk_look(request->path, &passphrase, &look, err) != 0) return -1;
    if (!look.t2.has_password) return 0;
    return secret_ask("password of the volume", "password-file", &secrets->password, err);
}

int disk_secrets_load(const struct disk_request *request, struct disk_secrets *secrets,
                      struct error *err)
{
    *secrets = (struct disk_secrets){.passphrase = {.is_given = false}};
    if (read_given(request, secrets, err) != 0 || ask_missing(request, secrets, err) != 0)
        return -1;
    if (!secrets->new_password.is_given && !request->drops_password) {
        secrets->new_password = secrets->password;
    }
    if (!secrets->new_passphrase.is_given && !request->drops_passphrase) {
        secrets->new_passphrase = secrets->passphrase;
    }
    return 0;
}

void disk_secrets_forget(struct disk_secrets *secrets)
{
    secret_forget(&secrets->passphrase);
    secret_forget(&secrets->password);
    secret_forget(&secrets->new_passphrase);
    secret_forget(&secrets->new_password);
}

struct disk_secret disk_secret_of(const struct secret *secret)
{
    if (!secret->is_given) return (struct disk_secret){.data = NULL};
    return (struct disk_secret){.data = secret->data, .bytes = secret->bytes};
}
