/* SPDX-License-Identifier: GPL-2.0-only */
/* See fake_vega10.h. */
#include "tests/unit/firmware/fake_vega10.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/devices/display/vega10_bench.h"

#define READ_TIME     VTIME_NS(600)
#define AUX_SW_STATUS 0x130a8u
#define AUX_SW_DATA   0x130b0u
#define REPLY_FIRST   0x80000001u /* written there: the reply is read from its start on */
#define I2C_DEFER     0x80u

struct fake_vega10 *fake_vega10_create(bool has_panel)
{
    struct fake_vega10 *fake = aligned_alloc(VEGA10_MMIO_BYTES, VEGA10_MMIO_BYTES);

    assert_non_null(fake);
    memset(fake, 0, sizeof(*fake));
    for (unsigned i = 0; i < PANEL_EDIDS; i++) {
        panel_edid_build((enum panel_edid)i, fake->edid[i]);
    }
    fake->panel = (struct vega10_panel){
        .root = fake->edid[PANEL_EDID_ROOT],
        .tile = {fake->edid[PANEL_EDID_LEFT], fake->edid[PANEL_EDID_RIGHT]},
    };
    fake->bench = vega10_bench_create(has_panel ? &fake->panel : NULL);
    return fake;
}

void fake_vega10_destroy(struct fake_vega10 *fake)
{
    void *bench = fake->bench;

    (void)vega10_bench_teardown(&bench);
    free(fake);
}

static struct fake_vega10 *at(uint64_t address, uint32_t *offset)
{
    *offset = (uint32_t)(address % VEGA10_MMIO_BYTES);
    return (struct fake_vega10 *)(uintptr_t)(address - *offset);
}

uint32_t fake_vega10_peek(struct fake_vega10 *fake, uint32_t offset)
{
    return vega10_get(fake->bench, offset);
}

uint32_t fake_vega10_read(uint64_t address)
{
    uint32_t offset;
    struct fake_vega10 *fake = at(address, &offset);

    fake->reads++;
    rig_advance(fake->bench->rig, READ_TIME);
    if (fake->is_dead) return UINT32_MAX;
    if (fake->is_deaf && offset == AUX_SW_STATUS) return 0;
    return vega10_get(fake->bench, offset);
}

void fake_vega10_write(uint64_t address, uint32_t value)
{
    uint32_t offset;
    struct fake_vega10 *fake = at(address, &offset);

    fake->writes++;
    vega10_set(fake->bench, offset, value);
    if (offset == AUX_SW_DATA && value == REPLY_FIRST && fake->defers > 0) {
        fake->defers--;
        fake->bench->gpu->link.aux[0].reply[0] = I2C_DEFER;
    }
}
