/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Channels: life, and the machine's side. See channel.h.
 *
 * The machine thread puts bytes into the output buffer under the mutex and wakes the channel's
 * thread when the buffer was empty. It waits only when the buffer is full and somebody is there to
 * empty it.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/host/channel_internal.h"

static void output_put(struct channel_output *output, const uint8_t *data, size_t bytes)
{
    size_t tail = (output->head + output->count) % CHANNEL_OUTPUT_BYTES;
    size_t first = (size_t)min_u64(bytes, CHANNEL_OUTPUT_BYTES - tail);

    memcpy(output->data + tail, data, first);
    memcpy(output->data, data + first, bytes - first);
    output->count += bytes;
}

static void output_drop(struct channel_output *output, size_t bytes)
{
    output->head = (output->head + bytes) % CHANNEL_OUTPUT_BYTES;
    output->count -= bytes;
}

/* Room for up to `wanted` bytes, under the mutex; 0 when output vanishes. */
static size_t make_room(struct channel *channel, size_t wanted)
{
    struct channel_output *output = &channel->output;

    while (!channel->is_broken && output->count == CHANNEL_OUTPUT_BYTES) {
        if (channel->is_lent || (channel->has_peers && channel->out_fd < 0)) {
            output_drop(output, (size_t)min_u64(wanted, output->count));
        } else if (atomic_load(&channel->is_hurried)) {
            channel->lost_bytes += wanted;
            return 0;
        } else {
            (void)pthread_cond_wait(&channel->has_room, &channel->mutex);
        }
    }
    return channel->is_broken ? 0 : (size_t)min_u64(wanted, CHANNEL_OUTPUT_BYTES - output->count);
}

static void sink_write(void *ctx, const uint8_t *data, size_t bytes)
{
    struct channel *channel = ctx;

    (void)pthread_mutex_lock(&channel->mutex);
    while (bytes > 0) {
        size_t room = make_room(channel, bytes);

        if (room == 0) break;
        bool was_empty = channel->output.count == 0;
        output_put(&channel->output, data, room);
        data += room;
        bytes -= room;
        if (was_empty) (void)eventfd_write(channel->wake_fd, 1);
    }
    (void)pthread_mutex_unlock(&channel->mutex);
}

struct host_sink channel_sink(struct channel *channel)
{
    return (struct host_sink){.ctx = channel, .write = sink_write};
}

struct channel *channel_open(const char *spec, const char *what, struct error *err)
{
    struct channel *channel = calloc(1, sizeof(*channel));

    if (!channel) {
        (void)error_host(err, "not enough host memory");
        return NULL;
    }
    channel->in_fd = channel->out_fd = channel->listen_fd = channel->pty_fd = -1;
    (void)snprintf(channel->what, sizeof(channel->what), "%s", what);
    (void)pthread_mutex_init(&channel->mutex, NULL);
    (void)pthread_cond_init(&channel->has_room, NULL);
    (void)pthread_cond_init(&channel->has_lent, NULL);
    channel->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int result = 0;
    if (channel->wake_fd < 0) {
        result = error_host(err, "%s: no event descriptor: %s", what, strerror(errno));
    }
    if (result == 0) result = channel_open_spec(channel, spec, err);
    if (result == 0) return channel;
    (void)channel_close(channel, err);
    return NULL;
}

int channel_start(struct channel *channel, struct inbox *inbox, struct error *err)
{
    channel->inbox = inbox;
    if (!inbox && !channel->has_peers) channel->in_fd = -1;
    int reason = pthread_create(&channel->thread, NULL, channel_thread, channel);
    if (reason != 0) return error_host(err, "%s: no thread: %s", channel->what, strerror(reason));
    channel->is_running = true;
    return 0;
}

bool channel_is_interactive(const struct channel *channel)
{
    return channel->terminal.is_raw;
}

