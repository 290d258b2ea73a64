/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the data of a command is in guest memory: PRP entries and lists (NVMe 1.2.1, 4.3). Entries
 * are copied in before they are looked at.
 *
 * Rules: PRP1 may start anywhere on a dword; every other data pointer starts a memory page; a
 * pointer to the first list may start anywhere on a quadword of its page, a pointer to a further
 * one starts its page; when more than what is left of a list's page is needed, its last entry points
 * to the next list. A pointer that breaks a rule is PRP Offset Invalid; a list that is not in memory
 * is Data Transfer Error.
 *
 * Chosen: pages are as large as CC.MPS says. Exactly as many entries are read as the length asks
 * for, so what is behind them does not matter. PSDT other than PRP is Invalid Field in Command: the
 * controller has no SGLs. A list ends within its second page, as the first ends when its page does and
 * one page holds entries for more than the largest transfer: none leads on for ever.
 */
#include <assert.h>

#include "devices/storage/ans2_internal.h"
#include "emu/base/bits.h"
#include "emu/base/endian.h"

#define PAGE_SHIFT_MIN 12u
#define ENTRY_BYTES    8u
#define DWORD_MASK     3u

static_assert((1u << PAGE_SHIFT_MIN) / ENTRY_BYTES >= ANS2_SEGMENTS_MAX, "one list page is enough");

struct walk {
    struct ans2 *ans2;
    struct ans2_transfer *transfer;
    uint64_t page_bytes;
    uint32_t left; /* bytes that still need a pointer */
};

/* The next page at `addr`, or as much of it as is needed. Neighbours become one segment. */
static void append(struct walk *walk, uint64_t addr, uint64_t room)
{
    struct ans2_transfer *transfer = walk->transfer;
    const uint32_t bytes = (uint32_t)min_u64(walk->left, room);
    struct ans2_segment *last =
        transfer->count == 0 ? NULL : &transfer->segment[transfer->count - 1];

    walk->left -= bytes;
    if (last != NULL && addr != 0 && last->addr + last->bytes == addr) {
        last->bytes += bytes;
        return;
    }
    transfer->segment[transfer->count++] = (struct ans2_segment){.addr = addr, .bytes = bytes};
}

static bool is_page(const struct walk *walk, uint64_t addr)
{
    return (addr & (walk->page_bytes - 1)) == 0;
}

/* One page of a list. `next`: of the following page, unless nothing is left. */
static uint16_t read_page(struct walk *walk, uint64_t list, uint64_t *next)
{
    const uint64_t room = (walk->page_bytes - (list & (walk->page_bytes - 1))) / ENTRY_BYTES;
    const uint64_t wanted = (walk->left + walk->page_bytes - 1) / walk->page_bytes;
    const uint32_t count = (uint32_t)min_u64(wanted, room);
    const uint32_t pointers = wanted <= room ? count : count - 1;
    uint8_t entries[ANS2_SEGMENTS_MAX * ENTRY_BYTES];

    if (pci_dma_read(&walk->ans2->fn, list, entries, (size_t)count * ENTRY_BYTES) != DMA_OK) {
        return NVME_DATA_TRANSFER_ERROR;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t entry = le64_get(entries + (size_t)i * ENTRY_BYTES);

        if (!is_page(walk, entry)) return NVME_PRP_OFFSET_INVALID;
        if (i < pointers) {
            append(walk, entry, walk->page_bytes);
        } else {
            *next = entry;
        }
    }
    return NVME_OK;
}

static uint16_t read_lists(struct walk *walk, uint64_t list)
{
    uint16_t status = NVME_OK;

    if (list % ENTRY_BYTES != 0) return NVME_PRP_OFFSET_INVALID;
    while (walk->left > 0 && status == NVME_OK) {
        status = read_page(walk, list, &list);
    }
    return status;
}

uint16_t ans2_prp(struct ans2 *ans2, const uint8_t *command, uint32_t bytes,
                  struct ans2_transfer *transfer)
{
    const uint64_t prp1 = le64_get(command + NVME_AT_PRP1);
    const uint64_t prp2 = le64_get(command + NVME_AT_PRP2);
    const unsigned shift = PAGE_SHIFT_MIN + (unsigned)bits_get(ans2->cc, 10, 7);
    struct walk walk = {ans2, transfer, BIT(shift), bytes};

    transfer->count = 0;
    if ((le32_get(command) & NVME_DW0_PSDT) != 0) return NVME_INVALID_FIELD;
    if (bytes > ANS2_MDTS_BLOCKS << PAGE_SHIFT_MIN) return NVME_INVALID_FIELD;
    if (bytes == 0) return NVME_OK;
    if ((prp1 & DWORD_MASK) != 0) return NVME_PRP_OFFSET_INVALID;
    append(&walk, prp1, walk.page_bytes - (prp1 & (walk.page_bytes - 1)));
    if (walk.left > walk.page_bytes) return read_lists(&walk, prp2);
    if (walk.left == 0) return NVME_OK;
    if (!is_page(&walk, prp2)) return NVME_PRP_OFFSET_INVALID;
    append(&walk, prp2, walk.page_bytes);
    return NVME_OK;
}

/* ---- Copying ---- */

/* A part of a transfer, and which way it goes: one of `in` and `out` is not NULL. */
struct part {
    uint32_t offset;
    uint32_t bytes;
    uint8_t *in;
    const uint8_t *out;
};

static enum dma_result copy_piece(struct ans2 *ans2, uint64_t addr, struct part *part,
                                  uint32_t bytes)
{
    enum dma_result result;

    part->bytes -= bytes;
    if (part->in != NULL) {
        result = pci_dma_read(&ans2->fn, addr, part->in, bytes);
        part->in += bytes;
        return result;
    }
    result = pci_dma_write(&ans2->fn, addr, part->out, bytes);
    part->out += bytes;
    return result;
}

static uint16_t copy(struct ans2 *ans2, const struct ans2_transfer *transfer, struct part part)
{
    for (uint32_t i = 0; i < transfer->count && part.bytes > 0; i++) {
        const struct ans2_segment *segment = &transfer->segment[i];

        if (part.offset >= segment->bytes) {
            part.offset -= segment->bytes;
            continue;
        }
        if (copy_piece(ans2, segment->addr + part.offset, &part,
                       (uint32_t)min_u64(part.bytes, segment->bytes - part.offset)) != DMA_OK) {
            return NVME_DATA_TRANSFER_ERROR;
        }
        part.offset = 0;
    }
    return NVME_OK;
}

uint16_t ans2_copy_in(struct ans2 *ans2, const struct ans2_transfer *transfer, uint32_t offset,
                      void *data, uint32_t bytes)
{
    return copy(ans2, transfer, (struct part){.offset = offset, .bytes = bytes, .in = data});
}

uint16_t ans2_copy_out(struct ans2 *ans2, const struct ans2_transfer *transfer, uint32_t offset,
                       const void *data, uint32_t bytes)
{
    return copy(ans2, transfer, (struct part){.offset = offset, .bytes = bytes, .out = data});
}
