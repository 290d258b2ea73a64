/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables, the common exception path and attempt(). See trap.h; the assembly half is
 * trap64.S or trap32.S.
 */
#include "tests/guest/lib/trap.h"

#define STUB_BYTES 16

/* trap64.S, trap32.S */
extern const char trap_stubs[];
extern const char user_return[];
void attempt_run(struct attempt_frame *frame, unsigned how);
void attempt_finish(void) __attribute__((noreturn));
enum { RUN_CALL, RUN_IRET, RUN_COMPAT };
#ifdef __x86_64__
extern const char user_return32[], compat_return[];
#endif

uint64_t gdt[GDT_ENTRIES] __attribute__((aligned(16)));
struct gate idt[256] __attribute__((aligned(16)));
struct tss tss __attribute__((aligned(4096)));
uint8_t user_stack[STACK_BYTES] __attribute__((aligned(4096)));
uint8_t ring0_stack[STACK_BYTES] __attribute__((aligned(4096)));
uint8_t ist_stack[IST_COUNT][STACK_BYTES] __attribute__((aligned(4096)));
word user_flags;

/* The way back of the attempt under way; 0 when none is. Written by the assembly. */
word attempt_sp;
word attempt_value;

static trap_fn handlers[256];
static struct fault current;

uint64_t descriptor(uint32_t base, uint32_t limit, unsigned access, unsigned flags)
{
    uint64_t d = limit & 0xffff;
    d |= (uint64_t)(base & 0xffffff) << 16;
    d |= (uint64_t)(access & 0xff) << 40;
    d |= (uint64_t)((limit >> 16) & 0xf) << 48;
    d |= (uint64_t)(flags & 0xf) << 52;
    d |= (uint64_t)(base >> 24) << 56;
    return d;
}

void gdt_set(unsigned selector, uint64_t low)
{
    gdt[selector >> 3] = low;
}

void gdt_load(uint16_t limit)
{
    struct table_register r = {.limit = limit, .base = (word)gdt};
    __asm__ volatile("lgdt %0" : : "m"(r) : "memory");
}

void idt_load(uint16_t limit)
{
    struct table_register r = {.limit = limit, .base = (word)idt};
    __asm__ volatile("lidt %0" : : "m"(r) : "memory");
}

void gate_set(unsigned vector, const void *target, unsigned selector, unsigned type, unsigned ist)
{
    word address = (word)target;
    idt[vector] = (struct gate){
        .offset_low = (uint16_t)address,
        .selector = (uint16_t)selector,
        .ist = (uint8_t)ist,
        .type = (uint8_t)type,
        .offset_mid = (uint16_t)(address >> 16),
#ifdef __x86_64__
        .offset_high = (uint32_t)(address >> 32),
#endif
    };
}

void gate_reset(unsigned vector)
{
    unsigned type = GATE_PRESENT | GATE_INTERRUPT;
    if (vector == VECTOR_USER_RETURN) type |= GATE_DPL3;
    gate_set(vector, trap_stubs + vector * STUB_BYTES, SEL_KERNEL_CODE, type, 0);
}

static void gdt_fill(void)
{
    const unsigned code = ACCESS_PRESENT | ACCESS_CODE, data = ACCESS_PRESENT | ACCESS_DATA;
    gdt_set(SEL_CODE64, descriptor(0, 0xfffff, code, FLAG_G | FLAG_L));
    gdt_set(SEL_DATA, descriptor(0, 0xfffff, data, FLAG_G | FLAG_D));
    gdt_set(SEL_USER_CODE32, descriptor(0, 0xfffff, code | ACCESS_DPL3, FLAG_G | FLAG_D));
    gdt_set(SEL_USER_DATA, descriptor(0, 0xfffff, data | ACCESS_DPL3, FLAG_G | FLAG_D));
    gdt_set(SEL_USER_CODE64, descriptor(0, 0xfffff, code | ACCESS_DPL3, FLAG_G | FLAG_L));
    gdt_set(SEL_USER_DATA2, descriptor(0, 0xfffff, data | ACCESS_DPL3, FLAG_G | FLAG_D));
    gdt_set(SEL_CODE32, descriptor(0, 0xfffff, code, FLAG_G | FLAG_D));
    gdt_set(SEL_CODE16, descriptor(0, 0xffff, code, 0));
    gdt_set(SEL_DATA16, descriptor(0, 0xffff, data, 0));
}

#ifdef __x86_64__
void gdt_set_system(unsigned selector, uint64_t base, uint32_t limit, unsigned access)
{
    gdt[selector >> 3] = descriptor((uint32_t)base, limit, access, 0);
    gdt[(selector >> 3) + 1] = base >> 32;
}

static void tss_fill(void)
{
    tss.rsp[0] = (word)ring0_stack + STACK_BYTES;
    for (unsigned i = 0; i < IST_COUNT; i++) {
        tss.ist[i] = (word)ist_stack[i] + STACK_BYTES;
    }
}

void tss_load(void)
{
    gdt_set_system(SEL_TSS, (word)&tss, sizeof(tss) - 1, ACCESS_PRESENT | ACCESS_TSS);
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS) : "memory");
}
#else
static void tss_fill(void)
{
    tss.esp0 = (word)ring0_stack + STACK_BYTES;
    tss.ss0 = SEL_DATA;
}

void tss_load(void)
{
    gdt_set(SEL_TSS, descriptor((word)&tss, sizeof(tss) - 1, ACCESS_PRESENT | ACCESS_TSS, 0));
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS) : "memory");
}
#endif

