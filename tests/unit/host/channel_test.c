/* SPDX-License-Identifier: GPL-2.0-only */
/* Channels: what goes in comes out, whole and in order, whoever reads and however slowly. */
#define _GNU_SOURCE

#include "emu/host/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/core/inbox.h"
#include "emu/host/file.h"

#define BIG_BYTES (3u * CHANNEL_OUTPUT_BYTES + 77)

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/channel_test.XXXXXX");

    (void)signal(SIGPIPE, SIG_IGN);
    if (!folder || !mkdtemp(folder) || chdir(folder) != 0) return -1;
    *state = folder;
    return 0;
}

static int leave_folder(void **state)
{
    (void)unlink("out");
    (void)unlink("socket");
    int result = rmdir(*state);
    free(*state);
    return result;
}

static struct channel *open_good(const char *spec)
{
    struct error err = ERROR_INIT;
    struct channel *channel = channel_open(spec, "--serial", &err);

    assert_string_equal(err.text, "");
    assert_non_null(channel);
    return channel;
}

static void start(struct channel *channel, struct inbox *inbox)
{
    struct error err = ERROR_INIT;

    assert_int_equal(channel_start(channel, inbox, &err), 0);
}

static void close_good(struct channel *channel)
{
    struct error err = ERROR_INIT;

    assert_int_equal(channel_close(channel, &err), 0);
    assert_string_equal(err.text, "");
}

static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i * 7 + i / 1000);
}

/* As a serial port does it: one byte at a time, and now and then a few. */
static void send_many(struct channel *channel, size_t bytes)
{
    struct host_sink sink = channel_sink(channel);

    for (size_t i = 0; i < bytes;) {
        uint8_t piece[5];
        size_t count = i % 3 == 0 && i + 5 <= bytes ? 5 : 1;

        for (size_t k = 0; k < count; k++) {
            piece[k] = byte_at(i + k);
        }
        sink.write(sink.ctx, piece, count);
        i += count;
    }
}

static void send_text(struct channel *channel, const char *text)
{
    struct host_sink sink = channel_sink(channel);

    sink.write(sink.ctx, (const uint8_t *)text, strlen(text));
}

/* What arrives within five seconds, up to `bytes`. */
static size_t receive(int fd, uint8_t *data, size_t bytes)
{
    size_t count = 0;

    while (count < bytes) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};

        if (poll(&wait, 1, 5000) <= 0) break;
        ssize_t got = read(fd, data + count, bytes - count);
        if (got <= 0) break;
        count += (size_t)got;
    }
    return count;
}

static void check_text(int fd, const char *text)
{
    uint8_t data[256];
    size_t count = receive(fd, data, strlen(text));

    assert_int_equal(count, strlen(text));
    assert_memory_equal(data, text, count);
}

