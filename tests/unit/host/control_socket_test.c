/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: lines come in whole and in order, whoever sends them and however; nobody who does
 * not read, does not send or is not there any more holds up the program. */
#define _GNU_SOURCE

#include "emu/host/control_socket.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
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
#include "emu/host/clock.h"
#include "emu/host/unix_socket.h"

#define PATIENCE_MS 10000
#define GREETING    "hello"
#define BIG_BYTES   (CONTROL_HELD_BYTES - 100)
#define MANY_LINES  3000u

struct bench {
    char *folder;
    struct inbox *inbox;
    struct control_socket *control;
    char line[CONTROL_LINE_BYTES + 1];
    size_t bytes;
    bool is_too_long;
    char *big; /* a text of BIG_BYTES */
    atomic_uint interrupts;
};

static bool is_urgent(const char *line, size_t bytes)
{
    return bytes > 0 && line[0] == '!';
}

static void interrupt(void *ctx)
{
    struct bench *bench = ctx;

    (void)atomic_fetch_add(&bench->interrupts, 1);
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    struct error err = ERROR_INIT;
    const struct control_urgency urgency = {
        .ctx = bench, .is_urgent = is_urgent, .interrupt = interrupt};

    (void)signal(SIGPIPE, SIG_IGN);
    if (bench == NULL) return -1;
    bench->folder = strdup("/tmp/control_test.XXXXXX");
    bench->big = malloc(BIG_BYTES + 1);
    if (!bench->folder || !bench->big || !mkdtemp(bench->folder) || chdir(bench->folder) != 0) {
        return -1;
    }
    memset(bench->big, 'x', BIG_BYTES);
    bench->big[BIG_BYTES] = '\0';
    bench->inbox = inbox_create();
    bench->control = control_socket_open("socket", GREETING, &err);
    *state = bench;
    if (!bench->inbox || !bench->control) return -1;
    control_socket_set_urgency(bench->control, &urgency);
    return control_socket_start(bench->control, bench->inbox, &err);
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    bool is_clean;

    control_socket_close(bench->control);
    inbox_destroy(bench->inbox);
    is_clean = chdir("/") == 0 && rmdir(bench->folder) == 0;
    free(bench->folder);
    free(bench->big);
    free(bench);
    return is_clean ? 0 : -1;
}

/* ---- The client ---- */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    (void)strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void send_bytes(int fd, const void *data, size_t bytes)
{
    const char *at = data;

    while (bytes > 0) {
        ssize_t sent = send(fd, at, bytes, 0);

        assert_true(sent > 0);
        at += sent;
        bytes -= (size_t)sent;
    }
}

static void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

/* One byte within `max_ms`; -1: none came, 0: the other side has closed. */
static int read_byte(int fd, char *byte, int max_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    ssize_t got;

    if (poll(&wait, 1, max_ms) <= 0) return -1;
    got = read(fd, byte, 1);
    return got == 1 ? 1 : 0;
}

static void expect_line(int fd, const char *text)
{
    const size_t bytes = strlen(text) + 2;
    char *line = malloc(bytes);
    size_t count = 0;

    assert_non_null(line);
    while (count < bytes) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got;

        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
        got = read(fd, line + count, bytes - count);
        assert_true(got > 0);
        count += (size_t)got;
    }
    assert_memory_equal(line, text, bytes - 2);
    assert_memory_equal(line + bytes - 2, "\r\n", 2);
    free(line);
}

static void expect_end(int fd)
{
    char byte;

    assert_int_equal(read_byte(fd, &byte, PATIENCE_MS), 0);
}

static int connect_greeted(void)
{
    int fd = connect_to("socket");

    expect_line(fd, GREETING);
    return fd;
}

/* ---- The machine's side ---- */

/* Whether attention is asked for within `max_ms`. */
static bool has_attention(struct bench *bench, int max_ms)
{
    const uint64_t end = host_monotonic_ns() + (uint64_t)max_ms * 1000000u;
    struct inbox_message message;

    while (!inbox_take(bench->inbox, &message)) {
        if (host_monotonic_ns() >= end) return false;
        inbox_wait(bench->inbox, 10);
    }
    assert_int_equal(message.kind, INBOX_ATTENTION);
    return true;
}

/* A line, for which attention has been asked. */
static void take(struct bench *bench)
{
    while (!control_socket_take(bench->control, bench->line, &bench->bytes, &bench->is_too_long)) {
        assert_true(has_attention(bench, PATIENCE_MS));
    }
}

static void take_text(struct bench *bench, const char *text)
{
    take(bench);
    assert_false(bench->is_too_long);
    assert_int_equal(bench->bytes, strlen(text));
    assert_string_equal(bench->line, text);
}

