/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The iMac Pro (iMacPro1,1): from modules in four sockets to memory. What is in the sockets, where it goes (memory_plan.h),
 * then a test of a few words in each zone. They are lost: to read them first would be to die of the one that
 * a warm reset has left uncorrectable. All the rest of memory keeps what is in it over a reset.
 */
#include <stddef.h>

#include "emu/machine/map.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/drivers/smbus.h"
#include "firmware/drivers/spd.h"
#include "firmware/platform/imacpro/memory_plan.h"
#include "firmware/platform/platform.h"

#define PROBES       16u /* words of a zone: 8 lines at its start, 8 at its end */
#define LINE_BYTES   64u
#define PROBE_SPREAD 0x9e3779b97f4a7c15u /* odd: no two words are given the same */

void platform_early_init(void)
{
}

const char *platform_socket_name(unsigned socket)
{
    static const char *const names[] = {"A0", "B0", "C0", "D0"};

    return socket < MEMORY_SOCKETS ? names[socket] : NULL;
}

static volatile uint64_t *probe_word(const struct memory_zone *zone, unsigned probe)
{
    uint64_t base = zone->base > FW_RAM_FREE ? zone->base : FW_RAM_FREE;
    uint64_t line = (uint64_t)LINE_BYTES * (probe % (PROBES / 2));
    uint64_t addr = probe < PROBES / 2 ? base + line : zone->end - LINE_BYTES - line;

    return (volatile uint64_t *)(uintptr_t)addr;
}

static uint64_t pattern_of(volatile const uint64_t *word)
{
    return ~(uint64_t)(uintptr_t)word * PROBE_SPREAD;
}

/* All words are written, whole, before the first is read: two that are one would show. */
static bool holds_data(const struct memory *memory)
{
    bool is_good = true;

    for (unsigned i = 0; i < memory->zone_count * PROBES; i++) {
        volatile uint64_t *word = probe_word(&memory->zone[i / PROBES], i % PROBES);

        *word = pattern_of(word);
    }
    for (unsigned i = memory->zone_count * PROBES; i-- > 0;) {
        volatile uint64_t *word = probe_word(&memory->zone[i / PROBES], i % PROBES);

        is_good = is_good && *word == pattern_of(word);
        *word = 0;
    }
    return is_good;
}

static bool has_modules(const struct memory *memory)
{
    for (unsigned i = 0; i < MEMORY_SOCKETS; i++) {
        if (memory->module[i].bytes != 0) {
            return true;
        }
    }
    return false;
}

const char *platform_init_memory(const struct pci_access *pci, const struct memory_wishes *wishes,
                                 struct memory *memory, unsigned *socket)
{
    const uint64_t limit = wishes->limit;
    const char *reason;

    *memory = (struct memory){.is_closed_page = wishes->is_closed_page};
    *socket = MEMORY_SOCKETS;
    if (!smbus_open(pci)) {
        return "the SMBus controller (00:1f.4) does not work";
    }
    reason = spd_read(memory->module, socket);
    smbus_close(pci);
    if (reason != NULL) {
        return reason;
    }
    *socket = MEMORY_SOCKETS;
    /* Machines for tests have memory without modules; nothing but the boot window knows how much. */
    reason = !has_modules(memory) && limit != 0 ? memory_plan_flat(memory, limit)
                                                : memory_plan(memory, limit);
    if (reason != NULL) {
        return reason;
    }
    memory_program(memory, pci);
    return holds_data(memory) ? NULL : "memory does not hold what is written to it";
}
