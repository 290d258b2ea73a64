/* SPDX-License-Identifier: GPL-2.0-only */
/* The volume in the SEP: docs/hardware/t2-sep.md, "The volume": tries, delays, resets, the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "devices/pci/pci.h"
#include "tests/unit/devices/apple/t2_sep_bench.h"

static void no_password_opens_by_itself(void **state)
{
    struct sep_record record = sb_volume(1, NULL);
    struct sb sb;

    (void)state;
    sb_create(&sb, &record, NULL);
    assert_int_equal(sb_flags(&sb), T2_SEP_HAS_VOLUME | T2_SEP_IS_UNLOCKED);
    assert_int_equal(sb_do(&sb, T2_SEP_LOCK, 0, 0), T2_SEP_OK);
    assert_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb_do(&sb, T2_SEP_UNLOCK, 0, 0), T2_SEP_OK);
    assert_non_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb_do(&sb, T2_SEP_LOCK, 0, 0), T2_SEP_OK);
    device_reset(sb.dut, RESET_BUS);
    assert_non_null(t2_sep_volume(sb.dut));
    sb_destroy(&sb);
}

static void boot_password_at_power_on_and_reset(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, SB_PASSWORD);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED | T2_SEP_IS_UNLOCKED);
    assert_int_equal(sb_do(&sb, T2_SEP_LOCK, 0, 0), T2_SEP_OK);
    device_reset(sb.dut, RESET_BUS);
    sb_enable(&sb);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED | T2_SEP_IS_UNLOCKED);
    sb_destroy(&sb);
}

static void reset_locks(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_OK);
    device_reset(sb.dut, RESET_BUS);
    assert_null(t2_sep_volume(sb.dut));
    sb_enable(&sb);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED);
    sb_destroy(&sb);
}

/* A boot-time password that is wrong costs one try, however often the machine is reset. */
static void wrong_boot_password_is_tried_once(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, SB_WRONG);
    for (unsigned i = 0; i < 20; i++) {
        device_reset(sb.dut, RESET_BUS);
    }
    sb_enable(&sb);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED);
    assert_int_equal(sb.reply[2], 1);
    assert_int_equal(sb.saves, 1);
    sb_buffers(&sb);
    assert_int_equal(sb_change(&sb, SB_PASSWORD, SB_WRONG), T2_SEP_OK);
    assert_null(t2_sep_volume(sb.dut));
    device_reset(sb.dut, RESET_BUS);
    assert_non_null(t2_sep_volume(sb.dut));
    sb_destroy(&sb);
}

/* Wrong passwords until the next one would be the last; each is in the store before its answer. */
static void delays_grow_and_are_enforced(void **state)
{
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    for (uint32_t i = 1; i < SEP_FAILURES_MAX; i++) {
        uint64_t wait = sep_delay_seconds(i);

        assert_int_equal(sb_unlock(&sb, SB_WRONG), T2_SEP_WRONG);
        assert_int_equal(sb.kept.failures, i);
        assert_int_equal(sb.saves, i);
        assert_int_equal(sb.reply[2], SEP_FAILURES_MAX - i);
        assert_int_equal(sb.reply[1], wait);
        if (wait == 0) continue;
        assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_DELAYED);
        assert_int_equal(sb.reply[1], wait);
        assert_int_equal(sb_change(&sb, SB_PASSWORD, "x"), T2_SEP_DELAYED);
        rig_advance(sb.rig, VTIME_S(wait - 1) - SB_LONGEST);
        assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_DELAYED);
        assert_int_equal(sb.reply[1], 1);
        assert_int_equal(sb.kept.failures, i);
        assert_null(t2_sep_volume(sb.dut));
        rig_advance(sb.rig, VTIME_S(1));
    }
    assert_int_equal(sb_do(&sb, T2_SEP_GET_DELAY, 0, 0), T2_SEP_OK);
    assert_int_equal(sb.reply[1], 0);
    assert_int_equal(sb.reply[2], 1);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_OK);
    assert_int_equal(sb.kept.failures, 0);
    sb_destroy(&sb);
}

static void disabled_until_it_is_erased(void **state)
{
    struct sep_record record = sb_volume(1, SB_PASSWORD);
    struct sb sb;

    (void)state;
    record.failures = SEP_FAILURES_MAX - 1;
    sb_create(&sb, &record, NULL);
    sb_buffers(&sb);
    rig_advance(sb.rig, VTIME_S(3600));
    assert_int_equal(sb_unlock(&sb, SB_WRONG), T2_SEP_WRONG);
    assert_int_equal(sb.reply[2], 0);
    rig_advance(sb.rig, VTIME_S(UINT64_C(1000000)));
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_DISABLED);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED | T2_SEP_IS_DISABLED);
    device_reset(sb.dut, RESET_POWER_ON);
    sb_enable(&sb);
    sb_buffers(&sb);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_DISABLED);
    assert_int_equal(sb_do(&sb, T2_SEP_ERASE, (uint32_t)record.counter, 0), T2_SEP_OK);
    assert_int_equal(sb_flags(&sb), T2_SEP_HAS_VOLUME | T2_SEP_IS_UNLOCKED);
    sb_destroy(&sb);
}

