/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a suite's file: see suite.h. libcyaml makes a tree of texts of it, by a schema from the tables of suite_keys.c;
 * here the texts become what they mean, and whatever is wrong is told with its place in the file.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/suite/suite_links.h"
#include "emu/app/suite/suite_machine.h"
#include "emu/app/suite/suite_reader.h"
#include "emu/app/suite/suite_regex.h"
#include "emu/app/suite/suite_steps.h"
#include "emu/base/bits.h"
#include "emu/debug/trace/filter.h"
#include "emu/host/file.h"

/* Each is some hundred KiB, and a file has at most so many tests with one of their own. */
#define MACHINES_MAX 512u
#define RETRIES_MAX  10u

struct loader {
    struct suite_reader reader;
    struct suite *suite;
    struct suite_place top;
    struct suite_place machine;
    struct suite_place *places; /* of the tests, in the order of the file */
    size_t machines;
    /* `defaults` */
    vtime timeout;
    vtime within;
    struct suite_tolerance tolerance;
};

static struct suite_place below(const struct suite_place *place, unsigned key,
                                enum suite_table table, const char *name)
{
    struct suite_place found = {
        .table = table,
        .slots = place->slots != NULL ? place->slots[key].map : NULL,
    };

    (void)snprintf(found.path, sizeof(found.path), "%.40s%s%.20s", place->path,
                   place->path[0] != '\0' ? "." : "", name);
    return found;
}

/* ---- What is tolerated ---- */

static int read_word(const struct suite_reader *reader, const struct suite_place *place,
                     unsigned key, const char *text, bool *is_forbidden)
{
    static const char *const names[] = {"allowed", "forbidden"};
    unsigned chosen;

    if (suite_reader_choose(reader, place, key, text, (struct suite_words){names, ARRAY_LEN(names)},
                            &chosen) != 0) {
        return -1;
    }
    *is_forbidden = chosen == 1;
    return 0;
}

static int check_filter(const struct suite_reader *reader, const char *where, const char *text)
{
    struct error trouble = ERROR_INIT;
    struct trace_filter *filter = trace_filter_parse(text, &trouble);

    if (filter == NULL) return yaml_refuse(reader->yaml, reader->err, where, &trouble);
    trace_filter_destroy(filter);
    return 0;
}

static int read_exceptions(const struct suite_reader *reader, const struct suite_place *place,
                           unsigned key, struct suite_tolerance *tolerance)
{
    char where[SUITE_WHERE_BYTES];
    struct suite_texts texts;

    if (suite_reader_texts(reader, place, key, &texts) != 0) return -1;
    if (texts.list == NULL) return 0;
    tolerance->except = NULL;
    tolerance->except_count = 0;
    suite_reader_where(reader, place, key, where);
    if (!yaml_file_is_list(reader->yaml, where)) {
        return read_word(reader, place, key, texts.list[0], &tolerance->is_complete);
    }
    tolerance->is_complete = true;
    tolerance->except = texts.list;
    tolerance->except_count = texts.count;
    for (size_t i = 0; i < texts.count; i++) {
        char entry[SUITE_WHERE_BYTES + 24];

        (void)snprintf(entry, sizeof(entry), "%s[%zu]", where, i);
        if (check_filter(reader, entry, texts.list[i]) != 0) return -1;
    }
    return 0;
}

static int read_tolerance(const struct suite_reader *reader, const struct suite_place *place,
                          unsigned errors_key, unsigned unimplemented_key,
                          struct suite_tolerance *tolerance)
{
    const char *text;

    if (suite_reader_text(reader, place, errors_key, SUITE_TEXT_MAX, &text) != 0) return -1;
    if (text != NULL && read_word(reader, place, errors_key, text, &tolerance->is_strict) != 0)
        return -1;
    return read_exceptions(reader, place, unimplemented_key, tolerance);
}

static int read_timeout(const struct suite_reader *reader, const struct suite_place *place,
                        unsigned key, vtime *timeout)
{
    if (suite_reader_time(reader, place, key, timeout) != 0) return -1;
    if (*timeout > 0) return 0;
    return suite_reader_refuse(reader, place, key, "timeout: a test takes longer than no time");
}

static int read_defaults(struct loader *loader)
{
    const struct suite_reader *reader = &loader->reader;
    const struct suite_place place =
        below(&loader->top, TOP_DEFAULTS, SUITE_TABLE_DEFAULTS, "defaults");

    loader->timeout = SUITE_TIMEOUT;
    loader->within = SUITE_STEP_WITHIN;
    if (read_timeout(reader, &place, DEFAULT_TIMEOUT, &loader->timeout) != 0 ||
        suite_reader_time(reader, &place, DEFAULT_WITHIN, &loader->within) != 0) {
        return -1;
    }
    return read_tolerance(reader, &place, DEFAULT_GUEST_ERRORS, DEFAULT_UNIMPLEMENTED,
                          &loader->tolerance);
}

/* ---- Tests ---- */

