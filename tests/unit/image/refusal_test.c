/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every refusal of the image loader, one by one: a good image is damaged in one way, and the whole
 * sentence is compared. A last test damages images at random and wants nothing but a verdict.
 */
#include "emu/machine/image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/image/craft.h"

#define MIB    UINT64_C(0x100000)
#define MEMORY (64 * MIB)

#define PHDR64(n, field) (ELF64_PHDR + (n)*ELF64_PHDR_BYTES + (field))
#define PHDR32(n, field) (ELF32_PHDR + (n)*ELF32_PHDR_BYTES + (field))

struct refusal {
    const char *name;
    enum craft_kind kind;
    struct craft_patch patches[CRAFT_PATCHES];
    size_t bytes;        /* of the file; 0: CRAFT_BYTES */
    uint64_t memory;     /* 0: MEMORY */
    size_t initrd_bytes; /* kernels; 0: none */
    size_t command_line_bytes;
    size_t modules; /* how many, of 4096 bytes each */
    const char *sentence;
};

static const struct refusal refusals[] = {
    /* ---- bzImage ---- */
    {
        .name = "kernel: empty file",
        .kind = CRAFT_BZIMAGE,
        .bytes = 1,
        .sentence = "f: the file ends within the Linux boot header",
    },
    {
        .name = "kernel: ends within the header",
        .kind = CRAFT_BZIMAGE,
        .bytes = 0x263,
        .sentence = "f: the file ends within the Linux boot header",
    },
    {
        .name = "kernel: boot flag",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x1fe, 2, 0}},
        .sentence = "f: this is not a bzImage: it has no Linux boot header",
    },
    {
        .name = "kernel: magic",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x202, 1, 'h'}},
        .sentence = "f: this is not a bzImage: it has no Linux boot header",
    },
    {
        .name = "kernel: old protocol",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x206, 2, 0x20b}},
        .sentence = "f: the kernel has boot protocol 2.11, but at least 2.12 is needed",
    },
    {
        .name = "kernel: setup longer than the file",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x1f1, 1, 15}},
        .sentence = "f: the file is cut short: its 15 setup sectors alone are longer",
    },
    {
        .name = "kernel: setup_sects 0 means 4",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x1f1, 1, 0}},
        .bytes = 5 * 512,
        .sentence = "f: the file is cut short: its 4 setup sectors alone are longer",
    },
    {
        .name = "kernel: header too short",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x201, 1, 0x61}},
        .sentence = "f: the boot header ends at 0x263, which no boot protocol does",
    },
    {
        .name = "kernel: header too long",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x201, 1, 0x8f}},
        .sentence = "f: the boot header ends at 0x291, which no boot protocol does",
    },
    {
        .name = "kernel: zImage",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x211, 1, 0x80}},
        .sentence = "f: this is a zImage that loads below 1 MiB: only bzImages are supported",
    },
    {
        .name = "kernel: cut by a paragraph",
        .kind = CRAFT_BZIMAGE,
        .bytes = CRAFT_BYTES - 16,
        .sentence = "f: the file is cut short: 7168 bytes of kernel are promised, 7152 are there",
    },
    {
        .name = "kernel: compressed part outside",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x248, 4, 0x1b01}},
        .sentence = "f: the compressed kernel lies outside of the file",
    },
    {
        .name = "kernel: compressed part wraps",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x248, 4, 0xffffffff}, {0x24c, 4, 2}},
        .sentence = "f: the compressed kernel lies outside of the file",
    },
    {
        .name = "kernel: no room for the 64-bit entry",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x1f4, 4, 0}, {0x248, 4, 0}, {0x24c, 4, 0}},
        .bytes = 0x400 + 0x200,
        .sentence = "f: the file ends before its 64-bit entry point",
    },
    {
        .name = "kernel: init_size below the file",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x260, 4, 0x1bff}},
        .sentence =
            "f: the kernel is 7168 bytes long but asks for only 7167 bytes of memory (init_size)",
    },
    {
        .name = "kernel: alignment 0",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x230, 4, 0}},
        .sentence = "f: the kernel asks for an impossible alignment (0x0, at least 0x200000)",
    },
    {
        .name = "kernel: alignment not a power of two",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x230, 4, 0x300000}},
        .sentence = "f: the kernel asks for an impossible alignment (0x300000, at least 0x200000)",
    },
    {
        .name = "kernel: minimum alignment out of range",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x235, 1, 200}},
        .sentence = "f: the kernel asks for an impossible alignment (0x200000, at least 0x0)",
    },
    {
        .name = "kernel: preferred address too low",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x258, 8, 0xff000}},
        .sentence = "f: the kernel asks to be loaded at 0xff000, where a kernel cannot be",
    },
    {
        .name = "kernel: preferred address too high",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x258, 8, 0xffffffffffe00000}},
        .sentence =
            "f: the kernel asks to be loaded at 0xffffffffffe00000, where a kernel cannot be",
    },
    {
        .name = "kernel: too big for the memory",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x260, 4, 0x3f00000}},
        .sentence = "f: the kernel needs memory up to 66560 KiB, but only 65280 KiB below 4 GiB "
                    "are free for it",
    },
    {
        .name = "kernel: fixed address beyond the memory",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x234, 1, 0}},
        .memory = 18 * MIB,
        .sentence = "f: the kernel needs memory up to 19456 KiB, but only 18176 KiB below 4 GiB "
                    "are free for it",
    },
    {
        .name = "kernel: initrd too big for the memory",
        .kind = CRAFT_BZIMAGE,
        .initrd_bytes = 46 * MIB,
        .sentence = "f.initrd: the initrd (48234496 bytes) does not fit into the 45824 KiB beside "
                    "the kernel",
    },
    {
        .name = "kernel: initrd beyond initrd_addr_max",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0x22c, 4, 0x12fffff}},
        .initrd_bytes = 16 * MIB,
        .sentence = "f.initrd: the initrd (16777216 bytes) does not fit into the 15360 KiB beside "
                    "the kernel",
    },
    {
        .name = "kernel: command line too long",
        .kind = CRAFT_BZIMAGE,
        .command_line_bytes = 101,
        .sentence = "f: the command line has 101 characters, and the kernel takes 100",
    },
    {
        .name = "kernel: an ELF file",
        .kind = CRAFT_BZIMAGE,
        .patches = {{0, 4, 0x464c457f}},
        .sentence = "f: this is an ELF file, not a bzImage: boot it with --image",
    },

    /* ---- ELF ---- */
    {
        .name = "image: neither ELF nor Multiboot",
        .kind = CRAFT_ELF64,
        .patches = {{0, 1, 0}},
        .sentence = "f: this is neither an ELF file nor a Multiboot image",
    },
    {
        .name = "image: a Linux kernel",
        .kind = CRAFT_ELF64,
        .patches = {{0x1fe, 2, 0xaa55}, {0x202, 4, 0x53726448}},
        .sentence = "f: this is a Linux kernel with a boot header: boot it with --kernel",
    },
    {
        .name = "elf: four bytes",
        .kind = CRAFT_ELF64,
        .bytes = 4,
        .sentence = "f: the ELF header is damaged or cut short",
    },
    {
        .name = "elf: header cut short",
        .kind = CRAFT_ELF64,
        .bytes = 63,
        .sentence = "f: the ELF header is damaged or cut short",
    },
    {
        .name = "elf: unknown class",
        .kind = CRAFT_ELF64,
        .patches = {{4, 1, 3}},
        .sentence = "f: the ELF header is damaged or cut short",
    },
    {
        .name = "elf: 64-bit ARM",
        .kind = CRAFT_ELF64,
        .patches = {{18, 2, 183}},
        .sentence =
            "f: this is a 64-bit ELF file for 64-bit ARM (e_machine 183), not for this machine",
    },
    {
        .name = "elf: unknown machine",
        .kind = CRAFT_ELF64,
        .patches = {{18, 2, 9999}},
        .sentence = "f: this is a 64-bit ELF file for another machine (e_machine 9999), not for "
                    "this machine",
    },
    {
        .name = "elf: x86-64 in a 32-bit file",
        .kind = CRAFT_ELF32,
        .patches = {{18, 2, 62}},
        .sentence = "f: this is a 32-bit ELF file for x86-64 (e_machine 62), not for this machine",
    },
    {
        .name = "elf: big-endian",
        .kind = CRAFT_ELF64,
        .patches = {{5, 1, 2}, {16, 2, 0x0200}, {18, 2, 0x0200}, {20, 4, 0x01000000}},
        .sentence = "f: this is a 64-bit ELF file for SPARC (e_machine 2), not for this machine",
    },
    {
        .name = "elf: object file",
        .kind = CRAFT_ELF64,
        .patches = {{16, 2, 1}},
        .sentence = "f: this is an object file that has not been linked",
    },
    {
        .name = "elf: position-independent",
        .kind = CRAFT_ELF64,
        .patches = {{16, 2, 3}},
        .sentence = "f: this is a position-independent file: link it to a fixed address (-no-pie)",
    },
    {
        .name = "elf: core file",
        .kind = CRAFT_ELF64,
        .patches = {{16, 2, 4}},
        .sentence = "f: this ELF file is no executable (e_type 4)",
    },
    {
        .name = "elf: no program headers",
        .kind = CRAFT_ELF64,
        .patches = {{56, 2, 0}},
        .sentence = "f: this ELF file has no program headers",
    },
    {
        .name = "elf: size of a program header",
        .kind = CRAFT_ELF64,
        .patches = {{54, 2, 32}},
        .sentence = "f: the program headers have an impossible size (32 bytes)",
    },
    {
        .name = "elf: program headers outside",
        .kind = CRAFT_ELF64,
        .patches = {{32, 8, CRAFT_BYTES}},
        .sentence = "f: the program headers are outside of the file",
    },
    {
        .name = "elf: too many program headers",
        .kind = CRAFT_ELF64,
        .patches = {{56, 2, 0xffff}},
        .sentence = "f: this ELF file has 65535 program headers, more than any kernel has",
    },
    {
        .name = "elf: last program header cut short",
        .kind = CRAFT_ELF64,
        .bytes = 64 + 3 * 56 - 1,
        .sentence = "f: the program headers are outside of the file",
    },
    {
        .name = "elf: program headers cut short",
        .kind = CRAFT_ELF64,
        .bytes = 100,
        .sentence = "f: the program headers are outside of the file",
    },
    {
        .name = "elf: nothing to load",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 0), 4, 0}},
        .sentence = "f: this ELF file has nothing to load",
    },
    {
        .name = "elf: only an empty segment",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 32), 8, 0}, {PHDR64(0, 40), 8, 0}},
        .sentence = "f: this ELF file has nothing to load",
    },
    {
        .name = "elf: file part larger than memory part",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 40), 8, 0xfff}},
        .sentence = "f: the segment at 0x100000 has more bytes in the file than in memory",
    },
    {
        .name = "elf: segment beyond the end of the file",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 8), 8, 0x1001}},
        .sentence = "f: the file is cut short: the segment at 0x100000 lies outside of it",
    },
    {
        .name = "elf: segment offset wraps",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 8), 8, 0xfffffffffffff000}},
        .sentence = "f: the file is cut short: the segment at 0x100000 lies outside of it",
    },
    {
        .name = "elf: segment size wraps",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 32), 8, UINT64_MAX}, {PHDR64(0, 40), 8, UINT64_MAX}},
        .sentence = "f: the file is cut short: the segment at 0x100000 lies outside of it",
    },
    {
        .name = "elf: segment wraps the address space",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 0xfffffffffffff000}, {PHDR64(0, 40), 8, 0x1001}},
        .sentence = "f: the segment at 0xfffffffffffff000 is longer than the address space",
    },
    {
        .name = "elf: segment below 1 MiB",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 0xff000}},
        .sentence = "f: the segment at 0xff000 lies below 1 MiB, where the firmware is",
    },
    {
        .name = "elf: segment at 0",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 0}},
        .sentence = "f: the segment at 0x0 lies below 1 MiB, where the firmware is",
    },
    {
        .name = "elf: segment beyond the memory",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 64 * MIB}},
        .sentence =
            "f: the segment 0x4000000-0x4001fff is not all in the machine's 64 MiB of memory",
    },
    {
        .name = "elf: last byte beyond the memory",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 64 * MIB - 0x1fff}},
        .sentence =
            "f: the segment 0x3ffe001-0x4000000 is not all in the machine's 64 MiB of memory",
    },
    {
        .name = "elf: segment in the firmware's tables",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 64 * MIB - 0x41fff}},
        .sentence = "f: the segment 0x3fbe001-0x3fc0000 reaches into the firmware's tables, the "
                    "last 256 KiB of "
                    "low memory",
    },
    {
        .name = "elf: segment in the hole below 4 GiB",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 0x80000000}},
        .memory = 4096 * MIB,
        .sentence =
            "f: the segment 0x80000000-0x80001fff is not all in the machine's 4096 MiB of memory",
    },
    {
        .name = "elf: segment that spans the hole",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 40), 8, 0x100000000}},
        .memory = 8192 * MIB,
        .sentence =
            "f: the segment 0x100000-0x1000fffff is not all in the machine's 8192 MiB of memory",
    },
    {
        .name = "elf: segments overlap",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(1, 0), 4, 1}, {PHDR64(1, 24), 8, 0x101fff}, {PHDR64(1, 40), 8, 0x10}},
        .sentence = "f: the segments at 0x100000 and 0x101fff overlap",
    },
    {
        .name = "elf: a lower segment overlaps",
        .kind = CRAFT_ELF64,
        .patches = {{PHDR64(0, 24), 8, 0x102000},
                    {PHDR64(1, 0), 4, 1},
                    {PHDR64(1, 24), 8, 0x100000},
                    {PHDR64(1, 40), 8, 0x10000}},
        .sentence = "f: the segments at 0x100000 and 0x102000 overlap",
    },
    {
        .name = "elf: entry in no segment",
        .kind = CRAFT_ELF64,
        .patches = {{24, 8, 0x102000}},
        .sentence = "f: the entry point 0x102000 is in no segment",
    },
    {
        .name = "elf: 32-bit without a protocol",
        .kind = CRAFT_ELF32,
        .sentence = "f: this 32-bit ELF file has neither a Multiboot header nor a PVH note, so "
                    "nothing says how to "
                    "enter it",
    },
    {
        .name = "elf: command line too long",
        .kind = CRAFT_ELF64,
        .command_line_bytes = 4096,
        .sentence = "f: the command line has 4096 characters, and 4095 are allowed",
    },

    /* ---- PVH ---- */
    {
        .name = "pvh: notes outside",
        .kind = CRAFT_PVH,
        .patches = {{PHDR64(1, 8), 8, CRAFT_BYTES - 19}},
        .sentence = "f: the notes are outside of the file",
    },
    {
        .name = "pvh: length of the note",
        .kind = CRAFT_PVH,
        .patches = {{ELF_NOTE + 4, 4, 2}},
        .sentence = "f: the PVH entry note is 2 bytes long instead of 4 or 8",
    },
    {
        .name = "pvh: entry in no segment",
        .kind = CRAFT_PVH,
        .patches = {{ELF_NOTE + 16, 4, 0xfffff}},
        .sentence = "f: the PVH entry point 0xfffff is in no segment",
    },
    {
        .name = "pvh: segment beyond 4 GiB",
        .kind = CRAFT_PVH,
        .patches = {{PHDR64(2, 0), 4, 1},
                    {PHDR64(2, 24), 8, 0x100000000},
                    {PHDR64(2, 40), 8, 0x1000}},
        .memory = 4096 * MIB,
        .sentence =
            "f: the segment at 0x100000000 is beyond the 4 GiB that the entered mode reaches",
    },

    /* ---- Multiboot ---- */
    {
        .name = "multiboot: unknown required flag",
        .kind = CRAFT_MULTIBOOT,
        .patches = {{MULTIBOOT_HEADER + 4, 4, 0x8},
                    {MULTIBOOT_HEADER + 8, 4, 0xffffffff - 0x1badb002 - 7}},
        .sentence = "f: the Multiboot header requires features that do not exist here (flags 0x8)",
    },
    {
        .name = "multiboot: neither addresses nor ELF",
        .kind = CRAFT_MULTIBOOT,
        .patches = {{0, 1, 0}},
        .sentence = "f: the Multiboot header gives no addresses, and the file is no ELF file",
    },
    {
        .name = "multiboot: damaged magic is no header",
        .kind = CRAFT_MULTIBOOT,
        .patches = {{MULTIBOOT_HEADER, 4, 0}},
        .sentence = "f: this 32-bit ELF file has neither a Multiboot header nor a PVH note, so "
                    "nothing says how to "
                    "enter it",
    },
    {
        .name = "multiboot: wrong checksum is no header",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 8, 4, 0}},
        .sentence = "f: this is neither an ELF file nor a Multiboot image",
    },
    {
        .name = "multiboot: 32-bit entry in no segment",
        .kind = CRAFT_MULTIBOOT,
        .patches = {{24, 4, 0x200000}},
        .sentence = "f: the entry point 0x200000 is in no segment",
    },
    {
        .name = "multiboot: too many modules",
        .kind = CRAFT_MULTIBOOT,
        .modules = 64,
        .sentence = "module: the image has more than 64 parts, which is all the boot window takes",
    },
    {
        .name = "multiboot: no room for the modules",
        .kind = CRAFT_MULTIBOOT,
        .patches = {{PHDR32(0, 20), 4, 15 * MIB - 0x41000}},
        .memory = 16 * MIB,
        .modules = 2,
        .sentence = "f: image and modules do not fit in the machine's 16 MiB of memory",
    },
    {
        .name = "kludge: header cut short",
        .kind = CRAFT_KLUDGE,
        .bytes = MULTIBOOT_HEADER + 31,
        .sentence = "f: the file ends within its Multiboot header",
    },
    {
        .name = "kludge: load address above the header",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 16, 4, 0x100801}},
        .sentence = "f: the Multiboot header says that loading starts before the file does",
    },
    {
        .name = "kludge: loading starts before the file",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 12, 4, 0x101001}},
        .sentence = "f: the Multiboot header says that loading starts before the file does",
    },
    {
        .name = "kludge: ends before it starts",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 20, 4, 0x100000}},
        .sentence = "f: the Multiboot header ends the image (0x100000) before its start (0x100000)",
    },
    {
        .name = "kludge: file cut short",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 20, 4, 0x101801}},
        .sentence = "f: the file is cut short: the Multiboot header wants 6145 bytes loaded, 6144 "
                    "are there",
    },
    {
        .name = "kludge: zeroed memory ends too early",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 24, 4, 0x100fff}},
        .sentence =
            "f: the Multiboot header ends the zeroed memory (0x100fff) before the loaded part",
    },
    {
        .name = "kludge: entry in no segment",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 28, 4, 0x103000}},
        .sentence = "f: the entry point 0x103000 is in no segment",
    },
    {
        .name = "kludge: below 1 MiB",
        .kind = CRAFT_KLUDGE,
        .patches = {{MULTIBOOT_HEADER + 12, 4, 0x10800},
                    {MULTIBOOT_HEADER + 16, 4, 0x10000},
                    {MULTIBOOT_HEADER + 20, 4, 0},
                    {MULTIBOOT_HEADER + 24, 4, 0}},
        .sentence = "f: the segment at 0x10000 lies below 1 MiB, where the firmware is",
    },
};

