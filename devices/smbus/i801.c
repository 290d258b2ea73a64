/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMBus host controller of the 200 series PCH (8086:a2a3): registers, interrupt, life.
 * docs/hardware/i801.md.
 *
 * Modelled: all commands of the host controller at 100 kHz, PEC, the 32-byte buffer and byte by
 * byte, KILL, SPD_WD, I2C_EN, the INUSE semaphore, INTx.
 * Not modelled: SMI# and the clock override (traced); the slave side, Host Notify and SMBALERT#,
 * which need another master on the bus or a device that asks, and there is none: their registers are
 * stored. TCO timer and SMLink: configuration 0x50-0x57 reads 0, which says "no TCO here".
 */
#include <string.h>

#include "devices/pci/inert_parts.h"
#include "devices/smbus/i801_internal.h"
#include "emu/base/bits.h"
#include "emu/base/bug.h"

#define STATUS_CAUSES                                                                    \
    (I801_HSTSTS_INTR | I801_HSTSTS_DEV_ERR | I801_HSTSTS_BUS_ERR | I801_HSTSTS_FAILED | \
     I801_HSTSTS_BYTE_DONE)
#define STATUS_CLEARED (STATUS_CAUSES | I801_HSTSTS_SMBALERT | I801_HSTSTS_INUSE_STS)
#define CONTROL_BITS                                                                   \
    (I801_HSTCNT_INTREN | I801_HSTCNT_KILL | I801_HSTCNT_CMD | I801_HSTCNT_LAST_BYTE | \
     I801_HSTCNT_PEC_EN)
#define CONFIG_BITS                                                                           \
    (I801_HSTCFG_HST_EN | I801_HSTCFG_SMB_SMI_EN | I801_HSTCFG_I2C_EN | I801_HSTCFG_SSRESET | \
     I801_HSTCFG_SPD_WD)
#define RCV_SLV_RESET 0x44u
#define RCV_SLV_BITS  0x7fu
#define SLVCMD_BITS   0x07u
#define PIN_IDLE      (I801_PIN_CLK_CUR | I801_PIN_DATA_CUR | I801_PIN_CLK_CTL)
#define BAR_MEMORY    0u
#define BAR_PORTS     4u

static struct i801 *i801_of(struct device *device)
{
    return (struct i801 *)(void *)device;
}

void i801_update_irq(struct i801 *i801)
{
    uint32_t hstcfg = pci_config_get(&i801->fn, I801_HSTCFG, 1);
    bool is_due = (i801->hststs & STATUS_CAUSES) != 0 && (i801->hstcnt & I801_HSTCNT_INTREN) != 0;
    bool is_smi = (hstcfg & I801_HSTCFG_SMB_SMI_EN) != 0;

    if (is_due && is_smi) {
        device_unimplemented(&i801->fn.device, "SMI# from SMBus", i801->hststs, hstcfg);
    }
    pci_irq(&i801->fn, 0, is_due && !is_smi);
}

/* ---- Registers ---- */

/* The first read of INUSE_STS takes the semaphore. */
static void hststs_read(struct device *device, unsigned index, uint64_t value)
{
    (void)index, (void)value;
    i801_of(device)->hststs |= I801_HSTSTS_INUSE_STS;
}

static void hststs_write(struct device *device, const struct reg_write *write)
{
    struct i801 *i801 = i801_of(device);

    if ((write->old & ~write->now & I801_HSTSTS_BYTE_DONE) != 0) {
        i801_byte_taken(i801);
    }
    i801_update_irq(i801);
}

static void hstcnt_read(struct device *device, unsigned index, uint64_t value)
{
    (void)index, (void)value;
    i801_of(device)->pointer = 0;
}

static void hstcnt_write(struct device *device, const struct reg_write *write)
{
    struct i801 *i801 = i801_of(device);
    uint32_t hstcfg = pci_config_get(&i801->fn, I801_HSTCFG, 1);

    if ((write->now & I801_HSTCNT_KILL) != 0) {
        i801_break(i801, I801_HSTSTS_FAILED);
    }
    if ((write->written & I801_HSTCNT_START) != 0) {
        if ((i801->hststs & (I801_HSTSTS_HOST_BUSY | I801_HSTSTS_DEV_ERR)) != 0) {
            device_guest_error(device, "START while HOST_BUSY or DEV_ERR is set", i801->hststs,
                               write->written);
        } else if ((hstcfg & I801_HSTCFG_HST_EN) == 0 || (write->now & I801_HSTCNT_KILL) != 0) {
            device_guest_error(device, "START without HST_EN or with KILL", hstcfg, write->written);
        } else {
            i801_start(i801);
        }
    }
    i801_update_irq(i801);
}

