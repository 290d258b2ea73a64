/* SPDX-License-Identifier: GPL-2.0-only */
/* From the texts of a suite's file to what they mean: see faults_suite.h. Each value is checked where it
 * is read, so that the sentence can tell its line. */
#include "emu/app/faults_suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/faults_schema.h"
#include "emu/app/parse.h"
#include "emu/app/yaml_value.h"
#include "emu/base/bits.h"
#include "emu/host/file.h"

#define DEFAULT_RUNS    100u
#define DEFAULT_SEED    1u
#define DEFAULT_TIMEOUT VTIME_S(60)
#define DEFAULT_WITHIN  VTIME_S(600)
/* Linux, kernel/panic.c; and where the machine-check code gives up by itself. */
#define DEFAULT_PANIC "Kernel panic - not syncing"
#define WEIGHT_MAX    1000000u
#define PATH_BYTES    96

/* A file being read. */
struct loader {
    const struct yaml_file *yaml;
    const struct faults_raw *raw;
    struct faults_suite *suite;
    struct error *err;
};

/* ---- Values ---- */

static int take_pattern(const struct loader *loader, const char *path, const char *text,
                        regex_t *pattern)
{
    char reason[128];
    int result = regcomp(pattern, text, REG_EXTENDED | REG_NOSUB);

    if (result == 0) return 0;
    (void)regerror(result, pattern, reason, sizeof(reason));
    return yaml_file_complain(loader->yaml, loader->err, path,
                              "%s: '%s' is no extended regular expression: %s", yaml_word(path),
                              text, reason);
}

static int take_text(const struct loader *loader, const char *path, const char *text,
                     const char **value)
{
    if (text == NULL) return 0;
    if (text[0] == '\0' || strlen(text) > FAULTS_TEXT_MAX) {
        return yaml_file_complain(loader->yaml, loader->err, path, "%s: a text has 1 to %u bytes",
                                  yaml_word(path), FAULTS_TEXT_MAX);
    }
    *value = text;
    return 0;
}

/* A path counts from the suite's folder. */
static int take_path(const struct loader *loader, const char *text, const char **value)
{
    struct faults_suite *suite = loader->suite;
    char *path;

    if (text == NULL) return 0;
    path = yaml_beside(suite->name, text, loader->err);
    if (path == NULL) return -1;
    suite->paths[suite->path_count++] = path;
    *value = path;
    return 0;
}

/* ---- The machine ---- */

static int take_payload(const struct loader *loader)
{
    const struct faults_raw *raw = loader->raw;
    struct run_options *options = &loader->suite->options;
    const char *complaint = NULL;
    const char *path = "";

    if (raw->kernel == NULL && raw->image == NULL) complaint = "kernel or image is missing";
    if (raw->kernel != NULL && raw->image != NULL)
        complaint = "kernel and image exclude each other";
    if (raw->initrd != NULL && raw->kernel == NULL) complaint = "initrd needs kernel";
    if (raw->modules_count > 0 && raw->image == NULL) complaint = "modules need image";
    if (complaint != NULL) {
        return yaml_file_complain(loader->yaml, loader->err, path, "%s", complaint);
    }
    if (take_path(loader, raw->kernel, &options->kernel) != 0 ||
        take_path(loader, raw->initrd, &options->initrd) != 0 ||
        take_path(loader, raw->image, &options->image) != 0 ||
        take_path(loader, raw->rom, &options->rom) != 0 ||
        take_path(loader, raw->disk, &options->disk) != 0) {
        return -1;
    }
    for (unsigned i = 0; i < raw->modules_count; i++) {
        if (take_path(loader, raw->modules[i], &options->modules[i]) != 0) return -1;
        options->module_count++;
    }
    options->command_line = raw->append;
    options->disk_is_temporary = raw->disk != NULL;
    return 0;
}

/* A size for each socket, from A0 on; "none" leaves one empty. */
static int take_dimms(const struct loader *loader, bool has_ecc)
{
    struct dimm_set *set = &loader->suite->dimms;
    char path[PATH_BYTES];

    for (unsigned i = 0; i < loader->raw->dimms_count; i++) {
        const char *text = loader->raw->dimms[i];
        struct error trouble = ERROR_INIT;
        uint64_t bytes;

        if (strcmp(text, "none") == 0) continue;
        (void)snprintf(path, sizeof(path), "dimms[%u]", i);
        if (parse_size("dimms", text, &bytes, &trouble) != 0 ||
            dimm_make(&set->socket[i], bytes, i, has_ecc, &trouble) != 0) {
            return yaml_refuse(loader->yaml, loader->err, path, &trouble);
        }
    }
    return 0;
}

