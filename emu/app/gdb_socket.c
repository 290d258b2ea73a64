/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GDB's way in: see gdb_socket.h. A thread of its own reads the client's bytes into a ring, from which the machine's
 * thread takes them. Of what they mean the reader knows as much as it needs to tell the byte 0x03 between packets (Ctrl-C)
 * from one inside: where packets begin and end.
 *
 * A web page can make a browser connect to loopback and send text of its choice, but not choose how that begins: a
 * client that does not begin as GDB does is shown the door.
 */
#define _GNU_SOURCE

#include "emu/app/gdb_socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/app/parse.h"
#include "emu/app/stop_order.h"
#include "emu/base/bits.h"
#include "emu/core/inbox.h"
#include "emu/debug/gdb/gdb_server.h"
#include "emu/host/tcp_socket.h"
#include "emu/host/unix_socket.h"
#include "emu/machine/machine.h"

#define RING_BYTES  65536u
#define PIECE_BYTES 4096u
#define LOOK_MS     200 /* how often a stop is looked for */
#define HOST_BYTES  64
#define PATH_BYTES  256
#define WHAT        "--gdb"
#define LOOPBACK    "127.0.0.1"

/* ---- Where ---- */

struct place {
    bool is_unix;
    char host[HOST_BYTES];
    uint16_t port;
    char path[PATH_BYTES];
};

static int bad_place(const char *where, struct error *err)
{
    return error_usage(err, WHAT ": '%s' is none of tcp:PORT, tcp:ADDRESS:PORT and unix:PATH",
                       where);
}

/* "PORT", ":PORT", "localhost:PORT" or "ADDRESS:PORT"; an IPv6 address stands in brackets. */
static int parse_tcp(const char *text, const char *where, struct place *place, struct error *err)
{
    const char *colon = strrchr(text, ':');
    size_t bytes = colon != NULL ? (size_t)(colon - text) : 0;
    uint64_t port;

    if (parse_number(WHAT, colon != NULL ? colon + 1 : text, 0, UINT16_MAX, &port, err) != 0) {
        return -1;
    }
    place->port = (uint16_t)port;
    if (bytes >= 2 && text[0] == '[' && text[bytes - 1] == ']') {
        text++;
        bytes -= 2;
    }
    if (bytes >= sizeof(place->host)) return bad_place(where, err);
    memcpy(place->host, text, bytes);
    if (bytes == 0 || strcmp(place->host, "localhost") == 0) {
        (void)snprintf(place->host, sizeof(place->host), LOOPBACK);
    }
    return 0;
}

static int parse_place(const char *where, struct place *place, struct error *err)
{
    *place = (struct place){.port = 0};
    if (strncmp(where, "tcp:", 4) == 0) return parse_tcp(where + 4, where, place, err);
    if (strncmp(where, "localhost:", 10) == 0) return parse_tcp(where, where, place, err);
    if (strncmp(where, "unix:", 5) != 0 && where[0] != '/') return bad_place(where, err);
    if (where[0] != '/') where += 5;
    place->is_unix = true;
    if (*where == '\0' || strlen(where) >= sizeof(place->path)) return bad_place(where, err);
    (void)snprintf(place->path, sizeof(place->path), "%s", where);
    return 0;
}

int gdb_where_check(const char *where, struct error *err)
{
    struct place place;

    return parse_place(where, &place, err);
}

/* ---- One client ---- */

/* Where the reader is in the stream. */
enum frame {
    FRAME_NONE,
    FRAME_BODY,
    FRAME_SUM,
    FRAME_LAST,
};

struct client {
    int fd;
    int ready_fd; /* something is in the ring, or the client has gone */
    int room_fd;  /* something was taken out, or it is over */
    struct gdb_server *server;
    struct machine *machine;
    bool is_stopped; /* INBOX_STOP has come */
    atomic_bool has_ended;
    atomic_bool is_closing;

    /* The reader's. */
    enum frame frame;
    bool has_begun;

    pthread_mutex_t mutex; /* of the rest */
    uint8_t ring[RING_BYTES];
    size_t first;
    size_t count;
};

static void client_send(void *ctx, const void *data, size_t bytes)
{
    struct client *client = ctx;
    const char *byte = data;

    while (bytes > 0 && !atomic_load(&client->has_ended) && !client->is_stopped) {
        const ssize_t sent = send(client->fd, byte, bytes, MSG_NOSIGNAL);

        if (sent > 0) {
            byte += sent;
            bytes -= (size_t)sent;
        } else if (sent < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = client->fd, .events = POLLOUT};

            (void)poll(&wait, 1, LOOK_MS);
            client->is_stopped = stop_is_ordered(machine_inbox(client->machine));
        } else if (sent < 0 && errno != EINTR) {
            return; /* the reader learns of it, too */
        }
    }
}

