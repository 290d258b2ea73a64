/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pair of 8259A interrupt controllers. Intel 8259A data sheet (231468-003), with the
 * edge/level control registers of the PCH (335193).
 *
 * Modelled: initialisation words ICW1 to ICW4, operation words OCW1 to OCW3; edge and level
 * inputs by ELCR; fully nested, special fully nested, special mask, automatic and specific
 * rotation, automatic EOI, poll command, spurious input 7.
 * Not modelled: 8080 mode (ICW4 bit 0 clear) and buffered mode (traced; vectors are always
 * those of 8086 mode), other cascade wiring than slave on input 2 (traced; the wiring is fixed
 * as in the PCH), the trigger bit of ICW1 (the PCH ignores it: ELCR decides), the port aliases
 * up to 3dh and bdh.
 * Chosen: an edge stays requested until it is acknowledged, also when the line falls before:
 * sources of this machine may pulse their line, where the data sheet asks them to hold it. ICW1
 * also clears the in-service register. After reset the chips ask for nothing until they have
 * been initialised. In special mask mode an in-service bit that is not masked still blocks its
 * level and those below. The poll command answers on either port, as the data sheet says that
 * A0 does not matter.
 *
 * The registers are one table of four ports (master command and data, slave command and data)
 * and the two ELCR bytes; three regions show parts of it. What a port means depends on the
 * initialisation sequence, hence get, read and write functions.
 */
#include "devices/chipset/i8259.h"

#include "emu/base/bits.h"
#include "emu/core/bus.h"

/* Where the PCH decodes them, unchangeable. */
#define PORT_MASTER 0x20
#define PORT_SLAVE  0xa0
#define PORT_ELCR   0x4d0

#define CHIP_COUNT      2
#define MASTER          0
#define SLAVE           1
#define CASCADE_INPUT   2
#define SPURIOUS_INPUT  7
#define INPUTS_PER_CHIP 8
#define PORTS_PER_CHIP  2

#define ICW1_IC4      BIT32(0)
#define ICW1_SINGLE   BIT32(1)
#define ICW1_SELECT   BIT32(4)
#define ICW2_BASE     0xf8
#define ICW4_8086     BIT32(0)
#define ICW4_AUTO_EOI BIT32(1)
#define ICW4_BUFFERED BIT32(3)
#define ICW4_NESTED   BIT32(4)
#define OCW3_SELECT   BIT32(3)
#define OCW3_RIS      BIT32(0)
#define OCW3_RR       BIT32(1)
#define OCW3_POLL     BIT32(2)
#define OCW3_SMM      BIT32(5)
#define OCW3_ESMM     BIT32(6)
#define POLL_REQUEST  0x80

/* What the data port takes next. */
enum init_step {
    STEP_READY, /* OCW1 */
    STEP_ICW2,
    STEP_ICW3,
    STEP_ICW4,
};

struct chip {
    uint8_t edges; /* latched requests of edge inputs */
    uint8_t lines; /* levels of the inputs */
    uint8_t imr;
    uint8_t isr;
    uint8_t base;     /* ICW2 */
    uint8_t lowest;   /* input of lowest priority, 0..7 */
    uint8_t step;     /* enum init_step */
    bool is_ready;    /* an initialisation sequence was completed */
    bool has_icw4;    /* of the sequence under way */
    bool is_single;   /* likewise: no ICW3 */
    bool is_isr_read; /* OCW3 */
    bool is_polled;   /* the next read is a poll */
    bool is_special_mask;
    bool is_special_nested;
    bool is_auto_eoi;
    bool is_auto_rotated;
};

struct i8259;

/* A region that shows `bank` from `first` on. */
struct port_window {
    struct region region;
    struct i8259 *pic;
    uint32_t first;
};

struct i8259 {
    struct device device;
    struct chip chip[CHIP_COUNT];
    uint8_t elcr[CHIP_COUNT];
    struct irq_line int_line;
    struct port_window windows[3];
};

static const struct trace_desc desc_ack = {.name = "ack",
                                           .fields = {"input", "vector", "is_spurious"}};
