/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench of ans2_bench.h. */
#include "tests/unit/devices/ans2/ans2_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/apple/t2_sep.h"
#include "devices/pci/pci.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"
#include "emu/crypto/xts.h"

#define MSI_AT   0x50u
#define CC_ON    0x00460001u /* as Linux writes it: entries of 64 and 16 bytes */
#define RUN_WAIT VTIME_MS(200)

/* ---- The modules ---- */

static struct ab_module *module_of(struct device *device)
{
    return (struct ab_module *)(void *)device;
}

uint64_t ssd_module_blocks(const struct device *module)
{
    (void)module;
    return AB_MODULE_BLOCKS;
}

bool ssd_module_is_failed(const struct device *module)
{
    return ((const struct ab_module *)(const void *)module)->is_failed;
}

vtime ssd_module_book_read(struct device *module, uint64_t block, uint32_t count, vtime from)
{
    assert_true(block + count <= AB_MODULE_BLOCKS);
    return from + module_of(module)->access;
}

vtime ssd_module_book_write(struct device *module, uint64_t block, uint32_t count, vtime from)
{
    assert_true(block + count <= AB_MODULE_BLOCKS);
    return from + module_of(module)->access;
}

vtime ssd_module_book_flush(struct device *module, vtime from)
{
    return from + module_of(module)->drain;
}

enum ssd_result ssd_module_load(struct device *module, uint64_t block, uint32_t count, void *data)
{
    if (module_of(module)->is_failed) return SSD_FAILED;
    memcpy(data, module_of(module)->flash + block * AB_BLOCK, (size_t)count * AB_BLOCK);
    return SSD_OK;
}

enum ssd_result ssd_module_store(struct device *module, uint64_t block, uint32_t count,
                                 const void *data, bool is_fua)
{
    (void)is_fua;
    if (module_of(module)->is_failed) return SSD_FAILED;
    module_of(module)->stores++;
    memcpy(module_of(module)->flash + block * AB_BLOCK, data, (size_t)count * AB_BLOCK);
    return SSD_OK;
}

enum ssd_result ssd_module_discard(struct device *module, uint64_t block, uint64_t count)
{
    if (module_of(module)->is_failed) return SSD_FAILED;
    assert_true(block + count <= AB_MODULE_BLOCKS);
    module_of(module)->discards++;
    memset(module_of(module)->flash + block * AB_BLOCK, 0, (size_t)count * AB_BLOCK);
    return SSD_OK;
}

enum ssd_result ssd_module_flush(struct device *module)
{
    module_of(module)->flushes++;
    return module_of(module)->is_failed ? SSD_FAILED : SSD_OK;
}

enum ssd_result ssd_module_cut(struct device *module, const struct host_media *target,
                               uint64_t seed)
{
    (void)module, (void)target, (void)seed;
    return SSD_OK;
}

struct ssd_counters ssd_module_counters(const struct device *module)
{
    return ((const struct ab_module *)(const void *)module)->counters;
}

void ssd_module_controller_notes_get(const struct device *module,
                                     uint8_t notes[SSD_CONTROLLER_NOTES])
{
    memcpy(notes, ((const struct ab_module *)(const void *)module)->notes, SSD_CONTROLLER_NOTES);
}

void ssd_module_controller_notes_set(struct device *module,
                                     const uint8_t notes[SSD_CONTROLLER_NOTES])
{
    memcpy(module_of(module)->notes, notes, SSD_CONTROLLER_NOTES);
}

/* ---- The SEP ---- */

struct xts *t2_sep_volume(struct device *sep)
{
    return CONTAINER_OF(sep, struct ab, sep)->volume;
}

bool t2_sep_erase(struct device *sep)
{
    struct ab *ab = CONTAINER_OF(sep, struct ab, sep);

    ab->erases++;
    return !ab->is_erase_failing;
}

/* ---- Life ---- */

static void panicked(void *ctx, const char *what)
{
    ((struct ab *)ctx)->panic = what;
}

static void make_modules(struct ab *ab)
{
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        ab->module[i] = calloc(1, sizeof(*ab->module[i]));
        assert_non_null(ab->module[i]);
        ab->module[i]->access = AB_SLOW;
        ab->module[i]->counters = (struct ssd_counters){.spare_percent = 100};
    }
}

struct ab *ab_create(const struct ab_setup *setup)
{
    static const struct ab_setup usual = {.strict = ANS2_STRICT_FATAL};
    const struct ab_setup *how = setup != NULL ? setup : &usual;
    static const uint8_t key[XTS_KEY_BYTES] = {1, 2, 3};
    struct ab *ab = calloc(1, sizeof(*ab));
    struct ans2_config config = {
        .blocks = how->has_no_disk ? 0 : AB_BLOCKS,
        .volume_id = {0xde, 0xad, 0xbe, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab},
        .strict = how->strict,
        .is_functional = how->is_functional,
        .ctx = ab,
        .panic = how->has_no_panic ? NULL : panicked,
    };

