/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory: `x`, `print`, the map. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXAMINE_MAX 4096u
#define ROW_BYTES   16u

/* /COUNT FORMAT SIZE, as GDB has it: x d u c s i, b h w g; `p` for physical is ours. */
struct format {
    uint64_t count;
    char letter;
    unsigned bytes;
    bool is_physical;
};

static int parse_letter(char c, struct format *format, struct error *err)
{
    switch (c) {
    case 'b': format->bytes = 1; return 0;
    case 'h': format->bytes = 2; return 0;
    case 'w': format->bytes = 4; return 0;
    case 'g': format->bytes = 8; return 0;
    case 'p': format->is_physical = true; return 0;
    case 'x':
    case 'd':
    case 'u':
    case 'c':
    case 's':
    case 'i':
    case 't': format->letter = c; return 0;
    default: break;
    }
    return error_usage(err, "'%c' is no format: x d u t c s i, sizes b h w g, p for physical", c);
}

static int parse_format(const char *text, struct format *format, struct error *err)
{
    *format = (struct format){.count = 1, .letter = 'x', .bytes = 8};
    if (*text >= '0' && *text <= '9') {
        format->count = 0;
    }
    while (*text >= '0' && *text <= '9') {
        format->count = format->count * 10 + (uint64_t)(*text++ - '0');
        if (format->count > EXAMINE_MAX) {
            return error_usage(err, "at most %u can be shown at once", EXAMINE_MAX);
        }
    }
    for (; *text != '\0'; text++) {
        if (parse_letter(*text, format, err) != 0) return -1;
    }
    if (format->letter == 'c') {
        format->bytes = 1;
    }
    return format->count > 0 ? 0 : error_usage(err, "none is too few");
}

/* ---- Reading ---- */

static bool read_bytes(struct debugger *debugger, bool is_physical, uint64_t addr, uint8_t *data,
                       size_t bytes)
{
    struct bus *bus = machine_memory(debugger->config.machine);

    if (addr > UINT64_MAX - bytes) return false;
    if (!is_physical) {
        return cpu_peek_linear(debugger_cpu(debugger, debugger->observer->core), addr, data, bytes);
    }
    for (size_t i = 0; i < bytes; i++) {
        if (bus_find(bus, addr + i) == NULL) return false;
        data[i] = (uint8_t)bus_peek(bus, addr + i, 1);
    }
    return true;
}

static uint64_t value_of(const uint8_t *data, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = bytes; i > 0; i--) {
        value = value << 8 | data[i - 1];
    }
    return value;
}

static int64_t sign_extend(uint64_t value, unsigned bytes)
{
    const unsigned shift = 64 - 8 * bytes;

    return (int64_t)(value << shift) >> shift;
}

static void print_binary(struct debugger *debugger, uint64_t value, unsigned bits)
{
    char text[65];

    for (unsigned i = 0; i < bits; i++) {
        text[i] = (value >> (bits - 1 - i) & 1) != 0 ? '1' : '0';
    }
    text[bits] = '\0';
    debugger_print(debugger, "%s", text);
}

static void print_value(struct debugger *debugger, const struct format *format, uint64_t value)
{
    switch (format->letter) {
    case 'd': debugger_print(debugger, "%" PRId64, sign_extend(value, format->bytes)); break;
    case 'u': debugger_print(debugger, "%" PRIu64, value); break;
    case 't': print_binary(debugger, value, 8 * format->bytes); break;
    case 'c':
        debugger_print(debugger, "%3u '%c'", (unsigned)value & 0xff,
                       value >= ' ' && value < 0x7f ? (char)value : '.');
        break;
    default: debugger_print(debugger, "0x%0*" PRIx64, (int)(2 * format->bytes), value); break;
    }
}

/* ---- `x` ---- */

static int nothing_there(uint64_t addr, struct error *err)
{
    return error_usage(err, "nothing is mapped at 0x%" PRIx64, addr);
}

static int examine_values(struct debugger *debugger, const struct format *format, uint64_t *addr,
                          struct error *err)
{
    const unsigned per_row = format->letter == 'c'           ? 8
                             : format->bytes > ROW_BYTES / 2 ? 2
                                                             : ROW_BYTES / format->bytes;
    uint8_t data[8];

    for (uint64_t i = 0; i < format->count; i++) {
        if (!read_bytes(debugger, format->is_physical, *addr, data, format->bytes)) {
            debugger_print(debugger, "%s", i % per_row != 0 ? "\n" : "");
            return nothing_there(*addr, err);
        }
        if (i % per_row == 0) {
            char symbol[80] = "";

            if (!format->is_physical) {
                (void)debugger_symbol(debugger, *addr, symbol, sizeof(symbol));
            }
            debugger_print(debugger, "%016" PRIx64 "%s:", *addr, symbol);
        }
        debugger_print(debugger, "  ");
        print_value(debugger, format, value_of(data, format->bytes));
        if (i % per_row == per_row - 1 || i + 1 == format->count) {
            debugger_print(debugger, "\n");
        }
        *addr += format->bytes;
    }
    return 0;
}

