/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NVMe controller with a driver. Alone its configuration space is at PCI_LONE_BASE; in the tree it
 * is the first function of the first bus, which is the same address.
 */
#include "tests/generic/subject_ans2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/apple/t2_sep.h"
#include "devices/pci/host.h"
#include "devices/pci/pci.h"
#include "devices/storage/ans2.h"
#include "devices/storage/nvme.h"
#include "devices/storage/ssd_module.h"
#include "emu/base/endian.h"
#include "tests/lib/media.h"

#define BAR          UINT64_C(0x90000000)
#define BAR_BYTES    UINT64_C(0x400000)
#define ASQ          UINT64_C(0x1000)
#define ACQ          UINT64_C(0x2000)
#define SQ           UINT64_C(0x4000)
#define CQ           UINT64_C(0x6000)
#define DATA         UINT64_C(0x10000)
#define DATA_PAGES   16u
#define ENTRIES      32u
#define HALF         (ENTRIES / 2) /* identifiers of one queue */
#define IO_STRIDE    128u
#define ADMIN_STRIDE 64u
#define CC_ON        0x00460001u
#define AQA          0x001f001fu
#define CREATE_DW10  ((ENTRIES - 1) << 16 | 1)
#define READY_TIME   VTIME_MS(3)
#define CREATE_TIME  VTIME_US(100)
#define MODULE_BYTES (UINT64_C(1) << 20)
#define BLOCKS       (MODULE_BYTES / MEDIA_BLOCK_BYTES)

/* ---- Driver ---- */

static void put(struct rig *rig, uint64_t at, uint32_t head, uint32_t dw10, uint32_t dw11)
{
    uint8_t *raw = rig->ram + at;

    memset(raw, 0, NVME_COMMAND_BYTES);
    le32_put(raw, head);
    le32_put(raw + NVME_AT_CDW10, dw10);
    le32_put(raw + NVME_AT_CDW11, dw11);
}

static void ring(struct rig *rig, unsigned doorbell, uint32_t value)
{
    rig_write(rig, BAR + NVME_REG_DOORBELL + doorbell * 4, 4, value);
}

static void start(struct rig *rig)
{
    rig_write(rig, BAR + NVME_REG_CC, 4, 0);
    rig_advance(rig, READY_TIME);
    rig_write(rig, BAR + NVME_REG_AQA, 4, AQA);
    rig_write(rig, BAR + NVME_REG_ASQ, 8, ASQ);
    rig_write(rig, BAR + NVME_REG_ACQ, 8, ACQ);
    rig_write(rig, BAR + NVME_REG_CC, 4, CC_ON);
    rig_advance(rig, READY_TIME);
    put(rig, ASQ, NVME_ADMIN_CREATE_CQ, CREATE_DW10, 3);
    le64_put(rig->ram + ASQ + NVME_AT_PRP1, CQ);
    ring(rig, 0, 1);
    rig_advance(rig, CREATE_TIME);
    put(rig, ASQ + ADMIN_STRIDE, NVME_ADMIN_CREATE_SQ | 1 << 16, CREATE_DW10, 1 << 16 | 1);
    le64_put(rig->ram + ASQ + ADMIN_STRIDE + NVME_AT_PRP1, SQ);
    ring(rig, 0, 2);
    rig_advance(rig, CREATE_TIME);
}

static void aim_data(struct rig *rig, uint64_t at, uint64_t random)
{
    le32_put(rig->ram + at + NVME_AT_NSID, random % 8 != 0 ? 1 : NVME_NSID_ALL);
    le64_put(rig->ram + at + NVME_AT_PRP1, DATA + (random >> 8) % DATA_PAGES * 4096);
    le64_put(rig->ram + at + NVME_AT_PRP2, DATA + (random >> 16) % DATA_PAGES * 4096);
}

static void fill_io(struct rig *rig, uint64_t *random)
{
    static const uint8_t opcodes[] = {NVME_CMD_READ,   NVME_CMD_READ, NVME_CMD_COMPARE,
                                      NVME_CMD_VERIFY, NVME_CMD_DSM,  0x7f};

    for (unsigned i = 0; i < ENTRIES; i++) {
        const uint64_t next = rig_random(random);
        const uint64_t at = SQ + (uint64_t)i * IO_STRIDE;

        put(rig, at, opcodes[next % sizeof(opcodes)] | (HALF + i % HALF) << 16,
            (uint32_t)(next >> 8) % (2 * BLOCKS + 2), 0);
        aim_data(rig, at, next >> 32);
        le32_put(rig->ram + at + NVME_AT_CDW12, (uint32_t)(next >> 24) % 2);
    }
}

