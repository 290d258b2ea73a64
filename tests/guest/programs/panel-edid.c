/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The panel behind DP AUX channels 0 and 1 of the display controller: hot plug, DPCD 4f1h that puts it to sleep and wakes it,
 * and the bytes of its EDIDs, which go to port 0xE9 for panel-test. VESA DisplayPort 1.2, 2.7; E-DDC 1.2; docs/hardware/panel.md.
 */
#include "tests/guest/lib/dev.h"

#define ID_VEGA_56 0x68671002u
#define BAR5       0x24u

#define DC_HPD_INT_STATUS(channel) (0x12b00u + (channel)*0x20u)
#define SENSE                      0x2u
#define AUX(channel, offset)       (0x13098u + (channel)*0x70u + (offset))
#define CONTROL                    0x00u
#define SW_CONTROL                 0x04u
#define ARB_CONTROL                0x08u
#define INTERRUPT_CONTROL          0x0cu
#define SW_STATUS                  0x10u
#define SW_DATA                    0x18u
#define STATUS_DONE                0x1u
#define STATUS_TIMEOUT             0x80u
#define DATA_READ                  0x1u
#define DATA_FIRST                 0x80000000u

#define NATIVE_WRITE 0x8u
#define NATIVE_READ  0x9u
#define I2C_WRITE    0x4u /* goes on in the next one, as does the first read */
#define I2C_READ     0x5u
#define I2C_READ_END 0x1u
#define DPCD_REV     0x000u
#define DPCD_WAKE    0x4f1u
#define SEGMENT      0x30u
#define EDID         0x50u

#define PIECE      16u
#define EDID_BYTES 256u
#define LIMIT_MS   5u

static uintptr_t regs;

struct request {
    unsigned channel, command;
    uint32_t address;
    unsigned bytes;
    uint8_t *data;
};

static uint32_t get(uint32_t reg)
{
    return mmio_read32(regs + reg);
}

static void set(uint32_t reg, uint32_t value)
{
    mmio_write32(regs + reg, value);
}

/* AUX_SW_STATUS, without DONE when it did not end in time. *reply is the first byte of the answer. */
static uint32_t transact(const struct request *request, unsigned *reply)
{
    unsigned channel = request->channel;
    bool is_write = request->command == NATIVE_WRITE || request->command == I2C_WRITE;
    unsigned sent = is_write ? request->bytes : 0;
    const uint8_t header[4] = {(uint8_t)(request->command << 4 | request->address >> 16),
                               (uint8_t)(request->address >> 8), (uint8_t)request->address,
                               (uint8_t)(request->bytes - 1)};
    uint32_t start = pm_timer();
    uint32_t status;

    set(AUX(channel, INTERRUPT_CONTROL), 2); /* forgets the last one's end */
    for (unsigned i = 0; i < 4 + sent; i++) {
        uint32_t byte = i < 4 ? header[i] : request->data[i - 4];
        set(AUX(channel, SW_DATA), (i == 0 ? DATA_FIRST : 0) | byte << 8);
    }
    set(AUX(channel, SW_CONTROL), (4 + sent) << 16 | 1);
    do {
        status = get(AUX(channel, SW_STATUS));
    } while ((status & STATUS_DONE) == 0 && pm_before(start, LIMIT_MS));
    set(AUX(channel, SW_DATA), DATA_FIRST | DATA_READ);
    *reply = get(AUX(channel, SW_DATA)) >> 8 & 0xff;
    for (unsigned i = 0; !is_write && i < request->bytes; i++) {
        request->data[i] = (uint8_t)(get(AUX(channel, SW_DATA)) >> 8);
    }
    return status;
}

/* Ended, acknowledged, and the reply has as many bytes as it should. */
static bool is_good(const struct request *request)
{
    bool is_write = request->command == NATIVE_WRITE || request->command == I2C_WRITE;
    unsigned reply;
    uint32_t status = transact(request, &reply);

    return (status & (STATUS_DONE | STATUS_TIMEOUT)) == STATUS_DONE && reply == 0 &&
           (status >> 24 & 0x1f) == (is_write ? 1 : 1 + request->bytes);
}

static bool is_connected(unsigned channel)
{
    return (get(DC_HPD_INT_STATUS(channel)) & SENSE) != 0;
}

static uint8_t dpcd_read(uint32_t address)
{
    uint8_t value = 0;
    struct request request = {0, NATIVE_READ, address, 1, &value};

    report(is_good(&request), "DPCD %03xh is read", (unsigned)address);
    return value;
}

static void wake(uint8_t value)
{
    struct request request = {0, NATIVE_WRITE, DPCD_WAKE, 1, &value};

    report(is_good(&request), "DPCD 4f1h takes %u", value);
    report_eq(dpcd_read(DPCD_WAKE), value, "DPCD 4f1h reads %u", value);
    report(is_connected(0), "the left link is there");
    report_eq(is_connected(1), value, "the right link is there when the panel is awake (%u)",
              value);
}

static void show_edid(unsigned channel, const char *name)
{
    uint8_t edid[EDID_BYTES] = {0};
    uint8_t zero = 0;
    struct request segment = {channel, I2C_WRITE, SEGMENT, 1, &zero};
    struct request start = {channel, I2C_WRITE, EDID, 1, &zero};
    bool is_read = is_good(&segment) && is_good(&start);

    for (unsigned at = 0; at < EDID_BYTES; at += PIECE) {
        struct request piece = {channel, at + PIECE < EDID_BYTES ? I2C_READ : I2C_READ_END, EDID,
                                PIECE, edid + at};
        is_read = is_good(&piece) && is_read;
    }
    report(is_read, "the EDID %s is read", name);
    print("EDID %s ", name);
    for (unsigned i = 0; i < EDID_BYTES; i++) {
        print("%02x", edid[i]);
    }
    print("\n");
}

static void nobody_answers(unsigned channel)
{
    uint8_t value;
    unsigned reply;
    struct request request = {channel, NATIVE_READ, DPCD_REV, 1, &value};

    report((transact(&request, &reply) & (STATUS_DONE | STATUS_TIMEOUT)) ==
               (STATUS_DONE | STATUS_TIMEOUT),
           "channel %u times out", channel);
}

void guest_main(void)
{
    uintptr_t gpu = pci_find(ID_VEGA_56);

    if (gpu == 0) guest_panic("there is no Vega 10");
    regs = mmio_read32(gpu + BAR5) & ~0xfu;
    for (unsigned i = 0; i < 6; i++) {
        set(AUX(i, CONTROL), 1);
        set(AUX(i, ARB_CONTROL), 0x10000);
    }
    report_eq(dpcd_read(DPCD_REV), 0x12, "DisplayPort 1.2");
    report_eq(dpcd_read(DPCD_WAKE), 1, "the firmware has woken the panel");
    wake(0);
    show_edid(0, "root");
    for (unsigned i = 1; i < 6; i++) {
        nobody_answers(i);
    }
    wake(1);
    show_edid(0, "left");
    show_edid(1, "right");
}
