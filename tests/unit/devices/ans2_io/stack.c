/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench of stack.h. */
#include "tests/unit/devices/ans2_io/stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/apple/t2_sep.h"
#include "devices/pci/pci.h"
#include "devices/storage/ans2.h"
#include "devices/storage/ssd_module.h"
#include "emu/base/bits.h"

#define NOTES_BYTES (UINT64_C(1) << 20)

/* ---- The SEP ---- */

struct xts *t2_sep_volume(struct device *sep)
{
    return CONTAINER_OF(sep, struct stack, sep)->volume;
}

bool t2_sep_erase(struct device *sep)
{
    (void)sep;
    return false;
}

/* ---- Media ---- */

static struct stack_media *media_of(void *ctx)
{
    return ctx;
}

static int media_read(void *ctx, uint64_t block, size_t count, void *data)
{
    if (media_of(ctx)->data == NULL) {
        memset(data, 0, count * STACK_BLOCK);
    } else {
        memcpy(data, media_of(ctx)->data + block * STACK_BLOCK, count * STACK_BLOCK);
    }
    return 0;
}

static int media_write(void *ctx, uint64_t block, size_t count, const void *data)
{
    if (media_of(ctx)->data != NULL) {
        memcpy(media_of(ctx)->data + block * STACK_BLOCK, data, count * STACK_BLOCK);
    }
    return 0;
}

static int media_discard(void *ctx, uint64_t block, uint64_t count)
{
    if (media_of(ctx)->data != NULL) {
        memset(media_of(ctx)->data + block * STACK_BLOCK, 0, (size_t)count * STACK_BLOCK);
    }
    return 0;
}

static int media_flush(void *ctx)
{
    (void)ctx;
    return 0;
}

static int media_read_notes(void *ctx, uint64_t offset, void *data, size_t bytes)
{
    memcpy(data, media_of(ctx)->notes + offset, bytes);
    return 0;
}

static int media_write_notes(void *ctx, uint64_t offset, const void *data, size_t bytes)
{
    memcpy(media_of(ctx)->notes + offset, data, bytes);
    return 0;
}

static uint64_t media_seal(void *ctx)
{
    (void)ctx;
    return 1;
}

struct stack_media *stack_media_create(uint64_t blocks, bool is_storing)
{
    struct stack_media *media = calloc(1, sizeof(*media));

    assert_non_null(media);
    media->data = is_storing ? calloc(blocks, STACK_BLOCK) : NULL;
    media->notes = calloc(1, NOTES_BYTES);
    assert_true((media->data != NULL || !is_storing) && media->notes != NULL);
    media->media = (struct host_media){
        .ctx = media,
        .blocks = blocks,
        .notes_bytes = NOTES_BYTES,
        .read = media_read,
        .write = media_write,
        .discard = media_discard,
        .flush = media_flush,
        .read_notes = media_read_notes,
        .write_notes = media_write_notes,
        .seal = media_seal,
    };
    return media;
}

void stack_media_copy(struct stack_media *to, const struct stack_media *from)
{
    memcpy(to->data, from->data, (size_t)from->media.blocks * STACK_BLOCK);
    memcpy(to->notes, from->notes, NOTES_BYTES);
}

void stack_media_destroy(struct stack_media *media)
{
    free(media->data);
    free(media->notes);
    free(media);
}

/* ---- Together ---- */

void stack_create(struct stack *stack, struct stack_media *const media[RAID0_MODULES],
                  bool is_functional)
{
    static const char *const paths[RAID0_MODULES] = {"/ssd0", "/ssd1"};
    const uint8_t key[XTS_KEY_BYTES] = {1};
    struct ans2_config config = {.blocks = media[0]->media.blocks * RAID0_MODULES,
                                 .is_functional = is_functional};
    const struct pci_config alone = {.part = &config};
    struct error err = ERROR_INIT;

    memset(stack, 0, sizeof(*stack));
    stack->blocks = config.blocks;
    stack->host.rig = rig_create();
    stack->ram = calloc(1, STACK_DATA_BYTES);
    assert_non_null(stack->ram);
    stack->region = (struct region){
        .name = "data", .bytes = STACK_DATA_BYTES, .kind = REGION_RAM, .host = stack->ram};
    assert_int_equal(bus_map(stack->host.rig->memory, &stack->region, STACK_DATA, &err), 0);
    stack->volume = xts_create(key);
    assert_non_null(stack->volume);
    for (unsigned i = 0; i < RAID0_MODULES; i++) {
        const struct ssd_module_config module = {.media = &media[i]->media,
                                                 .is_functional = is_functional};

        stack->media[i] = media[i];
        stack->module[i] = rig_device(stack->host.rig, &ssd_module_class, paths[i], &module);
        assert_false(ssd_module_is_failed(stack->module[i]));
        config.module[i] = stack->module[i];
    }
    stack->host.ans2 = rig_device(stack->host.rig, &ans2_class, "/ans2", &alone);
    ans2_attach_sep(stack->host.ans2, &stack->sep);
    nvme_host_start(&stack->host);
}

void stack_destroy(struct stack *stack)
{
    bus_unmap(stack->host.rig->memory, &stack->region);
    rig_destroy(stack->host.rig);
    xts_destroy(stack->volume);
    free(stack->ram);
}