bool channel_has_live_input(const struct channel *channel)
{
    struct stat status;

    if (channel->has_peers) return true;
    if (channel->in_fd < 0 || fstat(channel->in_fd, &status) != 0) return false;
    return isatty(channel->in_fd) || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
}

const char *channel_place(const struct channel *channel)
{
    return channel->place[0] ? channel->place : NULL;
}

bool channel_has_quit(const struct channel *channel)
{
    return atomic_load(&channel->has_quit);
}

void channel_hurry(struct channel *channel)
{
    atomic_store(&channel->is_hurried, true);
    (void)pthread_mutex_lock(&channel->mutex);
    (void)pthread_cond_broadcast(&channel->has_room);
    (void)pthread_mutex_unlock(&channel->mutex);
    (void)eventfd_write(channel->wake_fd, 1);
}

/* ---- The terminal in other hands ---- */

void channel_on_debug(struct channel *channel, const char *(*ask)(void *ctx), void *ctx)
{
    channel->ask_debug = ask;
    channel->debug_ctx = ctx;
}

static bool is_on_terminal(const struct channel *channel)
{
    if (channel->has_peers || !channel->is_running) return false;
    return channel->terminal.is_raw || (channel->out_fd >= 0 && isatty(channel->out_fd));
}

void channel_lend_terminal(struct channel *channel)
{
    if (!is_on_terminal(channel)) return;
    (void)pthread_mutex_lock(&channel->mutex);
    channel->is_wanted = true;
    (void)eventfd_write(channel->wake_fd, 1);
    while (!channel->is_lent) {
        (void)pthread_cond_wait(&channel->has_lent, &channel->mutex);
    }
    (void)pthread_mutex_unlock(&channel->mutex);
    terminal_lend(&channel->terminal);
}

void channel_take_back_terminal(struct channel *channel)
{
    if (!is_on_terminal(channel)) return;
    terminal_take_back(&channel->terminal);
    (void)pthread_mutex_lock(&channel->mutex);
    channel->is_wanted = false;
    channel->is_lent = false;
    (void)pthread_mutex_unlock(&channel->mutex);
    (void)eventfd_write(channel->wake_fd, 1);
}

void channel_leave_terminal(struct channel *channel)
{
    terminal_restore(&channel->terminal);
}

void channel_return_terminal(struct channel *channel)
{
    terminal_resume(&channel->terminal);
}

/* What the user has to know about output that did not arrive. */
static int tell_trouble(const struct channel *channel, struct error *err)
{
    if (channel->trouble.kind != ERROR_NONE) return error_host(err, "%s", channel->trouble.text);
    if (channel->lost_bytes > 0) {
        return error_host(err, "%s: %" PRIu64 " bytes of output were lost because nobody read them",
                          channel->what, channel->lost_bytes);
    }
    return 0;
}

void channel_finish(struct channel *channel)
{
    if (!channel) return;
    atomic_store(&channel->is_closing, true);
    if (channel->is_running) {
        (void)eventfd_write(channel->wake_fd, 1);
        (void)pthread_join(channel->thread, NULL);
        channel->is_running = false;
    }
    terminal_restore(&channel->terminal);
    atomic_store(&channel->terminal.is_raw, false);
    if (channel->listen_fd >= 0 && channel->place[0]) {
        (void)unlink(channel->place);
        channel->place[0] = '\0';
    }
}

static void close_fd(int fd)
{
    if (fd >= 0) (void)close(fd);
}

int channel_close(struct channel *channel, struct error *err)
{
    if (!channel) return 0;
    channel_finish(channel);
    if (channel->is_owned || channel->listen_fd >= 0) close_fd(channel->out_fd);
    close_fd(channel->listen_fd);
    close_fd(channel->pty_fd);
    close_fd(channel->wake_fd);
    (void)pthread_cond_destroy(&channel->has_lent);
    (void)pthread_cond_destroy(&channel->has_room);
    (void)pthread_mutex_destroy(&channel->mutex);
    int result = tell_trouble(channel, err);
    free(channel);
    return result;
}
