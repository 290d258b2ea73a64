/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work of a Debian guest in campaigns of memory faults: sums over a table, a checksum of what is copied
 * through a pipe of the kernel, a product of matrices. Each round is a line "result ROUND SUM". Exit status
 * 1 when the kernel refuses something.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS      4u
#define TABLE_WORDS ((size_t)256 << 10) /* 2 MiB */
#define PIPE_BYTES  4096u
#define PIPE_TURNS  64u
#define SIDE        64u

/* MurmurHash3's finalizer. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* -1 when the pipe does not work. */
static int through_pipe(const uint64_t *table, uint64_t *sum)
{
    uint64_t got[PIPE_BYTES / sizeof(uint64_t)];
    int ends[2];

    if (pipe(ends) != 0) return -1;
    for (unsigned turn = 0; turn < PIPE_TURNS; turn++) {
        const uint64_t *from = table + turn * (TABLE_WORDS / PIPE_TURNS);

        if (write(ends[1], from, PIPE_BYTES) != PIPE_BYTES) return -1;
        if (read(ends[0], got, PIPE_BYTES) != PIPE_BYTES) return -1;
        for (size_t i = 0; i < PIPE_BYTES / sizeof(uint64_t); i++) {
            *sum = (*sum << 1 | *sum >> 63) ^ got[i];
        }
    }
    return close(ends[0]) != 0 || close(ends[1]) != 0 ? -1 : 0;
}

static uint64_t multiply(const uint64_t *left, const uint64_t *right)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SIDE; i++) {
        for (unsigned j = 0; j < SIDE; j++) {
            uint64_t value = 0;

            for (unsigned k = 0; k < SIDE; k++) {
                value += left[i * SIDE + k] * right[k * SIDE + j];
            }
            sum = sum * 31 + value;
        }
    }
    return sum;
}

int main(void)
{
    uint64_t *table = malloc(TABLE_WORDS * sizeof(*table));

    if (table == NULL) return 1;
    for (size_t i = 0; i < TABLE_WORDS; i++) {
        table[i] = mix(i);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t sum = round;

        for (size_t i = 0; i < TABLE_WORDS; i++) {
            sum = (sum << 1 | sum >> 63) + table[i];
        }
        if (through_pipe(table, &sum) != 0) return 1;
        sum += multiply(table, table + (size_t)SIDE * SIDE);
        (void)printf("result %u %016llx\n", round, (unsigned long long)sum);
        (void)fflush(stdout);
    }
    free(table);
    return 0;
}
