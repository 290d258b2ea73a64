/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine of cores, a little RAM and scripted surroundings, for tests of emu/cpu alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/cpu/cpu.h"
#include "tests/unit/cpu/guest.h"

#define GUEST_REPORTS_MAX  4096
#define GUEST_ACCESSES_MAX 256

struct timing;

struct guest_access {
    uint64_t addr;
    unsigned size;
    uint64_t value;
    bool is_write;
};

struct guest {
    struct cpu_set *set;
    struct timing *timing;
    uint8_t *ram;
    uint8_t *high;
    uint8_t *rom;
    uint8_t *video; /* GUEST_VIDEO_BYTES, lazily allocated; guest_move() puts it somewhere */
    void (*before_write)(struct guest *guest, uint64_t addr); /* may be NULL */
    /* Guarded pages; used when the guest was created with has_guards. */
    bool (*is_guarded)(struct guest *guest, uint64_t page);
    bool (*guard)(struct guest *guest, unsigned core, enum cpu_access kind, uint64_t addr,
                  unsigned bytes);
    /* Every access to devices and every acknowledge: where and what. May be NULL. */
    void (*watch)(struct guest *guest, unsigned core, uint64_t where, uint64_t value);
    uint8_t guards;                     /* last value of PORT_GUARDS */
    uint64_t poison;                    /* what guard() says is poisoned when it is false */
    void *test;                         /* the test's own */
    uint32_t report[GUEST_REPORTS_MAX]; /* 32-bit writes to PORT_REPORT */
    size_t report_count;
    char text[256];
    size_t text_bytes;
    struct guest_access access[GUEST_ACCESSES_MAX]; /* MMIO */
    size_t access_count;
    uint64_t mmio[512]; /* what MMIO_BASE + 8 * n reads; writes go there too */
    int vector[8];      /* interrupt waiting per core, -1: none */
    unsigned acks;
    uint8_t tpr[8];
    uint64_t apic_base[8];
};

#define GUEST_VIDEO_BYTES (UINT64_C(256) << 20)
/* `where` of watch(): an address, or one of these. */
#define GUEST_WATCH_PORT (UINT64_C(1) << 60) /* plus port */
#define GUEST_WATCH_ACK  (UINT64_C(2) << 60)

/* What runtime.S records for each exception. */
struct guest_record {
    uint64_t vector, error, rip, cs, rflags, rsp, ss, cr2;
};

struct guest_options {
    unsigned cores;           /* 0 = 1 */
    size_t code_buffer_bytes; /* 0 = default */
    bool has_guards;          /* the cores ask guest.is_guarded and guest.guard */
};

/* Code between two labels, put at GUEST_CODE and entered in this mode. */
struct guest *guest_create(uint8_t mode, const uint8_t *begin, const uint8_t *end,
                           const struct guest_options *options);
void guest_destroy(struct guest *guest);
struct cpu *guest_core(struct guest *guest, unsigned core);
/* Runs core 0 until it halts with interrupts off, stops for another reason, or `limit` has passed.
 */
enum cpu_stop guest_run(struct guest *guest, vtime limit);
/* create, run to HLT, check that it got there. */
struct guest *guest_run_all(uint8_t mode, const uint8_t *begin, const uint8_t *end);
/* Of a guest with two cores that runs `two_cores`: where core 1 starts. */
void guest_plant_second(struct guest *guest, uint64_t entry);
/* Video memory moves to `base` (0: nowhere). */
void guest_move(struct guest *guest, uint64_t base, bool is_watched);
struct guest_record guest_record(const struct guest *guest, size_t index);
size_t guest_record_count(const struct guest *guest);
uint64_t guest_u64(const struct guest *guest, uint64_t addr);
void guest_put_u64(struct guest *guest, uint64_t addr, uint64_t value);
void guest_raise(struct guest *guest, unsigned core, int vector);

/* A piece of code from snippets.S: extern labels name_begin and name_end. */
#define SNIPPET(name) extern const uint8_t name##_begin[], name##_end[]
#define CODE(name)    name##_begin, name##_end
