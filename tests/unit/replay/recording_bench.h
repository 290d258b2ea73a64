/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of recordings share. */
#pragma once

#include "emu/debug/replay/recording.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BENCH_SETUP "{\"cores\": 1}"

/* A path in a folder of its own; bench_clean() removes both. */
void bench_path(char path[256]);
void bench_clean(const char *path);
bool bench_exists(const char *path);

/* Never NULL. */
struct recording *bench_create(const char *path);
struct recording *bench_open(const char *path);
void bench_close(struct recording *recording);
/* It is refused, with this in the sentence. */
void bench_assert_refused(const char *path, const char *words);

struct machine_instant bench_instant(uint64_t n);
struct recording_beat bench_beat(uint64_t n);
struct recording_input bench_message(uint64_t n);
struct recording_input bench_fault(uint64_t n);
/* `bytes` that follow from `seed` and do not compress well. */
void bench_fill(void *data, size_t bytes, uint64_t seed);
/* Events with numbers `from` to `to`. */
void bench_events(struct recording *recording, uint64_t from, uint64_t to);
/* Some of everything, `scale` of it. */
void bench_populate(struct recording *recording, unsigned scale);
/* All that a recording tells is the same. */
void bench_assert_equal(struct recording *a, struct recording *b);

/* Whole file in memory; free() it. */
uint8_t *bench_read(const char *path, size_t *bytes);
void bench_write(const char *path, const void *data, size_t bytes);
