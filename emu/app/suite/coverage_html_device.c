/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of a device: each register with its fields, each kind of event; what was not touched stands out. */
#include <string.h>

#include "emu/app/suite/coverage_html.h"
#include "emu/base/bits.h"

#define COLUMNS 8u

/* ---- Fields ---- */

static void put_values(FILE *file, const struct coverage_field *field, uint64_t values)
{
    const unsigned width = field->hi - field->lo + 1u;
    const unsigned total = 1u << width;
    const unsigned seen = (unsigned)__builtin_popcountll(values);

    (void)fprintf(file, "<td class=\"m%s\" colspan=\"3\">", seen < 2 ? " gap" : "");
    for (unsigned i = 0; i < total; i++) {
        if ((values >> i & 1) != 0) (void)fprintf(file, "%x ", i);
    }
    if (width > 1) (void)fprintf(file, "<span class=\"dim\">(%u of %u values)</span>", seen, total);
    if (width == 1 && seen == 1) {
        (void)fprintf(file, "<span class=\"dim\">(never %u)</span>", values == 1 ? 1u : 0u);
    }
    (void)fputs("</td>", file);
}

/* Of a wide field: how many bits were both. */
static void put_toggled(FILE *file, const struct coverage_field *field,
                        const struct coverage_bits *bits)
{
    const unsigned width = field->hi - field->lo + 1u;
    const uint64_t both = bits_get(bits->as_zero & bits->as_one, field->hi, field->lo);

    (void)fprintf(file,
                  "<td class=\"m%s\" colspan=\"3\">%d of %u bits <span class=\"dim\">as 0 "
                  "and as 1</span></td>",
                  both == 0 ? " gap" : "", __builtin_popcountll(both), width);
}

static void put_seen(FILE *file, const struct coverage_field *field, uint64_t count,
                     const struct coverage_bits *bits, uint64_t values)
{
    if (count == 0) {
        (void)fputs("<td colspan=\"3\" class=\"dim\">&ndash;</td>", file);
    } else if (coverage_field_has_values(field)) {
        put_values(file, field, values);
    } else {
        put_toggled(file, field, bits);
    }
}

static void put_field(FILE *file, const struct coverage_register *reg,
                      const struct coverage_field *field)
{
    const uint64_t mask = bits_mask(field->hi - field->lo + 1u) << field->lo;
    char bits[16];

    if (field->hi == field->lo) {
        (void)snprintf(bits, sizeof(bits), "%u", field->hi);
    } else {
        (void)snprintf(bits, sizeof(bits), "%u:%u", field->hi, field->lo);
    }
    (void)fprintf(file, "<tr class=\"field%s\"><td class=\"m dim n\">%s</td><td class=\"name\">",
                  reg->reads + reg->writes == 0 ? " none" : "", bits);
    coverage_html_text(file, field->name);
    (void)fputs("</td>", file);
    put_seen(file, field, reg->reads, &reg->read, field->read_values);
    put_seen(file, field, (reg->writable & mask) != 0 ? reg->writes : 0, &reg->written,
             field->written_values);
    (void)fputs("</tr>\n", file);
}

/* ---- Registers ---- */

/* Number of accesses, bits that were 1, bits that were 0. */
static void put_accesses(FILE *file, const struct coverage_register *reg, uint64_t count,
                         const struct coverage_bits *bits)
{
    const int digits = 2 * reg->size;

    if (count == 0) {
        (void)fputs("<td class=\"n\"><span class=\"never\">never</span></td><td></td><td></td>",
                    file);
        return;
    }
    (void)fprintf(file,
                  "<td class=\"n\">%" PRIu64 "</td><td class=\"m\">%0*" PRIx64
                  "</td><td class=\"m\">%0*" PRIx64 "</td>",
                  count, digits, bits->as_one, digits, bits->as_zero);
}