    assert_non_null(ab);
    ab->rig = rig_create();
    make_modules(ab);
    for (unsigned i = 0; i < RAID0_MODULES && !how->has_no_disk; i++) {
        config.module[i] = &ab->module[i]->device;
    }
    ab->volume = xts_create(key);
    assert_non_null(ab->volume);
    ab->dut = rig_device(ab->rig, &ans2_class, "/dut", &(struct pci_config){.part = &config});
    ans2_attach_sep(ab->dut, &ab->sep);
    ab_config_write(ab, PCI_BASE_ADDRESS_0, 4, (uint32_t)AB_BAR);
    ab_config_write(ab, MSI_AT + 4, 4, AB_MSI_ADDRESS);
    ab_config_write(ab, MSI_AT + 12, 2, AB_MSI_DATA);
    ab_config_write(ab, MSI_AT + 2, 2, 1);
    ab_config_write(ab, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    return ab;
}

void ab_destroy(struct ab *ab)
{
    rig_destroy(ab->rig);
    xts_destroy(ab->volume);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        free(ab->module[i]);
    }
    free(ab);
}

int ab_begin(void **state)
{
    struct ab *ab = ab_create(NULL);

    ab_enable(ab, AB_ENTRIES);
    ab_make_io(ab);
    *state = ab;
    return 0;
}

int ab_end(void **state)
{
    ab_destroy(*state);
    return 0;
}

/* ---- Registers ---- */

uint64_t ab_read(struct ab *ab, unsigned offset, unsigned size)
{
    return rig_read(ab->rig, AB_BAR + offset, size);
}

void ab_write(struct ab *ab, unsigned offset, unsigned size, uint64_t value)
{
    rig_write(ab->rig, AB_BAR + offset, size, value);
}

uint32_t ab_csts(struct ab *ab)
{
    return (uint32_t)ab_read(ab, NVME_REG_CSTS, 4);
}

void ab_config_write(struct ab *ab, unsigned offset, unsigned size, uint32_t value)
{
    rig_write(ab->rig, PCI_LONE_BASE + offset, size, value);
}

static void start_queue(struct ab *ab, unsigned index, unsigned entries)
{
    struct ab_queue *queue = &ab->queue[index];
    const uint64_t sq = index == 0 ? AB_ASQ : AB_SQ;
    const uint64_t cq = index == 0 ? AB_ACQ : AB_CQ;

    *queue = (struct ab_queue){.sq = sq, .cq = cq, .entries = entries, .phase = 1};
    memset(ab->rig->ram + cq, 0, (size_t)entries * NVME_COMPLETION_BYTES);
}

void ab_enable(struct ab *ab, unsigned entries)
{
    start_queue(ab, 0, entries);
    ab_write(ab, NVME_REG_AQA, 4, (entries - 1) << 16 | (entries - 1));
    ab_write(ab, NVME_REG_ASQ, 8, AB_ASQ);
    ab_write(ab, NVME_REG_ACQ, 8, AB_ACQ);
    ab_write(ab, NVME_REG_CC, 4, CC_ON);
    rig_advance(ab->rig, AB_ENABLE_TIME);
    assert_int_equal(ab_csts(ab), NVME_CSTS_RDY);
}

void ab_make_io(struct ab *ab)
{
    const struct ab_command cq = {
        .opcode = NVME_ADMIN_CREATE_CQ, .prp1 = AB_CQ, .dw = {(AB_ENTRIES - 1) << 16 | 1, 3}};
    const struct ab_command sq = {.opcode = NVME_ADMIN_CREATE_SQ,
                                  .prp1 = AB_SQ,
                                  .dw = {(AB_ENTRIES - 1) << 16 | 1, 1 << 16 | 1}};

    start_queue(ab, 1, AB_ENTRIES);
    assert_int_equal(ab_run(ab, 0, cq).status, NVME_OK);
    assert_int_equal(ab_run(ab, 0, sq).status, NVME_OK);
}

/* ---- Commands ---- */

void ab_put(struct ab *ab, unsigned index, const struct ab_command *command)
{
    struct ab_queue *queue = &ab->queue[index];
    uint8_t *raw = ab->rig->ram + queue->sq + (size_t)queue->tail * (index == 0 ? 64 : 128);

    memset(raw, 0, NVME_COMMAND_BYTES);
    raw[0] = command->opcode;
    raw[1] = command->flags;
    le16_put(raw + 2, command->cid);
    le32_put(raw + NVME_AT_NSID, command->nsid);
    le64_put(raw + NVME_AT_PRP1, command->prp1);
    le64_put(raw + NVME_AT_PRP2, command->prp2);
    for (unsigned i = 0; i < 6; i++) {
        le32_put(raw + NVME_AT_CDW10 + (size_t)i * 4, command->dw[i]);
    }
    queue->tail = (queue->tail + 1) % queue->entries;
}

