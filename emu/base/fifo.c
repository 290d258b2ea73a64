/* SPDX-License-Identifier: GPL-2.0-only */
/* A byte ring of fixed capacity. */
#include "emu/base/fifo.h"

#include "emu/base/bug.h"

void fifo_init(struct fifo *fifo, uint8_t limit)
{
    BUG_ON(limit == 0 || limit > FIFO_BYTES);
    *fifo = (struct fifo){.limit = limit};
}

void fifo_clear(struct fifo *fifo)
{
    fifo_init(fifo, fifo->limit);
}

bool fifo_is_empty(const struct fifo *fifo)
{
    return fifo->count == 0;
}

bool fifo_is_full(const struct fifo *fifo)
{
    return fifo->count >= fifo->limit;
}

bool fifo_push(struct fifo *fifo, uint8_t byte)
{
    if (fifo_is_full(fifo)) return false;
    fifo->data[(fifo->head + fifo->count) % FIFO_BYTES] = byte;
    fifo->count++;
    return true;
}

uint8_t fifo_pop(struct fifo *fifo)
{
    uint8_t byte = fifo_peek(fifo);

    if (fifo->count > 0) {
        fifo->head = (uint8_t)((fifo->head + 1) % FIFO_BYTES);
        fifo->count--;
    }
    return byte;
}

uint8_t fifo_peek(const struct fifo *fifo)
{
    return fifo->count > 0 ? fifo->data[fifo->head % FIFO_BYTES] : 0;
}
