/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Vega 10 as the demo uses it: one ring of the first DMA engine, in RAM, which the engine reaches
 * through the AGP aperture; pictures in video memory; page flips by the surface address of the
 * display (docs/hardware/vega10.md). The firmware has set the mode.
 */
#include "devices/display/vega10_sdma_regs.h"
#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"
#include "roms/demo/demo.h"

#define ID_VEGA_56 0x68671002u
#define ID_VEGA_64 0x68601002u

#define GRPH_ADDRESS        0xe878u
#define GRPH_ADDRESS_HIGH   0xe884u
#define GRPH_UPDATE         0xe8a8u
#define GRPH_UPDATE_PENDING 0x00000004u
#define CRTC_CONTROL        0xeebcu
#define CRTC_ON             0x1u

#define GFX(reg)       (SDMA_QUEUE_GFX + (reg))
#define PIXEL_LOG2     2u
#define FILL_BYTES_MAX 0x400000u
#define RING_MASK      ((1u << RING_LOG2) - 1)
#define RING_ROOM      (1u << (RING_LOG2 - 1)) /* drawn at once, at most */
#define ROW_STEP       64u                     /* rows of the check sum */
#define CRC_POLYNOMIAL 0xedb88320u
#define PATIENCE_MS    2000u /* nothing that the demo waits for takes a tenth of that */
#define PIXEL_BYTES    (1u << PIXEL_LOG2)
#define Y_SHIFT        16 /* words of a rectangle: x, y; z, pitch */
#define PITCH_SHIFT    13
#define WIDTH_LEAST    2048u /* the bar's text, and boxes with room to move */
#define HEIGHT_LEAST   1024u

static void set(const struct gpu *gpu, uint32_t reg, uint32_t value)
{
    mmio_write32(gpu->regs + reg, value);
}

static uint32_t get(const struct gpu *gpu, uint32_t reg)
{
    return mmio_read32(gpu->regs + reg);
}

/* ---- The ring ---- */

static void emit(struct gpu *gpu, uint32_t dword)
{
    ((volatile uint32_t *)(uintptr_t)RAM_RING)[gpu->head++ & RING_MASK] = dword;
}

static void emit_address(struct gpu *gpu, uint64_t address)
{
    emit(gpu, (uint32_t)address);
    emit(gpu, (uint32_t)(address >> 32));
}

/* Half a ring of packets at most is on its way. */
static void make_room(struct gpu *gpu)
{
    uint32_t told = get(gpu, GFX(SDMA_RB_WPTR)) / 4;

    if (((gpu->head - told) & RING_MASK) >= RING_ROOM) gpu_finish(gpu);
}

void gpu_finish(struct gpu *gpu)
{
    const volatile uint32_t *fence = (const volatile uint32_t *)(uintptr_t)RAM_FENCE;

    gpu->fence++;
    emit(gpu, SDMA_HEADER(SDMA_OP_FENCE, 0));
    emit_address(gpu, RAM_FENCE);
    emit(gpu, gpu->fence);
    set(gpu, GFX(SDMA_RB_WPTR), gpu->head * 4);
    for (unsigned i = 0; *fence != gpu->fence; i++) {
        if (i == PATIENCE_MS) give_up("the DMA engine does not answer");
        tick_wait();
    }
}

/* ---- Packets ---- */

static void fill_run(struct gpu *gpu, uint64_t at, uint64_t bytes, uint32_t color)
{
    while (bytes > 0) {
        uint32_t now = bytes > FILL_BYTES_MAX ? FILL_BYTES_MAX : (uint32_t)bytes;

        emit(gpu, SDMA_HEADER(SDMA_OP_CONST_FILL, SDMA_FILL_LINEAR) | SDMA_FILL_DWORDS);
        emit_address(gpu, gpu->video + at);
        emit(gpu, color);
        emit(gpu, now - 1);
        at += now;
        bytes -= now;
    }
}

void gpu_fill(struct gpu *gpu, uint64_t page, uint32_t pitch, const struct rect *rect,
              uint32_t color)
{
    uint64_t at = page + ((uint64_t)rect->y * pitch + rect->x) * PIXEL_BYTES;

    make_room(gpu);
    if (rect->width == pitch) {
        fill_run(gpu, at, (uint64_t)rect->height * pitch * PIXEL_BYTES, color);
        return;
    }
    for (uint32_t row = 0; row < rect->height; row++) {
        fill_run(gpu, at + (uint64_t)row * pitch * PIXEL_BYTES, rect->width * PIXEL_BYTES, color);
    }
}

static void emit_window(struct gpu *gpu, uint64_t at, uint32_t pitch, const struct rect *corner)
{
    emit_address(gpu, at);
    emit(gpu, corner->x | corner->y << Y_SHIFT);
    emit(gpu, (pitch - 1) << PITCH_SHIFT);
    emit(gpu, 0);
}

