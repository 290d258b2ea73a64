/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NVMe controller of the T2 (106b:2005) and an empty disk, driven as this part must be: entries of
 * the I/O queue 128 bytes apart, one vector for both queues, command identifiers unique over both
 * and below the queue's depth. What breaks these rules kills the controller (CSTS.CFS) until it is
 * reset; what breaks those of the standard gets its status. NVM Express 1.2.1; docs/hardware/
 * t2-nvme.md.
 */
#include "devices/storage/nvme.h"
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define NVME_ID        0x2005106bu
#define VECTOR         0x60
#define ENTRIES        64u
#define BLOCK          4096u
#define LIMIT_MS       200
#define NO_STATUS      0xffffu
#define PCI_CAP_MSI    5
#define PCI_CAP_PCIE   0x10
#define BRIDGE_CONTROL 0x3e
#define BUS_RESET      0x40u
#define BIG            64u /* blocks of a large transfer */

struct queue {
    uint8_t *entries;
    volatile uint32_t *completions;
    uint32_t stride; /* of `entries` */
    uint32_t tail, head, phase;
};

static struct queue queues[2];
static uintptr_t fn, bar, bridge;
static volatile unsigned interrupts;
static uint64_t block_count;
static uint8_t *data, *back; /* BIG + 1 pages each */
static uint64_t *list;
static uint32_t result; /* of the last completion */

/* ---- The function ---- */

static void on_irq(struct frame *frame)
{
    (void)frame;
    interrupts++;
    lapic_eoi();
}

static uintptr_t find_bridge(void)
{
    unsigned bus = (unsigned)((fn - platform()->ecam) >> 20);
    for (unsigned n = 0; n < 256; n++) {
        uintptr_t above = pci_ecam(0, n >> 3, n & 7, 0);
        if (mmio_read32(above) == 0xffffffff || (mmio_read8(above + 0x0e) & 0x7f) != 1) continue;
        if (mmio_read8(above + 0x19) == bus) return above;
    }
    return 0;
}

/* Memory and bus mastering, in the function and in the bridge above it. */
static void open_way(void)
{
    mmio_write16(bridge + 4, (uint16_t)(mmio_read16(bridge + 4) | 6));
    mmio_write16(fn + 4, 0x406);
}

static void setup_msi(void)
{
    unsigned cap = pci_capability(fn, PCI_CAP_MSI);
    report(cap != 0 && (mmio_read16(fn + cap + 2) & 0x80), "MSI with 64-bit addresses");
    mmio_write32(fn + cap + 4, 0xfee00000 | (lapic_read(LAPIC_ID) >> 24) << 12);
    mmio_write32(fn + cap + 8, 0);
    mmio_write16(fn + cap + 12, VECTOR);
    mmio_write16(fn + cap + 2, 1);
}

static uint32_t reg(unsigned offset)
{
    return mmio_read32(bar + offset);
}

static void set_reg(unsigned offset, uint32_t value)
{
    mmio_write32(bar + offset, value);
}

/* Whether the bits of CSTS come to have this value in time. */
static bool wait_csts(uint32_t bits, uint32_t value)
{
    uint32_t start = pm_timer();
    while ((reg(NVME_REG_CSTS) & bits) != value) {
        if (!pm_before(start, LIMIT_MS)) return false;
    }
    return true;
}

/* ---- Commands ---- */

static void begin_queue(unsigned n)
{
    struct queue *queue = &queues[n];
    memset((void *)(uintptr_t)queue->completions, 0, BLOCK);
    memset(queue->entries, 0, (size_t)ENTRIES * queue->stride);
    queue->tail = 0;
    queue->head = 0;
    queue->phase = 1;
}

struct command {
    uint32_t dword[16];
};

static struct command command(uint8_t opcode, uint32_t nsid, const void *buffer)
{
    struct command c = {{opcode, nsid}};
    uint64_t address = (uintptr_t)buffer;
    memcpy(&c.dword[6], &address, 8);
    return c;
}

