/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench of io_bench.h. */
#include "tests/unit/devices/ans2_io/io_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define LISTS (IO_RAM + IO_RAM_BYTES - 8 * IO_BLOCK)

/* ---- The module ---- */

static struct io_module *module_of(struct device *device)
{
    return (struct io_module *)(void *)device;
}

static bool is_working(struct io_module *module, uint64_t block, uint64_t count)
{
    assert_true(block <= IO_MODULE_BLOCKS && count > 0 && count <= IO_MODULE_BLOCKS - block);
    if (module->loads_left == 1) return false;
    if (module->loads_left > 1) {
        module->loads_left--;
    }
    return !module->is_failed;
}

uint64_t ssd_module_blocks(const struct device *module)
{
    (void)module;
    return IO_MODULE_BLOCKS;
}

bool ssd_module_is_failed(const struct device *module)
{
    return ((const struct io_module *)(const void *)module)->is_failed;
}

static vtime book(struct io_module *module, uint32_t count, vtime from)
{
    module->busy_until =
        max_u64(module->busy_until, from + module->access) + count * module->per_block;
    return module->busy_until;
}

vtime ssd_module_book_read(struct device *module, uint64_t block, uint32_t count, vtime from)
{
    assert_true(block + count <= IO_MODULE_BLOCKS && count > 0);
    return book(module_of(module), count, from);
}

vtime ssd_module_book_write(struct device *module, uint64_t block, uint32_t count, vtime from)
{
    assert_true(block + count <= IO_MODULE_BLOCKS && count > 0);
    return book(module_of(module), count, from);
}

vtime ssd_module_book_flush(struct device *module, vtime from)
{
    return from + module_of(module)->drain;
}

enum ssd_result ssd_module_load(struct device *device, uint64_t block, uint32_t count, void *data)
{
    struct io_module *module = module_of(device);

    module->loads++;
    if (!is_working(module, block, count)) return SSD_FAILED;
    memcpy(data, module->flash + block * IO_BLOCK, (size_t)count * IO_BLOCK);
    return SSD_OK;
}

enum ssd_result ssd_module_store(struct device *device, uint64_t block, uint32_t count,
                                 const void *data, bool is_fua)
{
    struct io_module *module = module_of(device);

    module->stores++;
    module->through += is_fua;
    if (!is_working(module, block, count)) return SSD_FAILED;
    memcpy(module->flash + block * IO_BLOCK, data, (size_t)count * IO_BLOCK);
    return SSD_OK;
}

enum ssd_result ssd_module_discard(struct device *device, uint64_t block, uint64_t count)
{
    struct io_module *module = module_of(device);

    if (!is_working(module, block, count)) return SSD_FAILED;
    if (module->discards < IO_CALLS_MAX) {
        module->discarded[module->discards].block = block;
        module->discarded[module->discards].count = count;
    }
    module->discards++;
    memset(module->flash + block * IO_BLOCK, 0, (size_t)count * IO_BLOCK);
    return SSD_OK;
}

enum ssd_result ssd_module_flush(struct device *device)
{
    struct io_module *module = module_of(device);

    module->flushes++;
    return module->is_failed ? SSD_FAILED : SSD_OK;
}

enum ssd_result ssd_module_cut(struct device *device, const struct host_media *target,
                               uint64_t seed)
{
    struct io_module *module = module_of(device);

    module->cuts++;
    module->cut_seed = seed;
    module->cut_target = target;
    return SSD_OK;
}

/* ---- The SEP ---- */

struct xts *t2_sep_volume(struct device *sep)
{
    return CONTAINER_OF(sep, struct io_bench, sep)->volume;
}

/* ---- The controller's shell: a function that is nothing but a bus master ---- */

static const struct pci_desc shell_desc = {
    .vendor = 0x106b, .device = 0x2005, .class_code = 0x018002};

static int shell_init(struct device *device, const void *config, struct error *err)
{
    return pci_fn_init(&ans2_of(device)->fn, &shell_desc, config, err);
}

static void shell_reset(struct device *device, enum reset_kind kind)
{
    pci_fn_reset(&ans2_of(device)->fn, kind);
}

static int shell_loaded(struct device *device, struct error *err)
{
    return pci_fn_loaded(&ans2_of(device)->fn, err);
}

static void shell_fini(struct device *device)
{
    pci_fn_fini(&ans2_of(device)->fn);
}

static const struct snap_field shell_state[] = {PCI_FN_STATE, SNAP_END};
static const struct trace_desc *const shell_events[] = {PCI_FN_EVENTS, NULL};

static const struct device_class shell_class = {
    .name = "ans2_shell",
    .size = sizeof(struct ans2),
    .version = 1,
    .state = shell_state,
    .events = shell_events,
    .init = shell_init,
    .reset = shell_reset,
    .loaded = shell_loaded,
    .fini = shell_fini,
};

/* ---- Life ---- */

void io_create(struct io_bench *bench)
{
    static const struct pci_config alone = {0};
    struct error err = ERROR_INIT;
    uint8_t key[XTS_KEY_BYTES];

    memset(bench, 0, sizeof(*bench));
    bench->rig = rig_create();
    bench->ram = calloc(1, IO_RAM_BYTES);
    assert_non_null(bench->ram);
    bench->region = (struct region){
        .name = "more", .bytes = IO_RAM_BYTES, .kind = REGION_RAM, .host = bench->ram};
    assert_int_equal(bus_map(bench->rig->memory, &bench->region, IO_RAM, &err), 0);
    io_fill(key, sizeof(key), 77);
    bench->volume = xts_create(key);
    bench->check = xts_create(key);
    assert_true(bench->volume != NULL && bench->check != NULL);
    bench->ans2 = ans2_of(rig_device(bench->rig, &shell_class, "/ans2", &alone));
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        bench->module[i].flash = calloc(IO_MODULE_BLOCKS, IO_BLOCK);
        assert_non_null(bench->module[i].flash);
        bench->ans2->config.module[i] = &bench->module[i].device;
    }
    bench->ans2->config.blocks = IO_BLOCKS;
    bench->ans2->config.is_functional = true;
    bench->ans2->is_write_cache_on = true;
    bench->ans2->sep = &bench->sep;
    bench->ans2->bounce = calloc(RAID0_STRIPE, IO_BLOCK);
    assert_non_null(bench->ans2->bounce);
    rig_write(bench->rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MASTER);
}

