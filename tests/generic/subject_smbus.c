/* SPDX-License-Identifier: GPL-2.0-only */
/* The SMBus controller with EEPROMs and sensors. A random life alone would hardly ever send a whole
 * message to somebody who is there: the poke does it. */
#include "tests/generic/subject_smbus.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "devices/smbus/ee1004.h"
#include "devices/smbus/i801.h"
#include "devices/smbus/i801_regs.h"

#define PORTS   0xe000u
#define MODULES 2u

static struct device *make(struct rig *rig, const struct device_class *class, const char *path,
                           const void *config)
{
    struct error err = ERROR_INIT;
    struct device *device = device_create(class, path, &rig->env, config, &err);

    if (device == NULL) fail_msg("%s: %s", path, err.text);
    rig_own(rig, device);
    return device;
}

void subject_smbus_build(struct rig *rig)
{
    static const char *const eeproms[MODULES] = {"/dimm0/spd", "/dimm1/spd"};
    static const char *const sensors[MODULES] = {"/dimm0/sensor", "/dimm1/sensor"};
    struct device *host = make(rig, &i801_class, "/smbus", NULL);

    for (unsigned i = 0; i < MODULES; i++) {
        const struct ee1004_config eeprom = {.socket = i};
        const struct jc42_config sensor = {.socket = i};

        smbus_attach(i801_bus(host), ee1004_target(make(rig, &ee1004_class, eeproms[i], &eeprom)));
        smbus_attach(i801_bus(host), jc42_target(make(rig, &jc42_class, sensors[i], &sensor)));
    }
}

static void send(struct rig *rig, uint64_t random)
{
    static const uint8_t addresses[] = {0x50, 0x51, 0x36, 0x37, 0x18, 0x19, 0x31, 0x77};

    rig_out(rig, PORTS + I801_HSTSTS, 1, UINT8_MAX);
    rig_out(rig, PORTS + I801_HSTADD, 1, (unsigned)addresses[random & 7] << 1 | (random >> 3 & 1));
    rig_out(rig, PORTS + I801_HSTCMD, 1, random >> 4 & UINT8_MAX);
    rig_out(rig, PORTS + I801_HSTDAT0, 1, random >> 12 & 0x3f);
    rig_out(rig, PORTS + I801_HSTDAT1, 1, random >> 18 & UINT8_MAX);
    rig_out(rig, PORTS + I801_AUXCTL, 1, random >> 26 & 3);
    rig_out(rig, PORTS + I801_HSTCNT, 1,
            I801_HSTCNT_START | (random >> 28 & (I801_HSTCNT_CMD | I801_HSTCNT_INTREN)));
}

void subject_smbus_poke(struct rig *rig, uint64_t random)
{
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0 + 16, 4, PORTS);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_IO);
    rig_write(rig, PCI_LONE_BASE + I801_HSTCFG, 1,
              I801_HSTCFG_HST_EN | ((random >> 40 & 15) == 0 ? I801_HSTCFG_I2C_EN : 0));
    switch (random >> 44 & 7) {
    case 0: rig_out(rig, PORTS + I801_HSTCNT, 1, I801_HSTCNT_KILL); break;
    case 1: rig_out(rig, PORTS + I801_HSTCNT, 1, I801_HSTCNT_LAST_BYTE); break;
    case 2: (void)rig_in(rig, PORTS + I801_BLKDAT, 1); break;
    case 3:
    case 4: rig_out(rig, PORTS + I801_HSTSTS, 1, I801_HSTSTS_BYTE_DONE); break;
    default: send(rig, random); break;
    }
}
