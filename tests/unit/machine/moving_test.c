/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole machine with 256 MiB of memory that the guest moves, as it moves a graphics card's: a device of the test's own, on
 * the machine's bus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci_regs.h"
#include "emu/base/endian.h"
#include "emu/base/lazy_memory.h"
#include "emu/core/bus.h"
#include "emu/core/dma.h"
#include "emu/machine/machine.h"
#include "emu/machine/map.h"
#include "tests/unit/machine/moving_guest.h"
#include "tests/unit/machine/rom_machine.h"

#define REG_BYTES       4096u
#define PAGE            4096u
#define PAGES           64u /* that are counted */
#define SLICE           VTIME_US(50)
#define DMA_DATA        UINT32_C(0xd00dfeed)
#define DISPLAY_BRIDGES 3 /* f0:00.0, f1:00.0, f2:00.0 */
#define DISPLAY_BUS     (MAP_ROOT_BUS_IIO2 + DISPLAY_BRIDGES)
#define EXIT_STATUS     (EXIT_GOOD << 1 | 1)

extern const uint8_t moving_begin[], moving_end[], painting_begin[], painting_end[];

struct mover {
    struct bus *bus;
    struct dma *dma;
    struct region memory;
    struct region move;
    struct region copy;
    uint32_t place;
    unsigned told[PAGES];
    unsigned told_others;
};

static uint64_t mover_read(void *owner, uint64_t offset, unsigned size)
{
    const struct mover *mover = owner;

    (void)offset;
    (void)size;
    return mover->place;
}

static void mover_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct mover *mover = owner;

    (void)offset;
    (void)size;
    bus_unmap(mover->bus, &mover->memory);
    mover->place = (uint32_t)value;
    if (value != 0) {
        (void)bus_map(mover->bus, &mover->memory, value, NULL);
    }
}

static const struct region_ops mover_ops = {
    .read = mover_read, .write = mover_write, .peek = mover_read};

static void copier_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct mover *mover = owner;
    uint8_t data[4];

    (void)offset;
    (void)size;
    le32_put(data, DMA_DATA);
    (void)dma_write(mover->dma, value, data, sizeof(data));
}

static const struct region_ops copier_ops = {
    .read = mover_read, .write = copier_write, .peek = mover_read};

static void before_write(void *owner, uint64_t offset)
{
    struct mover *mover = owner;

    if (offset / PAGE < PAGES) {
        mover->told[offset / PAGE]++;
    } else {
        mover->told_others++;
    }
}

static void mover_attach(struct mover *mover, struct machine *machine, bool is_watched)
{
    const struct region registers = {.name = "mover",
                                     .bytes = REG_BYTES,
                                     .kind = REGION_MMIO,
                                     .ops = &mover_ops,
                                     .owner = mover,
                                     .min_access = 4,
                                     .max_access = 4};

    *mover = (struct mover){.bus = machine_memory(machine), .move = registers, .copy = registers};
    mover->copy.ops = &copier_ops;
    mover->dma = dma_create(mover->bus);
    mover->memory = (struct region){.name = "memory",
                                    .bytes = PLACE_BYTES,
                                    .kind = REGION_RAM,
                                    .owner = mover,
                                    .host = lazy_memory_create(PLACE_BYTES),
                                    .before_write = is_watched ? before_write : NULL};
    assert_non_null(mover->memory.host);
    assert_int_equal(bus_map(mover->bus, &mover->move, MOVER, NULL), 0);
    assert_int_equal(bus_map(mover->bus, &mover->copy, COPIER, NULL), 0);
}

static void mover_detach(struct mover *mover)
{
    bus_unmap(mover->bus, &mover->memory);
    bus_unmap(mover->bus, &mover->move);
    bus_unmap(mover->bus, &mover->copy);
    dma_destroy(mover->dma);
    lazy_memory_destroy(mover->memory.host, PLACE_BYTES);
}

static struct machine *create(const uint8_t *begin, const uint8_t *end, unsigned cores)
{
    return rom_machine(begin, (size_t)(end - begin), cores, NULL);
}