static int take_memory(const struct loader *loader)
{
    const struct faults_raw *raw = loader->raw;
    struct faults_suite *suite = loader->suite;
    struct error trouble = ERROR_INIT;
    bool has_ecc = true;

    if (raw->memory != NULL && raw->dimms != NULL) {
        return yaml_file_complain(loader->yaml, loader->err, "dimms",
                                  "memory and dimms exclude each other");
    }
    if (yaml_switch(loader->yaml, loader->err, "ecc", raw->ecc, &has_ecc) != 0) return -1;
    if (raw->dimms != NULL) {
        if (take_dimms(loader, has_ecc) != 0) return -1;
    } else {
        uint64_t bytes = RUN_MEMORY_DEFAULT;

        if ((raw->memory != NULL && run_options_memory(raw->memory, &bytes, &trouble) != 0) ||
            dimm_set_make(&suite->dimms, bytes, has_ecc, &trouble) != 0) {
            return yaml_refuse(loader->yaml, loader->err, "memory", &trouble);
        }
    }
    if (dimm_set_check(&suite->dimms, &trouble) != 0)
        return yaml_refuse(loader->yaml, loader->err, "dimms", &trouble);
    suite->options.memory_bytes = dimm_set_bytes(&suite->dimms);
    return 0;
}

static int take_machine(const struct loader *loader)
{
    uint64_t cores = 1;

    if (take_payload(loader) != 0 || take_memory(loader) != 0 ||
        yaml_scrub(loader->yaml, loader->err, loader->raw->scrub, &loader->suite->scrub) != 0 ||
        yaml_number(loader->yaml, loader->err, "cores", loader->raw->cores,
                    (struct yaml_bounds){1, MACHINE_CORES_MAX}, &cores) != 0) {
        return -1;
    }
    loader->suite->options.cores = (unsigned)cores;
    return 0;
}

/* ---- Start, end, result ---- */

static int take_start(const struct loader *loader)
{
    const struct faults_raw_start *raw = loader->raw->start;
    struct faults_suite *suite = loader->suite;

    suite->start_within = DEFAULT_WITHIN;
    if (raw == NULL || (raw->text == NULL) == (raw->at == NULL)) {
        return yaml_file_complain(loader->yaml, loader->err, "start",
                                  "start: say where the part without faults ends, by either "
                                  "text or at");
    }
    if (raw->within != NULL && raw->text == NULL) {
        return yaml_file_complain(loader->yaml, loader->err, "start.within",
                                  "within: only a text is waited for");
    }
    if (take_text(loader, "start.text", raw->text, &suite->start_text) != 0 ||
        yaml_time(loader->yaml, loader->err, "start.at", raw->at, &suite->start_at) != 0) {
        return -1;
    }
    return yaml_time(loader->yaml, loader->err, "start.within", raw->within, &suite->start_within);
}

static int take_finish(const struct loader *loader)
{
    const struct faults_raw_finish *raw = loader->raw->finish;
    struct faults_suite *suite = loader->suite;

    suite->finish = FAULTS_END_EXIT;
    suite->timeout = DEFAULT_TIMEOUT;
    if (yaml_time(loader->yaml, loader->err, "timeout", loader->raw->timeout, &suite->timeout) != 0)
        return -1;
    if (suite->timeout == 0) {
        return yaml_file_complain(loader->yaml, loader->err, "timeout",
                                  "timeout: a run takes longer than no time");
    }
    if (raw == NULL || (raw->text == NULL) == (raw->by == NULL)) {
        return yaml_file_complain(loader->yaml, loader->err, "finish",
                                  "finish: say what ends a run, by either text or by");
    }
    if (raw->text != NULL) {
        suite->finish = FAULTS_END_TEXT;
        return take_text(loader, "finish.text", raw->text, &suite->finish_text);
    }
    if (strcmp(raw->by, "exit") == 0) return 0;
    suite->finish = FAULTS_END_POWER_OFF;
    if (strcmp(raw->by, "power-off") == 0) return 0;
    return yaml_file_complain(loader->yaml, loader->err, "finish.by",
                              "by: '%s' is neither exit nor power-off", raw->by);
}

