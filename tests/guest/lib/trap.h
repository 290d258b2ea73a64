/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions and interrupts of a guest program, in long mode and in 32-bit protected mode.
 *
 * attempt() calls a piece of code and comes back when it returned or when it met an exception,
 * whichever is first; the exception is recorded and everything (stack, segments, flags, mode,
 * privilege) is as it was before the call. The way back goes through IRET, so that NMI is unblocked
 * as after a real handler. The code may run in ring 0, ring 3 or, in long mode, as 32-bit code in
 * compatibility mode. Code pieces are written with STUB.
 *
 * trap_handle() puts a C function on a vector instead; it returns through IRET to where its frame
 * says.
 */
#pragma once

#include "tests/guest/lib/guest.h"
#include "tests/guest/lib/layout.h"

enum vector {
    VECTOR_DE = 0,
    VECTOR_DB = 1,
    VECTOR_NMI = 2,
    VECTOR_BP = 3,
    VECTOR_OF = 4,
    VECTOR_BR = 5,
    VECTOR_UD = 6,
    VECTOR_NM = 7,
    VECTOR_DF = 8,
    VECTOR_TS = 10,
    VECTOR_NP = 11,
    VECTOR_SS = 12,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_MF = 16,
    VECTOR_AC = 17,
    VECTOR_MC = 18,
    VECTOR_XM = 19,
};

/* Error-code bits: selector errors (SDM 3A 6.13) and page faults (6.15). */
#define ERROR_EXT           1
#define ERROR_IDT           2
#define ERROR_TI            4
#define ERROR_IDT_VECTOR(v) ((v)*8 + ERROR_IDT)
#define PF_P                1
#define PF_W                2
#define PF_U                4
#define PF_RSVD             8
#define PF_I                16

/* Registers at the exception, as trap64.S and trap32.S push them. */
struct frame {
#ifdef __x86_64__
    word r15, r14, r13, r12, r11, r10, r9, r8;
    word di, si, bp, bx, dx, cx, ax;
#else
    word gs, fs, es, ds;
    word di, si, bp, kernel_sp, bx, dx, cx, ax;
#endif
    word vector, error;
    word ip, cs, flags;
    word sp, ss; /* in 32-bit mode only there when the privilege level changed */
};

#define NO_FAULT 0xffffu

struct fault {
    word vector;        /* NO_FAULT: the code returned */
    word error;         /* 0 for vectors without an error code */
    word cr2;           /* at the time of the exception */
    word dr6;           /* at the time of the exception */
    word value;         /* AX when the code returned, or at the exception */
    word frame_top;     /* stack address just above what was pushed: tells which stack was taken */
    struct frame frame; /* registers at the exception */
};

typedef void (*trap_fn)(struct frame *frame);

/* Builds GDT, TSS, IDT and stacks and loads them. Called by crt0 before guest_main(). */
void trap_init(void);
/* Puts `fn` on a vector; NULL takes it away: the vector is then recorded by attempt() or fatal. */
void trap_handle(unsigned vector, trap_fn fn);

/* Calls code(a, b) in ring 0. */
struct fault attempt(const void *code, word a, word b);
/* Calls code(a, b) in ring 3, on the user stack, with `user_flags` ORed into RFLAGS. */
struct fault attempt_user(const void *code, word a, word b);
#ifdef __x86_64__
/*
 * Calls 32-bit code (STUB32) in compatibility mode, ring 0 or 3. a and b arrive in EAX and EDX as
 * well as EDI and ESI.
 */
struct fault attempt_compat(const void *code, word a, word b);
struct fault attempt_compat_user(const void *code, word a, word b);
#endif
/* Calls `code` with IRET through a frame of the caller's choice: selectors, flags and stack. */
struct attempt_frame {
    word code, cs, flags, sp, ss, a, b;
};
struct fault attempt_iret(const struct attempt_frame *frame);
/*
 * Flags that attempt_user() and attempt_compat_user() add for the next calls (IF, IOPL, AC, TF..).
 * Normally 0.
 */
extern word user_flags;
/* The top of the user stack; the return address is put below it. */
extern uint8_t user_stack[STACK_BYTES];
/* The top of the ring-0 stack that the TSS names. */
extern uint8_t ring0_stack[STACK_BYTES];
extern uint8_t ist_stack[IST_COUNT][STACK_BYTES];

