/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench of apic_bench.h. */
#include "tests/unit/devices/chipset/apic_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void hear_intr(void *ctx, unsigned core, bool level)
{
    struct bench *bench = ctx;

    bench->heard[core].intr = level;
    bench->heard[core].intr_changes++;
}

static void hear_nmi(void *ctx, unsigned core)
{
    ((struct bench *)ctx)->heard[core].nmis++;
}

static void hear_init(void *ctx, unsigned core)
{
    ((struct bench *)ctx)->heard[core].inits++;
}

static void hear_sipi(void *ctx, unsigned core, uint8_t vector)
{
    struct bench *bench = ctx;

    bench->heard[core].sipis++;
    bench->heard[core].sipi_vector = vector;
}

static int ack_pic(void *ctx, unsigned core)
{
    struct bench *bench = ctx;

    bench->heard[core].extint_acks++;
    return i8259_ack(bench->pic);
}

static void create_lapic(struct bench *bench, unsigned core)
{
    struct lapic_config config = *(const struct lapic_config *)lapic_class.default_config;
    char path[16];

    (void)snprintf(path, sizeof(path), "/lapic%u", core);
    config.core = core;
    config.apic_id = (uint8_t)(2 * core);
    config.is_bsp = core == 0;
    config.bus = bench->bus;
    config.outputs = (struct lapic_core){
        .ctx = bench,
        .intr = hear_intr,
        .nmi = hear_nmi,
        .init = hear_init,
        .sipi = hear_sipi,
        .extint_ack = ack_pic,
    };
    bench->lapic[core] = rig_device(bench->rig, &lapic_class, path, &config);
}

struct bench *bench_create(void)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct ioapic_config config = *(const struct ioapic_config *)ioapic_class.default_config;

    assert_non_null(bench);
    bench->rig = rig_create();
    bench->bus = rig_device(bench->rig, &apic_bus_class, "/apic-bus", NULL);
    for (unsigned i = 0; i < BENCH_CORES; i++) {
        create_lapic(bench, i);
    }
    config.bus = bench->bus;
    bench->ioapic = rig_device(bench->rig, &ioapic_class, "/ioapic", &config);
    bench->pic = rig_device(bench->rig, &i8259_class, "/pic", NULL);
    return bench;
}

void bench_destroy(struct bench *bench)
{
    rig_destroy(bench->rig);
    free(bench);
}

void bench_enable(struct bench *bench)
{
    for (unsigned i = 0; i < BENCH_CORES; i++) {
        lapic_put(bench, i, R_SVR, 0x1ff);
    }
}

uint32_t lapic_get(struct bench *bench, unsigned core, uint32_t offset)
{
    bus_set_initiator(bench->rig->memory, core);
    return (uint32_t)rig_read(bench->rig, MAP_LAPIC_BASE + offset, 4);
}

void lapic_put(struct bench *bench, unsigned core, uint32_t offset, uint32_t value)
{
    bus_set_initiator(bench->rig->memory, core);
    rig_write(bench->rig, MAP_LAPIC_BASE + offset, 4, value);
}

bool lapic_bit(struct bench *bench, unsigned core, uint32_t base, uint8_t vector)
{
    return (lapic_get(bench, core, base + vector / 32u * 16) >> vector % 32 & 1) != 0;
}

void lapic_self(struct bench *bench, unsigned core, uint8_t vector)
{
    lapic_put(bench, core, R_ICR, 0x44000u | vector);
}

int lapic_ack(struct bench *bench, unsigned core)
{
    return lapic_intr_ack(bench->lapic[core]);
}

void lapic_end(struct bench *bench, unsigned core)
{
    lapic_put(bench, core, R_EOI, 0);
}

uint32_t lapic_errors(struct bench *bench, unsigned core)
{
    lapic_put(bench, core, R_ESR, 0);
    return lapic_get(bench, core, R_ESR);
}

uint32_t ioapic_get(struct bench *bench, uint8_t index)
{
    rig_write(bench->rig, MAP_IOAPIC_BASE, 4, index);
    return (uint32_t)rig_read(bench->rig, MAP_IOAPIC_BASE + 0x10, 4);
}

void ioapic_put(struct bench *bench, uint8_t index, uint32_t value)
{
    rig_write(bench->rig, MAP_IOAPIC_BASE, 4, index);
    rig_write(bench->rig, MAP_IOAPIC_BASE + 0x10, 4, value);
}

void ioapic_entry_put(struct bench *bench, unsigned pin, uint64_t entry)
{
    ioapic_put(bench, (uint8_t)(0x11 + 2 * pin), (uint32_t)(entry >> 32));
    ioapic_put(bench, (uint8_t)(0x10 + 2 * pin), (uint32_t)entry);
}

uint64_t ioapic_entry(struct bench *bench, unsigned pin)
{
    return (uint64_t)ioapic_get(bench, (uint8_t)(0x11 + 2 * pin)) << 32 |
           ioapic_get(bench, (uint8_t)(0x10 + 2 * pin));
}

void pic_init(struct rig *rig)
{
    rig_out(rig, 0x20, 1, 0x11);
    rig_out(rig, 0x21, 1, 0x20);
    rig_out(rig, 0x21, 1, 0x04);
    rig_out(rig, 0x21, 1, 0x01);
    rig_out(rig, 0xa0, 1, 0x11);
    rig_out(rig, 0xa1, 1, 0x28);
    rig_out(rig, 0xa1, 1, 0x02);
    rig_out(rig, 0xa1, 1, 0x01);
}