/* Of the exact size on the heap, so that a sanitizer sees an overrun. */
static uint8_t *exact_copy(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes);

    assert_non_null(copy);
    memcpy(copy, data, bytes);
    return copy;
}

static void check_refusal(void **state)
{
    const struct refusal *refusal = *state;
    uint8_t crafted[CRAFT_BYTES];
    size_t bytes = refusal->bytes ? refusal->bytes : CRAFT_BYTES;
    bool is_kernel = refusal->kind == CRAFT_BZIMAGE;

    craft_make(crafted, refusal->kind);
    craft_damage(crafted, refusal->patches);
    uint8_t *data = exact_copy(crafted, bytes);
    uint8_t *zeros = calloc(1, refusal->initrd_bytes + 4096);
    char *command_line = calloc(1, refusal->command_line_bytes + 1);
    struct image_file *modules = calloc(refusal->modules + 1, sizeof(*modules));
    assert_non_null(zeros);
    assert_non_null(command_line);
    assert_non_null(modules);
    memset(command_line, 'a', refusal->command_line_bytes);
    for (size_t i = 0; i < refusal->modules; i++) {
        modules[i] = (struct image_file){.name = "module", .data = zeros, .bytes = 4096};
    }
    const struct image_file file = {.name = "f", .data = data, .bytes = bytes};
    const struct image_file initrd = {
        .name = "f.initrd", .data = zeros, .bytes = refusal->initrd_bytes};
    const struct image_request request = {
        .kernel = is_kernel ? &file : NULL,
        .image = is_kernel ? NULL : &file,
        .initrd = refusal->initrd_bytes ? &initrd : NULL,
        .modules = modules,
        .module_count = refusal->modules,
        .command_line = command_line,
        .memory_bytes = refusal->memory ? refusal->memory : MEMORY,
        .cores = 1,
    };
    struct boot_window window;
    struct error err = ERROR_INIT;
    assert_int_equal(image_build(&request, &window, &err), -1);
    assert_string_equal(err.text, refusal->sentence);
    assert_int_equal(err.kind, ERROR_HOST);
    assert_null(window.data);
    free(modules);
    free(command_line);
    free(zeros);
    free(data);
}

