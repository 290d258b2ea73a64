/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers and packets of the DMA engines of Vega 10 (SDMA 4.0), and the registers of its memory
 * hub that a user of them sets (names and numbers: Linux, asic_reg/sdma0/sdma0_4_0_*.h,
 * asic_reg/mmhub/mmhub_1_0_*.h and vega10_sdma_pkt_open.h). Offsets are bytes in BAR 5. For the
 * model, its tests and guest programs.
 */
#pragma once

/* ---- Registers of engine 0; engine 1 has the same ones 0x800 bytes further ---- */
#define SDMA_BASE         0x4980u
#define SDMA_STRIDE       0x800u
#define SDMA_CNTL         0x49f0u
#define SDMA_STATUS_REG   0x4a14u
#define SDMA_F32_CNTL     0x4a28u
#define SDMA_FREEZE       0x4a2cu
#define SDMA_QUEUE_GFX    0x4b80u /* a queue's registers; PAGE, RLC0, RLC1 each 0x180 further */
#define SDMA_QUEUE_STRIDE 0x180u

/* Offsets within a queue. */
#define SDMA_RB_CNTL           0x00u
#define SDMA_RB_BASE           0x04u /* address bits 39:8 */
#define SDMA_RB_BASE_HI        0x08u
#define SDMA_RB_RPTR           0x0cu /* bytes */
#define SDMA_RB_RPTR_HI        0x10u
#define SDMA_RB_WPTR           0x14u
#define SDMA_RB_WPTR_HI        0x18u
#define SDMA_RB_WPTR_POLL_CNTL 0x1cu
#define SDMA_RB_RPTR_ADDR_HI   0x20u
#define SDMA_RB_RPTR_ADDR_LO   0x24u
#define SDMA_IB_CNTL           0x28u
#define SDMA_IB_RPTR           0x2cu
#define SDMA_IB_OFFSET         0x30u
#define SDMA_IB_BASE_LO        0x34u
#define SDMA_IB_BASE_HI        0x38u
#define SDMA_IB_SIZE           0x3cu
#define SDMA_SKIP_CNTL         0x40u
#define SDMA_CONTEXT_STATUS    0x44u
#define SDMA_DOORBELL          0x48u
#define SDMA_DOORBELL_OFFSET   0xacu
#define SDMA_RB_WPTR_POLL_HI   0xc8u
#define SDMA_RB_WPTR_POLL_LO   0xccu

#define SDMA_CNTL_TRAP_ENABLE       0x00000001u
#define SDMA_STATUS_IDLE            0x00000001u
#define SDMA_STATUS_RB_EMPTY        0x00000004u
#define SDMA_STATUS_RB_CMD_IDLE     0x00000010u
#define SDMA_STATUS_IB_CMD_IDLE     0x00000040u
#define SDMA_STATUS_INSIDE_IB       0x00000200u
#define SDMA_STATUS_EX_IDLE         0x00000400u
#define SDMA_STATUS_MC_WR_IDLE      0x00002000u
#define SDMA_STATUS_MC_RD_IDLE      0x00080000u
#define SDMA_F32_CNTL_HALT          0x00000001u
#define SDMA_FREEZE_FREEZE          0x00000010u
#define SDMA_FREEZE_FROZEN          0x00000020u
#define SDMA_RB_CNTL_ENABLE         0x00000001u
#define SDMA_RB_CNTL_SIZE_SHIFT     1 /* log2 of the ring's dwords */
#define SDMA_RB_CNTL_SIZE           0x0000007eu
#define SDMA_RB_CNTL_SWAP           0x00000200u
#define SDMA_RB_CNTL_RPTR_WRITEBACK 0x00001000u
#define SDMA_RB_CNTL_RPTR_SWAP      0x00002000u
#define SDMA_RB_CNTL_VMID_SHIFT     24
#define SDMA_WPTR_POLL_ENABLE       0x00000001u
#define SDMA_WPTR_POLL_F32_ENABLE   0x00000004u
#define SDMA_IB_CNTL_ENABLE         0x00000001u
#define SDMA_CONTEXT_SELECTED       0x00000001u
#define SDMA_CONTEXT_IDLE           0x00000004u
#define SDMA_CONTEXT_EXCEPTION      0x00000070u
#define SDMA_CONTEXT_ILLEGAL        0x00000010u /* what this model puts into EXCEPTION */
#define SDMA_DOORBELL_ENABLE        0x10000000u
#define SDMA_DOORBELL_CAPTURED      0x40000000u
#define SDMA_DOORBELL_OFFSET_BYTES  0x0ffffffcu

