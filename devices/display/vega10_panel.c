/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The panel's end of the DP AUX channels: DPCD registers and EDID, for each of its two links.
 *
 * Until it is woken (a 1 to DPCD 4f1h of channel 0) the panel has one link that shows the EDID of
 * its compatibility mode; awake, each link shows the EDID of its tile (hardware.md 6).
 *
 * Modelled: receiver capabilities, link configuration and status, sink count, source-specific
 * fields, power; EDID at I2C address 50h with the segment pointer at 30h.
 * Not modelled: test automation, DPCD event indicators, MST, HDCP, backlight by AUX (reads 0, writes
 * are acknowledged and traced), DDC/CI (not acknowledged).
 * Chosen: DPCD 1.2, four lanes at HBR2, training pattern 3, enhanced framing. Link training always
 * succeeds: clock recovery with pattern 1, everything else with patterns 2 and 3; what was reached
 * stays until the link is configured anew or sent to sleep. A capability that the panel's own would
 * differ in is not known: hardware.md has the EDID of its kin only.
 * Sources: VESA DisplayPort 1.2, 2.7.7 (I2C over AUX), 2.9.3 (DPCD), 2.10.3; VESA E-DDC 1.2.
 */
#include <string.h>

#include "devices/display/vega10_internal.h"
#include "emu/base/bits.h"

/* Commands; bit 3: native, bit 2 of the others: middle of transaction. */
#define CMD_NATIVE       0x8u
#define CMD_NATIVE_WRITE 0x8u
#define CMD_NATIVE_READ  0x9u
#define CMD_I2C_KIND     0x3u
#define CMD_I2C_WRITE    0x0u
#define CMD_I2C_READ     0x1u
#define CMD_I2C_STATUS   0x2u
#define CMD_MOT          0x4u
/* First byte of replies. */
#define REPLY_ACK      0x00u
#define REPLY_NACK     0x10u
#define REPLY_I2C_NACK 0x40u

#define I2C_SEGMENT 0x30u
#define I2C_EDID    0x50u

#define DPCD_CAPS             0x000u
#define DPCD_LINK             0x100u
#define DPCD_LANE_COUNT       0x101u
#define DPCD_TRAINING_PATTERN 0x102u
#define DPCD_SINK_COUNT       0x200u
#define DPCD_LANE0_1          0x202u
#define DPCD_LANE2_3          0x203u
#define DPCD_ALIGN            0x204u
#define DPCD_SINK_STATUS      0x205u
#define DPCD_SOURCE           0x300u
#define DPCD_WAKE             0x4f1u
#define DPCD_POWER            0x600u
#define POWER_ON              1u

#define LANES        4u
#define LANE_CR      0x1u
#define LANE_ALL     0x7u
#define ALIGN_DONE   0x01u
#define SINK_IN_SYNC 0x03u

static const uint8_t caps[] = {
    0x12, /* DPCD_REV */
    0x14, /* MAX_LINK_RATE: 5.4 Gbit/s */
    0xc4, /* MAX_LANE_COUNT: 4, TPS3, enhanced framing */
    0x01, /* MAX_DOWNSPREAD: 0.5 % */
    0x00, /* NORP: one receiver port */
    0x00, /* DOWNSTREAMPORT_PRESENT */
    0x01, /* MAIN_LINK_CHANNEL_CODING: 8b/10b */
    0x00, /* DOWN_STREAM_PORT_COUNT */
    0x02, /* RECEIVE_PORT0_CAP_0: has a local EDID */
};

static bool is_awake(const struct vega10 *gpu)
{
    return gpu->link.is_awake;
}

bool vega10_panel_is_connected(const struct vega10 *gpu, unsigned channel)
{
    if (gpu->panel == NULL) return false;
    return channel == 0 || (channel == 1 && is_awake(gpu));
}

static const uint8_t *edid_of(const struct vega10 *gpu, unsigned channel)
{
    return is_awake(gpu) ? gpu->panel->tile[channel] : gpu->panel->root;
}

/* ---- Link ---- */

static unsigned lane_count(const struct vega10_panel_link *link)
{
    return link->config[DPCD_LANE_COUNT - DPCD_LINK] & 0x1f;
}

/* Status of the lanes `first` and `first` + 1 in one byte. */
static uint8_t lane_status(const struct vega10_panel_link *link, unsigned first)
{
    unsigned status = 0;

    for (unsigned i = 0; i < 2; i++) {
        if (first + i < lane_count(link)) {
            status |= (unsigned)link->trained << (4 * i);
        }
    }
    return (uint8_t)status;
}

static uint8_t dpcd_read(const struct vega10 *gpu, unsigned channel, uint32_t address)
{
    const struct vega10_panel_link *link = &gpu->link.panel[channel];
    bool is_good = link->trained == LANE_ALL && lane_count(link) != 0;

    if (address < sizeof(caps)) return caps[address];
    if (address >= DPCD_LINK && address - DPCD_LINK < VEGA10_DPCD_LINK) {
        return link->config[address - DPCD_LINK];
    }
    if (address >= DPCD_SOURCE && address - DPCD_SOURCE < VEGA10_DPCD_SOURCE) {
        return link->source[address - DPCD_SOURCE];
    }
    switch (address) {
    case DPCD_SINK_COUNT: return 1;
    case DPCD_LANE0_1: return lane_status(link, 0);
    case DPCD_LANE2_3: return lane_status(link, 2);
    case DPCD_ALIGN: return is_good ? ALIGN_DONE : 0;
    case DPCD_SINK_STATUS: return is_good ? SINK_IN_SYNC : 0;
    case DPCD_WAKE: return is_awake(gpu) ? 1 : 0;
    case DPCD_POWER: return link->power;
    default: return 0;
    }
}

