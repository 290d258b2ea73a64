/* SPDX-License-Identifier: GPL-2.0-only */
/* US layout and names of keys (HID Usage Tables 1.12, table 12): see input_keys.h. */
#include "emu/app/input_keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "emu/base/bits.h"
#include "emu/base/hex.h"
#include "emu/base/suggest.h"

#define LEFT_CTRL  0x01u /* bits of key_press.modifiers */
#define LEFT_SHIFT 0x02u

#define USAGE_A         0x04u
#define USAGE_ENTER     0x28u
#define USAGE_ESCAPE    0x29u
#define USAGE_BACKSPACE 0x2au
#define USAGE_TAB       0x2bu
#define USAGE_SPACE     0x2cu
#define USAGE_F1        0x3au
#define USAGE_F13       0x68u
#define USAGE_KEYPAD_1  0x59u
#define USAGE_KEYPAD_0  0x62u
#define USAGE_LAST_KEY  0xddu
#define FUNCTION_KEYS   24u

#define CHAR_ESCAPE   0x1b
#define CONTROL_FIRST 0x01 /* Ctrl-A */
#define CONTROL_LAST  0x1a

/* Keys of signs, without and with Shift. */
static const struct {
    char plain;
    char shifted;
    uint8_t usage;
} signs[] = {
    {'1', '!', 0x1e}, {'2', '@', 0x1f},  {'3', '#', 0x20}, {'4', '$', 0x21}, {'5', '%', 0x22},
    {'6', '^', 0x23}, {'7', '&', 0x24},  {'8', '*', 0x25}, {'9', '(', 0x26}, {'0', ')', 0x27},
    {'-', '_', 0x2d}, {'=', '+', 0x2e},  {'[', '{', 0x2f}, {']', '}', 0x30}, {'\\', '|', 0x31},
    {';', ':', 0x33}, {'\'', '"', 0x34}, {'`', '~', 0x35}, {',', '<', 0x36}, {'.', '>', 0x37},
    {'/', '?', 0x38}, {' ', ' ', 0x2c},
};

/* Several names of one key stand one after the other, the one to suggest first. */
static const struct {
    const char *name;
    uint8_t usage;
} names[] = {
    {"ctrl", 0xe0},
    {"control", 0xe0},
    {"shift", 0xe1},
    {"alt", 0xe2},
    {"option", 0xe2},
    {"super", 0xe3},
    {"command", 0xe3},
    {"cmd", 0xe3},
    {"meta", 0xe3},
    {"right-ctrl", 0xe4},
    {"right-shift", 0xe5},
    {"right-alt", 0xe6},
    {"altgr", 0xe6},
    {"right-super", 0xe7},
    {"enter", USAGE_ENTER},
    {"return", USAGE_ENTER},
    {"escape", USAGE_ESCAPE},
    {"esc", USAGE_ESCAPE},
    {"backspace", USAGE_BACKSPACE},
    {"tab", USAGE_TAB},
    {"space", USAGE_SPACE},
    {"minus", 0x2d},
    {"less", 0x36},
    {"caps-lock", 0x39},
    {"capslock", 0x39},
    {"print-screen", 0x46},
    {"sysrq", 0x46},
    {"scroll-lock", 0x47},
    {"pause", 0x48},
    {"break", 0x48},
    {"insert", 0x49},
    {"home", 0x4a},
    {"page-up", 0x4b},
    {"pageup", 0x4b},
    {"delete", 0x4c},
    {"del", 0x4c},
    {"end", 0x4d},
    {"page-down", 0x4e},
    {"pagedown", 0x4e},
    {"right", 0x4f},
    {"left", 0x50},
    {"down", 0x51},
    {"up", 0x52},
    {"num-lock", 0x53},
    {"numlock", 0x53},
    {"keypad-slash", 0x54},
    {"keypad-star", 0x55},
    {"keypad-minus", 0x56},
    {"keypad-plus", 0x57},
    {"keypad-enter", 0x58},
    {"keypad-dot", 0x63},
    {"menu", 0x65},
    {"power", 0x66},
};

static bool of_letter(unsigned char c, struct key_press *press)
{
    const bool is_upper = c >= 'A' && c <= 'Z';

    if (!is_upper && (c < 'a' || c > 'z')) return false;
    press->usage = (uint8_t)(USAGE_A + c - (is_upper ? 'A' : 'a'));
    press->modifiers = is_upper ? LEFT_SHIFT : 0;
    return true;
}

static bool of_control(unsigned char c, struct key_press *press)
{
    *press = (struct key_press){0};
    switch (c) {
    case '\n':
    case '\r': press->usage = USAGE_ENTER; return true;
    case '\t': press->usage = USAGE_TAB; return true;
    case '\b': press->usage = USAGE_BACKSPACE; return true;
    case CHAR_ESCAPE: press->usage = USAGE_ESCAPE; return true;
    default: break;
    }
    if (c < CONTROL_FIRST || c > CONTROL_LAST) return false;
    press->usage = (uint8_t)(USAGE_A + c - CONTROL_FIRST);
    press->modifiers = LEFT_CTRL;
    return true;
}