void trap_init(void)
{
    gdt_fill();
    gdt_load(sizeof(gdt) - 1);
    for (unsigned vector = 0; vector < 256; vector++) {
        gate_reset(vector);
    }
    idt_load(sizeof(idt) - 1);
    memset(tss.io_bitmap, 0xff, sizeof(tss.io_bitmap));
    tss.io_map = (uint16_t)((word)tss.io_bitmap - (word)&tss);
    tss_fill();
    tss_load();
    __asm__ volatile("lldt %w0" : : "r"(0));
}

void trap_handle(unsigned vector, trap_fn fn)
{
    handlers[vector] = fn;
}

static void unexpected(const struct frame *frame)
{
    guest_panic("vector %lu error %lx at %lx cs %lx flags %lx sp %lx cr2 %lx", frame->vector,
                frame->error, frame->ip, frame->cs, frame->flags, (word)(&frame->sp), read_cr2());
}

/* Bytes the processor pushed: SS:SP comes always in long mode, else with a change of privilege. */
static size_t pushed_bytes(const struct frame *frame)
{
    size_t words = 3;
#ifdef __x86_64__
    (void)frame;
    words = 5;
#else
    if ((frame->cs & 3) != 0) words = 5;
    if (frame->flags & FLAG_VM) words = 9;
#endif
    return words * sizeof(word);
}

/* Called by the assembly for every vector. */
void trap_dispatch(struct frame *frame);
void trap_dispatch(struct frame *frame)
{
    unsigned vector = frame->vector & 0xff;
    if (handlers[vector] != NULL) {
        handlers[vector](frame);
        return;
    }
    if (attempt_sp == 0) unexpected(frame);
    current.value = frame->ax;
    if (vector != VECTOR_USER_RETURN) {
        current.vector = vector;
        current.error = frame->error;
        current.cr2 = read_cr2();
        current.dr6 = read_dr6();
        current.frame_top = (word)&frame->ip + pushed_bytes(frame);
        size_t bytes = offsetof(struct frame, ip) + pushed_bytes(frame);
        memcpy(&current.frame, frame, bytes < sizeof(*frame) ? bytes : sizeof(*frame));
    }
    attempt_finish();
}

static struct fault attempt_how(struct attempt_frame *frame, unsigned how)
{
    word outer_sp = attempt_sp;
    struct fault outer = current, result;
    memset(&current, 0, sizeof(current));
    current.vector = NO_FAULT;
    attempt_run(frame, how);
    if (how == RUN_CALL && current.vector == NO_FAULT) current.value = attempt_value;
    if (how == RUN_COMPAT && current.vector == NO_FAULT) current.value = (uint32_t)attempt_value;
    result = current;
    current = outer;
    attempt_sp = outer_sp;
    return result;
}

struct fault attempt(const void *code, word a, word b)
{
    struct attempt_frame frame = {.code = (word)code, .a = a, .b = b};
    return attempt_how(&frame, RUN_CALL);
}

struct fault attempt_iret(const struct attempt_frame *frame)
{
    struct attempt_frame copy = *frame;
    return attempt_how(&copy, RUN_IRET);
}

struct fault attempt_user(const void *code, word a, word b)
{
    word *sp = (word *)(user_stack + STACK_BYTES) - 3;
    *sp = (word)user_return;
    struct attempt_frame frame = {
        .code = (word)code,
        .cs = SEL_USER_CODE | 3,
        .flags = FLAG_FIXED | user_flags,
        .sp = (word)sp,
        .ss = SEL_USER_DATA | 3,
        .a = a,
        .b = b,
    };
    return attempt_how(&frame, RUN_IRET);
}

#ifdef __x86_64__
struct fault attempt_compat(const void *code, word a, word b)
{
    struct attempt_frame frame = {.code = (word)code, .a = a, .b = b};
    return attempt_how(&frame, RUN_COMPAT);
}

struct fault attempt_compat_user(const void *code, word a, word b)
{
    uint32_t *sp = (uint32_t *)(user_stack + STACK_BYTES) - 4;
    *sp = (uint32_t)(word)user_return32;
    struct attempt_frame frame = {
        .code = (word)code,
        .cs = SEL_USER_CODE32 | 3,
        .flags = FLAG_FIXED | user_flags,
        .sp = (word)sp,
        .ss = SEL_USER_DATA | 3,
        .a = a,
        .b = b,
    };
    return attempt_how(&frame, RUN_IRET);
}
#endif

void expect_fault(const struct fault *fault, unsigned vector, word error, const void *at,
                  const char *name)
{
    bool is_right = fault->vector == vector && fault->error == error &&
                    (at == NULL || fault->frame.ip == (word)at);
    if (!is_right && fault->vector == NO_FAULT) {
        print("  no exception (value %lx); want vector %u error %lx\n", fault->value, vector,
              error);
    } else if (!is_right) {
        print("  got vector %lu error %lx at %lx cr2 %lx; want vector %u error %lx at %lx\n",
              fault->vector, fault->error, fault->frame.ip, fault->cr2, vector, error, (word)at);
    }
    report(is_right, "%s", name);
}

void expect_return(const struct fault *fault, const char *name)
{
    if (fault->vector != NO_FAULT) {
        print("  got vector %lu error %lx at %lx cr2 %lx; want none\n", fault->vector, fault->error,
              fault->frame.ip, fault->cr2);
    }
    report(fault->vector == NO_FAULT, "%s", name);
}
