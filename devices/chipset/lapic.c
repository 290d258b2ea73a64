/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC of one core. Intel SDM volume 3A (325384), chapter 11; the xAPIC of family 6
 * model 85.
 *
 * Modelled: everything of xAPIC mode: IRR, ISR, TMR and the priority rules (11.8),
 * interprocessor interrupts (11.6), the local vector table with CMCI (11.5.1), errors (11.5.3),
 * the timer (11.5.4), spurious vector (11.9), software and global disable, INIT and power-up
 * states (11.4.7), EOI-broadcast suppression (11.8.5), LINT0 and LINT1 with ExtINT.
 * Not modelled: SMI and a moved register page (both traced as unimplemented; IA32_APIC_BASE
 * reads back what was written), x2APIC and TSC-deadline mode (the bits are reserved, as CPUID
 * says), focus processor checking (SVR bit 9 is storage only: family 15 and later Xeons do not
 * check), remote read (register 0c0 reads 0).
 * Chosen: docs/hardware/lapic.md lists each reading with its reason. The important ones: with
 * both a fixed vector and an ExtINT request pending, the fixed vector goes first; an ESR error
 * interrupt is sent once until ESR is written; an IPI or LVT event with an illegal vector is
 * dropped after it was logged; IPIs with lowest priority are delivered.
 *
 * How it works: all state is registers and a few flags. Every change ends in lapic_update(),
 * which computes the level of INTR and whether the timer's event must be armed; nothing else
 * drives either.
 */
#include <string.h>

#include "devices/chipset/lapic_internal.h"

#define ICR_DESTINATION_SHIFT 24
#define ICR_LOGICAL           BIT32(11)
#define ICR_ASSERT            BIT32(14)
#define ICR_LEVEL             BIT32(15)
#define DFR_FLAT              UINT32_C(0xf)
#define DFR_CLUSTER           UINT32_C(0x0)
#define ID_SHIFT              24

/* ICR bits 19:18 (11.6.1). */
enum icr_shorthand {
    ICR_NO_SHORTHAND = 0,
    ICR_SELF = 1,
    ICR_ALL = 2,
    ICR_ALL_BUT_SELF = 3,
};

static const struct trace_desc desc_accept = {.name = "accept",
                                              .fields = {"vector", "is_level", "was_pending"}};
static const struct trace_desc desc_ack = {.name = "ack", .fields = {"vector", "ppr"}};
static const struct trace_desc desc_spurious = {.name = "spurious", .fields = {"vector"}};
static const struct trace_desc desc_eoi = {.name = "eoi", .fields = {"vector", "is_broadcast"}};
static const struct trace_desc desc_ipi = {
    .name = "ipi", .fields = {"shorthand", "destination", "delivery", "vector"}};
static const struct trace_desc desc_signal = {.name = "signal", .fields = {"delivery", "vector"}};
static const struct trace_desc desc_error = {.name = "error", .fields = {"bits"}};
static const struct trace_desc *const events[] = {
    &desc_accept, &desc_ack, &desc_spurious, &desc_eoi, &desc_ipi, &desc_signal, &desc_error, NULL};

/* ---- 256-bit registers ----------------------------------------------------------------------- */

static bool has_vector(const uint32_t words[LAPIC_VECTOR_WORDS], uint8_t vector)
{
    return (words[vector / 32] & BIT32(vector % 32)) != 0;
}

static void set_vector(uint32_t words[LAPIC_VECTOR_WORDS], uint8_t vector, bool value)
{
    uint32_t bit = BIT32(vector % 32);

    words[vector / 32] = value ? words[vector / 32] | bit : words[vector / 32] & ~bit;
}

int lapic_highest(const uint32_t words[LAPIC_VECTOR_WORDS])
{
    for (int i = LAPIC_VECTOR_WORDS - 1; i >= 0; i--) {
        if (words[i] != 0) return 32 * i + 31 - __builtin_clz(words[i]);
    }
    return -1;
}

/* ---- Priorities (11.8.3) --------------------------------------------------------------------- */

static uint8_t class_of(int vector)
{
    return vector < 0 ? 0 : (uint8_t)(vector & 0xf0);
}

uint8_t lapic_ppr(const struct lapic *lapic)
{
    uint8_t in_service = class_of(lapic_highest(lapic->isr));
    uint8_t tpr = (uint8_t)lapic->tpr;

    /* With equal classes the low bits may be either's (11.8.3.1): here the task priority's. */
    return (tpr & 0xf0) >= in_service ? tpr : in_service;
}

