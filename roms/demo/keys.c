/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys, wherever they come from: a USB keyboard in boot protocol (HID 1.11, appendix B; usages of
 * the HID Usage Tables, page 7), or characters and arrow sequences on the serial port. */
#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"
#include "roms/demo/demo.h"

#define UART_DATA   (MAP_PORT_COM1 + 0)
#define UART_STATUS (MAP_PORT_COM1 + 5)
#define UART_READY  0x01u
#define ESCAPE      0x1b

#define REPORT_BYTES 8u
#define REPORT_KEYS  2u /* six usages from here on */
#define USAGE_A      0x04u
#define USAGE_1      0x1eu
#define USAGE_ENTER  0x28u /* and those behind it, up to the slash */
#define USAGE_RIGHT  0x4fu /* then left, down, up */
#define USAGE_KEYPAD 0x54u /* its slash, then the other operators */

static int key_of(uint8_t usage)
{
    static const char after_digits[] = "\n\x1b\b\t -=[]\\#;'`,./";
    static const int arrows[] = {KEY_RIGHT, KEY_LEFT, KEY_DOWN, KEY_UP};
    static const char keypad[] = "/*-+";

    if (usage >= USAGE_A && usage < USAGE_A + 26) return 'a' + usage - USAGE_A;
    if (usage >= USAGE_1 && usage < USAGE_1 + 10) return '0' + (usage - USAGE_1 + 1) % 10;
    if (usage >= USAGE_ENTER && usage < USAGE_ENTER + sizeof(after_digits) - 1) {
        return after_digits[usage - USAGE_ENTER];
    }
    if (usage >= USAGE_RIGHT && usage < USAGE_RIGHT + 4) return arrows[usage - USAGE_RIGHT];
    if (usage >= USAGE_KEYPAD && usage < USAGE_KEYPAD + 4) return keypad[usage - USAGE_KEYPAD];
    return KEY_NONE;
}

static bool is_in(const uint8_t report[REPORT_BYTES], uint8_t usage)
{
    for (unsigned i = REPORT_KEYS; i < REPORT_BYTES; i++) {
        if (report[i] == usage) return true;
    }
    return false;
}

/* Keys that are down now and were not before. */
static void take_report(struct keys *keys, const uint8_t report[REPORT_BYTES])
{
    for (unsigned i = REPORT_KEYS; i < REPORT_BYTES; i++) {
        if (is_in(keys->report, report[i]) || keys->count == sizeof(keys->pending)) continue;
        keys->pending[keys->count++] = report[i];
    }
    memcpy(keys->report, report, REPORT_BYTES);
}

static int usb_key(struct keys *keys)
{
    uint8_t report[REPORT_BYTES];
    uint8_t usage;

    if (keys->usb == NULL) return KEY_NONE;
    while (keys->count == 0) {
        if (!usb_poll(keys->usb, report)) return KEY_NONE;
        take_report(keys, report);
    }
    usage = keys->pending[0];
    keys->count--;
    for (unsigned i = 0; i < keys->count; i++) {
        keys->pending[i] = keys->pending[i + 1];
    }
    return key_of(usage);
}

/* ESC [ and a letter are an arrow key. */
static int serial_key(struct keys *keys)
{
    static const int arrows[] = {KEY_UP, KEY_DOWN, KEY_RIGHT, KEY_LEFT};

    while ((inb(UART_STATUS) & UART_READY) != 0) {
        uint8_t c = inb(UART_DATA);
        unsigned escape = keys->escape;

        keys->escape = 0;
        if (escape == 2 && c >= 'A' && c <= 'D') return arrows[c - 'A'];
        if (escape == 1 && c == '[') {
            keys->escape = 2;
        } else if (c == ESCAPE) {
            keys->escape = 1;
        } else if (c != 0) {
            return c;
        }
    }
    return KEY_NONE;
}

void keys_init(struct keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    keys->usb = usb_start();
}

int keys_get(struct keys *keys)
{
    int key = serial_key(keys);

    return key != KEY_NONE ? key : usb_key(keys);
}
