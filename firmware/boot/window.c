/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot window: see window.h. */
#include "firmware/boot/window.h"

#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"

#define DATA_ALIGN 4096
#define LIMIT_UNIT 0x100000

static const char *check_entry(const struct boot_window *window, const struct boot_entry *entry,
                               uint64_t offset)
{
    if (entry->type < BOOT_ENTRY_KERNEL || entry->type > BOOT_ENTRY_TEXT) {
        return "an entry of the boot window has an unknown type";
    }
    if (offset % DATA_ALIGN != 0 || offset > window->bytes ||
        entry->bytes > window->bytes - offset) {
        return "an entry of the boot window lies outside of it";
    }
    if (entry->memory_bytes < entry->bytes) {
        return "an entry of the boot window has more data than memory";
    }
    if (entry->load_addr + entry->memory_bytes < entry->load_addr) {
        return "an entry of the boot window ends beyond 64 bits";
    }
    if ((entry->type == BOOT_ENTRY_CMDLINE || entry->type == BOOT_ENTRY_TEXT) &&
        str_length((const char *)entry->data, entry->bytes) == entry->bytes) {
        return "a text in the boot window has no end";
    }
    return NULL;
}

static const char *parse_entry(struct boot_window *window, const uint8_t *base, const uint8_t *raw)
{
    struct boot_entry *entry = &window->entry[window->count];
    uint64_t offset = get_le64(raw + 8);
    const char *reason;

    *entry = (struct boot_entry){
        .type = get_le32(raw),
        .flags = get_le32(raw + 4),
        .data = base + (offset <= window->bytes ? offset : 0),
        .bytes = get_le64(raw + 16),
        .load_addr = get_le64(raw + 24),
        .memory_bytes = get_le64(raw + 32),
    };
    mem_copy(entry->name, raw + 40, BOOT_NAME_BYTES);
    reason = check_entry(window, entry, offset);
    if (reason != NULL) {
        return reason;
    }
    if (entry->type != BOOT_ENTRY_SEGMENT && entry->type != BOOT_ENTRY_MODULE &&
        boot_window_find(window, entry->type) != NULL) {
        return "the boot window has two entries where one may be";
    }
    window->count++;
    return NULL;
}

static const char *parse_header(struct boot_window *window, const uint8_t *raw, uint64_t limit)
{
    uint32_t count = get_le32(raw + 12);
    uint64_t first = get_le64(raw + 24);

    *window = (struct boot_window){
        .bytes = get_le64(raw + 16),
        .cores = get_le32(raw + 32),
        .protocol = get_le32(raw + 36),
        .entry_addr = get_le64(raw + 40),
        .flags = get_le64(raw + 48),
        .memory_limit = get_le64(raw + 56),
    };
    if (!mem_equal(raw, BOOT_MAGIC, 8)) {
        return "there is no boot window";
    }
    if (get_le32(raw + 8) != BOOT_VERSION) {
        return "the boot window has another version";
    }
    if (window->bytes < BOOT_HEADER_BYTES || window->bytes > limit) {
        return "the boot window has an impossible size";
    }
    if (window->cores == 0 || window->cores > BOOT_CORES_MAX) {
        return "the boot window has an impossible core count";
    }
    if (window->protocol > BOOT_PROTO_REFUSED) {
        return "the boot window has an unknown protocol";
    }
    if (window->memory_limit % LIMIT_UNIT != 0) {
        return "the boot window has an impossible memory limit";
    }
    if (count > BOOT_ENTRIES_MAX || first > window->bytes ||
        (uint64_t)count * BOOT_ENTRY_BYTES > window->bytes - first) {
        return "the directory of the boot window does not fit in it";
    }
    return NULL;
}

const char *boot_window_parse(struct boot_window *window, const uint8_t *base, uint64_t limit)
{
    uint8_t raw[BOOT_HEADER_BYTES];
    uint32_t count;
    uint64_t first;
    const char *reason;

    if (limit < BOOT_HEADER_BYTES) {
        return "there is no boot window";
    }
    mem_copy(raw, base, sizeof(raw));
    reason = parse_header(window, raw, limit);
    count = get_le32(raw + 12);
    first = get_le64(raw + 24);
    for (uint32_t i = 0; reason == NULL && i < count; i++) {
        uint8_t entry[BOOT_ENTRY_BYTES];

        mem_copy(entry, base + first + i * BOOT_ENTRY_BYTES, sizeof(entry));
        reason = parse_entry(window, base, entry);
    }
    return reason;
}

const struct boot_entry *boot_window_find(const struct boot_window *window, uint32_t type)
{
    for (unsigned i = 0; i < window->count; i++) {
        if (window->entry[i].type == type) {
            return &window->entry[i];
        }
    }
    return NULL;
}
