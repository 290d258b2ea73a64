/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory: what is in the sockets, and which addresses lead there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_SOCKETS    4 /* one on each channel */
#define MEMORY_ZONES_MAX  8
#define MEMORY_PART_BYTES 20

/* One module, as its SPD EEPROM tells. Capacity = 2^(row_bits + column_bits) * ranks * 16 banks * 8 bytes. */
struct memory_module {
    uint64_t bytes; /* without check bits; 0: the socket is empty, and nothing else counts */
    uint8_t ranks;
    uint8_t width; /* bits of one chip */
    uint8_t row_bits;
    uint8_t column_bits;
    bool has_ecc;
    uint16_t speed;  /* MT/s */
    uint16_t maker;  /* JEP-106: SPD byte 320 in the high half, 321 in the low one */
    uint32_t serial; /* SPD byte 325 highest */
    char part[MEMORY_PART_BYTES + 1];
};

/* A stretch of addresses of which one line of 64 bytes after the other goes to the next of `ways` sockets. */
struct memory_zone {
    uint64_t base;
    uint64_t end;  /* first address behind, a multiple of 1 MiB */
    unsigned ways; /* 1, 2 or 4; 0: nobody knows which modules, if any, are behind */
    uint8_t socket[MEMORY_SOCKETS]; /* ascending */
    uint64_t start[MEMORY_SOCKETS]; /* where the zone begins in the module of socket[way] */
};

/* What the user asked for. */
struct memory_wishes {
    uint64_t limit;      /* no more than that, a multiple of 1 MiB; 0: all */
    bool is_closed_page; /* rows are closed behind each access */
};

struct memory {
    bool is_closed_page;
    uint64_t low_end;  /* first address that is not RAM below 4 GiB, a multiple of 1 MiB */
    uint64_t high_end; /* first address behind RAM above 4 GiB; 4 GiB when there is none */
    struct memory_module module[MEMORY_SOCKETS];
    unsigned zone_count;
    struct memory_zone zone[MEMORY_ZONES_MAX]; /* by address; they do not overlap */
};
