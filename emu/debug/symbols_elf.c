/* SPDX-License-Identifier: GPL-2.0-only */
/* The symbol table of an ELF file: functions, objects and labels of sections that are there at run time. */
#include "emu/debug/debugger_internal.h"

#include <gelf.h>
#include <libelf.h>
#include <string.h>

static bool is_place(const GElf_Sym *symbol, const char *name)
{
    const unsigned type = GELF_ST_TYPE(symbol->st_info);

    if (name == NULL || name[0] == '\0' || symbol->st_shndx == SHN_UNDEF) return false;
    if (symbol->st_shndx == SHN_ABS || symbol->st_shndx == SHN_COMMON) return false;
    return type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE || type == STT_GNU_IFUNC;
}

static int load_table(struct symbols *symbols, Elf *elf, Elf_Scn *section, uint64_t slide,
                      struct error *err)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Shdr header;
    GElf_Sym symbol;
    struct symbol added;

    if (data == NULL || gelf_getshdr(section, &header) == NULL || header.sh_entsize == 0) return 0;
    for (int i = 0; gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);

        if (!is_place(&symbol, name)) continue;
        added = (struct symbol){.addr = symbol.st_value + slide, .bytes = symbol.st_size};
        added.is_function = GELF_ST_TYPE(symbol.st_info) == STT_FUNC ||
                            GELF_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC;
        if (symbols_add(symbols, &added, name, err) != 0) return -1;
    }
    return 0;
}

int symbols_load_elf(struct symbols *symbols, int fd, uint64_t slide, struct error *err)
{
    Elf_Scn *section = NULL;
    int result = 0;
    Elf *elf;

    if (elf_version(EV_CURRENT) == EV_NONE) return error_host(err, "libelf is too old");
    elf = elf_begin(fd, ELF_C_READ, NULL);
    if (elf == NULL) return error_usage(err, "the file is no ELF file: %s", elf_errmsg(-1));
    while (result == 0 && (section = elf_nextscn(elf, section)) != NULL) {
        GElf_Shdr header;

        if (gelf_getshdr(section, &header) == NULL || header.sh_type != SHT_SYMTAB) continue;
        result = load_table(symbols, elf, section, slide, err);
    }
    (void)elf_end(elf);
    return result;
}
