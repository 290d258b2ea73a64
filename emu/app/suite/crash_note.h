/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a process was when it crashed, without a core file: a handler of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT, on a stack
 * of its own, that notes what the kernel said and who called whom, and then lets the signal do what it does by itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "emu/base/error.h"

#define CRASH_NOTE_BYTES 4096u

/* In memory that outlives the process. */
struct crash_facts {
    uint64_t pc;       /* 0: not known */
    uint64_t address;  /* that it could not use (SIGSEGV, SIGBUS) */
    uint64_t vm_bytes; /* address space that it had then */
    uint64_t vm_limit; /* that it was allowed (RLIMIT_AS); 0: any */
    bool is_filled;
};

/* From now on a crash fills `facts` and writes a line for each caller to `fd`, the innermost first: "PROGRAM(+OFFSET)[...]",
 * which addr2line understands. -1 with `err`. Once in a process. */
int crash_note_install(int fd, struct crash_facts *facts, struct error *err) MUST_CHECK;
/* The same numbers about memory, for who ends in another manner. Safe in a handler. */
void crash_note_memory(struct crash_facts *facts);
