/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Linux/x86 boot protocol: see linux.h. Offsets are those of the setup header (boot.rst, "The Real-Mode Kernel Header"),
 * which stands at the same place in the file and in the zero page.
 */
#include "firmware/boot/linux.h"

#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"

#define HDR_SETUP_SECTS        0x1f1
#define HDR_SYSSIZE            0x1f4
#define HDR_BOOT_FLAG          0x1fe
#define HDR_JUMP_LENGTH        0x201
#define HDR_MAGIC              0x202
#define HDR_VERSION            0x206
#define HDR_TYPE_OF_LOADER     0x210
#define HDR_LOADFLAGS          0x211
#define HDR_CODE32_START       0x214
#define HDR_RAMDISK_IMAGE      0x218
#define HDR_RAMDISK_SIZE       0x21c
#define HDR_CMD_LINE_PTR       0x228
#define HDR_INITRD_ADDR_MAX    0x22c
#define HDR_KERNEL_ALIGNMENT   0x230
#define HDR_RELOCATABLE_KERNEL 0x234
#define HDR_XLOADFLAGS         0x236
#define HDR_CMDLINE_SIZE       0x238
#define HDR_PREF_ADDRESS       0x258
#define HDR_INIT_SIZE          0x260
#define HDR_BYTES_NEEDED       0x264

/* struct screen_info, at the start of the zero page. */
#define SI_ORIG_VIDEO_ISVGA 0x0f
#define SI_LFB_WIDTH        0x12
#define SI_LFB_HEIGHT       0x14
#define SI_LFB_DEPTH        0x16
#define SI_LFB_BASE         0x18
#define SI_LFB_SIZE         0x1c
#define SI_LFB_LINELENGTH   0x24
#define SI_RED_SIZE         0x26 /* each a size and a position, in bits */
#define SI_GREEN_SIZE       0x28
#define SI_BLUE_SIZE        0x2a
#define SI_RSVD_SIZE        0x2c
#define SI_CAPABILITIES     0x36
#define SI_EXT_LFB_BASE     0x3a

#define VIDEO_TYPE_EFI              0x70
#define VIDEO_CAPABILITY_64BIT_BASE 0x2

#define ZP_ACPI_RSDP_ADDR   0x070
#define ZP_E820_ENTRIES     0x1e8
#define ZP_E820_TABLE       0x2d0
#define ZP_E820_ENTRY_BYTES 20
#define ZP_E820_MAX         128

#define LOADED_HIGH         0x01
#define XLF_KERNEL_64       0x0001
#define LOADER_UNDEFINED    0xff
#define VERSION_OLDEST      0x020a /* pref_address and init_size exist */
#define VERSION_XLOADFLAGS  0x020c
#define SECTOR              512
#define SETUP_SECTS_DEFAULT 4
#define PARAGRAPH           16
#define FOUR_GIB            0x100000000u
#define LOAD_MIN            0x100000u

static bool is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static const char *check(const struct linux_image *image, const uint8_t *file, uint64_t bytes)
{
    /* syssize counts whole paragraphs; the file may end within the last one (memtest86+ does). */
    if (image->payload_offset >= bytes ||
        get_le32(file + HDR_SYSSIZE) > (image->payload_bytes + PARAGRAPH - 1) / PARAGRAPH) {
        return "the kernel image is cut short";
    }
    if ((file[HDR_LOADFLAGS] & LOADED_HIGH) == 0) {
        return "the kernel image is a zImage, not a bzImage";
    }
    if (image->init_bytes < image->payload_bytes) {
        return "the kernel image is larger than the memory that its header asks for";
    }
    if (image->init_bytes > FOUR_GIB || image->load_addr < LOAD_MIN ||
        image->load_addr >= FOUR_GIB) {
        return "the kernel's header asks for impossible memory";
    }
    if (image->is_relocatable && !is_power_of_two(image->align)) {
        return "the kernel's header asks for an impossible alignment";
    }
    if (LINUX_HEADER_OFFSET + image->header_bytes > LINUX_HEADER_END_MAX ||
        LINUX_HEADER_OFFSET + image->header_bytes < HDR_BYTES_NEEDED) {
        return "the kernel's header has an impossible length";
    }
    return NULL;
}

