/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grammar of memory faults: see fault_spec.h and docs/faults.md. A text is read into a set of
 * keys first; what they mean together is decided afterwards, because keys may come in any order.
 */
#include "emu/app/fault_spec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emu/app/parse.h"
#include "emu/app/socket_name.h"
#include "emu/base/bits.h"
#include "emu/base/suggest.h"
#include "emu/machine/machine.h"

#define WORD_BYTES   80u /* key=value: longer ones are mistakes */
#define LINE_BIT_MAX 17u

enum key {
    KEY_KIND,
    KEY_DIMM,
    KEY_RANK,
    KEY_BG,
    KEY_BANK,
    KEY_ROW,
    KEY_COL,
    KEY_ADDR,
    KEY_BITS,
    KEY_BIT,
    KEY_CHIP,
    KEY_VALUE,
    KEY_LINE,
    KEY_PARITY,
    KEY_AT,
    KEYS,
};

static const char *const key_names[KEYS] = {
    [KEY_KIND] = "kind", [KEY_DIMM] = "dimm",     [KEY_RANK] = "rank", [KEY_BG] = "bg",
    [KEY_BANK] = "bank", [KEY_ROW] = "row",       [KEY_COL] = "col",   [KEY_ADDR] = "addr",
    [KEY_BITS] = "bits", [KEY_BIT] = "bit",       [KEY_CHIP] = "chip", [KEY_VALUE] = "value",
    [KEY_LINE] = "line", [KEY_PARITY] = "parity", [KEY_AT] = "at",
};

static const char *const kind_names[DRAM_FAULT_KINDS] = {
    [DRAM_FAULT_FLIP] = "flip",       [DRAM_FAULT_STUCK] = "stuck", [DRAM_FAULT_ROW] = "row",
    [DRAM_FAULT_COLUMN] = "column",   [DRAM_FAULT_CHIP] = "chip",   [DRAM_FAULT_DIMM] = "dimm",
    [DRAM_FAULT_ADDRESS] = "address",
};

/* Largest values of the keys that are plain numbers; the smallest is 0. */
static const uint64_t key_max[KEYS] = {
    [KEY_RANK] = DIMM_RANKS_MAX - 1,
    [KEY_BG] = DIMM_BANK_GROUPS - 1,
    [KEY_BANK] = DIMM_BANKS - 1,
    [KEY_ROW] = (1u << 18) - 1,
    [KEY_COL] = (1u << 10) - 1,
    [KEY_ADDR] = UINT64_MAX,
    [KEY_BITS] = DIMM_CODE_BITS,
    [KEY_CHIP] = 17,
    [KEY_VALUE] = 1,
};

static const struct {
    const char *name;
    uint8_t first; /* bit */
    uint8_t last;
} lines[] = {
    [DRAM_LINE_ROW] = {"row", 0, LINE_BIT_MAX},
    [DRAM_LINE_COLUMN] = {"col", 3, 9},
    [DRAM_LINE_BANK] = {"bank", 0, 1},
    [DRAM_LINE_BANK_GROUP] = {"bg", 0, 1},
};

/* Of the place, besides the module. */
#define PLACE_KEYS \
    (BIT32(KEY_RANK) | BIT32(KEY_BG) | BIT32(KEY_BANK) | BIT32(KEY_ROW) | BIT32(KEY_COL))
#define CELL_KEYS   (BIT32(KEY_BITS) | BIT32(KEY_BIT))
#define COMMON_KEYS (BIT32(KEY_KIND) | BIT32(KEY_DIMM) | BIT32(KEY_ADDR) | BIT32(KEY_AT))

/* The keys that mean something for a kind, besides those that mean something for each. */
static const uint32_t kind_keys[DRAM_FAULT_KINDS] = {
    [DRAM_FAULT_FLIP] = PLACE_KEYS | CELL_KEYS,
    [DRAM_FAULT_STUCK] = PLACE_KEYS | CELL_KEYS | BIT32(KEY_VALUE),
    [DRAM_FAULT_ROW] = (PLACE_KEYS & ~BIT32(KEY_COL)) | CELL_KEYS | BIT32(KEY_VALUE),
    [DRAM_FAULT_COLUMN] = (PLACE_KEYS & ~BIT32(KEY_ROW)) | CELL_KEYS | BIT32(KEY_VALUE),
    [DRAM_FAULT_CHIP] = BIT32(KEY_RANK) | BIT32(KEY_CHIP) | CELL_KEYS | BIT32(KEY_VALUE),
    [DRAM_FAULT_DIMM] = CELL_KEYS | BIT32(KEY_VALUE),
    [DRAM_FAULT_ADDRESS] = BIT32(KEY_LINE) | BIT32(KEY_PARITY) | BIT32(KEY_VALUE),
};