static const struct trace_desc desc_eoi = {.name = "eoi", .fields = {"chip", "input"}};
static const struct trace_desc *const events[] = {&desc_ack, &desc_eoi, NULL};

static struct i8259 *i8259_of(struct device *device)
{
    return (struct i8259 *)device;
}

/* ---- Priority (8259A, "Interrupt sequence", "Operation command words") ----------------------- */

/* Input of the highest priority in `set`, -1 when it is empty. */
static int highest(const struct chip *chip, uint8_t set)
{
    for (unsigned i = 1; i <= INPUTS_PER_CHIP; i++) {
        unsigned input = (chip->lowest + i) % INPUTS_PER_CHIP;

        if ((set & BIT32(input)) != 0) return (int)input;
    }
    return -1;
}

/* Place in the order of priorities, 0 = first; INPUTS_PER_CHIP for none. */
static unsigned rank_of(const struct chip *chip, int input)
{
    if (input < 0) return INPUTS_PER_CHIP;
    return ((unsigned)input + INPUTS_PER_CHIP - 1 - chip->lowest) % INPUTS_PER_CHIP;
}

static uint8_t irr_of(const struct i8259 *pic, unsigned which)
{
    const struct chip *chip = &pic->chip[which];
    uint8_t levels = pic->elcr[which];

    if (which == MASTER) {
        levels |= BIT32(CASCADE_INPUT); /* the slave asks as long as it has something */
    }
    return (uint8_t)((chip->edges & ~levels) | (chip->lines & levels));
}

/* The input that the chip asks for now, or -1. */
static int request_of(const struct i8259 *pic, unsigned which)
{
    const struct chip *chip = &pic->chip[which];
    uint8_t blocking = chip->isr;
    int input = highest(chip, irr_of(pic, which) & (uint8_t)~chip->imr);

    if (!chip->is_ready || chip->step != STEP_READY) return -1;
    if (chip->is_special_mask) {
        blocking &= (uint8_t)~chip->imr;
    }
    if (chip->is_special_nested && which == MASTER && input == CASCADE_INPUT) {
        blocking &= (uint8_t)~BIT32(CASCADE_INPUT);
    }
    return rank_of(chip, input) < rank_of(chip, highest(chip, blocking)) ? input : -1;
}

/* The slave's output is the master's input 2; the master's is the device's. */
static void update(struct i8259 *pic)
{
    struct chip *master = &pic->chip[MASTER];

    if (request_of(pic, SLAVE) >= 0) {
        master->lines |= BIT32(CASCADE_INPUT);
    } else {
        master->lines &= (uint8_t)~BIT32(CASCADE_INPUT);
    }
    irq_set(&pic->int_line, request_of(pic, MASTER) >= 0);
}

/* ---- Inputs and acknowledge ------------------------------------------------------------------ */

void i8259_irq(void *ctx, unsigned input, bool level)
{
    struct i8259 *pic = ctx;
    struct chip *chip;
    uint8_t bit = (uint8_t)BIT32(input % INPUTS_PER_CHIP);

    if (input >= I8259_INPUTS || input == CASCADE_INPUT) return;
    chip = &pic->chip[input / INPUTS_PER_CHIP];
    if (level && (chip->lines & bit) == 0) {
        chip->edges |= bit;
    }
    chip->lines = (uint8_t)(level ? chip->lines | bit : chip->lines & ~bit);
    update(pic);
}

/* One chip's part of an INTA cycle or a poll: the input that is now in service, or -1 when the
 * request has gone. */
static int take(struct i8259 *pic, unsigned which)
{
    struct chip *chip = &pic->chip[which];
    int input = request_of(pic, which);
    uint8_t bit;

    if (input < 0) return -1;
    bit = (uint8_t)BIT32(input);
    chip->edges &= (uint8_t)~bit;
    if (!chip->is_auto_eoi) {
        chip->isr |= bit;
    } else if (chip->is_auto_rotated) {
        chip->lowest = (uint8_t)input;
    }
    return input;
}

