/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The demo's loop: keys, movement, drawing into the page at the back, flip. With `frames=N` on the
 * command line it shows N frames, prints a check sum of what is on the screen, and ends.
 */
#include "roms/demo/demo.h"

void demo_main(const struct start_info *info);

struct demo {
    struct gpu gpu;
    struct scene scene;
    struct keys keys;
    uint64_t started; /* cycles at the first frame, and when the rate was last asked for */
    uint64_t asked;
    uint32_t asked_frames;
};

/* The value of `frames=` on the command line, 0 when there is none. */
static uint32_t frames_wanted(const struct start_info *info)
{
    static const char name[] = "frames=";
    const char *text = (const char *)(uintptr_t)info->cmdline;
    uint32_t value = 0;

    for (; text != NULL && *text != '\0'; text++) {
        if (memcmp(text, name, sizeof(name) - 1) != 0) continue;
        for (text += sizeof(name) - 1; *text >= '0' && *text <= '9'; text++) {
            value = value * 10 + (uint32_t)(*text - '0');
        }
        return value;
    }
    return 0;
}

/* Frames in a thousand seconds. */
static uint64_t rate_of(uint32_t frames, uint64_t span)
{
    return span == 0 ? 0 : frames * UINT64_C(1000) * CYCLES_PER_SECOND / span;
}

static void say_rate(const char *what, uint32_t frames, uint64_t span)
{
    uint64_t rate = rate_of(frames, span);

    SAY("demo: %s: %u.%u frames/s", (uintptr_t)what, rate / 1000, rate / 100 % 10);
}

static void tell_rate(struct demo *demo)
{
    uint64_t now = cycles();

    say_rate("rate", demo->gpu.frames - demo->asked_frames, now - demo->asked);
    demo->asked = now;
    demo->asked_frames = demo->gpu.frames;
}

/* False: q was pressed, or the power button (which is what closing the window is). */
static bool handle_keys(struct demo *demo)
{
    int key;

    if (is_power_pressed()) return false;
    while ((key = keys_get(&demo->keys)) != KEY_NONE) {
        if (key == 'f') tell_rate(demo);
        if (!scene_key(&demo->scene, &demo->gpu, key)) return false;
    }
    return true;
}

void demo_main(const struct start_info *info)
{
    struct demo demo;
    uint32_t wanted = frames_wanted(info);

    memset(&demo, 0, sizeof(demo));
    tick_start();
    gpu_init(&demo.gpu, info);
    art_make(&demo.gpu);
    keys_init(&demo.keys);
    scene_init(&demo.scene, &demo.gpu);
    SAY("demo: %ux%u, keyboard: %s", demo.gpu.width, demo.gpu.height,
        (uintptr_t)(demo.keys.usb != NULL ? "USB and serial" : "serial"));
    demo.started = demo.asked = cycles();
    while (handle_keys(&demo) && (wanted == 0 || demo.gpu.frames < wanted)) {
        scene_draw(&demo.scene, &demo.gpu);
        gpu_finish(&demo.gpu);
        gpu_flip(&demo.gpu);
        scene_step(&demo.scene, &demo.gpu);
    }
    say_rate("all", demo.gpu.frames, cycles() - demo.started);
    SAY("demo: %u frames, check sum %x", demo.gpu.frames, gpu_checksum(&demo.gpu));
    power_off();
}
