/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The demo: boxes that bounce over a 5120x2880 screen, all drawn by the DMA engine of the Vega 10,
 * and keys from a USB keyboard or the serial port. A bare-metal program without any library.
 *
 *   main.c   start, command line, the loop
 *   lib.c    memory, text on the serial port, time and waiting
 *   pci.c    finding functions
 *   gpu.c    the DMA ring, packets, page flips, the check sum of the picture
 *   art.c    sprites, letters and the background, made once in video memory
 *   scene.c  what moves
 *   keys.c   keys as characters, from the serial port and from usb.c
 *   usb.c    an xHCI host controller and keyboards in boot protocol, polled
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Where things lie: RAM that the image does not use, and video memory ---- */
#define RAM_IDT   0x1000000u
#define RAM_RING  0x1100000u /* 1 MiB */
#define RING_LOG2 18u        /* dwords */
#define RAM_FENCE 0x1200000u
#define RAM_PEEK  0x1300000u /* rows read back from the picture, 1 MiB */
#define RAM_USB   0x1500000u /* 1 MiB */

#define VIDEO_PAGE(n) ((uint64_t)(n) << 26) /* the two pages of the double buffer */
#define VIDEO_GROUND  (UINT64_C(2) << 26)   /* the background */
#define VIDEO_SHEET   (UINT64_C(3) << 26)   /* sprites and letters, SHEET_PITCH pixels a row */
#define SHEET_PITCH   2048u

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t modlist, cmdline, rsdp, memmap;
    uint32_t memmap_entries, reserved;
    uint64_t zero;
    /* docs/images.md, "The frame buffer" */
    char frame_magic[8];
    uint64_t frame_addr, frame_bytes;
    uint32_t pitch, width, height;
};

/* ---- lib.c ---- */
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
void put_char(char c);
void put_text(const char *text);
/* Text with %u (unsigned), %x (8 hexadecimal digits) and %s, each of `values` in turn. */
void put_line(const char *format, const uint64_t *values);
#define SAY(format, ...) put_line(format, (const uint64_t[]){__VA_ARGS__})
uint64_t cycles(void);
#define CYCLES_PER_SECOND UINT64_C(3200000000)
/* Switches the millisecond tick on, and waits for the next one. */
void tick_start(void);
void tick_wait(void);
bool is_power_pressed(void);
_Noreturn void power_off(void);
_Noreturn void give_up(const char *why); /* ends with status 3 */

/* ---- pci.c ---- */
/* Configuration space of the first function with this identity (device << 16 | vendor); 0: none.
 * Memory and bus mastering are switched on. */
uint64_t pci_find(uint32_t id);
uint64_t pci_bar(uint64_t function, unsigned bar);

/* ---- gpu.c ---- */
struct rect {
    uint32_t x, y;
    uint32_t width, height;
};

struct gpu {
    uint64_t regs;
    uint64_t video; /* GPU address of the first byte of video memory */
    uint32_t width, height;
    uint32_t head;  /* dwords emitted, not wrapped */
    uint32_t fence; /* the last value */
    unsigned back;  /* the page that is not shown */
    uint32_t frames;
};

void gpu_init(struct gpu *gpu, const struct start_info *info);
/* A part of the page at the back, in one colour; a rectangle is filled row by row unless it is as
 * wide as the page. */
void gpu_fill(struct gpu *gpu, uint64_t page, uint32_t pitch, const struct rect *rect,
              uint32_t color);
/* Pictures in video memory: address of the first pixel, and pixels from row to row. */
struct picture {
    uint64_t at;
    uint32_t pitch;
};
void gpu_copy(struct gpu *gpu, const struct picture *to, const struct rect *rect,
              const struct picture *from, const struct rect *source);
/* Waits until everything is drawn. */
void gpu_finish(struct gpu *gpu);
/* Shows the page at the back from the next vertical blank on, and waits for that. */
void gpu_flip(struct gpu *gpu);
/* CRC-32 over every 64th row of the page that is shown, read back by the DMA engine. */
uint32_t gpu_checksum(struct gpu *gpu);

/* ---- art.c ---- */
#define TINTS      8u
#define SPRITE     256u /* side of a large sprite; there are such of 3/4 and of 1/2 of it, too */
#define SPRITES    3u
#define LETTER     48u /* width and height of a letter's cell */
#define COLOR_TEXT 0xd8d9ddu
#define COLOR_BAR  0x17181bu
void art_make(struct gpu *gpu);
uint32_t art_side(unsigned size);
struct rect art_sprite(unsigned tint, unsigned size);
/* The cell of a character; those without a picture look like a space. */
struct rect art_letter(char c);

/* ---- scene.c ---- */
#define BOXES_MAX 40u
#define TYPED_MAX 40u

struct box {
    int32_t x, y; /* 1/16 pixel */
    int32_t dx, dy;
    unsigned size;
    unsigned tint;
};

struct scene {
    struct box box[BOXES_MAX];
    unsigned boxes;
    int32_t player_x, player_y; /* the one that arrow keys move */
    bool is_paused;
    char typed[TYPED_MAX + 1];
    uint32_t random;
    struct rect drawn[2][BOXES_MAX + 1]; /* on each page: to be wiped */
    unsigned drawn_count[2];
};

void scene_init(struct scene *scene, const struct gpu *gpu);
/* One key; false: the demo is over. */
bool scene_key(struct scene *scene, const struct gpu *gpu, int key);
void scene_step(struct scene *scene, const struct gpu *gpu);
void scene_draw(struct scene *scene, struct gpu *gpu);

/* ---- keys.c, usb.c ---- */
enum { KEY_NONE = 0, KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN };

struct usb;
struct keys {
    struct usb *usb;   /* NULL: no host controller, or none with a keyboard */
    uint8_t report[8]; /* the last one of the keyboard */
    uint8_t pending[16];
    unsigned count;
    unsigned escape; /* how much of a terminal's arrow key was read */
};

void keys_init(struct keys *keys);
/* The next key, a character or one of the above. */
int keys_get(struct keys *keys);
/* NULL: there is none. The structure lies at RAM_USB. */
struct usb *usb_start(void);
/* A report of a keyboard, 8 bytes; false: nothing new. */
bool usb_poll(struct usb *usb, uint8_t report[8]);
