/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The history. Lines are appended to the file as they come, so several debuggers can share one and a killed
 * one loses nothing; when it has become long it is written anew, beside the old one.
 */
#define _GNU_SOURCE /* strdup, fchmod */
#include "emu/debug/tui/command_history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES     512
#define FILE_LINES_MAX (2 * COMMAND_HISTORY_LINES)

static void forget(struct command_history *history, size_t index)
{
    free(history->lines[index]);
    memmove(&history->lines[index], &history->lines[index + 1],
            (history->count - index - 1) * sizeof(history->lines[0]));
    history->count--;
}

static bool keep(struct command_history *history, const char *line)
{
    char *copy;

    if (line[0] == '\0' || line[0] == ' ') return false;
    copy = strdup(line);
    if (copy == NULL) return false;
    for (size_t i = history->count; i-- > 0;) {
        if (strcmp(history->lines[i], line) == 0) {
            forget(history, i);
        }
    }
    if (history->count == COMMAND_HISTORY_LINES) {
        forget(history, 0);
    }
    history->lines[history->count++] = copy;
    return true;
}

static void append(const char *path, const char *line)
{
    char text[LINE_BYTES + 2];
    int length = snprintf(text, sizeof(text), "%s\n", line);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) return;
    if (length > 0 && (size_t)length < sizeof(text)) {
        (void)!write(fd, text, (size_t)length);
    }
    (void)close(fd);
}

/* Atomic: another debugger that reads it sees one or the other. */
static void rewrite(const struct command_history *history)
{
    char *path = NULL;
    FILE *file = NULL;
    int fd = -1;

    if (asprintf(&path, "%s.XXXXXX", history->path) < 0) return;
    fd = mkstemp(path);
    file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file != NULL) {
        for (size_t i = 0; i < history->count; i++) {
            (void)fprintf(file, "%s\n", history->lines[i]);
        }
        if ((ferror(file) | fclose(file)) != 0 || rename(path, history->path) != 0) {
            (void)unlink(path);
        }
    } else if (fd >= 0) {
        (void)close(fd);
        (void)unlink(path);
    }
    free(path);
}

/* Without its end of line; what is longer than any command is cut. False: end of file. */
static bool read_line(FILE *file, char text[LINE_BYTES])
{
    size_t length;

    if (fgets(text, LINE_BYTES, file) == NULL) return false;
    length = strcspn(text, "\n");
    if (text[length] == '\0') {
        for (int c = fgetc(file); c != EOF && c != '\n'; c = fgetc(file)) {}
    }
    text[length] = '\0';
    return true;
}

int command_history_open(struct command_history *history, const char *path, struct error *err)
{
    char text[LINE_BYTES];
    size_t lines = 0;
    FILE *file;

    *history = (struct command_history){.path = path};
    if (path == NULL) return 0;
    file = fopen(path, "re");
    if (file == NULL && errno == ENOENT) return 0;
    if (file == NULL) {
        history->path = NULL;
        return error_host(err, "%s cannot be read: %s", path, strerror(errno));
    }
    while (read_line(file, text)) {
        (void)keep(history, text);
        lines++;
    }
    (void)fclose(file);
    if (lines > FILE_LINES_MAX) {
        rewrite(history);
    }
    return 0;
}

void command_history_close(struct command_history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        free(history->lines[i]);
    }
    *history = (struct command_history){0};
}

void command_history_add(struct command_history *history, const char *line)
{
    if (strlen(line) < LINE_BYTES && keep(history, line) && history->path != NULL) {
        append(history->path, line);
    }
}

bool command_history_find(const struct command_history *history, size_t from, const char *part,
                          size_t *index)
{
    for (size_t i = from < history->count ? from : history->count; i-- > 0;) {
        if (strstr(history->lines[i], part) != NULL) {
            *index = i;
            return true;
        }
    }
    return false;
}
