/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metadata of a trace in TSDL, the language of CTF 1.8 for it, as plain text. It is only ever added to:
 * a kind of event is declared before the first packet that has one of it. All integers are little-endian and
 * begin at a byte, so there is no padding anywhere.
 */
#include <inttypes.h>

#include "emu/base/bits.h"
#include "emu/debug/trace/ctf_internal.h"

const char ctf_metadata_before[] =
    "/* CTF 1.8 */\n"
    "typealias integer { size = 8; align = 8; signed = false; } := uint8_t;\n"
    "typealias integer { size = 16; align = 8; signed = false; } := uint16_t;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := uint32_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := uint64_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; base = 16; } := hex64_t;\n"
    "trace {\n"
    "  major = 1;\n"
    "  minor = 8;\n"
    "  byte_order = le;\n"
    "  packet.header := struct { uint32_t magic; uint32_t stream_id; };\n"
    "};\n"
    "env {\n"
    "  tracer_name = \"spacegray\";\n"
    "  tracer_major = 1;\n"
    "  machine = \"";

const char ctf_metadata_behind[] =
    "\";\n"
    "};\n"
    "clock {\n"
    "  name = virtual;\n"
    "  description = \"Virtual time since power-on, picoseconds\";\n"
    "  freq = 1000000000000;\n"
    "  offset_s = 0;\n"
    "  offset = 0;\n"
    "};\n"
    "typealias integer {\n"
    "  size = 64; align = 8; signed = false; map = clock.virtual.value;\n"
    "} := vtime_t;\n"
    "stream {\n"
    "  id = 0;\n"
    "  packet.context := struct {\n"
    "    vtime_t timestamp_begin;\n"
    "    vtime_t timestamp_end;\n"
    "    uint64_t content_size;\n"
    "    uint64_t packet_size;\n"
    "    uint64_t packet_seq_num;\n"
    "  };\n"
    "  event.header := struct { uint16_t id; vtime_t timestamp; };\n"
    "  event.context := struct { uint64_t _seq; uint64_t _cause; hex64_t _pc; uint8_t _core; };\n"
    "};\n";

/* LTTng's numbers, which Trace Compass and babeltrace2 show as INFO, WARNING and NOTICE. */
static const unsigned loglevels[] = {
    [TRACE_LEVEL_NORMAL] = 6,
    [TRACE_LEVEL_GUEST_ERROR] = 4,
    [TRACE_LEVEL_UNIMPL] = 5,
};

unsigned ctf_loglevel(enum trace_level level)
{
    return loglevels[level];
}

bool ctf_level_of(uint64_t loglevel, enum trace_level *level)
{
    for (size_t i = 0; i < ARRAY_LEN(loglevels); i++) {
        *level = (enum trace_level)i;
        if (loglevels[i] == loglevel) return true;
    }
    return false;
}

void ctf_metadata_put_head(FILE *file, const char *machine)
{
    (void)fputs(ctf_metadata_before, file);
    for (size_t i = 0; machine[i] != '\0' && i + 1 < CTF_MACHINE_BYTES; i++) {
        const char c = machine[i];

        /* The description is for people; what TSDL would want escaped is not worth it. */
        (void)fputc(c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c, file);
    }
    (void)fputs(ctf_metadata_behind, file);
}

void ctf_metadata_put_class(FILE *file, const struct ctf_class *class)
{
    (void)fprintf(file,
                  "event {\n"
                  "  id = %u;\n"
                  "  name = \"%s.%s\";\n"
                  "  stream_id = 0;\n"
                  "  loglevel = %u;\n"
                  "  context := struct { enum : uint16_t { \"%s\" = %u } _device; };\n"
                  "  fields := struct {",
                  class->number, class->path, class->type.name, ctf_loglevel(class->type.level),
                  class->path, class->device);
    for (unsigned i = 0; i < class->type.field_count; i++) {
        (void)fprintf(file, " %s _%s;", class->type.is_text[i] ? "string" : "hex64_t",
                      class->type.fields[i]);
    }
    (void)fputs(" };\n};\n", file);
}