/* ---- The reader ---- */

static void watch_byte(struct client *client, char byte)
{
    switch (client->frame) {
    case FRAME_NONE:
        if (byte == '$') client->frame = FRAME_BODY;
        if (byte == '\x03') gdb_server_interrupt(client->server);
        break;
    case FRAME_BODY:
        if (byte == '#') client->frame = FRAME_SUM;
        break;
    /* As gdb_server.h's side has it: what is no digit ends the packet, too. */
    case FRAME_SUM:
        client->frame = strchr("0123456789abcdefABCDEF", byte) && byte ? FRAME_LAST : FRAME_NONE;
        break;
    case FRAME_LAST: client->frame = FRAME_NONE; break;
    }
}

static size_t room_of(struct client *client)
{
    size_t room;

    (void)pthread_mutex_lock(&client->mutex);
    room = RING_BYTES - client->count;
    (void)pthread_mutex_unlock(&client->mutex);
    return room;
}

/* A 0x03 is announced before the machine's thread can come to it (gdb_server.h). */
static void put_in_ring(struct client *client, const uint8_t *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        watch_byte(client, (char)data[i]);
    (void)pthread_mutex_lock(&client->mutex);
    for (size_t i = 0; i < bytes; i++) {
        client->ring[(client->first + client->count) % RING_BYTES] = data[i];
        client->count++;
    }
    (void)pthread_mutex_unlock(&client->mutex);
    (void)eventfd_write(client->ready_fd, 1);
}

/* False: the client has gone. */
static bool read_some(struct client *client, size_t room)
{
    uint8_t piece[PIECE_BYTES];
    const ssize_t bytes = recv(client->fd, piece, (size_t)min_u64(room, sizeof(piece)), 0);

    if (bytes < 0) return errno == EINTR || errno == EAGAIN;
    if (bytes == 0) return false;
    if (!client->has_begun && strchr("+-$\x03", piece[0]) == NULL) return false;
    client->has_begun = true;
    put_in_ring(client, piece, (size_t)bytes);
    return true;
}

/* False: it is over. */
static bool read_round(struct client *client)
{
    const size_t room = room_of(client);
    struct pollfd wait[] = {
        {.fd = client->fd, .events = (short)(POLLRDHUP | (room > 0 ? POLLIN : 0))},
        {.fd = client->room_fd, .events = POLLIN},
    };
    eventfd_t wakes;

    if (poll(wait, ARRAY_LEN(wait), -1) < 0) return errno == EINTR;
    if (wait[1].revents != 0) (void)eventfd_read(client->room_fd, &wakes);
    if (atomic_load(&client->is_closing)) return false;
    if (wait[0].revents == 0) return true;
    return room > 0 && read_some(client, room);
}

static void *reader_thread(void *arg)
{
    struct client *client = arg;

    while (read_round(client))
        continue;
    atomic_store(&client->has_ended, true);
    if (!atomic_load(&client->is_closing)) gdb_server_hang_up(client->server);
    (void)eventfd_write(client->ready_fd, 1);
    return NULL;
}

/* ---- The machine's thread ---- */

static size_t take_from_ring(struct client *client, uint8_t *data, size_t room)
{
    size_t bytes = 0;

    (void)pthread_mutex_lock(&client->mutex);
    while (bytes < room && client->count > 0) {
        data[bytes] = client->ring[client->first];
        client->first = (client->first + 1) % RING_BYTES;
        client->count--;
        bytes++;
    }
    (void)pthread_mutex_unlock(&client->mutex);
    if (bytes > 0) (void)eventfd_write(client->room_fd, 1);
    return bytes;
}

static void converse(struct client *client)
{
    uint8_t piece[PIECE_BYTES];
    eventfd_t wakes;

    while (!gdb_server_is_detached(client->server) && !gdb_server_is_killed(client->server)) {
        const bool has_ended =
            atomic_load(&client->has_ended); /* what came before is in the ring */
        const size_t bytes = take_from_ring(client, piece, sizeof(piece));

        if (bytes > 0) gdb_server_receive(client->server, piece, bytes);
        if (bytes > 0 && !client->is_stopped) continue;
        if (has_ended || client->is_stopped) return;
        struct pollfd wait = {.fd = client->ready_fd, .events = POLLIN};
        if (poll(&wait, 1, LOOK_MS) > 0) (void)eventfd_read(client->ready_fd, &wakes);
        client->is_stopped = stop_is_ordered(machine_inbox(client->machine));
    }
}

/* What became of a client. */
enum leaving {
    LEFT_GONE,
    LEFT_DETACHED,
    LEFT_KILLED,
    LEFT_STOPPED,
    LEFT_TROUBLE,
};

