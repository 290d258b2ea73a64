/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capsule: one file with all that is needed to stand at a failure again, on any machine. A tar archive (libarchive,
 * written by gzip or zstd) of manifest.json (versions, test, result, SHA-256 of all members), run.sgr (the recording, whose
 * setup names files by SHA-256), files/SHA256 (each of those: kernel, initrd, ROM, image, snapshot), serial.txt,
 * screen.png, trace.jsonl (the last events), suite.yaml. docs/formats/capsule.md specifies it.
 *
 * Whoever writes one does so from files that the run left behind, so that a run which crashed has one, too.
 */
#pragma once

#include "emu/app/suite/suite.h"
#include "emu/app/suite/suite_result.h"

struct capsule_content {
    const struct suite *suite;
    const struct suite_test *test;
    const struct suite_result
        *result;           /* of the recorded run: `seq` and `end` say where it failed */
    const char *recording; /* path */
    const char *serial;    /* path; NULL: none */
    const char *picture;   /* PNG; NULL: none */
    bool is_whole;         /* the recording has an end */
};
/* Whole or not at all. -1 with `err`: the host. */
int capsule_write(const char *path, const struct capsule_content *content,
                  struct error *err) MUST_CHECK;

struct capsule {
    char *folder;    /* where it was unpacked; gone with capsule_close() */
    char *recording; /* path there */
    char *files;     /* folder there, for replay_session_open(): files by SHA-256 */
    char *sentence;  /* what failed */
    uint64_t seq;    /* last event of the failed run; 0: its end */
};
/* The file begins as a capsule does (and not as a recording). */
bool capsule_is(const char *path);
/* Hostile input: names, kinds, sizes, hashes are checked before anything is written; a bound on the whole. */
int capsule_open(const char *path, struct capsule *capsule, struct error *err) MUST_CHECK;
void capsule_close(struct capsule *capsule);