int i8259_ack(struct device *device)
{
    struct i8259 *pic = i8259_of(device);
    unsigned which = MASTER;
    int input = take(pic, MASTER);
    bool is_spurious;
    int vector;

    if (input == CASCADE_INPUT) {
        which = SLAVE;
        input = take(pic, SLAVE);
    }
    is_spurious = input < 0;
    if (is_spurious) {
        input = SPURIOUS_INPUT;
    }
    vector = pic->chip[which].base | input;
    TRACE(device->env.trace, device, &desc_ack, which * INPUTS_PER_CHIP + (unsigned)input,
          (uint64_t)vector, is_spurious);
    update(pic);
    return vector;
}

/* ---- Operation words ------------------------------------------------------------------------- */

static void end_of_interrupt(struct i8259 *pic, unsigned which, int input)
{
    struct chip *chip = &pic->chip[which];

    if (input < 0) return;
    chip->isr &= (uint8_t)~BIT32(input);
    TRACE(pic->device.env.trace, &pic->device, &desc_eoi, which, (uint64_t)input);
}

/* Non-specific EOI: the highest bit in service; masked ones are passed over in special mask
 * mode. */
static int eoi_input(const struct chip *chip)
{
    uint8_t candidates = chip->isr;

    if (chip->is_special_mask) {
        candidates &= (uint8_t)~chip->imr;
    }
    return highest(chip, candidates);
}

/* OCW2 bits 7:5: rotate, specific, end of interrupt. */
static void write_ocw2(struct i8259 *pic, unsigned which, uint8_t value)
{
    struct chip *chip = &pic->chip[which];
    int level = value & 7;
    int input = eoi_input(chip);

    switch (value >> 5) {
    case 0: chip->is_auto_rotated = false; break;
    case 1: end_of_interrupt(pic, which, input); break;
    case 2: break; /* no operation */
    case 3: end_of_interrupt(pic, which, level); break;
    case 4: chip->is_auto_rotated = true; break;
    case 5:
        end_of_interrupt(pic, which, input);
        if (input >= 0) {
            chip->lowest = (uint8_t)input;
        }
        break;
    case 6: chip->lowest = (uint8_t)level; break;
    default:
        end_of_interrupt(pic, which, level);
        chip->lowest = (uint8_t)level;
        break;
    }
}

static void write_ocw3(struct chip *chip, uint8_t value)
{
    if ((value & OCW3_ESMM) != 0) {
        chip->is_special_mask = (value & OCW3_SMM) != 0;
    }
    if ((value & OCW3_RR) != 0) {
        chip->is_isr_read = (value & OCW3_RIS) != 0;
    }
    chip->is_polled = (value & OCW3_POLL) != 0;
}

/* ---- Initialisation words -------------------------------------------------------------------- */

static void write_icw1(struct chip *chip, uint8_t value)
{
    chip->edges = 0;
    chip->imr = 0;
    chip->isr = 0;
    chip->lowest = SPURIOUS_INPUT;
    chip->is_isr_read = false;
    chip->is_polled = false;
    chip->is_special_mask = false;
    chip->is_special_nested = false;
    chip->is_auto_eoi = false;
    chip->is_auto_rotated = false;
    chip->has_icw4 = (value & ICW1_IC4) != 0;
    chip->is_single = (value & ICW1_SINGLE) != 0;
    chip->is_ready = false;
    chip->step = STEP_ICW2;
}

static void finish(struct chip *chip)
{
    chip->step = STEP_READY;
    chip->is_ready = true;
}

static void write_icw3(struct i8259 *pic, unsigned which, uint8_t value)
{
    uint8_t wired = which == MASTER ? (uint8_t)BIT32(CASCADE_INPUT) : CASCADE_INPUT;

    if (value != wired) {
        device_unimplemented(&pic->device, "ICW3: other cascade wiring", which, value);
    }
}

static void write_icw4(struct i8259 *pic, struct chip *chip, uint8_t value)
{
    if ((value & ICW4_8086) == 0 || (value & ICW4_BUFFERED) != 0) {
        device_unimplemented(&pic->device, "ICW4: 8080 or buffered mode", value, 0);
    }
    chip->is_auto_eoi = (value & ICW4_AUTO_EOI) != 0;
    chip->is_special_nested = (value & ICW4_NESTED) != 0;
    finish(chip);
}

