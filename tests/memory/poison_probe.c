/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs in test guests (tests/memory/poison): somebody whose memory fails.
 *
 *     poison_probe read ROUNDS     a child reads a word of its own again and again, once in 10 ms
 *     poison_probe execute ROUNDS  it calls a function in it
 *     poison_probe survive ROUNDS  it reads, and says what signal it gets
 *
 * First it says where the page is in physical memory (from /proc/self/pagemap); then how its child ended.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES   4096u
#define WORD         512u /* offset of the word that is to fail */
#define PAGEMAP_MASK ((UINT64_C(1) << 55) - 1)
#define OPCODE_RET   0xc3

static uint64_t physical(const void *page)
{
    uint64_t entry = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY);
    off_t place = (off_t)((uintptr_t)page / PAGE_BYTES * sizeof(entry));

    if (fd < 0 || pread(fd, &entry, sizeof(entry), place) != sizeof(entry)) exit(3);
    close(fd);
    return (entry & PAGEMAP_MASK) * PAGE_BYTES;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    static const char *const names[] = {"other", "BUS_MCEERR_AR", "BUS_MCEERR_AO"};
    int name = info->si_code == BUS_MCEERR_AR ? 1 : info->si_code == BUS_MCEERR_AO ? 2 : 0;

    (void)number;
    (void)context;
    printf("SIGBUS %s at offset %lu\n", names[name],
           (unsigned long)((uintptr_t)info->si_addr % PAGE_BYTES));
    fflush(stdout);
    _exit(7);
}

static void rest(void)
{
    const struct timespec time = {.tv_nsec = 10000000};

    nanosleep(&time, NULL);
}

static void use(uint8_t *page, int is_code)
{
    if (is_code) {
        void (*function)(void);
        void *address = page + WORD;

        memcpy(&function, &address, sizeof(function));
        function();
    } else if (*(volatile uint64_t *)(void *)(page + WORD) != UINT64_C(0x1122334455667788)) {
        puts("the word has changed");
        _exit(8);
    }
}

static int child(const char *what, int rounds)
{
    const struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    int is_code = strcmp(what, "execute") == 0;
    uint8_t *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
    uint64_t word = is_code ? OPCODE_RET : UINT64_C(0x1122334455667788);

    if (page == MAP_FAILED) return 3;
    memset(page, 0x5a, PAGE_BYTES);
    memcpy(page + WORD, &word, sizeof(word));
    if (strcmp(what, "survive") == 0) sigaction(SIGBUS, &action, NULL);
    printf("page %#llx\n", (unsigned long long)(physical(page) + WORD));
    fflush(stdout);
    for (int i = 0; i < rounds; i++) {
        use(page, is_code);
        rest();
    }
    return 0;
}

int main(int argc, char **argv)
{
    int status = 0;
    pid_t pid;

    if (argc != 3) return 2;
    pid = fork();
    if (pid == 0) _exit(child(argv[1], atoi(argv[2])));
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return 3;
    if (WIFSIGNALED(status)) {
        printf("child: signal %d\n", WTERMSIG(status));
    } else {
        printf("child: status %d\n", WEXITSTATUS(status));
    }
    return 0;
}
