/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The panel at DP AUX channels 0 and 1: see vega10_aux.h. Registers are those of dce_12_0; transactions are those of VESA
 * DisplayPort 1.2, 2.7; the EDID is read as E-DDC 1.2 says, its first block only: VESA E-EDID A.2, 3.
 */
#include "firmware/drivers/vega10_aux.h"

#include <stddef.h>

#include "firmware/arch/x86/io.h"
#include "firmware/lib/bytes.h"
#include "firmware/lib/mem.h"

#define DC_HPD_INT_STATUS     0x12b00
#define DC_HPD_STRIDE         0x20
#define DC_HPD_SENSE          0x2u
#define AUX_CONTROL           0x13098 /* of channel 0, as all of these */
#define AUX_EN                0x1u
#define AUX_SW_CONTROL        0x1309c
#define AUX_SW_GO             0x1u
#define AUX_SW_WR_BYTES_SHIFT 16
#define AUX_ARB_CONTROL       0x130a0
#define AUX_SW_USE_REQ        0x10000u
#define AUX_SW_DONE_USING     0x20000u
#define AUX_INTERRUPT_CONTROL 0x130a4
#define AUX_SW_DONE_ACK       0x2u
#define AUX_SW_STATUS         0x130a8
#define AUX_SW_DONE           0x1u
#define AUX_SW_ERRORS         0x00ffff80u /* bits 7 to 23: nobody answered, or not as it should be */
#define AUX_SW_REPLY_SHIFT    24
#define AUX_SW_REPLY_BYTES    0x1fu
#define AUX_SW_DATA           0x130b0
#define AUX_SW_DATA_READ      0x1u
#define AUX_SW_DATA_SHIFT     8
#define AUX_SW_DATA_FIRST     0x80000000u /* the index is set, to 0 here */

/* First four bits of a request; an I2C transfer goes on in the next request where MOT is set. */
#define NATIVE_WRITE   0x8u
#define I2C_WRITE_MOT  0x4u
#define I2C_READ       0x1u
#define I2C_READ_MOT   0x5u
#define REPLY_DEFERS   0xa0u /* native, I2C: not now */
#define REPLY_REFUSALS 0x50u
#define DPCD_WAKE      0x4f1u /* of iMac panels: 1 shows the two tiles */
#define I2C_EDID       0x50u

#define HEADER_BYTES 4u
#define REPLY_MAX    16u
#define TRIES        8u /* DisplayPort 1.2, 2.7.7.1.5.6: at least seven, of those that are put off */
#define POLLS \
    10000u /* a transaction takes less than 1 ms; a read of a register, more than 100 ns */
#define EDID_BYTES    128u
#define EDID_TIMING   54 /* the first detailed timing is the preferred one */
#define TIMING_CLOCK  0
#define TIMING_H      2
#define TIMING_H_HIGH 4 /* bits 7:4 are bits 11:8 of the pixels */
#define TIMING_V      5
#define TIMING_V_HIGH 7

struct request {
    unsigned command;
    uint32_t address;
    unsigned bytes; /* 1 .. REPLY_MAX, of `data`, which is sent or filled */
    uint8_t *data;
};

static void put(uint64_t regs, unsigned byte, bool is_first)
{
    mmio_write32(regs + AUX_SW_DATA,
                 (is_first ? AUX_SW_DATA_FIRST : 0) | byte << AUX_SW_DATA_SHIFT);
}

static unsigned get(uint64_t regs)
{
    return mmio_read32(regs + AUX_SW_DATA) >> AUX_SW_DATA_SHIFT & 0xff;
}

