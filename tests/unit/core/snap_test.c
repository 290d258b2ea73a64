/* SPDX-License-Identifier: GPL-2.0-only */
/* State fields of which only the first elements are in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/device.h"

#define CARDS 8u

struct box {
    struct device device;
    uint32_t count;
    struct {
        uint64_t number;
        uint8_t colour;
    } card[CARDS];
    uint16_t tally[CARDS];
};

static int box_init(struct device *device, const void *config, struct error *err)
{
    (void)device;
    (void)config;
    (void)err;
    return 0;
}

static void box_reset(struct device *device, enum reset_kind kind)
{
    (void)device;
    (void)kind;
}

static int box_loaded(struct device *device, struct error *err)
{
    (void)device;
    (void)err;
    return 0;
}

static void box_fini(struct device *device)
{
    (void)device;
}

static const struct snap_field box_state[] = {
    SNAP_U(struct box, count),
    SNAP_U_EACH_USED(struct box, card, number, UINT64_MAX, count),
    SNAP_U_EACH_USED(struct box, card, colour, 3, count),
    SNAP_U_ARRAY_USED(struct box, tally, UINT64_MAX, count),
    SNAP_END,
};

static const struct device_class box_class = {
    .name = "box",
    .size = sizeof(struct box),
    .version = 1,
    .state = box_state,
    .init = box_init,
    .reset = box_reset,
    .loaded = box_loaded,
    .fini = box_fini,
};

static struct box *box_create(uint32_t count)
{
    const struct device_env env = {0};
    struct error err = ERROR_INIT;
    struct box *box = (struct box *)(void *)device_create(&box_class, "/box", &env, NULL, &err);

    assert_non_null(box);
    box->count = count;
    for (uint32_t i = 0; i < CARDS; i++) {
        box->card[i].number = 1000 + i;
        box->card[i].colour = (uint8_t)(i % 4);
        box->tally[i] = (uint16_t)(i + 1);
    }
    return box;
}

static size_t saved_bytes(struct box *box, struct snap_writer *w, const void **data)
{
    size_t bytes;

    device_save(&box->device, w);
    *data = snap_finish(w, "m", &bytes);
    return bytes;
}

static int load(struct box *box, const void *data, size_t bytes, struct error *err)
{
    struct snap_reader *r = snap_reader_create(data, bytes, "m", err);
    int result;

    assert_non_null(r);
    result = device_load(&box->device, r, err);
    snap_reader_destroy(r);
    return result;
}

static void only_what_is_in_use_is_saved(void **state)
{
    struct error err = ERROR_INIT;
    struct box *empty = box_create(0);
    struct box *some = box_create(3);
    struct box *target = box_create(CARDS);
    struct snap_writer *w0 = snap_writer_create();
    struct snap_writer *w3 = snap_writer_create();
    const void *data;
    size_t bytes;

    (void)state;
    bytes = saved_bytes(empty, w0, &data);
    assert_int_equal(saved_bytes(some, w3, &data), bytes + 3 * 3 * sizeof(uint64_t));
    assert_int_equal(load(target, data, bytes + 3 * 3 * sizeof(uint64_t), &err), 0);
    assert_int_equal(target->count, 3);
    assert_int_equal(target->card[2].number, 1002);
    assert_int_equal(target->card[2].colour, 2);
    assert_int_equal(target->tally[2], 3);
    for (uint32_t i = 3; i < CARDS; i++) {
        assert_int_equal(target->card[i].number, 0);
        assert_int_equal(target->card[i].colour, 0);
        assert_int_equal(target->tally[i], 0);
    }
    snap_writer_destroy(w0);
    snap_writer_destroy(w3);
    device_destroy(&empty->device);
    device_destroy(&some->device);
    device_destroy(&target->device);
}

static void more_than_there_is_room_for_is_refused(void **state)
{
    struct box *target = box_create(0);
    struct snap_writer *w = snap_writer_create();
    struct error err = ERROR_INIT;
    const void *data;
    size_t bytes;

    (void)state;
    snap_chunk_begin(w, "/box", "box", 1);
    snap_put_u64(w, CARDS + 1);
    for (unsigned i = 0; i < 3 * (CARDS + 1); i++) {
        snap_put_u64(w, 0);
    }
    snap_chunk_end(w);
    data = snap_finish(w, "m", &bytes);
    assert_int_equal(load(target, data, bytes, &err), -1);
    assert_non_null(strstr(err.text, "too many of card.number"));
    snap_writer_destroy(w);
    device_destroy(&target->device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_in_use_is_saved),
        cmocka_unit_test(more_than_there_is_room_for_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
