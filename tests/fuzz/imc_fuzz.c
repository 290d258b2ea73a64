/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address decoding with registers that somebody bends, one after the other: a sound register set to
 * start from, so that the first bent bits already matter. Whatever decodes agrees with the second
 * decoder of the unit tests, and no zone has two addresses for one word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/memory/dram_address.h"
#include "emu/base/bits.h"
#include "tests/fuzz/input.h"
#include "tests/unit/devices/imc/plan.h"

#define OPS_MAX   100u
#define WORD_SIZE sizeof(uint32_t)

/* Both ends of each zone, and wherever the input says. */
static void check(const struct imc_layout *layout, struct fuzz_input *input)
{
    uint64_t any = fuzz_take(input, 6);

    assert_true(layout->zone_count <= IMC_SAD_RULES);
    (void)plan_check_address(layout, any);
    for (size_t i = 0; i < layout->zone_count; i++) {
        const struct imc_zone *zone = &layout->zones[i];

        assert_true(zone->base < zone->end && zone->base % (UINT64_C(64) << 20) == 0);
        assert_true(i == 0 || layout->zones[i - 1].end <= zone->base);
        assert_true(plan_check_address(layout, zone->base));
        assert_true(plan_check_address(layout, zone->end - 1));
        assert_true(plan_check_address(layout, zone->base + any % (zone->end - zone->base)));
    }
}

static void bend(struct imc_registers *registers, struct fuzz_input *input)
{
    size_t word = fuzz_below(input, sizeof(*registers) / WORD_SIZE);
    uint8_t *place = (uint8_t *)registers + word * WORD_SIZE;
    uint8_t how = (uint8_t)fuzz_take(input, 1);
    uint32_t value;

    memcpy(&value, place, WORD_SIZE);
    value = (how & 0x80) != 0 ? (uint32_t)fuzz_take(input, 4) : value ^ BIT32(how & 31);
    memcpy(place, &value, WORD_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct imc_layout layout;
    struct fuzz_input input = {.data = data, .bytes = size};
    enum plan_kind kind = (enum plan_kind)fuzz_below(&input, PLAN_KINDS);
    uint64_t random = fuzz_take(&input, 4) | BIT(40);
    struct plan plan = plan_random(kind, &random);
    struct imc_registers registers = plan_registers(&plan);

    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&input); i++) {
        bend(&registers, &input);
        imc_layout_build(&layout, &registers);
        check(&layout, &input);
    }
    return 0;
}
