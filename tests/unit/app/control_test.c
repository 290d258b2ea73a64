/* SPDX-License-Identifier: GPL-2.0-only */
/* What lines on the control socket do to a machine, one without firmware that has halted for ever: first
 * the commands alone, then through the socket, then what is told without being asked. */
#define _GNU_SOURCE

#include "emu/app/control.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "devices/memory/dram.h"
#include "emu/app/app.h"
#include "emu/app/control_command.h"
#include "emu/app/control_events.h"
#include "emu/base/bits.h"
#include "emu/core/device.h"
#include "emu/core/inbox.h"
#include "emu/core/trace.h"

#define PATIENCE_MS 10000
#define TEXT_BYTES  65536

static const uint8_t rom[4096] = {
    [0xff0] = 0xf4, /* hlt, with interrupts off */
};

struct bench {
    struct machine *machine;
    struct control_command command;
    struct control_events events;
    unsigned told;
    char last[512]; /* event that was told */
};

static int set_up_machine(void **state, bool is_flat)
{
    struct machine_config config = {
        .memory_bytes = MACHINE_MEMORY_MIN,
        .has_flat_memory = is_flat,
        .cores = 1,
        .rom = rom,
        .rom_bytes = sizeof(rom),
    };
    struct bench *bench = calloc(1, sizeof(*bench));
    struct error err = ERROR_INIT;

    if (bench == NULL) return -1;
    *state = bench;
    if (!is_flat) config.memory_bytes = UINT64_C(512) << 20;
    if (dimm_set_make(&config.dimms, config.memory_bytes, true, &err) != 0) return -1;
    bench->machine = machine_create(&config, &err);
    bench->command.machine = bench->machine;
    return bench->machine != NULL ? 0 : -1;
}

static int set_up(void **state)
{
    return set_up_machine(state, false);
}

static int set_up_flat(void **state)
{
    return set_up_machine(state, true);
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    machine_destroy(bench->machine);
    free(bench);
    return 0;
}

/* ---- Commands alone ---- */

static void expect_bytes(struct bench *bench, const char *line, size_t bytes, const char *expected)
{
    char *answer = control_command_answer(&bench->command, line, bytes);

    assert_non_null(answer);
    assert_string_equal(answer, expected);
    free(answer);
}

static void expect(struct bench *bench, const char *line, const char *expected)
{
    expect_bytes(bench, line, strlen(line), expected);
}

/* Something is refused, with this in the sentence. */
static void expect_refusal(struct bench *bench, const char *line, const char *words)
{
    static const char begin[] = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"";
    char *answer = control_command_answer(&bench->command, line, strlen(line));

    assert_non_null(answer);
    assert_int_equal(strncmp(answer, begin, strlen(begin)), 0);
    assert_non_null(strstr(answer, words));
    free(answer);
}

static void questions(void **state)
{
    struct bench *bench = *state;
    char text[512];

    (void)snprintf(text, sizeof(text), "{\"return\":{\"spacegray\":\"%s\"},\"id\":[1,{}]}",
                   app_version());
    expect(bench, "{\"id\":[1,{}],\"execute\":\"query-version\"}\r", text);
    assert_int_equal(machine_run(bench->machine, VTIME_MS(3)), MACHINE_TIME_LIMIT);
    (void)snprintf(
        text, sizeof(text),
        "{\"return\":{\"running\":true,\"status\":\"running\",\"virtual-time\":3000000000,"
        "\"trace-hash\":\"%016llx\",\"resets\":0}}",
        (unsigned long long)machine_trace_hash(bench->machine));
    expect(bench, "{\"execute\":\"query-status\",\"arguments\":{}}", text);
    expect(bench, "{\"execute\":\"query-faults\"}", "{\"return\":[]}");
    expect(bench, "{\"execute\":\"query-memory\"}",
           "{\"return\":{\"modules\":[{\"socket\":0,\"bytes\":536870912,\"ranks\":1,\"width\":8,"
           "\"ecc\":true,\"part\":\"SG-512M-1RX8-ECC\",\"serial\":1397161985}],\"is-set-up\":false,"
           "\"errors\":{\"corrected\":0,\"uncorrected\":0,\"parity\":0,\"miscorrected\":0}}}");
    assert_false(bench->command.has_posted);
    assert_false(bench->command.has_quit);
}