static enum leaving leaving_of(const struct client *client)
{
    if (gdb_server_is_killed(client->server)) return LEFT_KILLED;
    if (gdb_server_is_detached(client->server)) return LEFT_DETACHED;
    return client->is_stopped ? LEFT_STOPPED : LEFT_GONE;
}

static enum leaving serve_client(struct client *client, const struct gdb_server_config *config,
                                 struct error *err)
{
    enum leaving leaving = LEFT_TROUBLE;
    pthread_t reader;
    int reason;

    client->server = gdb_server_create(config, err);
    if (client->server == NULL) return LEFT_TROUBLE;
    reason = pthread_create(&reader, NULL, reader_thread, client);
    if (reason != 0) {
        (void)error_host(err, WHAT ": no thread: %s", strerror(reason));
    } else {
        converse(client);
        atomic_store(&client->is_closing, true);
        (void)eventfd_write(client->room_fd, 1);
        (void)pthread_join(reader, NULL);
        leaving = leaving_of(client);
    }
    gdb_server_destroy(client->server);
    return leaving;
}

/* `fd` is taken over. */
static enum leaving serve_fd(int fd, struct gdb_server_config config, struct error *err)
{
    struct client *client = calloc(1, sizeof(*client));
    enum leaving leaving = LEFT_TROUBLE;

    if (client == NULL) {
        (void)error_host(err, "out of memory");
        (void)close(fd);
        return LEFT_TROUBLE;
    }
    client->fd = fd;
    client->machine = config.machine;
    client->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    client->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_mutex_init(&client->mutex, NULL);
    config.ctx = client;
    config.send = client_send;
    if (client->ready_fd < 0 || client->room_fd < 0) {
        (void)error_host(err, WHAT ": %s", strerror(errno));
    } else {
        leaving = serve_client(client, &config, err);
    }
    if (client->ready_fd >= 0) (void)close(client->ready_fd);
    if (client->room_fd >= 0) (void)close(client->room_fd);
    (void)pthread_mutex_destroy(&client->mutex);
    (void)close(fd);
    free(client);
    return leaving;
}

/* ---- Listening ---- */

static int listen_at(struct place *place, struct error *err)
{
    int fd;

    if (place->is_unix) return unix_socket_listen(place->path, WHAT, err);
    fd = tcp_socket_listen(place->host, place->port, WHAT, err);
    if (fd >= 0) place->port = tcp_socket_port(fd);
    return fd;
}

static void say_where(const struct place *place)
{
    if (place->is_unix) {
        (void)fprintf(stderr, "spacegray: waiting for GDB: target remote %s\n", place->path);
    } else if (strcmp(place->host, LOOPBACK) == 0) {
        (void)fprintf(stderr, "spacegray: waiting for GDB: target remote localhost:%u\n",
                      place->port);
    } else {
        (void)fprintf(stderr, "spacegray: waiting for GDB from anywhere that reaches %s, port %u\n",
                      place->host, place->port);
    }
}

/* The next client; -1: a stop came first. */
static int accept_client(int listen_fd, struct machine *machine)
{
    while (!stop_is_ordered(machine_inbox(machine))) {
        struct pollfd wait = {.fd = listen_fd, .events = POLLIN};
        int fd;

        if (poll(&wait, 1, LOOK_MS) <= 0) continue;
        fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) return fd;
    }
    return -1;
}

static enum leaving serve_all(int listen_fd, const struct gdb_server_config *config,
                              struct error *err)
{
    enum leaving leaving = LEFT_GONE;

    while (leaving == LEFT_GONE) {
        const int fd = accept_client(listen_fd, config->machine);

        if (fd < 0) return LEFT_STOPPED;
        tcp_socket_hurry(fd); /* no harm to one that is not TCP */
        leaving = serve_fd(fd, *config, err);
    }
    return leaving;
}

int gdb_serve(const char *where, struct debugger *debugger, struct history *history,
              struct machine *machine, bool is_writable, struct error *err)
{
    static const struct inbox_message stop = {.kind = INBOX_STOP};
    const struct gdb_server_config config = {
        .debugger = debugger, .history = history, .machine = machine, .is_writable = is_writable};
    struct place place;
    enum leaving leaving;
    int fd;

    if (parse_place(where, &place, err) != 0) return -1;
    fd = listen_at(&place, err);
    if (fd < 0) return -1;
    say_where(&place);
    leaving = serve_all(fd, &config, err);
    (void)close(fd);
    if (place.is_unix) (void)unlink(place.path);
    if (leaving == LEFT_KILLED) (void)inbox_post(machine_inbox(machine), &stop);
    return leaving == LEFT_TROUBLE ? -1 : 0;
}
