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
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "emu/host/clock.h"
#include "emu/host/unix_socket.h"

#define INPUT_BYTES  (2u * CONTROL_LINE_BYTES)
#define RETRY_MS     10   /* how soon a full inbox is tried again */
#define INTERRUPT_MS 10   /* the same for what goes on, which misses it between two steps */
#define PIECE_BYTES  4096 /* read at a time */
#define PAUSE_MS     200  /* how soon the host is asked again for a client that it could not give */
#define LAST_WAIT_MS 2000 /* what the last client has for reading, at the end */
#define NS_PER_MS    UINT64_C(1000000)
#define PATH_BYTES   256

struct buffer {
    char *data;
    size_t count;
    size_t size;
};

struct control_socket {
    char path[PATH_BYTES];
    struct stat file; /* what stands at `path` */
    const char *greeting;
    struct control_urgency urgency; /* no functions: nothing takes long */
    int listen_fd;
    int wake_fd;
    struct inbox *inbox;
    bool is_running;
    pthread_t thread;

    /* The thread's alone. */
    int client_fd;     /* -1: none */
    bool has_ended;    /* the client sends no more; it may wait for answers */
    bool is_deaf;      /* it takes no answers any more; what it has sent counts */
    bool is_waiting;   /* the host had no descriptor for a client */
    uint64_t deadline; /* host_monotonic_ns(): when the end stops waiting; 0: no end yet */

    pthread_mutex_t mutex; /* of the rest */
    struct buffer in;
    struct buffer out;
    unsigned clients;   /* that ever came */
    unsigned answering; /* whose line was taken last */
    bool is_skipping;   /* the rest of a line that was too long */
    bool is_connected;
    bool is_busy;         /* lines are being answered */
    bool is_held;         /* lines are there, and the client has to read first */
    bool wants_attention; /* lines are there, and nobody was told yet */
    bool is_interrupting; /* control_socket_interrupt() */
    bool is_closing;
};

/* Unless somebody has put another file in its place. */
static void remove_file(const struct control_socket *control)
{
    struct stat now;

    if (lstat(control->path, &now) != 0) return;
    if (now.st_dev == control->file.st_dev && now.st_ino == control->file.st_ino) {
        (void)unlink(control->path);
    }
}

