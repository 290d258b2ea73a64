/* SPDX-License-Identifier: GPL-2.0-only */
/* The panel's EDIDs: checksums, and the fields that drivers pick the mode by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roms/panel/panel.h"

#define BLOCK     128u
#define TILED_TAG 0x12u

static unsigned sum(const uint8_t *from, size_t bytes)
{
    unsigned total = 0;

    for (size_t i = 0; i < bytes; i++)
        total += from[i];
    return total & 0xff;
}

static void test_checksums(void **state)
{
    uint8_t edid[PANEL_EDID_BYTES];

    (void)state;
    for (int i = 0; i < PANEL_EDIDS; i++) {
        panel_edid_build((enum panel_edid)i, edid);
        assert_int_equal(sum(edid, BLOCK), 0);
        assert_int_equal(sum(edid + BLOCK, BLOCK), 0);
        /* The DisplayID section has one of its own: header to checksum. */
        assert_int_equal(sum(edid + BLOCK + 1, BLOCK - 2), 0);
    }
}

/* The data block with `tag` in a DisplayID section; NULL when there is none. */
static const uint8_t *find_block(const uint8_t *extension, unsigned tag)
{
    size_t at = 5;

    while (at + 3 < BLOCK - 2 && (extension[at] != 0 || extension[at + 2] != 0)) {
        if (extension[at] == tag) return extension + at;
        at += 3u + extension[at + 2];
    }
    return NULL;
}

static void test_tiles_differ_in_their_place_only(void **state)
{
    uint8_t left[PANEL_EDID_BYTES];
    uint8_t right[PANEL_EDID_BYTES];
    uint8_t root[PANEL_EDID_BYTES];
    const uint8_t *a;
    const uint8_t *b;

    (void)state;
    panel_edid_build(PANEL_EDID_LEFT, left);
    panel_edid_build(PANEL_EDID_RIGHT, right);
    panel_edid_build(PANEL_EDID_ROOT, root);
    assert_memory_equal(left, right, BLOCK);
    a = find_block(left + BLOCK, TILED_TAG);
    b = find_block(right + BLOCK, TILED_TAG);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(a[3 + 2] >> 4, 0);
    assert_int_equal(b[3 + 2] >> 4, 1);
    assert_memory_equal(a + 3 + 13, b + 3 + 13, 9); /* one topology */
    assert_null(find_block(root + BLOCK, TILED_TAG));
}

static void test_preferred_timing_of_a_tile(void **state)
{
    uint8_t edid[PANEL_EDID_BYTES];
    const uint8_t *t = edid + 54;

    (void)state;
    panel_edid_build(PANEL_EDID_LEFT, edid);
    assert_int_equal(t[0] | t[1] << 8, 48325);
    assert_int_equal(t[2] | (t[4] >> 4) << 8, 2560);
    assert_int_equal(t[3] | (t[4] & 0xf) << 8, 160);
    assert_int_equal(t[5] | (t[7] >> 4) << 8, 2880);
    assert_int_equal(t[6] | (t[7] & 0xf) << 8, 82);
    assert_int_equal(t[17] & 0x1e, 0x1a); /* separate syncs, horizontal positive */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_tiles_differ_in_their_place_only),
        cmocka_unit_test(test_preferred_timing_of_a_tile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
