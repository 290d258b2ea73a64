/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the window's keys and mouse to the machine's inbox.
 *
 * Knows which keys and buttons the guest believes to be down, so that each is released exactly once,
 * whatever happens to the window. When the inbox is full, messages wait here: movements are joined,
 * and new presses are refused while only the room for releases is left.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/inbox.h"

#define OUTBOX_MESSAGES 512u
#define OUTBOX_KEYS     256u

struct outbox {
    struct inbox *inbox;
    struct inbox_message queue[OUTBOX_MESSAGES];
    size_t head;
    size_t count;
    bool is_key_down[OUTBOX_KEYS];
    size_t keys_down;
    uint8_t buttons;  /* those that the guest believes to be down */
    bool is_relative; /* ...of the mouse; else of the tablet */
    uint16_t x;       /* where the tablet's pointer was last */
    uint16_t y;
};

void outbox_init(struct outbox *outbox, struct inbox *inbox);

/* `usage` of HID usage page 7. Repeated presses and releases of what is not down are ignored. */
void outbox_key(struct outbox *outbox, uint16_t usage, bool is_down);
bool outbox_is_down(const struct outbox *outbox, uint16_t usage);
void outbox_release_keys(struct outbox *outbox);

/* The mouse, by how much it moved; the tablet, where it is (0..INPUT_TABLET_MAX). */
void outbox_move(struct outbox *outbox, int32_t dx, int32_t dy);
void outbox_place(struct outbox *outbox, uint16_t x, uint16_t y);
/* Buttons and wheel are of the device that is in use. */
void outbox_button(struct outbox *outbox, uint8_t button, bool is_down);
void outbox_wheel(struct outbox *outbox, int32_t steps);
void outbox_release_buttons(struct outbox *outbox);
/* Which of the two; what is down on the other one is released. */
void outbox_use_mouse(struct outbox *outbox, bool is_relative);

/* A message that says all by its kind: INBOX_POWER_KEY, INBOX_STOP, INBOX_RESET, INBOX_PAUSE,
 * INBOX_RESUME. It waits behind what was typed before. */
void outbox_control(struct outbox *outbox, enum inbox_kind kind);

/* Posts what the inbox takes; true when something has to wait. */
bool outbox_flush(struct outbox *outbox);
