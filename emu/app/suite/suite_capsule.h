/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capsule: one file with all that is needed to stand at a failure again, on any machine. A tar archive (libarchive,
 * packed by zstd) of manifest.json (versions, test, result, SHA-256 of all members), run.sgr (the recording, whose
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
    const char *recording; /* path; where nothing is, that with .part behind it */
    const char *serial;    /* path; NULL: none */
    const char *picture;   /* PNG; NULL: none */
    bool is_whole;         /* the recording has an end */
};
/* Whole or not at all, for its owner's eyes only; the same content gives the same bytes. The recording is not written any
 * more. -1 with `err`: the host, or a file that is not what the run was made with any more. */
int capsule_write(const char *path, const struct capsule_content *content,
                  struct error *err) MUST_CHECK;

struct capsule {
    char *folder;    /* where it was unpacked; gone with capsule_leave() */
    char *recording; /* path there */
    char *files;     /* folder there: files by SHA-256, for record_setup_read() */
    char *password;  /* path there: that of the disk's volume; NULL: there is none */
    char *sentence;  /* what failed, with the test's name */
    uint64_t seq;    /* last event of the failed run; 0: its end */
    bool has_password;
    struct capsule_signals *signals; /* that are kept back; NULL: none */
};
/* The file begins as a capsule does (and not as a recording). */
bool capsule_is(const char *path);
/* Unpacks it. Hostile input: names, kinds, sizes, hashes are checked; there is a bound on the whole; nothing is written
 * outside of a new folder in $TMPDIR, or /var/tmp. As long as that is there, signals that would end the process are kept
 * back; one that comes meanwhile makes this fail, and ends the process with capsule_close(). -1 with `err`, and nothing
 * kept. */
int capsule_open(const char *path, struct capsule *capsule, struct error *err) MUST_CHECK;
/* The folder is removed: whoever has opened its files has them still. Sentence and seq stay. */
void capsule_leave(struct capsule *capsule);
/* Also after capsule_leave(), and of one that is all zero. */
void capsule_close(struct capsule *capsule);
