/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux kernels with a boot header ("bzImage"), which memtest86+ wears as well.
 * Source: Documentation/arch/x86/boot.rst of Linux, "The Real-Mode Kernel Header" and "64-bit Boot
 * Protocol".
 *
 * The whole file goes into the boot window, and the firmware reads the header again: it places the
 * kernel (where the header prefers, or lower when it is relocatable) and the initrd (as high as
 * initrd_addr_max allows), and enters a kernel with XLF_KERNEL_64 in long mode, any other in 32-bit
 * mode. What cannot work is refused here, with the file's name.
 */
#include "emu/machine/image/image_internal.h"

#include <inttypes.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define SECTOR_BYTES        512u
#define PARAGRAPH_BYTES     16u
#define SETUP_SECTS_DEFAULT 4u
#define ENTRY_64_OFFSET     0x200u /* of the 64-bit entry in the protected-mode part */

/* Offsets in the file. */
#define HDR_SETUP_SECTS      0x1f1
#define HDR_SYSSIZE          0x1f4
#define HDR_BOOT_FLAG        0x1fe
#define HDR_JUMP_BYTES       0x201
#define HDR_MAGIC            0x202
#define HDR_VERSION          0x206
#define HDR_LOADFLAGS        0x211
#define HDR_INITRD_ADDR_MAX  0x22c
#define HDR_KERNEL_ALIGNMENT 0x230
#define HDR_RELOCATABLE      0x234
#define HDR_MIN_ALIGNMENT    0x235
#define HDR_XLOADFLAGS       0x236
#define HDR_CMDLINE_SIZE     0x238
#define HDR_PAYLOAD_OFFSET   0x248
#define HDR_PAYLOAD_LENGTH   0x24c
#define HDR_PREF_ADDRESS     0x258
#define HDR_INIT_SIZE        0x260
#define HDR_END              0x264 /* of the fields used here */
#define HDR_END_MAX          0x290 /* the zero page has its memory map from here on */

#define BOOT_FLAG     0xaa55
#define VERSION_MIN   0x020c /* xloadflags exist */
#define LOADED_HIGH   0x01
#define XLF_KERNEL_64 0x0001

/* The fields that matter, read once. */
struct linux_header {
    uint64_t image_bytes;    /* of the protected-mode part */
    uint64_t promised_bytes; /* what the header says of it */
    uint64_t payload_offset;
    uint64_t payload_bytes;
    uint64_t pref_addr;
    uint64_t init_bytes;
    uint64_t align;
    uint64_t min_align;
    uint64_t initrd_addr_max;
    uint32_t cmdline_max;
    unsigned version;
    unsigned jump_bytes;
    bool is_high;
    bool is_relocatable;
    bool has_entry_64;
};

static int header_find(const struct image_file *file, struct error *err)
{
    const uint8_t *data = file->data;

    if (image_is_elf(file)) {
        return error_host(err, "%s: this is an ELF file, not a bzImage: boot it with --image",
                          file->name);
    }
    if (file->bytes < HDR_END) {
        return error_host(err, "%s: the file ends within the Linux boot header", file->name);
    }
    if (le16_get(data + HDR_BOOT_FLAG) != BOOT_FLAG || memcmp(data + HDR_MAGIC, "HdrS", 4) != 0) {
        return error_host(err, "%s: this is not a bzImage: it has no Linux boot header",
                          file->name);
    }
    if (le16_get(data + HDR_VERSION) < VERSION_MIN) {
        unsigned version = le16_get(data + HDR_VERSION);
        return error_host(err,
                          "%s: the kernel has boot protocol %u.%02u, but at least 2.12 is needed",
                          file->name, version >> 8, version & 0xff);
    }
    return 0;
}

static int header_read(const struct image_file *file, struct linux_header *header,
                       struct error *err)
{
    const uint8_t *data = file->data;
    unsigned setup_sects = data[HDR_SETUP_SECTS] ? data[HDR_SETUP_SECTS] : SETUP_SECTS_DEFAULT;
    uint64_t setup_bytes = (uint64_t)(setup_sects + 1) * SECTOR_BYTES;

    if (file->bytes <= setup_bytes) {
        return error_host(err, "%s: the file is cut short: its %u setup sectors alone are longer",
                          file->name, setup_sects);
    }
    *header = (struct linux_header){
        .image_bytes = file->bytes - setup_bytes,
        .promised_bytes = (uint64_t)le32_get(data + HDR_SYSSIZE) * PARAGRAPH_BYTES,
        .payload_offset = le32_get(data + HDR_PAYLOAD_OFFSET),
        .payload_bytes = le32_get(data + HDR_PAYLOAD_LENGTH),
        .pref_addr = le64_get(data + HDR_PREF_ADDRESS),
        .init_bytes = le32_get(data + HDR_INIT_SIZE),
        .align = le32_get(data + HDR_KERNEL_ALIGNMENT),
        .min_align = data[HDR_MIN_ALIGNMENT] < 32 ? BIT(data[HDR_MIN_ALIGNMENT]) : 0,
        .initrd_addr_max = le32_get(data + HDR_INITRD_ADDR_MAX),
        .cmdline_max = le32_get(data + HDR_CMDLINE_SIZE),
        .version = le16_get(data + HDR_VERSION),
        .jump_bytes = data[HDR_JUMP_BYTES],
        .is_high = data[HDR_LOADFLAGS] & LOADED_HIGH,
        .is_relocatable = data[HDR_RELOCATABLE] != 0,
        .has_entry_64 = le16_get(data + HDR_XLOADFLAGS) & XLF_KERNEL_64,
    };
    return 0;
}