/* What was read so far. */
struct reading {
    struct fault_spec *spec;
    uint32_t given;        /* bit n: key n was there */
    uint64_t values[KEYS]; /* of plain numbers */
    struct error *err;
};

const char *fault_spec_kind_name(enum dram_fault_kind kind)
{
    return kind_names[kind];
}

bool fault_spec_kind_find(const char *name, size_t length, enum dram_fault_kind *kind)
{
    for (unsigned i = 0; i < DRAM_FAULT_KINDS; i++) {
        if (strlen(kind_names[i]) != length || memcmp(kind_names[i], name, length) != 0) continue;
        *kind = (enum dram_fault_kind)i;
        return true;
    }
    return false;
}

/* ---- Cells ---- */

static void add_cell(struct ecc_word *mask, unsigned bit)
{
    if (bit < DIMM_DATA_BITS) {
        mask->data |= BIT(bit);
    } else {
        mask->check = (uint8_t)(mask->check | BIT(bit - DIMM_DATA_BITS));
    }
}

static bool has_cell(const struct ecc_word *mask, unsigned bit)
{
    if (bit < DIMM_DATA_BITS) return (mask->data >> bit & 1) != 0;
    return bit < DIMM_CODE_BITS && (mask->check >> (bit - DIMM_DATA_BITS) & 1) != 0;
}

struct ecc_word fault_spec_lanes(unsigned chip, unsigned width, unsigned code_bits)
{
    struct ecc_word mask = {.data = 0};

    for (unsigned i = 0; i < width && chip * width + i < code_bits; i++) {
        add_cell(&mask, chip * width + i);
    }
    return mask;
}

/* ---- Reading one key ---- */

static int read_kind(struct reading *reading, const char *value)
{
    if (fault_spec_kind_find(value, strlen(value), &reading->spec->fault.kind)) return 0;
    return error_usage(reading->err,
                       "kind=%s: the kind of a fault is flip, stuck, row, column, chip, dimm or "
                       "address",
                       value);
}

/* A number from 0, or the name on the board. */
static int read_dimm(struct reading *reading, const char *value)
{
    const unsigned socket = socket_name_find(value);

    if (socket == DIMM_SOCKETS) {
        return error_usage(
            reading->err,
            "dimm=%s: a module is a number from 0 to 3 or its socket's name, A0, B0, "
            "C0 or D0",
            value);
    }
    dram_socket_place(socket, &reading->spec->fault.where);
    return 0;
}

/* One bit, or several as in 32-35. */
static int read_cells(struct reading *reading, const char *value)
{
    char first_text[WORD_BYTES];
    const char *dash = strchr(value, '-');
    const size_t bytes = dash != NULL ? (size_t)(dash - value) : strlen(value);
    uint64_t first;
    uint64_t last;

    (void)snprintf(first_text, sizeof(first_text), "%.*s", (int)bytes, value);
    if (parse_number("", first_text, 0, DIMM_CODE_BITS - 1, &first, NULL) != 0 ||
        parse_number("", dash != NULL ? dash + 1 : first_text, first, DIMM_CODE_BITS - 1, &last,
                     NULL) != 0) {
        return error_usage(reading->err,
                           "bit=%s: a bit of a word is a number from 0 to 71 (64 and up are check "
                           "bits), several are as in 32-35",
                           value);
    }
    for (unsigned bit = (unsigned)first; bit <= last; bit++) {
        add_cell(&reading->spec->fault.mask, bit);
    }
    return 0;
}

