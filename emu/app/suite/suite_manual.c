/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of docs/suites.md, from those of suite_keys.c: no key without a line of the page, and none too many. */
#include <stdio.h>

#include "emu/app/suite/suite_keys.h"
#include "emu/base/bits.h"

#define CELL_BYTES 1024

struct printer {
    void (*print)(void *ctx, const char *text);
    void *ctx;
};

/* Help of options is broken into lines, and its | would end a cell. */
static void print_cell(const struct printer *printer, const char *text)
{
    char cell[CELL_BYTES];
    size_t used = 0;

    for (; *text != '\0' && used < sizeof(cell) - 2; text++) {
        if (*text == '|') cell[used++] = '\\';
        cell[used] = *text;
        if (*text == '\n') cell[used] = ' ';
        used++;
    }
    cell[used] = '\0';
    printer->print(printer->ctx, *cell != '\0' ? " " : "");
    printer->print(printer->ctx, cell);
    printer->print(printer->ctx, " |");
}

static void print_row(const struct printer *printer, const struct suite_key *key, const char *with)
{
    printer->print(printer->ctx, "| `");
    printer->print(printer->ctx, key->name);
    printer->print(printer->ctx, "` |");
    print_cell(printer, key->value);
    if (with != NULL) print_cell(printer, with);
    print_cell(printer, key->help);
    printer->print(printer->ctx, "\n");
}

static void print_table(const struct printer *printer, enum suite_table table)
{
    struct suite_key room[SUITE_KEYS_MAX];
    size_t count;
    const struct suite_key *keys = suite_keys(table, room, &count);

    printer->print(printer->ctx, "| key | value | |\n|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        print_row(printer, &keys[i], NULL);
    }
}

static void print_verbs(const struct printer *printer)
{
    struct suite_key room[SUITE_KEYS_MAX];
    size_t count;
    const struct suite_key *keys = suite_keys(SUITE_TABLE_STEP, room, &count);

    printer->print(printer->ctx, "| verb | value | with it | |\n|---|---|---|---|\n");
    for (unsigned verb = 0; verb < STEP_VERBS; verb++) {
        const uint64_t with_keys = suite_verb((enum suite_step_key)verb)->with;
        char with[CELL_BYTES / 4] = "";
        size_t used = 0;

        for (unsigned key = STEP_VERBS; key < STEP_KEYS && used < sizeof(with); key++) {
            if ((with_keys & BIT(key)) == 0) continue;
            used += (size_t)snprintf(with + used, sizeof(with) - used, "%s`%s`",
                                     used > 0 ? ", " : "", keys[key].name);
        }
        print_row(printer, &keys[verb], with);
    }
    printer->print(printer->ctx, "\n| with a verb | value | |\n|---|---|---|\n");
    for (unsigned key = STEP_VERBS; key < STEP_KEYS; key++) {
        print_row(printer, &keys[key], NULL);
    }
}

void suite_print_keys(void (*print)(void *ctx, const char *text), void *ctx)
{
    static const struct {
        enum suite_table table;
        const char *title;
    } parts[] = {
        {SUITE_TABLE_TOP, "The file"},          {SUITE_TABLE_MACHINE, "machine"},
        {SUITE_TABLE_FRESH_DISK, "fresh-disk"}, {SUITE_TABLE_DEFAULTS, "defaults"},
        {SUITE_TABLE_TEST, "A test"},           {SUITE_TABLE_STEP, "A step"},
    };
    const struct printer printer = {.print = print, .ctx = ctx};

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        print(ctx, i > 0 ? "\n### " : "### ");
        print(ctx, parts[i].title);
        print(ctx, "\n\n");
        if (parts[i].table == SUITE_TABLE_STEP) {
            print_verbs(&printer);
        } else {
            print_table(&printer, parts[i].table);
        }
    }
}
