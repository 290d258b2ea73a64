/* SPDX-License-Identifier: GPL-2.0-only */
/* Packing of events: see log_codec.h. */
#include "emu/debug/trace/log_codec.h"

#include <stdlib.h>
#include <string.h>

#define FLAG_CORE   0x01u /* the core is another one */
#define FLAG_PC     0x02u /* the pc is another one */
#define CAUSE_SHIFT 2     /* two bits: enum cause */
#define ARGS_SHIFT  4 /* four bits: values that differ from those of the last event of this class */

enum cause {
    CAUSE_NONE,   /* 0 */
    CAUSE_SAME,   /* as the event before */
    CAUSE_BEFORE, /* the event before itself */
    CAUSE_OTHER,  /* a number follows: how many events back */
};

#define VARINT_BYTES_MAX 10u

void log_codec_release(struct log_codec *codec)
{
    free(codec->values);
    *codec = (struct log_codec){.values = NULL};
}

bool log_codec_reserve(struct log_codec *codec, uint32_t classes)
{
    struct log_values *values;

    if (classes <= codec->class_room) return true;
    values = realloc(codec->values, classes * sizeof(*values));
    if (values == NULL) return false;
    memset(&values[codec->class_room], 0, (classes - codec->class_room) * sizeof(*values));
    codec->values = values;
    codec->class_room = classes;
    return true;
}

bool log_codec_begin(struct log_codec *codec, uint64_t first, uint32_t classes)
{
    if (codec->class_room > 0) {
        memset(codec->values, 0, codec->class_room * sizeof(*codec->values));
    }
    codec->last = (struct log_event){.seq = first - 1};
    return log_codec_reserve(codec, classes);
}

/* ---- Integers ---- */

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        *out++ = (uint8_t)(value | 0x80);
    }
    *out++ = (uint8_t)value;
    return out;
}

/* Small differences of either sign as small numbers. */
static uint64_t fold(uint64_t difference)
{
    return difference << 1 ^ (0 - (difference >> 63));
}

static uint64_t unfold(uint64_t folded)
{
    return folded >> 1 ^ (0 - (folded & 1));
}

/* What is left to read; `data` becomes NULL when something was wrong. */
struct rest {
    const uint8_t *data;
    const uint8_t *end;
};

static uint64_t get_varint(struct rest *rest)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_BYTES_MAX && rest->data != NULL && rest->data < rest->end;
         i++) {
        const uint8_t byte = *rest->data++;

        if (i == VARINT_BYTES_MAX - 1 && byte > 1) break;
        value |= (uint64_t)(byte & 0x7fu) << (7 * i);
        if (byte < 0x80) return value;
    }
    rest->data = NULL;
    return 0;
}

/* ---- Events ---- */

static enum cause cause_of(const struct log_event *event, const struct log_event *last)
{
    if (event->cause == 0) return CAUSE_NONE;
    if (event->cause == last->cause) return CAUSE_SAME;
    return event->cause == event->seq - 1 ? CAUSE_BEFORE : CAUSE_OTHER;
}

size_t log_codec_put(struct log_codec *codec, const struct log_event *event, uint8_t *data)
{
    struct log_event *last = &codec->last;
    struct log_values *values = &codec->values[event->class_id];
    const enum cause cause = cause_of(event, last);
    unsigned flags = (unsigned)cause << CAUSE_SHIFT;
    uint8_t *out = data;
    uint8_t *flags_at;

    out = put_varint(out, event->class_id);
    flags_at = out++;
    out = put_varint(out, fold(event->when - last->when));
    if (event->core != last->core) {
        flags |= FLAG_CORE;
        *out++ = event->core;
    }
    if (event->pc != last->pc) {
        flags |= FLAG_PC;
        out = put_varint(out, fold(event->pc - last->pc));
    }
    if (cause == CAUSE_OTHER) {
        out = put_varint(out, fold(event->seq - event->cause));
    }
    for (unsigned i = 0; i < TRACE_ARGS; i++) {
        if (event->args[i] == values->args[i]) continue;
        flags |= 1u << (ARGS_SHIFT + i);
        out = put_varint(out, fold(event->args[i] - values->args[i]));
        values->args[i] = event->args[i];
    }
    *flags_at = (uint8_t)flags;
    *last = *event;
    return (size_t)(out - data);
}

static uint64_t get_cause(struct rest *rest, unsigned flags, const struct log_event *event,
                          const struct log_event *last)
{
    switch ((enum cause)(flags >> CAUSE_SHIFT & 3u)) {
    case CAUSE_NONE: break;
    case CAUSE_SAME: return last->cause;
    case CAUSE_BEFORE: return event->seq - 1;
    case CAUSE_OTHER: return event->seq - unfold(get_varint(rest));
    }
    return 0;
}

size_t log_codec_get(struct log_codec *codec, const uint8_t *data, size_t bytes, uint32_t classes,
                     struct log_event *event)
{
    struct log_event *last = &codec->last;
    struct rest rest = {.data = data, .end = data + bytes};
    const uint64_t class_id = get_varint(&rest);
    struct log_values *values;
    unsigned flags;

    if (rest.data == NULL || rest.data == rest.end || class_id >= classes) return 0;
    flags = *rest.data++;
    values = &codec->values[class_id];
    *event = *last;
    event->seq = last->seq + 1;
    event->class_id = (uint32_t)class_id;
    event->when += unfold(get_varint(&rest));
    if ((flags & FLAG_CORE) != 0) {
        if (rest.data == NULL || rest.data == rest.end) return 0;
        event->core = *rest.data++;
    }
    if ((flags & FLAG_PC) != 0) {
        event->pc += unfold(get_varint(&rest));
    }
    event->cause = get_cause(&rest, flags, event, last);
    for (unsigned i = 0; i < TRACE_ARGS; i++) {
        if ((flags >> (ARGS_SHIFT + i) & 1u) == 0) continue;
        values->args[i] += unfold(get_varint(&rest));
    }
    if (rest.data == NULL) return 0;
    memcpy(event->args, values->args, sizeof(event->args));
    *last = *event;
    return (size_t)(rest.data - data);
}
