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

#define BASE 0xf0000u
#define MIB  0x100000ull
#define GIB  0x40000000ull

struct area {
    uint8_t bytes[0x10000];
};

static void build(struct area *area, uint64_t memory_bytes)
{
    struct arena arena = {.memory = area->bytes, .addr = BASE, .bytes = sizeof(area->bytes)};
    const struct smbios_config config = {
        .memory_bytes = memory_bytes,
        .low_ram_end = memory_bytes < 2 * GIB ? memory_bytes : 2 * GIB,
        .high_ram_end = memory_bytes < 2 * GIB ? 4 * GIB : 2 * GIB + memory_bytes,
        .cpu_signature = 0x50654,
        .cpu_features = 0xbfebfbff,
        .core_count = 8,
    };

    assert_null(smbios_build(&config, &arena));
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

static void four_modules_when_such_modules_exist(void **state)
{
    static struct area area;

    (void)state;
    for (uint64_t size = 4; size <= 32; size *= 2) {
        build(&area, 4 * size * GIB);
        for (unsigned slot = 0; slot < 4; slot++) {
            const uint8_t *dimm = structure(&area, 17, slot);
            char locator[] = "CPU1_DIMM_A0";

            locator[10] = (char)('A' + slot);
            assert_string_equal(string_of(dimm, 16), locator);
            assert_int_equal(dimm[18], 0x1a);
            assert_int_equal(get_le16(dimm + 21), 2666);
            if (size < 32) {
                assert_int_equal(get_le16(dimm + 12), size * 1024);
            } else {
                assert_int_equal(get_le16(dimm + 12), 0x7fff);
                assert_int_equal(get_le32(dimm + 28), size * 1024);
            }
        }
        assert_null(structure(&area, 17, 4));
    }
}

static void otherwise_one_module_holds_everything(void **state)
{
    static struct area area;
    static const uint64_t mib[] = {64, 512, 3 * 1024, 4 * 1024, 24 * 1024};

    (void)state;
    for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++) {
        assert_int_equal(smbios_dimm_bytes(mib[i] * MIB), 0);
        build(&area, mib[i] * MIB);
        assert_int_equal(get_le16(structure(&area, 17, 0) + 12), mib[i]);
        for (unsigned slot = 1; slot < 4; slot++) {
            assert_int_equal(get_le16(structure(&area, 17, slot) + 12), 0);
        }
    }
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
    build(&area, 512 * MIB);
    assert_null(structure(&area, 19, 1));
}

static void too_little_memory_is_noticed(void **state)
{
    static uint8_t memory[0x100];
    struct arena arena = {.memory = memory, .addr = BASE, .bytes = sizeof(memory)};
    const struct smbios_config config = {.memory_bytes = GIB, .core_count = 1};

    (void)state;
    assert_non_null(smbios_build(&config, &arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_entry_points_are_sound),
        cmocka_unit_test(the_walk_ends_where_the_entry_points_say),
        cmocka_unit_test(the_machine_is_an_imac_pro),
        cmocka_unit_test(four_modules_when_such_modules_exist),
        cmocka_unit_test(otherwise_one_module_holds_everything),
        cmocka_unit_test(mappings_cover_the_memory),
        cmocka_unit_test(too_little_memory_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
