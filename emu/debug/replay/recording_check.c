/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording's chunks say, believed only as far as it can be (docs/formats/recording.md). */
#include <stdlib.h>
#include <string.h>

#include "devices/memory/dram_address.h"
#include "devices/storage/ssd_module_geometry.h"
#include "emu/base/bits.h"
#include "emu/debug/replay/recording_format.h"
#include "emu/debug/replay/recording_load.h"

#define LINES 4u /* enum dram_line */
/* Ranks that three bits of a fault's place can name. */
#define RANKS 8u
/* Pages of a module's notes: what ssd_geometry.h makes for the largest one is far below. */
#define NOTES_PAGES_MAX SSD_BLOCKS_MAX

static int out_of_memory(struct recording_loader *loader)
{
    return error_host(loader->err, "%s: out of memory", loader->path);
}

static bool is_zero(const uint8_t *data, size_t bytes)
{
    return bytes == 0 || (data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0);
}

/* ---- Instants ---- */

static bool get_instant(const uint8_t *from, struct machine_instant *at)
{
    at->edge = le64_get(from + INSTANT_EDGE);
    at->quantum = le64_get(from + INSTANT_QUANTUM);
    at->ticks = le64_get(from + INSTANT_TICKS);
    at->core = le32_get(from + INSTANT_CORE);
    at->looked = le32_get(from + INSTANT_LOOKED);
    return at->core < MACHINE_CORES_MAX;
}

static bool get_beat(const uint8_t *from, struct recording_beat *beat)
{
    beat->when = le64_get(from + BEAT_WHEN);
    beat->seq = le64_get(from + BEAT_SEQ);
    beat->hash = le64_get(from + BEAT_HASH);
    return get_instant(from + BEAT_AT, &beat->at);
}

/* ---- Inputs ---- */

static bool is_good_key(const uint8_t *payload)
{
    return payload[offsetof(struct input_key, is_down)] <= 1;
}

static bool get_message(const uint8_t *from, struct inbox_message *message)
{
    const uint32_t kind = le32_get(from + MESSAGE_KIND);

    if (kind > INBOX_ATTENTION) return false;
    message->kind = (enum inbox_kind)kind;
    message->target = from[MESSAGE_TARGET];
    message->bytes = from[MESSAGE_BYTES];
    if (message->bytes > INBOX_PAYLOAD_BYTES || from[MESSAGE_BYTES + 1] != 0 ||
        from[MESSAGE_BYTES + 2] != 0) {
        return false;
    }
    memcpy(message->payload, from + MESSAGE_PAYLOAD, message->bytes);
    from += MESSAGE_PAYLOAD;
    if (!is_zero(from + message->bytes, INBOX_PAYLOAD_BYTES - message->bytes)) return false;
    switch (message->kind) {
    case INBOX_SERIAL: return message->bytes > 0;
    case INBOX_POWER_KEY:
    case INBOX_NMI:
    case INBOX_RESET: return message->bytes == 0;
    case INBOX_KEY: return message->bytes == sizeof(struct input_key) && is_good_key(from);
    case INBOX_POINTER: return message->bytes == sizeof(struct input_pointer);
    case INBOX_TABLET: return message->bytes == sizeof(struct input_tablet);
    case INBOX_STOP:
    case INBOX_PAUSE:
    case INBOX_RESUME:
    case INBOX_ATTENTION: return false; /* these are no inputs */
    }
    return false;
}

static bool get_fault(const uint8_t *from, struct dram_fault *fault)
{
    const uint32_t kind = le32_get(from + FAULT_KIND);

    if (kind >= DRAM_FAULT_KINDS || from[FAULT_LINE] >= LINES) return false;
    if (from[FAULT_VALUE] > 1 || from[FAULT_HAS_PARITY] > 1) return false;
    if (!is_zero(from + FAULT_BYTES, INPUT_BODY_BYTES - FAULT_BYTES)) return false;
    fault->kind = (enum dram_fault_kind)kind;
    fault->where.imc = from[FAULT_IMC];
    fault->where.channel = from[FAULT_CHANNEL];
    fault->where.dimm = from[FAULT_DIMM];
    fault->where.rank = from[FAULT_RANK];
    fault->where.bank_group = from[FAULT_BANK_GROUP];
    fault->where.bank = from[FAULT_BANK];
    fault->where.column = le16_get(from + FAULT_COLUMN);
    fault->where.row = le32_get(from + FAULT_ROW);
    fault->mask.data = le64_get(from + FAULT_MASK_DATA);
    fault->mask.check = from[FAULT_MASK_CHECK];
    fault->value = from[FAULT_VALUE] != 0;
    fault->line = (enum dram_line)from[FAULT_LINE];
    fault->line_bit = from[FAULT_LINE_BIT];
    fault->has_parity = from[FAULT_HAS_PARITY] != 0;
    return fault->where.imc < IMC_COUNT && fault->where.channel < IMC_CHANNELS &&
           fault->where.dimm < IMC_DIMMS && fault->where.rank < RANKS &&
           fault->where.bank_group < DIMM_BANK_GROUPS && fault->where.bank < DIMM_BANKS &&
           fault->line_bit < 32;
}