static int take_result(const struct loader *loader)
{
    const struct faults_raw_result *raw = loader->raw->result;
    const char *panic = loader->raw->panic;
    struct faults_suite *suite = loader->suite;

    if (take_pattern(loader, "panic", panic != NULL ? panic : DEFAULT_PANIC, &suite->panic) != 0) {
        return -1;
    }
    suite->has_panic = true;
    if (raw == NULL) return 0;
    if ((raw->lines == NULL) == (raw->prefix == NULL)) {
        return yaml_file_complain(loader->yaml, loader->err, "result",
                                  "result: say which lines count, by either lines or prefix");
    }
    if (raw->prefix != NULL) {
        return take_text(loader, "result.prefix", raw->prefix, &suite->result_prefix);
    }
    if (take_pattern(loader, "result.lines", raw->lines, &suite->result) != 0) return -1;
    suite->has_result = true;
    return 0;
}

static int take_expect(const struct loader *loader)
{
    const struct faults_raw_expect *raw = loader->raw->expect;
    struct faults_suite *suite = loader->suite;
    uint64_t status = 0;

    if (raw == NULL || raw->status == NULL) return 0;
    if (suite->finish != FAULTS_END_EXIT) {
        return yaml_file_complain(loader->yaml, loader->err, "expect.status",
                                  "status: only finish by exit gives one");
    }
    if (yaml_number(loader->yaml, loader->err, "expect.status", raw->status,
                    (struct yaml_bounds){0, UINT8_MAX}, &status)) {
        return -1;
    }
    suite->has_status = true;
    suite->status = (unsigned)status;
    return 0;
}

/* "3", or "5%" of the runs. */
static int take_limits(const struct loader *loader)
{
    const struct faults_raw_limits *raw = loader->raw->limits;

    if (raw == NULL) return 0;
    for (enum faults_class i = 0; i < FAULTS_CRASH; i++) {
        struct faults_limit *limit = &loader->suite->limits[i];
        char text[PATH_BYTES];
        char path[PATH_BYTES];

        if (raw->class[i] == NULL) continue;
        (void)snprintf(path, sizeof(path), "limits.%s", faults_class_name(i));
        (void)snprintf(text, sizeof(text), "%s", raw->class[i]);
        limit->is_set = true;
        limit->is_percent = text[0] != '\0' && text[strlen(text) - 1] == '%';
        if (limit->is_percent) text[strlen(text) - 1] = '\0';
        if (yaml_number(loader->yaml, loader->err, path, text,
                        (struct yaml_bounds){0, limit->is_percent ? 100 : FAULTS_RUNS_MAX},
                        &limit->value) != 0) {
            return -1;
        }
    }
    return 0;
}

bool faults_limit_is_exceeded(const struct faults_limit *limit, uint64_t count, uint64_t total)
{
    if (!limit->is_set) return false;
    return limit->is_percent ? count * 100 > limit->value * total : count > limit->value;
}

/* ---- Faults ---- */

/* `texts[i]` is the weight of `path`.name(i). */
static int take_weight(const struct loader *loader, const char *path, const char *text,
                       uint32_t *weight)
{
    uint64_t value = 0;

    if (yaml_number(loader->yaml, loader->err, path, text, (struct yaml_bounds){0, WEIGHT_MAX},
                    &value) != 0)
        return -1;
    *weight = (uint32_t)value;
    return 0;
}

/* Where weights are given, one must be more than 0: all zero would mean the usual mix. */
static int refuse_no_weight(const struct loader *loader, const char *path)
{
    return yaml_file_complain(loader->yaml, loader->err, path,
                              "%s: at least one weight must be above 0", yaml_word(path));
}

static int take_kinds(const struct loader *loader, const char *path,
                      const struct faults_raw_kinds *raw, struct fault_mix *mix)
{
    char below[2 * PATH_BYTES];
    uint64_t sum = 0;

    if (raw == NULL) return 0;
    for (enum dram_fault_kind i = 0; i < DRAM_FAULT_KINDS; i++) {
        (void)snprintf(below, sizeof(below), "%s.%s", path, fault_spec_kind_name(i));
        if (take_weight(loader, below, raw->kind[i], &mix->kind[i]) != 0) return -1;
        sum += mix->kind[i];
    }
    return sum > 0 ? 0 : refuse_no_weight(loader, path);
}

