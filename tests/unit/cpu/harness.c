/* SPDX-License-Identifier: GPL-2.0-only */
/* See harness.h. Builds descriptor tables and page tables by hand, as guest.h lays them out. */
#include "tests/unit/cpu/harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/error.h"
#include "emu/base/lazy_memory.h"
#include "emu/timing/timing.h"

#define PAGE_BYTES 4096u
#define ROM_BASE   0xfffff000u

extern const uint8_t runtime_begin[], runtime_end[], stubs_begin[], stubs_end[];

/* ljmp $GUEST_RUNTIME >> 4, $0 */
static const uint8_t reset_vector[] = {0xea, 0x00, 0x00, 0x00, GUEST_RUNTIME >> 12};

static void tell(struct guest *guest, unsigned core, uint64_t where, uint64_t value)
{
    if (guest->watch) {
        guest->watch(guest, core, where, value);
    }
}

static uint64_t on_mem_read(void *ctx, unsigned core, uint64_t addr, unsigned size)
{
    struct guest *guest = ctx;
    uint64_t index = (addr - MMIO_BASE) / 8;
    uint64_t value = UINT64_MAX;

    if (index < 512) {
        value = guest->mmio[index] >> (8 * (addr % 8));
    }
    value &= UINT64_MAX >> (64 - 8 * size);
    if (guest->access_count < GUEST_ACCESSES_MAX) {
        guest->access[guest->access_count++] =
            (struct guest_access){.addr = addr, .size = size, .value = value};
    }
    tell(guest, core, addr, value);
    return value;
}

static void on_mem_write(void *ctx, unsigned core, uint64_t addr, unsigned size, uint64_t value)
{
    struct guest *guest = ctx;
    uint64_t index = (addr - MMIO_BASE) / 8;
    uint64_t mask = UINT64_MAX >> (64 - 8 * size);

    tell(guest, core, addr, value & mask);
    if (guest->access_count < GUEST_ACCESSES_MAX) {
        guest->access[guest->access_count++] = (struct guest_access){
            .addr = addr, .size = size, .value = value & mask, .is_write = true};
    }
    if (index < 512) {
        unsigned shift = 8 * (addr % 8);

        guest->mmio[index] = (guest->mmio[index] & ~(mask << shift)) | (value & mask) << shift;
    }
}

static uint64_t on_io_read(void *ctx, unsigned core, uint16_t port, unsigned size)
{
    tell(ctx, core, GUEST_WATCH_PORT + port, size);
    return port == PORT_CHAR && size == 1 ? 0xe9 : UINT64_MAX;
}

static void dma(struct guest *guest)
{
    uint64_t to = guest_u64(guest, GUEST_ARG);

    memcpy(guest->ram + to, guest->ram + GUEST_ARG + 8, 4);
    cpu_set_code_written(guest->set, to, 4);
}

static void on_io_write(void *ctx, unsigned core, uint16_t port, unsigned size, uint64_t value)
{
    struct guest *guest = ctx;

    tell(guest, core, GUEST_WATCH_PORT + port, value);
    switch (port) {
    case PORT_CHAR:
        if (guest->text_bytes < sizeof(guest->text) - 1) {
            guest->text[guest->text_bytes++] = (char)value;
        }
        break;
    case PORT_REPORT:
        if (size == 4 && guest->report_count < GUEST_REPORTS_MAX) {
            guest->report[guest->report_count++] = (uint32_t)value;
        }
        break;
    case PORT_INTR: guest_raise(guest, core, (int)value); break;
    case PORT_NMI: cpu_nmi(guest_core(guest, core)); break;
    case PORT_STOP:
        cpu_lower_deadline(guest_core(guest, core), cpu_now(guest_core(guest, core)));
        break;
    case PORT_DMA: dma(guest); break;
    case PORT_INIT: cpu_init(guest_core(guest, (unsigned)value % cpu_set_count(guest->set))); break;
    case PORT_GUARDS:
        guest->guards = (uint8_t)value;
        cpu_set_guards_changed(guest->set);
        break;
    case PORT_SIPI:
        cpu_sipi(guest_core(guest, cpu_set_count(guest->set) - 1), (uint8_t)value);
        break;
    default: break;
    }
}

static int on_intr_ack(void *ctx, unsigned core)
{
    struct guest *guest = ctx;
    int vector = guest->vector[core];

    tell(guest, core, GUEST_WATCH_ACK, (uint64_t)vector);
    guest->vector[core] = -1;
    guest->acks++;
    cpu_set_intr(guest_core(guest, core), false);
    return vector;
}