static void no_answer(void **state)
{
    struct bench *bench = *state;

    assert_null(control_command_answer(&bench->command, "", 0));
    assert_null(control_command_answer(&bench->command, " \t\r", 3));
}

static void refusals(void **state)
{
    static const struct {
        const char *line;
        const char *words;
    } cases[] = {
        {"{", "not JSON: "},
        {"x", "not JSON: "},
        {"[]", "a command is an object"},
        {"{\"execute\":1}", "a command is an object"},
        {"{\"execute\":\"stop\",\"arguments\":1}", "a command is an object"},
        {"{\"execute\":\"stop\",\"arguments\":{\"a\":1}}", "stop takes no argument 'a'"},
        {"{\"execute\":\"stop\",\"arguments\":{\"\":1}}", "stop takes no argument ''"},
        {"{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable?\":1}}", "it takes enable?"},
        {"{\"execute\":\"fault-inject\"}", "needs \\\"spec\\\""},
        {"{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"dimm=0,row=1\"}}",
         "firmware has not set up memory yet"},
        {"{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"dimm=0 at=1s\"}}",
         "leave at= out"},
        {"{\"execute\":\"fault-repair\",\"arguments\":{\"index\":0}}", "less than 0"},
        {"{\"execute\":\"debug-where\"}", "this run keeps no past"},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        expect_refusal(bench, cases[i].line, cases[i].words);
    }
    expect(bench, "{\"execute\":\"x\",\"id\":\"\"}",
           "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"no such command; query-commands "
           "lists them\"},\"id\":\"\"}");
    /* A command stands in front of the zero. */
    char *answer = control_command_answer(&bench->command, "{\"execute\":\"quit\"}\0", 19);
    assert_non_null(strstr(answer, "not JSON"));
    free(answer);
    assert_false(bench->command.has_quit);
    assert_true(inbox_is_empty(machine_inbox(bench->machine)));
}

/* The sentence names at most 60 bytes of an argument, which may end in the middle of a letter. */
static void half_a_letter(void **state)
{
    struct bench *bench = *state;
    char letters[81];
    char line[200];

    for (unsigned i = 0; i < sizeof(letters) - 1; i += 2) {
        memcpy(letters + i, "\xc3\xa4", 3);
    }
    (void)snprintf(line, sizeof(line), "{\"execute\":\"stop\",\"arguments\":{\"a%s\":1}}", letters);
    expect_refusal(bench, line, "stop takes no argument 'a?????");
}

static void flat_memory(void **state)
{
    struct bench *bench = *state;

    expect_refusal(bench,
                   "{\"execute\":\"fault-inject\",\"arguments\":{\"spec\":\"dimm=0,row=1\"}}",
                   "there is no module");
    expect_refusal(bench, "{\"execute\":\"fault-repair\",\"arguments\":{\"index\":0}}",
                   "less than 0");
    expect(bench, "{\"execute\":\"query-faults\"}", "{\"return\":[]}");
}

/* What has to go through the inbox: once each, or a refusal when it is full. */
static void through_the_inbox(void **state)
{
    static const struct {
        const char *line;
        enum inbox_kind kind;
    } cases[] = {
        {"{\"execute\":\"stop\"}", INBOX_PAUSE},
        {"{\"execute\":\"cont\"}", INBOX_RESUME},
        {"{\"execute\":\"system_reset\"}", INBOX_RESET},
        {"{\"execute\":\"system_powerdown\"}", INBOX_POWER_KEY},
    };
    struct bench *bench = *state;
    struct inbox *inbox = machine_inbox(bench->machine);
    struct inbox_message message = {.kind = INBOX_NMI};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bench->command.has_posted = false;
        expect(bench, cases[i].line, "{\"return\":{}}");
        assert_true(bench->command.has_posted);
        assert_true(inbox_take(inbox, &message));
        assert_int_equal(message.kind, cases[i].kind);
        assert_true(inbox_is_empty(inbox));
    }
    bench->command.has_posted = false;
    while (inbox_post(inbox, &message)) {}
    expect_refusal(bench, cases[0].line, "try again");
    assert_false(bench->command.has_posted);
}

