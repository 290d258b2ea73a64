/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image loader on hostile files. First byte: what the bytes that follow are given as. Beyond
 * not crashing: a refusal is one sentence that starts with the file's name, and what is accepted
 * the firmware boots, too.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/bug.h"
#include "emu/machine/image/image.h"
#include "tests/fuzz/firmware_view.h"
#include "tests/fuzz/input.h"

#define FLAG_KERNEL       0x01
#define FLAG_INITRD       0x02
#define FLAG_COMMAND_LINE 0x04
#define MODULES_SHIFT     3 /* 0..3 modules */
#define MEMORY_SHIFT      5

static const uint64_t memory_sizes[] = {
    FIRMWARE_VIEW_MEMORY, FIRMWARE_VIEW_MEMORY, FIRMWARE_VIEW_MEMORY, UINT64_C(16) << 20,
    UINT64_C(64) << 20,   UINT64_C(2) << 30,    UINT64_C(4) << 30,    UINT64_C(256) << 30,
};

static void check_sentence(const struct error *err, const char *name)
{
    size_t length = strlen(err->text);

    BUG_ON(err->kind != ERROR_HOST && err->kind != ERROR_USAGE);
    BUG_ON(length == 0 || strchr(err->text, '\n') != NULL);
    if (err->kind == ERROR_HOST) BUG_ON(strncmp(err->text, name, strlen(name)) != 0);
}

/* What is built lies where it should, and the firmware accepts it. Only small pieces can fail to
 * find room there: the emulator adds sizes up and leaves gaps between pieces to the firmware. */
static void check_window(const struct boot_window *window, const struct image_request *request)
{
    BUG_ON(window->bytes == 0 || window->bytes % 4096 != 0);
    if (request->memory_bytes != FIRMWARE_VIEW_MEMORY) return;
    const char *reason = firmware_view_boot(window->data, window->bytes);
    if (reason && request->module_count > 0) reason = NULL;
    BUG_ON(reason != NULL);
}

static void build(struct fuzz_input *input, unsigned flags)
{
    static const uint8_t small[3] = {1, 2, 3};
    const struct image_file extras[3] = {
        {.name = "f.1", .data = small, .bytes = 1},
        {.name = "f.2", .data = small, .bytes = 2},
        {.name = "f.3", .data = small, .bytes = 3},
    };
    uint8_t *data = malloc(input->bytes ? input->bytes : 1);
    struct boot_window window;
    struct error err = ERROR_INIT;

    BUG_ON(!data);
    memcpy(data, input->data, input->bytes);
    const struct image_file file = {.name = "f", .data = data, .bytes = input->bytes};
    bool is_kernel = (flags & FLAG_KERNEL) != 0;
    const struct image_request request = {
        .kernel = is_kernel ? &file : NULL,
        .image = is_kernel ? NULL : &file,
        .initrd = is_kernel && flags & FLAG_INITRD ? extras : NULL,
        .modules = extras,
        .module_count = is_kernel ? 0 : flags >> MODULES_SHIFT & 3,
        .command_line = flags & FLAG_COMMAND_LINE ? "console=ttyS0" : NULL,
        .memory_bytes = memory_sizes[flags >> MEMORY_SHIFT],
        .cores = 1,
    };
    if (image_build(&request, &window, &err) == 0) {
        check_window(&window, &request);
        image_release(&window);
    } else {
        BUG_ON(window.data != NULL);
        check_sentence(&err, "f");
    }
    free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    unsigned flags = (unsigned)fuzz_take(&input, 1);

    build(&input, flags);
    return 0;
}
