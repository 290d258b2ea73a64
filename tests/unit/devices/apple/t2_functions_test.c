/* SPDX-License-Identifier: GPL-2.0-only */
/* T2 functions 1 and 3: docs/hardware/t2.md. */
#include "devices/apple/t2_functions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "devices/apple/t2_inert.h"
#include "devices/apple/t2_sep.h"
#include "devices/pci/inert_parts.h"
#include "tests/lib/rig.h"

#define BAR UINT64_C(0x90000000)

static struct rig *start(const struct device_class *class)
{
    struct rig *rig = rig_create();

    (void)rig_device(rig, class, "/dut", NULL);
    rig_write(rig, PCI_LONE_BASE + PCI_BASE_ADDRESS_0 + 4 * T2_INERT_BAR, 4, (uint32_t)BAR);
    rig_write(rig, PCI_LONE_BASE + PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    return rig;
}

/* Configuration space is that of the function without a model. */
static void same_configuration_space(void **state)
{
    const struct {
        const struct device_class *class;
        const struct pci_described *part;
    } pair[] = {
        {&t2_bce_class, &pci_part_t2_bce},
        {&t2_sep_class, &pci_part_t2_sep},
        {&t2_audio_class, &pci_part_t2_audio},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
        const struct pci_config config = {.part = pair[i].part};
        struct rig *model = rig_create();
        struct rig *inert = rig_create();

        (void)rig_device(model, pair[i].class, "/dut", NULL);
        (void)rig_device(inert, &pci_inert_class, "/dut", &config);
        for (uint64_t at = 0; at < PCI_CONFIG_BYTES; at += 4) {
            assert_int_equal(rig_read(model, PCI_LONE_BASE + at, 4),
                             rig_read(inert, PCI_LONE_BASE + at, 4));
            rig_write(model, PCI_LONE_BASE + at, 4, UINT32_MAX);
            rig_write(inert, PCI_LONE_BASE + at, 4, UINT32_MAX);
            assert_int_equal(rig_read(model, PCI_LONE_BASE + at, 4),
                             rig_read(inert, PCI_LONE_BASE + at, 4));
        }
        rig_destroy(model);
        rig_destroy(inert);
    }
}

static void bce_takes_messages_and_never_answers(void **state)
{
    struct rig *rig = start(&t2_bce_class);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        rig_write(rig, BAR + T2_BCE_SEND, 4, 0x20001);
        rig_write(rig, BAR + T2_BCE_SEND + 4, 4, 0x30000000);
        rig_write(rig, BAR + T2_BCE_SEND + 8, 8, 0);
        assert_int_equal(rig_unimplemented(rig), i + 1);
        rig_advance(rig, VTIME_S(1));
        assert_int_equal(rig_read(rig, BAR + T2_BCE_STATUS, 4), 0);
        assert_int_equal(rig_read(rig, BAR + T2_BCE_REPLY, 8), 0);
    }
    assert_int_equal(rig->messages, 0);
    rig_destroy(rig);
}

static void audio_says_who_it_is(void **state)
{
    struct rig *rig = start(&t2_audio_class);

    (void)state;
    assert_int_equal(rig_read(rig, BAR + T2_AUDIO_VERSION, 4), T2_AUDIO_VERSION_VALUE);
    assert_int_equal(rig_read(rig, BAR + T2_AUDIO_SIGNATURE, 4), T2_AUDIO_SIGNATURE_VALUE);
    assert_int_equal(rig_read(rig, BAR + T2_AUDIO_BUFFERS, 4), 0);
    rig_write(rig, BAR + T2_AUDIO_VERSION, 4, 1);
    assert_int_equal(rig_read(rig, BAR + T2_AUDIO_VERSION, 4), T2_AUDIO_VERSION_VALUE);
    rig_destroy(rig);
}

static void the_rest_reads_zero_and_is_traced(void **state)
{
    const struct device_class *const class[] = {&t2_bce_class, &t2_sep_class, &t2_audio_class};

    (void)state;
    for (size_t i = 0; i < sizeof(class) / sizeof(class[0]); i++) {
        struct rig *rig = start(class[i]);

        assert_int_equal(rig_read(rig, BAR + 0x104, 4), 0);
        assert_int_equal(rig_unimplemented(rig), 1);
        assert_int_equal(rig_read(rig, BAR + 0xfff8, 4), 0);
        assert_int_equal(rig_unimplemented(rig), 2);
        rig_destroy(rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_configuration_space),
        cmocka_unit_test(bce_takes_messages_and_never_answers),
        cmocka_unit_test(audio_says_who_it_is),
        cmocka_unit_test(the_rest_reads_zero_and_is_traced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
