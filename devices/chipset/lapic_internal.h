/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the local APIC share: lapic.c (priorities, messages, life), lapic_regs.c,
 * lapic_lvt.c, lapic_timer.c. */
#pragma once

#include "devices/chipset/apic_bus.h"
#include "devices/chipset/lapic.h"
#include "emu/base/bits.h"

#define LAPIC_PAGE_BYTES   4096
#define LAPIC_VECTORS      256
#define LAPIC_VECTOR_WORDS 8 /* 256 vectors, 32 to a register */

/* Entries of the local vector table. */
enum lapic_lvt {
    LVT_CMCI,
    LVT_TIMER,
    LVT_THERMAL,
    LVT_PERF,
    LVT_LINT0,
    LVT_LINT1,
    LVT_ERROR,
    LVT_COUNT,
};

#define LVT_VECTOR         UINT32_C(0xff)
#define LVT_DELIVERY_HI    10
#define LVT_DELIVERY_LO    8
#define LVT_POLARITY_LOW   BIT32(13)
#define LVT_REMOTE_IRR     BIT32(14)
#define LVT_LEVEL          BIT32(15)
#define LVT_MASK           BIT32(16)
#define LVT_TIMER_PERIODIC BIT32(17)

#define SVR_VECTOR          UINT32_C(0xff)
#define SVR_ENABLE          BIT32(8)
#define SVR_FOCUS_DISABLE   BIT32(9)
#define SVR_EOI_SUPPRESSION BIT32(12)

#define ESR_SEND_ILLEGAL_VECTOR    BIT32(5)
#define ESR_RECEIVE_ILLEGAL_VECTOR BIT32(6)
#define ESR_ILLEGAL_REGISTER       BIT32(7)

#define APIC_BASE_BSP    BIT(8)
#define APIC_BASE_X2APIC BIT(10)
#define APIC_BASE_ENABLE BIT(11)

/* The timer counts down from `count` since `period_start` ticks of its input clock after
 * `origin`. */
struct lapic_timer {
    bool is_running;
    vtime origin;
    uint64_t period_start;
    uint64_t count;
    struct event event; /* armed only while an expiry would be seen: lapic_timer.c */
};

struct lapic {
    struct device device;
    struct device *bus; /* borrowed, may be NULL */
    struct lapic_core outputs;
    unsigned core;
    uint8_t initial_id;
    bool is_bsp;
    bool has_eoi_suppression;
    uint64_t timer_hz;

    uint32_t id;
    uint32_t tpr;
    uint32_t ldr;
    uint32_t dfr;
    uint32_t svr;
    uint32_t isr[LAPIC_VECTOR_WORDS];
    uint32_t tmr[LAPIC_VECTOR_WORDS];
    uint32_t irr[LAPIC_VECTOR_WORDS];
    uint32_t esr;
    uint32_t icr_low;
    uint32_t icr_high;
    uint32_t lvt[LVT_COUNT];
    uint32_t initial_count;
    uint32_t divide;

    /* Trace records, by vector: what IRR bits and ISR bits came from. */
    uint64_t accepted[LAPIC_VECTORS];
    uint64_t served[LAPIC_VECTORS];

    uint64_t base;           /* IA32_APIC_BASE */
    uint32_t errors;         /* since the last write to ESR */
    bool is_error_signalled; /* the error interrupt went out since then */
    bool is_extint_latched;  /* an ExtINT message waits for its INTA cycle */
    uint8_t pins;            /* electrical levels: bit 0 LINT0, bit 1 LINT1 */
    struct lapic_timer timer;
    bool intr_level; /* INTR as last driven; follows from the rest */
};

static inline struct lapic *lapic_of(struct device *device)
{
    return (struct lapic *)device;
}

static inline bool lapic_is_software_enabled(const struct lapic *lapic)
{
    return (lapic->svr & SVR_ENABLE) != 0;
}

/* ---- lapic.c --------------------------------------------------------------------------------- */
/* Highest vector set in a 256-bit register, -1 when none is. */
int lapic_highest(const uint32_t words[LAPIC_VECTOR_WORDS]);
uint8_t lapic_ppr(const struct lapic *lapic);
/* Arbitration priority (SDM 3A 11.6.2.4): what lowest-priority delivery compares. */
uint8_t lapic_apr(const struct lapic *lapic);
/* Re-evaluates INTR and the timer's event from the state. After every change of either's inputs. */
void lapic_update(struct lapic *lapic);
/* Puts a fixed interrupt into IRR. False for an illegal vector (logged in ESR). */
bool lapic_accept_fixed(struct lapic *lapic, uint8_t vector, bool is_level);
/* Logs ESR bits and sends the error interrupt. */
void lapic_error(struct lapic *lapic, uint32_t bits);
/* INIT state (SDM 3A 11.4.7.3): everything but the APIC ID and IA32_APIC_BASE. */
void lapic_enter_init_state(struct lapic *lapic);
/* INIT, as a message or from the local vector table: own state, then the core. */
void lapic_receive_init(struct lapic *lapic);
void lapic_send_ipi(struct lapic *lapic);
void lapic_eoi(struct lapic *lapic);

/* For the bus. */
bool lapic_is_destination(struct device *device, const struct apic_message *message);
/* Accepts fixed and lowest-priority interrupts: globally and software enabled. */
bool lapic_is_accepting(const struct device *device);
uint8_t lapic_arbitration(const struct device *device);
uint8_t lapic_id(const struct device *device);
/* One message that is for this local APIC. False when it was not accepted. */
bool lapic_deliver(struct device *device, const struct apic_message *message);

/* ---- lapic_regs.c ---------------------------------------------------------------------------- */
extern const struct reg_bank lapic_banks[];
/* 32-bit accesses to the page; `offset` is a multiple of 4 below LAPIC_PAGE_BYTES. */
uint64_t lapic_page_read(struct device *device, uint64_t offset, unsigned size);
void lapic_page_write(struct device *device, uint64_t offset, unsigned size, uint64_t value);
uint64_t lapic_page_peek(struct device *device, uint64_t offset, unsigned size);

/* ---- lapic_lvt.c ----------------------------------------------------------------------------- */
/* A local event: delivers through the entry unless that is masked. */
void lapic_lvt_signal(struct lapic *lapic, enum lapic_lvt entry);
/* After a write to the entry: mask rules, pins. */
void lapic_lvt_written(struct lapic *lapic, enum lapic_lvt entry);
/* Software disable: every entry is masked. */
void lapic_lvt_mask_all(struct lapic *lapic);
/* Level-triggered LINT0 in fixed mode: accepted once per EOI while the pin is active. */
void lapic_lint_level(struct lapic *lapic);
/* EOI of a level-triggered vector. */
void lapic_lint_eoi(struct lapic *lapic, uint8_t vector);
/* A pin asks for an INTA cycle to the 8259. */
bool lapic_is_extint_requested(const struct lapic *lapic);

/* ---- lapic_timer.c --------------------------------------------------------------------------- */
void lapic_timer_init(struct lapic *lapic);
void lapic_timer_stop(struct lapic *lapic);
/* Before a write that changes what an expiry does: an expiry that is due happens first. */
void lapic_timer_catch_up(struct lapic *lapic);
/* After such a write. */
void lapic_timer_arm(struct lapic *lapic);
/* Write of the initial count: start, or stop with 0. */
void lapic_timer_start(struct lapic *lapic);
/* The divide configuration changed from `old`: the count goes on from where it is. */
void lapic_timer_set_divide(struct lapic *lapic, uint32_t old);
uint32_t lapic_timer_current(const struct lapic *lapic);