static void put_register(FILE *file, const struct coverage_register *reg)
{
    (void)fprintf(file, "<tr%s><td class=\"m n\">%" PRIx32 "</td><td class=\"m\">",
                  reg->reads + reg->writes == 0 ? " class=\"none\"" : "", reg->offset);
    coverage_html_text(file, reg->name);
    if (reg->count > 1) {
        (void)fprintf(file, " <span class=\"dim\">&times; %" PRIu32 "</span>", reg->count);
    }
    (void)fputs("</td>", file);
    put_accesses(file, reg, reg->reads, &reg->read);
    if (reg->writable == 0 && reg->writes == 0) {
        (void)fputs("<td colspan=\"3\" class=\"dim\">read-only</td>", file);
    } else {
        put_accesses(file, reg, reg->writes, &reg->written);
    }
    (void)fputs("</tr>\n", file);
    for (size_t i = 0; i < reg->field_count; i++) {
        put_field(file, reg, &reg->fields[i]);
    }
}

static void put_registers(FILE *file, const struct coverage_device *device)
{
    const char *bank = "";

    (void)fputs("<h2>Registers</h2>\n<p>Bits as they were read and written, in hexadecimal: those "
                "that were 1 at least once, and those that were 0.</p>\n<div class=\"wide\"><table>"
                "\n<thead><tr><th class=\"n\">At</th><th>Register, fields</th>"
                "<th class=\"n\">Reads</th><th>as 1</th><th>as 0</th><th class=\"n\">Writes</th>"
                "<th>as 1</th><th>as 0</th></tr></thead>\n<tbody>\n",
                file);
    for (size_t i = 0; i < device->register_count; i++) {
        const struct coverage_register *reg = &device->registers[i];

        if (strcmp(bank, reg->bank) != 0) {
            (void)fprintf(file, "<tr class=\"bank\"><th colspan=\"%u\">", COLUMNS);
            coverage_html_text(file, reg->bank);
            (void)fputs("</th></tr>\n", file);
            bank = reg->bank;
        }
        put_register(file, reg);
    }
    (void)fputs("</tbody>\n</table></div>\n", file);
}

/* ---- Events ---- */

static void put_event(FILE *file, const struct coverage_event *event)
{
    (void)fprintf(file, "<tr%s><td>", event->count == 0 ? " class=\"none\"" : "");
    coverage_html_text(file, event->name);
    if (event->count == 0) {
        (void)fputs("</td><td class=\"n\"><span class=\"never\">never</span></td></tr>\n", file);
    } else {
        (void)fprintf(file, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n", event->count);
    }
}

static bool is_shown(const struct coverage_event *event, enum coverage_event_kind kind)
{
    return event->kind == kind && (kind == COVERAGE_EVENT_OWN || event->count > 0);
}

static void put_events(FILE *file, const struct coverage_device *device,
                       enum coverage_event_kind kind, const char *title)
{
    size_t count = 0;

    for (size_t i = 0; i < device->event_count; i++) {
        if (is_shown(&device->events[i], kind)) count++;
    }
    if (count == 0) return;
    (void)fprintf(file,
                  "<h2>%s</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Kind</th>"
                  "<th class=\"n\">How often</th></tr></thead>\n<tbody>\n",
                  title);
    for (size_t i = 0; i < device->event_count; i++) {
        if (is_shown(&device->events[i], kind)) put_event(file, &device->events[i]);
    }
    (void)fputs("</tbody>\n</table></div>\n", file);
}

void coverage_write_device(const struct coverage_report *report, size_t index, FILE *file)
{
    const struct coverage_device *device = &report->model->devices[index];
    struct coverage_shares shares = {.registers = {0}};

    coverage_count(device, &shares);
    coverage_html_begin(file, device->path);
    (void)fputs("<p><a href=\"index.html\">Coverage</a></p>\n<h1>", file);
    coverage_html_text(file, device->path);
    (void)fputs("</h1>\n<p>", file);
    coverage_html_text(file, device->class);
    (void)fputs("</p>\n<div class=\"tiles\">\n", file);
    coverage_html_tile(file, "registers touched", &shares.registers);
    coverage_html_tile(file, "registers read", &shares.read);
    coverage_html_tile(file, "writable ones written", &shares.written);
    coverage_html_tile(file, "fields exercised", &shares.fields);
    coverage_html_tile(file, "kinds of events", &shares.events);
    (void)fputs("</div>\n", file);
    if (device->register_count > 0) put_registers(file, device);
    put_events(file, device, COVERAGE_EVENT_OWN, "Events");
    put_events(file, device, COVERAGE_EVENT_ANY, "What any device may do");
    coverage_html_end(file);
}
