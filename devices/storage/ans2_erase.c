/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: Format NVM (5.23) and Sanitize (NVMe 1.3, 5.22). Both are the T2's instant wipe: new keys, and
 * every block deallocated.
 *
 * Chosen:
 *  - Format erases so whatever Secure Erase Settings say (0, 1 or 2). There is one LBA format.
 *  - Sanitize offers crypto erase only, and is over when its command is; page 81h then says how it
 *    went since power-on. Exit Failure Mode is accepted. No-deallocate is refused: what was written
 *    before cannot be read anyway.
 *  - Commands at work end with old or new keys, whichever there are when their data moves.
 */
#include "devices/storage/ans2_admin.h"
#include "emu/base/bits.h"

#define ERASE_TIME      VTIME_MS(50)
#define FORMAT_LBAF     0x00fu
#define FORMAT_METADATA 0x1f0u /* MSET, PI, PIL: there is no metadata */
#define FORMAT_SES(dw)  ((dw) >> 9 & 7)
#define SES_CRYPTO      2u
#define SANACT          0x007u
#define SANACT_EXIT     1u
#define SANACT_CRYPTO   4u
#define SANITIZE_NODAS  0x200u
#define SSTAT_DONE      1u
#define SSTAT_FAILED    3u

vtime ans2_erase_extra(struct ans2 *ans2, const struct ans2_slot *slot)
{
    (void)slot;
    return ans2->config.is_functional ? 0 : ERASE_TIME;
}

static bool erase(struct ans2 *ans2)
{
    const uint64_t blocks = raid0_module_blocks(ans2->config.blocks);
    bool is_good = ans2->sep != NULL && t2_sep_erase(ans2->sep);

    for (unsigned i = 0; i < RAID0_MODULES && is_good; i++) {
        is_good = ssd_module_discard(ans2->config.module[i], 0, blocks) == SSD_OK;
    }
    return is_good && ans2_flush_modules(ans2);
}

uint16_t ans2_format(struct ans2 *ans2, struct ans2_slot *slot)
{
    const uint32_t nsid = ans2_nsid(slot);
    const uint32_t dw10 = ans2_dword(slot, 10);

    if (ans2->config.blocks == 0 || (nsid != 1 && nsid != NVME_NSID_ALL)) {
        return NVME_INVALID_NAMESPACE;
    }
    if ((dw10 & (FORMAT_LBAF | FORMAT_METADATA)) != 0) return NVME_INVALID_FORMAT;
    if (FORMAT_SES(dw10) > SES_CRYPTO) return NVME_INVALID_FIELD;
    return erase(ans2) ? NVME_OK : NVME_INTERNAL_ERROR;
}

uint16_t ans2_sanitize(struct ans2 *ans2, struct ans2_slot *slot)
{
    const uint32_t dw10 = ans2_dword(slot, 10);

    if ((dw10 & SANACT) == SANACT_EXIT) {
        if (ans2->sanitize_status == SSTAT_FAILED) {
            ans2->sanitize_status = 0;
        }
        return NVME_OK;
    }
    if ((dw10 & SANACT) != SANACT_CRYPTO || (dw10 & SANITIZE_NODAS) != 0 ||
        ans2->config.blocks == 0) {
        return NVME_INVALID_FIELD;
    }
    ans2->sanitize_command = dw10;
    ans2->sanitize_status = erase(ans2) ? SSTAT_DONE : SSTAT_FAILED;
    return ans2->sanitize_status == SSTAT_DONE ? NVME_OK : NVME_SANITIZE_FAILED;
}