static const uint8_t *memory_at(const struct mover *mover, size_t offset)
{
    return (const uint8_t *)mover->memory.host + offset;
}

static void check_moving(unsigned cores, bool is_watched, uint64_t *hash)
{
    struct machine *machine = create(moving_begin, moving_end, cores);
    struct mover mover;

    mover_attach(&mover, machine, is_watched);
    assert_int_equal(machine_run(machine, VTIME_S(1)), MACHINE_EXIT);
    assert_int_equal(machine_exit_status(machine), EXIT_STATUS);
    assert_int_equal(le32_get(memory_at(&mover, 0x1000)), 1);
    assert_int_equal(le32_get(memory_at(&mover, 0x1004)), 1);
    assert_int_equal(le32_get(memory_at(&mover, 0x2000)), ROUNDS);
    if (is_watched) {
        assert_in_range(mover.told[1], 2 * ROUNDS, 4 * ROUNDS);
        assert_int_equal(mover.told[2], ROUNDS);
        assert_int_equal(mover.told[3], 0);
        assert_in_range(mover.told[4], ROUNDS, 2 * ROUNDS);
        assert_int_equal(mover.told_others, 0);
    }
    *hash = machine_trace_hash(machine);
    mover_detach(&mover);
    machine_destroy(machine);
}

static void a_guest_moves_memory_and_writes_to_it(void **state)
{
    uint64_t hashes[2];

    (void)state;
    check_moving(1, false, &hashes[0]);
    check_moving(1, true, &hashes[1]);
    assert_int_equal(hashes[0], hashes[1]);
    check_moving(2, false, &hashes[0]);
    check_moving(2, true, &hashes[1]);
    assert_int_equal(hashes[0], hashes[1]);
}

static void one_run_and_pieces_are_alike(void **state)
{
    struct machine *whole = create(moving_begin, moving_end, 2);
    struct machine *pieces = create(moving_begin, moving_end, 2);
    enum machine_stop stop = MACHINE_TIME_LIMIT;
    struct mover movers[2];

    (void)state;
    mover_attach(&movers[0], whole, true);
    mover_attach(&movers[1], pieces, true);
    assert_int_equal(machine_run(whole, VTIME_S(1)), MACHINE_EXIT);
    for (vtime until = 0; stop == MACHINE_TIME_LIMIT; until += VTIME_NS(777)) {
        stop = machine_run(pieces, until);
    }
    assert_int_equal(stop, MACHINE_EXIT);
    assert_int_equal(machine_trace_hash(pieces), machine_trace_hash(whole));
    assert_int_equal(machine_state_hash(pieces), machine_state_hash(whole));
    mover_detach(&movers[0]);
    mover_detach(&movers[1]);
    machine_destroy(whole);
    machine_destroy(pieces);
}

static bool are_told(const struct mover *mover, unsigned from, unsigned to, unsigned times)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (mover->told[i] != (i >= from && i < to ? times : 0)) return false;
    }
    return true;
}

static void what_is_watched_again_is_told_again(void **state)
{
    struct machine *machine = create(painting_begin, painting_end, 1);
    vtime until = SLICE;
    struct mover mover;

    (void)state;
    mover_attach(&mover, machine, true);
    assert_int_equal(machine_run(machine, until), MACHINE_TIME_LIMIT);
    for (unsigned i = 0; i < PAGES; i++) {
        assert_in_range(mover.told[i], 1, 2);
    }
    for (unsigned i = 0; i < 3; i++) {
        memset(mover.told, 0, sizeof(mover.told));
        bus_watch(mover.bus, &mover.memory, 8 * PAGE, 4 * PAGE);
        until += SLICE;
        assert_int_equal(machine_run(machine, until), MACHINE_TIME_LIMIT);
        assert_true(are_told(&mover, 8, 12, 1));
    }
    assert_int_equal(mover.told_others, 0);
    mover_detach(&mover);
    machine_destroy(machine);
}

