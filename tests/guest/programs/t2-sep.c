/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mailbox of the SEP (T2 function 2): docs/hardware/t2-sep.md. What can be asked without a disk;
 * with one, locking and unlocking. The password of a protected volume is "open sesame"; the program
 * leaves it so, and the volume open.
 */
#include "devices/apple/t2_sep_regs.h"
#include "tests/guest/lib/dev.h"
#include "tests/guest/lib/page.h"
#include "tests/guest/lib/trap.h"

#define ID_SEP    0x1802106bu
#define BAR4      0x20u
#define VECTOR    0x61u
#define PASSWORD  "open sesame"
#define OTHER     "open barley"
#define LENGTH    11u
#define ANSWER_MS 300u
#define TRY_TICKS (PM_HZ / 1000 * 80)
#define KEYS      T2_SEP_EP_KEYSTORE
#define PROTECTED (T2_SEP_HAS_VOLUME | T2_SEP_HAS_PASSWORD)
#define SIZE_2M   0x200000ull
#define FOUR_GIB  0x100000000ull
#define BELOW_4G  (PTE_P | PTE_W | PTE_PCD | PTE_PWT | PTE_PS)
#define TAG       0x5au
#define BUFFER_4K (T2_SEP_BUFFER_BYTES / 4096)

static uintptr_t fn, bar;
static volatile unsigned interrupts;
static uint32_t words[T2_SEP_WORDS];
static uint8_t *in, *out;

static void on_irq(struct frame *frame)
{
    (void)frame;
    interrupts++;
    lapic_eoi();
}

static void find_bar(void)
{
    uint64_t address = mmio_read32(fn + BAR4) & ~15u;

    address |= (uint64_t)mmio_read32(fn + BAR4 + 4) << 32;
    bar = (uintptr_t)address;
    if (address >= FOUR_GIB) {
        uint64_t page = address & ~(SIZE_2M - 1);
        bar = (uintptr_t)page_map(TEST_VA, page, BELOW_4G, 2) + (uintptr_t)(address - page);
        page_flush();
    }
}

static unsigned waiting(void)
{
    return mmio_read32(bar + T2_SEP_STATUS) >> T2_SEP_STATUS_COUNT & 15;
}

static void send(unsigned endpoint, unsigned operation, uint32_t word1, uint32_t word2)
{
    mmio_write32(bar + T2_SEP_SEND, endpoint | TAG << T2_SEP_TAG_SHIFT |
                                        operation << T2_SEP_OPERATION_SHIFT |
                                        KEYS << T2_SEP_PARAMETER_SHIFT);
    mmio_write32(bar + T2_SEP_SEND + 4, word1);
    mmio_write32(bar + T2_SEP_SEND + 8, word2);
}

/* The result, or 255 when no reply to this message came. */
static unsigned call(unsigned endpoint, unsigned operation, uint32_t word1, uint32_t word2)
{
    uint32_t start = pm_timer();

    send(endpoint, operation, word1, word2);
    while (waiting() == 0 && pm_before(start, ANSWER_MS)) {}
    if (waiting() == 0) return 255;
    for (unsigned i = 0; i < T2_SEP_WORDS; i++) {
        words[i] = mmio_read32(bar + T2_SEP_REPLY + 4 * i);
    }
    uint32_t want = endpoint | TAG << T2_SEP_TAG_SHIFT |
                    (operation | T2_SEP_IS_REPLY) << T2_SEP_OPERATION_SHIFT;
    if ((words[0] & 0xffffff) != want) return 255;
    return words[0] >> T2_SEP_PARAMETER_SHIFT;
}

static unsigned set_buffer(unsigned operation, uint64_t address, uint32_t bytes)
{
    return call(T2_SEP_EP_CONTROL, operation, (uint32_t)(address >> T2_SEP_PAGE_SHIFT), bytes);
}

static unsigned unlock(const char *password)
{
    memcpy(in, password, LENGTH);
    return call(KEYS, T2_SEP_UNLOCK, LENGTH, 0);
}

