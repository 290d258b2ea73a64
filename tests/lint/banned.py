# SPDX-License-Identifier: GPL-2.0-only
"""Calls, types and words that a folder must not use (docs/style.md)."""

import re
import subprocess

import lint

TIME = ("time gettimeofday clock_gettime clock timespec_get ftime localtime localtime_r gmtime "
        "gmtime_r mktime nanosleep clock_nanosleep sleep usleep alarm setitimer timer_create")
CHANCE = "rand rand_r srand random srandom drand48 lrand48 getrandom arc4random getentropy"
OUTPUT = ("printf vprintf puts putchar fprintf vfprintf fputs fputc fwrite perror "
          "__printf_chk __fprintf_chk")
UNSAFE = "strcpy strcat sprintf vsprintf gets stpcpy strtok alloca"
HOST = ("getenv system popen fork exec execve signal sigaction open fopen read write close socket "
        "select poll mmap munmap")
THREAD = ("pthread_create pthread_join pthread_mutex_lock pthread_mutex_unlock pthread_cond_wait "
          "pthread_cond_signal thrd_create mtx_lock")
EXIT = "exit _exit"

# Folders -> functions their object files may not refer to.
CALLS = (
    (("devices/", "emu/core/", "emu/base/", "emu/timing/"),
     " ".join((TIME, CHANCE, OUTPUT, UNSAFE, HOST, THREAD, EXIT))),
    (("emu/cpu/", "emu/machine/", "emu/debug/"),
     " ".join((TIME, CHANCE, UNSAFE, THREAD, EXIT))),
    (("emu/host/", "emu/app/", "firmware/", "tests/"), UNSAFE),
)
# Folders -> patterns their text may not contain, outside of comments and strings.
PATTERNS = (
    (("devices/", "emu/core/"), r"\b(float|double|long double)\b", "floating point"),
    (("devices/", "emu/"), r"\bconstructor\b", "constructors run before main and in link order"),
    (("devices/", "emu/", "firmware/", "tests/"), r"#\s*if\s+0\b", "code switched off by #if 0"),
    (("devices/", "emu/"), r"\btypedef\s+(struct|union|enum)\b", "typedef of a struct"),
    (("devices/", "emu/"), r"__attribute__\s*\(\([^)]*packed", "packed structures"),
)
WORDS = re.compile("\\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")) + ")\\b")


def undefined(path):
    text = subprocess.run(["nm", "--undefined-only", "--format=posix", path], check=True,
                          capture_output=True, text=True).stdout
    return {line.split()[0].split("@")[0] for line in text.splitlines()}


def check_objects(tree):
    for folders, names in CALLS:
        banned = set(names.split())
        for source, path in tree.objects(*folders):
            for name in sorted(undefined(path) & banned):
                yield f"{source}:{name}", "this folder may not call it"


def check(tree):
    if tree.build:
        yield from check_objects(tree)
    for name in tree.files(".c", ".h", ".S", ".asl", under=lint.OURS):
        text = tree.text(name)
        for number, line in enumerate(text.splitlines(), 1):
            if WORDS.search(line):
                yield name, f"line {number}: finish it now, or write it into an issue"
        code = lint.without_comments(text)
        for folders, pattern, what in PATTERNS:
            match = re.search(pattern, code) if name.startswith(folders) else None
            if match:
                yield name, f"line {code.count(chr(10), 0, match.start()) + 1}: {what}"


if __name__ == "__main__":
    lint.run(check)
