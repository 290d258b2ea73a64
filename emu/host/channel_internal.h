/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of a channel, shared by channel.c (life and machine's side), channel_open.c and
 * channel_io.c (the thread). */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "emu/core/inbox.h"
#include "emu/host/channel.h"
#include "emu/host/escape.h"
#include "emu/host/terminal.h"

#define CHANNEL_PATH_BYTES  256
#define CHANNEL_INPUT_BYTES 65536u

/* The oldest byte is at `head`. Invariant: head < CHANNEL_OUTPUT_BYTES, count <= CHANNEL_OUTPUT_BYTES. */
struct channel_output {
    uint8_t data[CHANNEL_OUTPUT_BYTES];
    size_t head;
    size_t count;
};

/* Typed and not posted yet. */
struct channel_input {
    uint8_t data[CHANNEL_INPUT_BYTES];
    size_t head;
    size_t count;
};

struct channel {
    char what[32];                  /* for error sentences */
    char place[CHANNEL_PATH_BYTES]; /* empty: none */
    int in_fd;                      /* -1: none (any more) */
    int out_fd;
    int listen_fd;  /* unix: */
    int pty_fd;     /* pty: also in_fd and out_fd while somebody is there */
    bool has_peers; /* pty and unix: readers come and go */
    bool is_owned;  /* in_fd and out_fd are ours to close */
    struct terminal terminal;
    struct escape escape;
    struct inbox *inbox;
    struct channel_input input; /* the thread's alone */

    bool is_running;
    pthread_t thread;
    int wake_fd; /* tells the thread: output, or the end */
    atomic_bool has_quit;
    atomic_bool is_hurried;
    atomic_bool is_closing;
    const char *(*ask_debug)(void *ctx);
    void *debug_ctx;
    bool has_asked; /* the thread's alone: with success, so the next keys are not ours */

    pthread_mutex_t mutex; /* of the rest */
    pthread_cond_t has_room;
    pthread_cond_t has_lent;
    bool is_wanted; /* somebody wants the terminal, or has it: */
    bool is_lent;
    struct channel_output output;
    bool is_broken;      /* output vanishes from here on; `trouble` says why */
    uint64_t lost_bytes; /* that a hurried end threw away */
    struct error trouble;
};

/* channel_open.c: fills in the descriptors of a channel whose members are at rest. */
int channel_open_spec(struct channel *channel, const char *spec, struct error *err) MUST_CHECK;

/* channel_io.c: the thread; `arg` is the channel. */
void *channel_thread(void *arg);
