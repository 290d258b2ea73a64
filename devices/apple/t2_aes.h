/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The AES engine in line between flash and the NVMe controller: AES-256-XTS, one unit per logical
 * block, tweak = LBA of the namespace. A block of 4096 zero bytes in flash is one that was never
 * written or was deallocated: it reads as zeros and is not decrypted. (No written block is stored
 * so: that would need a plaintext which encrypts to zeros, one in 2^32768.)
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct xts;

#define T2_BLOCK_BYTES 4096u

void t2_aes_encrypt(struct xts *volume, uint64_t lba, void *data, size_t blocks);
void t2_aes_decrypt(struct xts *volume, uint64_t lba, void *data, size_t blocks);