uint8_t lapic_apr(const struct lapic *lapic)
{
    uint8_t in_service = class_of(lapic_highest(lapic->isr));
    uint8_t requested = class_of(lapic_highest(lapic->irr));
    uint8_t task = lapic->tpr & 0xf0;

    if (task >= requested && task > in_service) return (uint8_t)lapic->tpr;
    return (uint8_t)max_u64(task, max_u64(in_service, requested));
}

/* The vector that may be delivered now, or -1. Works while software disabled too: what is in
 * IRR is held until taken. */
static int deliverable(const struct lapic *lapic)
{
    int vector = lapic_highest(lapic->irr);

    return class_of(vector) > (lapic_ppr(lapic) & 0xf0) ? vector : -1;
}

static void drive_intr(struct lapic *lapic)
{
    bool level = lapic_is_extint_requested(lapic);

    if (lapic_is_enabled(&lapic->device) && deliverable(lapic) >= 0) {
        level = true;
    }
    if (level == lapic->intr_level) return;
    lapic->intr_level = level;
    lapic->outputs.intr(lapic->outputs.ctx, lapic->core, level);
}

void lapic_update(struct lapic *lapic)
{
    lapic_timer_arm(lapic);
    drive_intr(lapic);
}

/* ---- Errors (11.5.3) ------------------------------------------------------------------------- */

void lapic_error(struct lapic *lapic, uint32_t bits)
{
    lapic->errors |= bits;
    TRACE(lapic->device.env.trace, &lapic->device, &desc_error, bits);
    if (lapic->is_error_signalled || (lapic->lvt[LVT_ERROR] & LVT_MASK) != 0) return;
    lapic->is_error_signalled = true;
    lapic_lvt_signal(lapic, LVT_ERROR);
}

/* ---- Acceptance, acknowledge, end of interrupt (11.8.4, 11.8.5) ------------------------------ */

bool lapic_accept_fixed(struct lapic *lapic, uint8_t vector, bool is_level)
{
    if (vector < APIC_VECTOR_MIN) {
        lapic_error(lapic, ESR_RECEIVE_ILLEGAL_VECTOR);
        return false;
    }
    lapic->accepted[vector] = TRACE(lapic->device.env.trace, &lapic->device, &desc_accept, vector,
                                    is_level, has_vector(lapic->irr, vector));
    set_vector(lapic->irr, vector, true);
    set_vector(lapic->tmr, vector, is_level);
    lapic_update(lapic);
    return true;
}

static int ack_fixed(struct lapic *lapic, uint8_t vector)
{
    struct trace *trace = lapic->device.env.trace;
    const uint64_t previous = trace_cause_begin(trace, lapic->accepted[vector]);

    lapic->served[vector] = TRACE(trace, &lapic->device, &desc_ack, vector, lapic_ppr(lapic));
    trace_cause_end(trace, previous);
    set_vector(lapic->irr, vector, false);
    set_vector(lapic->isr, vector, true);
    lapic_update(lapic);
    return vector;
}

static int ack_extint(struct lapic *lapic)
{
    int vector;

    lapic->is_extint_latched = false;
    vector = lapic->outputs.extint_ack(lapic->outputs.ctx, lapic->core);
    lapic_update(lapic);
    return vector;
}

int lapic_intr_ack(struct device *device)
{
    struct lapic *lapic = lapic_of(device);
    int vector = deliverable(lapic);
    int requested = lapic_highest(lapic->irr);
    int spurious = (int)(lapic->svr & SVR_VECTOR);

    if (!lapic_is_enabled(device)) {
        return lapic_is_extint_requested(lapic) ? ack_extint(lapic) : -1;
    }
    if (vector >= 0) return ack_fixed(lapic, (uint8_t)vector);
    if (lapic_is_extint_requested(lapic)) return ack_extint(lapic);
    if (class_of(requested) <= class_of(lapic_highest(lapic->isr))) return -1;
    /* 11.9: the task priority was raised to or above the request before the INTA cycle. */
    TRACE(device->env.trace, device, &desc_spurious, (uint64_t)spurious);
    return spurious;
}

