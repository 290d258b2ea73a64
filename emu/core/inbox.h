/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inbox: the one door through which other host threads (terminal, sockets, window) reach the
 * machine. A message is posted at any host time; the machine drains the inbox between runs of its
 * cores and hands each message on, stamped with the virtual time at which it takes effect. That
 * stamp and the bytes are all that a replay needs (DESIGN.md, law 2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INBOX_MESSAGES_MAX 1024
/* Places of these that typed bytes never take: a stop or a power key gets in when nobody reads the
 * serial port. */
#define INBOX_RESERVED      16
#define INBOX_PAYLOAD_BYTES 48

enum inbox_kind {
    INBOX_SERIAL,    /* bytes typed at serial port `target` */
    INBOX_POWER_KEY, /* press of the power button */
    INBOX_STOP,      /* leave the run loop */
    INBOX_NMI,       /* non-maskable interrupt to core `target` */
    INBOX_RESET,     /* press of the reset button */
    INBOX_PAUSE,     /* virtual time stands still until INBOX_RESUME; the guest cannot notice */
    INBOX_RESUME,
    INBOX_KEY,     /* payload: struct input_key */
    INBOX_POINTER, /* payload: struct input_pointer; relative, to the USB mouse */
    INBOX_TABLET,  /* payload: struct input_tablet; absolute, to the USB tablet */
    /* Somebody who stands around the machine (the control socket) has something to do between two
     * runs: leave the run loop and come back. */
    INBOX_ATTENTION,
};

/* What a person does at keyboard and mouse, in USB terms (HID Usage Tables 1.12). */
struct input_key {
    uint16_t usage; /* of usage page 7, for example 0x04 for A; modifiers are 0xe0..0xe7 */
    bool is_down;
};
#define INPUT_BUTTON_LEFT   0x01u
#define INPUT_BUTTON_RIGHT  0x02u
#define INPUT_BUTTON_MIDDLE 0x04u
struct input_pointer {
    int16_t dx;      /* right is positive */
    int16_t dy;      /* down is positive */
    int8_t wheel;    /* away from the person is positive */
    uint8_t buttons; /* INPUT_BUTTON_*, those that are down now */
};
#define INPUT_TABLET_MAX 32767 /* right and bottom edge of the picture */
struct input_tablet {
    uint16_t x;
    uint16_t y;
    int8_t wheel;
    uint8_t buttons;
};

struct inbox_message {
    enum inbox_kind kind;
    uint8_t target;
    uint8_t bytes;
    uint8_t payload[INBOX_PAYLOAD_BYTES];
};

struct inbox;

struct inbox *inbox_create(void);
void inbox_destroy(struct inbox *inbox);
/* From any thread. False when full: the sender tries again later (nothing is lost, nothing grows).
 */
bool inbox_post(struct inbox *inbox, const struct inbox_message *message);
/* Machine thread. False when empty. Cheap when empty: one atomic load. */
bool inbox_take(struct inbox *inbox, struct inbox_message *message);
/* The oldest message that is not INBOX_SERIAL, out of turn: while the machine has no room for typed
 * bytes. */
bool inbox_take_control(struct inbox *inbox, struct inbox_message *message);
/* INBOX_STOP, INBOX_PAUSE, INBOX_RESUME, INBOX_ATTENTION: said to the program, not to the guest. */
bool inbox_is_order(const struct inbox_message *message);
/* The oldest order, out of turn. */
bool inbox_take_order(struct inbox *inbox, struct inbox_message *message);
bool inbox_is_empty(const struct inbox *inbox);
/* Machine thread, nothing to run: waits on the host until a message arrives or `max_ms` passed (-1:
 * for ever). */
void inbox_wait(struct inbox *inbox, int max_ms);
/* The same for who has looked and left typed bytes where they are: waits for a message that was
 * posted since. May come back once without one. */
void inbox_wait_more(struct inbox *inbox, int max_ms);