/* ---- The machine's own graphics card ---- */

static void config_write(struct machine *machine, unsigned bus, unsigned reg, unsigned size,
                         uint64_t value)
{
    bus_write(machine_memory(machine), MAP_ECAM_BASE + ((uint64_t)bus << 20) + reg, size, value);
}

/* What firmware does: the way through root port and switch, then BAR 0 at PLACE_A. */
static void place_display(struct machine *machine)
{
    for (unsigned i = 0; i < DISPLAY_BRIDGES; i++) {
        unsigned bus = MAP_ROOT_BUS_IIO2 + i;

        config_write(machine, bus, PCI_PRIMARY_BUS, 1, bus);
        config_write(machine, bus, PCI_SECONDARY_BUS, 1, bus + 1);
        config_write(machine, bus, PCI_SUBORDINATE_BUS, 1, MAP_ROOT_BUS_IIO2 + DISPLAY_BRIDGES);
        config_write(machine, bus, PCI_PREF_MEMORY_BASE, 2, PLACE_A >> 16);
        config_write(machine, bus, PCI_PREF_MEMORY_LIMIT, 2, (PLACE_A + PLACE_BYTES - 1) >> 16);
        config_write(machine, bus, PCI_PREF_BASE_UPPER32, 4, 0);
        config_write(machine, bus, PCI_PREF_LIMIT_UPPER32, 4, 0);
        config_write(machine, bus, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    }
    config_write(machine, DISPLAY_BUS, PCI_BASE_ADDRESS_0, 4, PLACE_A);
    config_write(machine, DISPLAY_BUS, PCI_BASE_ADDRESS_0 + 4, 4, 0);
    config_write(machine, DISPLAY_BUS, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
}

static void a_restored_machine_has_the_memory_where_it_was(void **state)
{
    struct machine *live = create(painting_begin, painting_end, 2);
    struct machine *restored = create(painting_begin, painting_end, 2);
    struct error err = ERROR_INIT;
    void *snapshot;
    size_t bytes;

    (void)state;
    place_display(live);
    assert_non_null(bus_host(machine_memory(live), PLACE_A, PLACE_BYTES, false));
    assert_int_equal(machine_run(live, SLICE), MACHINE_TIME_LIMIT);
    assert_int_not_equal(bus_peek(machine_memory(live), PLACE_A + PAGE, 4), 0);
    assert_int_equal(machine_save(live, &snapshot, &bytes, &err), 0);
    assert_int_equal(machine_load(restored, snapshot, bytes, &err), 0);
    free(snapshot);
    assert_int_equal(machine_state_hash(restored), machine_state_hash(live));
    assert_int_equal(machine_run(live, 3 * SLICE), MACHINE_TIME_LIMIT);
    assert_int_equal(machine_run(restored, 3 * SLICE), MACHINE_TIME_LIMIT);
    assert_int_equal(machine_trace_hash(restored), machine_trace_hash(live));
    assert_int_equal(machine_state_hash(restored), machine_state_hash(live));
    /* Back to before the memory was there: the same machine, loaded the other way round. */
    machine_destroy(restored);
    restored = create(painting_begin, painting_end, 2);
    assert_int_equal(machine_save(restored, &snapshot, &bytes, &err), 0);
    assert_int_equal(machine_load(live, snapshot, bytes, &err), 0);
    free(snapshot);
    assert_null(bus_host(machine_memory(live), PLACE_A, PLACE_BYTES, false));
    assert_int_equal(machine_run(live, SLICE), MACHINE_TIME_LIMIT);
    assert_int_equal(machine_run(restored, SLICE), MACHINE_TIME_LIMIT);
    assert_int_equal(machine_state_hash(restored), machine_state_hash(live));
    machine_destroy(live);
    machine_destroy(restored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_moves_memory_and_writes_to_it),
        cmocka_unit_test(one_run_and_pieces_are_alike),
        cmocka_unit_test(what_is_watched_again_is_told_again),
        cmocka_unit_test(a_restored_machine_has_the_memory_where_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