uint64_t lapic_cause(const struct device *device)
{
    const struct lapic *lapic = (const struct lapic *)(const void *)device;
    const int vector = lapic_highest(lapic->isr);

    return vector >= 0 ? lapic->served[vector] : 0;
}

void lapic_eoi(struct lapic *lapic)
{
    int highest = lapic_highest(lapic->isr);
    uint8_t vector = (uint8_t)highest;
    bool is_level;
    bool is_broadcast;

    if (highest < 0) return; /* after a spurious vector by mistake: nothing is in service */
    set_vector(lapic->isr, vector, false);
    is_level = has_vector(lapic->tmr, vector);
    is_broadcast = is_level && (lapic->svr & SVR_EOI_SUPPRESSION) == 0;
    TRACE(lapic->device.env.trace, &lapic->device, &desc_eoi, vector, is_broadcast);
    if (is_level) {
        lapic_lint_eoi(lapic, vector);
    }
    if (is_broadcast && lapic->bus != NULL) {
        apic_bus_eoi(lapic->bus, vector);
    }
    lapic_update(lapic);
}

/* ---- Messages -------------------------------------------------------------------------------- */

uint8_t lapic_id(const struct device *device)
{
    return (uint8_t)(((const struct lapic *)device)->id >> ID_SHIFT);
}

uint8_t lapic_arbitration(const struct device *device)
{
    return lapic_apr((const struct lapic *)device);
}

bool lapic_is_accepting(const struct device *device)
{
    return lapic_is_enabled(device) && lapic_is_software_enabled((const struct lapic *)device);
}

/* 11.6.2.2: the flat model matches bits, the cluster model a cluster number and bits in it. */
static bool matches_logical(const struct lapic *lapic, uint8_t destination)
{
    uint8_t own = (uint8_t)(lapic->ldr >> ID_SHIFT);
    uint32_t model = lapic->dfr >> 28;

    if (model == DFR_FLAT) return (own & destination) != 0;
    if (model != DFR_CLUSTER) return false; /* neither model: undefined, matches nothing */
    return (own & 0xf0) == (destination & 0xf0) && (own & destination & 0x0f) != 0;
}

bool lapic_is_destination(struct device *device, const struct apic_message *message)
{
    const struct lapic *lapic = lapic_of(device);

    if (!lapic_is_enabled(device)) return false;
    if (message->destination == APIC_DESTINATION_ALL) return true;
    if (message->is_logical) return matches_logical(lapic, message->destination);
    return lapic_id(device) == message->destination;
}

void lapic_receive_init(struct lapic *lapic)
{
    lapic_enter_init_state(lapic);
    lapic->outputs.init(lapic->outputs.ctx, lapic->core);
}

bool lapic_deliver(struct device *device, const struct apic_message *message)
{
    struct lapic *lapic = lapic_of(device);

    switch (message->delivery) {
    case APIC_FIXED:
    case APIC_LOWEST_PRIORITY:
        if (!lapic_is_accepting(device)) return false;
        if (message->is_level && !message->is_asserted) return true;
        return lapic_accept_fixed(lapic, message->vector, message->is_level);
    case APIC_SMI: device_unimplemented(device, "SMI message", message->vector, 0); return true;
    case APIC_RESERVED: return false;
    case APIC_NMI:
    case APIC_INIT:
    case APIC_STARTUP:
    case APIC_EXTINT: break;
    }
    TRACE(device->env.trace, device, &desc_signal, message->delivery, message->vector);
    if (message->delivery == APIC_NMI) {
        lapic->outputs.nmi(lapic->outputs.ctx, lapic->core);
    } else if (message->delivery == APIC_STARTUP) {
        lapic->outputs.sipi(lapic->outputs.ctx, lapic->core, message->vector);
    } else if (message->delivery == APIC_EXTINT) {
        if (!lapic_is_accepting(device)) return false;
        lapic->is_extint_latched = true;
        lapic_update(lapic);
    } else if (!message->is_level || message->is_asserted) {
        lapic_receive_init(lapic);
    }
    return true;
}

/* ---- Interprocessor interrupts (11.6.1) ------------------------------------------------------ */

/* Table 11-3: which delivery modes go with a shorthand. */
static bool is_valid_ipi(enum icr_shorthand shorthand, enum apic_delivery delivery)
{
    if (delivery == APIC_RESERVED || delivery == APIC_EXTINT) return false;
    if (shorthand == ICR_SELF || shorthand == ICR_ALL) return delivery == APIC_FIXED;
    return true;
}

