/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots of the SEP: docs/hardware/t2-sep.md, "Snapshots". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/devices/apple/t2_sep_bench.h"

/* A snapshot of the SEP; the writer owns the bytes. */
struct shot {
    struct snap_writer *writer;
    const uint8_t *data;
    size_t bytes;
};

static struct shot take_shot(struct sb *sb)
{
    struct shot shot = {.writer = snap_writer_create()};

    assert_non_null(shot.writer);
    device_save(sb->dut, shot.writer);
    shot.data = snap_finish(shot.writer, "t2", &shot.bytes);
    return shot;
}

/* NULL when it was loaded, else the reason. */
static const char *load(struct sb *sb, const struct shot *shot, struct error *err)
{
    struct snap_reader *reader;
    int result;

    *err = (struct error)ERROR_INIT;
    reader = snap_reader_create(shot->data, shot->bytes, "t2", err);
    assert_non_null(reader);
    result = device_load(sb->dut, reader, err);
    snap_reader_destroy(reader);
    return result == 0 ? NULL : err->text;
}

static bool holds(const struct shot *shot, const void *what, size_t bytes)
{
    for (size_t i = 0; i + bytes <= shot->bytes; i++) {
        if (memcmp(shot->data + i, what, bytes) == 0) return true;
    }
    return false;
}

static void assert_same_key(struct sb sb[2])
{
    uint8_t cipher[16];

    sb_cipher(&sb[0], cipher);
    assert_true(sb_is_cipher(&sb[1], cipher));
}

/* A SEP with that record refuses a snapshot of another one. */
static void assert_foreign(const struct sep_record *record, const struct shot *shot)
{
    struct error err;
    struct sb sb;

    sb_create(&sb, record, NULL);
    assert_string_equal(load(&sb, shot, &err), "/dut: the snapshot was made with another T2");
    sb_destroy(&sb);
}

static void holds_no_secret(void **state)
{
    const struct sep_password password = {.data = SB_PASSWORD, .bytes = strlen(SB_PASSWORD)};
    struct sep_record record = sb_volume(1, SB_PASSWORD);
    uint8_t vek[XTS_KEY_BYTES];
    struct shot shot;
    struct sb sb;

    (void)state;
    sb_create(&sb, &record, SB_PASSWORD);
    sb_buffers(&sb);
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_OK);
    sb_begin_unlock(&sb, SB_PASSWORD);
    rig_advance(sb.rig, VTIME_MS(1));
    shot = take_shot(&sb);
    assert_int_equal(sep_unlock(&record, &password, vek), SEP_OK);
    assert_false(holds(&shot, record.uid, sizeof(record.uid)));
    assert_false(holds(&shot, record.random, sizeof(record.random)));
    assert_false(holds(&shot, vek, 16));
    assert_false(holds(&shot, vek + 16, 16));
    assert_false(holds(&shot, SB_PASSWORD, strlen(SB_PASSWORD)));
    assert_true(holds(&shot, record.volume_id, sizeof(record.volume_id)));
    snap_writer_destroy(shot.writer);
    sb_destroy(&sb);
}

/* In the middle of unlocking; the twin goes on in the same way, and makes the same new keys. */
static void a_twin_goes_on(void **state)
{
    struct sb sb[2];
    struct shot shot;
    struct error err;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        sb_create_protected(&sb[i], NULL);
    }
    sb_buffers(&sb[0]);
    sb_begin_unlock(&sb[0], SB_PASSWORD);
    rig_advance(sb[0].rig, VTIME_MS(33));
    shot = take_shot(&sb[0]);
    sched_restore(sb[1].rig->sched, rig_now(sb[0].rig), sched_seq(sb[0].rig->sched));
    assert_null(load(&sb[1], &shot, &err));
    memcpy(sb[1].rig->ram, sb[0].rig->ram, RIG_RAM_BYTES);
    for (unsigned i = 0; i < 2; i++) {
        rig_advance(sb[i].rig, VTIME_MS(80) - VTIME_MS(33) + VTIME_US(20) - 1);
        assert_int_equal(sb_waiting(&sb[i]), 0);
        rig_advance(sb[i].rig, 1);
        assert_int_equal(sb_take(&sb[i]), T2_SEP_OK);
        sb[i].tag = 9;
        assert_int_equal(sb_do(&sb[i], T2_SEP_ERASE, (uint32_t)sb[i].made.counter, 0), T2_SEP_OK);
    }
    assert_same_key(sb);
    assert_memory_equal(&sb[0].kept, &sb[1].kept, sizeof(sb[0].kept));
    assert_true(device_state_hash(sb[0].dut) == device_state_hash(sb[1].dut));
    snap_writer_destroy(shot.writer);
    for (unsigned i = 0; i < 2; i++) {
        sb_destroy(&sb[i]);
    }
}

