/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers, contexts and TRBs of an xHCI host controller: eXtensible Host Controller Interface
 * 1.1, chapters 5 (registers), 6 (data structures), 7 (extended capabilities). Offsets are those
 * of a 200-series PCH. docs/hardware/xhci.md.
 */
#pragma once

#include <stdint.h>

/* Where the parts are in BAR 0 */
#define XHCI_CAPLENGTH_BYTES UINT32_C(0x80)
#define XHCI_PORTSC_BASE     0x480u
#define XHCI_PORT_STRIDE     0x10u
#define XHCI_RTSOFF_BYTES    UINT32_C(0x2000)
#define XHCI_IR_BASE         0x2020u
#define XHCI_IR_STRIDE       0x20u
#define XHCI_DBOFF_BYTES     UINT32_C(0x3000)
#define XHCI_XECP_USB2       0x8000u
#define XHCI_XECP_USB3       0x8020u
#define XHCI_XECP_LEGACY     0x846cu
#define XHCI_BAR_BYTES       0x10000u

/* 5.4.1 USBCMD */
#define XHCI_CMD_RS    UINT32_C(0x001)
#define XHCI_CMD_HCRST UINT32_C(0x002)
#define XHCI_CMD_INTE  UINT32_C(0x004)
#define XHCI_CMD_HSEE  UINT32_C(0x008)
#define XHCI_CMD_CSS   UINT32_C(0x100)
#define XHCI_CMD_CRS   UINT32_C(0x200)
#define XHCI_CMD_EWE   UINT32_C(0x400)
#define XHCI_CMD_EU3S  UINT32_C(0x800)

/* 5.4.2 USBSTS */
#define XHCI_STS_HCH  UINT32_C(0x0001)
#define XHCI_STS_HSE  UINT32_C(0x0004)
#define XHCI_STS_EINT UINT32_C(0x0008)
#define XHCI_STS_PCD  UINT32_C(0x0010)
#define XHCI_STS_SRE  UINT32_C(0x0400)
#define XHCI_STS_CNR  UINT32_C(0x0800)
#define XHCI_STS_HCE  UINT32_C(0x1000)

/* 5.4.5 CRCR */
#define XHCI_CRCR_RCS UINT64_C(0x1)
#define XHCI_CRCR_CS  UINT64_C(0x2)
#define XHCI_CRCR_CA  UINT64_C(0x4)
#define XHCI_CRCR_CRR UINT64_C(0x8)

/* 5.4.8 PORTSC */
#define XHCI_PORTSC_CCS         UINT32_C(0x00000001)
#define XHCI_PORTSC_PED         UINT32_C(0x00000002)
#define XHCI_PORTSC_PR          UINT32_C(0x00000010)
#define XHCI_PORTSC_PLS         UINT32_C(0x000001e0)
#define XHCI_PORTSC_PLS_SHIFT   5
#define XHCI_PORTSC_PP          UINT32_C(0x00000200)
#define XHCI_PORTSC_SPEED       UINT32_C(0x00003c00)
#define XHCI_PORTSC_SPEED_SHIFT 10
#define XHCI_PORTSC_PIC         UINT32_C(0x0000c000)
#define XHCI_PORTSC_LWS         UINT32_C(0x00010000)
#define XHCI_PORTSC_CSC         UINT32_C(0x00020000)
#define XHCI_PORTSC_WRC         UINT32_C(0x00080000)
#define XHCI_PORTSC_PRC         UINT32_C(0x00200000)
#define XHCI_PORTSC_PLC         UINT32_C(0x00400000)
#define XHCI_PORTSC_CHANGES     UINT32_C(0x00fe0000)
#define XHCI_PORTSC_WAKES       UINT32_C(0x0e000000)
#define XHCI_PORTSC_WPR         UINT32_C(0x80000000)

enum xhci_link_state { /* 5.4.8, PLS */
                       XHCI_LINK_U0 = 0,
                       XHCI_LINK_U1 = 1,
                       XHCI_LINK_U2 = 2,
                       XHCI_LINK_U3 = 3,
                       XHCI_LINK_DISABLED = 4,
                       XHCI_LINK_RX_DETECT = 5,
                       XHCI_LINK_POLLING = 7,
                       XHCI_LINK_RESUME = 15,
};

