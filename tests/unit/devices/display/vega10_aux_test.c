/* SPDX-License-Identifier: GPL-2.0-only */
/* DP AUX channels, hot plug and the panel at their other end (DisplayPort 1.2; hardware.md 6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "emu/base/bits.h"
#include "tests/unit/devices/display/vega10_bench.h"

#define AUX(channel, offset) (0x13098u + 0x70u * (channel) + (offset))
#define AUX_CONTROL          0x00u
#define AUX_SW_CONTROL       0x04u
#define AUX_ARB_CONTROL      0x08u
#define AUX_INTERRUPT        0x0cu
#define AUX_SW_STATUS        0x10u
#define AUX_SW_DATA          0x18u
#define HPD(channel, offset) (0x12b00u + 0x20u * (channel) + (offset))
#define DISP_INTERRUPT       0x129fcu

#define SET_INDEX    BIT32(31)
#define DONE         BIT32(0)
#define TIMEOUT      BIT32(7)
#define DISCONNECTED BIT32(9)

#define NATIVE_WRITE 0x8u
#define NATIVE_READ  0x9u
#define I2C_WRITE    0x4u /* with MOT */
#define I2C_READ     0x5u
#define I2C_STOP     0x1u /* a read that ends the transfer */

static const uint8_t root_edid[VEGA10_EDID_BYTES] = {[0] = 0x11, [127] = 0x12, [128] = 0x13};
static const uint8_t left_edid[VEGA10_EDID_BYTES] = {[0] = 0x21, [255] = 0x22};
static const uint8_t right_edid[VEGA10_EDID_BYTES] = {[0] = 0x31};
static const struct vega10_panel panel = {.root = root_edid, .tile = {left_edid, right_edid}};

static int panel_setup(void **state)
{
    struct vega10_bench *b = vega10_bench_create(&panel);

    for (unsigned i = 0; i < 6; i++) {
        vega10_set(b, AUX(i, AUX_CONTROL), 1);
    }
    *state = b;
    return 0;
}

#define PANEL_TEST(test) cmocka_unit_test_setup_teardown(test, panel_setup, vega10_bench_teardown)

struct request {
    unsigned channel;
    uint32_t command;
    uint32_t address;
    unsigned length;
};

static void put(struct vega10_bench *b, unsigned channel, uint32_t byte, bool is_first)
{
    vega10_set(b, AUX(channel, AUX_SW_DATA), byte << 8 | (is_first ? SET_INDEX : 0));
}

/* A transaction as a driver does it; `data` is sent or filled. Returns AUX_SW_STATUS; the command
 * byte of the reply is in *reply. */
static uint32_t transact(struct vega10_bench *b, const struct request *request, uint8_t *data,
                         uint8_t *reply)
{
    unsigned channel = request->channel;
    bool is_write = (request->command & 3) == 0;
    uint32_t bytes = 4 + (is_write ? request->length : 0);
    uint32_t status;

    vega10_set(b, AUX(channel, AUX_INTERRUPT), BIT32(1));
    put(b, channel, request->command << 4 | request->address >> 16, true);
    put(b, channel, request->address >> 8 & 0xff, false);
    put(b, channel, request->address & 0xff, false);
    put(b, channel, request->length - 1, false);
    for (unsigned i = 0; is_write && i < request->length; i++) {
        put(b, channel, data[i], false);
    }
    vega10_set(b, AUX(channel, AUX_SW_CONTROL), bytes << 16 | 1);
    assert_int_equal(vega10_get(b, AUX(channel, AUX_SW_STATUS)) & DONE, 0);
    rig_advance(b->rig, VTIME_MS(1));
    status = vega10_get(b, AUX(channel, AUX_SW_STATUS));
    vega10_set(b, AUX(channel, AUX_SW_DATA), SET_INDEX | 1);
    *reply = (uint8_t)(vega10_get(b, AUX(channel, AUX_SW_DATA)) >> 8);
    for (unsigned i = 0; !is_write && i + 1 < (status >> 24 & 0x1f); i++) {
        data[i] = (uint8_t)(vega10_get(b, AUX(channel, AUX_SW_DATA)) >> 8);
    }
    return status;
}