/* Into the queue; ring() tells the controller. */
static void put(unsigned n, struct command c, uint16_t cid)
{
    struct queue *queue = &queues[n];
    c.dword[0] |= (uint32_t)cid << 16;
    memcpy(queue->entries + queue->tail * queue->stride, &c, sizeof(c));
    queue->tail = (queue->tail + 1) % ENTRIES;
}

static void ring(unsigned n)
{
    set_reg(NVME_REG_DOORBELL + 8 * n, queues[n].tail);
}

static bool is_done(unsigned n)
{
    const struct queue *queue = &queues[n];
    return (queue->completions[queue->head * 4 + 3] >> 16 & 1) == queue->phase;
}

/* The next completion's CID and, if wanted, status without DNR; NO_STATUS: none came. */
static uint16_t take(unsigned n, uint16_t *cid)
{
    struct queue *queue = &queues[n];
    uint32_t start = pm_timer();
    while (!is_done(n)) {
        if (!pm_before(start, LIMIT_MS)) return NO_STATUS;
    }
    volatile uint32_t *entry = &queue->completions[queue->head * 4];
    result = entry[0];
    if (cid != NULL) *cid = (uint16_t)entry[3];
    uint16_t status = (uint16_t)(entry[3] >> 17 & ~NVME_DNR);
    queue->head = (queue->head + 1) % ENTRIES;
    if (queue->head == 0) queue->phase ^= 1;
    set_reg(NVME_REG_DOORBELL + 8 * n + 4, queue->head);
    return status;
}

static uint16_t admin(struct command c)
{
    put(0, c, 63);
    ring(0);
    return take(0, NULL);
}

static struct command io(uint8_t opcode, uint64_t lba, uint32_t blocks, const void *buffer)
{
    struct command c = command(opcode, 1, buffer);
    uint64_t second = (uintptr_t)buffer + BLOCK;
    memcpy(&c.dword[8], &second, 8);
    memcpy(&c.dword[10], &lba, 8);
    c.dword[12] = blocks - 1;
    return c;
}

static uint16_t run(struct command c)
{
    put(1, c, 5);
    ring(1);
    return take(1, NULL);
}

static uint16_t move(uint8_t opcode, uint64_t lba, uint32_t blocks, const void *buffer)
{
    return run(io(opcode, lba, blocks, buffer));
}

/* ---- Life ---- */

static uint16_t create(uint8_t opcode, const volatile void *at, uint32_t id, uint32_t size,
                       uint32_t dword11)
{
    struct command c = command(opcode, 0, (const void *)(uintptr_t)at);
    c.dword[10] = (size - 1) << 16 | id;
    c.dword[11] = dword11;
    return admin(c);
}

static bool enable(void)
{
    begin_queue(0);
    set_reg(NVME_REG_AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1));
    mmio_write64(bar + NVME_REG_ASQ, (uintptr_t)queues[0].entries);
    mmio_write64(bar + NVME_REG_ACQ, (uintptr_t)queues[0].completions);
    set_reg(NVME_REG_CC, 4u << 20 | 6u << 16 | NVME_CC_EN);
    return wait_csts(NVME_CSTS_RDY | NVME_CSTS_CFS, NVME_CSTS_RDY);
}

static bool create_io(void)
{
    begin_queue(1);
    return create(NVME_ADMIN_CREATE_CQ, queues[1].completions, 1, ENTRIES, 3) == NVME_OK &&
           create(NVME_ADMIN_CREATE_SQ, queues[1].entries, 1, ENTRIES, 1u << 16 | 1) == NVME_OK;
}

static bool disable(void)
{
    set_reg(NVME_REG_CC, 0);
    return wait_csts(NVME_CSTS_RDY, 0);
}

/* ---- Checks ---- */

static void registers(void)
{
    uint64_t cap = mmio_read64(bar + NVME_REG_CAP);
    report_eq(mmio_read32(fn + 8) >> 8, 0x018002, "class code 018002");
    report_in((cap & 0xffff) + 1, 34, 65536, "queues of at least 34 entries");
    report(cap >> 24 & 0xff, "a time to become ready");
    report_eq(cap >> 32 & 15, 0, "doorbells 4 bytes apart");
    report_eq(cap >> 37 & 1, 1, "NVM command set");
    report_eq(cap >> 48 & 15, 0, "pages of 4 KiB");
    report(reg(NVME_REG_VS) < 0x10200, "version below 1.2");
    report_eq(reg(NVME_REG_CSTS), 0, "not ready at first");
}

