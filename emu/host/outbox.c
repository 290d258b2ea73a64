/* SPDX-License-Identifier: GPL-2.0-only */
/* From the window's keys and mouse to the machine's inbox: see outbox.h. */
#include "emu/host/outbox.h"

#include <string.h>

#define CONTROL_ROOM 8u /* for messages that are neither key nor mouse */
#define BUTTON_ROOM  2u

void outbox_init(struct outbox *outbox, struct inbox *inbox)
{
    memset(outbox, 0, sizeof(*outbox));
    outbox->inbox = inbox;
}

bool outbox_flush(struct outbox *outbox)
{
    while (outbox->count > 0) {
        if (!inbox_post(outbox->inbox, &outbox->queue[outbox->head])) return true;
        outbox->head = (outbox->head + 1) % OUTBOX_MESSAGES;
        outbox->count--;
    }
    return false;
}

/* Whether a press may be queued: then there is room for all releases and for control. */
static bool has_room(const struct outbox *outbox)
{
    size_t owed = outbox->keys_down + BUTTON_ROOM + CONTROL_ROOM + 2;

    return OUTBOX_MESSAGES - outbox->count > owed;
}

static struct inbox_message *last(struct outbox *outbox)
{
    if (outbox->count == 0) return NULL;
    return &outbox->queue[(outbox->head + outbox->count - 1) % OUTBOX_MESSAGES];
}

static void add(struct outbox *outbox, enum inbox_kind kind, const void *payload, size_t bytes)
{
    struct inbox_message message = {.kind = kind, .bytes = (uint8_t)bytes};

    if (outbox->count == OUTBOX_MESSAGES) return;
    if (bytes > 0) memcpy(message.payload, payload, bytes);
    outbox->queue[(outbox->head + outbox->count) % OUTBOX_MESSAGES] = message;
    outbox->count++;
    (void)outbox_flush(outbox);
}

/* ---- Keys ---- */

bool outbox_is_down(const struct outbox *outbox, uint16_t usage)
{
    return usage < OUTBOX_KEYS && outbox->is_key_down[usage];
}

void outbox_key(struct outbox *outbox, uint16_t usage, bool is_down)
{
    struct input_key key;

    if (usage >= OUTBOX_KEYS || outbox->is_key_down[usage] == is_down) return;
    if (is_down && !has_room(outbox)) return;
    outbox->is_key_down[usage] = is_down;
    outbox->keys_down = is_down ? outbox->keys_down + 1 : outbox->keys_down - 1;
    memset(&key, 0, sizeof(key));
    key.usage = usage;
    key.is_down = is_down;
    add(outbox, INBOX_KEY, &key, sizeof(key));
}

/* Modifiers have the highest numbers and go last, so that nothing is held with fewer of them than
 * it was pressed with. */
void outbox_release_keys(struct outbox *outbox)
{
    for (uint16_t usage = 0; usage < OUTBOX_KEYS && outbox->keys_down > 0; usage++) {
        outbox_key(outbox, usage, false);
    }
}

/* ---- Mouse and tablet ---- */

static int8_t clamp8(int32_t value)
{
    return (int8_t)(value < -127 ? -127 : value > 127 ? 127 : value);
}

static int32_t clamp16(int32_t value)
{
    return value < -INT16_MAX ? -INT16_MAX : value > INT16_MAX ? INT16_MAX : value;
}

static void add_tablet(struct outbox *outbox, int8_t wheel)
{
    struct input_tablet tablet;

    memset(&tablet, 0, sizeof(tablet));
    tablet.x = outbox->x;
    tablet.y = outbox->y;
    tablet.wheel = wheel;
    tablet.buttons = outbox->buttons;
    add(outbox, INBOX_TABLET, &tablet, sizeof(tablet));
}

static void add_pointer(struct outbox *outbox, int32_t dx, int32_t dy, int8_t wheel)
{
    struct input_pointer pointer;

    memset(&pointer, 0, sizeof(pointer));
    pointer.dx = (int16_t)clamp16(dx);
    pointer.dy = (int16_t)clamp16(dy);
    pointer.wheel = wheel;
    pointer.buttons = outbox->buttons;
    add(outbox, INBOX_POINTER, &pointer, sizeof(pointer));
}

static void tell_buttons(struct outbox *outbox, int8_t wheel)
{
    if (outbox->is_relative) {
        add_pointer(outbox, 0, 0, wheel);
    } else {
        add_tablet(outbox, wheel);
    }
}

void outbox_move(struct outbox *outbox, int32_t dx, int32_t dy)
{
    struct inbox_message *waiting = last(outbox);
    struct input_pointer pointer;

    if (waiting && waiting->kind == INBOX_POINTER) {
        memcpy(&pointer, waiting->payload, sizeof(pointer));
        if (pointer.buttons == outbox->buttons && pointer.wheel == 0) {
            pointer.dx = (int16_t)clamp16(pointer.dx + clamp16(dx));
            pointer.dy = (int16_t)clamp16(pointer.dy + clamp16(dy));
            memcpy(waiting->payload, &pointer, sizeof(pointer));
            return;
        }
    }
    if (has_room(outbox)) add_pointer(outbox, dx, dy, 0);
}

void outbox_place(struct outbox *outbox, uint16_t x, uint16_t y)
{
    struct inbox_message *waiting = last(outbox);
    struct input_tablet tablet;

    if (outbox->x == x && outbox->y == y) return;
    outbox->x = x;
    outbox->y = y;
    if (waiting && waiting->kind == INBOX_TABLET) {
        memcpy(&tablet, waiting->payload, sizeof(tablet));
        if (tablet.buttons == outbox->buttons && tablet.wheel == 0) {
            tablet.x = x;
            tablet.y = y;
            memcpy(waiting->payload, &tablet, sizeof(tablet));
            return;
        }
    }
    if (has_room(outbox)) add_tablet(outbox, 0);
}

void outbox_button(struct outbox *outbox, uint8_t button, bool is_down)
{
    uint8_t buttons = is_down ? outbox->buttons | button : outbox->buttons & (uint8_t)~button;

    if (buttons == outbox->buttons || (is_down && !has_room(outbox))) return;
    outbox->buttons = buttons;
    tell_buttons(outbox, 0);
}

void outbox_wheel(struct outbox *outbox, int32_t steps)
{
    if (steps != 0 && has_room(outbox)) tell_buttons(outbox, clamp8(steps));
}

void outbox_release_buttons(struct outbox *outbox)
{
    if (outbox->buttons == 0) return;
    outbox->buttons = 0;
    tell_buttons(outbox, 0);
}

void outbox_use_mouse(struct outbox *outbox, bool is_relative)
{
    if (outbox->is_relative == is_relative) return;
    outbox_release_buttons(outbox);
    outbox->is_relative = is_relative;
}

void outbox_control(struct outbox *outbox, enum inbox_kind kind)
{
    add(outbox, kind, NULL, 0);
}
