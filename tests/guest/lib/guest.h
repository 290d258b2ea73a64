/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every guest program is written with. A program defines guest_main(); it reports its checks
 * and returns, or ends the machine itself with guest_end().
 *
 * Protocol with tests/guest/run-guest: each check is one line "PASS name" or "FAIL name" on port
 * 0xE9, and one character (a dot or the FAIL line) on COM1, which is slow in virtual time. The last
 * line is "END program reports=N failures=M" on both. Then GUEST_PASSED or GUEST_FAILED goes to
 * port 0xF4; the emulator's exit status is value * 2 + 1.
 */
#pragma once

#include <stdarg.h>

#include "emu/machine/map.h"
#include "tests/guest/lib/io.h"

#define GUEST_PASSED 42 /* exit status 85 */
#define GUEST_FAILED 43 /* exit status 87 */

/* How the program was started. */
enum boot_kind { BOOT_KIND_MULTIBOOT1, BOOT_KIND_PVH, BOOT_KIND_ELF64 };

/*
 * Processor state at the entry point, saved by crt0 before it touched anything. On 32-bit entries
 * the upper halves are 0.
 */
struct entry_state {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rsp, rflags, cr0, cr3, cr4, efer;
    uint64_t cs, ds, ss, es, fs, gs;
    uint64_t entry_stack_word; /* not read by crt0 on 32-bit entries */
};
extern struct entry_state entry_state;
extern const enum boot_kind boot_kind;

/* Written by each program. */
void guest_main(void);
extern const char guest_name[];
#ifdef GUEST_NAME /* given by the build, for the program's own file only */
const char guest_name[] = GUEST_NAME;
#endif

/* Defined by programs that reset the machine; in any other, a second start is a failure. */
#define GUEST_EXPECTS_RESET const char guest_expects_reset = 1
extern const char guest_expects_reset __attribute__((weak));

/* One check. `format` names it: %s %c %d %u %x (word), %p, %% and a zero-padded width. */
void report(bool passed, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the machine now: passed when every report so far passed. */
void guest_end(void) __attribute__((noreturn));
/* Text on port 0xE9 only, for details of a failure. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Something the program itself cannot go on from: reported as failure. */
void guest_panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* One check of equality; prints both values when it fails. */
#define report_eq(got, want, ...)                                                              \
    do {                                                                                       \
        uint64_t got_value = (uint64_t)(got), want_value = (uint64_t)(want);                   \
        if (got_value != want_value) {                                                         \
            print("  line %d: got %llx, want %llx\n", __LINE__, (unsigned long long)got_value, \
                  (unsigned long long)want_value);                                             \
        }                                                                                      \
        report(got_value == want_value, __VA_ARGS__);                                          \
    } while (0)

/* One check that low <= got <= high; prints all three when it fails. */
#define report_in(got, low, high, ...)                                                  \
    do {                                                                                \
        uint64_t got_value = (uint64_t)(got);                                           \
        bool is_inside = got_value >= (uint64_t)(low) && got_value <= (uint64_t)(high); \
        if (!is_inside) {                                                               \
            print("  line %d: got %llu, want %llu..%llu\n", __LINE__,                   \
                  (unsigned long long)got_value, (unsigned long long)(low),             \
                  (unsigned long long)(high));                                          \
        }                                                                               \
        report(is_inside, __VA_ARGS__);                                                 \
    } while (0)

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

/*
 * Scratch memory: page-aligned, zeroed, never given back. From a fixed pool of 4 MiB inside the
 * image.
 */
void *pages_alloc(size_t pages);
/*
 * The first 2 MiB-aligned address past the image: RAM that a program may use as it likes (at least
 * 2 MiB).
 */
uintptr_t free_ram_2m(void);

/*
 * CMOS scratch byte that survives every reset short of power-off: tells the boots of one program
 * apart.
 */
#define CMOS_BOOT_COUNT 0x70
uint8_t cmos_read(uint8_t index);
void cmos_write(uint8_t index, uint8_t value);
