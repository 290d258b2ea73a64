/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of a run: see payload.h. The files themselves are needed only until the boot window has
 * been made of them. */
#include "emu/app/payload.h"

#include "emu/machine/map.h"
#include "roms/roms.h"

#define FILE_BYTES_MAX ((size_t)4 << 30)
#define ROM_PAGE_BYTES 4096u

/* The files of one request while the window is made. */
struct payload_files {
    struct host_file kernel;
    struct host_file initrd;
    struct host_file image;
    struct host_file modules[RUN_MODULES_MAX];
    struct image_file kernel_view;
    struct image_file initrd_view;
    struct image_file image_view;
    struct image_file module_views[RUN_MODULES_MAX];
};

static int read_file(const char *path, struct host_file *file, struct image_file *view,
                     struct error *err)
{
    if (!path) return 0;
    if (host_file_read(path, FILE_BYTES_MAX, file, err) != 0) return -1;
    *view = (struct image_file){.name = path, .data = file->data, .bytes = file->bytes};
    return 0;
}

static int read_files(const struct run_options *options, struct payload_files *files,
                      struct error *err)
{
    if (read_file(options->kernel, &files->kernel, &files->kernel_view, err) != 0) return -1;
    if (read_file(options->initrd, &files->initrd, &files->initrd_view, err) != 0) return -1;
    if (read_file(options->image, &files->image, &files->image_view, err) != 0) return -1;
    for (size_t i = 0; i < options->module_count; i++) {
        if (read_file(options->modules[i], &files->modules[i], &files->module_views[i], err) != 0)
            return -1;
        if (options->module_names[i] != NULL)
            files->module_views[i].name = options->module_names[i];
    }
    return 0;
}

static void release_files(struct payload_files *files)
{
    host_file_release(&files->kernel);
    host_file_release(&files->initrd);
    host_file_release(&files->image);
    for (size_t i = 0; i < RUN_MODULES_MAX; i++) {
        host_file_release(&files->modules[i]);
    }
}

int payload_check(const struct run_options *options, struct error *err)
{
    if (options->kernel && options->image)
        return error_usage(err, "--kernel and --image exclude each other");
    if (options->initrd && !options->kernel) return error_usage(err, "--initrd needs --kernel");
    if (options->module_count > 0 && !options->image)
        return error_usage(err, "--module needs --image");
    if (options->command_line && !options->kernel && !options->image) {
        return error_usage(err, "--append needs --kernel or --image");
    }
    return 0;
}

static int make_window(const struct run_options *options, struct payload *payload,
                       struct error *err)
{
    struct payload_files files = {.kernel = {.data = NULL}};
    int result = read_files(options, &files, err);

    if (result == 0) {
        const struct image_request request = {
            .kernel = options->kernel ? &files.kernel_view : NULL,
            .initrd = options->initrd ? &files.initrd_view : NULL,
            .image = options->image ? &files.image_view : NULL,
            .modules = files.module_views,
            .module_count = options->module_count,
            .command_line = options->command_line,
            .memory_bytes = options->memory_bytes,
            .flags = options->is_closed_page ? BOOT_FLAG_CLOSED_PAGE : 0,
            .cores = options->cores,
        };
        result = image_build(&request, &payload->window, err);
    }
    release_files(&files);
    return result;
}

static int load_rom(const char *path, struct payload *payload, struct error *err)
{
    if (!path) {
        payload->rom = rom_firmware;
        payload->rom_bytes = (size_t)(rom_firmware_end - rom_firmware);
        return 0;
    }
    if (host_file_read(path, MAP_ROM_SIZE, &payload->rom_file, err) != 0) return -1;
    if (payload->rom_file.bytes % ROM_PAGE_BYTES != 0) {
        return error_host(
            err, "%s: a firmware image consists of whole 4 KiB pages, and this has %zu bytes", path,
            payload->rom_file.bytes);
    }
    payload->rom = payload->rom_file.data;
    payload->rom_bytes = payload->rom_file.bytes;
    return 0;
}

int payload_load(const struct run_options *options, struct payload *payload, struct error *err)
{
    *payload = (struct payload){.rom = NULL};
    if (payload_check(options, err) != 0) return -1;
    if (load_rom(options->rom, payload, err) == 0 && make_window(options, payload, err) == 0)
        return 0;
    payload_release(payload);
    return -1;
}

void payload_release(struct payload *payload)
{
    image_release(&payload->window);
    host_file_release(&payload->rom_file);
    payload->rom = NULL;
    payload->rom_bytes = 0;
}