static uint8_t on_tpr_get(void *ctx, unsigned core)
{
    return ((struct guest *)ctx)->tpr[core];
}

static void on_tpr_set(void *ctx, unsigned core, uint8_t tpr)
{
    ((struct guest *)ctx)->tpr[core] = tpr;
}

static uint64_t on_apic_base_get(void *ctx, unsigned core)
{
    return ((struct guest *)ctx)->apic_base[core];
}

static bool on_apic_base_set(void *ctx, unsigned core, uint64_t value)
{
    if (value & 0xff) {
        return false;
    }
    ((struct guest *)ctx)->apic_base[core] = value;
    return true;
}

static void on_before_write(void *ctx, uint64_t addr)
{
    struct guest *guest = ctx;

    if (guest->before_write) {
        guest->before_write(guest, addr);
    }
}

static bool on_is_guarded(void *ctx, uint64_t page)
{
    struct guest *guest = ctx;

    return guest->is_guarded && guest->is_guarded(guest, page);
}

static bool on_guard(void *ctx, unsigned core, enum cpu_access kind, uint64_t addr, unsigned bytes,
                     uint64_t *poison)
{
    struct guest *guest = ctx;

    guest->poison = addr;
    if (guest->guard(guest, core, kind, addr, bytes)) {
        return true;
    }
    *poison = guest->poison;
    return false;
}

static void put_bytes(struct guest *guest, uint64_t addr, const uint8_t *begin, const uint8_t *end)
{
    memcpy(guest->ram + addr, begin, (size_t)(end - begin));
}

static void build_gdt(struct guest *guest)
{
    static const uint64_t gdt[SEL_BYTES / 8] = {
        [SEL_CODE32 / 8] = 0x00cf9b000000ffff,
        [SEL_DATA / 8] = 0x00cf93000000ffff,
        [SEL_CODE64 / 8] = 0x00af9b000000ffff,
        [SEL_DATA64 / 8] = 0x00cf93000000ffff,
        [SEL_USER_CODE32 / 8] = 0x00cffb000000ffff,
        [SEL_USER_DATA / 8] = 0x00cff3000000ffff,
        [SEL_USER_CODE64 / 8] = 0x00affb000000ffff,
        [SEL_TSS / 8] = 0x0000890000000067 | (uint64_t)GUEST_TSS << 16,
        [SEL_ABSENT / 8] = 0x00cf13000000ffff,
        [SEL_SMALL / 8] = 0x0040930000000fff | (uint64_t)GUEST_DATA % 0x10000 << 16 |
                          (uint64_t)(GUEST_DATA >> 16) << 32,
    };

    for (size_t i = 0; i < SEL_BYTES / 8; i++) {
        guest_put_u64(guest, GUEST_GDT + 8 * i, gdt[i]);
    }
}

static void build_vectors(struct guest *guest, uint8_t mode)
{
    uint64_t stubs = GUEST_STUBS + (mode == MODE_LONG        ? 0
                                    : mode == MODE_PROTECTED ? 1
                                                             : 2) *
                                       256 * GUEST_STUB_BYTES;

    for (uint64_t i = 0; i < 256; i++) {
        uint64_t stub = stubs + i * GUEST_STUB_BYTES;
        uint64_t selector = mode == MODE_LONG ? SEL_CODE64 : SEL_CODE32;
        uint64_t gate =
            (stub & 0xffff) | selector << 16 | UINT64_C(0xee00) << 32 | (stub >> 16 & 0xffff) << 48;

        if (mode == MODE_LONG) {
            guest_put_u64(guest, GUEST_IDT + 16 * i, gate);
        } else if (mode == MODE_PROTECTED) {
            guest_put_u64(guest, GUEST_IDT + 8 * i, gate);
        } else {
            uint32_t far = (uint32_t)(stub & 0xf) | (uint32_t)(stub >> 4) << 16;

            memcpy(guest->ram + 4 * i, &far, 4);
        }
    }
}

static void build_tss(struct guest *guest, uint8_t mode)
{
    if (mode == MODE_LONG) {
        guest_put_u64(guest, GUEST_TSS + 4, GUEST_STACK);   /* RSP0 */
        guest_put_u64(guest, GUEST_TSS + 0x24, GUEST_IST1); /* IST1 */
    } else {
        guest_put_u64(guest, GUEST_TSS + 4, GUEST_STACK | (uint64_t)SEL_DATA << 32); /* ESP0, SS0 */
    }
}

