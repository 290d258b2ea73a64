/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bench with a SEP alone, a store that keeps what it is given (or refuses), and a driver in a few
 * functions. Every function that fails ends the running test.
 */
#pragma once

#include "devices/apple/sep_keys.h"
#include "devices/apple/t2_sep.h"
#include "devices/apple/t2_sep_regs.h"
#include "tests/lib/rig.h"

#define SB_BAR         UINT64_C(0x90000000)
#define SB_IN          UINT64_C(0x10000)
#define SB_OUT         UINT64_C(0x20000)
#define SB_NOWHERE     UINT64_C(0x70000000)
#define SB_MSI_ADDRESS UINT32_C(0xfee00000)
#define SB_MSI_DATA    UINT32_C(0x41)
#define SB_LONGEST     VTIME_MS(200) /* no operation takes so long */
#define SB_PASSWORD    "open sesame"
#define SB_WRONG       "open barley"
#define SB_PROTECTED   (T2_SEP_HAS_VOLUME | T2_SEP_HAS_PASSWORD) /* flags */

struct sb {
    struct rig *rig;
    struct device *dut;
    struct sep_record made; /* what it was made with */
    struct sep_record kept; /* what the store was given last */
    unsigned saves;
    bool is_store_broken;
    uint32_t reply[T2_SEP_WORDS]; /* of the last call */
    uint8_t tag;
};

/* The T2 of seed `number`, without and with a volume; a password makes it a protected one. Few
 * iterations. */
struct sep_record sb_record(uint8_t number);
struct sep_record sb_volume(uint8_t number, const char *password);

/* Powered on, BAR and MSI on, no buffers. `record` NULL: none. `boot` NULL: no boot-time password. */
void sb_create(struct sb *sb, const struct sep_record *record, const char *boot);
/* The same with a volume that SB_PASSWORD protects. */
void sb_create_protected(struct sb *sb, const char *boot);
void sb_destroy(struct sb *sb);
/* BAR, command register and MSI as create() leaves them; after a reset. */
void sb_enable(struct sb *sb);

uint32_t sb_read(struct sb *sb, uint64_t offset);
void sb_write(struct sb *sb, uint64_t offset, uint32_t value);
unsigned sb_waiting(struct sb *sb); /* replies */

void sb_send(struct sb *sb, unsigned endpoint, unsigned operation, uint32_t word1, uint32_t word2);
/* The next reply into sb->reply, its result; there must be one. */
unsigned sb_take(struct sb *sb);
/* Send, wait, take: the result. Checks that the reply is one to this message. */
unsigned sb_call(struct sb *sb, unsigned endpoint, unsigned operation, uint32_t word1,
                 uint32_t word2);
/* The keystore. */
unsigned sb_do(struct sb *sb, unsigned operation, uint32_t word1, uint32_t word2);
/* Registers both buffers. */
void sb_buffers(struct sb *sb);
/* Sends, and lets no time pass. */
void sb_begin_unlock(struct sb *sb, const char *password);
unsigned sb_unlock(struct sb *sb, const char *password);
unsigned sb_change(struct sb *sb, const char *old, const char *now);
/* The flags of GET_STATUS. */
uint32_t sb_flags(struct sb *sb);
/* One block encrypted by the volume, which must be open. */
void sb_cipher(struct sb *sb, uint8_t block[16]);
/* Whether the volume, which must be open, makes `block` of it. */
bool sb_is_cipher(struct sb *sb, const uint8_t block[16]);
