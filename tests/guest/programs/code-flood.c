/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * More code than the buffer of translated code holds (run with a small one): the buffer overflows
 * several times in the middle of a run, with interrupts, and every block still runs once. Then code
 * all over memory that is patched while it runs. unicorn.md trap 13; cores.md 5, trap 2.
 */
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/trap.h"

#define BLOCKS      60000u
#define BLOCK_BYTES 16u

static volatile unsigned irqs;

static void on_irq(struct frame *frame)
{
    (void)frame;
    irqs++;
    lapic_eoi();
}

/*
 * Block n: addl $imm32, %eax; jmp to block (n + 7) mod BLOCKS would leave the cache of blocks no
 * rest; straight on is enough.
 */
static void emit(uint8_t *at, uint32_t value)
{
    at[0] = 0x05; /* add $imm32, %eax */
    memcpy(at + 1, &value, 4);
    at[5] = 0xeb; /* jmp to the next block */
    at[6] = BLOCK_BYTES - 7;
}

static uint8_t *code;

static uint32_t run(void)
{
    uint32_t sum = 0;
    __asm__ volatile("call *%1" : "+a"(sum) : "r"(code) : "memory", "cc");
    return sum;
}

void guest_main(void)
{
    lapic_setup();
    trap_handle(0x52, on_irq);
    code = (uint8_t *)free_ram_2m();
    uint32_t want = 0;
    for (uint32_t i = 0; i < BLOCKS; i++) {
        emit(code + i * BLOCK_BYTES, i * 3 + 1);
        want += i * 3 + 1;
    }
    code[BLOCKS * BLOCK_BYTES] = 0xc3;
    report_eq(run(), want, "%u blocks, first run", BLOCKS);
    report_eq(run(), want, "second run");
    uint32_t period = lapic_ticks_per_ms() / 100;
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | 0x52);
    lapic_write(LAPIC_TIMER_INITIAL, period);
    irq_enable();
    uint32_t got = run();
    irq_disable();
    report_eq(got, want, "under interrupts");
    report(irqs > 0, "which came");
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    for (uint32_t i = 0; i < BLOCKS; i += 100) {
        want += 5;
        emit(code + i * BLOCK_BYTES, i * 3 + 6);
    }
    report_eq(run(), want, "after a patch in every page");
}