static bool get_input(const uint8_t *item, struct recording_input *input)
{
    const uint32_t kind = le32_get(item + INPUT_KIND);

    if (kind > RECORDING_REPAIR || le32_get(item + INPUT_ZERO) != 0) return false;
    input->kind = (enum recording_input_kind)kind;
    input->seq = le64_get(item + INPUT_SEQ);
    if (!get_instant(item + INPUT_AT, &input->at) || input->at.looked != 0) return false;
    item += INPUT_BODY;
    switch (input->kind) {
    case RECORDING_MESSAGE: return get_message(item, &input->message);
    case RECORDING_FAULT: return get_fault(item, &input->fault);
    case RECORDING_REPAIR:
        input->index = le64_get(item);
        return input->index < DRAM_FAULTS_MAX && is_zero(item + 8, INPUT_BODY_BYTES - 8);
    }
    return false;
}

int recording_take_input(struct recording_loader *loader, const uint8_t *item)
{
    const struct recording_input *last = steady_last(&loader->recording->inputs);
    struct recording_input input = {.seq = 0};

    if (!get_input(item, &input)) return recording_damaged(loader, "an input cannot be");
    if (last != NULL && (input.at.edge < last->at.edge || input.at.quantum < last->at.quantum ||
                         input.seq < last->seq)) {
        return recording_damaged(loader, "inputs are not in the order of time");
    }
    return steady_add(&loader->recording->inputs, &input) == NULL ? out_of_memory(loader) : 0;
}

/* ---- Beats ---- */

static bool is_behind(const struct recording_beat *beat, const struct recording_beat *last)
{
    return last == NULL || (beat->when > last->when && beat->at.edge >= last->at.edge &&
                            beat->at.quantum >= last->at.quantum && beat->seq >= last->seq);
}

int recording_take_beat(struct recording_loader *loader, const uint8_t *item)
{
    struct steady *beats = &loader->recording->beats;
    struct recording_beat beat;

    if (!get_beat(item, &beat) || beat.at.looked != 0)
        return recording_damaged(loader, "a beat cannot be");
    if (!is_behind(&beat, steady_last(beats)))
        return recording_damaged(loader, "beats are not in the order of time");
    return steady_add(beats, &beat) == NULL ? out_of_memory(loader) : 0;
}

/* ---- Disks ---- */

int recording_take_disk(struct recording_loader *loader, const uint8_t *item)
{
    const uint32_t module = le32_get(item + DISK_MODULE);

    if (module >= RECORDING_MODULES || loader->recording->disks[module].is_known ||
        le32_get(item + DISK_ZERO) != 0) {
        return recording_damaged(loader, "a disk's module cannot be");
    }
    recording_set_disk(loader->recording, module, le64_get(item + DISK_SEAL));
    return 0;
}

static bool is_block(uint64_t block)
{
    if ((block & RECORDING_NOTES) != 0) return block - RECORDING_NOTES < NOTES_PAGES_MAX;
    return block < SSD_BLOCKS_MAX;
}

int recording_take_read(struct recording_loader *loader, const uint8_t *item)
{
    struct recording *recording = loader->recording;
    const uint64_t block = le64_get(item + BLOCK_NUMBER);
    const uint32_t blob = le32_get(item + BLOCK_BLOB);
    const uint32_t module = le32_get(item + BLOCK_MODULE);

    if (module >= RECORDING_MODULES || !is_block(block))
        return recording_damaged(loader, "a block of a disk cannot be");
    if (blob != 0 && blobs_bytes(recording->blobs, blob) != MEDIA_BLOCK_BYTES)
        return recording_damaged(loader, "a block of a disk has no contents");
    if (recording_has_block(recording, module, block))
        return recording_damaged(loader, "a block of a disk comes twice");
    if (recording_take_block(recording, recording_block_key(module, block), blob)) return 0;
    return out_of_memory(loader);
}