static void write_data(struct i8259 *pic, unsigned which, uint8_t value)
{
    struct chip *chip = &pic->chip[which];

    switch ((enum init_step)chip->step) {
    case STEP_READY: chip->imr = value; return;
    case STEP_ICW2: chip->base = value & ICW2_BASE; break;
    case STEP_ICW3: write_icw3(pic, which, value); break;
    case STEP_ICW4: write_icw4(pic, chip, value); return;
    }
    if (chip->step == STEP_ICW2 && !chip->is_single) {
        chip->step = STEP_ICW3;
    } else if (chip->has_icw4) {
        chip->step = STEP_ICW4;
    } else {
        finish(chip);
    }
}

/* ---- Registers: element 0 of each array is the master, 1 the slave --------------------------- */

/* Bit 7: there is a request; bits 2:0: its input. */
static uint8_t poll_word(const struct i8259 *pic, unsigned which)
{
    int input = request_of(pic, which);

    return input < 0 ? 0 : (uint8_t)(POLL_REQUEST | input);
}

static uint64_t command_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct i8259 *pic = i8259_of(device);
    const struct chip *chip = &pic->chip[index];

    (void)stored;
    if (chip->is_polled) return poll_word(pic, index);
    return chip->is_isr_read ? chip->isr : irr_of(pic, index);
}

static uint64_t data_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct i8259 *pic = i8259_of(device);

    (void)stored;
    return pic->chip[index].is_polled ? poll_word(pic, index) : pic->chip[index].imr;
}

/* A poll is an INTA cycle for this chip alone. */
static void port_read(struct device *device, unsigned index, uint64_t value)
{
    struct i8259 *pic = i8259_of(device);

    (void)value;
    if (!pic->chip[index].is_polled) return;
    pic->chip[index].is_polled = false;
    (void)take(pic, index);
    update(pic);
}

static void command_write(struct device *device, const struct reg_write *write)
{
    struct i8259 *pic = i8259_of(device);
    uint8_t value = (uint8_t)write->written;

    if ((value & ICW1_SELECT) != 0) {
        write_icw1(&pic->chip[write->index], value);
    } else if ((value & OCW3_SELECT) != 0) {
        write_ocw3(&pic->chip[write->index], value);
    } else {
        write_ocw2(pic, write->index, value);
    }
    update(pic);
}

static void data_write(struct device *device, const struct reg_write *write)
{
    struct i8259 *pic = i8259_of(device);

    write_data(pic, write->index, (uint8_t)write->written);
    update(pic);
}

static void elcr_write(struct device *device, const struct reg_write *write)
{
    (void)write;
    update(i8259_of(device));
}

static const struct reg regs[] = {
    {.name = "CMD",
     .offset = 0,
     .size = 1,
     .count = CHIP_COUNT,
     .stride = PORTS_PER_CHIP,
     REG_UNBACKED,
     .get = command_get,
     .read = port_read,
     .write = command_write},
    {.name = "DATA",
     .offset = 1,
     .size = 1,
     .count = CHIP_COUNT,
     .stride = PORTS_PER_CHIP,
     REG_UNBACKED,
     .get = data_get,
     .read = port_read,
     .write = data_write},
    /* Timer, keyboard, cascade, RTC and coprocessor are edge-triggered for good. */
    {.name = "ELCR1",
     .offset = 4,
     .size = 1,
     REG_BACKED(struct i8259, elcr[MASTER]),
     .rw = 0xf8,
     .write = elcr_write},
    {.name = "ELCR2",
     .offset = 5,
     .size = 1,
     REG_BACKED(struct i8259, elcr[SLAVE]),
     .rw = 0xde,
     .write = elcr_write},
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "i8259", .regs = regs, .bytes = 6, .min_access = 1, .max_access = 2},
    {.name = NULL},
};

/* ---- Windows --------------------------------------------------------------------------------- */

static uint64_t window_read(void *owner, uint64_t offset, unsigned size)
{
    struct port_window *window = owner;

    return reg_bank_read(&window->pic->device, &banks[0], window->first + offset, size);
}