/* The header against itself and against the length of the file. */
static int header_check(const struct linux_header *header, const char *name, struct error *err)
{
    unsigned header_end = HDR_MAGIC + header->jump_bytes;

    if (header_end < HDR_END || header_end > HDR_END_MAX) {
        return error_host(err, "%s: the boot header ends at 0x%x, which no boot protocol does",
                          name, header_end);
    }
    if (!header->is_high) {
        return error_host(
            err, "%s: this is a zImage that loads below 1 MiB: only bzImages are supported", name);
    }
    /* The last paragraph may be cut: memtest86+ counts 16-byte paragraphs and does not fill the
     * last one. */
    if (header->promised_bytes > header->image_bytes + PARAGRAPH_BYTES - 1) {
        return error_host(err,
                          "%s: the file is cut short: %" PRIu64
                          " bytes of kernel are promised, %" PRIu64 " are there",
                          name, header->promised_bytes, header->image_bytes);
    }
    if (header->payload_offset + header->payload_bytes > header->image_bytes) {
        return error_host(err, "%s: the compressed kernel lies outside of the file", name);
    }
    if (header->has_entry_64 && header->image_bytes <= ENTRY_64_OFFSET) {
        return error_host(err, "%s: the file ends before its 64-bit entry point", name);
    }
    if (header->init_bytes < header->image_bytes) {
        return error_host(err,
                          "%s: the kernel is %" PRIu64 " bytes long but asks for only %" PRIu64
                          " bytes of memory (init_size)",
                          name, header->image_bytes, header->init_bytes);
    }
    if (!is_power_of_two(header->align) || header->min_align == 0 ||
        header->min_align > header->align) {
        return error_host(err,
                          "%s: the kernel asks for an impossible alignment (0x%" PRIx64
                          ", at least 0x%" PRIx64 ")",
                          name, header->align, header->min_align);
    }
    if (header->pref_addr < IMAGE_SEGMENT_MIN || header->pref_addr >= MAP_HIGH_RAM_BASE) {
        return error_host(
            err, "%s: the kernel asks to be loaded at 0x%" PRIx64 ", where a kernel cannot be",
            name, header->pref_addr);
    }
    return 0;
}

/* Where the firmware places the kernel: where it wants to be, or else as low as it can. */
static uint64_t kernel_start(const struct linux_header *header, uint64_t low_ram)
{
    if (header->pref_addr + header->init_bytes <= low_ram || !header->is_relocatable)
        return header->pref_addr;
    return align_up(IMAGE_SEGMENT_MIN, header->align);
}

static int memory_check(const struct linux_header *header, const struct image_request *request,
                        struct error *err)
{
    uint64_t low_ram = image_low_ram(request->memory_bytes);
    uint64_t start = kernel_start(header, low_ram);
    uint64_t end = start + header->init_bytes;
    uint64_t initrd_end = min_u64(low_ram, header->initrd_addr_max + 1);
    uint64_t initrd_bytes = request->initrd ? align_up(request->initrd->bytes, 4096) : 0;

    if (end > low_ram) {
        return error_host(err,
                          "%s: the kernel needs memory up to %" PRIu64 " KiB, but only %" PRIu64
                          " KiB below 4 GiB are free for it",
                          request->kernel->name, align_up(end, 1024) >> 10, low_ram >> 10);
    }
    uint64_t above = initrd_end - min_u64(end, initrd_end);
    uint64_t below = max_u64(min_u64(start, initrd_end), IMAGE_SEGMENT_MIN) - IMAGE_SEGMENT_MIN;
    if (initrd_bytes > max_u64(above, below)) {
        return error_host(
            err,
            "%s: the initrd (%zu bytes) does not fit into the %" PRIu64 " KiB beside the kernel",
            request->initrd->name, request->initrd->bytes, max_u64(above, below) >> 10);
    }
    return 0;
}

static int command_line_check(const struct linux_header *header,
                              const struct image_request *request, struct error *err)
{
    size_t length = request->command_line ? strlen(request->command_line) : 0;

    if (length > header->cmdline_max) {
        return error_host(err,
                          "%s: the command line has %zu characters, and the kernel takes %" PRIu32,
                          request->kernel->name, length, header->cmdline_max);
    }
    return 0;
}

int linux_plan(const struct image_request *request, struct image_plan *plan, struct error *err)
{
    const struct image_file *kernel = request->kernel;
    const struct image_file *initrd = request->initrd;
    struct linux_header header = {0};

    if (header_find(kernel, err) != 0 || header_read(kernel, &header, err) != 0) return -1;
    if (header_check(&header, kernel->name, err) != 0) return -1;
    if (initrd && initrd->bytes == 0)
        return error_host(err, "%s: the initrd is empty", initrd->name);
    if (memory_check(&header, request, err) != 0) return -1;
    if (command_line_check(&header, request, err) != 0) return -1;

    const struct image_part kernel_part = {
        .type = BOOT_ENTRY_KERNEL,
        .name = "kernel",
        .data = kernel->data,
        .bytes = kernel->bytes,
        .memory_bytes = kernel->bytes,
    };
    plan->protocol = BOOT_PROTO_LINUX;
    if (plan_add(plan, &kernel_part, kernel->name, err) != 0) return -1;
    if (!initrd) return 0;
    const struct image_part initrd_part = {
        .type = BOOT_ENTRY_INITRD,
        .name = "initrd",
        .data = initrd->data,
        .bytes = initrd->bytes,
        .memory_bytes = initrd->bytes,
    };
    return plan_add(plan, &initrd_part, initrd->name, err);
}