static int read_tags(const struct suite_reader *reader, const struct suite_place *place,
                     struct suite_test *test)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    struct suite_texts texts;

    if (suite_reader_texts(reader, place, TEST_TAGS, &texts) != 0) return -1;
    for (size_t i = 0; i < texts.count; i++) {
        const size_t bytes = strlen(texts.list[i]);

        if (bytes < SUITE_NAME_MAX && strspn(texts.list[i], letters) == bytes) continue;
        return suite_reader_refuse(reader, place, TEST_TAGS,
                                   "tags: '%.80s' is no word of letters, digits and -_.",
                                   texts.list[i]);
    }
    test->tags = texts.list;
    test->tag_count = texts.count;
    return 0;
}

static int read_names(const struct suite_reader *reader, const struct suite_place *place,
                      struct suite_test *test)
{
    if (suite_reader_name(reader, place, TEST_NAME, &test->name) != 0 ||
        suite_reader_name(reader, place, TEST_PROVIDES, &test->provides) != 0 ||
        suite_reader_name(reader, place, TEST_REQUIRES, &test->requires) != 0 ||
        suite_reader_text(reader, place, TEST_EXPECTED_FAILURE, SUITE_TEXT_MAX,
                          &test->expected_failure) != 0 ||
        suite_reader_text(reader, place, TEST_SKIP, SUITE_TEXT_MAX, &test->skipped) != 0) {
        return -1;
    }
    if (test->name != NULL) return 0;
    return suite_reader_refuse(reader, place, TEST_NAME, "name is missing: each test has one");
}

/* A machine of its own, where the test says something of it. */
static int read_own_machine(struct loader *loader, const struct suite_place *place,
                            struct suite_test *test)
{
    const struct suite_place own = below(place, TEST_MACHINE, SUITE_TABLE_MACHINE, "machine");
    struct suite_machine *machine;

    test->machine = &loader->suite->machine;
    if (own.slots == NULL || test->requires != NULL) return 0;
    if (++loader->machines > MACHINES_MAX) {
        return suite_reader_refuse_key(&loader->reader, place, TEST_MACHINE,
                                       "machine: at most %u tests of a file have their own: use "
                                       "more than one file",
                                       MACHINES_MAX);
    }
    machine = suite_store_take(loader->reader.store, sizeof(*machine), loader->reader.err);
    if (machine == NULL) return -1;
    test->machine = machine;
    return suite_machine_read(&loader->reader, &loader->machine, &own, machine);
}

/* All but its steps. */
static int read_head(struct loader *loader, const struct suite_place *place,
                     struct suite_test *test)
{
    const struct suite_reader *reader = &loader->reader;
    uint64_t retries = 0;

    test->line = (unsigned)yaml_file_place(reader->yaml, place->path).line;
    test->timeout = loader->timeout;
    test->tolerance = loader->tolerance;
    if (read_names(reader, place, test) != 0 || read_tags(reader, place, test) != 0 ||
        read_timeout(reader, place, TEST_TIMEOUT, &test->timeout) != 0 ||
        suite_reader_number(reader, place, TEST_RETRIES, (struct yaml_bounds){0, RETRIES_MAX},
                            &retries) != 0 ||
        read_tolerance(reader, place, TEST_GUEST_ERRORS, TEST_UNIMPLEMENTED, &test->tolerance) !=
            0) {
        return -1;
    }
    test->retries = (unsigned)retries;
    return read_own_machine(loader, place, test);
}

/* What others begin with must still be running. */
static int check_provided(const struct loader *loader, const struct suite_place *place,
                          const struct suite_test *test)
{
    bool has_ended = false;

    for (size_t i = 0; i < test->step_count; i++) {
        const enum suite_step_kind kind = test->steps[i].kind;

        has_ended = (has_ended || kind == SUITE_EXPECT_END) && kind != SUITE_POWER_CUT;
    }
    if (test->provides == NULL || !has_ended) return 0;
    return suite_reader_refuse(&loader->reader, place, TEST_PROVIDES,
                               "provides: the run has ended at the end of this test: nobody can "
                               "go on from there");
}

static int read_tests(struct loader *loader)
{
    const struct suite_slot *list = &loader->top.slots[TOP_TESTS];
    struct suite *suite = loader->suite;
    struct suite_store *store = loader->reader.store;

    if (list->maps == NULL || list->count == 0) {
        return suite_reader_refuse(&loader->reader, &loader->top, TOP_TESTS,
                                   "tests: there are none");
    }
    suite->tests = suite_store_take(store, list->count * sizeof(*suite->tests), loader->reader.err);
    loader->places =
        suite_store_take(store, list->count * sizeof(*loader->places), loader->reader.err);
    if (suite->tests == NULL || loader->places == NULL) return -1;
    suite->test_count = list->count;
    for (size_t i = 0; i < suite->test_count; i++) {
        struct suite_place *place = &loader->places[i];

        place->table = SUITE_TABLE_TEST;
        place->slots = suite_schema_entry(loader->reader.schema, SUITE_TABLE_TEST, list->maps, i);
        (void)snprintf(place->path, sizeof(place->path), "tests[%zu]", i);
        if (read_head(loader, place, &suite->tests[i]) != 0) return -1;
    }
    if (suite_links_find(&loader->reader, loader->places, suite) != 0) return -1;
    for (size_t i = 0; i < suite->test_count; i++) {
        if (suite_steps_read(&loader->reader, &loader->places[i], loader->within,
                             &suite->tests[i]) != 0 ||
            check_provided(loader, &loader->places[i], &suite->tests[i]) != 0) {
            return -1;
        }
    }
    return suite_links_sort(&loader->reader, suite);
}

