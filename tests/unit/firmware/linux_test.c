/* SPDX-License-Identifier: GPL-2.0-only */
/* bzImage headers: good, each way to be bad, random; and what a loaded kernel is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/boot/linux.h"
#include "firmware/lib/bytes.h"

#define MIB          0x100000u
#define FILE_BYTES   0x3000u
#define SETUP_BYTES  0x400u /* one boot sector, one more */
#define MEMORY_BYTES (16 * MIB)
#define HANDOFF_ADDR 0x40000u

/* A kernel file whose protected-mode part is all 0xcc. On the heap: ASan watches its end. */
static uint8_t *make_file(void)
{
    uint8_t *file = calloc(1, FILE_BYTES);

    assert_non_null(file);
    memset(file + SETUP_BYTES, 0xcc, FILE_BYTES - SETUP_BYTES);
    file[0x1f1] = 1;
    put_le32(file + 0x1f4, (FILE_BYTES - SETUP_BYTES) / 16);
    put_le16(file + 0x1fe, 0xaa55);
    file[0x201] = 0x6a;
    memcpy(file + 0x202, "HdrS", 4);
    put_le16(file + 0x206, 0x020f);
    file[0x211] = 1;
    put_le32(file + 0x22c, 0x7fffffff);
    put_le32(file + 0x230, 2 * MIB);
    file[0x234] = 1;
    put_le16(file + 0x236, 1);
    put_le32(file + 0x238, 2047);
    put_le64(file + 0x258, 4 * MIB);
    put_le32(file + 0x260, 5 * MIB);
    return file;
}

static const char *parse(const uint8_t *file, uint64_t bytes)
{
    struct linux_image image;

    return linux_parse(&image, file, bytes);
}

static void a_good_header(void **state)
{
    uint8_t *file = make_file();
    struct linux_image image;

    (void)state;
    assert_null(linux_parse(&image, file, FILE_BYTES));
    assert_true(image.has_entry64 && image.is_relocatable);
    assert_int_equal(image.payload_offset, SETUP_BYTES);
    assert_int_equal(image.payload_bytes, FILE_BYTES - SETUP_BYTES);
    assert_int_equal(image.load_addr, 4 * MIB);
    assert_int_equal(image.initrd_end_max, 0x80000000);
    assert_int_equal(image.cmdline_max, 2047);
    free(file);
}

static void bad_headers(void **state)
{
    static const struct {
        unsigned offset, bytes;
        uint64_t value;
    } bad[] = {
        {0x1f1, 1, 200},     /* setup longer than the file */
        {0x1f1, 1, 0},       /* means 4 */
        {0x1f4, 4, 0x10000}, /* more than the file has */
        {0x1f4, 4, 0xffffffff},  {0x1fe, 2, 0},          {0x202, 4, 0},
        {0x206, 2, 0x0209},      {0x211, 1, 0}, /* zImage */
        {0x201, 1, 0x20},                       /* header ends before its last field */
        {0x201, 1, 0xff},                       /* header ends in the memory map of the zero page */
        {0x230, 4, 3 * MIB},     {0x230, 4, 0},          {0x258, 8, 0x1000},
        {0x258, 8, 0x100000000}, {0x258, 8, UINT64_MAX}, {0x260, 4, FILE_BYTES - SETUP_BYTES - 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t *file = make_file();

        for (unsigned j = 0; j < bad[i].bytes; j++) {
            file[bad[i].offset + j] = (uint8_t)(bad[i].value >> (8 * j));
        }
        if (bad[i].offset == 0x1f1 && bad[i].value == 0) {
            struct linux_image image;

            put_le32(file + 0x1f4, 1);
            assert_null(linux_parse(&image, file, FILE_BYTES));
            assert_int_equal(image.payload_offset, 5 * 512);
        } else {
            assert_non_null(parse(file, FILE_BYTES));
        }
        free(file);
    }
}

static void every_truncation_is_noticed(void **state)
{
    uint8_t *whole = make_file();

    (void)state;
    /* The last paragraph may be cut (linux.c says why). */
    for (size_t bytes = 0; bytes <= FILE_BYTES - 16; bytes++) {
        uint8_t *part = malloc(bytes + 1);

        memcpy(part, whole, bytes);
        part = realloc(part, bytes > 0 ? bytes : 1);
        assert_non_null(part);
        assert_non_null(parse(part, bytes));
        free(part);
    }
    free(whole);
}

static void old_and_32_bit_kernels(void **state)
{
    uint8_t *file = make_file();
    struct linux_image image;

    (void)state;
    put_le16(file + 0x206, 0x020a);
    assert_null(linux_parse(&image, file, FILE_BYTES));
    assert_false(image.has_entry64);
    put_le16(file + 0x206, 0x020c);
    put_le16(file + 0x236, 0xfffe);
    assert_null(linux_parse(&image, file, FILE_BYTES));
    assert_false(image.has_entry64);
    free(file);
}

static void random_headers_are_survived(void **state)
{
    uint32_t seed = 3;

    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        uint8_t *file = make_file();
        struct linux_image image;

        for (unsigned i = 0; i < 6; i++) {
            seed = seed * 1664525u + 1013904223u;
            file[0x1f1 + (seed >> 8) % 0x80] = (uint8_t)(seed >> 24);
        }
        if (linux_parse(&image, file, FILE_BYTES) == NULL) {
            assert_true(image.payload_offset + image.payload_bytes == FILE_BYTES);
            assert_true(image.payload_bytes <= image.init_bytes);
            assert_true(0x1f1 + image.header_bytes <= LINUX_HEADER_END_MAX);
        }
        free(file);
    }
}