static void identify(void)
{
    struct command c = command(NVME_ADMIN_IDENTIFY, 0, data);
    c.dword[10] = 1;
    report_eq(admin(c), NVME_OK, "identify the controller");
    report_eq(data[0] | data[1] << 8, 0x106b, "Apple's");
    report(memcmp(data + 24, "APPLE SSD AP", 12) == 0, "model number");
    report_eq(data[77], 8, "largest transfer: 256 pages");
    report_eq(data[516], 1, "one namespace");
    c = command(NVME_ADMIN_IDENTIFY, 1, data);
    report_eq(admin(c), NVME_OK, "identify the namespace");
    memcpy(&block_count, data, 8);
    report(block_count != 0, "it has blocks");
    report_eq(data[128 + 2], 12, "of 4096 bytes");
    c = command(NVME_ADMIN_IDENTIFY, 0, data);
    c.dword[10] = 2;
    report(admin(c) == NVME_OK && data[0] == 1 && data[4] == 0, "list of namespaces");
    c.dword[1] = 2;
    c.dword[10] = 0;
    report_eq(admin(c), NVME_INVALID_NAMESPACE, "there is no namespace 2");
}

static void create_queues(void)
{
    struct command c = command(NVME_ADMIN_SET_FEATURES, 0, NULL);
    c.dword[10] = NVME_FEAT_QUEUES;
    c.dword[11] = 7u << 16 | 7;
    report_eq(admin(c), NVME_OK, "eight queues are asked for");
    report_eq(result, 0, "one is granted");
    report_eq(create(NVME_ADMIN_CREATE_SQ, queues[1].entries, 1, ENTRIES, 1u << 16 | 1),
              NVME_CQ_INVALID, "submission queue without a completion queue");
    report_eq(create(NVME_ADMIN_CREATE_CQ, queues[1].completions, 2, ENTRIES, 3), NVME_QID_INVALID,
              "queue 2");
    report_eq(create(NVME_ADMIN_CREATE_CQ, queues[1].completions, 1, 1, 3), NVME_QUEUE_SIZE,
              "queue of one entry");
    report_eq(create(NVME_ADMIN_CREATE_CQ, queues[1].completions, 1, ENTRIES, 1u << 16 | 3),
              NVME_INVALID_VECTOR, "vector 1");
    report(create_io(), "the I/O queue");
}

static void fill(uint8_t *at, size_t bytes, uint32_t seed)
{
    uint32_t *words = (uint32_t *)(uintptr_t)at;
    for (size_t i = 0; i < bytes / 4; i++) {
        seed = seed * 1664525 + 1013904223;
        words[i] = seed;
    }
}

static bool is_zero(const uint8_t *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != 0) return false;
    }
    return true;
}

static void one_block(void)
{
    fill(data, BLOCK, 1);
    fill(back, BLOCK, 2);
    report_eq(move(NVME_CMD_READ, 100, 1, back), NVME_OK, "read what was never written");
    report(is_zero(back, BLOCK), "zeros");
    irq_enable();
    pm_wait(20);
    interrupts = 0;
    report_eq(move(NVME_CMD_WRITE, 100, 1, data), NVME_OK, "write a block");
    pm_wait(20);
    irq_disable();
    report_eq(interrupts, 1, "its completion is one message");
    report_eq(move(NVME_CMD_READ, 100, 1, back), NVME_OK, "read it");
    report(memcmp(data, back, BLOCK) == 0, "it is what was written");
    report_eq(move(NVME_CMD_COMPARE, 100, 1, data), NVME_OK, "compare it");
    data[BLOCK - 1] ^= 1;
    report_eq(move(NVME_CMD_COMPARE, 100, 1, data), NVME_COMPARE_FAILED, "compare with another");
    report_eq(run(command(NVME_CMD_FLUSH, 1, NULL)), NVME_OK, "flush");
    report_eq(run(command(NVME_CMD_FLUSH, NVME_NSID_ALL, NULL)), NVME_OK, "flush all namespaces");
    struct command c = io(NVME_CMD_WRITE, 101, 1, data);
    c.dword[12] |= NVME_RW_FUA;
    report_eq(run(c), NVME_OK, "write through the cache");
    report_eq(move(NVME_CMD_VERIFY, 100, 2, NULL), NVME_OK, "verify");
}

