/* SPDX-License-Identifier: GPL-2.0-only */
/* Secure boot: see secure_boot.h. */
#include "emu/machine/secure_boot.h"

#include <stdio.h>

#include "emu/machine/events.h"
#include "emu/machine/image/image.h"
#include "emu/machine/machine_internal.h"

/* For the trace, which keeps pointers to constants. */
static uint64_t constant(const char *text)
{
    return (uintptr_t)text;
}

static const char *policy_meaning(enum sep_boot_policy policy)
{
    switch (policy) {
    case SEP_BOOT_NONE: break;
    case SEP_BOOT_MEDIUM: return "medium: an image must be signed by a trusted key";
    case SEP_BOOT_FULL: return "full: an image must be signed for this very machine";
    }
    return "unknown";
}

static void write_refusal(const struct machine *machine, char *text, size_t bytes)
{
    const struct machine_boot_security *security = &machine->config.boot_security;

    (void)snprintf(text, bytes,
                   "This machine's startup security refused its firmware.\n"
                   "Reason: %s.\n"
                   "Policy: %s.\n"
                   "What to do: start without --rom, or with firmware that is signed\n"
                   "(spacegray firmware sign), or choose another policy (--secure-boot).",
                   t2_boot_verdict_text(machine->boot_verdict), policy_meaning(security->policy));
}

static int start_recovery(struct machine *machine, struct error *err)
{
    struct machine_config *config = &machine->config;
    const struct machine_recovery *recovery = &config->boot_security.recovery;
    const struct t2_boot_request request = {
        .policy = SEP_BOOT_MEDIUM,
        .image = recovery->rom,
        .image_bytes = recovery->rom_bytes,
        .signature = recovery->signature,
        .trusted = config->boot_security.trusted,
        .trusted_count = config->boot_security.trusted_count,
    };
    const struct image_request board = {.memory_bytes = config->memory_bytes,
                                        .cores = config->cores};
    enum t2_boot_verdict verdict;
    char text[IMAGE_REFUSAL_MAX];

    verdict = recovery->rom != NULL ? t2_boot_judge(&request) : T2_BOOT_NO_SIGNATURE;
    if (!t2_boot_allows(verdict)) {
        return error_host(err,
                          "startup security refused the firmware (%s), and the built-in image that "
                          "would say so on the screen, too (%s)",
                          t2_boot_verdict_text(machine->boot_verdict),
                          t2_boot_verdict_text(verdict));
    }
    write_refusal(machine, text, sizeof(text));
    if (image_build_refusal(text, &board, &machine->refusal, err) != 0) return -1;
    config->rom = recovery->rom;
    config->rom_bytes = recovery->rom_bytes;
    config->boot_window = machine->refusal.data;
    config->boot_window_bytes = machine->refusal.bytes;
    return 0;
}

int machine_secure_boot(struct machine *machine, struct error *err)
{
    const struct machine_config *config = &machine->config;
    const struct machine_boot_security *security = &config->boot_security;
    const struct t2_boot_request request = {
        .policy = security->policy,
        .image = config->rom,
        .image_bytes = config->rom_bytes,
        .signature = security->signature,
        .ticket = security->ticket,
        .trusted = security->trusted,
        .trusted_count = security->trusted_count,
        .record = security->record,
    };

    /* An impossible image is memory.c's to refuse. */
    if (config->rom == NULL) return 0;
    machine->boot_verdict = t2_boot_judge(&request);
    TRACE(machine->trace, NULL, &machine_event_secure_boot,
          constant(t2_boot_policy_text(security->policy)), machine->boot_verdict,
          constant(t2_boot_verdict_text(machine->boot_verdict)), config->rom_bytes);
    return t2_boot_allows(machine->boot_verdict) ? 0 : start_recovery(machine, err);
}

void machine_secure_boot_fini(struct machine *machine)
{
    image_release(&machine->refusal);
}

enum t2_boot_verdict machine_boot_verdict(const struct machine *machine)
{
    return machine->boot_verdict;
}