/*
 * Code pieces: NAME is the function, NAME_at the instruction under test, NAME_next the one behind
 * it. Arguments arrive in RDI and RSI (64-bit) or EAX and EDX (32-bit).
 */
#define STUB_IN(bits, name, setup, insn)                                                      \
    extern const char name[], name##_at[], name##_next[];                                     \
    __asm__(".pushsection .text.stub, \"ax\"\n"                                               \
            ".code" #bits "\n"                                                                \
            ".globl " #name ", " #name "_at, " #name "_next\n" #name ":\n\t" setup "\n" #name \
            "_at:\n\t" insn "\n" #name "_next:\n\tret\n"                                      \
            ".popsection\n")
#ifdef __x86_64__
#define STUB(name, setup, insn) STUB_IN(64, name, setup, insn)
#define STUB32(name, setup, insn)   \
    STUB_IN(32, name, setup, insn); \
    __asm__(".code64")
#else
#define STUB(name, setup, insn) STUB_IN(32, name, setup, insn)
#endif

/* Reports whether the fault is `vector` with `error` at the address `at` (NULL: anywhere). */
void expect_fault(const struct fault *fault, unsigned vector, word error, const void *at,
                  const char *name);
/* Reports that the code returned without an exception. */
void expect_return(const struct fault *fault, const char *name);
/* attempt() and expect_fault() in one. */
#define EXPECT(stub, a, b, vector, error, name)                        \
    do {                                                               \
        struct fault fault_seen = attempt(stub, (word)(a), (word)(b)); \
        expect_fault(&fault_seen, vector, error, stub##_at, name);     \
    } while (0)
#define EXPECT_USER(stub, a, b, vector, error, name)                        \
    do {                                                                    \
        struct fault fault_seen = attempt_user(stub, (word)(a), (word)(b)); \
        expect_fault(&fault_seen, vector, error, stub##_at, name);          \
    } while (0)
#define EXPECT_OK(stub, a, b, name)                                    \
    do {                                                               \
        struct fault fault_seen = attempt(stub, (word)(a), (word)(b)); \
        expect_return(&fault_seen, name);                              \
    } while (0)

/* ---- Descriptor tables ---- */

struct __attribute__((packed)) table_register {
    uint16_t limit;
    word base;
};

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type; /* type: P, DPL, S, type as in the descriptor */
    uint16_t offset_mid;
#ifdef __x86_64__
    uint32_t offset_high, zero;
#endif
};
#define GATE_PRESENT   0x80
#define GATE_DPL3      0x60
#define GATE_INTERRUPT 0x0e
#define GATE_TRAP      0x0f
#define GATE_TASK      0x05
#define GATE_CALL      0x0c

struct __attribute__((packed)) tss {
#ifdef __x86_64__
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
#else
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, io_map;
#endif
    uint8_t io_bitmap[8192 + 1];
};

extern uint64_t gdt[GDT_ENTRIES];
extern struct gate idt[256];
extern struct tss tss;

/*
 * Descriptor of a segment: `access` is P DPL S type, `flags` the four bits G D/B L AVL (G = 8, D =
 * 4, L = 2).
 */
uint64_t descriptor(uint32_t base, uint32_t limit, unsigned access, unsigned flags);
#define ACCESS_PRESENT    0x80
#define ACCESS_DPL3       0x60
#define ACCESS_CODE       0x1a
#define ACCESS_DATA       0x12
#define ACCESS_CONFORMING 0x04
#define ACCESS_TSS        0x09
#define ACCESS_TSS16      0x01
#define ACCESS_LDT        0x02
#define FLAG_G            8
#define FLAG_D            4
#define FLAG_L            2
/* Sets a GDT slot; a selector with RPL and TI bits is fine. */
void gdt_set(unsigned selector, uint64_t low);
#ifdef __x86_64__
/* A 16-byte system descriptor. */
void gdt_set_system(unsigned selector, uint64_t base, uint32_t limit, unsigned access);
#endif
void gdt_load(uint16_t limit);
void gate_set(unsigned vector, const void *target, unsigned selector, unsigned type, unsigned ist);
/* The library's own gate for a vector: ring-0 interrupt gate, no IST. */
void gate_reset(unsigned vector);
void idt_load(uint16_t limit);
/* Loads TR again (clears the busy bit first). */
void tss_load(void);
