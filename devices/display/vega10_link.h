/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way to the panel: hot-plug detection and the DP AUX channels (vega10_aux.c), and what answers
 * at their other end (vega10_panel.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/sched.h"

struct vega10;

#define VEGA10_LINK_BASE  0x12900u
#define VEGA10_LINK_BYTES 0xa40u

#define VEGA10_AUX_CHANNELS 6
#define VEGA10_AUX_BYTES    20u /* the longest transaction: four of header, 16 of data */
#define VEGA10_PANEL_LINKS  2   /* the panel hangs on channels 0 and 1 */
#define VEGA10_DPCD_LINK    16u /* link configuration: addresses 100h-10fh */
#define VEGA10_DPCD_SOURCE  32u /* source-specific: 300h-31fh */

/* One AUX channel. */
struct vega10_aux {
    struct vega10 *gpu; /* set by init, with the index */
    unsigned index;
    struct event done; /* the end of a transaction */
    uint32_t control;
    uint32_t sw_control;
    uint32_t arb_control;
    uint32_t interrupt_control;
    uint32_t sw_status;
    uint32_t sw_data; /* as written last */
    uint32_t dphy_tx_control;
    uint32_t dphy_rx_control[2];
    uint8_t place; /* in the buffers: where the next byte goes or comes from */
    uint8_t request[VEGA10_AUX_BYTES];
    uint8_t reply[VEGA10_AUX_BYTES];
};

struct vega10_hpd {
    uint32_t int_status; /* INT_STATUS alone; the senses are computed */
    uint32_t int_control;
    uint32_t control;
    uint32_t fast_train;
    uint32_t filter;
};

/* One link into the panel. */
struct vega10_panel_link {
    uint8_t config[VEGA10_DPCD_LINK];
    uint8_t source[VEGA10_DPCD_SOURCE];
    uint8_t power;   /* 600h */
    uint8_t trained; /* lane status of one lane: bit 0 clock recovery, 1 equalized, 2 locked */
    uint8_t segment; /* E-DDC segment pointer */
    uint8_t offset;  /* of the next byte of the EDID */
};

struct vega10_link {
    struct vega10_aux aux[VEGA10_AUX_CHANNELS];
    struct vega10_hpd hpd[VEGA10_AUX_CHANNELS];
    struct vega10_panel_link panel[VEGA10_PANEL_LINKS];
    bool is_awake; /* the panel shows its two tiles: DPCD 4f1h */
};

/* ---- vega10_panel.c ---- */
struct vega10_aux_request {
    uint8_t command; /* four bits, as on the wire */
    uint32_t address;
    uint8_t length; /* 0: address only */
    const uint8_t *data;
};
/* Is something connected to the channel? */
bool vega10_panel_is_connected(const struct vega10 *gpu, unsigned channel);
/* One transaction; the reply with its command byte, at most VEGA10_AUX_BYTES; returns its length. */
uint8_t vega10_panel_transact(struct vega10 *gpu, unsigned channel,
                              const struct vega10_aux_request *request,
                              uint8_t reply[VEGA10_AUX_BYTES]);

/* ---- vega10_aux.c ---- */
/* A channel was connected or is no longer. */
void vega10_hpd_changed(struct vega10 *gpu, unsigned channel);

/* Entries for the state table of the device, each with its comma. */
#define VEGA10_LINK_STATE                                                                         \
    SNAP_E_EACH(struct vega10, link.aux, done),                                                   \
        SNAP_U_EACH(struct vega10, link.aux, place, VEGA10_AUX_BYTES - 1),                        \
        SNAP_B(struct vega10, link.aux[0].request), SNAP_B(struct vega10, link.aux[0].reply),     \
        SNAP_B(struct vega10, link.aux[1].request), SNAP_B(struct vega10, link.aux[1].reply),     \
        SNAP_B(struct vega10, link.aux[2].request), SNAP_B(struct vega10, link.aux[2].reply),     \
        SNAP_B(struct vega10, link.aux[3].request), SNAP_B(struct vega10, link.aux[3].reply),     \
        SNAP_B(struct vega10, link.aux[4].request), SNAP_B(struct vega10, link.aux[4].reply),     \
        SNAP_B(struct vega10, link.aux[5].request), SNAP_B(struct vega10, link.aux[5].reply),     \
        SNAP_B(struct vega10, link.panel[0].config), SNAP_B(struct vega10, link.panel[0].source), \
        SNAP_B(struct vega10, link.panel[1].config), SNAP_B(struct vega10, link.panel[1].source), \
        SNAP_U_EACH(struct vega10, link.panel, power, UINT8_MAX),                                 \
        SNAP_U_EACH(struct vega10, link.panel, trained, 7),                                       \
        SNAP_U_EACH(struct vega10, link.panel, segment, UINT8_MAX),                               \
        SNAP_U_EACH(struct vega10, link.panel, offset, UINT8_MAX),                                \
        SNAP_U_MAX(struct vega10, link.is_awake, 1),