static int take_bits(const struct loader *loader, const char *path,
                     const struct faults_raw_bits *raw, struct fault_mix *mix)
{
    char below[2 * PATH_BYTES];
    uint64_t sum = 0;

    if (raw == NULL) return 0;
    for (unsigned i = 0; i < FAULTS_BITS_MAX; i++) {
        (void)snprintf(below, sizeof(below), "%s.%u", path, i + 1);
        if (take_weight(loader, below, raw->bits[i], &mix->bits[i]) != 0) return -1;
        sum += mix->bits[i];
    }
    return sum > 0 ? 0 : refuse_no_weight(loader, path);
}

/* The path of a member of an item of `faults:`. */
struct place {
    char text[PATH_BYTES];
};

static struct place place_of(size_t index, const char *member)
{
    struct place place;

    (void)snprintf(place.text, sizeof(place.text), "faults[%zu].%s", index, member);
    return place;
}

static int take_target(const struct loader *loader, size_t index, struct faults_entry *entry)
{
    static const char *const names[] = {"all", "used", "range"};
    const struct faults_raw_random *raw = loader->raw->faults[index].random;
    const struct place range = place_of(index, "random.range");
    const struct place target = place_of(index, "random.target");
    const struct yaml_bounds any = {0, UINT64_MAX};
    const char *name = raw->target;
    size_t found = 0;

    if (name == NULL) name = raw->range != NULL ? "range" : "all";
    while (found < ARRAY_LEN(names) && strcmp(name, names[found]) != 0) {
        found++;
    }
    if (found == ARRAY_LEN(names)) {
        return yaml_file_complain(loader->yaml, loader->err, target.text,
                                  "target: '%s' is neither all, used nor range", name);
    }
    entry->target = (enum fault_target)found;
    if ((raw->range_count == 2) != (entry->target == FAULT_TARGET_RANGE)) {
        return yaml_file_complain(loader->yaml, loader->err, range.text,
                                  "range: target range, and only it, has two addresses: the first "
                                  "byte, and the first one behind the range");
    }
    if (raw->range_count != 2) return 0;
    if (yaml_number(loader->yaml, loader->err, range.text, raw->range[0], any,
                    &entry->range_base) != 0 ||
        yaml_number(loader->yaml, loader->err, range.text, raw->range[1], any, &entry->range_end) !=
            0) {
        return -1;
    }
    if (entry->range_base < entry->range_end) return 0;
    return yaml_file_complain(loader->yaml, loader->err, range.text,
                              "range: there is nothing between these addresses");
}

static int take_window(const struct loader *loader, size_t index, struct faults_entry *entry)
{
    const struct faults_raw_random *raw = loader->raw->faults[index].random;
    const struct place window = place_of(index, "random.window");

    entry->has_window = raw->window != NULL;
    if (!entry->has_window) return 0;
    if (raw->window_count != 2) {
        return yaml_file_complain(loader->yaml, loader->err, window.text,
                                  "window: two times after the start, as in [0s, 20ms]");
    }
    if (yaml_time(loader->yaml, loader->err, window.text, raw->window[0], &entry->window_begin) !=
            0 ||
        yaml_time(loader->yaml, loader->err, window.text, raw->window[1], &entry->window_end) !=
            0) {
        return -1;
    }
    if (entry->window_begin < entry->window_end && entry->window_end <= loader->suite->timeout) {
        return 0;
    }
    return yaml_file_complain(loader->yaml, loader->err, window.text,
                              "window: it must end after it began, and not after the timeout");
}

static int take_random(const struct loader *loader, size_t index, struct faults_entry *entry)
{
    const struct faults_raw_random *raw = loader->raw->faults[index].random;
    const struct place kinds = place_of(index, "random.kinds");
    const struct place bits = place_of(index, "random.bits");
    const struct place count = place_of(index, "random.count");
    uint64_t number = 1;

    entry->is_random = true;
    if (take_kinds(loader, kinds.text, raw->kinds, &entry->mix) != 0 ||
        take_bits(loader, bits.text, raw->bits, &entry->mix) != 0 ||
        yaml_number(loader->yaml, loader->err, count.text, raw->count,
                    (struct yaml_bounds){1, FAULTS_COUNT_MAX}, &number) != 0 ||
        take_target(loader, index, entry) != 0) {
        return -1;
    }
    entry->count = (unsigned)number;
    return take_window(loader, index, entry);
}