/* A machine with 16 MiB, of which the host sees all. */
struct machine {
    uint8_t *memory;
    struct mem_map map;
    struct arena handoff;
    struct boot_window window;
    struct loader loader;
    struct linux_entry entry;
    uint8_t *file;
    uint8_t initrd[5000];
};

static int start(void **state)
{
    struct machine *m = calloc(1, sizeof(*m));

    m->memory = calloc(1, MEMORY_BYTES);
    m->file = make_file();
    memset(m->initrd, 0x77, sizeof(m->initrd));
    memmap_set(&m->map, 0, 0x9fc00, MEM_USABLE);
    memmap_set(&m->map, MIB, MEMORY_BYTES, MEM_USABLE);
    m->handoff =
        (struct arena){.memory = m->memory + HANDOFF_ADDR, .addr = HANDOFF_ADDR, .bytes = 0x40000};
    m->window = (struct boot_window){
        .protocol = BOOT_PROTO_LINUX,
        .count = 3,
        .entry =
            {
                {.type = BOOT_ENTRY_KERNEL, .data = m->file, .bytes = FILE_BYTES},
                {.type = BOOT_ENTRY_INITRD,
                 .data = m->initrd,
                 .bytes = sizeof(m->initrd),
                 .memory_bytes = sizeof(m->initrd)},
                {.type = BOOT_ENTRY_CMDLINE, .data = (const uint8_t *)"quiet", .bytes = 6},
            },
    };
    m->loader.memory = m->memory;
    m->loader.handoff = &m->handoff;
    m->loader.window = &m->window;
    m->loader.rsdp_addr = 0xf0000;
    assert_true(loader_init(&m->loader, &m->map));
    *state = m;
    return 0;
}

static int stop(void **state)
{
    struct machine *m = *state;

    free(m->memory);
    free(m->file);
    free(m);
    return 0;
}

static void a_kernel_is_loaded_and_told(void **state)
{
    struct machine *m = *state;
    const uint8_t *params;

    assert_null(linux_load(&m->loader, &m->entry));
    assert_int_equal(m->entry.load_addr, 4 * MIB);
    assert_int_equal(m->entry.entry_addr, 4 * MIB + 0x200);
    assert_true(m->entry.is_entry64);
    assert_int_equal(m->memory[4 * MIB], 0xcc);
    assert_int_equal(m->memory[4 * MIB + FILE_BYTES - SETUP_BYTES - 1], 0xcc);
    assert_int_equal(m->memory[4 * MIB + FILE_BYTES - SETUP_BYTES], 0);
    assert_int_equal(m->entry.initrd_addr, MEMORY_BYTES - 0x2000);
    assert_memory_equal(m->memory + m->entry.initrd_addr, m->initrd, sizeof(m->initrd));
    params = m->memory + m->entry.params_addr;
    assert_int_equal(m->entry.params_addr % 4096, 0);
    assert_int_equal(get_le64(params + 0x070), 0xf0000);
    assert_int_equal(params[0x1e8], 2);
    assert_int_equal(get_le64(params + 0x2d0 + 20), MIB);
    assert_int_equal(get_le64(params + 0x2d0 + 28), 15 * MIB);
    assert_int_equal(get_le32(params + 0x2d0 + 36), 1);
    assert_memory_equal(params + 0x202, "HdrS", 4);
    assert_int_equal(params[0x210], 0xff);
    assert_int_equal(get_le32(params + 0x214), 4 * MIB);
    assert_int_equal(get_le32(params + 0x218), m->entry.initrd_addr);
    assert_int_equal(get_le32(params + 0x21c), sizeof(m->initrd));
    assert_string_equal((char *)m->memory + get_le32(params + 0x228), "quiet");
    for (unsigned i = 0; i < 0x40; i++) {
        assert_int_equal(params[i], 0); /* screen_info */
    }
}