static int read_line(struct reading *reading, const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        const size_t length = strlen(lines[i].name);
        uint64_t bit;

        if (strncmp(value, lines[i].name, length) != 0) continue;
        if (parse_number("", value + length, lines[i].first, lines[i].last, &bit, NULL) != 0) break;
        reading->spec->fault.line = (enum dram_line)i;
        reading->spec->fault.line_bit = (uint8_t)bit;
        return 0;
    }
    return error_usage(reading->err,
                       "line=%s: an address line is one of row0 to row17, col3 to col9, bank0, "
                       "bank1, bg0 and bg1",
                       value);
}

static int read_parity(struct reading *reading, const char *value)
{
    reading->spec->fault.has_parity = strcmp(value, "on") == 0;
    if (reading->spec->fault.has_parity || strcmp(value, "off") == 0) return 0;
    return error_usage(reading->err, "parity=%s: parity is on or off", value);
}

static int read_when(struct reading *reading, const char *value)
{
    reading->spec->has_when = true;
    if (parse_time("", value, &reading->spec->when, NULL) == 0 &&
        reading->spec->when != VTIME_NEVER) {
        return 0;
    }
    return error_usage(reading->err,
                       "at=%s: this is not a time, as in 500us, 20ms or 5s (at most 213 days)",
                       value);
}

static int read_number(struct reading *reading, enum key key, const char *value)
{
    const uint64_t min = key == KEY_BITS ? 1 : 0;

    if (parse_number("", value, min, key_max[key], &reading->values[key], NULL) == 0) return 0;
    if (key == KEY_ADDR) {
        return error_usage(reading->err, "addr=%s: a system address is a number, as in 0x12345678",
                           value);
    }
    return error_usage(
        reading->err, "%s=%s: this must be a number from %" PRIu64 " to %" PRIu64 "%s",
        key_names[key], value, min, key_max[key], key == KEY_ROW ? " (0x3ffff)" : "");
}

static int read_value(struct reading *reading, enum key key, const char *value)
{
    switch (key) {
    case KEY_KIND: return read_kind(reading, value);
    case KEY_DIMM: return read_dimm(reading, value);
    case KEY_BIT: return read_cells(reading, value);
    case KEY_LINE: return read_line(reading, value);
    case KEY_PARITY: return read_parity(reading, value);
    case KEY_AT: return read_when(reading, value);
    case KEY_RANK:
    case KEY_BG:
    case KEY_BANK:
    case KEY_ROW:
    case KEY_COL:
    case KEY_ADDR:
    case KEY_BITS:
    case KEY_CHIP:
    case KEY_VALUE: return read_number(reading, key, value);
    case KEYS: break;
    }
    return 0;
}

static int unknown_key(struct reading *reading, const char *name)
{
    struct suggestion meant;

    suggest_begin(&meant, name);
    for (unsigned i = 0; i < KEYS; i++) {
        suggest_try(&meant, key_names[i]);
    }
    if (meant.word != NULL) {
        return error_usage(reading->err, "unknown key %s: did you mean %s?", name, meant.word);
    }
    return error_usage(reading->err,
                       "unknown key %s: the keys are kind, dimm, rank, bg, bank, row, col, addr, "
                       "bits, bit, chip, value, line, parity and at",
                       name);
}

/* `word` is key=value. */
static int read_word(struct reading *reading, char *word)
{
    char *equals = strchr(word, '=');

    if (equals == NULL || equals[1] == '\0') {
        return error_usage(reading->err, "'%s' is not key=value, as in row=0x12a", word);
    }
    *equals = '\0';
    for (unsigned i = 0; i < KEYS; i++) {
        if (strcmp(word, key_names[i]) != 0) continue;
        if ((reading->given & BIT32(i)) != 0 && i != KEY_BIT) {
            return error_usage(reading->err, "%s= is given twice", word);
        }
        reading->given |= BIT32(i);
        return read_value(reading, (enum key)i, equals + 1);
    }
    return unknown_key(reading, word);
}

static int read_words(struct reading *reading, const char *text)
{
    static const char separators[] = ", \t\r\n";

    for (text += strspn(text, separators); *text != '\0'; text += strspn(text, separators)) {
        const size_t bytes = strcspn(text, separators);
        char word[WORD_BYTES];

        if (bytes >= sizeof(word)) {
            return error_usage(reading->err, "'%.*s...' is too long for a key and its value", 40,
                               text);
        }
        memcpy(word, text, bytes);
        word[bytes] = '\0';
        if (read_word(reading, word) != 0) return -1;
        text += bytes;
    }
    return 0;
}

