/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread of a control socket: one poll() over listening socket, client and wake-up. Two plain
 * buffers stand between it and the machine's thread, behind one mutex: bytes that came in and are
 * cut into lines by whoever takes them, bytes that go out.
 */
#define _GNU_SOURCE

#include "emu/host/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "emu/host/signals.h"
#include "emu/host/unix_socket.h"

#define INPUT_BYTES  (2u * CONTROL_LINE_BYTES)
#define RETRY_MS     10   /* how soon a full inbox is tried again */
#define LAST_WAIT_MS 2000 /* how long a client may stall at the end */
#define PATH_BYTES   256

struct buffer {
    char *data;
    size_t count;
    size_t size;
};

struct control_socket {
    char path[PATH_BYTES];
    const char *greeting;
    int listen_fd;
    int client_fd; /* the thread's alone; -1: none */
    int wake_fd;
    bool has_ended; /* the client sends no more, and waits for answers */
    struct inbox *inbox;
    bool is_running;
    pthread_t thread;

    pthread_mutex_t mutex; /* of the rest */
    struct buffer in;
    struct buffer out;
    unsigned clients;   /* that ever came */
    unsigned answering; /* whose line was taken last */
    bool is_skipping;   /* the rest of a line that was too long */
    bool is_connected;
    bool is_busy;         /* lines are being answered */
    bool wants_attention; /* lines are there, and the inbox was full */
    bool is_closing;
};

static void release(struct control_socket *control)
{
    if (control->listen_fd >= 0) {
        (void)close(control->listen_fd);
        (void)unlink(control->path);
    }
    if (control->client_fd >= 0) (void)close(control->client_fd);
    if (control->wake_fd >= 0) (void)close(control->wake_fd);
    (void)pthread_mutex_destroy(&control->mutex);
    free(control->in.data);
    free(control->out.data);
    free(control);
}

struct control_socket *control_socket_open(const char *path, const char *greeting,
                                           struct error *err)
{
    struct control_socket *control = calloc(1, sizeof(*control));

    if (control == NULL) {
        (void)error_host(err, "out of memory");
        return NULL;
    }
    control->greeting = greeting;
    control->client_fd = -1;
    control->listen_fd = -1;
    control->in = (struct buffer){.data = malloc(INPUT_BYTES), .size = INPUT_BYTES};
    control->out =
        (struct buffer){.data = malloc(CONTROL_OUTPUT_BYTES), .size = CONTROL_OUTPUT_BYTES};
    control->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&control->mutex, NULL);
    if (control->in.data == NULL || control->out.data == NULL || control->wake_fd < 0) {
        (void)error_host(err, "out of memory");
        release(control);
        return NULL;
    }
    control->listen_fd = unix_socket_listen(path, "--control", err);
    if (control->listen_fd < 0) {
        release(control);
        return NULL;
    }
    (void)strncpy(control->path, path, PATH_BYTES - 1);
    return control;
}

/* ---- Lines; the mutex is held ---- */

static bool has_line(const struct control_socket *control)
{
    return memchr(control->in.data, '\n', control->in.count) != NULL ||
           control->in.count > CONTROL_LINE_BYTES;
}

static void drop_input(struct control_socket *control, size_t bytes)
{
    memmove(control->in.data, control->in.data + bytes, control->in.count - bytes);
    control->in.count -= bytes;
}

/* The end of a line whose beginning was taken already. */
static void skip_rest(struct control_socket *control)
{
    const char *end;

    if (!control->is_skipping) return;
    end = memchr(control->in.data, '\n', control->in.count);
    control->is_skipping = end == NULL;
    drop_input(control, end == NULL ? control->in.count : (size_t)(end - control->in.data) + 1);
}

/* Whole or not at all; a client that lets this much wait has gone astray. */
static void put_output(struct control_socket *control, const char *text, size_t bytes)
{
    struct buffer *out = &control->out;

    if (bytes > out->size - out->count) {
        control->is_connected = false;
        return;
    }
    memcpy(out->data + out->count, text, bytes);
    out->count += bytes;
}

bool control_socket_take(struct control_socket *control, char *line, bool *is_too_long)
{
    bool is_taken = false;

    (void)pthread_mutex_lock(&control->mutex);
    control->is_busy = has_line(control);
    if (control->is_busy) {
        const char *end = memchr(control->in.data, '\n', control->in.count);
        size_t bytes = end != NULL ? (size_t)(end - control->in.data) : control->in.count;

        *is_too_long = bytes > CONTROL_LINE_BYTES;
        control->is_skipping = end == NULL;
        bytes = (size_t)min_u64(bytes, CONTROL_LINE_BYTES);
        memcpy(line, control->in.data, bytes);
        line[bytes] = '\0';
        drop_input(control, end != NULL ? (size_t)(end - control->in.data) + 1 : control->in.count);
        control->answering = control->clients;
        is_taken = true;
    }
    (void)pthread_mutex_unlock(&control->mutex);
    (void)eventfd_write(control->wake_fd, 1);
    return is_taken;
}

void control_socket_put(struct control_socket *control, const char *text)
{
    (void)pthread_mutex_lock(&control->mutex);
    if (control->is_connected && control->answering == control->clients) {
        put_output(control, text, strlen(text));
        put_output(control, "\r\n", 2);
    }
    (void)pthread_mutex_unlock(&control->mutex);
    (void)eventfd_write(control->wake_fd, 1);
}

/* ---- The thread ---- */