/* ---- Checkpoints ---- */

static bool get_pages(const struct recording *recording, const uint8_t *from, size_t count,
                      struct recording_page *pages)
{
    for (size_t i = 0; i < count; i++, from += PAGE_BYTES) {
        pages[i].page = le64_get(from + PAGE_NUMBER);
        pages[i].memory = le32_get(from + PAGE_MEMORY);
        pages[i].blob = le32_get(from + PAGE_BLOB);
        if (pages[i].blob != 0 &&
            blobs_bytes(recording->blobs, pages[i].blob) != MACHINE_PAGE_BYTES)
            return false;
    }
    return true;
}

int recording_take_checkpoint(struct recording_loader *loader, size_t bytes)
{
    struct recording *recording = loader->recording;
    const struct recording_checkpoint *last = steady_last(&recording->checkpoints);
    const uint8_t *from = loader->payload;
    struct recording_checkpoint checkpoint = {.page_count = 0};
    struct recording_page *pages;
    int result = 0;

    if (bytes < CHECKPOINT_HEAD_BYTES || !get_beat(from + CHECKPOINT_AT, &checkpoint.at) ||
        checkpoint.at.at.looked != 0) {
        return recording_damaged(loader, "a checkpoint cannot be");
    }
    checkpoint.state = le32_get(from + CHECKPOINT_STATE);
    checkpoint.page_count = le32_get(from + CHECKPOINT_PAGES);
    if (checkpoint.page_count != (bytes - CHECKPOINT_HEAD_BYTES) / PAGE_BYTES ||
        bytes % PAGE_BYTES != 0 || blobs_bytes(recording->blobs, checkpoint.state) == 0) {
        return recording_damaged(loader, "a checkpoint's parts are not there");
    }
    if (!is_behind(&checkpoint.at, last == NULL ? NULL : &last->at))
        return recording_damaged(loader, "checkpoints are not in the order of time");
    pages = malloc(max_u64(checkpoint.page_count, 1) * sizeof(*pages));
    if (pages == NULL) return out_of_memory(loader);
    checkpoint.pages = pages;
    if (!get_pages(recording, from + CHECKPOINT_HEAD_BYTES, checkpoint.page_count, pages)) {
        result = recording_damaged(loader, "a page of a checkpoint has no contents");
    } else if (!recording_add_checkpoint(recording, &checkpoint)) {
        result = out_of_memory(loader);
    }
    free(pages);
    return result;
}

/* ---- The end ---- */

static uint64_t last_event(struct recording *recording)
{
    const struct trace_items items = trace_log_items(recording->events);
    uint64_t first;
    uint64_t last;

    items.range(items.ctx, &first, &last);
    return first > last ? 0 : last;
}

static bool are_totals_right(struct recording *recording, const uint8_t *end)
{
    return le64_get(end + END_INPUTS) == recording->inputs.count &&
           le64_get(end + END_BEATS) == recording->beats.count &&
           le64_get(end + END_EVENTS) == last_event(recording) &&
           le64_get(end + END_BLOBS) == blobs_saved_count(recording->blobs) &&
           le64_get(end + END_BLOCKS) == recording->blocks.count &&
           le64_get(end + END_CHECKPOINTS) == recording->checkpoints.count;
}

int recording_take_end(struct recording_loader *loader, size_t bytes)
{
    const uint8_t *from = loader->payload;
    struct recording *recording = loader->recording;
    struct recording_end end = {.exit_status = 0};

    if (bytes != END_BYTES || !are_totals_right(recording, from))
        return recording_damaged(loader, "its end tells of more or less than there is");
    recording->is_ended = true;
    if (is_zero(from + END_IS_KNOWN, END_BYTES - END_IS_KNOWN)) return 0;
    if (le32_get(from + END_IS_KNOWN) != 1 || le32_get(from + END_STOP) > MACHINE_BREAK ||
        le32_get(from + END_ZERO) != 0 || !get_beat(from + END_LAST, &end.last)) {
        return recording_damaged(loader, "its end cannot be");
    }
    end.stop = (enum machine_stop)le32_get(from + END_STOP);
    end.exit_status = (int)le32_get(from + END_EXIT_STATUS);
    recording_set_end(recording, &end);
    return 0;
}
