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
#define NVME_DATA_TRANSFER_ERROR 0x0004u
#define NVME_INTERNAL_ERROR      0x0006u
#define NVME_ABORT_REQUESTED     0x0007u
#define NVME_ABORT_SQ_DELETED    0x0008u
#define NVME_INVALID_NAMESPACE   0x000bu
#define NVME_SEQUENCE_ERROR      0x000cu
#define NVME_PRP_OFFSET_INVALID  0x0013u
#define NVME_SANITIZE_FAILED     0x001cu
#define NVME_LBA_OUT_OF_RANGE    0x0080u
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

/* Admin commands (5). */
#define NVME_ADMIN_DELETE_SQ    0x00u
#define NVME_ADMIN_CREATE_SQ    0x01u
#define NVME_ADMIN_GET_LOG      0x02u
#define NVME_ADMIN_DELETE_CQ    0x04u
#define NVME_ADMIN_CREATE_CQ    0x05u
#define NVME_ADMIN_IDENTIFY     0x06u
#define NVME_ADMIN_ABORT        0x08u
#define NVME_ADMIN_SET_FEATURES 0x09u
#define NVME_ADMIN_GET_FEATURES 0x0au
#define NVME_ADMIN_EVENT        0x0cu
#define NVME_ADMIN_FORMAT       0x80u
#define NVME_ADMIN_SANITIZE     0x84u

/* Registers (3.1). */
#define NVME_REG_CAP      0x00u
#define NVME_REG_VS       0x08u
#define NVME_REG_INTMS    0x0cu
#define NVME_REG_INTMC    0x10u
#define NVME_REG_CC       0x14u
#define NVME_REG_CSTS     0x1cu
#define NVME_REG_NSSR     0x20u
#define NVME_REG_AQA      0x24u
#define NVME_REG_ASQ      0x28u
#define NVME_REG_ACQ      0x30u
#define NVME_REG_CMBLOC   0x38u
#define NVME_REG_CMBSZ    0x3cu
#define NVME_REG_DOORBELL 0x1000u

#define NVME_CC_EN          0x00000001u
#define NVME_CC_CSS         0x00000070u
#define NVME_CC_MPS         0x00000780u
#define NVME_CC_AMS         0x00003800u
#define NVME_CC_SHN         0x0000c000u
#define NVME_CC_SHN_NORMAL  0x00004000u
#define NVME_CC_SHN_ABRUPT  0x00008000u
#define NVME_CC_IOSQES      0x000f0000u
#define NVME_CC_IOCQES      0x00f00000u
#define NVME_CSTS_RDY       0x00000001u
#define NVME_CSTS_CFS       0x00000002u
#define NVME_CSTS_SHST      0x0000000cu
#define NVME_CSTS_SHST_BUSY 0x00000004u
#define NVME_CSTS_SHST_DONE 0x00000008u

/* Features (5.14.1). */
#define NVME_FEAT_ARBITRATION 0x01u
#define NVME_FEAT_POWER       0x02u
#define NVME_FEAT_TEMPERATURE 0x04u
#define NVME_FEAT_ERROR       0x05u
#define NVME_FEAT_WRITE_CACHE 0x06u
#define NVME_FEAT_QUEUES      0x07u
#define NVME_FEAT_COALESCING  0x08u
#define NVME_FEAT_VECTOR      0x09u
#define NVME_FEAT_ATOMICITY   0x0au
#define NVME_FEAT_EVENTS      0x0bu

/* Log pages (5.10.1). */
#define NVME_LOG_ERROR    0x01u
#define NVME_LOG_SMART    0x02u
#define NVME_LOG_FIRMWARE 0x03u
#define NVME_LOG_SANITIZE 0x81u
