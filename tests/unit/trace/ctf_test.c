/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces on disk: what went in comes out in any order, equal runs give equal bytes, nothing is lost silently, a run that
 * is killed leaves a good trace, and what is damaged is refused with a sentence.
 */
#define _GNU_SOURCE /* RLIMIT_FSIZE, SIGXFSZ */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/base/endian.h"
#include "emu/debug/trace/ctf.h"
#include "emu/debug/trace/ctf_internal.h"
#include "tests/unit/trace/ctf_run.h"

#define EVENTS  20000u
#define MACHINE "iMacPro1,1, 4 cores"

struct bench {
    struct ctf_run run;
    char directory[64];
    char path[80]; /* a trace in it */
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));

    ctf_run_init(&bench->run);
    ctf_run_make_directory(bench->directory);
    (void)snprintf(bench->path, sizeof(bench->path), "%s/trace", bench->directory);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    ctf_run_remove_directory(bench->directory);
    free(bench);
    return 0;
}

/* Writes the events that are multiples of `step`. */
static void write_trace(const struct bench *bench, const char *path, uint64_t count, uint64_t step)
{
    struct error err = ERROR_INIT;
    struct ctf_writer *writer = ctf_writer_open(path, MACHINE, &err);
    struct trace_sink sink;

    assert_non_null(writer);
    sink = ctf_writer_sink(writer, NULL);
    for (uint64_t seq = step; seq <= count; seq += step) {
        const struct trace_record record = ctf_run_record(&bench->run, seq);

        sink.record(sink.ctx, &record);
    }
    assert_int_equal(ctf_writer_close(writer, &err), 0);
}

static struct ctf_reader *open_trace(const char *path)
{
    struct error err = ERROR_INIT;
    struct ctf_reader *reader = ctf_reader_open(path, &err);

    if (reader == NULL) print_error("%s\n", err.text);
    assert_non_null(reader);
    return reader;
}

static void assert_event(const struct bench *bench, const struct trace_items *items, uint64_t seq)
{
    struct trace_scratch scratch = {.desc = NULL};
    const struct trace_item wanted = ctf_run_item(&bench->run, seq, &scratch);
    struct trace_item item;

    assert_true(items->get(items->ctx, seq, &item));
    assert_true(trace_item_is_equal(&item, &wanted));
}

/* ---- What is written can be read ---- */

static void all_events_come_back_in_any_order(void **state)
{
    const struct bench *bench = *state;
    struct ctf_reader *reader;
    struct trace_items items;
    uint64_t first;
    uint64_t last;

    write_trace(bench, bench->path, EVENTS, 1);
    reader = open_trace(bench->path);
    items = ctf_reader_items(reader);
    items.range(items.ctx, &first, &last);
    assert_int_equal(first, 1);
    assert_int_equal(last, EVENTS);
    assert_string_equal(ctf_reader_machine(reader), MACHINE);
    for (uint64_t seq = 1; seq <= EVENTS; seq++) {
        assert_event(bench, &items, seq);
    }
    for (uint64_t i = 0; i < 2000; i++) {
        assert_event(bench, &items, 1 + i * 7919 % EVENTS);
    }
    assert_false(items.get(items.ctx, 0, &(struct trace_item){.seq = 0}));
    assert_false(items.get(items.ctx, EVENTS + 1, &(struct trace_item){.seq = 0}));
    assert_null(ctf_reader_trouble(reader));
    ctf_reader_close(reader);
}

static void gaps_are_stepped_over(void **state)
{
    const struct bench *bench = *state;
    struct ctf_reader *reader;
    struct trace_items items;
    struct trace_item item;
    uint64_t seq = 0;

    write_trace(bench, bench->path, 100 * EVENTS, 700);
    reader = open_trace(bench->path);
    items = ctf_reader_items(reader);
    assert_false(items.get(items.ctx, 1, &item));
    for (uint64_t count = 1; count <= 100 * EVENTS / 700; count++) {
        assert_true(trace_items_from(&items, seq + 1, &item));
        assert_int_equal(item.seq, 700 * count);
        assert_event(bench, &items, item.seq);
        assert_false(items.get(items.ctx, item.seq + 1, &item));
        seq = 700 * count;
    }
    assert_false(trace_items_from(&items, seq + 1, &item));
    assert_null(ctf_reader_trouble(reader));
    ctf_reader_close(reader);
}