static uint8_t dpcd_get(struct vega10_bench *b, unsigned channel, uint32_t address)
{
    uint8_t data[16] = {0};
    uint8_t reply;
    uint32_t status =
        transact(b, &(struct request){channel, NATIVE_READ, address, 1}, data, &reply);

    assert_int_equal(status >> 24 & 0x1f, 2);
    assert_int_equal(reply, 0);
    return data[0];
}

static void dpcd_set(struct vega10_bench *b, unsigned channel, uint32_t address, uint8_t value)
{
    uint8_t data[16] = {value};
    uint8_t reply;
    uint32_t status =
        transact(b, &(struct request){channel, NATIVE_WRITE, address, 1}, data, &reply);

    assert_int_equal(status >> 24 & 0x1f, 1);
    assert_int_equal(reply, 0);
}

/* Sixteen bytes of the EDID from `offset` on. */
static void edid_get(struct vega10_bench *b, unsigned channel, uint8_t offset, uint8_t data[16])
{
    uint8_t reply;

    data[0] = offset;
    (void)transact(b, &(struct request){channel, I2C_WRITE, 0x50, 1}, data, &reply);
    assert_int_equal(reply, 0);
    (void)transact(b, &(struct request){channel, I2C_READ, 0x50, 16}, data, &reply);
    assert_int_equal(reply, 0);
}

static void receiver_capabilities(void **state)
{
    struct vega10_bench *b = *state;
    uint8_t data[16] = {0};
    uint8_t reply;
    uint32_t status = transact(b, &(struct request){0, NATIVE_READ, 0, 16}, data, &reply);

    assert_int_equal(status >> 24 & 0x1f, 17);
    assert_int_equal(status & (DONE | TIMEOUT), DONE);
    assert_int_equal(data[0], 0x12); /* DPCD 1.2 */
    assert_int_equal(data[1], 0x14); /* HBR2 */
    assert_int_equal(data[2] & 0x1f, 4);
}

static void the_sleeping_panel_shows_its_root_edid(void **state)
{
    struct vega10_bench *b = *state;
    uint8_t data[16];

    edid_get(b, 0, 0, data);
    assert_int_equal(data[0], 0x11);
    edid_get(b, 0, 127, data);
    assert_int_equal(data[0], 0x12);
    assert_int_equal(data[1], 0x13); /* reads go on where they were */
}

static void awake_it_shows_two_tiles(void **state)
{
    struct vega10_bench *b = *state;
    uint8_t data[16];

    assert_int_equal(vega10_get(b, HPD(1, 0)), 0);
    dpcd_set(b, 0, 0x4f1, 1);
    assert_int_equal(dpcd_get(b, 0, 0x4f1), 1);
    assert_int_equal(vega10_get(b, HPD(1, 0)) & BIT32(1), BIT32(1));
    edid_get(b, 0, 0, data);
    assert_int_equal(data[0], 0x21);
    edid_get(b, 1, 0, data);
    assert_int_equal(data[0], 0x31);
    edid_get(b, 0, 255, data);
    assert_int_equal(data[0], 0x22);
    assert_int_equal(data[1], 0x21); /* and wrap */
}

static void a_segment_that_is_not_there(void **state)
{
    struct vega10_bench *b = *state;
    uint8_t data[16] = {1};
    uint8_t reply;

    (void)transact(b, &(struct request){0, I2C_WRITE, 0x30, 1}, data, &reply);
    assert_int_equal(reply, 0);
    edid_get(b, 0, 0, data);
    assert_int_equal(data[0], 0xff);
    (void)transact(b, &(struct request){0, I2C_STOP, 0x50, 1}, data, &reply);
    edid_get(b, 0, 0, data);
    assert_int_equal(data[0], 0x11);
}

static void nobody_at_another_i2c_address(void **state)
{
    struct vega10_bench *b = *state;
    uint8_t data[16] = {0};
    uint8_t reply;
    uint32_t status = transact(b, &(struct request){0, I2C_READ, 0x37, 4}, data, &reply);

    assert_int_equal(reply, 0x40);
    assert_int_equal(status >> 24 & 0x1f, 1);
}