static void release(struct control_socket *control)
{
    if (control->listen_fd >= 0) {
        remove_file(control);
        (void)close(control->listen_fd);
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
    (void)lstat(path, &control->file);
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

/* A line with its end, or nothing of it: a client that lets this much wait has gone astray. */
static void put_output(struct control_socket *control, const char *text)
{
    struct buffer *out = &control->out;
    const size_t bytes = strlen(text);

    if (bytes + 2 > out->size - out->count) {
        control->is_connected = false;
        return;
    }
    memcpy(out->data + out->count, text, bytes);
    memcpy(out->data + out->count + bytes, "\r\n", 2);
    out->count += bytes + 2;
}

/* The first `bytes` of the output have gone. */
static void drop_output(struct control_socket *control, size_t bytes)
{
    struct buffer *out = &control->out;

    memmove(out->data, out->data + bytes, out->count - bytes);
    out->count -= bytes;
    if (control->is_held && out->count < CONTROL_HELD_BYTES) {
        control->is_held = false;
        control->wants_attention = has_line(control);
    }
}

/* Into `line`, at most CONTROL_LINE_BYTES of it. Its length. */
static size_t take_line(struct control_socket *control, char *line, bool *is_too_long)
{
    const char *end = memchr(control->in.data, '\n', control->in.count);
    const size_t whole = end != NULL ? (size_t)(end - control->in.data) : control->in.count;
    const size_t bytes = (size_t)min_u64(whole, CONTROL_LINE_BYTES);

    *is_too_long = whole > CONTROL_LINE_BYTES;
    control->is_skipping = end == NULL;
    memcpy(line, control->in.data, bytes);
    line[bytes] = '\0';
    drop_input(control, end != NULL ? whole + 1 : whole);
    return bytes;
}

/* ---- Interrupting; the mutex is held ---- */

/* A line waits that does not want to wait. */
static bool has_urgent_line(const struct control_socket *control)
{
    const char *at = control->in.data;
    const char *stop = at + control->in.count;
    const char *end;

    while (at < stop && (end = memchr(at, '\n', (size_t)(stop - at))) != NULL) {
        if ((size_t)(end - at) <= CONTROL_LINE_BYTES &&
            control->urgency.is_urgent(at, (size_t)(end - at))) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

static bool is_to_be_interrupted(const struct control_socket *control)
{
    if (control->urgency.interrupt == NULL) return false;
    if (control->is_interrupting) return true;
    if (!control->is_busy) return false;
    return !control->is_connected || control->answering != control->clients ||
           has_urgent_line(control);
}

/* ---- Any thread ---- */

void control_socket_set_urgency(struct control_socket *control,
                                const struct control_urgency *urgency)
{
    control->urgency = *urgency;
}

void control_socket_interrupt(struct control_socket *control)
{
    (void)pthread_mutex_lock(&control->mutex);
    control->is_interrupting = true;
    (void)pthread_mutex_unlock(&control->mutex);
    (void)eventfd_write(control->wake_fd, 1);
}

/* ---- The machine's thread ---- */

bool control_socket_take(struct control_socket *control, char *line, size_t *bytes,
                         bool *is_too_long)
{
    bool is_taken;

    (void)pthread_mutex_lock(&control->mutex);
    is_taken = has_line(control);
    if (is_taken && control->out.count >= CONTROL_HELD_BYTES) {
        control->is_held = true;
        is_taken = false;
    }
    if (is_taken) {
        *bytes = take_line(control, line, is_too_long);
        control->answering = control->clients;
    }
    control->is_busy = is_taken;
    (void)pthread_mutex_unlock(&control->mutex);
    (void)eventfd_write(control->wake_fd, 1);
    return is_taken;
}

void control_socket_answer(struct control_socket *control, const char *text)
{
    (void)pthread_mutex_lock(&control->mutex);
    if (control->is_connected && control->answering == control->clients) {
        put_output(control, text);
    }
    (void)pthread_mutex_unlock(&control->mutex);
    (void)eventfd_write(control->wake_fd, 1);
}

void control_socket_tell(struct control_socket *control, const char *text)
{
    (void)pthread_mutex_lock(&control->mutex);
    if (control->is_connected) put_output(control, text);
    (void)pthread_mutex_unlock(&control->mutex);
    (void)eventfd_write(control->wake_fd, 1);
}

/* ---- Clients come and go ---- */

static void client_gone(struct control_socket *control)
{
    (void)close(control->client_fd);
    control->client_fd = -1;
    (void)pthread_mutex_lock(&control->mutex);
    control->is_connected = false;
    control->in.count = 0;
    control->out.count = 0;
    control->is_held = false;
    control->wants_attention = false;
    (void)pthread_mutex_unlock(&control->mutex);
}

/* Nobody reads answers any more. What was sent before is still carried out. */
static void client_deaf(struct control_socket *control)
{
    control->is_deaf = true;
    (void)pthread_mutex_lock(&control->mutex);
    control->is_connected = false;
    drop_output(control, control->out.count);
    (void)pthread_mutex_unlock(&control->mutex);
}

static void accept_client(struct control_socket *control)
{
    int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        control->is_waiting = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
        return;
    }
    control->client_fd = fd;
    control->has_ended = false;
    control->is_deaf = false;
    (void)pthread_mutex_lock(&control->mutex);
    control->clients++;
    control->is_connected = true;
    control->is_skipping = false;
    put_output(control, control->greeting);
    (void)pthread_mutex_unlock(&control->mutex);
}

/* An error is an end: what came before it was read already. */
static void read_client(struct control_socket *control)
{
    char piece[PIECE_BYTES];
    ssize_t bytes = read(control->client_fd, piece, sizeof(piece));
    bool had_line;

    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) return;
    control->has_ended = bytes <= 0;
    (void)pthread_mutex_lock(&control->mutex);
    had_line = has_line(control);
    if (bytes > 0) {
        memcpy(control->in.data + control->in.count, piece, (size_t)bytes);
        control->in.count += (size_t)bytes;
    } else if (control->in.count > 0 && control->in.data[control->in.count - 1] != '\n') {
        control->in.data[control->in.count] = '\n';
        control->in.count++;
    }
    skip_rest(control);
    /* Who takes one takes all. */
    if (!had_line) control->wants_attention = has_line(control);
    (void)pthread_mutex_unlock(&control->mutex);
}

static void write_client(struct control_socket *control)
{
    ssize_t bytes;

    (void)pthread_mutex_lock(&control->mutex);
    bytes = send(control->client_fd, control->out.data, control->out.count, MSG_NOSIGNAL);
    if (bytes > 0) drop_output(control, (size_t)bytes);
    (void)pthread_mutex_unlock(&control->mutex);
    if (bytes < 0 && errno != EINTR && errno != EAGAIN) client_deaf(control);
}

/* ---- The thread ---- */

/* What one round waits for. */
struct round {
    struct pollfd wait[2];
    int timeout_ms;
    bool is_over;
};

/* The mutex is held. While no line is there, at most CONTROL_LINE_BYTES are, and there is room; lines behind
 * one that is carried out are read as far as there is, because one of them may be urgent. */
static struct pollfd plan_client(const struct control_socket *control)
{
    const bool has_room = !control->has_ended && !control->is_closing &&
                          control->in.count + PIECE_BYTES < control->in.size;
    const bool has_output = !control->is_deaf && control->out.count > 0;
    struct pollfd wait = {.fd = control->client_fd};

    wait.events = (short)((has_room ? POLLIN : 0) | (has_output ? POLLOUT : 0));
    /* That it has gone is known, and would be told again and again. */
    if (control->is_deaf && wait.events == 0) wait.fd = -1;
    return wait;
}

/* The mutex is held: what closing waits for. */
static void plan_end(struct control_socket *control, struct round *round)
{
    const uint64_t now = host_monotonic_ns();

    if (control->deadline == 0) control->deadline = now + LAST_WAIT_MS * NS_PER_MS;
    round->is_over = control->client_fd < 0 || control->out.count == 0 || !control->is_connected ||
                     now >= control->deadline;
    round->timeout_ms = round->is_over ? 0 : (int)((control->deadline - now) / NS_PER_MS) + 1;
}

static void plan_round(struct control_socket *control, struct round *round)
{
    static const struct inbox_message attention = {.kind = INBOX_ATTENTION};

    *round = (struct round){.timeout_ms = -1};
    (void)pthread_mutex_lock(&control->mutex);
    if (control->wants_attention && inbox_post(control->inbox, &attention)) {
        control->wants_attention = false;
    }
    if (control->wants_attention) round->timeout_ms = RETRY_MS;
    round->wait[0] = (struct pollfd){.fd = control->wake_fd, .events = POLLIN};
    if (control->client_fd >= 0) {
        round->wait[1] = plan_client(control);
    } else if (!control->is_waiting) {
        round->wait[1] = (struct pollfd){.fd = control->listen_fd, .events = POLLIN};
    } else {
        control->is_waiting = false;
        round->wait[1].fd = -1;
        round->timeout_ms = PAUSE_MS;
    }
    if (is_to_be_interrupted(control)) {
        control->urgency.interrupt(control->urgency.ctx);
        round->timeout_ms = round->timeout_ms < 0 ? INTERRUPT_MS : round->timeout_ms;
    }
    if (control->is_closing) plan_end(control, round);
    (void)pthread_mutex_unlock(&control->mutex);
}

/* The client is not needed any more: it has said all and heard all, or has let too much wait. */
static bool is_client_done(struct control_socket *control)
{
    bool is_done;

    (void)pthread_mutex_lock(&control->mutex);
    is_done =
        (!control->is_connected && !control->is_deaf) ||
        (control->has_ended && !has_line(control) && !control->is_busy && control->out.count == 0);
    (void)pthread_mutex_unlock(&control->mutex);
    return is_done;
}

static void do_round(struct control_socket *control, const struct round *round)
{
    const short ready = round->wait[1].revents;
    eventfd_t wakes;

    if (round->wait[0].revents != 0) (void)eventfd_read(control->wake_fd, &wakes);
    if (control->client_fd < 0) {
        if (ready != 0) accept_client(control);
        return;
    }
    if ((ready & (POLLHUP | POLLERR | POLLNVAL)) != 0 && !control->is_deaf) client_deaf(control);
    if ((ready & POLLOUT) != 0 && !control->is_deaf) write_client(control);
    if ((round->wait[1].events & POLLIN) != 0 && (ready & ~POLLOUT) != 0) read_client(control);
    if (is_client_done(control)) client_gone(control);
}

static void *control_thread(void *arg)
{
    struct control_socket *control = arg;
    struct round round;

    for (;;) {
        plan_round(control, &round);
        if (round.is_over) return NULL;
        if (poll(round.wait, ARRAY_LEN(round.wait), round.timeout_ms) > 0) {
            do_round(control, &round);
        }
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