/* ---- Through the socket ---- */

struct conversation {
    struct control *control;
    char folder[32];
    char path[48];
    int fd;
};

static struct conversation begin(struct bench *bench)
{
    struct conversation talk = {.folder = "/tmp/control_test.XXXXXX"};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct error err = ERROR_INIT;

    assert_non_null(mkdtemp(talk.folder));
    (void)snprintf(talk.path, sizeof(talk.path), "%s/socket", talk.folder);
    talk.control = control_open(talk.path, &err);
    assert_non_null(talk.control);
    assert_int_equal(control_start(talk.control, bench->machine, &err), 0);
    talk.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)strncpy(address.sun_path, talk.path, sizeof(address.sun_path) - 1);
    assert_int_equal(connect(talk.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return talk;
}

static void send_text(const struct conversation *talk, const char *text)
{
    assert_int_equal(send(talk->fd, text, strlen(text), 0), strlen(text));
}

/* All that comes until the other side closes. */
static void read_all(const struct conversation *talk, char text[TEXT_BYTES])
{
    struct pollfd wait = {.fd = talk->fd, .events = POLLIN};
    size_t count = 0;

    for (;;) {
        ssize_t got;

        assert_true(poll(&wait, 1, PATIENCE_MS) > 0);
        got = read(talk->fd, text + count, TEXT_BYTES - 1 - count);
        if (got <= 0) break;
        count += (size_t)got;
    }
    text[count] = '\0';
}

static void finish(struct conversation *talk, enum machine_stop stop, char text[TEXT_BYTES])
{
    control_close(talk->control, stop);
    read_all(talk, text);
    (void)close(talk->fd);
    assert_int_equal(rmdir(talk->folder), 0);
}

/* Runs the machine until a command has ended the run. */
static void attend_until_quit(struct bench *bench, const struct conversation *talk)
{
    bool has_quit = false;

    while (!has_quit) {
        inbox_wait(machine_inbox(bench->machine), PATIENCE_MS);
        assert_int_equal(machine_run(bench->machine, VTIME_MS(10)), MACHINE_ATTENTION);
        has_quit = control_attend(talk->control);
    }
}

/* `text` has the words in this order; after that "" begins again. */
static const char *expect_next(const char *text, const char *words)
{
    const char *found = strstr(text, words);

    if (found == NULL) fail_msg("no %s in: %s", words, text);
    return found != NULL ? found + strlen(words) : text;
}

/* In one go: each command sees what those before it did, at one virtual time, and none behind `quit` is
 * carried out. */
static void one_after_the_other(void **state)
{
    struct bench *bench = *state;
    struct conversation talk = begin(bench);
    char *text = malloc(TEXT_BYTES);
    const char *at = text;

    assert_non_null(text);
    send_text(&talk, "{\"execute\":\"stop\"}\n{\"execute\":\"query-status\"}\n"
                     "{\"execute\":\"system_reset\"}\n{\"execute\":\"query-status\"}\n\n"
                     "{\"execute\":\"cont\"}\n{\"execute\":\"query-status\"}\n"
                     "{\"execute\":\"stop\"}\n{\"execute\":\"quit\"}\n{\"execute\":\"quit\"}\n");
    attend_until_quit(bench, &talk);
    assert_int_equal(machine_now(bench->machine), 0);
    finish(&talk, MACHINE_STOPPED, text);
    at = expect_next(at, "{\"QMP\":{\"version\":{\"spacegray\":");
    at = expect_next(at, "\"capabilities\":[]}}\r\n{\"return\":{}}\r\n");
    at = expect_next(at, "\"status\":\"paused\",\"virtual-time\":0,");
    at = expect_next(at, "\"resets\":0}}\r\n{\"return\":{}}\r\n{\"return\":{\"running\":false");
    at = expect_next(at, "\"resets\":1}}\r\n{\"return\":{}}\r\n{\"return\":{\"running\":true");
    at = expect_next(at, "\r\n{\"return\":{}}\r\n{\"return\":{}}\r\n"
                         "{\"event\":\"SHUTDOWN\",\"data\":{\"reason\":\"host-request\"},"
                         "\"virtual-time\":0}\r\n");
    assert_string_equal(at, "");
    free(text);
}

/* A paused machine waits on the host, and wakes for who wants attention. */
static void quit_while_paused(void **state)
{
    struct bench *bench = *state;
    struct conversation talk = begin(bench);
    const struct inbox_message pause = {.kind = INBOX_PAUSE};
    char *text = malloc(TEXT_BYTES);

    assert_non_null(text);
    assert_true(inbox_post(machine_inbox(bench->machine), &pause));
    send_text(&talk, "{\"execute\":\"quit\"}\n");
    assert_int_equal(machine_run(bench->machine, VTIME_S(1)), MACHINE_ATTENTION);
    assert_true(machine_is_paused(bench->machine));
    assert_true(control_attend(talk.control));
    finish(&talk, MACHINE_STOPPED, text);
    free(text);
}

static void too_long(void **state)
{
    struct bench *bench = *state;
    struct conversation talk = begin(bench);
    char *text = malloc(TEXT_BYTES);

    assert_non_null(text);
    memset(text, 'x', TEXT_BYTES - 1);
    text[TEXT_BYTES - 1] = '\0';
    send_text(&talk, text);
    send_text(&talk, "xx\n{\"execute\":\"quit\"}\n");
    attend_until_quit(bench, &talk);
    finish(&talk, MACHINE_STOPPED, text);
    (void)expect_next(expect_next(text, "the line is too long (at most 65536 bytes)\"}}\r\n"),
                      "{\"return\":{}}\r\n");
    free(text);
}

static void reasons(void **state)
{
    static const struct {
        enum machine_stop stop;
        const char *text;
    } cases[] = {
        {MACHINE_TIME_LIMIT, "time-limit"}, {MACHINE_POWER_OFF, "guest-shutdown"},
        {MACHINE_EXIT, "guest-exit"},       {MACHINE_STOPPED, "host-request"},
        {MACHINE_DEAD, "guest-dead"},       {MACHINE_PANIC, "t2-panic"},
    };
    struct bench *bench = *state;
    char *text = malloc(TEXT_BYTES);

    assert_non_null(text);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct conversation talk = begin(bench);
        struct pollfd wait = {.fd = talk.fd, .events = POLLIN};

        /* Greeted, that is connected. */
        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
        finish(&talk, cases[i].stop, text);
        (void)expect_next(expect_next(text, cases[i].text), "\"},\"virtual-time\":0}\r\n");
    }
    free(text);
}

