/* SPDX-License-Identifier: GPL-2.0-only */
/* The bus: declared access sizes, overlap, unmapped accesses, host memory, and a random topology
 * against a linear model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/base/error.h"
#include "emu/core/bus.h"
#include "emu/core/dma.h"

#define BYTES 64u

/* A region backed by bytes that remembers the last access it saw. */
struct scratch {
    struct region region;
    uint8_t data[BYTES];
    unsigned sizes; /* or of all sizes seen */
    unsigned reads;
    unsigned writes;
};

static uint64_t scratch_peek(void *owner, uint64_t offset, unsigned size)
{
    struct scratch *scratch = owner;

    return le_get(scratch->data + offset, size);
}

static uint64_t scratch_read(void *owner, uint64_t offset, unsigned size)
{
    struct scratch *scratch = owner;

    scratch->sizes |= size;
    scratch->reads++;
    return scratch_peek(owner, offset, size);
}

static void scratch_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct scratch *scratch = owner;

    scratch->sizes |= size;
    scratch->writes++;
    le_put(scratch->data + offset, size, value);
}

static const struct region_ops scratch_ops = {
    .read = scratch_read, .write = scratch_write, .peek = scratch_peek};

static void scratch_init(struct scratch *scratch, uint8_t min_access, uint8_t max_access)
{
    *scratch = (struct scratch){.region = {.name = "scratch",
                                           .bytes = BYTES,
                                           .kind = REGION_MMIO,
                                           .ops = &scratch_ops,
                                           .owner = scratch,
                                           .min_access = min_access,
                                           .max_access = max_access}};
    for (unsigned i = 0; i < BYTES; i++) {
        scratch->data[i] = (uint8_t)(i * 7 + 1);
    }
}

static void a_callback_sees_only_the_sizes_it_declared(void **state)
{
    static const uint8_t limits[][2] = {{1, 1}, {1, 4}, {2, 2}, {4, 4}, {4, 8}, {8, 8}, {1, 8}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct bus *bus = bus_create("test", NULL);
        struct scratch scratch;

        scratch_init(&scratch, limits[i][0], limits[i][1]);
        assert_int_equal(bus_map(bus, &scratch.region, 0x1000, NULL), 0);
        for (unsigned size = 1; size <= 8; size++) {
            for (unsigned offset = 0; offset + size <= BYTES; offset++) {
                uint64_t value = UINT64_C(0x8877665544332211) * (offset + 1);

                assert_int_equal(bus_read(bus, 0x1000 + offset, size),
                                 le_get(scratch.data + offset, size));
                bus_write(bus, 0x1000 + offset, size, value);
                assert_int_equal(le_get(scratch.data + offset, size), value & bits_mask(8 * size));
            }
        }
        for (unsigned size = 1; size <= 8; size *= 2) {
            if ((scratch.sizes & size) == 0) continue;
            assert_in_range(size, limits[i][0], limits[i][1]);
        }
        bus_destroy(bus);
    }
}

static void an_aligned_access_of_a_declared_size_is_one_call(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    struct scratch scratch;

    (void)state;
    scratch_init(&scratch, 1, 8);
    assert_int_equal(bus_map(bus, &scratch.region, 0, NULL), 0);
    (void)bus_read(bus, 8, 8);
    assert_int_equal(scratch.reads, 1);
    bus_write(bus, 8, 8, 0);
    assert_int_equal(scratch.writes, 1);
    bus_destroy(bus);
}

static void nothing_reads_all_ones_and_is_counted(void **state)
{
    struct bus *bus = bus_create("test", NULL);

    (void)state;
    assert_int_equal(bus_read(bus, 0x123, 4), 0xffffffff);
    bus_write(bus, 0x200, 2, 1);
    assert_int_equal(bus_unmapped_count(bus), 4); /* 0x123: pieces of 1, 2 and 1 bytes; one write */
    bus_destroy(bus);
}

static void an_access_across_two_regions_reaches_both(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    struct scratch low;
    struct scratch high;

    (void)state;
    scratch_init(&low, 1, 8);
    scratch_init(&high, 1, 8);
    assert_int_equal(bus_map(bus, &low.region, 0, NULL), 0);
    assert_int_equal(bus_map(bus, &high.region, BYTES, NULL), 0);
    bus_write(bus, BYTES - 2, 4, 0xaabbccdd);
    assert_int_equal(le_get(low.data + BYTES - 2, 2), 0xccdd);
    assert_int_equal(le_get(high.data, 2), 0xaabb);
    bus_destroy(bus);
}

