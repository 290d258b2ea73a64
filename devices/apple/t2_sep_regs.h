/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mailbox of the SEP as software sees it: registers in BAR 4, messages, results. Known (hardware.md 2.4)
 * are: BAR 4, messages of 12 bytes, endpoints 7 and 10, buffers of 16 KiB registered by
 * operations 2 and 3 of endpoint 0, addresses of 44 bits. The rest is ours:
 * docs/hardware/t2-sep.md.
 */
#pragma once

/* ---- BAR 4: where the mailbox of function 1 has them (hardware.md 2.5) ---- */
#define T2_SEP_BAR          4
#define T2_SEP_STATUS       0x108u
#define T2_SEP_STATUS_FULL  0x00010000u /* no room for another message */
#define T2_SEP_STATUS_COUNT 20u         /* bits 23:20: replies that wait */
#define T2_SEP_REPLY        0x810u      /* three dwords; reading the third takes the reply */
#define T2_SEP_SEND         0x820u      /* three dwords; writing the third sends the message */
#define T2_SEP_WORDS        3
#define T2_SEP_BANK_BYTES   0x830u

/* ---- Messages: word 0 is endpoint | tag << 8 | operation << 16 | parameter << 24 ---- */
#define T2_SEP_TAG_SHIFT       8
#define T2_SEP_OPERATION_SHIFT 16
#define T2_SEP_PARAMETER_SHIFT 24
/* In a reply: with the operation; the parameter is the result. */
#define T2_SEP_IS_REPLY 0x80u

#define T2_SEP_EP_CONTROL  0u
#define T2_SEP_EP_KEYSTORE 7u
#define T2_SEP_EP_ACM      10u /* exists, is not modelled */

/* Endpoint 0. Buffers: the parameter is the endpoint, word 1 the page number (4 KiB pages: 44 bits of
 * address), word 2 T2_SEP_BUFFER_BYTES, or 0 to take it back. */
#define T2_SEP_PING         0u
#define T2_SEP_SET_IN       2u /* software writes, the SEP reads */
#define T2_SEP_SET_OUT      3u /* the SEP writes, software reads */
#define T2_SEP_BUFFER_BYTES 0x4000u
#define T2_SEP_PAGE_SHIFT   12

/* Endpoint 7. */
#define T2_SEP_GET_STATUS 1u /* word 1: T2_SEP_HAS..., word 2: wrong passwords so far */
#define T2_SEP_UNLOCK     2u /* word 1: bytes of the password at 0 of the in buffer */
#define T2_SEP_LOCK       3u
#define T2_SEP_CHANGE     4u /* word 1: bytes of the old one at 0 | of the new one at 256 << 16 */
#define T2_SEP_ERASE      5u /* words 1 and 2: the counter, as GET_COUNTER said it */
#define T2_SEP_GET_COUNT  6u /* words 1 and 2: the anti-replay counter, low half first */
#define T2_SEP_GET_DELAY  7u /* word 1: seconds to wait; word 2: tries left */
#define T2_SEP_GET_ID     8u /* to the out buffer: T2_SEP_ID_BYTES; word 1: how many */

#define T2_SEP_NEW_AT       256u /* of the new password in the in buffer */
#define T2_SEP_LENGTH_SHIFT 16

#define T2_SEP_HAS_VOLUME   0x1u
#define T2_SEP_HAS_PASSWORD 0x2u
#define T2_SEP_IS_UNLOCKED  0x4u
#define T2_SEP_IS_DISABLED  0x8u

/* GET_ID: volume identity (16 bytes), ECID, counter (8 each, little-endian). */
#define T2_SEP_ID_BYTES   32u
#define T2_SEP_ID_ECID    16u
#define T2_SEP_ID_COUNTER 24u

/* ---- Results ---- */
#define T2_SEP_OK            0u
#define T2_SEP_WRONG         1u /* wrong password; words as GET_DELAY */
#define T2_SEP_DELAYED       2u /* too early after a wrong one; words as GET_DELAY */
#define T2_SEP_DISABLED      3u
#define T2_SEP_DAMAGED       4u
#define T2_SEP_NO_VOLUME     5u
#define T2_SEP_BAD_ENDPOINT  6u
#define T2_SEP_BAD_OPERATION 7u
#define T2_SEP_BAD_ARGUMENT  8u
#define T2_SEP_NO_BUFFER     9u
#define T2_SEP_DMA_ABORT     10u
#define T2_SEP_NOT_STORED    11u /* the T2's own memory failed */
