/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report of a campaign as JSON: docs/formats/fault-report.md specifies each member. Nothing of the
 * host is in it (no time, no number of workers), so the same campaign gives the same bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emu/app/faults_report.h"

#define HASH_TEXT_BYTES 24
#define REPORT_VERSION  1

/* Numbers of 64 bits that may use the top one are texts: JSON's readers often keep 53 bits. */
static json_t *hexadecimal(uint64_t value)
{
    char text[HASH_TEXT_BYTES];

    (void)snprintf(text, sizeof(text), "%016" PRIx64, value);
    return json_string(text);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Percent with two digits behind the point. */
static json_t *percent(double share)
{
    return json_real(round(share * 10000) / 100);
}

static json_t *seed_text(uint64_t seed)
{
    char text[HASH_TEXT_BYTES];

    (void)snprintf(text, sizeof(text), "%" PRIu64, seed);
    return json_string(text);
}

static json_t *errors_of(const struct faults_errors *errors)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "corrected", number(errors->corrected), "uncorrected",
                     number(errors->uncorrected), "miscorrected", number(errors->miscorrected),
                     "undetected", number(errors->undetected));
}

static json_t *faults_of(const struct faults_record *record)
{
    json_t *faults = json_array();

    for (size_t i = 0; i < record->fault_count; i++) {
        char text[FAULT_SPEC_TEXT_BYTES];

        fault_spec_format(&record->faults[i], text);
        (void)json_array_append_new(faults, json_pack("{s:s, s:o, s:b}", "fault", text, "when_ps",
                                                      number(record->faults[i].when), "planted",
                                                      (int)(record->planted >> i & 1)));
    }
    return faults;
}

/* What the golden run and all others have. */
static void add_end(json_t *object, const struct faults_record *record)
{
    (void)json_object_set_new(object, "end", json_string(faults_end_name(record->facts.end)));
    (void)json_object_set_new(object, "status",
                              record->facts.end == FAULTS_END_EXIT ? number(record->facts.status)
                                                                   : json_null());
    (void)json_object_set_new(object, "duration_ps", number(record->duration));
    (void)json_object_set_new(object, "result_lines", number(record->result_lines));
    (void)json_object_set_new(object, "result_hash", hexadecimal(record->result_hash));
}

static json_t *run_of(const struct faults_report *report, const struct faults_record *record)
{
    json_t *run = json_object();

    (void)json_object_set_new(run, "run", number(record->number));
    (void)json_object_set_new(run, "seed", seed_text(report->seed));
    (void)json_object_set_new(run, "class", json_string(faults_class_name(record->class)));
    (void)json_object_set_new(run, "faults", faults_of(record));
    if (record->class == FAULTS_CRASH) {
        (void)json_object_set_new(run, "signal",
                                  record->signal != 0 ? json_integer(record->signal) : json_null());
        return run;
    }
    add_end(run, record);
    (void)json_object_set_new(run, "errors", errors_of(&record->facts.errors));
    if (!record->facts.is_result_equal) {
        (void)json_object_set_new(run, "first_difference",
                                  json_pack("{s:o, s:s, s:s}", "line", number(record->difference),
                                            "golden", record->wanted, "run", record->got));
    }
    return run;
}

static json_t *classes_of(const struct faults_report *report)
{
    json_t *classes = json_object();
    struct faults_totals totals;

    faults_report_count(report, &totals);
    for (enum faults_class i = 0; i < FAULTS_CLASSES; i++) {
        double low;
        double high;

        faults_interval(totals.count[i], totals.runs, &low, &high);
        (void)json_object_set_new(
            classes, faults_class_name(i),
            json_pack("{s:o, s:o, s:[o,o], s:o}", "runs", number(totals.count[i]), "percent",
                      percent(totals.runs > 0 ? (double)totals.count[i] / (double)totals.runs : 0),
                      "interval95", percent(low), percent(high), "first",
                      totals.first[i] > 0 ? number(totals.first[i]) : json_null()));
    }
    return classes;
}

static json_t *limits_of(const struct faults_report *report)
{
    json_t *limits = json_object();
    struct faults_totals totals;

    faults_report_count(report, &totals);
    for (enum faults_class i = 0; i < FAULTS_CLASSES; i++) {
        const struct faults_limit *limit = &report->suite->limits[i];

        if (!limit->is_set) continue;
        (void)json_object_set_new(
            limits, faults_class_name(i),
            json_pack("{s:o, s:s, s:b}", "value", number(limit->value), "unit",
                      limit->is_percent ? "percent" : "runs", "exceeded",
                      (int)faults_limit_is_exceeded(limit, totals.count[i], totals.runs)));
    }
    return limits;
}

static json_t *golden_of(const struct faults_report *report)
{
    json_t *golden;

    if (report->golden == NULL) return json_null();
    golden = json_object();
    (void)json_object_set_new(golden, "start_ps", number(report->golden->start));
    add_end(golden, report->golden);
    return golden;
}

/* The file's name without its folders, so that reports do not depend on where they were made. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

char *faults_report_json(const struct faults_report *report)
{
    json_t *root = json_object();
    json_t *runs = json_array();
    size_t made = 0;
    char *text;

    for (size_t i = 0; i < report->asked; i++) {
        if (report->record[i] == NULL) continue;
        (void)json_array_append_new(runs, run_of(report, report->record[i]));
        made++;
    }
    (void)json_object_set_new(root, "format", json_string("spacegray-faults"));
    (void)json_object_set_new(root, "version", json_integer(REPORT_VERSION));
    (void)json_object_set_new(root, "suite", json_string(base_name(report->suite->name)));
    (void)json_object_set_new(root, "seed", seed_text(report->seed));
    (void)json_object_set_new(root, "runs_asked", number(report->asked));
    (void)json_object_set_new(root, "complete", json_boolean(made == report->asked));
    (void)json_object_set_new(root, "golden", golden_of(report));
    (void)json_object_set_new(root, "classes", classes_of(report));
    (void)json_object_set_new(root, "limits", limits_of(report));
    (void)json_object_set_new(root, "runs", runs);
    text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(5));
    json_decref(root);
    return text;
}

int faults_report_write(const struct faults_report *report, const char *path, struct error *err)
{
    const bool is_stdout = strcmp(path, "-") == 0;
    char *text = faults_report_json(report);
    FILE *file;
    bool is_good;

    if (text == NULL) return error_host(err, "out of memory");
    file = is_stdout ? stdout : fopen(path, "we");
    if (file == NULL) {
        (void)error_host(err, "%s: %s", path, strerror(errno));
        free(text);
        return -1;
    }
    is_good = fprintf(file, "%s\n", text) > 0 && fflush(file) == 0;
    if (!is_stdout && fclose(file) != 0) is_good = false;
    free(text);
    return is_good
               ? 0
               : error_host(err, "%s: %s", is_stdout ? "standard output" : path, strerror(errno));
}
