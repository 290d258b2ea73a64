/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread of a channel: one poll() over everything it waits for. Output goes out in pieces that
 * a ready pipe or terminal takes without blocking; input is read only while the last piece has been
 * posted, so a full inbox holds the typist up and loses nothing.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/host/channel_internal.h"
#include "emu/host/signals.h"

#define READ_BYTES     512u
#define PIECE_BYTES    4096u /* PIPE_BUF: what poll() promises that a pipe takes */
#define RETRY_INBOX_MS 10    /* how soon a full inbox is tried again */
#define RETRY_PTY_MS   100  /* how soon the kernel is asked again whether somebody opened the pty */
#define LAST_WAIT_MS   2000 /* how long a reader may stall at the end before the rest is given up */

static const char help_text[] = "\r\nCtrl-A x  quit\r\n"
                                "Ctrl-A a  send Ctrl-A to the machine\r\n"
                                "Ctrl-A d  open the debugger (of a run with --debug)\r\n"
                                "Ctrl-A h  show this help\r\n";

/* Who has the terminal. */
enum holder {
    HOLDER_CHANNEL,
    HOLDER_WANTED, /* somebody else will, when all is written */
    HOLDER_OTHER,
};

/* What the thread waits for in one round. */
struct round {
    struct pollfd wait[4];
    nfds_t count;
    int timeout_ms;
    int in_slot; /* index into `wait`, -1: not waited for */
    int out_slot;
    int listen_slot;
};

static size_t output_count(struct channel *channel)
{
    (void)pthread_mutex_lock(&channel->mutex);
    size_t count = channel->output.count;
    (void)pthread_mutex_unlock(&channel->mutex);
    return count;
}

/* Ends output for good, with the reason for channel_close(). */
static void output_break(struct channel *channel, int reason)
{
    (void)pthread_mutex_lock(&channel->mutex);
    channel->is_broken = true;
    channel->output.count = 0;
    (void)error_host(&channel->trouble, "%s: output cannot be written: %s", channel->what,
                     strerror(reason));
    (void)pthread_cond_broadcast(&channel->has_room);
    (void)pthread_mutex_unlock(&channel->mutex);
}

/* The reader of a pty or socket has gone; the next one may come. */
static void peer_gone(struct channel *channel)
{
    (void)pthread_mutex_lock(&channel->mutex);
    if (channel->listen_fd >= 0 && channel->out_fd >= 0) (void)close(channel->out_fd);
    channel->in_fd = channel->out_fd = -1;
    (void)pthread_cond_broadcast(&channel->has_room);
    (void)pthread_mutex_unlock(&channel->mutex);
}

static void peer_come(struct channel *channel, int fd)
{
    (void)pthread_mutex_lock(&channel->mutex);
    channel->in_fd = channel->out_fd = fd;
    (void)pthread_mutex_unlock(&channel->mutex);
}

static void accept_peer(struct channel *channel)
{
    int fd = accept4(channel->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) peer_come(channel, fd);
}

/* Writes one piece. The machine only adds behind it, so it is written without the mutex. */
static void move_out(struct channel *channel)
{
    struct channel_output *output = &channel->output;

    (void)pthread_mutex_lock(&channel->mutex);
    size_t bytes =
        (size_t)min_u64(min_u64(output->count, PIECE_BYTES), CHANNEL_OUTPUT_BYTES - output->head);
    const uint8_t *data = output->data + output->head;
    (void)pthread_mutex_unlock(&channel->mutex);
    if (bytes == 0) return;

    ssize_t written = write(channel->out_fd, data, bytes);
    if (written < 0) {
        if (errno == EINTR || errno == EAGAIN) return;
        if (channel->has_peers) {
            peer_gone(channel);
        } else {
            output_break(channel, errno);
        }
        return;
    }
    (void)pthread_mutex_lock(&channel->mutex);
    output->head = (output->head + (size_t)written) % CHANNEL_OUTPUT_BYTES;
    output->count -= (size_t)written;
    (void)pthread_cond_signal(&channel->has_room);
    (void)pthread_mutex_unlock(&channel->mutex);
}

