/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments, modules, and what Multiboot and PVH payloads are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/boot/loader.h"
#include "firmware/boot/multiboot.h"
#include "firmware/boot/pvh.h"
#include "firmware/lib/bytes.h"

#define MIB          0x100000u
#define MEMORY_BYTES (8 * MIB)
#define HANDOFF_ADDR 0x40000u

struct machine {
    uint8_t *memory;
    struct mem_map map;
    struct arena handoff;
    struct boot_window window;
    struct loader loader;
};

static int start(void **state)
{
    struct machine *m = calloc(1, sizeof(*m));

    m->memory = malloc(MEMORY_BYTES);
    memset(m->memory, 0xaa, MEMORY_BYTES);
    memmap_set(&m->map, 0, 0x9fc00, MEM_USABLE);
    memmap_set(&m->map, MIB, MEMORY_BYTES, MEM_USABLE);
    memmap_set(&m->map, 7 * MIB, MEMORY_BYTES, MEM_ACPI);
    m->handoff =
        (struct arena){.memory = m->memory + HANDOFF_ADDR, .addr = HANDOFF_ADDR, .bytes = 0x40000};
    m->loader.memory = m->memory;
    m->loader.handoff = &m->handoff;
    m->loader.window = &m->window;
    m->loader.rsdp_addr = 0xf0010;
    assert_true(loader_init(&m->loader, &m->map));
    *state = m;
    return 0;
}

static int stop(void **state)
{
    struct machine *m = *state;

    free(m->memory);
    free(m);
    return 0;
}

static void add(struct machine *m, uint32_t type, const char *text, uint64_t load_addr,
                uint64_t memory_bytes)
{
    struct boot_entry *entry = &m->window.entry[m->window.count++];

    *entry = (struct boot_entry){
        .type = type,
        .data = (const uint8_t *)text,
        .bytes = strlen(text) + (type == BOOT_ENTRY_CMDLINE ? 1 : 0),
        .load_addr = load_addr,
        .memory_bytes = memory_bytes,
    };
    strncpy(entry->name, text, BOOT_NAME_BYTES);
}

static const char *load(struct machine *m)
{
    const struct boot_entry *failed = NULL;
    const char *reason = loader_segments(&m->loader, &failed);

    assert_true((reason == NULL) == (failed == NULL));
    return reason;
}

static void segments_are_copied_and_zero_filled(void **state)
{
    struct machine *m = *state;

    add(m, BOOT_ENTRY_SEGMENT, "code", 2 * MIB, 100);
    add(m, BOOT_ENTRY_SEGMENT, "data", 2 * MIB + 100, 4);
    add(m, BOOT_ENTRY_SEGMENT, "", 3 * MIB, 0);
    assert_null(load(m));
    assert_memory_equal(m->memory + 2 * MIB, "code\0\0", 6);
    assert_int_equal(m->memory[2 * MIB + 99], 0);
    assert_memory_equal(m->memory + 2 * MIB + 100, "data\xaa", 5);
    assert_int_equal(m->memory[3 * MIB], 0xaa);
}