/* Switching off does not shorten a delay: it begins again. */
static void delay_begins_again_with_the_machine(void **state)
{
    struct sep_record record = sb_volume(1, SB_PASSWORD);
    struct sb sb;

    (void)state;
    record.failures = SEP_FREE_FAILURES + 1;
    sb_create(&sb, &record, SB_PASSWORD);
    assert_null(t2_sep_volume(sb.dut));
    rig_advance(sb.rig, VTIME_S(50));
    device_reset(sb.dut, RESET_BUS);
    rig_advance(sb.rig, VTIME_S(60) - 1);
    assert_null(t2_sep_volume(sb.dut));
    /* And then the boot-time password is given. */
    rig_advance(sb.rig, 1);
    assert_non_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb.kept.failures, 0);
    sb_destroy(&sb);
}

static void change_password_keeps_the_key(void **state)
{
    uint8_t before[16];
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, SB_PASSWORD);
    sb_buffers(&sb);
    sb_cipher(&sb, before);
    assert_int_equal(sb_change(&sb, SB_WRONG, "x"), T2_SEP_WRONG);
    assert_int_equal(sb.kept.failures, 1);
    assert_non_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb_change(&sb, SB_PASSWORD, SB_WRONG), T2_SEP_OK);
    assert_int_equal(sb.kept.counter, sb.made.counter + 1);
    assert_int_equal(sb.kept.failures, 0);
    assert_int_equal(sb_do(&sb, T2_SEP_LOCK, 0, 0), T2_SEP_OK);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_WRONG);
    assert_int_equal(sb_unlock(&sb, SB_WRONG), T2_SEP_OK);
    assert_true(sb_is_cipher(&sb, before));
    assert_int_equal(sb_change(&sb, SB_WRONG, ""), T2_SEP_OK);
    assert_int_equal(sb_flags(&sb), T2_SEP_HAS_VOLUME | T2_SEP_IS_UNLOCKED);
    assert_int_equal(sb_change(&sb, "", SB_PASSWORD), T2_SEP_OK);
    assert_int_equal(sb_flags(&sb), SB_PROTECTED | T2_SEP_IS_UNLOCKED);
    assert_true(sb_is_cipher(&sb, before));
    sb_destroy(&sb);
}

/* What cannot be stored has not happened; wrong passwords are counted all the same. */
static void broken_store(void **state)
{
    uint8_t before[16];
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, SB_PASSWORD);
    sb_buffers(&sb);
    sb_cipher(&sb, before);
    sb.is_store_broken = true;
    assert_int_equal(sb_change(&sb, SB_PASSWORD, SB_WRONG), T2_SEP_NOT_STORED);
    assert_int_equal(sb_do(&sb, T2_SEP_ERASE, (uint32_t)sb.made.counter, 0), T2_SEP_NOT_STORED);
    assert_false(t2_sep_erase(sb.dut));
    assert_true(sb_is_cipher(&sb, before));
    assert_int_equal(sb_unlock(&sb, SB_WRONG), T2_SEP_NOT_STORED);
    assert_int_equal(sb_do(&sb, T2_SEP_GET_DELAY, 0, 0), T2_SEP_OK);
    assert_int_equal(sb.reply[2], SEP_FAILURES_MAX - 1);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_NOT_STORED);
    sb.is_store_broken = false;
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_OK);
    sb_destroy(&sb);
}

static void erase_for_the_disk(void **state)
{
    uint8_t before[16];
    struct sb sb;

    (void)state;
    sb_create_protected(&sb, SB_PASSWORD);
    sb_cipher(&sb, before);
    assert_true(t2_sep_erase(sb.dut));
    assert_false(sb_is_cipher(&sb, before));
    assert_false(sb.kept.has_password);
    assert_int_equal(sb.kept.counter, sb.made.counter + 1);
    sb_destroy(&sb);
}

/* What is in the record decides; what is damaged never opens. */
static void damaged_record(void **state)
{
    struct sep_record record = sb_volume(1, SB_PASSWORD);
    struct sb sb;

    (void)state;
    record.media_key[3] ^= 1;
    sb_create(&sb, &record, SB_PASSWORD);
    sb_buffers(&sb);
    assert_null(t2_sep_volume(sb.dut));
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_DAMAGED);
    assert_int_equal(sb.saves, 0);
    sb_destroy(&sb);
}

/* Power-on takes what the T2's own memory has. */
static void power_on_without_a_store_starts_as_configured(void **state)
{
    struct sep_record record = sb_volume(1, SB_PASSWORD);
    const struct sep_password password = {.data = SB_PASSWORD, .bytes = strlen(SB_PASSWORD)};
    const struct t2_sep_config own = {.record = &record, .password = password};
    const struct pci_config config = {.part = &own};
    struct sb sb = {.rig = rig_create()};
    uint8_t before[16];

    (void)state;
    sb.dut = rig_device(sb.rig, &t2_sep_class, "/dut", &config);
    sb_cipher(&sb, before);
    assert_true(t2_sep_erase(sb.dut));
    device_reset(sb.dut, RESET_BUS);
    assert_false(sb_is_cipher(&sb, before));
    device_reset(sb.dut, RESET_POWER_ON);
    assert_true(sb_is_cipher(&sb, before));
    sb_destroy(&sb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_password_opens_by_itself),
        cmocka_unit_test(boot_password_at_power_on_and_reset),
        cmocka_unit_test(reset_locks),
        cmocka_unit_test(wrong_boot_password_is_tried_once),
        cmocka_unit_test(delays_grow_and_are_enforced),
        cmocka_unit_test(disabled_until_it_is_erased),
        cmocka_unit_test(delay_begins_again_with_the_machine),
        cmocka_unit_test(change_password_keeps_the_key),
        cmocka_unit_test(broken_store),
        cmocka_unit_test(erase_for_the_disk),
        cmocka_unit_test(damaged_record),
        cmocka_unit_test(power_on_without_a_store_starts_as_configured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
