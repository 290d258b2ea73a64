/* SPDX-License-Identifier: GPL-2.0-only */
/* The panel's EDIDs, written field by field from tables of facts. */
#include "roms/panel/panel.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BLOCK_BYTES 128u

/* Little-endian scalars and single bytes are appended here; a block's checksum closes it. */
struct writer {
    uint8_t *block;
    size_t at;
};

/* One direction of a video timing: pixels or lines. */
struct span {
    uint16_t active;
    uint16_t front_porch;
    uint16_t sync;
    uint16_t back_porch;
    bool is_positive; /* polarity of the sync pulse */
};

struct timing {
    uint32_t clock_10khz;
    struct span h;
    struct span v;
    uint8_t aspect; /* DisplayID 1.3, 4.4.1: 4 = 16:9, 8 = none of the listed */
};

struct identity {
    uint16_t product;
    uint16_t width_mm;
    uint16_t height_mm;
    const char *name;             /* at most 12 characters */
    const struct timing *timings; /* the first one is preferred */
    size_t timing_count;
};

#define ASPECT_16_9  4u
#define ASPECT_OTHER 8u

/* hardware.md 6; the first row is one tile, the others need one link only. */
static const struct timing tile_timings[] = {
    {48325, {2560, 48, 32, 80, true}, {2880, 3, 10, 69, false}, ASPECT_OTHER},
};
static const struct timing root_timings[] = {
    {53325, {3840, 48, 32, 80, true}, {2160, 3, 5, 54, false}, ASPECT_16_9},
    {24150, {2560, 48, 32, 80, true}, {1440, 3, 5, 33, false}, ASPECT_16_9},
};

/* 299x336 mm a tile [EDID]; the glass is both together. Product codes: [5KDOC]. */
static const struct identity identities[PANEL_EDIDS] = {
    [PANEL_EDID_ROOT] = {0xae1d, 597, 336, "iMac", root_timings, 2},
    [PANEL_EDID_LEFT] = {0xae1e, 299, 336, "iMac", tile_timings, 1},
    [PANEL_EDID_RIGHT] = {0xae1e, 299, 336, "iMac", tile_timings, 1},
};

static const char vendor[] = "APP"; /* Apple's PNP id */

#define SERIAL_NUMBER UINT32_C(0x20171214) /* chosen */
#define MADE_WEEK     50u
#define MADE_YEAR     2017u

static void put8(struct writer *w, unsigned value)
{
    w->block[w->at] = (uint8_t)value;
    w->at++;
}

static void put16(struct writer *w, unsigned value)
{
    put8(w, value & 0xff);
    put8(w, value >> 8);
}

static void put32(struct writer *w, uint32_t value)
{
    put16(w, value & 0xffff);
    put16(w, value >> 16);
}

static void fill_to(struct writer *w, size_t end, unsigned value)
{
    while (w->at < end)
        put8(w, value);
}

static uint8_t checksum(const uint8_t *from, size_t bytes)
{
    unsigned sum = 0;

    for (size_t i = 0; i < bytes; i++)
        sum += from[i];
    return (uint8_t)(0u - sum);
}

static unsigned blanking(const struct span *span)
{
    return (unsigned)span->front_porch + span->sync + span->back_porch;
}

/* ---- Base block (E-EDID A.2, 3) ---- */

/* Three letters of five bits, big-endian. */
static void put_manufacturer(struct writer *w)
{
    unsigned code = 0;

    for (size_t i = 0; i < 3; i++)
        code = code << 5 | (unsigned)(vendor[i] - 'A' + 1);
    put8(w, code >> 8);
    put8(w, code & 0xff);
}

/* Display P3 with white D65: x and y in 1/1024, the two low bits of all eight first. */
static void put_chromaticity(struct writer *w)
{
    static const uint16_t points[8] = {696, 328, 271, 707, 154, 61, 320, 337};

    for (size_t i = 0; i < 8; i += 4) {
        put8(w, (points[i] & 3u) << 6 | (points[i + 1] & 3u) << 4 | (points[i + 2] & 3u) << 2 |
                    (points[i + 3] & 3u));
    }
    for (size_t i = 0; i < 8; i++)
        put8(w, points[i] >> 2);
}

