/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work for campaigns of memory faults (docs/faults.md): fills memory, says "READY" on COM1, and then
 * works through it in rounds whose sums are lines "result ROUND SUM". All data can be computed again,
 * so that with "repair" on its command line the program outlives machine checks: it writes the words that
 * were lost anew. Without it a machine check meets no handler and no CR4.MCE, as in a program that knows
 * nothing of them. SDM 3B 15.3, 15.10.4.1.
 */
#include "tests/guest/lib/trap.h"

#define UART_LSR      (MAP_PORT_COM1 + 5)
#define UART_LSR_THRE 0x20

#define ROUNDS        4u
#define TABLE_WORDS   (512u << 10) /* 4 MiB, written once, read in each round */
#define SCRATCH_WORDS (128u << 10) /* 1 MiB, written and read in each round */
#define SIDE          96u          /* of the matrices */
#define GAVE_UP       44           /* exit status 89 */

#define MSR_MCG_CAP      0x179
#define MSR_MCG_STATUS   0x17a
#define MSR_MC_CTL(b)    (0x400 + 4 * (b))
#define MSR_MC_STATUS(b) (MSR_MC_CTL(b) + 1)
#define MSR_MC_ADDR(b)   (MSR_MC_CTL(b) + 2)
#define MCG_CAP_COUNT    0xff
#define MCG_RIPV         0x1
#define MC_VAL           (1ull << 63)
#define MC_UC            (1ull << 61)
#define MC_ADDRV         (1ull << 58)
#define CR4_MCE          0x40
#define LINE_BYTES       64u
#define MULTIBOOT_LINE   16u /* of the information structure: address of the command line */

/* Everything lies from free_ram_2m() on. */
static uint64_t *table;
static uint64_t *scratch;
static uint32_t *left, *right, *product;
static unsigned round_now;

/* ---- Serial port ---- */

static void put(char c)
{
    for (unsigned tries = 0; tries < 200000 && !(in8(UART_LSR) & UART_LSR_THRE); tries++) {
        cpu_pause();
    }
    out8(MAP_PORT_COM1, (uint8_t)c);
}

static void say(const char *text)
{
    while (*text != '\0') {
        put(*text++);
    }
}

static void say_hex(uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4) {
        put("0123456789abcdef"[value >> shift & 15]);
    }
}

/* ---- Data ---- */

/* MurmurHash3's finalizer: any word of it from its number alone. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdull;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
    return x ^ x >> 33;
}

static uint64_t scratch_word(unsigned round, size_t i)
{
    return (i + 1) * 0x9e3779b97f4a7c15ull + round;
}

static void prepare(void)
{
    table = (uint64_t *)free_ram_2m();
    scratch = table + TABLE_WORDS;
    left = (uint32_t *)(scratch + SCRATCH_WORDS);
    right = left + SIDE * SIDE;
    product = right + SIDE * SIDE;
    for (size_t i = 0; i < TABLE_WORDS; i++) {
        table[i] = mix(i);
    }
    for (size_t i = 0; i < 2 * SIDE * SIDE; i++) {
        left[i] = (uint32_t)mix(~i);
    }
}

static uint64_t multiply(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < SIDE; i++) {
        for (unsigned j = 0; j < SIDE; j++) {
            uint32_t value = 0;
            for (unsigned k = 0; k < SIDE; k++) {
                value += left[i * SIDE + k] * right[k * SIDE + j];
            }
            product[i * SIDE + j] = value;
        }
    }
    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        sum = sum * 31 + product[i];
    }
    return sum;
}

static uint64_t work(unsigned round)
{
    uint64_t sum = round;
    round_now = round;
    for (size_t i = 0; i < SCRATCH_WORDS; i++) {
        scratch[i] = scratch_word(round, i);
    }
    for (size_t i = 0; i < TABLE_WORDS; i++) {
        sum = (sum << 1 | sum >> 63) + table[i];
    }
    for (size_t i = 0; i < SCRATCH_WORDS; i++) {
        sum = (sum << 1 | sum >> 63) ^ scratch[i];
    }
    return sum + multiply();
}

/* ---- Machine checks ---- */

