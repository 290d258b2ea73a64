/* SPDX-License-Identifier: GPL-2.0-only */
/* From a loaded boot window into the payload: see boot.h. docs/images.md tells what each kind of payload finds. */
#include "firmware/boot/boot.h"

#include "firmware/arch/x86/cpu.h"
#include "firmware/arch/x86/enter.h"
#include "firmware/arch/x86/halt.h"
#include "firmware/arch/x86/layout.h"
#include "firmware/boot/linux.h"
#include "firmware/boot/multiboot.h"
#include "firmware/boot/pvh.h"
#include "firmware/core/console.h"
#include "firmware/core/log.h"

#define FOUR_GIB     0x100000000u
#define REFUSAL_ROWS 16 /* the rest of the screen is the log before it */
/* Three frames of a display at 60 Hz: the message was on the screen before the machine ends. */
#define SHOWN_CYCLES (MAP_HZ_TSC / 20)

static _Noreturn void fail(const char *reason)
{
    log_line("cannot boot: %s", reason);
    halt_failed();
}

static _Noreturn void boot_linux(struct loader *loader)
{
    struct linux_entry entry;
    const char *reason = linux_load(loader, &entry);

    if (reason != NULL) {
        fail(reason);
    }
    if (entry.initrd_addr != 0) {
        log_line("initrd at %lx, %lu KiB", entry.initrd_addr, (entry.initrd_bytes + 1023) / 1024);
    }
    log_line("Linux at %lx, %s entry", entry.load_addr, entry.is_entry64 ? "64-bit" : "32-bit");
    log_detach();
    if (entry.is_entry64) {
        enter_long_mode(entry.entry_addr, 0, entry.params_addr, FW_STACK_END);
    }
    enter_protected_mode((uint32_t)entry.entry_addr, 0, 0, (uint32_t)entry.params_addr);
}

static void load_segments(struct loader *loader)
{
    const struct boot_entry *failed;
    const char *reason = loader_segments(loader, &failed);

    if (reason != NULL) {
        log_line("cannot boot: segment %lx-%lx (%s): %s", failed->load_addr,
                 failed->load_addr + failed->memory_bytes - 1, failed->name, reason);
        halt_failed();
    }
}

static _Noreturn void boot_segments(struct loader *loader)
{
    uint64_t entry = loader->window->entry_addr;
    bool is_multiboot = loader->window->protocol == BOOT_PROTO_MULTIBOOT1;
    bool is_elf64 = loader->window->protocol == BOOT_PROTO_ELF64;
    uint64_t info = 0;
    const char *reason;

    load_segments(loader);
    reason = is_multiboot ? multiboot_load(loader, &info) : pvh_load(loader, &info);
    if (reason != NULL) {
        fail(reason);
    }
    log_line("%s payload at %lx", is_multiboot ? "Multiboot" : is_elf64 ? "ELF64" : "PVH", entry);
    if (is_elf64) {
        log_detach();
        enter_long_mode(entry, info, 0, FW_PAYLOAD_STACK_END);
    }
    if (entry >= FOUR_GIB) {
        fail("the entry point of a 32-bit payload lies above 4 GiB");
    }
    log_detach();
    enter_protected_mode((uint32_t)entry, is_multiboot ? MULTIBOOT_BOOTLOADER_MAGIC : 0,
                         (uint32_t)info, 0);
}

static char shown(char c)
{
    if (c >= ' ' && c <= '~') {
        return c;
    }
    return '?';
}

/* The T2 started this firmware in the place of an image that it refused. The text is bounded by the screen. */
static _Noreturn void show_refusal(const struct boot_window *window)
{
    const struct boot_entry *entry = boot_window_find(window, BOOT_ENTRY_TEXT);
    const char *text = entry != NULL ? (const char *)entry->data : "no reason was given";
    char line[CONSOLE_COLUMNS + 1];

    log_line("%s", "");
    for (unsigned row = 0; row < REFUSAL_ROWS && *text != '\0'; row++) {
        unsigned length = 0;

        while (length < CONSOLE_COLUMNS && *text != '\0' && *text != '\n') {
            line[length] = shown(*text);
            length++;
            text++;
        }
        text += *text == '\n';
        line[length] = '\0';
        log_line("%s", line);
    }
    cpu_wait(SHOWN_CYCLES);
    halt_failed();
}

void boot_payload(struct loader *loader)
{
    switch (loader->window->protocol) {
    case BOOT_PROTO_REFUSED: show_refusal(loader->window);
    case BOOT_PROTO_NONE: log_line("nothing to boot"); halt_forever();
    case BOOT_PROTO_LINUX: boot_linux(loader);
    default: boot_segments(loader);
    }
}