/* ---- What the keys mean together ---- */

static bool is_given(const struct reading *reading, enum key key)
{
    return (reading->given & BIT32(key)) != 0;
}

static int check_keys(const struct reading *reading)
{
    const enum dram_fault_kind kind = reading->spec->fault.kind;
    const uint32_t meant = COMMON_KEYS | kind_keys[kind];

    for (unsigned i = 0; i < KEYS; i++) {
        if (!is_given(reading, (enum key)i) || (meant & BIT32(i)) != 0) continue;
        return error_usage(reading->err, "%s= has no meaning for a fault of kind=%s", key_names[i],
                           kind_names[kind]);
    }
    for (unsigned i = 0; is_given(reading, KEY_ADDR) && i < KEYS; i++) {
        if (!is_given(reading, (enum key)i) || ((PLACE_KEYS | BIT32(KEY_DIMM)) & BIT32(i)) == 0)
            continue;
        return error_usage(reading->err, "addr= says the whole place: leave %s= out", key_names[i]);
    }
    if (!is_given(reading, KEY_ADDR) && !is_given(reading, KEY_DIMM)) {
        return error_usage(reading->err,
                           "the fault has no place: give dimm= (0 to 3, or A0 to D0) or addr=");
    }
    if (is_given(reading, KEY_BITS) + is_given(reading, KEY_BIT) + is_given(reading, KEY_CHIP) >
        1) {
        return error_usage(reading->err,
                           "bits=, bit= and chip= exclude each other: each says which cells it is");
    }
    if (kind == DRAM_FAULT_ADDRESS && !is_given(reading, KEY_LINE)) {
        return error_usage(reading->err, "a fault of kind=address needs line=, as in line=row5");
    }
    return 0;
}

/* One bit, the first, when nothing is said; of a chip its lanes, of a module everything. */
static void choose_cells(struct reading *reading)
{
    struct fault_spec *spec = reading->spec;
    uint64_t count = spec->fault.kind == DRAM_FAULT_DIMM ? DIMM_CODE_BITS : 1;

    if (spec->fault.kind == DRAM_FAULT_ADDRESS || is_given(reading, KEY_BIT)) return;
    if (is_given(reading, KEY_BITS)) {
        count = reading->values[KEY_BITS];
    } else if (spec->fault.kind == DRAM_FAULT_CHIP) {
        spec->has_chip = true;
        spec->chip = (uint8_t)reading->values[KEY_CHIP];
        return;
    }
    for (unsigned bit = 0; bit < count; bit++) {
        add_cell(&spec->fault.mask, bit);
    }
}

int fault_spec_parse(const char *text, struct fault_spec *spec, struct error *err)
{
    struct reading reading = {.spec = spec, .err = err};
    struct dram_fault *fault = &spec->fault;

    *spec = (struct fault_spec){.has_when = false};
    if (read_words(&reading, text) != 0 || check_keys(&reading) != 0) return -1;
    spec->has_addr = is_given(&reading, KEY_ADDR);
    spec->addr = reading.values[KEY_ADDR];
    fault->where.rank = (uint8_t)reading.values[KEY_RANK];
    fault->where.bank_group = (uint8_t)reading.values[KEY_BG];
    fault->where.bank = (uint8_t)reading.values[KEY_BANK];
    fault->where.row = (uint32_t)reading.values[KEY_ROW];
    fault->where.column = (uint16_t)reading.values[KEY_COL];
    /* Lines of DDR4 are pulled up: what nobody drives reads as 1. */
    fault->value = is_given(&reading, KEY_VALUE) ? reading.values[KEY_VALUE] != 0
                                                 : fault->kind != DRAM_FAULT_FLIP;
    if (fault->kind == DRAM_FAULT_ADDRESS && !is_given(&reading, KEY_PARITY)) {
        fault->has_parity = true;
    }
    choose_cells(&reading);
    return 0;
}

/* ---- Writing ---- */

