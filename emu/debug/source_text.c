/* SPDX-License-Identifier: GPL-2.0-only */
/* Sources as they would be typed: what `list` shows can be given back. */
#include "emu/debug/debugger_internal.h"

#include <inttypes.h>
#include <stdio.h>

static const char *access_text(const struct source *source)
{
    if (source->on_read && source->on_write) return "rw";
    return source->on_read ? "r" : "w";
}

static void reg_text(const struct debugger *debugger, const struct source *source, char *text)
{
    const char *device = names_short(debugger->observer, source->device);
    const char *field = source->field != NULL ? source->field->name : "";
    char index[16] = "";

    if (source->has_index) {
        (void)snprintf(index, sizeof(index), "[%u]", source->place.index);
    }
    (void)snprintf(text, DEBUGGER_SOURCE_BYTES, "reg %s.%s%s%s%s %s", device,
                   source->place.reg->name, index, *field != '\0' ? "." : "", field,
                   access_text(source));
}

static void range_text(const struct source *source, const char *keyword, char *text)
{
    (void)snprintf(text, DEBUGGER_SOURCE_BYTES, "%s 0x%" PRIx64 " %s %" PRIu64, keyword,
                   source->first, access_text(source), source->last - source->first + 1);
}

static void lba_text(const struct source *source, char *text)
{
    (void)snprintf(text, DEBUGGER_SOURCE_BYTES, "lba %" PRIu64 "..%" PRIu64 " %s", source->first,
                   source->last, access_text(source));
}

const char *source_text(const struct debugger *debugger, const struct source *source,
                        char text[DEBUGGER_SOURCE_BYTES])
{
    const size_t bytes = DEBUGGER_SOURCE_BYTES;
    const char *device =
        source->device != NULL ? names_short(debugger->observer, source->device) : "machine";

    switch (source->kind) {
    case SOURCE_REG: reg_text(debugger, source, text); break;
    case SOURCE_BAR:
        (void)snprintf(text, bytes, "bar %s.%u %s", device, source->bar, access_text(source));
        break;
    case SOURCE_MEM: range_text(source, "mem", text); break;
    case SOURCE_PHYS: range_text(source, "phys", text); break;
    case SOURCE_PORT: range_text(source, "port", text); break;
    case SOURCE_LINE: (void)snprintf(text, bytes, "irq %s:%s", device, source->line->name); break;
    case SOURCE_LAPIC:
        (void)snprintf(text, bytes, "irq %s:0x%" PRIx64, device, source->first);
        break;
    case SOURCE_VECTOR: (void)snprintf(text, bytes, "vector %" PRIu64, source->first); break;
    case SOURCE_MSR:
        (void)snprintf(text, bytes, "msr 0x%" PRIx64 " %s", source->first, access_text(source));
        break;
    case SOURCE_LBA: lba_text(source, text); break;
    case SOURCE_EVENT: (void)snprintf(text, bytes, "ev %s", source->pattern); break;
    case SOURCE_PIXEL: (void)snprintf(text, bytes, "pixel %u,%u", source->x, source->y); break;
    case SOURCE_PC: (void)snprintf(text, bytes, "pc 0x%" PRIx64, source->first); break;
    }
    return text;
}
