/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMBIOS tables, walked as an operating system does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/smbios.h"
#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"
#include "firmware/platform/imacpro/memory_plan.h"

#define BASE 0xf0000u
#define GIB  0x40000000ull

struct area {
    uint8_t bytes[0x10000];
};

/* Modules of `each` bytes in the sockets of the mask. */
static void make_memory(struct memory *memory, uint64_t each, unsigned sockets)
{
    memset(memory, 0, sizeof(*memory));
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        if ((sockets >> i & 1) != 0) {
            memory->module[i] = (struct memory_module){
                .bytes = each,
                .ranks = each >= 16 * GIB ? 2 : 1,
                .width = 8,
                .has_ecc = true,
                .speed = 2666,
                .maker = 0x80ad,
                .serial = 0x1234abc0 + i,
                .part = "HMA81GR7AFR8N-VK",
            };
        }
    }
    assert_null(memory_plan(memory, 0));
}

static void build_with(struct area *area, const struct memory *memory)
{
    struct arena arena = {.memory = area->bytes, .addr = BASE, .bytes = sizeof(area->bytes)};
    const struct smbios_config config = {
        .memory = memory,
        .cpu_signature = 0x50654,
        .cpu_features = 0xbfebfbff,
        .core_count = 8,
    };

    memset(area, 0, sizeof(*area));
    assert_null(smbios_build(&config, &arena));
}

static void build(struct area *area, uint64_t memory_bytes)
{
    struct memory memory;

    make_memory(&memory, memory_bytes / 4, 15);
    build_with(area, &memory);
}

static const uint8_t *find_anchor(const struct area *area, const char *anchor)
{
    for (size_t i = 0; i < sizeof(area->bytes); i += 16) {
        if (memcmp(area->bytes + i, anchor, strlen(anchor)) == 0) {
            return area->bytes + i;
        }
    }
    fail_msg("no %s", anchor);
    return NULL;
}

/* The structure behind this one: over the strings and the empty one that ends them. */
static const uint8_t *next_structure(const uint8_t *p, const uint8_t *end)
{
    p += p[1];
    while (p + 1 < end && (p[0] != 0 || p[1] != 0)) {
        p++;
    }
    return p + 2;
}

/* The n-th structure of a type, or NULL. */
static const uint8_t *structure(const struct area *area, unsigned type, unsigned n)
{
    const uint8_t *entry = find_anchor(area, "_SM3_");
    const uint8_t *p = area->bytes + (get_le64(entry + 16) - BASE);
    const uint8_t *end = p + get_le32(entry + 12);

    for (; p < end; p = next_structure(p, end)) {
        if (p[0] == type && n-- == 0) {
            return p;
        }
    }
    return NULL;
}

static const char *string_of(const uint8_t *p, unsigned offset)
{
    const char *text = (const char *)p + p[1];

    assert_true(p[offset] != 0);
    for (unsigned i = 1; i < p[offset]; i++) {
        text += strlen(text) + 1;
    }
    return text;
}

static void both_entry_points_are_sound(void **state)
{
    static struct area area;
    const uint8_t *entry3, *entry2;

    (void)state;
    build(&area, 32 * GIB);
    entry3 = find_anchor(&area, "_SM3_");
    assert_int_equal(entry3[6], 24);
    assert_int_equal(sum8(entry3, 24), 0);
    entry2 = find_anchor(&area, "_SM_");
    assert_int_equal(entry2[5], 31);
    assert_int_equal(sum8(entry2, 31), 0);
    assert_memory_equal(entry2 + 16, "_DMI_", 5);
    assert_int_equal(sum8(entry2 + 16, 15), 0);
    assert_int_equal(get_le32(entry2 + 24), get_le64(entry3 + 16));
    assert_int_equal(get_le16(entry2 + 22), get_le32(entry3 + 12));
}