static int take_spec(const struct loader *loader, size_t index, struct faults_entry *entry)
{
    const struct place place = place_of(index, "fault");
    struct error trouble = ERROR_INIT;

    entry->count = 1;
    if (fault_spec_parse(loader->raw->faults[index].fault, &entry->spec, &trouble) != 0 ||
        fault_spec_check(&entry->spec, &loader->suite->dimms, &trouble) != 0) {
        return yaml_refuse(loader->yaml, loader->err, place.text, &trouble);
    }
    if (!entry->spec.has_when) entry->spec.when = 0;
    if (entry->spec.when <= loader->suite->timeout) return 0;
    return yaml_file_complain(loader->yaml, loader->err, place.text,
                              "fault: its time, which counts from the start, is after the timeout");
}

static int take_faults(const struct loader *loader)
{
    const struct faults_raw *raw = loader->raw;
    struct faults_suite *suite = loader->suite;
    unsigned sum = 0;

    if (raw->faults_count == 0) {
        return yaml_file_complain(loader->yaml, loader->err, "faults", "faults: there are none");
    }
    for (size_t i = 0; i < raw->faults_count; i++) {
        struct faults_entry *entry = &suite->entries[suite->entry_count++];
        const bool is_random = raw->faults[i].random != NULL;
        char path[PATH_BYTES];

        (void)snprintf(path, sizeof(path), "faults[%zu]", i);
        if (is_random == (raw->faults[i].fault != NULL)) {
            return yaml_file_complain(loader->yaml, loader->err, path,
                                      "faults: each one is either a fault or random");
        }
        if ((is_random ? take_random : take_spec)(loader, i, entry) != 0) return -1;
        sum += entry->count;
    }
    if (sum <= FAULTS_PLAN_MAX) return 0;
    return yaml_file_complain(loader->yaml, loader->err, "faults",
                              "faults: %u in each run are more than %u", sum, FAULTS_PLAN_MAX);
}

/* ---- The whole ---- */

static int take_all(const struct loader *loader)
{
    struct faults_suite *suite = loader->suite;

    suite->runs = DEFAULT_RUNS;
    suite->seed = DEFAULT_SEED;
    if (take_machine(loader) != 0 || take_start(loader) != 0 || take_finish(loader) != 0 ||
        take_result(loader) != 0 || take_expect(loader) != 0 || take_limits(loader) != 0 ||
        take_faults(loader) != 0 ||
        yaml_number(loader->yaml, loader->err, "runs", loader->raw->runs,
                    (struct yaml_bounds){1, FAULTS_RUNS_MAX}, &suite->runs) != 0) {
        return -1;
    }
    return yaml_number(loader->yaml, loader->err, "seed", loader->raw->seed,
                       (struct yaml_bounds){0, UINT64_MAX}, &suite->seed);
}

int faults_suite_parse(const char *name, const uint8_t *text, size_t bytes,
                       struct faults_suite *suite, struct error *err)
{
    struct loader loader = {.suite = suite, .err = err};
    struct yaml_file *yaml = yaml_file_open(name, text, bytes, err);
    int result = -1;

    *suite = (struct faults_suite){.name = name};
    if (yaml == NULL) return -1;
    loader.yaml = yaml;
    suite->raw = yaml_file_load(yaml, &faults_schema, err);
    loader.raw = suite->raw;
    if (loader.raw != NULL) result = take_all(&loader);
    yaml_file_close(yaml);
    if (result != 0) faults_suite_release(suite);
    return result;
}

int faults_suite_load(const char *path, struct faults_suite *suite, struct error *err)
{
    struct host_file file;
    int result;

    if (host_file_read(path, YAML_FILE_BYTES_MAX, &file, err) != 0) return -1;
    result = faults_suite_parse(path, file.data, file.bytes, suite, err);
    host_file_release(&file);
    return result;
}

void faults_suite_release(struct faults_suite *suite)
{
    for (size_t i = 0; i < suite->path_count; i++) {
        free(suite->paths[i]);
    }
    if (suite->has_panic) regfree(&suite->panic);
    if (suite->has_result) regfree(&suite->result);
    yaml_file_free(&faults_schema, suite->raw);
    *suite = (struct faults_suite){.name = suite->name};
}
