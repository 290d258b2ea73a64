/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The T2's storage encryption, which stands between the NVMe controller and flash (hardware.md 2.6).
 * It has no registers that the host sees. Blocks that flash gives as zeros pass through unchanged.
 */
#include "devices/apple/t2_aes.h"

#include <stdbool.h>
#include <string.h>

#include "emu/base/endian.h"
#include "emu/crypto/xts.h"

/* Ciphertext fails at the first comparison; what is zero equals itself moved by eight bytes. */
static bool is_blank(const uint8_t *block)
{
    return le64_get(block) == 0 && memcmp(block, block + 8, T2_BLOCK_BYTES - 8) == 0;
}

void t2_aes_encrypt(struct xts *volume, uint64_t lba, void *data, size_t blocks)
{
    xts_encrypt(volume, lba, data, T2_BLOCK_BYTES, blocks);
}

void t2_aes_decrypt(struct xts *volume, uint64_t lba, void *data, size_t blocks)
{
    uint8_t *bytes = data;
    size_t done = 0;

    while (done < blocks) {
        size_t end = done;

        while (end < blocks && !is_blank(bytes + end * T2_BLOCK_BYTES)) {
            end++;
        }
        xts_decrypt(volume, lba + done, bytes + done * T2_BLOCK_BYTES, T2_BLOCK_BYTES, end - done);
        done = end + 1; /* the block that ended the run is blank */
    }
}