/* ---- Events ---- */

static void told(void *ctx, const char *text)
{
    struct bench *bench = ctx;

    bench->told++;
    (void)snprintf(bench->last, sizeof(bench->last), "%s", text);
}

static void start_events(struct bench *bench)
{
    struct error err = ERROR_INIT;

    assert_int_equal(control_events_start(&bench->events, bench->machine, told, bench, &err), 0);
}

static const struct device *find_dram(struct bench *bench)
{
    for (size_t i = 0; i < machine_device_count(bench->machine); i++) {
        if (machine_device(bench->machine, i)->class == &dram_class) {
            return machine_device(bench->machine, i);
        }
    }
    return NULL;
}

/* The memory controllers report an error at `addr`. */
static void error_at(struct bench *bench, const char *name, uint64_t addr)
{
    const struct trace_desc *const *desc = dram_class.events;

    while (strcmp((*desc)->name, name) != 0) {
        desc++;
        assert_non_null(*desc);
    }
    (void)TRACE(machine_trace(bench->machine), find_dram(bench), *desc, addr, 0, (uintptr_t) "read",
                (uintptr_t) "hit");
}

static void memory_failures(void **state)
{
    struct bench *bench = *state;

    start_events(bench);
    assert_int_equal(machine_run(bench->machine, VTIME_MS(3)), MACHINE_TIME_LIMIT);
    error_at(bench, "corrected", 0x1008);
    assert_string_equal(bench->last, "{\"event\":\"MEMORY_FAILURE\",\"data\":{\"addr\":4104,"
                                     "\"corrected\":true},\"virtual-time\":3000000000}");
    error_at(bench, "uncorrected", 16);
    assert_string_equal(bench->last, "{\"event\":\"MEMORY_FAILURE\",\"data\":{\"addr\":16,"
                                     "\"corrected\":false},\"virtual-time\":3000000000}");
    error_at(bench, "parity", 8);
    assert_string_equal(bench->last,
                        "{\"event\":\"MEMORY_FAILURE\",\"data\":{\"addr\":8,\"corrected\":false,"
                        "\"address-parity\":true},\"virtual-time\":3000000000}");
    error_at(bench, "scrubbed", 8);
    error_at(bench, "patrol", 8);
    assert_int_equal(bench->told, 3);
    control_events_stop(&bench->events);
    error_at(bench, "uncorrected", 16);
    assert_int_equal(bench->told, 3);
}

