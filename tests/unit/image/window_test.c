/* SPDX-License-Identifier: GPL-2.0-only */
/* What a good image becomes: the boot window byte for byte, as map.h and
 * docs/formats/boot-window.md say. */
#include "emu/machine/image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/machine/map.h"
#include "tests/unit/image/craft.h"

#define MIB UINT64_C(0x100000)

/* One image, built; teardown releases it. */
struct built {
    uint8_t crafted[CRAFT_BYTES];
    struct image_file file;
    struct boot_window window;
};

static void build(struct built *built, enum craft_kind kind, const struct craft_patch *patches,
                  struct image_request request)
{
    struct error err = ERROR_INIT;

    craft_make(built->crafted, kind);
    if (patches) craft_damage(built->crafted, patches);
    built->file =
        (struct image_file){.name = "dir/f.img", .data = built->crafted, .bytes = CRAFT_BYTES};
    if (kind == CRAFT_BZIMAGE) {
        request.kernel = &built->file;
    } else {
        request.image = &built->file;
    }
    if (request.memory_bytes == 0) request.memory_bytes = 64 * MIB;
    if (request.cores == 0) request.cores = 1;
    int result = image_build(&request, &built->window, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(result, 0);
}

static void check_header(const struct boot_window *window, uint32_t count, uint32_t cores,
                         uint32_t protocol, uint64_t entry)
{
    const uint8_t *p = window->data;

    assert_memory_equal(p, "SGBOOT01", 8);
    assert_int_equal(le32_get(p + 8), 1);
    assert_int_equal(le32_get(p + 12), count);
    assert_int_equal(le64_get(p + 16), window->bytes);
    assert_int_equal(le64_get(p + 24), 64);
    assert_int_equal(le32_get(p + 32), cores);
    assert_int_equal(le32_get(p + 36), protocol);
    assert_int_equal(le64_get(p + 40), entry);
    assert_int_equal(le64_get(p + 48), 0);
    assert_int_equal(window->bytes % 4096, 0);
    assert_int_equal((uintptr_t)p % 4096, 0);
}

struct expected_entry {
    uint32_t type;
    uint64_t bytes;
    uint64_t load;
    uint64_t memory;
    const char *name;
};

/* Returns the part's bytes. */
static const uint8_t *check_entry(const struct boot_window *window, size_t index,
                                  struct expected_entry expected)
{
    const uint8_t *p = window->data + 64 + 64 * index;
    uint64_t offset = le64_get(p + 8);

