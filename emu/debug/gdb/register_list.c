/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of registers: see register_list.h. Names of MSRs are the SDM's (volume 4) in small letters, without
 * IA32_ and MSR_.
 */
#include "emu/debug/gdb/register_list.h"

#include "emu/base/bits.h"

/* What gives a bit of a register its name. */
#define FIELD(name, bit) \
    "<field name=\"" name "\" start=\"" #bit "\" end=\"" #bit "\" type=\"bool\"/>"
#define FLAGS(id, bytes, fields) "<flags id=\"" id "\" size=\"" bytes "\">" fields "</flags>"

/* ---- What GDB knows ---- */

/* Bit 1 of EFLAGS has no name of its own. */
static const char core_types[] =
    FLAGS("i386_eflags", "4",
          "<field name=\"\" start=\"1\" end=\"1\"/>" FIELD("CF", 0) FIELD("PF", 2) FIELD("AF", 4)
              FIELD("ZF", 6) FIELD("SF", 7) FIELD("TF", 8) FIELD("IF", 9) FIELD("DF", 10)
                  FIELD("OF", 11) FIELD("NT", 14) FIELD("RF", 16) FIELD("VM", 17) FIELD("AC", 18)
                      FIELD("VIF", 19) FIELD("VIP", 20) FIELD("ID", 21));

static const struct gdb_register core_list[] = {
    {"rax", "int64", 64, GDB_FROM_GPR, 0},
    {"rbx", "int64", 64, GDB_FROM_GPR, 3},
    {"rcx", "int64", 64, GDB_FROM_GPR, 1},
    {"rdx", "int64", 64, GDB_FROM_GPR, 2},
    {"rsi", "int64", 64, GDB_FROM_GPR, 6},
    {"rdi", "int64", 64, GDB_FROM_GPR, 7},
    {"rbp", "data_ptr", 64, GDB_FROM_GPR, 5},
    {"rsp", "data_ptr", 64, GDB_FROM_GPR, 4},
    {"r8", "int64", 64, GDB_FROM_GPR, 8},
    {"r9", "int64", 64, GDB_FROM_GPR, 9},
    {"r10", "int64", 64, GDB_FROM_GPR, 10},
    {"r11", "int64", 64, GDB_FROM_GPR, 11},
    {"r12", "int64", 64, GDB_FROM_GPR, 12},
    {"r13", "int64", 64, GDB_FROM_GPR, 13},
    {"r14", "int64", 64, GDB_FROM_GPR, 14},
    {"r15", "int64", 64, GDB_FROM_GPR, 15},
    {"rip", "code_ptr", 64, GDB_FROM_RIP, 0},
    {"eflags", "i386_eflags", 32, GDB_FROM_FLAGS, 0},
    {"cs", "int32", 32, GDB_FROM_SELECTOR, GDB_CS},
    {"ss", "int32", 32, GDB_FROM_SELECTOR, GDB_SS},
    {"ds", "int32", 32, GDB_FROM_SELECTOR, GDB_DS},
    {"es", "int32", 32, GDB_FROM_SELECTOR, GDB_ES},
    {"fs", "int32", 32, GDB_FROM_SELECTOR, GDB_FS},
    {"gs", "int32", 32, GDB_FROM_SELECTOR, GDB_GS},
    {"st0", "i387_ext", 80, GDB_FROM_ST, 0},
    {"st1", "i387_ext", 80, GDB_FROM_ST, 1},
    {"st2", "i387_ext", 80, GDB_FROM_ST, 2},
    {"st3", "i387_ext", 80, GDB_FROM_ST, 3},
    {"st4", "i387_ext", 80, GDB_FROM_ST, 4},
    {"st5", "i387_ext", 80, GDB_FROM_ST, 5},
    {"st6", "i387_ext", 80, GDB_FROM_ST, 6},
    {"st7", "i387_ext", 80, GDB_FROM_ST, 7},
    {"fctrl", "int", 32, GDB_FROM_FPU, GDB_FCTRL},
    {"fstat", "int", 32, GDB_FROM_FPU, GDB_FSTAT},
    {"ftag", "int", 32, GDB_FROM_FPU, GDB_FTAG},
    {"fiseg", "int", 32, GDB_FROM_FPU, GDB_FISEG},
    {"fioff", "int", 32, GDB_FROM_FPU, GDB_FIOFF},
    {"foseg", "int", 32, GDB_FROM_FPU, GDB_FOSEG},
    {"fooff", "int", 32, GDB_FROM_FPU, GDB_FOOFF},
    {"fop", "int", 32, GDB_FROM_FPU, GDB_FOP},
};

