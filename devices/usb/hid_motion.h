/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mouse and tablet have still to report: a bounded queue of stretches of motion during which
 * the buttons did not change. Invariant: head < USB_MOTIONS_MAX, count <= USB_MOTIONS_MAX.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_MOTIONS_MAX    32u
#define USB_MOTION_BUTTONS 5u    /* left, right, middle, back, forward */
#define USB_MOTION_MASK    0x1fu /* of those */

struct usb_motion {
    /* Relative values are two's complement: what a report cannot hold stays for the next. */
    uint32_t x;
    uint32_t y;
    uint32_t wheel;
    uint8_t buttons;
};

struct usb_motion_queue {
    struct usb_motion entries[USB_MOTIONS_MAX];
    uint8_t head;
    uint8_t count;
    uint8_t reported; /* buttons of the last report that the host has fetched */
};

/* What a device with this member saves of it. */
#define USB_MOTION_SNAP(type, member)                          \
    SNAP_U_EACH(type, member.entries, x, UINT64_MAX),          \
        SNAP_U_EACH(type, member.entries, y, UINT64_MAX),      \
        SNAP_U_EACH(type, member.entries, wheel, UINT64_MAX),  \
        SNAP_U_EACH(type, member.entries, buttons, UINT8_MAX), \
        SNAP_U_MAX(type, member.head, USB_MOTIONS_MAX - 1),    \
        SNAP_U_MAX(type, member.count, USB_MOTIONS_MAX),       \
        SNAP_U_MAX(type, member.reported, UINT8_MAX)

/* Empties it; `reported` stays. */
void usb_motion_clear(struct usb_motion_queue *queue);
/* NULL when empty. Valid until the queue changes. */
struct usb_motion *usb_motion_oldest(struct usb_motion_queue *queue);
void usb_motion_drop_oldest(struct usb_motion_queue *queue);
/* The entry that motion with these buttons belongs to: the newest when it has the same buttons,
 * else a new one without motion. When there is no room the newest takes over the buttons, and
 * *is_lost is set. */
struct usb_motion *usb_motion_at(struct usb_motion_queue *queue, uint8_t buttons, bool *is_lost);
/* Adds to a relative value, within bounds that no hand reaches. */
void usb_motion_add(uint32_t *value, int32_t more);
/* Takes as much of a relative value as an 8-bit field of a report holds (-127..127). */
uint8_t usb_motion_take(uint32_t *value);