/* Sends the request once; the number of bytes in the reply, 0 when there is none. */
static unsigned send(uint64_t regs, const struct request *request)
{
    unsigned sent =
        request->command == NATIVE_WRITE || request->command == I2C_WRITE_MOT ? request->bytes : 0;
    uint32_t status = 0;

    mmio_write32(regs + AUX_INTERRUPT_CONTROL, AUX_SW_DONE_ACK);
    put(regs, request->command << 4 | request->address >> 16, true);
    put(regs, request->address >> 8 & 0xff, false);
    put(regs, request->address & 0xff, false);
    put(regs, request->bytes - 1, false);
    for (unsigned i = 0; i < sent; i++) {
        put(regs, request->data[i], false);
    }
    mmio_write32(regs + AUX_SW_CONTROL, (HEADER_BYTES + sent) << AUX_SW_WR_BYTES_SHIFT | AUX_SW_GO);
    for (unsigned i = 0; i < POLLS && (status & AUX_SW_DONE) == 0; i++) {
        status = mmio_read32(regs + AUX_SW_STATUS);
    }
    if ((status & AUX_SW_DONE) == 0 || (status & AUX_SW_ERRORS) != 0) return 0;
    return status >> AUX_SW_REPLY_SHIFT & AUX_SW_REPLY_BYTES;
}

static bool transact(uint64_t regs, const struct request *request)
{
    bool is_read = (request->command & I2C_READ) != 0;
    unsigned wanted = is_read ? request->bytes + 1 : 1;

    for (unsigned i = 0; i < TRIES; i++) {
        unsigned bytes = send(regs, request);
        unsigned reply;

        if (bytes == 0) return false;
        mmio_write32(regs + AUX_SW_DATA, AUX_SW_DATA_FIRST | AUX_SW_DATA_READ);
        reply = get(regs);
        if ((reply & REPLY_DEFERS) != 0) continue;
        if ((reply & REPLY_REFUSALS) != 0 || bytes < wanted) return false;
        for (unsigned at = 0; is_read && at < request->bytes; at++) {
            request->data[at] = (uint8_t)get(regs);
        }
        return true;
    }
    return false;
}

static bool read_edid(uint64_t regs, uint8_t edid[EDID_BYTES])
{
    uint8_t start = 0;
    struct request request = {
        .command = I2C_WRITE_MOT, .address = I2C_EDID, .bytes = 1, .data = &start};
    bool is_ok = transact(regs, &request);

    for (unsigned at = 0; at < EDID_BYTES && is_ok; at += REPLY_MAX) {
        bool is_last = at + REPLY_MAX == EDID_BYTES;

        request.command = is_last ? I2C_READ : I2C_READ_MOT;
        request.bytes = REPLY_MAX;
        request.data = edid + at;
        is_ok = transact(regs, &request);
    }
    return is_ok;
}

static bool parse(const uint8_t edid[EDID_BYTES], struct display_panel *panel)
{
    static const uint8_t header[] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
    const uint8_t *first = edid + EDID_TIMING;
    unsigned sum = 0;

    for (unsigned i = 0; i < EDID_BYTES; i++) {
        sum += edid[i];
    }
    if (!mem_equal(edid, header, sizeof(header)) || (sum & 0xff) != 0 ||
        get_le16(first + TIMING_CLOCK) == 0) {
        return false;
    }
    panel->width = first[TIMING_H] | (first[TIMING_H_HIGH] & 0xf0u) << 4;
    panel->height = first[TIMING_V] | (first[TIMING_V_HIGH] & 0xf0u) << 4;
    return true;
}

static bool is_connected(uint64_t regs, unsigned channel)
{
    return (mmio_read32(regs + DC_HPD_INT_STATUS + channel * DC_HPD_STRIDE) & DC_HPD_SENSE) != 0;
}

bool vega10_read_panel(uint64_t regs, struct display_panel *panel)
{
    uint8_t wake = 1, edid[EDID_BYTES];
    const struct request request = {
        .command = NATIVE_WRITE, .address = DPCD_WAKE, .bytes = 1, .data = &wake};
    bool is_ok;

    if (!is_connected(regs, 0)) return false;
    mmio_write32(regs + AUX_CONTROL, mmio_read32(regs + AUX_CONTROL) | AUX_EN);
    mmio_write32(regs + AUX_ARB_CONTROL, AUX_SW_USE_REQ);
    /* A panel of another make refuses, and has one tile. */
    (void)transact(regs, &request);
    is_ok = read_edid(regs, edid) && parse(edid, panel);
    mmio_write32(regs + AUX_ARB_CONTROL, AUX_SW_DONE_USING);
    if (is_ok) {
        panel->tiles = is_connected(regs, 1) ? 2 : 1;
    }
    return is_ok;
}
