/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program of docs/tutorial-debug.md: it adds up pieces of a text on the disk and knows what should
 * come out. While a piece is added up, the next ones are read. A check sum is that of sum(1).
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/tutorial/disk.h"

const char guest_name[] = "tally";

struct piece {
    uint32_t block;
    uint32_t bytes;
    uint32_t sum; /* as it should be */
};

static const struct piece pieces[] = {
    {0, 1523, 55879}, {1, 5000, 63490}, {2, 700, 61289},  {3, 4096, 31915},
    {0, 2848, 38631}, {1, 6211, 28637}, {3, 999, 36417},  {0, 8192, 11132},
    {2, 3333, 58395}, {0, 8000, 29470}, {4, 1708, 16806}, {2, 4500, 12979},
};

static uint8_t buffers[READS][READ_BYTES] __attribute__((aligned(BLOCK)));
static uint32_t sums[COUNT(pieces)];

static uint32_t add_up(const uint8_t *text, uint32_t bytes)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < bytes; i++) {
        sum = (sum >> 1) + ((sum & 1) << 15);
        sum = (sum + text[i]) & 0xffff;
    }
    return sum;
}

static void add_up_all(void)
{
    unsigned started = 0;

    for (unsigned i = 0; i < COUNT(pieces); i++) {
        for (; started < COUNT(pieces) && started < i + READS; started++) {
            disk_read(started % READS, pieces[started].block, pieces[started].bytes,
                      buffers[started % READS]);
        }
        disk_wait(i % READS);
        sums[i] = add_up(buffers[i % READS], pieces[i].bytes);
    }
}

static unsigned show(void)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < COUNT(pieces); i++) {
        bool is_right = sums[i] == pieces[i].sum;

        print("piece %2u: %4u bytes from block %u, sum %10u, ", i, pieces[i].bytes, pieces[i].block,
              sums[i]);
        print(is_right ? "right\n" : "WRONG: %u\n", pieces[i].sum);
        wrong += !is_right;
    }
    return wrong;
}

void guest_main(void)
{
    lapic_setup();
    disk_start();
    add_up_all();
    if (show() == 0)
        out16(platform()->pm1_cnt, (uint16_t)(platform()->slp_typ_s5 << 10 | 1u << 13));
    out8(MAP_PORT_DEBUG_EXIT, 0);
}
