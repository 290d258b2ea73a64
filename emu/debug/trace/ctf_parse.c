/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes the metadata of a trace apart. Not a parser of TSDL: what our writer wrote is what is known, letter
 * by letter, and anything else is refused with its line.
 */
#include <string.h>

#include "emu/debug/trace/ctf_internal.h"

struct scanner {
    const char *text;
    const char *at; /* the zero at the end stops every step */
    const char *end;
};

static bool is_next(const struct scanner *scanner, const char *literal)
{
    const size_t length = strlen(literal);

    return (size_t)(scanner->end - scanner->at) >= length &&
           memcmp(scanner->at, literal, length) == 0;
}

static bool skip(struct scanner *scanner, const char *literal)
{
    if (!is_next(scanner, literal)) return false;
    scanner->at += strlen(literal);
    return true;
}

/* Decimal, without leading zeros. */
static bool take_number(struct scanner *scanner, unsigned *value)
{
    const char *start = scanner->at;

    *value = 0;
    while (*scanner->at >= '0' && *scanner->at <= '9') {
        if (scanner->at - start >= 6) return false;
        *value = *value * 10 + (unsigned)(*scanner->at - '0');
        scanner->at++;
    }
    return scanner->at != start && (*start != '0' || scanner->at == start + 1);
}

/* Printable characters up to, without, `stop`. */
static bool take_text(struct scanner *scanner, char stop, char *text, size_t bytes)
{
    size_t length = 0;

    while (*scanner->at != stop) {
        if (*scanner->at < ' ' || *scanner->at > '~' || length + 1 >= bytes) return false;
        text[length] = *scanner->at;
        length++;
        scanner->at++;
    }
    text[length] = '\0';
    return true;
}

/* One declaration while it is read. */
struct declaration {
    char name[2 * CTF_NAME_BYTES];
    char path[CTF_NAME_BYTES];
    char fields[TRACE_ARGS][CTF_NAME_BYTES];
    unsigned device;
    struct trace_type type;
};

static bool take_fields(struct scanner *scanner, struct declaration *found)
{
    struct trace_type *type = &found->type;

    while (!is_next(scanner, " }")) {
        const unsigned i = type->field_count;

        if (i >= TRACE_ARGS) return false;
        type->is_text[i] = skip(scanner, " string _");
        if (!type->is_text[i] && !skip(scanner, " hex64_t _")) return false;
        if (!take_text(scanner, ';', found->fields[i], CTF_NAME_BYTES)) return false;
        if (!skip(scanner, ";")) return false;
        type->fields[i] = found->fields[i];
        type->field_count++;
    }
    return skip(scanner, " };\n};\n");
}

static bool take_declaration(struct scanner *scanner, size_t number, struct declaration *found)
{
    unsigned id;
    unsigned loglevel;

    *found = (struct declaration){.device = 0};
    if (!skip(scanner, "event {\n  id = ") || !take_number(scanner, &id)) return false;
    if (id != number || !skip(scanner, ";\n  name = \"")) return false;
    if (!take_text(scanner, '"', found->name, sizeof(found->name))) return false;
    if (!skip(scanner, "\";\n  stream_id = 0;\n  loglevel = ")) return false;
    if (!take_number(scanner, &loglevel)) return false;
    if (!ctf_level_of(loglevel, &found->type.level)) return false;
    if (!skip(scanner, ";\n  context := struct { enum : uint16_t { \"")) return false;
    if (!take_text(scanner, '"', found->path, sizeof(found->path))) return false;
    if (!skip(scanner, "\" = ") || !take_number(scanner, &found->device)) return false;
    if (!skip(scanner, " } _device; };\n  fields := struct {")) return false;
    return take_fields(scanner, found);
}

/* The event's name behind that of its device and the dot; NULL: it does not begin so. */
static const char *event_name(const struct declaration *found)
{
    const size_t length = strlen(found->path);

    if (strncmp(found->name, found->path, length) != 0 || found->name[length] != '.') return NULL;
    return found->name + length + 1;
}

static int add(struct ctf_classes *classes, struct declaration *found, struct error *err)
{
    const struct ctf_class *class;

    found->type.name = event_name(found);
    if (found->type.name == NULL) {
        return error_host(err, "the event '%s' is not called after its device", found->name);
    }
    if (ctf_classes_find(classes, found->path, &found->type) != NULL) {
        return error_host(err, "the event '%s' is declared twice", found->name);
    }
    class = ctf_classes_add(classes, found->path, &found->type, err);
    if (class == NULL) return -1;
    if (class->device == found->device) return 0;
    return error_host(err, "the device '%s' has another number than before", found->path);
}

static unsigned line_of(const struct scanner *scanner)
{
    unsigned line = 1;

    for (const char *c = scanner->text; c < scanner->at; c++) {
        line += *c == '\n';
    }
    return line;
}

int ctf_metadata_parse(const char *text, size_t bytes, char machine[CTF_MACHINE_BYTES],
                       struct ctf_classes *classes, struct error *err)
{
    struct scanner scanner = {.text = text, .at = text, .end = text + bytes};
    struct declaration found;

    if (!skip(&scanner, ctf_metadata_before) ||
        !take_text(&scanner, '"', machine, CTF_MACHINE_BYTES) ||
        !skip(&scanner, ctf_metadata_behind)) {
        return error_host(err, "these are not the metadata of a trace that spacegray wrote");
    }
    while (scanner.at < scanner.end) {
        if (!take_declaration(&scanner, classes->count, &found)) {
            return error_host(err, "line %u is not one that spacegray writes", line_of(&scanner));
        }
        if (add(classes, &found, err) != 0) return -1;
    }
    return 0;
}