static void take_none(struct bench *bench)
{
    assert_false(
        control_socket_take(bench->control, bench->line, &bench->bytes, &bench->is_too_long));
}

/* ---- Lines ---- */

static void a_line_and_its_answer(void **state)
{
    struct bench *bench = *state;
    struct stat info;
    int fd = connect_greeted();

    assert_int_equal(lstat("socket", &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    assert_int_equal(info.st_mode & 0777, 0600);
    take_none(bench);
    send_text(fd, "one\n");
    take_text(bench, "one");
    control_socket_answer(bench->control, "answer");
    expect_line(fd, "answer");
    take_none(bench);
    control_socket_tell(bench->control, "event");
    expect_line(fd, "event");
    (void)close(fd);
}

static void lines_in_pieces(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    send_text(fd, "on");
    assert_false(has_attention(bench, 50));
    take_none(bench);
    send_text(fd, "e\ntwo\r\n\nthr");
    take_text(bench, "one");
    take_text(bench, "two\r");
    take_text(bench, "");
    take_none(bench);
    send_text(fd, "ee\n");
    take_text(bench, "three");
    (void)close(fd);
}

static void zeros_in_a_line(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    send_bytes(fd, "a\0b\0\n", 5);
    take(bench);
    assert_int_equal(bench->bytes, 4);
    assert_memory_equal(bench->line, "a\0b", 5);
    (void)close(fd);
}

/* The longest line is taken; one that is a byte longer is told to be too long, and what follows it comes
 * through. */
static void long_lines(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();
    char *line = malloc(CONTROL_LINE_BYTES + 2);

    assert_non_null(line);
    memset(line, 'y', CONTROL_LINE_BYTES + 1);
    line[CONTROL_LINE_BYTES] = '\n';
    send_bytes(fd, line, CONTROL_LINE_BYTES + 1);
    take(bench);
    assert_false(bench->is_too_long);
    assert_int_equal(bench->bytes, CONTROL_LINE_BYTES);
    line[CONTROL_LINE_BYTES] = 'y';
    line[CONTROL_LINE_BYTES + 1] = '\n';
    send_bytes(fd, line, CONTROL_LINE_BYTES + 2);
    take(bench);
    assert_true(bench->is_too_long);
    assert_int_equal(bench->bytes, CONTROL_LINE_BYTES);
    send_text(fd, "next\n");
    take_text(bench, "next");
    (void)close(fd);
    free(line);
}

/* Each 'line' of garbage is told once, and its rest does not come back as lines. */
static void a_megabyte_of_garbage(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    for (unsigned i = 0; i < 2; i++) {
        send_bytes(fd, bench->big, CONTROL_LINE_BYTES + 4096);
        take(bench);
        assert_true(bench->is_too_long);
        send_bytes(fd, bench->big, BIG_BYTES);
        send_bytes(fd, bench->big, BIG_BYTES);
        send_text(fd, "\nnext\n");
        take_text(bench, "next");
        assert_false(bench->is_too_long);
    }
    take_none(bench);
    (void)close(fd);
}

/* ---- Lines that do not want to wait ---- */

/* More interrupts come until the line has been answered; then no more. */
static void expect_interrupts(struct bench *bench)
{
    const uint64_t end = host_monotonic_ns() + PATIENCE_MS * UINT64_C(1000000);
    const unsigned before = atomic_load(&bench->interrupts);

    while (atomic_load(&bench->interrupts) < before + 2 && host_monotonic_ns() < end) {
        (void)poll(NULL, 0, 5);
    }
    assert_true(atomic_load(&bench->interrupts) >= before + 2);
}

static void expect_quiet(struct bench *bench)
{
    const unsigned before = atomic_load(&bench->interrupts);

    (void)poll(NULL, 0, 300);
    assert_int_equal(atomic_load(&bench->interrupts), before);
}

static void urgent_lines(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    send_text(fd, "!first\nlong\n");
    take_text(bench, "!first");
    send_text(fd, "other\n");
    expect_quiet(bench);
    take_text(bench, "long");
    send_text(fd, "more\n!now\nbehind\n");
    expect_interrupts(bench);
    take_text(bench, "other");
    expect_interrupts(bench);
    take_text(bench, "more");
    take_text(bench, "!now");
    take_text(bench, "behind");
    take_none(bench);
    expect_quiet(bench);
    (void)close(fd);
}

/* Nobody waits for the answer any more; or the program is to end. */
static void nobody_waits(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    send_text(fd, "long\n");
    take_text(bench, "long");
    expect_quiet(bench);
    (void)close(fd);
    expect_interrupts(bench);
    take_none(bench);
    (void)close(connect_greeted());
    expect_quiet(bench);
    control_socket_interrupt(bench->control);
    expect_interrupts(bench);
}

/* ---- Clients that leave ---- */

/* Sent and gone: the lines count all the same, and the next client does not get the answers. */
static void sent_and_gone(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    send_text(fd, "one\ntwo\nthree");
    (void)close(fd);
    take_text(bench, "one");
    control_socket_answer(bench->control, "first");
    take_text(bench, "two");
    take_text(bench, "three");
    take_none(bench);
    control_socket_answer(bench->control, "third");
    fd = connect_greeted();
    control_socket_answer(bench->control, "late");
    control_socket_tell(bench->control, "event");
    expect_line(fd, "event");
    (void)close(fd);
}

/* Gone with answers unread and more lines sent than fit into the buffer. */
static void gone_with_much_to_say(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();
    char *lines = malloc(MANY_LINES * 9 + 1);
    char text[16];

    assert_non_null(lines);
    send_text(fd, "first\n");
    take_text(bench, "first");
    control_socket_answer(bench->control, bench->big);
    for (unsigned i = 0; i < MANY_LINES; i++) {
        (void)snprintf(lines + (size_t)i * 9, 10, "%08u\n", i);
    }
    send_text(fd, lines);
    free(lines);
    (void)close(fd);
    for (unsigned i = 0; i < MANY_LINES; i++) {
        (void)snprintf(text, sizeof(text), "%08u", i);
        take_text(bench, text);
        control_socket_answer(bench->control, bench->big);
    }
    take_none(bench);
    (void)close(connect_greeted());
}

/* It has said all and wants to hear all; then the connection ends. */
static void half_closed(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();
    char byte;

    send_text(fd, "one\ntwo");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    take_text(bench, "one");
    assert_int_equal(read_byte(fd, &byte, 50), -1);
    control_socket_answer(bench->control, "1");
    take_text(bench, "two");
    expect_line(fd, "1");
    assert_int_equal(read_byte(fd, &byte, 50), -1);
    control_socket_answer(bench->control, "2");
    take_none(bench);
    expect_line(fd, "2");
    expect_end(fd);
    (void)close(fd);
    (void)close(connect_greeted());
}

static void half_closed_without_a_word(void **state)
{
    int fd = connect_greeted();

    (void)state;
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    expect_end(fd);
    (void)close(fd);
}

/* It still sends, but does not hear any more. */
static void half_closed_the_other_way(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    assert_int_equal(shutdown(fd, SHUT_RD), 0);
    send_text(fd, "one\n");
    take_text(bench, "one");
    control_socket_answer(bench->control, "1");
    take_none(bench);
    send_text(fd, "two\n");
    take_text(bench, "two");
    (void)close(fd);
    take_none(bench);
    (void)close(connect_greeted());
}

/* ---- Clients that wait ---- */

static void the_second_waits(void **state)
{
    struct bench *bench = *state;
    int first = connect_greeted(); /* and never sends */
    int second = connect_to("socket");
    char byte;

    send_text(second, "two\n");
    assert_int_equal(read_byte(second, &byte, 50), -1);
    take_none(bench);
    (void)close(first);
    expect_line(second, GREETING);
    take_text(bench, "two");
    control_socket_answer(bench->control, "2");
    expect_line(second, "2");
    (void)close(second);
}

/* Answers wait for a client that does not read: it is not served, and not disconnected. */
static void answers_wait(void **state)
{
    struct bench *bench = *state;
    unsigned count = 0;
    int fd = connect_greeted();

    send_text(fd, "more\nmore\nmore\nmore\nmore\nmore\nmore\nmore\nmore\nmore\n");
    take_text(bench, "more");
    do {
        control_socket_answer(bench->control, bench->big);
        count++;
    } while (control_socket_take(bench->control, bench->line, &bench->bytes, &bench->is_too_long));
    assert_in_range(count, 2, 5);
    while (has_attention(bench, 50)) {
        take_none(bench);
    }
    expect_line(fd, bench->big);
    expect_line(fd, bench->big);
    take_text(bench, "more");
    (void)close(fd);
}

/* What it is told without having asked cannot wait: a client that does not read goes. */
static void events_do_not_wait(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    for (unsigned i = 0; i < 20; i++) {
        control_socket_tell(bench->control, bench->big);
    }
    (void)close(connect_greeted());
    (void)close(fd);
}

/* ---- The inbox ---- */

/* Attention that found no room comes when there is. */
static void the_inbox_is_full(void **state)
{
    static const struct inbox_message other = {.kind = INBOX_NMI};
    struct bench *bench = *state;
    struct inbox_message message;
    unsigned count = 0;
    int fd = connect_greeted();

    while (inbox_post(bench->inbox, &other)) {
        count++;
    }
    assert_int_equal(count, INBOX_MESSAGES_MAX);
    send_text(fd, "one\n");
    (void)poll(NULL, 0, 50);
    for (unsigned i = 0; i < count; i++) {
        assert_true(inbox_take(bench->inbox, &message));
        assert_int_equal(message.kind, INBOX_NMI);
    }
    assert_true(has_attention(bench, PATIENCE_MS));
    take_text(bench, "one");
    (void)close(fd);
}

/* ---- The end ---- */

/* What was said last goes out, then the connection ends and the file is gone. */
static void the_last_word(void **state)
{
    struct bench *bench = *state;
    int fd = connect_greeted();

    control_socket_tell(bench->control, "over");
    control_socket_close(bench->control);
    bench->control = NULL;
    expect_line(fd, "over");
    expect_end(fd);
    assert_int_equal(access("socket", F_OK), -1);
    (void)close(fd);
}

/* One that reads a little now and then does not hold up the end for longer than one that does not. */
static void the_end_does_not_wait_long(void **state)
{
    struct bench *bench = *state;
    const uint64_t begin = host_monotonic_ns();
    uint64_t took;
    int fd = connect_greeted();

    control_socket_tell(bench->control, bench->big);
    send_text(fd, "unheard\n");
    control_socket_close(bench->control);
    bench->control = NULL;
    took = host_monotonic_ns() - begin;
    assert_true(took > 1900u * UINT64_C(1000000));
    assert_true(took < 10000u * UINT64_C(1000000));
    (void)close(fd);
}

/* ---- The file ---- */

static void somebody_listens_there(void **state)
{
    struct error err = ERROR_INIT;
    int waiting[4];

    (void)state;
    /* Too many wait already for another to be let in: that must not be waited for. */
    waiting[0] = connect_greeted();
    for (unsigned i = 1; i < 3; i++) {
        waiting[i] = connect_to("socket");
    }
    assert_null(control_socket_open("socket", GREETING, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    assert_string_equal(err.text, "--control: socket: Address already in use");
    for (unsigned i = 0; i < 3; i++) {
        (void)close(waiting[i]);
    }
    (void)close(connect_greeted());
}

static void the_dead_leave_a_file(void **state)
{
    struct error err = ERROR_INIT;
    int dead = unix_socket_listen("stale", "--control", &err);
    struct control_socket *control;

    (void)state;
    assert_true(dead >= 0);
    (void)close(dead);
    control = control_socket_open("stale", GREETING, &err);
    assert_non_null(control);
    control_socket_close(control);
    assert_int_equal(access("stale", F_OK), -1);
}

static void other_files_stay(void **state)
{
    char path[200];
    struct error err = ERROR_INIT;
    struct error long_err = ERROR_INIT;
    FILE *file = fopen("file", "w");

    (void)state;
    assert_non_null(file);
    (void)fclose(file);
    assert_null(control_socket_open("file", GREETING, &err));
    assert_int_equal(err.kind, ERROR_HOST);
    assert_int_equal(unlink("file"), 0);
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_null(control_socket_open(path, GREETING, &long_err));
    assert_int_equal(long_err.kind, ERROR_USAGE);
}

/* Somebody removed the file, and another program listens there now. */
static void the_file_of_another(void **state)
{
    struct bench *bench = *state;
    struct error err = ERROR_INIT;
    struct control_socket *other;

    assert_int_equal(unlink("socket"), 0);
    other = control_socket_open("socket", GREETING, &err);
    assert_non_null(other);
    control_socket_close(bench->control);
    bench->control = NULL;
    assert_int_equal(access("socket", F_OK), 0);
    control_socket_close(other);
    assert_int_equal(access("socket", F_OK), -1);
}

int main(void)
{
#define WITH_SOCKET(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SOCKET(a_line_and_its_answer),
        WITH_SOCKET(lines_in_pieces),
        WITH_SOCKET(zeros_in_a_line),
        WITH_SOCKET(long_lines),
        WITH_SOCKET(a_megabyte_of_garbage),
        WITH_SOCKET(urgent_lines),
        WITH_SOCKET(nobody_waits),
        WITH_SOCKET(sent_and_gone),
        WITH_SOCKET(gone_with_much_to_say),
        WITH_SOCKET(half_closed),
        WITH_SOCKET(half_closed_without_a_word),
        WITH_SOCKET(half_closed_the_other_way),
        WITH_SOCKET(the_second_waits),
        WITH_SOCKET(answers_wait),
        WITH_SOCKET(events_do_not_wait),
        WITH_SOCKET(the_inbox_is_full),
        WITH_SOCKET(the_last_word),
        WITH_SOCKET(the_end_does_not_wait_long),
        WITH_SOCKET(somebody_listens_there),
        WITH_SOCKET(the_dead_leave_a_file),
        WITH_SOCKET(the_file_of_another),
        WITH_SOCKET(other_files_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