/* What does not go together is the user's mistake, and has nothing to do with the files. */
static void check_usage(void **state)
{
    static const struct image_file file = {.name = "f", .data = (const uint8_t *)"x", .bytes = 1};
    static const struct {
        struct image_request request;
        const char *sentence;
    } cases[] = {
        {{.kernel = &file, .image = &file}, "a kernel and an image cannot both be booted"},
        {{.initrd = &file}, "an initrd needs a kernel"},
        {{.initrd = &file, .image = &file}, "an initrd needs a kernel"},
        {{.modules = &file, .module_count = 1, .kernel = &file}, "a module needs an image"},
        {{.command_line = "x"}, "a command line needs a kernel or an image"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct boot_window window;
        struct error err = ERROR_INIT;

        assert_int_equal(image_build(&cases[i].request, &window, &err), -1);
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(err.kind, ERROR_USAGE);
    }
}

static void check_empty_parts(void **state)
{
    uint8_t crafted[CRAFT_BYTES];
    const struct image_file file = {.name = "f", .data = crafted, .bytes = CRAFT_BYTES};
    const struct image_file empty = {.name = "e", .data = NULL, .bytes = 0};
    struct image_request request = {
        .kernel = &file, .initrd = &empty, .memory_bytes = MEMORY, .cores = 1};
    struct boot_window window;
    struct error err = ERROR_INIT;

    (void)state;
    craft_make(crafted, CRAFT_BZIMAGE);
    assert_int_equal(image_build(&request, &window, &err), -1);
    assert_string_equal(err.text, "e: the initrd is empty");

    err = (struct error)ERROR_INIT;
    craft_make(crafted, CRAFT_MULTIBOOT);
    request = (struct image_request){
        .image = &file, .modules = &empty, .module_count = 1, .memory_bytes = MEMORY, .cores = 1};
    assert_int_equal(image_build(&request, &window, &err), -1);
    assert_string_equal(err.text, "e: the module is empty");

    err = (struct error)ERROR_INIT;
    request = (struct image_request){.image = &empty, .memory_bytes = MEMORY, .cores = 1};
    assert_int_equal(image_build(&request, &window, &err), -1);
    assert_string_equal(err.text, "e: the file is empty");
}

/* xorshift: the same images every time. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void check_random_damage(void **state)
{
    uint64_t random = 0x5eed;
    unsigned accepted = 0;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        enum craft_kind kind = (enum craft_kind)(i % (CRAFT_PVH + 1));
        uint8_t crafted[CRAFT_BYTES];

        craft_make(crafted, kind);
        for (unsigned k = 0; k <= i % 4; k++) {
            uint64_t value = next_random(&random);
            size_t range = kind == CRAFT_KLUDGE ? MULTIBOOT_HEADER + 32 : 0x280;
            crafted[value % range] = (uint8_t)(value >> 32);
        }
        size_t bytes = i % 8 == 7 ? 1 + next_random(&random) % CRAFT_BYTES : CRAFT_BYTES;
        uint8_t *data = exact_copy(crafted, bytes);
        const struct image_file file = {.name = "f", .data = data, .bytes = bytes};
        const struct image_request request = {
            .kernel = kind == CRAFT_BZIMAGE ? &file : NULL,
            .image = kind == CRAFT_BZIMAGE ? NULL : &file,
            .memory_bytes = MEMORY,
            .cores = 1,
        };
        struct boot_window window;
        struct error err = ERROR_INIT;
        if (image_build(&request, &window, &err) == 0) {
            accepted++;
            image_release(&window);
        } else {
            assert_memory_equal(err.text, "f: ", 3);
        }
        free(data);
    }
    assert_in_range(accepted, 1000, 19000);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(check_usage),
        cmocka_unit_test(check_empty_parts),
        cmocka_unit_test(check_random_damage),
    };
    struct CMUnitTest tests[ARRAY_LEN(refusals) + ARRAY_LEN(others)];

    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        tests[i] = (struct CMUnitTest){
            .name = refusals[i].name,
            .test_func = check_refusal,
            .initial_state = (void *)(uintptr_t)&refusals[i],
        };
    }
    memcpy(&tests[ARRAY_LEN(refusals)], others, sizeof(others));
    return cmocka_run_group_tests_name("image refusals", tests, NULL, NULL);
}
