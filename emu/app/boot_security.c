/* SPDX-License-Identifier: GPL-2.0-only */
/* What the T2 wants of the firmware: see boot_security.h. */
#include "emu/app/boot_security.h"

#include <assert.h>
#include <string.h>

#include "emu/crypto/signature_file.h"
#include "emu/host/file.h"
#include "roms/roms.h"

static_assert(ROM_KEY_BYTES == SIGNATURE_PUBLIC_BYTES && ROM_SIGNATURE_BYTES == SIGNATURE_BYTES,
              "what roms/ links in is what emu/crypto takes");

/* True, and the payload copied, when `file` is of that kind. */
static bool take(const struct host_file *file, enum signature_file_kind kind, uint8_t *out,
                 size_t bytes)
{
    const uint8_t *payload = signature_file_get(kind, file->data, file->bytes);

    if (!payload) return false;
    memcpy(out, payload, bytes);
    return true;
}

int boot_security_read_key(const char *path, struct t2_boot_key *key, struct error *err)
{
    struct host_file file = {.data = NULL};
    bool is_good;

    if (host_file_read(path, BOOT_SECURITY_FILE_MAX, &file, err) != 0) return -1;
    is_good = take(&file, SIGNATURE_FILE_PUBLIC, key->bytes, sizeof(key->bytes));
    host_file_release(&file);
    if (is_good) return 0;
    return error_host(err, "%s: this is not a public key (see spacegray firmware --help)", path);
}

int boot_security_read_signature(const char *path, uint8_t signature[SIGNATURE_BYTES],
                                 bool *is_ticket, struct error *err)
{
    struct host_file file = {.data = NULL};
    bool is_good;

    if (host_file_read(path, BOOT_SECURITY_FILE_MAX, &file, err) != 0) return -1;
    *is_ticket = take(&file, SIGNATURE_FILE_TICKET, signature, SIGNATURE_BYTES);
    is_good = *is_ticket || take(&file, SIGNATURE_FILE_IMAGE, signature, SIGNATURE_BYTES);
    host_file_release(&file);
    if (is_good) return 0;
    return error_host(
        err, "%s: this is neither a signature nor a ticket (see spacegray firmware --help)", path);
}

static int load_signature(const struct run_options *options, struct boot_security *security,
                          struct error *err)
{
    struct machine_boot_security *machine = &security->machine;
    uint8_t given[SIGNATURE_BYTES];
    bool is_ticket;

    if (!options->rom) {
        machine->signature = rom_firmware_signature;
    }
    if (!options->rom_signature) return 0;
    if (boot_security_read_signature(options->rom_signature, given, &is_ticket, err) != 0)
        return -1;
    if (is_ticket) {
        memcpy(security->ticket, given, sizeof(given));
        machine->ticket = security->ticket;
    } else {
        memcpy(security->signature, given, sizeof(given));
        machine->signature = security->signature;
    }
    return 0;
}

static enum sep_boot_policy choose_policy(const struct run_options *options,
                                          const struct sep_record *record)
{
    if (options->has_secure_boot) return options->secure_boot;
    return record ? record->boot_policy : SEP_BOOT_NONE;
}

int boot_security_load(const struct run_options *options, const struct sep_record *record,
                       struct boot_security *security, struct error *err)
{
    *security = (struct boot_security){
        .machine =
            {
                .policy = choose_policy(options, record),
                .trusted = security->trusted,
                .trusted_count = 1,
                .record = record,
                .recovery =
                    {
                        .rom = rom_firmware,
                        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
                        .signature = rom_firmware_signature,
                    },
            },
    };
    memcpy(security->trusted[0].bytes, rom_firmware_key, ROM_KEY_BYTES);
    if (options->rom_key) {
        if (boot_security_read_key(options->rom_key, &security->trusted[1], err) != 0) return -1;
        security->machine.trusted_count = BOOT_SECURITY_KEYS;
    }
    return load_signature(options, security, err);
}
