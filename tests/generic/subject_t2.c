/* SPDX-License-Identifier: GPL-2.0-only */
/* The SEP with a driver. Buffers lie at fixed places in RAM, so that the poke needs no memory. */
#include "tests/generic/subject_t2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "devices/apple/t2_sep.h"
#include "devices/apple/t2_sep_regs.h"
#include "devices/pci/pci.h"

#define SEP_BAR      UINT64_C(0x90000000)
#define SEP_BUFFER   UINT64_C(0x10000)
#define PASSWORD     "sesame"
#define BURST        6u
#define OPERATIONS   10u
#define MAILBOX_SPAN 0x30u

static void place(struct rig *rig)
{
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0 + 4 * T2_SEP_BAR, 8, SEP_BAR);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void send(struct rig *rig, uint32_t head, uint32_t word1, uint32_t word2)
{
    rig_write(rig, SEP_BAR + T2_SEP_SEND, 4, head);
    rig_write(rig, SEP_BAR + T2_SEP_SEND + 4, 4, word1);
    rig_write(rig, SEP_BAR + T2_SEP_SEND + 8, 4, word2);
}

static void set_buffer(struct rig *rig, uint32_t operation)
{
    send(rig,
         T2_SEP_EP_CONTROL | operation << T2_SEP_OPERATION_SHIFT |
             T2_SEP_EP_KEYSTORE << T2_SEP_PARAMETER_SHIFT,
         SEP_BUFFER >> T2_SEP_PAGE_SHIFT, T2_SEP_BUFFER_BYTES);
}

static void operate(struct rig *rig, uint64_t random)
{
    uint32_t operation = (uint32_t)(random % OPERATIONS);
    uint32_t length = sizeof(PASSWORD) - 1;

    memcpy(rig->ram + SEP_BUFFER, PASSWORD, sizeof(PASSWORD));
    memcpy(rig->ram + SEP_BUFFER + T2_SEP_NEW_AT, PASSWORD, sizeof(PASSWORD));
    if ((random >> 8 & 3) == 0) {
        rig->ram[SEP_BUFFER] = (uint8_t)(random >> 16);
    }
    if (operation == T2_SEP_CHANGE) {
        length |= length << T2_SEP_LENGTH_SHIFT;
    }
    send(rig, T2_SEP_EP_KEYSTORE | operation << T2_SEP_OPERATION_SHIFT, length, 0);
}

void subject_sep_poke(struct rig *rig, uint64_t random)
{
    place(rig);
    random |= 1;
    for (unsigned i = 0; i < BURST; i++) {
        uint64_t next = rig_random(&random);

        switch (next >> 32 & 7) {
        case 0: set_buffer(rig, T2_SEP_SET_IN); break;
        case 1: set_buffer(rig, T2_SEP_SET_OUT); break;
        case 2:
        case 3: (void)rig_read(rig, SEP_BAR + T2_SEP_REPLY + 8, 4); break;
        default: operate(rig, next); break;
        }
    }
}

void subject_sep_build(struct rig *rig)
{
    static const uint8_t seed[KEY_BYTES] = {1};
    static const uint8_t id[SEP_ID_BYTES] = {2};
    const struct sep_password none = {.data = NULL};
    const struct sep_password password = {.data = PASSWORD, .bytes = sizeof(PASSWORD) - 1};
    struct sep_record record;
    const struct t2_sep_config own = {.record = &record, .password = password};
    const struct pci_config config = {.part = &own};
    struct error err = ERROR_INIT;
    struct device *device;

    assert_int_equal(sep_make(&record, seed), SEP_OK);
    record.iterations = 1;
    assert_int_equal(sep_make_volume(&record, id), SEP_OK);
    assert_int_equal(sep_change_password(&record, &none, &password), SEP_OK);
    device = device_create(&t2_sep_class, "/sep", &rig->env, &config, &err);
    if (device == NULL) {
        fail_msg("/sep: %s", err.text);
    }
    rig_own(rig, device);
}

uint64_t subject_sep_aim(const struct rig *rig, const struct region *region, uint64_t random)
{
    (void)rig;
    if (region->bytes == PCI_CONFIG_BYTES) return random;
    return T2_SEP_REPLY + random % MAILBOX_SPAN;
}