static void a_trace_without_events_is_one(void **state)
{
    const struct bench *bench = *state;
    struct ctf_reader *reader;
    struct trace_items items;
    struct trace_item item;
    uint64_t first;
    uint64_t last;

    write_trace(bench, bench->path, 0, 1);
    reader = open_trace(bench->path);
    items = ctf_reader_items(reader);
    items.range(items.ctx, &first, &last);
    assert_true(first > last);
    assert_false(trace_items_from(&items, 0, &item));
    ctf_reader_close(reader);
}

static size_t read_file(const char *directory, const char *name, uint8_t **data)
{
    char path[160];
    struct stat status;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    *data = malloc((size_t)status.st_size + 1);
    assert_int_equal(fread(*data, 1, (size_t)status.st_size, file), status.st_size);
    (void)fclose(file);
    return (size_t)status.st_size;
}

static void write_file(const char *directory, const char *name, const void *data, size_t bytes)
{
    char path[160];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

/* In place: this is done thousands of times. */
static void write_byte(const char *directory, const char *name, size_t at, uint8_t byte)
{
    char path[160];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
    assert_int_equal(fputc(byte, file), byte);
    assert_int_equal(fclose(file), 0);
}

static void equal_runs_give_equal_bytes(void **state)
{
    static const char *const names[] = {CTF_METADATA_FILE, CTF_STREAM_FILE};
    const struct bench *bench = *state;
    struct error err = ERROR_INIT;
    struct ctf_reader *reader;
    struct ctf_writer *writer;
    struct trace_items items;
    struct trace_item item;
    char copy[96];

    write_trace(bench, bench->path, EVENTS, 1);
    (void)snprintf(copy, sizeof(copy), "%s/copy", bench->directory);
    reader = open_trace(bench->path);
    items = ctf_reader_items(reader);
    writer = ctf_writer_open(copy, ctf_reader_machine(reader), &err);
    assert_non_null(writer);
    for (uint64_t seq = 1; trace_items_from(&items, seq, &item); seq++) {
        ctf_writer_put(writer, &item);
    }
    assert_int_equal(ctf_writer_close(writer, &err), 0);
    ctf_reader_close(reader);
    for (size_t i = 0; i < 2; i++) {
        uint8_t *one;
        uint8_t *other;
        const size_t bytes = read_file(bench->path, names[i], &one);

        assert_int_equal(read_file(copy, names[i], &other), bytes);
        assert_memory_equal(one, other, bytes);
        free(one);
        free(other);
    }
}

static void a_filter_decides_what_is_declared(void **state)
{
    const struct bench *bench = *state;
    struct error err = ERROR_INIT;
    struct ctf_writer *writer = ctf_writer_open(bench->path, MACHINE, &err);
    struct trace_filter *filter = trace_filter_parse("rtc.vblank", &err);
    struct trace_sink sink;
    struct ctf_reader *reader;
    struct trace_items items;
    struct trace_item item;
    uint8_t *text;
    size_t bytes;
    uint64_t seq = 1;

    assert_non_null(writer);
    assert_non_null(filter);
    sink = ctf_writer_sink(writer, filter);
    for (uint64_t i = 1; i <= EVENTS; i++) {
        const struct trace_record record = ctf_run_record(&bench->run, i);

        sink.record(sink.ctx, &record);
    }
    assert_int_equal(ctf_writer_close(writer, &err), 0);
    trace_filter_destroy(filter);
    bytes = read_file(bench->path, CTF_METADATA_FILE, &text);
    text[bytes] = '\0';
    assert_non_null(strstr((char *)text, "id = 0;\n  name = \"/pch/rtc.vblank\""));
    assert_null(strstr((char *)text, "id = 1;\n  name"));
    free(text);
    reader = open_trace(bench->path);
    items = ctf_reader_items(reader);
    for (; trace_items_from(&items, seq, &item); seq = item.seq + 1) {
        assert_string_equal(item.device, "/pch/rtc");
        assert_string_equal(item.type->name, "vblank");
        assert_event(bench, &items, item.seq);
    }
    assert_true(seq > EVENTS / 2);
    ctf_reader_close(reader);
}

/* ---- Trouble is told ---- */

/* What ctf_writer_close() says after two events. */
static void assert_refused(struct bench *bench, const struct trace_item *one,
                           const struct trace_item *two, const char *sentence)
{
    struct error err = ERROR_INIT;
    struct ctf_writer *writer;

    bench->path[strlen(bench->path) - 1]++;
    writer = ctf_writer_open(bench->path, MACHINE, &err);
    assert_non_null(writer);
    ctf_writer_put(writer, one);
    ctf_writer_put(writer, two);
    assert_int_equal(ctf_writer_close(writer, &err), -1);
    assert_int_equal(err.kind, ERROR_HOST);
    if (strstr(err.text, sentence) == NULL) print_error("%s\n", err.text);
    assert_non_null(strstr(err.text, sentence));
}

static void what_a_trace_cannot_hold_is_trouble(void **state)
{
    struct bench *bench = *state;
    char text[CTF_TEXT_BYTES + 1];
    struct trace_type type = {
        .name = "told", .field_count = 1, .fields = {"text"}, .is_text = {true}};
    struct trace_item one = {.seq = 5, .when = 50, .device = "/a", .type = &type, .texts = {"x"}};
    struct trace_item two = one;
    struct trace_type bad = type;

    assert_refused(bench, &one, &two, "only goes forward");
    two.seq = 6;
    two.when = 49;
    assert_refused(bench, &one, &two, "only goes forward");
    two.when = 50;
    two.cause = 6;
    assert_refused(bench, &one, &two, "only goes forward");
    two.cause = 0;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    two.texts[0] = text;
    assert_refused(bench, &one, &two, "too long");
    two.texts[0] = "y";
    two.device = "/a\"b";
    assert_refused(bench, &one, &two, "cannot be put into a trace");
    two.device = "/b";
    two.type = &bad;
    bad.name = "a name";
    assert_refused(bench, &one, &two, "cannot be put into a trace");
    bad.name = "twice";
    bad.fields[1] = "text";
    bad.field_count = 2;
    two.texts[1] = "";
    bad.is_text[1] = true;
    assert_refused(bench, &one, &two, "cannot be put into a trace");
}

static void a_trace_holds_so_many_kinds_and_no_more(void **state)
{
    const struct bench *bench = *state;
    static const struct trace_type type = {.name = "x"};
    struct error err = ERROR_INIT;
    struct ctf_writer *writer = ctf_writer_open(bench->path, MACHINE, &err);
    char(*paths)[16] = calloc(CTF_CLASSES_MAX + 1, sizeof(*paths));
    struct ctf_reader *reader;
    struct trace_items items;
    struct trace_item item;

    assert_non_null(writer);
    assert_non_null(paths);
    for (unsigned i = 0; i <= CTF_CLASSES_MAX; i++) {
        (void)snprintf(paths[i], sizeof(paths[i]), "/%u", i);
        ctf_writer_put(writer,
                       &(struct trace_item){.seq = i + 1, .device = paths[i], .type = &type});
    }
    assert_int_equal(ctf_writer_close(writer, &err), -1);
    assert_string_equal(err.text, "a trace holds at most 65535 kinds of event");
    reader = open_trace(bench->path);
    items = ctf_reader_items(reader);
    assert_true(items.get(items.ctx, CTF_CLASSES_MAX, &item));
    assert_string_equal(item.device, "/65534");
    ctf_reader_close(reader);
    free(paths);
}

static void only_an_empty_directory_is_taken(void **state)
{
    const struct bench *bench = *state;
    struct error err = ERROR_INIT;

    assert_int_equal(mkdir(bench->path, 0777), 0);
    write_trace(bench, bench->path, 10, 1);
    assert_null(ctf_writer_open(bench->path, MACHINE, &err));
    assert_non_null(strstr(err.text, "not empty"));
    err = (struct error)ERROR_INIT;
    assert_null(ctf_writer_open("/nowhere/trace", MACHINE, &err));
    assert_string_equal(err.text, "/nowhere/trace: No such file or directory");
}

/* In a process of its own: writes with little room, then EXIT_SUCCESS when close said so. */
static void run_full(const struct bench *bench, rlim_t room)
{
    const struct rlimit limit = {.rlim_cur = room, .rlim_max = room};
    struct error err = ERROR_INIT;
    struct ctf_writer *writer = ctf_writer_open(bench->path, MACHINE, &err);
    struct trace_sink sink;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (writer == NULL || setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    sink = ctf_writer_sink(writer, NULL);
    for (uint64_t seq = 1; seq <= EVENTS; seq++) {
        const struct trace_record record = ctf_run_record(&bench->run, seq);

        sink.record(sink.ctx, &record);
    }
    if (ctf_writer_close(writer, &err) == 0) _exit(3);
    _exit(strstr(err.text, "File too large") != NULL ? 0 : 4);
}

/* Events that can be read; all are right. */
static uint64_t count_events(const struct bench *bench)
{
    struct ctf_reader *reader = open_trace(bench->path);
    struct trace_items items = ctf_reader_items(reader);
    struct trace_item item;
    uint64_t count = 0;

    while (trace_items_from(&items, count + 1, &item)) {
        count++;
        assert_int_equal(item.seq, count);
        assert_event(bench, &items, count);
    }
    assert_null(ctf_reader_trouble(reader));
    ctf_reader_close(reader);
    return count;
}

static void a_full_disk_leaves_a_good_trace(void **state)
{
    const struct bench *bench = *state;
    const pid_t child = fork();
    uint64_t count;
    int status;

    if (child == 0) run_full(bench, 300000);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    count = count_events(bench);
    assert_true(count > EVENTS / 10 && count < EVENTS);
}

static void a_killed_run_leaves_a_good_trace(void **state)
{
    const struct bench *bench = *state;
    const pid_t child = fork();
    int status;

    if (child == 0) {
        struct error err = ERROR_INIT;
        struct ctf_writer *writer = ctf_writer_open(bench->path, MACHINE, &err);
        const struct trace_sink sink = ctf_writer_sink(writer, NULL);

        for (uint64_t seq = 1; seq <= EVENTS; seq++) {
            const struct trace_record record = ctf_run_record(&bench->run, seq);

            sink.record(sink.ctx, &record);
        }
        (void)raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(count_events(bench) > EVENTS - CTF_PACKET_EVENTS);
}

/* ---- Damage ---- */

/* Opens and reads everything; whether all was well. */
static bool is_readable(const char *path, struct error *err)
{
    struct ctf_reader *reader = ctf_reader_open(path, err);
    struct trace_items items;
    struct trace_item item;
    const char *trouble;
    uint64_t seq = 1;

    if (reader == NULL) return false;
    items = ctf_reader_items(reader);
    while (trace_items_from(&items, seq, &item)) {
        char line[8192];

        (void)trace_item_format(&item, line, sizeof(line));
        seq = item.seq + 1;
    }
    trouble = ctf_reader_trouble(reader);
    if (trouble != NULL) (void)error_host(err, "%s", trouble);
    ctf_reader_close(reader);
    return trouble == NULL;
}

static void each_damaged_length_is_refused(void **state)
{
    const struct bench *bench = *state;
    uint8_t *data;
    size_t bytes;

    write_trace(bench, bench->path, 5000, 1);
    bytes = read_file(bench->path, CTF_STREAM_FILE, &data);
    for (size_t cut = 1; cut < bytes; cut += cut < 200 ? 1 : 4999) {
        struct error err = ERROR_INIT;

        write_file(bench->path, CTF_STREAM_FILE, data, bytes - cut);
        /* Cut between two packets it is a shorter trace. */
        if (is_readable(bench->path, &err)) continue;
        assert_non_null(strstr(err.text, "/events: packet "));
    }
    write_file(bench->path, CTF_STREAM_FILE, data, bytes - 1);
    assert_false(is_readable(bench->path, &(struct error)ERROR_INIT));
    free(data);
}

/* Whether a byte of the header, or of the first events, matters; values of fields do not. */
static void a_changed_byte_never_goes_unnoticed_where_it_matters(void **state)
{
    const struct bench *bench = *state;
    uint8_t *data;

    write_trace(bench, bench->path, 300, 1);
    (void)read_file(bench->path, CTF_STREAM_FILE, &data);
    for (size_t at = 0; at < 400; at++) {
        struct error err = ERROR_INIT;
        bool is_well;

        write_byte(bench->path, CTF_STREAM_FILE, at, data[at] ^ 0x81);
        is_well = is_readable(bench->path, &err);
        write_byte(bench->path, CTF_STREAM_FILE, at, data[at]);
        if (at < CTF_PACKET_HEADER_BYTES) assert_false(is_well);
        if (at - CTF_PACKET_HEADER_BYTES < CTF_EVENT_CAUSE) assert_false(is_well);
    }
    free(data);
}

static void changed_metadata_are_refused(void **state)
{
    const struct bench *bench = *state;
    uint8_t *data;
    size_t bytes;

    write_trace(bench, bench->path, 300, 1);
    bytes = read_file(bench->path, CTF_METADATA_FILE, &data);
    for (size_t at = 0; at < bytes; at++) {
        struct error err = ERROR_INIT;
        bool is_well;

        write_byte(bench->path, CTF_METADATA_FILE, at, data[at] ^ 0x80);
        is_well = is_readable(bench->path, &err);
        write_byte(bench->path, CTF_METADATA_FILE, at, data[at]);
        assert_false(is_well);
        assert_non_null(strstr(err.text, "/metadata: "));
    }
    for (size_t cut = 1; cut < bytes; cut += 7) {
        write_file(bench->path, CTF_METADATA_FILE, data, bytes - cut);
        assert_false(is_readable(bench->path, &(struct error)ERROR_INIT));
    }
    free(data);
}

static void foreign_directories_are_refused(void **state)
{
    const struct bench *bench = *state;
    struct error err = ERROR_INIT;

    assert_null(ctf_reader_open("/nowhere", &err));
    assert_string_equal(err.text, "/nowhere/metadata: No such file or directory");
    err = (struct error)ERROR_INIT;
    write_file(bench->directory, CTF_METADATA_FILE, "/* CTF 1.8 */\ntrace {};\n", 24);
    write_file(bench->directory, CTF_STREAM_FILE, "", 0);
    assert_null(ctf_reader_open(bench->directory, &err));
    assert_non_null(strstr(err.text, "not the metadata of a trace that spacegray wrote"));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(all_events_come_back_in_any_order),
        CASE(gaps_are_stepped_over),
        CASE(a_trace_without_events_is_one),
        CASE(equal_runs_give_equal_bytes),
        CASE(a_filter_decides_what_is_declared),
        CASE(what_a_trace_cannot_hold_is_trouble),
        CASE(a_trace_holds_so_many_kinds_and_no_more),
        CASE(only_an_empty_directory_is_taken),
        CASE(a_full_disk_leaves_a_good_trace),
        CASE(a_killed_run_leaves_a_good_trace),
        CASE(each_damaged_length_is_refused),
        CASE(a_changed_byte_never_goes_unnoticed_where_it_matters),
        CASE(changed_metadata_are_refused),
        CASE(foreign_directories_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