/* ---- The whole ---- */

/* "boot" of "dir/boot.yaml". */
static const char *name_of_file(const struct suite_reader *reader)
{
    const char *slash = strrchr(reader->path, '/');
    const char *name = slash != NULL ? slash + 1 : reader->path;
    const char *dot = strrchr(name, '.');
    const size_t bytes = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);

    return suite_store_text(reader->store, name, bytes, reader->err);
}

static int read_suite(struct loader *loader)
{
    const struct suite_reader *reader = &loader->reader;
    struct suite *suite = loader->suite;
    const struct suite_place nobody = {.table = SUITE_TABLE_MACHINE};
    struct suite_texts fonts;

    if (suite_reader_name(reader, &loader->top, TOP_SUITE, &suite->name) != 0 ||
        suite_reader_file(reader, &loader->top, TOP_SYMBOLS, &suite->symbols) != 0 ||
        suite_reader_files(reader, &loader->top, TOP_FONTS, &fonts) != 0) {
        return -1;
    }
    if (suite->name == NULL) suite->name = name_of_file(reader);
    if (suite->name == NULL) return -1;
    suite->fonts = fonts.list;
    suite->font_count = fonts.count;
    loader->machine = below(&loader->top, TOP_MACHINE, SUITE_TABLE_MACHINE, "machine");
    if (suite_machine_read(reader, &loader->machine, &nobody, &suite->machine) != 0 ||
        read_defaults(loader) != 0) {
        return -1;
    }
    return read_tests(loader);
}

/* With the room that only reading needs. */
static int load_tree(struct loader *loader)
{
    struct suite_schema *schema = calloc(1, sizeof(*schema));
    struct run_options *scratch = calloc(1, sizeof(*scratch));
    struct suite_slot *root = NULL;
    int result = -1;

    if (schema == NULL || scratch == NULL) {
        (void)error_host(loader->reader.err, "out of memory");
    } else {
        suite_schema_init(schema);
        loader->reader.schema = schema;
        loader->reader.scratch = scratch;
        root = yaml_file_load(loader->reader.yaml, &schema->whole, loader->reader.err);
        loader->top = (struct suite_place){.table = SUITE_TABLE_TOP, .slots = root};
        if (root != NULL) result = read_suite(loader);
        yaml_file_free(&schema->whole, root);
    }
    free(scratch);
    free(schema);
    return result;
}

/* A text, and what is around it. */
struct source {
    const char *path;
    const uint8_t *text;
    size_t bytes;
    const struct suite_variables *variables;
    bool opens_files;
};

static int load(const struct source *source, struct suite *suite, struct error *err)
{
    static const struct suite_variables none = {.count = 0};
    struct loader loader = {.suite = suite};
    struct yaml_file *yaml = yaml_file_open(source->path, source->text, source->bytes, err);
    int result = -1;

    *suite = (struct suite){.path = NULL};
    if (yaml == NULL) return -1;
    loader.reader = (struct suite_reader){
        .path = source->path,
        .yaml = yaml,
        .variables = source->variables != NULL ? source->variables : &none,
        .store = suite_store_create(),
        .regex_room = SUITE_REGEX_ROOM,
        .opens_files = source->opens_files,
        .err = err,
    };
    suite->owned = loader.reader.store;
    if (suite->owned == NULL) {
        (void)error_host(err, "out of memory");
    } else {
        suite->path = suite_store_text(suite->owned, source->path, strlen(source->path), err);
        if (suite->path != NULL) result = load_tree(&loader);
    }
    yaml_file_close(yaml);
    if (result != 0) suite_release(suite);
    return result;
}

int suite_parse(const char *path, const uint8_t *text, size_t bytes,
                const struct suite_variables *variables, struct suite *suite, struct error *err)
{
    const struct source source = {
        .path = path,
        .text = text,
        .bytes = bytes,
        .variables = variables,
    };

    return load(&source, suite, err);
}

int suite_load(const char *path, const struct suite_variables *variables, struct suite *suite,
               struct error *err)
{
    struct source source = {.path = path, .variables = variables, .opens_files = true};
    struct host_file file;
    int result;

    *suite = (struct suite){.path = NULL};
    if (host_file_read(path, YAML_FILE_BYTES_MAX, &file, err) != 0) return -1;
    source.text = file.data;
    source.bytes = file.bytes;
    result = load(&source, suite, err);
    host_file_release(&file);
    return result;
}

void suite_release(struct suite *suite)
{
    for (size_t i = 0; i < suite->test_count; i++) {
        suite_steps_release(&suite->tests[i]);
    }
    suite_store_destroy(suite->owned);
    *suite = (struct suite){.path = NULL};
}
