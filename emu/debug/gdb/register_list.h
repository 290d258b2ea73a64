/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All registers that GDB is shown, in the order of their numbers. The first three features are GDB's (GDB manual
 * G.5.6): their names and numbers are given; the others are ours.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Longest register, in bytes. */
#define GDB_REGISTER_BYTES 16u

/* Where a value comes from; `index` says which one. */
enum gdb_source {
    GDB_FROM_GPR, /* number as instructions encode it */
    GDB_FROM_RIP, /* linear address of the next instruction */
    GDB_FROM_IP,  /* RIP as the core has it */
    GDB_FROM_MODE,
    GDB_FROM_FLAGS,
    GDB_FROM_SELECTOR, /* enum gdb_segment */
    GDB_FROM_BASE,
    GDB_FROM_LIMIT,
    GDB_FROM_ATTRIBUTES,
    GDB_FROM_ST,
    GDB_FROM_FPU, /* enum gdb_fpu */
    GDB_FROM_XMM,
    GDB_FROM_MXCSR,
    GDB_FROM_CR, /* number */
    GDB_FROM_DR, /* number */
    GDB_FROM_MSR /* number */
};

enum gdb_segment {
    GDB_ES,
    GDB_CS,
    GDB_SS,
    GDB_DS,
    GDB_FS,
    GDB_GS,
    GDB_LDTR,
    GDB_TR,
    GDB_GDTR,
    GDB_IDTR
};

enum gdb_fpu {
    GDB_FCTRL,
    GDB_FSTAT,
    GDB_FTAG,
    GDB_FISEG,
    GDB_FIOFF,
    GDB_FOSEG,
    GDB_FOOFF,
    GDB_FOP
};

struct gdb_register {
    const char *name;
    const char *type; /* of the target description */
    uint8_t bits;
    uint8_t source; /* enum gdb_source */
    uint32_t index;
};

struct gdb_feature {
    const char *name;
    const char *types; /* XML of the types that its registers use */
    const char *group; /* attributes of each register */
    const struct gdb_register *list;
    size_t count;
};

/* Registers of GDB's own features, which `g` gives. */
#define GDB_GENERAL_FEATURES 3u
const struct gdb_feature *gdb_feature(size_t index); /* NULL: no more */
/* NULL: there is no such number. */
const struct gdb_register *gdb_register(uint64_t number);
size_t gdb_general_count(void);