    assert_int_equal(le32_get(p), expected.type);
    assert_int_equal(le32_get(p + 4), 0);
    assert_int_equal(offset % 4096, 0);
    assert_true(offset >= 4096);
    assert_true(offset + expected.bytes <= window->bytes);
    assert_int_equal(le64_get(p + 16), expected.bytes);
    assert_int_equal(le64_get(p + 24), expected.load);
    assert_int_equal(le64_get(p + 32), expected.memory);
    assert_string_equal((const char *)p + 40, expected.name);
    return window->data + offset;
}

static void nothing_to_boot(void **state)
{
    struct image_request request = {.memory_bytes = 64 * MIB, .cores = 8};
    struct boot_window window;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(image_build(&request, &window, &err), 0);
    check_header(&window, 0, 8, BOOT_PROTO_NONE, 0);
    assert_int_equal(window.bytes, 4096);
    image_release(&window);
    assert_null(window.data);
    image_release(&window);
}

static void linux_with_initrd_and_command_line(void **state)
{
    static const uint8_t initrd_bytes[5000] = {0x30, 0x37};
    const struct image_file initrd = {
        .name = "i", .data = initrd_bytes, .bytes = sizeof(initrd_bytes)};
    struct built built;

    (void)state;
    build(&built, CRAFT_BZIMAGE, NULL,
          (struct image_request){.initrd = &initrd, .command_line = "console=ttyS0"});
    check_header(&built.window, 3, 1, BOOT_PROTO_LINUX, 0);
    const uint8_t *kernel = check_entry(
        &built.window, 0,
        (struct expected_entry){BOOT_ENTRY_KERNEL, CRAFT_BYTES, 0, CRAFT_BYTES, "kernel"});
    assert_memory_equal(kernel, built.crafted, CRAFT_BYTES);
    const uint8_t *data = check_entry(
        &built.window, 1, (struct expected_entry){BOOT_ENTRY_INITRD, 5000, 0, 5000, "initrd"});
    assert_memory_equal(data, initrd_bytes, sizeof(initrd_bytes));
    assert_int_equal(data[5000], 0);
    data = check_entry(&built.window, 2,
                       (struct expected_entry){BOOT_ENTRY_CMDLINE, 14, 0, 14, "command line"});
    assert_string_equal((const char *)data, "console=ttyS0");
    image_release(&built.window);
}

/* memtest86+ counts a paragraph more than its file has bytes. */
static void linux_last_paragraph_may_be_short(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {{0x1f4, 4, 0x1c10 / 16}};
    struct built built;

    (void)state;
    craft_make(built.crafted, CRAFT_BZIMAGE);
    craft_damage(built.crafted, patches);
    const struct image_file file = {.name = "f", .data = built.crafted, .bytes = CRAFT_BYTES};
    const struct image_request request = {.kernel = &file, .memory_bytes = 64 * MIB, .cores = 1};
    struct boot_window window;
    struct error err = ERROR_INIT;
    assert_int_equal(image_build(&request, &window, &err), -1);
    le32_put(built.crafted + 0x1f4, 0x1c00 / 16);
    const struct image_file shorter = {
        .name = "f", .data = built.crafted, .bytes = CRAFT_BYTES - 15};
    const struct image_request good = {.kernel = &shorter, .memory_bytes = 64 * MIB, .cores = 1};
    err = (struct error)ERROR_INIT;
    assert_int_equal(image_build(&good, &window, &err), 0);
    image_release(&window);
}

static void linux_relocatable_moves_down(void **state)
{
    struct built built;

    (void)state;
    build(&built, CRAFT_BZIMAGE, NULL, (struct image_request){.memory_bytes = 18 * MIB});
    check_header(&built.window, 1, 1, BOOT_PROTO_LINUX, 0);
    image_release(&built.window);
}

static void linux_32_bit_entry(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {{0x236, 2, 0x4}, {0x234, 1, 0}};
    struct built built;

    (void)state;
    build(&built, CRAFT_BZIMAGE, patches, (struct image_request){.cores = 2});
    check_header(&built.window, 1, 2, BOOT_PROTO_LINUX, 0);
    image_release(&built.window);
}

static void plain_elf64(void **state)
{
    struct built built;

    (void)state;
    build(&built, CRAFT_ELF64, NULL, (struct image_request){.command_line = "a b"});
    check_header(&built.window, 2, 1, BOOT_PROTO_ELF64, 0x100010);
    const uint8_t *data = check_entry(
        &built.window, 0,
        (struct expected_entry){BOOT_ENTRY_SEGMENT, 0x1000, 0x100000, 0x2000, "segment"});
    assert_memory_equal(data, built.crafted + ELF_DATA, 0x1000);
    check_entry(&built.window, 1,
                (struct expected_entry){BOOT_ENTRY_CMDLINE, 4, 0, 4, "command line"});
    image_release(&built.window);
}

static void plain_elf64_with_module(void **state)
{
    static const uint8_t bytes[1] = {7};
    const struct image_file module = {.name = "m", .data = bytes, .bytes = 1};
    struct built built;

    (void)state;
    build(&built, CRAFT_ELF64, NULL, (struct image_request){.modules = &module, .module_count = 1});
    check_header(&built.window, 2, 1, BOOT_PROTO_ELF64, 0x100010);
    check_entry(&built.window, 1, (struct expected_entry){BOOT_ENTRY_MODULE, 1, 0, 1, "m"});
    image_release(&built.window);
}

static void linux_initrd_below_the_kernel(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {{0x22c, 4, 0xffffff}};
    static const uint8_t bytes[5000] = {1};
    const struct image_file initrd = {.name = "i", .data = bytes, .bytes = sizeof(bytes)};
    struct built built;

    (void)state;
    build(&built, CRAFT_BZIMAGE, patches, (struct image_request){.initrd = &initrd});
    check_header(&built.window, 2, 1, BOOT_PROTO_LINUX, 0);
    image_release(&built.window);
}

/* A kernel linked to high virtual addresses: loaded at p_paddr, and e_entry translated. */
static void virtual_entry_is_translated(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {
        {24, 8, 0xffffffff80100010},
        {ELF64_PHDR + 16, 8, 0xffffffff80100000},
    };
    struct built built;

    (void)state;
    build(&built, CRAFT_ELF64, patches, (struct image_request){0});
    check_header(&built.window, 1, 1, BOOT_PROTO_ELF64, 0x100010);
    image_release(&built.window);
}

static void physical_entry_is_kept(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {
        {ELF64_PHDR + 16, 8, 0xffffffff80100000}};
    struct built built;

    (void)state;
    build(&built, CRAFT_ELF64, patches, (struct image_request){0});
    check_header(&built.window, 1, 1, BOOT_PROTO_ELF64, 0x100010);
    image_release(&built.window);
}

static void segments_in_high_memory(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {
        {ELF64_PHDR + ELF64_PHDR_BYTES, 4, 1},
        {ELF64_PHDR + ELF64_PHDR_BYTES + 24, 8, 0x17ffff000},
        {ELF64_PHDR + ELF64_PHDR_BYTES + 40, 8, 0x1000},
    };
    struct built built;

    (void)state;
    build(&built, CRAFT_ELF64, patches, (struct image_request){.memory_bytes = 4096 * MIB});
    check_header(&built.window, 2, 1, BOOT_PROTO_ELF64, 0x100010);
    check_entry(&built.window, 1,
                (struct expected_entry){BOOT_ENTRY_SEGMENT, 0, 0x17ffff000, 0x1000, "segment"});
    image_release(&built.window);
}

static void multiboot_elf_with_modules(void **state)
{
    static const uint8_t bytes[3] = {1, 2, 3};
    const struct image_file modules[] = {
        {.name = "some/dir/one", .data = bytes, .bytes = 3},
        {.name = "a-name-longer-than-the-entry-has-room-for", .data = bytes, .bytes = 2},
    };
    struct built built;

    (void)state;
    build(&built, CRAFT_MULTIBOOT, NULL,
          (struct image_request){.modules = modules, .module_count = 2});
    check_header(&built.window, 3, 1, BOOT_PROTO_MULTIBOOT1, 0x100010);
    const uint8_t *data =
        check_entry(&built.window, 1, (struct expected_entry){BOOT_ENTRY_MODULE, 3, 0, 3, "one"});
    assert_memory_equal(data, bytes, 3);
    check_entry(&built.window, 2,
                (struct expected_entry){BOOT_ENTRY_MODULE, 2, 0, 2, "a-name-longer-than-the-"});
    image_release(&built.window);
}

static void multiboot_addresses_in_the_header(void **state)
{
    struct built built;

    (void)state;
    build(&built, CRAFT_KLUDGE, NULL, (struct image_request){0});
    check_header(&built.window, 1, 1, BOOT_PROTO_MULTIBOOT1, 0x100010);
    const uint8_t *data = check_entry(
        &built.window, 0,
        (struct expected_entry){BOOT_ENTRY_SEGMENT, 0x1000, 0x100000, 0x3000, "multiboot"});
    assert_memory_equal(data, built.crafted + 0x800, 0x1000);
    image_release(&built.window);
}

static void multiboot_to_the_end_of_the_file(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {{MULTIBOOT_HEADER + 20, 4, 0},
                                                              {MULTIBOOT_HEADER + 24, 4, 0}};
    struct built built;

    (void)state;
    build(&built, CRAFT_KLUDGE, patches, (struct image_request){0});
    check_entry(&built.window, 0,
                (struct expected_entry){BOOT_ENTRY_SEGMENT, 0x1800, 0x100000, 0x1800, "multiboot"});
    image_release(&built.window);
}

static void pvh_note_wins_over_plain_elf(void **state)
{
    struct built built;

    (void)state;
    build(&built, CRAFT_PVH, NULL, (struct image_request){0});
    check_header(&built.window, 1, 1, BOOT_PROTO_PVH, 0x100020);
    image_release(&built.window);
}

static void pvh_note_of_eight_bytes(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {
        {ELF_NOTE + 4, 4, 8},
        {ELF64_PHDR + ELF64_PHDR_BYTES + 32, 8, 24},
    };
    struct built built;

    (void)state;
    build(&built, CRAFT_PVH, patches, (struct image_request){0});
    check_header(&built.window, 1, 1, BOOT_PROTO_PVH, 0x100020);
    image_release(&built.window);
}

static void other_notes_are_skipped(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {{ELF_NOTE + 12, 4, 0x00554e47}};
    struct built built;

    (void)state;
    build(&built, CRAFT_PVH, patches, (struct image_request){0});
    check_header(&built.window, 1, 1, BOOT_PROTO_ELF64, 0x100010);
    image_release(&built.window);
}

static void multiboot_wins_over_pvh(void **state)
{
    static const struct craft_patch patches[CRAFT_PATCHES] = {
        {0x400, 4, 0x1badb002}, {0x404, 4, 3}, {0x408, 4, 0xffffffff - 0x1badb002 - 2}};
    struct built built;

    (void)state;
    build(&built, CRAFT_PVH, patches, (struct image_request){0});
    check_header(&built.window, 1, 1, BOOT_PROTO_MULTIBOOT1, 0x100010);
    image_release(&built.window);
}

static void a_refusal_is_a_text(void **state)
{
    static const char text[] = "one line\nanother";
    const struct image_request request = {.memory_bytes = 64 * MIB, .cores = 3};
    struct built built = {.window = {.data = NULL}};
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(image_build_refusal(text, &request, &built.window, &err), 0);
    assert_int_equal(le64_get(built.window.data + 56), 64 * MIB);
    check_header(&built.window, 1, 3, BOOT_PROTO_REFUSED, 0);
    check_entry(&built.window, 0,
                (struct expected_entry){BOOT_ENTRY_TEXT, sizeof(text), 0, sizeof(text), "refusal"});
    assert_memory_equal(built.window.data + 4096, text, sizeof(text));
    assert_int_equal(built.window.bytes, 8192);
    image_release(&built.window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_boot),
        cmocka_unit_test(linux_with_initrd_and_command_line),
        cmocka_unit_test(linux_last_paragraph_may_be_short),
        cmocka_unit_test(linux_relocatable_moves_down),
        cmocka_unit_test(linux_32_bit_entry),
        cmocka_unit_test(plain_elf64),
        cmocka_unit_test(plain_elf64_with_module),
        cmocka_unit_test(linux_initrd_below_the_kernel),
        cmocka_unit_test(virtual_entry_is_translated),
        cmocka_unit_test(physical_entry_is_kept),
        cmocka_unit_test(segments_in_high_memory),
        cmocka_unit_test(multiboot_elf_with_modules),
        cmocka_unit_test(multiboot_addresses_in_the_header),
        cmocka_unit_test(multiboot_to_the_end_of_the_file),
        cmocka_unit_test(pvh_note_wins_over_plain_elf),
        cmocka_unit_test(pvh_note_of_eight_bytes),
        cmocka_unit_test(other_notes_are_skipped),
        cmocka_unit_test(multiboot_wins_over_pvh),
        cmocka_unit_test(a_refusal_is_a_text),
    };

    return cmocka_run_group_tests_name("boot window", tests, NULL, NULL);
}