/* Detailed timing descriptor, 3.10.2. */
static void put_descriptor_timing(struct writer *w, const struct timing *t,
                                  const struct identity *who)
{
    put16(w, t->clock_10khz);
    put8(w, t->h.active & 0xffu);
    put8(w, blanking(&t->h) & 0xff);
    put8(w, (t->h.active >> 8 & 0xfu) << 4 | (blanking(&t->h) >> 8 & 0xf));
    put8(w, t->v.active & 0xffu);
    put8(w, blanking(&t->v) & 0xff);
    put8(w, (t->v.active >> 8 & 0xfu) << 4 | (blanking(&t->v) >> 8 & 0xf));
    put8(w, t->h.front_porch & 0xffu);
    put8(w, t->h.sync & 0xffu);
    put8(w, (t->v.front_porch & 0xfu) << 4 | (t->v.sync & 0xfu));
    put8(w, (t->h.front_porch >> 8 & 3u) << 6 | (t->h.sync >> 8 & 3u) << 4 |
                (t->v.front_porch >> 4 & 3u) << 2 | (t->v.sync >> 4 & 3u));
    put8(w, who->width_mm & 0xffu);
    put8(w, who->height_mm & 0xffu);
    put8(w, (who->width_mm >> 8 & 0xfu) << 4 | (who->height_mm >> 8 & 0xfu));
    put16(w, 0); /* no borders */
    /* Not interlaced, no stereo, separate digital sync. */
    put8(w, 0x18u | (t->v.is_positive ? 4u : 0) | (t->h.is_positive ? 2u : 0));
}

static void put_descriptor_name(struct writer *w, const char *name)
{
    size_t end = w->at + 18;
    size_t length = strlen(name);

    put16(w, 0);
    put8(w, 0);
    put8(w, 0xfc); /* display product name */
    put8(w, 0);
    for (size_t i = 0; i < length; i++)
        put8(w, (unsigned char)name[i]);
    put8(w, '\n');
    fill_to(w, end, ' ');
}

static void put_descriptor_dummy(struct writer *w)
{
    put16(w, 0);
    put8(w, 0);
    put8(w, 0x10);
    fill_to(w, w->at + 14, 0);
}

static void build_base(uint8_t *block, const struct identity *who)
{
    static const uint8_t header[8] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
    struct writer w = {.block = block, .at = sizeof(header)};

    memcpy(block, header, sizeof(header));
    put_manufacturer(&w);
    put16(&w, who->product);
    put32(&w, SERIAL_NUMBER);
    put8(&w, MADE_WEEK);
    put8(&w, MADE_YEAR - 1990);
    put8(&w, 1);                 /* version 1, */
    put8(&w, 4);                 /* revision 4 */
    put8(&w, 0x80 | 3 << 4 | 5); /* digital, 10 bits a colour, DisplayPort */
    put8(&w, (who->width_mm + 5u) / 10);
    put8(&w, (who->height_mm + 5u) / 10);
    put8(&w, 120);  /* gamma 2.20 */
    put8(&w, 0x22); /* stand-by and friends: none; RGB 4:4:4; the preferred timing is native */
    put_chromaticity(&w);
    fill_to(&w, 38, 0);    /* no established timings */
    fill_to(&w, 54, 0x01); /* no standard timings */
    for (size_t i = 0; i < who->timing_count; i++) {
        put_descriptor_timing(&w, &who->timings[i], who);
    }
    put_descriptor_name(&w, who->name);
    while (w.at < 126)
        put_descriptor_dummy(&w);
    put8(&w, 1); /* one extension */
    put8(&w, checksum(block, BLOCK_BYTES - 1));
}

/* ---- DisplayID 1.3 extension ---- */

static void put_vendor(struct writer *w)
{
    for (size_t i = 0; i < 3; i++)
        put8(w, (unsigned char)vendor[i]);
}

static void put_tag(struct writer *w, unsigned tag, unsigned revision, unsigned payload)
{
    put8(w, tag);
    put8(w, revision);
    put8(w, payload);
}

/* 4.1: product identification. */
static void put_product(struct writer *w, const struct identity *who)
{
    put_tag(w, 0x00, 0, 12);
    put_vendor(w);
    put16(w, who->product);
    put32(w, SERIAL_NUMBER);
    put8(w, MADE_WEEK);
    put8(w, MADE_YEAR - 2000);
    put8(w, 0); /* no product string: the base block has the name */
}

