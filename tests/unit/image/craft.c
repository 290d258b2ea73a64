/* SPDX-License-Identifier: GPL-2.0-only */
/* Crafted images: see craft.h. Offsets and numbers are written out on purpose, so that the loader's
 * own constants are not tested against themselves. */
#include "tests/unit/image/craft.h"

#include <string.h>

#include "emu/base/endian.h"

#define LOAD_ADDR 0x100000u

static void make_bzimage(uint8_t *p)
{
    p[0x1f1] = 1;                     /* setup_sects: kernel from 0x400 on */
    le32_put(p + 0x1f4, 0x1c00 / 16); /* syssize */
    le16_put(p + 0x1fe, 0xaa55);      /* boot_flag */
    p[0x200] = 0xeb;                  /* jump */
    p[0x201] = 0x6a;                  /* over the header */
    memcpy(p + 0x202, "HdrS", 4);     /* header */
    le16_put(p + 0x206, 0x20f);       /* version */
    p[0x211] = 0x01;                  /* loadflags: LOADED_HIGH */
    le32_put(p + 0x22c, 0x7fffffff);  /* initrd_addr_max */
    le32_put(p + 0x230, 0x200000);    /* kernel_alignment */
    p[0x234] = 1;                     /* relocatable_kernel */
    p[0x235] = 21;                    /* min_alignment */
    le16_put(p + 0x236, 0x0001);      /* xloadflags: XLF_KERNEL_64 */
    le32_put(p + 0x238, 100);         /* cmdline_size */
    le32_put(p + 0x248, 0x300);       /* payload_offset */
    le32_put(p + 0x24c, 0x100);       /* payload_length */
    le64_put(p + 0x258, 0x1000000);   /* pref_address */
    le32_put(p + 0x260, 0x300000);    /* init_size */
    p[0x600] = 0xf4;                  /* 64-bit entry */
}

static void make_elf_ident(uint8_t *p, uint8_t class)
{
    memcpy(p, "\177ELF", 4);
    p[4] = class;
    p[5] = 1;                              /* little-endian */
    p[6] = 1;                              /* EI_VERSION */
    le16_put(p + 16, 2);                   /* ET_EXEC */
    le16_put(p + 18, class == 2 ? 62 : 3); /* EM_X86_64, EM_386 */
    le32_put(p + 20, 1);                   /* e_version */
    p[ELF_DATA + 0x10] = 0xf4;             /* the code at the entry point: HLT */
}

static void make_elf64(uint8_t *p)
{
    uint8_t *phdr = p + ELF64_PHDR;

    make_elf_ident(p, 2);
    le64_put(p + 24, LOAD_ADDR + 0x10); /* e_entry */
    le64_put(p + 32, ELF64_PHDR);       /* e_phoff */
    le16_put(p + 52, 64);               /* e_ehsize */
    le16_put(p + 54, ELF64_PHDR_BYTES); /* e_phentsize */
    le16_put(p + 56, 3);                /* e_phnum: two are PT_NULL */
    le16_put(p + 58, 64);               /* e_shentsize */
    le32_put(phdr, 1);                  /* PT_LOAD */
    le32_put(phdr + 4, 5);              /* readable, executable */
    le64_put(phdr + 8, ELF_DATA);       /* p_offset */
    le64_put(phdr + 16, LOAD_ADDR);     /* p_vaddr */
    le64_put(phdr + 24, LOAD_ADDR);     /* p_paddr */
    le64_put(phdr + 32, 0x1000);        /* p_filesz */
    le64_put(phdr + 40, 0x2000);        /* p_memsz */
    le64_put(phdr + 48, 0x1000);        /* p_align */
}

static void make_elf32(uint8_t *p)
{
    uint8_t *phdr = p + ELF32_PHDR;

    make_elf_ident(p, 1);
    le32_put(p + 24, LOAD_ADDR + 0x10); /* e_entry */
    le32_put(p + 28, ELF32_PHDR);       /* e_phoff */
    le16_put(p + 40, 52);               /* e_ehsize */
    le16_put(p + 42, ELF32_PHDR_BYTES); /* e_phentsize */
    le16_put(p + 44, 3);                /* e_phnum */
    le16_put(p + 46, 40);               /* e_shentsize */
    le32_put(phdr, 1);                  /* PT_LOAD */
    le32_put(phdr + 4, ELF_DATA);       /* p_offset */
    le32_put(phdr + 8, LOAD_ADDR);      /* p_vaddr */
    le32_put(phdr + 12, LOAD_ADDR);     /* p_paddr */
    le32_put(phdr + 16, 0x1000);        /* p_filesz */
    le32_put(phdr + 20, 0x2000);        /* p_memsz */
    le32_put(phdr + 24, 5);             /* readable, executable */
    le32_put(phdr + 28, 0x1000);        /* p_align */
}

static void put_multiboot(uint8_t *p, uint32_t flags)
{
    le32_put(p, 0x1badb002);
    le32_put(p + 4, flags);
    le32_put(p + 8, (uint32_t) - (0x1badb002 + flags));
}

static void make_kludge(uint8_t *p)
{
    uint8_t *header = p + MULTIBOOT_HEADER;

    put_multiboot(header, 0x10003);
    le32_put(header + 12,
             LOAD_ADDR + 0x800);      /* header_addr: 0x800 bytes of code stand before the header */
    le32_put(header + 16, LOAD_ADDR); /* load_addr */
    le32_put(header + 20, LOAD_ADDR + 0x1000); /* load_end_addr */
    le32_put(header + 24, LOAD_ADDR + 0x3000); /* bss_end_addr */
    le32_put(header + 28, LOAD_ADDR + 0x10);   /* entry_addr */
}

static void put_pvh_note(uint8_t *p)
{
    uint8_t *phdr = p + ELF64_PHDR + ELF64_PHDR_BYTES;
    uint8_t *note = p + ELF_NOTE;

    le32_put(phdr, 4);            /* PT_NOTE */
    le64_put(phdr + 8, ELF_NOTE); /* p_offset */
    le64_put(phdr + 32, 20);      /* p_filesz */
    le64_put(phdr + 40, 20);      /* p_memsz */
    le64_put(phdr + 48, 4);       /* p_align */
    le32_put(note, 4);            /* namesz */
    le32_put(note + 4, 4);        /* descsz */
    le32_put(note + 8, 18);       /* XEN_ELFNOTE_PHYS32_ENTRY */
    memcpy(note + 12, "Xen", 4);
    le32_put(note + 16, LOAD_ADDR + 0x20);
}

void craft_make(uint8_t *data, enum craft_kind kind)
{
    memset(data, 0, CRAFT_BYTES);
    switch (kind) {
    case CRAFT_BZIMAGE: make_bzimage(data); break;
    case CRAFT_ELF64: make_elf64(data); break;
    case CRAFT_ELF32: make_elf32(data); break;
    case CRAFT_MULTIBOOT:
        make_elf32(data);
        put_multiboot(data + MULTIBOOT_HEADER, 0x3);
        break;
    case CRAFT_KLUDGE: make_kludge(data); break;
    case CRAFT_PVH:
        make_elf64(data);
        put_pvh_note(data);
        break;
    }
}

void craft_damage(uint8_t *data, const struct craft_patch patches[CRAFT_PATCHES])
{
    for (size_t i = 0; i < CRAFT_PATCHES && patches[i].size != 0; i++) {
        le_put(data + patches[i].offset, patches[i].size, patches[i].value);
    }
}
