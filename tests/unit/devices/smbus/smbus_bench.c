/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/devices/smbus/smbus_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BITS_MAX 1000u

static void note(struct bench_target *target, const char *format, unsigned value)
{
    size_t length = strlen(target->log);

    snprintf(target->log + length, BENCH_LOG - length, format, value);
}

static bool target_start(void *owner, uint8_t address, bool is_read)
{
    struct bench_target *target = owner;

    if (address != target->address) return false;
    note(target, "[%02x", (unsigned)address << 1 | (is_read ? 1u : 0u));
    return true;
}

static bool target_put(void *owner, uint8_t byte)
{
    struct bench_target *target = owner;

    note(target, " %02x", byte);
    if (target->accepts == 0) {
        note(target, "!", 0);
        return false;
    }
    if (target->accepts != BENCH_FOREVER) target->accepts--;
    return true;
}

static uint8_t target_get(void *owner)
{
    struct bench_target *target = owner;
    uint8_t byte = target->give[target->given % BENCH_BYTES];

    target->given++;
    note(target, "<%02x", byte);
    return byte;
}

static void target_stop(void *owner)
{
    note(owner, "]", 0);
}

static void target_init(struct bench_target *target)
{
    target->address = BENCH_TARGET;
    target->accepts = BENCH_FOREVER;
    target->target = (struct smbus_target){
        .owner = target,
        .start = target_start,
        .put = target_put,
        .get = target_get,
        .stop = target_stop,
    };
}

struct bench *bench_open(void)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    assert_non_null(bench);
    bench->rig = rig_create();
    bench->i801 = rig_device(bench->rig, &i801_class, "/smbus", NULL);
    irq_connect(&((struct pci_fn *)(void *)bench->i801)->intx, probe_sink, &bench->irq, 0);
    target_init(&bench->target);
    smbus_attach(i801_bus(bench->i801), &bench->target.target);
    rig_write(bench->rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0 + 16, 4, BENCH_PORTS);
    rig_write(bench->rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    bench_set_hstcfg(bench, I801_HSTCFG_HST_EN);
    return bench;
}

void bench_close(struct bench *bench)
{
    rig_destroy(bench->rig);
    free(bench);
}

uint8_t bench_in(struct bench *bench, unsigned reg)
{
    return (uint8_t)rig_in(bench->rig, BENCH_PORTS + reg, 1);
}

void bench_out(struct bench *bench, unsigned reg, uint8_t value)
{
    rig_out(bench->rig, BENCH_PORTS + reg, 1, value);
}

uint8_t bench_hstcfg(struct bench *bench)
{
    return (uint8_t)rig_read(bench->rig, PCI_LONE_BASE + I801_HSTCFG, 1);
}

void bench_set_hstcfg(struct bench *bench, uint8_t value)
{
    rig_write(bench->rig, PCI_LONE_BASE + I801_HSTCFG, 1, value);
}

uint8_t bench_status(struct bench *bench)
{
    return (uint8_t)(bench_in(bench, I801_HSTSTS) & ~I801_HSTSTS_INUSE_STS);
}

void bench_prepare(struct bench *bench, uint8_t address, bool is_read, uint8_t command)
{
    bench_out(bench, I801_HSTSTS, UINT8_MAX);
    bench_out(bench, I801_HSTADD, (uint8_t)(address << 1 | (is_read ? 1 : 0)));
    bench_out(bench, I801_HSTCMD, command);
    bench->target.log[0] = '\0';
    bench->target.given = 0;
}

static unsigned wait_done(struct bench *bench)
{
    unsigned bits = 0;

    for (;;) {
        uint8_t status = bench_in(bench, I801_HSTSTS);

        if ((status & I801_HSTSTS_HOST_BUSY) == 0 || (status & I801_HSTSTS_BYTE_DONE) != 0) break;
        assert_true(bits < BITS_MAX);
        rig_advance(bench->rig, BENCH_BIT);
        bits++;
    }
    return bits;
}

unsigned bench_run(struct bench *bench, uint8_t hstcnt)
{
    bench_out(bench, I801_HSTCNT, hstcnt | I801_HSTCNT_START);
    return wait_done(bench);
}

unsigned bench_next(struct bench *bench)
{
    bench_out(bench, I801_HSTSTS, I801_HSTSTS_BYTE_DONE);
    return wait_done(bench);
}
