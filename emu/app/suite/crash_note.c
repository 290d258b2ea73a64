/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handler for crashes: see crash_note.h. What it needs to know stands at the far end of its own stack, which the kernel
 * tells it the place of: so there is no variable of the whole program, and nothing that a crash may have spoilt.
 */
#define _GNU_SOURCE /* REG_RIP, sigaltstack */

#include "emu/app/suite/crash_note.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include "emu/base/bits.h"

#define STACK_BYTES (256u << 10)
#define FRAMES      32
#define PAGE        4096u

struct place {
    int fd;
    struct crash_facts *facts;
};

static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

void crash_note_memory(struct crash_facts *facts)
{
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    struct rlimit limit;
    uint64_t pages = 0;
    char text[128];
    ssize_t bytes;

    if (fd < 0) return;
    bytes = read(fd, text, sizeof(text));
    (void)close(fd);
    for (ssize_t i = 0; i < bytes && text[i] >= '0' && text[i] <= '9'; i++) {
        pages = pages * 10 + (uint64_t)(text[i] - '0');
    }
    facts->vm_bytes = pages * PAGE;
    facts->vm_limit = 0;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        facts->vm_limit = limit.rlim_cur;
    }
}

/* Those before the place are the handler's own. A place that nothing is known of, in translated code or nowhere, has no
 * callers. */
static void write_callers(const struct place *place)
{
    void *frames[FRAMES + 1];
    const int count = backtrace(frames, FRAMES);
    int first = 0;

    frames[count] = (void *)(uintptr_t)place->facts->pc;
    while (frames[first] != frames[count]) {
        first++;
    }
    backtrace_symbols_fd(frames + first, first < count ? count - first : 1, place->fd);
}

static void handle(int number, siginfo_t *info, void *context)
{
    const ucontext_t *state = context;
    const struct place *place = state->uc_stack.ss_sp;
    struct crash_facts *facts = place->facts;

    (void)signal(number, SIG_DFL);
#if defined(__x86_64__)
    facts->pc = (uint64_t)state->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    facts->pc = state->uc_mcontext.pc;
#endif
    facts->address = number == SIGSEGV || number == SIGBUS ? (uint64_t)(uintptr_t)info->si_addr : 0;
    crash_note_memory(facts);
    facts->is_filled = true;
    write_callers(place);
    (void)raise(number);
}

/* That of the process which this one was forked from serves here, too. */
static void *find_stack(void)
{
    stack_t stack;
    void *memory;

    if (sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0 &&
        stack.ss_size == STACK_BYTES) {
        return stack.ss_sp;
    }
    memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    stack = (stack_t){.ss_sp = memory, .ss_size = STACK_BYTES};
    if (sigaltstack(&stack, NULL) == 0) return memory;
    (void)munmap(memory, STACK_BYTES);
    return NULL;
}

int crash_note_install(int fd, struct crash_facts *facts, struct error *err)
{
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    struct place *place = find_stack();
    void *frame;

    if (place == NULL) return error_host(err, "no stack for crashes: %s", strerror(errno));
    *place = (struct place){.fd = fd, .facts = facts};
    /* The first call loads the unwinder, which allocates. */
    (void)backtrace(&frame, 1);
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_LEN(crashes); i++) {
        (void)sigaction(crashes[i], &action, NULL);
    }
    return 0;
}