static void overlap_and_wrap_are_errors_that_change_nothing(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    struct error err = ERROR_INIT;
    struct scratch first;
    struct scratch second;

    (void)state;
    scratch_init(&first, 1, 4);
    scratch_init(&second, 1, 4);
    assert_int_equal(bus_map(bus, &first.region, 0x100, NULL), 0);
    assert_int_equal(bus_map(bus, &second.region, 0x100 + BYTES - 1, &err), -1);
    assert_non_null(strstr(err.text, "overlaps"));
    assert_int_equal(bus_map(bus, &second.region, 0x100 - BYTES + 1, NULL), -1);
    assert_int_equal(bus_map(bus, &second.region, UINT64_MAX - 3, NULL), -1);
    assert_int_equal(bus_region_count(bus), 1);
    assert_int_equal(bus_map(bus, &second.region, 0x100 + BYTES, NULL), 0);
    bus_unmap(bus, &first.region);
    bus_unmap(bus, &first.region);
    assert_ptr_equal(bus_find(bus, 0x100 + BYTES), &second.region);
    assert_null(bus_find(bus, 0x100));
    bus_destroy(bus);
}

static void rom_ignores_writes_and_ram_takes_them(void **state)
{
    struct bus *bus = bus_create("test", NULL);
    uint8_t memory[2][16] = {{0}, {0}};
    struct region ram = {.name = "ram", .bytes = 16, .kind = REGION_RAM, .host = memory[0]};
    struct region rom = {.name = "rom", .bytes = 16, .kind = REGION_ROM, .host = memory[1]};

    (void)state;
    assert_int_equal(bus_map(bus, &ram, 0, NULL), 0);
    assert_int_equal(bus_map(bus, &rom, 16, NULL), 0);
    bus_write(bus, 0, 8, 0x1122);
    bus_write(bus, 16, 8, 0x3344);
    assert_int_equal(bus_read(bus, 0, 8), 0x1122);
    assert_int_equal(bus_read(bus, 16, 8), 0);
    assert_ptr_equal(bus_host(bus, 4, 12, true), memory[0] + 4);
    assert_null(bus_host(bus, 4, 13, true));
    assert_null(bus_host(bus, 16, 1, true));
    assert_non_null(bus_host(bus, 16, 1, false));
    bus_destroy(bus);
}

/* ---- RAM that comes and goes ---- */

#define PAGE       4096u
#define PAGES      4u
#define TOLD_MAX   16u
#define VIDEO_BASE 0x100000u

/* Memory that is watched, and what was told of it. */
struct video {
    struct region region;
    uint8_t memory[PAGES * PAGE];
    uint64_t told[TOLD_MAX];
    uint8_t seen[TOLD_MAX]; /* first byte of the page when it was told */
    size_t told_count;
    unsigned changes;
    uint64_t watched_offset;
    uint64_t watched_bytes;
    unsigned watches;
};

static void video_before_write(void *owner, uint64_t offset)
{
    struct video *video = owner;

    assert_in_range(video->told_count, 0, TOLD_MAX - 1);
    video->told[video->told_count] = offset;
    video->seen[video->told_count] = video->memory[offset];
    video->told_count++;
}

static void video_changed(void *ctx)
{
    ((struct video *)ctx)->changes++;
}

static void video_watch(void *ctx, const struct region *region, uint64_t offset, uint64_t bytes)
{
    struct video *video = ctx;

    assert_ptr_equal(region, &video->region);
    video->watched_offset = offset;
    video->watched_bytes = bytes;
    video->watches++;
}

static struct bus *create_video(struct video *video)
{
    struct bus *bus = bus_create("test", NULL);
    const struct bus_ram_hooks hooks = {
        .ctx = video, .changed = video_changed, .watch = video_watch};

    assert_non_null(bus);
    *video = (struct video){.region = {.name = "video",
                                       .bytes = sizeof(video->memory),
                                       .kind = REGION_RAM,
                                       .owner = video,
                                       .host = video->memory,
                                       .before_write = video_before_write}};
    bus_set_ram_hooks(bus, &hooks);
    return bus;
}

