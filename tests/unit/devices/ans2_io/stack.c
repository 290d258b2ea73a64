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

/* ---- Together ---- */

void stack_create(struct stack *stack, struct memory_media *const media[RAID0_MODULES],
                  bool is_functional)
{
    static const char *const paths[RAID0_MODULES] = {"/ssd0", "/ssd1"};
    const uint8_t key[XTS_KEY_BYTES] = {1};
    struct ans2_config config = {.blocks = media[0]->host.blocks * RAID0_MODULES,
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
        const struct ssd_module_config module = {.media = &media[i]->host,
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