/* 4.2: display parameters. */
static void put_parameters(struct writer *w, const struct identity *who)
{
    const struct timing *native = &who->timings[0];

    put_tag(w, 0x01, 0, 12);
    put16(w, who->width_mm * 10u);
    put16(w, who->height_mm * 10u);
    put16(w, native->h.active);
    put16(w, native->v.active);
    put8(w, 0x08); /* no audio, fixed timing and pixel format, de-interlacing does not apply */
    put8(w, 120);  /* gamma 2.20 */
    put8(w, native->h.active >= native->v.active
                ? (native->h.active * 100u + native->v.active / 2) / native->v.active - 100
                : (native->v.active * 100u + native->h.active / 2) / native->h.active - 100);
    put8(w, 9u << 4 | 9u); /* 10 bits a colour, on the link and on the glass */
}

static void put_span(struct writer *w, const struct span *span)
{
    put16(w, span->active - 1u);
    put16(w, blanking(span) - 1);
    put16(w, (span->front_porch - 1u) | (span->is_positive ? 0x8000u : 0));
    put16(w, span->sync - 1u);
}

/* 4.4.1: type I detailed timings. */
static void put_timings(struct writer *w, const struct identity *who)
{
    put_tag(w, 0x03, 0, (unsigned)who->timing_count * 20);
    for (size_t i = 0; i < who->timing_count; i++) {
        const struct timing *t = &who->timings[i];

        put16(w, (t->clock_10khz - 1) & 0xffff);
        put8(w, (t->clock_10khz - 1) >> 16);
        put8(w, (i == 0 ? 0x80u : 0) | t->aspect);
        put_span(w, &t->h);
        put_span(w, &t->v);
    }
}

/* 4.12: display interface: DisplayPort 1.2 of four lanes, inside the enclosure. */
static void put_interface(struct writer *w)
{
    put_tag(w, 0x0f, 0, 10);
    put8(w, 10u << 4 | 4u);   /* DisplayPort, lanes */
    put8(w, 0x12);            /* its version */
    put8(w, 0x04);            /* RGB with 10 bits a colour, */
    fill_to(w, w->at + 4, 0); /* nothing in YCbCr, no content protection, */
    put8(w, 0);               /* no spread spectrum */
    fill_to(w, w->at + 2, 0);
}

/* 4.14: tiled display topology. The two tiles share the topology's id. */
static void put_topology(struct writer *w, unsigned column)
{
    const struct timing *tile = &tile_timings[0];

    put_tag(w, 0x12, 0, 22);
    put8(w, 0x82); /* one enclosure; alone, a tile scales the picture to fit it */
    put8(w, (2u - 1) << 4 | (1u - 1)); /* columns, rows */
    put8(w, column << 4);
    put8(w, 0); /* high bits of the four */
    put16(w, tile->h.active - 1u);
    put16(w, tile->v.active - 1u);
    fill_to(w, w->at + 5, 0); /* no bezels */
    put_vendor(w);
    put16(w, identities[PANEL_EDID_LEFT].product);
    put32(w, SERIAL_NUMBER);
}

static void build_extension(uint8_t *block, enum panel_edid which)
{
    const struct identity *who = &identities[which];
    struct writer w = {.block = block, .at = 0};

    put8(&w, 0x70); /* E-EDID extension tag of DisplayID */
    put8(&w, 0x13); /* 1.3 */
    put8(&w, BLOCK_BYTES - 7);
    put8(&w, 2); /* a panel, not a stand-alone display */
    put8(&w, 0); /* no more sections */
    put_product(&w, who);
    put_parameters(&w, who);
    put_timings(&w, who);
    put_interface(&w);
    if (which != PANEL_EDID_ROOT) {
        put_topology(&w, which == PANEL_EDID_RIGHT);
    }
    fill_to(&w, BLOCK_BYTES - 2, 0);
    put8(&w, checksum(block + 1, BLOCK_BYTES - 3));
    put8(&w, checksum(block, BLOCK_BYTES - 1));
}

void panel_edid_build(enum panel_edid which, uint8_t out[PANEL_EDID_BYTES])
{
    build_base(out, &identities[which]);
    build_extension(out + BLOCK_BYTES, which);
}