static void ram_that_comes_and_goes_is_told(void **state)
{
    static struct video video;
    struct bus *bus = create_video(&video);
    struct scratch scratch;

    (void)state;
    scratch_init(&scratch, 1, 8);
    assert_int_equal(bus_map(bus, &scratch.region, 0, NULL), 0);
    bus_unmap(bus, &scratch.region);
    assert_int_equal(video.changes, 0);
    assert_int_equal(bus_map(bus, &video.region, VIDEO_BASE, NULL), 0);
    assert_int_equal(video.changes, 1);
    bus_unmap(bus, &video.region);
    assert_int_equal(video.changes, 2);
    bus_unmap(bus, &video.region);
    assert_int_equal(video.changes, 2);
    bus_destroy(bus);
}

static void a_watch_stays_inside_its_region(void **state)
{
    static struct video video;
    struct bus *bus = create_video(&video);

    (void)state;
    bus_watch(bus, &video.region, 0, PAGE);
    assert_int_equal(video.watches, 0); /* not mapped */
    assert_int_equal(bus_map(bus, &video.region, VIDEO_BASE, NULL), 0);
    bus_watch(bus, &video.region, PAGE, UINT64_MAX);
    assert_int_equal(video.watches, 1);
    assert_int_equal(video.watched_offset, PAGE);
    assert_int_equal(video.watched_bytes, (PAGES - 1) * PAGE);
    bus_watch(bus, &video.region, PAGES * PAGE, 1);
    bus_watch(bus, &video.region, 0, 0);
    assert_int_equal(video.watches, 1);
    bus_destroy(bus);
}

static void writes_to_watched_memory_are_told_before(void **state)
{
    static struct video video;
    struct bus *bus = create_video(&video);

    (void)state;
    assert_int_equal(bus_map(bus, &video.region, VIDEO_BASE, NULL), 0);
    (void)bus_read(bus, VIDEO_BASE, 8);
    (void)bus_host(bus, VIDEO_BASE, PAGE, false);
    assert_int_equal(video.told_count, 0);
    bus_write(bus, VIDEO_BASE, 4, 0x5a);
    assert_int_equal(video.told_count, 1);
    assert_int_equal(video.told[0], 0);
    assert_int_equal(video.seen[0], 0);
    assert_non_null(bus_host(bus, VIDEO_BASE + PAGE - 1, 2 * PAGE, true));
    assert_int_equal(video.told_count, 4);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(video.told[1 + i], i * PAGE);
    }
    bus_destroy(bus);
}

/* Peer to peer: from one device's memory to another's. */
static void dma_reaches_memory_behind_a_bar(void **state)
{
    static struct video video;
    struct bus *bus = create_video(&video);
    struct dma *dma = dma_create(bus);
    uint8_t data[2 * PAGE];

    (void)state;
    memset(data, 0xa5, sizeof(data));
    assert_int_equal(dma_write(dma, VIDEO_BASE, data, sizeof(data)), DMA_ABORT);
    assert_int_equal(bus_map(bus, &video.region, VIDEO_BASE, NULL), 0);
    assert_int_equal(dma_write(dma, VIDEO_BASE + PAGE / 2, data, sizeof(data)), DMA_OK);
    assert_int_equal(video.told_count, 3);
    assert_int_equal(video.seen[1], 0);
    assert_memory_equal(video.memory + PAGE / 2, data, sizeof(data));
    memset(data, 0, sizeof(data));
    assert_int_equal(dma_read(dma, VIDEO_BASE + PAGE / 2, data, sizeof(data)), DMA_OK);
    assert_memory_equal(video.memory + PAGE / 2, data, sizeof(data));
    assert_int_equal(video.told_count, 3);
    assert_int_equal(dma_write(dma, VIDEO_BASE + (PAGES - 1) * PAGE, data, sizeof(data)),
                     DMA_ABORT); /* the end of it */
    assert_int_equal(video.told_count, 4);
    dma_destroy(dma);
    bus_destroy(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_sees_only_the_sizes_it_declared),
        cmocka_unit_test(an_aligned_access_of_a_declared_size_is_one_call),
        cmocka_unit_test(nothing_reads_all_ones_and_is_counted),
        cmocka_unit_test(an_access_across_two_regions_reaches_both),
        cmocka_unit_test(overlap_and_wrap_are_errors_that_change_nothing),
        cmocka_unit_test(rom_ignores_writes_and_ram_takes_them),
        cmocka_unit_test(ram_that_comes_and_goes_is_told),
        cmocka_unit_test(a_watch_stays_inside_its_region),
        cmocka_unit_test(writes_to_watched_memory_are_told_before),
        cmocka_unit_test(dma_reaches_memory_behind_a_bar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
