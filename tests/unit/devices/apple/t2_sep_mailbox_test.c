/* SPDX-License-Identifier: GPL-2.0-only */
/* The SEP's mailbox: docs/hardware/t2-sep.md, "Mailbox" and "Keystore". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "emu/base/endian.h"
#include "tests/unit/devices/apple/t2_sep_bench.h"

#define REPLIES  15u
#define REQUESTS 4u

static void a_t2_that_was_never_set_up(void **state)
{
    struct sb sb;

    (void)state;
    sb_create(&sb, NULL, NULL);
    sb_buffers(&sb);
    assert_int_equal(sb_flags(&sb), 0);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_NO_VOLUME);
    assert_int_equal(sb_change(&sb, SB_PASSWORD, SB_PASSWORD), T2_SEP_NO_VOLUME);
    assert_int_equal(sb_do(&sb, T2_SEP_ERASE, 0, 0), T2_SEP_NO_VOLUME);
    assert_int_equal(sb_do(&sb, T2_SEP_LOCK, 0, 0), T2_SEP_OK);
    assert_null(t2_sep_volume(sb.dut));
    assert_false(t2_sep_erase(sb.dut));
    assert_int_equal(sb.saves, 0);
    sb_destroy(&sb);
}

static void answers_come_later_with_a_message(void **state)
{
    struct sb sb;

    (void)state;
    sb_create(&sb, NULL, NULL);
    sb_send(&sb, T2_SEP_EP_CONTROL, T2_SEP_PING, 0x11223344, 0x55667788);
    assert_int_equal(sb_waiting(&sb), 0);
    rig_advance(sb.rig, VTIME_US(20) - 1);
    assert_int_equal(sb_waiting(&sb), 0);
    assert_int_equal(sb.rig->messages, 0);
    rig_advance(sb.rig, 1);
    assert_int_equal(sb.rig->messages, 1);
    assert_int_equal(sb.rig->message_addr, SB_MSI_ADDRESS);
    assert_int_equal(sb.rig->message_data, SB_MSI_DATA);
    assert_int_equal(sb_take(&sb), T2_SEP_OK);
    assert_int_equal(sb.reply[1], 0x11223344);
    assert_int_equal(sb.reply[2], 0x55667788);
    assert_int_equal(sb_read(&sb, T2_SEP_REPLY + 8), 0);
    sb_destroy(&sb);
}

static void wide_accesses_do_the_same(void **state)
{
    struct sb sb;

    (void)state;
    sb_create(&sb, NULL, NULL);
    rig_write(sb.rig, SB_BAR + T2_SEP_SEND, 8, UINT64_C(0x1234567800003300));
    rig_write(sb.rig, SB_BAR + T2_SEP_SEND + 8, 4, 9);
    rig_advance(sb.rig, VTIME_US(20));
    assert_true(rig_read(sb.rig, SB_BAR + T2_SEP_REPLY, 8) == UINT64_C(0x1234567800803300));
    assert_int_equal(rig_read(sb.rig, SB_BAR + T2_SEP_REPLY + 8, 4), 9);
    assert_int_equal(sb_waiting(&sb), 0);
    sb_destroy(&sb);
}

static void unknown_endpoints_and_operations(void **state)
{
    struct sb sb;

    (void)state;
    sb_create(&sb, NULL, NULL);
    assert_int_equal(sb_call(&sb, T2_SEP_EP_ACM, 1, 0, 0), T2_SEP_BAD_ENDPOINT);
    assert_int_equal(sb_call(&sb, 255, 1, 0, 0), T2_SEP_BAD_ENDPOINT);
    assert_int_equal(sb_call(&sb, T2_SEP_EP_CONTROL, 1, 0, 0), T2_SEP_BAD_OPERATION);
    assert_int_equal(sb_do(&sb, 0, 0, 0), T2_SEP_BAD_OPERATION);
    assert_int_equal(sb_do(&sb, 9, 0, 0), T2_SEP_BAD_OPERATION);
    assert_int_equal(rig_unimplemented(sb.rig), 5);
    sb_destroy(&sb);
}

static void buffers_of_16_kib_within_44_bits(void **state)
{
    const uint32_t last = UINT32_MAX - 3;
    uint64_t errors;
    struct sb sb;

    (void)state;
    sb_create(&sb, NULL, NULL);
    errors = rig_guest_errors(sb.rig);
    for (unsigned i = T2_SEP_SET_IN; i <= T2_SEP_SET_OUT; i++) {
        assert_int_equal(sb_call(&sb, 0, i, last, T2_SEP_BUFFER_BYTES), T2_SEP_OK);
        assert_int_equal(sb_call(&sb, 0, i, last + 1, T2_SEP_BUFFER_BYTES), T2_SEP_BAD_ARGUMENT);
        assert_int_equal(sb_call(&sb, 0, i, UINT32_MAX, T2_SEP_BUFFER_BYTES), T2_SEP_BAD_ARGUMENT);
        assert_int_equal(sb_call(&sb, 0, i, 0, T2_SEP_BUFFER_BYTES - 1), T2_SEP_BAD_ARGUMENT);
        assert_int_equal(sb_call(&sb, 0, i, 0, T2_SEP_BUFFER_BYTES + 1), T2_SEP_BAD_ARGUMENT);
    }
    sb_write(&sb, T2_SEP_SEND, T2_SEP_SET_IN << 16 | T2_SEP_EP_ACM << 24);
    sb_write(&sb, T2_SEP_SEND + 4, 0);
    sb_write(&sb, T2_SEP_SEND + 8, T2_SEP_BUFFER_BYTES);
    rig_advance(sb.rig, SB_LONGEST);
    assert_int_equal(sb_take(&sb), T2_SEP_BAD_ENDPOINT);
    assert_int_equal(rig_guest_errors(sb.rig), errors + 9);
    sb_destroy(&sb);
}

static void no_buffer_no_password(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_NO_BUFFER);
    assert_int_equal(sb_do(&sb, T2_SEP_GET_ID, 0, 0), T2_SEP_NO_BUFFER);
    sb_buffers(&sb);
    assert_int_equal(sb_call(&sb, 0, T2_SEP_SET_IN, 0, 0), T2_SEP_OK);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_NO_BUFFER);
    assert_int_equal(sb_change(&sb, SB_PASSWORD, ""), T2_SEP_NO_BUFFER);
    assert_int_equal(sb_do(&sb, T2_SEP_GET_DELAY, 0, 0), T2_SEP_OK);
    assert_int_equal(sb.reply[2], SEP_FAILURES_MAX);
    sb_destroy(&sb);
}

static void lengths_are_checked_before_it_is_a_try(void **state)
{
    static const uint32_t changes[] = {0, 256, 0xffff, 11 | 256u << 16, 11 | 0xffffu << 16};
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    assert_int_equal(sb_do(&sb, T2_SEP_UNLOCK, 0, 0), T2_SEP_BAD_ARGUMENT);
    assert_int_equal(sb_do(&sb, T2_SEP_UNLOCK, 256, 0), T2_SEP_BAD_ARGUMENT);
    assert_int_equal(sb_do(&sb, T2_SEP_UNLOCK, UINT32_MAX, 0), T2_SEP_BAD_ARGUMENT);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        assert_int_equal(sb_do(&sb, T2_SEP_CHANGE, changes[i], 0), T2_SEP_BAD_ARGUMENT);
    }
    assert_int_equal(sb.saves, 0);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED);
    sb_destroy(&sb);
}

static void memory_that_is_none(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    for (unsigned i = T2_SEP_SET_IN; i <= T2_SEP_SET_OUT; i++) {
        assert_int_equal(sb_call(&sb, 0, i, SB_NOWHERE >> 12, T2_SEP_BUFFER_BYTES), T2_SEP_OK);
    }
    assert_int_equal(sb_do(&sb, T2_SEP_UNLOCK, 5, 0), T2_SEP_DMA_ABORT);
    assert_int_equal(sb_do(&sb, T2_SEP_CHANGE, 5, 0), T2_SEP_DMA_ABORT);
    assert_int_equal(sb_do(&sb, T2_SEP_GET_ID, 0, 0), T2_SEP_DMA_ABORT);
    sb_buffers(&sb);
    rig_write(sb.rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    sb_send(&sb, T2_SEP_EP_KEYSTORE, T2_SEP_UNLOCK, 5, 0);
    rig_advance(sb.rig, SB_LONGEST);
    assert_int_equal(sb_take(&sb), T2_SEP_DMA_ABORT);
    assert_int_equal(sb.saves, 0);
    sb_destroy(&sb);
}

static void unlock_and_lock(void **state)
{
    static const uint8_t zeros[sizeof(SB_PASSWORD)];
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED);
    assert_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_OK);
    assert_memory_equal(sb.rig->ram + SB_IN, zeros, sizeof(zeros));
    assert_int_equal(sb_flags(&sb), SB_PROTECTED | T2_SEP_IS_UNLOCKED);
    assert_non_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb_do(&sb, T2_SEP_LOCK, 0, 0), T2_SEP_OK);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED);
    assert_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb.saves, 0);
    sb_destroy(&sb);
}

/* One try takes 80 ms and the way of a message. */
static void a_try_takes_its_time(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    sb_begin_unlock(&sb, SB_PASSWORD);
    rig_advance(sb.rig, VTIME_MS(80) + VTIME_US(20) - 1);
    assert_int_equal(sb_waiting(&sb), 0);
    assert_null(t2_sep_volume(sb.dut));
    rig_advance(sb.rig, 1);
    assert_int_equal(sb_take(&sb), T2_SEP_OK);
    assert_non_null(t2_sep_volume(sb.dut));
    sb_destroy(&sb);
}