static void check_typed(struct inbox *inbox, const char *text)
{
    char typed[256] = "";
    size_t count = 0;

    while (count < strlen(text)) {
        struct inbox_message message;

        for (int i = 0; i < 5000 && !inbox_take(inbox, &message); i++) {
            message.bytes = 0;
            inbox_wait(inbox, 1);
        }
        assert_int_equal(message.kind, INBOX_SERIAL);
        assert_in_range(message.bytes, 1, INBOX_PAYLOAD_BYTES);
        memcpy(typed + count, message.payload, message.bytes);
        count += message.bytes;
    }
    assert_string_equal(typed, text);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void bad_specs(void **state)
{
    static const struct {
        const char *spec;
        enum error_kind kind;
        const char *sentence;
    } cases[] = {
        {"foo", ERROR_USAGE,
         "--serial: 'foo' is none of stdio, stdout, stderr, file:PATH, pty, unix:PATH, none"},
        {"", ERROR_USAGE,
         "--serial: '' is none of stdio, stdout, stderr, file:PATH, pty, unix:PATH, none"},
        {"file", ERROR_USAGE, "--serial: file needs a path, as in file:PATH"},
        {"file:", ERROR_USAGE, "--serial: file needs a path, as in file:PATH"},
        {"unix:", ERROR_USAGE, "--serial: unix needs a path, as in unix:PATH"},
        {"pty:x", ERROR_USAGE, "--serial: pty takes no path"},
        {"file:nowhere/x", ERROR_HOST, "--serial: nowhere/x: No such file or directory"},
        {"file:.", ERROR_HOST, "--serial: .: Is a directory"},
        {"unix:nowhere/x", ERROR_HOST, "--serial: nowhere/x: No such file or directory"},
        {"unix:/"
         "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "01234"
         "567890123456789",
         ERROR_USAGE, "--serial: the path of a socket can have at most 107 characters"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = ERROR_INIT;

        assert_null(channel_open(cases[i].spec, "--serial", &err));
        assert_string_equal(err.text, cases[i].sentence);
        assert_int_equal(err.kind, cases[i].kind);
    }
}

static void none_swallows(void **state)
{
    struct channel *channel = open_good("none");

    (void)state;
    start(channel, NULL);
    send_many(channel, BIG_BYTES);
    assert_null(channel_place(channel));
    assert_false(channel_is_interactive(channel));
    close_good(channel);
    assert_int_equal(channel_close(NULL, NULL), 0);
}

static void file_gets_everything(void **state)
{
    struct channel *channel = open_good("file:out");
    struct host_file file;
    struct error err = ERROR_INIT;

    (void)state;
    start(channel, NULL);
    send_many(channel, BIG_BYTES);
    close_good(channel);
    assert_int_equal(host_file_read("out", BIG_BYTES, &file, &err), 0);
    assert_int_equal(file.bytes, BIG_BYTES);
    for (size_t i = 0; i < file.bytes; i++) {
        if (file.data[i] != byte_at(i)) fail_msg("byte %zu is wrong", i);
    }
    host_file_release(&file);
}

static void full_disk_is_told_at_the_end(void **state)
{
    struct channel *channel = open_good("file:/dev/full");
    struct error err = ERROR_INIT;

    (void)state;
    start(channel, NULL);
    send_many(channel, BIG_BYTES);
    assert_int_equal(channel_close(channel, &err), -1);
    assert_string_equal(err.text, "--serial: output cannot be written: No space left on device");
    assert_int_equal(err.kind, ERROR_HOST);
}

/* Reads everything in tiny pieces from a pipe. */
static void *slow_reader(void *arg)
{
    const int *fd = arg;
    uint8_t data[3000];
    size_t count = 0;
    ssize_t got;

    while ((got = read(*fd, data, 1 + count % sizeof(data))) > 0) {
        for (size_t i = 0; i < (size_t)got; i++) {
            if (data[i] != byte_at(count + i)) return NULL;
        }
        count += (size_t)got;
    }
    return (void *)(uintptr_t)count;
}

/* Standard output becomes `fd` while the channel is at work. */
static int replace_stdout(int fd)
{
    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_true(saved >= 0);
    assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    return saved;
}

static void restore_stdout(int saved)
{
    (void)dup2(saved, STDOUT_FILENO);
    (void)close(saved);
}

static void slow_pipe_gets_everything(void **state)
{
    int ends[2];
    pthread_t thread;
    void *count;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pthread_create(&thread, NULL, slow_reader, &ends[0]), 0);
    int saved = replace_stdout(ends[1]);
    (void)close(ends[1]);
    struct channel *channel = channel_open("stdout", "--serial", &err);
    int result = channel ? channel_start(channel, NULL, &err) : -1;
    if (result == 0) send_many(channel, BIG_BYTES);
    result |= channel_close(channel, &err);
    restore_stdout(saved);
    (void)pthread_join(thread, &count);
    (void)close(ends[0]);
    assert_string_equal(err.text, "");
    assert_int_equal(result, 0);
    assert_int_equal((uintptr_t)count, BIG_BYTES);
}

static void closed_pipe_is_told_at_the_end(void **state)
{
    int ends[2];
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    int saved = replace_stdout(ends[1]);
    (void)close(ends[1]);
    struct channel *channel = channel_open("stdout", "--serial", &err);
    int result = channel ? channel_start(channel, NULL, &err) : -1;
    if (result == 0) send_many(channel, BIG_BYTES);
    result |= channel_close(channel, &err);
    restore_stdout(saved);
    assert_int_equal(result, -1);
    assert_string_equal(err.text, "--serial: output cannot be written: Broken pipe");
}

static void *hurry_soon(void *arg)
{
    (void)poll(NULL, 0, 100);
    channel_hurry(arg);
    return NULL;
}

/* A reader that never reads holds the machine up only until somebody wants to stop. */
static void stuck_reader_can_be_left(void **state)
{
    int ends[2];
    pthread_t thread;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    int saved = replace_stdout(ends[1]);
    struct channel *channel = channel_open("stdout", "--serial", &err);
    int result = channel ? channel_start(channel, NULL, &err) : -1;
    if (result == 0) {
        (void)pthread_create(&thread, NULL, hurry_soon, channel);
        send_many(channel, BIG_BYTES);
        (void)pthread_join(thread, NULL);
    }
    result |= channel_close(channel, &err);
    restore_stdout(saved);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(result, -1);
    assert_non_null(strstr(err.text, "bytes of output were lost because nobody read them"));
}

static void socket_both_ways(void **state)
{
    struct inbox *inbox = inbox_create();
    struct channel *channel = open_good("unix:socket");
    struct stat info;

    (void)state;
    assert_string_equal(channel_place(channel), "socket");
    assert_int_equal(stat("socket", &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    assert_int_equal(info.st_mode & 0777, 0600);
    start(channel, inbox);
    send_text(channel, "before anybody came. ");
    int client = connect_to("socket");
    check_text(client, "before anybody came. ");
    send_text(channel, "hello");
    check_text(client, "hello");
    assert_int_equal(write(client, "typed", 5), 5);
    check_typed(inbox, "typed");
    (void)close(client);

    client = connect_to("socket");
    send_text(channel, "again");
    check_text(client, "again");
    assert_int_equal(write(client, "once more", 9), 9);
    check_typed(inbox, "once more");
    close_good(channel);
    (void)close(client);
    assert_int_equal(stat("socket", &info), -1);
    inbox_destroy(inbox);
}

static void socket_without_reader_keeps_the_newest(void **state)
{
    struct channel *channel = open_good("unix:socket");
    uint8_t *data = malloc(CHANNEL_OUTPUT_BYTES);

    (void)state;
    assert_non_null(data);
    start(channel, NULL);
    send_many(channel, BIG_BYTES);
    int client = connect_to("socket");
    assert_int_equal(receive(client, data, CHANNEL_OUTPUT_BYTES), CHANNEL_OUTPUT_BYTES);
    for (size_t i = 0; i < CHANNEL_OUTPUT_BYTES; i++) {
        if (data[i] != byte_at(BIG_BYTES - CHANNEL_OUTPUT_BYTES + i))
            fail_msg("byte %zu is wrong", i);
    }
    (void)close(client);
    close_good(channel);
    free(data);
}

static void socket_of_a_dead_process_is_replaced(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(fd);
    struct channel *first = open_good("unix:socket");
    assert_null(channel_open("unix:socket", "--serial", &err));
    assert_string_equal(err.text, "--serial: socket: Address already in use");
    int client = connect_to("socket");
    (void)close(client);
    close_good(first);
}

static void other_files_are_not_replaced(void **state)
{
    struct error err = ERROR_INIT;
    int fd = open("out", O_WRONLY | O_CREAT, 0600);

    (void)state;
    (void)close(fd);
    assert_null(channel_open("unix:out", "--serial", &err));
    assert_string_equal(err.text, "--serial: out: Address already in use");
    assert_int_equal(access("out", F_OK), 0);
}

static void pty_both_ways(void **state)
{
    struct inbox *inbox = inbox_create();
    struct channel *channel = open_good("pty");
    char name[64];

    (void)state;
    (void)snprintf(name, sizeof(name), "%s", channel_place(channel));
    start(channel, inbox);
    send_text(channel, "kept\n");
    int client = open(name, O_RDWR | O_NOCTTY);
    assert_true(client >= 0);
    check_text(client, "kept\n");
    send_text(channel, "raw\r\n\003");
    check_text(client, "raw\r\n\003");
    assert_int_equal(write(client, "a\003b\r", 4), 4);
    check_typed(inbox, "a\003b\r");
    close_good(channel);
    (void)close(client);
    inbox_destroy(inbox);
}

/* Nothing is lost when the machine does not take its input for a while. */
static void full_inbox_holds_the_typist_up(void **state)
{
    static const struct inbox_message other = {.kind = INBOX_POWER_KEY};
    struct inbox *inbox = inbox_create();
    struct channel *channel = open_good("unix:socket");
    struct inbox_message message;

    (void)state;
    start(channel, inbox);
    int client = connect_to("socket");
    for (unsigned i = 0; i < INBOX_MESSAGES_MAX; i++) {
        assert_true(inbox_post(inbox, &other));
    }
    assert_int_equal(write(client, "patience", 8), 8);
    (void)poll(NULL, 0, 30);
    assert_int_equal(write(client, " pays", 5), 5);
    for (unsigned i = 0; i < INBOX_MESSAGES_MAX; i++) {
        assert_true(inbox_take(inbox, &message));
        assert_int_equal(message.kind, INBOX_POWER_KEY);
    }
    check_typed(inbox, "patience pays");
    (void)close(client);
    close_good(channel);
    inbox_destroy(inbox);
}

/* Opens "stdio" with `fd` as standard input. */
static bool is_live_with(int fd)
{
    int saved = dup(STDIN_FILENO);
    struct channel *channel;
    bool is_live;

    assert_true(saved >= 0 && dup2(fd, STDIN_FILENO) >= 0);
    channel = channel_open("stdio", "--serial", NULL);
    assert_non_null(channel);
    is_live = channel_has_live_input(channel);
    close_good(channel);
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    (void)close(saved);
    return is_live;
}

static void only_somebody_who_can_answer_is_live_input(void **state)
{
    int ends[2];
    int null = open("/dev/null", O_RDONLY);
    int file = open("/proc/self/status", O_RDONLY);

    (void)state;
    assert_true(null >= 0 && file >= 0 && pipe(ends) == 0);
    assert_true(is_live_with(ends[0]));
    assert_false(is_live_with(null));
    assert_false(is_live_with(file));
    for (int i = 0; i < 2; i++) {
        (void)close(ends[i]);
    }
    (void)close(null);
    (void)close(file);
}

static void finish_comes_before_close(void **state)
{
    struct channel *channel = open_good("file:out");
    struct stat info;

    (void)state;
    start(channel, NULL);
    send_text(channel, "0123456789");
    channel_finish(channel);
    assert_int_equal(stat("out", &info), 0);
    assert_int_equal(info.st_size, 10);
    channel_hurry(channel);
    channel_leave_terminal(channel);
    channel_return_terminal(channel);
    close_good(channel);
    channel_finish(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_specs),
        cmocka_unit_test(none_swallows),
        cmocka_unit_test(file_gets_everything),
        cmocka_unit_test(full_disk_is_told_at_the_end),
        cmocka_unit_test(slow_pipe_gets_everything),
        cmocka_unit_test(closed_pipe_is_told_at_the_end),
        cmocka_unit_test(stuck_reader_can_be_left),
        cmocka_unit_test(socket_both_ways),
        cmocka_unit_test(socket_without_reader_keeps_the_newest),
        cmocka_unit_test(socket_of_a_dead_process_is_replaced),
        cmocka_unit_test(other_files_are_not_replaced),
        cmocka_unit_test(pty_both_ways),
        cmocka_unit_test(full_inbox_holds_the_typist_up),
        cmocka_unit_test(only_somebody_who_can_answer_is_live_input),
        cmocka_unit_test(finish_comes_before_close),
    };

    return cmocka_run_group_tests_name("channels", tests, enter_folder, leave_folder);
}
