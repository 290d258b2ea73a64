/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded queue behind a mutex, with an atomic count so that the machine's look into an empty
 * inbox costs one load, and an eventfd to wait on. This is the only file of emu/core that knows
 * host threads: the door has to stand on the threshold.
 */
#include "emu/core/inbox.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct inbox {
    pthread_mutex_t mutex;
    int event_fd; /* readable after a post; waited on, never trusted for the count */
    struct inbox_message queue[INBOX_MESSAGES_MAX];
    size_t head;
    atomic_size_t count;
};

struct inbox *inbox_create(void)
{
    struct inbox *inbox = calloc(1, sizeof(*inbox));

    if (inbox == NULL) return NULL;
    inbox->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (inbox->event_fd < 0) {
        free(inbox);
        return NULL;
    }
    (void)pthread_mutex_init(&inbox->mutex, NULL);
    return inbox;
}

void inbox_destroy(struct inbox *inbox)
{
    if (inbox == NULL) return;
    (void)close(inbox->event_fd);
    (void)pthread_mutex_destroy(&inbox->mutex);
    free(inbox);
}

bool inbox_post(struct inbox *inbox, const struct inbox_message *message)
{
    const size_t limit =
        message->kind == INBOX_SERIAL ? INBOX_MESSAGES_MAX - INBOX_RESERVED : INBOX_MESSAGES_MAX;
    size_t count;

    (void)pthread_mutex_lock(&inbox->mutex);
    count = atomic_load(&inbox->count);
    if (count < limit) {
        inbox->queue[(inbox->head + count) % INBOX_MESSAGES_MAX] = *message;
        atomic_store(&inbox->count, count + 1);
        (void)eventfd_write(inbox->event_fd, 1);
    }
    (void)pthread_mutex_unlock(&inbox->mutex);
    return count < limit;
}

bool inbox_is_empty(const struct inbox *inbox)
{
    return atomic_load_explicit(&inbox->count, memory_order_acquire) == 0;
}

bool inbox_take(struct inbox *inbox, struct inbox_message *message)
{
    bool is_taken = false;

    if (inbox_is_empty(inbox)) return false;
    (void)pthread_mutex_lock(&inbox->mutex);
    if (atomic_load(&inbox->count) > 0) {
        *message = inbox->queue[inbox->head];
        inbox->head = (inbox->head + 1) % INBOX_MESSAGES_MAX;
        atomic_fetch_sub(&inbox->count, 1);
        is_taken = true;
    }
    (void)pthread_mutex_unlock(&inbox->mutex);
    return is_taken;
}

static struct inbox_message *place(struct inbox *inbox, size_t index)
{
    return &inbox->queue[(inbox->head + index) % INBOX_MESSAGES_MAX];
}

static bool is_no_typing(const struct inbox_message *message)
{
    return message->kind != INBOX_SERIAL;
}

bool inbox_is_order(const struct inbox_message *message)
{
    return message->kind == INBOX_STOP || message->kind == INBOX_PAUSE ||
           message->kind == INBOX_RESUME || message->kind == INBOX_ATTENTION;
}

static bool take_first(struct inbox *inbox, bool (*is_wanted)(const struct inbox_message *message),
                       struct inbox_message *message)
{
    bool is_taken = false;
    size_t count;
    size_t index = 0;

    if (inbox_is_empty(inbox)) return false;
    (void)pthread_mutex_lock(&inbox->mutex);
    count = atomic_load(&inbox->count);
    while (index < count && !is_wanted(place(inbox, index))) {
        index++;
    }
    if (index < count) {
        *message = *place(inbox, index);
        /* Those in front of it move up by one place and keep their order. */
        for (; index > 0; index--) {
            *place(inbox, index) = *place(inbox, index - 1);
        }
        inbox->head = (inbox->head + 1) % INBOX_MESSAGES_MAX;
        atomic_fetch_sub(&inbox->count, 1);
        is_taken = true;
    }
    (void)pthread_mutex_unlock(&inbox->mutex);
    return is_taken;
}

bool inbox_take_control(struct inbox *inbox, struct inbox_message *message)
{
    return take_first(inbox, is_no_typing, message);
}

bool inbox_take_order(struct inbox *inbox, struct inbox_message *message)
{
    return take_first(inbox, inbox_is_order, message);
}

void inbox_wait_more(struct inbox *inbox, int max_ms)
{
    struct pollfd wait = {.fd = inbox->event_fd, .events = POLLIN, .revents = 0};
    eventfd_t posts;

    if (poll(&wait, 1, max_ms) > 0) {
        (void)eventfd_read(inbox->event_fd, &posts);
    }
}

void inbox_wait(struct inbox *inbox, int max_ms)
{
    if (!inbox_is_empty(inbox)) return;
    inbox_wait_more(inbox, max_ms);
}