static void identity_and_counter(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    assert_int_equal(sb_do(&sb, T2_SEP_GET_ID, 0, 0), T2_SEP_OK);
    assert_int_equal(sb.reply[1], T2_SEP_ID_BYTES);
    assert_memory_equal(sb.rig->ram + SB_OUT, sb.made.volume_id, SEP_ID_BYTES);
    assert_true(le64_get(sb.rig->ram + SB_OUT + T2_SEP_ID_ECID) == sb.made.ecid);
    assert_true(le64_get(sb.rig->ram + SB_OUT + T2_SEP_ID_COUNTER) == sb.made.counter);
    assert_int_equal(sb_do(&sb, T2_SEP_GET_COUNT, 0, 0), T2_SEP_OK);
    assert_int_equal(sb.reply[1], sb.made.counter);
    assert_int_equal(sb.reply[2], 0);
    sb_destroy(&sb);
}

static void erase_wants_the_counter(void **state)
{
    uint8_t before[16];
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, SB_PASSWORD);
    sb_cipher(&sb, before);
    assert_int_equal(sb_do(&sb, T2_SEP_ERASE, 0, 0), T2_SEP_BAD_ARGUMENT);
    assert_int_equal(sb_do(&sb, T2_SEP_ERASE, (uint32_t)sb.made.counter, 1), T2_SEP_BAD_ARGUMENT);
    assert_int_equal(sb_do(&sb, T2_SEP_ERASE, (uint32_t)sb.made.counter, 0), T2_SEP_OK);
    assert_int_equal(sb_flags(&sb), T2_SEP_HAS_VOLUME | T2_SEP_IS_UNLOCKED);
    assert_false(sb_is_cipher(&sb, before));
    assert_int_equal(sb_do(&sb, T2_SEP_ERASE, (uint32_t)sb.made.counter, 0), T2_SEP_BAD_ARGUMENT);
    assert_int_equal(sb.saves, 1);
    assert_int_equal(sb.kept.counter, sb.made.counter + 1);
    assert_memory_equal(sb.kept.volume_id, sb.made.volume_id, SEP_ID_BYTES);
    sb_destroy(&sb);
}