static void window_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct port_window *window = owner;

    reg_bank_write(&window->pic->device, &banks[0], window->first + offset, size, value);
}

static uint64_t window_peek(void *owner, uint64_t offset, unsigned size)
{
    struct port_window *window = owner;

    return reg_bank_peek(&window->pic->device, &banks[0], window->first + offset, size);
}

static const struct region_ops window_ops = {
    .read = window_read, .write = window_write, .peek = window_peek};

static const struct {
    const char *name;
    uint32_t port;
    uint32_t first;
} windows[] = {
    {"i8259-master", PORT_MASTER, 0},
    {"i8259-slave", PORT_SLAVE, 2},
    {"i8259-elcr", PORT_ELCR, 4},
};

static void unmap_all(struct i8259 *pic)
{
    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        bus_unmap(pic->device.env.ports, &pic->windows[i].region);
    }
}

/* ---- Life ------------------------------------------------------------------------------------ */

struct irq_line *i8259_int(struct device *device)
{
    return &i8259_of(device)->int_line;
}

static int init(struct device *device, const void *config, struct error *err)
{
    struct i8259 *pic = i8259_of(device);

    (void)config;
    irq_line_init(&pic->int_line, "INT", device);
    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        pic->windows[i] = (struct port_window){
            .region =
                {
                    .name = windows[i].name,
                    .bytes = PORTS_PER_CHIP,
                    .kind = REGION_MMIO,
                    .ops = &window_ops,
                    .owner = &pic->windows[i],
                    .min_access = 1,
                    .max_access = 2,
                },
            .pic = pic,
            .first = windows[i].first,
        };
        if (bus_map(device->env.ports, &pic->windows[i].region, windows[i].port, err) != 0) {
            unmap_all(pic);
            return -1;
        }
    }
    return 0;
}

/* The levels of the inputs belong to whoever drives them. */
static void reset(struct device *device, enum reset_kind kind)
{
    struct i8259 *pic = i8259_of(device);

    (void)kind;
    for (unsigned i = 0; i < CHIP_COUNT; i++) {
        pic->chip[i] = (struct chip){.lines = pic->chip[i].lines, .lowest = SPURIOUS_INPUT};
    }
    update(pic);
}

static int loaded(struct device *device, struct error *err)
{
    (void)device;
    (void)err;
    return 0;
}

static void fini(struct device *device)
{
    unmap_all(i8259_of(device));
}

static const struct snap_field state[] = {
    SNAP_U_EACH(struct i8259, chip, edges, UINT8_MAX),
    SNAP_U_EACH(struct i8259, chip, lines, UINT8_MAX),
    SNAP_U_EACH(struct i8259, chip, imr, UINT8_MAX),
    SNAP_U_EACH(struct i8259, chip, isr, UINT8_MAX),
    SNAP_U_EACH(struct i8259, chip, base, UINT8_MAX),
    SNAP_U_EACH(struct i8259, chip, lowest, SPURIOUS_INPUT),
    SNAP_U_EACH(struct i8259, chip, step, STEP_ICW4),
    SNAP_U_EACH(struct i8259, chip, is_ready, 1),
    SNAP_U_EACH(struct i8259, chip, has_icw4, 1),
    SNAP_U_EACH(struct i8259, chip, is_single, 1),
    SNAP_U_EACH(struct i8259, chip, is_isr_read, 1),
    SNAP_U_EACH(struct i8259, chip, is_polled, 1),
    SNAP_U_EACH(struct i8259, chip, is_special_mask, 1),
    SNAP_U_EACH(struct i8259, chip, is_special_nested, 1),
    SNAP_U_EACH(struct i8259, chip, is_auto_eoi, 1),
    SNAP_U_EACH(struct i8259, chip, is_auto_rotated, 1),
    SNAP_L(struct i8259, int_line),
    SNAP_END,
};

const struct device_class i8259_class = {
    .name = "i8259",
    .size = sizeof(struct i8259),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .default_config = NULL,
    .init = init,
    .reset = reset,
    .loaded = loaded,
    .fini = fini,
};
