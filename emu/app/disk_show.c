/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk as text and as JSON: see disk_show.h. */
#include "emu/app/disk_show.h"

#include <inttypes.h>

#include "devices/apple/t2_boot.h"
#include "emu/base/bits.h"
#include "emu/core/media.h"

#define UNIT_SHIFT 10
#define TENTHS     10u

void disk_size_text(uint64_t bytes, char text[DISK_SIZE_BYTES])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    uint64_t tenths;

    while (unit + 1 < ARRAY_LEN(units) && bytes >> (UNIT_SHIFT * (unit + 1)) != 0) {
        unit++;
    }
    /* Sizes of disks leave room for the factor. */
    tenths =
        unit == 0 ? bytes * TENTHS : (bytes >> (UNIT_SHIFT * (unit - 1))) * TENTHS >> UNIT_SHIFT;
    if (tenths % TENTHS == 0) {
        (void)snprintf(text, DISK_SIZE_BYTES, "%" PRIu64 " %s", tenths / TENTHS, units[unit]);
    } else {
        (void)snprintf(text, DISK_SIZE_BYTES, "%" PRIu64 ".%u %s", tenths / TENTHS,
                       (unsigned)(tenths % TENTHS), units[unit]);
    }
}

static void print_hex(const uint8_t *bytes, size_t count, FILE *file)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(file, "%02x", bytes[i]);
    }
}

/* ---- Text ---- */

static void print_label(const char *label, FILE *file)
{
    (void)fprintf(file, "  %-18s", label);
}

static void print_hex_line(const char *label, const uint8_t *bytes, size_t count, FILE *file)
{
    print_label(label, file);
    print_hex(bytes, count, file);
    (void)fputc('\n', file);
}

static void print_use(const struct disk_look *look, FILE *file)
{
    if (!look->is_in_use) return;
    print_label("in use by", file);
    if (look->user > 0) {
        (void)fprintf(file, "process %ld\n", (long)look->user);
    } else {
        (void)fprintf(file, "another program\n");
    }
}

static void print_module(const struct disk_look *look, unsigned slot, FILE *file)
{
    const struct disk_look_module *module = &look->modules[slot];
    const struct disk_look_wear *wear = &module->wear;
    char length[DISK_SIZE_BYTES];
    char host[DISK_SIZE_BYTES];
    char label[16];

    disk_size_text(module->file_bytes, length);
    disk_size_text(module->host_bytes, host);
    (void)snprintf(label, sizeof(label), "module%u.img", slot);
    print_label(label, file);
    (void)fprintf(file, "%s long, %s on the host%s\n", length, host,
                  look->has_t2 && !module->is_clean ? ", open or not closed" : "");
    if (!wear->is_known) return;
    disk_size_text(wear->blocks_read * MEDIA_BLOCK_BYTES, length);
    disk_size_text(wear->blocks_written * MEDIA_BLOCK_BYTES, host);
    print_label("", file);
    (void)fprintf(file, "%s read, %s written, %" PRIu64 " superblocks erased\n", length, host,
                  wear->superblocks_erased);
}

static void print_t2(const struct disk_look_t2 *t2, FILE *file)
{
    print_label("password", file);
    if (t2->failures == 0) {
        (void)fprintf(file, "%s\n", t2->has_password ? "yes" : "none");
    } else {
        (void)fprintf(file, "yes; %" PRIu32 " of %u wrong tries\n", t2->failures, SEP_FAILURES_MAX);
    }
    print_label("startup security", file);
    (void)fprintf(file, "%s%s\n", t2_boot_policy_text(t2->boot_policy),
                  t2->has_boot_ticket ? ", has a ticket" : "");
    print_label("ECID", file);
    (void)fprintf(file, "0x%016" PRIx64 "\n", t2->ecid);
    print_hex_line("nonce for tickets", t2->boot_nonce, sizeof(t2->boot_nonce), file);
    print_label("changes of keys", file);
    (void)fprintf(file, "%" PRIu64 "\n", t2->counter);
}

