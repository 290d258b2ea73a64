/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The target description (GDB manual, appendix G), made from the list of registers. It is of a 64-bit
 * machine and stays so for a connection, whatever the cores execute: GDB chooses its architecture when it
 * connects.
 */
#include "emu/debug/gdb/gdb_internal.h"
#include "emu/debug/gdb/register_list.h"

static void put_feature(struct gdb_maker *out, const struct gdb_feature *feature, unsigned number)
{
    gdb_format(out, "<feature name=\"%s\">", feature->name);
    gdb_put(out, feature->types);
    for (size_t i = 0; i < feature->count; i++) {
        const struct gdb_register *reg = &feature->list[i];

        gdb_format(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%zu\"%s/>", reg->name,
                   reg->bits, reg->type, number + i, feature->group);
    }
    gdb_put(out, "</feature>\n");
}

void gdb_make_target_xml(struct gdb_maker *out)
{
    const struct gdb_feature *feature;
    size_t number = 0;

    gdb_put(out, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
                 "<target version=\"1.0\"><architecture>i386:x86-64</architecture>\n");
    for (size_t i = 0; (feature = gdb_feature(i)) != NULL; i++) {
        put_feature(out, feature, (unsigned)number);
        number += feature->count;
    }
    gdb_put(out, "</target>\n");
}