/* What Linux's efifb wants, bit by bit: include/uapi/linux/screen_info.h. */
static void a_display_is_told(void **state)
{
    static const uint8_t low[0x40] = {
        [0x0f] = 0x70, [0x12] = 0x00, [0x13] = 0x14, [0x14] = 0x40, [0x15] = 0x0b, [0x16] = 32,
        [0x1b] = 0xe0, [0x1d] = 0x00, [0x1e] = 0x84, [0x1f] = 0x03, [0x25] = 0x50, [0x26] = 8,
        [0x27] = 16,   [0x28] = 8,    [0x29] = 8,    [0x2a] = 8,    [0x2c] = 8,    [0x2d] = 24,
    };
    struct machine *m = *state;
    struct display display = {.addr = 0xe0000000, .pitch = 20480, .width = 5120, .height = 2880};
    const uint8_t *params;

    m->loader.display = &display;
    assert_null(linux_load(&m->loader, &m->entry));
    params = m->memory + m->entry.params_addr;
    assert_memory_equal(params, low, sizeof(low));
    display.addr = 0xf012345000;
    assert_true(loader_init(&m->loader, &m->map));
    assert_null(linux_load(&m->loader, &m->entry));
    params = m->memory + m->entry.params_addr;
    assert_int_equal(get_le32(params + 0x18), 0x12345000);
    assert_int_equal(get_le32(params + 0x36), 2);
    assert_int_equal(get_le32(params + 0x3a), 0xf0);
    assert_int_equal(get_le64(params + 0x070), 0xf0000);
}

static void a_kernel_moves_when_its_place_is_taken(void **state)
{
    struct machine *m = *state;

    assert_null(loader_claim(&m->loader, 5 * MIB, 4096));
    assert_null(linux_load(&m->loader, &m->entry));
    assert_int_equal(m->entry.load_addr, 6 * MIB);
}

static void a_fixed_kernel_does_not_move(void **state)
{
    struct machine *m = *state;

    m->file[0x234] = 0;
    assert_null(loader_claim(&m->loader, 5 * MIB, 4096));
    assert_non_null(linux_load(&m->loader, &m->entry));
}

static void what_does_not_fit_is_said(void **state)
{
    struct machine *m = *state;

    put_le32(m->file + 0x260, 16 * MIB);
    assert_string_equal(linux_load(&m->loader, &m->entry),
                        "there is not enough memory for the kernel");
    put_le32(m->file + 0x260, 5 * MIB);
    put_le32(m->file + 0x22c, MIB);
    assert_string_equal(linux_load(&m->loader, &m->entry),
                        "there is not enough memory for the initrd");
}

static void a_long_command_line_is_refused(void **state)
{
    struct machine *m = *state;

    put_le32(m->file + 0x238, 4);
    assert_string_equal(linux_load(&m->loader, &m->entry),
                        "the command line is longer than the kernel takes");
}

static void a_window_without_kernel(void **state)
{
    struct machine *m = *state;

    m->window.count = 0;
    assert_non_null(linux_load(&m->loader, &m->entry));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_header),
        cmocka_unit_test(bad_headers),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(old_and_32_bit_kernels),
        cmocka_unit_test(random_headers_are_survived),
        cmocka_unit_test_setup_teardown(a_kernel_is_loaded_and_told, start, stop),
        cmocka_unit_test_setup_teardown(a_display_is_told, start, stop),
        cmocka_unit_test_setup_teardown(a_kernel_moves_when_its_place_is_taken, start, stop),
        cmocka_unit_test_setup_teardown(a_fixed_kernel_does_not_move, start, stop),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_said, start, stop),
        cmocka_unit_test_setup_teardown(a_long_command_line_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_window_without_kernel, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
