/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF images, read through libelf from a private copy of the file.
 * Sources: System V ABI, chapter 5 (program headers); the x86/HVM direct boot ABI of Xen ("PVH"),
 * whose entry point is the ELF note 18 (XEN_ELFNOTE_PHYS32_ENTRY) named "Xen"; Multiboot
 * 0.6.96, 3.1.3.
 *
 * Order of detection: Multiboot 1 header, PVH note, plain ELF64. Segments are loaded at their
 * physical addresses. Chosen: e_entry of Multiboot and plain images may be a virtual address of a
 * segment, and is then translated to the physical one, or a physical address, as the peers accept
 * both. A Multiboot image may be ELF64, as GRUB takes it; it is still entered in 32-bit protected
 * mode.
 */
#include "emu/machine/image/image_internal.h"

#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define XEN_ELFNOTE_PHYS32_ENTRY 18
/* Of all kinds: a real kernel has fewer than twenty. */
#define PROGRAM_HEADERS_MAX 256

/* One file while it is read. */
struct elf_reader {
    const struct image_file *file;
    char *copy;
    Elf *elf;
    GElf_Ehdr ehdr;
    size_t phdr_count;
    bool has_pvh;
    uint64_t pvh_entry;
};

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {
        {EM_SPARC, "SPARC"},
        {EM_68K, "68000"},
        {EM_MIPS, "MIPS"},
        {EM_PPC, "PowerPC"},
        {EM_PPC64, "64-bit PowerPC"},
        {EM_S390, "S/390"},
        {EM_ARM, "ARM"},
        {EM_IA_64, "Itanium"},
        {EM_AARCH64, "64-bit ARM"},
        {EM_RISCV, "RISC-V"},
        {EM_X86_64, "x86-64"},
        {EM_386, "80386"},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].machine == machine) return names[i].name;
    }
    return "another machine";
}

static int header_check(const struct elf_reader *r, struct error *err)
{
    const char *name = r->file->name;
    unsigned machine = r->ehdr.e_machine;
    bool is_64 = r->ehdr.e_ident[EI_CLASS] == ELFCLASS64;

    if (r->ehdr.e_ident[EI_DATA] != ELFDATA2LSB || machine != (is_64 ? EM_X86_64 : EM_386)) {
        return error_host(
            err, "%s: this is a %s-bit ELF file for %s (e_machine %u), not for this machine", name,
            is_64 ? "64" : "32", machine_name(machine), machine);
    }
    if (r->ehdr.e_type == ET_REL) {
        return error_host(err, "%s: this is an object file that has not been linked", name);
    }
    if (r->ehdr.e_type == ET_DYN) {
        return error_host(
            err, "%s: this is a position-independent file: link it to a fixed address (-no-pie)",
            name);
    }
    if (r->ehdr.e_type != ET_EXEC) {
        return error_host(err, "%s: this ELF file is no executable (e_type %u)", name,
                          r->ehdr.e_type);
    }
    return 0;
}

/* libelf counts only the headers that fit into the file, so its count is compared with the file's
 * own. */
static int program_headers_check(struct elf_reader *r, struct error *err)
{
    const char *name = r->file->name;
    unsigned count = r->ehdr.e_phnum;

    if (count == 0) return error_host(err, "%s: this ELF file has no program headers", name);
    if (count > PROGRAM_HEADERS_MAX) {
        return error_host(err, "%s: this ELF file has %u program headers, more than any kernel has",
                          name, count);
    }
    if (r->ehdr.e_phentsize != gelf_fsize(r->elf, ELF_T_PHDR, 1, EV_CURRENT)) {
        return error_host(err, "%s: the program headers have an impossible size (%u bytes)", name,
                          r->ehdr.e_phentsize);
    }
    if (elf_getphdrnum(r->elf, &r->phdr_count) != 0 || r->phdr_count != count) {
        return error_host(err, "%s: the program headers are outside of the file", name);
    }
    return 0;
}

static int reader_open(struct elf_reader *r, const struct image_file *file, struct error *err)
{
    *r = (struct elf_reader){.file = file};
    r->copy = malloc(file->bytes);
    if (!r->copy) return error_host(err, "%s: not enough host memory to read it", file->name);
    memcpy(r->copy, file->data, file->bytes);
    if (elf_version(EV_CURRENT) == EV_NONE)
        return error_host(err, "libelf is of another ELF version");
    r->elf = elf_memory(r->copy, file->bytes);
    if (!r->elf || elf_kind(r->elf) != ELF_K_ELF || !gelf_getehdr(r->elf, &r->ehdr)) {
        return error_host(err, "%s: the ELF header is damaged or cut short", file->name);
    }
    if (header_check(r, err) != 0) return -1;
    return program_headers_check(r, err);
}

static void reader_close(struct elf_reader *r)
{
    elf_end(r->elf);
    free(r->copy);
}

static int program_header(const struct elf_reader *r, size_t index, GElf_Phdr *phdr,
                          struct error *err)
{
    if (!gelf_getphdr(r->elf, (int)index, phdr)) {
        return error_host(err, "%s: the program headers are outside of the file", r->file->name);
    }
    return 0;
}

/* The notes of one PT_NOTE segment. A damaged list ends at its first bad note, as libelf does it.
 */