static void full_mailbox_drops(void **state)
{
    uint64_t errors;
    struct sb sb;

    (void)state;
    sb_create(&sb, NULL, NULL);
    errors = rig_guest_errors(sb.rig);
    for (unsigned i = 0; i < REQUESTS; i++) {
        assert_int_equal(sb_read(&sb, T2_SEP_STATUS), 0);
        sb_send(&sb, 0, T2_SEP_PING, i, 0);
    }
    assert_int_equal(sb_read(&sb, T2_SEP_STATUS), T2_SEP_STATUS_FULL);
    sb_send(&sb, 0, T2_SEP_PING, 99, 0);
    assert_int_equal(rig_guest_errors(sb.rig), errors + 1);
    rig_advance(sb.rig, SB_LONGEST);
    assert_int_equal(sb_waiting(&sb), REQUESTS);
    for (unsigned i = 0; i < REQUESTS; i++) {
        assert_int_equal(sb_take(&sb), T2_SEP_OK);
        assert_int_equal(sb.reply[1], i);
    }
    sb_destroy(&sb);
}

static void waits_for_room_for_replies(void **state)
{
    struct sb sb;

    (void)state;
    sb_create(&sb, NULL, NULL);
    for (unsigned i = 0; i < REPLIES + 2; i++) {
        sb_send(&sb, 0, T2_SEP_PING, i, 0);
        rig_advance(sb.rig, SB_LONGEST);
    }
    assert_int_equal(sb_waiting(&sb), REPLIES);
    assert_int_equal(sb.rig->messages, REPLIES);
    for (unsigned i = 0; i < REPLIES + 2; i++) {
        (void)sb_take(&sb);
        assert_int_equal(sb.reply[1], i);
        rig_advance(sb.rig, SB_LONGEST);
    }
    assert_int_equal(sb_waiting(&sb), 0);
    assert_int_equal(sb.rig->messages, REPLIES + 2);
    sb_destroy(&sb);
}

