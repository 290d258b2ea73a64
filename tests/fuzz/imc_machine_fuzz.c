/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole machine with its firmware and a busy guest, whose memory fails and moves: faults of every
 * kind come and go, registers of address decoding and BARs get any value while code runs, DMA and the
 * bus go anywhere, resets come. At some instants the machine is saved and restored into another one,
 * and both must go on alike; every other input is lived through twice, to the same hash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/memory/dram.h"
#include "devices/memory/imc_internal.h"
#include "emu/base/bug.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"
#include "emu/machine/machine_internal.h"
#include "roms/roms.h"
#include "tests/fuzz/input.h"

#define MEMORY_BYTES   (UINT64_C(32) << 30)
#define GUEST_BYTES    ((size_t)1 << 20)
#define STEPS_MAX      48
#define FUNCTIONS_MAX  64
#define SPAN           VTIME_US(250)
#define SLICES_MAX     16 /* of an eighth of SPAN: code whose every line fails costs the host much */
#define STARTS_MAX     2  /* of the firmware, to its end: as costly */
#define FIRMWARE_LIMIT VTIME_MS(72) /* the guest is at work then */
#define FIRMWARE_STEP  VTIME_US(300)
#define RECORDS_SHOWN  200
#define BUFFER_BYTES   300u
#define BAR0           0x10u
#define BARS           6u
#define COMMAND        4u
#define DECODES        3u /* of COMMAND: I/O and memory */

/* See machine_fuzz.c. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:g_array_new\n";
}

static void discard(void *ctx, const uint8_t *data, size_t bytes)
{
    (void)ctx;
    (void)data;
    (void)bytes;
}

/* ---- A machine ---- */

struct life {
    struct machine *machine;
    struct machine_config config;
    struct pci_fn *functions[FUNCTIONS_MAX];
    size_t function_count;
    uint64_t slices;
    unsigned starts;
};

static void make(struct life *life)
{
    struct error err = ERROR_INIT;

    life->machine = machine_create(&life->config, &err);
    if (life->machine == NULL) {
        (void)fprintf(stderr, "%s\n", err.text);
        abort();
    }
    life->function_count = 0;
    for (size_t i = 0; i < machine_device_count(life->machine); i++) {
        struct device *device = machine_device(life->machine, i);

        if (device->class == &imc_function_class && life->function_count < FUNCTIONS_MAX) {
            life->functions[life->function_count++] = (struct pci_fn *)(void *)device;
        }
    }
    if (life->function_count == 0) abort(); /* that would be another machine */
}