/* As much as the inbox takes. */
static void post_typed(struct channel *channel)
{
    struct channel_input *input = &channel->input;

    while (input->count > 0 && !atomic_load(&channel->is_closing)) {
        struct inbox_message message = {.kind = INBOX_SERIAL};

        message.bytes = (uint8_t)min_u64(input->count, INBOX_PAYLOAD_BYTES);
        for (size_t i = 0; i < message.bytes; i++) {
            message.payload[i] = input->data[(input->head + i) % CHANNEL_INPUT_BYTES];
        }
        if (!inbox_post(channel->inbox, &message)) return;
        input->head = (input->head + message.bytes) % CHANNEL_INPUT_BYTES;
        input->count -= message.bytes;
    }
}

/* More than there is room for is dropped, which only a terminal can cause. */
static void keep_typed(struct channel_input *input, const uint8_t *keys, size_t count)
{
    for (size_t i = 0; i < count && input->count < CHANNEL_INPUT_BYTES; i++) {
        input->data[(input->head + input->count) % CHANNEL_INPUT_BYTES] = keys[i];
        input->count++;
    }
}

static void quit(struct channel *channel)
{
    static const struct inbox_message stop = {.kind = INBOX_STOP};

    if (atomic_exchange(&channel->has_quit, true)) {
        /* Asked for twice: the machine does not come to its inbox. */
        terminal_restore(&channel->terminal);
        signals_die(SIGTERM);
    }
    channel_hurry(channel);
    if (!atomic_load(&channel->is_closing)) (void)inbox_post(channel->inbox, &stop);
}

/* Past the output buffer: it is not the machine's. Losing it would be harmless. */
static void say(const struct channel *channel, const char *text)
{
    if (write(channel->out_fd, text, strlen(text)) < 0) return;
}

static void ask_for_debugger(struct channel *channel)
{
    const char *why_not =
        channel->ask_debug ? channel->ask_debug(channel->debug_ctx) : "there is no debugger here";

    if (!why_not) {
        channel->has_asked = true;
        return;
    }
    say(channel, "\r\nspacegray: ");
    say(channel, why_not);
    say(channel, "\r\n");
}

static void obey(struct channel *channel, enum escape_command command)
{
    switch (command) {
    case ESCAPE_NONE:
    case ESCAPE_UNKNOWN: break;
    case ESCAPE_HELP: say(channel, help_text); break;
    case ESCAPE_DEBUG: ask_for_debugger(channel); break;
    case ESCAPE_QUIT: quit(channel); break;
    }
}

/* Keys of an interactive terminal: escape commands are taken out. What was typed too fast behind the key for the
 * debugger is nobody's. */
static void filter_keys(struct channel *channel, uint8_t *keys, size_t count)
{
    size_t at = 0;

    while (at < count && !channel->has_asked) {
        size_t used;
        size_t kept;
        enum escape_command command =
            escape_filter(&channel->escape, keys + at, count - at, &used, &kept);

        keep_typed(&channel->input, keys + at, kept);
        at += used;
        obey(channel, command);
    }
}

static void move_in(struct channel *channel)
{
    uint8_t keys[READ_BYTES];
    ssize_t got = read(channel->in_fd, keys, sizeof(keys));

    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        if (channel->has_peers) {
            peer_gone(channel);
        } else {
            channel->in_fd = -1;
        }
        return;
    }
    if (channel->terminal.is_raw) {
        filter_keys(channel, keys, (size_t)got);
    } else {
        keep_typed(&channel->input, keys, (size_t)got);
    }
    post_typed(channel);
}

/* Whether somebody has the pty's other end open. */
static void look_at_pty(struct channel *channel)
{
    struct pollfd look = {.fd = channel->pty_fd, .events = 0};

    if (poll(&look, 1, 0) < 0) return;
    bool is_there = !(look.revents & POLLHUP);
    if (is_there && channel->out_fd < 0) peer_come(channel, channel->pty_fd);
    if (!is_there && channel->out_fd >= 0) peer_gone(channel);
}

static int add_wait(struct round *round, int fd, short events)
{
    round->wait[round->count] = (struct pollfd){.fd = fd, .events = events};
    return (int)round->count++;
}