/* A list of the pages behind the first one of `buffer`, last page first. */
static struct command with_list(uint8_t opcode, uint64_t lba, const uint8_t *buffer, uint64_t *at)
{
    struct command c = io(opcode, lba, BIG, buffer);
    uint64_t address = (uintptr_t)at;
    for (unsigned i = 1; i < BIG; i++) {
        at[i - 1] = (uintptr_t)buffer + (uintptr_t)(BIG - i) * BLOCK;
    }
    memcpy(&c.dword[8], &address, 8);
    return c;
}

static void lists(void)
{
    fill(data, BIG * BLOCK, 3);
    report_eq(run(with_list(NVME_CMD_WRITE, 200, data, list)), NVME_OK, "write by a list");
    report_eq(run(with_list(NVME_CMD_READ, 200, back, list)), NVME_OK, "read by a list");
    report(memcmp(data, back, BIG * BLOCK) == 0, "it is what was written");
    report_eq(move(NVME_CMD_READ, 200 + BIG - 1, 1, back), NVME_OK, "read the last block");
    report(memcmp(data + BLOCK, back, BLOCK) == 0, "it came from the second page");
    /* 15 entries in the first page of the list, then a pointer to the next */
    struct command c = with_list(NVME_CMD_READ, 200, back, list + 512);
    uint64_t start = (uintptr_t)(list + 496);
    for (unsigned i = 0; i < 15; i++) {
        list[496 + i] = list[512 + i];
    }
    for (unsigned i = 15; i < BIG - 1; i++) {
        list[512 + i - 15] = list[512 + i];
    }
    list[511] = (uintptr_t)(list + 512);
    memcpy(&c.dword[8], &start, 8);
    report_eq(run(c), NVME_OK, "read by a list of two pages");
    report(memcmp(data, back, BIG * BLOCK) == 0, "it is what was written");
    list[515] += 8;
    report_eq(run(c), NVME_PRP_OFFSET_INVALID, "an entry with an offset");
    report_eq(run(io(NVME_CMD_READ, 200, 1, back + 2)), NVME_PRP_OFFSET_INVALID,
              "data not on a dword");
    report_eq(run(io(NVME_CMD_READ, 200, 2, back + 4)), NVME_PRP_OFFSET_INVALID,
              "a second pointer with an offset");
    c = io(NVME_CMD_READ, 200, 1, back);
    c.dword[0] |= 1u << 14;
    report_eq(run(c), NVME_INVALID_FIELD, "scatter gather lists are refused");
}

static void statuses(void)
{
    report_eq(move(NVME_CMD_READ, block_count, 1, back), NVME_LBA_OUT_OF_RANGE,
              "beyond the last block");
    report_eq(move(NVME_CMD_WRITE, block_count - 1, 2, back), NVME_LBA_OUT_OF_RANGE, "across it");
    report_eq(move(NVME_CMD_READ, UINT64_MAX, 2, back), NVME_LBA_OUT_OF_RANGE,
              "around the end of numbers");
    report_eq(move(NVME_CMD_READ, 0, 257, back), NVME_INVALID_FIELD,
              "more than the largest transfer");
    report_eq(move(4, 0, 1, back), NVME_INVALID_OPCODE, "Write Uncorrectable");
    report_eq(run(command(NVME_CMD_READ, 2, back)), NVME_INVALID_NAMESPACE, "namespace 2");
    report_eq(run(command(NVME_CMD_READ, NVME_NSID_ALL, back)), NVME_INVALID_NAMESPACE,
              "read of all namespaces");
}