struct writing {
    char *text;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void write_key(struct writing *writing,
                                                            const char *format, ...)
{
    const size_t room = FAULT_SPEC_TEXT_BYTES - writing->length;
    va_list args;

    va_start(args, format);
    const int bytes = vsnprintf(writing->text + writing->length, room, format, args);
    va_end(args);
    if (bytes > 0) writing->length += (size_t)min_u64((uint64_t)bytes, room - 1);
}

static void write_place(struct writing *writing, const struct fault_spec *spec)
{
    const struct dram_fault *fault = &spec->fault;
    const uint32_t keys = kind_keys[fault->kind];

    if (spec->has_addr) {
        write_key(writing, ",addr=0x%" PRIx64, spec->addr);
        return;
    }
    write_key(writing, ",dimm=%u", dram_socket(&fault->where));
    if ((keys & BIT32(KEY_RANK)) != 0) write_key(writing, ",rank=%u", fault->where.rank);
    if ((keys & BIT32(KEY_BG)) != 0) write_key(writing, ",bg=%u", fault->where.bank_group);
    if ((keys & BIT32(KEY_BANK)) != 0) write_key(writing, ",bank=%u", fault->where.bank);
    if ((keys & BIT32(KEY_ROW)) != 0) write_key(writing, ",row=0x%" PRIx32, fault->where.row);
    if ((keys & BIT32(KEY_COL)) != 0) write_key(writing, ",col=0x%x", fault->where.column);
}

static void write_cells(struct writing *writing, const struct ecc_word *mask)
{
    unsigned next;

    for (unsigned bit = 0; bit < DIMM_CODE_BITS; bit = next) {
        for (next = bit; has_cell(mask, next);) {
            next++;
        }
        if (next == bit) {
            next++;
            continue;
        }
        write_key(writing, ",bit=%u", bit);
        if (next - bit > 1) write_key(writing, "-%u", next - 1);
    }
}

static void write_time(struct writing *writing, vtime when)
{
    char time[TIME_TEXT_BYTES];
    char *blank;

    format_time(when, time);
    blank = strchr(time, ' ');
    if (blank != NULL) memmove(blank, blank + 1, strlen(blank));
    write_key(writing, ",at=%s", time);
}

void fault_spec_format(const struct fault_spec *spec, char text[FAULT_SPEC_TEXT_BYTES])
{
    const struct dram_fault *fault = &spec->fault;
    struct writing writing = {.text = text};

    write_key(&writing, "kind=%s", kind_names[fault->kind]);
    write_place(&writing, spec);
    if (spec->has_chip) {
        write_key(&writing, ",chip=%u", spec->chip);
    } else if (fault->kind != DRAM_FAULT_ADDRESS) {
        write_cells(&writing, &fault->mask);
    } else {
        write_key(&writing, ",line=%s%u", lines[fault->line].name, fault->line_bit);
        write_key(&writing, ",parity=%s", fault->has_parity ? "on" : "off");
    }
    if (fault->kind != DRAM_FAULT_FLIP) write_key(&writing, ",value=%d", fault->value);
    if (spec->has_when) write_time(&writing, spec->when);
}

static bool is_same_fault(const struct dram_fault *a, const struct dram_fault *b)
{
    const struct dram_address *at = &a->where;
    const struct dram_address *other = &b->where;

    return a->kind == b->kind && a->mask.data == b->mask.data && a->mask.check == b->mask.check &&
           a->value == b->value && a->line == b->line && a->line_bit == b->line_bit &&
           a->has_parity == b->has_parity && at->imc == other->imc &&
           at->channel == other->channel && at->dimm == other->dimm && at->rank == other->rank &&
           at->bank_group == other->bank_group && at->bank == other->bank &&
           at->column == other->column && at->row == other->row;
}

bool fault_spec_equal(const struct fault_spec *a, const struct fault_spec *b)
{
    return a->has_when == b->has_when && a->when == b->when && a->has_addr == b->has_addr &&
           a->addr == b->addr && a->has_chip == b->has_chip && a->chip == b->chip &&
           is_same_fault(&a->fault, &b->fault);
}

/* ---- Planting ---- */

void fault_spec_keep_place(struct dram_fault *fault)
{
    const uint32_t keys = kind_keys[fault->kind];
    struct dram_address *where = &fault->where;

    if ((keys & BIT32(KEY_RANK)) == 0) where->rank = 0;
    if ((keys & BIT32(KEY_BG)) == 0) where->bank_group = 0;
    if ((keys & BIT32(KEY_BANK)) == 0) where->bank = 0;
    if ((keys & BIT32(KEY_ROW)) == 0) where->row = 0;
    if ((keys & BIT32(KEY_COL)) == 0) where->column = 0;
}

/* The first number of the place that is not below what the module has. */
static int check_place(const struct dram_fault *fault, const struct dimm *dimm, unsigned socket,
                       struct error *err)
{
    const struct dram_address *at = &fault->where;

