/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two files of the SMBus host controller share: i801.c has the registers, i801_transfer.c
 * the wire. */
#pragma once

#include "devices/smbus/i801.h"
#include "devices/smbus/i801_regs.h"
#include "emu/core/sched.h"

/* Parts of a message in the order in which they can come. */
enum i801_phase {
    I801_PHASE_IDLE,
    I801_PHASE_ADDRESS,
    I801_PHASE_COMMAND,
    I801_PHASE_COUNT_OUT,
    I801_PHASE_DATA_OUT,
    I801_PHASE_PEC_OUT,
    I801_PHASE_RESTART,
    I801_PHASE_COUNT_IN,
    I801_PHASE_DATA_IN,
    I801_PHASE_PEC_IN,
    I801_PHASE_STOP,
};

/* A message under way: latched when it starts, so that software cannot change what it is. */
struct i801_message {
    uint8_t phase;      /* enum i801_phase: what the wire is busy with */
    uint8_t shape;      /* index into the table of shapes */
    uint8_t address;    /* HSTADD */
    uint8_t result;     /* HSTSTS bits that its end sets */
    uint8_t crc;        /* PEC of all bytes so far */
    bool is_i2c;        /* HSTCFG.I2C_EN */
    bool is_buffered;   /* AUXCTL.E32B */
    bool has_pec;       /* a PEC byte ends it */
    bool has_crc;       /* that PEC is computed and checked (AUXCTL.CRC) */
    bool is_waiting;    /* for software to clear BYTE_DONE */
    uint16_t position;  /* data bytes done in this direction */
    uint16_t count;     /* of the block */
    uint32_t listeners; /* who acknowledged (smbus.h) */
};

struct i801 {
    struct pci_fn fn;
    struct pci_desc desc; /* of the part, with registers behind its BARs */
    struct smbus bus;
    struct event wire; /* the end of the present phase */
    uint8_t hststs;
    uint8_t hstcnt;
    uint8_t hstcmd;
    uint8_t hstadd;
    uint8_t hstdat0;
    uint8_t hstdat1;
    uint8_t blkdat; /* without E32B */
    uint8_t pec;
    uint8_t rcv_slv;
    uint8_t auxsts;
    uint8_t auxctl;
    uint8_t smlink_pin;
    uint8_t smbus_pin;
    uint8_t slvcmd;
    uint8_t buffer[I801_BLOCK_MAX]; /* with E32B */
    uint8_t pointer;                /* into it */
    struct i801_message message;
};

extern const struct trace_desc i801_trace_start;
extern const struct trace_desc i801_trace_end;

/* i801.c: the interrupt follows from HSTSTS and HSTCNT. After every change of either. */
void i801_update_irq(struct i801 *i801);

/* ---- i801_transfer.c ---- */

/* HSTCNT.START was written. */
void i801_start(struct i801 *i801);
/* HSTSTS.BYTE_DONE was cleared. */
void i801_byte_taken(struct i801 *i801);
/* Breaks off the message under way, if any; `status`: HSTSTS bits to set, 0: none. */
void i801_break(struct i801 *i801, uint8_t status);
/* Forgets it without a word on the wire (reset). */
void i801_forget(struct i801 *i801);
/* The event `wire`. */
void i801_wire_fire(void *owner, vtime when);
/* A message that cannot be, from a snapshot. */
bool i801_is_sane(const struct i801 *i801);