static void build_window(unsigned cores, struct boot_window *window)
{
    uint8_t *guest = malloc(GUEST_BYTES);
    FILE *stream = fopen(FAULT_GUEST, "rb");
    struct image_file file = {.name = "guest", .data = guest};
    const struct image_request request = {
        .image = &file, .command_line = "repair", .memory_bytes = MEMORY_BYTES, .cores = cores};
    struct error err = ERROR_INIT;

    if (guest == NULL || stream == NULL) {
        perror(FAULT_GUEST);
        abort();
    }
    file.bytes = fread(guest, 1, GUEST_BYTES, stream);
    (void)fclose(stream);
    if (image_build(&request, window, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        abort();
    }
    free(guest);
}

/* ---- What happens ---- */

static struct dram_fault take_fault(struct life *life, struct fuzz_input *input)
{
    struct dram_fault fault = {.kind = (enum dram_fault_kind)fuzz_below(input, DRAM_FAULT_KINDS)};
    const unsigned where = (unsigned)fuzz_take(input, 1);
    const uint64_t number = fuzz_take(input, 4);
    uint64_t addr = number * 8 % MEMORY_BYTES;

    /* Mostly where something is, or nobody would meet it. */
    if (where % 4 != 0) (void)machine_used_page(life->machine, number, &addr);
    addr |= number % 512 * 8;
    (void)machine_fault_place(life->machine, addr, &fault.where);
    if (where % 16 == 8) fault.where.imc ^= 1;
    fault.mask.data = UINT64_C(1) << (where & 63);
    if (where & 64) fault.mask.data |= UINT64_C(1) << (number & 63);
    if (where & 128) fault.mask.check = (uint8_t)number;
    fault.value = number >> 8 & 1;
    fault.line = (enum dram_line)(number >> 9 & 3);
    fault.line_bit = (uint8_t)(number >> 11 & 15);
    fault.has_parity = number >> 15 & 1;
    return fault;
}

static void plant(struct life *life, struct fuzz_input *input)
{
    const struct dram_fault fault = take_fault(life, input);
    struct error err = ERROR_INIT;

    if (machine_fault_plant(life->machine, &fault, &err) != 0) BUG_ON(!*err.text);
}

static void repair(struct life *life, struct fuzz_input *input)
{
    const size_t count = machine_fault_count(life->machine);

    if (count > 0) machine_fault_repair(life->machine, fuzz_below(input, count));
}

/* Half of the time a register changes a little: most other values are just nonsense. */
static void program(struct life *life, struct fuzz_input *input)
{
    static const struct {
        uint16_t offset;
        uint8_t count;
    } registers[] = {
        {IMC_REG_TOLM, 4},
        {IMC_REG_SAD, 2 * IMC_SAD_RULES},
        {IMC_REG_MCROUTE, 1},
        {IMC_REG_DIMMMTR, IMC_DIMMS + 1},
        {IMC_REG_AMAP, 1},
        {IMC_REG_TADCHNILVOFFSET, IMC_TAD_RULES},
        {IMC_REG_RIRWAYNESS, IMC_RIR_RULES},
        {IMC_REG_RIRILV, 4 * IMC_RIR_RULES},
        {IMC_REG_TADBASE, IMC_TAD_RULES},
        {IMC_REG_TADWAYNESS, IMC_TAD_RULES},
        {IMC_REG_MCMTR, 1},
        {IMC_REG_CORRERRCNT, 20},
    };
    struct pci_fn *fn = life->functions[fuzz_below(input, life->function_count)];
    const size_t row = fuzz_below(input, sizeof(registers) / sizeof(registers[0]));
    const unsigned how = (unsigned)fuzz_take(input, 1);
    const unsigned offset =
        registers[row].offset + 4 * (unsigned)fuzz_below(input, registers[row].count);
    uint32_t value = pci_config_read(fn, offset, 4);

    value = how % 2 == 0 ? value ^ UINT32_C(1) << (how / 2 % 32) : (uint32_t)fuzz_take(input, 4);
    pci_config_write(fn, offset, 4, value);
}

static void move_bar(struct life *life, struct fuzz_input *input)
{
    const struct machine_parts *parts = &life->machine->parts;
    struct device *const devices[] = {parts->display, parts->xhci, parts->ans2, parts->display};
    struct device *device = devices[fuzz_below(input, 4)];
    struct pci_fn *fn = (struct pci_fn *)(void *)device;
    const unsigned bar = (unsigned)fuzz_below(input, BARS);
    const uint32_t block = (uint32_t)fuzz_take(input, 1);

    if (device == NULL) return;
    pci_config_write(fn, BAR0 + 4 * bar, 4, block << 24);
    pci_config_write(fn, COMMAND, 2, pci_config_read(fn, COMMAND, 2) | DECODES);
}

/* Half of the addresses are in memory, many of those where a zone begins or ends. */
static uint64_t take_addr(const struct life *life, struct fuzz_input *input)
{
    const struct imc_layout *layout = imc_layout(life->machine->parts.imc);
    const uint64_t number = fuzz_take(input, 4);
    const struct imc_zone *zone;

    if (layout->zone_count == 0 || number % 4 == 0) return number << (number >> 2 & 15);
    zone = &layout->zones[number / 4 % layout->zone_count];
    return number % 2 == 0 ? zone->end - number % 512 : zone->base + (number << 3) % (1 << 22);
}

static void copy(struct life *life, struct fuzz_input *input)
{
    const uint64_t addr = take_addr(life, input);
    const unsigned how = (unsigned)fuzz_take(input, 1);
    uint8_t data[BUFFER_BYTES] = {0};

    switch (how % 4) {
    case 0: (void)dma_read(life->machine->dma, addr, data, 1 + how); break;
    case 1: (void)dma_write(life->machine->dma, addr, data, 1 + how); break;
    case 2: (void)bus_read(life->machine->memory, addr, 8); break;
    default: (void)bus_peek(life->machine->memory, addr, 8); break;
    }
}

static void run(struct life *life, uint64_t slices)
{
    if (slices > SLICES_MAX - life->slices) slices = SLICES_MAX - life->slices;
    life->slices += slices;
    (void)machine_run(life->machine, machine_now(life->machine) + slices * SPAN / 8);
}

static void start(struct life *life, vtime duration)
{
    if (life->starts == STARTS_MAX) return;
    life->starts++;
    (void)machine_run(life->machine, machine_now(life->machine) + duration);
}

/* The machine is saved, and another one goes on in its place; both must do the same. */
static void change_over(struct life *life, struct fuzz_input *input)
{
    struct life next = {.config = life->config, .slices = life->slices, .starts = life->starts};
    const uint64_t slices = 1 + fuzz_take(input, 1) % 16;
    struct error err = ERROR_INIT;
    void *data;
    size_t bytes;

    BUG_ON(machine_save(life->machine, &data, &bytes, &err) != 0);
    make(&next);
    if (machine_load(next.machine, data, bytes, &err) != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        abort();
    }
    free(data);
    BUG_ON(machine_state_hash(life->machine) != machine_state_hash(next.machine));
    run(life, slices);
    run(&next, slices);
    if (machine_trace_hash(life->machine) != machine_trace_hash(next.machine)) {
        trace_dump(machine_trace(life->machine), STDERR_FILENO, RECORDS_SHOWN);
        (void)fprintf(stderr, "---- restored:\n");
        trace_dump(machine_trace(next.machine), STDERR_FILENO, RECORDS_SHOWN);
        abort();
    }
    BUG_ON(machine_state_hash(life->machine) != machine_state_hash(next.machine));
    machine_destroy(life->machine);
    *life = next;
}

/* Mostly until the firmware has done its work again: without memory there is little to fail. */
static void reset(struct life *life, struct fuzz_input *input)
{
    const struct inbox_message message = {.kind = INBOX_RESET};
    const unsigned how = (unsigned)fuzz_take(input, 1);

    if (how % 4 != 0) return;
    (void)inbox_post(machine_inbox(life->machine), &message);
    run(life, 0); /* what waits outside is in no snapshot */
    if (how % 16 != 0) start(life, FIRMWARE_LIMIT);
}

static void step(struct life *life, struct fuzz_input *input)
{
    switch (fuzz_take(input, 1) % 16) {
    case 0:
    case 1:
    case 2:
    case 3: plant(life, input); break;
    case 4: repair(life, input); break;
    case 5: program(life, input); break;
    case 7: move_bar(life, input); break;
    case 8:
    case 9: copy(life, input); break;
    case 10: reset(life, input); break;
    case 11: change_over(life, input); break;
    default: run(life, 1 + fuzz_take(input, 1) % 32); break;
    }
}

/* ---- A life ---- */

static uint64_t live(const struct machine_config *config, struct fuzz_input input)
{
    struct life life = {.config = *config};
    const unsigned early = (unsigned)fuzz_take(&input, 1);
    uint64_t hash;

    make(&life);
    start(&life, early & 1 ? early * FIRMWARE_STEP : FIRMWARE_LIMIT);
    for (unsigned i = 0; i < STEPS_MAX && fuzz_has_more(&input); i++) {
        step(&life, &input);
    }
    hash = machine_trace_hash(life.machine) ^ machine_state_hash(life.machine);
    machine_destroy(life.machine);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .bytes = size};
    const unsigned shape = (unsigned)fuzz_take(&input, 1);
    struct boot_window window;
    struct machine_config config = {
        .memory_bytes = MEMORY_BYTES,
        .scrub = {.is_demand_off = shape & 4,
                  .is_patrol_off = shape & 8,
                  .patrol_period = shape & 16 ? MACHINE_PATROL_MIN : 0},
        .cores = 1u << (shape & 3) % 3,
        .rom = rom_firmware,
        .rom_bytes = (size_t)(rom_firmware_end - rom_firmware),
        .serial = {.write = discard},
        .debug_console = {.write = discard},
        .code_buffer_bytes = (size_t)4 << 20,
    };
    uint64_t hash;

    build_window(config.cores, &window);
    config.boot_window = window.data;
    config.boot_window_bytes = window.bytes;
    hash = live(&config, input);
    if (shape & 32) BUG_ON(live(&config, input) != hash);
    image_release(&window);
    return 0;
}