static uint64_t blkdat_get(struct device *device, unsigned index, uint64_t stored)
{
    const struct i801 *i801 = i801_of(device);

    (void)index;
    return (i801->auxctl & I801_AUXCTL_E32B) != 0 ? i801->buffer[i801->pointer] : stored;
}

static void blkdat_step(struct i801 *i801)
{
    if ((i801->auxctl & I801_AUXCTL_E32B) == 0) return;
    i801->pointer = (uint8_t)((i801->pointer + 1) % I801_BLOCK_MAX);
}

static void blkdat_read(struct device *device, unsigned index, uint64_t value)
{
    (void)index, (void)value;
    blkdat_step(i801_of(device));
}

static void blkdat_write(struct device *device, const struct reg_write *write)
{
    struct i801 *i801 = i801_of(device);

    if ((i801->auxctl & I801_AUXCTL_E32B) == 0) return;
    i801->blkdat = (uint8_t)write->old;
    i801->buffer[i801->pointer] = (uint8_t)write->written;
    blkdat_step(i801);
}

/* The wires: high, but for a clock that waits for software. */
static uint64_t smbus_pin_get(struct device *device, unsigned index, uint64_t stored)
{
    (void)index;
    return i801_of(device)->message.is_waiting ? stored & ~(uint64_t)I801_PIN_CLK_CUR : stored;
}

static void pin_write(struct device *device, const struct reg_write *write)
{
    if ((write->now & I801_PIN_CLK_CTL) != 0) return;
    device_unimplemented(device, "SMBus clock held low by software", write->index, write->now);
}

#define PLAIN(reg_name, at, member, bits)                                               \
    {                                                                                   \
        .name = (reg_name), .offset = (at), .size = 1, REG_BACKED(struct i801, member), \
        .rw = (bits)                                                                    \
    }

static uint64_t get_zero(struct device *device, unsigned index, uint64_t stored)
{
    (void)device, (void)index, (void)stored;
    return 0;
}

#define ZERO(reg_name, at, bytes)                                                          \
    {                                                                                      \
        .name = (reg_name), .offset = (at), .size = (bytes), REG_UNBACKED, .get = get_zero \
    }

static const struct reg regs[] = {
    {.name = "HSTSTS",
     .offset = I801_HSTSTS,
     .size = 1,
     REG_BACKED(struct i801, hststs),
     .w1c = STATUS_CLEARED,
     .is_quiet = true,
     .read = hststs_read,
     .write = hststs_write},
    {.name = "HSTCNT",
     .offset = I801_HSTCNT,
     .size = 1,
     REG_BACKED(struct i801, hstcnt),
     .rw = CONTROL_BITS,
     .read = hstcnt_read,
     .write = hstcnt_write},
    PLAIN("HSTCMD", I801_HSTCMD, hstcmd, UINT8_MAX),
    PLAIN("HSTADD", I801_HSTADD, hstadd, UINT8_MAX),
    PLAIN("HSTDAT0", I801_HSTDAT0, hstdat0, UINT8_MAX),
    PLAIN("HSTDAT1", I801_HSTDAT1, hstdat1, UINT8_MAX),
    {.name = "BLKDAT",
     .offset = I801_BLKDAT,
     .size = 1,
     REG_BACKED(struct i801, blkdat),
     .rw = UINT8_MAX,
     .get = blkdat_get,
     .read = blkdat_read,
     .write = blkdat_write},
    PLAIN("PEC", I801_PEC, pec, UINT8_MAX),
    {.name = "RCV_SLVA",
     .offset = I801_RCV_SLV,
     .size = 1,
     REG_BACKED(struct i801, rcv_slv),
     .reset = RCV_SLV_RESET,
     .rw = RCV_SLV_BITS},
    ZERO("SLV_DATA0", I801_SLVDAT0, 1),
    ZERO("SLV_DATA1", I801_SLVDAT1, 1),
    {.name = "AUXSTS",
     .offset = I801_AUXSTS,
     .size = 1,
     REG_BACKED(struct i801, auxsts),
     .w1c = I801_AUXSTS_CRCE},
    PLAIN("AUXCTL", I801_AUXCTL, auxctl, I801_AUXCTL_CRC | I801_AUXCTL_E32B),
    {.name = "SMLINK_PIN_CTL",
     .offset = I801_SMLINK_PIN,
     .size = 1,
     REG_BACKED(struct i801, smlink_pin),
     .reset = PIN_IDLE,
     .rw = I801_PIN_CLK_CTL,
     .write = pin_write},
    {.name = "SMBUS_PIN_CTL",
     .offset = I801_SMBUS_PIN,
     .size = 1,
     REG_BACKED(struct i801, smbus_pin),
     .reset = PIN_IDLE,
     .rw = I801_PIN_CLK_CTL,
     .get = smbus_pin_get,
     .write = pin_write},
    ZERO("SLVSTS", I801_SLVSTS, 1),
    PLAIN("SLVCMD", I801_SLVCMD, slvcmd, SLVCMD_BITS),
    ZERO("NTFDADD", I801_NTFDADD, 1),
    ZERO("NTFDDAT", I801_NTFDDAT, 2),
    {.name = NULL},
};