/* To itself, or over the bus. Without a bus there is only itself. */
static void route_ipi(struct lapic *lapic, enum icr_shorthand shorthand,
                      const struct apic_message *message)
{
    struct device *device = &lapic->device;
    const struct device *except = shorthand == ICR_ALL_BUT_SELF ? device : NULL;
    bool is_alone = lapic->bus == NULL;

    if (shorthand == ICR_SELF ||
        (is_alone && except == NULL && lapic_is_destination(device, message))) {
        (void)lapic_deliver(device, message);
    } else if (!is_alone) {
        (void)apic_bus_send(lapic->bus, message, except);
    }
}

/* Note 1 of table 11-3: the trigger mode bit is overridden, every IPI is edge-triggered. */
void lapic_send_ipi(struct lapic *lapic)
{
    struct device *device = &lapic->device;
    uint32_t icr = lapic->icr_low;
    enum icr_shorthand shorthand = (enum icr_shorthand)bits_get(icr, 19, 18);
    struct apic_message message = {
        .destination = (uint8_t)(lapic->icr_high >> ICR_DESTINATION_SHIFT),
        .is_logical = (icr & ICR_LOGICAL) != 0,
        .delivery = (enum apic_delivery)bits_get(icr, 10, 8),
        .vector = (uint8_t)icr,
    };
    bool is_fixed = message.delivery == APIC_FIXED || message.delivery == APIC_LOWEST_PRIORITY;

    TRACE(device->env.trace, device, &desc_ipi, shorthand, message.destination, message.delivery,
          message.vector);
    /* This form, to all with itself included, only synchronised arbitration IDs, which processors
     * since family 15 do not have. */
    if (message.delivery == APIC_INIT && (icr & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL) return;
    if (!is_valid_ipi(shorthand, message.delivery)) {
        device_guest_error(device, "ICR: reserved combination", icr, lapic->icr_high);
        return;
    }
    if (is_fixed && message.vector < APIC_VECTOR_MIN) {
        lapic_error(lapic, ESR_SEND_ILLEGAL_VECTOR);
        return;
    }
    if (shorthand == ICR_ALL || shorthand == ICR_ALL_BUT_SELF) {
        message.destination = APIC_DESTINATION_ALL;
        message.is_logical = false;
    }
    route_ipi(lapic, shorthand, &message);
}

/* ---- Pins, CR8, IA32_APIC_BASE --------------------------------------------------------------- */

uint8_t lapic_tpr_get(struct device *device)
{
    return (uint8_t)(lapic_of(device)->tpr >> 4);
}

void lapic_tpr_set(struct device *device, uint8_t tpr)
{
    struct lapic *lapic = lapic_of(device);

    lapic->tpr = (uint32_t)(tpr & 0xf) << 4;
    lapic_update(lapic);
}

bool lapic_is_enabled(const struct device *device)
{
    return (((const struct lapic *)device)->base & APIC_BASE_ENABLE) != 0;
}

uint64_t lapic_base_get(struct device *device)
{
    return lapic_of(device)->base;
}

bool lapic_base_set(struct device *device, uint64_t value)
{
    struct lapic *lapic = lapic_of(device);
    uint64_t address = bits_mask(LAPIC_PHYS_BITS) & ~bits_mask(12);
    bool was_enabled = lapic_is_enabled(device);

    /* x2APIC is not offered, so its enable bit is as reserved as the others. */
    if ((value & ~(address | APIC_BASE_ENABLE | APIC_BASE_BSP)) != 0) return false;
    if ((value & address) != APIC_PAGE_BASE) {
        device_unimplemented(device, "local APIC page moved", value, lapic->base);
    }
    lapic->base = value;
    if (was_enabled && !lapic_is_enabled(device)) {
        /* 11.4.3: what was set up is lost; enabling again finds the power-up state. */
        lapic_enter_init_state(lapic);
    }
    lapic_update(lapic);
    return true;
}

/* ---- Life ------------------------------------------------------------------------------------ */

void lapic_enter_init_state(struct lapic *lapic)
{
    lapic_timer_stop(lapic);
    /* The APIC ID is declared sticky: a reset that is not cold leaves it alone. */
    for (const struct reg_bank *bank = lapic_banks; bank->name != NULL; bank++) {
        reg_bank_reset(&lapic->device, bank, false);
    }
    lapic->errors = 0;
    lapic->is_error_signalled = false;
    lapic->is_extint_latched = false;
    memset(lapic->accepted, 0, sizeof(lapic->accepted));
    memset(lapic->served, 0, sizeof(lapic->served));
    lapic_update(lapic);
}

static int init(struct device *device, const void *config, struct error *err)
{
    struct lapic *lapic = lapic_of(device);
    const struct lapic_config *own = config;

    if (own->timer_hz == 0) return error_usage(err, "%s: the timer needs a clock", device->path);
    lapic->bus = own->bus;
    lapic->outputs = own->outputs;
    lapic->core = own->core;
    lapic->initial_id = own->apic_id;
    lapic->is_bsp = own->is_bsp;
    lapic->has_eoi_suppression = own->has_eoi_suppression;
    lapic->timer_hz = own->timer_hz;
    lapic_timer_init(lapic);
    return lapic->bus != NULL ? apic_bus_add_lapic(lapic->bus, lapic->core, device, err) : 0;
}

/* 11.4.7.1. The levels of the pins belong to whoever drives them. */
static void reset(struct device *device, enum reset_kind kind)
{
    struct lapic *lapic = lapic_of(device);

    (void)kind;
    lapic->base = APIC_PAGE_BASE | APIC_BASE_ENABLE | (lapic->is_bsp ? APIC_BASE_BSP : 0);
    lapic->id = (uint32_t)lapic->initial_id << ID_SHIFT;
    lapic_enter_init_state(lapic);
}

static int loaded(struct device *device, struct error *err)
{
    struct lapic *lapic = lapic_of(device);

    if (((lapic->irr[0] | lapic->isr[0]) & bits_mask(APIC_VECTOR_MIN)) != 0) {
        return error_host(err, "snapshot: %s has an illegal vector pending", device->path);
    }
    /* The core is told whatever it knew before. */
    lapic->intr_level = false;
    lapic->outputs.intr(lapic->outputs.ctx, lapic->core, false);
    drive_intr(lapic);
    return 0;
}

static void fini(struct device *device)
{
    struct lapic *lapic = lapic_of(device);

    lapic_timer_stop(lapic);
    if (lapic->bus != NULL) {
        apic_bus_remove_lapic(lapic->bus, device);
    }
}

static void no_intr(void *ctx, unsigned core, bool level)
{
    (void)ctx;
    (void)core;
    (void)level;
}

static void no_signal(void *ctx, unsigned core)
{
    (void)ctx;
    (void)core;
}

static void no_sipi(void *ctx, unsigned core, uint8_t vector)
{
    (void)ctx;
    (void)core;
    (void)vector;
}

static int no_extint(void *ctx, unsigned core)
{
    (void)ctx;
    (void)core;
    return -1;
}

/* A bootstrap processor's local APIC that drives nothing. */
static const struct lapic_config default_config = {
    .is_bsp = true,
    .has_eoi_suppression = true,
    .timer_hz = 25000000,
    .outputs =
        {
            .intr = no_intr,
            .nmi = no_signal,
            .init = no_signal,
            .sipi = no_sipi,
            .extint_ack = no_extint,
        },
};

static const struct snap_field state[] = {
    SNAP_T_ARRAY(struct lapic, accepted),
    SNAP_T_ARRAY(struct lapic, served),
    SNAP_U(struct lapic, base),
    SNAP_U(struct lapic, errors),
    SNAP_U_MAX(struct lapic, is_error_signalled, 1),
    SNAP_U_MAX(struct lapic, is_extint_latched, 1),
    SNAP_U_MAX(struct lapic, pins, 3),
    SNAP_U_MAX(struct lapic, timer.is_running, 1),
    SNAP_U(struct lapic, timer.origin),
    SNAP_U_MAX(struct lapic, timer.period_start, UINT64_MAX / 4),
    SNAP_U_MAX(struct lapic, timer.count, UINT32_MAX),
    SNAP_E(struct lapic, timer.event),
    SNAP_END,
};

const struct device_class lapic_class = {
    .name = "lapic",
    .size = sizeof(struct lapic),
    .version = 2,
    .banks = lapic_banks,
    .state = state,
    .events = events,
    .default_config = &default_config,
    .init = init,
    .reset = reset,
    .loaded = loaded,
    .fini = fini,
};
