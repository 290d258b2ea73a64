/* SPDX-License-Identifier: GPL-2.0-only */
/* Recording files as docs/formats/recording.md has them: offsets and sizes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "emu/base/endian.h"

#define RECORDING_MAGIC       "SGRECORD"
#define RECORDING_MAGIC_BYTES 8u
#define RECORDING_VERSION     1u
/* In front of the first chunk: magic, version, zero. */
#define RECORDING_FRONT_BYTES 16u

enum chunk_field {
    CHUNK_TYPE = 0,        /* four letters */
    CHUNK_PAYLOAD_CRC = 4, /* CRC-32 of the payload */
    CHUNK_BYTES = 8,       /* of the payload, 64 bits */
    CHUNK_HEAD_CRC = 16,   /* CRC-32 of what stands before it */
    CHUNK_ZERO = 20,
    CHUNK_HEAD_BYTES = 24,
};
/* No chunk is as long: one large blob is the longest. */
#define CHUNK_BYTES_MAX ((UINT64_C(1) << 30) + (UINT64_C(1) << 20))

#define CHUNK_HEAD       "HEAD"
#define CHUNK_DISK       "DISK"
#define CHUNK_INPUTS     "INPT"
#define CHUNK_BEATS      "BEAT"
#define CHUNK_EVENTS     "EVNT"
#define CHUNK_BLOBS      "BLOB"
#define CHUNK_BLOCKS     "BLCK"
#define CHUNK_CHECKPOINT "CHKP"
#define CHUNK_END        "DONE"

enum instant_field {
    INSTANT_EDGE = 0,
    INSTANT_QUANTUM = 8,
    INSTANT_TICKS = 16,
    INSTANT_CORE = 24,
    INSTANT_LOOKED = 28,
    INSTANT_BYTES = 32,
};

enum beat_field {
    BEAT_AT = 0,
    BEAT_WHEN = 32,
    BEAT_SEQ = 40,
    BEAT_HASH = 48,
    BEAT_BYTES = 56,
};

enum input_field {
    INPUT_AT = 0,
    INPUT_SEQ = 32,
    INPUT_KIND = 40,
    INPUT_ZERO = 44,
    INPUT_BODY = 48,
    INPUT_BODY_BYTES = 56,
    INPUT_BYTES = 104,
};
/* From INPUT_BODY on; what is not named is zero. */
enum message_field {
    MESSAGE_KIND = 0,
    MESSAGE_TARGET = 4,
    MESSAGE_BYTES = 5,
    MESSAGE_PAYLOAD = 8, /* INBOX_PAYLOAD_BYTES */
};
enum fault_field {
    FAULT_KIND = 0,
    FAULT_IMC = 4,
    FAULT_CHANNEL = 5,
    FAULT_DIMM = 6,
    FAULT_RANK = 7,
    FAULT_BANK_GROUP = 8,
    FAULT_BANK = 9,
    FAULT_COLUMN = 10,
    FAULT_ROW = 12,
    FAULT_MASK_DATA = 16,
    FAULT_MASK_CHECK = 24,
    FAULT_VALUE = 25,
    FAULT_LINE = 26,
    FAULT_LINE_BIT = 27,
    FAULT_HAS_PARITY = 28,
    FAULT_BYTES = 29,
};

enum block_field {
    BLOCK_NUMBER = 0,
    BLOCK_BLOB = 8,
    BLOCK_MODULE = 12,
    BLOCK_BYTES = 16,
};

enum checkpoint_field {
    CHECKPOINT_AT = 0,
    CHECKPOINT_STATE = 56,
    CHECKPOINT_PAGES = 60, /* how many */
    CHECKPOINT_HEAD_BYTES = 64,
};
enum page_field {
    PAGE_NUMBER = 0,
    PAGE_MEMORY = 8,
    PAGE_BLOB = 12,
    PAGE_BYTES = 16,
};

enum disk_field {
    DISK_MODULE = 0,
    DISK_ZERO = 4,
    DISK_SEAL = 8,
    DISK_BYTES = 16,
};

enum end_field {
    END_INPUTS = 0,
    END_BEATS = 8,
    END_EVENTS = 16, /* number of the last one */
    END_BLOBS = 24,
    END_BLOCKS = 32,
    END_CHECKPOINTS = 40,
    END_IS_KNOWN = 48,
    END_STOP = 52,
    END_EXIT_STATUS = 56,
    END_ZERO = 60,
    END_LAST = 64,
    END_BYTES = 120,
};