static void give_up(void)
{
    say("gave up\n");
    out8(MAP_PORT_DEBUG_EXIT, GAVE_UP);
}

/* Writes the cache line at `address` anew. False when nobody knows what was in it. */
static bool write_again(uintptr_t address)
{
    const uintptr_t line = address & ~(uintptr_t)(LINE_BYTES - 1);
    uint64_t *words = (uint64_t *)line;
    if (line >= (uintptr_t)table && line < (uintptr_t)scratch) {
        for (size_t i = 0; i < LINE_BYTES / sizeof(*words); i++) {
            words[i] = mix((size_t)(words - table) + i);
        }
        return true;
    }
    if (line >= (uintptr_t)scratch && line < (uintptr_t)left) {
        for (size_t i = 0; i < LINE_BYTES / sizeof(*words); i++) {
            words[i] = scratch_word(round_now, (size_t)(words - scratch) + i);
        }
        return true;
    }
    if (line >= (uintptr_t)left && line < (uintptr_t)product) {
        const size_t first = (size_t)((uint32_t *)line - left);
        for (size_t i = 0; i < LINE_BYTES / sizeof(*words); i++) {
            words[i] = (uint32_t)mix(~(first + 2 * i)) |
                       (uint64_t)(uint32_t)mix(~(first + 2 * i + 1)) << 32;
        }
        return true;
    }
    return false;
}

static void machine_check(struct frame *frame)
{
    const unsigned banks = (unsigned)rdmsr(MSR_MCG_CAP) & MCG_CAP_COUNT;
    bool is_repaired = false;
    (void)frame;
    for (unsigned bank = 0; bank < banks; bank++) {
        const uint64_t status = rdmsr(MSR_MC_STATUS(bank));
        if (!(status & MC_VAL) || !(status & MC_UC)) continue;
        if ((status & MC_ADDRV) && write_again((uintptr_t)rdmsr(MSR_MC_ADDR(bank)))) {
            is_repaired = true;
        }
        wrmsr(MSR_MC_STATUS(bank), 0);
    }
    if (!is_repaired || !(rdmsr(MSR_MCG_STATUS) & MCG_RIPV)) give_up();
    say("repaired\n");
    wrmsr(MSR_MCG_STATUS, 0);
}

static void expect_machine_checks(void)
{
    const unsigned banks = (unsigned)rdmsr(MSR_MCG_CAP) & MCG_CAP_COUNT;
    for (unsigned bank = 0; bank < banks; bank++) {
        wrmsr(MSR_MC_CTL(bank), ~0ull);
        wrmsr(MSR_MC_STATUS(bank), 0);
    }
    trap_handle(VECTOR_MC, machine_check);
    write_cr4(read_cr4() | CR4_MCE);
}

static bool is_told(const char *wish)
{
    const uint8_t *info = (const uint8_t *)(uintptr_t)entry_state.rbx;
    const char *line = (const char *)(uintptr_t) * (const uint32_t *)(info + MULTIBOOT_LINE);
    for (; line != NULL && *line != '\0'; line++) {
        size_t i = 0;
        while (wish[i] != '\0' && line[i] == wish[i]) {
            i++;
        }
        if (wish[i] == '\0') return true;
    }
    return false;
}

void guest_main(void)
{
    uint64_t sums[ROUNDS];
    prepare();
    if (is_told("repair")) expect_machine_checks();
    say("READY\n");
    for (unsigned round = 0; round < ROUNDS; round++) {
        sums[round] = work(round);
        say("result ");
        put((char)('0' + round));
        put(' ');
        say_hex(sums[round]);
        put('\n');
    }
    report(sums[0] != sums[1], "the work is done");
}