/* The terminal goes to whoever waits for it when everything is on it, or nobody wants to wait for that. */
static enum holder look_at_holder(struct channel *channel)
{
    enum holder holder = HOLDER_CHANNEL;

    (void)pthread_mutex_lock(&channel->mutex);
    if (channel->is_wanted && !channel->is_lent &&
        (channel->output.count == 0 || atomic_load(&channel->is_hurried))) {
        channel->is_lent = true;
        channel->has_asked = false;
        (void)pthread_cond_signal(&channel->has_lent);
    }
    if (channel->is_wanted) holder = channel->is_lent ? HOLDER_OTHER : HOLDER_WANTED;
    (void)pthread_mutex_unlock(&channel->mutex);
    return holder;
}

static void plan_round(const struct channel *channel, struct round *round, enum holder holder,
                       bool has_output)
{
    *round = (struct round){.timeout_ms = -1, .in_slot = -1, .out_slot = -1, .listen_slot = -1};
    (void)add_wait(round, channel->wake_fd, POLLIN);
    if (channel->input.count > 0) round->timeout_ms = RETRY_INBOX_MS;
    if (channel->pty_fd >= 0) round->timeout_ms = RETRY_PTY_MS;
    /* A terminal is read all the time, because of the escape key. Others wait, and lose nothing. */
    bool reads = holder == HOLDER_CHANNEL && !channel->has_asked &&
                 (channel->terminal.is_raw || channel->input.count == 0);
    if (channel->in_fd >= 0 && channel->inbox && reads) {
        round->in_slot = add_wait(round, channel->in_fd, POLLIN);
    }
    if (channel->out_fd >= 0 && has_output && holder != HOLDER_OTHER)
        round->out_slot = add_wait(round, channel->out_fd, POLLOUT);
    if (channel->listen_fd >= 0 && channel->out_fd < 0) {
        round->listen_slot = add_wait(round, channel->listen_fd, POLLIN);
    }
}

static bool is_ready(const struct round *round, int slot)
{
    return slot >= 0 && round->wait[slot].revents != 0;
}

static void do_round(struct channel *channel, const struct round *round)
{
    eventfd_t posts;

    if (round->wait[0].revents) (void)eventfd_read(channel->wake_fd, &posts);
    if (is_ready(round, round->out_slot)) move_out(channel);
    if (is_ready(round, round->in_slot) && channel->in_fd >= 0) move_in(channel);
    if (is_ready(round, round->listen_slot)) accept_peer(channel);
    post_typed(channel);
}

/* The machine has gone: the rest of the output goes to whoever is there, as long as it is read. */
static void finish(struct channel *channel)
{
    bool may_stall = !channel->has_peers && !atomic_load(&channel->is_hurried);

    for (size_t left = output_count(channel); left > 0 && channel->out_fd >= 0;
         left = output_count(channel)) {
        struct pollfd wait = {.fd = channel->out_fd, .events = POLLOUT};
        int ready = poll(&wait, 1, LAST_WAIT_MS);

        if (ready < 0 && errno != EINTR) break;
        if (ready == 0 && !(may_stall && !atomic_load(&channel->is_hurried))) {
            channel->lost_bytes += left;
            return;
        }
        if (ready > 0) move_out(channel);
    }
}

void *channel_thread(void *arg)
{
    struct channel *channel = arg;

    while (!atomic_load(&channel->is_closing)) {
        struct round round;

        if (channel->pty_fd >= 0) look_at_pty(channel);
        plan_round(channel, &round, look_at_holder(channel), output_count(channel) > 0);
        if (poll(round.wait, round.count, round.timeout_ms) < 0 && errno != EINTR) break;
        do_round(channel, &round);
    }
    /* Nobody waits for a terminal that nobody gives. */
    (void)pthread_mutex_lock(&channel->mutex);
    channel->is_lent = channel->is_wanted;
    (void)pthread_cond_signal(&channel->has_lent);
    (void)pthread_mutex_unlock(&channel->mutex);
    finish(channel);
    return NULL;
}
