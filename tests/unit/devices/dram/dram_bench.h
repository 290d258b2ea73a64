/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench for the DRAM alone: four modules of 512 MiB, registers of memory controllers that decode
 * them as one stretch from address 0, host memory, and a core that announces what it does. What is
 * reported is kept.
 */
#pragma once

#include "devices/memory/dram.h"
#include "tests/lib/rig.h"

#define DB_BYTES   (UINT64_C(2) << 30)
#define DB_REPORTS 256u
#define DB_ROWS    0x1000u
#define DB_PERIOD  VTIME_S(100)

struct db_options {
    bool has_no_ecc;
    bool has_no_scrub;  /* demand scrub */
    bool has_patrol;    /* in DB_PERIOD */
    bool is_close_page; /* the controllers' page policy */
};

struct db {
    struct rig *rig;
    struct device *dut;
    uint8_t *host; /* DB_BYTES, zero at first */
    struct imc_layout layout;
    struct dram_error reports[DB_REPORTS]; /* the first ones since db_forget() */
    size_t report_count;
    size_t change_count;
    uint64_t change_addr; /* of the last one */
    size_t guard_count;
    uint64_t hash; /* over all calls of the environment */
};

/* At power-on, everything decoded. */
void db_create(struct db *db, const struct db_options *options);
void db_destroy(struct db *db);
/* The layout of the 2 GiB, or none at all; tells the DRAM. */
void db_decode(struct db *db, bool is_on, bool is_close_page);
/* Forgets what was reported and counted. */
void db_forget(struct db *db);
/* Announces and does. False: poisoned, at `*poison`. */
bool db_read(struct db *db, enum dram_access_kind kind, uint64_t addr, void *data, unsigned bytes,
             uint64_t *poison);
void db_write(struct db *db, enum dram_access_kind kind, uint64_t addr, const void *data,
              unsigned bytes);
/* A core's 8 bytes; the read must be good. */
uint64_t db_get(struct db *db, uint64_t addr);
void db_put(struct db *db, uint64_t addr, uint64_t data);
bool db_is_poisoned(struct db *db, uint64_t addr);
/* Host memory without anybody knowing. */
uint64_t db_peek(const struct db *db, uint64_t addr);
void db_poke(struct db *db, uint64_t addr, uint64_t data);
/* Where the word at `addr` is, and back. */
struct dram_address db_place(const struct db *db, uint64_t addr);
/* Of a place that is decoded. */
uint64_t db_addr(const struct db *db, const struct dram_address *at);
/* A fault with the mask of the bits that are on in `data` and `check`. */
struct dram_fault db_fault(const struct db *db, enum dram_fault_kind kind, uint64_t addr,
                           uint64_t data, uint8_t check);
/* Must succeed. */
void db_plant(struct db *db, const struct dram_fault *fault);
/* A FLIP at `addr`. */
void db_flip(struct db *db, uint64_t addr, uint64_t data, uint8_t check);