static void the_walk_ends_where_the_entry_points_say(void **state)
{
    static struct area area;
    const uint8_t *entry2, *p, *end;
    unsigned count = 0, largest = 0, handles[64];
    uint8_t last = 0;

    (void)state;
    build(&area, 128 * GIB);
    entry2 = find_anchor(&area, "_SM_");
    p = area.bytes + (get_le32(entry2 + 24) - BASE);
    end = p + get_le16(entry2 + 22);
    while (p < end) {
        const uint8_t *next = next_structure(p, end);

        last = p[0];
        for (unsigned i = 0; i < count; i++) {
            assert_int_not_equal(handles[i], get_le16(p + 2));
        }
        handles[count++] = get_le16(p + 2);
        if (next - p > (ptrdiff_t)largest) {
            largest = (unsigned)(next - p);
        }
        p = next;
    }
    assert_ptr_equal(p, end);
    assert_int_equal(last, 127);
    assert_int_equal(count, get_le16(entry2 + 28));
    assert_int_equal(largest, get_le16(entry2 + 8));
}

static void the_machine_is_an_imac_pro(void **state)
{
    static struct area area;
    const uint8_t *cpu;

    (void)state;
    build(&area, 32 * GIB);
    assert_string_equal(string_of(structure(&area, 0, 0), 4), "Apple Inc.");
    assert_string_equal(string_of(structure(&area, 1, 0), 4), "Apple Inc.");
    assert_string_equal(string_of(structure(&area, 1, 0), 5), "iMacPro1,1");
    assert_string_equal(string_of(structure(&area, 1, 0), 26), "iMac Pro");
    assert_string_equal(string_of(structure(&area, 2, 0), 4), "Apple Inc.");
    assert_string_equal(string_of(structure(&area, 2, 0), 5), "Mac-7BA5B2D9E42DDD94");
    cpu = structure(&area, 4, 0);
    assert_int_equal(get_le32(cpu + 8), 0x50654);
    assert_int_equal(get_le16(cpu + 18), 25);
    assert_int_equal(cpu[35], 8);
    assert_non_null(structure(&area, 3, 0));
    assert_non_null(structure(&area, 7, 2));
    assert_non_null(structure(&area, 32, 0));
}

static void modules_are_told_as_they_are(void **state)
{
    static struct area area;

    (void)state;
    for (uint64_t size = 1; size <= 64; size *= 2) {
        build(&area, 4 * size * GIB);
        for (unsigned slot = 0; slot < 4; slot++) {
            const uint8_t *dimm = structure(&area, 17, slot);
            char locator[] = "CPU1_DIMM_A0", serial[] = "1234ABC0";

            locator[10] = (char)('A' + slot);
            serial[7] = (char)('0' + slot);
            assert_string_equal(string_of(dimm, 16), locator);
            assert_string_equal(string_of(dimm, 23), "SK hynix");
            assert_string_equal(string_of(dimm, 24), serial);
            assert_string_equal(string_of(dimm, 26), "HMA81GR7AFR8N-VK");
            assert_int_equal(get_le16(dimm + 8), 72);
            assert_int_equal(get_le16(dimm + 10), 64);
            assert_int_equal(dimm[18], 0x1a);
            assert_int_equal(get_le16(dimm + 21), 2666);
            assert_int_equal(dimm[27], size >= 16 ? 2 : 1);
            if (size < 32) {
                assert_int_equal(get_le16(dimm + 12), size * 1024);
            } else {
                assert_int_equal(get_le16(dimm + 12), 0x7fff);
                assert_int_equal(get_le32(dimm + 28), size * 1024);
            }
        }
        assert_null(structure(&area, 17, 4));
        assert_int_equal(structure(&area, 16, 1)[6], 0x05);
    }
}

static void empty_sockets_are_empty(void **state)
{
    static struct area area;
    struct memory memory;

    (void)state;
    make_memory(&memory, GIB / 2, 4);
    memory.module[2].maker = 0x1234;
    memory.module[2].part[0] = '\0';
    build_with(&area, &memory);
    for (unsigned slot = 0; slot < 4; slot++) {
        const uint8_t *dimm = structure(&area, 17, slot);

        assert_int_equal(get_le16(dimm + 12), slot == 2 ? 512 : 0);
        assert_int_equal(dimm[18], slot == 2 ? 0x1a : 0x02);
    }
    assert_string_equal(string_of(structure(&area, 17, 2), 23), "Unknown");
    assert_int_equal(structure(&area, 17, 2)[26], 0);
    assert_int_equal(structure(&area, 17, 3)[27], 0);
}