static void bad_segments_change_nothing(void **state)
{
    static const struct {
        uint64_t addr, bytes;
        const char *reason;
    } bad[] = {
        {0x10000, 4, "it overlaps the firmware below 1 MiB"},
        {0xfffff, 4, "it overlaps the firmware below 1 MiB"},
        {0, 4 * MIB, "it overlaps the firmware below 1 MiB"},
        {7 * MIB - 3, 4, "there is no usable memory"},
        {100 * MIB, 4, "there is no usable memory"},
        {UINT64_MAX - 2, 4, "it ends beyond 64 bits"},
        {2 * MIB + 3, 4, "it overlaps another part of the payload"},
        {2 * MIB - 3, 4, "it overlaps another part of the payload"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct machine *m = *state;

        m->window.count = 0;
        assert_true(loader_init(&m->loader, &m->map));
        add(m, BOOT_ENTRY_SEGMENT, "good", 2 * MIB, 4);
        add(m, BOOT_ENTRY_SEGMENT, "bad", bad[i].addr, bad[i].bytes);
        assert_string_equal(load(m), bad[i].reason);
        assert_int_equal(m->memory[2 * MIB], 0xaa);
    }
}

static void a_multiboot_payload_is_told(void **state)
{
    struct machine *m = *state;
    const uint8_t *info, *module;
    uint64_t addr;

    add(m, BOOT_ENTRY_MODULE, "first module", 0, 12);
    add(m, BOOT_ENTRY_CMDLINE, "a=1 b", 0, 6);
    add(m, BOOT_ENTRY_MODULE, "second", 0, 6);
    assert_null(multiboot_load(&m->loader, &addr));
    info = m->memory + addr;
    assert_int_equal(get_le32(info), 0x24d);
    assert_int_equal(get_le32(info + 4), 639);
    assert_int_equal(get_le32(info + 8), 6 * 1024);
    assert_string_equal((char *)m->memory + get_le32(info + 16), "a=1 b");
    assert_int_equal(get_le32(info + 20), 2);
    module = m->memory + get_le32(info + 24);
    assert_int_equal(get_le32(module), 7 * MIB - 0x1000);
    assert_int_equal(get_le32(module + 4), 7 * MIB - 0x1000 + 12);
    assert_memory_equal(m->memory + get_le32(module), "first module", 12);
    assert_string_equal((char *)m->memory + get_le32(module + 8), "first module");
    assert_memory_equal(m->memory + get_le32(module + 16), "second", 6);
    assert_int_equal(get_le32(info + 44), m->map.count * 24);
    assert_int_equal(get_le32(m->memory + get_le32(info + 48)), 20);
    assert_int_equal(get_le64(m->memory + get_le32(info + 48) + 24 + 4), MIB);
    assert_string_equal((char *)m->memory + get_le32(info + 64), "Spacegray firmware");
}

static void a_pvh_payload_is_told(void **state)
{
    struct machine *m = *state;
    const uint8_t *info, *modules, *map;
    uint64_t addr;

    add(m, BOOT_ENTRY_MODULE, "module", 0, 6);
    add(m, BOOT_ENTRY_INITRD, "initrd", 0, 6);
    assert_null(pvh_load(&m->loader, &addr));
    info = m->memory + addr;
    assert_int_equal(get_le32(info), PVH_MAGIC);
    assert_int_equal(get_le32(info + 4), 1);
    assert_int_equal(get_le32(info + 12), 2);
    modules = m->memory + get_le64(info + 16);
    assert_memory_equal(m->memory + get_le64(modules), "initrd", 6);
    assert_int_equal(get_le64(modules + 8), 6);
    assert_memory_equal(m->memory + get_le64(modules + 32), "module", 6);
    assert_string_equal((char *)m->memory + get_le64(info + 24), "");
    assert_int_equal(get_le64(info + 32), 0xf0010);
    assert_int_equal(get_le32(info + 48), m->map.count);
    map = m->memory + get_le64(info + 40);
    assert_int_equal(get_le64(map + 24), MIB);
    assert_int_equal(get_le64(map + 32), 6 * MIB);
    assert_int_equal(get_le32(map + 40), 1);
    assert_int_equal(get_le32(map + 64), MEM_ACPI);
}

static const struct display display = {
    .addr = 0xe0000000,
    .bytes = 256 * MIB,
    .pitch = 20480,
    .width = 5120,
    .height = 2880,
};

/* Multiboot Specification 0.6.96, 3.3: flag 12 and the fields from 88 on; VBE (flag 11) is not there. */
static void a_multiboot_payload_is_told_of_the_display(void **state)
{
    static const uint8_t colours[] = {16, 8, 8, 8, 0, 8};
    struct machine *m = *state;
    const uint8_t *info;
    uint64_t addr;

    m->loader.display = &display;
    assert_null(multiboot_load(&m->loader, &addr));
    info = m->memory + addr;
    assert_int_equal(get_le32(info), 0x124d);
    for (unsigned i = 72; i < 88; i++) {
        assert_int_equal(info[i], 0);
    }
    assert_int_equal(get_le64(info + 88), 0xe0000000);
    assert_int_equal(get_le32(info + 96), 20480);
    assert_int_equal(get_le32(info + 100), 5120);
    assert_int_equal(get_le32(info + 104), 2880);
    assert_int_equal(info[108], 32);
    assert_int_equal(info[109], 1);
    assert_memory_equal(info + 110, colours, sizeof(colours));
}

/* docs/images.md, "The frame buffer". */
static void a_pvh_payload_is_told_of_the_display(void **state)
{
    static const uint8_t tail[] = {32, 16, 8, 8, 8, 0, 8, 0, 0, 0, 0, 0};
    struct machine *m = *state;
    const uint8_t *table;
    uint64_t addr;

    assert_null(pvh_load(&m->loader, &addr));
    for (unsigned i = 52; i < 112; i++) {
        assert_int_equal(m->memory[addr + i], 0);
    }
    m->loader.display = &display;
    assert_null(pvh_load(&m->loader, &addr));
    table = m->memory + addr + 64;
    assert_memory_equal(table, "SGFRAME1", 8);
    assert_int_equal(get_le64(table + 8), 0xe0000000);
    assert_int_equal(get_le64(table + 16), 256 * MIB);
    assert_int_equal(get_le32(table + 24), 20480);
    assert_int_equal(get_le32(table + 28), 5120);
    assert_int_equal(get_le32(table + 32), 2880);
    assert_memory_equal(table + 36, tail, sizeof(tail));
}

static void modules_that_do_not_fit(void **state)
{
    struct machine *m = *state;
    uint64_t addr;

    add(m, BOOT_ENTRY_MODULE, "m", 0, 100 * MIB);
    assert_non_null(multiboot_load(&m->loader, &addr));
    assert_non_null(pvh_load(&m->loader, &addr));
    m->window.entry[0].memory_bytes = UINT64_MAX;
    assert_non_null(pvh_load(&m->loader, &addr));
}

static void a_command_line_that_does_not_fit(void **state)
{
    struct machine *m = *state;
    char *text = calloc(1, 0x50001);
    uint64_t addr;

    memset(text, 'x', 0x50000);
    add(m, BOOT_ENTRY_CMDLINE, text, 0, 0x50001);
    assert_string_equal(multiboot_load(&m->loader, &addr), "the command line is too long");
    assert_string_equal(pvh_load(&m->loader, &addr), "the command line is too long");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(segments_are_copied_and_zero_filled, start, stop),
        cmocka_unit_test_setup_teardown(bad_segments_change_nothing, start, stop),
        cmocka_unit_test_setup_teardown(a_multiboot_payload_is_told, start, stop),
        cmocka_unit_test_setup_teardown(a_pvh_payload_is_told, start, stop),
        cmocka_unit_test_setup_teardown(a_multiboot_payload_is_told_of_the_display, start, stop),
        cmocka_unit_test_setup_teardown(a_pvh_payload_is_told_of_the_display, start, stop),
        cmocka_unit_test_setup_teardown(modules_that_do_not_fit, start, stop),
        cmocka_unit_test_setup_teardown(a_command_line_that_does_not_fit, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