void ab_ring(struct ab *ab, unsigned queue)
{
    ab_write(ab, NVME_REG_DOORBELL + queue * 8, 4, ab->queue[queue].tail);
}

uint16_t ab_send(struct ab *ab, unsigned queue, struct ab_command command)
{
    command.cid = ab->cid;
    ab->cid = (uint16_t)((ab->cid + 1) % (ab->queue[0].entries - 1));
    ab_put(ab, queue, &command);
    ab_ring(ab, queue);
    return command.cid;
}

bool ab_take(struct ab *ab, unsigned index, struct ab_completion *completion)
{
    struct ab_queue *queue = &ab->queue[index];
    const uint8_t *raw = ab->rig->ram + queue->cq + (size_t)queue->head * NVME_COMPLETION_BYTES;
    const uint32_t dw3 = le32_get(raw + 12);

    if ((dw3 >> 16 & 1) != queue->phase) return false;
    *completion = (struct ab_completion){
        .result = le32_get(raw),
        .head = le16_get(raw + 8),
        .queue = le16_get(raw + 10),
        .cid = (uint16_t)dw3,
        .status = (uint16_t)(dw3 >> 17),
    };
    queue->head = (queue->head + 1) % queue->entries;
    queue->phase ^= queue->head == 0;
    return true;
}

void ab_release(struct ab *ab, unsigned queue)
{
    ab_write(ab, NVME_REG_DOORBELL + queue * 8 + 4, 4, ab->queue[queue].head);
}

struct ab_completion ab_expect(struct ab *ab, unsigned queue)
{
    struct ab_completion completion = {0};

    if (!ab_take(ab, queue, &completion)) {
        fail_msg("no completion in queue %u", queue);
    }
    ab_release(ab, queue);
    return completion;
}

void ab_expect_none(struct ab *ab, unsigned queue)
{
    struct ab_completion completion;

    if (ab_take(ab, queue, &completion)) {
        fail_msg("a completion of command %u, status 0x%x", completion.cid, completion.status);
    }
}

struct ab_completion ab_run(struct ab *ab, unsigned queue, struct ab_command command)
{
    const uint16_t cid = ab_send(ab, queue, command);
    struct ab_completion completion;

    rig_advance(ab->rig, RUN_WAIT);
    completion = ab_expect(ab, queue);
    assert_int_equal(completion.cid, cid);
    assert_int_equal(completion.queue, queue);
    return completion;
}

uint16_t ab_admin(struct ab *ab, uint8_t opcode, uint32_t dw10, uint32_t dw11)
{
    return ab_run(ab, 0, (struct ab_command){.opcode = opcode, .dw = {dw10, dw11}}).status;
}

void ab_set_feature(struct ab *ab, uint32_t id, uint32_t value)
{
    assert_int_equal(ab_admin(ab, NVME_ADMIN_SET_FEATURES, id, value), NVME_OK);
}

uint32_t ab_get_feature(struct ab *ab, uint32_t id)
{
    const struct ab_completion completion =
        ab_run(ab, 0, (struct ab_command){.opcode = NVME_ADMIN_GET_FEATURES, .dw = {id}});

    assert_int_equal(completion.status, NVME_OK);
    return completion.result;
}

const uint8_t *ab_log(struct ab *ab, unsigned id)
{
    const struct ab_command command = {.opcode = NVME_ADMIN_GET_LOG,
                                       .nsid = NVME_NSID_ALL,
                                       .prp1 = AB_DATA,
                                       .dw = {127u << 16 | id}};

    assert_int_equal(ab_run(ab, 0, command).status, NVME_OK);
    return ab->rig->ram + AB_DATA;
}

const uint8_t *ab_identify(struct ab *ab, unsigned cns, uint32_t nsid)
{
    const struct ab_command command = {
        .opcode = NVME_ADMIN_IDENTIFY, .nsid = nsid, .prp1 = AB_DATA, .dw = {cns}};

    assert_int_equal(ab_run(ab, 0, command).status, NVME_OK);
    return ab->rig->ram + AB_DATA;
}

struct ab_command ab_read_command(uint64_t lba)
{
    return (struct ab_command){.opcode = NVME_CMD_READ,
                               .nsid = 1,
                               .prp1 = AB_DATA,
                               .dw = {(uint32_t)lba, (uint32_t)(lba >> 32)}};
}

struct ab_command ab_write_command(uint64_t lba, unsigned blocks)
{
    return (struct ab_command){.opcode = NVME_CMD_WRITE,
                               .nsid = 1,
                               .prp1 = AB_DATA,
                               .prp2 = blocks == 2 ? AB_DATA + AB_BLOCK : 0,
                               .dw = {(uint32_t)lba, (uint32_t)(lba >> 32), blocks - 1}};
}
