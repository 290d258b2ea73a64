/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ANS2: the counters of a life. They are kept in the notes of module 0 (ssd_module.h), which stores
 * them with what is written to it: a power-on without a write leaves no trace, and is not counted.
 *
 * Layout, little-endian: 0 u32 NOTES_VERSION (0: never written), 4 u32 flags, then u64: 8 power cycles,
 * 16 unsafe shutdowns, 24 time powered on, 32 time busy (picoseconds), 40 and 48 commands read and
 * written, 56 and 64 bytes read and written, 72 errors, 80 media errors.
 */
#include "devices/storage/ans2_internal.h"
#include "emu/base/endian.h"

#define NOTES_VERSION 1u
#define NOTES_CLEAN   1u /* there was a shutdown */

void ans2_notes_load(struct ans2 *ans2)
{
    uint8_t notes[SSD_CONTROLLER_NOTES] = {0};
    bool is_first;

    if (ans2->config.blocks != 0) {
        ssd_module_controller_notes_get(ans2->config.module[0], notes);
    }
    is_first = le32_get(notes) != NOTES_VERSION;
    ans2->power_cycles = 1;
    ans2->unsafe_shutdowns = 0;
    ans2->on_before = 0;
    ans2->busy_time = 0;
    ans2->commands_read = 0;
    ans2->commands_written = 0;
    ans2->bytes_read = 0;
    ans2->bytes_written = 0;
    ans2->error_count = 0;
    ans2->media_errors = 0;
    if (is_first) return;
    ans2->power_cycles = le64_get(notes + 8) + 1;
    ans2->unsafe_shutdowns =
        le64_get(notes + 16) + ((le32_get(notes + 4) & NOTES_CLEAN) == 0 ? 1 : 0);
    ans2->on_before = le64_get(notes + 24);
    ans2->busy_time = le64_get(notes + 32);
    ans2->commands_read = le64_get(notes + 40);
    ans2->commands_written = le64_get(notes + 48);
    ans2->bytes_read = le64_get(notes + 56);
    ans2->bytes_written = le64_get(notes + 64);
    ans2->error_count = le64_get(notes + 72);
    ans2->media_errors = le64_get(notes + 80);
}

void ans2_notes_keep(struct ans2 *ans2, bool is_clean)
{
    uint8_t notes[SSD_CONTROLLER_NOTES] = {0};

    if (ans2->config.blocks == 0) return;
    le32_put(notes, NOTES_VERSION);
    le32_put(notes + 4, is_clean ? NOTES_CLEAN : 0);
    le64_put(notes + 8, ans2->power_cycles);
    le64_put(notes + 16, ans2->unsafe_shutdowns);
    le64_put(notes + 24, ans2->on_before + device_now(&ans2->fn.device));
    le64_put(notes + 32, ans2->busy_time);
    le64_put(notes + 40, ans2->commands_read);
    le64_put(notes + 48, ans2->commands_written);
    le64_put(notes + 56, ans2->bytes_read);
    le64_put(notes + 64, ans2->bytes_written);
    le64_put(notes + 72, ans2->error_count);
    le64_put(notes + 80, ans2->media_errors);
    ssd_module_controller_notes_set(ans2->config.module[0], notes);
}