void io_destroy(struct io_bench *bench)
{
    free(bench->ans2->bounce);
    bus_unmap(bench->rig->memory, &bench->region);
    rig_destroy(bench->rig);
    xts_destroy(bench->volume);
    xts_destroy(bench->check);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        free(bench->module[i].flash);
    }
    free(bench->ram);
}

int io_setup(void **state)
{
    struct io_bench *bench = test_malloc(sizeof(*bench));

    io_create(bench);
    *state = bench;
    return 0;
}

int io_teardown(void **state)
{
    io_destroy(*state);
    test_free(*state);
    return 0;
}

/* ---- Commands ---- */

struct io_command io_command(uint8_t opcode, uint64_t lba, uint32_t blocks)
{
    struct io_command command = {{opcode}};

    le32_put(command.bytes + NVME_AT_NSID, 1);
    le64_put(command.bytes + NVME_AT_CDW10, lba);
    le32_put(command.bytes + NVME_AT_CDW12, blocks - 1);
    return command;
}

void io_set32(struct io_command *command, unsigned at, uint32_t value)
{
    le32_put(command->bytes + at, value);
}

void io_set_prps(struct io_command *command, uint64_t prp1, uint64_t prp2)
{
    le64_put(command->bytes + NVME_AT_PRP1, prp1);
    le64_put(command->bytes + NVME_AT_PRP2, prp2);
}

void io_point(struct io_bench *bench, struct io_command *command, uint64_t addr, uint32_t bytes,
              uint64_t list)
{
    const uint32_t pages = (bytes + IO_BLOCK - 1) / IO_BLOCK;

    io_set_prps(command, addr, pages > 2 ? list : addr + IO_BLOCK);
    for (uint32_t i = 1; i < pages && pages > 2; i++) {
        le64_put(io_at(bench, list + UINT64_C(8) * (i - 1)), addr + (uint64_t)i * IO_BLOCK);
    }
}

struct ans2_slot *io_begin(struct io_bench *bench, const struct io_command *command)
{
    for (unsigned i = 0; i < ANS2_SLOTS; i++) {
        struct ans2_slot *slot = &bench->ans2->slot[i];

        if (slot->state != ANS2_SLOT_FREE) continue;
        *slot = (struct ans2_slot){
            .state = ANS2_SLOT_WORKING, .queue = 1, .order = bench->order, .status = 0xffff};
        memcpy(slot->command, command->bytes, sizeof(slot->command));
        bench->order++;
        ans2_io_start(bench->ans2, slot);
        assert_true(slot->done >= rig_now(bench->rig) && slot->started >= rig_now(bench->rig));
        assert_true(slot->done >= slot->started);
        return slot;
    }
    fail_msg("no free slot");
    return NULL;
}

uint16_t io_end(struct io_bench *bench, struct ans2_slot *slot)
{
    uint16_t status;

    if (slot->done > rig_now(bench->rig)) {
        rig_advance_to(bench->rig, slot->done);
    }
    ans2_io_finish(bench->ans2, slot);
    status = slot->status;
    slot->state = ANS2_SLOT_FREE;
    return status;
}

uint16_t io_run(struct io_bench *bench, const struct io_command *command)
{
    return io_end(bench, io_begin(bench, command));
}

uint16_t io_move(struct io_bench *bench, uint8_t opcode, uint64_t lba, uint32_t blocks,
                 uint64_t addr)
{
    struct io_command command = io_command(opcode, lba, blocks);

    io_point(bench, &command, addr, blocks * IO_BLOCK, LISTS);
    return io_run(bench, &command);
}

/* ---- Data ---- */

uint8_t *io_at(struct io_bench *bench, uint64_t addr)
{
    assert_true(addr >= IO_RAM && addr < IO_RAM + IO_RAM_BYTES);
    return bench->ram + (addr - IO_RAM);
}

void io_fill(uint8_t *data, size_t bytes, uint64_t seed)
{
    uint64_t state = seed * 2 + 1;

    for (size_t i = 0; i < bytes; i++) {
        data[i] = (uint8_t)(rig_random(&state) >> 32);
    }
}

void io_plain(struct io_bench *bench, const uint8_t *const media[RAID0_MODULES], uint64_t lba,
              uint8_t out[IO_BLOCK])
{
    static const uint8_t zeros[IO_BLOCK] = {0};
    /* stripes of 32 blocks, even ones on module 0 */
    const uint64_t on_module = lba / 64 * 32 + lba % 32;

    memcpy(out, media[lba / 32 % 2] + on_module * IO_BLOCK, IO_BLOCK);
    if (memcmp(out, zeros, IO_BLOCK) != 0) {
        xts_decrypt(bench->check, lba, out, IO_BLOCK, 1);
    }
}

void io_flash(struct io_bench *bench, uint64_t lba, uint8_t out[IO_BLOCK])
{
    const uint8_t *const media[RAID0_MODULES] = {bench->module[0].flash, bench->module[1].flash};

    io_plain(bench, media, lba, out);
}