/* 5.4.9.2 PORTPMSC of USB 2 ports */
#define XHCI_PORTPMSC_L1S               UINT32_C(0x00000007)
#define XHCI_PORTPMSC_L1S_NOT_SUPPORTED UINT32_C(3)
#define XHCI_PORTPMSC_TEST_SHIFT        28
#define XHCI_PORTPMSC_USB2_RW           UINT32_C(0xf001fff8)
#define XHCI_PORTPMSC_USB3_RW           UINT32_C(0x0001ffff)

/* 5.5.2 interrupters */
#define XHCI_IMAN_IP     UINT32_C(1)
#define XHCI_IMAN_IE     UINT32_C(2)
#define XHCI_IMODI       UINT32_C(0x0000ffff)
#define XHCI_IMODC_SHIFT 16
#define XHCI_IMODI_RESET UINT32_C(4000)
#define XHCI_ERDP_EHB    UINT64_C(8)
#define XHCI_ERDP_PTR    UINT64_C(0xfffffffffffffff0)

/* 7.1 USB legacy support */
#define XHCI_LEGSUP_BIOS UINT32_C(0x00010000)
#define XHCI_LEGSUP_OS   UINT32_C(0x01000000)

/* 6.4 TRBs: bits of the fourth word */
#define XHCI_TRB_BYTES      16u
#define XHCI_TRB_CYCLE      UINT32_C(0x001)
#define XHCI_TRB_TC         UINT32_C(0x002) /* link: toggle cycle */
#define XHCI_TRB_ED         UINT32_C(0x004) /* transfer event: made by an event data TRB */
#define XHCI_TRB_ISP        UINT32_C(0x004)
#define XHCI_TRB_CH         UINT32_C(0x010)
#define XHCI_TRB_IOC        UINT32_C(0x020)
#define XHCI_TRB_IDT        UINT32_C(0x040)
#define XHCI_TRB_BEI        UINT32_C(0x200)
#define XHCI_TRB_BSR        UINT32_C(0x200) /* Address Device */
#define XHCI_TRB_DC         UINT32_C(0x200) /* Configure Endpoint */
#define XHCI_TRB_DIR        UINT32_C(0x00010000)
#define XHCI_TRB_TYPE_SHIFT 10
#define XHCI_TRB_TYPE_MASK  UINT32_C(0x3f)
#define XHCI_TRB_EP_SHIFT   16
#define XHCI_TRB_EP_MASK    UINT32_C(0x1f)
#define XHCI_TRB_SLOT_SHIFT 24
/* and of the third */
#define XHCI_TRB_LENGTH       UINT32_C(0x1ffff)
#define XHCI_TRB_TARGET_SHIFT 22
#define XHCI_TRB_CODE_SHIFT   24
#define XHCI_EDTLA_MASK       UINT32_C(0xffffff)
#define XHCI_PSCE_PORT_SHIFT  24 /* of the parameter */

enum xhci_trb_type { /* table 131 */
                     XHCI_TRB_NORMAL = 1,
                     XHCI_TRB_SETUP = 2,
                     XHCI_TRB_DATA = 3,
                     XHCI_TRB_STATUS = 4,
                     XHCI_TRB_ISOCH = 5,
                     XHCI_TRB_LINK = 6,
                     XHCI_TRB_EVENT_DATA = 7,
                     XHCI_TRB_NO_OP = 8,
                     XHCI_CMD_ENABLE_SLOT = 9,
                     XHCI_CMD_DISABLE_SLOT = 10,
                     XHCI_CMD_ADDRESS_DEVICE = 11,
                     XHCI_CMD_CONFIGURE_ENDPOINT = 12,
                     XHCI_CMD_EVALUATE_CONTEXT = 13,
                     XHCI_CMD_RESET_ENDPOINT = 14,
                     XHCI_CMD_STOP_ENDPOINT = 15,
                     XHCI_CMD_SET_TR_DEQUEUE = 16,
                     XHCI_CMD_RESET_DEVICE = 17,
                     XHCI_CMD_SET_LATENCY = 20,
                     XHCI_CMD_NO_OP = 23,
                     XHCI_EVENT_TRANSFER = 32,
                     XHCI_EVENT_COMMAND = 33,
                     XHCI_EVENT_PORT = 34,
                     XHCI_EVENT_HOST = 37,
                     XHCI_EVENT_MFINDEX_WRAP = 39,
};