/* A storm: some of each kind in each period, and how many were left out. */
static void not_too_many(void **state)
{
    struct bench *bench = *state;

    start_events(bench);
    for (unsigned i = 0; i < 1000; i++) {
        error_at(bench, "corrected", 8);
    }
    assert_int_equal(bench->told, CONTROL_EVENTS_CORRECTED);
    for (unsigned i = 0; i < 1000; i++) {
        error_at(bench, "uncorrected", 8);
    }
    assert_int_equal(bench->told, CONTROL_EVENTS_CORRECTED + CONTROL_EVENTS_UNCORRECTED);
    assert_null(strstr(bench->last, "left-out"));
    (void)machine_run(bench->machine, CONTROL_EVENTS_PERIOD - 1);
    error_at(bench, "corrected", 8);
    assert_int_equal(bench->told, CONTROL_EVENTS_CORRECTED + CONTROL_EVENTS_UNCORRECTED);
    (void)machine_run(bench->machine, CONTROL_EVENTS_PERIOD);
    error_at(bench, "corrected", 8);
    assert_non_null(strstr(bench->last, ",\"corrected\":true,\"left-out\":997}"));
    error_at(bench, "corrected", 8);
    assert_null(strstr(bench->last, "left-out"));
    error_at(bench, "uncorrected", 8);
    assert_non_null(strstr(bench->last, ",\"corrected\":false,\"left-out\":968}"));
    control_events_stop(&bench->events);
}

static void listening_changes_nothing(void **state)
{
    struct bench *bench = *state;
    void *other_state = NULL;
    struct bench *other;

    assert_int_equal(set_up(&other_state), 0);
    other = other_state;
    start_events(bench);
    for (unsigned i = 0; i < 100; i++) {
        error_at(bench, "corrected", i);
        error_at(other, "corrected", i);
    }
    control_events_stop(&bench->events);
    assert_true(bench->told > 0);
    assert_true(machine_trace_hash(bench->machine) == machine_trace_hash(other->machine));
    (void)tear_down(&other_state);
}

static void no_errors_in_flat_memory(void **state)
{
    struct bench *bench = *state;

    start_events(bench);
    control_events_shutdown(&bench->events, "over");
    assert_int_equal(bench->told, 1);
    assert_string_equal(
        bench->last, "{\"event\":\"SHUTDOWN\",\"data\":{\"reason\":\"over\"},\"virtual-time\":0}");
    control_events_stop(&bench->events);
}

int main(void)
{
#define WITH_MACHINE(test)     cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define WITH_FLAT_MEMORY(test) cmocka_unit_test_setup_teardown(test, set_up_flat, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_MACHINE(questions),
        WITH_MACHINE(no_answer),
        WITH_MACHINE(refusals),
        WITH_MACHINE(half_a_letter),
        WITH_FLAT_MEMORY(flat_memory),
        WITH_MACHINE(through_the_inbox),
        WITH_MACHINE(one_after_the_other),
        WITH_MACHINE(quit_while_paused),
        WITH_MACHINE(too_long),
        WITH_MACHINE(reasons),
        WITH_MACHINE(memory_failures),
        WITH_MACHINE(not_too_many),
        WITH_MACHINE(listening_changes_nothing),
        WITH_FLAT_MEMORY(no_errors_in_flat_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
