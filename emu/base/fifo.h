/* SPDX-License-Identifier: GPL-2.0-only */
/* A byte queue of fixed capacity inside its owner. Invariant: head < FIFO_BYTES, count <= limit <=
 * FIFO_BYTES. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FIFO_BYTES 64

struct fifo {
    uint8_t data[FIFO_BYTES];
    uint8_t head;
    uint8_t count;
    uint8_t limit; /* capacity in use, 1..FIFO_BYTES */
};

void fifo_init(struct fifo *fifo, uint8_t limit);
void fifo_clear(struct fifo *fifo);
bool fifo_is_empty(const struct fifo *fifo);
bool fifo_is_full(const struct fifo *fifo);
/* False when full (nothing stored). */
bool fifo_push(struct fifo *fifo, uint8_t byte);
/* The oldest byte, removed or only looked at; 0 when empty. */
uint8_t fifo_pop(struct fifo *fifo);
uint8_t fifo_peek(const struct fifo *fifo);
