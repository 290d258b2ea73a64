/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: Identify (5.11). Values are those of the dump in hardware.md 2.3 where it has them; what is
 * advertised beyond it is what this model carries out (OACS, ONCS, SANICAP, FNA, LPA), and
 * docs/hardware/t2-nvme.md lists the differences.
 *
 * Chosen: without a disk the controller has NN 1 and no active namespace. CNS values of later
 * versions are Invalid Field, as VS 1.1 says. The serial number is made from the volume's identity,
 * the model number from its size.
 */
#include <string.h>

#include "devices/storage/ans2_admin.h"
#include "emu/base/bits.h"

#define DATA_BYTES     4096u
#define CNS_NAMESPACE  0u
#define CNS_CONTROLLER 1u
#define CNS_LIST       2u
#define NSID_LAST      0xfffffffdu /* of those that a list may start after */

#define VENDOR_APPLE 0x106bu
#define MDTS         8u /* log2 of pages: ANS2_MDTS_BLOCKS */
#define OACS_FORMAT  0x0002u
#define FRMW_ONE     0x02u /* one slot, which can be written */
#define SANICAP      0x1u  /* crypto erase */
#define SQES         0x76u /* 64 bytes at least, 128 at most */
#define CQES         0x44u
#define ONCS         0x009du /* Compare, Dataset Management, Write Zeroes, select field, Verify */
#define FNA_CRYPTO   0x4u
#define VWC_PRESENT  0x1u
#define NSFEAT_THIN  0x1u /* NUSE says what is in use */
#define DLFEAT       0x9u /* deallocated blocks read 0; Write Zeroes deallocates */
#define LBADS        12u

#define SERIAL_AT   4u
#define SERIAL_LEN  20u
#define MODEL_AT    24u
#define MODEL_LEN   40u
#define FIRMWARE_AT 64u

/* Capacity as Apple's part numbers have it: the next power of two in GiB, at least four digits. */
static void put_model(uint8_t *at, uint64_t blocks)
{
    static const char name[] = "APPLE SSD AP";
    char digits[20];
    size_t count = 0;
    size_t length = sizeof(name) - 1;
    uint64_t gib = 1;

    while (gib < blocks >> (30 - LBADS)) {
        gib *= 2;
    }
    for (; gib != 0 || count < 4; gib /= 10) {
        digits[count++] = (char)('0' + gib % 10);
    }
    memset(at, ' ', MODEL_LEN);
    memcpy(at, name, length);
    while (count > 0) {
        at[length++] = (uint8_t)digits[--count];
    }
    at[length] = 'M';
}

static void put_serial(uint8_t *at, const uint8_t *id)
{
    static const char hex[] = "0123456789ABCDEF";

    for (unsigned i = 0; i < SERIAL_LEN; i++) {
        at[i] = (uint8_t)hex[(i % 2 == 0 ? id[i / 2] >> 4 : id[i / 2]) & 0xf];
    }
}

static void fill_controller(const struct ans2 *ans2, uint8_t *data)
{
    le16_put(data, VENDOR_APPLE);
    le16_put(data + 2, VENDOR_APPLE);
    put_serial(data + SERIAL_AT, ans2->config.volume_id);
    put_model(data + MODEL_AT, ans2->config.blocks);
    memcpy(data + FIRMWARE_AT, ANS2_FIRMWARE, sizeof(ANS2_FIRMWARE) - 1);
    data[77] = MDTS;
    le16_put(data + 256, OACS_FORMAT);
    data[258] = ANS2_ABORTS_MAX - 1;
    data[259] = ANS2_EVENTS_MAX - 1;
    data[260] = FRMW_ONE;
    data[262] = ANS2_ERRORS - 1;
    le32_put(data + 328, SANICAP);
    data[512] = SQES;
    data[513] = CQES;
    le32_put(data + 516, 1);
    le16_put(data + 520, ONCS);
    data[524] = FNA_CRYPTO;
    data[525] = VWC_PRESENT;
}

static void fill_namespace(const struct ans2 *ans2, uint8_t *data)
{
    const uint64_t blocks = ans2->config.blocks;
    uint64_t used = 0;

    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        used += ssd_module_counters(ans2->config.module[i]).mapped_blocks;
    }
    le64_put(data, blocks);
    le64_put(data + 8, blocks);
    le64_put(data + 16, min_u64(used, blocks));
    data[24] = NSFEAT_THIN;
    data[33] = DLFEAT;
    memcpy(data + 104, ans2->config.volume_id, 16);
    memcpy(data + 120, ans2->config.volume_id, 8);
    data[130] = LBADS;
}

static uint16_t fill_list(const struct ans2 *ans2, uint32_t after, uint8_t *data)
{
    if (after > NSID_LAST) return NVME_INVALID_NAMESPACE;
    if (after == 0 && ans2->config.blocks != 0) {
        le32_put(data, 1);
    }
    return NVME_OK;
}

uint16_t ans2_identify(struct ans2 *ans2, struct ans2_slot *slot)
{
    const uint32_t nsid = ans2_nsid(slot);
    uint8_t data[DATA_BYTES] = {0};
    const struct ans2_gift gift = {.data = data, .data_bytes = DATA_BYTES, .bytes = DATA_BYTES};
    uint16_t status = NVME_OK;

    switch (ans2_dword(slot, 10) & 0xff) {
    case CNS_NAMESPACE:
        if (nsid != 1) return NVME_INVALID_NAMESPACE;
        if (ans2->config.blocks != 0) {
            fill_namespace(ans2, data);
        }
        break;
    case CNS_CONTROLLER: fill_controller(ans2, data); break;
    case CNS_LIST: status = fill_list(ans2, nsid, data); break;
    default: return NVME_INVALID_FIELD;
    }
    return status == NVME_OK ? ans2_admin_give(ans2, slot, &gift) : status;
}