/* The function's own reset: the mailbox is as new, the volume stays. */
static void function_reset_leaves_the_volume(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_OK);
    sb_send(&sb, 0, T2_SEP_PING, 1, 0);
    rig_advance(sb.rig, SB_LONGEST);
    sb_send(&sb, 0, T2_SEP_PING, 2, 0);
    device_reset(sb.dut, RESET_FUNCTION);
    sb_enable(&sb);
    rig_advance(sb.rig, SB_LONGEST);
    assert_int_equal(sb_read(&sb, T2_SEP_STATUS), 0);
    assert_int_equal(sb_do(&sb, T2_SEP_GET_ID, 0, 0), T2_SEP_NO_BUFFER);
    assert_non_null(t2_sep_volume(sb.dut));
    sb_destroy(&sb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_t2_that_was_never_set_up),
        cmocka_unit_test(answers_come_later_with_a_message),
        cmocka_unit_test(wide_accesses_do_the_same),
        cmocka_unit_test(unknown_endpoints_and_operations),
        cmocka_unit_test(buffers_of_16_kib_within_44_bits),
        cmocka_unit_test(no_buffer_no_password),
        cmocka_unit_test(lengths_are_checked_before_it_is_a_try),
        cmocka_unit_test(memory_that_is_none),
        cmocka_unit_test(unlock_and_lock),
        cmocka_unit_test(a_try_takes_its_time),
        cmocka_unit_test(identity_and_counter),
        cmocka_unit_test(erase_wants_the_counter),
        cmocka_unit_test(full_mailbox_drops),
        cmocka_unit_test(waits_for_room_for_replies),
        cmocka_unit_test(function_reset_leaves_the_volume),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