static void nobody_at_another_channel(void **state)
{
    struct vega10_bench *b = *state;
    uint8_t data[16];
    uint8_t reply;
    uint32_t status = transact(b, &(struct request){3, NATIVE_READ, 0, 4}, data, &reply);

    assert_int_equal(status & (DONE | TIMEOUT | DISCONNECTED), DONE | TIMEOUT | DISCONNECTED);
    assert_int_equal(status >> 24 & 0x1f, 0);
    vega10_set(b, AUX(3, AUX_CONTROL), BIT32(16) | 1);
    status = transact(b, &(struct request){3, NATIVE_READ, 0, 4}, data, &reply);
    assert_int_equal(status & (DONE | TIMEOUT | DISCONNECTED), DONE | TIMEOUT);
}

static void training_reaches_all_lanes(void **state)
{
    struct vega10_bench *b = *state;

    dpcd_set(b, 0, 0x100, 0x14);
    dpcd_set(b, 0, 0x101, 0x84);
    assert_int_equal(dpcd_get(b, 0, 0x202), 0);
    dpcd_set(b, 0, 0x102, 0x21);
    assert_int_equal(dpcd_get(b, 0, 0x202), 0x11);
    assert_int_equal(dpcd_get(b, 0, 0x204), 0);
    dpcd_set(b, 0, 0x102, 0x23);
    assert_int_equal(dpcd_get(b, 0, 0x202), 0x77);
    assert_int_equal(dpcd_get(b, 0, 0x203), 0x77);
    assert_int_equal(dpcd_get(b, 0, 0x204), 1);
    dpcd_set(b, 0, 0x102, 0);
    assert_int_equal(dpcd_get(b, 0, 0x203), 0x77);
    dpcd_set(b, 0, 0x101, 0x82);
    dpcd_set(b, 0, 0x102, 0x22);
    assert_int_equal(dpcd_get(b, 0, 0x203), 0);
    dpcd_set(b, 0, 0x600, 2);
    assert_int_equal(dpcd_get(b, 0, 0x202), 0);
}

static void the_source_table_holds(void **state)
{
    struct vega10_bench *b = *state;

    dpcd_set(b, 0, 0x310, 0xa5);
    assert_int_equal(dpcd_get(b, 0, 0x310), 0xa5);
    dpcd_set(b, 0, 0x720, 1);
    assert_int_equal(rig_unimplemented(b->rig), 1);
}

static void a_transaction_takes_its_time(void **state)
{
    struct vega10_bench *b = *state;

    put(b, 0, NATIVE_READ << 4, true);
    put(b, 0, 0, false);
    put(b, 0, 0, false);
    put(b, 0, 15, false);
    vega10_set(b, AUX(0, AUX_SW_CONTROL), 4u << 16 | 1);
    rig_advance(b->rig, VTIME_US(40 + 8 * 21) - 1);
    assert_int_equal(vega10_get(b, AUX(0, AUX_SW_STATUS)) & 3, 2);
    rig_advance(b->rig, 1);
    assert_int_equal(vega10_get(b, AUX(0, AUX_SW_STATUS)) & 3, 1);
}

static void a_busy_channel_refuses(void **state)
{
    struct vega10_bench *b = *state;

    vega10_set(b, AUX(0, AUX_SW_CONTROL), 4u << 16 | 1);
    vega10_set(b, AUX(0, AUX_SW_CONTROL), 4u << 16 | 1);
    assert_int_equal(rig_guest_errors(b->rig), 1);
    vega10_set(b, AUX(1, AUX_CONTROL), 0);
    vega10_set(b, AUX(1, AUX_SW_CONTROL), 4u << 16 | 1);
    assert_int_equal(rig_guest_errors(b->rig), 2);
}

static void a_request_shorter_than_it_says(void **state)
{
    struct vega10_bench *b = *state;

    put(b, 0, NATIVE_WRITE << 4, true);
    put(b, 0, 1, false);
    put(b, 0, 0, false);
    put(b, 0, 15, false); /* sixteen bytes, of which none comes */
    vega10_set(b, AUX(0, AUX_SW_CONTROL), 4u << 16 | 1);
    rig_advance(b->rig, VTIME_MS(1));
    assert_int_equal(vega10_get(b, AUX(0, AUX_SW_STATUS)) & (DONE | TIMEOUT), DONE | TIMEOUT);
    assert_int_equal(rig_guest_errors(b->rig), 1);
    for (uint32_t bytes = 0; bytes < 32; bytes++) {
        vega10_set(b, AUX(0, AUX_SW_CONTROL), bytes << 16 | 1);
        rig_advance(b->rig, VTIME_MS(1));
    }
}