static unsigned change(const char *old, const char *now)
{
    memcpy(in, old, LENGTH);
    memcpy(in + T2_SEP_NEW_AT, now, LENGTH);
    return call(KEYS, T2_SEP_CHANGE, LENGTH | LENGTH << T2_SEP_LENGTH_SHIFT, 0);
}

static uint32_t flags(void)
{
    return call(KEYS, T2_SEP_GET_STATUS, 0, 0) == T2_SEP_OK ? words[1] : 0xffffffff;
}

static void mailbox(void)
{
    report_eq(mmio_read32(bar + T2_SEP_STATUS), 0, "nothing waits");
    report_eq(call(T2_SEP_EP_CONTROL, T2_SEP_PING, 0x12345678, 0x9abcdef0), T2_SEP_OK, "ping");
    report(words[1] == 0x12345678 && words[2] == 0x9abcdef0, "comes back as it was");
    report_eq(waiting(), 0, "the reply is taken");
    report_eq(call(T2_SEP_EP_ACM, 1, 0, 0), T2_SEP_BAD_ENDPOINT, "endpoint 10");
    report_eq(call(99, 1, 0, 0), T2_SEP_BAD_ENDPOINT, "endpoint 99");
    report_eq(call(T2_SEP_EP_CONTROL, 77, 0, 0), T2_SEP_BAD_OPERATION, "control operation 77");
    report_eq(call(KEYS, 77, 0, 0), T2_SEP_BAD_OPERATION, "keystore operation 77");
    report_eq(call(KEYS, T2_SEP_GET_ID, 0, 0), T2_SEP_NO_BUFFER, "identity without a buffer");
    report_eq(set_buffer(T2_SEP_SET_IN, 0, 4096), T2_SEP_BAD_ARGUMENT, "buffer of 4 KiB");
    report_eq(set_buffer(T2_SEP_SET_IN, 0xffffffff000ull, T2_SEP_BUFFER_BYTES), T2_SEP_BAD_ARGUMENT,
              "buffer that ends beyond 44 bits");
}

static void interrupt(void)
{
    unsigned cap = pci_capability(fn, 5);

    report(cap != 0, "MSI capability");
    if (cap == 0) return;
    mmio_write32(fn + cap + 4, 0xfee00000 | (lapic_read(LAPIC_ID) >> 24) << 12);
    mmio_write32(fn + cap + 8, 0);
    mmio_write16(fn + cap + 12, VECTOR);
    mmio_write16(fn + cap + 2, (uint16_t)((mmio_read16(fn + cap + 2) & ~0x70u) | 1));
    interrupts = 0;
    irq_enable();
    report_eq(call(T2_SEP_EP_CONTROL, T2_SEP_PING, 1, 2), T2_SEP_OK, "ping with MSI");
    pm_wait(20);
    irq_disable();
    report_eq(interrupts, 1, "one interrupt for one reply");
}

static void buffers(void)
{
    in = pages_alloc(BUFFER_4K);
    out = pages_alloc(BUFFER_4K);
    report_eq(set_buffer(T2_SEP_SET_IN, (uintptr_t)in, T2_SEP_BUFFER_BYTES), T2_SEP_OK,
              "in buffer");
    report_eq(set_buffer(T2_SEP_SET_OUT, MAP_MMIO32_END - 0x100000, T2_SEP_BUFFER_BYTES), T2_SEP_OK,
              "out buffer where no memory is");
    report_eq(call(KEYS, T2_SEP_GET_ID, 0, 0), T2_SEP_DMA_ABORT, "cannot be written");
    report_eq(set_buffer(T2_SEP_SET_OUT, (uintptr_t)out, T2_SEP_BUFFER_BYTES), T2_SEP_OK,
              "out buffer");
    report_eq(call(KEYS, T2_SEP_GET_ID, 0, 0), T2_SEP_OK, "identity");
    report_eq(words[1], T2_SEP_ID_BYTES, "its length");
    report_eq(call(KEYS, T2_SEP_GET_COUNT, 0, 0), T2_SEP_OK, "counter");
    report(memcmp(out + T2_SEP_ID_COUNTER, &words[1], 8) == 0, "is that of the identity");
    report_eq(call(KEYS, T2_SEP_UNLOCK, 256, 0), T2_SEP_BAD_ARGUMENT, "password of 256 bytes");
    report_eq(call(KEYS, T2_SEP_ERASE, ~words[1], 7), T2_SEP_BAD_ARGUMENT,
              "erase without the counter");
}