    if (at->rank >= dimm->ranks) {
        return error_usage(err, "rank=%u: the module in socket %s has ranks 0 to %u", at->rank,
                           dimm_socket_name(socket), dimm->ranks - 1u);
    }
    if (at->row >= BIT(dimm->row_bits)) {
        return error_usage(err,
                           "row=0x%" PRIx32 ": the module in socket %s has rows 0 to 0x%" PRIx64,
                           at->row, dimm_socket_name(socket), BIT(dimm->row_bits) - 1);
    }
    if (fault->kind == DRAM_FAULT_ADDRESS && fault->line == DRAM_LINE_ROW &&
        fault->line_bit >= dimm->row_bits) {
        return error_usage(err, "line=row%u: the module in socket %s has row lines row0 to row%u",
                           fault->line_bit, dimm_socket_name(socket), dimm->row_bits - 1u);
    }
    return 0;
}

int fault_spec_check(const struct fault_spec *spec, const struct dimm_set *dimms, struct error *err)
{
    const struct dram_fault *fault = &spec->fault;
    const unsigned socket = dram_socket(&fault->where);
    const struct dimm *dimm = socket < DIMM_SOCKETS ? &dimms->socket[socket] : NULL;
    const unsigned code_bits = dimm != NULL && dimm->has_ecc ? DIMM_CODE_BITS : DIMM_DATA_BITS;

    if (spec->has_addr) return 0;
    if (dimm == NULL || dimm->bytes == 0) {
        return error_usage(err, "dimm=%u: there is no module in this socket", socket);
    }
    if (check_place(fault, dimm, socket, err) != 0) return -1;
    if (spec->has_chip && spec->chip * dimm->width >= code_bits) {
        return error_usage(err, "chip=%u: a rank of the module in socket %s has chips 0 to %u",
                           spec->chip, dimm_socket_name(socket), code_bits / dimm->width - 1);
    }
    if (dimm->has_ecc || fault->mask.check == 0 || fault->kind == DRAM_FAULT_DIMM) return 0;
    return error_usage(err, "bit=%u: the module in socket %s has no check bits, only bits 0 to 63",
                       DIMM_DATA_BITS + (unsigned)__builtin_ctz(fault->mask.check),
                       dimm_socket_name(socket));
}

/* What depends on the module. */
static void fit_cells(const struct fault_spec *spec, const struct dimm *dimm,
                      struct dram_fault *fault)
{
    if (spec->has_chip) {
        fault->mask = fault_spec_lanes(spec->chip, dimm->width,
                                       dimm->has_ecc ? DIMM_CODE_BITS : DIMM_DATA_BITS);
    } else if (!dimm->has_ecc && fault->kind == DRAM_FAULT_DIMM) {
        fault->mask.check = 0;
    }
}

int fault_spec_plant(struct machine *machine, const struct fault_spec *spec, struct error *err)
{
    const struct dimm_set *dimms = machine_dimms(machine);
    struct fault_spec placed = *spec;
    struct dram_fault *fault = &placed.fault;

    if (spec->has_addr) {
        if (!machine_fault_place(machine, spec->addr, &fault->where)) {
            return error_usage(err, "addr=0x%" PRIx64 ": no memory is decoded at this address",
                               spec->addr);
        }
        fault_spec_keep_place(fault);
        placed.has_addr = false;
    }
    if (fault_spec_check(&placed, dimms, err) != 0) return -1;
    fit_cells(&placed, &dimms->socket[dram_socket(&fault->where)], fault);
    return machine_fault_plant(machine, fault, err);
}