static void without_ecc_there_is_none(void **state)
{
    static struct area area;
    struct memory memory;

    (void)state;
    make_memory(&memory, GIB, 15);
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        memory.module[i].has_ecc = false;
    }
    build_with(&area, &memory);
    assert_int_equal(structure(&area, 16, 0)[6], 0x03);
    assert_int_equal(structure(&area, 16, 1)[6], 0x03);
    assert_int_equal(get_le16(structure(&area, 17, 1) + 8), 64);
}

/* Each zone's part of each module: type 20. */
static void zones_are_mapped_to_modules(void **state)
{
    static struct area area;
    struct memory memory;
    const uint8_t *map;

    (void)state;
    build(&area, 32 * GIB);
    for (unsigned i = 0; i < 8; i++) {
        map = structure(&area, 20, i);
        assert_int_equal(get_le16(map + 12), get_le16(structure(&area, 17, i % 4) + 2));
        assert_int_equal(get_le16(map + 14), get_le16(structure(&area, 19, i / 4) + 2));
        assert_int_equal(get_le32(map + 4), i < 4 ? 0 : 4 * GIB / 1024);
        assert_int_equal(get_le32(map + 8), (i < 4 ? 2 : 34) * GIB / 1024 - 1);
        assert_int_equal(map[17], i % 4 + 1);
        assert_int_equal(map[18], 1);
    }
    assert_null(structure(&area, 20, 8));
    make_memory(&memory, GIB, 2);
    build_with(&area, &memory);
    map = structure(&area, 20, 0);
    assert_int_equal(get_le16(map + 12), get_le16(structure(&area, 17, 1) + 2));
    assert_int_equal(map[17], 0);
    assert_null(structure(&area, 20, 1));
}

static void memory_without_modules_has_empty_sockets(void **state)
{
    static struct area area;
    struct memory memory = {0};

    (void)state;
    assert_null(memory_plan_flat(&memory, 3 * GIB));
    build_with(&area, &memory);
    assert_int_equal(get_le16(structure(&area, 17, 0) + 12), 0);
    assert_int_equal(get_le32(structure(&area, 19, 1) + 4), 4 * GIB / 1024);
    assert_null(structure(&area, 20, 0));
}

static void mappings_cover_the_memory(void **state)
{
    static struct area area;
    const uint8_t *low, *high;

    (void)state;
    build(&area, 32 * GIB);
    low = structure(&area, 19, 0);
    high = structure(&area, 19, 1);
    assert_int_equal(get_le32(low + 8), 2 * GIB / 1024 - 1);
    assert_int_equal(get_le32(high + 4), 4 * GIB / 1024);
    assert_int_equal(get_le32(high + 8), 34 * GIB / 1024 - 1);
    build(&area, 2 * GIB);
    assert_null(structure(&area, 19, 1));
}

static void too_little_memory_is_noticed(void **state)
{
    static uint8_t memory[0x100];
    struct arena arena = {.memory = memory, .addr = BASE, .bytes = sizeof(memory)};
    struct memory none = {0};
    const struct smbios_config config = {.memory = &none, .core_count = 1};

    (void)state;
    assert_non_null(smbios_build(&config, &arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_entry_points_are_sound),
        cmocka_unit_test(the_walk_ends_where_the_entry_points_say),
        cmocka_unit_test(the_machine_is_an_imac_pro),
        cmocka_unit_test(modules_are_told_as_they_are),
        cmocka_unit_test(empty_sockets_are_empty),
        cmocka_unit_test(without_ecc_there_is_none),
        cmocka_unit_test(zones_are_mapped_to_modules),
        cmocka_unit_test(memory_without_modules_has_empty_sockets),
        cmocka_unit_test(mappings_cover_the_memory),
        cmocka_unit_test(too_little_memory_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