static int notes_read(struct elf_reader *r, const GElf_Phdr *phdr, struct error *err)
{
    if (phdr->p_filesz > r->file->bytes || phdr->p_offset > r->file->bytes - phdr->p_filesz) {
        return error_host(err, "%s: the notes are outside of the file", r->file->name);
    }
    Elf_Type type = phdr->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
    Elf_Data *data = elf_getdata_rawchunk(r->elf, (int64_t)phdr->p_offset, phdr->p_filesz, type);
    if (!data) return 0;

    GElf_Nhdr note;
    size_t name_at;
    size_t desc_at;
    size_t next = 0;
    while ((next = gelf_getnote(data, next, &note, &name_at, &desc_at)) > 0) {
        const char *bytes = data->d_buf;

        if (note.n_type != XEN_ELFNOTE_PHYS32_ENTRY || note.n_namesz != 4) continue;
        if (memcmp(bytes + name_at, "Xen", 4) != 0) continue;
        if (note.n_descsz != 4 && note.n_descsz != 8) {
            return error_host(err, "%s: the PVH entry note is %u bytes long instead of 4 or 8",
                              r->file->name, note.n_descsz);
        }
        r->pvh_entry = le_get(bytes + desc_at, note.n_descsz);
        r->has_pvh = true;
    }
    return 0;
}

static int segment_add(const struct elf_reader *r, const GElf_Phdr *phdr, uint64_t memory_bytes,
                       struct image_plan *plan, struct error *err)
{
    const struct image_file *file = r->file;

    if (phdr->p_memsz < phdr->p_filesz) {
        return error_host(
            err, "%s: the segment at 0x%" PRIx64 " has more bytes in the file than in memory",
            file->name, phdr->p_paddr);
    }
    if (phdr->p_filesz > file->bytes || phdr->p_offset > file->bytes - phdr->p_filesz) {
        return error_host(
            err, "%s: the file is cut short: the segment at 0x%" PRIx64 " lies outside of it",
            file->name, phdr->p_paddr);
    }
    const struct image_part segment = {
        .type = BOOT_ENTRY_SEGMENT,
        .name = "segment",
        .data = file->data + phdr->p_offset,
        .bytes = phdr->p_filesz,
        .load_addr = phdr->p_paddr,
        .memory_bytes = phdr->p_memsz,
    };
    return plan_add_segment(plan, &segment, file, memory_bytes, err);
}

/* All program headers: segments into the plan, notes into the reader. */
static int segments_read(struct elf_reader *r, uint64_t memory_bytes, struct image_plan *plan,
                         struct error *err)
{
    for (size_t i = 0; i < r->phdr_count; i++) {
        GElf_Phdr phdr;
        int result = program_header(r, i, &phdr, err);

        if (result == 0 && phdr.p_type == PT_LOAD)
            result = segment_add(r, &phdr, memory_bytes, plan, err);
        if (result == 0 && phdr.p_type == PT_NOTE) result = notes_read(r, &phdr, err);
        if (result != 0) return -1;
    }
    if (plan->count == 0)
        return error_host(err, "%s: this ELF file has nothing to load", r->file->name);
    return 0;
}

/* Physical address of e_entry; see the head comment. */
static int entry_translate(const struct elf_reader *r, const struct image_plan *plan,
                           uint64_t *entry, struct error *err)
{
    uint64_t addr = r->ehdr.e_entry;

    for (size_t i = 0; i < r->phdr_count; i++) {
        GElf_Phdr phdr;

        if (program_header(r, i, &phdr, err) != 0) return -1;
        if (phdr.p_type != PT_LOAD || addr - phdr.p_vaddr >= phdr.p_memsz) continue;
        *entry = addr - phdr.p_vaddr + phdr.p_paddr;
        return 0;
    }
    if (plan_has_addr(plan, addr)) {
        *entry = addr;
        return 0;
    }
    return error_host(err, "%s: the entry point 0x%" PRIx64 " is in no segment", r->file->name,
                      addr);
}

/* What is entered in 32-bit mode cannot have parts that 32-bit code does not reach. */
static int reach_check(const struct image_file *file, const struct image_plan *plan,
                       struct error *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->parts[i].load_addr >= MAP_HIGH_RAM_BASE) {
            return error_host(err,
                              "%s: the segment at 0x%" PRIx64
                              " is beyond the 4 GiB that the entered mode reaches",
                              file->name, plan->parts[i].load_addr);
        }
    }
    return 0;
}

static int protocol_choose(struct elf_reader *r, const struct multiboot_header *multiboot,
                           struct image_plan *plan, struct error *err)
{
    const struct image_file *file = r->file;

    if (multiboot->kind == MULTIBOOT_ELF) {
        plan->protocol = BOOT_PROTO_MULTIBOOT1;
        if (entry_translate(r, plan, &plan->entry_addr, err) != 0) return -1;
        return reach_check(file, plan, err);
    }
    if (r->has_pvh) {
        plan->protocol = BOOT_PROTO_PVH;
        plan->entry_addr = r->pvh_entry;
        if (!plan_has_addr(plan, r->pvh_entry)) {
            return error_host(err, "%s: the PVH entry point 0x%" PRIx64 " is in no segment",
                              file->name, r->pvh_entry);
        }
        return reach_check(file, plan, err);
    }
    if (r->ehdr.e_ident[EI_CLASS] != ELFCLASS64) {
        return error_host(err,
                          "%s: this 32-bit ELF file has neither a Multiboot header nor a PVH note, "
                          "so nothing says "
                          "how to enter it",
                          file->name);
    }
    plan->protocol = BOOT_PROTO_ELF64;
    return entry_translate(r, plan, &plan->entry_addr, err);
}

int elf_plan(const struct image_file *file, const struct multiboot_header *multiboot,
             uint64_t memory_bytes, struct image_plan *plan, struct error *err)
{
    struct elf_reader reader;
    int result = reader_open(&reader, file, err);

    if (result == 0) result = segments_read(&reader, memory_bytes, plan, err);
    if (result == 0) result = protocol_choose(&reader, multiboot, plan, err);
    reader_close(&reader);
    return result;
}
