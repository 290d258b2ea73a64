/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A SEP with hostile software: messages of any kind, buffers anywhere, passwords right and wrong,
 * a store that fails, time, resets, saving and loading. The counter in the store never goes back, no
 * more tries are counted than there are, and no event may be due again at the same instant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "tests/fuzz/input.h"
#include "tests/unit/devices/apple/t2_sep_bench.h"

#define OPS_MAX   400
#define PASSWORD  "right"
#define BANK      0x900u
#define SPAN_MAX  27u /* at most 2^43 ps: 8 s */
#define PAGES_MAX 5u

static uint32_t take_page(struct fuzz_input *input)
{
    static const uint32_t pages[PAGES_MAX] = {
        SB_IN >> T2_SEP_PAGE_SHIFT, SB_OUT >> T2_SEP_PAGE_SHIFT,
        (RIG_RAM_BYTES >> T2_SEP_PAGE_SHIFT) - 1, SB_NOWHERE >> T2_SEP_PAGE_SHIFT, UINT32_MAX - 3};

    return pages[fuzz_below(input, PAGES_MAX)];
}

static uint32_t take_word(struct fuzz_input *input, const struct sb *sb)
{
    const uint32_t length = sizeof(PASSWORD) - 1;

    switch (fuzz_below(input, 8)) {
    case 0: return (uint32_t)fuzz_take(input, 4);
    case 1: return (uint32_t)sb->kept.counter;
    case 2: return take_page(input);
    case 3: return T2_SEP_BUFFER_BYTES;
    case 4: return length;
    case 5: return length | length << T2_SEP_LENGTH_SHIFT;
    case 6: return (uint32_t)fuzz_take(input, 1);
    default: return 0;
    }
}

static void set_buffers(struct sb *sb)
{
    sb_send(sb, T2_SEP_EP_CONTROL, T2_SEP_SET_IN, SB_IN >> T2_SEP_PAGE_SHIFT, T2_SEP_BUFFER_BYTES);
    sb_send(sb, T2_SEP_EP_CONTROL, T2_SEP_SET_OUT, SB_OUT >> T2_SEP_PAGE_SHIFT,
            T2_SEP_BUFFER_BYTES);
}

static void send_any(struct sb *sb, struct fuzz_input *input)
{
    static const uint8_t endpoints[] = {T2_SEP_EP_CONTROL, T2_SEP_EP_KEYSTORE, T2_SEP_EP_KEYSTORE,
                                        T2_SEP_EP_ACM};
    unsigned endpoint = endpoints[fuzz_below(input, sizeof(endpoints))];
    unsigned operation = (unsigned)fuzz_below(input, 12);
    uint32_t word1 = take_word(input, sb);

    sb_send(sb, endpoint, operation, word1, take_word(input, sb));
}

static void write_password(struct sb *sb, struct fuzz_input *input)
{
    uint8_t *at = sb->rig->ram + SB_IN + (fuzz_take(input, 1) & 1) * T2_SEP_NEW_AT;

    memcpy(at, PASSWORD, sizeof(PASSWORD));
    if ((fuzz_take(input, 1) & 1) != 0) {
        at[fuzz_below(input, sizeof(PASSWORD))] ^= (uint8_t)fuzz_take(input, 1);
    }
}

static void use_register(struct sb *sb, struct fuzz_input *input)
{
    uint64_t at = SB_BAR + fuzz_take(input, 2) % BANK;
    unsigned size = 1u << (fuzz_take(input, 1) & 3);

    if ((fuzz_take(input, 1) & 1) != 0) {
        rig_write(sb->rig, at, size, fuzz_take(input, size));
    } else {
        (void)rig_read(sb->rig, at, size);
    }
}

/* Time passes, and no event happens without it. */
static void let_time_pass(struct sb *sb, struct fuzz_input *input)
{
    uint64_t span = fuzz_take(input, 2);

    rig_advance(sb->rig, span << span % SPAN_MAX);
    assert_true(sched_next(sb->rig->sched) > rig_now(sb->rig));
}

static void seldom(struct sb *sb, struct fuzz_input *input)
{
    switch (fuzz_below(input, 8)) {
    case 0: rig_copy_state(sb->rig, sb->dut, sb->rig, sb->dut); break;
    case 1:
        device_reset(sb->dut, (enum reset_kind)fuzz_below(input, RESET_FUNCTION + 1));
        sb_enable(sb);
        break;
    case 2: sb->is_store_broken = (fuzz_take(input, 1) & 1) != 0; break;
    case 3: (void)t2_sep_erase(sb->dut); break;
    case 4:
        rig_write(sb->rig, PCI_LONE_BASE + PCI_COMMAND, 2,
                  fuzz_take(input, 1) & (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER));
        break;
    default: sb_enable(sb); break;
    }
}

static void step(struct sb *sb, struct fuzz_input *input)
{
    switch (fuzz_below(input, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: send_any(sb, input); break;
    case 5:
    case 6: let_time_pass(sb, input); break;
    case 7:
    case 8: write_password(sb, input); break;
    case 9: use_register(sb, input); break;
    case 10:
    case 11: (void)sb_read(sb, T2_SEP_REPLY + 8); break;
    case 12: set_buffers(sb); break;
    default: seldom(sb, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    uint8_t kind = (uint8_t)fuzz_take(&input, 1);
    struct sep_record record = sb_volume(kind, (kind & 1) != 0 ? PASSWORD : NULL);
    uint64_t counter = 0;
    struct sb sb;

    sb_create(&sb, (kind & 6) == 0 ? NULL : &record, (kind & 8) != 0 ? PASSWORD : NULL);
    for (unsigned i = 0; i < OPS_MAX && fuzz_has_more(&input); i++) {
        step(&sb, &input);
        assert_true(sb.kept.counter >= counter && sb.kept.failures <= SEP_FAILURES_MAX);
        counter = sb.kept.counter;
    }
    rig_copy_state(sb.rig, sb.dut, sb.rig, sb.dut);
    sb_destroy(&sb);
    return 0;
}