static const struct reg_bank banks[] = {
    {.name = "i801",
     .regs = regs,
     .bytes = I801_BAR_BYTES,
     .min_access = 1,
     .max_access = 4,
     .is_nothing_quiet = true},
    {.name = NULL},
};

/* SPD_WD stays until the next reset; SSRESET is over at once. */
static void hstcfg_write(struct pci_fn *fn, unsigned index, uint32_t old, uint32_t now)
{
    struct i801 *i801 = i801_of(&fn->device);

    (void)index;
    pci_config_set(fn, I801_HSTCFG, 1, (now & ~I801_HSTCFG_SSRESET) | (old & I801_HSTCFG_SPD_WD));
    if ((now & I801_HSTCFG_SSRESET) != 0) {
        i801_break(i801, 0);
    }
    i801_update_irq(i801);
}

static const struct pci_reg config_regs[] = {
    {.name = "HSTCFG",
     .offset = I801_HSTCFG,
     .size = 1,
     .rw = CONFIG_BITS,
     .is_hw = true,
     .write = hstcfg_write},
    {.name = NULL},
};

/* ---- Life ---- */

static int i801_init(struct device *device, const void *config, struct error *err)
{
    struct i801 *i801 = i801_of(device);
    const struct i801_config *own = pci_part(config);
    struct pci_described described = own != NULL ? *own->part : pci_part_a2a3;

    BUG_ON(described.desc->regs != NULL || described.desc->bar[BAR_PORTS].bytes != I801_BAR_BYTES);
    i801->desc = *described.desc;
    i801->desc.bar[BAR_MEMORY].bank = &banks[0];
    i801->desc.bar[BAR_PORTS].bank = &banks[0];
    i801->desc.regs = config_regs;
    described.desc = &i801->desc;
    event_init(&i801->wire, "wire", i801_wire_fire, i801);
    return pci_fn_init_described(&i801->fn, &described, config, err);
}

static void i801_reset(struct device *device, enum reset_kind kind)
{
    struct i801 *i801 = i801_of(device);

    i801_forget(i801);
    memset(i801->buffer, 0, sizeof(i801->buffer));
    i801->pointer = 0;
    pci_fn_reset(&i801->fn, kind);
    i801_update_irq(i801);
}

static int i801_loaded(struct device *device, struct error *err)
{
    struct i801 *i801 = i801_of(device);

    if (pci_fn_loaded(&i801->fn, err) != 0) return -1;
    if (!i801_is_sane(i801)) {
        return error_host(err, "%s: the message in the snapshot cannot be", device->path);
    }
    return 0;
}

static void i801_fini(struct device *device)
{
    struct i801 *i801 = i801_of(device);

    sched_cancel(device->env.sched, &i801->wire);
    pci_fn_fini(&i801->fn);
}

struct smbus *i801_bus(struct device *i801)
{
    BUG_ON(i801->class != &i801_class);
    return &i801_of(i801)->bus;
}

static const struct snap_field state[] = {
    PCI_FN_STATE,
    SNAP_E(struct i801, wire),
    SNAP_B(struct i801, buffer),
    SNAP_U_MAX(struct i801, pointer, I801_BLOCK_MAX - 1),
    SNAP_U_MAX(struct i801, message.phase, I801_PHASE_STOP),
    SNAP_U(struct i801, message.shape),
    SNAP_U(struct i801, message.address),
    SNAP_U(struct i801, message.result),
    SNAP_U(struct i801, message.crc),
    SNAP_U_MAX(struct i801, message.is_i2c, 1),
    SNAP_U_MAX(struct i801, message.is_buffered, 1),
    SNAP_U_MAX(struct i801, message.has_pec, 1),
    SNAP_U_MAX(struct i801, message.has_crc, 1),
    SNAP_U_MAX(struct i801, message.is_waiting, 1),
    SNAP_U(struct i801, message.position),
    SNAP_U(struct i801, message.count),
    SNAP_U(struct i801, message.listeners),
    SNAP_END,
};
static const struct trace_desc *const events[] = {PCI_FN_EVENTS, &i801_trace_start, &i801_trace_end,
                                                  NULL};

const struct device_class i801_class = {
    .name = "i801",
    .size = sizeof(struct i801),
    .version = 1,
    .banks = banks,
    .state = state,
    .events = events,
    .init = i801_init,
    .reset = i801_reset,
    .loaded = i801_loaded,
    .fini = i801_fini,
};