/* Addresses are the engine's own. */
static void copy_window(struct gpu *gpu, const struct picture *to, const struct rect *rect,
                        const struct picture *from, const struct rect *source)
{
    emit(gpu,
         SDMA_HEADER(SDMA_OP_COPY, SDMA_COPY_LINEAR_SUB_WIND) | PIXEL_LOG2 << SDMA_ELEMENT_SHIFT);
    emit_window(gpu, from->at, from->pitch, source);
    emit_window(gpu, to->at, to->pitch, rect);
    emit(gpu, (rect->width - 1) | (rect->height - 1) << Y_SHIFT);
    emit(gpu, 0);
}

void gpu_copy(struct gpu *gpu, const struct picture *to, const struct rect *rect,
              const struct picture *from, const struct rect *source)
{
    struct picture target = {.at = gpu->video + to->at, .pitch = to->pitch};
    struct picture origin = {.at = gpu->video + from->at, .pitch = from->pitch};

    make_room(gpu);
    copy_window(gpu, &target, rect, &origin, source);
}

/* ---- Pages ---- */

void gpu_flip(struct gpu *gpu)
{
    uint64_t at = gpu->video + VIDEO_PAGE(gpu->back);

    set(gpu, GRPH_ADDRESS_HIGH, (uint32_t)(at >> 32));
    set(gpu, GRPH_ADDRESS, (uint32_t)at);
    for (unsigned i = 0; (get(gpu, GRPH_UPDATE) & GRPH_UPDATE_PENDING) != 0; i++) {
        if (i == PATIENCE_MS) give_up("there are no vertical blanks");
        tick_wait();
    }
    gpu->back ^= 1;
    gpu->frames++;
}

static uint32_t crc_of(const uint8_t *bytes, size_t count)
{
    uint32_t table[256];
    uint32_t crc = UINT32_MAX;

    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (unsigned bit = 0; bit < 8; bit++) {
            table[i] = table[i] >> 1 ^ (CRC_POLYNOMIAL & (0u - (table[i] & 1)));
        }
    }
    for (size_t i = 0; i < count; i++) {
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    }
    return ~crc;
}

/* Rows ROW_STEP apart are a picture of that many times the pitch. */
uint32_t gpu_checksum(struct gpu *gpu)
{
    struct picture from = {.at = gpu->video + VIDEO_PAGE(gpu->back ^ 1),
                           .pitch = gpu->width * ROW_STEP};
    struct picture to = {.at = RAM_PEEK, .pitch = gpu->width};
    struct rect rect = {.width = gpu->width, .height = gpu->height / ROW_STEP};

    copy_window(gpu, &to, &rect, &from, &rect);
    gpu_finish(gpu);
    return crc_of((const uint8_t *)(uintptr_t)RAM_PEEK,
                  (size_t)rect.width * rect.height * PIXEL_BYTES);
}

/* ---- Start ---- */

static void start_ring(struct gpu *gpu)
{
    set(gpu, MMHUB_MC_VM_AGP_BASE, 0);
    set(gpu, MMHUB_MC_VM_AGP_BOT, 0);
    set(gpu, MMHUB_MC_VM_AGP_TOP, (uint32_t)(MAP_LOW_RAM_MAX >> 24) - 1);
    set(gpu, SDMA_F32_CNTL, SDMA_F32_CNTL_HALT);
    set(gpu, GFX(SDMA_RB_CNTL), 0);
    set(gpu, GFX(SDMA_RB_BASE), RAM_RING >> 8);
    set(gpu, GFX(SDMA_RB_BASE_HI), 0);
    set(gpu, GFX(SDMA_RB_RPTR), 0);
    set(gpu, GFX(SDMA_RB_RPTR_HI), 0);
    set(gpu, GFX(SDMA_RB_WPTR), 0);
    set(gpu, GFX(SDMA_RB_WPTR_HI), 0);
    set(gpu, GFX(SDMA_RB_CNTL), SDMA_RB_CNTL_ENABLE | RING_LOG2 << SDMA_RB_CNTL_SIZE_SHIFT);
    set(gpu, SDMA_F32_CNTL, 0);
}

void gpu_init(struct gpu *gpu, const struct start_info *info)
{
    uint64_t function = pci_find(ID_VEGA_56);

    if (function == 0) function = pci_find(ID_VEGA_64);
    if (function == 0) give_up("there is no Vega 10");
    *gpu = (struct gpu){.regs = pci_bar(function, 5), .back = 1};
    gpu->video = (uint64_t)get(gpu, MMHUB_MC_VM_FB_LOCATION) << 24;
    gpu->width = info->width;
    gpu->height = info->height;
    if (memcmp(info->frame_magic, "SGFRAME1", 8) != 0 || info->pitch != info->width * PIXEL_BYTES ||
        (get(gpu, CRTC_CONTROL) & CRTC_ON) == 0) {
        give_up("the firmware has set no mode");
    }
    if ((uint64_t)info->pitch * info->height > VIDEO_PAGE(1) || info->height < HEIGHT_LEAST ||
        info->width < WIDTH_LEAST) {
        give_up("the screen is too large or too small");
    }
    *(volatile uint32_t *)(uintptr_t)RAM_FENCE = 0;
    start_ring(gpu);
}
