/* SPDX-License-Identifier: GPL-2.0-only */
#include "emu/app/stop_order.h"

#include "emu/core/inbox.h"

#define ORDERS_MAX 64

bool stop_is_ordered(struct inbox *inbox)
{
    struct inbox_message orders[ORDERS_MAX];
    size_t count = 0;
    bool is_asked = false;

    while (count < ORDERS_MAX && inbox_take_order(inbox, &orders[count])) {
        is_asked = is_asked || orders[count].kind == INBOX_STOP;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        (void)inbox_post(inbox, &orders[i]);
    return is_asked;
}
