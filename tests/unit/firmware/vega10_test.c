/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's driver of the display controller, on the emulator's own device. */
#include "firmware/drivers/vega10.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/firmware/fake_vega10.h"

#define ID_VEGA    0x68671002u
#define ID_OTHER   0x15391002u
#define BAR(n)     (uint8_t)(0x10 + 4 * (n))
#define BAR0_BYTES 0x10000000u
#define HIGH_MEMORY \
    UINT64_C(0xe000000000) /* 896 GiB: where a board with 256 GiB of RAM may have it */
#define BIOS_SCRATCH  0x14cu
#define GRPH_ADDRESS  0xe878u
#define GRPH_HIGH     0xe884u
#define CRTC_CONTROL  0xeebcu
#define CRTC_RUNS     0x00010001u
#define AUX_ARB       0x130a0u
#define AUX_ARB_OWNED 0x10000u

/* One function with BAR 0 and BAR 5. */
static struct pci_tree *make_tree(struct fake_vega10 *fake, uint32_t id, uint64_t memory)
{
    struct pci_tree *tree = calloc(1, sizeof(*tree));

    assert_non_null(tree);
    tree->function_count = 2;
    tree->function[0].id = ID_OTHER;
    tree->function[1].id = id;
    tree->resource_count = 3;
    tree->resource[0] = (struct pci_resource){.owner = 0, .reg = BAR(0), .bytes = 64, .base = 64};
    tree->resource[1] =
        (struct pci_resource){.owner = 1, .reg = BAR(0), .bytes = BAR0_BYTES, .base = memory};
    tree->resource[2] =
        (struct pci_resource){.owner = 1, .reg = BAR(5), .bytes = 0x80000, .base = (uintptr_t)fake};
    return tree;
}

static bool init(struct fake_vega10 *fake, uint64_t memory, struct display *display)
{
    struct pci_tree *tree = make_tree(fake, ID_VEGA, memory);
    bool is_there = vega10_init(tree, display);

    free(tree);
    return is_there;
}

static void assert_mode(struct fake_vega10 *fake, const struct display *display)
{
    assert_int_equal(display->width, 5120);
    assert_int_equal(display->height, 2880);
    assert_int_equal(display->pitch, 20480);
    assert_int_equal(fake_vega10_peek(fake, CRTC_CONTROL) & CRTC_RUNS, CRTC_RUNS);
    assert_int_equal(fake_vega10_peek(fake, GRPH_HIGH), 0xf4);
    assert_int_equal(fake_vega10_peek(fake, GRPH_ADDRESS), 0);
    assert_int_equal(fake_vega10_peek(fake, BIOS_SCRATCH) & 0x200, 0x200);
}

static void the_mode_is_set_and_the_panel_asked(void **state)
{
    struct fake_vega10 *fake = fake_vega10_create(true);
    struct display display = {0};

    (void)state;
    assert_true(init(fake, 0xe0000000, &display));
    assert_mode(fake, &display);
    assert_int_equal(display.addr, 0xe0000000);
    assert_int_equal(display.bytes, BAR0_BYTES);
    assert_int_equal(display.panel.width, 2560);
    assert_int_equal(display.panel.height, 2880);
    assert_int_equal(display.panel.tiles, 2);
    assert_int_equal(fake_vega10_peek(fake, AUX_ARB) & AUX_ARB_OWNED, 0);
    fake_vega10_destroy(fake);
}

static void video_memory_far_up(void **state)
{
    struct fake_vega10 *fake = fake_vega10_create(false);
    struct display display = {0};

    (void)state;
    assert_true(init(fake, HIGH_MEMORY, &display));
    assert_mode(fake, &display);
    assert_int_equal(display.addr, HIGH_MEMORY);
    assert_ptr_equal(display.pixels, (void *)(uintptr_t)HIGH_MEMORY);
    fake_vega10_destroy(fake);
}

static void without_a_panel_the_mode_is_the_same(void **state)
{
    struct fake_vega10 *fake = fake_vega10_create(false);
    struct display display = {0};

    (void)state;
    assert_true(init(fake, 0xe0000000, &display));
    assert_mode(fake, &display);
    assert_int_equal(display.panel.tiles, 0);
    assert_in_range(fake->reads, 1, 10);
    fake_vega10_destroy(fake);
}

/* Nothing is written to a controller that is not used. */
static void controllers_that_are_not_used(void **state)
{
    struct fake_vega10 *fake = fake_vega10_create(true);
    struct display display = {0};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct pci_tree *tree = make_tree(fake, i == 0 ? ID_OTHER : ID_VEGA, 0xe0000000);

        tree->resource[1].is_dropped = i == 1;
        tree->resource[2].is_dropped = i == 2;
        tree->resource[1].bytes = i == 3 ? 0x2000000 : BAR0_BYTES;
        fake->is_dead = i == 4;
        assert_false(vega10_init(tree, &display));
        assert_int_equal(fake->writes, 0);
        free(tree);
    }
    fake_vega10_destroy(fake);
}

static void a_panel_that_talks_nonsense(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct fake_vega10 *fake = fake_vega10_create(true);
        struct display display = {0};

        fake->edid[PANEL_EDID_LEFT][i == 0 ? 0 : 127] ^= 1; /* header, checksum */
        if (i == 2) {
            for (unsigned at = 0; at < 128; at++) {
                fake->edid[PANEL_EDID_LEFT][at] = 0;
            }
        }
        assert_true(init(fake, 0xe0000000, &display));
        assert_mode(fake, &display);
        assert_int_equal(display.panel.tiles, 0);
        fake_vega10_destroy(fake);
    }
}

/* It ends, and soon: a wait for each of two transactions, some milliseconds. */
static void a_channel_that_hangs(void **state)
{
    struct fake_vega10 *fake = fake_vega10_create(true);
    struct display display = {0};

    (void)state;
    fake->is_deaf = true;
    assert_true(init(fake, 0xe0000000, &display));
    assert_mode(fake, &display);
    assert_int_equal(display.panel.tiles, 0);
    assert_in_range(fake->reads, 1, 25000);
    fake_vega10_destroy(fake);
}

static void a_panel_that_is_busy(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct fake_vega10 *fake = fake_vega10_create(true);
        struct display display = {0};

        fake->defers = i == 0 ? 7 : 1000;
        assert_true(init(fake, 0xe0000000, &display));
        assert_int_equal(display.panel.tiles, i == 0 ? 2 : 0);
        fake_vega10_destroy(fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mode_is_set_and_the_panel_asked),
        cmocka_unit_test(video_memory_far_up),
        cmocka_unit_test(without_a_panel_the_mode_is_the_same),
        cmocka_unit_test(controllers_that_are_not_used),
        cmocka_unit_test(a_panel_that_talks_nonsense),
        cmocka_unit_test(a_channel_that_hangs),
        cmocka_unit_test(a_panel_that_is_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