static void train(struct vega10_panel_link *link, uint32_t address, uint8_t value)
{
    unsigned pattern = value & 3;

    if (address < DPCD_TRAINING_PATTERN) {
        link->trained = 0;
    } else if (address == DPCD_TRAINING_PATTERN && pattern != 0) {
        link->trained = pattern == 1 ? LANE_CR : LANE_ALL;
    }
}

static void wake(struct vega10 *gpu, uint8_t value)
{
    bool was = is_awake(gpu);

    gpu->link.is_awake = (value & 1) != 0;
    if (was != is_awake(gpu)) {
        vega10_hpd_changed(gpu, 1);
    }
}

static void dpcd_write(struct vega10 *gpu, unsigned channel, uint32_t address, uint8_t value)
{
    struct vega10_panel_link *link = &gpu->link.panel[channel];

    if (address >= DPCD_LINK && address - DPCD_LINK < VEGA10_DPCD_LINK) {
        link->config[address - DPCD_LINK] = value;
        train(link, address, value);
    } else if (address >= DPCD_SOURCE && address - DPCD_SOURCE < VEGA10_DPCD_SOURCE) {
        link->source[address - DPCD_SOURCE] = value;
    } else if (address == DPCD_POWER) {
        link->power = value & 7;
        link->trained = link->power == POWER_ON ? link->trained : 0;
    } else if (address == DPCD_WAKE && channel == 0) {
        wake(gpu, value);
    } else {
        device_unimplemented(&gpu->fn.device, "write to a DPCD register without a model", address,
                             value);
    }
}

static uint8_t transact_native(struct vega10 *gpu, unsigned channel,
                               const struct vega10_aux_request *request,
                               uint8_t reply[VEGA10_AUX_BYTES])
{
    reply[0] = REPLY_ACK;
    if (request->command == CMD_NATIVE_READ) {
        for (unsigned i = 0; i < request->length; i++) {
            reply[1 + i] = dpcd_read(gpu, channel, request->address + i);
        }
        return (uint8_t)(1 + request->length);
    }
    if (request->command == CMD_NATIVE_WRITE) {
        for (unsigned i = 0; i < request->length; i++) {
            dpcd_write(gpu, channel, request->address + i, request->data[i]);
        }
        return 1;
    }
    reply[0] = REPLY_NACK;
    return 1;
}

/* ---- EDID ---- */

static void i2c_write(struct vega10_panel_link *link, const struct vega10_aux_request *request)
{
    for (unsigned i = 0; i < request->length; i++) {
        if (request->address == I2C_SEGMENT) {
            link->segment = request->data[i];
        } else {
            link->offset = request->data[i];
        }
    }
}

/* There is one segment; beyond it the bus stays high. */
static void i2c_read(struct vega10 *gpu, unsigned channel, uint8_t *data, unsigned length)
{
    struct vega10_panel_link *link = &gpu->link.panel[channel];
    const uint8_t *edid = edid_of(gpu, channel);

    for (unsigned i = 0; i < length; i++) {
        data[i] = link->segment == 0 && edid != NULL ? edid[link->offset] : 0xff;
        link->offset++;
    }
}

static uint8_t transact_i2c(struct vega10 *gpu, unsigned channel,
                            const struct vega10_aux_request *request,
                            uint8_t reply[VEGA10_AUX_BYTES])
{
    struct vega10_panel_link *link = &gpu->link.panel[channel];
    unsigned kind = request->command & CMD_I2C_KIND;
    bool is_edid = request->address == I2C_EDID;
    uint8_t bytes = 1;

    reply[0] = REPLY_ACK;
    if (!is_edid && (request->address != I2C_SEGMENT || kind == CMD_I2C_READ)) {
        reply[0] = REPLY_I2C_NACK;
    } else if (kind == CMD_I2C_WRITE) {
        i2c_write(link, request);
    } else if (kind == CMD_I2C_READ) {
        i2c_read(gpu, channel, reply + 1, request->length);
        bytes = (uint8_t)(1 + request->length);
    }
    /* The end of a transfer sets the segment back (E-DDC 1.2, 2.2.5). */
    if ((request->command & CMD_MOT) == 0 && kind != CMD_I2C_STATUS) {
        link->segment = 0;
    }
    return bytes;
}

uint8_t vega10_panel_transact(struct vega10 *gpu, unsigned channel,
                              const struct vega10_aux_request *request,
                              uint8_t reply[VEGA10_AUX_BYTES])
{
    if ((request->command & CMD_NATIVE) != 0) {
        return transact_native(gpu, channel, request, reply);
    }
    return transact_i2c(gpu, channel, request, reply);
}
