/* SPDX-License-Identifier: GPL-2.0-only */
/* Startup security of a disk: see disk_security.h. A ticket is judged by the T2's own function before it is
 * kept: one that would stop the machine at its next start is refused here. */
#include "emu/app/disk_security.h"

#include <string.h>

#include "devices/apple/t2_boot.h"
#include "emu/app/boot_security.h"
#include "emu/crypto/signature_file.h"
#include "emu/disk/disk_tool.h"
#include "emu/host/file.h"
#include "emu/machine/map.h"
#include "roms/roms.h"

/* The firmware that a ticket is for. */
struct firmware {
    struct host_file file; /* empty: the built-in one */
    const uint8_t *data;
    size_t bytes;
};

static int read_firmware(const char *path, struct firmware *firmware, struct error *err)
{
    *firmware = (struct firmware){
        .data = rom_firmware,
        .bytes = (size_t)(rom_firmware_end - rom_firmware),
    };
    if (path == NULL) return 0;
    if (host_file_read(path, MAP_ROM_SIZE, &firmware->file, err) != 0) return -1;
    firmware->data = firmware->file.data;
    firmware->bytes = firmware->file.bytes;
    return 0;
}

static int sign_ticket(const char *path, const struct firmware *firmware, struct sep_record *record,
                       struct error *err)
{
    struct t2_boot_owner owner = {.ecid = record->ecid};
    struct t2_boot_statement statement;
    struct host_file file = {.data = NULL};
    const uint8_t *secret;
    int result = -1;

    memcpy(owner.nonce, record->boot_nonce, sizeof(owner.nonce));
    if (host_file_read(path, BOOT_SECURITY_FILE_MAX, &file, err) != 0) return -1;
    secret = signature_file_get(SIGNATURE_FILE_SECRET, file.data, file.bytes);
    if (secret == NULL) {
        (void)error_host(err, "%s: this is not a secret key", path);
    } else if (t2_boot_ticket_statement(firmware->data, firmware->bytes, &owner, &statement) != 0 ||
               signature_sign(secret, statement.bytes, statement.count, record->boot_ticket) != 0) {
        (void)error_host(err, "out of memory");
    } else {
        record->has_boot_ticket = true;
        result = 0;
    }
    key_wipe(file.data, file.bytes);
    host_file_release(&file);
    return result;
}

static int read_ticket(const char *path, struct sep_record *record, struct error *err)
{
    bool is_ticket;

    if (boot_security_read_signature(path, record->boot_ticket, &is_ticket, err) != 0) return -1;
    record->has_boot_ticket = true;
    if (is_ticket) return 0;
    return error_host(err, "%s: a signature for any machine, and a ticket is needed", path);
}

static int judge(const struct disk_request *request, const struct firmware *firmware,
                 const struct sep_record *record, struct error *err)
{
    struct t2_boot_key trusted;
    enum t2_boot_verdict verdict;

    memcpy(trusted.bytes, rom_firmware_key, ROM_KEY_BYTES);
    if (request->rom_key && boot_security_read_key(request->rom_key, &trusted, err) != 0) return -1;
    verdict = t2_boot_judge(&(struct t2_boot_request){
        .policy = SEP_BOOT_FULL,
        .image = firmware->data,
        .image_bytes = firmware->bytes,
        .trusted = &trusted,
        .trusted_count = 1,
        .record = record,
    });
    if (t2_boot_allows(verdict)) return 0;
    return error_host(err, "%s: full security would refuse %s: %s", request->path,
                      request->rom ? request->rom : "the built-in firmware",
                      t2_boot_verdict_text(verdict));
}

/* Changes `record` so that full security lets the firmware run. */
static int allow(const struct disk_request *request, struct sep_record *record, struct error *err)
{
    struct firmware firmware;
    int result = 0;

    if (read_firmware(request->rom, &firmware, err) != 0) return -1;
    if (request->key != NULL) {
        result = sign_ticket(request->key, &firmware, record, err);
    } else if (request->ticket != NULL) {
        result = read_ticket(request->ticket, record, err);
    }
    if (result == 0) {
        result = judge(request, &firmware, record, err);
    }
    host_file_release(&firmware.file);
    return result;
}

static int set(struct disk *disk, const struct disk_request *request, struct error *err)
{
    const struct sep_store store = disk_sep_store(disk);
    struct sep_record record = *disk_sep(disk);
    int result = 0;

    if (request->policy == SEP_BOOT_FULL) {
        result = allow(request, &record, err);
    }
    record.boot_policy = request->policy;
    if (result == 0 && store.save(store.ctx, &record) != 0) {
        result = error_host(err, "%s", disk_trouble(disk)->text);
    }
    key_wipe(&record, sizeof(record));
    return result;
}

int disk_security_set(const struct disk_request *request, const struct disk_secret *passphrase,
                      struct error *err)
{
    const struct disk_options options = {.access = DISK_KEEP, .passphrase = *passphrase};
    struct disk *disk;
    int result;

    if (request->policy != SEP_BOOT_FULL) {
        return disk_set_boot_policy(request->path, request->policy, passphrase, err);
    }
    disk = disk_open(request->path, &options, err);
    if (disk == NULL) return -1;
    result = set(disk, request, err);
    return disk_close(disk, err) != 0 ? -1 : result;
}
