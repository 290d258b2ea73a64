/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The SMBus host controller: see smbus.h. The ports answer slowly (1 us), so polling needs no pauses. Each transaction has
 * 50 ms: a target may hold the clock for 25 ms before the controller itself calls that an error (SMBus 2.0, 3.1.1).
 */
#include "firmware/drivers/smbus.h"

#include "emu/machine/map.h"
#include "firmware/arch/x86/io.h"

#define SMBUS       PCI_BDF(MAP_ROOT_BUS_PCH, 0x1f, 4)
#define SMBUS_ID    0xa2a38086u
#define PCI_SBA     0x20 /* I/O base address */
#define PCI_HCFG    0x40
#define HCFG_HST_EN 0x01u
#define HCFG_I2C_EN 0x04u /* another protocol for block writes */

#define PORT_HSTS (MAP_PORT_SMBUS_BASE + 0x0)
#define PORT_HCTL (MAP_PORT_SMBUS_BASE + 0x2)
#define PORT_HCMD (MAP_PORT_SMBUS_BASE + 0x3)
#define PORT_TSA  (MAP_PORT_SMBUS_BASE + 0x4)
#define PORT_HD1  (MAP_PORT_SMBUS_BASE + 0x6)
#define PORT_HBD  (MAP_PORT_SMBUS_BASE + 0x7)
#define PORT_AUXC (MAP_PORT_SMBUS_BASE + 0xd)

#define HSTS_HOST_BUSY 0x01u
#define HSTS_INTR      0x02u
#define HSTS_DEV_ERR   0x04u
#define HSTS_BUS_ERR   0x08u
#define HSTS_FAILED    0x10u
#define HSTS_INUSE     0x40u
#define HSTS_BYTE_DONE 0x80u
#define HSTS_ERRORS    (HSTS_DEV_ERR | HSTS_BUS_ERR | HSTS_FAILED)
#define HSTS_EVENTS    (HSTS_ERRORS | HSTS_INTR | HSTS_BYTE_DONE)
#define HCTL_KILL      0x02u
#define HCTL_BYTE      0x04u
#define HCTL_I2C_READ  0x18u
#define HCTL_LAST_BYTE 0x20u
#define HCTL_START     0x40u

#define TRANSACTION_CYCLES (MAP_HZ_TSC / 20)
#define KILL_CYCLES        (MAP_HZ_TSC / 100)
#define TRIES              3

struct deadline {
    uint64_t start;
    uint64_t cycles;
};

static struct deadline deadline_in(uint64_t cycles)
{
    return (struct deadline){.start = rdtsc(), .cycles = cycles};
}

/* Waits for one of `events` and returns all that has happened. 0: not in time. */
static unsigned wait_for(unsigned events, const struct deadline *deadline)
{
    unsigned status;

    do {
        status = inb(PORT_HSTS);
        if ((status & events) != 0) {
            return status;
        }
    } while (rdtsc() - deadline->start < deadline->cycles);
    return 0;
}

static bool wait_until_idle(const struct deadline *deadline)
{
    do {
        if ((inb(PORT_HSTS) & HSTS_HOST_BUSY) == 0) {
            return true;
        }
    } while (rdtsc() - deadline->start < deadline->cycles);
    return false;
}

/* Ends what is under way, whatever it is. */
static bool kill_transaction(void)
{
    const struct deadline deadline = deadline_in(KILL_CYCLES);
    bool is_idle;

    outb(PORT_HCTL, HCTL_KILL);
    is_idle = wait_until_idle(&deadline);
    outb(PORT_HCTL, 0);
    outb(PORT_HSTS, HSTS_EVENTS);
    return is_idle;
}

static enum smbus_status failure(unsigned status)
{
    if ((status & HSTS_FAILED) != 0) {
        return SMBUS_FAILED;
    }
    return (status & HSTS_BUS_ERR) != 0 ? SMBUS_COLLISION : SMBUS_NO_ANSWER;
}

