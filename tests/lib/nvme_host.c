/* SPDX-License-Identifier: GPL-2.0-only */
/* The driver of nvme_host.h. */
#include "tests/lib/nvme_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/endian.h"

#define ADMIN_SQ   NVME_HOST_RAM
#define ADMIN_CQ   (NVME_HOST_RAM + 0x1000)
#define IO_CQ      (NVME_HOST_RAM + 0x2000)
#define IO_SQ      (NVME_HOST_RAM + 0x4000) /* 64 entries of 128 bytes */
#define PAGE       4096u
#define READY_MS   1000
#define BAR_HIGH   (PCI_BASE_ADDRESS_0 + 4)
#define CONTIGUOUS 1u

static uint32_t read_reg(struct nvme_host *host, unsigned reg)
{
    return (uint32_t)rig_read(host->rig, NVME_HOST_BAR + reg, 4);
}

static void write_reg(struct nvme_host *host, unsigned reg, uint64_t value, unsigned size)
{
    rig_write(host->rig, NVME_HOST_BAR + reg, size, value);
}

static void wait_ready(struct nvme_host *host)
{
    for (unsigned i = 0; (read_reg(host, NVME_REG_CSTS) & NVME_CSTS_RDY) == 0; i++) {
        assert_true(i < READY_MS);
        rig_advance(host->rig, VTIME_MS(1));
    }
}

static void create_queue(struct nvme_host *host, uint8_t opcode, uint64_t base, uint32_t cdw11)
{
    uint8_t command[NVME_COMMAND_BYTES] = {opcode};

    le64_put(command + NVME_AT_PRP1, base);
    le32_put(command + NVME_AT_CDW10, (NVME_HOST_ENTRIES - 1) << 16 | 1);
    le32_put(command + NVME_AT_CDW11, cdw11);
    assert_int_equal(nvme_host_admin(host, command).status, NVME_OK);
}

void nvme_host_start(struct nvme_host *host)
{
    const uint32_t depth = NVME_HOST_ENTRIES - 1;

    for (unsigned i = 0; i < 2; i++) {
        host->queue[i].tail = 0;
        host->queue[i].head = 0;
        host->queue[i].phase = 1;
    }
    memset(host->rig->ram + NVME_HOST_RAM, 0, NVME_HOST_LISTS - NVME_HOST_RAM);
    rig_write(host->rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0, 4, NVME_HOST_BAR);
    rig_write(host->rig, PCI_LONE_BASE + BAR_HIGH, 4, 0);
    rig_write(host->rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    write_reg(host, NVME_REG_AQA, depth << 16 | depth, 4);
    write_reg(host, NVME_REG_ASQ, ADMIN_SQ, 8);
    write_reg(host, NVME_REG_ACQ, ADMIN_CQ, 8);
    write_reg(host, NVME_REG_CC, 4u << 20 | 6u << 16 | NVME_CC_EN, 4);
    wait_ready(host);
    create_queue(host, NVME_ADMIN_CREATE_CQ, IO_CQ, CONTIGUOUS);
    create_queue(host, NVME_ADMIN_CREATE_SQ, IO_SQ, 1u << 16 | CONTIGUOUS);
}

void nvme_host_submit(struct nvme_host *host, unsigned queue, uint8_t command[NVME_COMMAND_BYTES],
                      uint16_t cid)
{
    const uint32_t tail = host->queue[queue].tail;
    const uint64_t at = queue == 0 ? ADMIN_SQ + tail * UINT64_C(64) : IO_SQ + tail * UINT64_C(128);

    le16_put(command + 2, cid);
    memcpy(host->rig->ram + at, command, NVME_COMMAND_BYTES);
    host->queue[queue].tail = (tail + 1) % NVME_HOST_ENTRIES;
    write_reg(host, NVME_REG_DOORBELL + 8 * queue, host->queue[queue].tail, 4);
}

bool nvme_host_poll(struct nvme_host *host, unsigned queue, struct nvme_done *done)
{
    const uint32_t head = host->queue[queue].head;
    const uint8_t *entry = host->rig->ram + (queue == 0 ? ADMIN_CQ : IO_CQ) + head * 16;

    if ((le32_get(entry + 12) >> 16 & 1) != host->queue[queue].phase) return false;
    *done = (struct nvme_done){
        .cid = le16_get(entry + 12),
        .status = (uint16_t)(le32_get(entry + 12) >> 17),
        .result = le32_get(entry),
    };
    host->queue[queue].head = (head + 1) % NVME_HOST_ENTRIES;
    if (host->queue[queue].head == 0) {
        host->queue[queue].phase ^= 1;
    }
    write_reg(host, NVME_REG_DOORBELL + 8 * queue + 4, host->queue[queue].head, 4);
    return true;
}

struct nvme_done nvme_host_wait(struct nvme_host *host, unsigned queue)
{
    struct nvme_done done;

    while (!nvme_host_poll(host, queue, &done)) {
        const vtime next = sched_next(host->rig->sched);

        assert_true(next != VTIME_NEVER);
        rig_advance_to(host->rig, next);
    }
    return done;
}

struct nvme_done nvme_host_admin(struct nvme_host *host, uint8_t command[NVME_COMMAND_BYTES])
{
    nvme_host_submit(host, 0, command, NVME_HOST_ADMIN_CID);
    return nvme_host_wait(host, 0);
}

void nvme_host_move(struct nvme_host *host, const struct nvme_move *move, uint16_t cid)
{
    const uint64_t list = NVME_HOST_LISTS + (uint64_t)cid * PAGE;
    uint8_t command[NVME_COMMAND_BYTES] = {move->opcode};

    assert_true(cid < 24);
    le32_put(command + NVME_AT_NSID, 1);
    le64_put(command + NVME_AT_PRP1, move->addr);
    le64_put(command + NVME_AT_PRP2, move->blocks > 2 ? list : move->addr + PAGE);
    le64_put(command + NVME_AT_CDW10, move->lba);
    le32_put(command + NVME_AT_CDW12, (move->is_fua ? NVME_RW_FUA : 0) | (move->blocks - 1));
    for (uint32_t i = 1; i < move->blocks && move->blocks > 2; i++) {
        le64_put(host->rig->ram + list + UINT64_C(8) * (i - 1), move->addr + (uint64_t)i * PAGE);
    }
    nvme_host_submit(host, 1, command, cid);
}