static void open_stays_open_and_locked_stays_locked(void **state)
{
    struct sb open;
    struct sb locked;
    struct shot of_open;
    struct shot of_locked;
    struct error err;
    uint8_t before[16];

    (void)state;
    sb_create_protected(&open, SB_PASSWORD);
    sb_create_protected(&locked, NULL);
    of_open = take_shot(&open);
    of_locked = take_shot(&locked);
    sb_cipher(&open, before);
    assert_null(load(&locked, &of_open, &err));
    assert_true(sb_is_cipher(&locked, before));
    assert_null(load(&open, &of_locked, &err));
    assert_null(t2_sep_volume(open.dut));
    snap_writer_destroy(of_open.writer);
    snap_writer_destroy(of_locked.writer);
    sb_destroy(&open);
    sb_destroy(&locked);
}

static void another_t2_refuses(void **state)
{
    struct sep_record record = sb_volume(1, NULL);
    struct sep_record other = sb_volume(2, NULL);
    struct sep_record same_number = other;
    struct sep_record same_uid = record;
    struct sb sb;
    struct shot shot;

    (void)state;
    sb_create(&sb, &record, NULL);
    shot = take_shot(&sb);
    assert_foreign(&other, &shot);
    same_number.ecid = record.ecid;
    assert_foreign(&same_number, &shot);
    same_uid.ecid++;
    assert_foreign(&same_uid, &shot);
    snap_writer_destroy(shot.writer);
    sb_destroy(&sb);
}

/* Made while the volume was open and its password had just been changed: the key is still in it, and
 * the random numbers go on where they were. */
static void change_is_in_the_snapshot(void **state)
{
    struct sb sb[2];
    struct shot shot;
    struct error err;

    (void)state;
    sb_create_protected(&sb[0], SB_PASSWORD);
    sb_buffers(&sb[0]);
    assert_int_equal(sb_change(&sb[0], SB_PASSWORD, SB_WRONG), T2_SEP_OK);
    shot = take_shot(&sb[0]);
    sb_create(&sb[1], &sb[0].kept, NULL);
    assert_null(load(&sb[1], &shot, &err));
    assert_same_key(sb);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(t2_sep_erase(sb[i].dut));
    }
    assert_same_key(sb);
    snap_writer_destroy(shot.writer);
    for (unsigned i = 0; i < 2; i++) {
        sb_destroy(&sb[i]);
    }
}

/* Neither forwards nor backwards: after a change of keys an old snapshot, and with an old sep.json
 * a new one. */
static void other_keys_refuse(void **state)
{
    struct sb sb;
    struct sb older;
    struct shot before;
    struct shot after;
    struct error err;

    (void)state;
    sb_create_protected(&sb, SB_PASSWORD);
    sb_buffers(&sb);
    before = take_shot(&sb);
    assert_int_equal(sb_change(&sb, SB_PASSWORD, SB_WRONG), T2_SEP_OK);
    after = take_shot(&sb);
    assert_string_equal(load(&sb, &before, &err),
                        "/dut: the keys of the volume are not those of the snapshot");
    sb_create_protected(&older, SB_PASSWORD);
    assert_string_equal(load(&older, &after, &err),
                        "/dut: the keys of the volume are not those of the snapshot");
    snap_writer_destroy(before.writer);
    snap_writer_destroy(after.writer);
    sb_destroy(&older);
    sb_destroy(&sb);
}

/* Wrong passwords after the snapshot count when it is loaded again. */
static void no_tries_come_back(void **state)
{
    struct sb sb;
    struct shot shot;
    struct error err;

    (void)state;
    sb_create_protected(&sb, NULL);
    sb_buffers(&sb);
    shot = take_shot(&sb);
    for (unsigned i = 0; i <= SEP_FREE_FAILURES; i++) {
        assert_int_equal(sb_unlock(&sb, SB_WRONG), T2_SEP_WRONG);
    }
    rig_advance(sb.rig, VTIME_S(30));
    assert_null(load(&sb, &shot, &err));
    assert_int_equal(sb_unlock(&sb, SB_PASSWORD), T2_SEP_DELAYED);
    assert_int_equal(sb.reply[1], 60);
    assert_int_equal(sb.reply[2], SEP_FAILURES_MAX - SEP_FREE_FAILURES - 1);
    snap_writer_destroy(shot.writer);
    sb_destroy(&sb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_no_secret),
        cmocka_unit_test(a_twin_goes_on),
        cmocka_unit_test(open_stays_open_and_locked_stays_locked),
        cmocka_unit_test(another_t2_refuses),
        cmocka_unit_test(change_is_in_the_snapshot),
        cmocka_unit_test(other_keys_refuse),
        cmocka_unit_test(no_tries_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
