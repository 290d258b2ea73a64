/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The display controller of the machine: AMD Vega 10 (1002:6867, Radeon Pro Vega 56) behind its two
 * switch ports. docs/hardware/vega10.md says what is modelled. The instance embeds a PCI function:
 * made with pci_part_add_model() in the place of f3:00.0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device;
struct device_class;
struct frame;
struct frame_cursor;
struct frame_store;
struct region;

#define VEGA10_VRAM_BYTES (UINT64_C(8) << 30)

#define VEGA10_EDID_BYTES 256u

/* The panel: EDIDs of VEGA10_EDID_BYTES each, borrowed; DP AUX channel 0 is the left tile's link,
 * channel 1 the right one's. Until the panel is woken (DPCD 0x4f1, hardware.md 6), channel 0 gives
 * `root` and channel 1 is not connected. */
struct vega10_panel {
    const uint8_t *root;
    const uint8_t *tile[2];
};

struct vega10_config {
    struct frame_store *frames;       /* borrowed; NULL: nobody looks, and nothing is tracked */
    const struct vega10_panel *panel; /* borrowed; NULL: no panel is connected */
};

extern const struct device_class vega10_class;

/* Shows what a vertical blank would show if it were now; the guest notices nothing. For a machine that
 * waits, perhaps for ever, with a picture that no vertical blank has shown yet. */
void vega10_show(struct device *device);

/* For debuggers: what a vertical blank would show if it were now. False: no pipe runs. The guest and the
 * frame store notice nothing. */
bool vega10_look(struct device *device, struct frame *frame, struct frame_cursor *cursor);
/* The region of video memory, as large as BAR 0 shows of it when it is mapped. */
const struct region *vega10_vram_region(const struct device *device);

/* Used video memory is part of a machine's state: calls `visit` for each 64 KiB block that is not
 * all zero, in order, until it returns non-zero; returns that. */
int vega10_vram_visit(const struct device *device,
                      int (*visit)(void *ctx, uint64_t offset, const uint8_t *block), void *ctx);
/* For loading a snapshot: everything to zero, then block by block. */
void vega10_vram_clear(struct device *device);
void vega10_vram_load(struct device *device, uint64_t offset, const uint8_t *block);
/* The same for any part of it, which lies inside; and what is there now. */
void vega10_vram_put(struct device *device, uint64_t offset, const uint8_t *data, size_t bytes);
void vega10_vram_get(struct device *device, uint64_t offset, uint8_t *data, size_t bytes);