/* The transaction ends by itself now, or is ended. */
static enum smbus_status finish(unsigned status, const struct deadline *deadline)
{
    if ((status & (HSTS_ERRORS | HSTS_INTR)) == 0 || !wait_until_idle(deadline)) {
        (void)kill_transaction();
        return SMBUS_FAILED;
    }
    outb(PORT_HSTS, HSTS_EVENTS);
    return (status & HSTS_ERRORS) != 0 ? failure(status) : SMBUS_OK;
}

static enum smbus_status try_send(uint8_t address, uint8_t byte)
{
    const struct deadline deadline = deadline_in(TRANSACTION_CYCLES);

    outb(PORT_HSTS, HSTS_EVENTS);
    outb(PORT_TSA, (uint8_t)(address << 1));
    outb(PORT_HCMD, byte);
    outb(PORT_HCTL, HCTL_BYTE | HCTL_START);
    return finish(wait_for(HSTS_ERRORS | HSTS_INTR, &deadline), &deadline);
}

/* The command byte goes into HD1, and the address without the read bit. The controller acknowledges every byte but that for
 * which it is told in advance that it is the last. */
static enum smbus_status try_read(uint8_t address, uint8_t offset, uint8_t *to, unsigned bytes)
{
    const struct deadline deadline = deadline_in(TRANSACTION_CYCLES);
    unsigned status = 0;

    outb(PORT_HSTS, HSTS_EVENTS);
    outb(PORT_TSA, (uint8_t)(address << 1));
    outb(PORT_HD1, offset);
    outb(PORT_HCTL, HCTL_I2C_READ | HCTL_START | (bytes == 1 ? HCTL_LAST_BYTE : 0));
    for (unsigned i = 0; i < bytes; i++) {
        status = wait_for(HSTS_ERRORS | HSTS_BYTE_DONE, &deadline);
        if ((status & HSTS_ERRORS) != 0 || status == 0) {
            return finish(status, &deadline);
        }
        to[i] = inb(PORT_HBD);
        if (i + 2 == bytes) {
            outb(PORT_HCTL, HCTL_I2C_READ | HCTL_LAST_BYTE);
        }
        outb(PORT_HSTS, HSTS_BYTE_DONE);
    }
    return finish(wait_for(HSTS_ERRORS | HSTS_INTR, &deadline), &deadline);
}

bool smbus_open(const struct pci_access *pci)
{
    const struct deadline deadline = deadline_in(TRANSACTION_CYCLES);
    uint32_t config;

    if (pci_read(pci, SMBUS, PCI_ID, 4) != SMBUS_ID) {
        return false;
    }
    pci_write(pci, SMBUS, PCI_SBA, 4, MAP_PORT_SMBUS_BASE);
    pci_write(pci, SMBUS, PCI_COMMAND, 2, pci_read(pci, SMBUS, PCI_COMMAND, 2) | PCI_COMMAND_IO);
    config = pci_read(pci, SMBUS, PCI_HCFG, 1);
    pci_write(pci, SMBUS, PCI_HCFG, 1, (config & ~HCFG_I2C_EN) | HCFG_HST_EN);
    outb(PORT_AUXC, 0);
    outb(PORT_HSTS, HSTS_EVENTS);
    return wait_until_idle(&deadline) || kill_transaction();
}

void smbus_close(const struct pci_access *pci)
{
    uint32_t command = pci_read(pci, SMBUS, PCI_COMMAND, 2);

    outb(PORT_HSTS, HSTS_INUSE);
    pci_write(pci, SMBUS, PCI_COMMAND, 2, command & ~PCI_COMMAND_IO);
    pci_write(pci, SMBUS, PCI_SBA, 4, 0);
}

enum smbus_status smbus_send_byte(uint8_t address, uint8_t byte)
{
    enum smbus_status status = SMBUS_COLLISION;

    for (unsigned i = 0; i < TRIES && status == SMBUS_COLLISION; i++) {
        status = try_send(address, byte);
    }
    return status;
}

enum smbus_status smbus_read_block(uint8_t address, uint8_t offset, uint8_t *to, unsigned bytes)
{
    enum smbus_status status = SMBUS_COLLISION;

    for (unsigned i = 0; i < TRIES && status == SMBUS_COLLISION; i++) {
        status = try_read(address, offset, to, bytes);
    }
    return status;
}