static void fill_admin(struct rig *rig, uint64_t *random)
{
    static const uint8_t opcodes[] = {
        NVME_ADMIN_GET_LOG, NVME_ADMIN_IDENTIFY, NVME_ADMIN_SET_FEATURES, NVME_ADMIN_GET_FEATURES,
        NVME_ADMIN_EVENT,   NVME_ADMIN_ABORT,    NVME_ADMIN_DELETE_SQ,    0x7f};

    for (unsigned i = 0; i < ENTRIES; i++) {
        const uint64_t next = rig_random(random);
        const uint64_t at = ASQ + (uint64_t)i * ADMIN_STRIDE;
        const uint8_t opcode = opcodes[next % sizeof(opcodes)];
        uint32_t dw10 = (uint32_t)(next >> 8) % 16;

        if (opcode == NVME_ADMIN_ABORT) {
            dw10 = (uint32_t)(next >> 8) % ENTRIES << 16 | (next >> 16 & 1);
        }
        put(rig, at, opcode | i % HALF << 16, dw10, (uint32_t)(next >> 20) % 512);
        aim_data(rig, at, next >> 40);
    }
}

void subject_ans2_poke(struct rig *rig, uint64_t random)
{
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0, 8, BAR);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    if (random % 4 == 0) {
        start(rig);
    }
    random |= 1;
    fill_io(rig, &random);
    fill_admin(rig, &random);
    for (unsigned i = 0; i < 8; i++) {
        const uint64_t next = rig_random(&random);

        ring(rig, next % 4, (uint32_t)(next >> 8) % ENTRIES);
        rig_advance(rig, next >> 32 & 0xffffff);
    }
}

uint64_t subject_ans2_aim(const struct rig *rig, const struct region *region, uint64_t random)
{
    (void)rig;
    if (region->bytes != BAR_BYTES) return (random >> 8) % PCI_CONFIG_BYTES;
    return (random & 1) != 0 ? NVME_REG_DOORBELL + (random >> 8) % 24 : (random >> 8) % 64;
}

/* ---- Media, as devices: the rig frees them after the modules ---- */

struct media {
    struct device device;
    struct memory_media *memory;
};

static int media_init(struct device *device, const void *config, struct error *err)
{
    struct media *media = (struct media *)(void *)device;

    (void)config, (void)err;
    media->memory = memory_media_create(BLOCKS);
    media->memory->is_temporary = true;
    for (uint64_t i = 0; i < MODULE_BYTES; i += MEDIA_BLOCK_BYTES * 2) {
        media->memory->data[i] = (uint8_t)(i / MEDIA_BLOCK_BYTES);
    }
    return 0;
}

static void media_reset(struct device *device, enum reset_kind kind)
{
    (void)device, (void)kind;
}

static int media_loaded(struct device *device, struct error *err)
{
    (void)device, (void)err;
    return 0;
}

static void media_fini(struct device *device)
{
    memory_media_destroy(((struct media *)(void *)device)->memory);
}

static const struct device_class media_class = {
    .name = "media",
    .size = sizeof(struct media),
    .version = 1,
    .init = media_init,
    .reset = media_reset,
    .loaded = media_loaded,
    .fini = media_fini,
};

/* ---- All of it ---- */

static struct device *own(struct rig *rig, struct device *device, const struct error *err)
{
    if (device == NULL) {
        fail_msg("%s", err->text);
    }
    rig_own(rig, device);
    return device;
}

static struct device *make(struct rig *rig, const struct device_class *class, const char *path,
                           const void *config)
{
    struct error err = ERROR_INIT;

    return own(rig, device_create(class, path, &rig->env, config, &err), &err);
}

static void make_modules(struct rig *rig, struct ans2_config *ans2)
{
    static const char *const media[RAID0_MODULES] = {"/media0", "/media1"};
    static const char *const modules[RAID0_MODULES] = {"/ssd0", "/ssd1"};

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const struct media *one =
            (const struct media *)(void *)make(rig, &media_class, media[i], NULL);
        const struct ssd_module_config config = {.media = &one->memory->host,
                                                 .is_functional = ans2->is_functional};

        ans2->module[i] = make(rig, &ssd_module_class, modules[i], &config);
    }
}

struct device *subject_ans2_make(struct rig *rig, bool is_functional, unsigned strict)
{
    static const uint8_t seed[KEY_BYTES] = {1};
    static const uint8_t id[SEP_ID_BYTES] = {2};
    struct ans2_config config = {.blocks = 2 * BLOCKS - 3,
                                 .strict = (enum ans2_strict)strict,
                                 .is_functional = is_functional};
    struct sep_record record;
    const struct t2_sep_config sep_config = {.record = &record};
    struct pci_bus *root = pci_host_root(make(rig, &pci_host_class, "/pci", NULL), 0);
    struct error err = ERROR_INIT;
    struct device *ans2;
    struct device *sep;

    assert_int_equal(sep_make(&record, seed), SEP_OK);
    assert_int_equal(sep_make_volume(&record, id), SEP_OK);
    make_modules(rig, &config);
    ans2 = own(rig, pci_add(root, PCI_DEVFN(0, 0), "/ans2", &ans2_class, &config, &err), &err);
    sep = own(rig, pci_add(root, PCI_DEVFN(0, 2), "/sep", &t2_sep_class, &sep_config, &err), &err);
    ans2_attach_sep(ans2, sep);
    return ans2;
}

void subject_ans2_build(struct rig *rig)
{
    (void)subject_ans2_make(rig, false, ANS2_STRICT_WARN);
}
