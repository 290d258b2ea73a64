/* SPDX-License-Identifier: GPL-2.0-only */
/* Serial output of a run: see faults_output.h. */
#include "emu/app/faults_output.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/base/bits.h"
#include "emu/base/hash.h"

/* ---- Lines ---- */

/* "[    1.234567] ..." */
static bool is_kernel_log(const char *line)
{
    if (*line++ != '[') return false;
    line += strspn(line, " ");
    if (!isdigit((unsigned char)*line)) return false;
    line += strspn(line, "0123456789");
    return *line == '.';
}

static bool is_result(const struct faults_suite *suite, const char *line)
{
    if (suite->result_prefix != NULL) {
        return strncmp(line, suite->result_prefix, strlen(suite->result_prefix)) == 0;
    }
    if (suite->has_result) return regexec(&suite->result, line, 0, NULL, 0) == 0;
    return line[0] != '\0' && !is_kernel_log(line);
}

static void keep_result(struct faults_output *output, size_t length)
{
    output->line[length] = '\n';
    output->result_hash = hash_bytes(output->result_hash, output->line, length + 1);
    output->result_lines++;
    output->is_cut = output->is_cut || length + 1 > FAULTS_RESULT_BYTES - output->result_bytes;
    if (output->is_cut) return;
    memcpy(output->result + output->result_bytes, output->line, length + 1);
    output->result_bytes += length + 1;
}

static void finish_line(struct faults_output *output)
{
    size_t length = output->line_bytes;

    while (length > 0 && output->line[length - 1] == '\r') {
        length--;
    }
    output->line[length] = '\0';
    output->line_bytes = 0;
    if (length > 0) {
        (void)snprintf(output->last, sizeof(output->last), "%.*s", (int)sizeof(output->last) - 1,
                       output->line);
    }
    if (output->suite->has_panic && regexec(&output->suite->panic, output->line, 0, NULL, 0) == 0) {
        output->has_panicked = true;
    }
    if (!output->has_started) return;
    if (!output->skips_line && is_result(output->suite, output->line)) keep_result(output, length);
    output->skips_line = false;
}

static void take_byte(struct faults_output *output, char byte)
{
    /* Nothing but NUL ends the texts that patterns are tried on. */
    if (byte == '\0') byte = '?';
    if (byte == '\n' || output->line_bytes == FAULTS_LINE_BYTES) finish_line(output);
    if (byte != '\n') output->line[output->line_bytes++] = byte;
    if (!output->has_started) {
        if (!text_finder_take(&output->start, byte)) return;
        faults_output_begin(output);
        output->skips_line = byte != '\n';
    } else if (text_finder_take(&output->finish, byte)) {
        output->has_finished = true;
    }
}

static void copy(const struct faults_output *output, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        const ssize_t done = write(output->copy_fd, data, bytes);

        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return;
        data += done;
        bytes -= (size_t)done;
    }
}

static void take(void *ctx, const uint8_t *data, size_t bytes)
{
    struct faults_output *output = ctx;
    size_t from = output->has_started ? 0 : bytes;
    size_t i;

    /* What comes behind the end, before the machine stands still, is chance. */
    for (i = 0; i < bytes && !output->has_finished; i++) {
        take_byte(output, (char)data[i]);
        if (from == bytes && output->has_started) from = i + 1;
    }
    if (output->copy_fd >= 0 && i > from) copy(output, data + from, i - from);
}

/* ---- Interface ---- */

int faults_output_init(struct faults_output *output, const struct faults_suite *suite,
                       struct error *err)
{
    *output = (struct faults_output){
        .suite = suite,
        .copy_fd = -1,
        .result = malloc(FAULTS_RESULT_BYTES),
        .result_hash = HASH_SEED,
    };
    if (output->result == NULL) return error_host(err, "out of memory");
    text_finder_init(&output->start, suite->start_text);
    text_finder_init(&output->finish, suite->finish_text);
    return 0;
}

void faults_output_release(struct faults_output *output)
{
    free(output->result);
    output->result = NULL;
}

struct host_sink faults_output_sink(struct faults_output *output)
{
    return (struct host_sink){.ctx = output, .write = take};
}

void faults_output_begin(struct faults_output *output)
{
    output->has_started = true;
    output->has_panicked = false;
}

void faults_output_end(struct faults_output *output)
{
    if (output->line_bytes > 0) finish_line(output);
}

/* ---- Comparing ---- */

static size_t line_length(const char *text, size_t bytes)
{
    const char *end = bytes > 0 ? memchr(text, '\n', bytes) : NULL;

    return end != NULL ? (size_t)(end - text) : bytes;
}

/* What a terminal might take for a command is left out. */
static void show(const char *text, size_t length, char shown[FAULTS_SHOWN_BYTES])
{
    length = length < FAULTS_SHOWN_BYTES ? length : FAULTS_SHOWN_BYTES - 1;
    for (size_t i = 0; i < length; i++) {
        shown[i] = text[i];
        if (text[i] < ' ' || text[i] > '~') shown[i] = '?';
    }
    shown[length] = '\0';
}

uint64_t faults_output_compare(const char *results[2], const size_t bytes[2],
                               char a[FAULTS_SHOWN_BYTES], char b[FAULTS_SHOWN_BYTES])
{
    const char *text[2] = {results[0], results[1]};
    size_t left[2] = {bytes[0], bytes[1]};

    for (uint64_t line = 1; left[0] > 0 || left[1] > 0; line++) {
        const size_t length[2] = {line_length(text[0], left[0]), line_length(text[1], left[1])};

        if (left[0] == 0 || left[1] == 0 || length[0] != length[1] ||
            memcmp(text[0], text[1], length[0]) != 0) {
            show(text[0], length[0], a);
            show(text[1], length[1], b);
            return line;
        }
        for (unsigned i = 0; i < ARRAY_LEN(text); i++) {
            const size_t used = length[i] < left[i] ? length[i] + 1 : length[i];

            text[i] += used;
            left[i] -= used;
        }
    }
    a[0] = '\0';
    b[0] = '\0';
    return 0;
}
