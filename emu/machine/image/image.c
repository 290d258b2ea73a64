/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a request to a boot window: decides what kind of image it is, collects the parts and lays
 * them out. The format of the window is that of map.h and docs/formats/boot-window.md: header,
 * directory, then each part's bytes on a page boundary in the order of the directory. What is not
 * written is zero.
 */
#define _GNU_SOURCE

#include "emu/machine/image/image_internal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define PAGE_BYTES  4096u
#define NAME_OFFSET 40
#define NAME_BYTES  23 /* the 24th is the terminating zero */

static int request_check(const struct image_request *request, struct error *err)
{
    bool has_payload = request->kernel || request->image;

    if (request->kernel && request->image)
        return error_usage(err, "a kernel and an image cannot both be booted");
    if (request->initrd && !request->kernel) return error_usage(err, "an initrd needs a kernel");
    if (request->module_count > 0 && !request->image)
        return error_usage(err, "a module needs an image");
    if (request->command_line && *request->command_line && !has_payload) {
        return error_usage(err, "a command line needs a kernel or an image");
    }
    return 0;
}

/* The file's name without its folders. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static int modules_plan(const struct image_request *request, struct image_plan *plan,
                        struct error *err)
{
    for (size_t i = 0; i < request->module_count; i++) {
        const struct image_file *file = &request->modules[i];
        const struct image_part module = {
            .type = BOOT_ENTRY_MODULE,
            .name = base_name(file->name),
            .data = file->data,
            .bytes = file->bytes,
            .memory_bytes = file->bytes,
        };

        if (file->bytes == 0) return error_host(err, "%s: the module is empty", file->name);
        if (plan_add(plan, &module, file->name, err) != 0) return -1;
    }
    return 0;
}

/* All parts have to find room below the hole at 4 GiB, beside each other; fragmentation is the
 * firmware's to see. */
static int room_check(const struct image_request *request, const struct image_plan *plan,
                      struct error *err)
{
    uint64_t room = image_low_ram(request->memory_bytes);
    uint64_t used = IMAGE_SEGMENT_MIN;

    for (size_t i = 0; i < plan->count; i++) {
        const struct image_part *part = &plan->parts[i];
        uint64_t bytes = align_up(part->memory_bytes, PAGE_BYTES);

        if (part->load_addr >= MAP_HIGH_RAM_BASE) continue;
        if (used > room || bytes > room - used) {
            return error_host(
                err, "%s: image and modules do not fit in the machine's %" PRIu64 " MiB of memory",
                request->image->name, request->memory_bytes >> 20);
        }
        used += bytes;
    }
    return 0;
}

static int image_plan(const struct image_request *request, struct image_plan *plan,
                      struct error *err)
{
    const struct image_file *file = request->image;
    const char *text = request->command_line ? request->command_line : "";
    struct multiboot_header multiboot = {.kind = MULTIBOOT_NONE};

    if (strlen(text) > IMAGE_COMMAND_LINE_MAX) {
        return error_host(err, "%s: the command line has %zu characters, and %d are allowed",
                          file->name, strlen(text), IMAGE_COMMAND_LINE_MAX);
    }
    if (file->bytes == 0) return error_host(err, "%s: the file is empty", file->name);
    if (image_is_bzimage(file)) {
        return error_host(err,
                          "%s: this is a Linux kernel with a boot header: boot it with --kernel",
                          file->name);
    }
    if (multiboot_find(file, &multiboot, err) != 0) return -1;
    int result;
    if (multiboot.kind == MULTIBOOT_KLUDGE) {
        result = multiboot_plan_kludge(file, &multiboot, request->memory_bytes, plan, err);
    } else if (image_is_elf(file)) {
        result = elf_plan(file, &multiboot, request->memory_bytes, plan, err);
    } else if (multiboot.kind == MULTIBOOT_ELF) {
        return error_host(
            err, "%s: the Multiboot header gives no addresses, and the file is no ELF file",
            file->name);
    } else {
        return error_host(err, "%s: this is neither an ELF file nor a Multiboot image", file->name);
    }
    if (result == 0) result = modules_plan(request, plan, err);
    return result == 0 ? room_check(request, plan, err) : -1;
}

static int request_plan(const struct image_request *request, struct image_plan *plan,
                        struct error *err)
{
    const char *text = request->command_line ? request->command_line : "";
    int result = 0;