const char *linux_parse(struct linux_image *image, const uint8_t *file, uint64_t bytes)
{
    unsigned setup_sects;
    uint32_t init_size;

    if (bytes < LINUX_HEADER_END_MAX) {
        return "the kernel image is cut short";
    }
    if (get_le16(file + HDR_BOOT_FLAG) != 0xaa55 || !mem_equal(file + HDR_MAGIC, "HdrS", 4)) {
        return "the kernel is not a bzImage";
    }
    *image = (struct linux_image){.version = get_le16(file + HDR_VERSION)};
    if (image->version < VERSION_OLDEST) {
        return "the kernel's boot protocol is older than 2.10";
    }
    setup_sects = file[HDR_SETUP_SECTS] != 0 ? file[HDR_SETUP_SECTS] : SETUP_SECTS_DEFAULT;
    init_size = get_le32(file + HDR_INIT_SIZE);
    image->has_entry64 = image->version >= VERSION_XLOADFLAGS &&
                         (get_le16(file + HDR_XLOADFLAGS) & XLF_KERNEL_64) != 0;
    image->is_relocatable = file[HDR_RELOCATABLE_KERNEL] != 0;
    image->header_bytes = HDR_MAGIC + file[HDR_JUMP_LENGTH] - LINUX_HEADER_OFFSET;
    image->payload_offset = (setup_sects + 1) * SECTOR;
    image->payload_bytes = bytes > image->payload_offset ? bytes - image->payload_offset : 0;
    image->load_addr = get_le64(file + HDR_PREF_ADDRESS);
    image->init_bytes = init_size;
    image->align = get_le32(file + HDR_KERNEL_ALIGNMENT);
    image->initrd_end_max = (uint64_t)get_le32(file + HDR_INITRD_ADDR_MAX) + 1;
    image->cmdline_max = get_le32(file + HDR_CMDLINE_SIZE);
    return check(image, file, bytes);
}

/* The place that the kernel asks for, or the lowest one that fits. */
static const char *claim_kernel(struct loader *loader, const struct linux_image *image,
                                uint64_t *addr)
{
    const char *reason;

    *addr = image->load_addr;
    reason = loader_claim(loader, *addr, image->init_bytes);
    if (reason == NULL || !image->is_relocatable) {
        return reason == NULL ? NULL : "there is not enough memory where the kernel must be loaded";
    }
    *addr = memmap_find_low(&loader->free, image->init_bytes, image->align, LOAD_MIN, FOUR_GIB);
    if (*addr == 0) {
        return "there is not enough memory for the kernel";
    }
    return loader_claim(loader, *addr, image->init_bytes);
}

static void put_memory_map(uint8_t *params, const struct mem_map *map)
{
    unsigned count = map->count < ZP_E820_MAX ? map->count : ZP_E820_MAX;

    params[ZP_E820_ENTRIES] = (uint8_t)count;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *p = params + ZP_E820_TABLE + i * ZP_E820_ENTRY_BYTES;
        put_le64(p, map->range[i].base);
        put_le64(p + 8, map->range[i].end - map->range[i].base);
        put_le32(p + 16, (uint32_t)map->range[i].type);
    }
}

static const char *load_initrd(struct loader *loader, const struct linux_image *image,
                               struct linux_entry *entry)
{
    const struct boot_entry *initrd = boot_window_find(loader->window, BOOT_ENTRY_INITRD);

    if (initrd == NULL || initrd->bytes == 0) {
        return NULL;
    }
    entry->initrd_addr = loader_place_high(loader, initrd, image->initrd_end_max);
    entry->initrd_bytes = initrd->bytes;
    return entry->initrd_addr != 0 ? NULL : "there is not enough memory for the initrd";
}

static void put_field(uint8_t *at, uint8_t bits, uint8_t shift)
{
    at[0] = bits;
    at[1] = shift;
}