static void without_volume(void)
{
    report_eq(unlock(PASSWORD), T2_SEP_NO_VOLUME, "no volume to unlock");
    report_eq(change(PASSWORD, OTHER), T2_SEP_NO_VOLUME, "none whose password changes");
    report_eq(call(KEYS, T2_SEP_LOCK, 0, 0), T2_SEP_OK, "lock does nothing");
    report_eq(flags(), 0, "and still there is none");
}

static void open_volume(void)
{
    report_eq(call(KEYS, T2_SEP_LOCK, 0, 0), T2_SEP_OK, "lock");
    report_eq(flags(), T2_SEP_HAS_VOLUME, "locked");
    report_eq(call(KEYS, T2_SEP_UNLOCK, 0, 0), T2_SEP_OK, "unlock by the T2 alone");
    report_eq(flags(), T2_SEP_HAS_VOLUME | T2_SEP_IS_UNLOCKED, "unlocked");
}

static void protected_volume(void)
{
    uint32_t count, start;

    report_eq(call(KEYS, T2_SEP_UNLOCK, 0, 0), T2_SEP_BAD_ARGUMENT, "no password is no try");
    start = pm_timer();
    report_eq(unlock(OTHER), T2_SEP_WRONG, "wrong password");
    report_in(pm_timer_delta(start, pm_timer()), TRY_TICKS, TRY_TICKS * 11 / 10, "takes 80 ms");
    report_eq(words[2], 9, "nine tries are left");
    report_eq(flags(), PROTECTED, "locked");
    report_eq(words[2], 1, "one failure is counted");
    report_eq(unlock(PASSWORD), T2_SEP_OK, "right password");
    report(memcmp(in, "\0\0\0\0\0\0\0\0\0\0\0", LENGTH) == 0, "is gone from the buffer");
    report_eq(flags(), PROTECTED | T2_SEP_IS_UNLOCKED, "unlocked");
    report_eq(words[2], 0, "failures are forgotten");
    report_eq(call(KEYS, T2_SEP_GET_COUNT, 0, 0), T2_SEP_OK, "counter");
    count = words[1];
    report_eq(change(PASSWORD, OTHER), T2_SEP_OK, "another password");
    report_eq(unlock(OTHER), T2_SEP_OK, "opens");
    report_eq(change(OTHER, PASSWORD), T2_SEP_OK, "and back");
    report_eq(call(KEYS, T2_SEP_GET_COUNT, 0, 0), T2_SEP_OK, "counter");
    report_eq(words[1], count + 2, "two more");
    report_eq(call(KEYS, T2_SEP_LOCK, 0, 0), T2_SEP_OK, "lock");
    report_eq(flags(), PROTECTED, "locked");
    report_eq(unlock(PASSWORD), T2_SEP_OK, "unlock");
    report_eq(flags(), PROTECTED | T2_SEP_IS_UNLOCKED, "unlocked");
}

void guest_main(void)
{
    lapic_setup();
    pic_setup();
    ioapic_mask_all();
    fn = pci_find(ID_SEP);
    if (fn == 0) guest_panic("there is no SEP");
    report_eq(mmio_read8(fn + 0x3d), 0, "no interrupt pin");
    mmio_write16(fn + 4, 6);
    find_bar();
    trap_handle(VECTOR, on_irq);
    mailbox();
    interrupt();
    buffers();
    switch (flags() & ~T2_SEP_IS_UNLOCKED) {
    case 0: without_volume(); break;
    case T2_SEP_HAS_VOLUME: open_volume(); break;
    case PROTECTED: protected_volume(); break;
    default: report(false, "flags that can be"); break;
    }
}