bool key_press_of_char(unsigned char c, struct key_press *press)
{
    if (c < ' ') return of_control(c, press);
    if (of_letter(c, press)) return true;
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        const char sign = (char)c;

        if (sign != signs[i].plain && sign != signs[i].shifted) continue;
        press->usage = signs[i].usage;
        press->modifiers = sign == signs[i].plain ? 0 : LEFT_SHIFT;
        return true;
    }
    return false;
}

/* ---- Names ---- */

static bool is_word(const char *name, size_t bytes, const char *word)
{
    return strlen(word) == bytes && strncasecmp(name, word, bytes) == 0;
}

/* The number behind a prefix, 1 to 3 digits; -1 when that is not what it is. */
static int numbered(const char *name, size_t bytes, const char *prefix)
{
    const size_t skip = strlen(prefix);
    int number = 0;

    if (bytes <= skip || bytes > skip + 3 || strncasecmp(name, prefix, skip) != 0) return -1;
    for (size_t i = skip; i < bytes; i++) {
        if (name[i] < '0' || name[i] > '9') return -1;
        number = number * 10 + (name[i] - '0');
    }
    return number;
}

static unsigned function_key(int number)
{
    if (number < 1 || number > (int)FUNCTION_KEYS) return 0;
    return number <= 12 ? USAGE_F1 + (unsigned)number - 1 : USAGE_F13 + (unsigned)number - 13;
}

static unsigned keypad_key(int number)
{
    if (number < 0 || number > 9) return 0;
    return number == 0 ? USAGE_KEYPAD_0 : USAGE_KEYPAD_1 + (unsigned)number - 1;
}

/* 0x and two hexadecimal digits. */
static unsigned usage_number(const char *name, size_t bytes)
{
    unsigned usage = 0;

    if (bytes != 4 || strncasecmp(name, "0x", 2) != 0) return 0;
    for (size_t i = 2; i < bytes; i++) {
        const int digit = hex_value(name[i], HEX_ANY);

        if (digit < 0) return 0;
        usage = usage * 16 + (unsigned)digit;
    }
    if (usage >= KEY_FIRST_MODIFIER && usage < KEY_FIRST_MODIFIER + KEY_MODIFIERS) return usage;
    return usage >= USAGE_A && usage <= USAGE_LAST_KEY ? usage : 0;
}

/* Usage of one key by its name; 0 when there is none. */
static unsigned named(const char *name, size_t bytes)
{
    unsigned usage;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (is_word(name, bytes, names[i].name)) return names[i].usage;
    }
    usage = function_key(numbered(name, bytes, "f"));
    if (usage == 0) {
        usage = keypad_key(numbered(name, bytes, "keypad-"));
    }
    return usage != 0 ? usage : usage_number(name, bytes);
}

static bool is_modifier(unsigned usage)
{
    return usage >= KEY_FIRST_MODIFIER && usage < KEY_FIRST_MODIFIER + KEY_MODIFIERS;
}

static void suggest(const char *name, size_t bytes, char suggestion[KEY_NAME_BYTES])
{
    char typed[KEY_NAME_BYTES];
    struct suggestion meant;

    suggestion[0] = '\0';
    if (bytes >= sizeof(typed)) return;
    (void)snprintf(typed, sizeof(typed), "%.*s", (int)bytes, name);
    suggest_begin(&meant, typed);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        suggest_try(&meant, names[i].name);
    }
    if (meant.word != NULL) {
        (void)snprintf(suggestion, KEY_NAME_BYTES, "%s", meant.word);
    }
}

/* The length of a modifier's name with the '-' behind it that `name` starts with; 0: none. Names
 * with a '-' of their own are longer than the modifier that they may start with. */
static size_t leading_modifier(const char *name, size_t bytes, unsigned *usage)
{
    size_t best = 0;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const size_t length = strlen(names[i].name);

        if (!is_modifier(names[i].usage) || length + 1 >= bytes || length < best) continue;
        if (name[length] != '-' || strncasecmp(name, names[i].name, length) != 0) continue;
        best = length + 1;
        *usage = names[i].usage;
    }
    return best;
}

bool key_press_of_name(const char *name, size_t bytes, struct key_press *press,
                       char suggestion[KEY_NAME_BYTES])
{
    struct key_press last = {0};
    unsigned usage = 0;
    uint8_t modifiers = 0;
    size_t used;

    suggestion[0] = '\0';
    for (used = leading_modifier(name, bytes, &usage); used > 0;
         used = leading_modifier(name, bytes, &usage)) {
        modifiers |= (uint8_t)(1u << (usage - KEY_FIRST_MODIFIER));
        name += used;
        bytes -= used;
    }
    usage = named(name, bytes);
    if (is_modifier(usage)) {
        modifiers |= (uint8_t)(1u << (usage - KEY_FIRST_MODIFIER));
        usage = 0;
    } else if (usage == 0) {
        if (bytes != 1 || (unsigned char)*name <= ' ' ||
            !key_press_of_char((unsigned char)*name, &last)) {
            suggest(name, bytes, suggestion);
            return false;
        }
        usage = last.usage;
    }
    press->usage = (uint8_t)usage;
    press->modifiers = modifiers | last.modifiers;
    return true;
}