/* Sixteen bytes as what they can be read as. */
static const char sse_types[] =
    "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
    "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"
    "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/>"
    "<vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"
    "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/>"
    "<vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"
    "<union id=\"vec128\">"
    "<field name=\"v4_float\" type=\"v4f\"/><field name=\"v2_double\" type=\"v2d\"/>"
    "<field name=\"v16_int8\" type=\"v16i8\"/><field name=\"v8_int16\" type=\"v8i16\"/>"
    "<field name=\"v4_int32\" type=\"v4i32\"/><field name=\"v2_int64\" type=\"v2i64\"/>"
    "<field name=\"uint128\" type=\"uint128\"/></union>" FLAGS(
        "i386_mxcsr", "4",
        FIELD("IE", 0) FIELD("DE", 1) FIELD("ZE", 2) FIELD("OE", 3) FIELD("UE", 4) FIELD("PE", 5)
            FIELD("DAZ", 6) FIELD("IM", 7) FIELD("DM", 8) FIELD("ZM", 9) FIELD("OM", 10)
                FIELD("UM", 11) FIELD("PM", 12) FIELD("FZ", 15));
static const struct gdb_register sse_list[] = {
    {"xmm0", "vec128", 128, GDB_FROM_XMM, 0},       {"xmm1", "vec128", 128, GDB_FROM_XMM, 1},
    {"xmm2", "vec128", 128, GDB_FROM_XMM, 2},       {"xmm3", "vec128", 128, GDB_FROM_XMM, 3},
    {"xmm4", "vec128", 128, GDB_FROM_XMM, 4},       {"xmm5", "vec128", 128, GDB_FROM_XMM, 5},
    {"xmm6", "vec128", 128, GDB_FROM_XMM, 6},       {"xmm7", "vec128", 128, GDB_FROM_XMM, 7},
    {"xmm8", "vec128", 128, GDB_FROM_XMM, 8},       {"xmm9", "vec128", 128, GDB_FROM_XMM, 9},
    {"xmm10", "vec128", 128, GDB_FROM_XMM, 10},     {"xmm11", "vec128", 128, GDB_FROM_XMM, 11},
    {"xmm12", "vec128", 128, GDB_FROM_XMM, 12},     {"xmm13", "vec128", 128, GDB_FROM_XMM, 13},
    {"xmm14", "vec128", 128, GDB_FROM_XMM, 14},     {"xmm15", "vec128", 128, GDB_FROM_XMM, 15},
    {"mxcsr", "i386_mxcsr", 32, GDB_FROM_MXCSR, 0},
};

static const struct gdb_register segments_list[] = {
    {"fs_base", "int", 64, GDB_FROM_BASE, GDB_FS},
    {"gs_base", "int", 64, GDB_FROM_BASE, GDB_GS},
};

/* ---- What is ours ---- */

static const char control_types[] = FLAGS(
    "sg_cr0", "8",
    FIELD("PE", 0) FIELD("MP", 1) FIELD("EM", 2) FIELD("TS", 3) FIELD("ET", 4) FIELD("NE", 5)
        FIELD("WP", 16) FIELD("AM", 18) FIELD("NW", 29) FIELD("CD", 30) FIELD("PG", 31))
    FLAGS("sg_cr4", "8",
          FIELD("VME", 0) FIELD("PVI", 1) FIELD("TSD", 2) FIELD("DE", 3) FIELD("PSE", 4)
              FIELD("PAE", 5) FIELD("MCE", 6) FIELD("PGE", 7) FIELD("PCE", 8) FIELD("OSFXSR", 9)
                  FIELD("OSXMMEXCPT", 10) FIELD("UMIP", 11) FIELD("FSGSBASE", 16) FIELD("PCIDE", 17)
                      FIELD("OSXSAVE", 18) FIELD("SMEP", 20) FIELD("SMAP", 21) FIELD("PKE", 22))
        FLAGS("sg_efer", "8", FIELD("SCE", 0) FIELD("LME", 8) FIELD("LMA", 10) FIELD("NXE", 11));
/* `ip` is RIP as the core has it: rip above has the base of CS added. `mode`: 16, 32 or 64. */
static const struct gdb_register control_list[] = {
    {"cr0", "sg_cr0", 64, GDB_FROM_CR, 0}, {"cr2", "data_ptr", 64, GDB_FROM_CR, 2},
    {"cr3", "uint64", 64, GDB_FROM_CR, 3}, {"cr4", "sg_cr4", 64, GDB_FROM_CR, 4},
    {"cr8", "uint64", 64, GDB_FROM_CR, 8}, {"efer", "sg_efer", 64, GDB_FROM_MSR, 0xc0000080},
    {"dr0", "uint64", 64, GDB_FROM_DR, 0}, {"dr1", "uint64", 64, GDB_FROM_DR, 1},
    {"dr2", "uint64", 64, GDB_FROM_DR, 2}, {"dr3", "uint64", 64, GDB_FROM_DR, 3},
    {"dr6", "uint64", 64, GDB_FROM_DR, 6}, {"dr7", "uint64", 64, GDB_FROM_DR, 7},
    {"ip", "uint64", 64, GDB_FROM_IP, 0},  {"mode", "uint32", 32, GDB_FROM_MODE, 0},
};