static void deallocate(void)
{
    uint32_t *range = (uint32_t *)(uintptr_t)list;
    for (unsigned i = 0; i < 4; i++) { /* every 16th block of 200.. */
        range[4 * i] = 0;
        range[4 * i + 1] = 1;
        range[4 * i + 2] = 200 + 16 * i;
        range[4 * i + 3] = 0;
    }
    struct command c = command(NVME_CMD_DSM, 1, list);
    c.dword[10] = 3;
    c.dword[11] = NVME_DSM_AD;
    report_eq(run(c), NVME_OK, "deallocate four ranges");
    report_eq(run(with_list(NVME_CMD_READ, 200, back, list + 512)), NVME_OK, "read around them");
    bool is_right = is_zero(back, BLOCK) && memcmp(back + BLOCK, data + BLOCK, BLOCK) == 0;
    for (unsigned i = 1; i < 4; i++) { /* the list has the pages in reverse */
        is_right = is_right && is_zero(back + (BIG - 16 * i) * BLOCK, BLOCK);
    }
    report(is_right, "zeros there, the rest as it was");
    report_eq(move(NVME_CMD_WRITE_ZEROES, 201, 40, NULL), NVME_OK, "write zeroes");
    report_eq(move(NVME_CMD_READ, 240, 1, back), NVME_OK, "read the last of them");
    report(is_zero(back, BLOCK), "zeros");
    report_eq(move(NVME_CMD_READ, 241, 1, back), NVME_OK, "read the one behind");
    report(memcmp(back, data + (BIG - 41) * BLOCK, BLOCK) == 0, "as it was");
    range[2] = (uint32_t)block_count;
    report_eq(run(c), NVME_LBA_OUT_OF_RANGE, "deallocate beyond the end");
}

/* Rounds of commands that are at work together, more than the queue has entries. */
static void many(void)
{
    uint64_t seen = 0;
    unsigned good = 0;
    for (unsigned round = 0; round < 8; round++) {
        for (unsigned i = 0; i < 32; i++) {
            data[i * BLOCK] = (uint8_t)(round * 32 + i);
            put(1,
                io(round % 2 == 0 ? NVME_CMD_WRITE : NVME_CMD_READ, 1000 + i * 7, 1,
                   data + i * BLOCK),
                (uint16_t)(i + 16));
        }
        ring(1);
        for (unsigned i = 0; i < 32; i++) {
            uint16_t cid = 0;
            if (take(1, &cid) == NVME_OK) good++;
            seen |= (uint64_t)1 << (cid & 63);
        }
    }
    report_eq(good, 256, "256 commands, 32 at a time");
    report_eq(seen, 0xffffffff0000ull, "each identifier came back");
    report_eq(data[31 * BLOCK], 6 * 32 + 31, "and read what was written");
}

static void check_dead(const char *what)
{
    report(wait_csts(NVME_CSTS_CFS, NVME_CSTS_CFS), "%s: fatal", what);
    pm_wait(4000);
    report(!is_done(1), "%s: no completion", what);
    put(0, command(NVME_ADMIN_IDENTIFY, 1, back), 62);
    ring(0);
    pm_wait(4000);
    report(!is_done(0), "%s: the admin queue is dead, too", what);
    report(disable() && (reg(NVME_REG_CSTS) & NVME_CSTS_CFS) == 0, "%s: reset", what);
    report(enable() && create_io(), "%s: and it works again", what);
}

static void rules(void)
{
    fill(data, BLOCK, 9);
    report_eq(move(NVME_CMD_WRITE, 300, 1, data), NVME_OK, "write before the rules are broken");
    put(1, io(NVME_CMD_READ, 300, 1, back), ENTRIES);
    ring(1);
    check_dead("identifier not below the depth");
    put(0, command(NVME_ADMIN_EVENT, 0, NULL), 31);
    ring(0);
    pm_wait(200);
    put(1, io(NVME_CMD_READ, 300, 1, back), 31);
    ring(1);
    check_dead("identifier of an admin command");
    put(1, io(NVME_CMD_READ, 300, 1, back), 7);
    put(1, io(NVME_CMD_READ, 301, 1, back), 7);
    ring(1);
    check_dead("identifier twice");
    report_eq(move(NVME_CMD_COMPARE, 300, 1, data), NVME_OK, "the data is still there");
}