static void build_pages(struct guest *guest)
{
    const uint64_t rights = 7; /* present, writable, open to ring 3 */

    guest_put_u64(guest, GUEST_PML4, GUEST_PDPT | rights);
    for (uint64_t i = 0; i < 4; i++) {
        guest_put_u64(guest, GUEST_PDPT + 8 * i, (GUEST_PD + PAGE_BYTES * i) | rights);
    }
    guest_put_u64(guest, GUEST_PDPT + 8 * 4, GUEST_HIGH_BASE | rights | 0x80); /* 1 GiB at 4 GiB */
    for (uint64_t i = 0; i < 2048; i++) {
        guest_put_u64(guest, GUEST_PD + 8 * i, i << 21 | rights | 0x80);
    }
    guest_put_u64(guest, GUEST_PD, GUEST_PT | rights);
    for (uint64_t i = 0; i < 512; i++) {
        guest_put_u64(guest, GUEST_PT + 8 * i, i << 12 | rights);
    }
    guest_put_u64(guest, GUEST_PT + 8 * (GUEST_ABSENT >> 12), 0);
    guest_put_u64(guest, GUEST_PT + 8 * (GUEST_READ_ONLY >> 12), GUEST_READ_ONLY | 5);
    guest_put_u64(guest, GUEST_PT + 8 * (GUEST_NO_EXECUTE >> 12),
                  GUEST_NO_EXECUTE | rights | UINT64_C(1) << 63);
    guest_put_u64(guest, GUEST_PT + 8 * (GUEST_SUPERVISOR >> 12), GUEST_SUPERVISOR | 3);
    guest_put_u64(guest, GUEST_PT + 8 * (GUEST_ALIAS >> 12), GUEST_ALIASED | rights);
}

static void build(struct guest *guest, uint8_t mode, const uint8_t *begin, const uint8_t *end)
{
    put_bytes(guest, GUEST_RUNTIME, runtime_begin, runtime_end);
    put_bytes(guest, GUEST_STUBS, stubs_begin, stubs_end);
    put_bytes(guest, GUEST_CODE, begin, end);
    memcpy(guest->rom + PAGE_BYTES - 16, reset_vector, sizeof(reset_vector));
    guest_put_u64(guest, GUEST_MODE, mode | (uint64_t)GUEST_CODE << 32);
    build_gdt(guest);
    build_vectors(guest, mode);
    build_tss(guest, mode);
    build_pages(guest);
    for (unsigned i = 0; i < 8; i++) {
        guest->vector[i] = -1;
        guest->apic_base[i] = 0xfee00800 | (i == 0 ? 0x100 : 0);
    }
}

static uint8_t *pages(size_t bytes)
{
    uint8_t *memory = aligned_alloc(PAGE_BYTES, bytes);

    assert_non_null(memory);
    memset(memory, 0, bytes);
    return memory;
}

/* The pieces of host memory in order; room for four. */
static size_t list_memory(const struct guest *guest, uint64_t video_base, bool is_watched,
                          struct cpu_memory *list)
{
    const struct cpu_memory fixed[] = {
        {.base = 0, .bytes = GUEST_RAM_BYTES, .host = guest->ram},
        {.base = ROM_BASE, .bytes = PAGE_BYTES, .host = guest->rom, .is_read_only = true},
        {.base = GUEST_HIGH_BASE, .bytes = GUEST_HIGH_BYTES, .host = guest->high},
    };
    const struct cpu_memory video = {.base = video_base,
                                     .bytes = GUEST_VIDEO_BYTES,
                                     .host = guest->video,
                                     .is_watched = is_watched};
    size_t count = 0;
    bool is_placed = video_base == 0;

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (!is_placed && video.base < fixed[i].base) {
            list[count++] = video;
            is_placed = true;
        }
        list[count++] = fixed[i];
    }
    if (!is_placed) {
        list[count++] = video;
    }
    return count;
}

void guest_move(struct guest *guest, uint64_t base, bool is_watched)
{
    struct cpu_memory list[4];
    size_t count = list_memory(guest, base, is_watched, list);
    struct error err = ERROR_INIT;

    if (cpu_set_memory(guest->set, list, count, &err) != 0) {
        fail_msg("%s", err.text);
    }
}