enum xhci_code { /* table 130 */
                 XHCI_SUCCESS = 1,
                 XHCI_BABBLE = 3,
                 XHCI_TRANSACTION_ERROR = 4,
                 XHCI_TRB_ERROR = 5,
                 XHCI_STALL = 6,
                 XHCI_NO_SLOTS = 9,
                 XHCI_SLOT_NOT_ENABLED = 11,
                 XHCI_ENDPOINT_NOT_ENABLED = 12,
                 XHCI_SHORT_PACKET = 13,
                 XHCI_PARAMETER_ERROR = 17,
                 XHCI_CONTEXT_STATE = 19,
                 XHCI_EVENT_RING_FULL = 21,
                 XHCI_COMMAND_RING_STOPPED = 24,
                 XHCI_STOPPED = 26,
                 XHCI_STOPPED_LENGTH_INVALID = 27,
                 XHCI_STOPPED_SHORT = 28,
};

/* 6.2 contexts: 64 bytes each, words by number */
#define XHCI_CONTEXT_BYTES 64u

#define XHCI_ICC_DROP 0u /* input control context */
#define XHCI_ICC_ADD  1u

#define XHCI_SLOT_ROUTE         UINT32_C(0x000fffff) /* word 0 */
#define XHCI_SLOT_SPEED_SHIFT   20
#define XHCI_SLOT_SPEED_MASK    UINT32_C(0xf)
#define XHCI_SLOT_ENTRIES_SHIFT 27
#define XHCI_SLOT_ENTRIES       UINT32_C(0xf8000000)
#define XHCI_SLOT_HUB           UINT32_C(0x06000000)
#define XHCI_SLOT_LATENCY       UINT32_C(0x0000ffff) /* word 1 */
#define XHCI_SLOT_PORT_SHIFT    16
#define XHCI_SLOT_PORT_MASK     UINT32_C(0xff)
#define XHCI_SLOT_HUB_PORTS     UINT32_C(0xff000000)
#define XHCI_SLOT_TARGET        UINT32_C(0xffc00000) /* word 2 */
#define XHCI_SLOT_ADDRESS       UINT32_C(0x000000ff) /* word 3 */
#define XHCI_SLOT_STATE_SHIFT   27
#define XHCI_SLOT_STATE_MASK    UINT32_C(0x1f)

#define XHCI_EP_STATE          UINT32_C(0x00000007) /* word 0 */
#define XHCI_EP_STREAMS        UINT32_C(0x00007c00)
#define XHCI_EP_INTERVAL_SHIFT 16
#define XHCI_EP_INTERVAL_MASK  UINT32_C(0xff)
#define XHCI_EP_TYPE_SHIFT     3 /* word 1 */
#define XHCI_EP_TYPE_MASK      UINT32_C(7)
#define XHCI_EP_PACKET_SHIFT   16
#define XHCI_EP_DCS            UINT32_C(1) /* word 2 */
#define XHCI_RING_PTR          UINT64_C(0xfffffffffffffff0)

enum xhci_ep_state { /* table 61 */
                     XHCI_EP_DISABLED,
                     XHCI_EP_RUNNING,
                     XHCI_EP_HALTED,
                     XHCI_EP_STOPPED,
                     XHCI_EP_ERROR,
};

enum xhci_ep_type {
    XHCI_EP_INVALID,
    XHCI_EP_ISOCH_OUT,
    XHCI_EP_BULK_OUT,
    XHCI_EP_INTERRUPT_OUT,
    XHCI_EP_CONTROL,
    XHCI_EP_ISOCH_IN,
    XHCI_EP_BULK_IN,
    XHCI_EP_INTERRUPT_IN,
};