void disk_show_text(const char *path, const struct disk_look *look, FILE *file)
{
    const uint64_t bytes = look->blocks * MEDIA_BLOCK_BYTES;
    char capacity[DISK_SIZE_BYTES];
    char used[DISK_SIZE_BYTES];

    disk_size_text(bytes, capacity);
    disk_size_text(look->used_bytes, used);
    (void)fprintf(file, "%s\n", path);
    print_label("capacity", file);
    (void)fprintf(file, "%s (%" PRIu64 " blocks of %u bytes)\n", capacity, look->blocks,
                  MEDIA_BLOCK_BYTES);
    print_label("used", file);
    (void)fprintf(file, "%s\n", used);
    print_use(look, file);
    print_hex_line("volume", look->volume_id, sizeof(look->volume_id), file);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        print_module(look, i, file);
    }
    print_label("sep.json", file);
    (void)fprintf(file, "%s\n",
                  !look->is_sealed ? "not sealed"
                  : look->has_t2   ? "sealed with a passphrase"
                                   : "sealed with a passphrase: more with --passphrase-file");
    if (look->has_t2) print_t2(&look->t2, file);
}

/* ---- JSON ---- */

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void print_hex_member(const char *name, const uint8_t *bytes, size_t count, FILE *file)
{
    (void)fprintf(file, "\"%s\": \"", name);
    print_hex(bytes, count, file);
    (void)fprintf(file, "\"");
}

static void print_module_json(const struct disk_look *look, unsigned slot, FILE *file)
{
    const struct disk_look_module *module = &look->modules[slot];
    const struct disk_look_wear *wear = &module->wear;

    (void)fprintf(file,
                  "%s{\"name\": \"module%u.img\", \"bytes\": %" PRIu64 ", \"host_bytes\": %" PRIu64,
                  slot == 0 ? "" : ", ", slot, module->file_bytes, module->host_bytes);
    if (look->has_t2) (void)fprintf(file, ", \"clean\": %s", truth(module->is_clean));
    if (wear->is_known) {
        (void)fprintf(file,
                      ", \"wear\": {\"mapped_blocks\": %" PRIu64 ", \"blocks_read\": %" PRIu64
                      ", \"blocks_written\": %" PRIu64 ", \"pages_programmed\": %" PRIu64
                      ", \"superblocks_erased\": %" PRIu64 "}",
                      wear->mapped_blocks, wear->blocks_read, wear->blocks_written,
                      wear->pages_programmed, wear->superblocks_erased);
    }
    (void)fprintf(file, "}");
}

static void print_t2_json(const struct disk_look_t2 *t2, FILE *file)
{
    (void)fprintf(file,
                  ", \"t2\": {\"ecid\": \"%016" PRIx64
                  "\", \"password\": %s, \"failures\": %" PRIu32 ", \"counter\": %" PRIu64
                  ", \"secure_boot\": \"%s\", \"ticket\": %s, ",
                  t2->ecid, truth(t2->has_password), t2->failures, t2->counter,
                  t2_boot_policy_text(t2->boot_policy), truth(t2->has_boot_ticket));
    print_hex_member("nonce", t2->boot_nonce, sizeof(t2->boot_nonce), file);
    (void)fprintf(file, "}");
}

void disk_show_json(const struct disk_look *look, FILE *file)
{
    (void)fprintf(file,
                  "{\"bytes\": %" PRIu64 ", \"blocks\": %" PRIu64 ", \"used_bytes\": %" PRIu64 ", ",
                  look->blocks * MEDIA_BLOCK_BYTES, look->blocks, look->used_bytes);
    print_hex_member("volume", look->volume_id, sizeof(look->volume_id), file);
    (void)fprintf(file, ", \"in_use\": %s", truth(look->is_in_use));
    if (look->user > 0) (void)fprintf(file, ", \"process\": %ld", (long)look->user);
    (void)fprintf(file, ", \"sealed\": %s, \"modules\": [", truth(look->is_sealed));
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        print_module_json(look, i, file);
    }
    (void)fprintf(file, "]");
    if (look->has_t2) print_t2_json(&look->t2, file);
    (void)fprintf(file, "}\n");
}