static void arbitration_and_reset(void **state)
{
    struct vega10_bench *b = *state;

    vega10_set(b, AUX(0, AUX_ARB_CONTROL), BIT32(16));
    assert_int_equal(bits_get(vega10_get(b, AUX(0, AUX_ARB_CONTROL)), 3, 2), 1);
    vega10_set(b, AUX(0, AUX_ARB_CONTROL), BIT32(17));
    assert_int_equal(vega10_get(b, AUX(0, AUX_ARB_CONTROL)), 0);
    vega10_set(b, AUX(0, AUX_CONTROL), BIT32(4) | 1);
    assert_int_equal(vega10_get(b, AUX(0, AUX_CONTROL)), BIT32(5) | BIT32(4) | 1);
    vega10_set(b, AUX(0, AUX_CONTROL), 1);
    assert_int_equal(vega10_get(b, AUX(0, AUX_CONTROL)), 1);
}

static void plugging_in_interrupts(void **state)
{
    struct vega10_bench *b = *state;

    vega10_bench_ring(b, 4096, 0);
    vega10_set(b, HPD(1, 4), BIT32(16) | BIT32(8)); /* enabled, on connection */
    dpcd_set(b, 0, 0x4f1, 1);
    assert_int_equal(vega10_bench_entry(b, 0, 0), 0x2a04);
    assert_int_equal(vega10_bench_entry(b, 0, 4), 1);
    assert_int_equal(vega10_get(b, HPD(1, 0)) & 1, 1);
    assert_int_equal(vega10_get(b, DISP_INTERRUPT), BIT32(31));
    assert_int_equal(vega10_get(b, DISP_INTERRUPT + 4), BIT32(17));
    vega10_set(b, HPD(1, 4), BIT32(16) | 1); /* acknowledged, now on disconnection */
    assert_int_equal(vega10_get(b, HPD(1, 0)) & 1, 0);
    dpcd_set(b, 0, 0x4f1, 0);
    assert_int_equal(vega10_get(b, REG_IH_RB_WPTR), 64);
}

static void the_panel_wakes_anew_at_power_on_only(void **state)
{
    struct vega10_bench *b = *state;

    dpcd_set(b, 0, 0x4f1, 1);
    device_reset(&b->gpu->fn.device, RESET_BUS);
    assert_true(vega10_panel_is_connected(b->gpu, 1));
    device_reset(&b->gpu->fn.device, RESET_POWER_ON);
    assert_false(vega10_panel_is_connected(b->gpu, 1));
}

static void vertical_interrupts_show_in_the_sum(void **state)
{
    struct vega10_bench *b = *state;

    for (uint32_t pipe = 0; pipe < 6; pipe++) {
        vega10_bench_timing(b, pipe, BENCH_WIDTH, BENCH_HEIGHT);
        vega10_set(b, 0xef78 + pipe * REG_PIPE_STRIDE, BIT32(8));
        vega10_set(b, REG_CRTC_CONTROL + pipe * REG_PIPE_STRIDE, 1);
    }
    rig_advance(b->rig, vega10_bench_frame_time());
    assert_int_equal(vega10_get(b, DISP_INTERRUPT), BIT32(31));
    for (uint32_t i = 1; i < 5; i++) {
        assert_int_equal(vega10_get(b, DISP_INTERRUPT + 4 * i), BIT32(31) | BIT32(28));
    }
    assert_int_equal(vega10_get(b, DISP_INTERRUPT + 20), BIT32(28) | BIT32(25));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PANEL_TEST(receiver_capabilities),
        PANEL_TEST(the_sleeping_panel_shows_its_root_edid),
        PANEL_TEST(awake_it_shows_two_tiles),
        PANEL_TEST(a_segment_that_is_not_there),
        PANEL_TEST(nobody_at_another_i2c_address),
        PANEL_TEST(nobody_at_another_channel),
        PANEL_TEST(training_reaches_all_lanes),
        PANEL_TEST(the_source_table_holds),
        PANEL_TEST(a_transaction_takes_its_time),
        PANEL_TEST(a_busy_channel_refuses),
        PANEL_TEST(a_request_shorter_than_it_says),
        PANEL_TEST(arbitration_and_reset),
        PANEL_TEST(plugging_in_interrupts),
        PANEL_TEST(the_panel_wakes_anew_at_power_on_only),
        PANEL_TEST(vertical_interrupts_show_in_the_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
