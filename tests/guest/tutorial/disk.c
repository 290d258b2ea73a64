/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small driver of the machine's NVMe controller (docs/hardware/t2-nvme.md; NVM Express 1.2.1). The
 * admin queue is polled while the I/O queue is made; of reads an interrupt tells that they are over.
 */
#include "tests/guest/tutorial/disk.h"
#include "devices/storage/nvme.h"
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define CONTROLLER  0x2005106bu
#define MSI         5
#define VECTOR      0x60
#define ENTRIES     16u
#define ADMIN_BYTES 64u  /* from one command of a queue to the next */
#define IO_BYTES    128u /* this controller wants it so */

struct command {
    uint32_t opcode_and_id;
    uint32_t space;
    uint64_t reserved, metadata;
    uint64_t first,
        second;        /* pages of the data; of more than two: the first, a list of the others */
    uint32_t dword[6]; /* 10 to 15 */
};

struct completion {
    uint32_t result, reserved;
    uint16_t head, queue, id, status; /* bit 0 of the status is the phase */
};

/* Of each queue a page. */
static uint8_t commands[2][BLOCK] __attribute__((aligned(BLOCK)));
static volatile struct completion completions[2][BLOCK / sizeof(struct completion)]
    __attribute__((aligned(BLOCK)));
static uint64_t lists[READS][READ_BYTES / BLOCK] __attribute__((aligned(BLOCK)));
static unsigned tail[2], head[2], phase[2];
static volatile bool is_over[READS];
static uintptr_t registers;

/* Queue 0 is for the controller, queue 1 for data. */
static void put(unsigned queue, const struct command *command)
{
    memcpy(commands[queue] + tail[queue] * (queue == 0 ? ADMIN_BYTES : IO_BYTES), command,
           sizeof(*command));
    tail[queue] = (tail[queue] + 1) % ENTRIES;
    mmio_write32(registers + NVME_REG_DOORBELL + 8 * queue, tail[queue]);
}

/* The number of a command that is over, -1: none more. */
static int take(unsigned queue)
{
    const volatile struct completion *completion = &completions[queue][head[queue]];
    int id = completion->id;

    if ((completion->status & 1u) == phase[queue]) return -1;
    if (completion->status >> 1 != NVME_OK) guest_panic("status %x", completion->status >> 1);
    head[queue] = (head[queue] + 1) % ENTRIES;
    if (head[queue] == 0) phase[queue] ^= 1;
    return id;
}

static void on_interrupt(struct frame *frame)
{
    int id;

    (void)frame;
    while ((id = take(1)) >= 0) {
        is_over[id] = true;
    }
    mmio_write32(registers + NVME_REG_DOORBELL + 12, head[1]);
    lapic_eoi();
}

static void make_queue(uint32_t opcode, const volatile void *at, uint32_t flags)
{
    struct command command = {.opcode_and_id = opcode, .first = (uintptr_t)at};

    command.dword[0] = (ENTRIES - 1) << 16 | 1;
    command.dword[1] = flags;
    put(0, &command);
    while (take(0) < 0) {
        cpu_pause();
    }
    mmio_write32(registers + NVME_REG_DOORBELL + 4, head[0]);
}

static void find_controller(void)
{
    uintptr_t function = pci_find(CONTROLLER);
    unsigned msi = pci_capability(function, MSI);

    registers = (mmio_read32(function + 0x10) & ~15u) | (uint64_t)mmio_read32(function + 0x14)
                                                            << 32;
    mmio_write16(function + 4, 0x406); /* memory, bus master, no INTx */
    mmio_write32(function + msi + 4, MAP_LAPIC_BASE);
    mmio_write32(function + msi + 8, 0);
    mmio_write16(function + msi + 12, VECTOR);
    mmio_write16(function + msi + 2, 1);
}

void disk_start(void)
{
    trap_handle(VECTOR, on_interrupt);
    find_controller();
    mmio_write32(registers + NVME_REG_AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1));
    mmio_write64(registers + NVME_REG_ASQ, (uintptr_t)commands[0]);
    mmio_write64(registers + NVME_REG_ACQ, (uintptr_t)completions[0]);
    mmio_write32(registers + NVME_REG_CC, 4u << 20 | 6u << 16 | NVME_CC_EN);
    while ((mmio_read32(registers + NVME_REG_CSTS) & NVME_CSTS_RDY) == 0) {
        cpu_pause();
    }
    make_queue(NVME_ADMIN_CREATE_CQ, completions[1], 3);         /* with interrupts */
    make_queue(NVME_ADMIN_CREATE_SQ, commands[1], 1u << 16 | 1); /* of completion queue 1 */
}

void disk_read(unsigned number, uint64_t block, uint32_t bytes, void *to)
{
    uint32_t last = bytes / BLOCK; /* the controller counts blocks from 0 */
    uint64_t page = (uintptr_t)to;
    struct command command = {
        .opcode_and_id = number << 16 | NVME_CMD_READ, .space = 1, .first = page};

    for (uint32_t i = 0; i < last; i++) {
        lists[number][i] = page + (i + 1) * BLOCK;
    }
    command.second = last > 1 ? (uintptr_t)lists[number] : lists[number][0];
    command.dword[0] = (uint32_t)block;
    command.dword[1] = (uint32_t)(block >> 32);
    command.dword[2] = last;
    is_over[number] = false;
    put(1, &command);
}

void disk_wait(unsigned number)
{
    while (!is_over[number]) {
        irq_wait();
    }
}