/* As if EFI's graphics output protocol had been asked: Linux binds efifb to this. */
static void put_screen(uint8_t *params, const struct display *display)
{
    params[SI_ORIG_VIDEO_ISVGA] = VIDEO_TYPE_EFI;
    put_le16(params + SI_LFB_WIDTH, (uint16_t)display->width);
    put_le16(params + SI_LFB_HEIGHT, (uint16_t)display->height);
    put_le16(params + SI_LFB_DEPTH, DISPLAY_DEPTH);
    put_le32(params + SI_LFB_BASE, (uint32_t)display->addr);
    put_le32(params + SI_LFB_SIZE, display->pitch * display->height);
    put_le16(params + SI_LFB_LINELENGTH, (uint16_t)display->pitch);
    put_field(params + SI_RED_SIZE, DISPLAY_COLOUR_BITS, DISPLAY_RED_SHIFT);
    put_field(params + SI_GREEN_SIZE, DISPLAY_COLOUR_BITS, DISPLAY_GREEN_SHIFT);
    put_field(params + SI_BLUE_SIZE, DISPLAY_COLOUR_BITS, DISPLAY_BLUE_SHIFT);
    put_field(params + SI_RSVD_SIZE, DISPLAY_COLOUR_BITS, DISPLAY_RESERVED_SHIFT);
    if (display->addr >= FOUR_GIB) {
        put_le32(params + SI_CAPABILITIES, VIDEO_CAPABILITY_64BIT_BASE);
        put_le32(params + SI_EXT_LFB_BASE, (uint32_t)(display->addr >> 32));
    }
}

/* The zero page: all zero, the setup header, and what the loader knows. Without a display screen_info stays zero. */
static const char *make_params(struct loader *loader, const struct linux_image *image,
                               const uint8_t *file, struct linux_entry *entry)
{
    uint64_t cmdline_addr = loader_cmdline(loader);
    uint8_t *params = arena_alloc(loader->handoff, LINUX_PARAMS_BYTES, LINUX_PARAMS_BYTES);
    const struct boot_entry *cmdline = boot_window_find(loader->window, BOOT_ENTRY_CMDLINE);

    if (cmdline_addr == 0 || params == NULL) {
        return "the command line is too long";
    }
    if (cmdline != NULL &&
        str_length((const char *)cmdline->data, cmdline->bytes) > image->cmdline_max) {
        return "the command line is longer than the kernel takes";
    }
    mem_copy(params + LINUX_HEADER_OFFSET, file + LINUX_HEADER_OFFSET, image->header_bytes);
    params[HDR_TYPE_OF_LOADER] = LOADER_UNDEFINED;
    put_le32(params + HDR_CODE32_START, (uint32_t)entry->load_addr);
    put_le32(params + HDR_RAMDISK_IMAGE, (uint32_t)entry->initrd_addr);
    put_le32(params + HDR_RAMDISK_SIZE, (uint32_t)entry->initrd_bytes);
    put_le32(params + HDR_CMD_LINE_PTR, (uint32_t)cmdline_addr);
    put_le64(params + ZP_ACPI_RSDP_ADDR, loader->rsdp_addr);
    put_memory_map(params, loader->map);
    if (loader->display != NULL) {
        put_screen(params, loader->display);
    }
    entry->params_addr = arena_addr(loader->handoff, params);
    return NULL;
}

const char *linux_load(struct loader *loader, struct linux_entry *entry)
{
    const struct boot_entry *kernel = boot_window_find(loader->window, BOOT_ENTRY_KERNEL);
    struct linux_image image;
    const char *reason;

    *entry = (struct linux_entry){0};
    if (kernel == NULL) {
        return "the boot window has no kernel";
    }
    reason = linux_parse(&image, kernel->data, kernel->bytes);
    if (reason == NULL) {
        reason = claim_kernel(loader, &image, &entry->load_addr);
    }
    if (reason == NULL) {
        reason = load_initrd(loader, &image, entry);
    }
    if (reason == NULL) {
        reason = make_params(loader, &image, kernel->data, entry);
    }
    if (reason != NULL) {
        return reason;
    }
    mem_copy(loader_pointer(loader, entry->load_addr), kernel->data + image.payload_offset,
             image.payload_bytes);
    entry->is_entry64 = image.has_entry64;
    entry->entry_addr = entry->load_addr + (image.has_entry64 ? LINUX_ENTRY64_OFFSET : 0);
    return NULL;
}