static int examine_string(struct debugger *debugger, const struct format *format, uint64_t *addr,
                          struct error *err)
{
    uint8_t c;

    if (!read_bytes(debugger, format->is_physical, *addr, &c, 1)) return nothing_there(*addr, err);
    debugger_print(debugger, "%016" PRIx64 ": \"", *addr);
    for (unsigned i = 0; i < 256; i++) {
        if (!read_bytes(debugger, format->is_physical, *addr, &c, 1)) break;
        (*addr)++;
        if (c == 0) break;
        if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
            debugger_print(debugger, "%c", c);
        } else {
            debugger_print(debugger, "\\x%02x", c);
        }
    }
    debugger_print(debugger, "\"\n");
    return 0;
}

static int examine_code(struct debugger *debugger, const struct format *format, uint64_t addr,
                        struct error *err)
{
    char line[64];
    struct words words;

    (void)snprintf(line, sizeof(line), "disas 0x%" PRIx64 " %" PRIu64, addr, format->count);
    return words_split(&words, line, err) == 0 ? do_disas(debugger, &words, err) : -1;
}

static int examine(struct debugger *debugger, const struct format *format, uint64_t addr,
                   struct error *err)
{
    int result = 0;

    if (format->letter == 'i') return examine_code(debugger, format, addr, err);
    if (format->letter == 's') {
        for (uint64_t i = 0; i < format->count && result == 0; i++) {
            result = examine_string(debugger, format, &addr, err);
        }
    } else {
        result = examine_values(debugger, format, &addr, err);
    }
    debugger->examine_next = addr;
    return result;
}

int do_examine(struct debugger *debugger, const struct words *words, struct error *err)
{
    const char *slash = strchr(words->word[0], '/');
    uint64_t addr = debugger->examine_next;
    struct format format;

    if (parse_format(slash != NULL ? slash + 1 : "", &format, err) != 0) return -1;
    if (words->count > 1) {
        if (expression_value(debugger->observer, words->rest[1], &addr, err) != 0) return -1;
    } else if (addr == 0) {
        return error_usage(err, "x/FORMAT ADDR was expected, for example x/8gx $rsp");
    }
    return examine(debugger, &format, addr, err);
}

/* ---- `print` ---- */

int do_print(struct debugger *debugger, const struct words *words, struct error *err)
{
    const char *slash = strchr(words->word[0], '/');
    struct register_name name;
    struct format format;
    uint64_t value;
    char symbol[80];

    if (words->count < 2) return error_usage(err, "an expression was expected");
    if (parse_format(slash != NULL ? slash + 1 : "", &format, err) != 0) return -1;
    if (expression_value(debugger->observer, words->rest[1], &value, err) != 0) return -1;
    if (slash != NULL) {
        print_value(debugger, &format, value);
    } else {
        debugger_print(debugger, "0x%" PRIx64 " (%" PRIu64 ")", value, value);
    }
    debugger_print(debugger, "%s",
                   value > UINT32_MAX ? debugger_symbol(debugger, value, symbol, sizeof(symbol))
                                      : "");
    if (words->count == 2 && strchr(words->word[1], '.') != NULL &&
        names_register(debugger->observer, words->word[1], &name, NULL) == 0 &&
        name.field == NULL) {
        for (const struct reg_field *field = name.place.reg->fields;
             field != NULL && field->name != NULL; field++) {
            debugger_print(debugger, " %s=%" PRIx64, field->name, field_value(field, value));
        }
    }
    debugger_print(debugger, "\n");
    return 0;
}

/* ---- The map ---- */

static void print_regions(struct debugger *debugger, const struct bus *bus, int digits)
{
    static const char *const kinds[] = {
        [REGION_MMIO] = "i/o", [REGION_RAM] = "ram", [REGION_ROM] = "rom"};

    for (size_t i = 0; i < bus_region_count(bus); i++) {
        const struct region *region = bus_region(bus, i);

        debugger_print(debugger, "  %0*" PRIx64 "-%0*" PRIx64 "  %s  %s\n", digits, region->base,
                       digits, region->base + (region->bytes - 1), kinds[region->kind],
                       region->name);
    }
}

int info_memory(struct debugger *debugger, const struct words *words, struct error *err)
{
    (void)words;
    (void)err;
    debugger_print(debugger, "memory:\n");
    print_regions(debugger, machine_memory(debugger->config.machine), 10);
    debugger_print(debugger, "ports:\n");
    print_regions(debugger, machine_ports(debugger->config.machine), 4);
    return 0;
}
