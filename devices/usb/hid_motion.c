/* SPDX-License-Identifier: GPL-2.0-only */
/* See hid_motion.h. */
#include "devices/usb/hid_motion.h"

#include <string.h>

#define REPORT_MAX 127      /* logical maximum of a relative field, minimum -127 */
#define BOUND      0xffffff /* of a relative value that waits */

static int32_t clamp(int64_t value, int32_t bound)
{
    if (value > bound) return bound;
    return value < -bound ? -bound : (int32_t)value;
}

void usb_motion_clear(struct usb_motion_queue *queue)
{
    memset(queue->entries, 0, sizeof(queue->entries));
    queue->head = 0;
    queue->count = 0;
}

struct usb_motion *usb_motion_oldest(struct usb_motion_queue *queue)
{
    return queue->count > 0 ? &queue->entries[queue->head] : NULL;
}

void usb_motion_drop_oldest(struct usb_motion_queue *queue)
{
    if (queue->count == 0) return;
    queue->entries[queue->head] = (struct usb_motion){0};
    queue->head = (uint8_t)((queue->head + 1u) % USB_MOTIONS_MAX);
    queue->count--;
}

struct usb_motion *usb_motion_at(struct usb_motion_queue *queue, uint8_t buttons, bool *is_lost)
{
    struct usb_motion *motion;

    *is_lost = false;
    if (queue->count > 0) {
        motion = &queue->entries[(queue->head + queue->count - 1u) % USB_MOTIONS_MAX];
        if (motion->buttons == buttons) return motion;
        if (queue->count == USB_MOTIONS_MAX) {
            *is_lost = true;
            motion->buttons = buttons;
            return motion;
        }
    }
    motion = &queue->entries[(queue->head + queue->count) % USB_MOTIONS_MAX];
    *motion = (struct usb_motion){.buttons = buttons};
    queue->count++;
    return motion;
}

void usb_motion_add(uint32_t *value, int32_t more)
{
    *value = (uint32_t)clamp((int64_t)(int32_t)*value + more, BOUND);
}

uint8_t usb_motion_take(uint32_t *value)
{
    const int32_t part = clamp((int32_t)*value, REPORT_MAX);

    *value -= (uint32_t)part;
    return (uint8_t)part;
}
