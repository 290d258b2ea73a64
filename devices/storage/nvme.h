/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of the NVM Express standard, revision 1.2.1, as far as the controller uses them. Names in
 * the manner of Linux' include/linux/nvme.h. */
#pragma once

#include <stdint.h>

#define NVME_COMMAND_BYTES    64u
#define NVME_COMPLETION_BYTES 16u
#define NVME_FEATURES         0x10u /* identifiers 00h-0Fh */

/* Status: type << 8 | code, as in completion dword 3 bits 27:17; NVME_DNR is bit 14 of that field
 * (do not retry). */
#define NVME_OK                  0x0000u
#define NVME_INVALID_OPCODE      0x0001u
#define NVME_INVALID_FIELD       0x0002u
#define NVME_CMDID_CONFLICT      0x0003u
#define NVME_DATA_TRANSFER_ERROR 0x0004u
#define NVME_POWER_LOSS          0x0005u
#define NVME_INTERNAL_ERROR      0x0006u
#define NVME_ABORT_REQUESTED     0x0007u
#define NVME_ABORT_SQ_DELETED    0x0008u
#define NVME_INVALID_NAMESPACE   0x000bu
#define NVME_SEQUENCE_ERROR      0x000cu
#define NVME_PRP_OFFSET_INVALID  0x0013u
#define NVME_SANITIZE_FAILED     0x001cu
#define NVME_LBA_OUT_OF_RANGE    0x0080u
#define NVME_NS_NOT_READY        0x0082u
#define NVME_CQ_INVALID          0x0100u
#define NVME_QID_INVALID         0x0101u
#define NVME_QUEUE_SIZE          0x0102u
#define NVME_ABORT_LIMIT         0x0103u
#define NVME_ASYNC_LIMIT         0x0105u
#define NVME_INVALID_VECTOR      0x0108u
#define NVME_INVALID_LOG_PAGE    0x0109u
#define NVME_INVALID_FORMAT      0x010au
#define NVME_INVALID_QUEUE       0x010cu
#define NVME_NOT_SAVEABLE        0x010du
#define NVME_WRITE_FAULT         0x0280u
#define NVME_READ_ERROR          0x0281u
#define NVME_COMPARE_FAILED      0x0285u
#define NVME_ACCESS_DENIED       0x0286u
#define NVME_DNR                 0x4000u

/* Command dword 0: opcode 7:0, FUSE 9:8, PSDT 15:14, CID 31:16. */
#define NVME_DW0_FUSE 0x00000300u
#define NVME_DW0_PSDT 0x0000c000u

/* Byte offsets in a command. */
#define NVME_AT_NSID  4u
#define NVME_AT_PRP1  24u
#define NVME_AT_PRP2  32u
#define NVME_AT_CDW10 40u
#define NVME_AT_CDW11 44u
#define NVME_AT_CDW12 48u
#define NVME_AT_CDW13 52u

#define NVME_NSID_ALL 0xffffffffu

/* I/O commands (NVM command set, 6). */
#define NVME_CMD_FLUSH        0x00u
#define NVME_CMD_WRITE        0x01u
#define NVME_CMD_READ         0x02u
#define NVME_CMD_COMPARE      0x05u
#define NVME_CMD_WRITE_ZEROES 0x08u
#define NVME_CMD_DSM          0x09u
#define NVME_CMD_VERIFY       0x0cu

#define NVME_RW_FUA        0x40000000u /* command dword 12 */
#define NVME_DSM_AD        0x00000004u /* command dword 11: deallocate */
#define NVME_DSM_RANGES    256u
#define NVME_DSM_RANGE_LEN 16u