/* Hidden parts of segment registers, and the tables. `_flags`: bits 23:8 of a descriptor's second word. */
static const struct gdb_register tables_list[] = {
    {"gdtr_base", "data_ptr", 64, GDB_FROM_BASE, GDB_GDTR},
    {"gdtr_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_GDTR},
    {"idtr_base", "data_ptr", 64, GDB_FROM_BASE, GDB_IDTR},
    {"idtr_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_IDTR},
    {"ldtr", "uint32", 32, GDB_FROM_SELECTOR, GDB_LDTR},
    {"ldtr_base", "data_ptr", 64, GDB_FROM_BASE, GDB_LDTR},
    {"ldtr_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_LDTR},
    {"ldtr_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_LDTR},
    {"tr", "uint32", 32, GDB_FROM_SELECTOR, GDB_TR},
    {"tr_base", "data_ptr", 64, GDB_FROM_BASE, GDB_TR},
    {"tr_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_TR},
    {"tr_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_TR},
    {"cs_base", "data_ptr", 64, GDB_FROM_BASE, GDB_CS},
    {"ss_base", "data_ptr", 64, GDB_FROM_BASE, GDB_SS},
    {"ds_base", "data_ptr", 64, GDB_FROM_BASE, GDB_DS},
    {"es_base", "data_ptr", 64, GDB_FROM_BASE, GDB_ES},
    {"cs_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_CS},
    {"cs_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_CS},
    {"ss_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_SS},
    {"ss_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_SS},
    {"ds_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_DS},
    {"ds_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_DS},
    {"es_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_ES},
    {"es_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_ES},
    {"fs_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_FS},
    {"fs_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_FS},
    {"gs_limit", "uint32", 32, GDB_FROM_LIMIT, GDB_GS},
    {"gs_flags", "uint32", 32, GDB_FROM_ATTRIBUTES, GDB_GS},
};

static const struct gdb_register msr_list[] = {
    {"time_stamp_counter", "uint64", 64, GDB_FROM_MSR, 0x10},
    {"apic_base", "uint64", 64, GDB_FROM_MSR, 0x1b},
    {"feature_control", "uint64", 64, GDB_FROM_MSR, 0x3a},
    {"tsc_adjust", "uint64", 64, GDB_FROM_MSR, 0x3b},
    {"spec_ctrl", "uint64", 64, GDB_FROM_MSR, 0x48},
    {"sysenter_cs", "uint64", 64, GDB_FROM_MSR, 0x174},
    {"sysenter_esp", "uint64", 64, GDB_FROM_MSR, 0x175},
    {"sysenter_eip", "uint64", 64, GDB_FROM_MSR, 0x176},
    {"mcg_cap", "uint64", 64, GDB_FROM_MSR, 0x179},
    {"mcg_status", "uint64", 64, GDB_FROM_MSR, 0x17a},
    {"misc_enable", "uint64", 64, GDB_FROM_MSR, 0x1a0},
    {"debugctl", "uint64", 64, GDB_FROM_MSR, 0x1d9},
    {"pat", "uint64", 64, GDB_FROM_MSR, 0x277},
    {"mtrr_def_type", "uint64", 64, GDB_FROM_MSR, 0x2ff},
    {"star", "uint64", 64, GDB_FROM_MSR, 0xc0000081},
    {"lstar", "uint64", 64, GDB_FROM_MSR, 0xc0000082},
    {"cstar", "uint64", 64, GDB_FROM_MSR, 0xc0000083},
    {"fmask", "uint64", 64, GDB_FROM_MSR, 0xc0000084},
    {"kernel_gs_base", "uint64", 64, GDB_FROM_MSR, 0xc0000102},
    {"tsc_aux", "uint64", 64, GDB_FROM_MSR, 0xc0000103},
};

#define LIST(array) .list = (array), .count = ARRAY_LEN(array)

/* save-restore: GDB keeps these over calls that it makes in the guest. */
static const char general[] = "";
static const char system_group[] = " save-restore=\"no\" group=\"system\"";

static const struct gdb_feature features[] = {
    {.name = "org.gnu.gdb.i386.core", .types = core_types, .group = general, LIST(core_list)},
    {.name = "org.gnu.gdb.i386.sse", .types = sse_types, .group = general, LIST(sse_list)},
    {.name = "org.gnu.gdb.i386.segments", .types = "", .group = general, LIST(segments_list)},
    {.name = "org.spacegray.control",
     .types = control_types,
     .group = system_group,
     LIST(control_list)},
    {.name = "org.spacegray.tables", .types = "", .group = system_group, LIST(tables_list)},
    {.name = "org.spacegray.msr", .types = "", .group = system_group, LIST(msr_list)},
};

const struct gdb_feature *gdb_feature(size_t index)
{
    return index < ARRAY_LEN(features) ? &features[index] : NULL;
}

const struct gdb_register *gdb_register(uint64_t number)
{
    for (size_t i = 0; i < ARRAY_LEN(features); i++) {
        if (number < features[i].count) return &features[i].list[number];
        number -= features[i].count;
    }
    return NULL;
}

size_t gdb_general_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < GDB_GENERAL_FEATURES; i++)
        count += features[i].count;
    return count;
}