struct guest *guest_create(uint8_t mode, const uint8_t *begin, const uint8_t *end,
                           const struct guest_options *options)
{
    struct guest *guest = calloc(1, sizeof(*guest));
    struct error err = ERROR_INIT;

    assert_non_null(guest);
    guest->ram = pages(GUEST_RAM_BYTES);
    guest->high = pages(GUEST_HIGH_BYTES);
    guest->rom = pages(PAGE_BYTES);
    guest->video = lazy_memory_create(GUEST_VIDEO_BYTES);
    assert_non_null(guest->video);
    guest->timing = timing_create(&err);
    build(guest, mode, begin, end);

    struct cpu_memory memory[4];
    const struct cpu_set_config config = {
        .core_count = options && options->cores ? options->cores : 1,
        .memory = memory,
        .memory_count = list_memory(guest, 0, false, memory),
        .env = {.ctx = guest,
                .mem_read = on_mem_read,
                .mem_write = on_mem_write,
                .io_read = on_io_read,
                .io_write = on_io_write,
                .intr_ack = on_intr_ack,
                .tpr_get = on_tpr_get,
                .tpr_set = on_tpr_set,
                .apic_base_get = on_apic_base_get,
                .apic_base_set = on_apic_base_set,
                .before_write = on_before_write,
                .is_guarded = options && options->has_guards ? on_is_guarded : NULL,
                .guard = options && options->has_guards ? on_guard : NULL},
        .timing = guest->timing,
        .counts_blocks = true,
        .code_buffer_bytes = options ? options->code_buffer_bytes : 0,
    };
    guest->set = cpu_set_create(&config, &err);
    if (!guest->set) {
        fail_msg("%s", err.text);
    }
    return guest;
}

void guest_destroy(struct guest *guest)
{
    cpu_set_destroy(guest->set);
    timing_destroy(guest->timing);
    free(guest->ram);
    free(guest->high);
    free(guest->rom);
    lazy_memory_destroy(guest->video, GUEST_VIDEO_BYTES);
    free(guest);
}

struct cpu *guest_core(struct guest *guest, unsigned core)
{
    return cpu_set_core(guest->set, core);
}

enum cpu_stop guest_run(struct guest *guest, vtime limit)
{
    return cpu_run(guest_core(guest, 0), cpu_now(guest_core(guest, 0)) + limit);
}

/* At 0x60000, real mode: tells the runtime where to go and frees the TSS, then takes core 0's way.
 */
void guest_plant_second(struct guest *guest, uint64_t entry)
{
    uint32_t target = (uint32_t)entry;
    uint8_t start[] = {
        0x66,
        0xc7,
        0x06,
        GUEST_ENTRY & 0xff,
        GUEST_ENTRY >> 8,
        0,
        0,
        0,
        0, /* movl $entry, GUEST_ENTRY */
        0xc6,
        0x06,
        (GUEST_GDT + SEL_TSS + 5) & 0xff,
        (GUEST_GDT + SEL_TSS + 5) >> 8,
        0x89, /* movb: TSS not busy */
        0xea,
        0x00,
        0x00,
        0x00,
        GUEST_RUNTIME >> 12, /* ljmp to the runtime */
    };

    memcpy(start + 5, &target, 4);
    memcpy(guest->ram + 0x60000, start, sizeof(start));
}

struct guest *guest_run_all(uint8_t mode, const uint8_t *begin, const uint8_t *end)
{
    struct guest *guest = guest_create(mode, begin, end, NULL);

    assert_int_equal(guest_run(guest, VTIME_MS(100)), CPU_STOP_HALTED);
    return guest;
}

struct guest_record guest_record(const struct guest *guest, size_t index)
{
    struct guest_record record;

    assert_true(index < guest_record_count(guest));
    memcpy(&record, guest->ram + GUEST_RECORDS + index * GUEST_RECORD_BYTES, sizeof(record));
    return record;
}

size_t guest_record_count(const struct guest *guest)
{
    return (size_t)(guest_u64(guest, GUEST_COUNT) & 0xffff);
}

uint64_t guest_u64(const struct guest *guest, uint64_t addr)
{
    uint64_t value;

    memcpy(&value, guest->ram + addr, sizeof(value));
    return value;
}

void guest_put_u64(struct guest *guest, uint64_t addr, uint64_t value)
{
    memcpy(guest->ram + addr, &value, sizeof(value));
}

void guest_raise(struct guest *guest, unsigned core, int vector)
{
    guest->vector[core] = vector;
    cpu_set_intr(guest_core(guest, core), true);
}