static void client_gone(struct control_socket *control)
{
    (void)close(control->client_fd);
    control->client_fd = -1;
    (void)pthread_mutex_lock(&control->mutex);
    control->is_connected = false;
    control->in.count = 0;
    control->out.count = 0;
    (void)pthread_mutex_unlock(&control->mutex);
}

static void accept_client(struct control_socket *control)
{
    int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) return;
    control->client_fd = fd;
    control->has_ended = false;
    (void)pthread_mutex_lock(&control->mutex);
    control->clients++;
    control->answering = control->clients;
    control->is_connected = true;
    control->is_skipping = false;
    put_output(control, control->greeting, strlen(control->greeting));
    put_output(control, "\r\n", 2);
    (void)pthread_mutex_unlock(&control->mutex);
}

static void read_client(struct control_socket *control)
{
    char piece[4096];
    ssize_t bytes;
    size_t room;

    (void)pthread_mutex_lock(&control->mutex);
    room = control->in.size - control->in.count;
    (void)pthread_mutex_unlock(&control->mutex);
    bytes = read(control->client_fd, piece, (size_t)min_u64(sizeof(piece), room));
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (bytes < 0) {
        client_gone(control);
        return;
    }
    control->has_ended = bytes == 0;
    (void)pthread_mutex_lock(&control->mutex);
    memcpy(control->in.data + control->in.count, piece, (size_t)bytes);
    control->in.count += (size_t)bytes;
    skip_rest(control);
    control->wants_attention = has_line(control);
    (void)pthread_mutex_unlock(&control->mutex);
}

static void write_client(struct control_socket *control)
{
    ssize_t bytes;

    (void)pthread_mutex_lock(&control->mutex);
    bytes = send(control->client_fd, control->out.data, control->out.count, MSG_NOSIGNAL);
    if (bytes > 0) {
        memmove(control->out.data, control->out.data + bytes, control->out.count - (size_t)bytes);
        control->out.count -= (size_t)bytes;
    }
    (void)pthread_mutex_unlock(&control->mutex);
    if (bytes < 0 && errno != EINTR && errno != EAGAIN) client_gone(control);
}

/* What one round waits for. */
struct round {
    struct pollfd wait[2];
    int timeout_ms;
    bool is_over;
};

static void plan_round(struct control_socket *control, struct round *round)
{
    static const struct inbox_message attention = {.kind = INBOX_ATTENTION};

    (void)pthread_mutex_lock(&control->mutex);
    if (control->wants_attention && inbox_post(control->inbox, &attention)) {
        control->wants_attention = false;
    }
    round->timeout_ms = control->wants_attention ? RETRY_MS : -1;
    round->is_over = control->is_closing &&
                     (control->client_fd < 0 || control->out.count == 0 || !control->is_connected);
    if (control->is_closing) round->timeout_ms = LAST_WAIT_MS;
    round->wait[0] = (struct pollfd){.fd = control->wake_fd, .events = POLLIN};
    round->wait[1] = (struct pollfd){.fd = control->listen_fd, .events = POLLIN};
    if (control->client_fd >= 0) {
        const bool has_room = !control->has_ended && !has_line(control);

        round->wait[1] = (struct pollfd){
            .fd = control->client_fd,
            .events = (short)((has_room ? POLLIN : 0) | (control->out.count > 0 ? POLLOUT : 0))};
    }
    (void)pthread_mutex_unlock(&control->mutex);
}

static void do_round(struct control_socket *control, const struct round *round)
{
    eventfd_t wakes;
    bool is_over;

    if (round->wait[0].revents != 0) (void)eventfd_read(control->wake_fd, &wakes);
    if (control->client_fd < 0) {
        if (round->wait[1].revents != 0) accept_client(control);
        return;
    }
    (void)pthread_mutex_lock(&control->mutex);
    is_over = !control->is_connected || (control->has_ended && !has_line(control) &&
                                         !control->is_busy && control->out.count == 0);
    (void)pthread_mutex_unlock(&control->mutex);
    if (is_over || (round->wait[1].revents & (POLLERR | POLLNVAL)) != 0) {
        client_gone(control);
        return;
    }
    if ((round->wait[1].revents & POLLOUT) != 0) write_client(control);
    if (control->client_fd < 0) return;
    if ((round->wait[1].events & POLLIN) != 0 &&
        (round->wait[1].revents & (POLLIN | POLLHUP)) != 0) {
        read_client(control);
    } else if ((round->wait[1].revents & POLLHUP) != 0) {
        client_gone(control);
    }
}

static void *control_thread(void *arg)
{
    struct control_socket *control = arg;
    struct round round;

    for (;;) {
        int ready;

        plan_round(control, &round);
        if (round.is_over) return NULL;
        ready = poll(round.wait, ARRAY_LEN(round.wait), round.timeout_ms);
        if (ready == 0 && round.timeout_ms == LAST_WAIT_MS) return NULL;
        if (ready > 0) do_round(control, &round);
    }
}

int control_socket_start(struct control_socket *control, struct inbox *inbox, struct error *err)
{
    int reason;

    control->inbox = inbox;
    reason = pthread_create(&control->thread, NULL, control_thread, control);
    if (reason != 0) return error_host(err, "--control: no thread: %s", strerror(reason));
    control->is_running = true;
    return 0;
}

void control_socket_close(struct control_socket *control)
{
    if (control == NULL) return;
    if (control->is_running) {
        (void)pthread_mutex_lock(&control->mutex);
        control->is_closing = true;
        (void)pthread_mutex_unlock(&control->mutex);
        (void)eventfd_write(control->wake_fd, 1);
        (void)pthread_join(control->thread, NULL);
    }
    release(control);
}
