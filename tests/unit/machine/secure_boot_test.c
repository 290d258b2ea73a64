/* SPDX-License-Identifier: GPL-2.0-only */
/* What a machine runs when its T2 accepts an image, refuses it, or has nothing that may run. */
#include "emu/machine/secure_boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/core/bus.h"
#include "emu/core/trace.h"
#include "emu/machine/machine.h"
#include "emu/machine/map.h"

#define ROM_BYTES    4096u
#define WINDOW_BYTES 4096u

/* Images that leave through the debug exit port: the one that was asked for with 0x10, the recovery
 * image with 0x20, and with the first letter of the boot window's magic on port 0xe9. */
struct scene {
    uint8_t rom[ROM_BYTES];
    uint8_t recovery[ROM_BYTES];
    uint8_t rom_signature[SIGNATURE_BYTES];
    uint8_t recovery_signature[SIGNATURE_BYTES];
    uint8_t ticket[SIGNATURE_BYTES];
    struct t2_boot_key key;
    struct sep_record record;
    uint8_t *window;
    struct machine_config config;
};

/* 16-bit code at the reset vector: mov $code, %al; out %al, $0xf4; hlt; jmp to the hlt. */
static void make_rom(uint8_t rom[ROM_BYTES], uint8_t code)
{
    const uint8_t program[] = {0xb0, code, 0xe6, 0xf4, 0xf4, 0xeb, 0xfd};

    memset(rom, 0xff, ROM_BYTES);
    memcpy(rom + ROM_BYTES - 16, program, sizeof(program));
}

static void sign_image(const uint8_t *secret, const uint8_t *rom, uint8_t *out)
{
    struct t2_boot_statement statement;

    assert_int_equal(t2_boot_image_statement(rom, ROM_BYTES, &statement), 0);
    assert_int_equal(signature_sign(secret, statement.bytes, statement.count, out), 0);
}

static void sign_ticket(const uint8_t *secret, struct scene *scene)
{
    struct t2_boot_owner owner = {.ecid = scene->record.ecid};
    struct t2_boot_statement statement;

    memcpy(owner.nonce, scene->record.boot_nonce, KEY_BYTES);
    assert_int_equal(t2_boot_ticket_statement(scene->rom, ROM_BYTES, &owner, &statement), 0);
    assert_int_equal(signature_sign(secret, statement.bytes, statement.count, scene->ticket), 0);
}

static int set_up(void **state)
{
    const uint8_t secret[SIGNATURE_SECRET_BYTES] = {3};
    struct scene *scene = calloc(1, sizeof(*scene));

    assert_non_null(scene);
    make_rom(scene->rom, 0x10);
    make_rom(scene->recovery, 0x20);
    scene->record = (struct sep_record){.ecid = 77, .boot_nonce = {5}};
    sign_image(secret, scene->rom, scene->rom_signature);
    sign_image(secret, scene->recovery, scene->recovery_signature);
    sign_ticket(secret, scene);
    assert_int_equal(signature_public(secret, scene->key.bytes), 0);
    scene->window = aligned_alloc(WINDOW_BYTES, WINDOW_BYTES);
    assert_non_null(scene->window);
    memset(scene->window, 0x77, WINDOW_BYTES);
    scene->config = (struct machine_config){
        .memory_bytes = UINT64_C(64) << 20,
        .has_flat_memory = true,
        .cores = 1,
        .rom = scene->rom,
        .rom_bytes = ROM_BYTES,
        .boot_window = scene->window,
        .boot_window_bytes = WINDOW_BYTES,
        .boot_security =
            {
                .policy = SEP_BOOT_MEDIUM,
                .signature = scene->rom_signature,
                .trusted = &scene->key,
                .trusted_count = 1,
                .recovery =
                    {
                        .rom = scene->recovery,
                        .rom_bytes = ROM_BYTES,
                        .signature = scene->recovery_signature,
                    },
            },
    };
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    free(scene->window);
    free(scene);
    return 0;
}

/* The verdict is the first thing that ever happened to the machine. */
static void check_trace(struct machine *machine)
{
    const struct trace_record *record = trace_find(machine_trace(machine), 1);

    assert_non_null(record);
    assert_string_equal(record->desc->name, "secure_boot");
    assert_int_equal(record->args[1], machine_boot_verdict(machine));
    assert_int_equal(record->args[3], ROM_BYTES);
}