/* ---- Packets: the first dword has the operation in 7:0 and a sub-operation in 15:8 ---- */
#define SDMA_OP_NOP         0u
#define SDMA_OP_COPY        1u
#define SDMA_OP_WRITE       2u
#define SDMA_OP_INDIRECT    4u
#define SDMA_OP_FENCE       5u
#define SDMA_OP_TRAP        6u
#define SDMA_OP_SEM         7u
#define SDMA_OP_POLL_REGMEM 8u
#define SDMA_OP_COND_EXE    9u
#define SDMA_OP_ATOMIC      10u
#define SDMA_OP_CONST_FILL  11u
#define SDMA_OP_PTEPDE      12u
#define SDMA_OP_TIMESTAMP   13u
#define SDMA_OP_SRBM_WRITE  14u
#define SDMA_OP_PRE_EXE     15u
#define SDMA_OP_DUMMY_TRAP  16u

#define SDMA_COPY_LINEAR          0u
#define SDMA_COPY_LINEAR_SUB_WIND 4u
#define SDMA_WRITE_LINEAR         0u
#define SDMA_FILL_LINEAR          0u
#define SDMA_PTEPDE_GEN           0u
#define SDMA_TIMESTAMP_SET        0u
#define SDMA_TIMESTAMP_GET        1u
#define SDMA_TIMESTAMP_GET_GLOBAL 2u

#define SDMA_HEADER(op, sub)     ((op) | (sub) << 8)
#define SDMA_NOP_COUNT_SHIFT     16
#define SDMA_COPY_BROADCAST      0x08000000u
#define SDMA_COPY_SWAPS          0x03030000u /* src_sw and dst_sw, in the packets' own dwords */
#define SDMA_COUNT               0x003fffffu /* bytes of a copy or fill, minus one */
#define SDMA_ELEMENT_SHIFT       29          /* sub-window copies: log2 of an element's bytes */
#define SDMA_FILL_BYTES          (0u << 30)
#define SDMA_FILL_WORDS          (1u << 30)
#define SDMA_FILL_DWORDS         (2u << 30)
#define SDMA_FILL_SWAP           0x00030000u
#define SDMA_INDIRECT_VMID_SHIFT 16
#define SDMA_POLL_HDP_FLUSH      0x04000000u
#define SDMA_POLL_MEMORY         0x80000000u
#define SDMA_POLL_FUNC_SHIFT     28
#define SDMA_POLL_ALWAYS         0u
#define SDMA_POLL_LESS           1u
#define SDMA_POLL_LESS_EQUAL     2u
#define SDMA_POLL_EQUAL          3u
#define SDMA_POLL_NOT_EQUAL      4u
#define SDMA_POLL_GREATER_EQUAL  5u
#define SDMA_POLL_GREATER        6u
#define SDMA_POLL_FOREVER        0xfffu /* retry count in 27:16 of the last dword */
#define SDMA_ATOMIC_LOOP         0x00010000u
#define SDMA_ATOMIC_OP_SHIFT     25
#define SDMA_SRBM_BYTES_SHIFT    28

/* ---- Interrupts: sources of clients SDMA0 and SDMA1 ---- */
#define SDMA_SOURCE_TRAP         224u
#define SDMA_SOURCE_ILLEGAL      241u
#define SDMA_SOURCE_POLL_TIMEOUT 246u

/* ---- Memory hub (vega10_gmc.c) ---- */
#define MMHUB_VM_FAULT_CNTL       0x69a1cu
#define MMHUB_VM_FAULT_STATUS     0x69a2cu
#define MMHUB_VM_FAULT_ADDR_LO32  0x69a30u
#define MMHUB_VM_FAULT_ADDR_HI32  0x69a34u
#define MMHUB_VM_CONTEXT_CNTL     0x69b00u /* 16 of them, 4 bytes apart */
#define MMHUB_VM_CONTEXTS_DISABLE 0x69b40u
#define MMHUB_VM_INVALIDATE_SEM   0x69b44u /* 18 of each, 4 bytes apart */
#define MMHUB_VM_INVALIDATE_REQ   0x69b8cu
#define MMHUB_VM_INVALIDATE_ACK   0x69bd4u
#define MMHUB_VM_PAGE_TABLE_BASE  0x69cacu /* 16 of each, 8 bytes apart, low half first */
#define MMHUB_VM_PAGE_TABLE_START 0x69d2cu
#define MMHUB_VM_PAGE_TABLE_END   0x69dacu
#define MMHUB_MC_VM_FB_LOCATION   0x6a0b0u /* BASE, then TOP */
#define MMHUB_MC_VM_AGP_TOP       0x6a0b8u
#define MMHUB_MC_VM_AGP_BOT       0x6a0bcu
#define MMHUB_MC_VM_AGP_BASE      0x6a0c0u
#define MMHUB_CONTEXT_ENABLE      0x00000001u
#define MMHUB_CONTEXT_DEPTH_SHIFT 1
#define MMHUB_CONTEXT_BLOCK_SHIFT 3