    plan->protocol = BOOT_PROTO_NONE;
    if (request->kernel) result = linux_plan(request, plan, err);
    if (request->image) result = image_plan(request, plan, err);
    if (result != 0 || !*text) return result;
    const struct image_part command_line = {
        .type = BOOT_ENTRY_CMDLINE,
        .name = "command line",
        .data = (const uint8_t *)text,
        .bytes = strlen(text) + 1,
        .memory_bytes = strlen(text) + 1,
    };
    return plan_add(plan, &command_line,
                    request->kernel ? request->kernel->name : request->image->name, err);
}

static void header_put(const struct image_request *request, const struct image_plan *plan,
                       const struct boot_window *window)
{
    uint8_t *p = window->data;

    memcpy(p, BOOT_MAGIC, 8);
    le32_put(p + 8, BOOT_VERSION);
    le32_put(p + 12, (uint32_t)plan->count);
    le64_put(p + 16, window->bytes);
    le64_put(p + 24, BOOT_HEADER_BYTES);
    le32_put(p + 32, request->cores);
    le32_put(p + 36, plan->protocol);
    le64_put(p + 40, plan->entry_addr);
    le64_put(p + 48, request->flags);
    le64_put(p + 56, request->memory_bytes);
}

static void entry_put(uint8_t *p, const struct image_part *part, uint64_t offset)
{
    le32_put(p, part->type);
    le64_put(p + 8, offset);
    le64_put(p + 16, part->bytes);
    le64_put(p + 24, part->load_addr);
    le64_put(p + 32, part->memory_bytes);
    memcpy(p + NAME_OFFSET, part->name, strnlen(part->name, NAME_BYTES));
}

/* Sizes cannot wrap: every part is a piece of host memory. */
static int window_lay_out(const struct image_request *request, const struct image_plan *plan,
                          struct boot_window *window, struct error *err)
{
    uint64_t offset = align_up(BOOT_HEADER_BYTES + plan->count * BOOT_ENTRY_BYTES, PAGE_BYTES);
    uint64_t bytes = offset;

    for (size_t i = 0; i < plan->count; i++) {
        bytes += align_up(plan->parts[i].bytes, PAGE_BYTES);
    }
    if (bytes > MAP_BOOT_WINDOW_MAX) {
        return error_host(
            err, "what is to be booted has %" PRIu64 " MiB, more than the boot window takes",
            bytes >> 20);
    }
    void *data =
        mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
        return error_host(err, "not enough host memory for %" PRIu64 " MiB to boot", bytes >> 20);
    }
    *window = (struct boot_window){.data = data, .bytes = (size_t)bytes};
    header_put(request, plan, window);
    for (size_t i = 0; i < plan->count; i++) {
        const struct image_part *part = &plan->parts[i];

        entry_put(window->data + BOOT_HEADER_BYTES + i * BOOT_ENTRY_BYTES, part, offset);
        if (part->bytes > 0) memcpy(window->data + offset, part->data, part->bytes);
        offset += align_up(part->bytes, PAGE_BYTES);
    }
    return 0;
}

int image_build(const struct image_request *request, struct boot_window *window, struct error *err)
{
    struct image_plan plan = {.count = 0};

    *window = (struct boot_window){.data = NULL, .bytes = 0};
    if (request_check(request, err) != 0) return -1;
    if (request_plan(request, &plan, err) != 0) return -1;
    return window_lay_out(request, &plan, window, err);
}

int image_build_refusal(const char *text, const struct image_request *request,
                        struct boot_window *window, struct error *err)
{
    struct image_plan plan = {.protocol = BOOT_PROTO_REFUSED};
    const struct image_part part = {
        .type = BOOT_ENTRY_TEXT,
        .name = "refusal",
        .data = (const uint8_t *)text,
        .bytes = strlen(text) + 1,
        .memory_bytes = strlen(text) + 1,
    };

    *window = (struct boot_window){.data = NULL, .bytes = 0};
    if (plan_add(&plan, &part, part.name, err) != 0) return -1;
    return window_lay_out(request, &plan, window, err);
}

void image_release(struct boot_window *window)
{
    if (window->data) munmap(window->data, window->bytes);
    *window = (struct boot_window){.data = NULL, .bytes = 0};
}