/* Large reads are at work. */
static void begin_reads(void)
{
    for (unsigned i = 0; i < 24; i++) {
        put(1, with_list(NVME_CMD_READ, 400 + i * BIG, back, list), (uint16_t)i);
    }
    ring(1);
    pm_wait(8); /* 2 us */
}

static void controller_reset(void)
{
    static uint32_t before[BLOCK / 4];
    begin_reads();
    report(disable(), "reset in mid-command");
    memcpy(before, (void *)(uintptr_t)queues[1].completions, BLOCK);
    pm_wait(40000);
    report(memcmp(before, (void *)(uintptr_t)queues[1].completions, BLOCK) == 0,
           "no completion after that");
    report(enable() && create_io(), "it works again");
}

/* The T2 offers no function level reset, so what resets it is the bus. */
static void bus_reset(void)
{
    unsigned cap = pci_capability(fn, PCI_CAP_PCIE);
    report(cap != 0 && !(mmio_read32(fn + cap + 4) >> 28 & 1), "no function level reset");
    uint32_t low = mmio_read32(fn + 0x10), high = mmio_read32(fn + 0x14);
    begin_reads();
    mmio_write16(bridge + BRIDGE_CONTROL,
                 (uint16_t)(mmio_read16(bridge + BRIDGE_CONTROL) | BUS_RESET));
    pm_wait(PM_HZ / 1000);
    mmio_write16(bridge + BRIDGE_CONTROL,
                 (uint16_t)(mmio_read16(bridge + BRIDGE_CONTROL) & ~BUS_RESET));
    pm_wait(PM_HZ / 10);
    report(!is_done(1), "bus reset in mid-command: no completion");
    report_eq(mmio_read16(fn + 4) & 7, 0, "the command register is reset");
    mmio_write32(fn + 0x10, low);
    mmio_write32(fn + 0x14, high);
    open_way();
    report_eq(reg(NVME_REG_CC) | reg(NVME_REG_CSTS), 0, "the controller is reset");
    setup_msi();
    report(enable() && create_io(), "it works again");
    report_eq(move(NVME_CMD_COMPARE, 300, 1, data), NVME_OK, "the data is still there");
}

static void shutdown(void)
{
    set_reg(NVME_REG_CC, reg(NVME_REG_CC) | NVME_CC_SHN_NORMAL);
    report(wait_csts(NVME_CSTS_SHST, NVME_CSTS_SHST_DONE), "shutdown");
    report(disable() && enable() && create_io(), "and on again");
    report_eq(move(NVME_CMD_COMPARE, 300, 1, data), NVME_OK, "the data is still there");
}

static void setup_memory(void)
{
    queues[0].stride = 64;
    queues[1].stride = 128;
    for (unsigned n = 0; n < 2; n++) {
        queues[n].entries = pages_alloc(2);
        queues[n].completions = pages_alloc(1);
    }
    data = pages_alloc(BIG + 1);
    back = pages_alloc(BIG + 1);
    list = pages_alloc(2);
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    trap_handle(VECTOR, on_irq);
    fn = pci_find(NVME_ID);
    report(fn != 0, "the controller is there");
    if (fn == 0) return;
    bridge = find_bridge();
    report(bridge != 0, "and the bridge above it");
    open_way();
    bar = (uintptr_t)((mmio_read32(fn + 0x10) & ~15u) | (uint64_t)mmio_read32(fn + 0x14) << 32);
    setup_msi();
    setup_memory();
    registers();
    report(enable(), "ready");
    identify();
    if (block_count == 0) return;
    create_queues();
    one_block();
    lists();
    statuses();
    deallocate();
    many();
    rules();
    controller_reset();
    bus_reset();
    shutdown();
}