static void expect(struct scene *scene, enum t2_boot_verdict verdict)
{
    struct error err = ERROR_INIT;
    struct machine *machine = machine_create(&scene->config, &err);
    bool runs = t2_boot_allows(verdict);
    uint64_t magic;

    memcpy(&magic, BOOT_MAGIC, sizeof(magic));
    assert_non_null(machine);
    assert_int_equal(machine_boot_verdict(machine), verdict);
    check_trace(machine);
    assert_true(bus_peek(machine_memory(machine), MAP_BOOT_WINDOW_BASE, 8) ==
                (runs ? UINT64_C(0x7777777777777777) : magic));
    assert_int_equal(machine_run(machine, VTIME_MS(1)), MACHINE_EXIT);
    assert_int_equal(machine_exit_status(machine), (runs ? 0x10 : 0x20) << 1 | 1);
    machine_destroy(machine);
}

static void a_signed_image_runs(void **state)
{
    expect(*state, T2_BOOT_ACCEPTED);
}

static void without_policy_anything_runs(void **state)
{
    struct scene *scene = *state;

    scene->config.boot_security = (struct machine_boot_security){.policy = SEP_BOOT_NONE};
    expect(scene, T2_BOOT_UNCHECKED);
}

/* Any byte of it: here one that never runs. */
static void a_tampered_image_does_not_run(void **state)
{
    struct scene *scene = *state;

    scene->rom[100] ^= 1;
    expect(scene, T2_BOOT_BAD_SIGNATURE);
    scene->config.boot_security.signature = NULL;
    expect(scene, T2_BOOT_NO_SIGNATURE);
}

static void a_ticket_is_for_one_machine(void **state)
{
    struct scene *scene = *state;
    struct machine_boot_security *security = &scene->config.boot_security;

    security->policy = SEP_BOOT_FULL;
    expect(scene, T2_BOOT_NO_IDENTITY);
    security->record = &scene->record;
    expect(scene, T2_BOOT_NO_TICKET);
    security->ticket = scene->ticket;
    expect(scene, T2_BOOT_ACCEPTED);
    scene->record.ecid++;
    expect(scene, T2_BOOT_BAD_TICKET);
    scene->record.ecid--;
    scene->record.boot_nonce[0]++;
    expect(scene, T2_BOOT_BAD_TICKET);
    scene->record.boot_nonce[0]--;
    security->ticket = NULL;
    memcpy(scene->record.boot_ticket, scene->ticket, SIGNATURE_BYTES);
    scene->record.has_boot_ticket = true;
    expect(scene, T2_BOOT_ACCEPTED);
}

static void no_machine(struct scene *scene)
{
    struct error err = ERROR_INIT;

    assert_null(machine_create(&scene->config, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    assert_non_null(strstr(err.text, "startup security refused the firmware"));
}

/* Nothing runs at all. */
static void a_recovery_image_must_verify_too(void **state)
{
    struct scene *scene = *state;
    struct machine_boot_security *security = &scene->config.boot_security;

    scene->rom[100] ^= 1;
    scene->recovery[100] ^= 1;
    no_machine(scene);
    scene->recovery[100] ^= 1;
    security->recovery.signature = NULL;
    no_machine(scene);
    security->recovery.signature = scene->recovery_signature;
    security->recovery.rom = NULL;
    no_machine(scene);
    security->recovery.rom = scene->recovery;
    security->trusted_count = 0;
    no_machine(scene);
    security->trusted_count = 1;
    expect(scene, T2_BOOT_BAD_SIGNATURE);
}

/* The image that is refused at power-on does not come in as the state of a machine that runs it. */
static void a_snapshot_brings_no_other_firmware(void **state)
{
    struct scene *scene = *state;
    struct error err = ERROR_INIT;
    struct machine *machine;
    void *snapshot;
    size_t bytes;

    scene->rom[100] ^= 1;
    scene->config.boot_security.policy = SEP_BOOT_NONE;
    machine = machine_create(&scene->config, &err);
    assert_non_null(machine);
    assert_int_equal(machine_save(machine, &snapshot, &bytes, &err), 0);
    machine_destroy(machine);

    scene->config.boot_security.policy = SEP_BOOT_MEDIUM;
    machine = machine_create(&scene->config, &err);
    assert_non_null(machine);
    assert_int_equal(machine_boot_verdict(machine), T2_BOOT_BAD_SIGNATURE);
    assert_int_equal(machine_load(machine, snapshot, bytes, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    machine_destroy(machine);
    free(snapshot);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_signed_image_runs),
        TEST(without_policy_anything_runs),
        TEST(a_tampered_image_does_not_run),
        TEST(a_ticket_is_for_one_machine),
        TEST(a_recovery_image_must_verify_too),
        TEST(a_snapshot_brings_no_other_firmware),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
